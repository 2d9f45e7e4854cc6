"""The store's messages about what an offer says of a product, in our words. Pure."""

import html
from collections.abc import Iterable, Mapping

from app.channels.reading import Json, decimal_in
from app.channels.woocommerce.translate import settings_in
from app.channels.woocommerce.translate_products import is_variable
from app.domain.categories import StoreCategory
from app.domain.listed_products import ListedProduct, StoreAttribute, WeightUnit, attributes_of
from app.domain.products import Product

# The slugs of attributes by id.
Slugs = Mapping[int, str]
_WEIGHT_UNIT = "woocommerce_weight_unit"


def category_from(row: Json) -> StoreCategory:
    return StoreCategory(
        id=row.required_integer("id"),
        name=_plain(row, "name"),
        parent_id=row.required_integer("parent"),
        slug=row.text("slug"),
    )


def attribute_from(row: Json) -> StoreAttribute:
    return StoreAttribute(row.required_integer("id"), row.required_text("slug"), _plain(row, "name"))


def term_from(row: Json) -> str:
    return html.unescape(row.required_text("name"))


def weight_unit_from(products: object) -> WeightUnit:
    """Out of the store's settings `products`. Raises `Unreadable`."""
    values = settings_in(products)
    try:
        return WeightUnit(values.required_text(_WEIGHT_UNIT))
    except ValueError:
        raise values.unreadable(_WEIGHT_UNIT, "is no unit of weight") from None


def variations_in(row: Json) -> tuple[int, ...]:
    """The ids of a product's variations. Raises `Unreadable`."""
    if not is_variable(row):
        return ()
    listed = row.get("variations")
    if not isinstance(listed, list):
        raise row.unreadable("variations", "is not a list")
    return tuple(int(number) for number in map(decimal_in, listed) if number is not None)


def lacks_slugs(rows: Iterable[Json]) -> bool:
    """Whether older versions' answers are among them, which call shared attributes by their names and ids only."""
    return any(_shared_id(each) and not each.text("slug") for row in rows for each in row.rows("attributes"))


def listed_from(product: Product, row: Json, slugs: Slugs) -> ListedProduct:
    """A product that is no variation. Raises `Unreadable`."""
    return ListedProduct(
        product_id=product.id,
        sku=product.sku,
        name=html.unescape(product.name),
        gtin=product.gtin,
        weight=row.text("weight"),
        attributes={_key(each, slugs): _options(each) for each in row.required_rows("attributes")},
        description=row.text("description"),
        short_description=row.text("short_description"),
        images=_unique(each.text("src") for each in row.required_rows("images")),
        category_ids=tuple(each.required_integer("id") for each in row.required_rows("categories")),
    )


def listed_variation(
    variation: Product, row: Json, parent: ListedProduct, parents_row: Json, slugs: Slugs
) -> ListedProduct:
    """A variation, with what it does not have itself of its parent. Raises `Unreadable`."""
    chosen = {_key(each, slugs): _options(each) for each in row.required_rows("attributes")}
    varying = {_key(each, slugs) for each in parents_row.rows("attributes") if each.flag("variation")}
    shared = {key: options for key, options in parent.attributes.items() if key not in varying}
    return ListedProduct(
        product_id=parent.product_id,
        variation_id=variation.id,
        sku=variation.sku,
        name=html.unescape(variation.name),
        gtin=variation.gtin,
        weight=row.text("weight") or parent.weight,
        attributes=attributes_of(chosen, shared),
        description=row.text("description") or parent.description,
        short_description=parent.short_description,
        images=_unique((row.part("image").text("src"), *parent.images)),
        category_ids=parent.category_ids,
    )


def _key(attribute: Json, slugs: Slugs) -> str:
    """The slug of a shared attribute, the name of any other: newer stores give that a slug, too, but the product's is
    not its variations'.
    """
    shared_id = _shared_id(attribute)
    slug = attribute.text("slug") or slugs.get(shared_id, "")
    return slug if shared_id and slug else _plain(attribute, "name")


def _shared_id(attribute: Json) -> int:
    number = attribute.get("id")
    return number if isinstance(number, int) else 0


def _options(attribute: Json) -> tuple[str, ...]:
    """A product has a list of options, a variation one, or none where the customer may choose."""
    options = attribute.get("options")
    said = options if isinstance(options, list) else [attribute.get("option")]
    return _unique(html.unescape(each).strip() for each in said if isinstance(each, str))


def _plain(row: Json, name: str) -> str:
    return html.unescape(row.text(name))


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts)))
