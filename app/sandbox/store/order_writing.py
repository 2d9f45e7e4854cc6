"""Making and changing orders from what the REST API is sent."""

from typing import Any

from app.sandbox.store.exchange import StoreError
from app.sandbox.store.order_checks import check_order
from app.sandbox.store.order_flow import complete_payment, set_status
from app.sandbox.store.order_lines import apply_lines, check_references, product_line
from app.sandbox.store.order_totals import calculate_totals
from app.sandbox.store.orders import Order, ProductLine
from app.sandbox.store.shop import Shop

_TEXTS = ("payment_method", "payment_method_title", "transaction_id", "customer_note")
_SHOPPER = {
    "first_name": "Ola",
    "last_name": "Lis",
    "address_1": "ul. Lipowa 1",
    "city": "Gdańsk",
    "postcode": "80-001",
    "country": "PL",
}
_RECALCULATING = ("billing", "shipping", "line_items", "shipping_lines", "fee_lines")
_KEY_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def blank_order(shop: Shop) -> Order:
    now = shop.now()
    key = "wc_order_" + "".join(shop.random.choices(_KEY_LETTERS, k=13))
    settings = shop.settings
    return Order(next(shop.numbers.post), key, now, now, settings.currency, settings.prices_include_tax)


def create_order(shop: Shop, sent: dict[str, Any]) -> Order:
    """Raises StoreError and leaves no order where something does not fit.

    A product that does not exist is not an error: its line stays empty.
    """
    check_order(sent)
    _check_customer(shop, sent)
    check_references(sent)
    order = blank_order(shop)
    if "created_via" in sent and not shop.faults.strike("created_via_unknown"):
        order.created_via = sent["created_via"]
    _apply(shop, order, sent)
    calculate_totals(order, shop.taxes, lambda: next(shop.numbers.item))
    shop.orders[order.id] = order
    shop.announce("order.created", order.id)
    if sent.get("status"):
        set_status(shop, order, sent["status"])
    if sent.get("set_paid") is True:
        complete_payment(shop, order)
    if order.status != "pending":
        shop.announce("order.updated", order.id)
    return order


def update_order(shop: Shop, order: Order, sent: dict[str, Any]) -> None:
    """Raises StoreError where something does not fit. An order in the trash comes back by being given a status."""
    check_order(sent)
    _check_customer(shop, sent)
    check_references(sent, order)
    _apply(shop, order, sent)
    if any(name in sent for name in _RECALCULATING):
        calculate_totals(order, shop.taxes, lambda: next(shop.numbers.item))
    if sent.get("status"):
        set_status(shop, order, sent["status"])
    if sent.get("set_paid") is True and order.needs_payment:
        complete_payment(shop, order)
    order.modified = shop.now()
    shop.announce("order.updated", order.id)


def _check_customer(shop: Shop, sent: dict[str, Any]) -> None:
    customer_id = int(sent.get("customer_id") or 0)
    if customer_id and shop.customers.find(customer_id) is None:
        raise StoreError(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")


def _apply(shop: Shop, order: Order, sent: dict[str, Any]) -> None:
    for name in _TEXTS:
        if name in sent:
            setattr(order, name, sent[name])
    order.customer_id = int(sent.get("customer_id", order.customer_id) or 0)
    order.currency = sent.get("currency", order.currency)
    for name, kept in (("billing", order.billing), ("shipping", order.shipping)):
        kept.update({key: value for key, value in (sent.get(name) or {}).items() if key in kept})
    customer = shop.customers.find(order.customer_id)
    if customer and not order.billing["email"]:
        # Each time that WooCommerce saves an order of a customer, it gives it the customer's address.
        order.billing["email"] = customer.email
    if "meta_data" in sent:
        shop.apply_meta(order.meta, sent["meta_data"])
    apply_lines(shop, order, sent)


def trash_order(shop: Shop, order: Order) -> None:
    """Into the trash; the stock it took stays taken. Raises StoreError 410 for an order that is there already."""
    if order.status == "trash":
        raise StoreError(410, "woocommerce_rest_already_trashed", "The Order has already been deleted.")
    now = shop.now()
    order.meta.append(shop.new_meta("_wp_trash_meta_status", f"wc-{order.status}"))
    order.meta.append(shop.new_meta("_wp_trash_meta_time", str(int(now.timestamp()))))
    order.status = "trash"
    order.modified = now
    shop.announce("order.deleted", order.id)


def buy(shop: Shop, sku: str, quantity: int, status: str) -> Order | None:
    """A purchase in the storefront, with the check that the REST API does not make; None where it is sold out."""
    product = shop.catalogue.by_sku(sku)
    if product is None:
        raise KeyError(f"the store sells nothing with SKU {sku!r}")
    holder = shop.catalogue.stock_holder(product)
    free = holder is None or holder.backorders != "no" or (holder.stock_quantity or 0) >= quantity
    if not free or product.stock_status == "outofstock":
        return None
    order = blank_order(shop)
    order.created_via = "store-api"
    order.billing |= _SHOPPER | {"email": "ola.lis@example.test", "phone": "+48700100200"}
    order.shipping |= _SHOPPER
    order.lines.append(product_line(shop, ProductLine(next(shop.numbers.item)), product, quantity))
    calculate_totals(order, shop.taxes, lambda: next(shop.numbers.item))
    shop.orders[order.id] = order
    # The checkout saves its draft before the order counts as new, so the update is announced first.
    shop.announce("order.updated", order.id)
    shop.announce("order.created", order.id)
    set_status(shop, order, status)
    return order
