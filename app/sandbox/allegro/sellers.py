"""What people and other programs do to offers: the seller in a browser, a second tool, moderation, bidders."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from app.sandbox.allegro.currencies import BASE
from app.sandbox.allegro.offers import (
    Bid,
    Campaign,
    CampaignKind,
    EndedBy,
    Foreign,
    Offer,
    SellingFormat,
    Status,
    currency_of,
)
from app.sandbox.allegro.shelf import Shelf
from app.sandbox.seed import SELLERS


class Sellers:
    """Every method takes the lock itself. Raises KeyError for an unknown offer, Refused where Allegro says no.

    Where no marketplace is named the offer's base one is meant.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def add_offer(
        self,
        name: str,
        price: Decimal,
        *,
        stock: int = 10,
        external_id: str | None = None,
        ean: str | None = None,
        login: str | None = None,
        status: Status = "ACTIVE",
        ended_by: EndedBy | None = None,
        selling_format: SellingFormat = "BUY_NOW",
        marketplaces: Mapping[str, Decimal | None] | None = None,
        rule: str | None = None,
        duration: timedelta | None = None,
        republish: bool = False,
        base: str = BASE,
    ) -> str:
        """An offer as if it had been there before, of the first seller unless named; its id.

        The price is in the currency of the `base` marketplace. `marketplaces` are the additional ones, each with its
        own price or (None) the converted one.
        """
        with self.shelf.lock:
            offer = Offer(
                id="",
                seller=login or SELLERS[0].login,
                name=name,
                price=price,
                available=stock,
                created_at=self.shelf.clock.now(),
                base=base,
                external_id=external_id,
                ean=ean,
                status=status,
                ended_by=ended_by,
                selling_format=selling_format,
                duration=duration,
                republish=republish,
                rule=rule,
                foreign={name: Foreign(price) for name, price in (marketplaces or {}).items()},
            )
            return self.shelf.put_up(offer).id

    def offer(self, offer_id: str) -> Offer:
        """What it is by now; archived ones too."""
        return self.shelf.offers[offer_id]

    def set_stock(self, offer_id: str, pieces: int) -> None:
        with self.shelf.lock:
            self.shelf.change_stock(self.offer(offer_id), pieces, self.shelf.clock.now())

    def set_price(self, offer_id: str, price: Decimal, marketplace: str | None = None) -> None:
        self._price(offer_id, price, marketplace, automatic=False)

    def apply_rule(self, offer_id: str, price: Decimal, marketplace: str | None = None) -> None:
        """Allegro's pricing rule sets the price."""
        self._price(offer_id, price, marketplace, automatic=True)

    def _price(self, offer_id: str, price: Decimal, marketplace: str | None, *, automatic: bool) -> None:
        with self.shelf.lock:
            offer, now = self.offer(offer_id), self.shelf.clock.now()
            place = marketplace or offer.base
            self.shelf.change_price(offer, place, price, currency_of(place), now, automatic=automatic)

    def set_rule(self, offer_id: str, rule: str | None, marketplace: str | None = None) -> None:
        """Switch a pricing rule on, or (None) off."""
        with self.shelf.lock:
            offer = self.offer(offer_id)
            offer.remember(self.shelf.clock.now())
            if marketplace in (None, offer.base):
                offer.rule = rule
            else:
                foreign = offer.foreign.get(marketplace, Foreign())
                offer.foreign = {**offer.foreign, marketplace: Foreign(foreign.price, rule, foreign.state)}

    def set_campaign_price(self, offer_id: str, price: Decimal | None, kind: CampaignKind = "badge") -> None:
        """What buyers pay while a campaign runs; None when it is over. No price of the offer shows it."""
        with self.shelf.lock:
            offer, now = self.offer(offer_id), self.shelf.clock.now()
            if price is not None:
                offer.campaign = Campaign(kind, price, now)
            elif offer.campaign is not None:
                offer.campaign = replace(offer.campaign, ended_at=now)

    def end_offer(self, offer_id: str, by: EndedBy = "USER") -> None:
        with self.shelf.lock:
            self.shelf.end(self.offer(offer_id), by, self.shelf.clock.now())

    def activate_offer(self, offer_id: str) -> None:
        with self.shelf.lock:
            self.shelf.activate(self.offer(offer_id), self.shelf.clock.now())

    def expire_offer(self, offer_id: str) -> None:
        """Its time is up, and what is republished goes on under a new id."""
        self.end_offer(offer_id, "EXPIRATION")

    def renew_offer(self, offer_id: str) -> str:
        """It ends, and the same goods go on under a new id with the same external id; the new id."""
        with self.shelf.lock:
            offer = self.offer(offer_id)
            return self.shelf.renew(offer, offer.available, self.shelf.clock.now()).id

    def place_bid(self, offer_id: str, amount: Decimal, bidder: str = "licytant") -> None:
        """Raises ValueError where it is no auction."""
        with self.shelf.lock:
            offer = self.offer(offer_id)
            if offer.selling_format != "AUCTION":
                raise ValueError("bids are placed on auctions")
            self.shelf.bid(offer, Bid(bidder, amount), self.shelf.clock.now())

    def cancel_bid(self, offer_id: str) -> None:
        """The newest bid is withdrawn."""
        with self.shelf.lock:
            self.shelf.withdraw_bid(self.offer(offer_id), self.shelf.clock.now())

    def write_stock_every(self, offer_id: str, pieces: int, seconds: float = 60) -> None:
        """Another tool sets the stock now and again and again."""
        with self.shelf.lock:
            self.shelf.write_stock_every(self.offer(offer_id), pieces, timedelta(seconds=seconds))
