"""Buyer, receiver and the party of the invoice."""

from dataclasses import replace

import pytest

from app.domain.orders import Address, Delivery, Invoice, Order
from app.domain.parties import (
    address_meta,
    addresses_digest,
    billing_of,
    buyer_meta,
    payment_meta,
    payments_digest,
    shipping_of,
)
from tests.domain.samples import BUYER, COURIER, HOME, LOCKER, ONLINE, PAID_AT, order_of, pln

_COMPANY = Address("", "", "Kubki Sp. z o.o.", "Fabryczna 2", "Kraków", "30-001", "PL")
_PERSON = Address("Piotr", "Zieliński", "", "Krótka 3", "Gdańsk", "80-001", "PL")
_COLLEAGUE = Address("Ewa", "Maj", "Biuro", "Szkolna 8", "Opole", "45-001", "PL", "+48700800900")
_NIP = (("PL_NIP", "913-110-01-32"), ("VAT_EU", "PL9131100132"))


def _billed_to(address: Address, *numbers: tuple[str, str]) -> Order:
    return replace(order_of(), invoice=Invoice(required=True, address=address, tax_numbers=numbers))


def test_three_different_people_are_kept_apart() -> None:
    order = replace(_billed_to(_COMPANY, *_NIP), delivery=replace(COURIER, address=_COLLEAGUE))
    assert billing_of(order) == replace(_COMPANY, phone=BUYER.phone)
    assert shipping_of(order) == _COLLEAGUE
    meta = dict(buyer_meta(order, "Main") + address_meta(order, ""))
    assert (meta["_allegro_buyer_name"], meta["_allegro_buyer_phone"]) == ("Anna Nowak", BUYER.phone)
    assert meta["_allegro_receiver_phone"] == _COLLEAGUE.phone
    assert meta["_allegro_invoice_company"] == _COMPANY.company


def test_an_invoice_for_a_person_has_that_persons_name() -> None:
    billing = billing_of(_billed_to(_PERSON))
    assert (billing.first_name, billing.last_name, billing.company) == ("Piotr", "Zieliński", "")


def test_without_an_invoice_the_bill_goes_where_the_parcel_goes() -> None:
    assert billing_of(order_of()) == HOME


def test_a_gift_is_billed_with_the_buyers_phone_and_sent_with_the_receivers() -> None:
    order = order_of(delivery=replace(COURIER, address=_COLLEAGUE))
    assert billing_of(order).phone == BUYER.phone
    assert shipping_of(order).phone == _COLLEAGUE.phone


def test_a_receiver_without_a_phone_is_reached_through_the_buyer() -> None:
    order = order_of(delivery=replace(COURIER, address=replace(_COLLEAGUE, phone="")))
    assert shipping_of(order).phone == BUYER.phone
    assert "_allegro_receiver_phone" not in dict(address_meta(order, ""))


def test_at_a_pickup_point_the_receiver_stays_and_the_address_is_the_points() -> None:
    shipping = shipping_of(order_of(delivery=replace(COURIER, pickup_point=LOCKER)))
    assert (shipping.first_name, shipping.street, shipping.city) == ("Anna", "Leśna 5", "Łódź")
    assert "WAW01M" in shipping.company


@pytest.mark.parametrize(
    ("key", "expected"), [("_billing_nip", "9131100132"), ("_billing_vat_number", "9131100132"), ("", None)]
)
def test_the_tax_number_stands_cleaned_where_the_invoice_plugin_looks_and_as_typed_beside_it(
    key: str, expected: str | None
) -> None:
    meta = dict(address_meta(_billed_to(_COMPANY, *_NIP), key))
    assert meta.get(key) == expected
    assert meta["_allegro_tax_number"] == "9131100132"
    assert meta["_allegro_tax_number_raw"] == "913-110-01-32"
    assert meta["_allegro_tax_number_pl_nip"] == "913-110-01-32"
    assert meta["_allegro_tax_number_vat_eu"] == "PL9131100132"


def test_an_invoice_may_be_wanted_without_a_number() -> None:
    meta = dict(address_meta(_billed_to(_PERSON), "_billing_nip"))
    assert meta["_allegro_invoice_required"] == "yes"
    assert not any("tax_number" in key or "nip" in key for key in meta)


def test_money_that_has_not_come_has_no_date() -> None:
    unpaid = dict(payment_meta(order_of(payment=replace(ONLINE, finished_at=None))))
    assert not {"_allegro_paid_at", "_allegro_paid_amount"} & unpaid.keys()
    paid = dict(payment_meta(order_of(payment=replace(ONLINE, paid=pln("49.98")))))
    assert (paid["_allegro_paid_at"], paid["_allegro_paid_amount"]) == (PAID_AT.isoformat(), "49.98")


_HOME_CHANGED = replace(COURIER, address=replace(HOME, street="Polna 2"))


@pytest.mark.parametrize(
    "delivery", [_HOME_CHANGED, replace(COURIER, pickup_point=LOCKER), replace(COURIER, method_id="m2")]
)
def test_another_address_point_or_method_is_noticed_and_payments_are_not_mixed_up_with_them(
    delivery: Delivery,
) -> None:
    before, after = order_of(), order_of(delivery=delivery)
    assert addresses_digest(before) != addresses_digest(after)
    assert payments_digest(before) == payments_digest(after)
    assert addresses_digest(before) == addresses_digest(replace(before, revision="r2", fulfilment="SENT"))


def test_money_that_comes_and_a_surcharge_are_noticed() -> None:
    unpaid = order_of(payment=replace(ONLINE, finished_at=None))
    surcharge = replace(ONLINE, id="p9", finished_at=None)
    kinds = [
        unpaid,
        replace(unpaid, payment=ONLINE),
        replace(unpaid, surcharges=(surcharge,)),
        replace(unpaid, surcharges=(replace(surcharge, finished_at=PAID_AT),)),
        replace(unpaid, total=pln("1.00")),
    ]
    assert len({payments_digest(order) for order in kinds}) == len(kinds)
    assert len({addresses_digest(order) for order in kinds}) == 1
