"""Alerts: opened once, resolved when it is over."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.models import AlertRow
from app.domain.alerts import Alert
from app.errors import BridgeError


class AlertNotFound(BridgeError):
    """There is no alert with this id."""


def open_alert(
    session: Session,
    kind: str,
    *,
    account_id: int | None,
    subject: str,
    title: str,
    remedy: str,
    now: datetime,
) -> bool:
    """Open the alert unless one of its kind is open about the subject. Returns whether it is new."""
    values = {"kind": kind, "account_id": account_id, "scope": account_id or 0, "subject": subject}
    texts = {"title": title, "remedy": remedy, "opened_at": now, "resolved_at": None}
    if insert_unless_there(session, AlertRow, values | texts):
        return True
    row = _open_row(session, kind, account_id, subject)
    if row is not None:
        row.title, row.remedy = title, remedy
    return False


def resolve(
    session: Session, kind: str, *, account_id: int | None, subject: str, now: datetime, remedy: str | None = None
) -> bool:
    """Close the open alert of this kind about the subject; returns whether there was one.

    `remedy` is what it says from now on, None to leave that.
    """
    row = _open_row(session, kind, account_id, subject)
    if row is None:
        return False
    row.resolved_at = now
    row.remedy = row.remedy if remedy is None else remedy
    return True


def is_put_away(session: Session, kind: str, *, account_id: int | None, subject: str, title: str, remedy: str) -> bool:
    """Whether the newest alert of this kind about the subject said exactly this and is resolved."""
    statement = (
        select(AlertRow)
        .where(AlertRow.kind == kind, AlertRow.scope == (account_id or 0), AlertRow.subject == subject)
        .order_by(AlertRow.id.desc())
        .limit(1)
    )
    row = session.execute(statement).scalar_one_or_none()
    return row is not None and row.resolved_at is not None and (row.title, row.remedy) == (title, remedy)


def resolve_by_id(session: Session, alert_id: int, *, now: datetime) -> Alert:
    """Raises `AlertNotFound`. An alert that is already resolved keeps its time."""
    row = session.get(AlertRow, alert_id)
    if row is None:
        raise AlertNotFound(f"There is no alert {alert_id}.")
    row.resolved_at = row.resolved_at or now
    return _alert(row)


def page(
    session: Session,
    *,
    before_id: int | None,
    limit: int,
    open_only: bool = False,
    account_id: int | None = None,
) -> Sequence[Alert]:
    """Alerts, newest first."""
    statement = select(AlertRow).order_by(AlertRow.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(AlertRow.id < before_id)
    if open_only:
        statement = statement.where(AlertRow.resolved_at.is_(None))
    if account_id is not None:
        statement = statement.where(AlertRow.account_id == account_id)
    return [_alert(row) for row in session.execute(statement).scalars()]


def count_open(session: Session) -> int:
    statement = select(func.count()).select_from(AlertRow).where(AlertRow.resolved_at.is_(None))
    return session.execute(statement).scalar_one()


def is_open(session: Session, kind: str, *, account_id: int | None, subject: str) -> bool:
    """Whether an alert of this kind is open about the subject."""
    return _open_row(session, kind, account_id, subject) is not None


def opened_at(session: Session, kind: str, *, account_id: int | None, subject: str) -> datetime | None:
    """Since when an alert of this kind is open about the subject; None while there is none."""
    row = _open_row(session, kind, account_id, subject)
    return row.opened_at if row else None


def open_subjects(session: Session, kind: str, account_id: int | None) -> Collection[str]:
    """What the open alerts of this kind are about."""
    statement = select(AlertRow.subject).where(
        AlertRow.kind == kind, AlertRow.scope == (account_id or 0), AlertRow.resolved_at.is_(None)
    )
    return set(session.execute(statement).scalars())


def subjects(session: Session, kind: str, account_id: int | None) -> Collection[str]:
    """What the alerts of this kind are or were about."""
    statement = select(AlertRow.subject).where(AlertRow.kind == kind, AlertRow.scope == (account_id or 0))
    return set(session.execute(statement).scalars())


def _open_row(session: Session, kind: str, account_id: int | None, subject: str) -> AlertRow | None:
    statement = select(AlertRow).where(
        AlertRow.kind == kind,
        AlertRow.scope == (account_id or 0),
        AlertRow.subject == subject,
        AlertRow.resolved_at.is_(None),
    )
    return session.execute(statement).scalar_one_or_none()


def _alert(row: AlertRow) -> Alert:
    return Alert(
        id=row.id,
        kind=row.kind,
        account_id=row.account_id,
        subject=row.subject,
        title=row.title,
        remedy=row.remedy,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
    )
