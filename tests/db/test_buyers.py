"""What is remembered of buyers."""

from datetime import timedelta

import pytest

from app.db import buyers
from app.db.engine import Database, Session
from app.domain.accounts import Environment
from app.domain.buyers import KnownBuyer
from tests.db.conftest import NOW, race

_WORLD = Environment.PRODUCTION
_LATER = NOW + timedelta(minutes=5)


def _find(database: Database, world: Environment = _WORLD) -> KnownBuyer | None:
    with database.reading() as session:
        return buyers.find(session, world, "23")


def _begin(session: Session, known: KnownBuyer | None) -> bool:
    return buyers.begin(session, _WORLD, "23", known, now=_LATER)


def test_a_buyer_of_the_sandbox_is_somebody_else(database: Database) -> None:
    with database.transaction() as session:
        buyers.note(session, _WORLD, "23", 5, now=NOW)
        buyers.note(session, Environment.SANDBOX, "23", 6, now=NOW)
        buyers.note(session, _WORLD, "23", 7, now=_LATER)
    assert _find(database) == KnownBuyer(7, _LATER)
    assert _find(database, Environment.SANDBOX) == KnownBuyer(6, NOW)


def test_only_one_may_ask_for_an_account(database: Database) -> None:
    assert sorted(map(str, race(database, lambda session: _begin(session, None)))) == ["False"] * 7 + ["True"]
    assert _find(database) == KnownBuyer(0, _LATER)


@pytest.mark.parametrize("customer_id", [5, 0])
def test_only_one_may_ask_again(database: Database, customer_id: int) -> None:
    with database.transaction() as session:
        buyers.note(session, _WORLD, "23", customer_id, now=NOW)
    known = _find(database)
    outcomes = race(database, lambda session: _begin(session, known))
    assert sorted(map(str, outcomes)) == ["False"] * 7 + ["True"]
    assert _find(database) == KnownBuyer(0, _LATER)


def test_an_attempt_that_failed_leaves_nothing_and_an_account_stays(database: Database) -> None:
    with database.transaction() as session:
        assert buyers.begin(session, _WORLD, "23", None, now=NOW)
        buyers.note(session, _WORLD, "24", 5, now=NOW)
        for buyer_id in ("23", "24"):
            buyers.forget_attempt(session, _WORLD, buyer_id)
        assert buyers.find(session, _WORLD, "23") is None
        assert buyers.find(session, _WORLD, "24") == KnownBuyer(5, NOW)
