"""What there is of some items at Allegro already, by which it is decided what comes next for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Unreadable
from app.db import offer_links
from app.db.engine import Database
from app.domain.links import OfferLink
from app.domain.listings import Listing
from app.domain.offers import Offer
from app.domain.planning import Step, plan_listing


@dataclass(frozen=True)
class Found:
    """What comes next for each listing, and the link that its item has, both by the listing's id."""

    steps: Mapping[int, Step]
    links: Mapping[int, OfferLink]


@dataclass
class Search:
    """`settle` is how long Allegro's list of offers may not show an offer yet that was sent."""

    database: Database
    allegro: AllegroClient
    account_id: int
    settle: timedelta

    def of(self, queued: Sequence[Listing], now: datetime) -> Found:
        """At most 100, each with another mark.

        Raises `Unreadable` where Allegro's list is not whole: one of the items may have an offer that it leaves out.
        """
        if not queued:
            return Found({}, {})
        marks = [listing.external_id for listing in queued]
        page = self.allegro.offers.page(external_ids=marks)
        if page.unreadable or (page.total or 0) > page.count:
            raise Unreadable("Allegro's list of offers with some marks cannot be read in full.", channel="allegro")
        by_mark: dict[str, list[Offer]] = {}
        for offer in page.offers:
            by_mark.setdefault(offer.external_id, []).append(offer)
        with self.database.reading() as session:
            linked = offer_links.of_offers(session, self.account_id, [offer.id for offer in page.offers])
            marked = offer_links.marked(session, self.account_id, marks)
            of_items = offer_links.of_goods(session, self.account_id, {listing.store_id for listing in queued})
        steps = {}
        for listing in queued:
            offers = tuple(by_mark.get(listing.external_id, ()))
            elsewhere = _linked_elsewhere(listing, offers, linked, marked)
            link = of_items.get(listing.store_id)
            steps[listing.id] = plan_listing(listing, link, offers, elsewhere, now, self.settle)
        links = {listing.id: of_items[listing.store_id] for listing in queued if listing.store_id in of_items}
        return Found(steps, links)


def _linked_elsewhere(
    listing: Listing,
    found: Iterable[Offer],
    linked: Mapping[str, OfferLink],
    marked: Mapping[str, Sequence[OfferLink]],
) -> dict[str, int]:
    """The offers with the listing's mark that are linked to another product, with its id in the store."""
    shown = [linked[offer.id] for offer in found if offer.id in linked]
    links = (*shown, *marked.get(listing.external_id, ()))
    return {link.offer_id: link.store_id for link in links if link.store_id != listing.store_id}
