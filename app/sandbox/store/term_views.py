"""Categories, attributes and their terms as the REST API shows them."""

from typing import Any

from app.sandbox.store.catalogue import Catalogue
from app.sandbox.store.listing import links
from app.sandbox.store.terms import CATEGORIES, slug_of


def category_reference(number: int) -> dict[str, Any]:
    """As a product names it."""
    name = CATEGORIES[number].name if number in CATEGORIES else str(number)
    return {"id": number, "name": name, "slug": slug_of(name)}


def category_view(number: int, catalogue: Catalogue, collection: str) -> dict[str, Any]:
    count = sum(number in product.category_ids for product in catalogue.listed())
    return {
        **category_reference(number),
        "parent": CATEGORIES[number].parent,
        "description": "",
        "display": "default",
        "image": None,
        "menu_order": 0,
        "count": count,
        "_links": links(f"{collection}/{number}", collection),
    }


def attribute_view(name: str, catalogue: Catalogue, collection: str) -> dict[str, Any]:
    number = catalogue.attributes[name]
    return {
        "id": number,
        "name": name,
        "slug": catalogue.attribute_slug(name),
        "type": "select",
        "order_by": "menu_order",
        "has_archives": False,
        "_links": links(f"{collection}/{number}", collection),
    }


def term_view(number: int, name: str, count: int, collection: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "slug": slug_of(name),
        "description": "",
        "menu_order": 0,
        "count": count,
        "_links": links(f"{collection}/{number}", collection),
    }
