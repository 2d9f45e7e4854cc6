"""The store's own arithmetic on what we compose gives exactly what the buyer paid.

The judge is the pretend store, whose sums are checked against those that a real store made.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from app.domain.drafts import compose
from app.domain.settings import Settings
from app.domain.store import OrderDraft, StoreTaxes
from app.domain.taxes import rates_for, total_of
from app.sandbox.store.order_totals import calculate_totals
from app.sandbox.store.orders import FeeLine, ProductLine, ShippingLine
from app.sandbox.store.orders import Order as PretendOrder
from app.sandbox.store.settings import Settings as PretendSettings
from app.sandbox.store.taxes import TaxRate as PretendRate
from app.sandbox.store.taxes import TaxTable
from tests.domain.samples import COURIER, NO_TAXES, TAXES, line, order_of, pln, product

_CLASSES = ("", "reduced-rate", "books", "zero-rate")
_PRODUCTS = {slug or "standard": (product(10 + n, tax_class=slug),) for n, slug in enumerate(_CLASSES)}
_PRICE = st.integers(min_value=1, max_value=999_999).map(lambda cents: f"{Decimal(cents) / 100:.2f}")
_LINES = st.lists(st.tuples(st.sampled_from(_CLASSES), _PRICE, st.integers(1, 30)), min_size=1, max_size=6)
_AT_SUBTOTAL = replace(TAXES, round_at_subtotal=True)
_STANDARD_DELIVERY = replace(TAXES, shipping_tax_class="")
_AT = datetime(2026, 11, 20, tzinfo=UTC)


def _draft(lines: list[tuple[str, str, int]], delivery: str, taxes: StoreTaxes) -> tuple[OrderDraft, Decimal]:
    bought = [
        line(slug or "standard", price, quantity, number=number) for number, (slug, price, quantity) in enumerate(lines)
    ]
    order = order_of(*bought, delivery=replace(COURIER, cost=pln(delivery)))
    composed = compose(order, account_name="Main", products=_PRODUCTS, taxes=taxes, settings=Settings())
    assert composed.hold_reasons == ()
    return composed.draft, order.total.amount


def _predicted(draft: OrderDraft, taxes: StoreTaxes) -> Decimal:
    """The total by our own idea of the store's arithmetic."""
    classes = [each.tax_class for each in draft.lines]
    of_delivery = min(classes) if taxes.shipping_tax_class == "inherit" else taxes.shipping_tax_class
    amounts = [(each.net_total, each.tax_class) for each in draft.lines]
    amounts.append((draft.shipping_net or Decimal(0), of_delivery))
    taxed = [(net, rates_for(taxes, tax_class, draft.billing, draft.shipping)) for net, tax_class in amounts]
    return total_of(taxed, taxes) + sum((fee.total for fee in draft.fees), Decimal(0))


def _at_the_store(draft: OrderDraft, taxes: StoreTaxes, *, prices_include_tax: bool) -> Decimal:
    """The total that the pretend store computes."""
    settings = PretendSettings()
    for group, name, is_on in (
        ("general", "woocommerce_calc_taxes", taxes.enabled),
        ("tax", "woocommerce_prices_include_tax", prices_include_tax),
        ("tax", "woocommerce_tax_round_at_subtotal", taxes.round_at_subtotal),
    ):
        settings.set(group, name, "yes" if is_on else "no")
    settings.set("tax", "woocommerce_shipping_tax_class", taxes.shipping_tax_class)
    table = TaxTable(settings)
    table.rates = [PretendRate(rate.id, rate.country, rate.percent, "VAT", rate.tax_class) for rate in taxes.rates]
    order = PretendOrder(1, "key", _AT, _AT, "PLN", prices_include_tax)
    order.billing["country"] = draft.billing.country
    order.shipping["country"] = draft.shipping.country
    for number, each in enumerate(draft.lines):
        order.lines.append(ProductLine(number, tax_class=each.tax_class, subtotal=each.net_total, total=each.net_total))
    if draft.shipping_net is not None:
        order.shipping_lines.append(ShippingLine(90, total=draft.shipping_net))
    order.fees = [FeeLine(91 + number, tax_status="none", total=fee.total) for number, fee in enumerate(draft.fees)]
    calculate_totals(order, table, count(100).__next__)
    return order.total


@given(
    lines=_LINES,
    delivery=_PRICE,
    taxes=st.sampled_from([TAXES, _AT_SUBTOTAL, _STANDARD_DELIVERY, NO_TAXES]),
)
def test_the_expected_total_is_what_the_buyer_pays(
    lines: list[tuple[str, str, int]], delivery: str, taxes: StoreTaxes
) -> None:
    draft, paid = _draft(lines, delivery, taxes)
    assert _predicted(draft, taxes) == paid


@given(
    lines=st.lists(
        st.tuples(st.sampled_from(("", "reduced-rate", "zero-rate")), _PRICE, st.integers(1, 30)), min_size=1
    ),
    delivery=_PRICE,
    taxes=st.sampled_from([TAXES, _AT_SUBTOTAL, _STANDARD_DELIVERY, NO_TAXES]),
    prices_include_tax=st.booleans(),
)
def test_the_store_asks_for_what_the_buyer_paid(
    lines: list[tuple[str, str, int]], delivery: str, taxes: StoreTaxes, prices_include_tax: bool
) -> None:
    draft, paid = _draft(lines, delivery, taxes)
    assert _at_the_store(draft, taxes, prices_include_tax=prices_include_tax) == paid


def test_half_a_cent_of_tax_costs_nobody_a_cent() -> None:
    # Half a net unit at 23 % ends in half a cent of tax, which a store rounds down where prices include tax.
    for price in ("0.61", "0.62", "122.38", "122.39", "1844.39"):
        for prices_include_tax in (True, False):
            draft, paid = _draft([("", price, 1)], "9.99", TAXES)
            assert _at_the_store(draft, TAXES, prices_include_tax=prices_include_tax) == paid
