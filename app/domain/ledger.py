"""What was sent to an offer, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.money import Money
from app.domain.offers import Publication


class Fate(StrEnum):
    """How far a change has come. `INTENT` and `SENT` are not settled: nothing else is sent to the offer meanwhile."""

    INTENT = "intent"  # stored; whether Allegro has heard of it is not known
    SENT = "sent"  # Allegro took it and has not reported on it
    ACCEPTED = "accepted"  # reported as done
    CONFIRMED = "confirmed"  # and seen on the offer
    FAILED = "failed"  # refused
    LAPSED = "lapsed"  # never heard of again, or never sent


UNSETTLED = (Fate.INTENT, Fate.SENT)


class Way(StrEnum):
    """By which of Allegro's ways it was said."""

    QUANTITY = "quantity command"
    PRICE = "price command"
    PUBLICATION = "publication command"
    BULK = "bulk command"
    EDIT = "edit"


@dataclass(frozen=True)
class LedgerEntry:
    """One change of one offer. `what` is its kind in words, `before` what the offer showed, in words.

    `quantity`, `price` and `publication` are what was said, None what was not. `is_correction`: the offer showed
    something that neither we nor a sale had brought about. `command_id` is "" for an edit.
    """

    id: int
    account_id: int
    link_id: int
    offer_id: str
    created_at: datetime
    what: str
    before: str
    quantity: int | None
    price: Money | None
    publication: Publication | None
    reason: str
    is_correction: bool
    way: Way
    command_id: str
    fate: Fate = Fate.INTENT
    detail: str = ""
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True)
class Writes:
    """How often an offer was written to of late; `corrections` are those against somebody else's value."""

    total: int = 0
    corrections: int = 0


def why_parked(writes: Writes) -> str:
    """Why the offer is left alone for the rest of the hour, or "".

    `writes` are those of the last hour. Somebody who sets another value again and again would be fought for ever.
    """
    if writes.corrections >= MOST_CORRECTIONS:
        return (
            f"Another program has changed the offer {writes.corrections} times within an hour. It is left alone for a "
            "while: switch that program off, or stock sync of this offer."
        )
    if writes.total >= MOST_WRITES:
        return f"The offer was changed {writes.total} times within an hour, which looks like a loop; it rests."
    return ""


# A fast seller's offer changes a few times an hour, a loop's with every run.
MOST_WRITES = 60
MOST_CORRECTIONS = 3


def told_quantity(entries: Iterable[LedgerEntry]) -> int | None:
    """The quantity that the newest of these entries said, 0 for an ending; None where none said one."""
    for entry in sorted(entries, key=lambda each: each.id, reverse=True):
        if entry.publication is Publication.END:
            return 0
        if entry.quantity is not None:
            return entry.quantity
    return None
