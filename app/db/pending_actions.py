"""Endings and relistings that wait for the seller, and what became of them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.db.engine import in_parts, insert_unless_there
from app.db.offer_models import PendingActionRow
from app.domain.pending import AskedBy, PendingAction, PendingKind, PendingState
from app.errors import BridgeError


class PendingActionNotFound(BridgeError):
    """There are no pending actions with these ids."""


class PendingActionClosed(BridgeError):
    """Nothing is left to decide: it was done, or it no longer applies."""


def propose(session: Session, action: PendingAction) -> None:
    """Have it wait for the seller. One of the same kind that waits already says from now on what this one says; one
    that was decided on stays as it is."""
    insert_unless_there(
        session,
        PendingActionRow,
        {
            "account_id": action.account_id,
            "link_id": action.link_id,
            "offer_id": action.offer_id,
            "action": action.action,
            "quantity": action.quantity,
            "reason": action.reason,
            "asked_by": action.asked_by,
            "state": PendingState.WAITING,
            "detail": "",
            "created_at": action.created_at,
            "decided_at": None,
            "closed_at": None,
        },
    )
    session.execute(
        update(PendingActionRow)
        .where(
            PendingActionRow.link_id == action.link_id,
            PendingActionRow.action == action.action,
            PendingActionRow.state == PendingState.WAITING,
        )
        .values(quantity=action.quantity, reason=action.reason, asked_by=action.asked_by)
    )


def of_account(session: Session, account_id: int) -> dict[int, PendingAction]:
    """Every open action of the account, by link: waiting, confirmed or rejected."""
    statement = select(PendingActionRow).where(
        PendingActionRow.account_id == account_id, PendingActionRow.closed_at.is_(None)
    )
    return {row.link_id: _action(row) for row in session.execute(statement).scalars()}


def of_link(session: Session, link_id: int) -> PendingAction | None:
    """The open action of this link."""
    statement = select(PendingActionRow).where(
        PendingActionRow.link_id == link_id, PendingActionRow.closed_at.is_(None)
    )
    row = session.execute(statement).scalar_one_or_none()
    return _action(row) if row else None


def count_waiting(session: Session, account_id: int) -> int:
    """How many actions of the account wait for the seller."""
    statement = select(func.count()).select_from(PendingActionRow)
    waiting = statement.where(PendingActionRow.account_id == account_id, PendingActionRow.state == PendingState.WAITING)
    return session.execute(waiting).scalar_one()


def page(
    session: Session, account_id: int, state: PendingState, *, before_id: int | None, limit: int
) -> Sequence[PendingAction]:
    """Actions of the account in this state, newest first."""
    statement = select(PendingActionRow).where(
        PendingActionRow.account_id == account_id, PendingActionRow.state == state
    )
    if before_id is not None:
        statement = statement.where(PendingActionRow.id < before_id)
    rows = session.execute(statement.order_by(PendingActionRow.id.desc()).limit(limit)).scalars()
    return [_action(row) for row in rows]


def decide(session: Session, ids: Collection[int], *, confirmed: bool, now: datetime) -> list[PendingAction]:
    """Confirm or reject these actions, all or none of them; returns them as they are then.

    Who has decided may change their mind until it is done. Raises `PendingActionNotFound`, `PendingActionClosed`.
    """
    rows: dict[int, PendingActionRow] = {}
    for some in in_parts(sorted(set(ids))):
        statement = select(PendingActionRow).where(PendingActionRow.id.in_(some)).order_by(PendingActionRow.id)
        rows |= {row.id: row for row in session.execute(statement.with_for_update()).scalars()}
    if unknown := sorted(set(ids) - rows.keys()):
        raise PendingActionNotFound(f"There is no pending action {', '.join(map(str, unknown))}. None was decided on.")
    if closed := [row for row in rows.values() if row.closed_at is not None]:
        raise PendingActionClosed(f"{' '.join(_why_closed(row) for row in closed)} None was decided on.")
    return [_decide(row, confirmed=confirmed, now=now) for row in rows.values()]


def decide_all(session: Session, account_id: int, *, confirmed: bool, now: datetime) -> list[PendingAction]:
    """Confirm or reject all actions of the account that wait; returns them as they are then, oldest first."""
    statement = (
        select(PendingActionRow)
        .where(PendingActionRow.account_id == account_id, PendingActionRow.state == PendingState.WAITING)
        .order_by(PendingActionRow.id)
        .with_for_update()
    )
    rows = session.execute(statement).scalars().all()
    return [_decide(row, confirmed=confirmed, now=now) for row in rows]


def close(session: Session, ids: Collection[int], state: PendingState, *, detail: str = "", now: datetime) -> None:
    """These were done, or have expired for the reason in `detail`. What is closed stays as it is."""
    for some in in_parts(ids):
        session.execute(
            update(PendingActionRow)
            .where(PendingActionRow.id.in_(some), PendingActionRow.closed_at.is_(None))
            .values(state=state, detail=detail, closed_at=now)
        )


def carry_out(
    session: Session, link_ids: Collection[int], action: PendingKind, *, quantity: int | None = None, now: datetime
) -> None:
    """What was confirmed of this for these links (of this `quantity` alone, where one is given) is done."""
    for some in in_parts(link_ids):
        confirmed = update(PendingActionRow).where(
            PendingActionRow.link_id.in_(some),
            PendingActionRow.action == action,
            PendingActionRow.state == PendingState.CONFIRMED,
        )
        if quantity is not None:
            confirmed = confirmed.where(PendingActionRow.quantity == quantity)
        session.execute(confirmed.values(state=PendingState.DONE, closed_at=now))


def forget(session: Session, *, before: datetime) -> int:
    """Delete what was closed before then; returns how many."""
    gone = session.execute(
        delete(PendingActionRow).where(PendingActionRow.closed_at < before).returning(PendingActionRow.id)
    )
    return len(gone.all())


def _decide(row: PendingActionRow, *, confirmed: bool, now: datetime) -> PendingAction:
    state = PendingState.CONFIRMED if confirmed else PendingState.REJECTED
    if row.state != state:
        row.state, row.decided_at = state, now
    return _action(row)


def _why_closed(row: PendingActionRow) -> str:
    if row.state == PendingState.EXPIRED:
        return f"Pending action {row.id} no longer applies: {row.detail}"
    return f"Pending action {row.id} was carried out."


def _action(row: PendingActionRow) -> PendingAction:
    return PendingAction(
        id=row.id,
        account_id=row.account_id,
        link_id=row.link_id,
        offer_id=row.offer_id,
        action=PendingKind(row.action),
        quantity=row.quantity,
        reason=row.reason,
        asked_by=AskedBy(row.asked_by),
        state=PendingState(row.state),
        detail=row.detail,
        created_at=row.created_at,
        decided_at=row.decided_at,
    )
