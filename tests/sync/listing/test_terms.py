"""What a new offer shows: its pictures, its price, its quantity, and the product of Allegro's catalogue that it is."""

import pytest

from app.domain.listings import ListingState
from app.sandbox.seed import GOODS
from app.sandbox.world import Sandbox
from tests.conftest import connect
from tests.sync.listing.stand import MUGS, Stand
from tests.sync.offers.till import Till

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OWL = GOODS[1].ean


def _uploads(stand: Stand) -> int:
    return stand.world.allegro.calls["POST /sale/images"]


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_a_picture_that_allegro_cannot_fetch_is_left_out_with_a_note(stand: Stand) -> None:
    stand.world.store.faults.switch_on("picture_missing", part="kub-003-1")
    stand.lists("KUB-003")
    stand.on_sale()
    assert len(stand.bodies()[0]["images"]) == 1
    assert "kub-003-1" in stand.noted()
    assert "kub-003-2" not in stand.noted()


def test_a_product_none_of_whose_pictures_can_be_fetched_is_not_listed(stand: Stand) -> None:
    stand.fault("image_refused", url="kub-003")
    stand.lists("KUB-003", "KUB-004")
    assert stand.state() is ListingState.FAILED
    assert [error.field for error in stand.listing().errors] == ["images"]
    assert stand.noted().count("Nie można pobrać zdjęcia") == 2
    stand.on_sale("KUB-004")


def test_a_picture_is_sent_once_for_all_variations_and_again_only_when_allegro_has_forgotten_it(stand: Stand) -> None:
    stand.fault("creation_refused")
    stand.lists("KOS-001")
    assert _uploads(stand) == 3  # two of the product, and one of its own that the last one has
    stand.wait(hours=22)
    stand.lists("KOS-001")
    assert _uploads(stand) == 3
    stand.calm()
    stand.wait(hours=1.5)  # less than an hour before Allegro throws it away
    stand.lists("KOS-001")
    assert _uploads(stand) == 6
    stand.on_sale("KOS-001-XL")


# --- price ------------------------------------------------------------------------------------------------------------


def test_a_modifier_is_put_on_a_price_that_is_not_kept_in_step_and_stays_there(stand: Stand) -> None:
    stand.switch(pull_prices=True)
    stand.lists("KUB-003", template=stand.new_template(price_modifier_percent=10))
    assert str(stand.on_sale().price) == "53.90"
    stand.prices()
    assert (str(stand.on_sale().price), stand.in_store("KUB-003")) == ("53.90", ("49.00", ""))


def test_a_price_that_is_kept_in_step_has_no_modifier_and_is_in_step_at_once(stand: Stand) -> None:
    stand.switch(push_prices=True, pull_prices=True)
    stand.lists("KUB-003", template=stand.new_template(price_modifier_percent=10))
    assert str(stand.on_sale().price) == "49.00"
    assert "push_prices is on" in stand.noted()
    written = stand.all_writes()
    stand.prices()
    assert stand.all_writes() == written


# --- quantity ---------------------------------------------------------------------------------------------------------


def test_the_quantity_is_what_the_rules_of_stock_leave_of_it(stand: Stand, world: Sandbox) -> None:
    stand.switch(stock_buffer=2, max_listed_quantity=28)
    other = Till(world, stand.services, connect(stand.services, world, name="Inne"))
    other.switch(import_orders=True)
    other.run()
    other.link(world.allegro.offer_id("KUB-003"), "KUB-003")
    other.buy("KUB-003", quantity=3, pay=False)
    other.run()
    stand.lists("KUB-003", "TAL-001", "KUB-004")
    assert stand.on_sale("KUB-003").available == 32 - 3 - 2
    assert stand.on_sale("KUB-004").available == 12 - 2
    assert stand.offers("TAL-001") == []  # it does not say how much it holds
    assert "Pojemność" in stand.said("TAL-001")


# --- catalogue --------------------------------------------------------------------------------------------------------


def test_a_product_that_allegros_catalogue_knows_by_its_number_is_that_one(stand: Stand) -> None:
    [known] = stand.world.allegro.catalogue.with_number(GOODS[0].ean)
    stand.lists("KUB-001")
    stand.on_sale("KUB-001")
    [element] = stand.bodies()[0]["productSet"]
    assert element["product"]["id"] == known.id
    assert not {"name", "images", "category"} & element["product"].keys()


def test_which_of_several_products_with_the_number_it_is_must_be_said(stand: Stand) -> None:
    wanted = stand.world.allegro.add_catalogue_product(
        "Kubek z sową, drugi", OWL, MUGS, values={"130001": ("130001_1",)}
    )
    stand.lists("KUB-002")
    assert stand.state("KUB-002") is ListingState.FAILED
    assert [error.field for error in stand.listing("KUB-002").errors] == ["productSet[0].product.id"]
    assert wanted in stand.said("KUB-002")
    stand.lists("KUB-002", chosen={12: wanted})
    stand.on_sale("KUB-002")
    assert stand.bodies()[0]["productSet"][0]["product"]["id"] == wanted


def test_a_chosen_product_that_does_not_have_the_number_is_not_taken(stand: Stand) -> None:
    stand.lists("KUB-002", chosen={12: "00000000-0000-0000-0000-000000000000"})
    assert stand.state("KUB-002") is ListingState.FAILED
    assert stand.bodies() == []
