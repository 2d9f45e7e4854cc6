"""Listing: one product or variation of the store that is to become an offer of an account."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.new_offers import FieldError


class ListingState(StrEnum):
    """`QUEUED` and `WAITING` (Allegro is at work on the offer) go on by themselves; the others are ends."""

    QUEUED = "queued"
    WAITING = "waiting"
    LISTED = "listed"
    DRAFT = "draft"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        return self in (ListingState.QUEUED, ListingState.WAITING)


@dataclass(frozen=True)
class Listing:
    """One item that is to be listed once, and what has become of it.

    `variation_id` is 0 for a product without variations. `template_id` is None once the template was deleted.
    `external_id` is the mark by which the offer is found at Allegro. `catalogue_id` is the product of Allegro's
    catalogue that the seller has chosen, "" for none. `publish`: it is to be on sale, else to stay a draft. `offer_id`
    is "" until Allegro has told it.

    `sent_at` is when the offer was last sent, committed before the call; None while none is under way. An offer that
    was sent and has no id is looked for before another is made. `lost_at`: the answer to it was lost then.
    `asks_since` is since when Allegro is at work on it, under `operation_id`. `due_at` is when it has its turn again.
    """

    id: int
    account_id: int
    run_id: int | None
    product_id: int
    variation_id: int
    sku: str
    name: str
    template_id: int | None
    external_id: str
    catalogue_id: str = ""
    publish: bool = True
    offer_id: str = ""
    state: ListingState = ListingState.QUEUED
    errors: tuple[FieldError, ...] = ()
    notes: tuple[str, ...] = ()
    sent_at: datetime | None = None
    lost_at: datetime | None = None
    operation_id: str = ""
    asks_since: datetime | None = None
    due_at: datetime | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def store_id(self) -> int:
        """The id by which the store knows it: the variation's, or the product's."""
        return self.variation_id or self.product_id


# What an external id may have (the specification's `ExternalId`).
_LONGEST_EXTERNAL_ID = 100


def external_id_of(sku: str, store_id: int) -> str:
    """The mark of the item's offer: its SKU, by which the seller knows it, too, and matching finds it.

    One without a SKU, or with one that Allegro does not take, has its id in the store.
    """
    sku = sku.strip()
    return sku if 0 < len(sku) <= _LONGEST_EXTERNAL_ID else f"woo-{store_id}"
