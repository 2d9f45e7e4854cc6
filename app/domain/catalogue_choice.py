"""Which product of Allegro's catalogue an offer is made of, and in which category it is listed."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.catalogue_products import CatalogueProduct

_NAMED_AT_MOST = 10


@dataclass(frozen=True)
class Ambiguous:
    """The seller must choose one of these. `why` says so in a sentence, with the ids of the first ones."""

    candidates: tuple[CatalogueProduct, ...]
    why: str


def choose_product(
    hits: Sequence[CatalogueProduct], category_id: str, chosen_id: str
) -> CatalogueProduct | Ambiguous | None:
    """The product that Allegro has for the number; None: it has none, so that a new one is described.

    `category_id` is the one that the item is mapped to, "" for none; it decides between several products.
    `chosen_id` is the seller's own choice, "" for none: one that is not among `hits` is never followed.
    """
    candidates = tuple(hits)
    if chosen_id:
        chosen = next((hit for hit in candidates if hit.id == chosen_id), None)
        return chosen or Ambiguous(candidates, _not_among(candidates, chosen_id))
    if not candidates:
        return None
    fitting = candidates if len(candidates) == 1 else [hit for hit in candidates if _may_be_in(hit, category_id)]
    if len(fitting) == 1:
        return fitting[0]
    return Ambiguous(
        candidates,
        f"Allegro's catalogue has {len(candidates)} products with this number: {_named(candidates)}. Say with "
        "catalogue_product_id which of them it is.",
    )


def category_for(hit: CatalogueProduct, mapped_category_id: str) -> str:
    """Where the offer of a product of the catalogue is listed: in the mapped category if Allegro lets the product be
    there, else in the product's own. "": none is mapped."""
    return mapped_category_id if _may_be_in(hit, mapped_category_id) else hit.category_id


def _may_be_in(hit: CatalogueProduct, category_id: str) -> bool:
    return category_id in (hit.category_id, *hit.similar_category_ids)


def _not_among(hits: tuple[CatalogueProduct, ...], chosen_id: str) -> str:
    if not hits:
        return (
            f"Allegro's catalogue has no product with this number, so {chosen_id} is not among them. Leave "
            "catalogue_product_id out, or correct the number in the store."
        )
    return (
        f"The product {chosen_id} is not among those that Allegro's catalogue has for this number: {_named(hits)}. "
        "Give the id of one of them as catalogue_product_id."
    )


def _named(hits: tuple[CatalogueProduct, ...]) -> str:
    named = ", ".join(f"{hit.id} ({hit.name})" for hit in hits[:_NAMED_AT_MOST])
    more = len(hits) - _NAMED_AT_MOST
    return f"{named} and {more} more" if more > 0 else named
