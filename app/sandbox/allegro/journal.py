"""The journal of order events, with the disorder that the real one has.

Events are written in the order of their emission, which need not be the order of what happened; ids are microsecond
timestamps of the emission, and rise.
"""

import bisect
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.sandbox.allegro.answers import iso
from app.sandbox.clock import Clock
from app.sandbox.faults import Faults

RETENTION = timedelta(days=60)
EVENT_TYPES = frozenset(
    {
        "BOUGHT",
        "FILLED_IN",
        "READY_FOR_PROCESSING",
        "BUYER_CANCELLED",
        "FULFILLMENT_STATUS_CHANGED",
        "BUYER_MODIFIED",
        "AUTO_CANCELLED",
    }
)
_DELAY_SECONDS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Event:
    """`order` is the reduced copy of the form, as it was when the event was written."""

    type: str
    seller: str
    occurred_at: datetime
    order: dict[str, Any]
    id: int = 0
    repeat_after: timedelta | None = None

    def view(self) -> dict[str, Any]:
        return {"id": str(self.id), "order": self.order, "type": self.type, "occurredAt": iso(self.occurred_at)}


class Journal:
    """Not safe by itself: callers hold the lock."""

    def __init__(self, clock: Clock, faults: Faults, chance: random.Random) -> None:
        self._clock = clock
        self._faults = faults
        self._chance = chance
        self._events: list[Event] = []
        self._waiting: list[tuple[datetime, Event]] = []
        self._to_shuffle: list[Event] = []
        self._counted = 0
        self._last_read = 0

    def write(self, event: Event, emitted_at: datetime | None = None) -> None:
        """Emit an event, now or (for a past that was there before the test) at another moment."""
        if emitted_at is not None:
            self._insert(event, _microseconds(emitted_at))
            return
        if self._dropped(event):
            return
        repeats = self._faults.strike("events_repeat")
        if repeats is not None:
            event = replace(event, repeat_after=timedelta(seconds=float(repeats.args.get("seconds", 0))))
        delayed = self._faults.strike("events_delay")
        below = self._faults.strike("event_below_cursor")
        if below is not None:
            distance = timedelta(seconds=float(below.args.get("seconds", _DELAY_SECONDS)))
            given = self._last_read or self._last_id()
            self._insert(event, (given or _microseconds(self._clock.now())) - distance // timedelta(microseconds=1))
        elif delayed is not None:
            seconds = float(delayed.args.get("seconds", _DELAY_SECONDS))
            self._waiting.append((self._clock.now() + timedelta(seconds=seconds), event))
        elif self._faults.strike("events_shuffle"):
            self._to_shuffle.append(event)
        else:
            self._append(event)

    def _dropped(self, event: Event) -> bool:
        fault = self._faults.active().get("events_drop")
        if fault is None or event.type != fault.args.get("type", event.type):
            return False
        self._counted += 1
        return self._counted % int(fault.args.get("every", 1)) == 0 and self._faults.strike("events_drop") is not None

    def _last_id(self) -> int:
        return self._events[-1].id if self._events else 0

    def _append(self, event: Event) -> None:
        number = max(self._last_id() + 1, _microseconds(self._clock.now()))
        self._events.append(replace(event, id=number))

    def _insert(self, event: Event, number: int) -> None:
        place = bisect.bisect_left(self._events, number, key=lambda each: each.id)
        while place < len(self._events) and self._events[place].id == number:
            place, number = place + 1, number + 1
        self._events.insert(place, replace(event, id=number))

    def _catch_up(self) -> None:
        """Write what was held back until now."""
        now = self._clock.now()
        due = [event for moment, event in self._waiting if moment <= now]
        self._waiting = [(moment, event) for moment, event in self._waiting if moment > now]
        self._chance.shuffle(self._to_shuffle)
        held, self._to_shuffle = self._to_shuffle, []
        for event in [*held, *due]:
            self._append(event)

    def _kept(self, seller: str) -> list[Event]:
        self._catch_up()
        oldest = _microseconds(self._clock.now() - RETENTION)
        return [event for event in self._events if event.seller == seller and event.id >= oldest]

    def read(self, seller: str, after: int, wanted: Callable[[str], bool], limit: int) -> list[Event]:
        """The oldest `limit` events after an id."""
        given = [event for event in self._kept(seller) if event.id > after and wanted(event.type)][:limit]
        for event in given:
            if event.repeat_after is not None:
                place = bisect.bisect_left(self._events, event.id, key=lambda each: each.id)
                self._events[place] = once = replace(event, repeat_after=None)
                self._waiting.append((self._clock.now() + event.repeat_after, once))
        self._last_read = max([self._last_read, *(event.id for event in given)])
        return given

    def latest(self, seller: str) -> Event | None:
        kept = self._kept(seller)
        return kept[-1] if kept else None

    def all(self) -> list[Event]:
        """Every event that was written, oldest id first."""
        self._catch_up()
        return list(self._events)
