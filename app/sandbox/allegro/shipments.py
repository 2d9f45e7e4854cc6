"""Ship with Allegro: commands that take time, and what they make: shipments with numbers, and pickups."""

import random
import string
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from app.sandbox.allegro.delivery_methods import METHOD_BY_ID, DeliveryMethod
from app.sandbox.allegro.forms import Form
from app.sandbox.allegro.papers import PageSize, pdf
from app.sandbox.allegro.parcels import Parcels
from app.sandbox.allegro.shipping_bodies import ShippingError, no_shipment
from app.sandbox.allegro.shipping_views import Pickup, Shipment, too_big
from app.sandbox.faults import Fault

Body = dict[str, Any]
Kind = Literal["create", "cancel", "pickup"]

_LAG_SECONDS = 30
_LATE_SECONDS = 60
_NOT_FOUND = 404
_NO_CONTENT = 204
_RESULTS: dict[Kind, tuple[str, ...]] = {
    "create": ("shipmentId",),
    "cancel": ("shipmentId",),
    "pickup": ("pickupId", "carrierPickupId"),
}
_SIGNS = string.ascii_uppercase + string.digits


@dataclass
class Command:
    """`failure` is why nothing comes of it."""

    kind: Kind
    id: str
    seller: str
    sent: Body
    status: Literal["IN_PROGRESS", "SUCCESS", "ERROR"] = "IN_PROGRESS"
    failure: ShippingError | None = None
    result: Body = field(default_factory=dict)

    def view(self) -> Body:
        return {
            "commandId": self.id,
            "status": self.status,
            "errors": [self.failure.entry()] if self.status == "ERROR" and self.failure else [],
            **{name: self.result.get(name) for name in _RESULTS[self.kind]},
        }


class ShipWithAllegro:
    """`seconds` is how long commands wait before they are executed. Not safe by itself: callers hold the lock."""

    def __init__(self, parcels: Parcels, seed: int) -> None:
        self.parcels = parcels
        self.market = parcels.market
        self.faults = parcels.market.faults
        self.reset(seed)

    def reset(self, seed: int) -> None:
        self._chance = random.Random(f"shipments {seed}")
        self.seconds = 0.0
        self.commands: dict[tuple[str, Kind, str], Command] = {}
        self.shipments: dict[str, Shipment] = {}
        self.pickups: dict[str, Pickup] = {}

    # --- commands -----------------------------------------------------------------------------------------------------

    def accept(self, kind: Kind, seller: str, command_id: str | None, sent: Body) -> Command:
        """Raises ShippingError 400 for an id that was used before, whatever it was sent with."""
        command = Command(kind, command_id or self._uuid(), seller, sent)
        if (seller, kind, command.id) in self.commands:
            raise ShippingError(
                400,
                "COMMAND_EXISTS",
                "There is a command with this id.",
                path=command.id,
                user_message="Zlecenie o tym identyfikatorze zostało już przyjęte.",
            )
        self.commands[(seller, kind, command.id)] = command
        fails = self._strike("shipping_command_fails", kind)
        if fails is not None:
            command.failure = ShippingError(
                400,
                fails.args.get("code", "INTERNAL_SERVER_ERROR"),
                "The command could not be executed.",
                user_message=fails.args.get("message", "Nie udało się wykonać zlecenia."),
            )
        if self._strike("shipping_command_stays", kind) is None:
            lags = self._strike("shipping_command_lags", kind)
            seconds = self.seconds if lags is None else float(lags.args.get("seconds", _LAG_SECONDS))
            self.market.shelf.agenda.after(seconds, lambda moment: self._execute(command, moment))
        return command

    def command(self, kind: Kind, seller: str, command_id: str) -> Command:
        """Raises ShippingError 404."""
        self.market.shelf.agenda.catch_up()
        command = self.commands.get((seller, kind, command_id))
        if command is None:
            raise ShippingError(
                404, "NOT_FOUND", "There is no such command.", user_message="Nie znaleziono takiego zlecenia."
            )
        return command

    def _strike(self, name: str, kind: Kind) -> Fault | None:
        """The fault, if it strikes this command; arg `command` narrows it to one kind."""
        fault = self.faults.active().get(name)
        if fault is None or fault.args.get("command", kind) != kind:
            return None
        return self.faults.strike(name)

    def _execute(self, command: Command, moment: datetime) -> None:
        execute = {"create": self._create, "cancel": self._cancel, "pickup": self._pick_up}[command.kind]
        try:
            if command.failure is not None:
                raise command.failure
            command.result = execute(command, moment)
            command.status = "SUCCESS"
        except ShippingError as failure:
            command.status, command.failure = "ERROR", failure

    # --- shipments ----------------------------------------------------------------------------------------------------

    def find(self, seller: str, shipment_id: str) -> Shipment:
        """Raises ShippingError 404."""
        self.market.shelf.agenda.catch_up()
        shipment = self.shipments.get(shipment_id)
        if shipment is None or shipment.seller != seller:
            raise no_shipment()
        return shipment

    def can_be_picked_up(self, shipment: Shipment) -> bool:
        return shipment.cancelled_at is None and not shipment.method.to_point and not self._is_on_its_way(shipment)

    def _is_on_its_way(self, shipment: Shipment) -> bool:
        return any(number is not None and self.parcels.has_moved(number) for number in shipment.waybills)

    def _create(self, command: Command, moment: datetime) -> Body:
        sent = command.sent
        form = self._order_of(command.seller, sent["receiver"]["email"])
        method = METHOD_BY_ID[form.body["delivery"]["method"]["id"]]
        _check_fit(sent, method)
        unknown: list[str | None] = [None] * len(sent["packages"])
        shipment = Shipment(self._uuid(), command.seller, form.id, sent, method, moment, list(unknown), list(unknown))
        self.shipments[shipment.id] = shipment
        late = self.faults.strike("waybill_late")
        if late is None:
            self._number(shipment)
        else:
            seconds = float(late.args.get("seconds", _LATE_SECONDS))
            self.market.shelf.agenda.after(seconds, lambda _moment: self._number(shipment))
        return {"shipmentId": shipment.id}

    def _order_of(self, seller: str, email: str) -> Form:
        """The order is known by its buyer's address, which is another one in each."""
        for form in self.market.forms.values():
            if form.seller == seller and form.body["buyer"]["email"] == email and form.body["delivery"]:
                return form
        raise ShippingError(
            400,
            "VALIDATION_FAILED",
            "There is no order that could be used.",
            path="receiver.email",
            details="allegro_order_not_found",
            user_message="Nie można użyć tego zamówienia.",
        )

    def _number(self, shipment: Shipment) -> None:
        """The carrier gives out the numbers, and Allegro writes them into the order."""
        for place in range(len(shipment.waybills)):
            own = self._waybill(shipment.driver)
            shipment.carrier_waybills[place] = own
            shipment.waybills[place] = own if shipment.carrier == shipment.driver else self._waybill(shipment.carrier)
        form = self.market.forms.get(shipment.form_id)
        for number in shipment.waybills:
            if form is not None and number is not None:
                self.parcels.add(form, shipment.carrier, number)

    def _cancel(self, command: Command, moment: datetime) -> Body:
        shipment = self.shipments.get(command.sent["shipmentId"])
        if shipment is None or shipment.seller != command.seller:
            raise no_shipment()
        if shipment.carrier == "ALLEGRO":
            raise ShippingError(
                400,
                "SHIPMENT_CANCELLATION_NOT_SUPPORTED",
                "The carrier does not cancel parcels.",
                user_message="Przewoźnik nie obsługuje anulowania przesyłek.",
            )
        if shipment.cancelled_at is not None or self._is_on_its_way(shipment):
            raise ShippingError(
                400,
                "PROCESSING_ERROR",
                "The parcel cannot be cancelled.",
                user_message="Tej przesyłki nie można anulować.",
            )
        # Its numbers stay in the order: Allegro takes none away.
        shipment.cancelled_at = moment
        return {"shipmentId": shipment.id}

    def _pick_up(self, command: Command, moment: datetime) -> Body:
        chosen = []
        for shipment_id in command.sent["shipmentIds"]:
            shipment = self.shipments.get(shipment_id)
            if shipment is None or shipment.seller != command.seller:
                raise no_shipment()
            if not self.can_be_picked_up(shipment):
                raise ShippingError(
                    400,
                    "BAD_REQUEST",
                    "The status of the parcel allows no pickup.",
                    user_message="Status paczki nie pozwala zamówić odbioru.",
                )
            chosen.append(shipment)
        _check_time(command.sent, moment)
        number = f"P{self._chance.randrange(10**9):09d}"
        pickup = Pickup(self._uuid(), number, command.seller, command.sent["address"], chosen)
        self.pickups[pickup.id] = pickup
        return {"pickupId": pickup.id, "carrierPickupId": number}

    # --- papers -------------------------------------------------------------------------------------------------------

    def labels(self, seller: str, ids: list[str], size: PageSize) -> bytes | None:
        """None where there is none: for what is cancelled, or has no number yet.

        Raises ShippingError 404 for an unknown shipment, and where a fault says that it takes time.
        """
        shipments = [self.find(seller, shipment_id) for shipment_id in ids]
        if any(self._label_is_late(each) for each in shipments):
            return None
        if any(each.cancelled_at is not None or None in each.waybills for each in shipments):
            return None
        pages = [
            [f"{each.driver} {number}", *_lines(each.sent["receiver"]), f"{place} / {len(each.waybills)}"]
            for each in shipments
            for place, number in enumerate(each.waybills, start=1)
        ]
        if any(each.sent.get("labelFormat") == "ZPL" for each in shipments):
            return "".join(f"^XA^FO20,20^FD{page[0]}^FS^XZ\n" for page in pages).encode()
        return pdf(pages, size)

    def _label_is_late(self, shipment: Shipment) -> bool:
        """Whether Allegro says that there is none; raises ShippingError where it says something else."""
        fault = self.faults.active().get("label_late")
        if fault is None:
            return False
        ready_at = shipment.created_at + timedelta(seconds=float(fault.args.get("seconds", _LATE_SECONDS)))
        if self.market.clock.now() >= ready_at or self.faults.strike("label_late") is None:
            return False
        status = int(fault.args.get("status", _NOT_FOUND))
        if status == _NO_CONTENT:
            return True
        raise ShippingError(
            status,
            "SHIPMENT_NOT_FOUND" if status == _NOT_FOUND else "ANOTHER_SERVICE_NOT_AVAILABLE",
            "The label is not ready.",
            user_message="Etykieta nie jest jeszcze gotowa. Spróbuj ponownie za chwilę.",
        )

    def protocol(self, seller: str, ids: list[str]) -> bytes | None:
        """None where the carriers know none. Raises ShippingError 404."""
        shipments = [self.find(seller, shipment_id) for shipment_id in ids]
        numbers = [number or "" for each in shipments if each.carrier == "DPD" for number in each.waybills]
        return pdf([["Protokol nadania", *numbers]], "A4") if numbers else None

    # --- chance -------------------------------------------------------------------------------------------------------

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def _waybill(self, carrier: str) -> str:
        if carrier == "INPOST":
            return f"62{self._chance.randrange(10**22):022d}"
        if carrier == "ALLEGRO":
            return "AD" + "".join(self._chance.choices(_SIGNS, k=15))
        return f"{self._chance.randrange(10**13):013d}U"


def _check_fit(sent: Body, method: DeliveryMethod) -> None:
    """Raises ShippingError for what the method does not carry."""
    if method.carrier is None or sent.get("deliveryMethodId") not in (None, method.id):
        raise ShippingError(
            400,
            "DELIVERY_METHOD_NOT_AVAILABLE",
            "The order cannot be sent with this method.",
            path="deliveryMethodId",
            user_message="Metoda dostawy jest niedostępna dla tego zamówienia.",
        )
    if len(sent["packages"]) > method.most_packages:
        raise ShippingError(
            400,
            "SHIPMENT_VALIDATION_ERROR",
            f"One shipment takes {method.most_packages} packages.",
            path="packages",
            user_message=f"Liczba paczek w jednej przesyłce nie może przekraczać {method.most_packages}.",
        )
    for place, package in enumerate(sent["packages"]):
        measure = too_big(method, package)
        if measure is not None:
            raise ShippingError(
                400,
                "DIMENSIONS_VALIDATION_ERROR",
                f"The {measure} is above the limit.",
                path=f"packages[{place}].{measure}",
                user_message="Paczka przekracza dopuszczalne wymiary lub wagę.",
            )
    if method.to_point and not sent["receiver"].get("point"):
        raise _missing("receiver.point", "Podaj punkt odbioru.")
    cash = sent.get("cashOnDelivery")
    if cash is not None and not cash.get("iban"):
        raise _missing("cashOnDelivery.iban", "Podaj numer rachunku do pobrania.")


def _missing(path: str, user_message: str) -> ShippingError:
    return ShippingError(400, "VALIDATION_ERROR", f"{path} is needed.", path=path, user_message=user_message)


def _check_time(sent: Body, moment: datetime) -> None:
    """Raises ShippingError for a day that is over, or is none."""
    time = sent.get("pickupTime")
    day = time["date"] if time else sent["pickupDateProposalId"][:8]
    try:
        wanted = datetime.fromisoformat(day).date()
    except ValueError:
        wanted = None
    if wanted is None or wanted < moment.date():
        raise ShippingError(
            400,
            "INVALID_PICKUP_PROPOSAL_ID",
            "Nobody comes on that day.",
            path="pickupTime" if time else "pickupDateProposalId",
            user_message="Wybrany termin odbioru jest niedostępny.",
        )


def _lines(receiver: Body) -> list[str]:
    place = f"{receiver['postalCode']} {receiver['city']} {receiver['countryCode']}"
    return [receiver.get("name") or receiver["company"], receiver["street"], place, receiver.get("point") or ""]
