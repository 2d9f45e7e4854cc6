"""The parcels of orders: their numbers, which lines are in them, and where they are."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.sandbox.allegro.answers import iso
from app.sandbox.allegro.forms import Form
from app.sandbox.allegro.marketplace import Marketplace

Body = dict[str, Any]

TRACKING_STATUSES = frozenset(
    {
        "AVAILABLE_FOR_PICKUP",
        "DELIVERED",
        "IN_TRANSIT",
        "ISSUE",
        "NOTICE_LEFT",
        "PENDING",
        "RELEASED_FOR_DELIVERY",
        "RETURNED",
    }
)
# Nobody has told how many there may be.
MOST_PARCELS = 100
MOST_ORDERS = 100


@dataclass(frozen=True)
class Parcel:
    """A parcel number in an order. `carrier_name` is only there with the carrier OTHER."""

    carrier_id: str
    waybill: str
    line_ids: tuple[str, ...]
    created_at: datetime
    carrier_name: str | None = None

    def view(self) -> Body:
        return {
            "id": base64.b64encode(f"{self.carrier_id}:{self.waybill}".encode()).decode(),
            "waybill": self.waybill,
            "carrierId": self.carrier_id,
            "carrierName": self.carrier_name,
            "lineItems": [{"id": line_id} for line_id in self.line_ids],
            "createdAt": iso(self.created_at),
        }


@dataclass(frozen=True)
class Movement:
    """Something that the carrier told of a parcel."""

    at: datetime
    status: str
    description: str | None

    def view(self) -> Body:
        return {"occurredAt": iso(self.at), "code": self.status, "description": self.description}


class Parcels:
    """Not safe by itself: callers hold the lock, `of` and `move` apart, which tests call.

    `marks_sent` says whether an order becomes SENT by its first number, which sellers can ask Allegro for.
    `most_per_order` numbers go into an order, and a number into `most_orders` orders.
    """

    def __init__(self, market: Marketplace) -> None:
        self.market = market
        self.reset()

    def reset(self) -> None:
        self.marks_sent = False
        self.most_per_order = MOST_PARCELS
        self.most_orders = MOST_ORDERS
        self._by_form: dict[str, list[Parcel]] = {}
        self._movements: dict[str, list[Movement]] = {}

    def of(self, form_id: str) -> list[Parcel]:
        """The parcels of an order, oldest first."""
        with self.market.lock:
            self.market.shelf.agenda.catch_up()
            return list(self._by_form.get(form_id, ()))

    def move(self, waybill: str, status: str, description: str | None = None) -> None:
        """The carrier tells where the parcel is now. Raises KeyError for an unknown number or status."""
        with self.market.lock:
            self.market.shelf.agenda.catch_up()
            if status not in TRACKING_STATUSES:
                raise KeyError(status)
            if not self._known(waybill):
                raise KeyError(waybill)
            self._movements.setdefault(waybill, []).append(Movement(self.market.clock.now(), status, description))

    def add(
        self, form: Form, carrier_id: str, waybill: str, line_ids: Iterable[str] = (), carrier_name: str | None = None
    ) -> Parcel:
        """Write a number into the order, once more where it is there. No lines are all lines."""
        every_line = [str(line["id"]) for line in form.body["lineItems"]]
        lines = tuple(line_ids) or tuple(every_line)
        parcel = Parcel(carrier_id, waybill, lines, self.market.clock.now(), carrier_name)
        parcels = self._by_form.setdefault(form.id, [])
        parcels.append(parcel)
        sent = {line_id for each in parcels for line_id in each.line_ids}
        form.body["fulfillment"]["shipmentSummary"] = {"lineItemsSent": "ALL" if sent >= set(every_line) else "SOME"}
        if self.marks_sent and len(parcels) == 1:
            self.market.set_fulfilment(form.id, "SENT")
        return parcel

    def is_full(self, form: Form) -> bool:
        return len(self._by_form.get(form.id, ())) >= self.most_per_order

    def is_worn(self, form: Form, carrier_id: str, waybill: str) -> bool:
        """Whether the number is in so many other orders that this one cannot have it."""
        others = [
            form_id
            for form_id, parcels in self._by_form.items()
            if form_id != form.id and any((each.carrier_id, each.waybill) == (carrier_id, waybill) for each in parcels)
        ]
        return len(others) >= self.most_orders

    def has_moved(self, waybill: str) -> bool:
        """Whether the carrier has it by now."""
        return any(each.status != "PENDING" for each in self._movements.get(waybill, ()))

    def tracking(self, carrier_id: str, waybill: str) -> Body:
        """The history of a parcel; without details where this carrier has told nothing of the number."""
        movements = self._movements.get(waybill, []) if self._known(waybill, carrier_id) else []
        if not movements:
            return {"waybill": waybill, "trackingDetails": None}
        return {
            "waybill": waybill,
            "trackingDetails": {
                "statuses": [each.view() for each in movements],
                "createdAt": iso(movements[0].at),
                "updatedAt": iso(movements[-1].at),
            },
        }

    def _known(self, waybill: str, carrier_id: str | None = None) -> bool:
        return any(
            each.waybill == waybill and carrier_id in (None, each.carrier_id)
            for parcels in self._by_form.values()
            for each in parcels
        )
