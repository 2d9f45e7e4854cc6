"""What quantity every linked offer shall show, and which offers end or come back for it.

Allegro's quantity is a projection of the store's stock: what the store counts, less what is bought at Allegro and not
yet in the store. What cannot be read is unknown and changes nothing: an unreadable answer that was taken for zero would
end every offer there is.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from app.domain.links import OfferLink
from app.domain.money import Money
from app.domain.offers import MAX_QUANTITY, OfferFormat, OfferStatus, Publication
from app.domain.products import Product, ProductsRead, StockKeeper, StockSettings
from app.domain.relist import relist_until, why_not_relisted
from app.domain.sending import OfferChange
from app.domain.settings import OutOfStockAction, Settings

# Below so many endings a share says nothing: of three offers, one is a third.
FEWEST_HELD = 10


@dataclass(frozen=True)
class StockRules:
    """How the store counts, and what the account has chosen (its settings of the same names).

    `max_listed_quantity` None: as many as Allegro takes. `location_keys` are the product meta fields of the locations
    that the account sells from; without any it sells from all of the stock.
    """

    store: StockSettings
    stock_buffer: int = 0
    max_listed_quantity: int | None = None
    location_keys: tuple[str, ...] = ()
    out_of_stock_action: OutOfStockAction = OutOfStockAction.NONE
    auto_resume: bool = False
    relist_within_days: int = 60
    relist_delay_minutes: int = 0
    end_auctions: bool = False
    end_auctions_with_bids: bool = False


def stock_rules(settings: Settings, store: StockSettings) -> StockRules:
    """The rules of an account in this store."""
    return StockRules(
        store=store,
        stock_buffer=settings.stock_buffer,
        max_listed_quantity=settings.max_listed_quantity,
        location_keys=tuple(key for _, key in settings.stock_locations or ()),
        out_of_stock_action=settings.out_of_stock_action,
        auto_resume=settings.auto_resume,
        relist_within_days=settings.relist_within_days,
        relist_delay_minutes=settings.relist_delay_minutes,
        end_auctions=settings.end_auctions,
        end_auctions_with_bids=settings.end_auctions_with_bids,
    )


class StockAction(StrEnum):
    SET = "set"
    REDUCE = "reduce"  # to one piece, because the stock is gone
    END = "end"
    RESUME = "resume"  # the quantity, and then the activation


@dataclass(frozen=True)
class StockChange:
    """One offer's change. `before` is what it showed, None where that is not known; `after` is 0 for an ending."""

    link: OfferLink
    before: int | None
    after: int
    action: StockAction
    reason: str


@dataclass(frozen=True)
class Skipped:
    """An offer that is left as it is although something might be said about it, and why."""

    link: OfferLink
    reason: str


@dataclass(frozen=True)
class StockPlan:
    """What to send. An offer that shows what it shall is not mentioned.

    `remembered` are links that are to be stored with what they have now: since when an ended offer has stock again.
    """

    changes: tuple[StockChange, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    remembered: tuple[OfferLink, ...] = ()


@dataclass(frozen=True)
class Quantity:
    """How many pieces an offer can show, 0 when the product is out of stock, and how that came about."""

    quantity: int
    reason: str


@dataclass(frozen=True)
class NotFollowed:
    """Why no quantity follows from the product: it takes no part, or its stock is not known."""

    reason: str


def plan_quantity(product: Product, units_per_offer: int, reserved: int, rules: StockRules) -> Quantity | NotFollowed:
    """The quantity of an offer that holds so many pieces of the product; `reserved` are pieces of its pool.

    All offers of a pool show the whole of it. A draft, pending, private or future product counts like a published one:
    that the shop does not show it says nothing about its pieces, and sellers keep what they sell at Allegro only that
    way. One in the bin has nothing to sell. Backorders do not count: the shop tells its customer that the goods are to
    come, an offer at Allegro promises to dispatch them within days. Out of stock is at or below the store's own
    threshold, as in WooCommerce itself.
    """
    if not rules.store.managed:
        return NotFollowed(_NOT_MANAGED)
    match product.keeper:
        case StockKeeper.NOBODY:
            return NotFollowed("The product's stock is not managed, so there is no number to show.")
        case StockKeeper.UNKNOWN:
            return NotFollowed("The store does not tell whether the product's stock is managed.")
    if not product.sellable:
        return NotFollowed("The product has variations: link the offer to one of them.")
    if product.status == "trash":
        return Quantity(0, "The product is in the store's bin.")
    if product.stock is None:
        return NotFollowed("The store does not tell how many pieces there are.")
    pieces = product.stock
    reason = f"The store has {pieces}"
    if rules.location_keys:
        at_locations = _at_locations(product, rules.location_keys)
        if isinstance(at_locations, NotFollowed):
            return at_locations
        # An order takes its pieces out of the whole; whether also out of a location is up to the store's plugin.
        pieces = min(pieces, at_locations)
        reason += f", {at_locations} at the chosen locations"
    left = pieces - reserved
    if reserved:
        reason += f", {reserved} bought at Allegro and not yet in the store"
    if left <= rules.store.out_of_stock_at:
        return Quantity(0, f"{reason}: out of stock at {rules.store.out_of_stock_at} or fewer.")
    most = min(rules.max_listed_quantity or MAX_QUANTITY, MAX_QUANTITY)
    free = (left - rules.stock_buffer) // units_per_offer
    if rules.stock_buffer:
        reason += f", {rules.stock_buffer} kept back"
    if units_per_offer > 1:
        reason += f", {units_per_offer} in one offer"
    if free > most:
        reason += f", at most {most} shown"
    return Quantity(max(0, min(free, most)), f"{reason}.")


def plan_stock(
    links: Iterable[OfferLink], read: ProductsRead, reserved: Mapping[int, int], rules: StockRules, now: datetime
) -> StockPlan:
    """The changes for one account's links. `reserved` are pieces by pool (`reserved_pieces`), of all accounts."""
    changes: list[StockChange] = []
    skipped: list[Skipped] = []
    remembered: list[OfferLink] = []
    for link in links:
        decided = _decide(link, read, reserved, rules, now)
        match decided:
            case StockChange():
                changes.append(decided)
            case Skipped():
                skipped.append(replace(decided, link=link))
                if decided.link != link:
                    remembered.append(decided.link)
    return StockPlan(tuple(changes), tuple(skipped), tuple(remembered))


def mass_ending(changes: Iterable[StockChange], linked: int, percent: int) -> tuple[StockChange, ...]:
    """The changes that must wait for a person, because they end or empty too many of the `linked` offers at once.

    More than `percent` of them, and at least ten: then it is likelier that the stock was misread than that it is gone.
    Empty when all may go on.
    """
    ending = tuple(change for change in changes if change.action in (StockAction.END, StockAction.REDUCE))
    return ending if len(ending) >= FEWEST_HELD and len(ending) * 100 > percent * linked else ()


def offer_changes(
    changes: Collection[StockChange], prices: Mapping[str, Money] | None = None, *, duration: str | None = None
) -> tuple[OfferChange, ...]:
    """What to tell every offer, its new price (by offer id) included. An offer that ends is told no price.

    `duration` is how long offers shall run that are activated again, "" until sold out, None as they did before.
    """
    prices = dict(prices or {})
    told = []
    for change in changes:
        offer_id = change.link.offer_id
        price = prices.pop(offer_id, None)
        match change.action:
            case StockAction.END:
                told.append(OfferChange(offer_id, publication=Publication.END))
            case StockAction.RESUME:
                # An ended offer may have been given its quantity by a command whose report came late.
                quantity = None if change.before == change.after else change.after
                known = change.link.duration
                lasts = duration if known is not None and known != duration else None
                told.append(OfferChange(offer_id, quantity, price, Publication.ACTIVATE, lasts))
            case _:
                told.append(OfferChange(offer_id, change.after, price))
    return (*told, *(OfferChange(offer_id, price=price) for offer_id, price in prices.items()))


def _at_locations(product: Product, keys: Iterable[str]) -> int | NotFollowed:
    """The pieces at the locations together; parts of a piece do not count."""
    total = Decimal(0)
    for key in keys:
        values = {value.strip() for name, value in product.meta if name == key}
        if len(values) != 1 or not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value := values.pop()):
            return NotFollowed(f"The stock at a location cannot be read from the product's field {key!r}.")
        total += Decimal(value)
    return int(total.to_integral_value(ROUND_FLOOR))


_NOT_MANAGED = "The store does not manage stock (WooCommerce → Settings → Products → Inventory)."
_NOT_FOR_SALE = {
    OfferStatus.INACTIVE: "The offer is a draft at Allegro and not for sale.",
    OfferStatus.ARCHIVED: "Allegro has archived the offer: list the product again.",
    OfferStatus.UNKNOWN: "It is not known whether the offer is for sale.",
}


def why_left_alone(link: OfferLink, rules: StockRules, now: datetime) -> str:
    """Why the offer is left as it is whatever its product's stock, so that nobody needs to read that; else ""."""
    if link.fulfilled_by_allegro:
        return "Allegro keeps and ships these goods (One Fulfillment)."
    if not link.sync_stock:
        return "Stock sync is switched off for this offer."
    if not rules.store.managed:
        return _NOT_MANAGED
    if link.offer_status in _NOT_FOR_SALE:
        return _NOT_FOR_SALE[link.offer_status]
    if link.format not in (OfferFormat.BUY_NOW, OfferFormat.AUCTION):
        return f"An offer of the kind {link.format.value!r} has no stock to sync."
    if link.offer_status is not OfferStatus.ENDED or link.format is OfferFormat.AUCTION:
        return ""
    if not rules.auto_resume or rules.out_of_stock_action is not OutOfStockAction.END:
        return "The offer has ended, and the account activates none again (auto_resume is off)."
    return why_not_relisted(link, rules.relist_within_days, now)


def _decide(
    link: OfferLink, read: ProductsRead, reserved: Mapping[int, int], rules: StockRules, now: datetime
) -> StockChange | Skipped | None:
    """The change, or why there is none (with the link as it is to be remembered); None: it shows what it shall."""
    if why := why_left_alone(link, rules, now):
        return Skipped(link, why)
    product = read.found.get(link.store_id)
    if product is None:
        return Skipped(link, _about_missing(link.store_id, read))
    pool_id = product.pool_id
    shown = plan_quantity(product, link.units_per_offer, reserved.get(pool_id, 0) if pool_id is not None else 0, rules)
    if isinstance(shown, NotFollowed):
        return Skipped(link, shown.reason)
    if link.format is OfferFormat.AUCTION:
        return _auction(link, shown, rules)
    if link.offer_status is OfferStatus.ENDED:
        return _resume(link, shown, rules, now)
    return _set(link, shown, rules)


def _about_missing(store_id: int, read: ProductsRead) -> str:
    # A store that was restored or swapped knows no product at all, and must not end every offer by that.
    if store_id in read.gone:
        return "The product is not in the store any more: link the offer to another one, or end it."
    return read.unknown.get(store_id, "The store has not told about the product.")


def _set(link: OfferLink, shown: Quantity, rules: StockRules) -> StockChange | Skipped | None:
    before = link.listed_quantity
    if shown.quantity:
        if before == shown.quantity:
            return None
        return StockChange(link, before, shown.quantity, StockAction.SET, shown.reason)
    match rules.out_of_stock_action:
        case OutOfStockAction.NONE:
            return Skipped(link, f"{shown.reason} By the account's settings the offer is left as it is.")
        case OutOfStockAction.END:
            return StockChange(link, before, 0, StockAction.END, shown.reason)
        case OutOfStockAction.REDUCE_TO_ONE:
            return None if before == 1 else StockChange(link, before, 1, StockAction.REDUCE, shown.reason)


def _auction(link: OfferLink, shown: Quantity, rules: StockRules) -> StockChange | Skipped:
    """An auction takes no part, but may be ended; with bids that sells to the highest bidder."""
    if shown.quantity or not link.is_live or rules.out_of_stock_action is not OutOfStockAction.END:
        return Skipped(link, "Auctions take no part in stock sync.")
    if not rules.end_auctions:
        return Skipped(link, f"{shown.reason} Auctions are left alone (end_auctions is off).")
    if link.bidders == 0 or rules.end_auctions_with_bids:
        return StockChange(link, link.listed_quantity, 0, StockAction.END, shown.reason)
    bids = "may have bids" if link.bidders is None else "has bids"
    return Skipped(link, f"{shown.reason} The auction {bids} and is left alone (end_auctions_with_bids is off).")


def _resume(link: OfferLink, shown: Quantity, rules: StockRules, now: datetime) -> StockChange | Skipped:
    if not shown.quantity:
        until = relist_until(link, rules.relist_within_days)
        return Skipped(
            replace(link, restocked_at=None), f"{shown.reason} The offer waits for stock until {until:%Y-%m-%d}."
        )
    since = link.restocked_at or now
    due = since + timedelta(minutes=rules.relist_delay_minutes)
    if now < due:
        return Skipped(
            replace(link, restocked_at=since), f"Stock is back; the offer is activated at {due:%Y-%m-%d %H:%M} UTC."
        )
    return StockChange(link, link.listed_quantity, shown.quantity, StockAction.RESUME, shown.reason)
