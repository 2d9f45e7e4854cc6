"""What happens beside a listing never makes a second offer, nor leaves one that nobody keeps in step."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from app.db import offer_links
from app.db.listing_models import ListingRow
from app.domain.links import OfferLink
from app.domain.listings import ListingState
from app.domain.offers import OfferStatus
from app.domain.runs import RunState
from app.sync.lease import holding
from tests.sync.listing.stand import Stand

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _store(stand: Stand, link: OfferLink) -> OfferLink:
    with stand.services.database.transaction() as session:
        return offer_links.add(session, link, now=stand.services.now())


def _of_former(stand: Stand, **more: Any) -> OfferLink:
    [own_id] = stand.ids(("KUB-003",))
    return _store(
        stand,
        OfferLink(0, stand.account, "6001", own_id, 0, sku="KUB-003", offer_status=OfferStatus.ARCHIVED, **more),
    )


def test_an_offer_of_one_piece_does_not_become_the_archived_set_of_three(stand: Stand) -> None:
    _of_former(stand, units_per_offer=3)
    stand.lists("KUB-003")
    link = stand.linked()
    assert link is not None
    assert (link.offer_id, link.units_per_offer) == (stand.on_sale().id, 1)
    assert stand.of("6001").units_per_offer == 3


def test_what_the_seller_switches_while_an_offer_is_made_stays(stand: Stand) -> None:
    former = _of_former(stand)

    def switch() -> None:
        with stand.services.database.transaction() as session:
            offer_links.change(session, former.id, {"sync_price": False})

    stand.once(stand.world.allegro, lambda call: call.path == "/sale/product-offers", switch)
    stand.lists("KUB-003")
    link = stand.linked()
    assert link is not None
    assert (link.offer_id, link.sync_price) == (stand.on_sale().id, False)


def test_a_link_that_is_deleted_while_its_offer_is_made_is_made_anew(stand: Stand) -> None:
    former = _of_former(stand)

    def delete() -> None:
        with stand.services.database.transaction() as session:
            offer_links.remove(session, former.id)

    stand.once(stand.world.allegro, lambda call: call.path == "/sale/product-offers", delete)
    run = stand.lists("KUB-003")
    assert run.error == ""
    stand.on_sale()


def test_an_offer_that_a_person_links_meanwhile_is_the_only_one(stand: Stand) -> None:
    offer_id = stand.world.allegro.add_offer("Kubek po staremu", Decimal(49), login="inny-sprzedawca")
    stand.once(stand.world.allegro, lambda call: call.path == "/sale/images", lambda: stand.link(offer_id, "KUB-003"))
    stand.lists("KUB-003")
    stand.settle()
    assert stand.bodies() == []
    assert (stand.state(), stand.listing().offer_id) == (ListingState.LISTED, offer_id)


@pytest.mark.parametrize("has_former", [False, True])
def test_a_draft_that_was_found_and_cannot_be_completed_is_linked_all_the_same(stand: Stand, has_former: bool) -> None:
    if has_former:
        _of_former(stand)
    draft = stand.put_up(status="INACTIVE")
    stand.put(0, "KUB-003")
    stand.lists("KUB-003")
    link = stand.linked()
    assert stand.state() is ListingState.FAILED
    assert link is not None
    assert (link.offer_id, stand.listing().offer_id) == (draft, draft)


def test_a_draft_that_was_found_is_linked_before_the_answer_can_be_lost(stand: Stand) -> None:
    draft = stand.put_up(status="INACTIVE")
    stand.fault("drop_after", method="PATCH", path_prefix="/sale/product-offers/")
    stand.lists("KUB-003")
    assert stand.offers()[0].status == "ACTIVE"
    link = stand.linked()
    assert link is not None
    assert link.offer_id == draft


def test_an_offer_that_was_taken_for_gone_and_is_on_sale_is_not_made_again(stand: Stand) -> None:
    stand.lists("KUB-003")
    offer = stand.on_sale()
    link = stand.linked()
    assert link is not None
    with stand.services.database.transaction() as session:
        offer_links.record(session, [link.id], offer_status=OfferStatus.ARCHIVED)
    stand.lists("KUB-003")
    assert stand.on_sale().id == offer.id


def test_of_two_products_with_one_mark_the_second_waits_until_the_first_is_known(stand: Stand) -> None:
    stand.fault("offers_list_stale", seconds=50)
    stand.loses_the_answer("drop_after")
    stand.ask("KUB-003", "KUB-004")
    with stand.services.database.transaction() as session:
        session.execute(update(ListingRow).values(external_id="KUB-003"))
    stand.settle()
    assert len(stand.bodies()) == 1
    stand.on_sale("KUB-003")
    assert stand.state("KUB-004") is ListingState.FAILED


def test_goods_that_are_asked_for_while_others_are_listed_are_left_to_that_run(stand: Stand) -> None:
    services = stand.services
    asked = stand.ask("KUB-003")
    with holding(services.database, "listings", stand.account, seconds=60, now=services.now):
        run = services.runner.run_queued(asked.run_id, patience_seconds=0)
    assert (run.state, run.error, run.skipped) == (RunState.DONE, "", 1)
    stand.go_on(seconds=10)
    stand.on_sale()
