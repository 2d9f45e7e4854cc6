"""Composing the store order of an Allegro order."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from app.domain.amounts import amounts_of
from app.domain.orders import Address, Order, OrderLine, PaymentKind
from app.domain.settings import Settings
from app.domain.store import DraftLine, OrderDraft, StoreOrder, StoreProduct, StoreTaxes

# Every piece of order meta that we write begins with this. The next two names are how a store order is recognised.
META_PREFIX = "_allegro_"
META_ORDER_ID = "_allegro_checkout_form_id"
META_ACCOUNT = "_allegro_account"

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
    """A draft, the reasons why the order must wait for a person (none: it is released), and what else to tell."""

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
) -> Composed:
    """The store order of a ready Allegro order.

    `products` maps an offer's external id, in lower case, to the store's products with this SKU: one is the product,
    none or several leave the line without one, because a guess would ship the wrong goods.
    """
    billing, shipping = _billing(order), _shipping(order)
    holds: list[str] = []
    bought = [_product(line, products, holds) for line in order.lines]
    amounts = amounts_of(order, bought, taxes, billing=billing, shipping=shipping)
    holds += amounts.hold_reasons
    lines = [
        DraftLine(
            name=line.offer_name,
            quantity=line.quantity,
            net_total=of_line.net_total,
            product_id=product.product_id if product else None,
            variation_id=product.variation_id or None if product else None,
            tax_class=product.tax_class if product else "",
            line_id=line.id,
            offer_id=line.offer_id,
            net_subtotal=of_line.net_subtotal,
        )
        for line, product, of_line in zip(order.lines, bought, amounts.lines, strict=True)
    ]
    payment = order.payment
    kind = payment.kind if payment else PaymentKind.UNKNOWN
    draft = OrderDraft(
        order_id=order.id,
        status="on-hold" if holds else "processing",
        currency=order.total.currency,
        billing=billing,
        shipping=shipping,
        billing_email=order.buyer.email if settings.send_customer_emails else "",
        customer_note=order.message,
        payment_method="cod" if kind is PaymentKind.CASH_ON_DELIVERY else "allegro",
        payment_method_title=_PAYMENT_TITLES[kind],
        # Paying moves an order out of on-hold, so an order that waits for a person is not marked as paid.
        set_paid=bool(payment and payment.finished_at and not holds and kind is not PaymentKind.CASH_ON_DELIVERY),
        shipping_title=order.delivery.method_name or "Allegro",
        shipping_net=amounts.shipping_net,
        lines=tuple(lines),
        fees=amounts.fees,
        meta=_meta(order, account_name),
    )
    return Composed(draft, tuple(holds), amounts.notes)


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


def _product(
    line: OrderLine, products: Mapping[str, tuple[StoreProduct, ...]], holds: list[str]
) -> StoreProduct | None:
    found = products.get(line.external_id.lower(), ()) if line.external_id else ()
    if len(found) == 1 and found[0].sellable:
        return found[0]
    if not line.external_id:
        why = "the offer has no SKU (external id)"
    elif len(found) == 1:
        why = f"the product with the SKU {line.external_id!r} has variations, and the offer does not tell which one"
    elif found:
        why = f"the SKU {line.external_id!r} belongs to {len(found)} products in the store"
    else:
        why = f"the store has no product with the SKU {line.external_id!r}"
    holds.append(f"No product for {line.offer_name!r} (offer {line.offer_id}): {why}.")
    return None


def _shipping(order: Order) -> Address:
    address = order.delivery.address or Address(
        first_name=order.buyer.first_name, last_name=order.buyer.last_name, phone=order.buyer.phone
    )
    point = order.delivery.pickup_point
    if point is None:
        return address
    # The parcel goes to the point; the receiver stays the receiver.
    return Address(
        first_name=address.first_name,
        last_name=address.last_name,
        company=" ".join(part for part in (point.id, point.name) if part),
        street=point.address.street or address.street,
        city=point.address.city or address.city,
        postcode=point.address.postcode or address.postcode,
        country=point.address.country or address.country,
        phone=address.phone,
    )


def _billing(order: Order) -> Address:
    invoice = order.invoice.address
    base = invoice or order.delivery.address or Address()
    return Address(
        first_name=base.first_name or ("" if base.company and invoice else order.buyer.first_name),
        last_name=base.last_name or ("" if base.company and invoice else order.buyer.last_name),
        company=base.company,
        street=base.street,
        city=base.city,
        postcode=base.postcode,
        country=base.country,
        phone=base.phone or order.buyer.phone,
    )


def _meta(order: Order, account_name: str) -> tuple[tuple[str, str], ...]:
    point = order.delivery.pickup_point
    values = {
        "checkout_form_id": order.id,
        "account": account_name,
        "marketplace": order.marketplace,
        "buyer_id": order.buyer.id,
        "buyer_login": order.buyer.login,
        "buyer_email": order.buyer.email,
        "offer_ids": ",".join(line.offer_id for line in order.lines),
        "payment_id": order.payment.id if order.payment else "",
        "delivery_method_id": order.delivery.method_id,
        "delivery_method": order.delivery.method_name,
        "smart": "yes" if order.delivery.smart else "",
        "pickup_point_id": point.id if point else "",
        "pickup_point_name": point.name if point else "",
        "invoice_required": "yes" if order.invoice.required else "no",
        **{f"tax_number_{kind.lower()}": number for kind, number in order.invoice.tax_numbers},
        "total_to_pay": str(order.total.amount),
    }
    return tuple((META_PREFIX + name, value) for name, value in values.items() if value)
