"""What the seller chooses for an account."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field, PlainValidator, StrictBool, WithJsonSchema

from app.api.deps import AccountId, FieldRefused, ServicesDep
from app.api.fields import Change, DayOrInstant, Price, left_out
from app.api.orders import MoneyAnswer
from app.api.shipping_methods import ShippingMethodAnswer, ShippingMethods
from app.db import accounts, journal, offer_links, order_log
from app.domain.journal import start_of_import
from app.domain.offers import MAX_QUANTITY
from app.domain.reimport import Period, Reason, Survey
from app.domain.relist import ARCHIVED_AFTER_DAYS
from app.domain.settings import (
    OutOfStockAction,
    PriceWinner,
    Settings,
    contradiction,
    offers_may_differ,
    settings_to,
    switched,
    warnings,
)
from app.sync.offers import price_notices

router = APIRouter(tags=["settings"])

# A day is longer than any cancel window; 0 switches the wait off.
Minutes = Annotated[int, Field(strict=True, ge=0, le=24 * 60)]
MetaKey = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_-]*$")]
Buffer = Annotated[int, Field(strict=True, ge=0, le=MAX_QUANTITY)]
ListedQuantity = Annotated[int, Field(strict=True, ge=1, le=MAX_QUANTITY)]
RelistDays = Annotated[int, Field(strict=True, ge=1, le=ARCHIVED_AFTER_DAYS)]
RelistDelay = Annotated[int, Field(strict=True, ge=0, le=30 * 24 * 60)]
RelistDuration = Literal["until_sold_out", "P3D", "P5D", "P7D", "P10D", "P20D", "P30D"]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
# Upwards a change may be more than 100 %; 0 has every change wait.
PriceChangePercent = Annotated[int, Field(strict=True, ge=0, le=1000)]

_ALL_LOCATIONS = "all"
_MOST_LOCATIONS = 50
_LONGEST_LOCATION = 100


def _locations(value: object) -> tuple[tuple[str, str], ...] | None:
    """Pairs of a location's name and its meta key, or None for all of the stock."""
    if value == _ALL_LOCATIONS:
        return None
    if not isinstance(value, dict) or not 1 <= len(value) <= _MOST_LOCATIONS:
        raise ValueError(
            f"must be {_ALL_LOCATIONS!r}, or an object of 1 to {_MOST_LOCATIONS} locations: each name with the "
            "product meta field that holds its stock"
        )
    for each in (*value, *value.values()):
        if not isinstance(each, str) or not each.strip() == each or not 1 <= len(each) <= _LONGEST_LOCATION:
            raise ValueError(
                f"must have names and meta fields of 1 to {_LONGEST_LOCATION} characters without blanks around"
            )
        if not each.isprintable():
            raise ValueError("must not have characters that cannot be printed")
    if len(set(value.values())) < len(value):
        raise ValueError("must not name a meta field twice: its pieces would count twice")
    return tuple(value.items())


Locations = Annotated[
    tuple[tuple[str, str], ...] | None,
    PlainValidator(_locations),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": _ALL_LOCATIONS},
                {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": _MOST_LOCATIONS,
                    "additionalProperties": {"type": "string", "minLength": 1, "maxLength": _LONGEST_LOCATION},
                },
            ]
        }
    ),
]


def _each_once(keys: tuple[str, ...]) -> tuple[str, ...]:
    if len({key.partition("|")[0] for key in keys}) < len(keys):
        raise ValueError("must not name a meta field twice")
    return keys


# A meta field, and behind a stroke the carrier whose numbers it holds.
TrackingKey = Annotated[str, Field(max_length=150, pattern=r"^[A-Za-z0-9_.-]{1,100}(\|[^|\s][^|\x00-\x1f]*)?$")]
TrackingKeys = Annotated[tuple[TrackingKey, ...], Field(max_length=20), AfterValidator(_each_once)]
# A meta field with an address, and behind a stroke the one with the invoice's number.
InvoiceKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}(\|[A-Za-z0-9_.-]{1,100})?$")]
InvoiceKeys = Annotated[tuple[InvoiceKey, ...], Field(max_length=10), AfterValidator(_each_once)]


class SettingsAnswer(BaseModel):
    """`import_orders_from` is a day (its midnight in Poland) or an instant.

    `stock_locations` is `all`, or the locations' names with the product meta field that holds the stock of each.
    `price_floor` and `price_ceiling` are null for none.
    `tracking_meta_keys` are meta fields of store orders with parcel numbers, each `field` or `field|carrier`;
    `invoice_meta_keys` are those with the addresses of invoices, each `field` or `field|field of the number`.
    `warnings` are sentences about what is allowed and may surprise.
    """

    import_orders: bool
    import_orders_from: str | None
    match_items_by_title: bool
    mark_processing: bool
    foreign_hold_minutes: int
    send_customer_emails: bool
    create_customer_accounts: bool
    send_account_email: bool
    tax_number_meta_key: str
    sync_stock: bool
    stock_buffer: int
    max_listed_quantity: int | None
    stock_locations: Literal["all"] | dict[str, str]
    out_of_stock_action: OutOfStockAction
    auto_resume: bool
    relist_within_days: int
    relist_duration: str
    relist_delay_minutes: int
    confirm_endings_and_relists: bool
    end_auctions: bool
    end_auctions_with_bids: bool
    guard_max_ended_percent: int
    bulk_commands: bool
    push_prices: bool
    pull_prices: bool
    price_conflict_winner: PriceWinner
    guard_max_price_change_percent: int
    price_floor: MoneyAnswer | None
    price_ceiling: MoneyAnswer | None
    mark_sent: bool
    submit_tracking: bool
    tracking_meta_keys: list[str]
    tracking_notes: bool
    submit_invoices: bool
    invoice_meta_keys: list[str]
    shipping_methods: list[ShippingMethodAnswer]
    event_logging: bool
    warnings: list[str]


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
    sync_stock: StrictBool = left_out()
    stock_buffer: Buffer = left_out()
    max_listed_quantity: ListedQuantity | None = left_out()
    stock_locations: Locations = left_out()
    out_of_stock_action: OutOfStockAction = left_out()
    auto_resume: StrictBool = left_out()
    relist_within_days: RelistDays = left_out()
    relist_duration: RelistDuration = left_out()
    relist_delay_minutes: RelistDelay = left_out()
    confirm_endings_and_relists: StrictBool = left_out()
    end_auctions: StrictBool = left_out()
    end_auctions_with_bids: StrictBool = left_out()
    guard_max_ended_percent: Percent = left_out()
    bulk_commands: StrictBool = left_out()
    push_prices: StrictBool = left_out()
    pull_prices: StrictBool = left_out()
    price_conflict_winner: PriceWinner = left_out()
    guard_max_price_change_percent: PriceChangePercent = left_out()
    price_floor: Price | None = left_out()
    price_ceiling: Price | None = left_out()
    mark_sent: StrictBool = left_out()
    submit_tracking: StrictBool = left_out()
    tracking_meta_keys: TrackingKeys = left_out()
    tracking_notes: StrictBool = left_out()
    submit_invoices: StrictBool = left_out()
    invoice_meta_keys: InvoiceKeys = left_out()
    shipping_methods: ShippingMethods = left_out()
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
        if old.sync_prices and not new.sync_prices:
            price_notices.withdraw(session, account_id, now=now)
        if offers_may_differ(old, new):
            offer_links.make_all_due(session, account_id, at=now)
    return _answer(new)


def _changed(old: Settings, body: SettingsChange, now: datetime) -> Settings:
    """Raises `FieldRefused`."""
    values = {name: value for name, value in body.given().items() if name != "dry_run"}
    new = switched(old, replace(old, **values), now)
    if (refused := contradiction(new, values)) is not None:
        raise FieldRefused(*refused)
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
    values["stock_locations"] = dict(settings.stock_locations or ()) or _ALL_LOCATIONS
    return SettingsAnswer(**values, warnings=warnings(settings))
