"""What a re-import would do about an order, given the log, Allegro and the store."""

from dataclasses import replace
from datetime import datetime

import pytest

from app.domain.order_log import LogState, new_entry
from app.domain.orders import OrderStatus
from app.domain.reimport import Action, Candidate, Period, Reason, Shown, Survey, plan_reimport
from app.domain.store import StoreOrder
from tests.domain.samples import BOUGHT_AT, PAID_AT

_NEW = new_entry(1, "order-1", PAID_AT)
_MADE = replace(_NEW, state=LogState.IMPORTED, status="ready", store_order_id=500)
_FAILED = replace(_NEW, state=LogState.FAILED, status="ready", reason="The store refuses the order.")
_READY = Shown(OrderStatus.READY, bought_at=BOUGHT_AT)
_CANCELLED = replace(_READY, status=OrderStatus.CANCELLED)


def _store(number: int, status: str) -> StoreOrder:
    return StoreOrder(number, status, None, "PLN", "", "order-1")


_LIVING, _IN_BIN = _store(500, "processing"), _store(500, "trash")


def _logged(state: LogState, status: str = "ready", **more: str) -> Candidate:
    return Candidate("order-1", replace(_NEW, state=state, status=status, **more))  # type: ignore[arg-type]


def _asked(shown: Shown | None, *, is_logged: bool = False) -> Candidate:
    return Candidate("order-1", _MADE if is_logged else None, was_asked=True, shown=shown)


_CASES: dict[str, tuple[Candidate, tuple[StoreOrder, ...], Action, Reason, int | None]] = {
    "refused by the store": (Candidate("order-1", _FAILED), (), Action.IMPORT, Reason.NEVER_MADE, None),
    "an attempt is under way": (_logged(LogState.IMPORTING), (), Action.IMPORT, Reason.NEVER_MADE, None),
    "skipped before": (_logged(LogState.SKIPPED), (), Action.IMPORT, Reason.NEVER_MADE, None),
    "never read": (_logged(LogState.FAILED, ""), (), Action.IMPORT, Reason.NEVER_MADE, None),
    "nobody knows it yet": (Candidate("order-1", None), (), Action.IMPORT, Reason.NEVER_MADE, None),
    "not logged and ready": (_asked(_READY), (), Action.IMPORT, Reason.NEVER_MADE, None),
    "deleted in the store": (Candidate("order-1", _MADE), (), Action.IMPORT, Reason.DELETED, 500),
    "in the bin": (Candidate("order-1", _MADE), (_IN_BIN,), Action.RESTORE, Reason.IN_BIN, 500),
    "in the bin, not logged": (_asked(_READY), (_IN_BIN,), Action.RESTORE, Reason.IN_BIN, 500),
    "in the store": (Candidate("order-1", _MADE), (_LIVING,), Action.KEEP, Reason.IN_STORE, 500),
    "in the store, not logged": (_asked(_READY), (_LIVING,), Action.KEEP, Reason.IN_STORE, 500),
    "in the store, failed to us": (Candidate("order-1", _FAILED), (_LIVING,), Action.KEEP, Reason.IN_STORE, 500),
    "in the store and cancelled there": (
        Candidate("order-1", _MADE),
        (_store(500, "cancelled"),),
        Action.KEEP,
        Reason.IN_STORE,
        500,
    ),
    "one in the bin and a living one": (
        Candidate("order-1", _MADE),
        (_IN_BIN, _store(501, "completed")),
        Action.KEEP,
        Reason.IN_STORE,
        501,
    ),
    "in the store, unreadable at Allegro": (_asked(Shown(fault="?")), (_LIVING,), Action.KEEP, Reason.IN_STORE, 500),
    "cancelled": (_logged(LogState.CANCELLED, "cancelled"), (), Action.SKIP, Reason.CANCELLED, None),
    "cancelled, and in the bin": (_asked(_CANCELLED), (_IN_BIN,), Action.SKIP, Reason.CANCELLED, 500),
    "cancelled, and deleted": (_asked(_CANCELLED, is_logged=True), (), Action.SKIP, Reason.CANCELLED, 500),
    "paid with others": (
        _logged(LogState.SUPERSEDED, superseded_by="order-9"),
        (),
        Action.SKIP,
        Reason.SUPERSEDED,
        None,
    ),
    "paid with others, in the bin": (
        Candidate("order-1", replace(_MADE, superseded_by="order-9")),
        (_IN_BIN,),
        Action.SKIP,
        Reason.SUPERSEDED,
        500,
    ),
    "from Allegro's warehouse": (
        _asked(replace(_READY, fulfilled_by_allegro=True)),
        (),
        Action.SKIP,
        Reason.FULFILLED_BY_ALLEGRO,
        None,
    ),
    "only bought": (_logged(LogState.SEEN, "bought"), (), Action.SKIP, Reason.NOT_READY, None),
    "filled in": (_asked(replace(_READY, status=OrderStatus.FILLED_IN)), (), Action.SKIP, Reason.NOT_READY, None),
    "of an unknown status": (_asked(Shown()), (), Action.SKIP, Reason.NOT_READY, None),
    "unknown at Allegro": (_asked(None), (), Action.SKIP, Reason.NOT_SHOWN, None),
    "made, and gone from both sides": (_asked(None, is_logged=True), (), Action.SKIP, Reason.NOT_SHOWN, 500),
    "not found by Allegro the last time": (_logged(LogState.MISSING), (), Action.SKIP, Reason.NOT_SHOWN, None),
    "unreadable": (_asked(Shown(fault="no lines")), (), Action.SKIP, Reason.UNREADABLE, None),
}


def _plan(candidate: Candidate, *found: StoreOrder) -> Survey:
    return plan_reimport([candidate], {"order-1": found})


@pytest.mark.parametrize("case", _CASES)
def test_what_a_reimport_does_about_an_order(case: str) -> None:
    candidate, found, action, reason, store_order_id = _CASES[case]
    (item,) = _plan(candidate, *found).items
    assert (item.action, item.reason, item.store_order_id) == (action, reason, store_order_id)
    assert item.detail.endswith((".", "?", "no lines"))


def test_the_job_is_given_what_it_shall_make_or_look_for_and_nothing_else() -> None:
    given = {
        case for case, (candidate, found, *_) in _CASES.items() if _plan(candidate, *found).items[0].is_for_the_job
    }
    acted = {case for case, (_, _, action, *_) in _CASES.items() if action in (Action.IMPORT, Action.RESTORE)}
    assert given == acted | {"not found by Allegro the last time", "made, and gone from both sides"}


def test_a_deleted_store_order_is_said_to_have_kept_its_stock() -> None:
    (item,) = _plan(Candidate("order-1", _MADE)).items
    assert "did not give its pieces back" in item.detail
    assert "500" in item.detail


def test_a_living_store_order_is_named_with_its_status_and_before_a_cancelled_one() -> None:
    (item,) = _plan(Candidate("order-1", _MADE), _store(499, "cancelled"), _store(500, "on-hold")).items
    assert item.store_order_id == 500
    assert "500 (on-hold) and 499 (cancelled)" in item.detail


def test_what_is_acted_upon_comes_first_and_is_counted() -> None:
    candidates = [Candidate(f"order-{number}", replace(_MADE, order_id=f"order-{number}")) for number in range(1, 5)]
    candidates[1] = replace(candidates[1], was_asked=True, shown=_CANCELLED)
    in_store = {"order-1": [_LIVING], "order-3": [_IN_BIN]}
    survey = plan_reimport(candidates, in_store)
    assert [item.order_id for item in survey.items] == ["order-4", "order-3", "order-2", "order-1"]
    assert survey.orders == 2
    assert survey.counts == {Reason.DELETED: 1, Reason.IN_BIN: 1, Reason.CANCELLED: 1, Reason.IN_STORE: 1}


def test_a_period_holds_its_beginning_and_not_its_end() -> None:
    period = Period(BOUGHT_AT, PAID_AT)
    assert period.holds(BOUGHT_AT)
    assert not period.holds(PAID_AT)


@pytest.mark.parametrize(
    ("candidate", "ready_at"),
    [
        (Candidate("order-1", None), None),
        (Candidate("order-1", _MADE), None),
        (_asked(Shown(fault="?")), None),
        (_asked(_READY), BOUGHT_AT),
        (_asked(replace(_READY, paid_at=PAID_AT)), PAID_AT),
        (Candidate("order-1", replace(_MADE, bought_at=BOUGHT_AT)), BOUGHT_AT),
        (Candidate("order-1", replace(_MADE, bought_at=BOUGHT_AT, became_ready_at=PAID_AT)), PAID_AT),
    ],
)
def test_an_order_is_as_new_as_the_last_of_its_purchase_and_its_payment(
    candidate: Candidate, ready_at: datetime | None
) -> None:
    assert candidate.ready_at == ready_at


def test_no_store_order_is_older_than_the_purchase_as_far_as_it_is_known() -> None:
    read = replace(_MADE, bought_at=BOUGHT_AT)
    assert Candidate("order-1", _MADE).earliest == _MADE.first_seen_at
    assert Candidate("order-1", read).earliest == BOUGHT_AT
    assert Candidate("order-1", None).earliest is None
    assert _asked(_READY, is_logged=True).earliest == BOUGHT_AT
