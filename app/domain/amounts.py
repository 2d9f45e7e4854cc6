"""The amounts of a store order, so that the total which the store makes of them is what the buyer pays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.money import Money, round_to
from app.domain.orders import Address, ChargeKind, Order
from app.domain.store import DraftFee, StoreProduct, StoreTaxes, TaxRate
from app.domain.taxes import NetAmount, Part, booked, cent_of, net_of, rates_for, total_of

# Allegro's own amounts may miss its total by this; a larger difference has a cause and is never smoothed away.
_CENT = Decimal("0.01")
_NOTHING = Decimal(0)
# The line that closes a gap which only the store's rounding makes.
ROUNDING = "Rounding"


@dataclass(frozen=True)
class LineAmounts:
    """Net amounts of a whole line; `net_subtotal` is before vouchers, None where none was taken off."""

    net_total: Decimal
    net_subtotal: Decimal | None = None


@dataclass(frozen=True)
class Amounts:
    """What to send to the store. `lines` are in the order of the purchase's lines.

    `notes` say in words what is not as at Allegro, `hold_reasons` why the total is not what the buyer pays.
    """

    lines: tuple[LineAmounts, ...]
    shipping_net: Decimal | None
    fees: tuple[DraftFee, ...]
    notes: tuple[str, ...]
    hold_reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Charge:
    """Something beside goods and delivery, gross. A deposit is no turnover and has no VAT.

    `payment_id` is that of a payment which came after the purchase.
    """

    name: str
    gross: Decimal
    taxable: bool = True
    payment_id: str = ""


def amounts_of(
    order: Order,
    products: Sequence[StoreProduct | None],
    taxes: StoreTaxes,
    *,
    billing: Address,
    shipping: Address,
) -> Amounts:
    """The net amounts of an order. `products` are those of its lines, None for a line that has none in the store."""
    vouchers, rest = _vouchers_and_rest(order)
    rates = [_rates_of(product, taxes, billing, shipping) for product in products]
    charges = _charges(order)
    fee_rates = rates_for(taxes, "", billing, shipping)
    priced = [
        _priced(_price(order, index) - vouchers[index], rates[index], taxes, Part.LINE)
        for index in range(len(order.lines))
    ]
    has_delivery = order.delivery.cost is not None or bool(order.delivery.method_name)
    if has_delivery:
        delivery_rates = _delivery_rates(products, taxes, billing, shipping)
        priced.append(_priced(_delivery(order), delivery_rates, taxes, Part.DELIVERY))
    for charge in charges:
        priced.append(_priced(charge.gross, fee_rates if charge.taxable else (), taxes, Part.FEE))

    settled, rounding, reasons = _settled(order, priced, rest, taxes)
    lowered_by = total_of(priced, taxes) - total_of(settled, taxes)
    nets = [amount.net for amount in settled]
    subtotals = [
        net_of(_price(order, index), rates[index], taxes) if voucher else None for index, voucher in enumerate(vouchers)
    ]
    fee_nets = nets[len(nets) - len(charges) :]
    fees = [
        DraftFee(charge.name, net, charge.taxable, charge.payment_id)
        for charge, net in zip(charges, fee_nets, strict=True)
    ]
    return Amounts(
        # Beyond the lines, delivery and fees follow.
        lines=tuple(LineAmounts(*amounts) for amounts in zip(nets, subtotals, strict=False)),
        shipping_net=nets[len(order.lines)] if has_delivery else None,
        fees=(*fees, DraftFee(ROUNDING, rounding)) if rounding else tuple(fees),
        notes=_notes(order, sum(vouchers, _NOTHING), rounding, lowered_by),
        hold_reasons=reasons,
    )


def _priced(gross: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes, part: Part) -> NetAmount:
    return NetAmount(net_of(gross, rates, taxes, part), rates, part)


def _price(order: Order, index: int) -> Decimal:
    line = order.lines[index]
    return (line.unit_price * line.quantity).amount


def _delivery(order: Order) -> Decimal:
    return order.delivery.cost.amount if order.delivery.cost else _NOTHING


def _charges(order: Order) -> list[_Charge]:
    """What is paid beside goods and delivery. A surcharge counts as far as its money has come."""
    charges = [
        _Charge(charge.name, charge.amount.amount, charge.kind is not ChargeKind.DEPOSIT) for charge in order.charges
    ]
    for each in order.surcharges:
        if each.paid and each.paid.amount and each.finished_at:
            charges.append(_Charge("Surcharge", each.paid.amount, payment_id=each.id))
    return charges


def _vouchers_and_rest(order: Order) -> tuple[list[Decimal], Decimal]:
    """What vouchers take off each line, and what is left of the difference between the order's total and its parts.

    Allegro does not tell whether its total is net of vouchers. They are taken off where exactly they make the
    difference.
    """
    prices = [_price(order, index) for index in range(len(order.lines))]
    charged = sum((charge.gross for charge in _charges(order)), _NOTHING)
    rest = order.total.amount - sum(prices, _NOTHING) - _delivery(order) - charged
    vouchers = [sum((voucher.amount for voucher in line.vouchers), _NOTHING) for line in order.lines]
    fits = all(voucher <= price for voucher, price in zip(vouchers, prices, strict=True))
    if rest and fits and rest == -sum(vouchers, _NOTHING):
        return vouchers, _NOTHING
    return [_NOTHING] * len(prices), rest


def _rates_of(
    product: StoreProduct | None, taxes: StoreTaxes, billing: Address, shipping: Address
) -> tuple[TaxRate, ...]:
    if product is None:
        return rates_for(taxes, "", billing, shipping)
    return rates_for(taxes, product.tax_class, billing, shipping) if product.taxable else ()


def _delivery_rates(
    products: Iterable[StoreProduct | None], taxes: StoreTaxes, billing: Address, shipping: Address
) -> tuple[TaxRate, ...]:
    tax_class = taxes.shipping_tax_class
    if tax_class == "inherit":
        # As WC_Abstract_Order does: the first class of the store's list that a taxable line has, whether or not the
        # class has a rate at the buyer's address. The standard class leads the list; the others stand in it by name,
        # of which their slugs are made.
        classes = [
            product.tax_class if product else ""
            for product in products
            if product is None or product.taxable or product.only_delivery_taxed
        ]
        if not classes:
            return ()
        tax_class = min(classes)
    return tuple(rate for rate in rates_for(taxes, tax_class, billing, shipping) if rate.on_shipping)


def _settled(
    order: Order, priced: list[NetAmount], rest: Decimal, taxes: StoreTaxes
) -> tuple[list[NetAmount], Decimal, tuple[str, ...]]:
    """The amounts with which the store's total is the buyer's, what a rounding fee adds, and why that is impossible."""
    paid, made = order.total.amount, total_of(priced, taxes)
    if abs(rest) > _slack(order):
        parts = Money(paid - rest, order.total.currency)
        reason = (
            f"Goods and delivery make {parts}, but the buyer pays {order.total}: "
            f"a difference of {rest:+} that this order's lines do not explain."
        )
        return priced, _NOTHING, (reason,)
    if paid != round_to(paid, taxes.decimals):
        reason = (
            f"The store's prices have {taxes.decimals} decimals, so that its total is {made} {order.total.currency}, "
            f"but the buyer pays {order.total}: a difference of {paid - made:+}."
        )
        return priced, _NOTHING, (reason,)
    if made > paid:
        priced = _lowered(priced, paid, taxes)
    return priced, paid - total_of(priced, taxes), ()


def _slack(order: Order) -> Decimal:
    # A price may have parts of a cent, and how Allegro would round such a line is not known.
    prices = [_price(order, index) for index in range(len(order.lines))]
    return _CENT * max(1, sum(price != round_to(price, 2) for price in prices))


def _lowered(priced: list[NetAmount], paid: Decimal, taxes: StoreTaxes) -> list[NetAmount]:
    """The amounts, lowered until they make less than `paid`: the fee that closes the gap must not be negative.

    Delivery is lowered where it is large enough, else the largest line; only then the others, and fees last.
    """
    lowered = list(priced)
    excess = at_least = total_of(priced, taxes) - paid + cent_of(taxes)
    worth = [booked(amount, taxes) for amount in priced]

    def rank(index: int) -> tuple[bool, bool, bool, Decimal]:
        part = priced[index].part
        return part is Part.FEE, worth[index] < at_least, part is Part.LINE, -worth[index]

    for index in sorted(range(len(priced)), key=rank):
        amount, target = priced[index], max(worth[index] - excess, _NOTHING)
        lowered[index] = replace(amount, net=net_of(target, amount.rates, taxes, amount.part))
        excess = total_of(lowered, taxes) - paid + cent_of(taxes)
        if excess <= 0:
            break
    return lowered


def _notes(order: Order, vouchers: Decimal, rounding: Decimal, lowered_by: Decimal) -> tuple[str, ...]:
    currency = order.total.currency
    notes: list[str] = []
    if vouchers:
        notes.append(f"Allegro's vouchers worth {Money(vouchers, currency)} are taken off the lines.")
    if rounding:
        lowered = f" after {lowered_by} {currency} were taken off other amounts" if lowered_by else ""
        notes.append(
            f'A line "{ROUNDING}" of {rounding} {currency} closes the gap between the store\'s sum and the '
            f"{order.total} that the buyer pays{lowered}."
        )
    return tuple(notes)
