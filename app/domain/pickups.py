"""Pickups: the courier of Ship with Allegro comes for parcels, on a day and at hours that Allegro proposes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum

from app.domain.made_parcels import MadeParcel, MadeShipment, Sender, why_cancelled
from app.domain.new_offers import FieldError


class PickupState(StrEnum):
    """What has become of a pickup; Allegro is at work on what is being ordered."""

    ORDERING = "ordering"  # committed before the call; the answer may be lost
    ORDERED = "ordered"
    FAILED = "failed"  # Allegro says why; nobody comes


@dataclass(frozen=True)
class PickupTime:
    """When the courier comes, by the clock of the place; without hours: some time that day.

    `proposal_id` is Allegro's older name of it, "" where there is none.
    """

    day: date
    begins: time | None = None
    ends: time | None = None
    proposal_id: str = ""

    def __str__(self) -> str:
        if self.begins is None and self.ends is None:
            return f"{self.day}"
        return f"{self.day} {clock(self.begins)}-{clock(self.ends)}"


@dataclass(frozen=True)
class PickupResult:
    """How far Allegro is with a pickup. Over with `errors`: nobody comes. `carrier_number` is the carrier's own."""

    is_over: bool
    allegro_id: str = ""
    carrier_number: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True)
class Pickup:
    """A pickup that was asked for. `parcel_ids` are ours, ascending.

    `command_id` is ours: Allegro carries it out once. `allegro_id` and `carrier_number` are "" until it is ordered.
    """

    id: int
    account_id: int
    command_id: str
    parcel_ids: tuple[int, ...]
    time: PickupTime
    created_at: datetime
    state: PickupState = PickupState.ORDERING
    allegro_id: str = ""
    carrier_number: str = ""
    errors: tuple[FieldError, ...] = ()


def clock(hour: time | None) -> str:
    """As Allegro writes it; "" for none."""
    return "" if hour is None else f"{hour:%H:%M}"


def after_order(pickup: Pickup, result: PickupResult) -> Pickup:
    """The pickup once Allegro has told how far it is."""
    if not result.is_over:
        return pickup
    if result.errors:
        return replace(pickup, state=PickupState.FAILED, errors=result.errors)
    return replace(
        pickup, state=PickupState.ORDERED, allegro_id=result.allegro_id, carrier_number=result.carrier_number
    )


def why_not_picked_up(parcel: MadeParcel, shown: MadeShipment) -> str:
    """Why no courier is ordered for the parcel that Allegro shows so, as a sentence; "" where one may be."""
    if why := why_cancelled(parcel, shown):
        return why
    if shown.pickup_available is False:
        carrier = shown.carrier_id or "the carrier"
        return (
            f"Allegro takes no order of a courier for the parcel {parcel.id}: {carrier} comes for none that is sent "
            "this way, or has it already."
        )
    if shown.sender is None:
        return f"Allegro does not show from where the parcel {parcel.id} is sent."
    return ""


def why_not_again(parcel_id: int, pickup: Pickup) -> str:
    """What is said of a parcel for which a courier is ordered already."""
    return f"The parcel {parcel_id} has the pickup {pickup.id} already ({pickup.state}, {pickup.time})."


def why_not_together(senders: Mapping[int, Sender]) -> str:
    """Why one courier cannot come for these parcels, as a sentence; "" where all are sent from one place."""
    places: dict[Sender, list[int]] = {}
    for parcel_id, sender in senders.items():
        places.setdefault(sender, []).append(parcel_id)
    if len(places) <= 1:
        return ""
    told = "; ".join(
        f"{', '.join(map(str, ids))} by {sender.company or sender.name}, {sender.street}, {sender.city}"
        for sender, ids in places.items()
    )
    return f"The parcels have different senders: {told}. Order a courier for each of them."


def times_for_all(proposed: Mapping[int, Sequence[PickupTime]]) -> tuple[PickupTime, ...]:
    """The times that are proposed for every one of the parcels, earliest first. Where Allegro names one of them
    differently for two parcels, that name is left out."""
    names = [{replace(each, proposal_id=""): each.proposal_id for each in times} for times in proposed.values()]
    shared = set.intersection(*(set(each) for each in names)) if names else set()
    found = []
    for each in shared:
        ids = {of_parcel[each] for of_parcel in names}
        found.append(replace(each, proposal_id=ids.pop() if len(ids) == 1 else ""))
    return tuple(sorted(found, key=str))


def why_never(proposed: Mapping[int, Sequence[PickupTime]]) -> dict[int, str]:
    """What each parcel lacks where there is no time for all, as sentences by parcel; empty where there is one."""
    if times_for_all(proposed):
        return {}
    without = [parcel_id for parcel_id, times in proposed.items() if not times]
    if without:
        return {each: f"Allegro proposes no time for the parcel {each}." for each in without}
    return {
        parcel_id: f"For the parcel {parcel_id} the courier comes at other times: {', '.join(map(str, times))}."
        for parcel_id, times in proposed.items()
    }


def chosen_time(times: Sequence[PickupTime], wanted: PickupTime) -> PickupTime | FieldError:
    """The one of the times that is wanted; hours that are not given may be any.

    Today's hours begin at the minute in which Allegro is asked. So the rest of the hours that are wanted is taken, too.
    """
    that_day = [each for each in times if each.day == wanted.day]
    if not that_day:
        return FieldError("date", f"the courier comes at {', '.join(map(str, times))}")
    fitting = [each for each in that_day if wanted.begins in (None, each.begins) and wanted.ends in (None, each.ends)]
    fitting = fitting or [each for each in that_day if _is_rest_of(wanted, each)]
    if len(fitting) == 1:
        return fitting[0]
    return FieldError("min_time", f"on that day the courier comes at {', '.join(map(str, that_day))}")


def _is_rest_of(wanted: PickupTime, found: PickupTime) -> bool:
    if wanted.begins is None or found.begins is None or wanted.ends is None:
        return False
    return found.ends == wanted.ends and wanted.begins < found.begins < wanted.ends
