"""Allegro's orders in our words: strict where a guess would cost money, lenient in everything else."""

import copy
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.channels.allegro.translate import event_from, order_from
from app.channels.allegro.wire import read
from app.channels.errors import Unreadable
from app.domain.money import Money
from app.domain.orders import Address, OrderStatus, PaymentKind
from tests.channels.allegro.forms import ORDER_ID, form, line

Path = tuple[str | int, ...]

# What an order cannot be read without.
STRICT = {
    "id",
    "lineItems",
    "lineItems.0",
    "lineItems.0.boughtAt",
    "lineItems.0.id",
    "lineItems.0.offer",
    "lineItems.0.offer.id",
    "lineItems.0.price",
    "lineItems.0.price.amount",
    "lineItems.0.price.currency",
    "lineItems.0.quantity",
    "lineItems.1",
    "summary",
    "summary.totalToPay",
    "summary.totalToPay.amount",
    "summary.totalToPay.currency",
    # An amount that is there must be one.
    "delivery.cost.amount",
    "delivery.cost.currency",
    "lineItems.0.originalPrice.amount",
    "lineItems.0.originalPrice.currency",
    "payment.paidAmount.amount",
    "payment.paidAmount.currency",
}


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Every place in a message; of equal lines only the first."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key)
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield (*path, index)
            if index == 0:
                yield from places(item, (*path, index))


def changed(path: Path, value: object) -> dict[str, Any]:
    data = copy.deepcopy(form())
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return data


PLACES = [pytest.param(path, id=".".join(map(str, path))) for path in places(form())]


@pytest.mark.parametrize("path", PLACES)
def test_each_field_in_turn_is_null(path: Path) -> None:
    name = ".".join(map(str, path))
    if name in STRICT:
        with pytest.raises(Unreadable) as caught:
            order_from(changed(path, None))
        if name != "id":
            assert ORDER_ID in str(caught.value)
    else:
        assert order_from(changed(path, None)).id == ORDER_ID


@pytest.mark.parametrize("value", ["", [], {}, True, "?"], ids=repr)
@pytest.mark.parametrize("path", PLACES)
def test_a_field_of_another_kind_never_breaks_anything_but_the_order(path: Path, value: object) -> None:
    with suppress(Unreadable):
        assert order_from(changed(path, value)).lines


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lineItems": []}, "lineItems is empty"),
        ({"lineItems": [line("a", quantity=0)]}, r"lineItems\[0\]\.quantity is 0"),
        ({"lineItems": [line("a", quantity=-1)]}, r"lineItems\[0\]\.quantity is -1"),
        ({"lineItems": [line("a", quantity=Decimal("1.5"))]}, "quantity is not a whole number"),
        ({"lineItems": [line("a", price={"amount": "12,30", "currency": "PLN"})]}, "amount is not a number"),
        ({"lineItems": [line("a", price={"amount": "NaN", "currency": "PLN"})]}, "amount is not a number"),
        ({"lineItems": [line("a", price={"amount": "-5", "currency": "PLN"})]}, "amount is -5"),
        ({"lineItems": [line("a", price={"amount": "5", "currency": "EUR"})]}, "currency is EUR, but .* in PLN"),
        ({"lineItems": [line("a", boughtAt="yesterday")]}, "boughtAt is not a time"),
        ({"delivery": {"cost": {"amount": "5", "currency": "CZK"}}}, "delivery.cost.currency is CZK"),
    ],
)
def test_what_makes_an_order_unreadable(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable, match=f"Allegro order {ORDER_ID} cannot be read: .*{field}"):
        order_from(form(**changes))


def test_a_whole_order() -> None:
    order = order_from(form())
    assert order.status is OrderStatus.READY
    assert (order.revision, order.marketplace, order.fulfilment) == ("819b5836", "allegro-pl", "NEW")
    assert order.total == Money(Decimal("123.45"), "PLN")
    assert order.message == "Proszę o szybką wysyłkę"
    assert not order.fulfilled_by_allegro
    assert order.updated_at == datetime(2026, 10, 12, 10, 12, 33, tzinfo=UTC)
    assert (order.buyer.id, order.buyer.email) == ("23123123", "user1+4tm5b@allegromail.pl")
    assert order.payment is not None
    assert order.payment.kind is PaymentKind.ONLINE
    assert order.payment.finished_at == datetime(2026, 10, 12, 10, 12, 32, 321000, tzinfo=UTC)
    first = order.lines[0]
    assert (first.offer_id, first.external_id, first.quantity) == ("3213213", "KUBEK-1", 2)
    assert first.unit_price == Money(Decimal("28.365"), "PLN")
    assert first.original_unit_price == Money(Decimal("30.00"), "PLN")
    assert order.delivery.address == Address(
        "Anna", "Nowak", "", "Grunwaldzka 182", "Poznań", "60-166", "PL", "500600700"
    )
    assert order.delivery.cost == Money(Decimal("9.99"), "PLN")
    assert order.delivery.smart
    assert order.delivery.pickup_point is not None
    assert order.delivery.pickup_point.id == "POZ08A"
    assert order.invoice.tax_numbers == (("PL_NIP", "9131100132"),)
    assert order.invoice.address is not None
    assert (order.invoice.address.company, order.invoice.address.postcode) == ("Udix Sp. z o.o.", "60-166")


def test_only_active_vouchers_with_a_value_count() -> None:
    value = {"amount": "50.00", "currency": "PLN"}
    vouchers = [
        {"type": "NOTEBOOKS_FOR_TEACHERS", "status": "ACTIVE", "value": value},
        {"type": "NOTEBOOKS_FOR_TEACHERS", "status": "ACTIVE", "value": None},
        {"type": "NOTEBOOKS_FOR_TEACHERS", "status": "CANCELLED", "value": value},
        {"type": "NOTEBOOKS_FOR_TEACHERS", "value": value},
    ]
    order = order_from(form(lineItems=[line("l1", vouchers=vouchers), line("l2", vouchers=None)]))
    assert [each.vouchers for each in order.lines] == [(Money(Decimal("50.00"), "PLN"),), ()]


def test_cash_on_delivery_has_no_payment_time() -> None:
    order = order_from(form(payment={"id": "p", "type": "CASH_ON_DELIVERY", "provider": "OFFLINE"}))
    assert order.payment is not None
    assert order.payment.kind is PaymentKind.CASH_ON_DELIVERY
    assert order.payment.finished_at is None
    assert order.payment.paid is None


def test_values_that_are_new_to_us_are_unknown() -> None:
    order = order_from(
        form(status="FOO", fulfillment={"status": "BAR"}, payment={"id": "p", "type": "BAZ"}, brandNew={"a": [1]})
    )
    assert order.status is OrderStatus.UNKNOWN
    assert order.fulfilment == "BAR"
    assert order.payment is not None
    assert order.payment.kind is PaymentKind.UNKNOWN


def test_a_tax_number_in_the_former_field_is_kept() -> None:
    invoice = {"required": True, "address": {"company": {"name": "X", "taxId": "NIP: 9131100132"}}}
    assert order_from(form(invoice=invoice)).invoice.tax_numbers == (("TAX_ID", "NIP: 9131100132"),)


def test_goods_of_allegros_own_warehouse_are_recognised() -> None:
    assert order_from(form(fulfillment={"status": "NEW", "provider": {"id": "ALLEGRO"}})).fulfilled_by_allegro


def test_a_quantity_with_a_fraction_of_zero_is_whole() -> None:
    assert order_from(form(lineItems=[line("a", quantity=Decimal("2.0"))])).lines[0].quantity == 2


def test_an_order_of_another_marketplace_keeps_its_currency() -> None:
    crowns = {"amount": "250.00", "currency": "CZK"}
    order = order_from(
        form(
            lineItems=[line("a", price=crowns, originalPrice=None)],
            summary={"totalToPay": crowns},
            delivery=None,
            payment=None,
        )
    )
    assert order.total == order.lines[0].unit_price == order.lines[0].original_unit_price
    assert order.total.currency == "CZK"


EVENT = {
    "id": "1532602810000001",
    "type": "BOUGHT",
    "occurredAt": "2026-10-12T10:00:00Z",
    "order": {"seller": {"id": "77"}, "checkoutForm": {"id": ORDER_ID, "revision": "abc"}},
}


def test_an_event() -> None:
    event = event_from(read(EVENT, "The journal"))
    assert (event.id, event.order_id, event.type) == ("1532602810000001", ORDER_ID, "BOUGHT")
    assert (event.revision, event.seller_id) == ("abc", "77")
    assert event.occurred_at == datetime(2026, 10, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize("change", [{"id": None}, {"order": None}, {"order": {"checkoutForm": {}}}, {"occurredAt": ""}])
def test_an_event_without_its_order_is_unreadable(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        event_from(read({**EVENT, **change}, "The journal"))
