"""Every answer of every endpoint fits Allegro's own API document, where that lies beside the checkout."""

import uuid
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.forms import Company, Line, Service, Voucher
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.contract import check_request, check_response

KUBEK = "7700000001"


def fits(method: str, template: str, answered: httpx.Response, expected: int = 200) -> None:
    assert answered.status_code == expected
    check_response(method, template, answered.status_code, answered.json() if answered.content else None)


@pytest.fixture
def busy(allegro: AllegroWorld) -> list[str]:
    """Purchases of every shape, in every state."""
    line = Line(
        KUBEK,
        2,
        price=Decimal("30.00"),
        original_price=Decimal("39.99"),
        deposit=Decimal("0.50"),
        services=(Service("Pakowanie", Decimal("5.00")),),
        tax_rate="23.00",
        vouchers=(Voucher(Decimal("10.00")), Voucher(Decimal("5.00"), status="CANCELLED")),
    )
    unpaid = allegro.buy(line, pay=False)
    filled = allegro.buy(line, pay=False)
    allegro.fill_in(filled)
    cancelled = allegro.buy(line)
    allegro.cancel(cancelled)
    moved = allegro.buy(line)
    allegro.modify_address(moved, street="ul. Nowa 1")
    allegro.surcharge(moved, Decimal("7.00"))
    allegro.surcharge(moved, Decimal("3.00"), paid=False)
    elsewhere = allegro.buy(line, delivery="pickup_point")
    allegro.change_pickup_point(elsewhere, "GDA02M", city="Gdańsk")
    allegro.refund(elsewhere, returned=True)
    settled = allegro.buy(line, kind="term", invoice="company")
    allegro.settle_payment(settled)
    return [
        unpaid,
        filled,
        cancelled,
        moved,
        elsewhere,
        settled,
        allegro.buy(line, kind="term", invoice=Company()),
        allegro.buy(line, kind="split", invoice=Company(tax_id="NIP: 913-110-01-32")),
        allegro.buy(
            line,
            marketplace="allegro-cz",
            invoice=Company((("VAT_EU", "CZ12345678"),), features=("VAT_EU_VERIFIED",)),
        ),
        allegro.buy(line, kind="cod", delivery="pickup_point", invoice="person", message="Proszę o szybką wysyłkę"),
        allegro.buy(line, kind="wire", invoice="company", guest=True, smart=True),
        *(
            allegro.buy(line, marketplace=name, invoice="company")
            for name in ("allegro-cz", "allegro-sk", "allegro-hu")
        ),
        allegro.buy(line, provider="ALLEGRO"),
        allegro.merge([allegro.buy(line, buyer="jan", pay=False), allegro.buy(Line(KUBEK), buyer="jan", pay=False)]),
    ]


@pytest.mark.parametrize("path", ["/me", "/marketplaces", "/order/carriers", "/order/event-stats"])
def test_simple_answers_fit(api: Api, path: str) -> None:
    fits("GET", path, api.get(path))


def test_forms_of_every_shape_fit(api: Api, busy: list[str]) -> None:
    for form_id in busy:
        fits("GET", "/order/checkout-forms/{id}", api.get(f"/order/checkout-forms/{form_id}"))
    fits("GET", "/order/checkout-forms", api.get("/order/checkout-forms"))


def test_an_empty_list_of_forms_fits(api: Api) -> None:
    fits("GET", "/order/checkout-forms", api.get("/order/checkout-forms"))


def test_the_journal_fits(api: Api, busy: list[str]) -> None:
    api.put(f"/order/checkout-forms/{busy[-1]}/fulfillment", {"status": "SENT"})
    fits("GET", "/order/events", api.get("/order/events"))
    fits("GET", "/order/event-stats", api.get("/order/event-stats"))


def test_setting_the_fulfilment_fits(api: Api, busy: list[str]) -> None:
    template = "/order/checkout-forms/{id}/fulfillment"
    path = f"/order/checkout-forms/{busy[-1]}/fulfillment"
    body: dict[str, Any] = {"status": "PROCESSING"}
    check_request("PUT", template, body)
    fits("PUT", template, api.put(path, body), 204)
    fits("PUT", template, api.put(path, {"status": "RETURNED"}), 422)
    fits("PUT", template, api.put(path, body, checkoutForm_revision="old"), 409)
    fits("PUT", template, api.put(f"/order/checkout-forms/{uuid.uuid4()}/fulfillment", body), 404)


def test_refusals_fit(api: Api, allegro: AllegroWorld) -> None:
    fits("GET", "/order/checkout-forms", api.get("/order/checkout-forms", limit=500), 422)
    fits("GET", "/order/checkout-forms/{id}", api.get("/order/checkout-forms/17"), 422)
    fits("GET", "/order/checkout-forms/{id}", api.get(f"/order/checkout-forms/{uuid.uuid4()}"), 404)
    fits("GET", "/order/events", api.get("/order/events", limit=5000), 422)
    for fault, status in (("server_error", 500), ("too_many_requests", 429)):
        allegro.faults.switch_on(fault)
        fits("GET", "/me", api.get("/me"), status)
        allegro.faults.clear()
    allegro.faults.switch_on("scope_missing", scope="allegro:api:profile:read")
    fits("GET", "/me", api.get("/me"), 403)
    allegro.revoke()
    fits("GET", "/me", api.get("/me"), 401)
    api.headers["accept"] = "text/html"
    fits("GET", "/order/checkout-forms", api.get("/order/checkout-forms"), 406)


@pytest.mark.parametrize(
    "spoil",
    [
        {"statuss": "X"},
        {"status": "BUYER_CANCELLED"},
        {"id": None},
        {"summary": {"totalToPay": {"amount": 12.5, "currency": "PLN"}}},
        {"buyer": {"id": "1", "email": "e", "login": "l", "guest": False, "zipCode": "00-001"}},
    ],
    ids=["unknown member", "unknown status", "missing id", "number as money", "unknown member of a member"],
)
def test_the_check_notices_what_does_not_fit(allegro: AllegroWorld, spoil: dict[str, Any]) -> None:
    form = allegro.form(allegro.buy(Line(KUBEK)))
    check_response("GET", "/order/checkout-forms/{id}", 200, form)
    with pytest.raises(AssertionError):
        check_response("GET", "/order/checkout-forms/{id}", 200, {**form, **spoil})


def test_the_check_notices_a_request_that_does_not_fit() -> None:
    with pytest.raises(AssertionError):
        check_request("PUT", "/order/checkout-forms/{id}/fulfillment", {"status": "SHIPPED"})


def test_the_check_knows_what_two_parts_of_the_document_say_of_one_member() -> None:
    def check(publication: dict[str, Any]) -> None:
        check_request("PATCH", "/sale/product-offers/{offerId}", {"publication": publication})

    check({"status": "ACTIVE", "republish": False, "endingAt": "2031-01-04T11:01:59Z"})
    for wrong in ({"republsh": False}, {"republish": "no"}, {"status": "LIVE"}):
        with pytest.raises(AssertionError):
            check({"status": "ACTIVE", **wrong})
