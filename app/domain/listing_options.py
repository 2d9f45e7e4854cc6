"""What a seller has set up at Allegro and an offer refers to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """`name` is the seller's own, and need not be unique."""

    id: str
    name: str


@dataclass(frozen=True)
class ListingOptions:
    """Each part is empty where the seller has set up nothing, and None where it could not be read.

    `unknown` says, a sentence for each, which parts could not be read and why.
    """

    shipping_rates: tuple[Choice, ...] | None
    return_policies: tuple[Choice, ...] | None
    implied_warranties: tuple[Choice, ...] | None
    warranties: tuple[Choice, ...] | None
    responsible_producers: tuple[Choice, ...] | None
    responsible_persons: tuple[Choice, ...] | None
    unknown: tuple[str, ...]
