"""A product of the store as far as its offer is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.money import Money


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
    where it is not known. `attributes` are the names of the terms by the slug of the global attribute (`pa_colour`).
    `price` is None where the store has none.
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


def attributes_of(
    own: Mapping[str, tuple[str, ...]], parents: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """A variation's attributes: its own, and its parent's where it has none."""
    return {**parents, **{slug: terms for slug, terms in own.items() if any(term.strip() for term in terms)}}
