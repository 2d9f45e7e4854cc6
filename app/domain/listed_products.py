"""A product of the store as far as its offer is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.money import Money
from app.domain.products import Product


class WeightUnit(StrEnum):
    """The units in which a store can keep weights."""

    KG = "kg"
    G = "g"
    LBS = "lbs"
    OZ = "oz"


@dataclass(frozen=True)
class ListedProduct:
    """A product, or a variation when `variation_id` is not 0, that is to be offered.

    `weight` is as the store tells it, with a point before decimals, "" for none; `weight_unit` is the store's, None
    where it is not known. `attributes` are the names of the terms by the slug of the global attribute (`pa_colour`), or
    by the name of one that the product has to itself; one that a variation leaves to the customer is not among them.
    `price` is None where the store has none. `name` is plain text, `description` and `short_description` are HTML.
    `images` are the addresses of pictures, the main one first. A variation has of its parent what it lacks.
    """

    product_id: int
    variation_id: int = 0
    sku: str = ""
    name: str = ""
    weight: str = ""
    weight_unit: WeightUnit | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    price: Money | None = None
    gtin: str = ""
    description: str = ""
    short_description: str = ""
    category_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class GoodsRead:
    """What the store told, by id of the product or variation: of each both what an offer says of it (without unit of
    weight and price) and, in `products`, what stock and prices go by. `gone`, `unknown` and `complete` are as in
    `ProductsRead`.
    """

    found: Mapping[int, ListedProduct]
    products: Mapping[int, Product]
    gone: frozenset[int] = frozenset()
    unknown: Mapping[int, str] = field(default_factory=dict)
    complete: bool = True


@dataclass(frozen=True)
class StoreAttribute:
    """An attribute that all products of the store share. `slug` begins with `pa_`."""

    id: int
    slug: str
    name: str


def attributes_of(
    own: Mapping[str, tuple[str, ...]], parents: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """A variation's attributes: its own, and its parent's where it has none."""
    return {**parents, **{slug: terms for slug, terms in own.items() if any(term.strip() for term in terms)}}
