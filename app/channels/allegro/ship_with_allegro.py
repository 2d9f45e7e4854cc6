"""Ship with Allegro for one seller account: parcels are made and cancelled by commands that take their time."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.translate_made_parcels import Body, input_from, result_from, shipment_from
from app.channels.allegro.translate_pickups import pickup_result_from, pickup_to, times_from, times_wanted
from app.channels.allegro.wire import CHANNEL, checked_order_id, read
from app.channels.errors import NotFound, Rejected, Unreadable
from app.domain.made_parcels import CommandResult, MadeShipment, PageSize, ParcelChoices, Sender
from app.domain.pickups import PickupResult, PickupTime

_READ = "allegro:api:shipments:read"
_WRITE = "allegro:api:shipments:write"
_BASE = "/shipment-management"
_FILE = "application/octet-stream"
_PDF = b"%PDF"

# A command has an id of ours, and Allegro carries out no id twice: to repeat one does no harm.
PROPOSAL = Endpoint("GET", f"{_BASE}/delivery-proposals/{{id}}", PUBLIC, _WRITE)
MAKE = Endpoint("POST", f"{_BASE}/shipments/create-commands", PUBLIC, _WRITE)
MAKING = Endpoint("GET", f"{_BASE}/shipments/create-commands/{{id}}", PUBLIC, _WRITE)
CANCEL = Endpoint("POST", f"{_BASE}/shipments/cancel-commands", PUBLIC, _WRITE)
CANCELLING = Endpoint("GET", f"{_BASE}/shipments/cancel-commands/{{id}}", PUBLIC, _WRITE)
SHIPMENT = Endpoint("GET", f"{_BASE}/shipments/{{id}}", PUBLIC, _READ)
PICKUP_TIMES = Endpoint("POST", f"{_BASE}/pickup-proposals", PUBLIC, _WRITE)
PICK_UP = Endpoint("POST", f"{_BASE}/pickups/create-commands", PUBLIC, _WRITE)
PICKING_UP = Endpoint("GET", f"{_BASE}/pickups/create-commands/{{id}}", PUBLIC, _WRITE)
LABEL = Endpoint("POST", f"{_BASE}/label", PUBLIC, _READ, file_type=_FILE)
PROTOCOL = Endpoint("POST", f"{_BASE}/protocol", PUBLIC, _READ, file_type=_FILE)

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


class ShipWithAllegro:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def input_for(self, order_id: str, choices: ParcelChoices) -> Body:
        """What `make` is to be given for the order: Allegro's proposal, with the seller's choices.

        Raises `Rejected` where the order cannot be sent this way, above all for its delivery method.
        """
        what = f"asking how order {order_id} can be sent"
        reply = self._session.call(PROPOSAL, what, item_id=checked_order_id(order_id))
        return input_from(read(reply.data, f"Allegro's proposal for order {order_id}"), choices)

    def make(self, command_id: str, parcel: Body) -> None:
        """Have a parcel made. Raises `Rejected` where Allegro does not begin with it; after any other error it may be
        made, and `making` tells of it. Repeated with the same id it is not made again.
        """
        self._command(MAKE, MAKING, command_id, parcel, "making a parcel")

    def making(self, command_id: str) -> CommandResult:
        """How far it is. Raises `NotFound` where Allegro has never received the command."""
        return self._result(MAKING, command_id, "asking what became of a parcel")

    def cancel(self, command_id: str, shipment_id: str) -> None:
        """Have a parcel cancelled; its number stays in the order. Raises as `make` does."""
        self._command(CANCEL, CANCELLING, command_id, {"shipmentId": shipment_id}, f"cancelling parcel {shipment_id}")

    def cancelling(self, command_id: str) -> CommandResult:
        """As `making`."""
        return self._result(CANCELLING, command_id, "asking whether a parcel was cancelled")

    def shipment(self, shipment_id: str) -> MadeShipment:
        """Raises `NotFound`."""
        what = f"reading parcel {shipment_id}"
        reply = self._session.call(SHIPMENT, what, item_id=_checked(shipment_id))
        return shipment_from(read(reply.data, f"Allegro's parcel {shipment_id}"))

    def pickup_times(
        self, shipment_ids: Sequence[str], sender: Sender, ready_on: date | None
    ) -> dict[str, list[PickupTime]]:
        """When the courier can come for each of the parcels, from the day on which they are ready; empty for those
        for which no time is proposed."""
        body = times_wanted(shipment_ids, sender, ready_on)
        reply = self._session.call(PICKUP_TIMES, "asking when the courier can come", json=body)
        times = times_from(read(reply.data, "Allegro's times of pickup"))
        return {each: times.get(each, []) for each in shipment_ids}

    def pick_up(self, command_id: str, shipment_ids: Sequence[str], sender: Sender, time: PickupTime) -> None:
        """Order the courier. Raises as `make` does, and repeated with the same id it is not ordered again."""
        self._command(PICK_UP, PICKING_UP, command_id, pickup_to(shipment_ids, sender, time), "ordering a pickup")

    def picking_up(self, command_id: str) -> PickupResult:
        """As `making`."""
        what = "asking what became of a pickup"
        reply = self._session.call(PICKING_UP, what, item_id=_checked(command_id))
        return pickup_result_from(read(reply.data, "Allegro's answer about a pickup"))

    def labels(self, shipment_ids: Sequence[str], page_size: PageSize) -> bytes | None:
        """The labels of all these as one PDF; None where one has none: not yet, or no longer.

        Raises `Rejected`, be it `NotFound`, for a label that is not ready as well.
        """
        body = {"shipmentIds": list(shipment_ids), "pageSize": page_size.value}
        return self._file(LABEL, f"reading the label of parcel {', '.join(shipment_ids)}", body)

    def protocol(self, shipment_ids: Sequence[str]) -> bytes | None:
        """The protocol that the carrier signs for all these, as a PDF; None where no carrier of them knows one."""
        body = {"shipmentIds": list(shipment_ids)}
        return self._file(PROTOCOL, f"reading the protocol of parcel {', '.join(shipment_ids)}", body)

    def _command(self, endpoint: Endpoint, asked_at: Endpoint, command_id: str, sent: Body, what: str) -> None:
        body = {"commandId": command_id, "input": sent}
        try:
            self._session.call(endpoint, what, json=body, expects_json=False)
        except Rejected:
            # It may have arrived before, with its answer lost; with what word Allegro refuses it then is nowhere told.
            if not self._has(asked_at, command_id, what):
                raise

    def _has(self, endpoint: Endpoint, command_id: str, what: str) -> bool:
        try:
            self._session.call(endpoint, f"{what}: looking for it", item_id=_checked(command_id), expects_json=False)
        except NotFound:
            return False
        return True

    def _result(self, endpoint: Endpoint, command_id: str, what: str) -> CommandResult:
        reply = self._session.call(endpoint, what, item_id=_checked(command_id))
        return result_from(read(reply.data, "Allegro's answer about a command"))

    def _file(self, endpoint: Endpoint, what: str, body: dict[str, Any]) -> bytes | None:
        reply = self._session.call(endpoint, what, json=body)
        if not reply.content:
            return None
        if not reply.content.startswith(_PDF):
            raise Unreadable(f"Allegro answered with no PDF ({what}).", channel=CHANNEL, trace_id=reply.trace_id)
        return reply.content


def _checked(item_id: str) -> str:
    if not _ID.fullmatch(item_id):
        raise Rejected(f"{item_id!r} is no id of Ship with Allegro.", channel=CHANNEL, status=422)
    return item_id
