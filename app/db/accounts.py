"""Accounts and their settings. Secrets come in encrypted and are handed out encrypted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.models import AccountRow, ConnectionRow, JobStateRow, LeaseRow
from app.domain.accounts import Account, Connection, Environment, LinkState, Location
from app.domain.settings import Settings, settings_from, settings_to
from app.errors import BridgeError


class AccountNotFound(BridgeError):
    """There is no account with this id."""


class AccountNameTaken(BridgeError):
    """Another account already has this name; names are shown on orders and must differ."""


@dataclass(frozen=True)
class NewAccount:
    """What an account is made of."""

    name: str
    environment: Environment
    app_name: str
    client_id: str
    client_secret_encrypted: str
    allegro_login: str
    location: Location
    default_currency: str
    enabled: bool
    shadow: bool


def add(session: Session, new: NewAccount, *, now: datetime) -> int:
    """Store a new account and return its id. Raises `AccountNameTaken`."""
    row = AccountRow(
        name=new.name,
        environment=new.environment,
        app_name=new.app_name,
        client_id=new.client_id,
        client_secret_encrypted=new.client_secret_encrypted,
        allegro_login=new.allegro_login,
        location=_location_to(new.location),
        default_currency=new.default_currency,
        enabled=new.enabled,
        shadow=new.shadow,
        settings={},
        created_at=now,
    )
    session.add(row)
    _flush_name(session, new.name)
    session.add(
        ConnectionRow(
            account_id=row.id,
            state=LinkState.NEVER,
            login="",
            allegro_user_id="",
            access_token_encrypted="",
            refresh_token_encrypted="",
            previous_refresh_token_encrypted="",
            scope="",
            token_expires_at=None,
            rotated_at=None,
            problem="",
            missing_permissions=[],
            checked_at=None,
        )
    )
    session.flush()
    return row.id


def update(session: Session, account_id: int, values: dict[str, Any]) -> None:
    """Change columns of an account. Raises `AccountNotFound`, `AccountNameTaken`."""
    row = _row(session, account_id)
    for name, value in values.items():
        setattr(row, name, _location_to(value) if isinstance(value, Location) else value)
    _flush_name(session, row.name)


def save_settings(session: Session, account_id: int, settings: Settings) -> None:
    _row(session, account_id).settings = settings_to(settings)


def remove(session: Session, account_id: int) -> None:
    """Delete the account with everything that belongs to it. Its store orders stay in the store."""
    session.delete(_row(session, account_id))
    for table in (JobStateRow, LeaseRow):
        session.execute(delete(table).where(table.account_id == account_id))


def get(session: Session, account_id: int) -> Account:
    """Raises `AccountNotFound`."""
    return _account(_row(session, account_id), session.get_one(ConnectionRow, account_id))


def every(session: Session, *, after_id: int = 0, limit: int | None = None) -> Sequence[Account]:
    """Accounts by id, those with a higher id than `after_id`."""
    statement = (
        select(AccountRow, ConnectionRow)
        .join(ConnectionRow, ConnectionRow.account_id == AccountRow.id)
        .where(AccountRow.id > after_id)
        .order_by(AccountRow.id)
        .limit(limit)
    )
    return [_account(account, connection) for account, connection in session.execute(statement)]


def client_secret_encrypted(session: Session, account_id: int) -> str:
    return _row(session, account_id).client_secret_encrypted


def _row(session: Session, account_id: int) -> AccountRow:
    row = session.get(AccountRow, account_id)
    if row is None:
        raise AccountNotFound(f"There is no account {account_id}.")
    return row


def _flush_name(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise AccountNameTaken(f"Another account is already named {name!r}. Choose a different name.") from None


def _location_to(location: Location) -> dict[str, Any]:
    return {
        "country_code": location.country_code,
        "province": location.province,
        "city": location.city,
        "postal_code": location.postal_code,
    }


def _account(row: AccountRow, connection: ConnectionRow) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        environment=Environment(row.environment),
        app_name=row.app_name,
        client_id=row.client_id,
        client_secret_set=bool(row.client_secret_encrypted),
        allegro_login=row.allegro_login,
        location=Location(**row.location),
        default_currency=row.default_currency,
        enabled=row.enabled,
        shadow=row.shadow,
        settings=settings_from(row.settings),
        connection=Connection(
            state=LinkState(connection.state),
            login=connection.login,
            scope=connection.scope,
            allegro_user_id=connection.allegro_user_id,
            token_expires_at=connection.token_expires_at,
            problem=connection.problem,
            missing_permissions=tuple(connection.missing_permissions),
            checked_at=connection.checked_at,
        ),
    )
