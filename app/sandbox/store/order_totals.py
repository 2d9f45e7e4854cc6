"""The sums of an order, computed as WooCommerce computes them."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from app.sandbox.store.orders import FeeLine, Order, Taxes, TaxLine
from app.sandbox.store.settings import Settings
from app.sandbox.store.taxes import TaxTable, rounded, tax_rounded, to_micro

_NO_CLASS = "non-taxable"


def line_tax(taxes: Taxes, settings: Settings) -> Decimal:
    """The tax of one line: each rate rounded, or all of it unrounded where the shop rounds at the subtotal."""
    if settings.rounds_at_subtotal:
        return sum(taxes.values(), Decimal(0))
    return sum((tax_rounded(tax, settings) for tax in taxes.values()), Decimal(0))


def _line_amounts(amounts: Iterable[Decimal], settings: Settings) -> Decimal:
    if settings.rounds_at_subtotal:
        return sum(amounts, Decimal(0))
    return sum((rounded(amount, settings) for amount in amounts), Decimal(0))


def taxed_country(order: Order, settings: Settings) -> str:
    """The country whose rates apply; an order without that address is taxed at the shop's own."""
    based_on = settings.tax_based_on
    if based_on == "shipping" and not order.shipping["country"]:
        based_on = "billing"
    if based_on == "base":
        return settings.country
    address = order.billing if based_on == "billing" else order.shipping
    return address["country"] or settings.country


def _line_classes(order: Order) -> list[str]:
    return list(dict.fromkeys(line.tax_class for line in order.lines if line.tax_status in ("taxable", "shipping")))


def _shipping_class(order: Order, settings: Settings) -> str | None:
    """The class that shipping is taxed with; None where it inherits from lines and there is none to inherit."""
    if settings.shipping_tax_class != "inherit":
        return settings.shipping_tax_class
    found = _line_classes(order)
    return next((slug for slug in ("", "reduced-rate", "zero-rate") if slug in found), None)


def _negative_fee_taxes(fee: FeeLine, order: Order, table: TaxTable, country: str) -> Taxes:
    """A negative fee is a discount: it takes back tax in the proportion of the classes in the order.

    WooCommerce does so whatever the tax status of the fee itself.
    """
    costs: dict[str, Decimal] = {}

    def add(amount: Decimal, tax_class: str, status: str) -> None:
        if amount > 0:
            name = tax_class if status == "taxable" else _NO_CLASS
            costs[name] = costs.get(name, Decimal(0)) + amount

    for line in order.lines:
        add(line.total, line.tax_class, line.tax_status)
    for other in order.fees:
        add(other.total, other.tax_class, other.tax_status)
    inherited = next(iter(_line_classes(order)), "")
    for shipping in order.shipping_lines:
        add(shipping.total, inherited, shipping.tax_status)
    whole = sum(costs.values(), Decimal(0))
    taxes: Taxes = {}
    for tax_class, cost in costs.items():
        if tax_class == _NO_CLASS:
            continue
        for rate_id, tax in table.on(fee.total * cost / whole, tax_class, country).items():
            taxes[rate_id] = taxes.get(rate_id, Decimal(0)) + tax
    return taxes


def _tax_lines(order: Order, table: TaxTable) -> None:
    settings, country = table.settings, taxed_country(order, table.settings)
    for line in order.lines:
        taxable = line.tax_status == "taxable"
        line.taxes = table.on(line.total, line.tax_class, country) if taxable else {}
        line.subtotal_taxes = table.on(line.subtotal, line.tax_class, country) if taxable else {}
    for fee in order.fees:
        if fee.total < 0:
            fee.taxes = _negative_fee_taxes(fee, order, table, country) if settings.taxes_on else {}
        else:
            fee.taxes = table.on(fee.total, fee.tax_class, country) if fee.tax_status == "taxable" else {}
    shipping_class = _shipping_class(order, settings)
    for shipping in order.shipping_lines:
        taxable = shipping_class is not None and shipping.tax_status == "taxable"
        shipping.taxes = table.on(shipping.total, shipping_class or "", country, shipping=True) if taxable else {}


def _per_rate(groups: Iterable[Taxes], settings: Settings) -> Taxes:
    sums: Taxes = {}
    for taxes in groups:
        for rate_id, tax in taxes.items():
            part = tax if settings.rounds_at_subtotal else tax_rounded(tax, settings)
            sums[rate_id] = sums.get(rate_id, Decimal(0)) + part
    return sums


def calculate_totals(order: Order, table: TaxTable, new_id: Callable[[], int]) -> None:
    """Taxes of every line, the tax lines and the totals. `new_id` gives ids to new tax lines."""
    settings = table.settings
    cart_subtotal = _line_amounts((line.subtotal for line in order.lines), settings)
    cart_total = _line_amounts((line.total for line in order.lines), settings)
    order.shipping_total = sum((rounded(line.total, settings) for line in order.shipping_lines), Decimal(0))
    fees_total = Decimal(0)
    for fee in order.fees:
        lowest = -rounded(cart_total + fees_total + order.shipping_total, settings)
        if fee.total < lowest < 0:
            fee.total = lowest
        fees_total += fee.total
    _tax_lines(order, table)
    cart = _per_rate([line.taxes for line in order.lines] + [fee.taxes for fee in order.fees], settings)
    shipping = _per_rate([item.taxes for item in order.shipping_lines], settings)
    known = {tax_line.rate_id: tax_line for tax_line in order.tax_lines}
    order.tax_lines = []
    for rate_id in {**cart, **shipping}:
        tax_line = known.get(rate_id) or TaxLine(new_id(), rate_id)
        tax_line.total = cart.get(rate_id, Decimal(0))
        tax_line.shipping_total = shipping.get(rate_id, Decimal(0))
        order.tax_lines.append(tax_line)
    order.cart_tax = sum(cart.values(), Decimal(0))
    order.shipping_tax = sum(shipping.values(), Decimal(0))
    order.discount_total = rounded(cart_subtotal - cart_total, settings)
    given_up = Decimal(0)
    for line in order.lines:
        given_up += sum(line.subtotal_taxes.values(), Decimal(0)) - sum(line.taxes.values(), Decimal(0))
    order.discount_tax = tax_rounded(to_micro(given_up), settings)
    everything = cart_total + fees_total + order.shipping_total + order.cart_tax + order.shipping_tax
    order.total = rounded(everything, settings)
