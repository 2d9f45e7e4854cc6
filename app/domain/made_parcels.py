"""Made parcels: what Ship with Allegro makes for an order. Allegro orders the carrier, gives the numbers, writes them
into the order, and prints one label for all packages of a parcel.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.money import Money
from app.domain.new_offers import FieldError
from app.domain.order_log import LogEntry, LogState
from app.domain.orders import Order, OrderStatus, PaymentKind
from app.domain.parcels import AllegroParcel
from app.domain.tracking import why_never_sent
from app.domain.waybills import waybill_key


class MadeParcelState(StrEnum):
    """What has become of a parcel; Allegro is at work on what is being made or cancelled."""

    CREATING = "creating"  # committed before the call; the answer may be lost
    READY = "ready"
    FAILED = "failed"  # Allegro says why; nothing was made
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class PackageKind(StrEnum):
    PACKAGE = "package"
    DOCUMENTS = "documents"
    PALLET = "pallet"
    OTHER = "other"


class PageSize(StrEnum):
    A4 = "A4"
    A6 = "A6"


@dataclass(frozen=True)
class Package:
    """One package, with its outer measures."""

    length_cm: Decimal
    width_cm: Decimal
    height_cm: Decimal
    weight_kg: Decimal
    kind: PackageKind = PackageKind.PACKAGE
    text_on_label: str = ""


@dataclass(frozen=True)
class ParcelChoices:
    """What the seller wants otherwise than Allegro proposes it; what is not given stays as proposed.

    `no_cash`: the carrier collects nothing, although the order is paid on delivery.
    """

    packages: tuple[Package, ...] = ()
    insurance: Money | None = None
    cash_on_delivery: Money | None = None
    no_cash: bool = False


@dataclass(frozen=True)
class CommandResult:
    """How far Allegro is with what it was told to do. Over with `errors`: nothing was done."""

    is_over: bool
    shipment_id: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True)
class Sender:
    """Who sends a parcel, and from where, as it stands on the label. What is not given is ""."""

    name: str
    company: str
    street: str
    postal_code: str
    city: str
    region: str
    country_code: str
    email: str
    phone: str


@dataclass(frozen=True)
class MadeShipment:
    """What Allegro shows of a parcel that it has made. `waybills` are as many as the packages, "" where there is no
    number yet. `pickup_available`: a courier can be ordered for it; None where Allegro does not say."""

    carrier_id: str
    waybills: tuple[str, ...]
    cancelled_at: datetime | None = None
    pickup_available: bool | None = None
    sender: Sender | None = None


@dataclass(frozen=True)
class MadeParcel:
    """A parcel that was asked for. It is the `number`-th of its order, counted from 1.

    `command_id` and `cancel_command_id` are ours: Allegro carries out each of them once. `asked_at` is when the last
    of them was committed. `shipment_id` is Allegro's, "" until it is made. `waybills` are as those of `MadeShipment`.
    """

    id: int
    account_id: int
    order_id: str
    number: int
    command_id: str
    choices: ParcelChoices
    created_at: datetime
    asked_at: datetime
    state: MadeParcelState = MadeParcelState.CREATING
    shipment_id: str = ""
    carrier_id: str = ""
    waybills: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()
    cancel_command_id: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether the order is, or may yet be, shipped with it."""
        return self.state not in (MadeParcelState.FAILED, MadeParcelState.CANCELLED)

    @property
    def is_open(self) -> bool:
        """Whether Allegro is asked about it again by itself."""
        if self.state is MadeParcelState.READY:
            return not self.waybills or "" in self.waybills
        return self.state in (MadeParcelState.CREATING, MadeParcelState.CANCELLING)


def why_not_made(entry: LogEntry, order: Order) -> str:
    """Why no parcel is made for the order, as a sentence; "" where one may be."""
    if reason := why_never_sent(order):
        return reason
    if entry.state is LogState.ON_HOLD:
        return "The order is on hold. Release it in the store first."
    if entry.state is LogState.SUPERSEDED:
        return f"The order was paid together with others. Make the parcel for order {entry.superseded_by}."
    if entry.state is not LogState.IMPORTED:
        return f"The order is not imported yet: it is {entry.state}."
    return ""


def why_not_another(at_allegro: Iterable[AllegroParcel], made: Sequence[MadeParcel]) -> str:
    """Why a further parcel has to be asked for by name, as a sentence; "" for the first one of an order.

    A number that Allegro shows counts as a parcel, whoever made it, unless it is one of ours that was cancelled:
    Allegro takes no number out of an order.
    """
    alive = next((each for each in made if each.is_alive), None)
    if alive is not None:
        numbers = ", ".join(filter(None, alive.waybills)) or "no number yet"
        return f"The order has the parcel {alive.id} already ({alive.state}; {numbers}). {_ASK_FOR_ANOTHER}"
    ours = {waybill_key(waybill) for each in made for waybill in each.waybills}
    for there in at_allegro:
        if waybill_key(there.waybill) not in ours:
            return f"The order has the parcel number {there.waybill} at Allegro already. {_ASK_FOR_ANOTHER}"
    return ""


_ASK_FOR_ANOTHER = "Ask with `another` if a further parcel is meant."


def fault_in(
    choices: ParcelChoices, order: Order, made: Iterable[MadeParcel], *, is_another: bool
) -> FieldError | None:
    """What in the seller's choices would have the buyer pay wrongly, going by what the order's parcels collect."""
    on_delivery = order.payment is not None and order.payment.kind is PaymentKind.CASH_ON_DELIVERY
    asked = choices.cash_on_delivery
    if asked is not None and choices.no_cash:
        return FieldError("no_cash_on_delivery", "contradicts cash_on_delivery")
    if asked is not None and not on_delivery:
        return FieldError("cash_on_delivery", "the order is not paid on delivery, so nothing is to be collected")
    if asked is not None and asked.currency != order.total.currency:
        return FieldError("cash_on_delivery", f"the buyer pays in {order.total.currency}")
    if asked is not None and asked.amount > order.total.amount:
        return FieldError("cash_on_delivery", f"the buyer pays {order.total} for the whole order")
    if asked is not None and (collected := _collected(made, order)) and (collected + asked).amount > order.total.amount:
        return FieldError(
            "cash_on_delivery", f"other parcels of the order collect {collected}, and the buyer pays {order.total}"
        )
    if on_delivery and is_another and asked is None and not choices.no_cash:
        return FieldError(
            "cash_on_delivery",
            f"another parcel would collect {order.total} once more: say what it collects, or set no_cash_on_delivery",
        )
    return None


def _collected(made: Iterable[MadeParcel], order: Order) -> Money | None:
    """What the carriers collect with these parcels of an order that is paid on delivery; None without any."""
    amounts = [
        each.choices.cash_on_delivery or order.total for each in made if each.is_alive and not each.choices.no_cash
    ]
    return sum(amounts[1:], amounts[0]) if amounts else None


def after_command(parcel: MadeParcel, result: CommandResult) -> MadeParcel:
    """The parcel once Allegro has told how far it is with the command that is under way."""
    if not result.is_over:
        return parcel
    if parcel.state is MadeParcelState.CREATING:
        if result.errors:
            return replace(parcel, state=MadeParcelState.FAILED, errors=result.errors)
        return replace(parcel, state=MadeParcelState.READY, shipment_id=result.shipment_id)
    if result.errors:
        # It goes on as it was: carriers do not cancel what they have, and some cancel nothing.
        return replace(parcel, state=MadeParcelState.READY, errors=result.errors)
    return replace(parcel, state=MadeParcelState.CANCELLED, errors=())


def after_look(parcel: MadeParcel, shown: MadeShipment) -> MadeParcel:
    """The parcel once Allegro has shown it."""
    seen = replace(parcel, carrier_id=shown.carrier_id, waybills=shown.waybills)
    if shown.cancelled_at is not None and parcel.state is MadeParcelState.READY:
        return replace(seen, state=MadeParcelState.CANCELLED)
    return seen


def why_cancelled(parcel: MadeParcel, shown: MadeShipment) -> str:
    """What is said of a parcel that Allegro shows as cancelled, be it in its panel; "" of any other."""
    return "" if shown.cancelled_at is None else f"The parcel {parcel.id} was cancelled at Allegro."


def why_not_ready(parcels: Iterable[MadeParcel]) -> dict[int, str]:
    """What is said of those that are not to be sent, by id."""
    return {
        parcel.id: f"The parcel {parcel.id} is not to be sent: it is {parcel.state}."
        for parcel in parcels
        if parcel.state is not MadeParcelState.READY
    }


def why_no_papers(parcel: MadeParcel, order: Order) -> str:
    """Why neither label nor protocol is handed out, as a sentence; "" where they are."""
    if parcel.state is MadeParcelState.CREATING:
        return f"Allegro is still making the parcel {parcel.id}. Ask again in a moment."
    if why := why_not_ready([parcel]):
        return why[parcel.id]
    if order.status is OrderStatus.CANCELLED:
        return f"The order is cancelled at Allegro. Do not send it, and cancel the parcel {parcel.id}."
    return ""


def why_not_cancelled(parcel: MadeParcel) -> str:
    """Why there is nothing to cancel, as a sentence; "" for what can be, or is being, or was cancelled."""
    if parcel.state is MadeParcelState.CREATING:
        return f"Allegro is still making the parcel {parcel.id}. Ask again in a moment."
    if parcel.state is MadeParcelState.FAILED:
        return f"The parcel {parcel.id} was never made."
    return ""
