"""What goes wrong with prices, and what must not come of it: stock that waits, or calls without end."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.db import offer_links, offer_watch
from app.domain.ledger import Fate
from app.domain.money import Money
from app.domain.runs import RunState
from app.domain.settings import OutOfStockAction, PriceWinner
from app.sandbox.serving import Recorded
from tests.sync.offers.conftest import Counter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def asks(counter: Counter, price: str, **more: Any) -> None:
    """A person at the store gives the article another price."""
    counter.world.store.edit("KUB-001", regular_price=price, **more)


def costs(counter: Counter, offer_id: str) -> Decimal:
    return counter.world.allegro.offer(offer_id).price


def in_store(counter: Counter) -> str:
    return str(counter.world.store.product("KUB-001")["regular_price"])


def due(counter: Counter) -> list[int]:
    with counter.services.database.reading() as session:
        return offer_links.due(session, counter.account, now=counter.services.now())


def test_rules_that_cannot_be_read_keep_back_prices_and_no_stock(counter: Counter) -> None:
    counter.switch(push_prices=True, out_of_stock_action=OutOfStockAction.END)
    offer = counter.offer(stock=10)
    counter.put(0)
    other = counter.offer("KUB-002", stock=10)
    counter.world.store.edit("KUB-002", regular_price="89.90")
    counter.world.allegro.faults.switch_on("server_error", method="GET", path_prefix="/sale/offers")
    run = counter.stock()
    assert (run.state, counter.shown(offer), costs(counter, other)) == (RunState.DONE, 0, Decimal("99.00"))
    assert run.failed == 1
    counter.world.allegro.faults.clear()
    counter.stock()
    assert costs(counter, other) == Decimal("89.90")


@pytest.mark.parametrize("meanwhile", ["prices off", "link off", "in a campaign", "shadow"])
def test_a_sale_that_begins_where_no_price_is_kept_any_more_asks_for_one_look(counter: Counter, meanwhile: str) -> None:
    counter.switch(push_prices=True)
    offer = counter.offer(stock=10)
    begins = counter.services.now() + timedelta(hours=1)
    asks(counter, "99.00", sale_price="89.90", date_on_sale_from_gmt=begins.isoformat())
    counter.stock()
    assert not due(counter)
    link = counter.of(offer)
    with counter.services.database.transaction() as session:
        if meanwhile == "link off":
            offer_links.record(session, [link.id], sync_price=False)
        elif meanwhile == "in a campaign":
            offer_links.record(session, [link.id], campaign="Strefa okazji")
    if meanwhile == "prices off":
        counter.switch(push_prices=False)
    elif meanwhile == "shadow":
        counter.shadow()
    counter.wait(hours=1, seconds=1)
    assert due(counter) == [link.id]
    counter.nudge()
    assert not due(counter)


def test_taxes_that_the_store_does_not_tell_keep_back_no_stock(counter: Counter) -> None:
    counter.switch(push_prices=True, out_of_stock_action=OutOfStockAction.END)
    offer = counter.offer(stock=10)
    counter.put(0)
    counter.world.store.faults.switch_on("server_error", method="GET", path_prefix="/taxes")
    run = counter.stock()
    assert (run.state, run.failed, counter.shown(offer)) == (RunState.DONE, 1, 0)


def test_campaigns_that_cannot_be_read_do_not_undo_the_look_at_all_offers(counter: Counter) -> None:
    counter.switch(push_prices=True)
    offer = counter.offer(stock=10)
    with counter.services.database.transaction() as session:
        offer_links.record(session, [counter.of(offer).id], campaign="Strefa okazji")
    counter.world.allegro.faults.switch_on("unavailable", method="GET", path_prefix="/sale/badges")
    run = counter.run("offers")
    with counter.services.database.reading() as session:
        watch = offer_watch.get(session, counter.account)
    assert (run.state, run.failed, watch.listed_at is not None) == (RunState.DONE, 1, True)
    assert counter.of(offer).campaign == "Strefa okazji"


def test_an_offer_that_would_sell_below_the_floor_is_not_activated_and_not_ended_again(counter: Counter) -> None:
    counter.switch(push_prices=True, out_of_stock_action=OutOfStockAction.END, auto_resume=True)
    offer = counter.offer(stock=10)
    counter.put(0)
    counter.stock()
    counter.switch(price_floor=Money(Decimal("100.00"), "PLN"))
    asks(counter, "120.00")
    counter.put(5)
    counter.world.allegro.faults.switch_on("command_partial", every=1, code="PRICE_TOO_HIGH")
    counter.world.allegro.faults.switch_on("edit_refused")
    for _ in range(3):
        counter.wait(minutes=11)
        counter.stock()
    written = counter.writes()
    for _ in range(3):
        counter.wait(minutes=1)
        counter.nudge()
    assert (counter.shown(offer), counter.writes() - written) == (0, 0)
    counter.world.allegro.faults.clear()
    counter.stock()
    assert (counter.shown(offer), costs(counter, offer)) == (5, Decimal("120.00"))


def test_a_dry_run_tells_that_an_offer_would_be_ended_for_its_price(counter: Counter) -> None:
    counter.switch(push_prices=True, sync_stock=False)
    counter.offer(stock=24)
    asks(counter, "120.00")
    counter.world.allegro.faults.switch_on("command_partial", every=1)
    counter.world.allegro.faults.switch_on("edit_refused")
    counter.run("prices")
    counter.switch(price_floor=Money(Decimal("100.00"), "PLN"))
    assert [change.after for change in counter.run("prices", dry_run=True).changes] == ["ended"]


def test_an_edit_whose_answer_was_lost_gives_the_store_no_price_that_it_asked_for_itself(counter: Counter) -> None:
    counter.switch(push_prices=True, pull_prices=True, price_conflict_winner=PriceWinner.ALLEGRO)
    offer = counter.offer(stock=10)
    asks(counter, "99.00")
    counter.stock()
    asks(counter, "89.90")
    counter.world.allegro.faults.switch_on("drop_after", times=3, method="PATCH")
    counter.stock()
    assert costs(counter, offer) == Decimal("89.90")
    asks(counter, "95.00")
    counter.wait(minutes=2)
    counter.stock()
    assert (in_store(counter), costs(counter, offer)) == (
        "95.00",
        Decimal("95.00"),
    )


def test_a_price_goes_to_no_product_whose_offer_was_taken_out_of_price_sync_meanwhile(counter: Counter) -> None:
    counter.switch(push_prices=True, pull_prices=True)
    offer, other = counter.offer(stock=10), counter.offer("KUB-002", stock=10)
    asks(counter, "99.00")
    counter.world.store.edit("KUB-002", regular_price="99.00")
    counter.stock()
    counter.world.allegro.set_price(offer, Decimal("89.90"))
    counter.world.store.edit("KUB-002", regular_price="95.00")
    counter.run("offers")

    def switch_off(request: Recorded) -> None:
        if request.path.startswith("/sale/") and request.method != "GET":
            with counter.services.database.transaction() as session:
                offer_links.record(session, [counter.of(offer).id], sync_price=False)

    counter.world.allegro.meanwhile = switch_off
    counter.stock()
    counter.world.allegro.meanwhile = None
    assert (in_store(counter), costs(counter, other)) == ("99.00", Decimal("95.00"))


@pytest.mark.parametrize("fault", ["firewall", "server_error", "drop"])
def test_a_store_that_takes_no_price_keeps_back_no_stock(counter: Counter, fault: str) -> None:
    counter.switch(push_prices=True, pull_prices=True)
    offer = counter.offer(stock=10)
    asks(counter, "99.00")
    counter.stock()
    counter.world.allegro.set_price(offer, Decimal("89.90"))
    counter.run("offers")
    counter.world.store.faults.switch_on(fault, method="POST", path_prefix="/products")
    run = counter.nudge()
    assert (run and run.state, [each.kind for each in counter.alerts()]) == (RunState.DONE, ["store_price_refused"])
    assert not due(counter)
    counter.put(7)
    counter.due()
    counter.nudge()
    assert (counter.shown(offer), in_store(counter)) == (7, "99.00")
    counter.world.store.faults.clear()
    counter.stock()
    assert (in_store(counter), counter.alerts()) == ("89.90", [])


def test_a_price_that_allegro_takes_its_time_for_keeps_back_no_stock(counter: Counter) -> None:
    counter.switch(push_prices=True, out_of_stock_action=OutOfStockAction.END)
    offers = [counter.offer(stock=24) for _ in range(2)]
    counter.stock()
    asks(counter, "89.90")
    counter.world.allegro.faults.switch_on("command_tasks_new")
    counter.stock()
    assert [counter.history(offer)[0].fate for offer in offers] == [Fate.SENT, Fate.SENT]
    counter.world.allegro.faults.clear()
    counter.put(0)
    counter.due()
    counter.nudge()
    assert [counter.shown(offer) for offer in offers] == [0, 0]
    written = counter.writes()
    counter.wait(minutes=11)
    counter.stock()
    assert (counter.writes(), counter.history(offers[0])[1].fate) == (written, Fate.LAPSED)


@pytest.mark.parametrize("way", ["push_prices", "pull_prices"])
def test_no_price_is_touched_before_it_is_known_which_offers_are_in_campaigns(counter: Counter, way: str) -> None:
    offer, other = counter.offer(stock=24), counter.offer("KUB-002", stock=18)
    counter.stock()
    counter.world.allegro.set_campaign_price(offer, Decimal("79.00"))
    asks(counter, "89.90")
    counter.world.store.edit("KUB-002", regular_price="89.90")
    counter.switch(**{way: True})
    counter.world.allegro.faults.switch_on("unavailable", method="GET", path_prefix="/sale/badges")
    prices = [costs(counter, each) for each in (offer, other)]
    assert counter.stock().state is RunState.DONE
    assert ([costs(counter, each) for each in (offer, other)], in_store(counter)) == (prices, "89.90")
    counter.world.allegro.faults.clear()
    counter.stock()
    assert (costs(counter, offer), in_store(counter), counter.of(offer).campaign) == (
        prices[0],
        "89.90",
        "Strefa okazji",
    )
    assert (costs(counter, other) == Decimal("89.90")) is (way == "push_prices")
    read = counter.world.allegro.calls["GET /sale/badges"]
    counter.world.store.edit("KUB-002", regular_price="85.00")
    counter.stock()
    assert counter.world.allegro.calls["GET /sale/badges"] == read


def test_what_a_rule_has_set_goes_to_no_product_while_nobody_has_told_of_the_rule(counter: Counter) -> None:
    counter.switch(push_prices=True, pull_prices=True)
    offer = counter.offer(stock=24)
    asks(counter, "99.00")
    counter.stock()
    counter.wait(minutes=5)
    counter.world.allegro.set_rule(offer, "lowest-price")
    counter.world.allegro.apply_rule(offer, Decimal("89.90"))
    with counter.services.database.transaction() as session:
        offer_links.doubt(session, [counter.of(offer).id], now=counter.services.now())
    counter.stock()
    assert (in_store(counter), counter.of(offer).rule_id) == ("99.00", "lowest-price")


def test_a_seller_who_puts_our_price_back_at_once_is_believed(counter: Counter) -> None:
    counter.switch(push_prices=True, pull_prices=True)
    offer = counter.offer(stock=24)
    asks(counter, "99.00")
    counter.run("offers")
    counter.stock()
    asks(counter, "89.90")
    counter.stock()
    counter.wait(minutes=10)
    counter.world.allegro.set_price(offer, Decimal("99.00"))
    assert counter.services.runner.tick("prices", counter.account)
    assert (in_store(counter), costs(counter, offer)) == ("99.00", Decimal("99.00"))


def test_a_price_changed_at_allegro_right_before_we_set_its_stock_is_heard_of(counter: Counter) -> None:
    counter.switch(push_prices=True, pull_prices=True)
    offer = counter.offer(stock=24)
    asks(counter, "99.00")
    counter.run("offers")
    counter.stock()
    counter.wait(minutes=10)
    counter.world.allegro.set_price(offer, Decimal("89.90"))
    counter.wait(seconds=10)
    counter.put(7)
    counter.due()
    counter.nudge()
    counter.wait(minutes=1)
    assert counter.services.runner.tick("prices", counter.account)
    assert (counter.shown(offer), in_store(counter), costs(counter, offer)) == (7, "89.90", Decimal("89.90"))


def test_prices_that_rules_have_set_are_taken_from_the_list(counter: Counter) -> None:
    counter.switch(push_prices=True)
    offer = counter.offer(stock=24)
    counter.world.allegro.set_rule(offer, "exchange-rate")
    counter.stock()
    counter.run("offers")
    counter.stock()
    counter.wait(hours=1)
    counter.world.allegro.apply_rule(offer, Decimal("89.90"))
    read = counter.world.allegro.calls["GET /sale/product-offers/{id}"]
    counter.run("offers")
    assert counter.world.allegro.calls["GET /sale/product-offers/{id}"] == read
    assert (counter.of(offer).listed_price, due(counter)) == (Money(Decimal("89.90"), "PLN"), [])
