"""Pickups in the database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.db import made_parcels, pickups
from app.db.engine import Database, Session
from app.db.pickups import PickupNotFound
from app.domain.new_offers import FieldError
from app.domain.pickups import Pickup, PickupState, PickupTime
from tests.db.conftest import NOW, add_account, race
from tests.domain.samples import made_parcel, pickup

TODAY = NOW.date()


@pytest.fixture
def parcel_ids(database: Database, account_id: int) -> tuple[int, int]:
    with database.transaction() as session:
        added = [made_parcels.add(session, made_parcel(account_id, number=number)) for number in (1, 2)]
    first, second = [parcel.id for parcel in added if parcel is not None]
    return first, second


def added(database: Database, account_id: int, *parcel_ids: int, **values: Any) -> Pickup:
    time = PickupTime(TODAY)
    given = {"parcel_ids": parcel_ids, "time": time, "created_at": NOW, **values}
    with database.transaction() as session:
        return pickups.add(session, pickup(account_id, **given))


def test_a_pickup_is_kept_as_it_is_and_changed_only_as_it_was_read(
    database: Database, account_id: int, parcel_ids: tuple[int, int]
) -> None:
    given = pickup(account_id, parcel_ids=parcel_ids, created_at=NOW)
    asked = added(database, account_id, *parcel_ids, time=given.time)
    assert replace(asked, id=0) == given
    done = replace(
        asked,
        state=PickupState.ORDERED,
        allegro_id="a1",
        carrier_number="P1",
        errors=(FieldError("x", "Nie."),),
    )
    other = add_account(database, "Other")
    with database.transaction() as session:
        assert pickups.replace_with(session, asked, done)
        assert not pickups.replace_with(session, asked, replace(asked, state=PickupState.FAILED))
    with database.reading() as session:
        assert pickups.get(session, account_id, asked.id) == done
        for account, pickup_id in ((other, asked.id), (account_id, asked.id + 1)):
            with pytest.raises(PickupNotFound):
                pickups.get(session, account, pickup_id)


def test_a_pickup_lives_until_its_day_is_over_unless_it_failed(
    database: Database, account_id: int, parcel_ids: tuple[int, int]
) -> None:
    first, second = parcel_ids
    tomorrow = TODAY + timedelta(days=1)
    failed = added(database, account_id, first, state=PickupState.FAILED)
    both = added(database, account_id, first, second)
    with database.reading() as session:
        assert pickups.living(session, [first], TODAY) == {first: both}
        assert pickups.living(session, parcel_ids, TODAY) == {first: both, second: both}
        assert pickups.living(session, parcel_ids, tomorrow) == {}
        assert pickups.being_ordered(session, account_id, TODAY) == [both]
        assert pickups.is_any_being_ordered(session, account_id, TODAY)
        assert not pickups.is_any_being_ordered(session, account_id, tomorrow)
        assert pickups.since(session, account_id, NOW) == [both, failed]
        assert pickups.since(session, account_id, NOW + timedelta(seconds=1)) == []
    with database.transaction() as session:
        pickups.replace_with(session, both, replace(both, state=PickupState.ORDERED))
        assert not pickups.is_any_being_ordered(session, account_id, TODAY)
        assert pickups.living(session, [second], TODAY).keys() == {second}


def test_a_pickup_that_is_asked_for_while_the_others_are_read_disturbs_nobody(
    database: Database, account_id: int, parcel_ids: tuple[int, int]
) -> None:
    first = added(database, account_id, *parcel_ids)
    with database.reading() as session:
        connection = session.connection()

        @event.listens_for(connection, "after_cursor_execute")
        def ask_for_another(*_what: object) -> None:
            added(database, account_id, *parcel_ids)

        assert pickups.since(session, account_id, NOW) == [first]


def test_whoever_holds_the_parcels_sees_what_was_ordered_before(
    database: Database, account_id: int, parcel_ids: tuple[int, int]
) -> None:
    def order(session: Session) -> bool:
        made_parcels.hold(session, account_id, parcel_ids)
        if pickups.living(session, parcel_ids, TODAY):
            return False
        wanted = pickup(account_id, parcel_ids=parcel_ids, time=PickupTime(TODAY))
        return pickups.add(session, wanted).id > 0

    assert sorted(map(str, race(database, order, runners=4))) == ["False", "False", "False", "True"]
