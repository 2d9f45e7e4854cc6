"""What Allegro is to be told of an order's parcels, and when that the order was sent.

The law: one number is told once. What Allegro has is read before anything is sent, because it takes no number back, and
buyers see each of them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.carriers import NO_LONGER_TAKEN, CarrierChoice, carrier_for, carrier_refusal, is_allegros_own
from app.domain.orders import Order, OrderStatus
from app.domain.parcels import (
    OTHER,
    AllegroParcel,
    Carrier,
    OnItsWay,
    Shipment,
    ShipmentState,
    ShippedOrder,
    StoreParcel,
)
from app.domain.waybills import waybill_fault, waybill_key

COMPLETED = "completed"
_CLOCKS_DIFFER_BY = timedelta(minutes=10)
_GONE_FROM_STORE = "The store no longer has this parcel number."
# What comes to an end when the store takes the number away.
_OPEN = (ShipmentState.QUEUED, ShipmentState.SENDING, ShipmentState.REFUSED)
_OVER = (ShipmentState.SENT, ShipmentState.CANCELLED)
# What the seller sets an order to before it leaves. "Suspended" is the seller's own note, too, and what the store says
# is the later word.
_BEFORE_SENT = ("", "NEW", "PROCESSING", "READY_FOR_SHIPMENT", "SUSPENDED")


@dataclass(frozen=True)
class PlannedParcel:
    """A parcel number and what becomes of it. `shipment_id` is its entry in the log, None where it has none yet.

    `line_ids` are Allegro's lines in it; none: all of them. `reason` is why it is not sent, a sentence, or "". Of a
    number that is not sent, `carrier_id` may be "".
    """

    waybill: str
    carrier_id: str
    carrier_name: str
    line_ids: tuple[str, ...]
    provider: str
    by_hand: bool
    shipment_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class ParcelPlan:
    """What is to be sent, what is found at Allegro already, what is not sent and why; each only as far as it is new
    to the log. `renamed` are entries of the log that stay as they are but for the store's word for the carrier. `notes`
    are sentences for the seller, the same with every plan until something is done about them.
    """

    send: tuple[PlannedParcel, ...] = ()
    already: tuple[PlannedParcel, ...] = ()
    skipped: tuple[PlannedParcel, ...] = ()
    renamed: tuple[Shipment, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SentDecision:
    """Whether the order is to be set to SENT at Allegro, and why or why not, as a sentence."""

    is_due: bool
    reason: str


def plan_parcels(
    wanted: Sequence[StoreParcel],
    known: Sequence[Shipment],
    at_allegro: Sequence[AllegroParcel],
    order: Order,
    *,
    lines: Mapping[int, str],
    carriers: Sequence[Carrier],
    mappings: Mapping[str, str],
    ships_with_allegro: bool = False,
) -> ParcelPlan:
    """What becomes of the order's parcel numbers.

    `wanted` is what the store has now, `known` the order's entries in the log, among them what was given by hand.
    `lines` maps the store's line ids to Allegro's. `ships_with_allegro`: a parcel of the order was made, or is being
    made, with Ship with Allegro; its number may appear in the order late.
    """
    logged = {waybill_key(each.waybill): each for each in known}
    there = {waybill_key(each.waybill): each for each in at_allegro}
    notes: list[str] = []
    candidates = _candidates(wanted, logged, order, lines, carriers, mappings, notes)
    barrier = _barrier(order, at_allegro, ships_with_allegro=ships_with_allegro)
    send: list[PlannedParcel] = []
    already: list[PlannedParcel] = []
    skipped: list[PlannedParcel] = []
    renamed: list[Shipment] = []
    for key, parcel in candidates.items():
        entry = logged.get(key)
        reason = barrier or parcel.reason or waybill_fault(parcel.waybill)
        if key in there:
            notes += _differing(parcel, there[key])
        if key in there and (entry is None or entry.state not in _OVER):
            already.append(_as_found(parcel, there[key]))
        elif key in there or (entry is not None and _is_settled(entry, parcel, reason)):
            if entry is not None and entry.provider != parcel.provider:
                renamed.append(replace(entry, provider=parcel.provider))
        elif reason:
            skipped.append(replace(parcel, reason=reason))
        else:
            send.append(parcel)
    return ParcelPlan(tuple(send), tuple(already), tuple(skipped), tuple(renamed), tuple(dict.fromkeys(notes)))


def plan_sent(order: Order, store_status: str, *, is_known_sent: bool) -> SentDecision:
    """Whether Allegro is told that the order was sent, going by the status of the store order (without `wc-`).

    Only forward, and once: each write counts against a limit of the order. `is_known_sent`: that was written before, or
    refused for good, and what stands at Allegro now is somebody's own choice.
    """
    if store_status != COMPLETED:
        return SentDecision(False, "The store order is not completed.")
    if is_known_sent:
        return SentDecision(False, "Allegro was told before.")
    if reason := why_never_sent(order):
        return SentDecision(False, reason)
    if order.fulfilment not in _BEFORE_SENT:
        return SentDecision(False, f"The order is {order.fulfilment} at Allegro, which is not before SENT.")
    return SentDecision(True, "The store order is completed.")


def status_since(order: ShippedOrder, began_at: datetime) -> str:
    """The status of the store order; "" for one that was completed before, which is somebody else's affair. The store's
    clock may differ from ours."""
    completed_at = order.completed_at
    if order.status == COMPLETED and completed_at is not None and completed_at < began_at - _CLOCKS_DIFFER_BY:
        return ""
    return order.status


def is_news(
    store_status: str, found: Iterable[StoreParcel], known: Iterable[Shipment], on_its_way: OnItsWay | None
) -> bool:
    """Whether the store says of an order what is not known of it: a number that the log does not have, or has as gone;
    one with another carrier than the log has; that a refused number is gone; or that the order is completed."""
    logged = {waybill_key(each.waybill): each for each in known}
    there = {waybill_key(parcel.waybill): parcel for parcel in found}
    for key, parcel in there.items():
        entry = logged.get(key)
        if entry is None or (entry.provider != parcel.provider and not entry.by_hand):
            return True
        if entry.state is ShipmentState.SKIPPED and entry.error == _GONE_FROM_STORE:
            return True
    if any(_ends_without(entry) and key not in there for key, entry in logged.items()):
        return True
    told = on_its_way is not None and bool(on_its_way.status_told or on_its_way.refusal)
    seen = on_its_way is not None and on_its_way.store_status == store_status
    return store_status == COMPLETED and not told and not seen


def _ends_without(entry: Shipment) -> bool:
    return entry.state is ShipmentState.REFUSED and not entry.by_hand


def _candidates(
    wanted: Iterable[StoreParcel],
    logged: Mapping[str, Shipment],
    order: Order,
    lines: Mapping[int, str],
    carriers: Sequence[Carrier],
    mappings: Mapping[str, str],
    notes: list[str],
) -> dict[str, PlannedParcel]:
    """Each number once: what was given by hand before what the store says of it, and what is still open in the log."""
    found = {key: _of_log(entry, carriers) for key, entry in logged.items() if entry.by_hand}
    for parcel in wanted:
        key = waybill_key(parcel.waybill)
        if key not in found:
            choice = carrier_for(parcel.provider, mappings, carriers, order.delivery.method_name)
            line_ids = _line_ids(parcel, order, lines, notes)
            entry = logged.get(key)
            found[key] = _of_store(parcel, choice, line_ids, entry.id if entry else None)
    for key, entry in logged.items():
        if key not in found and entry.state in _OPEN:
            found[key] = replace(_of_log(entry, carriers), reason=_GONE_FROM_STORE)
    return found


def _of_log(entry: Shipment, carriers: Sequence[Carrier]) -> PlannedParcel:
    return PlannedParcel(
        waybill=entry.waybill,
        carrier_id=entry.carrier_id,
        carrier_name=entry.carrier_name,
        line_ids=entry.line_ids,
        provider=entry.provider,
        by_hand=entry.by_hand,
        shipment_id=entry.id,
        reason=carrier_refusal(entry.carrier_id, carriers),
    )


def _of_store(
    parcel: StoreParcel, choice: CarrierChoice, line_ids: tuple[str, ...], shipment_id: int | None
) -> PlannedParcel:
    return PlannedParcel(
        waybill=parcel.waybill,
        carrier_id=choice.carrier_id,
        carrier_name=choice.carrier_name,
        line_ids=line_ids,
        provider=parcel.provider,
        by_hand=False,
        shipment_id=shipment_id,
        reason=choice.refusal,
    )


def _line_ids(parcel: StoreParcel, order: Order, lines: Mapping[int, str], notes: list[str]) -> tuple[str, ...]:
    bought = [line.id for line in order.lines]
    inside = {lines[store_id] for store_id, _ in parcel.items if store_id in lines} & set(bought)
    if parcel.items and not inside:
        notes.append(
            f"The parcel {parcel.waybill} has only lines that were not bought at Allegro; Allegro is told no lines."
        )
    return () if len(inside) == len(set(bought)) else tuple(line_id for line_id in bought if line_id in inside)


def _barrier(order: Order, at_allegro: Collection[AllegroParcel], *, ships_with_allegro: bool) -> str:
    """Why no number at all is sent for the order, or ""."""
    if reason := why_never_sent(order):
        return reason
    if ships_with_allegro or any(each.carrier_id in NO_LONGER_TAKEN for each in at_allegro):
        return "A parcel of the order was made with Ship with Allegro, which writes its number into the order itself."
    if is_allegros_own(order.delivery.method_name):
        return (
            f"Parcels of {order.delivery.method_name!r} are made with Ship with Allegro, which writes their numbers "
            "into the order itself."
        )
    return ""


def why_never_sent(order: Order) -> str:
    """Why the order is not to be sent by the seller, as it stands now, as a sentence; "" where it is."""
    if order.status is OrderStatus.CANCELLED:
        return "The order is cancelled at Allegro."
    if order.fulfilled_by_allegro:
        return "The goods leave Allegro's own warehouse; Allegro sees to their parcels."
    if order.status is not OrderStatus.READY:
        return "The order is not ready to be sent: Allegro does not show it as paid, or to be paid on delivery."
    return ""


def _is_settled(entry: Shipment, parcel: PlannedParcel, reason: str) -> bool:
    """Whether nothing more is to be done about a number that Allegro does not show; `reason` is why it is not sent."""
    if entry.state is ShipmentState.REFUSED and parcel.reason != _GONE_FROM_STORE:
        # A refusal counts for this number with this carrier, whatever the store calls it.
        return (entry.carrier_id, entry.carrier_name) == (parcel.carrier_id, parcel.carrier_name)
    if entry.state is ShipmentState.SKIPPED:
        return entry.error == reason
    # What Allegro has taken and does not show was taken away there by a person.
    return entry.state in _OVER


def _as_found(parcel: PlannedParcel, there: AllegroParcel) -> PlannedParcel:
    return replace(
        parcel,
        carrier_id=there.carrier_id,
        carrier_name=there.carrier_name,
        line_ids=there.line_ids,
        reason="",
    )


def _differing(parcel: PlannedParcel, there: AllegroParcel) -> list[str]:
    """A second entry of the same number would only confuse the buyer, so another carrier is for a person to mend."""
    if OTHER in (parcel.carrier_id, there.carrier_id) or there.carrier_id in NO_LONGER_TAKEN or not parcel.carrier_id:
        return []
    if parcel.carrier_id == there.carrier_id:
        return []
    told = (
        f"Allegro has the parcel {there.waybill} with the carrier {there.carrier_id}, and it should be "
        f"{parcel.carrier_id}. It cannot be changed from here: mend it in Allegro's panel."
    )
    return [told]
