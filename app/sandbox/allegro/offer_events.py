"""The journal of offer events: hints that something changed, without the values, for a day."""

import base64
import bisect
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.sandbox.allegro.answers import iso
from app.sandbox.allegro.offers import Offer
from app.sandbox.clock import Clock
from app.sandbox.faults import Faults

RETENTION = timedelta(hours=24)
OFFER_EVENT_TYPES = frozenset(
    {
        "OFFER_ACTIVATED",
        "OFFER_CHANGED",
        "OFFER_ENDED",
        "OFFER_STOCK_CHANGED",
        "OFFER_PRICE_CHANGED",
        "OFFER_ARCHIVED",
        "OFFER_BID_PLACED",
        "OFFER_BID_CANCELED",
        "OFFER_TRANSLATION_UPDATED",
        "OFFER_VISIBILITY_CHANGED",
        "OFFER_DELIVERY_COUNTRIES_BLOCKED",
    }
)
_OF_THE_BIDS = frozenset({"OFFER_BID_PLACED", "OFFER_BID_CANCELED"})
_FIRST_NUMBER = 1_132_438_574


def id_of(number: int) -> str:
    """The id of an event."""
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def number_of(event_id: str) -> int:
    """What an event's id stands for. Raises ValueError for what is no id."""
    return int(base64.urlsafe_b64decode(event_id + "=" * (-len(event_id) % 4)))


@dataclass(frozen=True)
class OfferEvent:
    number: int
    type: str
    seller: str
    occurred_at: datetime
    offer: dict[str, Any]

    def view(self) -> dict[str, Any]:
        return {
            "id": id_of(self.number),
            "occurredAt": iso(self.occurred_at),
            "type": self.type,
            "offer": self.offer,
        }


class OfferJournal:
    """Not safe by itself: callers hold the lock."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._counted = 0
        self.events: list[OfferEvent] = []

    def write(self, event_type: str, offer: Offer, at: datetime, **more: Any) -> None:
        """`more` is what this type of event says of the offer besides its ids."""
        if self._dropped(event_type):
            return
        shown: dict[str, Any] = {"id": offer.id}
        if event_type not in _OF_THE_BIDS:
            shown["external"] = None if offer.external_id is None else {"id": offer.external_id}
        times = 2 if self._faults.strike("offer_events_repeat") else 1
        for _ in range(times):
            number = _FIRST_NUMBER + len(self.events)
            self.events.append(OfferEvent(number, event_type, offer.seller, at, {**shown, **more}))

    def _dropped(self, event_type: str) -> bool:
        fault = self._faults.active().get("offer_events_drop")
        if fault is None or event_type != fault.args.get("type", event_type):
            return False
        self._counted += 1
        return self._counted % int(fault.args.get("every", 1)) == 0 and (
            self._faults.strike("offer_events_drop") is not None
        )

    def read(self, seller: str, after: int, wanted: Collection[str], limit: int) -> list[OfferEvent]:
        """The oldest `limit` events after a number; no types wanted means all."""
        oldest = self._clock.now() - RETENTION
        start = bisect.bisect_right(self.events, after, key=lambda event: event.number)
        found: list[OfferEvent] = []
        for event in self.events[start:]:
            if len(found) == limit:
                break
            if event.seller == seller and event.occurred_at >= oldest and (not wanted or event.type in wanted):
                found.append(event)
        return found
