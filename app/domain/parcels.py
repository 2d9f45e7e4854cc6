"""Parcels of orders: what the store says was sent, what Allegro has been told, and who carries them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

# Allegro's carrier for all that it has no name for; the name is sent beside it.
OTHER = "OTHER"


@dataclass(frozen=True)
class Carrier:
    """A carrier that Allegro takes parcel numbers of."""

    id: str
    name: str


@dataclass(frozen=True)
class AllegroParcel:
    """A parcel number that an order has at Allegro, whoever added it.

    `carrier_name` is "" but for other carriers. `line_ids` are the lines of the order that are in it; none: all of
    them.
    """

    id: str
    carrier_id: str
    waybill: str
    carrier_name: str = ""
    line_ids: tuple[str, ...] = ()
    created_at: datetime | None = None


@dataclass(frozen=True)
class StoreParcel:
    """A parcel number that the store has for an order. `provider` is how the store, or its plugin, calls the carrier,
    "" where it does not say. `items` are (store line id, pieces) of what is in it; none: the plugin does not say, as
    it may not say how many pieces.
    """

    waybill: str
    provider: str = ""
    items: tuple[tuple[int, int | None], ...] = ()
    shipped_at: datetime | None = None


class ShipmentState(StrEnum):
    """What has become of telling Allegro a parcel number."""

    QUEUED = "queued"
    SENDING = "sending"  # committed before the call; what Allegro has is read before it is tried again
    SENT = "sent"
    REFUSED = "refused"  # Allegro says why; tried again only when the number or its carrier changes
    SKIPPED = "skipped"  # Allegro has it by itself, or must not have it
    CANCELLED = "cancelled"  # of a parcel of Ship with Allegro that nobody sends; the number stays in the order


@dataclass(frozen=True)
class Shipment:
    """A parcel number of an order that is to be at Allegro once. `error` is why it is not, in Allegro's words or ours.

    `by_hand`: it was given over the API and not by the store. `provider` is what the store calls the carrier.
    """

    id: int
    account_id: int
    order_id: str
    carrier_id: str
    carrier_name: str
    waybill: str
    line_ids: tuple[str, ...]
    state: ShipmentState
    error: str
    by_hand: bool
    provider: str
    created_at: datetime
    sent_at: datetime | None = None


@dataclass(frozen=True)
class OnItsWay:
    """An order that the store ships. `status_told` is what Allegro was told of it, "" for nothing; `refusal` why
    Allegro takes no status of it any more; `tries` how often in a row it could not be told. `due_at` is when it is
    looked at next, None when the store has to tell of a change first."""

    account_id: int
    order_id: str
    store_status: str
    status_told: str = ""
    refusal: str = ""
    tries: int = 0
    seen_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class DeliveryMethod:
    """A way of delivery that buyers choose at Allegro."""

    id: str
    name: str


@dataclass(frozen=True)
class ParcelStatus:
    """One entry of a parcel's history. `code` is Allegro's word (IN_TRANSIT, DELIVERED, ...)."""

    code: str
    description: str
    occurred_at: datetime | None


@dataclass(frozen=True)
class ParcelHistory:
    """What the carrier has told Allegro of a parcel, the oldest first."""

    waybill: str
    statuses: tuple[ParcelStatus, ...]


@dataclass(frozen=True)
class ShippedLine:
    """A position of a store order. `allegro_line_id` is "" for what was not bought at Allegro. `quantity` is None
    where the store counts no whole pieces. `meta` is as that of the order.
    """

    id: int
    allegro_line_id: str
    quantity: int | None
    meta: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class ShippedOrder:
    """A store order of ours, with where plugins write parcel numbers. `account` is the name of the Allegro account,
    "" where the order does not carry it. `completed_at` is when it was completed last, None where the store does not
    know. `meta` are keys with values of any shape, a key as often as it stands there.
    """

    store_order_id: int
    allegro_order_id: str
    account: str
    status: str
    modified_at: datetime | None
    completed_at: datetime | None = None
    meta: tuple[tuple[str, Any], ...] = ()
    lines: tuple[ShippedLine, ...] = ()

    @property
    def lines_at_allegro(self) -> Mapping[int, str]:
        """Allegro's ids of the lines by the store's."""
        return {line.id: line.allegro_line_id for line in self.lines if line.allegro_line_id}

    @property
    def line_meta(self) -> Mapping[int, tuple[tuple[str, Any], ...]]:
        """The meta data of each line by its id in the store."""
        return {line.id: line.meta for line in self.lines}


@dataclass(frozen=True)
class ShippedOrders:
    """Store orders of ours, by id. `unreadable` are the ids of others with why they cannot be read. Not `complete`: the
    list changed all the while it was read, and some may be missing.
    """

    found: tuple[ShippedOrder, ...] = ()
    unreadable: tuple[tuple[int, str], ...] = ()
    complete: bool = True
