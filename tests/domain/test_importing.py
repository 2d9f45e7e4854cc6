"""What happens to an Allegro order, given what is known of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.importing import (
    MANY_ATTEMPTS,
    Decision,
    Step,
    held_until,
    look_for_missing,
    must_look,
    plan_order,
    retry_after,
    wait_for,
)
from app.domain.order_log import LogEntry, LogState, new_entry
from app.domain.orders import Order, OrderStatus
from app.domain.parties import addresses_digest, payments_digest
from app.domain.settings import Settings
from tests.domain.samples import BOUGHT_AT, CASH_ON_DELIVERY, COURIER, LOCKER, ONLINE, PAID_AT, order_of, pln

_NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
_READY = order_of()
_ON = Settings(import_orders=True, import_orders_from=date(2026, 11, 1))
_NEW = new_entry(1, _READY.id, BOUGHT_AT)
_IN_STORE = replace(_NEW, state=LogState.IMPORTED, store_order_id=500)
_WRITTEN = replace(
    _IN_STORE,
    marked_processing_at=_NOW,
    addresses_digest=addresses_digest(_READY),
    payments_digest=payments_digest(_READY),
)
_HELD = replace(_IN_STORE, state=LogState.ON_HOLD)
_SIX_HOURS = timedelta(hours=6)


def _status(status: OrderStatus) -> Order:
    return replace(_READY, status=status)


def _ready_at(bought_at: datetime, paid_at: datetime | None) -> Order:
    payment = replace(ONLINE, finished_at=paid_at) if paid_at else CASH_ON_DELIVERY
    return replace(_READY, lines=(replace(_READY.lines[0], bought_at=bought_at),), payment=payment)


_CASES: dict[str, tuple[Order, LogEntry, Settings, Step]] = {
    "ready and new": (_READY, _NEW, _ON, Step.CREATE),
    "ready with cash on delivery": (replace(_READY, payment=CASH_ON_DELIVERY), _NEW, _ON, Step.CREATE),
    "ready after a failure": (_READY, replace(_NEW, state=LogState.FAILED, attempts=3), _ON, Step.CREATE),
    "ready with an attempt under way": (_READY, replace(_NEW, state=LogState.IMPORTING), _ON, Step.CREATE),
    "ready and found again": (_READY, replace(_NEW, state=LogState.MISSING), _ON, Step.CREATE),
    "ready after it was skipped": (_READY, replace(_NEW, state=LogState.SKIPPED), _ON, Step.CREATE),
    "only bought": (_status(OrderStatus.BOUGHT), _NEW, _ON, Step.WAIT),
    "filled in": (_status(OrderStatus.FILLED_IN), _NEW, _ON, Step.WAIT),
    "of a status that we do not know": (_status(OrderStatus.UNKNOWN), _NEW, _ON, Step.WAIT),
    "import switched off": (_READY, _NEW, replace(_ON, import_orders=False), Step.WAIT),
    "cancelled and new": (_status(OrderStatus.CANCELLED), _NEW, _ON, Step.CANCEL),
    "cancelled and imported": (_status(OrderStatus.CANCELLED), _IN_STORE, _ON, Step.CANCEL),
    "cancelled with import off": (_status(OrderStatus.CANCELLED), _IN_STORE, Settings(), Step.CANCEL),
    "cancelled in Allegro's warehouse": (
        replace(_status(OrderStatus.CANCELLED), fulfilled_by_allegro=True),
        _NEW,
        _ON,
        Step.CANCEL,
    ),
    "from Allegro's warehouse": (replace(_READY, fulfilled_by_allegro=True), _NEW, _ON, Step.SKIP),
    "from Allegro's warehouse, unpaid": (
        replace(_status(OrderStatus.BOUGHT), fulfilled_by_allegro=True),
        _NEW,
        _ON,
        Step.SKIP,
    ),
    "made but not compared": (_READY, replace(_IN_STORE, state=LogState.IMPORTING), _ON, Step.CHECK),
    "imported": (_READY, _IN_STORE, _ON, Step.MARK_PROCESSING),
    "imported, marking off": (_READY, _IN_STORE, replace(_ON, mark_processing=False), Step.NOTHING),
    "imported and marked": (_READY, replace(_IN_STORE, marked_processing_at=_NOW), _ON, Step.NOTHING),
    "imported, the seller has begun": (replace(_READY, fulfilment="SENT"), _IN_STORE, _ON, Step.NOTHING),
    "imported, no fulfilment told": (replace(_READY, fulfilment=""), _IN_STORE, _ON, Step.MARK_PROCESSING),
    "imported and on hold": (_READY, replace(_IN_STORE, state=LogState.ON_HOLD), _ON, Step.REVISIT),
    "imported before it was unpaid again": (_status(OrderStatus.FILLED_IN), _IN_STORE, _ON, Step.MARK_PROCESSING),
    "bought before the import begins": (
        _READY,
        _NEW,
        replace(_ON, import_orders_from=PAID_AT + timedelta(seconds=1)),
        Step.SKIP,
    ),
    "paid the moment the import begins": (_READY, _NEW, replace(_ON, import_orders_from=PAID_AT), Step.CREATE),
    "bought before, paid after it begins": (
        _ready_at(datetime(2026, 10, 30, tzinfo=UTC), PAID_AT),
        _NEW,
        _ON,
        Step.CREATE,
    ),
    "cash on delivery before it begins": (_ready_at(datetime(2026, 10, 30, tzinfo=UTC), None), _NEW, _ON, Step.SKIP),
    "unpaid, bought before it begins": (
        replace(_ready_at(datetime(2026, 10, 30, tzinfo=UTC), None), status=OrderStatus.BOUGHT),
        _NEW,
        _ON,
        Step.WAIT,
    ),
    "cash on delivery that we saw become ready after it begins": (
        _ready_at(datetime(2026, 10, 30, tzinfo=UTC), None),
        replace(_NEW, became_ready_at=PAID_AT),
        _ON,
        Step.CREATE,
    ),
    "bought before it begins, and a person asks for it": (
        _ready_at(datetime(2026, 10, 30, tzinfo=UTC), None),
        replace(_NEW, state=LogState.SKIPPED, asked_at=_NOW),
        _ON,
        Step.CREATE,
    ),
    "from Allegro's warehouse, and a person asks for it": (
        replace(_READY, fulfilled_by_allegro=True),
        replace(_NEW, asked_at=_NOW),
        _ON,
        Step.SKIP,
    ),
    "imported, and a person asks for it": (_READY, replace(_IN_STORE, asked_at=_NOW), _ON, Step.RECOVER),
    "cancelled, and a person asks for it": (
        _status(OrderStatus.CANCELLED),
        replace(_IN_STORE, asked_at=_NOW),
        _ON,
        Step.CANCEL,
    ),
    "imported, written as it is": (_READY, _WRITTEN, _ON, Step.NOTHING),
    "imported, then another address": (
        replace(_READY, delivery=replace(COURIER, pickup_point=LOCKER)),
        _WRITTEN,
        _ON,
        Step.UPDATE,
    ),
    "imported, then another payment": (replace(_READY, total=pln("60.00")), _WRITTEN, _ON, Step.UPDATE),
    "on hold, then another address": (
        replace(_READY, delivery=replace(COURIER, pickup_point=LOCKER)),
        replace(_WRITTEN, state=LogState.ON_HOLD),
        _ON,
        Step.UPDATE,
    ),
    "held for its cancel window": (_READY, replace(_HELD, release_at=_NOW + timedelta(minutes=1)), _ON, Step.REVISIT),
    "held until now": (_READY, replace(_HELD, release_at=_NOW), _ON, Step.RELEASE),
    "cancelled within its window": (
        _status(OrderStatus.CANCELLED),
        replace(_HELD, release_at=_NOW + timedelta(minutes=1)),
        _ON,
        Step.CANCEL,
    ),
    "no beginning set": (_READY, _NEW, Settings(import_orders=True), Step.CREATE),
}


@pytest.mark.parametrize("name", _CASES)
def test_the_next_step_follows_from_the_order_and_from_what_is_known(name: str) -> None:
    order, entry, settings, step = _CASES[name]
    decision = plan_order(order, entry, settings, now=_NOW)
    assert decision.step is step
    assert decision.reason or step is Step.CREATE
    assert (decision.look_at is not None) is (step in (Step.WAIT, Step.REVISIT))


def test_a_line_without_a_product_is_looked_at_again_for_a_month() -> None:
    entry = replace(_WRITTEN, imported_at=_NOW - timedelta(days=29))
    decision = plan_order(_READY, entry, _ON, now=_NOW, has_unlinked_lines=True)
    assert (decision.step, decision.look_at) == (Step.REVISIT, _NOW + _SIX_HOURS)
    decision = plan_order(_READY, entry, _ON, now=_NOW + timedelta(days=1), has_unlinked_lines=True)
    assert decision.step is Step.NOTHING


@pytest.mark.parametrize(
    ("marketplace", "minutes", "until"),
    [
        ("allegro-pl", 5, None),
        ("allegro-business-pl", 5, None),
        ("", 5, None),
        ("allegro-cz", 0, None),
        ("allegro-cz", 5, PAID_AT + timedelta(minutes=5)),
        ("allegro-hu", 30, PAID_AT + timedelta(minutes=30)),
    ],
)
def test_an_order_of_a_foreign_buyer_is_held_for_its_cancel_window(
    marketplace: str, minutes: int, until: datetime | None
) -> None:
    settings = replace(_ON, foreign_hold_minutes=minutes)
    assert held_until(replace(_READY, marketplace=marketplace), _NEW, settings) == until


def test_an_unpaid_order_is_looked_at_again_soon() -> None:
    decision = plan_order(_status(OrderStatus.BOUGHT), _NEW, _ON, now=_NOW)
    assert decision == Decision(Step.WAIT, "The buyer has not paid yet.", _NOW + timedelta(minutes=5))


def test_while_import_is_off_orders_are_looked_at_rarely() -> None:
    decision = plan_order(_READY, _NEW, Settings(), now=_NOW)
    assert decision.look_at == _NOW + _SIX_HOURS


def test_the_beginning_of_the_import_is_told_in_utc() -> None:
    settings = replace(_ON, import_orders_from=date(2026, 11, 21))
    decision = plan_order(_READY, _NEW, settings, now=_NOW)
    assert decision.reason == "It was bought before 2026-11-20 23:00 UTC, where the import begins."


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(0), timedelta(minutes=5)),
        (timedelta(hours=1), timedelta(minutes=5)),
        (timedelta(hours=12), timedelta(hours=1)),
        (timedelta(days=3), _SIX_HOURS),
        (timedelta(days=30), _SIX_HOURS),
        (timedelta(seconds=-30), timedelta(minutes=5)),
    ],
)
def test_an_unpaid_order_is_left_alone_for_a_twelfth_of_its_age(age: timedelta, wait: timedelta) -> None:
    assert wait_for(_NOW - age, _NOW) == wait


def test_a_failing_order_is_tried_ever_more_rarely_but_never_given_up() -> None:
    pauses = [retry_after(attempts) for attempts in range(1, MANY_ATTEMPTS + 1)]
    minutes = [pause.total_seconds() / 60 for pause in pauses]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 360]
    assert retry_after(0) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(0), timedelta(minutes=1)),
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(hours=5), timedelta(hours=1)),
        (timedelta(hours=71, minutes=59), timedelta(hours=1)),
        (timedelta(hours=72), None),
    ],
)
def test_a_missing_order_is_looked_for_three_days_long(age: timedelta, pause: timedelta | None) -> None:
    assert look_for_missing(_NOW - age, _NOW) == pause


@given(st.integers(min_value=0, max_value=10_000_000))
def test_looking_for_a_missing_order_never_goes_faster_than_once_a_minute(seconds: int) -> None:
    pause = look_for_missing(_NOW - timedelta(seconds=seconds), _NOW)
    assert pause is None or timedelta(minutes=1) <= pause <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("logged", "looks"),
    [
        (None, True),
        ((LogState.IMPORTED, OrderStatus.READY, "r1"), False),
        ((LogState.IMPORTED, OrderStatus.READY, "r0"), True),
        ((LogState.SEEN, OrderStatus.BOUGHT, "r1"), True),
        ((LogState.SEEN, "", ""), True),
    ],
)
def test_a_sweep_looks_at_orders_that_are_new_or_changed(logged: tuple[LogState, str, str] | None, looks: bool) -> None:
    assert must_look(_READY, logged) is looks


def test_an_order_is_as_old_as_its_first_line() -> None:
    later = replace(_READY.lines[0], bought_at=BOUGHT_AT + timedelta(days=1))
    assert replace(_READY, lines=(later, _READY.lines[0])).bought_at == BOUGHT_AT
