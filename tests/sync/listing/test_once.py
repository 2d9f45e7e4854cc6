"""However often it is asked, whatever is lost and whoever dies: each item has one offer, linked to it."""

import threading
from typing import Any

import pytest

from app.domain.listings import ListingState
from app.domain.offers import OfferStatus
from app.sandbox.allegro.forms import Line
from tests.sync.listing.stand import Stand

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


# --- lost answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "meanwhile"), [("drop_after", "offers_list_stale"), ("server_error_after", "")])
def test_an_offer_whose_answer_was_lost_is_found_by_its_mark(stand: Stand, fault: str, meanwhile: str) -> None:
    stand.loses_the_answer(fault)
    stand.lists("KUB-003")
    assert stand.state() is ListingState.QUEUED
    if meanwhile:
        stand.fault(meanwhile, seconds=50)
    stand.settle()
    stand.on_sale()
    assert len(stand.bodies()) == 1
    assert "left as it is" not in stand.noted()
    link = stand.linked()
    assert link is not None
    assert link.agreed


def test_an_offer_that_was_never_made_is_made_once_allegro_had_time_to_show_it(stand: Stand) -> None:
    stand.loses_the_answer("drop")
    stand.lists("KUB-003")
    stand.go_on(seconds=20)
    stand.go_on(seconds=20)
    assert (stand.state(), len(stand.bodies())) == (ListingState.QUEUED, 1)
    stand.settle()
    stand.on_sale()
    assert len(stand.bodies()) == 2


def test_an_offer_whose_answer_was_lost_while_allegro_is_at_work_on_it_is_listed_when_it_is_done(stand: Stand) -> None:
    stand.fault("creation_processing", seconds=100)
    stand.loses_the_answer("drop_after")
    stand.lists("KUB-003")
    stand.settle()
    stand.on_sale()
    assert len(stand.bodies()) == 1


def test_a_search_that_finds_nothing_at_all_makes_no_second_offer(stand: Stand) -> None:
    stand.put_up("KUB-004")
    stand.loses_the_answer("drop_after")
    stand.lists("KUB-003")
    stand.fault("offers_filter_empty")
    stand.settle()
    run = stand.lists("KUB-004")
    assert "does not find offer" in " ".join(change.why for change in run.changes)
    assert len(stand.bodies()) == 1
    stand.calm()
    stand.settle()
    stand.on_sale("KUB-003")
    stand.on_sale("KUB-004")
    assert len(stand.bodies()) == 1


def test_an_offer_that_allegro_never_answers_about_is_given_up_after_two_hours(stand: Stand) -> None:
    stand.fault("server_error", method="POST", path_prefix="/sale/product-offers")
    stand.lists("KUB-003")
    for hours in (2, 1):
        stand.go_on(hours=hours)
    assert stand.state() is ListingState.FAILED
    assert "has not answered for two hours" in stand.said()
    stand.calm()
    stand.lists("KUB-003")
    stand.on_sale()


def test_a_price_with_a_modifier_is_agreed_on_even_where_the_answer_was_lost(stand: Stand) -> None:
    stand.switch(pull_prices=True, push_prices=False)
    stand.loses_the_answer("drop_after")
    stand.lists("KUB-003", template=stand.new_template(price_modifier_percent=10))
    stand.settle()
    assert str(stand.on_sale().price) == "53.90"
    stand.prices()
    assert stand.in_store("KUB-003") == ("49.00", "")


# --- killed -----------------------------------------------------------------------------------------------------------


def test_a_process_that_is_killed_before_the_call_leaves_no_offer_unmade(stand: Stand) -> None:
    stand.ask("KUB-003")
    stand.dies_when(stand.is_intended)
    assert (stand.state(), stand.bodies()) == (ListingState.QUEUED, [])
    stand.settle()
    stand.on_sale()
    assert len(stand.bodies()) == 1


def test_a_process_that_is_killed_after_the_call_makes_no_second_offer(stand: Stand) -> None:
    stand.ask("KUB-003")
    stand.dies_when(stand.bodies)
    assert (stand.state(), stand.listing().offer_id, len(stand.bodies())) == (ListingState.QUEUED, "", 1)
    stand.settle()
    stand.on_sale()
    assert len(stand.bodies()) == 1


def test_an_order_that_came_before_the_answer_gets_its_product_when_the_offer_is_found(stand: Stand) -> None:
    stand.world.store.shop.catalogue.products[25].sku = "KOS-001"  # so that no SKU tells the product
    stand.switch(import_orders=True)
    stand.run()
    stand.loses_the_answer("drop_after", skip=1)
    stand.lists("KOS-001")
    [offer] = stand.offers("woo-25")
    order_id = stand.world.allegro.buy(Line(offer.id))
    stand.run()
    assert stand.store_order(order_id)["status"] == "on-hold"
    stand.settle()
    stand.run()
    [line] = stand.store_order(order_id)["line_items"]
    assert (line["variation_id"], stand.store_order(order_id)["status"]) == (25, "processing")


# --- asked several times ----------------------------------------------------------------------------------------------


def test_what_is_asked_for_again_while_it_is_open_is_the_same_listing(stand: Stand) -> None:
    first, second = stand.ask("KUB-003", "KOS-001"), stand.ask("KUB-003", "KOS-001", "KUB-004")
    assert {each.id for each in first.listings} < {each.id for each in second.listings}
    for accepted in (second, first):
        stand.services.runner.run_queued(accepted.run_id)
    assert len(stand.bodies()) == 6


def test_two_runs_and_two_requests_at_once_make_one_offer_of_each_item(stand: Stand) -> None:
    def ask() -> None:
        stand.lists("KUB-003", "KUB-004")

    together = [threading.Thread(target=ask) for _ in range(2)]
    for each in together:
        each.start()
    for each in together:
        each.join()
    assert len(stand.bodies()) == 2
    stand.on_sale("KUB-003")
    stand.on_sale("KUB-004")


# --- what there is already --------------------------------------------------------------------------------------------


def test_a_product_that_has_an_offer_is_listed_with_that_one(stand: Stand) -> None:
    stand.lists("KUB-003")
    first, made = stand.listing(), stand.on_sale()
    stand.world.allegro.requests.clear()
    stand.lists("KUB-003")
    assert stand.on_sale().id == made.id
    assert stand.listing().id != first.id
    assert "has this offer already" in stand.noted()
    assert {each.method for each in stand.world.allegro.requests} == {"GET"}


def test_an_offer_with_the_mark_that_nobody_linked_is_linked_and_left_as_it_is(stand: Stand) -> None:
    offer_id = stand.put_up("KUB-003", stock=3)
    stand.lists("KUB-003")
    offer, link = stand.on_sale(), stand.linked()
    assert (offer.id, offer.available, stand.bodies()) == (offer_id, 3, [])
    assert "was linked and left as it is" in stand.noted()
    assert link is not None
    assert (link.listed_quantity, link.agreed) == (3, None)


def test_an_offer_that_has_ended_is_to_be_put_on_sale_again_and_is_not_made_anew(stand: Stand) -> None:
    stand.put_up("KUB-004", status="ENDED", ended_by="USER")
    stand.lists("KUB-003")
    stand.world.allegro.end_offer(stand.on_sale().id)
    stand.lists("KUB-003", "KUB-004")
    for sku in ("KUB-003", "KUB-004"):
        link = stand.linked(sku)
        assert stand.state(sku) is ListingState.FAILED
        assert "put that on sale again" in stand.said(sku)
        assert link is not None
        assert link.offer_id == stand.listing(sku).offer_id
    assert len(stand.bodies()) == 1


def test_a_product_whose_offer_is_archived_gets_a_new_one_and_its_link(stand: Stand) -> None:
    stand.lists("KUB-003")
    former, link = stand.on_sale(), stand.linked()
    assert link is not None
    stand.world.allegro.end_offer(former.id)
    stand.wait(days=61)
    stand.lists("KUB-003")  # nobody has told the service that it is archived
    moved = stand.linked()
    assert moved is not None
    assert stand.on_sale().id != former.id
    assert (moved.id, moved.former_offer_ids, moved.offer_status) == (link.id, (former.id,), OfferStatus.ACTIVE)


def test_a_mark_that_another_products_offer_has_is_for_a_person_to_sort_out(stand: Stand) -> None:
    stand.link(stand.put_up("KUB-003"), "KUB-004")
    stand.lists("KUB-003", "KUB-004")
    assert stand.state("KUB-003") is ListingState.FAILED
    assert "(product 14)" in stand.said("KUB-003")
    assert stand.bodies() == []


def test_variations_that_have_no_sku_of_their_own_have_marks_of_their_own(stand: Stand) -> None:
    catalogue = stand.world.store.shop.catalogue
    for own_id in (25, 26):
        catalogue.products[own_id].sku = "KOS-001"  # what WooCommerce tells then
    stand.lists("KOS-001")
    marks = [body["external"]["id"] for body in stand.bodies()]
    assert marks == ["KOS-001-S", "woo-25", "woo-26", "KOS-001-XL"]


def test_two_products_with_one_mark_never_share_an_offer(stand: Stand) -> None:
    stand.world.store.shop.catalogue.products[14].sku = "KUB-003"
    desk = stand.services.listing_desk
    stand.loses_the_answer("drop_after")
    stand.services.runner.run_queued(desk.accept(stand.account, [13], stand.template, {}).run_id)
    stand.services.runner.run_queued(desk.accept(stand.account, [14], stand.template, {}).run_id)
    stand.settle()
    states: dict[int, Any] = {each.product_id: each.state for each in stand.listings("KUB-003")}
    assert states == {13: ListingState.LISTED, 14: ListingState.FAILED}
    assert len(stand.bodies()) == 1
