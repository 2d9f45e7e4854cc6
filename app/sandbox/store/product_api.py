"""Endpoints of products and variations."""

import re
from collections.abc import Callable
from typing import Any

from app.sandbox.store.batch import batch
from app.sandbox.store.catalogue import Product
from app.sandbox.store.exchange import Answer, Call, StoreError, no_route, not_in
from app.sandbox.store.listing import ids, one_of, only_fields, page
from app.sandbox.store.product_views import API, product_view, variation_view
from app.sandbox.store.product_writing import TYPES, check_product, create_product, trash_product, update_product
from app.sandbox.store.shop import Shop
from app.sandbox.store.times import moment_parameter

_SORTS: dict[str, Callable[[Product], Any]] = {
    "date": lambda product: (product.created, product.id),
    "modified": lambda product: (product.modified, product.id),
    "id": lambda product: product.id,
    "include": lambda product: product.id,
    "title": lambda product: product.name,
    "slug": lambda product: product.slug,
    "menu_order": lambda product: (product.menu_order, product.id),
}
_MOST_WORDS = 9
_STATUSES = ("any", "future", "trash", "draft", "pending", "private", "publish")
_VARIATION_HINT = (
    "To manipulate product variations you should use the /products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."
)


def _product(shop: Shop, product_id: int, status: int) -> Product:
    found = shop.catalogue.find(product_id)
    if found is None:
        raise StoreError(status, "woocommerce_rest_product_invalid_id", "Invalid ID.")
    return found


def _writable(shop: Shop, product_id: int) -> Product:
    found = _product(shop, product_id, 400)
    if found.parent_id:
        raise StoreError(404, "woocommerce_rest_invalid_product_id", _VARIATION_HINT)
    return found


def _variation(shop: Shop, parent_id: int, variation_id: int) -> Product:
    found = shop.catalogue.find(variation_id)
    if found is None or not found.parent_id or found.parent_id != parent_id:
        raise StoreError(404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")
    return found


def _check_change(shop: Shop, own_id: int) -> None:
    """Raises StoreError 400 for an item of a batch that is made to fail."""
    fault = shop.faults.active().get("batch_item_error")
    if fault is not None and own_id in fault.args.get("ids", (own_id,)) and shop.faults.strike("batch_item_error"):
        raise StoreError(400, "woocommerce_rest_product_not_saved", "A plugin does not let this product be saved.")


def _found_by(product: Product, text: str) -> bool:
    """As WordPress searches: each word somewhere in the name or a description, in any order; never by SKU.

    Single letters do not count, a word after a minus must be absent, and more than nine words are one phrase.
    """
    wanted = text.casefold()
    words = [word for word in re.split(r'[\s",+]+', wanted) if not re.fullmatch(r"[a-z-]?", word)]
    if not words or len(words) > _MOST_WORDS:
        words = [wanted]
    places = f"{product.name}\n{product.short_description}\n{product.description}".casefold()
    return all((word[1:] not in places) if word.startswith("-") else word in places for word in words)


def _filtered(call: Call, products: list[Product]) -> list[Product]:
    """The filters that products and variations share, and the order."""
    sort = _SORTS[one_of(call, "orderby", "date", tuple(_SORTS))]
    newest_first = one_of(call, "order", "desc", ("asc", "desc")) == "desc"
    status = one_of(call, "status", "any", _STATUSES)
    included, excluded = ids(call, "include"), ids(call, "exclude")
    after, before = moment_parameter(call, "modified_after"), moment_parameter(call, "modified_before")
    stock_status, text, search_sku = call.text("stock_status"), call.text("search"), call.text("search_sku")
    skus = {sku.casefold() for sku in call.many("sku") or []}
    found = [
        product
        for product in products
        if (product.status == status or (status == "any" and product.status != "trash"))
        and (included is None or product.id in included)
        and (excluded is None or product.id not in excluded)
        and (after is None or product.modified > after)
        and (before is None or product.modified < before)
        and (not stock_status or product.stock_status == stock_status)
        and (not text or _found_by(product, text))
        and (not search_sku or search_sku.casefold() in product.sku.casefold())
        and (not skus or product.sku.casefold() in skus)
    ]
    return sorted(found, key=sort, reverse=newest_first)


def list_products(shop: Shop, call: Call) -> Answer:
    """Products; with `sku` variations too, which `include` never finds."""
    kind = call.text("type")
    if kind is not None and kind not in TYPES:
        raise not_in("type", TYPES)
    everything = list(shop.catalogue.products.values())
    pool = everything if call.text("sku") else [product for product in everything if not product.parent_id]
    category = call.text("category")
    pool = [
        product
        for product in pool
        if (kind is None or product.type == kind) and (not category or int(category) in product.category_ids)
    ]
    return page(call, _filtered(call, pool), lambda p: product_view(p, shop.catalogue, call.origin))


def get_product(shop: Shop, call: Call, product_id: int) -> Answer:
    product = _product(shop, product_id, 404)
    return Answer(only_fields(call, product_view(product, shop.catalogue, call.origin)))


def post_product(shop: Shop, call: Call) -> Answer:
    sent = call.json()
    check_product(sent)
    made = create_product(shop, sent)
    location = {"Location": f"{call.origin}{API}/products/{made.id}"}
    return Answer(product_view(made, shop.catalogue, call.origin, editing=True), 201, location)


def put_product(shop: Shop, call: Call, product_id: int) -> Answer:
    sent = call.json()
    check_product(sent)
    product = _writable(shop, product_id)
    update_product(shop, product, sent)
    return Answer(only_fields(call, product_view(product, shop.catalogue, call.origin, editing=True)))


def delete_product(shop: Shop, call: Call, product_id: int) -> Answer:
    """The answer shows the product as it was. Force-deleting is announced to nobody."""
    product = _product(shop, product_id, 404)
    body = product_view(product, shop.catalogue, call.origin, editing=True)
    if call.flag("force"):
        _remove(shop, product)
    else:
        trash_product(shop, product)
    return Answer(body)


def _remove(shop: Shop, product: Product) -> None:
    for gone in [product, *shop.catalogue.variations_of(product)]:
        del shop.catalogue.products[gone.id]


def list_variations(shop: Shop, call: Call, product_id: int) -> Answer:
    parent = _product(shop, product_id, 404)
    found = _filtered(call, shop.catalogue.variations_of(parent))
    return page(call, found, lambda p: variation_view(p, shop.catalogue, call.origin))


def list_all_variations(shop: Shop, call: Call) -> Answer:
    """Variations of any parents, which stores of older versions do not offer."""
    if shop.old_version:
        raise no_route()
    pool = [product for product in shop.catalogue.products.values() if product.parent_id]
    return page(call, _filtered(call, pool), lambda p: variation_view(p, shop.catalogue, call.origin))


def get_variation(shop: Shop, call: Call, product_id: int, variation_id: int) -> Answer:
    variation = _variation(shop, product_id, variation_id)
    return Answer(only_fields(call, variation_view(variation, shop.catalogue, call.origin)))


def post_variation(shop: Shop, call: Call, product_id: int) -> Answer:
    sent = call.json()
    check_product(sent)
    made = create_product(shop, sent, _product(shop, product_id, 404))
    location = {"Location": f"{call.origin}{API}/products/{product_id}/variations/{made.id}"}
    return Answer(variation_view(made, shop.catalogue, call.origin, editing=True), 201, location)


def put_variation(shop: Shop, call: Call, product_id: int, variation_id: int) -> Answer:
    sent = call.json()
    check_product(sent)
    variation = _variation(shop, product_id, variation_id)
    update_product(shop, variation, sent)
    return Answer(only_fields(call, variation_view(variation, shop.catalogue, call.origin, editing=True)))


def delete_variation(shop: Shop, call: Call, product_id: int, variation_id: int) -> Answer:
    """Variations know no trash, so this is final."""
    variation = _variation(shop, product_id, variation_id)
    body = variation_view(variation, shop.catalogue, call.origin, editing=True)
    del shop.catalogue.products[variation.id]
    return Answer(body)


def products_batch(shop: Shop, call: Call) -> Answer:
    def create(sent: dict[str, Any]) -> dict[str, Any]:
        made = create_product(shop, sent)
        return product_view(made, shop.catalogue, call.origin, editing=True)

    def update(product_id: int, sent: dict[str, Any]) -> dict[str, Any]:
        product = _writable(shop, product_id)
        _check_change(shop, product_id)
        update_product(shop, product, sent)
        return product_view(product, shop.catalogue, call.origin, editing=True)

    def delete(product_id: int) -> dict[str, Any]:
        product = _product(shop, product_id, 404)
        body = product_view(product, shop.catalogue, call.origin, editing=True)
        _remove(shop, product)
        return body

    return batch(call, create, update, delete)


def variations_batch(shop: Shop, call: Call, product_id: int) -> Answer:
    def create(sent: dict[str, Any]) -> dict[str, Any]:
        made = create_product(shop, sent, _product(shop, product_id, 404))
        return variation_view(made, shop.catalogue, call.origin, editing=True)

    def update(variation_id: int, sent: dict[str, Any]) -> dict[str, Any]:
        variation = _variation(shop, product_id, variation_id)
        _check_change(shop, variation_id)
        update_product(shop, variation, sent)
        return variation_view(variation, shop.catalogue, call.origin, editing=True)

    def delete(variation_id: int) -> dict[str, Any]:
        variation = _variation(shop, product_id, variation_id)
        body = variation_view(variation, shop.catalogue, call.origin, editing=True)
        del shop.catalogue.products[variation.id]
        return body

    return batch(call, create, update, delete)
