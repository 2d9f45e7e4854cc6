"""What the seller chooses for an account."""

from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, StrictBool

from app.api.deps import AccountId, ServicesDep
from app.api.errors import FieldRefused
from app.api.fields import RequestBody
from app.db import accounts, journal, order_log
from app.domain.journal import start_of_import
from app.domain.settings import Settings, settings_to, switched

router = APIRouter(tags=["settings"])


class SettingsAnswer(BaseModel):
    """`import_orders_from` is a day (its midnight in Poland) or an instant."""

    import_orders: bool
    import_orders_from: str | None
    mark_processing: bool
    send_customer_emails: bool
    event_logging: bool


class SettingsChange(RequestBody):
    """Only what is given changes."""

    import_orders: StrictBool | None = None
    import_orders_from: date | AwareDatetime | None = None
    mark_processing: StrictBool | None = None
    send_customer_emails: StrictBool | None = None
    event_logging: StrictBool | None = None


@router.get("/accounts/{account_id}/settings")
def get_settings(account_id: AccountId, services: ServicesDep) -> SettingsAnswer:
    with services.database.reading() as session:
        return _answer(accounts.get(session, account_id).settings)


@router.patch("/accounts/{account_id}/settings")
def change_settings(account_id: AccountId, body: SettingsChange, services: ServicesDep) -> SettingsAnswer:
    now = services.now()
    given = {name: getattr(body, name) for name in body.model_fields_set}
    for name, value in given.items():
        if value is None:
            raise FieldRefused(name, f"{name} cannot be null; leave it out to keep it as it is.")
    with services.database.transaction() as session:
        old = accounts.get(session, account_id).settings
        new = switched(old, replace(old, **given), now)
        start = new.import_starts_at
        if start is not None and start.year < 2000:
            raise FieldRefused("import_orders_from", "import_orders_from lies before Allegro's orders begin.")
        accounts.save_settings(session, account_id, new)
        if old.import_starts_at is not None and start is not None and start < old.import_starts_at:
            # Orders between the two dates were never listed, or were passed over: list and look again.
            journal.restart_sweep(session, account_id, sweep_from=start_of_import(new, now))
            order_log.make_skipped_due(session, account_id, now=now)
    return _answer(new)


def _answer(settings: Settings) -> SettingsAnswer:
    values: dict[str, Any] = {field.name: None for field in fields(Settings)} | settings_to(settings)
    if isinstance(start := settings.import_orders_from, datetime):
        values["import_orders_from"] = start.isoformat().replace("+00:00", "Z")
    return SettingsAnswer(**values)
