"""Invoices of orders and the scan of their files; every answer fits Allegro's document."""

import uuid
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.papers import pdf
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.contract import check_request
from tests.sandbox.allegro.test_contract_offers import fits

KUBEK = "7700000001"
INVOICES = "/order/checkout-forms/{id}/invoices"
FILE = f"{INVOICES}/{{invoiceId}}/file"
PAPER = pdf([["Faktura FV 1/2026"]], "A4")


def path(form_id: str) -> str:
    return INVOICES.replace("{id}", form_id)


def add(api: Api, form_id: str, expected: int = 201) -> str:
    body = {"file": {"name": "fv-1.pdf"}, "invoiceNumber": "FV 1/2026"}
    check_request("POST", INVOICES, body)
    answered = api.post(path(form_id), body)
    fits("POST", INVOICES, answered, expected)
    return str(answered.json().get("id"))


def upload(api: Api, form_id: str, invoice_id: str, content: bytes = PAPER, kind: str = "application/pdf") -> int:
    headers = {**api.headers, "content-type": kind}
    answered = api.client.put(f"{path(form_id)}/{invoice_id}/file", content=content, headers=headers)
    fits("PUT", FILE, answered, answered.status_code)
    return answered.status_code


def scan(api: Api, form_id: str) -> list[Any]:
    answered: httpx.Response = api.get(path(form_id))
    fits("GET", INVOICES, answered)
    found = [each["file"]["securityVerification"] for each in answered.json()["invoices"]]
    return [each and each["status"] for each in found]


def test_an_invoice_is_named_then_sent_then_scanned(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(Line(KUBEK))
    assert scan(api, form_id) == []
    invoice_id = add(api, form_id)
    assert scan(api, form_id) == [None]
    assert upload(api, form_id, invoice_id) == 200
    assert scan(api, form_id) == ["WAITING"]
    allegro.clock.advance(10)
    assert scan(api, form_id) == ["ACCEPTED"]
    (invoice,) = allegro.invoices(form_id)
    assert (invoice.content, invoice.number) == (PAPER, "FV 1/2026")


def test_a_file_can_be_rejected_and_its_scan_can_take_long(api: Api, allegro: AllegroWorld) -> None:
    harmful, other, no_pdf = (allegro.buy(Line(KUBEK)) for _ in range(3))
    allegro.faults.switch_on("invoice_scan_rejected", form_id=harmful)
    allegro.faults.switch_on("invoice_scan_lags", seconds=60, form_id=other)
    for form_id, content in ((harmful, PAPER), (other, PAPER), (no_pdf, b"GIF89a")):
        assert upload(api, form_id, add(api, form_id), content) == 200
    allegro.clock.advance(30)
    assert [scan(api, each) for each in (harmful, other, no_pdf)] == [["REJECTED"], ["WAITING"], ["REJECTED"]]


def test_an_order_takes_one_invoice_after_the_other_and_ten_of_them(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(Line(KUBEK))
    first = add(api, form_id)
    add(api, form_id, 429)
    assert upload(api, form_id, first) == 200
    add(api, form_id, 422)
    for _ in range(9):
        allegro.clock.advance(10)
        add(api, form_id)
    allegro.clock.advance(10)
    add(api, form_id, 409)


def test_who_pays_later_gets_one_invoice(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(Line(KUBEK), kind="term")
    upload(api, form_id, add(api, form_id))
    allegro.clock.advance(10)
    add(api, form_id, 409)


def test_a_file_is_refused_where_it_does_not_fit(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(Line(KUBEK))
    invoice_id = add(api, form_id)
    assert upload(api, form_id, invoice_id, b"") == 422
    assert upload(api, form_id, invoice_id, PAPER + b" " * 3 * 1024 * 1024) == 413
    assert upload(api, form_id, invoice_id, kind="text/plain") == 415
    assert upload(api, form_id, "another") == 404
    assert upload(api, form_id, invoice_id) == 200
    assert upload(api, form_id, invoice_id) == 409


def test_an_order_that_is_unknown_or_anothers_has_no_invoices(api: Api, allegro: AllegroWorld) -> None:
    add(api, str(uuid.uuid4()), 404)
    fits("POST", INVOICES, api.post(path(allegro.buy(Line(KUBEK))), {"file": {}}), 422)
    form_id = allegro.buy(Line(KUBEK))
    api.headers["authorization"] = f"Bearer {allegro.open_session('inny-sprzedawca')['access_token']}"
    fits("GET", INVOICES, api.get(path(form_id)), 403)


@pytest.mark.parametrize(("missing", "read", "write"), [("orders:read", 403, 201), ("orders:write", 200, 403)])
def test_reading_and_adding_have_permissions_of_their_own(
    api: Api, allegro: AllegroWorld, missing: str, read: int, write: int
) -> None:
    form_id = allegro.buy(Line(KUBEK))
    allegro.faults.switch_on("scope_missing", scope=f"allegro:api:{missing}")
    assert api.get(path(form_id)).status_code == read
    assert api.post(path(form_id), {"file": {"name": "fv-1.pdf"}}).status_code == write
