"""Who does a piece of work now. One holder at a time; a new holder's token fences off the old one."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.models import LeaseRow


def acquire(session: Session, name: str, account_id: int, *, now: datetime, until: datetime) -> int | None:
    """The new holder's token, or None while somebody else holds the lease."""
    insert_unless_there(session, LeaseRow, {"name": name, "account_id": account_id, "token": 0, "expires_at": now})
    taken = session.execute(
        update(LeaseRow)
        .where(LeaseRow.name == name, LeaseRow.account_id == account_id, LeaseRow.expires_at <= now)
        .values(token=LeaseRow.token + 1, expires_at=until)
        .returning(LeaseRow.token)
    )
    return taken.scalar_one_or_none()


def extend(session: Session, name: str, account_id: int, token: int, *, until: datetime) -> bool:
    """Whether the lease was still ours; if so it holds until then."""
    return (
        session.execute(
            update(LeaseRow)
            .where(LeaseRow.name == name, LeaseRow.account_id == account_id, LeaseRow.token == token)
            .values(expires_at=until)
            .returning(LeaseRow.token)
        ).scalar_one_or_none()
        is not None
    )


def release(session: Session, name: str, account_id: int, token: int, *, now: datetime) -> None:
    """Let the next holder in at once, if the lease is still ours."""
    extend(session, name, account_id, token, until=now)


def running_until(session: Session, name: str, account_id: int) -> datetime | None:
    """When the present or last holder's time is up."""
    statement = select(LeaseRow.expires_at).where(LeaseRow.name == name, LeaseRow.account_id == account_id)
    return session.execute(statement).scalar_one_or_none()
