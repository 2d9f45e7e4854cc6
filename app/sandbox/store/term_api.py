"""Endpoints of categories, attributes and their terms."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from app.sandbox.store.exchange import Answer, Call, StoreError
from app.sandbox.store.listing import one_of, only_fields, page
from app.sandbox.store.product_views import API
from app.sandbox.store.shop import Shop
from app.sandbox.store.term_views import attribute_view, category_view, term_view
from app.sandbox.store.terms import CATEGORIES

_SORTS = ("name", "id", "slug", "count", "description", "include", "term_group")
_TERMS_OF_ONE = 1000


def _page_of(call: Call, views: Iterable[dict[str, Any]]) -> Answer:
    sort = one_of(call, "orderby", "name", _SORTS)
    order = one_of(call, "order", "asc", ("asc", "desc"))
    return page(call, sorted(views, key=lambda view: view.get(sort, 0), reverse=order == "desc"), dict)


def list_categories(shop: Shop, call: Call) -> Answer:
    collection = f"{call.origin}{API}/products/categories"
    return _page_of(call, [category_view(number, shop.catalogue, collection) for number in CATEGORIES])


def get_category(shop: Shop, call: Call, category_id: int) -> Answer:
    if category_id not in CATEGORIES:
        raise StoreError(404, "woocommerce_rest_term_invalid", "Resource does not exist.")
    return Answer(category_view(category_id, shop.catalogue, f"{call.origin}{API}/products/categories"))


def list_attributes(shop: Shop, call: Call) -> Answer:
    """All of them: this list knows no pages."""
    collection = f"{call.origin}{API}/products/attributes"
    shown = [only_fields(call, attribute_view(name, shop.catalogue, collection)) for name in shop.catalogue.attributes]
    return Answer(shown, headers={"X-WP-Total": str(len(shown)), "X-WP-TotalPages": "1"})


def list_terms(shop: Shop, call: Call, attribute_id: int) -> Answer:
    """Those that the products have."""
    name = next((name for name, number in shop.catalogue.attributes.items() if number == attribute_id), None)
    if name is None:
        raise StoreError(404, "woocommerce_rest_taxonomy_invalid", "Resource does not exist.")
    counts = Counter(
        option
        for product in shop.catalogue.listed()
        if name in product.attributes
        for option in product.attributes[name].split("|")
    )
    collection = f"{call.origin}{API}/products/attributes/{attribute_id}/terms"
    first = attribute_id * _TERMS_OF_ONE
    return _page_of(
        call, [term_view(first + place, *counted, collection) for place, counted in enumerate(counts.items())]
    )
