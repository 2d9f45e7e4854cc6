"""The courier of Ship with Allegro: when it can come for parcels, and having it come."""

from datetime import date, time
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, Field, PlainValidator, WithJsonSchema

from app.api.deps import MAX_ID, AccountId, ServicesDep
from app.api.fields import Page, RequestBody, UtcTime
from app.api.made_parcels import ParcelError
from app.domain.pickups import PickupState, PickupTime, clock
from app.sync.shipping.pickup_desk import PickupSeen

router = APIRouter(tags=["shipping: Ship with Allegro"])

_MOST_PARCELS = 100
PickupId = Annotated[int, Path(ge=1, le=MAX_ID)]


def _ascending(ids: list[int]) -> list[int]:
    return sorted(set(ids))


ParcelIds = Annotated[
    list[Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]],
    Field(min_length=1, max_length=_MOST_PARCELS),
    AfterValidator(_ascending),
]


def _day(value: object) -> date:
    try:
        # Python reads weeks and clocks of other places as well.
        if isinstance(value, str) and (day := date.fromisoformat(value)).isoformat() == value:
            return day
    except ValueError:
        pass
    raise ValueError("must be a day: 2026-11-01")


def _hour(value: object) -> time:
    try:
        if isinstance(value, str) and clock(hour := time.fromisoformat(value)) == value:
            return hour
    except ValueError:
        pass
    raise ValueError("must be an hour and a minute: 08:00")


Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Hour = Annotated[
    time, PlainValidator(_hour), WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
]


class AskForTimes(RequestBody):
    """`ready_date`: the day on which the parcels are ready, at once where it is not given."""

    parcel_ids: ParcelIds
    ready_date: Day | None = None


class NewPickup(AskForTimes):
    """`date` with `min_time` and `max_time` is one of the times proposed for the same `ready_date`. The hours are only
    needed where the courier comes several times that day."""

    date: Day
    min_time: Hour | None = None
    max_time: Hour | None = None


# Beside a field that is called `date`, the type needs another name.
_Date = date


class PickupTimeAnswer(BaseModel):
    """By the clock of the place. Without hours the courier comes some time that day. `proposal_id` is Allegro's."""

    date: _Date
    min_time: str | None
    max_time: str | None
    proposal_id: str | None


class ParcelProblem(BaseModel):
    parcel_id: int
    message: str


class PickupTimes(BaseModel):
    """`times` are those at which the courier can come for all of the parcels. `problems` are what each parcel lacks
    where there is none."""

    times: list[PickupTimeAnswer]
    problems: list[ParcelProblem]


class PickupAnswer(BaseModel):
    """`state`: `ordering` (Allegro is at work on it) goes on by itself; `ordered`, `failed`. `carrier_pickup_id` is the
    carrier's own number. `errors` are why nobody comes; `note` is why Allegro could not be asked just now."""

    id: int
    state: PickupState
    carrier_pickup_id: str | None
    parcel_ids: list[int]
    date: _Date
    min_time: str | None
    max_time: str | None
    errors: list[ParcelError]
    note: str | None
    created_at: UtcTime


@router.post("/accounts/{account_id}/pickup-proposals")
def propose_pickup(account_id: AccountId, services: ServicesDep, body: AskForTimes) -> PickupTimes:
    offer = services.pickup_desk.times(account_id, body.parcel_ids, body.ready_date)
    return PickupTimes(
        times=[_time(each) for each in offer.times],
        problems=[ParcelProblem(parcel_id=each, message=why) for each, why in offer.missing.items()],
    )


@router.post("/accounts/{account_id}/pickups", status_code=202, response_model=PickupAnswer)
def order_pickup(account_id: AccountId, services: ServicesDep, body: NewPickup) -> JSONResponse:
    """A courier that is ordered cannot be taken back here."""
    wanted = PickupTime(body.date, body.min_time, body.max_time)
    seen = services.pickup_desk.order(account_id, body.parcel_ids, wanted, body.ready_date)
    return JSONResponse(_answer(seen).model_dump(mode="json"), status_code=202)


@router.get("/accounts/{account_id}/pickups")
def list_pickups(account_id: AccountId, services: ServicesDep) -> Page[PickupAnswer]:
    """Those of the last 30 days, newest first. Those that Allegro is at work on are asked about first."""
    return Page(items=[_answer(each) for each in services.pickup_desk.look(account_id)], next_cursor=None)


@router.get("/accounts/{account_id}/pickups/{pickup_id}")
def get_pickup(account_id: AccountId, pickup_id: PickupId, services: ServicesDep) -> PickupAnswer:
    return _answer(services.pickup_desk.one(account_id, pickup_id))


def _time(found: PickupTime) -> PickupTimeAnswer:
    return PickupTimeAnswer(
        date=found.day,
        min_time=clock(found.begins) or None,
        max_time=clock(found.ends) or None,
        proposal_id=found.proposal_id or None,
    )


def _answer(seen: PickupSeen) -> PickupAnswer:
    pickup = seen.pickup
    return PickupAnswer(
        id=pickup.id,
        state=pickup.state,
        carrier_pickup_id=pickup.carrier_number or None,
        parcel_ids=list(pickup.parcel_ids),
        date=pickup.time.day,
        min_time=clock(pickup.time.begins) or None,
        max_time=clock(pickup.time.ends) or None,
        errors=[ParcelError(field=error.field, message=error.message) for error in pickup.errors],
        note=seen.note or None,
        created_at=pickup.created_at,
    )
