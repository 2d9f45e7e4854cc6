"""What is to be done with a listing, so that no item ever has two offers."""

from dataclasses import replace
from datetime import timedelta
from itertools import product as combinations

import pytest

from app.domain.links import OfferLink
from app.domain.listings import Listing, ListingState
from app.domain.offers import Offer, OfferFormat, OfferStatus
from app.domain.planning import Adopt, Already, Ask, Clash, Complete, Ended, GiveUp, Make, Step, Wait, plan_listing
from tests.domain.samples import NOON, pln

SETTLE = timedelta(minutes=10)
LATELY, LONG_AGO = NOON - timedelta(minutes=9), NOON - SETTLE
NEW = Listing(1, 7, None, 11, 12, "MUG-1", "Kubek", 3, "MUG-1")
SENT = replace(NEW, sent_at=LATELY)
LINK = OfferLink(1, 7, "7001", 11, 12, external_id="MUG-1", format=OfferFormat.BUY_NOW)
DRAFT, LIVE = replace(LINK, offer_status=OfferStatus.INACTIVE), replace(LINK, offer_status=OfferStatus.ACTIVE)
ENDED, ARCHIVED = replace(LINK, offer_status=OfferStatus.ENDED), replace(LINK, offer_status=OfferStatus.ARCHIVED)


def _offer(status: OfferStatus = OfferStatus.ACTIVE, offer_id: str = "7001") -> Offer:
    return Offer(offer_id, "Kubek", "MUG-1", OfferFormat.BUY_NOW, status, 5, pln("10"))


def _plan(
    listing: Listing = NEW, link: OfferLink | None = None, *found: Offer, elsewhere: dict[str, int] | None = None
) -> Step:
    return plan_listing(listing, link, found, elsewhere or {}, NOON, SETTLE)


@pytest.mark.parametrize(
    ("listing", "link", "found", "step"),
    [
        (NEW, None, (), Make()),
        # An offer that was sent may be there before Allegro lists it.
        (SENT, None, (), Wait(LATELY + SETTLE)),
        (replace(NEW, sent_at=LONG_AGO), None, (), Make()),
        (replace(NEW, sent_at=LONG_AGO, lost_at=LATELY), None, (), Wait(LATELY + SETTLE)),
        (replace(NEW, sent_at=LATELY, lost_at=LONG_AGO), None, (), Wait(LATELY + SETTLE)),
        (SENT, ARCHIVED, (), Wait(LATELY + SETTLE)),
        (replace(NEW, state=ListingState.WAITING, operation_id="op"), LIVE, (), Ask()),
        # The item's link.
        (NEW, DRAFT, (), Complete("7001")),
        (NEW, LIVE, (), Already("7001", OfferStatus.ACTIVE)),
        (NEW, LINK, (), Already("7001", OfferStatus.UNKNOWN)),
        (NEW, ARCHIVED, (), Make()),
        (NEW, ARCHIVED, (_offer(OfferStatus.ENDED),), Make()),
        # An offer that is listed as a draft or on sale is not archived, whatever was once said of it.
        (NEW, ARCHIVED, (_offer(),), Already("7001", OfferStatus.ACTIVE)),
        (NEW, ARCHIVED, (_offer(OfferStatus.ACTIVATING),), Already("7001", OfferStatus.ACTIVATING)),
        (NEW, ARCHIVED, (_offer(OfferStatus.INACTIVE),), Complete("7001")),
        (NEW, ARCHIVED, (_offer(offer_id="7002"),), Adopt(_offer(offer_id="7002"))),
        (replace(NEW, offer_id="7001"), ARCHIVED, (), Make()),
        # The list is newer than the link, but lags, and no offer becomes a draft again.
        (NEW, DRAFT, (_offer(),), Already("7001", OfferStatus.ACTIVE)),
        (NEW, LINK, (_offer(OfferStatus.INACTIVE),), Complete("7001")),
        (NEW, LIVE, (_offer(OfferStatus.INACTIVE),), Already("7001", OfferStatus.ACTIVE)),
        (NEW, LIVE, (_offer(OfferStatus.UNKNOWN),), Already("7001", OfferStatus.ACTIVE)),
        (NEW, ENDED, (_offer(OfferStatus.ACTIVE),), Already("7001", OfferStatus.ACTIVE)),
        (NEW, LIVE, (_offer(offer_id="7002"), _offer(offer_id="7003")), Already("7001", OfferStatus.ACTIVE)),
        # An offer with the mark and without a link.
        (SENT, None, (_offer(),), Adopt(_offer())),
        (NEW, None, (_offer(OfferStatus.UNKNOWN),), Adopt(_offer(OfferStatus.UNKNOWN))),
        (SENT, None, (_offer(OfferStatus.INACTIVE),), Complete("7001")),
        # What an earlier step made.
        (replace(NEW, offer_id="7001"), None, (), Complete("7001")),
        (replace(NEW, offer_id="7001"), None, (_offer(), _offer(offer_id="7002")), Adopt(_offer())),
        (replace(NEW, offer_id="7001"), None, (_offer(offer_id="7002"),), Complete("7001")),
    ],
)
def test_a_listing_takes_the_offer_that_is_there_and_makes_one_where_there_is_none(
    listing: Listing, link: OfferLink | None, found: tuple[Offer, ...], step: Step
) -> None:
    assert _plan(listing, link, *found) == step


def test_an_offer_that_has_ended_is_to_be_put_on_sale_again() -> None:
    linked, found = _plan(NEW, ENDED), _plan(NEW, None, _offer(OfferStatus.ENDED))
    assert isinstance(linked, Ended)
    assert isinstance(found, Adopt)
    assert linked.why == found.why
    assert "7001, which has ended: put that on sale again" in linked.why
    assert isinstance(_plan(NEW, LIVE, _offer(OfferStatus.ENDED)), Ended)


@pytest.mark.parametrize(
    ("listing", "link", "found", "elsewhere", "words"),
    [
        (NEW, None, (_offer(), _offer(offer_id="7002")), {}, "on 2 offers: 7001, 7002. Link the one"),
        (NEW, None, (_offer(OfferStatus.INACTIVE),), {"7001": 15}, "7001 (product 15). Give one"),
        (SENT, None, (_offer(), _offer(offer_id="7002")), {"7002": 15}, "at Allegro: 7002 (product 15)."),
        (replace(NEW, offer_id="7001"), None, (), {"7001": 15}, "7001 (product 15)"),
        (NEW, replace(DRAFT, units_per_offer=3), (), {}, "a draft at Allegro, 7001, of sets of 3"),
        (NEW, replace(DRAFT, format=OfferFormat.AUCTION), (), {}, "of the kind 'auction'"),
        (NEW, None, (replace(_offer(OfferStatus.INACTIVE), format=OfferFormat.AUCTION),), {}, "of the kind 'auction'"),
    ],
)
def test_what_a_person_must_sort_out_is_told_with_the_offers(
    listing: Listing, link: OfferLink | None, found: tuple[Offer, ...], elsewhere: dict[str, int], words: str
) -> None:
    step = _plan(listing, link, *found, elsewhere=elsewhere)
    assert isinstance(step, Clash)
    assert words in step.why


def test_what_allegro_never_answers_about_is_given_up_after_two_hours() -> None:
    asked = replace(NEW, sent_at=LONG_AGO, created_at=LONG_AGO - timedelta(hours=2))
    assert isinstance(_plan(replace(asked, lost_at=LONG_AGO)), GiveUp)
    assert _plan(replace(asked, lost_at=LONG_AGO - timedelta(seconds=1))) == Make()
    assert _plan(asked) == Make()  # it was this service that was away
    assert _plan(replace(asked, lost_at=LONG_AGO), None, _offer()) == Adopt(_offer())


def test_the_items_own_link_counts_whoever_else_carries_its_mark() -> None:
    assert _plan(NEW, LIVE, _offer(offer_id="7002"), elsewhere={"7002": 15}) == Already("7001", OfferStatus.ACTIVE)


def test_no_offer_is_made_while_one_is_there_or_may_be() -> None:
    found = [(), *((_offer(status),) for status in OfferStatus), (_offer(), _offer(offer_id="7002"))]
    found += [(_offer(status, "7002"),) for status in OfferStatus]
    links = [None, *(replace(LINK, offer_status=status) for status in OfferStatus)]
    listings = [
        replace(NEW, state=state, offer_id=offer_id, sent_at=sent_at, lost_at=lost_at)
        for state in (ListingState.QUEUED, ListingState.WAITING)
        for offer_id in ("", "7001", "7002")
        for sent_at in (None, LATELY, LONG_AGO)
        for lost_at in (None, LATELY, LONG_AGO)
        if sent_at or not lost_at
    ]
    made = 0
    for listing, link, shown, elsewhere in combinations(listings, links, found, ({}, {"7002": 15})):
        if not isinstance(plan_listing(listing, link, shown, elsewhere, NOON, SETTLE), Make):
            continue
        made += 1
        gone = {link.offer_id} if link else set()
        assert link is None or link.offer_status is OfferStatus.ARCHIVED
        ended = {offer.id for offer in shown if offer.status is OfferStatus.ENDED}
        assert all(offer.status is OfferStatus.ARCHIVED or offer.id in gone & ended for offer in shown)
        assert listing.offer_id in ("", *gone)
        assert listing.state is ListingState.QUEUED
        assert LATELY not in (listing.sent_at, listing.lost_at)
    assert made
