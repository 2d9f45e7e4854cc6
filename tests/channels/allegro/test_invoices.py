"""Invoices of orders at Allegro."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from app.api.deps import Services
from app.channels.allegro.client import AllegroClient
from app.channels.allegro.invoices import AllegroInvoices
from app.channels.allegro.session import AllegroSession
from app.channels.errors import Conflict, NotFound, Rejected, Unavailable, Uncertain, Unreadable
from app.channels.http import Transport
from app.db import accounts
from app.domain.invoices import AllegroInvoice, ScanState
from app.logs import Exchange
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.channels.allegro.forms import ORDER_ID
from tests.channels.allegro.test_client import API, KUBKI, PUBLIC, Tokens
from tests.sandbox.allegro.contract import check_request, check_response

TEMPLATE = "/order/checkout-forms/{id}/invoices"
FILE_TEMPLATE = f"{TEMPLATE}/{{invoiceId}}/file"
INVOICES = f"/order/checkout-forms/{ORDER_ID}/invoices"
INVOICE_ID = "56ae349d-8045-4bb3-adcc-7cf6fb420f61"
FILE = f"{INVOICES}/{INVOICE_ID}/file"
PDF = b"%PDF-1.4\n\xff{}"
ROW: dict[str, Any] = {
    "id": INVOICE_ID,
    "invoiceNumber": " FV 1/2026 ",
    "createdAt": "2026-10-12T11:46:48.264Z",
    "file": {"name": "fv-1.pdf", "uploadedAt": None, "securityVerification": None, "verification": None},
}
INVOICE = AllegroInvoice(
    INVOICE_ID, "fv-1.pdf", "FV 1/2026", datetime(2026, 10, 12, 11, 46, 48, 264000, UTC), ScanState.NO_FILE
)


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


@pytest.fixture
def client(transport: Transport, exchanges: list[Exchange]) -> AllegroClient:
    agent = "Kubki/1.0 (+https://kubki.example)"
    return AllegroClient(AllegroSession(transport, API, agent, Tokens(), KUBKI, recorder=exchanges.append))


@pytest.fixture
def invoices(client: AllegroClient) -> AllegroInvoices:
    return client.invoices


def errors(code: str) -> dict[str, Any]:
    said = {"code": code, "message": "technical", "userMessage": "Zła faktura.", "path": None, "details": None}
    return {"errors": [said]}


def test_the_invoices_of_an_order_are_read(router: respx.Router, invoices: AllegroInvoices) -> None:
    body = {"orderMode": "REGULAR", "invoices": [ROW, {**ROW, "invoiceNumber": None}], "links": []}
    check_response("GET", TEMPLATE, 200, body)
    router.get(INVOICES).respond(json=body)
    first, second = invoices.of(ORDER_ID)
    assert first == INVOICE
    assert second.number == ""


@pytest.mark.parametrize(
    ("uploaded", "security", "verification", "scan"),
    [
        (False, None, None, ScanState.NO_FILE),
        (False, "WAITING", "NOT_APPLICABLE", ScanState.NO_FILE),
        (True, None, None, ScanState.WAITING),
        (True, "WAITING", "NOT_APPLICABLE", ScanState.WAITING),
        (True, "A_NEW_WORD", "ACCEPTED", ScanState.WAITING),
        (True, "ACCEPTED", "NOT_APPLICABLE", ScanState.ACCEPTED),
        (False, "ACCEPTED", None, ScanState.ACCEPTED),
        (True, "ACCEPTED", "ACCEPTED_WITH_WARNINGS", ScanState.ACCEPTED),
        (True, "ACCEPTED", "WAITING", ScanState.WAITING),
        (True, "ACCEPTED", "REJECTED", ScanState.REJECTED),
        (True, "REJECTED", "WAITING", ScanState.REJECTED),
    ],
)
def test_how_far_the_scan_is_takes_both_verdicts(
    router: respx.Router,
    invoices: AllegroInvoices,
    uploaded: bool,
    security: str | None,
    verification: str | None,
    scan: ScanState,
) -> None:
    file = {
        "name": "fv-1.pdf",
        "uploadedAt": "2026-10-12T11:46:49Z" if uploaded else None,
        "securityVerification": security and {"status": security, "verifiedAt": None},
        "verification": verification and {"status": verification, "details": []},
    }
    router.get(INVOICES).respond(json={"invoices": [{**ROW, "file": file}]})
    assert [each.scan for each in invoices.of(ORDER_ID)] == [scan]


def test_what_allegro_has_against_an_invoice_is_in_its_words(router: respx.Router, invoices: AllegroInvoices) -> None:
    details = [
        {"code": "MISSING_EORI_NUMBER", "message": "Brak numeru EORI", "type": "ERROR"},
        {"code": "OTHER", "message": None, "type": "WARNING"},
        None,
    ]
    file = {**ROW["file"], "verification": {"status": "REJECTED", "details": details}}
    router.get(INVOICES).respond(json={"invoices": [{**ROW, "file": file}]})
    [found] = invoices.of(ORDER_ID)
    assert found.complaints == ("Brak numeru EORI", "OTHER")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"invoices": None},
        {"invoices": [ROW, None]},
        {"invoices": [ROW, {**ROW, "id": None}]},
        {"invoices": [ROW, {**ROW, "file": None}]},
        {"invoices": [ROW, {**ROW, "createdAt": "yesterday"}]},
    ],
)
def test_invoices_that_cannot_all_be_read_are_no_shorter_list(
    router: respx.Router, invoices: AllegroInvoices, body: dict[str, Any]
) -> None:
    router.get(INVOICES).respond(json=body)
    with pytest.raises(Unreadable):
        invoices.of(ORDER_ID)


@pytest.mark.parametrize(("number", "sent"), [("FV 1/2026", {"invoiceNumber": "FV 1/2026"}), ("", {})])
def test_an_invoice_is_announced_with_a_number_where_it_has_one(
    router: respx.Router, invoices: AllegroInvoices, number: str, sent: dict[str, str]
) -> None:
    check_response("POST", TEMPLATE, 201, {"id": INVOICE_ID})
    route = router.post(INVOICES).respond(201, json={"id": INVOICE_ID})
    assert invoices.announce(ORDER_ID, "fv-1.pdf", number) == INVOICE_ID
    body = json.loads(route.calls.last.request.content)
    check_request("POST", TEMPLATE, body)
    assert body == {"file": {"name": "fv-1.pdf"}, **sent}


@pytest.mark.parametrize(
    "lost",
    [
        httpx.ReadTimeout("slow"),
        httpx.Response(500, json=errors("ERROR")),
        httpx.Response(504, text="<html>"),
        httpx.Response(400, text="<html>"),
        httpx.Response(201),
        httpx.Response(201, json={"id": None}),
    ],
)
def test_an_invoice_that_may_be_there_is_announced_once_and_uncertain(
    router: respx.Router, invoices: AllegroInvoices, lost: httpx.Response | Exception
) -> None:
    route = router.post(INVOICES).mock(side_effect=[lost])
    with pytest.raises(Uncertain, match="may have been"):
        invoices.announce(ORDER_ID, "fv-1.pdf", "")
    assert route.call_count == 1


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (409, Conflict), (422, Rejected)])
def test_an_invoice_that_is_not_taken_is_refused_in_allegros_words(
    router: respx.Router, invoices: AllegroInvoices, status: int, kind: type[Rejected]
) -> None:
    check_response("POST", TEMPLATE, status, errors("X"))
    router.post(INVOICES).respond(status, json=errors("X"))
    with pytest.raises(kind, match=f"the invoice fv-1.pdf of order {ORDER_ID}: Zła faktura") as caught:
        invoices.announce(ORDER_ID, "fv-1.pdf", "")
    assert (type(caught.value), caught.value.status, caught.value.code) == (kind, status, "X")


def test_an_invoice_that_comes_too_soon_holds_up_no_other_call(
    router: respx.Router, invoices: AllegroInvoices, client: AllegroClient
) -> None:
    route = router.post(INVOICES).respond(429, json=errors("TooManyInvoicesException"))
    router.get("/order/carriers").respond(json={"carriers": []})
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            invoices.announce(ORDER_ID, "fv-1.pdf", "")
        assert caught.value.retry_after_seconds
    assert route.call_count == 1
    assert client.shipping.carriers() == ()


def test_a_file_is_sent_as_it_is_and_not_written_down(
    router: respx.Router, invoices: AllegroInvoices, exchanges: list[Exchange]
) -> None:
    check_response("PUT", FILE_TEMPLATE, 200, None)
    route = router.put(FILE)
    route.mock(side_effect=[httpx.ReadTimeout("slow"), httpx.Response(504), httpx.Response(200)])
    invoices.send_file(ORDER_ID, INVOICE_ID, PDF)
    request = route.calls.last.request
    assert request.content == PDF
    assert (request.headers["content-type"], request.headers["accept"]) == ("application/pdf", PUBLIC)
    assert [(each.status, each.request_body) for each in exchanges] == [(None, ""), (504, ""), (200, "")]


@pytest.mark.parametrize("body", [errors("InvoiceFileAlreadyExistsException"), None])
def test_an_invoice_that_has_its_file_needs_no_other(
    router: respx.Router, invoices: AllegroInvoices, body: dict[str, Any] | None
) -> None:
    check_response("PUT", FILE_TEMPLATE, 409, body or errors("X"))
    router.put(FILE).mock(return_value=httpx.Response(409, json=body) if body else httpx.Response(409, text="<html>"))
    invoices.send_file(ORDER_ID, INVOICE_ID, PDF)


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (413, Rejected), (422, Rejected)])
def test_a_file_that_is_not_taken_is_refused(
    router: respx.Router, invoices: AllegroInvoices, status: int, kind: type[Rejected]
) -> None:
    check_response("PUT", FILE_TEMPLATE, status, errors("X"))
    router.put(FILE).respond(status, json=errors("X"))
    with pytest.raises(kind, match=f"invoice {INVOICE_ID} of order {ORDER_ID}: Zła faktura") as caught:
        invoices.send_file(ORDER_ID, INVOICE_ID, PDF)
    assert (type(caught.value), caught.value.status) == (kind, status)


def test_what_cannot_be_asked_for_is_not(router: respx.Router, invoices: AllegroInvoices) -> None:
    with pytest.raises(Rejected, match="is not the id of an Allegro order"):
        invoices.of("../me")
    with pytest.raises(Rejected, match="is not the id of an Allegro order"):
        invoices.announce("../me", "fv-1.pdf", "")
    for invoice_id in ("", "../x", "a/b", f"{INVOICE_ID}\n"):
        with pytest.raises(Rejected, match="is no id of an invoice"):
            invoices.send_file(ORDER_ID, invoice_id, PDF)
    assert not router.calls


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_invoice_is_announced_sent_and_scanned(services: Services, account: int, world: Sandbox) -> None:
    with services.database.reading() as session:
        invoices = services.lines.allegro(accounts.get(session, account)).invoices
    order_id = world.allegro.buy(Line("7700000001"))
    assert invoices.of(order_id) == ()
    invoice_id = invoices.announce(order_id, "fv-1.pdf", "FV 1/2026")
    states = [[each.scan for each in invoices.of(order_id)]]
    for seconds in (0, 10):
        invoices.send_file(order_id, invoice_id, PDF)
        world.clock.advance(timedelta(seconds=seconds).seconds)
        states.append([each.scan for each in invoices.of(order_id)])
    assert states == [[ScanState.NO_FILE], [ScanState.WAITING], [ScanState.ACCEPTED]]
    [there] = invoices.of(order_id)
    assert (there.id, there.file_name, there.number) == (invoice_id, "fv-1.pdf", "FV 1/2026")
    assert [each.content for each in world.allegro.invoices(order_id)] == [PDF]
