"""The ledger of pieces bought at Allegro."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import reservations
from app.db.engine import Database
from app.domain.reservations import Reservation, ReservationState
from tests.db.conftest import NOW, add_account

_LINE = Reservation("line-1", "order-1", "7001", 2, ReservationState.OPEN)


def _settle(database: Database, account_id: int, *wanted: Reservation) -> set[str]:
    with database.transaction() as session:
        return reservations.settle(session, account_id, wanted, now=NOW + timedelta(minutes=1))


def _reserved(database: Database) -> dict[tuple[int, str], int]:
    with database.reading() as session:
        pieces = Counter[tuple[int, str]]()
        for account_id, line in reservations.open_lines(session):
            pieces[account_id, line.offer_id] += line.quantity
        return dict(pieces)


def test_a_line_counts_once_however_often_it_is_told_of(database: Database, account_id: int) -> None:
    for _ in range(3):
        assert _settle(database, account_id, _LINE) == set()
    assert _reserved(database) == {(account_id, "7001"): 2}


def test_two_lines_of_one_offer_count_both_and_another_account_counts_for_itself(
    database: Database, account_id: int
) -> None:
    other = add_account(database, "Other")
    _settle(database, account_id, _LINE, replace(_LINE, line_id="line-2", quantity=3))
    _settle(database, other, _LINE)
    assert _reserved(database) == {(account_id, "7001"): 5, (other, "7001"): 2}


@pytest.mark.parametrize("state", [ReservationState.IN_STORE, ReservationState.RELEASED])
def test_a_line_that_is_in_the_store_or_released_counts_no_more(
    database: Database, account_id: int, state: ReservationState
) -> None:
    _settle(database, account_id, _LINE)
    _settle(database, account_id, replace(_LINE, state=state))
    assert _reserved(database) == {}
    _settle(database, account_id, _LINE)
    assert _reserved(database) == {(account_id, "7001"): 2}


def test_a_line_that_moves_to_another_order_is_moved_and_the_former_order_is_named(
    database: Database, account_id: int
) -> None:
    _settle(database, account_id, _LINE)
    assert _settle(database, account_id, replace(_LINE, order_id="order-2")) == {"order-1"}
    assert _reserved(database) == {(account_id, "7001"): 2}
    with database.reading() as session:
        assert reservations.of_order(session, account_id, "order-1") == []
        [moved] = reservations.of_order(session, account_id, "order-2")
        assert reservations.of_lines(session, account_id, ["line-1", "line-9"]) == {"line-1": moved}


def test_an_order_that_is_over_holds_nothing(database: Database, account_id: int) -> None:
    _settle(database, account_id, _LINE, replace(_LINE, line_id="line-2", order_id="order-2"))
    with database.transaction() as session:
        reservations.release(session, account_id, "order-1", now=NOW)
    assert _reserved(database) == {(account_id, "7001"): 2}
    with database.reading() as session:
        [line] = reservations.of_order(session, account_id, "order-1")
    assert line.state is ReservationState.RELEASED


def test_what_became_of_pieces_is_told_by_offer_from_when_it_was_noticed(database: Database, account_id: int) -> None:
    at = NOW + timedelta(minutes=1)
    _settle(database, account_id, _LINE, replace(_LINE, line_id="line-2", offer_id="7002", quantity=3))
    with database.reading() as session:
        assert reservations.moved_since(session, account_id, ["7001", "7009"], at) == {"7001": [(at, 2)]}
        assert reservations.moved_since(session, account_id, ["7001"], at + timedelta(seconds=1)) == {}
