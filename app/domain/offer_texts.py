"""What the patterns of a template are filled with."""

import html
from collections.abc import Mapping, Sequence

from app.domain.filling import Filled
from app.domain.gtins import gtin_of
from app.domain.listed_products import ListedProduct
from app.domain.listing_templates import DESCRIPTION_FIELD
from app.domain.parameters import Parameter, ParameterValue

_BRAND_ID = "248811"
_BRAND_NAMES = ("marka", "brand")


def fields_of(product: ListedProduct, filled: Filled | None, parameters: Sequence[Parameter]) -> dict[str, str]:
    """What a pattern may name, as plain text: `name`, `sku`, `gtin`, `brand` and `attribute:<slug>`; "" for none.

    The brand is what the item says for the parameter of that name. `parameters` are those of its category.
    """
    attributes = {f"attribute:{slug}": ", ".join(terms) for slug, terms in product.attributes.items()}
    return attributes | {
        "name": product.name,
        "sku": product.sku,
        "gtin": gtin_of(product),
        "brand": _brand(filled, parameters) if filled else "",
    }


def description_html(pattern: str, fields: Mapping[str, str], product: ListedProduct) -> str:
    """A template's description of the product, as HTML. `fields` are those of `fields_of`.

    The pattern "" is the product's description, or its short one where it has no other.
    """
    if not pattern.strip():
        return product.description if product.description.strip() else product.short_description
    texts = {
        **{name: html.escape(text) for name, text in fields.items()},
        "description": product.description,
        "short_description": product.short_description,
    }
    return DESCRIPTION_FIELD.sub(lambda found: texts.get(found[1], ""), pattern)


def _brand(filled: Filled, parameters: Sequence[Parameter]) -> str:
    values = {value.parameter_id: value for value in (*filled.values_of_offer, *filled.values_of_product)}
    brands = sorted(
        (each for each in parameters if each.id == _BRAND_ID or each.name.strip().casefold() in _BRAND_NAMES),
        key=lambda each: each.id != _BRAND_ID,
    )
    return next((_label(brand, values[brand.id]) for brand in brands if brand.id in values), "")


def _label(parameter: Parameter, value: ParameterValue) -> str:
    by_id = parameter.entries_by[0]
    return ", ".join(value.texts or (entry.value for entry_id in value.entry_ids for entry in by_id.get(entry_id, ())))
