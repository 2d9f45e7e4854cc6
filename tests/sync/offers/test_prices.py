"""Prices that go to Allegro: every offer asks what the store asks."""

from datetime import timedelta
from itertools import product

import pytest

from app.api.deps import Services
from app.domain.ledger import Fate, Way
from app.domain.runs import AskedBy
from app.sandbox.seed import SELLERS
from app.sandbox.world import Sandbox
from tests.conftest import connect
from tests.sync.offers.conftest import Till
from tests.sync.offers.till import whys

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_price_of_the_store_goes_to_every_offer_of_the_product_by_one_command(till: Till) -> None:
    offers = [till.offer() for _ in range(3)]
    till.asks("89.90")
    assert till.prices().done == 3
    assert till.costs(*offers) == "89.90, 89.90, 89.90"
    [entry] = till.history(offers[0])
    assert (entry.way, entry.fate, entry.what, entry.before) == (Way.PRICE, Fate.ACCEPTED, "price", "99.00 PLN")
    assert till.writes() == 1


def test_variations_sets_and_tax_classes_of_a_net_store_come_to_gross_prices(till: Till) -> None:
    till.world.store.settings.set("tax", "woocommerce_prices_include_tax", "no")
    shirt = till.offer("KOS-001-M")
    trio = till.offer("KUB-002", price="299.00", units=3)
    reduced, zero = till.offer("KUB-003"), till.offer("KUB-004")
    till.asks("77.00", "KOS-001-M")
    till.asks("80.55", "KUB-002")
    till.asks("85.00", "KUB-003", tax_class="reduced-rate")
    till.asks("85.00", "KUB-004", tax_class="zero-rate")
    till.prices()
    # A piece is 99.08 in the shop, and three cost three times as much.
    assert till.costs(shirt, trio, reduced, zero) == "94.71, 297.24, 91.80, 85.00"


@pytest.mark.parametrize("cron_stopped", [False, True])
def test_a_sale_begins_and_ends_by_its_dates_without_a_webhook(till: Till, cron_stopped: bool) -> None:
    till.world.store.cron_stopped = cron_stopped
    offer = till.offer()
    now = till.world.clock.now().replace(microsecond=0)
    begins, ends = (f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}" for hours in (2, 4))
    till.asks("99.00", sale_price="79.00", date_on_sale_from_gmt=begins, date_on_sale_to_gmt=ends)
    till.prices()
    prices = []
    for minutes in (119, 2, 118, 2):
        till.wait(minutes=minutes)
        is_due = till.is_due()
        till.nudged()
        prices.append((is_due, till.costs(offer)))
    assert prices == [(False, "99.00"), (True, "79.00"), (False, "79.00"), (True, "99.00")]


def test_offers_of_two_accounts_get_the_price(till: Till, services: Services, world: Sandbox) -> None:
    login = SELLERS[1].login
    other = Till(world, services, connect(services, world, name="Drugie", login=login))
    other.switch(push_prices=True)
    one, second = till.offer(), other.offer(login=login)
    till.asks("89.90")
    till.due()
    till.nudged()
    other.nudged()
    assert till.costs(one, second) == "89.90, 89.90"


def test_nothing_changed_means_no_write_on_either_side_for_an_hour(till: Till) -> None:
    till.switch(pull_prices=True, sync_stock=True)
    till.world.store.settings.set("tax", "woocommerce_prices_include_tax", "no")
    till.offer()
    till.offer("KUB-002", price="299.00", units=3)
    till.asks("80.55")
    till.asks("80.55", "KUB-002")
    till.prices()
    written = till.all_writes()
    for _ in range(3):
        till.wait(minutes=20)
        till.due()
        for job, asked_by in product(("stock", "prices"), (AskedBy.SCHEDULE, AskedBy.NUDGE)):
            assert till.tick(job, asked_by)
        assert till.tick("offers")
    assert till.all_writes() == written


def test_stock_and_price_of_an_offer_travel_together_whichever_job_runs(till: Till) -> None:
    till.switch(sync_stock=True)
    skus = ("KUB-001", "KUB-002", "KUB-003")
    offers = [till.offer(sku) for sku in skus]
    till.put(7)
    till.asks("89.90")
    till.asks("99.00", "KUB-002")
    till.asks("99.00", "KUB-003")
    till.stock()
    till.world.allegro.requests.clear()
    till.put(5)
    till.asks("79.90")
    till.stock()
    assert [body for _, body in till.world.allegro.edit_bodies] == [
        {"stock": {"available": 5}, "sellingMode": {"price": {"amount": "79.90", "currency": "PLN"}}}
    ]
    for number, sku in enumerate(skus):
        till.put(20 + number, sku)
        till.asks(f"8{number}.00", sku)
    till.world.allegro.requests.clear()
    till.prices()
    assert till.writes() == 1
    assert till.costs(*offers) == "80.00, 81.00, 82.00"
    assert [till.shown(offer) for offer in offers] == [20, 21, 22]


def test_where_no_stock_is_synced_a_change_is_answered_by_the_job_prices(till: Till) -> None:
    offer = till.offer()
    till.asks("89.90")
    till.due()
    assert till.tick("stock", AskedBy.NUDGE) is None
    till.nudged()
    assert (till.costs(offer), till.shown(offer)) == ("89.90", 10)


def test_an_offer_that_has_ended_gets_its_price_when_it_is_activated_again(till: Till) -> None:
    till.switch(sync_stock=True, out_of_stock_action="end", auto_resume=True)
    offer = till.offer(stock=5)
    till.put(5)
    till.asks("99.00")
    till.stock()
    till.put(0)
    till.stock()
    till.wait(minutes=2)
    till.asks("89.90")
    assert "it gets its price when it is activated again" in whys(till.prices())
    assert (till.costs(offer), till.shown(offer)) == ("99.00", 0)
    till.put(3)
    till.stock()
    assert (till.costs(offer), till.shown(offer)) == ("89.90", 3)
    till.wait(minutes=2)
    written = till.writes()
    till.stock()
    till.prices()
    assert till.writes() == written


def test_a_dry_run_and_a_shadow_plan_prices_and_write_none(till: Till) -> None:
    offer = till.offer()
    till.asks("89.90")
    [planned] = till.prices(dry_run=True).changes
    assert (planned.before, planned.after, planned.result) == ("99.00 PLN", "89.90 PLN", "planned")
    till.shadow()
    assert till.prices().planned == 1
    assert (till.costs(offer), till.writes(), till.history(offer)) == ("99.00", 0, [])
