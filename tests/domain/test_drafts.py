"""The store order that an Allegro order becomes."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.drafts import Composed, compose, payload_hash
from app.domain.money import Money
from app.domain.orders import Address, Delivery, Order, Payment, PaymentKind
from app.domain.parties import META_ACCOUNT, META_ORDER_ID
from app.domain.settings import Settings
from app.domain.store import DraftFee, StoreProduct, StoreTaxes
from tests.domain.samples import (
    BUYER,
    CASH_ON_DELIVERY,
    COURIER,
    HOME,
    LOCKER,
    NO_TAXES,
    ONLINE,
    PAID_AT,
    TAXES,
    line,
    order_of,
    pln,
    product,
)

_MUG = {"mug": (product(),)}


def _composed(
    order: Order,
    *,
    products: Mapping[str, tuple[StoreProduct, ...]] = _MUG,
    taxes: StoreTaxes = TAXES,
    settings: Settings | None = None,
) -> Composed:
    return compose(order, account_name="Main", products=products, taxes=taxes, settings=settings or Settings())


def test_a_paid_order_is_to_be_packed_and_counts_as_paid() -> None:
    composed = _composed(order_of())
    draft = composed.draft
    assert composed.hold_reasons == ()
    assert (draft.status, draft.set_paid) == ("processing", True)
    assert (draft.payment_method, draft.payment_method_title) == ("allegro", "Allegro: online payment")
    assert (draft.order_id, draft.currency) == (order_of().id, "PLN")
    assert draft.fees == ()


def test_an_order_with_cash_on_delivery_is_to_be_packed_and_is_not_paid() -> None:
    draft = _composed(order_of(payment=CASH_ON_DELIVERY)).draft
    assert (draft.status, draft.set_paid) == ("processing", False)
    assert (draft.payment_method, draft.payment_method_title) == ("cod", "Allegro: cash on delivery")


@pytest.mark.parametrize(
    ("payment", "is_paid"),
    [
        (ONLINE, True),
        (replace(ONLINE, finished_at=None), False),
        (replace(ONLINE, kind=PaymentKind.TRANSFER), True),
        (replace(ONLINE, kind=PaymentKind.EXTENDED_TERM, finished_at=None), False),
        (replace(CASH_ON_DELIVERY, finished_at=PAID_AT), False),
        (replace(ONLINE, kind=PaymentKind.UNKNOWN), True),
        (None, False),
    ],
)
def test_an_order_is_paid_when_the_money_has_arrived(payment: Payment | None, is_paid: bool) -> None:
    assert _composed(order_of(payment=payment)).draft.set_paid is is_paid


@pytest.mark.parametrize("kind", PaymentKind)
def test_every_kind_of_payment_has_a_title(kind: PaymentKind) -> None:
    assert _composed(order_of(payment=replace(ONLINE, kind=kind))).draft.payment_method_title.startswith("Allegro")


def test_several_lines_keep_their_products_names_and_quantities() -> None:
    order = order_of(line(quantity=3), line("TEA", "12.50", number=2, name="Tea, 100 g"))
    products = _MUG | {"tea": (product(21, sku="TEA", tax_class="reduced-rate"),)}
    mug, tea = _composed(order, products=products).draft.lines
    assert (mug.product_id, mug.variation_id, mug.quantity, mug.tax_class) == (11, None, 3, "")
    assert (tea.product_id, tea.quantity, tea.tax_class, tea.name) == (21, 1, "reduced-rate", "Tea, 100 g")
    assert (tea.line_id, tea.offer_id) == ("line-2", "7002")
    assert mug.net_total == Decimal("97.54")  # 3 x 39.99 with 23 %
    assert tea.net_total == Decimal("11.57")  # 12.50 with 8 %


def test_a_variation_is_ordered_as_the_variation_of_its_parent() -> None:
    composed = _composed(order_of(), products={"mug": (product(11, variation_id=77),)})
    assert (composed.draft.lines[0].product_id, composed.draft.lines[0].variation_id) == (11, 77)


def test_a_sku_is_the_same_in_any_case() -> None:
    assert _composed(order_of(line("Mug"))).draft.lines[0].product_id == 11


def test_the_charged_price_counts_and_not_the_one_before_the_discount() -> None:
    reduced = replace(line(price="30.75"), original_unit_price=pln("41.00"))
    composed = _composed(order_of(reduced))
    assert composed.draft.lines[0].net_total == Decimal("25.00")
    assert composed.hold_reasons == ()


def test_a_product_that_is_not_taxed_is_sent_at_its_price() -> None:
    composed = _composed(order_of(), products={"mug": (product(taxable=False),)})
    assert composed.draft.lines[0].net_total == Decimal("39.99")
    assert composed.hold_reasons == ()


def test_where_taxes_are_off_amounts_are_sent_as_they_were_paid() -> None:
    draft = _composed(order_of(), taxes=NO_TAXES).draft
    assert (draft.lines[0].net_total, draft.shipping_net) == (Decimal("39.99"), Decimal("9.99"))


_NOBODYS = "the store has no product with the SKU 'MUG'"
_SHARED = "the SKU 'MUG' belongs to 2 products in the store"


@pytest.mark.parametrize(
    ("sku", "products", "why"),
    [
        ("MUG", {}, _NOBODYS),
        ("MUG", {"mug": ()}, _NOBODYS),
        ("MUG", {"mug": (product(11), product(12))}, _SHARED),
        ("", _MUG, "the offer has no SKU (external id)"),
    ],
)
def test_a_line_whose_product_is_not_certain_keeps_the_sale_and_waits_for_a_person(
    sku: str, products: Mapping[str, tuple[StoreProduct, ...]], why: str
) -> None:
    composed = _composed(order_of(line(sku), line("TEA", number=2)), products={**products, "tea": (product(21),)})
    lost, tea = composed.draft.lines
    assert (lost.product_id, lost.variation_id, lost.name, lost.quantity) == (None, None, "Mug", 1)
    assert tea.product_id == 21
    assert composed.hold_reasons == (f"No product for 'Mug' (offer 7001): {why}.",)
    assert (composed.draft.status, composed.draft.set_paid) == ("on-hold", False)


def test_a_difference_of_a_cent_is_named_as_rounding() -> None:
    order = replace(order_of(), total=pln("49.99"))  # the goods and the delivery make 49.98
    composed = _composed(order)
    assert composed.draft.fees == (DraftFee("Rounding", Decimal("0.01")),)
    assert composed.hold_reasons == ()


def test_a_difference_that_rounding_cannot_explain_is_not_smoothed_away() -> None:
    composed = _composed(replace(order_of(), total=pln("52.98")))
    assert composed.draft.fees == ()
    assert composed.hold_reasons == (
        (
            "Goods and delivery make 49.98 PLN, but the buyer pays 52.98 PLN: "
            "a difference of +3.00 that this order's lines do not explain."
        ),
    )
    assert composed.draft.status == "on-hold"


def test_the_order_has_the_currency_of_the_purchase() -> None:
    mug = replace(line(), unit_price=Money(Decimal(199), "CZK"))
    delivery = replace(COURIER, cost=Money(Decimal(49), "CZK"))
    order = replace(order_of(mug, delivery=delivery), total=Money(Decimal(248), "CZK"))
    assert _composed(order).draft.currency == "CZK"


@pytest.mark.parametrize(("usual", "is_told"), [("PLN", False), ("EUR", True), ("", False)])
def test_a_currency_that_the_stores_books_are_not_kept_in_is_noted_on_the_order(usual: str, is_told: bool) -> None:
    notes = _composed(order_of(), taxes=replace(TAXES, currency=usual)).notes
    assert [("PLN" in note and "EUR" in note) for note in notes] == [True] * is_told


def test_a_courier_brings_it_to_the_delivery_address() -> None:
    draft = _composed(order_of()).draft
    assert draft.shipping == HOME
    assert (draft.shipping_title, draft.shipping_net) == ("Kurier DPD", Decimal("8.12"))


def test_a_parcel_for_a_pickup_point_goes_to_the_point_and_stays_the_receivers() -> None:
    delivery = replace(COURIER, pickup_point=LOCKER)
    draft = _composed(order_of(delivery=delivery)).draft
    assert draft.shipping == Address(
        "Anna", "Nowak", "WAW01M Paczkomat WAW01M", "Leśna 5", "Łódź", "90-001", "PL", "+48600100200"
    )
    assert draft.billing == HOME
    assert dict(draft.meta)["_allegro_pickup_point_id"] == "WAW01M"
    assert dict(draft.meta)["_allegro_pickup_point_name"] == "Paczkomat WAW01M"


def test_without_a_delivery_address_the_buyer_is_the_receiver() -> None:
    draft = _composed(order_of(delivery=replace(COURIER, address=None))).draft
    assert draft.shipping == Address("Anna", "Nowak", phone="+48600100200")
    assert draft.billing == Address("Anna", "Nowak", phone="+48600100200")


def test_the_buyers_message_becomes_the_customers_note() -> None:
    assert _composed(replace(order_of(), message="Please gift-wrap.")).draft.customer_note == "Please gift-wrap."


@pytest.mark.parametrize(("send", "email"), [(False, ""), (True, BUYER.email)])
def test_the_store_can_mail_the_buyer_only_where_the_seller_wants_it(send: bool, email: str) -> None:
    draft = _composed(order_of(), settings=Settings(send_customer_emails=send)).draft
    assert draft.billing_email == email
    assert dict(draft.meta)["_allegro_buyer_email"] == BUYER.email


def test_the_order_carries_what_it_is_recognised_by_and_nothing_empty() -> None:
    delivery = replace(COURIER, smart=True)
    meta = dict(_composed(order_of(line(), line("MUG", number=2), delivery=delivery)).draft.meta)
    assert meta == {
        META_ORDER_ID: order_of().id,
        META_ACCOUNT: "Main",
        "_allegro_marketplace": "allegro-pl",
        "_allegro_buyer_id": "b1",
        "_allegro_buyer_login": "anna_n",
        "_allegro_buyer_email": BUYER.email,
        "_allegro_buyer_name": "Anna Nowak",
        "_allegro_buyer_phone": BUYER.phone,
        "_allegro_receiver_phone": HOME.phone,
        "_allegro_offer_ids": "7001,7002",
        "_allegro_payment_id": "p1",
        "_allegro_payment_kind": "online",
        "_allegro_payment_provider": "P24",
        "_allegro_paid_at": "2026-11-20T12:05:00+00:00",
        "_allegro_delivery_method_id": "m1",
        "_allegro_delivery_method": "Kurier DPD",
        "_allegro_smart": "yes",
        "_allegro_invoice_required": "no",
        "_allegro_total_to_pay": "89.97",
    }


@pytest.mark.parametrize(
    ("goods", "shipping_class", "net"),
    [
        (("",), "inherit", "8.12"),
        (("reduced-rate",), "inherit", "9.25"),
        (("reduced-rate", ""), "inherit", "8.12"),
        (("reduced-rate", "books"), "inherit", "9.51"),
        (("zero-rate",), "inherit", "9.99"),
        ((None,), "inherit", "9.99"),
        (("", "reduced-rate"), "reduced-rate", "9.25"),
        (("reduced-rate",), "", "8.12"),
    ],
)
def test_delivery_is_taxed_by_its_own_class_or_by_that_of_the_goods(
    goods: tuple[str | None, ...], shipping_class: str, net: str
) -> None:
    lines = [line(f"S{number}", number=number) for number in range(len(goods))]
    products = {
        f"s{number}": (product(100 + number, tax_class=tax_class or "", taxable=tax_class is not None),)
        for number, tax_class in enumerate(goods)
    }
    taxes = replace(TAXES, shipping_tax_class=shipping_class)
    assert _composed(order_of(*lines), products=products, taxes=taxes).draft.shipping_net == Decimal(net)


def test_delivery_inherits_the_standard_class_also_where_that_has_no_rate() -> None:
    taxes = replace(TAXES, rates=tuple(rate for rate in TAXES.rates if rate.tax_class == "reduced-rate"))
    products = {"s0": (product(1),), "s1": (product(2, tax_class="reduced-rate"),)}
    composed = _composed(order_of(line("S0"), line("S1", number=2)), products=products, taxes=taxes)
    assert composed.draft.shipping_net == Decimal("9.99")


def test_a_rate_that_is_not_for_delivery_leaves_delivery_untaxed() -> None:
    taxes = replace(TAXES, rates=tuple(replace(rate, on_shipping=False) for rate in TAXES.rates))
    assert _composed(order_of(), taxes=taxes).draft.shipping_net == Decimal("9.99")


def test_free_delivery_is_still_named() -> None:
    draft = _composed(order_of(delivery=replace(COURIER, cost=pln("0.00")))).draft
    assert (draft.shipping_title, draft.shipping_net) == ("Kurier DPD", Decimal(0))


def test_an_order_without_delivery_has_no_delivery_line() -> None:
    draft = _composed(order_of(delivery=Delivery(None, "", "", None, None))).draft
    assert draft.shipping_net is None


def test_two_drafts_differ_in_their_digest_exactly_when_they_differ() -> None:
    draft = _composed(order_of()).draft
    assert payload_hash(draft) == payload_hash(_composed(order_of()).draft)
    assert payload_hash(draft) != payload_hash(replace(draft, customer_note="changed"))
