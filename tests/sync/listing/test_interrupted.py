"""A run that is stopped or meets trouble leaves the rest for the next one, and what is listed takes part at once."""

from collections.abc import Callable

import pytest

from app.db import listing_templates
from app.domain.listings import ListingState
from app.domain.runs import RunState
from app.sandbox.allegro.forms import Line
from app.sandbox.serving import Recorded
from tests.sync.listing.stand import Stand
from tests.sync.steps import live_by_the_worlds_clock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

THREE = ("KUB-003", "KUB-004", "FIL-001")


def _is_making(request: Recorded) -> bool:
    return (request.method, request.path) == ("POST", "/sale/product-offers")


def _states(stand: Stand) -> list[ListingState]:
    return [stand.state(sku) for sku in THREE]


@pytest.mark.parametrize("fault", ["too_many_requests", "unavailable"])
def test_a_run_that_allegro_turns_away_stops_and_the_next_one_goes_on(stand: Stand, fault: str) -> None:
    live_by_the_worlds_clock(stand.services, stand.world)
    path = "/sale/product-offers" if fault == "too_many_requests" else "/sale/images"
    stand.fault(fault, skip=2, path_prefix=path)
    run = stand.lists(*THREE)
    assert run.state is RunState.FAILED
    assert _states(stand)[-1] is ListingState.QUEUED
    assert [stand.listing(sku).sent_at for sku in THREE] == [None] * 3  # nothing was made, for certain
    stand.calm()
    for _ in range(3):
        stand.go_on(minutes=2)
    for sku in THREE:
        stand.on_sale(sku)
    assert stand.world.allegro.hits_while_blocked == 0
    assert len(stand.offers("KUB-003")) == 1


@pytest.mark.parametrize(
    ("stop", "undo"),
    [
        (lambda stand: stand.change(enabled=False), lambda stand: stand.change(enabled=True)),
        (lambda stand: stand.change(shadow=True), lambda stand: stand.change(shadow=False)),
        (lambda stand: stand.services.runner.stopping.set(), lambda stand: stand.services.runner.stopping.clear()),
    ],
    ids=["switched off", "shadow", "stopping"],
)
def test_a_run_that_is_stopped_in_the_middle_leaves_the_rest_queued(
    stand: Stand, stop: Callable[[Stand], None], undo: Callable[[Stand], None]
) -> None:
    accepted = stand.ask(*THREE)
    stand.once(stand.world.allegro, _is_making, lambda: stop(stand))
    stand.services.runner.run_queued(accepted.run_id)
    assert _states(stand) == [ListingState.LISTED, ListingState.QUEUED, ListingState.QUEUED]
    undo(stand)
    stand.go_on(seconds=10)
    assert _states(stand) == [ListingState.LISTED] * 3
    assert len(stand.bodies()) == 3


def test_a_template_that_is_deleted_meanwhile_fails_what_is_not_sent_yet(stand: Stand) -> None:
    accepted = stand.ask("KUB-003")
    with stand.services.database.transaction() as session:
        listing_templates.remove(session, stand.template)
    stand.services.runner.run_queued(accepted.run_id)
    assert stand.state() is ListingState.FAILED
    assert "template was deleted" in stand.said()


def test_a_draft_that_allegro_always_fails_at_keeps_no_other_waiting(stand: Stand) -> None:
    stand.lists("KUB-003", template=stand.new_template(publish=False))
    stand.fault("server_error", path_prefix=f"/sale/product-offers/{stand.listing().offer_id}")
    assert stand.lists("KUB-003", "KUB-004").state is RunState.FAILED
    stand.go_on(seconds=40)
    stand.on_sale("KUB-004")
    assert stand.state("KUB-003") is ListingState.QUEUED
    stand.calm()
    stand.go_on(minutes=10)
    stand.on_sale("KUB-003")


def test_a_sale_in_the_store_reaches_an_offer_that_was_just_made(stand: Stand) -> None:
    stand.switch(sync_stock=True, import_orders=True)
    stand.run()
    stand.lists("KUB-003")
    stand.world.store.sell("KUB-003", 2)
    stand.nudge()  # nobody has told of the sale: the offer is looked at because it is new
    assert stand.on_sale().available == 30
    stand.world.store.sell("KUB-003", 1)
    stand.due("KUB-003")
    stand.nudge()
    assert stand.on_sale().available == 29


def test_a_purchase_of_a_new_offer_becomes_a_store_order_with_its_product(stand: Stand) -> None:
    stand.switch(import_orders=True)
    stand.run()
    stand.lists("KOS-001")
    order_id = stand.world.allegro.buy(Line(stand.on_sale("KOS-001-M").id))
    stand.run()
    [line] = stand.store_order(order_id)["line_items"]
    assert (line["product_id"], line["variation_id"]) == (23, 25)
    assert stand.world.store.stock("KOS-001-M") == 13
