"""What the seller chooses for one account. The defaults here are the defaults of the product."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

# A date without a time is the seller's own day. Allegro's sellers live by Polish time.
SELLER_ZONE = ZoneInfo("Europe/Warsaw")


@dataclass(frozen=True)
class Settings:
    """Every switch of one account.

    `import_orders_from` is a day (from its midnight in Poland) or an instant; None while import was never on.
    `foreign_hold_minutes` is how long an order of another marketplace than allegro.pl waits before it is released.
    `tax_number_meta_key` is the order meta in which the store's invoice plugin looks for the tax number; "" for none.
    """

    import_orders: bool = False
    import_orders_from: date | datetime | None = None
    match_items_by_title: bool = False
    mark_processing: bool = True
    foreign_hold_minutes: int = 5
    send_customer_emails: bool = False
    create_customer_accounts: bool = False
    send_account_email: bool = False
    tax_number_meta_key: str = "_billing_nip"
    event_logging: bool = False

    @property
    def import_starts_at(self) -> datetime | None:
        """The first instant whose purchases are imported, aware."""
        return first_instant(self.import_orders_from) if self.import_orders_from is not None else None


def first_instant(start: date | datetime) -> datetime:
    """An instant as it is; of a day, its midnight in Poland."""
    return start if isinstance(start, datetime) else datetime.combine(start, time.min, SELLER_ZONE)


def settings_from(stored: Mapping[str, Any]) -> Settings:
    """Settings out of stored values (JSON); what is not stored has its default, what we do not know is ignored."""
    known = {field.name for field in fields(Settings)}
    values = {name: value for name, value in stored.items() if name in known}
    if isinstance(start := values.get("import_orders_from"), str):
        values["import_orders_from"] = date.fromisoformat(start) if len(start) == 10 else datetime.fromisoformat(start)
    return Settings(**values)


def settings_to(settings: Settings) -> dict[str, Any]:
    """The values to store, as JSON."""
    values = {field.name: getattr(settings, field.name) for field in fields(Settings)}
    if (start := settings.import_orders_from) is not None:
        values["import_orders_from"] = start.isoformat()
    return values


def switched(old: Settings, new: Settings, now: datetime) -> Settings:
    """The settings after a change. Import switched on without a date starts at this moment, not at the beginning
    of time: orders that the seller has already worked off by hand must not arrive a second time."""
    if new.import_orders and new.import_orders_from is None:
        return Settings(**{**_values(new), "import_orders_from": old.import_orders_from or now})
    return new


def _values(settings: Settings) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in fields(Settings)}
