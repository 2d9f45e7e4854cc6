"""What has become of a listing by what Allegro says about its offer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.links import LIVE
from app.domain.listings import Listing, ListingState
from app.domain.new_offers import FieldError, OfferMade, Operation, OperationState
from app.domain.offers import OfferStatus
from app.domain.planning import Adopt, Already, Clash, Ended, GiveUp

# New products of the catalogue take Allegro that long at times (allegro-api#13228).
MOST_PATIENCE = timedelta(hours=2)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(seconds=60)


def after_answer(listing: Listing, made: OfferMade, now: datetime) -> Listing:
    """The listing once Allegro has told of its offer: an answer to what was sent, or the offer as it is now.

    That an offer was made is no success yet: it is on sale, or it is what a draft is.
    """
    told = replace(listing, offer_id=made.offer_id, sent_at=None, lost_at=None)
    notes = _with(told.notes, made.warnings)
    if not made.finished:
        return _waiting(replace(told, operation_id=made.operation_id, notes=notes), now, made.ask_again_seconds)
    if made.status in LIVE:
        return _finished(replace(told, notes=notes), ListingState.LISTED, now)
    if made.status is OfferStatus.ENDED:
        why = "The offer has ended already: see at Allegro why."
        return _failed(replace(told, notes=notes), "publication.status", why, now)
    if not listing.publish:
        lacks = [f"Before it can be on sale: {error.message}" for error in made.errors]
        return _finished(replace(told, notes=_with(notes, lacks)), ListingState.DRAFT, now)
    if made.errors:
        return _finished(replace(told, notes=notes), ListingState.FAILED, now, made.errors)
    if _is_over(listing, now):
        why = "Allegro has not put the offer on sale within two hours and does not say why: see its draft at Allegro."
        return _failed(replace(told, notes=notes), "publication.status", why, now)
    # It was asked to be on sale, is not, and nothing is said to be wrong: it may be on its way.
    return _waiting(replace(told, notes=notes), now, None)


def after_operation(listing: Listing, operation: Operation, now: datetime) -> Listing | None:
    """The listing while Allegro goes on with its offer; None: the offer itself must be looked at."""
    if operation.state is OperationState.WORKING and not _is_over(listing, now):
        return _waiting(listing, now, operation.ask_again_seconds)
    return None


def after_failure(listing: Listing, errors: Sequence[FieldError], *, exists: bool, now: datetime) -> Listing:
    """The listing whose offer Allegro could not finish. `exists`: its draft is there, to be completed later."""
    kept = listing if exists else replace(listing, offer_id="")
    gone = [FieldError("", "Allegro does not have the offer any more. List the product again.")]
    return _finished(kept, ListingState.FAILED, now, errors or gone)


def after_finding(listing: Listing, step: Adopt | Already | Ended | Clash | GiveUp, now: datetime) -> Listing:
    """The listing whose item has an offer already, or of which nobody knows which offer is its own."""
    told = replace(listing, sent_at=None, lost_at=None)
    match step:
        case Clash(why):
            return _failed(told, "external.id", why, now)
        case GiveUp(why):
            return _failed(told, "", why, now)
        case Ended(offer_id, why):
            return _failed(replace(told, offer_id=offer_id), "", why, now)
        case Adopt(offer, why):
            told = replace(told, offer_id=offer.id)
            if why:
                return _failed(told, "", why, now)
            known = (
                "" if listing.sent_at else "Allegro had an offer with this mark, which was linked and left as it is."
            )
            return _standing(told, offer.status, known, now)
        case Already(offer_id, status):
            known = "The product has this offer already, which is left as it is."
            return _standing(replace(told, offer_id=offer_id), status, known, now)


def refused(listing: Listing, errors: Sequence[FieldError], notes: Sequence[str], now: datetime) -> Listing:
    """The listing that cannot be done as things are: nothing was made of it, and nothing is under way."""
    told = replace(listing, sent_at=None, lost_at=None, notes=_with(listing.notes, notes))
    return _finished(told, ListingState.FAILED, now, errors)


def _standing(listing: Listing, status: OfferStatus, note: str, now: datetime) -> Listing:
    told = replace(listing, notes=_with(listing.notes, [note] if note else []))
    if status in LIVE:
        return _finished(told, ListingState.LISTED, now)
    why = f"The product has the offer {told.offer_id}, and Allegro does not tell whether it is on sale: see it there."
    return _failed(told, "publication.status", why, now)


def _failed(listing: Listing, field: str, why: str, now: datetime) -> Listing:
    return _finished(listing, ListingState.FAILED, now, [FieldError(field, why)])


def _finished(listing: Listing, state: ListingState, now: datetime, errors: Sequence[FieldError] = ()) -> Listing:
    return replace(
        listing, state=state, errors=tuple(errors), operation_id="", asks_since=None, due_at=None, finished_at=now
    )


def _waiting(listing: Listing, now: datetime, ask_again_seconds: float | None) -> Listing:
    since = listing.asks_since or now
    # A while that grows with the time it has taken already.
    pause = min(max((now - since) / 4, _FIRST_PAUSE), _LONGEST_PAUSE)
    if ask_again_seconds is not None:
        pause = min(max(pause, timedelta(seconds=ask_again_seconds)), _LONGEST_PAUSE)
    return replace(listing, state=ListingState.WAITING, asks_since=since, due_at=now + pause)


def _is_over(listing: Listing, now: datetime) -> bool:
    return listing.asks_since is not None and now - listing.asks_since >= MOST_PATIENCE


def _with(notes: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*notes, *more)))
