"""What the seller chooses for an account."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, StrictBool

from app.api.deps import AccountId, FieldRefused, ServicesDep
from app.api.fields import Change, DayOrInstant, left_out
from app.db import accounts, journal, order_log
from app.domain.journal import start_of_import
from app.domain.reimport import Period, Reason, Survey
from app.domain.settings import Settings, settings_to, switched

router = APIRouter(tags=["settings"])

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


class PreviewAnswer(BaseModel):
    """`orders` is how many the change of `import_orders_from` would import: those bought, or paid later, between its
    new and its old value (up to now where it had none). `counts` is how many orders of that time have each reason.
    """

    orders: int
    counts: dict[Reason, int]


class SettingsPreview(SettingsAnswer):
    """The settings as they would be; nothing was changed."""

    preview: PreviewAnswer


class SettingsChange(Change):
    """Only what is given changes. `dry_run` changes nothing and tells how many orders the change would import."""

    import_orders: StrictBool = left_out()
    import_orders_from: DayOrInstant = left_out()
    match_items_by_title: StrictBool = left_out()
    mark_processing: StrictBool = left_out()
    foreign_hold_minutes: Minutes = left_out()
    send_customer_emails: StrictBool = left_out()
    create_customer_accounts: StrictBool = left_out()
    send_account_email: StrictBool = left_out()
    tax_number_meta_key: MetaKey = left_out()
    event_logging: StrictBool = left_out()
    dry_run: StrictBool = False


@router.get("/accounts/{account_id}/settings")
def get_settings(account_id: AccountId, services: ServicesDep) -> SettingsAnswer:
    with services.database.reading() as session:
        return _answer(accounts.get(session, account_id).settings)


@router.patch("/accounts/{account_id}/settings")
def change_settings(
    account_id: AccountId, body: SettingsChange, services: ServicesDep
) -> SettingsPreview | SettingsAnswer:
    now = services.now()
    if body.dry_run:
        with services.database.reading() as session:
            old = accounts.get(session, account_id).settings
        new = _changed(old, body, now)
        period = _moved_back(old, new, now)
        survey = services.reimporter.preview(account_id, period) if period else Survey()
        # An order that was imported before and whose store order was deleted is brought back by a re-import alone.
        preview = PreviewAnswer(orders=survey.counts[Reason.NEVER_MADE], counts=survey.counts)
        return SettingsPreview(**_answer(new).model_dump(), preview=preview)
    with services.database.transaction() as session:
        old = accounts.get(session, account_id).settings
        new = _changed(old, body, now)
        start = new.import_starts_at
        accounts.save_settings(session, account_id, new)
        if old.import_starts_at is not None and start is not None and start < old.import_starts_at:
            # Orders between the two dates were never listed, or were passed over: list and look again.
            journal.restart_sweep(session, account_id, sweep_from=start_of_import(new, now))
            order_log.make_skipped_due(session, account_id, now=now)
    return _answer(new)


def _changed(old: Settings, body: SettingsChange, now: datetime) -> Settings:
    """Raises `FieldRefused`."""
    values = {name: value for name, value in body.given().items() if name != "dry_run"}
    new = switched(old, replace(old, **values), now)
    if new.send_account_email and not new.create_customer_accounts:
        raise FieldRefused(
            "send_account_email",
            "needs create_customer_accounts: without an account there is no mail about one",
        )
    return new


def _moved_back(old: Settings, new: Settings, now: datetime) -> Period | None:
    """The time by which the import begins earlier, or None when it does not."""
    if new.import_starts_at is None:
        return None
    since, until = start_of_import(new, now), min(old.import_starts_at or now, now)
    return Period(since, until) if since < until else None


def _answer(settings: Settings) -> SettingsAnswer:
    values: dict[str, Any] = {field.name: None for field in fields(Settings)} | settings_to(settings)
    if isinstance(start := settings.import_orders_from, datetime):
        values["import_orders_from"] = start.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return SettingsAnswer(**values)
