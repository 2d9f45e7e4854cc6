"""The one store: how it answered last, its webhooks as last seen, and what they hinted at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.models import StoreStateRow, WebhookHintRow

_ONLY = 1


@dataclass(frozen=True)
class StoreState:
    """`problem` is what a person should read while something is wrong, "" when the last call went well."""

    problem: str
    checked_at: datetime | None
    last_webhook_at: datetime | None
    last_ping_at: datetime | None
    webhooks: tuple[dict[str, Any], ...]


def get(session: Session) -> StoreState:
    row = session.get(StoreStateRow, _ONLY)
    if row is None:
        return StoreState("", None, None, None, ())
    return StoreState(row.problem, row.checked_at, row.last_webhook_at, row.last_ping_at, tuple(row.webhooks))


def note_check(session: Session, *, problem: str, now: datetime) -> bool:
    """Remember how a call to the store went. Returns whether that is news."""
    row = _row(session)
    news = row.problem != problem
    row.problem, row.checked_at = problem, now
    return news


def note_webhooks(session: Session, webhooks: Sequence[dict[str, Any]]) -> None:
    _row(session).webhooks = list(webhooks)


def note_ping(session: Session, *, now: datetime) -> None:
    _row(session).last_ping_at = now


def note_hint(session: Session, *, topic: str, resource_id: int, now: datetime) -> None:
    """Store a webhook's hint for later."""
    _row(session).last_webhook_at = now
    session.add(WebhookHintRow(topic=topic, resource_id=resource_id, received_at=now))


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
        times = dict.fromkeys(("checked_at", "last_webhook_at", "last_ping_at"))
        insert_unless_there(
            session, StoreStateRow, {"id": _ONLY, "problem": "", "webhooks": [], "webhooks_signed_with": "", **times}
        )
    return session.get_one(StoreStateRow, _ONLY, with_for_update=True)
