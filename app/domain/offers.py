"""Offers at Allegro, what can be said about them in one go, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.money import Money

MAX_QUANTITY = 99_999


class OfferFormat(StrEnum):
    BUY_NOW = "buy_now"
    AUCTION = "auction"
    ADVERTISEMENT = "advertisement"
    UNKNOWN = "unknown"


class OfferStatus(StrEnum):
    """Where an offer stands. Drafts are INACTIVE; an offer that was once active never is again."""

    INACTIVE = "inactive"
    ACTIVATING = "activating"
    ACTIVE = "active"
    ENDED = "ended"
    ARCHIVED = "archived"
    UNKNOWN = "unknown"


class EndedBy(StrEnum):
    """Who ended an offer. What we end by command counts as USER at Allegro; ADMIN is its moderation."""

    USER = "user"
    ADMIN = "admin"
    EXPIRATION = "expiration"
    EMPTY_STOCK = "empty_stock"
    PRODUCT_DETACHMENT = "product_detachment"
    ERROR = "error"
    UNKNOWN = "unknown"


class Publication(StrEnum):
    END = "end"
    ACTIVATE = "activate"


@dataclass(frozen=True)
class ForeignOffer:
    """An offer on a marketplace beside its base one. `listed`: buyers see it there. `price` is None where unknown."""

    marketplace: str
    listed: bool
    price: Money | None
    rule_id: str = ""


@dataclass(frozen=True)
class Offer:
    """An offer as a list shows it, which may be some seconds old.

    `quantity` is what is left, `price` the price without campaigns; None where unknown. `rule_id` is the pricing rule
    that sets the price, "" for none. `bidders` counts those of an auction, None where unknown.
    """

    id: str
    title: str
    external_id: str
    format: OfferFormat
    status: OfferStatus
    quantity: int | None
    price: Money | None
    marketplace: str = ""
    rule_id: str = ""
    bidders: int | None = None
    fulfilled_by_allegro: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    foreign: tuple[ForeignOffer, ...] = ()


@dataclass(frozen=True)
class OfferPage:
    """`unreadable` pairs an offer's id, or "", with what is wrong. `total` is None where Allegro does not tell."""

    offers: tuple[Offer, ...]
    unreadable: tuple[tuple[str, str], ...]
    total: int | None

    @property
    def count(self) -> int:
        return len(self.offers) + len(self.unreadable)


@dataclass(frozen=True)
class OffersRead:
    """Offers by id. Not `complete`: others may exist, so that one which is missing is not known to be gone."""

    found: Mapping[str, Offer]
    unreadable: tuple[tuple[str, str], ...]
    complete: bool


@dataclass(frozen=True)
class OfferParts:
    """What an offer shows right now: its quantity, its price, and its prices on other marketplaces by their id."""

    quantity: int | None
    price: Money | None
    foreign_prices: Mapping[str, Money]


@dataclass(frozen=True)
class OfferDetails:
    """An offer as it is right now, and what lists do not tell. `ended_by` is None while the offer runs.

    `gtins` are those of its products. `quantity` and `price` are None where unknown. `duration` is as ISO 8601, ""
    until it is sold out, None where unknown. `republish`: Allegro lists it anew by itself when it ends. `is_set`: one
    piece of the offer is several pieces, of one product or of several.
    """

    id: str
    status: OfferStatus
    ended_by: EndedBy | None
    gtins: tuple[str, ...] = ()
    quantity: int | None = None
    price: Money | None = None
    format: OfferFormat = OfferFormat.UNKNOWN
    duration: str | None = None
    republish: bool = False
    is_set: bool = False


@dataclass(frozen=True)
class EditOutcome:
    """What became of an edit. Not `finished`: Allegro goes on with it, and may fail yet.

    `problems` are what keeps the offer from being listed.
    """

    finished: bool
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class OfferValues:
    """Values for one offer, absolute. `prices` are by marketplace, the base one included; None is left as it is."""

    offer_id: str
    quantity: int | None = None
    prices: tuple[tuple[str, Money], ...] = ()


class CommandKind(StrEnum):
    QUANTITY = "quantity"
    PRICE = "price"
    PUBLICATION = "publication"
    BULK = "bulk"


class Acceptance(StrEnum):
    """`BEFORE`: a command of this id was accepted earlier, whatever it said, and is not carried out again."""

    NOW = "now"
    BEFORE = "before"


@dataclass(frozen=True)
class CommandReport:
    """How far a command is. Zero tasks mean that Allegro has not begun; None that it does not tell."""

    completed_at: datetime | None
    total: int | None
    succeeded: int | None
    failed: int | None


class TaskState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TaskOutcome:
    """What became of one change of a command. `changes` is its kind, None where Allegro names one that we do not know.

    `code` and `reason` are Allegro's words where it failed.
    """

    offer_id: str
    changes: CommandKind | None
    state: TaskState
    code: str = ""
    reason: str = ""


class OfferEventKind(StrEnum):
    ACTIVATED = "activated"
    CHANGED = "changed"
    ENDED = "ended"
    QUANTITY_CHANGED = "quantity_changed"
    PRICE_CHANGED = "price_changed"
    ARCHIVED = "archived"
    BID_PLACED = "bid_placed"
    BID_CANCELLED = "bid_cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class OfferEvent:
    """An entry of the journal of offers: something changed, without the new value. `ended_by` only with `ENDED`.

    `by_rule`, only with `PRICE_CHANGED`: a pricing rule set the price on every marketplace where it changed.
    """

    id: str
    kind: OfferEventKind
    offer_id: str
    occurred_at: datetime
    ended_by: EndedBy | None = None
    by_rule: bool = False


@dataclass(frozen=True)
class OfferEventPage:
    """`count` is how many entries there were, `last_id` the newest of them, or ""."""

    events: tuple[OfferEvent, ...]
    unreadable: tuple[tuple[str, str], ...]
    count: int
    last_id: str
