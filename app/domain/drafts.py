"""Composing the store order of an Allegro order."""

import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from app.domain.amounts import amounts_of
from app.domain.orders import Order, OrderLine, PaymentKind
from app.domain.parties import address_meta, billing_of, buyer_meta, payment_meta, shipping_of
from app.domain.settings import Settings
from app.domain.shipping_methods import shipping_method_for
from app.domain.store import DraftLine, OrderDraft, SoldProduct, StoreOrder, StoreProduct, StoreTaxes

_PAYMENT_TITLES = {
    PaymentKind.ONLINE: "Allegro: online payment",
    PaymentKind.CASH_ON_DELIVERY: "Allegro: cash on delivery",
    PaymentKind.TRANSFER: "Allegro: bank transfer",
    PaymentKind.SPLIT: "Allegro: split payment",
    PaymentKind.EXTENDED_TERM: "Allegro: extended payment term",
    PaymentKind.UNKNOWN: "Allegro",
}


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
    linked: Mapping[str, SoldProduct] | None = None,
    is_held: bool = False,
) -> Composed:
    """The store order of a ready Allegro order.

    `linked` maps an offer's id to what its link says that it sells, which goes before all else: the seller has said so.
    `products` maps an offer's external id, in lower case, to the store's products with this SKU: one is the product,
    none or several leave the line without one, because a guess would ship the wrong goods. `titles` does the same for
    titles (see `title_key`), and is asked where no product has the SKU; None where titles are not to be matched.
    `is_held`: the order is made on hold, because its buyer may still cancel it.
    """
    billing, shipping = billing_of(order), shipping_of(order)
    holds: list[str] = []
    linked = linked or {}
    bought = [_product(line, linked, products, titles or {}, holds) for line in order.lines]
    amounts = amounts_of(order, bought, taxes, billing=billing, shipping=shipping)
    holds += amounts.hold_reasons
    lines = [
        DraftLine(
            name=line.offer_name,
            quantity=line.quantity * (linked[line.offer_id].units_per_offer if line.offer_id in linked else 1),
            net_total=of_line.net_total,
            product_id=product.product_id if product else None,
            variation_id=product.variation_id or None if product else None,
            tax_class=product.tax_class if product else "",
            line_id=line.id,
            offer_id=line.offer_id,
            manages_stock=bool(product and product.manages_stock),
            sku=product.sku if product else "",
            net_subtotal=of_line.net_subtotal,
        )
        for line, product, of_line in zip(order.lines, bought, amounts.lines, strict=True)
    ]
    payment = order.payment
    kind = payment.kind if payment else PaymentKind.UNKNOWN
    is_waiting = bool(holds) or is_held
    delivery = order.delivery
    method = shipping_method_for(settings.shipping_methods, allegro_id=delivery.method_id, name=delivery.method_name)
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
        shipping_title=(method.title if method else "") or delivery.method_name or "Allegro",
        shipping_net=amounts.shipping_net,
        lines=tuple(lines),
        fees=amounts.fees,
        meta=(
            *buyer_meta(order, account_name),
            *address_meta(order, settings.tax_number_meta_key),
            *payment_meta(order),
        ),
        shipping_method=method.method_id if method else "",
        shipping_instance=method.instance_id if method else None,
    )
    return Composed(draft, tuple(holds), amounts.notes + _about_currency(order, taxes.currency))


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


def _about_currency(order: Order, usual: str) -> tuple[str, ...]:
    if usual in ("", order.total.currency):
        return ()
    told = (
        f"This order is in {order.total.currency}. WooCommerce's reports add it up as if it were in {usual}: take it "
        "out of them, or convert it."
    )
    return (told,)


def _product(
    line: OrderLine,
    linked: Mapping[str, SoldProduct],
    products: Mapping[str, tuple[StoreProduct, ...]],
    titles: Mapping[str, tuple[StoreProduct, ...]],
    holds: list[str],
) -> StoreProduct | None:
    if line.offer_id in linked:
        sold = linked[line.offer_id].product
        if sold is None:
            holds.append(
                f"No product for {line.offer_name!r} (offer {line.offer_id}): the product that it is linked to is gone "
                "from the store. Link the offer anew."
            )
        return sold
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
