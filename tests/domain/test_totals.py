"""The store's own arithmetic on what we compose gives exactly what the buyer pays.

The judge is the pretend store, whose sums are checked against those that a real store made.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.drafts import Composed, compose
from app.domain.money import Money
from app.domain.orders import Address, Charge, ChargeKind, Delivery, Invoice, Order, OrderLine, Payment, PaymentKind
from app.domain.settings import Settings
from app.domain.store import DraftFee, OrderDraft, StoreTaxes, TaxRate
from app.sandbox.store.order_totals import calculate_totals
from app.sandbox.store.orders import FeeLine, ProductLine, ShippingLine
from app.sandbox.store.orders import Order as PretendOrder
from app.sandbox.store.settings import Settings as PretendSettings
from app.sandbox.store.taxes import TaxRate as PretendRate
from app.sandbox.store.taxes import TaxTable
from tests.domain.samples import BOUGHT_AT, COURIER, HOME, PAID_AT, TAXES, line, order_of, pln, product, rate

_AT = datetime(2026, 11, 20, tzinfo=UTC)
# SKU, and what it is to the tax office. Nobody knows `stray`: its line has no product and the standard rate.
_KINDS = {
    "standard": product(11),
    "reduced": product(12, tax_class="reduced-rate"),
    "zero": product(13, tax_class="zero-rate"),
    "exempt": product(14, taxable=False),
    "exempt-but-delivery": replace(product(15, tax_class="reduced-rate", taxable=False), only_delivery_taxed=True),
}
_PRODUCTS = {sku: (found,) for sku, found in _KINDS.items()}
_SKUS = (*_KINDS, "stray")
_CZECH = replace(HOME, country="CZ", postcode="110 00", city="Praha")
_ADDRESSES = (HOME, _CZECH, replace(HOME, country="DE", postcode="10115", city="Berlin"), Address())


def _table(country: str, standard: str, reduced: str, first: int, *, zero: bool = True) -> tuple[TaxRate, ...]:
    rows = (
        rate(standard, number=first, country=country),
        rate(reduced, "reduced-rate", number=first + 1, country=country),
        rate("0", "zero-rate", number=first + 2, country=country),
    )
    return rows if zero else rows[:2]


_POLISH = _table("PL", "23", "8", 1)
_TABLES = (
    _POLISH,
    _table("PL", "23", "5", 1, zero=False),  # the zero rate has no row, as in a table typed in by hand
    (*_POLISH, *_table("CZ", "21", "12", 11)),
    (*_POLISH, *_table("CZ", "20", "10", 11)),
    (*_POLISH, *_table("", "27", "18", 11)),
    _table("CZ", "21", "12", 11),
    (),
)
_TAXES = st.builds(
    StoreTaxes,
    enabled=st.sampled_from((True, True, True, False)),
    based_on=st.sampled_from(("shipping", "billing", "base")),
    base_country=st.sampled_from(("PL", "CZ")),
    base_state=st.just(""),
    round_at_subtotal=st.booleans(),
    shipping_tax_class=st.sampled_from(("inherit", "", "reduced-rate", "zero-rate")),
    rates=st.sampled_from(_TABLES),
    decimals=st.sampled_from((2, 2, 2, 4)),
)
_NO_DELIVERY = Delivery(None, "", "", None, None)
_CURRENCIES = st.sampled_from(("PLN", "PLN", "EUR", "CZK", "HUF"))


@st.composite
def _orders(draw: st.DrawFn, *, currencies: st.SearchStrategy[str] = _CURRENCIES) -> Order:
    """An order as Allegro would make it; amounts in HUF are whole."""
    currency = draw(currencies)
    step = 100 if currency == "HUF" else 1

    def money(least: int, most: int) -> Money:
        cents = draw(st.integers(least, most)) * step
        return Money(Decimal(cents) / 100, currency)

    lines, total = [], Decimal(0)
    for number in range(draw(st.integers(1, 5))):
        price, quantity = money(1, draw(st.sampled_from((99, 99_999)))), draw(st.integers(1, 30))
        vouchers: tuple[Money, ...] = ()
        if draw(st.integers(0, 5)) == 0:
            least = Decimal(step) / 100
            vouchers = (Money(least, currency), Money(max(price.amount - least, Decimal(0)), currency))
        lines.append(_line(draw(st.sampled_from(_SKUS)), number, price, quantity, vouchers))
        total += price.amount * quantity - sum((each.amount for each in vouchers), Decimal(0))
    # None: no delivery at all; 0 with Smart; more with a part of it paid by Allegro, or with cash on delivery.
    cost = draw(st.sampled_from((None, money(0, 0), money(1, 99), money(100, 3999))))
    delivery = _NO_DELIVERY
    if cost is not None:
        delivery = replace(COURIER, cost=cost, address=draw(st.sampled_from(_ADDRESSES)))
        total += cost.amount
    charges = tuple(
        Charge(kind, "Charge", money(1, 999) * draw(st.integers(1, 9)))
        for kind in draw(st.lists(st.sampled_from(ChargeKind), max_size=4))
    )
    total += sum((charge.amount.amount for charge in charges), Decimal(0))
    surcharges = tuple(
        Payment("s", PaymentKind.ONLINE, finished_at=PAID_AT if is_paid else None, paid=money(1, 999))
        for is_paid in draw(st.lists(st.booleans(), max_size=2))
    )
    total += sum((each.paid.amount for each in surcharges if each.paid and each.finished_at), Decimal(0))
    return replace(
        order_of(*lines, delivery=delivery),
        total=Money(total, currency),
        charges=charges,
        surcharges=surcharges,
        invoice=Invoice(required=True, address=draw(st.sampled_from(_ADDRESSES))),
    )


def _line(sku: str, number: int, price: Money, quantity: int, vouchers: tuple[Money, ...]) -> OrderLine:
    # The price before the discount counts for nothing.
    return OrderLine(
        f"l{number}", f"o{number % 2}", "Mug", sku, quantity, price, price + price, BOUGHT_AT, vouchers=vouchers
    )


def _composed(order: Order, taxes: StoreTaxes) -> Composed:
    return compose(order, account_name="Main", products=_PRODUCTS, taxes=taxes, settings=Settings())


def _at_the_store(draft: OrderDraft, taxes: StoreTaxes, *, prices_include_tax: bool) -> PretendOrder:
    """The order with its sums as the pretend store makes them."""
    pretended = PretendSettings()
    for group, name, value in (
        ("general", "woocommerce_calc_taxes", "yes" if taxes.enabled else "no"),
        ("general", "woocommerce_default_country", taxes.base_country),
        ("general", "woocommerce_price_num_decimals", str(taxes.decimals)),
        ("tax", "woocommerce_prices_include_tax", "yes" if prices_include_tax else "no"),
        ("tax", "woocommerce_tax_round_at_subtotal", "yes" if taxes.round_at_subtotal else "no"),
        ("tax", "woocommerce_tax_based_on", taxes.based_on),
        ("tax", "woocommerce_shipping_tax_class", taxes.shipping_tax_class),
    ):
        pretended.set(group, name, value)
    table = TaxTable(pretended)
    table.rates = [PretendRate(row.id, row.country, row.percent, "VAT", row.tax_class) for row in taxes.rates]
    order = PretendOrder(1, "key", _AT, _AT, draft.currency, prices_include_tax)
    order.billing["country"] = draft.billing.country
    order.shipping["country"] = draft.shipping.country
    kinds = {found.product_id: found for found in _KINDS.values()}
    for number, each in enumerate(draft.lines):
        sold = kinds.get(each.product_id or 0, product())
        status = "taxable" if sold.taxable else "shipping" if sold.only_delivery_taxed else "none"
        subtotal = each.net_total if each.net_subtotal is None else each.net_subtotal
        order.lines.append(
            ProductLine(number, tax_class=sold.tax_class, tax_status=status, subtotal=subtotal, total=each.net_total)
        )
    if draft.shipping_net is not None:
        order.shipping_lines.append(ShippingLine(90, total=draft.shipping_net))
    order.fees = [
        FeeLine(91 + number, tax_status="taxable" if fee.taxable else "none", total=fee.total)
        for number, fee in enumerate(draft.fees)
    ]
    calculate_totals(order, table, count(100).__next__)
    return order


@given(order=_orders(), taxes=_TAXES, prices_include_tax=st.booleans())
def test_the_store_asks_for_what_the_buyer_pays(order: Order, taxes: StoreTaxes, prices_include_tax: bool) -> None:
    composed = _composed(order, taxes)
    made = _at_the_store(composed.draft, taxes, prices_include_tax=prices_include_tax)
    assert made.total == order.total.amount
    assert _about_amounts(composed) == []
    assert min(_sent(composed.draft)) >= 0


@settings(max_examples=40)
@given(order=_orders(currencies=st.just("HUF")), taxes=_TAXES, prices_include_tax=st.booleans())
def test_a_store_without_decimals_asks_for_a_whole_amount(
    order: Order, taxes: StoreTaxes, prices_include_tax: bool
) -> None:
    taxes = replace(taxes, decimals=0)
    composed = _composed(order, taxes)
    made = _at_the_store(composed.draft, taxes, prices_include_tax=prices_include_tax)
    assert made.total == order.total.amount
    assert _about_amounts(composed) == []


def _about_amounts(composed: Composed) -> list[str]:
    return [reason for reason in composed.hold_reasons if not reason.startswith("No product")]


def _sent(draft: OrderDraft) -> list[Decimal]:
    nets = [each.net_total for each in draft.lines] + [fee.total for fee in draft.fees]
    return nets if draft.shipping_net is None else [*nets, draft.shipping_net]


_CZECH_TAXES = replace(TAXES, rates=_TABLES[2])
_WITHOUT_DECIMALS = replace(TAXES, decimals=0)
_AT_SUBTOTAL = replace(TAXES, round_at_subtotal=True)
_TWENTY = replace(TAXES, rates=_table("PL", "20", "10", 1))
_GIFTS = (Charge(ChargeKind.SERVICE, "Gift", pln("0.03")),) * 2


@pytest.mark.parametrize("prices_include_tax", [True, False])
@pytest.mark.parametrize(
    ("order", "taxes", "rounding"),
    [
        # Half a net unit at 23 % ends in half a cent of tax, which a store rounds down where prices include tax.
        (order_of(line("standard", "0.61")), TAXES, None),
        (order_of(line("standard", "0.62")), TAXES, None),
        (order_of(line("standard", "122.38")), TAXES, None),
        (order_of(line("standard", "1844.39")), TAXES, None),
        # 0.42 with 12 % and 0.03 with 20 % are 0.375 and 0.025 net, which end in half a cent of tax with any rounding.
        (order_of(line("reduced", "0.42"), delivery=replace(COURIER, address=_CZECH)), _CZECH_TAXES, "0.01"),
        (order_of(line("standard", "0.03"), delivery=_NO_DELIVERY), _TWENTY, "0.01"),
        # With taxes rounded at the subtotal, the net of delivery is rounded all the same.
        (order_of(delivery=replace(COURIER, cost=pln("0.03"))), replace(_TWENTY, round_at_subtotal=True), "0.01"),
        # Three times 28.365 is no whole number of cents.
        (replace(order_of(line("standard", "28.365", 3)), total=pln("95.09")), TAXES, "0.01"),
        (replace(order_of(line("standard", "28.365", 3)), total=pln("95.08")), TAXES, None),
        # Allegro's total is a cent less than its parts.
        (replace(order_of(), total=pln("49.97")), TAXES, "0.01"),
        (replace(order_of(), total=pln("49.97")), _AT_SUBTOTAL, "0.02"),
        # The net of a fee is never rounded: what two of them have too much makes a cent.
        (replace(order_of(), charges=_GIFTS, total=pln("50.04")), TAXES, "0.01"),
        (
            replace(order_of(line(price="0.00"), delivery=_NO_DELIVERY), charges=_GIFTS, total=pln("0.06")),
            TAXES,
            "0.01",
        ),
        # Two halves are two whole ones where the store has no decimals.
        (order_of(line("exempt", "0.50"), line("exempt", "0.50"), delivery=_NO_DELIVERY), _WITHOUT_DECIMALS, "1.00"),
    ],
)
def test_rounding_costs_nobody_a_cent(
    order: Order, taxes: StoreTaxes, rounding: str | None, prices_include_tax: bool
) -> None:
    composed = _composed(order, taxes)
    made = _at_the_store(composed.draft, taxes, prices_include_tax=prices_include_tax)
    assert made.total == order.total.amount
    assert _about_amounts(composed) == []
    fees = [fee for fee in composed.draft.fees if fee.name == "Rounding"]
    assert fees == ([DraftFee("Rounding", Decimal(rounding))] if rounding else [])


def test_a_voucher_shows_as_a_discount_in_the_store() -> None:
    bought = replace(line("standard", "30.00", 2), vouchers=(pln("15.00"), pln("5.00")))
    order = order_of(bought, line("reduced", number=2))
    order = replace(order, total=order.total - pln("20.00"))
    made = _at_the_store(_composed(order, TAXES).draft, TAXES, prices_include_tax=True)
    assert made.total == order.total.amount
    assert made.discount_total + made.discount_tax == Decimal("20.00")
