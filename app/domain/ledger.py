"""What was sent to an offer, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.links import OfferLink
from app.domain.money import Money
from app.domain.offers import CommandKind, OfferStatus, Publication, TaskOutcome, TaskState

# Allegro carries out commands in seconds, and says that it may take an hour; an offer that shows too much cannot wait.
CARRIED_OUT_WITHIN = timedelta(minutes=10)
# An edit of which it is not known whether it was done may be done for so long yet.
EDITED_WITHIN = timedelta(seconds=60)
# A fast seller's offer changes a few times an hour, a loop's with every run.
MOST_WRITES = 60
MOST_CORRECTIONS = 3


# What was refused is tried again after so long.
RESTS = timedelta(minutes=10)
LONGEST_REST = timedelta(hours=6)


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
    STORE = "store product"  # not to Allegro: the offer's price was given to its product


class About(StrEnum):
    """What entries are about. An entry that says a quantity and a price is about both."""

    STOCK = "stock"  # a quantity, an ending, an activation
    PRICE = "price"


@dataclass(frozen=True)
class LedgerEntry:
    """One change of one offer. `what` is its kind in words, `before` what the offer showed, in words.

    `quantity`, `price` and `publication` are what was said, None what was not. `is_correction`: the offer showed
    something that neither we nor a sale had brought about. `command_id` is "" for what is no command.
    `price_before` is the price that `price` takes the place of, in its currency, None where unknown.
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
    price_before: Decimal | None = None


@dataclass(frozen=True)
class Writes:
    """How often an offer was written to of late; `corrections` are those against somebody else's value."""

    total: int = 0
    corrections: int = 0


def why_parked(writes: Writes, about: About) -> str:
    """Why the offer's stock, or its price, is left alone for the rest of the hour, or "".

    `writes` are those about it of the last hour. Somebody who sets another value again and again would be fought for
    ever.
    """
    if writes.corrections >= MOST_CORRECTIONS:
        return (
            f"Another program has changed the offer {writes.corrections} times within an hour. It is left alone for a "
            f"while: switch that program off, or {about} sync of this offer."
        )
    if writes.total >= MOST_WRITES:
        return f"The offer was changed {writes.total} times within an hour, which looks like a loop; it rests."
    return ""


@dataclass(frozen=True)
class Verdict:
    """What Allegro's report says of an entry. `fate` None: nothing yet. `of_price`: only its price was refused."""

    fate: Fate | None
    detail: str = ""
    of_price: bool = False


def verdict(entry: LedgerEntry, outcomes: Iterable[TaskOutcome], now: datetime) -> Verdict:
    """What became of the entry of a command. `outcomes` are the command's tasks, of all its offers or fewer.

    A command that is not carried out in time is given up: the offer is read and told anew, under another id.
    """
    tasks = [each for each in outcomes if each.offer_id == entry.offer_id]
    if failed := [task for task in tasks if task.state is TaskState.FAILED]:
        why = failed[0].reason or failed[0].code or "Allegro refused it without a reason."
        of_price = is_about_price_alone(entry) or all(task.changes is CommandKind.PRICE for task in failed)
        return Verdict(Fate.FAILED, why, of_price)
    expected = 1 if entry.publication else (entry.quantity is not None) + (entry.price is not None)
    if sum(task.state is TaskState.DONE for task in tasks) >= expected:
        return Verdict(Fate.ACCEPTED)
    if now - (entry.sent_at or entry.created_at) > CARRIED_OUT_WITHIN:
        minutes = int(CARRIED_OUT_WITHIN.total_seconds() // 60)
        return Verdict(Fate.LAPSED, f"Allegro has not carried it out within {minutes} minutes.")
    return Verdict(None)


def is_about_price_alone(entry: LedgerEntry) -> bool:
    return entry.price is not None and entry.quantity is None and entry.publication is None


def is_seen(entry: LedgerEntry, link: OfferLink) -> bool:
    """Whether the offer, as it was just read, shows what the entry said."""
    if entry.publication is Publication.END:
        return link.offer_status is OfferStatus.ENDED
    if entry.publication is Publication.ACTIVATE and not link.is_live:
        return False
    return (entry.quantity is None or entry.quantity == link.listed_quantity) and (
        entry.price is None or entry.price == link.listed_price
    )


def may_still_come(entry: LedgerEntry, now: datetime) -> bool:
    """Whether an unsettled edit may yet be done, whatever the offer shows; it would overwrite what is sent before."""
    return not entry.command_id and now - (entry.sent_at or entry.created_at) <= EDITED_WITHIN


def look_again_after(entry: LedgerEntry, now: datetime) -> timedelta:
    """How long to wait before Allegro is asked again what became of the entry: as long as it has taken already."""
    age = now - (entry.sent_at or entry.created_at)
    return min(max(age, timedelta(seconds=2)), timedelta(seconds=60))


def rest_after(refusals: int) -> timedelta:
    """How long an activation, or a price, is not said again when Allegro has refused it so often of late: what the
    offer lacks is a matter for the seller."""
    return min(RESTS * (1 << min(max(refusals - 1, 0), 10)), LONGEST_REST)
