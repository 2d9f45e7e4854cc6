"""What the store tells of its products for offers that are yet to be made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.products import Product


@dataclass(frozen=True)
class StoreAttribute:
    """An attribute that all products of the store share. `slug` begins with `pa_`."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, kw_only=True)
class ListedProduct(Product):
    """A product, or a variation with what it has of its parent, with all that an offer says of it.

    `weight` is a number in the store's unit as it is entered there, "" where it is unknown. `attributes` are the names
    of the terms: by slug (`pa_colour`) those of attributes that products share, by name those that the product has to
    itself; one that a variation leaves to the customer is not among them. `description` and `short_description` are
    HTML, `images` the addresses of pictures, the main one first. `name` is plain text.
    """

    weight: str
    attributes: Mapping[str, tuple[str, ...]]
    description: str
    short_description: str
    images: tuple[str, ...]
    category_ids: tuple[int, ...]


@dataclass(frozen=True)
class GoodsRead:
    """Products and variations by id. `gone`, `unknown` and `complete` are as in `ProductsRead`."""

    found: Mapping[int, ListedProduct]
    gone: frozenset[int] = frozenset()
    unknown: Mapping[int, str] = field(default_factory=dict)
    complete: bool = True
