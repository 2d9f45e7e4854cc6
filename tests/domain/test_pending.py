"""Which endings and relistings go, and which wait for the seller's word."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.links import OfferLink
from app.domain.pending import AskedBy, PendingAction, PendingKind, PendingPlan, PendingState, plan_pending
from app.domain.stock import Skipped, StockAction, StockChange

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
LINK = OfferLink(1, 7, "1001", 11, listed_quantity=3)
SET = StockChange(LINK, 3, 5, StockAction.SET, "The store has 5.")
END = StockChange(LINK, 3, 0, StockAction.END, "The store has 0.")
REDUCE = StockChange(LINK, 3, 1, StockAction.REDUCE, "The store has 0.")
RESUME = StockChange(LINK, 0, 5, StockAction.RESUME, "The store has 5.")
ASKED = PendingAction(
    4,
    7,
    1,
    "1001",
    PendingKind.END,
    0,
    END.reason,
    AskedBy.SETTING,
    PendingState.WAITING,
    "",
    NOW,
)
RELIST = replace(ASKED, action=PendingKind.RELIST, quantity=5, reason=RESUME.reason)
GUARDED = replace(ASKED, asked_by=AskedBy.GUARD)
CONFIRMED = replace(ASKED, state=PendingState.CONFIRMED, decided_at=NOW)
REJECTED = replace(ASKED, state=PendingState.REJECTED, decided_at=NOW)


def _plan(
    change: StockChange | None,
    action: PendingAction | None = None,
    *,
    held: bool = False,
    setting: bool = False,
    planned: bool = True,
    skipped: Iterable[Skipped] = (),
) -> PendingPlan:
    return plan_pending(
        [change] if change else [],
        {action.link_id: action} if action else {},
        held=[1] if held else [],
        confirm_all=setting,
        planned=[1] if planned else [],
        skipped=skipped,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("change", "held", "setting", "asked"),
    [
        (SET, False, True, None),
        (END, False, False, None),
        (RESUME, False, False, None),
        (REDUCE, False, False, None),
        # The setting speaks of endings and relistings: an offer with one piece left still runs.
        (REDUCE, False, True, None),
        (END, False, True, (PendingKind.END, 0, AskedBy.SETTING)),
        (RESUME, False, True, (PendingKind.RELIST, 5, AskedBy.SETTING)),
        (END, True, False, (PendingKind.END, 0, AskedBy.GUARD)),
        (END, True, True, (PendingKind.END, 0, AskedBy.GUARD)),
        (REDUCE, True, False, (PendingKind.END, 1, AskedBy.GUARD)),
    ],
)
def test_an_ending_or_relisting_is_asked_about_by_setting_and_by_guard(
    change: StockChange, held: bool, setting: bool, asked: tuple[PendingKind, int, AskedBy] | None
) -> None:
    plan = _plan(change, held=held, setting=setting)
    if asked is None:
        assert plan == PendingPlan(go=(change,), propose=(), expire=())
        return
    kind, quantity, asked_by = asked
    new = PendingAction(
        0, 7, 1, "1001", kind, quantity, change.reason, asked_by, PendingState.WAITING, "", NOW, decided_at=None
    )
    assert plan == PendingPlan(go=(), propose=(new,), expire=())


@pytest.mark.parametrize(
    ("change", "action"),
    [
        (END, CONFIRMED),
        (REDUCE, replace(CONFIRMED, quantity=1)),
        (RESUME, replace(RELIST, state=PendingState.CONFIRMED)),
        # More came into the store since it was asked: it is the same relisting.
        (replace(RESUME, after=9), replace(RELIST, state=PendingState.CONFIRMED)),
    ],
)
@pytest.mark.parametrize("setting", [True, False])
def test_what_was_confirmed_goes_and_stays_open_until_it_is_done(
    change: StockChange, action: PendingAction, setting: bool
) -> None:
    plan = _plan(change, action, held=change.action is not StockAction.RESUME, setting=setting)
    assert plan == PendingPlan(go=(change,), propose=(), expire=())


@pytest.mark.parametrize(
    ("action", "held", "setting"),
    [
        (ASKED, False, True),
        (REJECTED, False, True),
        (REJECTED, True, True),
        # A no stays a no when it is not asked any more.
        (REJECTED, False, False),
        (replace(REJECTED, asked_by=AskedBy.GUARD), False, False),
        (GUARDED, True, False),
        # Most of those that the guard held were confirmed and are done; the few others still wait for their answer.
        (GUARDED, False, False),
    ],
)
def test_what_waits_or_was_rejected_stays_undone_without_a_write(
    action: PendingAction, held: bool, setting: bool
) -> None:
    assert _plan(END, action, held=held, setting=setting) == PendingPlan((), (), ())


def test_what_waits_says_what_would_be_done_now() -> None:
    more = replace(RESUME, after=9, reason="The store has 9.")
    assert _plan(more, RELIST, setting=True).propose == (replace(RELIST, quantity=9, reason="The store has 9."),)
    # The guard's question stays when the setting is switched off, so it is noted that it asks, too.
    assert _plan(END, ASKED, held=True, setting=True).propose == (GUARDED,)


def test_what_the_setting_asked_about_goes_when_it_is_switched_off() -> None:
    plan = _plan(END, ASKED, setting=False)
    assert (plan.go, plan.propose) == ((END,), ())
    [(action, reason)] = plan.expire
    assert action == ASKED
    assert "no confirmation" in reason


@pytest.mark.parametrize("state", [PendingState.WAITING, PendingState.CONFIRMED, PendingState.REJECTED])
@pytest.mark.parametrize(
    ("change", "action", "reason"),
    [
        (None, ASKED, "shows what it shall"),
        (SET, ASKED, "in stock again"),
        (RESUME, ASKED, "has ended"),
        (SET, RELIST, "runs again"),
        (END, RELIST, "runs again"),
        (REDUCE, ASKED, "settings"),
        (END, replace(ASKED, quantity=1), "settings"),
        (END, replace(ASKED, offer_id="1000"), "1001"),
    ],
)
def test_what_the_plan_no_longer_wants_expires_and_is_asked_anew(
    change: StockChange | None, action: PendingAction, reason: str, state: PendingState
) -> None:
    action = replace(action, state=state)
    plan = _plan(change, action, held=change in (END, REDUCE), setting=True)
    [(expired, why)] = plan.expire
    assert expired == action
    assert reason in why
    assert plan.go == ((SET,) if change is SET else ())
    asked_anew = () if change in (None, SET) else (change.reason,)
    assert tuple(each.reason for each in plan.propose) == asked_anew


def test_an_expired_action_says_why_its_offer_is_left_alone() -> None:
    why = "Stock sync is switched off for this offer."
    assert _plan(None, CONFIRMED, setting=True, skipped=[Skipped(LINK, why)]).expire == ((CONFIRMED, why),)


def test_an_action_whose_offer_was_not_looked_at_stays() -> None:
    assert _plan(None, REJECTED, setting=True, planned=False) == PendingPlan((), (), ())
