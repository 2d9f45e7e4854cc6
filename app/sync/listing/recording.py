"""What is stored of a listing as it goes: always together with the link of its offer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.db import listings, offer_links
from app.db.engine import Session
from app.domain.links import LIVE, Agreement, OfferLink
from app.domain.listing_outcomes import after_finding, refused
from app.domain.listings import Listing, ListingState
from app.domain.money import Money
from app.domain.new_offers import FieldError, NewOffer, OfferMade
from app.domain.offers import Offer, OfferFormat, OfferStatus
from app.domain.planning import Adopt, Already, Clash, Ended, GiveUp
from app.domain.runs import Result
from app.sync.context import JobContext
from app.sync.linking import as_shown, wake_orders
from app.sync.listing.preparing import Prepared

_RESULTS = {ListingState.LISTED: Result.DONE, ListingState.DRAFT: Result.DONE, ListingState.FAILED: Result.FAILED}


@dataclass
class Recorder:
    """Writes under the run's lease, one transaction for each step."""

    context: JobContext

    def keep(self, listing: Listing) -> Listing:
        """Store the listing as it is; returns it."""
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            listings.save(session, listing)
        return listing

    def intend(self, listing: Listing, former: OfferLink | None) -> bool:
        """Store that its offer is about to be made; False where its item has another link than `former` by now."""
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            present = offer_links.of_goods(session, listing.account_id, [listing.store_id]).get(listing.store_id)
            if _which(present) != _which(former):
                return False
            listings.save(session, listing)
        return True

    def put_off(self, listing: Listing, until: datetime, why: str) -> None:
        """It has its turn again later."""
        self.keep(replace(listing, due_at=until))
        self._report(listing, why, Result.SKIPPED)

    def postpone(self, listing: Listing, until: datetime) -> None:
        """It has its turn again later, however far it has come."""
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            listings.save(session, replace(listings.get(session, listing.id), due_at=until))

    def fail(self, listing: Listing, errors: Sequence[FieldError], notes: Sequence[str] = ()) -> None:
        """Nothing was made of it."""
        done = self.keep(refused(listing, errors, notes, self.context.now()))
        self._report(done, _said(errors), Result.FAILED)

    def end(self, listing: Listing, link: OfferLink | None = None) -> None:
        """Store what has become of the listing after an answer about its offer, and what the offer is now."""
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            listings.save(session, listing)
            if link is not None:
                self._note_status(session, listing, link)
        self._report(listing, _said(listing.errors), _RESULTS.get(listing.state, Result.SKIPPED))

    def claim(self, listing: Listing, offer_id: str) -> OfferLink | None:
        """The link of a draft that was found by its mark, made at once: Allegro may be about to put it on sale.

        None where it has got a link to another product meanwhile.
        """
        now = self.context.now()
        new = OfferLink(
            0,
            listing.account_id,
            offer_id,
            listing.product_id,
            listing.variation_id,
            sku=listing.sku,
            title=listing.name,
            external_id=listing.external_id,
            format=OfferFormat.BUY_NOW,
            offer_status=OfferStatus.INACTIVE,
            doubted_at=now,
        )
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            link = offer_links.of_offers(session, new.account_id, [offer_id]).get(offer_id)
            if link is None:
                link = offer_links.add(session, new, now=now)
                wake_orders(session, new.account_id, [offer_id], now=now)
        return link if link.store_id == listing.store_id else None

    def made(
        self, listing: Listing, made: OfferMade, offer: NewOffer, store_price: Money | None, former: OfferLink | None
    ) -> None:
        """Store what has become of an offer that was sent, with its link. `former` is the item's link so far."""
        now = self.context.now()
        base = former
        if base is None or base.units_per_offer > 1:
            # A set of three stays one for those who have bought it; the new offer is of one piece.
            base = OfferLink(0, listing.account_id, made.offer_id, listing.product_id, listing.variation_id)
        if base.offer_id != made.offer_id:
            base = base.moved_to(made.offer_id, title=offer.title, status=made.status)
        link = replace(
            base,
            sku=listing.sku,
            title=offer.title,
            external_id=offer.external_id,
            format=OfferFormat.BUY_NOW,
            offer_status=made.status,
            duration=offer.duration,
            listed_quantity=offer.quantity,
            listed_price=offer.price,
            listed_at=now,
            # What Allegro made of it is read before anything is decided by it.
            doubted_at=now,
            agreed=Agreement(offer.price, store_price) if store_price else None,
        )
        self._link(listing, link)
        self._report(listing, _said(listing.errors), _RESULTS.get(listing.state, Result.SKIPPED))

    def found(
        self, listing: Listing, step: Adopt | Already | Ended | Clash | GiveUp, sent: Prepared | None = None
    ) -> None:
        """Store that the item has an offer already, or why it gets none. `sent` is what we have sent of one that was
        found, None where that is not known."""
        told = after_finding(listing, step, self.context.now())
        if isinstance(step, Adopt):
            offer = step.offer
            new = OfferLink(0, told.account_id, offer.id, told.product_id, told.variation_id, sku=told.sku)
            link = replace(as_shown(new, offer), doubted_at=self.context.now(), agreed=_agreed(offer, sent))
            self._link(told, link)
        else:
            self._keep_found(told)
        self._report(told, _said(told.errors) or "found at Allegro", _RESULTS.get(told.state, Result.SKIPPED))

    def _keep_found(self, listing: Listing) -> None:
        """Store what has become of a listing whose item has an offer, and what its link does not know of that yet."""
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            listings.save(session, listing)
            link = offer_links.of_offers(session, listing.account_id, [listing.offer_id]).get(listing.offer_id)
            if link is not None:
                self._note_status(session, listing, link)

    def gone(self, listing: Listing, link: OfferLink | None) -> None:
        """Store that the offer of the link is no more, and what the listing has come to by that."""
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            listings.save(session, listing)
            if link is not None:
                offer_links.record(session, [link.id], offer_status=OfferStatus.ARCHIVED)
        self._report(listing, _said(listing.errors), Result.FAILED)

    def _link(self, listing: Listing, link: OfferLink) -> None:
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            listings.save(session, listing)
            present = offer_links.by_ids(session, [link.id]).get(link.id)
            if present is not None and present.offer_id in (link.offer_id, *link.former_offer_ids):
                # What the seller has chosen since it was read stays.
                link = replace(
                    link, sync_stock=present.sync_stock, sync_price=present.sync_price, relist=present.relist
                )
                offer_links.save(session, link, now=now)
                offer_links.doubt(session, [link.id], now=now)
            elif link.offer_id not in offer_links.of_offers(session, link.account_id, [link.offer_id]):
                offer_links.add(session, link, now=now)
            wake_orders(session, link.account_id, [link.offer_id], now=now)

    def _note_status(self, session: Session, listing: Listing, link: OfferLink) -> None:
        if listing.state is ListingState.LISTED and link.offer_status not in LIVE:
            offer_links.record(session, [link.id], offer_status=OfferStatus.ACTIVATING)
        offer_links.doubt(session, [link.id], now=self.context.now())

    def _report(self, listing: Listing, why: str, result: Result) -> None:
        what = f"variation {listing.variation_id} of product" if listing.variation_id else "product"
        self.context.report.add(
            f"{what} {listing.product_id}",
            before=listing.external_id,
            after=f"offer {listing.offer_id}" if listing.offer_id else listing.state,
            why=why,
            result=result,
        )


def _agreed(offer: Offer, sent: Prepared | None) -> Agreement | None:
    """Where the offer costs what we have asked for it, its price and the store's are in step."""
    ours = sent.composed.offer if sent else None
    if sent is None or ours is None or sent.store_price is None or offer.price != ours.price:
        return None
    return Agreement(ours.price, sent.store_price)


def _which(link: OfferLink | None) -> object:
    return link and (link.id, link.offer_id)


def _said(errors: Sequence[FieldError]) -> str:
    return "; ".join(f"{error.field}: {error.message}" if error.field else error.message for error in errors)
