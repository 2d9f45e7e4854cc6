"""The stock job on the pretend world: what the store has is what Allegro shows."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.ledger import Fate, Way
from app.domain.settings import OutOfStockAction
from app.sandbox.serving import Recorded
from tests.sync.offers.conftest import Counter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ENDING = {"out_of_stock_action": OutOfStockAction.END, "auto_resume": True}


def test_an_offer_shows_what_the_store_has_less_what_is_bought_and_not_imported(counter: Counter) -> None:
    offer = counter.offer(stock=40)
    counter.put(12)
    assert counter.stock().done == 1
    assert counter.shown(offer) == 12
    counter.world.allegro.buy(counter.line(offer, 2), pay=False)
    counter.stock()
    # Bought and not paid: still in the store's stock, and not for sale any more.
    assert (counter.shown(offer), counter.world.store.stock("KUB-001")) == (10, 12)


def test_nothing_changed_means_no_write_for_an_hour(counter: Counter) -> None:
    counter.offer(stock=40)
    counter.offer("KUB-002", stock=40)
    counter.stock()
    written = counter.writes()
    for _ in range(6):
        counter.wait(minutes=10)
        counter.stock()
        counter.nudge()
    assert counter.writes() == written


def test_a_sale_in_the_store_is_at_every_offer_of_the_product_by_one_call(counter: Counter) -> None:
    one, other = counter.offer(stock=40), counter.offer(stock=40, units=3)
    counter.put(12)
    counter.stock()
    assert (counter.shown(one), counter.shown(other)) == (12, 4)
    counter.world.store.sell("KUB-001", 1)
    counter.due("KUB-001")
    counter.nudge()
    assert (counter.shown(one), counter.shown(other)) == (11, 3)


def test_the_default_leaves_an_offer_alone_that_is_out_of_stock(counter: Counter) -> None:
    offer = counter.offer(stock=5)
    counter.put(0)
    run = counter.stock()
    assert (run.done, run.skipped, counter.shown(offer), counter.writes()) == (0, 1, 5, 0)
    assert "left as it is" in run.changes[0].why


def test_a_dry_run_and_a_shadow_plan_and_write_nothing(counter: Counter) -> None:
    offer = counter.offer(stock=40)
    counter.put(12)
    planned = counter.stock(dry_run=True)
    assert [(each.before, each.after, each.result) for each in planned.changes] == [("40", "12", "planned")]
    counter.shadow()
    assert counter.stock().planned == 1
    assert (counter.shown(offer), counter.writes(), counter.history(offer)) == (40, 0, [])


def test_a_command_whose_answer_is_lost_is_not_sent_twice(counter: Counter) -> None:
    offers = [counter.offer(stock=40) for _ in range(3)]
    counter.put(12)
    counter.world.allegro.faults.switch_on("drop_after", times=3, method="PUT", path_prefix="/sale/")
    counter.stock()
    counter.wait(minutes=2)
    counter.stock()
    assert [counter.shown(offer) for offer in offers] == [12, 12, 12]
    assert counter.world.allegro.calls["PUT /sale/offer-quantity-change-commands/{id}"] == 3  # of one id
    assert [entry.fate for entry in counter.history(offers[0])] == [Fate.ACCEPTED]


def test_a_command_that_is_never_carried_out_is_given_up_and_said_another_way(counter: Counter) -> None:
    offers = [counter.offer(stock=40) for _ in range(3)]
    counter.put(12)
    counter.world.allegro.faults.switch_on("command_tasks_new")
    counter.stock()
    written = counter.writes()
    for _ in range(4):
        counter.wait(minutes=2)
        counter.nudge()
    assert counter.writes() == written  # one change at a time
    counter.world.allegro.faults.clear()
    for _ in range(3):
        counter.wait(minutes=2)
        counter.nudge()
    assert [counter.shown(offer) for offer in offers] == [12, 12, 12]
    assert [entry.fate for entry in counter.history(offers[0])] == [Fate.ACCEPTED, Fate.LAPSED]


def test_an_edit_that_is_refused_for_something_else_is_said_by_command(counter: Counter) -> None:
    offer = counter.offer(stock=40)
    counter.put(12)
    counter.world.allegro.faults.switch_on("edit_refused")
    counter.stock()
    assert counter.shown(offer) == 12
    assert [(each.way, each.fate) for each in counter.history(offer)] == [
        (Way.QUANTITY, Fate.ACCEPTED),
        (Way.EDIT, Fate.FAILED),
    ]


def test_a_sale_that_comes_in_while_the_quantity_is_sent_is_not_sold_again(counter: Counter) -> None:
    offer = counter.offer(stock=40)
    counter.put(12)
    counter.stock()
    counter.wait(hours=1)
    counter.put(2)

    def buys(request: Recorded) -> None:
        if request.method == "PATCH":
            counter.world.allegro.meanwhile = None
            counter.world.allegro.buy(counter.line(offer), pay=False)

    counter.world.allegro.meanwhile = buys
    counter.stock()
    assert counter.shown(offer) == 1


@pytest.mark.parametrize(("wanted", "runs"), [("until_sold_out", None), ("P30D", timedelta(days=30))])
def test_an_offer_that_comes_back_runs_as_long_as_the_seller_wants(
    counter: Counter, wanted: str, runs: timedelta | None
) -> None:
    counter.switch(**ENDING, relist_duration=wanted)
    offer = counter.offer(stock=5, duration=timedelta(days=10))
    for pieces in (5, 0, 3):
        counter.put(pieces)
        counter.stock()
        counter.wait(minutes=2)
    assert (counter.shown(offer), counter.world.allegro.offer(offer).duration) == (3, runs)


@pytest.mark.parametrize("fault", ["edit_fails_later", "edit_refused"])
def test_an_edit_that_comes_to_nothing_is_not_tried_for_ever(counter: Counter, fault: str) -> None:
    offer = counter.offer(stock=40)
    counter.put(12)
    counter.world.allegro.faults.switch_on(fault)
    counter.stock()
    for _ in range(3):
        counter.wait(minutes=2)
        counter.nudge()
    assert counter.shown(offer) == 12
    assert len(counter.world.allegro.edit_bodies) == 1
    counter.put(9)
    counter.stock()
    assert counter.shown(offer) == 9


def test_an_offer_whose_product_is_deleted_is_told_of_and_left_alone(counter: Counter) -> None:
    counter.switch(**ENDING)
    offer = counter.offer(stock=5)
    counter.put(5)
    counter.stock()
    counter.world.store.shop.catalogue.products.pop(counter.world.store.product("KUB-001")["id"])
    counter.stock()
    assert (counter.shown(offer), [alert.kind for alert in counter.alerts()]) == (5, ["linked_product_gone"])


def test_one_lost_answer_keeps_stock_waiting_for_half_a_minute_only(counter: Counter) -> None:
    offer = counter.offer(stock=40)
    counter.stock()
    counter.put(12)
    counter.due()
    counter.world.allegro.faults.switch_on("unavailable")
    counter.nudge()
    counter.world.allegro.faults.clear()
    counter.wait(seconds=20)
    assert counter.nudge() is None
    counter.wait(seconds=120)
    counter.nudge()
    assert counter.shown(offer) == 12


def test_an_offer_whose_quantity_is_refused_is_not_activated(counter: Counter) -> None:
    counter.switch(**ENDING)
    skus = ("KUB-001", "KUB-002", "KUB-003")
    for sku in skus:
        counter.put(9, sku)
    offers = [counter.offer(sku, stock=9) for sku in skus]
    for sku in skus:
        counter.put(0, sku)
    counter.stock()
    for number, sku in enumerate(skus):
        counter.put(2 + number, sku)
    counter.world.allegro.faults.switch_on("edit_refused")
    counter.world.allegro.faults.switch_on("bulk_command_refused", status=422)
    ended = counter.world.allegro.calls["PUT /sale/offer-publication-commands/{id}"]
    counter.stock()
    assert [counter.shown(offer) for offer in offers] == [0, 0, 0]
    assert counter.world.allegro.calls["PUT /sale/offer-publication-commands/{id}"] == ended
    counter.world.allegro.faults.switch_on("bulk_command_refused", status=403)
    counter.stock()
    assert [counter.shown(offer) for offer in offers] == [2, 3, 4]


def test_a_report_that_cannot_be_read_keeps_no_other_offer_waiting(counter: Counter) -> None:
    for _ in range(3):
        counter.offer(stock=40)
    counter.put(12)
    counter.world.allegro.faults.switch_on(
        "unavailable", method="GET", path_prefix="/sale/offer-quantity-change-commands"
    )
    counter.stock()
    other = counter.offer("KUB-002", stock=40)
    counter.put(7, "KUB-002")
    counter.stock()
    assert counter.shown(other) == 7


def test_quantities_go_while_offers_cannot_be_ended(counter: Counter) -> None:
    counter.switch(**ENDING)
    for sku in 3 * ["KUB-002"]:
        counter.offer(sku, stock=5)
    offers = [counter.offer(stock=40) for _ in range(3)]
    counter.put(0, "KUB-002")
    counter.put(7)
    counter.world.allegro.faults.switch_on("unavailable", path_prefix="/sale/offer-publication-commands")
    assert counter.stock().state == "failed"
    assert [counter.shown(offer) for offer in offers] == [7, 7, 7]


def test_a_new_link_does_not_believe_a_list_that_lags(counter: Counter) -> None:
    counter.put(10)
    offer_id = counter.world.allegro.add_offer("Oferta", Decimal("99.00"), stock=10)
    counter.wait(hours=1)
    counter.world.allegro.set_stock(offer_id, 40)
    counter.world.allegro.faults.switch_on("offers_list_stale", seconds=600)
    counter.link(offer_id, "KUB-001")
    counter.stock()
    assert counter.shown(offer_id) == 10


def test_an_offer_that_allegro_cannot_read_keeps_no_other_waiting(counter: Counter) -> None:
    broken = counter.offer(stock=40)
    other = counter.offer("KUB-002", stock=40)
    counter.put(12)
    counter.put(7, "KUB-002")
    counter.world.allegro.faults.switch_on("server_error", method="GET", path_prefix=f"/sale/product-offers/{broken}")
    run = counter.stock()
    assert (run.error, counter.shown(broken), counter.shown(other)) == ("", 40, 7)
    counter.world.allegro.faults.clear()
    counter.wait(minutes=11)
    counter.nudge()
    assert counter.shown(broken) == 12


def test_an_activation_that_allegro_refuses_is_tried_ever_more_rarely(counter: Counter) -> None:
    counter.switch(**ENDING)
    offer = counter.offer(stock=5)
    for pieces in (5, 0, 3):
        if pieces:
            counter.world.allegro.faults.switch_on("activation_unsafe")
        counter.put(pieces)
        counter.stock()
        counter.wait(minutes=2)
    written = counter.writes()
    for _ in range(9):
        counter.wait(minutes=10)
        counter.services.runner.tick("stock", counter.account)
    assert [alert.kind for alert in counter.alerts()] == ["offer_change_refused"]
    assert 2 <= counter.writes() - written <= 4
    counter.world.allegro.faults.clear()
    counter.stock()  # by hand, when it is mended
    assert (counter.shown(offer), counter.alerts()) == (3, [])


def test_the_alert_about_an_ending_goes_when_stock_is_back(counter: Counter) -> None:
    counter.switch(**ENDING)
    offer = counter.offer(stock=5)
    counter.put(5)
    counter.stock()
    counter.put(0)
    counter.world.allegro.faults.switch_on("edit_refused")
    counter.world.allegro.faults.switch_on("command_partial", every=1)
    counter.stock()
    counter.world.allegro.faults.clear()
    assert [alert.kind for alert in counter.alerts()] == ["offer_not_ended"]
    counter.put(5)
    counter.wait(minutes=11)
    counter.stock()
    counter.wait(minutes=11)
    counter.stock()
    assert (counter.shown(offer), [alert.kind for alert in counter.alerts()]) == (5, [])
