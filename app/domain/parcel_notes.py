"""What became of a parcel, as notes on its store order: one for each status that the carrier has told Allegro."""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.parcels import ParcelHistory, ParcelStatus
from app.domain.settings import SELLER_ZONE
from app.domain.waybills import waybill_key

DELIVERED = "DELIVERED"
# A parcel that has not arrived by then is a case for the carrier, who has been asked.
FOLLOWED_FOR = timedelta(days=30)

_WORDS = {
    "PENDING": "is ready and waits for the carrier",
    "IN_TRANSIT": "is on its way",
    "RELEASED_FOR_DELIVERY": "is out for delivery",
    "AVAILABLE_FOR_PICKUP": "waits to be picked up",
    "NOTICE_LEFT": "could not be delivered, a notice was left",
    DELIVERED: "was delivered",
    "ISSUE": "has a problem",
    "RETURNED": "goes back, or went back, to the sender",
}
_LONGEST_DESCRIPTION = 300


class NoteState(StrEnum):
    """What has become of writing a note on a store order."""

    WRITING = "writing"  # committed before the call; the order's notes are read before it is tried again
    WRITTEN = "written"
    REFUSED = "refused"  # the store does not take it, or has the order no more


@dataclass(frozen=True)
class FollowedParcel:
    """A parcel number that is in an order at Allegro. `carrier_name` is "" but for other carriers."""

    shipment_id: int
    order_id: str
    carrier_id: str
    carrier_name: str
    waybill: str


@dataclass(frozen=True)
class ParcelNote:
    """The note about one status of a parcel; `code` is Allegro's word. `begun_at` is when it was last sent."""

    shipment_id: int
    code: str
    text: str
    state: NoteState
    begun_at: datetime


def asked_together(parcels: Iterable[FollowedParcel], most: int) -> Iterator[tuple[str, list[FollowedParcel]]]:
    """The parcels in as many questions as are needed: each of one carrier, with at most so many numbers.

    A number that is in several orders counts once.
    """
    by_carrier: dict[str, dict[str, list[FollowedParcel]]] = {}
    for parcel in parcels:
        by_carrier.setdefault(parcel.carrier_id, {}).setdefault(waybill_key(parcel.waybill), []).append(parcel)
    for carrier_id, numbers in by_carrier.items():
        every = list(numbers.values())
        for start in range(0, len(every), most):
            yield carrier_id, [parcel for same in every[start : start + most] for parcel in same]


def notes_due(
    parcel: FollowedParcel, history: ParcelHistory | None, known: Sequence[ParcelNote], now: datetime
) -> list[ParcelNote]:
    """The notes that are to be written, the oldest first: those that may not have arrived, and those of new statuses.

    A status that comes a second time is no news. None: Allegro has not answered about this parcel.
    """
    due = [note for note in known if note.state is NoteState.WRITING]
    noted = {note.code for note in known}
    for status in history.statuses if history else ():
        if status.code not in noted:
            noted.add(status.code)
            due.append(ParcelNote(parcel.shipment_id, status.code, _text(parcel, status), NoteState.WRITING, now))
    return due


def is_among(text: str, notes: Iterable[str]) -> bool:
    """Whether the note is one of those that the order has, as the store and its plugins have written it."""
    return _key(text) in map(_key, notes)


def _text(parcel: FollowedParcel, status: ParcelStatus) -> str:
    carrier = parcel.carrier_name or parcel.carrier_id
    at = f" ({status.occurred_at.astimezone(SELLER_ZONE):%Y-%m-%d %H:%M})" if status.occurred_at else ""
    # The store shows a note as HTML.
    said = " ".join(status.description.replace("<", " ").replace(">", " ").split())[:_LONGEST_DESCRIPTION]
    told = f"Allegro: parcel {parcel.waybill} ({carrier}) {_WORDS.get(status.code, status.code)}{at}."
    return f"{told} {said}".strip()


def _key(text: str) -> str:
    # Letters and digits alone: WordPress drops backslashes and writes some signs in HTML's way.
    return "".join(filter(str.isalnum, html.unescape(text).casefold()))
