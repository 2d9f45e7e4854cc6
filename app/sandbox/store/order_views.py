"""Orders as the REST API shows them."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.sandbox.store.catalogue import Meta
from app.sandbox.store.listing import links
from app.sandbox.store.order_totals import line_tax
from app.sandbox.store.orders import Note, Order, ProductLine, Taxes
from app.sandbox.store.product_views import API
from app.sandbox.store.shop import Shop
from app.sandbox.store.times import dated

WC_VERSION = "11.0.1"
_SYMBOLS = {"PLN": "zł", "EUR": "€", "CZK": "Kč", "HUF": "Ft", "USD": "$", "GBP": "£"}
Money = Callable[[Decimal], str]


def money(decimals: int) -> Money:
    step = Decimal(1).scaleb(-decimals)
    return lambda amount: str(amount.quantize(step, ROUND_HALF_UP))


def _number(value: Decimal) -> int | float:
    # The price of one piece is the one amount that WooCommerce shows as a JSON number.
    return int(value) if value == value.to_integral_value() else float(value)


def _line_meta(meta: Meta) -> dict[str, Any]:
    return {**meta.view(), "display_key": meta.key, "display_value": meta.value}


def _attribute_meta(meta: Meta) -> dict[str, Any]:
    shown = str(meta.value)
    return {
        **meta.view(),
        "display_key": meta.key.removeprefix("pa_").capitalize(),
        "display_value": shown.capitalize(),
    }


def _line_view(line: ProductLine, shop: Shop, shown: Money) -> dict[str, Any]:
    settings = shop.settings
    rates = [
        {"id": rate, "total": shown(tax), "subtotal": shown(line.subtotal_taxes.get(rate, Decimal(0)))}
        for rate, tax in line.taxes.items()
    ]
    return {
        "id": line.id,
        "name": line.name,
        "product_id": line.product_id,
        "variation_id": line.variation_id,
        "quantity": line.quantity,
        "tax_class": line.tax_class,
        "subtotal": shown(line.subtotal),
        "subtotal_tax": shown(line_tax(line.subtotal_taxes, settings)),
        "total": shown(line.total),
        "total_tax": shown(line_tax(line.taxes, settings)),
        "taxes": rates,
        "meta_data": [(_attribute_meta if m.key.startswith("pa_") else _line_meta)(m) for m in line.meta],
        "sku": line.sku,
        "global_unique_id": line.global_unique_id,
        "price": _number(line.total / line.quantity) if line.quantity else 0,
        "image": {"id": 0 if line.variation_id else "", "src": ""},
        "parent_name": line.parent_name,
    }


def _other_taxes(taxes: Taxes, shown: Money) -> list[dict[str, Any]]:
    return [{"id": rate, "total": shown(tax), "subtotal": ""} for rate, tax in taxes.items()]


def _tax_lines(order: Order, shop: Shop, shown: Money) -> list[dict[str, Any]]:
    views = []
    for line in order.tax_lines:
        rate = shop.taxes.rate(line.rate_id)
        views.append(
            {
                "id": line.id,
                "rate_code": rate.code if rate else "",
                "rate_id": line.rate_id,
                "label": rate.name if rate else "",
                "compound": False,
                "tax_total": shown(line.total),
                "shipping_tax_total": shown(line.shipping_total),
                "rate_percent": _number(rate.rate) if rate else None,
                "meta_data": [],
            }
        )
    return views


def order_view(order: Order, shop: Shop, origin: str, decimals: int = 2) -> dict[str, Any]:
    """An order with its amounts to `decimals` places, as the query parameter `dp` asks."""
    shown = money(decimals)
    settings = shop.settings
    collection = f"{origin}{API}/orders"
    own = f"{collection}/{order.id}"
    customer = {"customer": [{"href": f"{origin}{API}/customers/{order.customer_id}"}]} if order.customer_id else {}
    templates = [{"embeddable": True, "href": f"{own}/actions/email_templates"}]
    return {
        "id": order.id,
        "parent_id": 0,
        "status": order.status,
        "currency": order.currency,
        "version": WC_VERSION,
        "prices_include_tax": order.prices_include_tax,
        "discount_total": shown(order.discount_total),
        "discount_tax": shown(order.discount_tax),
        "shipping_total": shown(order.shipping_total),
        "shipping_tax": shown(order.shipping_tax),
        "cart_tax": shown(order.cart_tax),
        "total": shown(order.total),
        "total_tax": shown(order.cart_tax + order.shipping_tax),
        "customer_id": order.customer_id,
        "order_key": order.key,
        "billing": dict(order.billing),
        "shipping": dict(order.shipping),
        "payment_method": order.payment_method,
        "payment_method_title": order.payment_method_title,
        "transaction_id": order.transaction_id,
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": order.created_via,
        "customer_note": order.customer_note,
        "cart_hash": "",
        "number": str(order.id),
        # The database hands meta data back by key.
        "meta_data": [meta.view() for meta in sorted(order.meta, key=lambda meta: meta.key)],
        "line_items": [_line_view(line, shop, shown) for line in order.lines],
        "tax_lines": _tax_lines(order, shop, shown),
        "shipping_lines": [
            {
                "id": line.id,
                "method_title": line.method_title,
                "method_id": line.method_id,
                "instance_id": line.instance_id,
                "total": shown(line.total),
                "total_tax": shown(line_tax(line.taxes, settings)),
                "taxes": _other_taxes(line.taxes, shown),
                "tax_status": line.tax_status,
                "meta_data": [_line_meta(meta) for meta in line.meta],
            }
            for line in order.shipping_lines
        ],
        "fee_lines": [
            {
                "id": fee.id,
                "name": fee.name,
                "tax_class": fee.tax_class,
                "tax_status": fee.tax_status,
                "amount": "",
                "total": shown(fee.total),
                "total_tax": shown(line_tax(fee.taxes, settings)),
                "taxes": _other_taxes(fee.taxes, shown),
                "meta_data": [_line_meta(meta) for meta in fee.meta],
            }
            for fee in order.fees
        ],
        "coupon_lines": [],
        "refunds": [],
        "payment_url": f"{origin}/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.key}",
        "is_editable": order.status in ("pending", "on-hold", "auto-draft"),
        "needs_payment": order.needs_payment,
        "needs_processing": order.needs_processing,
        **dated("date_created", order.created),
        **dated("date_modified", order.modified),
        **dated("date_completed", order.completed),
        **dated("date_paid", order.paid),
        "currency_symbol": _SYMBOLS.get(order.currency, order.currency),
        "_links": links(own, collection, email_templates=templates, **customer),
    }


def note_view(order: Order, note: Note, origin: str) -> dict[str, Any]:
    own = f"{origin}{API}/orders/{order.id}"
    return {
        "id": note.id,
        "author": "WooCommerce",
        **dated("date_created", note.at),
        "note": note.text,
        "customer_note": note.to_customer,
        "_links": links(f"{own}/notes/{note.id}", f"{own}/notes", "GET", "DELETE", up=[{"href": own}]),
    }
