"""Changing Allegro's offers: what is sent, and what became of it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
import respx

from app.channels.allegro.offers import AllegroOffers, BulkRefused
from app.channels.errors import AuthRequired, Conflict, Rejected, Unavailable
from app.domain.money import Money
from app.domain.offers import (
    Acceptance,
    CommandKind,
    CommandReport,
    EditOutcome,
    OfferValues,
    Publication,
    TaskOutcome,
    TaskState,
)
from tests.channels.allegro.test_client import PUBLIC
from tests.sandbox.allegro.contract import check_query, check_request, check_response, check_schema

BETA = "application/vnd.allegro.beta.v1+json"
COMMAND = UUID("29738e61-7f6a-41e8-ac45-09db60ede9d6")
KINDS = {
    CommandKind.QUANTITY: "/sale/offer-quantity-change-commands",
    CommandKind.PRICE: "/sale/offer-price-change-commands",
    CommandKind.PUBLICATION: "/sale/offer-publication-commands",
    CommandKind.BULK: "/sale/offer-bulk-modification-commands",
}
PLN = Money(Decimal("49.90"), "PLN")
CZK = Money(Decimal("3E+2"), "CZK")
REPORT = {
    "id": str(COMMAND),
    "createdAt": "2026-10-12T10:00:00.000Z",
    "completedAt": None,
    "taskCount": {"total": 0, "success": 0, "failed": 0},
}
CZK_SENT = {"amount": "300", "currency": "CZK"}


def body_of(route: respx.Route) -> Any:
    return json.loads(route.calls.last.request.content)


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({"quantity": 5}, {"stock": {"available": 5}}),
        ({"quantity": 0}, {"stock": {"available": 0}}),
        ({"price": PLN}, {"sellingMode": {"price": {"amount": "49.90", "currency": "PLN"}}}),
        (
            {"quantity": 5, "publication": Publication.ACTIVATE},
            {"stock": {"available": 5}, "publication": {"status": "ACTIVE"}},
        ),
        ({"publication": Publication.END}, {"publication": {"status": "ENDED"}}),
        (
            {"foreign_prices": {"allegro-cz": CZK}},
            {
                "additionalMarketplaces": {
                    "allegro-cz": {"sellingMode": {"price": {"amount": "300", "currency": "CZK"}}}
                }
            },
        ),
    ],
)
def test_an_edit_says_what_is_to_change_and_nothing_else(
    router: respx.Router, offers: AllegroOffers, change: dict[str, Any], body: Any
) -> None:
    route = router.patch("/sale/product-offers/1").respond(json={"id": "1", "validation": {"errors": []}})
    assert offers.edit("1", **change) == EditOutcome(finished=True)
    assert body_of(route) == body
    check_request("PATCH", "/sale/product-offers/{offerId}", body)


@pytest.mark.parametrize(
    ("status", "answer", "outcome"),
    [
        (202, {"id": "1"}, EditOutcome(finished=False)),
        (200, {"validation": {"errors": [{"code": "C", "userMessage": "Missing."}]}}, EditOutcome(True, ("Missing.",))),
        (409, {"errors": [{"code": "CONFLICT"}]}, Conflict),
        (422, {"errors": [{"code": "PARAMETER_REQUIRED", "path": "parameters"}]}, Rejected),
    ],
)
def test_what_becomes_of_an_edit(
    router: respx.Router, offers: AllegroOffers, status: int, answer: Any, outcome: Any
) -> None:
    router.patch("/sale/product-offers/1").respond(status, json=answer)
    if isinstance(outcome, EditOutcome):
        assert offers.edit("1", quantity=5) == outcome
    else:
        with pytest.raises(outcome) as caught:
            offers.edit("1", quantity=5)
        assert type(caught.value) is outcome


def _send(offers: AllegroOffers, kind: CommandKind) -> Acceptance:
    match kind:
        case CommandKind.QUANTITY:
            return offers.set_quantity(COMMAND, ["1", "2"], 5)
        case CommandKind.PRICE:
            return offers.set_price(COMMAND, ["1"], CZK, "allegro-cz")
        case CommandKind.PUBLICATION:
            return offers.publish(COMMAND, ["1"], Publication.END)
        case CommandKind.BULK:
            return offers.set_values(
                COMMAND, [OfferValues("1", 5, (("allegro-pl", PLN), ("allegro-cz", CZK))), OfferValues("2", 3)]
            )


def _command_route(router: respx.Router, kind: CommandKind) -> respx.Route:
    if kind is CommandKind.BULK:
        return router.post(KINDS[kind])
    return router.put(f"{KINDS[kind]}/{COMMAND}")


def test_every_command_fits_allegros_document(router: respx.Router, offers: AllegroOffers) -> None:
    check_response("PUT", f"{KINDS[CommandKind.QUANTITY]}/{{commandId}}", 201, REPORT)
    sent = {}
    for kind, path in KINDS.items():
        route = _command_route(router, kind).respond(201, json=REPORT)
        assert _send(offers, kind) is Acceptance.NOW
        sent[kind] = body_of(route)
        bulk = kind is CommandKind.BULK
        check_request("POST" if bulk else "PUT", path if bulk else f"{path}/{{commandId}}", sent[kind])
        headers = route.calls.last.request.headers
        assert headers["accept"] == headers["content-type"] == (BETA if bulk else PUBLIC)
    # Behind these the document has variants that it does not check by itself.
    check_schema("PriceModificationFixedPrice", sent[CommandKind.PRICE]["modification"])
    for modification in sent[CommandKind.BULK]["modifications"]:
        check_schema("StockModificationFixed", modification["stock"])
        for price in modification.get("prices", {}).values():
            check_schema("MarketplacePriceModificationFixed", price)


def test_what_commands_say(router: respx.Router, offers: AllegroOffers) -> None:
    sent = {}
    for kind in KINDS:
        route = _command_route(router, kind).respond(201, json=REPORT)
        _send(offers, kind)
        sent[kind] = body_of(route)
    one = [{"type": "CONTAINS_OFFERS", "offers": [{"id": "1"}]}]
    assert sent == {
        CommandKind.QUANTITY: {
            "modification": {"changeType": "FIXED", "value": 5},
            "offerCriteria": [{"type": "CONTAINS_OFFERS", "offers": [{"id": "1"}, {"id": "2"}]}],
        },
        CommandKind.PRICE: {
            "modification": {"type": "FIXED_PRICE", "price": CZK_SENT, "marketplaceId": "allegro-cz"},
            "offerCriteria": one,
        },
        CommandKind.PUBLICATION: {"publication": {"action": "END"}, "offerCriteria": one},
        CommandKind.BULK: {
            "commandId": str(COMMAND),
            "modifications": [
                {
                    "offerId": "1",
                    "stock": {"changeType": "FIXED", "value": 5},
                    "prices": {
                        "allegro-pl": {"changeType": "FIXED", "value": {"amount": "49.90", "currency": "PLN"}},
                        "allegro-cz": {"changeType": "FIXED", "value": CZK_SENT},
                    },
                },
                {"offerId": "2", "stock": {"changeType": "FIXED", "value": 3}},
            ],
        },
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_whose_answer_is_lost_is_sent_again_with_its_id_and_counts_once(
    router: respx.Router, offers: AllegroOffers, kind: CommandKind
) -> None:
    taken = {"errors": [{"code": "COMMAND_ALREADY_REGISTERED_WITH_DIFFERENT_CONTENT"}]}
    route = _command_route(router, kind).mock(side_effect=[httpx.ReadTimeout("slow"), httpx.Response(409, json=taken)])
    assert _send(offers, kind) is Acceptance.BEFORE
    first, second = route.calls
    assert (first.request.url, first.request.content) == (second.request.url, second.request.content)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "AccessDenied", BulkRefused),
        (403, "Gone", BulkRefused),
        (404, "NotFound", BulkRefused),
        (406, "NotAcceptable", BulkRefused),
        (422, "INCORRECT_QUANTITY_VALUE", Rejected),
        (401, "", AuthRequired),
        (500, "", Unavailable),
    ],
)
def test_a_bulk_command_that_allegro_does_not_offer_is_told_from_one_that_is_wrong(
    router: respx.Router, offers: AllegroOffers, status: int, code: str, error: type[Exception]
) -> None:
    router.post(KINDS[CommandKind.BULK]).respond(status, json={"errors": [{"code": code, "message": "no"}]})
    with pytest.raises(error) as caught:
        _send(offers, CommandKind.BULK)
    assert type(caught.value) is error


def test_no_command_goes_beyond_its_limits(offers: AllegroOffers) -> None:
    many = [str(number) for number in range(1001)]
    for wrong in (
        lambda: offers.set_quantity(COMMAND, ["1"], 0),
        lambda: offers.set_quantity(COMMAND, ["1"], 100_000),
        lambda: offers.set_quantity(COMMAND, many, 1),
        lambda: offers.publish(COMMAND, [], Publication.END),
        lambda: offers.set_values(COMMAND, [OfferValues("1", 0)]),
        lambda: offers.set_values(COMMAND, [OfferValues(each, 1) for each in many[:26]]),
        lambda: offers.edit("1", quantity=-1),
    ):
        with pytest.raises(ValueError, match=r"only|takes"):
            wrong()


@pytest.mark.parametrize(
    ("counts", "report"),
    [
        (REPORT, CommandReport(None, 0, 0, 0)),
        (
            {"completedAt": "2026-10-12T10:00:00Z", "taskCount": {"total": 3, "success": 2, "failed": 1}},
            CommandReport(datetime(2026, 10, 12, 10, tzinfo=UTC), 3, 2, 1),
        ),
        ({"taskCount": None}, CommandReport(None, None, None, None)),
    ],
)
def test_the_report_of_a_command(
    router: respx.Router, offers: AllegroOffers, counts: Any, report: CommandReport
) -> None:
    route = router.get(f"{KINDS[CommandKind.BULK]}/{COMMAND}").respond(json=counts)
    assert offers.report(CommandKind.BULK, COMMAND) == report
    # Only sending it is beta.
    assert route.calls.last.request.headers["accept"] == PUBLIC


def test_what_became_of_each_change(router: respx.Router, offers: AllegroOffers) -> None:
    failed = {"code": "INVALID_OFFER_QUANTITY", "userMessage": "Too few.", "message": "x"}
    tasks = [
        {"offer": {"id": "1"}, "field": "stock", "status": "SUCCESS", "errors": []},
        {"offer": {"id": "2"}, "field": "stock", "status": "FAIL", "message": "General.", "errors": [failed]},
        {"offer": {"id": "3"}, "field": "stock", "status": "FAIL", "message": "General.", "errors": None},
        {"offer": {"id": "4"}, "field": "stock", "status": "NEW"},
        {"offer": {"id": "5"}, "field": "stock", "status": "LATER"},
        {"offer": None, "status": "SUCCESS"},
    ]
    router.get(f"{KINDS[CommandKind.QUANTITY]}/{COMMAND}/tasks").respond(json={"tasks": tasks})
    kind = CommandKind.QUANTITY
    assert offers.tasks(kind, COMMAND, expected=6) == (
        TaskOutcome("1", kind, TaskState.DONE),
        TaskOutcome("2", kind, TaskState.FAILED, "INVALID_OFFER_QUANTITY", "Too few."),
        TaskOutcome("3", kind, TaskState.FAILED, "", "General."),
        TaskOutcome("4", kind, TaskState.WAITING),
        TaskOutcome("5", kind, TaskState.UNKNOWN),
    )


def test_the_tasks_of_a_bulk_command_name_what_they_change(router: respx.Router, offers: AllegroOffers) -> None:
    tasks = [
        {"subject": {"offerId": "1", "field": field}, "status": "SUCCESS"} for field in ("stock", "prices", "name")
    ]
    router.get(f"{KINDS[CommandKind.BULK]}/{COMMAND}/tasks").respond(json={"tasks": tasks})
    changes = [outcome.changes for outcome in offers.tasks(CommandKind.BULK, COMMAND, expected=3)]
    assert changes == [CommandKind.QUANTITY, CommandKind.PRICE, None]


@pytest.mark.parametrize(
    ("there", "size", "expected", "calls"),
    [(1000, 1000, 1000, 1), (300, 100, 300, 3), (999, 1000, 1000, 2), (0, 1000, 1000, 1), (1500, 1000, 1500, 1)],
)
def test_tasks_are_read_to_the_last_page_however_short_the_pages_are(
    router: respx.Router, offers: AllegroOffers, there: int, size: int, expected: int, calls: int
) -> None:
    rows = [{"offer": {"id": str(number)}, "status": "SUCCESS"} for number in range(there)]

    def page(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        return httpx.Response(200, json={"tasks": rows[offset : offset + size]})

    route = router.get(f"{KINDS[CommandKind.PRICE]}/{COMMAND}/tasks").mock(side_effect=page)
    # Allegro gives no page that begins beyond the thousandth task.
    assert len(offers.tasks(CommandKind.PRICE, COMMAND, expected)) == min(there, 1000)
    assert route.call_count == calls
    for name, value in route.calls.last.request.url.params.items():
        check_query("GET", f"{KINDS[CommandKind.PRICE]}/{{commandId}}/tasks", {name: value})
