"""The inbox of journal events and its mark."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import journal, order_log
from app.db.engine import Database
from app.domain.order_log import LogState
from app.domain.orders import OrderEvent
from tests.db.conftest import NOW, add_account

_LONG_AGO = NOW - timedelta(days=400)
_LATER = NOW + timedelta(minutes=5)
_PAID = OrderEvent("e1", "order-1", "READY_FOR_PROCESSING", NOW, "r1")
_BOUGHT = OrderEvent("e2", "order-2", "BOUGHT", NOW)


@pytest.fixture
def begun(database: Database, account_id: int) -> int:
    """The id of an account whose journal is being read."""
    with database.transaction() as session:
        journal.begin(session, account_id, position="e0", sweep_from=NOW - timedelta(days=9), now=NOW)
    return account_id


def _receive(database: Database, account_id: int, *events: OrderEvent, position: str = "e2") -> int:
    with database.transaction() as session:
        return len(journal.receive(session, account_id, events, position=position, now=_LATER))


def _position(database: Database, account_id: int) -> str:
    with database.reading() as session:
        mark = journal.get(session, account_id)
    assert mark is not None
    return mark.position


def test_a_journal_that_was_never_read_has_no_mark(database: Database, account_id: int) -> None:
    with database.reading() as session:
        assert journal.get(session, account_id) is None


def test_new_events_have_their_orders_looked_at_and_move_the_mark(database: Database, begun: int) -> None:
    assert _receive(database, begun, _PAID, _BOUGHT) == 2
    assert _position(database, begun) == "e2"
    with database.reading() as session:
        entries = order_log.due(session, begun, now=_LATER)
        assert journal.waiting(session, [begun]) == {begun: 2}
    assert [(entry.order_id, entry.state, entry.found_by) for entry in entries] == [
        ("order-1", LogState.SEEN, "journal"),
        ("order-2", LogState.SEEN, "journal"),
    ]


def test_an_event_that_is_told_again_is_stored_once_and_asks_for_nothing(database: Database, begun: int) -> None:
    _receive(database, begun, _PAID)
    with database.transaction() as session:
        entry = order_log.get(session, begun, "order-1")
        order_log.record(session, entry, due_at=None)
    assert _receive(database, begun, _PAID) == 0
    with database.reading() as session:
        assert order_log.get(session, begun, "order-1").due_at is None
        assert journal.waiting(session, [begun]) == {begun: 1}


def test_an_event_that_comes_twice_in_one_answer_is_stored_once(database: Database, begun: int) -> None:
    assert _receive(database, begun, _PAID, _PAID) == 1


def test_another_event_of_a_known_order_has_it_looked_at_again(database: Database, begun: int) -> None:
    _receive(database, begun, _PAID)
    with database.transaction() as session:
        order_log.record(session, order_log.get(session, begun, "order-1"), due_at=None, state=LogState.IMPORTED)
    assert _receive(database, begun, replace(_PAID, id="e3", type="BUYER_CANCELLED")) == 1
    with database.reading() as session:
        entry = order_log.get(session, begun, "order-1")
    assert (entry.state, entry.due_at) == (LogState.IMPORTED, _LATER)


def test_the_same_event_id_in_two_accounts_is_two_events(database: Database, begun: int) -> None:
    other = add_account(database, "Other")
    with database.transaction() as session:
        journal.begin(session, other, position="", sweep_from=NOW, now=NOW)
    assert _receive(database, begun, _PAID) == 1
    assert _receive(database, other, _PAID) == 1


def test_the_mark_moves_also_when_nothing_is_new(database: Database, begun: int) -> None:
    assert _receive(database, begun, position="e9") == 0
    assert _position(database, begun) == "e9"


def test_events_and_mark_are_stored_together_or_not_at_all(database: Database, begun: int) -> None:
    def receive_and_crash() -> None:
        with database.transaction() as session:
            journal.receive(session, begun, [_PAID], position="e1", now=_LATER)
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        receive_and_crash()
    assert _position(database, begun) == "e0"
    with database.reading() as session:
        assert journal.waiting(session, [begun]) == {}
        assert order_log.find(session, begun, "order-1") is None


def test_only_the_events_that_were_there_are_worked_off(database: Database, begun: int) -> None:
    _receive(database, begun, _PAID)
    with database.reading() as session:
        newest = journal.newest_event_id(session, begun, "order-1")
        assert journal.newest_event_id(session, begun, "order-2") == 0
    _receive(database, begun, replace(_PAID, id="e3"), _BOUGHT)
    with database.transaction() as session:
        journal.mark_handled(session, begun, "order-1", up_to=newest, now=_LATER)
        assert journal.waiting(session, [begun]) == {begun: 2}


def test_old_events_are_forgotten_once_they_are_worked_off(database: Database, begun: int) -> None:
    _receive(database, begun, _PAID, _BOUGHT)
    with database.transaction() as session:
        newest = journal.newest_event_id(session, begun, "order-1")
        journal.mark_handled(session, begun, "order-1", up_to=newest, now=_LATER)
        assert journal.forget(session, before=_LATER) == 0
        assert journal.forget(session, before=_LATER + timedelta(seconds=1)) == 1
        assert journal.waiting(session, [begun]) == {begun: 1}


def test_the_sweeps_mark_moves_forward_only(database: Database, begun: int) -> None:
    with database.transaction() as session:
        journal.note_sweep(session, begun, until=NOW, began_at=_LONG_AGO, now=_LATER, complete=False)
        journal.note_sweep(session, begun, until=NOW - timedelta(days=1), began_at=_LONG_AGO, now=_LATER, complete=True)
        journal.note_sweep(session, begun, until=None, began_at=_LONG_AGO, now=_LATER, complete=False)
        journal.note_audit(session, begun, now=_LATER)
    with database.reading() as session:
        mark = journal.get(session, begun)
    assert mark is not None
    assert (mark.swept_until, mark.swept_at, mark.audited_at) == (NOW, _LATER, _LATER)


def test_a_sweep_that_is_under_way_does_not_undo_that_the_mark_was_set_back(database: Database, begun: int) -> None:
    far_back = NOW - timedelta(days=60)
    with database.transaction() as session:
        began_at = NOW - timedelta(days=1)
        journal.note_sweep(session, begun, until=began_at, began_at=_LONG_AGO, now=NOW, complete=True)
        journal.restart_sweep(session, begun, sweep_from=far_back)
        journal.note_sweep(session, begun, until=_LATER, began_at=began_at, now=_LATER, complete=False)
    with database.reading() as session:
        mark = journal.get(session, begun)
    assert mark is not None
    assert mark.swept_until == far_back


def test_a_sweep_can_be_sent_back_but_not_ahead(database: Database, begun: int) -> None:
    far_back = NOW - timedelta(days=30)
    with database.transaction() as session:
        journal.note_sweep(session, begun, until=NOW, began_at=_LONG_AGO, now=NOW, complete=True)
        journal.restart_sweep(session, begun, sweep_from=_LATER)
    with database.transaction() as session:
        mark = journal.get(session, begun)
        assert mark is not None
        assert (mark.swept_until, mark.swept_at) == (NOW, NOW)
        journal.restart_sweep(session, begun, sweep_from=far_back)
    with database.reading() as session:
        mark = journal.get(session, begun)
    assert mark is not None
    assert (mark.swept_until, mark.swept_at) == (far_back, None)


def test_beginning_anew_forgets_the_old_marks_and_leaves_the_audit_to_the_night(database: Database, begun: int) -> None:
    with database.transaction() as session:
        journal.note_sweep(session, begun, until=NOW, began_at=_LONG_AGO, now=NOW, complete=True)
        journal.note_audit(session, begun, now=NOW)
        journal.begin(session, begun, position="e7", sweep_from=NOW, now=_LATER)
    with database.reading() as session:
        assert journal.get(session, begun) == journal.Journal("e7", _LATER, NOW, None, _LATER)
