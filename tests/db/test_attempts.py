"""Attempts to make a store order."""

from datetime import timedelta

import pytest

from app.db import attempts
from app.db.attempts import AttemptUnderWay
from app.db.engine import Database
from app.domain.order_log import Fate
from tests.db.conftest import NOW, add_account, race

_LATER = NOW + timedelta(seconds=3)
_RESOLVED = [fate for fate in Fate if not fate.is_unresolved]


def _begin(database: Database, account_id: int, order_id: str = "order-1") -> int:
    with database.transaction() as session:
        return attempts.begin(session, account_id, order_id, payload_hash="digest", now=NOW)


def _close(database: Database, attempt_id: int, fate: Fate) -> None:
    with database.transaction() as session:
        attempts.close(session, attempt_id, fate, now=_LATER, store_order_id=500, detail="why")


def test_what_became_of_an_attempt_is_remembered(database: Database, account_id: int) -> None:
    attempt_id = _begin(database, account_id)
    with database.reading() as session:
        (before,) = attempts.of_order(session, account_id, "order-1")
    assert (before.fate, before.started_at, before.finished_at, before.payload_hash) == (
        Fate.OPEN,
        NOW,
        None,
        "digest",
    )
    _close(database, attempt_id, Fate.CREATED)
    with database.reading() as session:
        (after,) = attempts.of_order(session, account_id, "order-1")
    assert (after.fate, after.finished_at, after.store_order_id, after.detail) == (Fate.CREATED, _LATER, 500, "why")


@pytest.mark.parametrize("fate", [None, Fate.LOST])
def test_a_second_attempt_is_impossible_while_the_first_is_unresolved(
    database: Database, account_id: int, fate: Fate | None
) -> None:
    attempt_id = _begin(database, account_id)
    if fate:
        _close(database, attempt_id, fate)
    with pytest.raises(AttemptUnderWay, match="order-1 is still unresolved"):
        _begin(database, account_id)
    with database.reading() as session:
        assert len(attempts.of_order(session, account_id, "order-1")) == 1


@pytest.mark.parametrize("fate", _RESOLVED)
def test_another_attempt_may_follow_a_resolved_one(database: Database, account_id: int, fate: Fate) -> None:
    first = _begin(database, account_id)
    _close(database, first, fate)
    second = _begin(database, account_id)
    with database.reading() as session:
        assert [attempt.id for attempt in attempts.of_order(session, account_id, "order-1")] == [first, second]


def test_attempts_of_other_orders_and_accounts_do_not_stand_in_the_way(database: Database, account_id: int) -> None:
    _begin(database, account_id)
    _begin(database, account_id, "order-2")
    _begin(database, add_account(database, "Other"))


def test_of_two_threads_that_attempt_the_same_order_one_does(database: Database, account_id: int) -> None:
    outcomes = race(
        database,
        lambda session: attempts.begin(session, account_id, "order-1", payload_hash="digest", now=NOW),
        runners=2,
    )
    assert {type(outcome) for outcome in outcomes} == {int, AttemptUnderWay}
    with database.reading() as session:
        assert len(attempts.of_order(session, account_id, "order-1")) == 1
