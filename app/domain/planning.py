"""What is to be done with one listing before anything is sent, so that no item ever has two offers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.links import OfferLink
from app.domain.listings import Listing, ListingState
from app.domain.offers import Offer, OfferFormat, OfferStatus


@dataclass(frozen=True)
class Make:
    """There is no offer of the item: make one."""


@dataclass(frozen=True)
class Wait:
    """An offer was sent, and whether it was made is not to be seen before `until`."""

    until: datetime


@dataclass(frozen=True)
class Ask:
    """Allegro is at work on the offer: ask after its operation."""


@dataclass(frozen=True)
class Complete:
    """The item's offer is a draft: complete that."""

    offer_id: str


@dataclass(frozen=True)
class Adopt:
    """An offer with the item's mark that no link knows: link it, and go by its status.

    `why` is the sentence with which the listing fails all the same, "" where it does not.
    """

    offer: Offer
    why: str = ""


@dataclass(frozen=True)
class Ended:
    """The item's offer has ended, and the listing fails with this sentence."""

    offer_id: str
    why: str


@dataclass(frozen=True)
class Already:
    """The item has this offer, which is on sale, is about to be, or is not known to be anything."""

    offer_id: str
    status: OfferStatus


@dataclass(frozen=True)
class Clash:
    """Which offer is the item's must be said by a person; the listing fails with this sentence."""

    why: str


@dataclass(frozen=True)
class GiveUp:
    """Every answer about the offer was lost, and it was not made; the listing fails with this sentence."""

    why: str


# So long an offer is sent again whose answers are lost.
_LONGEST_SILENCE = timedelta(hours=2)
_OVER = (OfferStatus.ENDED, OfferStatus.ARCHIVED)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Step = Make | Wait | Ask | Complete | Adopt | Ended | Already | Clash | GiveUp


def plan_listing(
    listing: Listing,
    link: OfferLink | None,
    found: tuple[Offer, ...],
    linked_elsewhere: Mapping[str, int],
    now: datetime,
    settle: timedelta,
) -> Step:
    """What comes next for an open listing.

    `link` is the account's link of the item, an archived one only where it has no other. `found` are the offers of the
    account that carry the listing's mark, as Allegro lists them. `linked_elsewhere` has the offers with this mark that
    are linked to another product, with its id in the store. Allegro lists an offer `settle` after it was sent at the
    latest.
    """
    if listing.state is ListingState.WAITING:
        return Ask()
    # What Allegro lists as a draft or on sale is there, also where a question about it was once answered otherwise.
    is_there = link is not None and any(offer.id == link.offer_id and offer.status not in _OVER for offer in found)
    is_archived = link is not None and link.offer_status is OfferStatus.ARCHIVED and not is_there
    archived_id = link.offer_id if link and is_archived else ""
    shown = {offer.id: offer for offer in found if offer.id != archived_id and offer.status is not OfferStatus.ARCHIVED}
    if link and not archived_id:
        return _of_linked(link, shown.get(link.offer_id))
    own_id = listing.offer_id if listing.offer_id != archived_id else ""
    # What was made for the item is the item's, whatever else carries its mark.
    its_offers = (own_id,) if own_id else tuple(shown)
    if taken := [offer_id for offer_id in its_offers if offer_id in linked_elsewhere]:
        return Clash(_about_taken(taken, listing, linked_elsewhere))
    if own_id and own_id not in shown:
        return Complete(own_id)
    if its_offers:
        return _of_marked([shown[offer_id] for offer_id in its_offers], listing)
    if linked_elsewhere:
        return Clash(_about_taken(linked_elsewhere, listing, linked_elsewhere))
    if listing.sent_at is not None:
        until = max(listing.sent_at, listing.lost_at or listing.sent_at) + settle
        if now < until:
            return Wait(until)
        if listing.lost_at and listing.created_at and listing.lost_at - listing.created_at >= _LONGEST_SILENCE:
            return GiveUp(
                "Allegro has not answered for two hours when it was told to make the offer, and has not made it. List "
                "the product again later."
            )
    return Make()


def _of_linked(link: OfferLink, listed: Offer | None) -> Step:
    status = _latest_status(link, listed)
    if status is OfferStatus.ENDED:
        return Ended(link.offer_id, _about_ended(link.offer_id))
    if status is not OfferStatus.INACTIVE:
        return Already(link.offer_id, status)
    if why := _why_not_completed(link.offer_id, link.format, link.units_per_offer):
        return Clash(why)
    return Complete(link.offer_id)


def _latest_status(link: OfferLink, listed: Offer | None) -> OfferStatus:
    """The list is read now and the link may be old; but the list lags, and no offer goes back to being a draft."""
    if listed is None or listed.status is OfferStatus.UNKNOWN:
        return link.offer_status
    was_draft = link.offer_status in (OfferStatus.INACTIVE, OfferStatus.UNKNOWN, OfferStatus.ARCHIVED)
    return link.offer_status if listed.status is OfferStatus.INACTIVE and not was_draft else listed.status


def _of_marked(offers: Sequence[Offer], listing: Listing) -> Step:
    # What has ended is no rival of the one that is on sale, or is to be.
    offers = [offer for offer in offers if offer.status is not OfferStatus.ENDED] or [_last_ended(offers)]
    if len(offers) > 1:
        return Clash(
            f"Allegro has the mark {listing.external_id!r} on {len(offers)} offers: "
            f"{', '.join(offer.id for offer in offers)}. Link the one that sells this product."
        )
    offer = offers[0]
    if offer.status is OfferStatus.INACTIVE:
        why = _why_not_completed(offer.id, offer.format, units_per_offer=1)
        return Clash(why) if why else Complete(offer.id)
    return Adopt(offer, _about_ended(offer.id) if offer.status is OfferStatus.ENDED else "")


def _last_ended(offers: Sequence[Offer]) -> Offer:
    dated = [offer for offer in offers if offer.ended_at is not None]
    return max(dated, key=lambda offer: offer.ended_at or _LONG_AGO) if dated else offers[-1]


def _about_taken(offer_ids: Iterable[str], listing: Listing, linked_elsewhere: Mapping[str, int]) -> str:
    taken = ", ".join(f"{offer_id} (product {linked_elsewhere[offer_id]})" for offer_id in offer_ids)
    return (
        f"Offers that are linked to another product have this one's mark {listing.external_id!r} at Allegro: {taken}. "
        "Give one of the products another SKU, or link the offer to this one."
    )


def _why_not_completed(offer_id: str, kind: OfferFormat, units_per_offer: int) -> str:
    if kind in (OfferFormat.BUY_NOW, OfferFormat.UNKNOWN) and units_per_offer == 1:
        return ""
    goods = f"sets of {units_per_offer}" if units_per_offer > 1 else f"the kind {kind.value!r}"
    return (
        f"The product has a draft at Allegro, {offer_id}, of {goods}, which is not completed with one piece at a fixed "
        "price. Put it on sale at Allegro, or delete it there."
    )


def _about_ended(offer_id: str) -> str:
    return (
        f"The product has the offer {offer_id}, which has ended: put that on sale again, at Allegro or with new stock "
        "(auto_resume), and it keeps its number and its sales. It can be listed anew once Allegro has archived it."
    )
