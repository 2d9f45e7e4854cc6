"""Transactions, times, and a database that does not answer."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.exc import StatementError

from app.db import journal, store_state
from app.db.engine import Database, DatabaseUnavailable
from tests.db.conftest import NOW


def test_a_step_that_fails_leaves_nothing_behind(database: Database) -> None:
    def step() -> None:
        with database.transaction() as session:
            store_state.note_ping(session, now=NOW)
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        step()
    with database.reading() as session:
        assert store_state.get(session).last_ping_at is None


def test_a_naive_time_is_refused(database: Database) -> None:
    def step() -> None:
        with database.transaction() as session:
            store_state.note_ping(session, now=datetime(2026, 11, 24, 12, 0))  # noqa: DTZ001

    with pytest.raises(StatementError, match="a naive time cannot be stored"):
        step()


def test_a_time_of_another_zone_comes_back_as_the_same_instant_in_utc(database: Database, account_id: int) -> None:
    there = NOW.astimezone(timezone(timedelta(hours=-7, minutes=-30)))
    with database.transaction() as session:
        journal.begin(session, account_id, position="", sweep_from=there, now=there)
    with database.reading() as session:
        mark = journal.get(session, account_id)
    assert mark is not None
    assert mark.read_at == NOW
    assert mark.read_at.tzinfo is UTC
    assert mark.read_at.isoformat() == "2026-11-24T12:00:00.123456+00:00"


def test_reading_goes_on_while_somebody_writes(database: Database) -> None:
    with database.transaction() as session:
        store_state.note_ping(session, now=NOW)
        session.flush()
        with database.reading() as reader:
            assert store_state.get(reader).last_ping_at is None


def test_writers_wait_for_each_other(database: Database) -> None:
    with database.transaction() as session:
        store_state.note_ping(session, now=NOW)

    def write(problem: str) -> None:
        with database.transaction() as session:
            store_state.note_check(session, problem=problem, now=NOW)

    writers = [threading.Thread(target=write, args=(f"problem {number}",)) for number in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with database.reading() as session:
        assert store_state.get(session).problem.startswith("problem ")


def test_a_database_that_answers_can_be_pinged(database: Database) -> None:
    database.ping()


def test_a_database_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path) -> None:
    nowhere = Database(f"sqlite:///{tmp_path / 'missing' / 'bridge.db'}")
    with pytest.raises(DatabaseUnavailable, match="The database does not answer"):
        nowhere.ping()
    nowhere.close()
