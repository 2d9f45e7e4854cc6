"""The tie between an offer at Allegro and the product, or variation, in the store whose pieces it sells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.money import Money
from app.domain.offers import EndedBy, OfferFormat, OfferStatus
from app.domain.products import Product
from app.domain.reservations import Reservation, ReservationState

# An offer that is being activated takes a quantity and can be ended, as one that runs.
LIVE = (OfferStatus.ACTIVE, OfferStatus.ACTIVATING)

# Allegro's clock is not ours.
_CLOCKS_DIFFER_BY = timedelta(minutes=5)


class Relist(StrEnum):
    AUTO = "auto"
    NEVER = "never"  # struck off for good by the seller


@dataclass(frozen=True)
class Agreement:
    """The prices of both sides when they were last in step: the offer's, and what the store's came to for it.

    They may differ by what is lost in translation: 0.99 with 23 % tax cannot be had from a net price.
    """

    offer: Money
    store: Money


@dataclass(frozen=True)
class OfferLink:
    """An offer of one account and what it sells; `variation_id` is 0 for a product without variations.

    `units_per_offer`: so many pieces of the product are in one piece of the offer (a set of three: 3).
    `listed_quantity` and `listed_price` are what the offer showed when it was last read, None while that is not known.
    `external_id` is the seller's own mark on the offer. `ended_by` and `ended_at` are None while the offer runs, and
    where Allegro does not tell. `end_sent_at` is when we last told Allegro to end it for lack of stock. `bidders`
    counts those of an auction, None where that is not known. `former_offer_ids` are the offers that this one renews,
    oldest first. `restocked_at`: when an ended offer was first seen to have stock again. `duration` is how long it
    runs, as ISO 8601, "" until it is sold out, None where not known. `listed_at` is since when `listed_quantity` is
    known; `doubted_at` since when what is stored of the offer may be wrong, None while nothing speaks against it;
    `foreign_at` since when it shows what neither we nor a sale have brought about. `marketplace` is the offer's base
    one, "" while not known; `rule_id` the pricing rule and `campaign` the name of the campaign that set its price
    there, "" for none. `agreed` is None until both sides' prices were in step.
    """

    id: int
    account_id: int
    offer_id: str
    product_id: int
    variation_id: int = 0
    sku: str = ""
    title: str = ""
    external_id: str = ""
    format: OfferFormat = OfferFormat.UNKNOWN
    offer_status: OfferStatus = OfferStatus.UNKNOWN
    units_per_offer: int = 1
    sync_stock: bool = True
    sync_price: bool = True
    relist: Relist = Relist.AUTO
    listed_quantity: int | None = None
    listed_price: Money | None = None
    ended_by: EndedBy | None = None
    ended_at: datetime | None = None
    end_sent_at: datetime | None = None
    bidders: int | None = None
    fulfilled_by_allegro: bool = False
    former_offer_ids: tuple[str, ...] = ()
    restocked_at: datetime | None = None
    duration: str | None = None
    listed_at: datetime | None = None
    doubted_at: datetime | None = None
    foreign_at: datetime | None = None
    marketplace: str = ""
    rule_id: str = ""
    campaign: str = ""
    agreed: Agreement | None = None

    def __post_init__(self) -> None:
        if self.units_per_offer < 1:
            raise ValueError(f"Offer {self.offer_id} cannot hold {self.units_per_offer} pieces, only 1 or more.")

    @property
    def is_live(self) -> bool:
        """Whether buyers can buy it, or are about to."""
        return self.offer_status in LIVE

    @property
    def store_id(self) -> int:
        """The id by which the store knows what the offer sells: the variation's, or the product's."""
        return self.variation_id or self.product_id

    def moved_to(self, offer_id: str, *, title: str, status: OfferStatus) -> "OfferLink":
        """The link on the offer that renews the present one: the same goods, units and switches, nothing read yet.

        What the prices were agreed on stays: the new offer begins with the old one's price, which nobody has changed.
        """
        return replace(
            self,
            offer_id=offer_id,
            title=title,
            offer_status=status,
            listed_quantity=None,
            listed_price=None,
            ended_by=None,
            ended_at=None,
            end_sent_at=None,
            bidders=None,
            former_offer_ids=(*self.former_offer_ids, self.offer_id),
            restocked_at=None,
            duration=None,
            listed_at=None,
            doubted_at=None,
            foreign_at=None,
            marketplace="",
            rule_id="",
            campaign="",
        )


def after_sale(
    link: OfferLink, quantity: int, bought_at: datetime | None, *, now: datetime, is_in_flight: bool
) -> OfferLink:
    """The link once so much of its offer was bought: Allegro takes it off by itself.

    The offer is doubted, and read again before anything is decided, where it cannot be told what it shows: a sale near
    the moment at which we set the quantity, or while a change is under way, came before or after it; and an offer that
    has sold its last piece ends.
    """
    left = None if link.listed_quantity is None else max(0, link.listed_quantity - quantity)
    is_plain = (
        left
        # It may be being read at this moment, without the sale.
        and link.doubted_at is None
        and not is_in_flight
        and link.listed_at is not None
        and bought_at is not None
        and bought_at > link.listed_at + _CLOCKS_DIFFER_BY
    )
    return replace(link, listed_quantity=left, doubted_at=None if is_plain else now)


def reserved_pieces(
    bought: Iterable[tuple[int, Reservation]], links: Iterable[OfferLink], products: Mapping[int, Product]
) -> dict[int, int]:
    """How many pieces of each pool are sold at Allegro and still in the store's stock, by the pool's id.

    `bought` are with their account's id: production and sandbox count their offers each for itself. Give the links of
    all accounts: every sale is a sale for all of them. `products` are by id. A purchase of an offer
    that has been renewed since is one of the goods that the link still stands for. Offers without a link, and
    products whose pool is not known, reserve nothing that anybody shows.
    """
    sold_by = {
        (link.account_id, offer_id): link for link in links for offer_id in (*link.former_offer_ids, link.offer_id)
    }
    reserved: dict[int, int] = {}
    for account_id, reservation in bought:
        link = sold_by.get((account_id, reservation.offer_id))
        product = products.get(link.store_id) if link else None
        if reservation.state is not ReservationState.OPEN or link is None or product is None:
            continue
        if (pool_id := product.pool_id) is not None:
            reserved[pool_id] = reserved.get(pool_id, 0) + reservation.quantity * link.units_per_offer
    return reserved
