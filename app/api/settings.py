"""What the seller chooses for an account."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, PlainValidator, StrictBool, WithJsonSchema

from app.api.deps import AccountId, FieldRefused, ServicesDep
from app.api.fields import Change, left_out
from app.db import accounts, journal, order_log
from app.domain.journal import start_of_import
from app.domain.settings import Settings, settings_to, switched

router = APIRouter(tags=["settings"])


_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2100
_NEITHER = "must be a day (2026-11-01) or an instant with its offset from UTC (2026-11-01T12:00:00Z)"


def _day_or_instant(value: object) -> date | datetime:
    """A day as it is, an instant in UTC. What looks like a day is never taken for one when it has a time."""
    if not isinstance(value, str):
        raise ValueError(_NEITHER)
    try:
        start = date.fromisoformat(value) if len(value) == len("2026-11-01") else datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(_NEITHER) from None
    if not _EARLIEST_YEAR <= start.year <= _LATEST_YEAR:
        raise ValueError(f"must lie between the years {_EARLIEST_YEAR} and {_LATEST_YEAR}")
    if not isinstance(start, datetime):
        return start
    if start.tzinfo is None:
        raise ValueError(_NEITHER)
    return start.astimezone(UTC)


Start = Annotated[
    date | datetime,
    PlainValidator(_day_or_instant),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
]


# A day is longer than any cancel window; 0 switches the wait off.
Minutes = Annotated[int, Field(strict=True, ge=0, le=24 * 60)]
MetaKey = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_-]*$")]


class SettingsAnswer(BaseModel):
    """`import_orders_from` is a day (its midnight in Poland) or an instant."""

    import_orders: bool
    import_orders_from: str | None
    match_items_by_title: bool
    mark_processing: bool
    foreign_hold_minutes: int
    send_customer_emails: bool
    create_customer_accounts: bool
    send_account_email: bool
    tax_number_meta_key: str
    event_logging: bool


class SettingsChange(Change):
    """Only what is given changes."""

    import_orders: StrictBool = left_out()
    import_orders_from: Start = left_out()
    match_items_by_title: StrictBool = left_out()
    mark_processing: StrictBool = left_out()
    foreign_hold_minutes: Minutes = left_out()
    send_customer_emails: StrictBool = left_out()
    create_customer_accounts: StrictBool = left_out()
    send_account_email: StrictBool = left_out()
    tax_number_meta_key: MetaKey = left_out()
    event_logging: StrictBool = left_out()


@router.get("/accounts/{account_id}/settings")
def get_settings(account_id: AccountId, services: ServicesDep) -> SettingsAnswer:
    with services.database.reading() as session:
        return _answer(accounts.get(session, account_id).settings)


@router.patch("/accounts/{account_id}/settings")
def change_settings(account_id: AccountId, body: SettingsChange, services: ServicesDep) -> SettingsAnswer:
    now = services.now()
    with services.database.transaction() as session:
        old = accounts.get(session, account_id).settings
        new = switched(old, replace(old, **body.given()), now)
        if new.send_account_email and not new.create_customer_accounts:
            raise FieldRefused(
                "send_account_email",
                "needs create_customer_accounts: without an account there is no mail about one",
            )
        start = new.import_starts_at
        accounts.save_settings(session, account_id, new)
        if old.import_starts_at is not None and start is not None and start < old.import_starts_at:
            # Orders between the two dates were never listed, or were passed over: list and look again.
            journal.restart_sweep(session, account_id, sweep_from=start_of_import(new, now))
            order_log.make_skipped_due(session, account_id, now=now)
    return _answer(new)


def _answer(settings: Settings) -> SettingsAnswer:
    values: dict[str, Any] = {field.name: None for field in fields(Settings)} | settings_to(settings)
    if isinstance(start := settings.import_orders_from, datetime):
        values["import_orders_from"] = start.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return SettingsAnswer(**values)
