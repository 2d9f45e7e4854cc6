"""The one store: how it answered last, its webhooks as last seen, and what they hinted at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.models import StoreStateRow, WebhookHintRow
from app.domain.webhooks import Hint

_ONLY = 1
_MOST_TAKEN = 5_000
_IN_ONE_STATEMENT = 500


@dataclass(frozen=True)
class StoreState:
    """`problem` is what a person should read while something is wrong, "" when the last call went well.

    `lag_seconds` is how late the last webhook came that tells. `webhooks_signed_with` is the fingerprint of the secret
    that all webhooks were given, "" when that is not known.
    """

    problem: str = ""
    checked_at: datetime | None = None
    last_webhook_at: datetime | None = None
    last_ping_at: datetime | None = None
    lag_seconds: int | None = None
    webhooks: tuple[dict[str, Any], ...] = ()
    webhooks_signed_with: str = ""


def get(session: Session) -> StoreState:
    row = session.get(StoreStateRow, _ONLY)
    if row is None:
        return StoreState()
    return StoreState(
        problem=row.problem,
        checked_at=row.checked_at,
        last_webhook_at=row.last_webhook_at,
        last_ping_at=row.last_ping_at,
        lag_seconds=row.webhook_lag_seconds,
        webhooks=tuple(row.webhooks),
        webhooks_signed_with=row.webhooks_signed_with,
    )


def note_check(session: Session, *, problem: str, now: datetime) -> bool:
    """Remember how a call to the store went. Returns whether that is news."""
    row = _row(session)
    news = row.problem != problem
    row.problem, row.checked_at = problem, now
    return news


def note_webhooks(session: Session, webhooks: Sequence[dict[str, Any]], *, signed_with: str) -> None:
    row = _row(session)
    row.webhooks, row.webhooks_signed_with = list(webhooks), signed_with


def note_ping(session: Session, *, now: datetime) -> None:
    _row(session).last_ping_at = now


def note_hints(session: Session, hints: Sequence[Hint]) -> None:
    """Store webhooks' hints, at least one, for later."""
    row = _row(session)
    newest = max(hint.received_at for hint in hints)
    # Hints that had to wait for the database may be stored after younger ones.
    if row.last_webhook_at is None or row.last_webhook_at <= newest:
        row.last_webhook_at = newest
        for hint in sorted(hints, key=lambda hint: hint.received_at):
            if hint.lag_seconds is not None:
                row.webhook_lag_seconds = hint.lag_seconds
    session.add_all(
        WebhookHintRow(topic=hint.topic, resource_id=hint.resource_id, received_at=hint.received_at) for hint in hints
    )


def take_hints(session: Session) -> list[Hint]:
    """Delete and return hints that wait, oldest first; those that another process is taking now are left to it."""
    statement = select(WebhookHintRow).order_by(WebhookHintRow.id).limit(_MOST_TAKEN)
    rows = session.execute(statement.with_for_update(skip_locked=True)).scalars().all()
    for start in range(0, len(rows), _IN_ONE_STATEMENT):
        some = [row.id for row in rows[start : start + _IN_ONE_STATEMENT]]
        session.execute(delete(WebhookHintRow).where(WebhookHintRow.id.in_(some)))
    return [Hint(row.topic, row.resource_id, row.received_at) for row in rows]


def waiting_hints(session: Session) -> int:
    return session.execute(select(func.count()).select_from(WebhookHintRow)).scalar_one()


def forget_hints(session: Session, *, before: datetime) -> int:
    """Delete hints received before then; returns how many."""
    gone = session.execute(
        delete(WebhookHintRow).where(WebhookHintRow.received_at < before).returning(WebhookHintRow.id)
    )
    return len(gone.all())


def _row(session: Session) -> StoreStateRow:
    if session.get(StoreStateRow, _ONLY) is None:
        unknown = dict.fromkeys(("checked_at", "last_webhook_at", "last_ping_at", "webhook_lag_seconds"))
        insert_unless_there(
            session, StoreStateRow, {"id": _ONLY, "problem": "", "webhooks": [], "webhooks_signed_with": "", **unknown}
        )
    return session.get_one(StoreStateRow, _ONLY, with_for_update=True)
