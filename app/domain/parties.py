"""Who is who in an order: the buyer, the receiver and the party of the invoice may be three different people."""

import hashlib
import json
from dataclasses import asdict

from app.domain.orders import Address, Order
from app.domain.tax_numbers import TaxNumber, tax_number_of

# Every piece of order meta that we write begins with this. The next two names are how a store order is recognised.
META_PREFIX = "_allegro_"
META_ORDER_ID = "_allegro_checkout_form_id"
META_ACCOUNT = "_allegro_account"


def shipping_of(order: Order) -> Address:
    """Where the parcel goes, to whom. At a pickup point the receiver stays the receiver."""
    address = order.delivery.address or Address(first_name=order.buyer.first_name, last_name=order.buyer.last_name)
    # Couriers print no label without a phone number, and the buyer is the one who can tell where the receiver is.
    phone = address.phone or order.buyer.phone
    point = order.delivery.pickup_point
    return Address(
        first_name=address.first_name,
        last_name=address.last_name,
        company=" ".join(part for part in (point.id, point.name) if part) if point else address.company,
        street=(point.address.street if point else "") or address.street,
        city=(point.address.city if point else "") or address.city,
        postcode=(point.address.postcode if point else "") or address.postcode,
        country=(point.address.country if point else "") or address.country,
        phone=phone,
    )


def billing_of(order: Order) -> Address:
    """Who gets the invoice: the party that the buyer named for it, otherwise the buyer at the address of delivery."""
    invoice = order.invoice.address
    if invoice is not None:
        is_company = bool(invoice.company)
        return Address(
            first_name=invoice.first_name or ("" if is_company else order.buyer.first_name),
            last_name=invoice.last_name or ("" if is_company else order.buyer.last_name),
            company=invoice.company,
            street=invoice.street,
            city=invoice.city,
            postcode=invoice.postcode,
            country=invoice.country,
            phone=order.buyer.phone or invoice.phone,
        )
    base = order.delivery.address or Address()
    return Address(
        first_name=base.first_name or order.buyer.first_name,
        last_name=base.last_name or order.buyer.last_name,
        company=base.company,
        street=base.street,
        city=base.city,
        postcode=base.postcode,
        country=base.country,
        phone=order.buyer.phone or base.phone,
    )


def invoice_number_of(order: Order) -> TaxNumber | None:
    """The tax number for the invoice, None where the buyer gave none (which is legal)."""
    country = order.invoice.address.country if order.invoice.address else ""
    return tax_number_of(order.invoice.tax_numbers, country)


def address_meta(order: Order, tax_number_key: str, *, with_empty: bool = False) -> tuple[tuple[str, str], ...]:
    """What is written beside the addresses and may change with them: pickup point, delivery method, tax number.

    `tax_number_key` is the meta in which the store's invoice plugin looks for the number; "" for none. `with_empty`
    also gives what there is none of (any more), as "", but not there, where a person may have written a number.
    """
    point, number = order.delivery.pickup_point, invoice_number_of(order)
    values = {
        "delivery_method_id": order.delivery.method_id,
        "delivery_method": order.delivery.method_name,
        "pickup_point_id": point.id if point else "",
        "pickup_point_name": point.name if point else "",
        "pickup_point_description": point.description if point else "",
        "receiver_phone": order.delivery.address.phone if order.delivery.address else "",
        "invoice_required": "yes" if order.invoice.required else "no",
        "invoice_company": order.invoice.address.company if order.invoice.address else "",
        **{f"tax_number_{kind.lower()}": raw for kind, raw in order.invoice.tax_numbers},
        "tax_number": number.text if number else "",
        "tax_number_raw": number.raw if number else "",
    }
    meta = [(META_PREFIX + name, value) for name, value in values.items() if value or with_empty]
    if number and tax_number_key:
        meta.append((tax_number_key, number.text))
    return tuple(meta)


def buyer_meta(order: Order, account_name: str) -> tuple[tuple[str, str], ...]:
    """Whose order it is, and what stays as it was bought."""
    buyer = order.buyer
    values = {
        "checkout_form_id": order.id,
        "account": account_name,
        "marketplace": order.marketplace,
        "buyer_id": buyer.id,
        "buyer_login": buyer.login,
        "buyer_email": buyer.email,
        "buyer_name": " ".join(part for part in (buyer.first_name, buyer.last_name) if part),
        "buyer_company": buyer.company,
        "buyer_phone": buyer.phone,
        "buyer_language": buyer.language,
        "offer_ids": ",".join(line.offer_id for line in order.lines),
        "smart": "yes" if order.delivery.smart else "",
    }
    return tuple((META_PREFIX + name, value) for name, value in values.items() if value)


def payment_meta(order: Order) -> tuple[tuple[str, str], ...]:
    """How it is paid, and whether the money has come; this changes after the purchase."""
    payment = order.payment
    paid = [each.paid.amount for each in (payment, *order.surcharges) if each and each.finished_at and each.paid]
    values = {
        "payment_id": payment.id if payment else "",
        "payment_kind": payment.kind if payment else "",
        "payment_provider": payment.provider if payment else "",
        "paid_at": payment.finished_at.isoformat() if payment and payment.finished_at else "",
        "paid_amount": str(sum(paid)) if paid else "",
        "total_to_pay": str(order.total.amount),
    }
    return tuple((META_PREFIX + name, value) for name, value in values.items() if value)


def addresses_digest(order: Order) -> str:
    """By which a change of the addresses, the point or the invoice's party is noticed."""
    return _digest(billing_of(order), shipping_of(order), address_meta(order, ""))


def payments_digest(order: Order) -> str:
    """By which a change of what is paid, or of what there is to pay, is noticed."""
    surcharges = [(each.id, str(each.finished_at), str(each.paid)) for each in order.surcharges]
    return _digest(payment_meta(order), tuple(surcharges))


def _digest(*parts: object) -> str:
    plain = [asdict(part) if isinstance(part, Address) else part for part in parts]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:32]
