"""The tables. Secrets are stored encrypted; columns that hold them end in `_encrypted`."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, ForeignKey, Index, MetaData, Text, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time in every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        str: Text,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def account_key(**options: Any) -> Mapped[int]:
    return mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), **options)


class AccountRow(Base):
    __tablename__ = "accounts"
    # SQLite would give a deleted account's id to the next one, and with it whatever still runs for the old account.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    environment: Mapped[str]
    app_name: Mapped[str]
    client_id: Mapped[str]
    client_secret_encrypted: Mapped[str]
    allegro_login: Mapped[str]
    location: Mapped[dict[str, Any]]
    default_currency: Mapped[str]
    enabled: Mapped[bool]
    shadow: Mapped[bool]
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class ConnectionRow(Base):
    """The account's authorisation. Deleted tokens are empty, never null beside a state that claims otherwise."""

    __tablename__ = "connections"

    account_id: Mapped[int] = account_key(primary_key=True)
    state: Mapped[str]
    login: Mapped[str]
    allegro_user_id: Mapped[str]
    access_token_encrypted: Mapped[str]
    refresh_token_encrypted: Mapped[str]
    previous_refresh_token_encrypted: Mapped[str]
    scope: Mapped[str]
    token_expires_at: Mapped[datetime | None]
    rotated_at: Mapped[datetime | None]
    problem: Mapped[str]
    missing_permissions: Mapped[list[Any]]
    checked_at: Mapped[datetime | None]


class AuthorizationRow(Base):
    """An authorisation under way. `state_fingerprint` finds the browser's return; the state itself is not stored."""

    __tablename__ = "authorizations"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key(index=True)
    kind: Mapped[str]
    state_fingerprint: Mapped[str] = mapped_column(unique=True)
    secret_encrypted: Mapped[str]
    interval_seconds: Mapped[int]
    poll_after: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str]


class JournalRow(Base):
    """How far the account's order journal and the sweeps have been read. `position` "" is the journal's beginning."""

    __tablename__ = "journals"

    account_id: Mapped[int] = account_key(primary_key=True)
    position: Mapped[str]
    read_at: Mapped[datetime]
    swept_until: Mapped[datetime]
    swept_at: Mapped[datetime | None]
    audited_at: Mapped[datetime | None]


class OrderEventRow(Base):
    """The inbox: journal events as received. `handled_at` is set when the order has been worked off."""

    __tablename__ = "order_events"
    __table_args__ = (
        UniqueConstraint("account_id", "event_id"),
        Index("ix_order_events_open", "account_id", "order_id", postgresql_where=text("handled_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    event_id: Mapped[str]
    order_id: Mapped[str]
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    revision: Mapped[str]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]


class OrderLogRow(Base):
    __tablename__ = "order_log"
    __table_args__ = (
        UniqueConstraint("account_id", "order_id"),
        Index("ix_order_log_due", "account_id", "due_at"),
        Index("ix_order_log_store_order_id", "store_order_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    order_id: Mapped[str]
    state: Mapped[str]
    status: Mapped[str]
    revision: Mapped[str]
    store_order_id: Mapped[int | None]
    total: Mapped[str]
    currency: Mapped[str]
    buyer_login: Mapped[str]
    found_by: Mapped[str]
    attempts: Mapped[int]
    reason: Mapped[str]
    first_seen_at: Mapped[datetime]
    bought_at: Mapped[datetime | None]
    imported_at: Mapped[datetime | None]
    marked_processing_at: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    became_ready_at: Mapped[datetime | None]
    release_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    superseded_by: Mapped[str] = mapped_column(server_default="")
    addresses_digest: Mapped[str] = mapped_column(server_default="")
    payments_digest: Mapped[str] = mapped_column(server_default="")
    due_at: Mapped[datetime | None]


class ReservationRow(Base):
    """Pieces bought at Allegro, by the line that they were bought with, which is unique at Allegro for ever."""

    __tablename__ = "reservations"
    __table_args__ = (
        UniqueConstraint("account_id", "line_id"),
        Index("ix_reservations_order", "account_id", "order_id"),
        Index("ix_reservations_open", "account_id", "offer_id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    line_id: Mapped[str]
    order_id: Mapped[str]
    offer_id: Mapped[str]
    quantity: Mapped[int]
    state: Mapped[str]
    changed_at: Mapped[datetime]


class BuyerRow(Base):
    """The store's customer of an Allegro buyer. A buyer has one id at all sellers, and another in the sandbox."""

    __tablename__ = "buyers"

    environment: Mapped[str] = mapped_column(primary_key=True)
    buyer_id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[int]
    noted_at: Mapped[datetime]


class OrderAttemptRow(Base):
    """Intents. At most one attempt of an order may be unresolved: the index below makes a second one impossible."""

    __tablename__ = "order_attempts"
    __table_args__ = (
        Index(
            "uq_order_attempts_unresolved",
            "account_id",
            "order_id",
            unique=True,
            postgresql_where=text("fate IN ('open', 'lost')"),
            sqlite_where=text("fate IN ('open', 'lost')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    order_id: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    fate: Mapped[str]
    payload_hash: Mapped[str]
    store_order_id: Mapped[int | None]
    detail: Mapped[str]


class OrderHistoryRow(Base):
    """What happened to an order on our side, in words, oldest first."""

    __tablename__ = "order_history"
    __table_args__ = (Index("ix_order_history_order", "account_id", "order_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    order_id: Mapped[str]
    at: Mapped[datetime]
    what: Mapped[str]
    why: Mapped[str]
    confirmed: Mapped[bool]


class RunRow(Base):
    __tablename__ = "runs"
    __table_args__ = (Index("ix_runs_job", "job", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    account_id: Mapped[int | None] = account_key()
    state: Mapped[str]
    asked_by: Mapped[str]
    dry_run: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seen: Mapped[int]
    planned: Mapped[int]
    done: Mapped[int]
    skipped: Mapped[int]
    failed: Mapped[int]
    error: Mapped[str]
    changes: Mapped[list[Any]]


class JobStateRow(Base):
    """What is remembered of a job of one account (0: of none)."""

    __tablename__ = "job_states"

    job: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True)
    last_run_at: Mapped[datetime | None]
    last_result: Mapped[str]
    last_error: Mapped[str]
    failing_since: Mapped[datetime | None]
    failures: Mapped[int]
    not_before: Mapped[datetime | None]


class LeaseRow(Base):
    """Who does a piece of work now. `token` rises with every new holder and fences off the old one."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[int]
    expires_at: Mapped[datetime]


class AlertRow(Base):
    """At most one open alert of a kind about a subject."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "uq_alerts_open",
            "kind",
            "scope",
            "subject",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
            sqlite_where=text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account_id: Mapped[int | None] = account_key()
    scope: Mapped[int]  # the account's id, or 0: null is never equal to null in a unique index
    subject: Mapped[str]
    title: Mapped[str]
    remedy: Mapped[str]
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class StoreStateRow(Base):
    """The one store: how it answered last, and when it last delivered a webhook."""

    __tablename__ = "store_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    problem: Mapped[str]
    checked_at: Mapped[datetime | None]
    last_webhook_at: Mapped[datetime | None]
    last_ping_at: Mapped[datetime | None]
    webhooks: Mapped[list[Any]]
    webhook_lag_seconds: Mapped[int | None]
    webhooks_signed_with: Mapped[str]  # a fingerprint of the secret that they were given last


class WebhookHintRow(Base):
    """The store's inbox: what its webhooks hinted at, not worked off yet."""

    __tablename__ = "webhook_hints"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str]
    resource_id: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(index=True)
