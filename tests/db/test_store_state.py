"""What is remembered of the one store."""

from datetime import timedelta

from app.db import store_state
from app.db.engine import Database
from app.db.store_state import StoreState
from tests.db.conftest import NOW, race

_LATER = NOW + timedelta(minutes=1)


def test_nothing_is_known_of_a_store_that_was_never_asked(database: Database) -> None:
    with database.reading() as session:
        assert store_state.get(session) == StoreState("", None, None, None, ())
        assert store_state.waiting_hints(session) == 0


def test_only_a_change_of_the_stores_state_is_news(database: Database) -> None:
    outcomes = []
    for problem in ("", "It is silent.", "It is silent.", "It refuses the key.", ""):
        with database.transaction() as session:
            outcomes.append(store_state.note_check(session, problem=problem, now=_LATER))
    assert outcomes == [False, True, False, True, True]
    with database.reading() as session:
        assert store_state.get(session).checked_at == _LATER


def test_what_the_webhooks_say_is_remembered(database: Database) -> None:
    webhooks = [{"id": 1, "topic": "order.updated", "status": "active"}]
    with database.transaction() as session:
        store_state.note_webhooks(session, webhooks)
        store_state.note_ping(session, now=NOW)
        store_state.note_hint(session, topic="product.updated", resource_id=11, now=_LATER)
    with database.reading() as session:
        assert store_state.get(session) == StoreState("", None, _LATER, NOW, tuple(webhooks))
        assert store_state.waiting_hints(session) == 1


def test_old_hints_are_forgotten(database: Database) -> None:
    with database.transaction() as session:
        store_state.note_hint(session, topic="product.updated", resource_id=11, now=NOW)
        store_state.note_hint(session, topic="product.updated", resource_id=12, now=_LATER)
    with database.transaction() as session:
        assert store_state.forget_hints(session, before=_LATER) == 1
        assert store_state.waiting_hints(session) == 1


def test_eight_webhooks_at_once_are_all_kept(database: Database) -> None:
    outcomes = race(
        database, lambda session: store_state.note_hint(session, topic="product.updated", resource_id=11, now=NOW)
    )
    assert outcomes == [None] * 8
    with database.reading() as session:
        assert store_state.waiting_hints(session) == 8
