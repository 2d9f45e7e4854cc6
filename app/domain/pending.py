"""Endings and relistings that wait for the seller's word, and those of them that nobody needs any more."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.stock import Skipped, StockAction, StockChange


class PendingKind(StrEnum):
    END = "end"  # or shown with one piece left, where the account does that instead
    RELIST = "relist"


class AskedBy(StrEnum):
    """Why it must be confirmed."""

    SETTING = "setting"  # confirm_endings_and_relists
    GUARD = "guard"  # too many offers would have ended at once


class PendingState(StrEnum):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    DONE = "done"
    EXPIRED = "expired"


@dataclass(frozen=True)
class PendingAction:
    """An ending or a relisting of one offer. The first three states are open, and an offer has one open at most.

    `quantity` is what the offer shall show: 0 for an ending. `detail` says why it expired. `decided_at` is when it was
    last confirmed or rejected.
    """

    id: int
    account_id: int
    link_id: int
    offer_id: str
    action: PendingKind
    quantity: int
    reason: str
    asked_by: AskedBy
    state: PendingState
    detail: str
    created_at: datetime
    decided_at: datetime | None = None


@dataclass(frozen=True)
class PendingPlan:
    """`go` is what may be sent. A confirmed action stays open until Allegro has done it: what is lost on the way, or
    refused, goes again without another question.

    `expire` pairs actions with the reason. Close them before `propose` is stored: an offer has one open at most.
    `propose` are new ones, and those that wait, with what they say now.
    """

    go: tuple[StockChange, ...]
    propose: tuple[PendingAction, ...]
    expire: tuple[tuple[PendingAction, str], ...]


def plan_pending(
    changes: Iterable[StockChange],
    open_actions: Mapping[int, PendingAction],
    *,
    held: Collection[int],
    confirm_all: bool,
    planned: Collection[int],
    skipped: Iterable[Skipped],
    now: datetime,
) -> PendingPlan:
    """Which of the changes of one account may go, and what is to be asked.

    `open_actions` and all ids are by link. `held` are those that the guard against mass endings holds, `confirm_all` is
    the setting `confirm_endings_and_relists`. `planned` are the links that the changes were planned for and whose stock
    was known: an action whose offer was not looked at, or whose product could not be read, stays as it is. `skipped`
    says of a planned link without a change why it has none.

    What was rejected stays undone as long as the plan wants the same, and what the guard asked about waits for its
    answer, even when so few are left that the guard would let them pass.
    """
    go: list[StockChange] = []
    propose: list[PendingAction] = []
    expire: list[tuple[PendingAction, str]] = []
    wanted = {change.link.id: change for change in changes}
    for link_id, change in wanted.items():
        is_held = link_id in held
        action = open_actions.get(link_id)
        if action is not None and (why := _why_another(action, change)):
            expire.append((action, why))
            action = None
        kind = _KINDS.get(change.action)
        if kind is None or (action is None and not _is_asked(change, is_held=is_held, confirm_all=confirm_all)):
            go.append(change)
        elif action is None:
            propose.append(_proposed(change, kind, AskedBy.GUARD if is_held else AskedBy.SETTING, now))
        elif action.state is PendingState.CONFIRMED:
            go.append(change)
        elif action.state is PendingState.WAITING:
            if action.asked_by is AskedBy.SETTING and not is_held and not confirm_all:
                go.append(change)
                expire.append((action, "Endings and relistings need no confirmation any more."))
            else:
                asked_by = AskedBy.GUARD if is_held else action.asked_by
                told = replace(action, quantity=change.after, reason=change.reason, asked_by=asked_by)
                if told != action:
                    propose.append(told)
    reasons = {each.link.id: each.reason for each in skipped}
    for link_id, action in open_actions.items():
        if link_id in planned and link_id not in wanted:
            expire.append((action, reasons.get(link_id, "The offer shows what it shall.")))
    return PendingPlan(tuple(go), tuple(propose), tuple(expire))


_KINDS = {
    StockAction.END: PendingKind.END,
    StockAction.REDUCE: PendingKind.END,
    StockAction.RESUME: PendingKind.RELIST,
}


def _is_asked(change: StockChange, *, is_held: bool, confirm_all: bool) -> bool:
    return is_held or (confirm_all and change.action in (StockAction.END, StockAction.RESUME))


def _why_another(action: PendingAction, change: StockChange) -> str:
    """Why the action does not stand for the change, or "" if it does."""
    if action.offer_id != change.link.offer_id:
        return f"The offer was renewed as {change.link.offer_id}."
    match action.action, change.action:
        case PendingKind.END, StockAction.SET:
            return "The product is in stock again."
        case PendingKind.END, StockAction.RESUME:
            return "The offer has ended meanwhile."
        case PendingKind.END, _ if action.quantity != change.after:
            # Who agreed to one piece left has not agreed to an ending.
            return "By the account's settings something else becomes of an offer without stock now."
        case PendingKind.RELIST, StockAction.SET | StockAction.END | StockAction.REDUCE:
            return "The offer runs again."
    return ""


def _proposed(change: StockChange, kind: PendingKind, asked_by: AskedBy, now: datetime) -> PendingAction:
    return PendingAction(
        id=0,
        account_id=change.link.account_id,
        link_id=change.link.id,
        offer_id=change.link.offer_id,
        action=kind,
        quantity=change.after,
        reason=change.reason,
        asked_by=asked_by,
        state=PendingState.WAITING,
        detail="",
        created_at=now,
    )
