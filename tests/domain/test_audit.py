"""When the nightly audit is due, and what it makes of the order log and the store's orders."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.audit import Comparison, Difference, audit_is_due, compare, not_logged, to_ask_for
from app.domain.order_log import LogEntry, LogState, new_entry
from app.domain.orders import OrderStatus
from app.domain.store import StoreOrder

_NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_ALL = set(Difference)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("audited_at", "now", "is_due"),
    [
        # In winter the night begins at 02:00 UTC.
        ("2026-11-23 02:00", "2026-11-24 01:59", False),
        ("2026-11-23 02:00", "2026-11-24 02:00", True),
        ("2026-11-24 01:59", "2026-11-24 02:00", True),
        ("2026-11-24 02:00", "2026-11-24 02:00", False),
        ("2026-11-24 02:00", "2026-11-24 23:59", False),
        ("2026-11-24 02:00", "2026-11-25 01:59", False),
        # In summer at 01:00 UTC.
        ("2026-07-01 00:59", "2026-07-01 01:00", True),
        ("2026-07-01 00:58", "2026-07-01 00:59", False),
        # On the day without the hour between two and three, and the day that has it twice.
        ("2027-03-28 00:59", "2027-03-28 01:00", True),
        ("2027-03-28 01:00", "2027-03-28 02:00", False),
        ("2026-10-25 01:00", "2026-10-25 01:59", False),
        ("2026-10-25 01:00", "2026-10-25 02:00", True),
        # Midnight in Poland is not midnight in UTC.
        ("2026-11-24 02:00", "2026-11-24 23:30", False),
        # Nights that were slept through are one.
        ("2026-11-01 02:00", "2026-11-24 01:00", True),
        # A clock that was set back.
        ("2026-11-24 12:00", "2026-11-24 02:30", False),
    ],
)
def test_the_audit_is_due_once_a_night(audited_at: str, now: str, is_due: bool) -> None:
    assert audit_is_due(_at(audited_at), _at(now)) is is_due


def test_what_was_never_audited_is_due() -> None:
    assert audit_is_due(None, _NOW)


def _entry(**values: Any) -> LogEntry:
    """An imported order of 10.00 PLN that is store order 1."""
    imported: dict[str, Any] = {
        "state": LogState.IMPORTED,
        "status": OrderStatus.READY,
        "store_order_id": 1,
        "total": "10.00",
        "currency": "PLN",
        "due_at": None,
    }
    return replace(new_entry(1, "a", _NOW), **(imported | values))


def _order(number: int, status: str = "processing", total: str | None = "10.00", **values: Any) -> StoreOrder:
    amount = None if total is None else Decimal(total)
    plain: dict[str, Any] = {"currency": "PLN", "transaction_id": "a", "allegro_order_id": "a"}
    return StoreOrder(id=number, status=status, total=amount, **(plain | values))


def _compared(
    entry: LogEntry, *orders: StoreOrder, asked: dict[int, StoreOrder | None] | None = None, told: bool = False
) -> Comparison:
    return compare([entry], {"a": orders}, asked or {}, told={"a"} if told else set())


def _found(comparison: Comparison) -> list[tuple[Difference, list[int]]]:
    return [(finding.difference, [order.id for order in finding.orders]) for finding in comparison.findings]


_CANCELLED = _entry(state=LogState.CANCELLED, status=OrderStatus.CANCELLED)
_SUPERSEDED = _entry(state=LogState.SUPERSEDED, superseded_by="b")
_ON_HOLD = _entry(state=LogState.ON_HOLD)
_IMPORTING = _entry(state=LogState.IMPORTING, store_order_id=None)
_FOREIGN = {"allegro_order_id": "", "transaction_id": "card-7"}


@pytest.mark.parametrize(
    ("entry", "orders", "found"),
    [
        # As it should be.
        (_entry(), [_order(1)], []),
        (_entry(), [_order(1, "completed", "10.0000")], []),
        (_ON_HOLD, [_order(1, "on-hold")], []),
        # More than one; the one that the log knows is to be kept, else the oldest living one.
        (_entry(), [_order(1), _order(2, "completed"), _order(3, "on-hold")], [(Difference.TWICE, [1, 2, 3])]),
        (_entry(store_order_id=2), [_order(1), _order(2)], [(Difference.TWICE, [2, 1])]),
        (_entry(), [_order(1, "cancelled"), _order(2), _order(3)], [(Difference.TWICE, [2, 3])]),
        (_IMPORTING, [_order(1), _order(2)], [(Difference.TWICE, [1, 2])]),
        (_entry(), [_order(n, each) for n, each in enumerate(("processing", "trash", "cancelled"), 1)], []),
        (_entry(), [_order(n, each) for n, each in enumerate(("processing", "refunded", "failed"), 1)], []),
        # Amounts.
        (_entry(), [_order(1, total="10.01")], [(Difference.TOTAL, [1])]),
        (_entry(), [_order(1, currency="EUR")], [(Difference.TOTAL, [1])]),
        (_entry(), [_order(1, total="9.00"), _order(2)], [(Difference.TWICE, [1, 2]), (Difference.TOTAL, [1])]),
        (_entry(total=""), [_order(1, total="10.01")], []),
        (_ON_HOLD, [_order(1, "on-hold", "10.01")], []),
        (_entry(), [_order(1, "refunded", "10.01")], []),
        # Over in the store only.
        (_entry(), [_order(1, "cancelled")], [(Difference.STATE, [1])]),
        (_entry(), [_order(1, "failed")], [(Difference.STATE, [1])]),
        (_ON_HOLD, [_order(1, "trash")], [(Difference.STATE, [1])]),
        (_entry(), [_order(1, "refunded")], []),
        # Over at Allegro only.
        (_CANCELLED, [_order(1, "cancelled")], []),
        (_CANCELLED, [_order(1, "trash"), _order(2), _order(3)], [(Difference.STATE, [2, 3])]),
        (_SUPERSEDED, [_order(1)], [(Difference.STATE, [1])]),
        (_SUPERSEDED, [_order(1, "cancelled")], []),
        (_CANCELLED, [], []),
    ],
)
def test_what_differs_is_found(
    entry: LogEntry, orders: list[StoreOrder], found: list[tuple[Difference, list[int]]]
) -> None:
    comparison = _compared(entry, *orders)
    assert _found(comparison) == found
    assert comparison.moved == []  # of several living ones a person chooses first


@pytest.mark.parametrize(
    ("listed", "answer", "found"),
    [
        ([], None, [(Difference.GONE, [])]),
        ([], _order(1, **_FOREIGN), [(Difference.GONE, [1])]),
        # The list left it out, or somebody took the meta data from it.
        ([], _order(1), []),
        ([], _order(1, allegro_order_id=""), []),
        ([], _order(1, "cancelled"), [(Difference.STATE, [1])]),
        ([], _order(1, total="9.00"), [(Difference.TOTAL, [1])]),
        ([_order(2)], _order(1), [(Difference.TWICE, [1, 2])]),
    ],
)
def test_an_order_that_the_list_does_not_have_is_judged_by_its_own_answer(
    listed: list[StoreOrder], answer: StoreOrder | None, found: list[tuple[Difference, list[int]]]
) -> None:
    assert _found(_compared(_entry(), *listed, asked={1: answer})) == found


@pytest.mark.parametrize(
    ("comparison", "unknown"),
    [
        (_compared(_entry()), _ALL),
        (_compared(_entry(), _order(1, total=None)), {Difference.TOTAL}),
        (_compared(_entry(), _order(1)), set()),
        (_compared(_CANCELLED), set()),
        (_compared(_entry(), asked={1: None}), set()),
    ],
)
def test_what_is_not_known_is_neither_right_nor_wrong(comparison: Comparison, unknown: set[Difference]) -> None:
    assert comparison.unknown == {(difference, "a") for difference in unknown}
    assert not {(finding.difference, "a") for finding in comparison.findings} & comparison.unknown


@pytest.mark.parametrize(
    ("entry", "status", "told", "is_cancelled"),
    [
        (_CANCELLED, "processing", False, True),
        (_CANCELLED, "completed", False, True),
        (replace(_CANCELLED, store_order_id=None), "processing", False, True),
        (_CANCELLED, "completed", True, False),
        (_CANCELLED, "cancelled", False, False),
        (replace(_CANCELLED, due_at=_NOW), "processing", False, False),
        (_entry(), "processing", False, False),
    ],
)
def test_the_job_cancels_the_living_store_order_of_a_cancelled_order_unless_a_person_was_told(
    entry: LogEntry, status: str, told: bool, is_cancelled: bool
) -> None:
    comparison = _compared(entry, _order(1, status), told=told)
    assert comparison.to_cancel == [entry] * is_cancelled
    assert comparison.findings == []


@pytest.mark.parametrize("dead", ["trash", "cancelled", "failed", "refunded", "deleted"])
def test_when_a_person_keeps_the_other_of_two_orders_the_log_follows_that(dead: str) -> None:
    if dead == "deleted":
        comparison = _compared(_entry(), _order(2), asked={1: None})
    else:
        comparison = _compared(_entry(), _order(1, dead), _order(2))
    assert [(entry.order_id, order.id) for entry, order in comparison.moved] == [("a", 2)]
    assert comparison.findings == []


def test_those_that_are_not_listed_are_asked_for_but_not_too_many_and_the_known_ones_last() -> None:
    entries = [_entry(order_id=name, store_order_id=number) for number, name in enumerate("abcd", 1)]
    listed = {"b": [_order(2)], "c": [_order(9)]}
    over = [
        _entry(order_id="e", status=OrderStatus.CANCELLED),
        replace(_IMPORTING, order_id="f"),
        replace(_SUPERSEDED, order_id="g"),
    ]
    asked = to_ask_for(entries + over, listed, last={"a"}, at_most=3)
    assert [entry.order_id for entry in asked] == ["c", "d", "a"]
    assert [entry.order_id for entry in to_ask_for(entries, listed, last={"a"}, at_most=1)] == ["c"]


def test_only_this_accounts_orders_are_missed_in_the_log() -> None:
    ours, theirs = {"allegro_account": "Mugs"}, {"allegro_account": "Shirts"}
    listed = {"a": [_order(1, **ours)], "b": [_order(2, **theirs), _order(3, **ours)], "c": [_order(4, **theirs)]}
    assert not_logged(listed, {"a"}, "Mugs") == ["b"]
    assert not_logged(listed, set(), "Hats") == []


def test_a_night_is_a_night_in_every_week_of_the_year() -> None:
    hour, audits = datetime(2026, 1, 1, tzinfo=UTC), 0
    audited_at = hour
    for _ in range(24 * 365):
        hour += timedelta(hours=1)
        if audit_is_due(audited_at, hour):
            audited_at, audits = hour, audits + 1
    assert audits == 365
