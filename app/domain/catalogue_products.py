"""Products of Allegro's catalogue, which offers are made of."""

from dataclasses import dataclass

from app.domain.parameters import ParameterValue


@dataclass(frozen=True)
class CatalogueProduct:
    """A product of the catalogue.

    `category_id` is where it is listed, `similar_category_ids` are where it may be listed as well. `images` are
    addresses. With `has_producer` and `has_safety_information` Allegro suggests that part of the product safety data,
    which an offer needs. `brand_protected`: the use of its brand may be restricted to some sellers.
    """

    id: str
    name: str
    category_id: str
    similar_category_ids: tuple[str, ...] = ()
    gtins: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    parameters: tuple[ParameterValue, ...] = ()
    has_producer: bool = False
    has_safety_information: bool = False
    brand_protected: bool = False
