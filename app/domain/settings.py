"""What the seller chooses for one account. The defaults here are the defaults of the product."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.money import Money
from app.domain.shipping_methods import ShippingMethod

UNTIL_SOLD_OUT = "until_sold_out"

# A date without a time is the seller's own day. Allegro's sellers live by Polish time.
SELLER_ZONE = ZoneInfo("Europe/Warsaw")


class OutOfStockAction(StrEnum):
    """What becomes of an offer whose product is out of stock."""

    NONE = "none"
    END = "end"
    REDUCE_TO_ONE = "reduce_to_one"


class PriceWinner(StrEnum):
    """Whose price counts when both sides have changed."""

    STORE = "store"
    ALLEGRO = "allegro"


@dataclass(frozen=True)
class Settings:
    """Every switch of one account.

    `import_orders_from` is a day (from its midnight in Poland) or an instant; None while import was never on.
    `foreign_hold_minutes` is how long an order of another marketplace than allegro.pl waits before it is released.
    `tax_number_meta_key` is the order meta in which the store's invoice plugin looks for the tax number; "" for none.
    `max_listed_quantity` is None for as many as Allegro takes. `stock_locations` pairs the names of the locations that
    the account sells from with the product meta that holds their stock; None: it sells from all of the stock.
    `relist_duration` is `until_sold_out` or days as ISO 8601 (`P10D`). `bulk_commands`: whether Allegro's bulk command,
    a beta, may be used. `price_floor` and `price_ceiling` bound the prices of offers in their currency; None does not.
    `tracking_meta_keys` are order meta with parcel numbers beside those of the known plugins, each `key` or
    `key|carrier`. `invoice_meta_keys` are order meta with the addresses of invoices, each `key` or `key|key of the
    invoice's number`. `shipping_methods` are the store's shipping methods for Allegro's ways of delivery.
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
    sync_stock: bool = False
    stock_buffer: int = 0
    max_listed_quantity: int | None = None
    stock_locations: tuple[tuple[str, str], ...] | None = None
    out_of_stock_action: OutOfStockAction = OutOfStockAction.NONE
    auto_resume: bool = False
    relist_within_days: int = 60
    relist_duration: str = UNTIL_SOLD_OUT
    relist_delay_minutes: int = 0
    confirm_endings_and_relists: bool = False
    end_auctions: bool = False
    end_auctions_with_bids: bool = False
    guard_max_ended_percent: int = 20
    bulk_commands: bool = True
    push_prices: bool = False
    pull_prices: bool = False
    price_conflict_winner: PriceWinner = PriceWinner.STORE
    guard_max_price_change_percent: int = 50
    price_floor: Money | None = None
    price_ceiling: Money | None = None
    mark_sent: bool = True
    submit_tracking: bool = False
    tracking_meta_keys: tuple[str, ...] = ()
    tracking_notes: bool = False
    submit_invoices: bool = False
    invoice_meta_keys: tuple[str, ...] = ()
    shipping_methods: tuple[ShippingMethod, ...] = ()
    event_logging: bool = False

    @property
    def import_starts_at(self) -> datetime | None:
        """The first instant whose purchases are imported, aware."""
        return first_instant(self.import_orders_from) if self.import_orders_from is not None else None

    @property
    def sync_prices(self) -> bool:
        """Whether prices go in any direction."""
        return self.push_prices or self.pull_prices

    @property
    def sync_offers(self) -> bool:
        """Whether anything of the offers is kept in step."""
        return self.sync_stock or self.sync_prices


# What decides about the quantities and prices of offers, and about their endings.
_ABOUT_OFFERS = (
    "sync_stock",
    "stock_buffer",
    "max_listed_quantity",
    "stock_locations",
    "out_of_stock_action",
    "auto_resume",
    "relist_within_days",
    "relist_duration",
    "relist_delay_minutes",
    "confirm_endings_and_relists",
    "end_auctions",
    "end_auctions_with_bids",
    "guard_max_ended_percent",
    "bulk_commands",
    "push_prices",
    "pull_prices",
    "price_conflict_winner",
    "guard_max_price_change_percent",
    "price_floor",
    "price_ceiling",
)
_AMOUNTS = ("price_floor", "price_ceiling")
_LISTS_OF_KEYS = ("tracking_meta_keys", "invoice_meta_keys")


def first_instant(start: date | datetime) -> datetime:
    """An instant as it is; of a day, its midnight in Poland."""
    return start if isinstance(start, datetime) else datetime.combine(start, time.min, SELLER_ZONE)


def settings_from(stored: Mapping[str, Any]) -> Settings:
    """Settings out of stored values (JSON); what is not stored has its default, what we do not know is ignored."""
    known = {field.name for field in fields(Settings)}
    values = {name: value for name, value in stored.items() if name in known}
    if isinstance(start := values.get("import_orders_from"), str):
        values["import_orders_from"] = date.fromisoformat(start) if len(start) == 10 else datetime.fromisoformat(start)
    if (locations := values.get("stock_locations")) is not None:
        values["stock_locations"] = tuple((name, key) for name, key in locations)
    for name in _LISTS_OF_KEYS:
        if (keys := values.get(name)) is not None:
            values[name] = tuple(keys)
    if (methods := values.get("shipping_methods")) is not None:
        values["shipping_methods"] = tuple(ShippingMethod(**each) for each in methods)
    if (action := values.get("out_of_stock_action")) is not None:
        values["out_of_stock_action"] = OutOfStockAction(action)
    if (winner := values.get("price_conflict_winner")) is not None:
        values["price_conflict_winner"] = PriceWinner(winner)
    for name in _AMOUNTS:
        if (money := values.get(name)) is not None:
            values[name] = Money(Decimal(money["amount"]), money["currency"])
    return Settings(**values)


def settings_to(settings: Settings) -> dict[str, Any]:
    """The values to store, as JSON."""
    values = {field.name: getattr(settings, field.name) for field in fields(Settings)}
    if (start := settings.import_orders_from) is not None:
        values["import_orders_from"] = start.isoformat()
    if (locations := settings.stock_locations) is not None:
        values["stock_locations"] = [list(pair) for pair in locations]
    for name in _LISTS_OF_KEYS:
        values[name] = list(values[name])
    values["shipping_methods"] = [asdict(each) for each in settings.shipping_methods]
    for name in _AMOUNTS:
        if (money := values[name]) is not None:
            values[name] = {"amount": str(money.amount), "currency": money.currency}
    return values


def switched(old: Settings, new: Settings, now: datetime) -> Settings:
    """The settings after a change. Import switched on without a date starts at this moment, not at the beginning
    of time: orders that the seller has already worked off by hand must not arrive a second time."""
    if new.import_orders and new.import_orders_from is None:
        return Settings(**{**_values(new), "import_orders_from": old.import_orders_from or now})
    return new


def offers_may_differ(old: Settings, new: Settings) -> bool:
    """Whether offers may have to show something else by the new settings, or may be told what they were not before."""
    return any(getattr(old, name) != getattr(new, name) for name in _ABOUT_OFFERS)


def contradiction(settings: Settings, changed: Collection[str]) -> tuple[str, str] | None:
    """The field to blame for settings that cannot be together, and what to do; None if they can.

    `changed` are the names of the fields that were given: the first of them that takes part is to blame.
    """
    if settings.auto_resume and settings.out_of_stock_action is not OutOfStockAction.END:
        if "auto_resume" in changed:
            return (
                "auto_resume",
                "needs out_of_stock_action to be `end`: only an offer that was ended is activated again",
            )
        return "out_of_stock_action", "must stay `end` while auto_resume is on: switch auto_resume off with this change"
    if settings.end_auctions_with_bids and not settings.end_auctions:
        if "end_auctions_with_bids" in changed:
            return "end_auctions_with_bids", "needs end_auctions: switch that on, too"
        return "end_auctions", "must stay on while end_auctions_with_bids is: switch that off with this change"
    if settings.send_account_email and not settings.create_customer_accounts:
        return "send_account_email", "needs create_customer_accounts: without an account there is no mail about one"
    return _bounds_contradict(settings, changed)


def _bounds_contradict(settings: Settings, changed: Collection[str]) -> tuple[str, str] | None:
    floor, ceiling = settings.price_floor, settings.price_ceiling
    if floor is None or ceiling is None:
        return None
    to_blame = "price_floor" if "price_floor" in changed else "price_ceiling"
    if floor.currency != ceiling.currency:
        return to_blame, "must have the same currency as the other bound"
    if floor.amount > ceiling.amount:
        return to_blame, f"leaves no price between {floor} and {ceiling}"
    return None


def warnings(settings: Settings) -> list[str]:
    """What the seller should know about settings that are allowed, as sentences."""
    found = []
    if settings.sync_stock and not settings.import_orders:
        found.append(
            "Stock sync is on and the import of orders is off: a sale at Allegro does not reduce the store's stock, so "
            "the same pieces may be sold twice. Switch import_orders on."
        )
    if settings.end_auctions_with_bids:
        found.append("Ending an auction with bids sells to the highest bidder.")
    if settings.pull_prices and not (settings.push_prices and settings.price_conflict_winner is PriceWinner.STORE):
        found.append(
            "Where an offer and its product have different prices when they are first compared, the store gets "
            "Allegro's. If the store's are right, switch push_prices on and set price_conflict_winner to `store`."
        )
    if settings.submit_invoices and not settings.invoice_meta_keys:
        found.append(
            "submit_invoices is on and no meta field of the store's orders is named: none of its invoices is sent. "
            "Name the fields in invoice_meta_keys."
        )
    return found


def _values(settings: Settings) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in fields(Settings)}
