"""What is remembered of the one store."""

from dataclasses import replace
from datetime import timedelta

from app.db import store_state
from app.db.engine import Database
from app.db.store_state import StoreState
from app.domain.webhooks import Hint
from tests.db.conftest import NOW, race

_LATER = NOW + timedelta(minutes=1)
_HINT = Hint("product.updated", 11, NOW)


def test_nothing_is_known_of_a_store_that_was_never_asked(database: Database) -> None:
    with database.reading() as session:
        assert store_state.get(session) == StoreState()
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
        store_state.note_webhooks(session, webhooks, signed_with="a-fingerprint")
        store_state.note_ping(session, now=NOW)
        store_state.note_hints(session, [Hint("order.updated", 12, _LATER, 7), _HINT])
        store_state.note_hints(session, [Hint("order.updated", 12, NOW, 9)])
    with database.reading() as session:
        assert store_state.get(session) == StoreState(
            last_webhook_at=_LATER,
            last_ping_at=NOW,
            lag_seconds=7,
            webhooks=tuple(webhooks),
            webhooks_signed_with="a-fingerprint",
        )
        assert store_state.waiting_hints(session) == 3


def test_old_hints_are_forgotten(database: Database) -> None:
    with database.transaction() as session:
        store_state.note_hints(session, [_HINT, replace(_HINT, resource_id=12, received_at=_LATER)])
    with database.transaction() as session:
        assert store_state.forget_hints(session, before=_LATER) == 1
        assert store_state.waiting_hints(session) == 1


def test_eight_webhooks_at_once_are_all_kept(database: Database) -> None:
    outcomes = race(database, lambda session: store_state.note_hints(session, [_HINT]))
    assert outcomes == [None] * 8
    with database.reading() as session:
        assert store_state.waiting_hints(session) == 8


def test_a_hint_is_taken_by_one_of_those_who_take_at_once(database: Database) -> None:
    with database.transaction() as session:
        store_state.note_hints(session, [replace(_HINT, resource_id=number) for number in range(1200)])
    taken = [hints for hints in race(database, store_state.take_hints, runners=3) if isinstance(hints, list)]
    assert sorted(hint.resource_id for hints in taken for hint in hints) == list(range(1200))
    with database.reading() as session:
        assert store_state.waiting_hints(session) == 0
