"""One holder of a piece of work at a time."""

from datetime import datetime, timedelta

from app.db import leases
from app.db.engine import Database
from tests.db.conftest import NOW, race

_LATER = NOW + timedelta(seconds=30)


def _acquire(database: Database, *, now: datetime = NOW, name: str = "orders", account_id: int = 1) -> int | None:
    with database.transaction() as session:
        return leases.acquire(session, name, account_id, now=now, until=now + timedelta(seconds=30))


def _extend(database: Database, token: int, *, until: datetime) -> bool:
    with database.transaction() as session:
        return leases.extend(session, "orders", 1, token, until=until)


def test_a_lease_has_one_holder(database: Database) -> None:
    assert _acquire(database) == 1
    assert _acquire(database) is None
    assert _acquire(database, now=_LATER - timedelta(microseconds=1)) is None


def test_each_job_of_each_account_has_its_own_lease(database: Database) -> None:
    assert _acquire(database) == 1
    assert _acquire(database, name="webhooks") == 1
    assert _acquire(database, account_id=2) == 1


def test_an_expired_lease_goes_to_the_next_holder_who_fences_off_the_old_one(database: Database) -> None:
    old = _acquire(database)
    new = _acquire(database, now=_LATER)
    assert (old, new) == (1, 2)
    assert not _extend(database, 1, until=_LATER + timedelta(hours=1))
    assert _extend(database, 2, until=_LATER + timedelta(hours=1))
    assert _acquire(database, now=_LATER + timedelta(minutes=30)) is None


def test_a_holder_whose_time_is_up_keeps_the_lease_if_nobody_took_it(database: Database) -> None:
    assert _acquire(database) == 1
    assert _extend(database, 1, until=_LATER + timedelta(seconds=30))
    assert _acquire(database, now=_LATER) is None


def test_a_released_lease_can_be_taken_at_once(database: Database) -> None:
    assert _acquire(database) == 1
    with database.transaction() as session:
        leases.release(session, "orders", 1, 1, now=NOW)
    assert _acquire(database) == 2


def test_releasing_a_lease_that_was_lost_takes_it_from_nobody(database: Database) -> None:
    assert _acquire(database) == 1
    assert _acquire(database, now=_LATER) == 2
    with database.transaction() as session:
        leases.release(session, "orders", 1, 1, now=_LATER)
    assert _acquire(database, now=_LATER) is None


def test_it_is_told_until_when_a_lease_holds(database: Database) -> None:
    with database.reading() as session:
        assert leases.running_until(session, "orders", 1) is None
    _acquire(database)
    with database.reading() as session:
        assert leases.running_until(session, "orders", 1) == _LATER


def test_of_eight_that_race_for_a_lease_one_gets_it(database: Database) -> None:
    tokens = race(database, lambda session: leases.acquire(session, "orders", 1, now=NOW, until=_LATER))
    assert sorted(tokens, key=str) == [1, *[None] * 7]
