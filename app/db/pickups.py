"""Pickups of parcels of Ship with Allegro, and what became of them.

A pickup is alive until its day is over, unless it has failed: what Allegro has ordered cannot be taken back.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.db.pickup_models import PickupParcelRow, PickupRow
from app.domain.new_offers import FieldError
from app.domain.pickups import Pickup, PickupState, PickupTime
from app.errors import BridgeError


class PickupNotFound(BridgeError):
    """The account has no pickup with this id."""


def add(session: Session, pickup: Pickup) -> Pickup:
    """Store a new one and return it with its id. Whoever calls it holds the parcels (`made_parcels.hold`) and has
    looked for a living one."""
    row = PickupRow(**_values(pickup))
    session.add(row)
    session.flush()
    session.add_all(PickupParcelRow(pickup_id=row.id, parcel_id=each) for each in pickup.parcel_ids)
    session.flush()
    return _pickup(row, pickup.parcel_ids)


def replace_with(session: Session, before: Pickup, after: Pickup) -> bool:
    """Store what became of it, unless it is no longer as it was. Whether it was stored."""
    row = session.get(PickupRow, before.id, with_for_update=True)
    if row is None or _pickup(row, before.parcel_ids) != before:
        return False
    for name, value in _values(after).items():
        setattr(row, name, value)
    return True


def get(session: Session, account_id: int, pickup_id: int) -> Pickup:
    """Raises `PickupNotFound`."""
    found = _found(session, PickupRow.account_id == account_id, PickupRow.id == pickup_id)
    if not found:
        raise PickupNotFound(f"There is no pickup {pickup_id} in this account.")
    return found[0]


def since(session: Session, account_id: int, moment: datetime) -> list[Pickup]:
    """Those asked for since then, newest first."""
    return _found(session, PickupRow.account_id == account_id, PickupRow.created_at >= moment)


def living(session: Session, parcel_ids: Collection[int], today: date) -> dict[int, Pickup]:
    """The living pickup of each parcel that has one."""
    alive = (PickupRow.state != PickupState.FAILED, PickupRow.day >= today)
    of_parcels = select(PickupParcelRow.pickup_id).where(PickupParcelRow.parcel_id.in_(parcel_ids))
    wanted = set(parcel_ids)
    return {
        parcel_id: pickup
        for pickup in _found(session, *alive, PickupRow.id.in_(of_parcels))
        for parcel_id in pickup.parcel_ids
        if parcel_id in wanted
    }


def being_ordered(session: Session, account_id: int, today: date) -> list[Pickup]:
    """The living ones that Allegro is at work on."""
    return _found(session, *_being_ordered(account_id, today))


def is_any_being_ordered(session: Session, account_id: int, today: date) -> bool:
    statement = select(PickupRow.id).where(*_being_ordered(account_id, today)).limit(1)
    return session.execute(statement).first() is not None


def _being_ordered(account_id: int, today: date) -> tuple[ColumnElement[bool], ...]:
    return (PickupRow.account_id == account_id, PickupRow.state == PickupState.ORDERING, PickupRow.day >= today)


def _found(session: Session, *conditions: ColumnElement[bool]) -> list[Pickup]:
    """Newest first."""
    statement = (
        select(PickupRow, PickupParcelRow.parcel_id)
        .join(PickupParcelRow, PickupParcelRow.pickup_id == PickupRow.id)
        .where(*conditions)
        .order_by(PickupRow.id.desc(), PickupParcelRow.parcel_id)
    )
    # In one statement: of two, the second may see pickups that the first has not.
    parcels: dict[PickupRow, list[int]] = {}
    for row, parcel_id in session.execute(statement):
        parcels.setdefault(row, []).append(parcel_id)
    return [_pickup(row, parcel_ids) for row, parcel_ids in parcels.items()]


def _values(pickup: Pickup) -> dict[str, Any]:
    return {
        "account_id": pickup.account_id,
        "command_id": pickup.command_id,
        "day": pickup.time.day,
        "begins": pickup.time.begins,
        "ends": pickup.time.ends,
        "proposal_id": pickup.time.proposal_id,
        "state": pickup.state,
        "allegro_id": pickup.allegro_id,
        "carrier_number": pickup.carrier_number,
        "errors": [[error.field, error.message] for error in pickup.errors],
        "created_at": pickup.created_at,
    }


def _pickup(row: PickupRow, parcel_ids: Iterable[int]) -> Pickup:
    return Pickup(
        id=row.id,
        account_id=row.account_id,
        command_id=row.command_id,
        parcel_ids=tuple(parcel_ids),
        time=PickupTime(row.day, row.begins, row.ends, row.proposal_id),
        created_at=row.created_at,
        state=PickupState(row.state),
        allegro_id=row.allegro_id,
        carrier_number=row.carrier_number,
        errors=tuple(FieldError(field, message) for field, message in row.errors),
    )
