"""What there is of some items at Allegro already, by which it is decided what comes next for each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import NotFound, Unreadable
from app.db import offer_links
from app.db.engine import Database
from app.domain.links import OfferLink
from app.domain.listings import Listing
from app.domain.offers import Offer, OfferStatus
from app.domain.planning import Step, plan_listing

# Allegro's copies lag: an offer that it has just told of may not be there for a moment.
COPIES_LAG = timedelta(minutes=10)
# So many offers are looked through for one with a mark.
_SAMPLE = 100


@dataclass(frozen=True)
class Found:
    """What comes next for each listing, and the link that its item has, both by the listing's id."""

    steps: Mapping[int, Step]
    links: Mapping[int, OfferLink]


@dataclass
class Search:
    """For one run. `settle` is how long Allegro's list of offers may not show an offer yet that was sent."""

    database: Database
    allegro: AllegroClient
    account_id: int
    settle: timedelta
    _finds: bool = field(default=False, init=False)

    def of(self, queued: Sequence[Listing], now: datetime) -> Found:
        """At most 100, each with another mark.

        Raises `Unreadable` where Allegro's list is not whole, or leaves out what it is asked for: one of the items may
        have an offer that is not shown.
        """
        if not queued:
            return Found({}, {})
        marks = [listing.external_id for listing in queued]
        page = self.allegro.offers.page(external_ids=marks)
        if page.unreadable or (page.total or 0) > page.count:
            raise Unreadable("Allegro's list of offers with some marks cannot be read in full.", channel="allegro")
        self._check_that_it_finds(page.offers)
        by_mark: dict[str, list[Offer]] = {}
        for offer in page.offers:
            by_mark.setdefault(offer.external_id, []).append(offer)
        with self.database.reading() as session:
            linked = offer_links.of_offers(session, self.account_id, [offer.id for offer in page.offers])
            marked = offer_links.marked(session, self.account_id, marks)
            of_items = offer_links.of_goods(session, self.account_id, {listing.store_id for listing in queued})
        unseen = self._with_other_marks(of_items, {offer.id for offer in page.offers})
        of_items = self._as_they_are(of_items, {offer.id for offer in page.offers} | unseen.keys(), now)
        steps = {}
        for listing in queued:
            link = of_items.get(listing.store_id)
            offers = tuple(by_mark.get(listing.external_id, ()))
            elsewhere = _linked_elsewhere(listing, offers, linked, marked)
            if link and link.offer_id in unseen:
                offers += (unseen[link.offer_id],)
            steps[listing.id] = plan_listing(listing, link, offers, elsewhere, now, self.settle)
        links = {listing.id: of_items[listing.store_id] for listing in queued if listing.store_id in of_items}
        return Found(steps, links)

    def _with_other_marks(self, of_items: Mapping[int, OfferLink], shown: Collection[str]) -> dict[str, Offer]:
        """The items' offers that do not carry the items' marks, by their id."""
        unseen = [link.offer_id for link in of_items.values() if not _is_archived(link) and link.offer_id not in shown]
        return {offer.id: offer for offer in self.allegro.offers.page(offer_ids=unseen).offers} if unseen else {}

    def _as_they_are(
        self, of_items: Mapping[int, OfferLink], shown: Collection[str], now: datetime
    ) -> dict[int, OfferLink]:
        """The items' links; one whose offer neither Allegro's list nor Allegro itself knows any more is archived."""
        found = dict(of_items)
        for store_id, link in of_items.items():
            is_new = link.listed_at is not None and now - link.listed_at < COPIES_LAG
            if _is_archived(link) or link.offer_id in shown or is_new:
                continue
            try:
                made = self.allegro.new_offers.look(link.offer_id)
            except NotFound:
                found[store_id] = replace(link, offer_status=OfferStatus.ARCHIVED)
            else:
                found[store_id] = replace(link, offer_status=made.status)
        return found

    def _check_that_it_finds(self, found: Sequence[Offer]) -> None:
        """Allegro's search by marks has found nothing for hours, whatever it was asked for: an empty answer counts only
        where it finds an offer that is known to be there."""
        if found:
            self._finds = True
        if self._finds:
            return
        there = next((offer for offer in self.allegro.offers.page(limit=_SAMPLE).offers if offer.external_id), None)
        if there is not None:
            shown = self.allegro.offers.page(external_ids=[there.external_id]).offers
            if there.id not in {offer.id for offer in shown}:
                raise Unreadable(
                    f"Allegro's list of offers does not find offer {there.id} by its mark {there.external_id!r}: what "
                    "it does not find may be there.",
                    channel="allegro",
                )
        self._finds = True


def _is_archived(link: OfferLink) -> bool:
    return link.offer_status is OfferStatus.ARCHIVED


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
