"""Lines of an order, made and changed from what the REST API is sent."""

from decimal import Decimal, InvalidOperation
from typing import Any

from app.sandbox.store.catalogue import Product, price_text
from app.sandbox.store.exchange import StoreError
from app.sandbox.store.order_checks import asks_removal, removal_of_nothing
from app.sandbox.store.order_flow import REDUCING, adjust_stock, note
from app.sandbox.store.orders import FeeLine, Order, ProductLine, ShippingLine
from app.sandbox.store.product_views import full_name
from app.sandbox.store.shop import Shop
from app.sandbox.store.taxes import to_micro

_REFERENCES = ("sku", "product_id", "variation_id")


def check_references(sent: dict[str, Any], order: Order | None = None) -> None:
    """What WooCommerce itself refuses about lines, checked before anything is changed. Raises StoreError."""
    known = {
        "line_items": {line.id for line in order.lines} if order else set(),
        "shipping_lines": {line.id for line in order.shipping_lines} if order else set(),
        "fee_lines": {line.id for line in order.fees} if order else set(),
    }
    for name, ids in known.items():
        for entry in sent.get(name) or []:
            if entry.get("id"):
                if entry["id"] not in ids:
                    message = "Order item ID provided is not associated with order."
                    raise StoreError(400, "woocommerce_rest_invalid_item_id", message)
            elif asks_removal(entry):
                raise removal_of_nothing()
            else:
                _check_new(name, entry)


def _check_new(name: str, entry: dict[str, Any]) -> None:
    if name == "line_items" and not any(entry.get(key) for key in _REFERENCES):
        raise StoreError(400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.")
    if name == "shipping_lines" and not entry.get("method_id"):
        raise StoreError(400, "woocommerce_rest_invalid_shipping_item", "Shipping method ID is required.")
    if name == "fee_lines" and not entry.get("name"):
        raise StoreError(400, "woocommerce_rest_invalid_fee_item", "Fee name is required.")


def _amount(written: object) -> Decimal:
    try:
        return to_micro(Decimal(price_text(str(written))))
    except InvalidOperation:
        return Decimal(0)


def apply_lines(shop: Shop, order: Order, sent: dict[str, Any]) -> None:
    """Add, change and remove lines as sent; `check_references` has passed them."""
    for entry in sent.get("line_items") or []:
        line = next((line for line in order.lines if line.id == entry.get("id")), None)
        if line is None:
            line = _new_product_line(shop, entry)
            order.lines.append(line)
        elif asks_removal(entry):
            adjust_stock(shop, line, 0)
            order.lines.remove(line)
            continue
        elif product := _product_of(shop, entry):
            _put_product(shop, line, product)
        _set_product_line(shop, line, entry)
        words = adjust_stock(shop, line, line.quantity) if order.status in REDUCING else None
        if words is not None:
            note(shop, order, f"Adjusted stock: {words}")
    for entry in sent.get("shipping_lines") or []:
        shipping = next((line for line in order.shipping_lines if line.id == entry.get("id")), None)
        if shipping is not None and asks_removal(entry):
            order.shipping_lines.remove(shipping)
            continue
        if shipping is None:
            shipping = ShippingLine(next(shop.numbers.item))
            order.shipping_lines.append(shipping)
        _set_shipping_line(shop, shipping, entry)
    for entry in sent.get("fee_lines") or []:
        fee = next((line for line in order.fees if line.id == entry.get("id")), None)
        if fee is not None and asks_removal(entry):
            order.fees.remove(fee)
            continue
        if fee is None:
            fee = FeeLine(next(shop.numbers.item))
            order.fees.append(fee)
        _set_fee(shop, fee, entry)


def _product_of(shop: Shop, entry: dict[str, Any]) -> Product | None:
    if entry.get("sku"):
        return shop.catalogue.by_sku(str(entry["sku"]))
    return shop.catalogue.find(int(entry.get("variation_id") or entry.get("product_id") or 0))


def _new_product_line(shop: Shop, entry: dict[str, Any]) -> ProductLine:
    product = _product_of(shop, entry)
    line = ProductLine(next(shop.numbers.item))
    return line if product is None else product_line(shop, line, product, int(entry.get("quantity", 1)))


def product_line(shop: Shop, line: ProductLine, product: Product, quantity: int) -> ProductLine:
    """Fill a line with a product at its price in force, net."""
    _put_product(shop, line, product)
    price = Decimal(shop.catalogue.price_of(product) or 0) * quantity
    line.subtotal = shop.taxes.net_of(price, line.tax_class, taxable=product.tax_status == "taxable")
    line.total = line.subtotal
    line.quantity = quantity
    return line


def _put_product(shop: Shop, line: ProductLine, product: Product) -> None:
    """Put a product on a line, with its name and tax class. What the line costs stays.

    A product that is no variation leaves the variation of the line before it where it is, and that goes on being
    what the line sells.
    """
    catalogue = shop.catalogue
    line.name, line.tax_class = full_name(product), catalogue.tax_class_of(product)
    if product.parent_id:
        line.product_id, line.variation_id = product.parent_id, product.id
        chosen = {catalogue.attribute_slug(name): option.lower() for name, option in product.attributes.items()}
        line.meta = [meta for meta in line.meta if meta.key not in chosen]
        line.meta += [shop.new_meta(name, option) for name, option in chosen.items()]
    else:
        line.product_id = product.id
    sold = catalogue.find(line.sold_id) or product
    parent = catalogue.find(sold.parent_id)
    line.parent_name = parent.name if parent else None
    line.sku, line.global_unique_id, line.tax_status = sold.sku, sold.global_unique_id, sold.tax_status


def _set_product_line(shop: Shop, line: ProductLine, entry: dict[str, Any]) -> None:
    if entry.get("name") is not None:
        line.name = str(entry["name"])
    if entry.get("quantity") is not None:
        line.quantity = int(entry["quantity"])
    if entry.get("total") is not None:
        line.total = _amount(entry["total"])
        # What was paid for a line is never more than its price before discounts.
        line.subtotal = max(line.subtotal, line.total)
    if entry.get("subtotal") is not None:
        line.subtotal = _amount(entry["subtotal"])
    if entry.get("tax_class") is not None:
        line.tax_class = str(entry["tax_class"])
    if "meta_data" in entry:
        shop.apply_meta(line.meta, entry["meta_data"], "line_items")


def _set_shipping_line(shop: Shop, line: ShippingLine, entry: dict[str, Any]) -> None:
    line.method_id = str(entry.get("method_id", line.method_id))
    line.method_title = str(entry.get("method_title", line.method_title))
    line.instance_id = str(entry.get("instance_id", line.instance_id))
    if entry.get("total") is not None:
        line.total = _amount(entry["total"])
    if "meta_data" in entry:
        shop.apply_meta(line.meta, entry["meta_data"], "shipping_lines")


def _set_fee(shop: Shop, fee: FeeLine, entry: dict[str, Any]) -> None:
    fee.name = str(entry.get("name", fee.name))
    fee.tax_class = str(entry.get("tax_class", fee.tax_class))
    fee.tax_status = str(entry.get("tax_status", fee.tax_status))
    if entry.get("total") is not None:
        fee.total = _amount(entry["total"])
    if "meta_data" in entry:
        shop.apply_meta(fee.meta, entry["meta_data"], "fee_lines")
