"""The sellers' offers and what each of them is at a moment."""

import copy
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from app.sandbox.allegro.currencies import BASE, MARKETPLACES, converted
from app.sandbox.allegro.problems import Body, Problem
from app.sandbox.seed import GOODS, SELLERS

CampaignKind = Literal["badge", "allediscount", "allegro_prices"]
SellingFormat = Literal["BUY_NOW", "AUCTION", "ADVERTISEMENT"]
Status = Literal["INACTIVE", "ACTIVATING", "ACTIVE", "ENDED"]
EndedBy = Literal["USER", "ADMIN", "EXPIRATION", "EMPTY_STOCK", "PRODUCT_DETACHMENT", "ERROR"]

MOST_PIECES = 99_999
ARCHIVED_AFTER = timedelta(days=60)
_REMEMBERED_CHANGES = 50


@dataclass(frozen=True)
class Foreign:
    """An offer on an additional marketplace. Without a price of its own it has the converted one of the base."""

    price: Decimal | None = None
    rule: str | None = None
    state: str = "APPROVED"


@dataclass(frozen=True)
class Bid:
    bidder: str
    amount: Decimal


@dataclass(frozen=True)
class Campaign:
    """What buyers on the base marketplace pay while a campaign runs, which no price of the offer shows."""

    kind: CampaignKind
    price: Decimal
    started_at: datetime
    ended_at: datetime | None = None


@dataclass
class Offer:
    """`price` is gross, in the currency of the `base` marketplace: to buy at once, or where an auction starts.

    `external_id` is the seller's own reference, None where it was never filled in. `rule` is the pricing rule on the
    base marketplace. `campaign` is the one that it is in, or was in last. `duration` None is until sold out.
    `appeared_at` is set of an offer that was made while the world was running. `touched_at` is the last edit or
    ending, from which archiving is counted.

    `sent` is what bodies have said of it beside stock, price and publication, and `shown` what answers show of that;
    what is in neither is shown as it is of every seeded offer. `described`: all of it was sent, so that an edit checks
    all of it, too. `errors` are what keeps it from going on sale.
    """

    id: str
    seller: str
    name: str
    price: Decimal
    available: int
    created_at: datetime
    base: str = BASE
    appeared_at: datetime | None = None
    external_id: str | None = None
    ean: str | None = None
    sold: int = 0
    status: Status = "ACTIVE"
    started_at: datetime | None = None
    ending_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None
    archived_at: datetime | None = None
    touched_at: datetime | None = None
    selling_format: SellingFormat = "BUY_NOW"
    category_id: str = "257933"
    duration: timedelta | None = None
    republish: bool = False
    initial_stock: int = 0
    rule: str | None = None
    campaign: Campaign | None = None
    foreign: dict[str, Foreign] = field(default_factory=dict)
    bids: tuple[Bid, ...] = ()
    sent: Body = field(default_factory=dict)
    shown: Body = field(default_factory=dict)
    described: bool = False
    errors: tuple[Problem, ...] = ()
    earlier: "deque[tuple[datetime, Offer]]" = field(
        default_factory=lambda: deque(maxlen=_REMEMBERED_CHANGES), repr=False, compare=False
    )

    @property
    def buyable(self) -> bool:
        """Whether it is on sale or about to be; the others have no events."""
        return self.status in {"ACTIVE", "ACTIVATING"}

    def remember(self, now: datetime) -> None:
        """Keep what the offer is, just before it changes."""
        self.earlier.append((now, copy.copy(self)))

    def as_of(self, moment: datetime) -> "Offer | None":
        """What the offer was at a moment; None where it was not there yet."""
        if self.appeared_at is not None and self.appeared_at > moment:
            return None
        return next((before for until, before in self.earlier if until > moment), self)

    def listed_price(self, marketplace: str) -> Decimal:
        """In the marketplace's currency, whatever a campaign makes of it."""
        own = self.foreign.get(marketplace, Foreign()).price
        return own if own is not None else converted(self.price, marketplace, self.base)

    def buyers_price(self, marketplace: str) -> Decimal:
        if self.campaign is not None and self.campaign.ended_at is None and marketplace == self.base:
            return self.campaign.price
        return self.listed_price(marketplace)

    def rule_on(self, marketplace: str) -> str | None:
        return self.rule if marketplace == self.base else self.foreign.get(marketplace, Foreign()).rule


def currency_of(marketplace: str) -> str:
    return MARKETPLACES[marketplace][0]


def seeded_offers(now: datetime) -> dict[str, Offer]:
    """One active offer of the first seller for each of the goods."""
    return {
        good.offer_id: Offer(
            good.offer_id,
            SELLERS[0].login,
            good.name,
            good.gross_price,
            good.stock,
            now,
            external_id=good.sku,
            ean=good.ean,
            started_at=now,
            touched_at=now,
            initial_stock=good.stock,
        )
        for good in GOODS
    }
