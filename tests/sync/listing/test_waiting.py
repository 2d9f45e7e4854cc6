"""Offers that take Allegro time are asked after until they are on sale, or it is told why they are not."""

import pytest

from app.domain.listings import ListingState
from app.domain.offers import OfferStatus
from tests.sync.listing.stand import Stand

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_an_offer_that_takes_allegro_time_is_linked_at_once_and_listed_when_it_is_on_sale(stand: Stand) -> None:
    stand.fault("creation_processing", seconds=30)
    stand.lists("KUB-003")
    assert stand.state() is ListingState.WAITING
    link = stand.linked()
    assert link is not None
    assert (link.offer_id, link.offer_status) == (stand.listing().offer_id, OfferStatus.INACTIVE)
    stand.go_on(seconds=20)
    assert stand.state() is ListingState.WAITING
    assert stand.go_on(seconds=1) is None  # it is not its turn yet
    stand.go_on(seconds=20)
    offer = stand.on_sale()
    link = stand.linked()
    assert link is not None
    assert (link.offer_id, link.is_live) == (offer.id, True)
    assert stand.is_due()  # to be looked at for its stock


def test_an_offer_that_allegro_never_finishes_fails_after_two_hours_and_is_completed_when_asked_again(
    stand: Stand,
) -> None:
    stand.fault("creation_processing", seconds=3 * 3600)
    stand.lists("KUB-003")
    stand.go_on(hours=2, minutes=-1)
    assert stand.state() is ListingState.WAITING
    stand.go_on(minutes=1)
    assert stand.state() is ListingState.FAILED
    assert "two hours" in stand.said()
    stand.wait(hours=1)
    stand.lists("KUB-003")
    stand.on_sale()
    assert len(stand.bodies()) == 1


def test_an_offer_that_allegro_could_not_finish_leaves_a_draft_that_is_completed_when_asked_again(stand: Stand) -> None:
    stand.fault("creation_fails_later", times=1)
    stand.lists("KUB-003")
    stand.go_on(seconds=31)
    assert stand.state() is ListingState.FAILED
    fields = [error.field for error in stand.listing().errors]
    assert fields == ["description.sections[0].items[0].content", "parameters"]
    assert "Uzupełnij parametry obowiązkowe: Stan." in stand.said()
    [draft] = stand.offers()
    assert draft.status == "INACTIVE"
    stand.lists("KUB-003")
    assert stand.on_sale().id == draft.id


def test_an_offer_that_allegro_could_not_finish_and_threw_away_is_made_anew_when_asked_again(stand: Stand) -> None:
    stand.fault("creation_fails_later", times=1, gone=True)
    stand.lists("KUB-003")
    first = stand.listing().offer_id
    stand.go_on(seconds=31)
    assert (stand.state(), stand.listing().offer_id, stand.offers()) == (ListingState.FAILED, "", [])
    stand.lists("KUB-003")
    link = stand.linked()
    assert stand.on_sale().id != first
    assert link is not None
    assert link.former_offer_ids == (first,)


def test_a_draft_that_is_edited_elsewhere_is_completed_afterwards(stand: Stand) -> None:
    stand.lists("KUB-003", template=stand.new_template(publish=False))
    stand.fault("edit_conflict", times=1)
    stand.lists("KUB-003")
    assert stand.state() is ListingState.QUEUED
    stand.go_on(seconds=31)
    stand.on_sale()


def test_a_draft_whose_completion_takes_time_or_fails_is_asked_after(stand: Stand) -> None:
    stand.lists("KUB-003", "KUB-004", template=stand.new_template(publish=False))
    stand.fault("edit_processing", offer_id=stand.listing("KUB-003").offer_id)
    stand.fault("edit_fails_later", offer_id=stand.listing("KUB-004").offer_id)
    stand.lists("KUB-003", "KUB-004")
    assert [stand.state(sku) for sku in ("KUB-003", "KUB-004")] == [ListingState.WAITING] * 2
    stand.go_on(seconds=31)
    stand.on_sale("KUB-003")
    assert stand.state("KUB-004") is ListingState.FAILED
    assert "Stan" in stand.said("KUB-004")


def test_while_allegro_cannot_be_asked_an_offer_goes_on_waiting(stand: Stand) -> None:
    stand.fault("creation_processing")
    stand.lists("KUB-003")
    stand.fault("server_error", path_prefix="/sale/product-offers/")
    run = stand.go_on(seconds=31)
    assert run is not None
    assert run.error
    assert stand.state() is ListingState.WAITING
    stand.calm()
    stand.go_on(minutes=5)
    stand.on_sale()
