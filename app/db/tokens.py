"""An account's tokens, and authorisations under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.db.accounts import AccountNotFound
from app.db.models import AuthorizationRow, ConnectionRow
from app.domain.accounts import LinkState


@dataclass(frozen=True)
class StoredTokens:
    """The tokens as stored, encrypted. `rotated_at` is when the previous refresh token was used up."""

    state: LinkState
    access_encrypted: str
    refresh_encrypted: str
    previous_refresh_encrypted: str
    expires_at: datetime | None
    rotated_at: datetime | None


def read(session: Session, account_id: int) -> StoredTokens:
    return _tokens(_row(session, account_id))


def read_locked(session: Session, account_id: int) -> StoredTokens:
    """As `read`, and nobody else can until the transaction ends.

    PostgreSQL locks the row; on SQLite the transaction already holds the one write lock.
    """
    statement = select(ConnectionRow).where(ConnectionRow.account_id == account_id).with_for_update()
    row = session.execute(statement).scalar_one_or_none()
    return _tokens(row or _row(session, account_id))


def save_pair(
    session: Session,
    account_id: int,
    *,
    access_encrypted: str,
    refresh_encrypted: str,
    expires_at: datetime,
    scope: str,
    now: datetime,
) -> None:
    """Store a new pair; the refresh token that it replaces is kept for the grace period."""
    row = _row(session, account_id)
    row.previous_refresh_token_encrypted = row.refresh_token_encrypted
    row.access_token_encrypted = access_encrypted
    row.refresh_token_encrypted = refresh_encrypted
    row.token_expires_at = expires_at
    row.scope = scope
    row.rotated_at = now


def connect(session: Session, account_id: int, *, login: str, allegro_user_id: str, now: datetime) -> None:
    row = _row(session, account_id)
    row.state = LinkState.CONNECTED
    row.login = login
    row.allegro_user_id = allegro_user_id
    row.problem = ""
    row.missing_permissions = []
    row.checked_at = now


def require_authorization(session: Session, account_id: int, *, problem: str, now: datetime) -> None:
    """The tokens are dead: nothing is sent with them any more until a person authorises again."""
    row = _row(session, account_id)
    row.state = LinkState.REAUTH_REQUIRED
    row.problem = problem
    row.checked_at = now


def disconnect(session: Session, account_id: int) -> None:
    """Forget the tokens."""
    row = _row(session, account_id)
    row.state = LinkState.DISCONNECTED
    row.access_token_encrypted = ""
    row.refresh_token_encrypted = ""
    row.previous_refresh_token_encrypted = ""
    row.token_expires_at = None
    row.rotated_at = None
    row.scope = ""
    row.problem = ""
    row.missing_permissions = []


def note_check(
    session: Session, account_id: int, *, problem: str, missing_permissions: Sequence[str] = (), now: datetime
) -> bool:
    """Remember how a call to Allegro went. Returns whether that is news."""
    row = _row(session, account_id)
    news = row.problem != problem
    row.problem = problem
    row.missing_permissions = list(missing_permissions)
    row.checked_at = now
    return news


@dataclass(frozen=True)
class Authorization:
    """An authorisation under way. `secret_encrypted` is the PKCE verifier, or the device code."""

    id: int
    account_id: int
    kind: str
    secret_encrypted: str
    interval_seconds: int
    expires_at: datetime
    finished_at: datetime | None
    outcome: str


def begin_authorization(
    session: Session,
    account_id: int,
    *,
    kind: str,
    state_fingerprint: str,
    secret_encrypted: str,
    expires_at: datetime,
    now: datetime,
    interval_seconds: int = 0,
) -> None:
    """Store a new authorisation; an unfinished older one of the account is void from now on."""
    session.execute(
        update(AuthorizationRow)
        .where(AuthorizationRow.account_id == account_id, AuthorizationRow.finished_at.is_(None))
        .values(finished_at=now, outcome="replaced by a newer authorisation")
    )
    session.add(
        AuthorizationRow(
            account_id=account_id,
            kind=kind,
            state_fingerprint=state_fingerprint,
            secret_encrypted=secret_encrypted,
            interval_seconds=interval_seconds,
            poll_after=now if kind == "device" else None,
            created_at=now,
            expires_at=expires_at,
            finished_at=None,
            outcome="",
        )
    )


def claim_authorization(session: Session, state_fingerprint: str, *, now: datetime) -> Authorization | None:
    """The authorisation of this state, used up by this call: a second call finds it finished."""
    statement = (
        select(AuthorizationRow).where(AuthorizationRow.state_fingerprint == state_fingerprint).with_for_update()
    )
    row = session.execute(statement).scalar_one_or_none()
    if row is None:
        return None
    found = _authorization(row)
    if row.finished_at is None:
        row.finished_at = now
        row.outcome = "the browser returned"
    return found


def due_devices(session: Session, *, now: datetime) -> Sequence[Authorization]:
    """Device authorisations whose next poll is due.

    They stay locked until the transaction ends; `poll_later` in the same one keeps others from polling them too.
    """
    statement = (
        select(AuthorizationRow)
        .where(
            AuthorizationRow.kind == "device",
            AuthorizationRow.finished_at.is_(None),
            AuthorizationRow.poll_after <= now,
        )
        .with_for_update(skip_locked=True)
    )
    return [_authorization(row) for row in session.execute(statement).scalars()]


def poll_later(session: Session, authorization_id: int, *, poll_after: datetime, interval_seconds: int) -> None:
    row = session.get(AuthorizationRow, authorization_id)
    if row is not None:
        row.poll_after = poll_after
        row.interval_seconds = interval_seconds


def finish_authorization(session: Session, authorization_id: int, *, outcome: str, now: datetime) -> None:
    row = session.get(AuthorizationRow, authorization_id)
    if row is not None:  # its account may have been deleted meanwhile
        row.finished_at = now
        row.outcome = outcome


def forget_authorizations(session: Session, *, before: datetime) -> int:
    """Delete authorisations that expired before then; returns how many."""
    gone = session.execute(
        delete(AuthorizationRow).where(AuthorizationRow.expires_at < before).returning(AuthorizationRow.id)
    )
    return len(gone.all())


def _row(session: Session, account_id: int) -> ConnectionRow:
    row = session.get(ConnectionRow, account_id)
    if row is None:
        raise AccountNotFound(f"There is no account {account_id}.")
    return row


def _tokens(row: ConnectionRow) -> StoredTokens:
    return StoredTokens(
        state=LinkState(row.state),
        access_encrypted=row.access_token_encrypted,
        refresh_encrypted=row.refresh_token_encrypted,
        previous_refresh_encrypted=row.previous_refresh_token_encrypted,
        expires_at=row.token_expires_at,
        rotated_at=row.rotated_at,
    )


def _authorization(row: AuthorizationRow) -> Authorization:
    return Authorization(
        id=row.id,
        account_id=row.account_id,
        kind=row.kind,
        secret_encrypted=row.secret_encrypted,
        interval_seconds=row.interval_seconds,
        expires_at=row.expires_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
    )
