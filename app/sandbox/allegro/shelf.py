"""What becomes of offers: stock, price, activation, ending, renewal, archiving, and the events that tell of it."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.sandbox.allegro.agenda import Agenda
from app.sandbox.allegro.currencies import MARKETPLACES, exact
from app.sandbox.allegro.misbehaviour import lag, strike_offer
from app.sandbox.allegro.offer_events import OfferJournal
from app.sandbox.allegro.offers import (
    ARCHIVED_AFTER,
    MOST_PIECES,
    Bid,
    EndedBy,
    Foreign,
    Offer,
    currency_of,
    seeded_offers,
)
from app.sandbox.allegro.problems import Refused, RefusedBody
from app.sandbox.clock import Clock
from app.sandbox.faults import Faults

_LAG_SECONDS = 60
_LOWEST_PRICE = Decimal(1)
_REPUBLISHED_AFTER: tuple[EndedBy, ...] = ("EMPTY_STOCK", "EXPIRATION")


class Shelf:
    """All offers of all sellers. Not safe by itself: callers hold the lock, and look after `catch_up`.

    `now` is the moment at which something happens, which for what was due earlier lies in the past.
    `rules_survive_edits` says whether a price set by hand leaves the pricing rule on; the vendor has said both.
    """

    def __init__(self, clock: Clock, faults: Faults, lock: threading.RLock) -> None:
        self.clock = clock
        self.faults = faults
        self.lock = lock
        self.agenda = Agenda(clock)
        self.sell_to_bidder: Callable[[Offer, Bid, datetime], None] = lambda _offer, _bid, _now: None
        self.reset()

    def reset(self) -> None:
        self.agenda.clear()
        self.journal = OfferJournal(self.clock, self.faults)
        self.rules_survive_edits = True
        self._offers = seeded_offers(self.clock.now())
        self._last_id = max(map(int, self._offers))

    @property
    def offers(self) -> dict[str, Offer]:
        """As they are by now."""
        with self.lock:
            self.agenda.catch_up()
            return self._offers

    def put_up(self, offer: Offer) -> Offer:
        """Give a new offer its id and a place, as if it had been there before: no event tells of it."""
        offer.id = self.next_id()
        offer.touched_at, offer.initial_stock = offer.created_at, offer.available
        if offer.status == "ACTIVE":
            offer.started_at = offer.created_at
            self._plan_expiry(offer, offer.created_at)
        elif offer.status == "ENDED":
            offer.ended_at, offer.ended_by = offer.created_at, offer.ended_by or "USER"
            self._plan_archiving(offer, offer.created_at)
        self._offers[offer.id] = offer
        return offer

    def next_id(self) -> str:
        """The id of the next offer that is made."""
        self._last_id += 1
        return str(self._last_id)

    def add(self, offer: Offer) -> None:
        """Give a new draft, which has its id, a place."""
        self._offers[offer.id] = offer

    def remove(self, offer: Offer) -> None:
        """It was never there."""
        del self._offers[offer.id]

    def offer_id(self, sku: str) -> str:
        """The one offer with that external id. Raises KeyError where there is none."""
        for offer in self.offers.values():
            if offer.external_id == sku:
                return offer.id
        raise KeyError(sku)

    # --- stock --------------------------------------------------------------------------------------------------------

    def change_stock(self, offer: Offer, pieces: int, now: datetime) -> None:
        """Set how many there are. An offer on sale that is emptied ends, though not within the same call."""
        if not 0 <= pieces <= MOST_PIECES - offer.sold:
            raise Refused(
                "INVALID_OFFER_QUANTITY",
                f"Stock must be between 0 and {MOST_PIECES}, pieces already sold included.",
                "stock.available",
            )
        offer.touched_at = now
        if pieces == offer.available:
            return
        offer.remember(now)
        offer.available = pieces
        self.tell("OFFER_STOCK_CHANGED", offer, now)
        if pieces == 0 and offer.buyable:
            self.agenda.at(now + lag(self.faults, "ending_lags", offer.id, _LAG_SECONDS), self._end_if_empty(offer))

    def _end_if_empty(self, offer: Offer) -> Callable[[datetime], None]:
        def end(moment: datetime) -> None:
            if offer.available == 0:
                self.end(offer, "EMPTY_STOCK", moment)

        return end

    def sell(self, offer: Offer, pieces: int, now: datetime) -> None:
        """Take pieces off; an offer that is sold out ends. More than there is can be sold: a test may oversell."""
        offer.remember(now)
        offer.available = max(0, offer.available - pieces)
        offer.sold += pieces
        self.tell("OFFER_STOCK_CHANGED", offer, now)
        if offer.available == 0:
            self.end(offer, "EMPTY_STOCK", now)

    def give_back(self, offer: Offer, pieces: int, now: datetime) -> None:
        offer.remember(now)
        offer.available += pieces
        self.tell("OFFER_STOCK_CHANGED", offer, now)

    # --- price --------------------------------------------------------------------------------------------------------

    def change_price(
        self,
        offer: Offer,
        marketplace: str,
        amount: Decimal,
        currency: str,
        now: datetime,
        *,
        automatic: bool = False,
        joining: bool = False,
    ) -> None:
        """Set the price on one marketplace. `joining` offers it there if it was not yet."""
        self.check_price(offer, marketplace, amount, currency, joining=joining)
        offer.touched_at = now
        before, rule = offer.foreign.get(marketplace, Foreign()), offer.rule_on(marketplace)
        kept = rule if automatic or self.rules_survive_edits else None
        unchanged = amount == (offer.price if marketplace == offer.base else before.price)
        if unchanged and kept == rule:
            return
        offer.remember(now)
        if marketplace == offer.base:
            offer.price, offer.rule = amount, kept
        else:
            offer.foreign = {**offer.foreign, marketplace: replace(before, price=amount, rule=kept)}
        if not unchanged:
            moved = [{"id": marketplace, "changeType": "AUTOMATIC" if automatic else "MANUAL"}]
            if marketplace == offer.base:
                followers = [name for name, foreign in offer.foreign.items() if foreign.price is None]
                moved += [{"id": name, "changeType": "AUTOMATIC"} for name in followers]
            self.tell("OFFER_PRICE_CHANGED", offer, now, marketplaces=moved)

    def check_price(
        self, offer: Offer, marketplace: str, amount: Decimal, currency: str, *, joining: bool = False
    ) -> None:
        path = "sellingMode.price"
        if marketplace != offer.base:
            path = f"additionalMarketplaces.{marketplace}.{path}"
            if marketplace not in MARKETPLACES or not (joining or marketplace in offer.foreign):
                raise Refused("MARKETPLACE_NOT_AVAILABLE", f"The offer is not on {marketplace}.", path)
        if offer.selling_format == "AUCTION":
            raise Refused("BUY_NOW_PRICE_NOT_AVAILABLE", "The offer has no Buy Now price.", path)
        if currency != currency_of(marketplace):
            raise Refused(
                "prices.price.currency.incorrectBaseCurrency",
                f"The currency on {marketplace} is {currency_of(marketplace)}.",
                f"{path}.currency",
            )
        if amount != exact(amount, currency):
            raise Refused("InvalidPricePrecision", f"Too many decimals for {currency}.", f"{path}.amount")
        if marketplace == offer.base and amount < _LOWEST_PRICE:
            raise Refused("PRICE_TOO_LOW", f"The price must be at least {_LOWEST_PRICE} {currency}.", f"{path}.amount")

    # --- on sale or not -----------------------------------------------------------------------------------------------

    def check_activation(self, offer: Offer, pieces: int) -> None:
        """Raises Refused where an offer with so many pieces could not go on sale."""
        if offer.errors:
            raise RefusedBody(offer.errors)
        if pieces < 1:
            raise Refused("INVALID_OFFER_QUANTITY", "An offer without stock cannot be activated.", "stock.available")
        if strike_offer(self.faults, "activation_unsafe", offer.id):
            raise Refused(
                "PRODUCT_SAFETY_EMPTY",
                "Information about the product's safety is missing.",
                "productSet[0].safetyInformation",
            )

    def activate(self, offer: Offer, now: datetime, planned_for: datetime | None = None) -> None:
        """Put on sale, at once or when planned, under the same id. Nothing happens to an offer that is on sale."""
        if offer.buyable:
            return
        self.check_activation(offer, offer.available)
        offer.remember(now)
        offer.status, offer.touched_at, offer.ended_by, offer.bids = "ACTIVATING", now, None, ()
        start = max(now, planned_for or now) + lag(self.faults, "activation_lags", offer.id, _LAG_SECONDS)
        if start > now:
            offer.started_at = None
            self.agenda.at(start, lambda moment: self._go_live(offer, moment))
        else:
            self._go_live(offer, now)

    def _go_live(self, offer: Offer, now: datetime) -> None:
        if offer.status != "ACTIVATING":
            return
        offer.remember(now)
        offer.status, offer.started_at, offer.initial_stock = "ACTIVE", now, offer.available
        self._plan_expiry(offer, now)
        self.tell("OFFER_ACTIVATED", offer, now)

    def change_duration(self, offer: Offer, duration: timedelta | None) -> None:
        """How long it is on sale, counted from when it went on sale; None is until sold out."""
        if duration == offer.duration:
            return
        offer.duration = duration
        if offer.status == "ACTIVE" and offer.started_at is not None:
            self._plan_expiry(offer, offer.started_at)

    def _plan_expiry(self, offer: Offer, start: datetime) -> None:
        if offer.duration is None:
            offer.ending_at = None
            return
        planned = offer.ending_at = start + offer.duration

        def expire(moment: datetime) -> None:
            if offer.ending_at == planned:
                self.end(offer, "EXPIRATION", moment)

        self.agenda.at(planned, expire)

    def end(self, offer: Offer, by: EndedBy, now: datetime) -> None:
        """Take off sale. An auction with bids is sold to the highest; what is republished goes on under a new id."""
        if not offer.buyable:
            return
        offer.remember(now)
        offer.status, offer.ended_at, offer.ended_by = "ENDED", now, by
        offer.ending_at, offer.touched_at = None, now
        self.journal.write("OFFER_ENDED", offer, now, publication={"endedBy": by})
        self._plan_archiving(offer, now)
        if offer.bids and by != "ADMIN":
            self.sell_to_bidder(offer, max(offer.bids, key=lambda bid: bid.amount), now)
        elif offer.republish and by in _REPUBLISHED_AFTER:
            self.renew(offer, offer.initial_stock, now)

    def renew(self, offer: Offer, pieces: int, now: datetime) -> Offer:
        """A new offer with the same external id, and the old one off sale."""
        again, offer.republish = offer.republish, False
        self.end(offer, "EXPIRATION", now)
        renewed = replace(
            offer,
            id=self.next_id(),
            available=pieces,
            initial_stock=pieces,
            sold=0,
            bids=(),
            status="ACTIVATING",
            created_at=now,
            appeared_at=now,
            touched_at=now,
            republish=again,
            ended_at=None,
            ended_by=None,
            earlier=type(offer.earlier)(maxlen=offer.earlier.maxlen),
        )
        self._offers[renewed.id] = renewed
        self._go_live(renewed, now)
        return renewed

    def _plan_archiving(self, offer: Offer, now: datetime) -> None:
        def archive(moment: datetime) -> None:
            touched = offer.touched_at or moment
            if offer.status != "ENDED" or offer.archived_at is not None:
                return
            if touched + ARCHIVED_AFTER > moment:
                self.agenda.at(touched + ARCHIVED_AFTER, archive)
                return
            offer.remember(moment)
            offer.archived_at = moment
            self.journal.write("OFFER_ARCHIVED", offer, moment)

        self.agenda.at(now + ARCHIVED_AFTER, archive)

    # --- auctions -----------------------------------------------------------------------------------------------------

    def bid(self, offer: Offer, bid: Bid, now: datetime) -> None:
        offer.remember(now)
        offer.bids = (*offer.bids, bid)
        self.tell("OFFER_BID_PLACED", offer, now)

    def withdraw_bid(self, offer: Offer, now: datetime) -> None:
        """The newest bid goes."""
        offer.remember(now)
        offer.bids = offer.bids[:-1]
        self.tell("OFFER_BID_CANCELED", offer, now)

    # --- telling ------------------------------------------------------------------------------------------------------

    def tell(self, event_type: str, offer: Offer, now: datetime, **more: Any) -> None:
        """Write an event, unless the offer is off sale: of those the journal says nothing."""
        if offer.buyable:
            self.journal.write(event_type, offer, now, **more)

    def write_stock_every(self, offer: Offer, pieces: int, every: timedelta) -> None:
        """Another tool sets the stock again and again, beginning now."""

        def write(moment: datetime) -> None:
            if offer.archived_at is None:
                self.change_stock(offer, pieces, moment)
            self.agenda.at(moment + every, write)

        self.agenda.at(self.clock.now(), write)
