"""What Allegro knows of the parcels of one seller account's orders, and telling it a parcel's number."""

import re
from collections.abc import Sequence

from app.channels.allegro.limits import PARCELS
from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.translate_shipping import carrier_from, history_from, method_from, parcel_from, parcel_to
from app.channels.allegro.wire import CHANNEL, checked_order_id, read
from app.channels.errors import Rejected, Uncertain, Unreadable
from app.domain.parcels import AllegroParcel, Carrier, DeliveryMethod, ParcelHistory

_NO_SCOPE = ""
_READ = "allegro:api:orders:read"
_WRITE = "allegro:api:orders:write"

CARRIERS = Endpoint("GET", "/order/carriers", PUBLIC, _NO_SCOPE)
HISTORY = Endpoint("GET", "/order/carriers/{id}/tracking", PUBLIC, _NO_SCOPE)
ORDER_PARCELS = Endpoint("GET", "/order/checkout-forms/{id}/shipments", PUBLIC, _READ, PARCELS)
ADD_PARCEL = Endpoint("POST", "/order/checkout-forms/{id}/shipments", PUBLIC, _WRITE, PARCELS, effect=True)
DELIVERY_METHODS = Endpoint("GET", "/sale/delivery-methods", PUBLIC, _NO_SCOPE)

MOST_HISTORIES = 20
_CARRIER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class AllegroShipping:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def carriers(self) -> tuple[Carrier, ...]:
        """All carriers that parcel numbers may be of. Raises `Unreadable` where one of them cannot be read."""
        reply = self._session.call(CARRIERS, "reading the carriers")
        rows = read(reply.data, "Allegro's list of carriers").required_rows("carriers")
        return tuple(map(carrier_from, rows))

    def parcels(self, order_id: str) -> tuple[AllegroParcel, ...]:
        """Every parcel number that the order has, whoever added it, with all lines that are in it.

        Raises `NotFound`, and `Unreadable` where one of them cannot be read: a shorter list would have a number sent a
        second time.
        """
        what = f"reading the parcels of order {order_id}"
        reply = self._session.call(ORDER_PARCELS, what, item_id=checked_order_id(order_id))
        answer = read(reply.data, f"Allegro's list of the parcels of order {order_id}")
        return tuple(map(parcel_from, answer.required_rows("shipments")))

    def add_parcel(
        self, order_id: str, carrier_id: str, carrier_name: str, waybill: str, line_ids: Sequence[str] = ()
    ) -> AllegroParcel:
        """Tell Allegro a parcel number, which it writes down anew each time and never lets go.

        `carrier_name` goes with the carrier `OTHER` alone, at most 30 characters; no lines are all lines. Raises
        `Uncertain` where it may be there: read the order's parcels before telling it again. Raises `Rejected`, with
        Allegro's words and its `code`, where it is not taken; a 409 as `Conflict`, by which Allegro means that the
        number is in too many orders, or the order has too many numbers.
        """
        what = f"adding parcel {waybill} to order {order_id}"
        body = parcel_to(carrier_id, carrier_name, waybill, line_ids)
        reply = self._session.call(ADD_PARCEL, what, item_id=checked_order_id(order_id), json=body)
        try:
            return parcel_from(read(reply.data, "Allegro's answer about the parcel"))
        except Unreadable as error:
            raise Uncertain(
                f"{error} It may have been added ({what}).", channel=CHANNEL, trace_id=reply.trace_id
            ) from error

    def delivery_methods(self) -> tuple[DeliveryMethod, ...]:
        """Every way of delivery that there is or was, on any marketplace. Several may have one name."""
        reply = self._session.call(DELIVERY_METHODS, "reading the delivery methods")
        rows = read(reply.data, "Allegro's list of delivery methods").required_rows("deliveryMethods")
        return tuple(map(method_from, rows))

    def history(self, carrier_id: str, waybills: Sequence[str]) -> tuple[ParcelHistory, ...]:
        """What is known of 1 to 20 parcels of one carrier, which need not be the seller's own.

        A parcel that the carrier has told nothing of has no statuses.
        """
        if not 1 <= len(waybills) <= MOST_HISTORIES:
            raise ValueError(f"Allegro tells of 1 to {MOST_HISTORIES} parcels at a time, not of {len(waybills)}.")
        if not _CARRIER_ID.fullmatch(carrier_id):
            raise Rejected(f"{carrier_id!r} is not the id of a carrier.", channel=CHANNEL, status=422)
        what = f"reading where {len(waybills)} parcels of {carrier_id} are"
        reply = self._session.call(HISTORY, what, item_id=carrier_id, params={"waybill": waybills})
        rows = read(reply.data, "Allegro's history of parcels").required_rows("waybills")
        return tuple(map(history_from, rows))
