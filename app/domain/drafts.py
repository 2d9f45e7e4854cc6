"""Composing the store order of an Allegro order."""

import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from app.domain.money import round_to
from app.domain.orders import Address, ChargeKind, Order, OrderLine, PaymentKind
from app.domain.parties import address_meta, billing_of, buyer_meta, payment_meta, shipping_of
from app.domain.settings import Settings
from app.domain.store import DraftFee, DraftLine, OrderDraft, StoreOrder, StoreProduct, StoreTaxes, TaxRate
from app.domain.taxes import net_of, rates_for, total_of

# The line that closes a gap which only the store's rounding makes.
ROUNDING = "Rounding"

_PAYMENT_TITLES = {
    PaymentKind.ONLINE: "Allegro: online payment",
    PaymentKind.CASH_ON_DELIVERY: "Allegro: cash on delivery",
    PaymentKind.TRANSFER: "Allegro: bank transfer",
    PaymentKind.SPLIT: "Allegro: split payment",
    PaymentKind.EXTENDED_TERM: "Allegro: extended payment term",
    PaymentKind.UNKNOWN: "Allegro",
}
# The slack of the store's rounding, per line; a larger difference has another cause and is never smoothed away.
_ROUNDING_PER_LINE = Decimal("0.01")


@dataclass(frozen=True)
class Composed:
    """A draft, the reasons why the order must wait for a person (none: it is released), and what to note on it."""

    draft: OrderDraft
    hold_reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()


def compose(
    order: Order,
    *,
    account_name: str,
    products: Mapping[str, tuple[StoreProduct, ...]],
    taxes: StoreTaxes,
    settings: Settings,
    titles: Mapping[str, tuple[StoreProduct, ...]] | None = None,
    is_held: bool = False,
) -> Composed:
    """The store order of a ready Allegro order.

    `products` maps an offer's external id, in lower case, to the store's products with this SKU: one is the product,
    none or several leave the line without one, because a guess would ship the wrong goods. `titles` does the same for
    titles (see `title_key`), and is asked where no product has the SKU; None where titles are not to be matched.
    `is_held`: the order is made on hold, because its buyer may still cancel it.
    """
    billing, shipping = billing_of(order), shipping_of(order)
    holds: list[str] = []
    lines: list[DraftLine] = []
    taxed: list[tuple[Decimal, tuple[TaxRate, ...]]] = []
    classes: list[str] = []
    for line in order.lines:
        product = _product(line, products, titles or {}, holds)
        tax_class = product.tax_class if product else ""
        rates: tuple[TaxRate, ...] = ()
        if product is None or product.taxable:
            classes.append(tax_class)
            rates = rates_for(taxes, tax_class, billing, shipping)
        net = net_of((line.unit_price * line.quantity).amount, rates, taxes)
        taxed.append((net, rates))
        lines.append(
            DraftLine(
                name=line.offer_name,
                quantity=line.quantity,
                net_total=net,
                product_id=product.product_id if product else None,
                variation_id=product.variation_id or None if product else None,
                tax_class=tax_class,
                line_id=line.id,
                offer_id=line.offer_id,
                manages_stock=bool(product and product.manages_stock),
            )
        )
    shipping_net = None
    if order.delivery.cost is not None or order.delivery.method_name:
        rates = _shipping_rates(classes, taxes, billing, shipping)
        gross = order.delivery.cost.amount if order.delivery.cost else Decimal(0)
        shipping_net = net_of(gross, rates, taxes)
        taxed.append((shipping_net, rates))
    standard = rates_for(taxes, "", billing, shipping)
    fees: list[DraftFee] = []
    for name, gross, taxable in _charges(order):
        rates = standard if taxable else ()
        fees.append(DraftFee(name, net_of(gross, rates, taxes), taxable))
        taxed.append((fees[-1].total, rates))
    fees += _rounding(order, total_of(taxed, taxes), len(taxed), holds)
    payment = order.payment
    kind = payment.kind if payment else PaymentKind.UNKNOWN
    is_waiting = bool(holds) or is_held
    draft = OrderDraft(
        order_id=order.id,
        status="on-hold" if is_waiting else "processing",
        currency=order.total.currency,
        billing=billing,
        shipping=shipping,
        # What the store mails about an order on hold speaks of a payment that it waits for.
        billing_email=order.buyer.email if settings.send_customer_emails and not is_waiting else "",
        customer_note=order.message,
        payment_method="cod" if kind is PaymentKind.CASH_ON_DELIVERY else "allegro",
        payment_method_title=_PAYMENT_TITLES[kind],
        # Paying moves an order out of on-hold, so an order that waits for a person is not marked as paid.
        set_paid=bool(payment and payment.finished_at and not is_waiting and kind is not PaymentKind.CASH_ON_DELIVERY),
        shipping_title=order.delivery.method_name or "Allegro",
        shipping_net=shipping_net,
        lines=tuple(lines),
        fees=tuple(fees),
        meta=(
            *buyer_meta(order, account_name),
            *address_meta(order, settings.tax_number_meta_key),
            *payment_meta(order),
        ),
    )
    return Composed(draft, tuple(holds))


def payload_hash(draft: OrderDraft) -> str:
    """A digest by which two drafts of one order can be told apart."""
    return hashlib.sha256(json.dumps(asdict(draft), default=str, sort_keys=True).encode()).hexdigest()


def faults_of(created: StoreOrder, draft: OrderDraft, order: Order) -> tuple[str, ...]:
    """What is wrong with the order that the store made, compared with what was asked for; empty when nothing is.

    The store answers 201 also where it did not know a product, and computes the total by its own rules.
    """
    faults: list[str] = []
    if created.total is None:
        faults.append("The store did not tell the order's total.")
    elif created.total != order.total.amount or created.currency != order.total.currency:
        difference = created.total - order.total.amount
        faults.append(
            f"The store's total is {created.total} {created.currency}, the buyer pays {order.total}: "
            f"a difference of {difference:+}."
        )
    made = {line.allegro_line_id: line for line in created.lines}
    for wanted in draft.lines:
        line = made.get(wanted.line_id)
        if line is None:
            faults.append(f"The line {wanted.name!r} (offer {wanted.offer_id}) is missing.")
        elif wanted.product_id is not None and line.product_id != wanted.product_id:
            faults.append(f"The store lost the product of the line {wanted.name!r} (offer {wanted.offer_id}).")
        elif wanted.variation_id is not None and line.variation_id != wanted.variation_id:
            faults.append(f"The store lost the variation of the line {wanted.name!r} (offer {wanted.offer_id}).")
        elif line.quantity != wanted.quantity:
            faults.append(f"The line {wanted.name!r} has {line.quantity} pieces instead of {wanted.quantity}.")
    return tuple(faults)


def title_key(title: str) -> str:
    """What two titles are compared by: their words, whatever their case, blanks and HTML's way to write a sign."""
    return " ".join(html.unescape(title).casefold().split())


def _product(
    line: OrderLine,
    products: Mapping[str, tuple[StoreProduct, ...]],
    titles: Mapping[str, tuple[StoreProduct, ...]],
    holds: list[str],
) -> StoreProduct | None:
    found = products.get(line.external_id.lower(), ()) if line.external_id else ()
    if len(found) == 1 and found[0].sellable:
        return found[0]
    by_title = titles.get(title_key(line.offer_name), ()) if not found else ()
    if len(by_title) == 1 and by_title[0].sellable:
        return by_title[0]
    if len(by_title) > 1:
        why = f"no product has its SKU, and its title belongs to {len(by_title)} products in the store"
    elif not line.external_id:
        why = "the offer has no SKU (external id)"
    elif len(found) == 1:
        why = f"the product with the SKU {line.external_id!r} has variations, and the offer does not tell which one"
    elif found:
        why = f"the SKU {line.external_id!r} belongs to {len(found)} products in the store"
    else:
        why = f"the store has no product with the SKU {line.external_id!r}"
    holds.append(f"No product for {line.offer_name!r} (offer {line.offer_id}): {why}.")
    return None


def _charges(order: Order) -> list[tuple[str, Decimal, bool]]:
    """What is paid beside goods and delivery: name, gross amount, and whether it is taxed.

    A deposit is no turnover and has no VAT. A surcharge counts as far as its money has come.
    """
    charges = [(charge.name, charge.amount.amount, charge.kind is not ChargeKind.DEPOSIT) for charge in order.charges]
    paid = sum((each.paid.amount for each in order.surcharges if each.paid and each.finished_at), Decimal(0))
    return [*charges, ("Surcharge", paid, True)] if paid else charges


def _shipping_rates(classes: list[str], taxes: StoreTaxes, billing: Address, shipping: Address) -> tuple[TaxRate, ...]:
    tax_class = taxes.shipping_tax_class
    if tax_class == "inherit":
        # As WC_Abstract_Order does: the first class of the store's list that a taxable line has, whether or not the
        # class has a rate at the buyer's address. The standard class leads the list; the others stand in it by name,
        # of which their slugs are made.
        if not classes:
            return ()
        tax_class = min(classes)
    return tuple(rate for rate in rates_for(taxes, tax_class, billing, shipping) if rate.on_shipping)


def _rounding(order: Order, expected: Decimal, lines: int, holds: list[str]) -> tuple[DraftFee, ...]:
    difference = order.total.amount - expected
    if difference == 0:
        return ()
    if abs(difference) <= _ROUNDING_PER_LINE * lines:
        return (DraftFee(ROUNDING, difference),)
    holds.append(
        f"Goods and delivery make {round_to(expected, 2)} {order.total.currency}, but the buyer pays {order.total}: "
        f"a difference of {difference:+} that this order's lines do not explain."
    )
    return ()
