"""Sending what an item's offer is: a new one, or all of a draft."""

from dataclasses import dataclass, replace
from datetime import timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.new_offers import errors_of
from app.channels.errors import (
    AuthRequired,
    Conflict,
    Misconfigured,
    NotFound,
    Rejected,
    Unavailable,
    Uncertain,
)
from app.domain.links import OfferLink
from app.domain.listing_outcomes import after_answer, after_failure
from app.domain.listings import Listing
from app.domain.new_offers import NewOffer
from app.sync.context import JobContext
from app.sync.listing.pictures import Pictures
from app.sync.listing.preparing import Prepared
from app.sync.listing.recording import Recorder

# A process that was stopped between the intent and the call must not make the call any more.
_FRESH = timedelta(seconds=10)
_AFTER_LOSS = timedelta(seconds=5)
_AFTER_LINKING = timedelta(seconds=5)
_WHILE_EDITED = timedelta(seconds=30)


@dataclass
class Sender:
    """Raises the errors of Allegro's channel where it is not about one offer."""

    context: JobContext
    allegro: AllegroClient
    recorder: Recorder

    def make(self, listing: Listing, prepared: Prepared, former: OfferLink | None) -> None:
        """Make the item's offer. `former` is the item's link so far, whose offer is archived."""
        ready = self._ready(listing, prepared)
        if ready is None:
            return
        listing, offer = ready
        now = self.context.now()
        # The new offer's id will take the place of the archived one's.
        intended = replace(listing, offer_id="", sent_at=now, lost_at=None)
        # Uploading pictures takes a while, in which the item may have got an offer otherwise.
        if not self.recorder.intend(intended, former):
            self.recorder.put_off(
                listing, now + _AFTER_LINKING, "Its links were changed meanwhile: it is looked at anew."
            )
            return
        try:
            self.context.lease.ensure()
            if self.context.now() - now > _FRESH:
                raise Unavailable(
                    f"This process stood still before it could make the offer {offer.external_id}; nothing was sent.",
                    channel="allegro",
                )
            made = self.allegro.new_offers.make(offer)
        except Uncertain as error:
            lost_at = self.context.now()
            lost = replace(intended, lost_at=lost_at)
            self.recorder.put_off(lost, lost_at + _AFTER_LOSS, str(error))
        except Rejected as error:
            self.recorder.fail(intended, errors_of(error))
        except (Unavailable, AuthRequired, Misconfigured):
            self.recorder.keep(replace(intended, sent_at=None))
            raise
        else:
            told = after_answer(intended, made, self.context.now())
            self.recorder.made(told, made, offer, prepared.store_price, former)

    def complete(self, listing: Listing, offer_id: str, prepared: Prepared, link: OfferLink | None) -> None:
        """Say all of a draft that is said of a new offer, and put it on sale if that is wanted."""
        ready = self._ready(listing, prepared)
        if ready is None:
            return
        listing, offer = ready
        listing = self.recorder.keep(replace(listing, offer_id=offer_id))
        now = self.context.now()
        try:
            made = self.allegro.new_offers.complete(offer_id, offer)
        except Conflict as error:
            self.recorder.put_off(listing, now + _WHILE_EDITED, str(error))
        except NotFound:
            self.recorder.gone(after_failure(listing, (), exists=False, now=now), link)
        except Rejected as error:
            self.recorder.fail(listing, errors_of(error))
        else:
            told = after_answer(listing, made, self.context.now())
            self.recorder.made(told, made, offer, prepared.store_price, link)

    def _ready(self, listing: Listing, prepared: Prepared) -> tuple[Listing, NewOffer] | None:
        """The offer with its pictures at Allegro, and the listing with what is to be said of it; None: it failed."""
        composed = prepared.composed
        if composed.offer is None:
            self.recorder.fail(listing, composed.errors, composed.notes)
            return None
        context = self.context
        pictures = Pictures(context.database, self.allegro, context.one_account.id, context.now)
        uploaded = pictures.upload(prepared.pictures)
        composed = prepared.with_pictures(uploaded.urls)
        refused = uploaded.notes
        if composed.offer is None:
            self.recorder.fail(listing, composed.errors, (*composed.notes, *refused))
            return None
        notes = (*composed.notes, *refused)
        return replace(listing, notes=notes, errors=(), publish=composed.offer.publish), composed.offer
