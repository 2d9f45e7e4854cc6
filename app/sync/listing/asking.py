"""Asking Allegro what has become of offers that it is at work on."""

from dataclasses import dataclass
from datetime import timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import NotFound, Rejected, Unreadable
from app.db import offer_links
from app.domain.links import LIVE, OfferLink
from app.domain.listing_outcomes import after_answer, after_failure, after_operation
from app.domain.listings import Listing
from app.domain.new_offers import FieldError, OperationState
from app.sync.context import JobContext
from app.sync.listing.recording import Recorder
from app.sync.listing.searching import COPIES_LAG

_LATER = timedelta(minutes=5)


@dataclass
class Asker:
    context: JobContext
    allegro: AllegroClient
    recorder: Recorder

    def ask(self, listing: Listing) -> None:
        """Raises the errors of Allegro's channel where it is not about this offer."""
        offers, now = self.allegro.new_offers, self.context.now()
        errors: tuple[FieldError, ...] = ()
        try:
            if listing.operation_id:
                operation = offers.operation(listing.offer_id, listing.operation_id)
                if (going_on := after_operation(listing, operation, now)) is not None:
                    self.recorder.keep(going_on)
                    return
                errors = operation.errors if operation.state is OperationState.FAILED else ()
            made = offers.look(listing.offer_id)
        except NotFound as error:
            self._not_there(listing, errors, str(error))
        except (Rejected, Unreadable) as error:
            self.recorder.put_off(listing, now + _LATER, str(error))
        else:
            has_failed = errors and made.status not in LIVE
            told = (
                after_failure(listing, errors, exists=True, now=now) if has_failed else after_answer(listing, made, now)
            )
            self.recorder.end(told, self._link(listing))

    def _not_there(self, listing: Listing, errors: tuple[FieldError, ...], why: str) -> None:
        now = self.context.now()
        is_fresh = listing.asks_since is not None and now - listing.asks_since < COPIES_LAG
        if is_fresh and not errors:
            self.recorder.put_off(listing, now + timedelta(seconds=30), why)
            return
        self.recorder.gone(after_failure(listing, errors, exists=False, now=now), self._link(listing))

    def _link(self, listing: Listing) -> OfferLink | None:
        with self.context.database.reading() as session:
            found = offer_links.of_offers(session, listing.account_id, [listing.offer_id])
        return found.get(listing.offer_id)
