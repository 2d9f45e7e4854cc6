"""The order log and its history."""

from datetime import timedelta

import pytest

from app.db import order_log
from app.db.engine import Database
from app.domain.order_log import LogState
from tests.db.conftest import NOW, add_account, race

_LATER = NOW + timedelta(minutes=5)


def _log(database: Database, account_id: int, *order_ids: str) -> None:
    with database.transaction() as session:
        order_log.make_due(session, account_id, order_ids, found_by="sweep", now=NOW)


def test_an_order_is_logged_once_and_keeps_how_it_was_found(database: Database, account_id: int) -> None:
    _log(database, account_id, "order-1")
    with database.transaction() as session:
        order_log.make_due(session, account_id, ["order-1", "order-2"], found_by="journal", now=_LATER)
    with database.reading() as session:
        second, first = order_log.page(session, account_id, before_id=None, limit=10)
    assert (first.order_id, first.found_by, first.first_seen_at, first.due_at) == ("order-1", "sweep", NOW, _LATER)
    assert (second.order_id, second.found_by, second.first_seen_at) == ("order-2", "journal", _LATER)


def test_nothing_to_look_at_logs_nothing(database: Database, account_id: int) -> None:
    _log(database, account_id)
    with database.reading() as session:
        assert order_log.page(session, account_id, before_id=None, limit=10) == []


def test_the_longest_waiting_orders_are_due_first_and_later_ones_not_yet(database: Database, account_id: int) -> None:
    _log(database, account_id, "order-1", "order-2", "order-3")
    with database.transaction() as session:
        order_log.record(session, order_log.get(session, account_id, "order-1"), due_at=_LATER)
        order_log.record(session, order_log.get(session, account_id, "order-3"), due_at=NOW - timedelta(hours=1))
    with database.reading() as session:
        due = order_log.due(session, account_id, now=NOW)
        assert [entry.order_id for entry in due] == ["order-3", "order-2"]
        assert order_log.waiting(session, [account_id], now=NOW) == {account_id: 2}
        assert order_log.waiting(session, [account_id], now=_LATER) == {account_id: 3}


def test_the_thousands_of_a_first_start_or_a_lost_log_come_after_what_the_journal_tells(
    database: Database, account_id: int
) -> None:
    with database.transaction() as session:
        for minutes, found_by in enumerate(("audit", "first_start", "journal", "sweep")):
            at = NOW + timedelta(minutes=minutes)
            order_log.make_due(session, account_id, [found_by], found_by=found_by, now=at)
    with database.reading() as session:
        due = order_log.due(session, account_id, now=_LATER)
    assert [entry.order_id for entry in due] == ["journal", "sweep", "audit", "first_start"]


def test_orders_are_told_by_the_time_of_their_purchase_and_not_before_they_were_read(
    database: Database, account_id: int
) -> None:
    other = add_account(database, "Other")
    _log(database, account_id, "new", "old", "unread", "limit")
    _log(database, other, "theirs")
    with database.transaction() as session:
        for owner, order_id, age in (
            (account_id, "new", 0),
            (account_id, "limit", 5),
            (account_id, "old", 6),
            (other, "theirs", 0),
        ):
            entry = order_log.get(session, owner, order_id)
            order_log.record(session, entry, bought_at=_LATER - timedelta(minutes=age))
    with database.reading() as session:
        assert [entry.order_id for entry in order_log.bought_since(session, account_id, NOW)] == ["limit", "new"]


def test_an_order_with_nothing_left_to_do_is_never_due(database: Database, account_id: int) -> None:
    _log(database, account_id, "order-1")
    with database.transaction() as session:
        order_log.record(session, order_log.get(session, account_id, "order-1"), due_at=None)
    with database.reading() as session:
        assert order_log.due(session, account_id, now=NOW + timedelta(days=999)) == []


def test_another_look_that_was_asked_for_meanwhile_is_kept(database: Database, account_id: int) -> None:
    _log(database, account_id, "order-1")
    with database.reading() as session:
        entry = order_log.get(session, account_id, "order-1")
    with database.transaction() as session:
        order_log.make_due(session, account_id, ["order-1"], found_by="journal", now=_LATER)
    with database.transaction() as session:
        order_log.record(session, entry, due_at=None, state=LogState.IMPORTED, store_order_id=500)
    with database.reading() as session:
        entry = order_log.by_id(session, entry.id)
    assert (entry.state, entry.store_order_id, entry.due_at) == (LogState.IMPORTED, 500, _LATER)


def test_an_order_that_is_looked_at_again_because_of_settings_was_skipped(database: Database, account_id: int) -> None:
    _log(database, account_id, "order-1", "order-2")
    with database.transaction() as session:
        order_log.record(session, order_log.get(session, account_id, "order-1"), due_at=None, state=LogState.SKIPPED)
        order_log.record(session, order_log.get(session, account_id, "order-2"), due_at=None, state=LogState.IMPORTED)
    with database.transaction() as session:
        order_log.make_skipped_due(session, account_id, now=_LATER)
    with database.reading() as session:
        assert [entry.order_id for entry in order_log.due(session, account_id, now=_LATER)] == ["order-1"]


def test_what_a_sweep_compares_is_told_for_the_logged_orders_alone(database: Database, account_id: int) -> None:
    _log(database, account_id, "order-1")
    with database.transaction() as session:
        entry = order_log.get(session, account_id, "order-1")
        order_log.record(session, entry, status="ready", revision="r1", state=LogState.IMPORTED)
    with database.reading() as session:
        versions = order_log.versions(session, account_id, ["order-1", "order-2"])
    assert versions == {"order-1": (LogState.IMPORTED, "ready", "r1")}


def test_the_log_is_read_page_by_page_and_by_state(database: Database, account_id: int) -> None:
    _log(database, account_id, "order-1", "order-2", "order-3")
    with database.transaction() as session:
        order_log.record(session, order_log.get(session, account_id, "order-2"), state=LogState.FAILED)
    with database.reading() as session:
        newest = order_log.page(session, account_id, before_id=None, limit=2)
        rest = order_log.page(session, account_id, before_id=newest[-1].id, limit=2)
        failed = order_log.page(session, account_id, before_id=None, limit=9, state=LogState.FAILED)
        assert order_log.counts(session) == {(account_id, "seen", "sweep"): 2, (account_id, "failed", "sweep"): 1}
    assert [entry.order_id for entry in [*newest, *rest]] == ["order-3", "order-2", "order-1"]
    assert [entry.order_id for entry in failed] == ["order-2"]


def test_an_order_of_another_account_is_not_found(database: Database, account_id: int) -> None:
    _log(database, add_account(database, "Other"), "order-1")
    with database.reading() as session:
        assert order_log.find(session, account_id, "order-1") is None
        with pytest.raises(order_log.OrderNotLogged, match="no order order-1"):
            order_log.get(session, account_id, "order-1")


def test_the_history_of_an_order_is_told_in_the_order_in_which_it_happened(database: Database, account_id: int) -> None:
    with database.transaction() as session:
        for what, confirmed in (("made", True), ("marked", False)):
            order_log.remember(
                session, account_id, "order-1", what=what, why="It is paid.", confirmed=confirmed, now=NOW
            )
        order_log.remember(session, account_id, "order-2", what="made", why="", confirmed=True, now=NOW)
    with database.reading() as session:
        assert order_log.history(session, account_id, "order-1") == [
            order_log.HistoryItem(NOW, "made", "It is paid.", confirmed=True),
            order_log.HistoryItem(NOW, "marked", "It is paid.", confirmed=False),
        ]


def test_what_a_person_asks_for_is_looked_at_now_and_logged_where_it_is_new(
    database: Database, account_id: int
) -> None:
    _log(database, account_id, "order-1", "order-3")
    with database.transaction() as session:
        order_log.ask_for(session, account_id, ["order-1", "order-2"], now=_LATER)
    with database.reading() as session:
        entries = order_log.of_orders(session, account_id, ["order-1", "order-2", "order-3", "order-4"])
    assert {entry.order_id: (entry.found_by, entry.due_at, entry.asked_at) for entry in entries.values()} == {
        "order-1": ("sweep", _LATER, _LATER),
        "order-2": ("reimport", _LATER, _LATER),
        "order-3": ("sweep", NOW, None),
    }


def test_the_orders_of_a_period_are_those_bought_from_its_beginning_until_before_its_end(
    database: Database, account_id: int
) -> None:
    _log(database, account_id, "order-1", "order-2", "order-3", "order-4")
    with database.transaction() as session:
        for number, bought_at in ((1, NOW - timedelta(seconds=1)), (2, NOW), (3, _LATER)):
            order_log.record(session, order_log.get(session, account_id, f"order-{number}"), bought_at=bought_at)
    with database.reading() as session:
        found = order_log.bought_between(session, account_id, NOW, _LATER)
    assert [entry.order_id for entry in found] == ["order-2"]


def test_many_ids_are_given_to_the_database_in_portions() -> None:
    ids = [str(number) for number in range(1100)]
    portions = list(order_log.in_chunks(ids))
    assert [len(portion) for portion in portions] == [500, 500, 100]
    assert [each for portion in portions for each in portion] == ids


def test_eight_that_hear_of_an_order_at_once_log_it_once(database: Database, account_id: int) -> None:
    outcomes = race(
        database,
        lambda session: order_log.make_due(session, account_id, ["order-1", "order-2"], found_by="journal", now=NOW),
    )
    assert outcomes == [None] * 8
    with database.reading() as session:
        assert len(order_log.page(session, account_id, before_id=None, limit=10)) == 2
