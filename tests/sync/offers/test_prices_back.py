"""Prices that are changed at Allegro and go to the store."""

from decimal import Decimal

import pytest

from app.api.deps import Services
from app.domain.ledger import Way
from app.sandbox.seed import SELLERS
from app.sandbox.world import Sandbox
from tests.conftest import connect
from tests.sync.offers.conftest import Till
from tests.sync.offers.till import whys

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def till(till: Till) -> Till:
    """The same, with prices both ways."""
    till.switch(pull_prices=True)
    return till


def test_a_price_changed_at_allegro_goes_to_the_product_and_its_other_offers_follow(
    till: Till, services: Services, world: Sandbox
) -> None:
    login = SELLERS[1].login
    other = Till(world, services, connect(services, world, name="Drugie", login=login))
    other.switch(push_prices=True)
    one, same, trio = till.offer(), till.offer(), till.offer(price="297.00", units=3)
    second = other.offer(login=login)
    till.agree(one, "99.00")
    other.prices()
    till.reprice(one, "89.90")
    till.prices()
    assert (till.in_store(), till.costs(one, same, trio)) == (("89.90", ""), "89.90, 89.90, 269.70")
    assert other.is_due()
    other.nudged()
    assert other.costs(second) == "89.90"
    entry = till.history(one)[0]
    assert (entry.way, str(entry.price), entry.before) == (Way.STORE, "89.90 PLN", "99.00 PLN")


def test_of_a_variation_and_of_a_set_the_price_of_one_piece_goes_to_the_store(till: Till) -> None:
    shirt, trio = till.offer("KOS-001-M", price="69.00"), till.offer("KUB-002", price="120.00", units=3)
    till.asks("40.00", "KUB-002")
    till.prices()
    till.wait(minutes=30)
    till.reprice(shirt, "65.00")
    till.reprice(trio, "100.00")
    till.prices()
    assert (till.in_store("KOS-001-M"), till.in_store("KOS-001-S")) == (("65.00", ""), ("69.00", ""))
    # A third of 100.00 is no price: three pieces cost 99.99, and the offer stays as the seller wanted it.
    assert till.in_store("KUB-002") == ("33.33", "")
    written = till.all_writes()
    till.wait(minutes=20)
    till.prices()
    assert (till.all_writes(), till.costs(shirt, trio)) == (written, "65.00, 100.00")


def test_of_a_product_on_sale_it_is_the_sale_price_that_changes(till: Till) -> None:
    offer = till.offer(price="79.00")
    till.asks("99.00", sale_price="79.00")
    till.prices()
    till.reprice(offer, "75.00")
    till.prices()
    assert (till.in_store(), till.costs(offer)) == (("99.00", "75.00"), "75.00")


def test_a_store_that_enters_prices_without_tax_gets_the_nearest_and_then_all_is_silent(till: Till) -> None:
    till.world.store.settings.set("tax", "woocommerce_prices_include_tax", "no")
    one, other = till.offer(price="98.40"), till.offer(price="98.40")
    till.asks("80.00")
    till.prices()
    till.wait(minutes=30)
    till.reprice(one, "100.02")  # 81.32 comes to 100.02, 81.31 to 100.01
    till.prices()
    assert (till.in_store(), till.costs(one, other)) == (("81.32", ""), "100.02, 100.02")
    till.wait(minutes=30)
    till.reprice(one, "100.03")  # between 100.02 and 100.04
    till.prices()
    written = till.all_writes()
    for _ in range(2):
        till.wait(minutes=20)
        till.prices()
    assert till.all_writes() == written
    assert till.costs(one) == "100.03"


def test_a_price_that_the_store_refuses_is_told_of_rests_and_is_tried_again(till: Till) -> None:
    offer = till.offer()
    till.agree(offer, "99.00")
    till.reprice(offer, "89.90")
    till.world.store.faults.switch_on("batch_item_error")
    till.prices()
    assert (till.in_store(), till.kinds()) == (("99.00", ""), ["store_price_refused"])
    written = till.all_writes()
    till.due()
    assert "The store refused it a moment ago" in whys(till.nudged(minutes=5))
    assert till.all_writes() == written
    till.world.store.faults.clear()
    till.tick(minutes=6)
    assert (till.in_store(), till.costs(offer), till.kinds()) == (("89.90", ""), "89.90", [])


def test_a_process_killed_after_the_store_has_the_price_writes_it_once_and_takes_nothing_back(till: Till) -> None:
    offer = till.offer()
    till.agree(offer, "99.00")
    till.reprice(offer, "89.90")
    till.run("offers")
    till.dies_at("prices", till.world.store, lambda request: request.method != "GET" and "/products" in request.path)
    assert till.store_writes() == 1
    for _ in range(2):
        till.wait(minutes=20)
        till.prices()
    assert (till.in_store(), till.costs(offer), till.all_writes()) == (("89.90", ""), "89.90", (0, 1))


def test_the_store_telling_of_our_own_write_causes_nothing(till: Till) -> None:
    offer = till.offer()
    till.agree(offer, "99.00")
    till.reprice(offer, "89.90")
    till.prices()
    written = till.all_writes()
    till.due()
    assert whys(till.nudged()) == ""
    assert till.all_writes() == written


@pytest.mark.parametrize(("winner", "price"), [("store", "85.00"), ("allegro", "89.90")])
def test_when_both_sides_have_moved_the_seller_says_who_wins(till: Till, winner: str, price: str) -> None:
    till.switch(price_conflict_winner=winner)
    offer = till.offer()
    till.agree(offer, "99.00")
    till.reprice(offer, "89.90")
    till.asks("85.00")
    till.prices()
    assert (till.in_store(), till.costs(offer)) == ((price, ""), price)


def test_the_journal_of_offers_tells_of_a_person_and_not_of_a_rule(till: Till) -> None:
    by_hand, by_rule = till.offer(), till.offer("KUB-002")
    till.asks("99.00", "KUB-002")
    till.agree(by_hand, "99.00")
    till.run("offers")
    till.wait(minutes=11)
    till.world.allegro.set_price(by_hand, Decimal("89.90"))
    till.world.allegro.apply_rule(by_rule, Decimal("89.90"))
    till.world.allegro.requests.clear()
    assert till.tick("offers")
    assert till.is_due()
    read = [request.path for request in till.world.allegro.requests if "/sale/product-offers/" in request.path]
    assert read == [f"/sale/product-offers/{by_hand}"]
    till.nudged()
    assert (till.in_store(), till.in_store("KUB-002")) == (("89.90", ""), ("99.00", ""))


def test_a_change_that_the_journal_leaves_out_is_found_by_the_next_look_at_all_offers(till: Till) -> None:
    offer = till.offer()
    till.agree(offer, "99.00")
    till.run("offers")
    till.world.allegro.faults.switch_on("offer_events_drop")
    till.reprice(offer, "89.90")
    till.tick("offers", minutes=11)
    assert not till.is_due()
    till.tick("offers", minutes=61)
    till.nudged()
    assert till.in_store() == ("89.90", "")


def test_a_list_that_lags_changes_no_price_in_the_store(till: Till) -> None:
    offer = till.offer()
    till.agree(offer, "99.00")
    till.asks("89.90")
    till.wait(minutes=6)
    till.prices()
    till.wait(minutes=6)
    till.world.allegro.faults.switch_on("offers_list_stale", seconds=600)
    till.prices()
    assert (till.in_store(), till.costs(offer), till.store_writes()) == (("89.90", ""), "89.90", 0)
