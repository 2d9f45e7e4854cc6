"""What overtakes what: sales, lost answers and late changes between two looks at an offer."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.db import offer_links
from app.domain.settings import OutOfStockAction
from app.sandbox.serving import Recorded
from tests.sync.offers.counter import Counter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _shown(counter: Counter, offers: list[str]) -> list[int]:
    return [counter.shown(offer) for offer in offers]


def test_a_sale_that_a_late_command_overwrote_is_not_sold_again(counter: Counter) -> None:
    offers = [counter.offer(stock=40) for _ in range(3)]
    counter.put(12)
    counter.world.allegro.faults.switch_on("commands_reversed", seconds=480, times=1)
    counter.stock()
    counter.wait(minutes=6)
    counter.world.allegro.buy(counter.line(offers[0]), pay=False)
    # The service hears of the sale, and of the command, when both are over.
    counter.wait(minutes=3)
    counter.stock()
    assert _shown(counter, offers) == [11, 11, 11]


def test_an_edit_that_is_carried_out_late_after_its_answer_was_lost_is_corrected(counter: Counter) -> None:
    offers = [counter.offer(stock=40) for _ in range(3)]
    counter.put(12)
    counter.stock()
    counter.wait(hours=1)
    counter.world.allegro.set_stock(offers[0], 10)
    counter.run("offers")
    counter.world.allegro.faults.switch_on("edit_processing", seconds=30)
    counter.world.allegro.faults.switch_on("drop_after", times=3, method="PATCH")
    counter.stock()
    counter.world.allegro.faults.clear()
    counter.put(8)
    for _ in range(4):
        counter.stock()
        counter.wait(minutes=1)
    counter.stock()
    assert _shown(counter, offers) == [8, 8, 8]


def test_an_edit_that_allegro_takes_its_time_for_is_not_taken_for_done_because_of_a_sale(counter: Counter) -> None:
    offers = [counter.offer(stock=40) for _ in range(3)]
    counter.put(12)
    counter.stock()
    counter.wait(hours=1)
    counter.world.allegro.set_stock(offers[0], 13)
    counter.run("offers")
    counter.world.allegro.faults.switch_on("edit_processing", seconds=30, times=1)
    counter.stock()
    counter.world.allegro.buy(counter.line(offers[0]), pay=False)  # it shows 12 now, as we have said
    for _ in range(4):
        counter.nudge()
        counter.nudge()
        counter.wait(minutes=1)
    assert _shown(counter, offers) == [11, 11, 11]


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_lost_answer_has_the_offer_looked_at_again_soon(counter: Counter, method: str) -> None:
    offers = [counter.offer(stock=40) for _ in range(1 if method == "PATCH" else 3)]
    counter.put(12)
    counter.world.allegro.faults.switch_on("drop", times=3, method=method, path_prefix="/sale/")
    counter.stock()
    counter.wait(minutes=2)
    with counter.services.database.reading() as session:
        assert len(offer_links.due(session, counter.account, now=counter.services.now())) == len(offers)


def test_what_changes_in_the_store_while_an_offer_is_ended_has_its_turn_at_once(counter: Counter) -> None:
    counter.switch(out_of_stock_action=OutOfStockAction.END, auto_resume=True)
    offer = counter.offer(stock=5)
    counter.put(0)

    def counts(request: Recorded) -> None:
        if request.method == "PATCH":
            counter.world.allegro.meanwhile = None
            counter.put(3)
            counter.due()

    counter.world.allegro.meanwhile = counts
    counter.stock()
    assert counter.shown(offer) == 3


def test_a_sale_that_is_known_before_the_offers_turn_has_come_is_not_overwritten(counter: Counter) -> None:
    counter.switch(bulk_commands=False)
    skus = ("KUB-001", "KUB-002", "TOR-001")
    offers = [counter.offer(sku, stock=40) for sku in skus]
    for number, sku in enumerate(skus):
        counter.put(10 + number, sku)

    def sells(request: Recorded) -> None:
        if request.method == "PATCH":
            counter.world.allegro.meanwhile = None
            sold.append(next(offer for offer in offers if counter.shown(offer) == 40))
            counter.world.allegro.buy(counter.line(sold[0]), pay=False)
            counter.run()

    sold: list[str] = []
    counter.world.allegro.meanwhile = sells
    counter.stock()
    assert [entry.quantity for entry in counter.history(sold[0])] == [counter.shown(sold[0])]
    assert sum(counter.shown(offer) for offer in offers) == 10 + 11 + 12 - 1


def test_a_sale_that_is_noticed_while_the_offer_is_read_has_its_turn_at_once(counter: Counter) -> None:
    offer = counter.offer(stock=12)
    counter.put(12)
    counter.stock()
    counter.wait(hours=1)
    with counter.services.database.transaction() as session:
        offer_links.doubt(session, [counter.of(offer).id], now=counter.services.now())
    counter.world.allegro.set_stock(offer, 11)

    def sells(request: Recorded) -> None:
        if request.method == "GET" and "/sale/product-offers/" in request.path:
            counter.world.allegro.meanwhile = None
            counter.world.allegro.buy(counter.line(offer), pay=False)
            counter.run("orders")

    counter.world.allegro.meanwhile = sells
    counter.nudge()
    assert counter.shown(offer) == 11


def test_what_was_said_to_an_offer_is_not_taken_for_what_its_renewal_shows(counter: Counter) -> None:
    offers = [counter.offer(stock=40) for _ in range(3)]
    counter.put(12)
    counter.world.allegro.faults.switch_on("command_counts_zero", seconds=60)
    counter.stock()
    link = counter.of(offers[0])
    renewal = counter.world.allegro.add_offer("Oferta", Decimal("99.00"), stock=40)
    moved = replace(link.moved_to(renewal, title="", status=link.offer_status), listed_quantity=40)
    with counter.services.database.transaction() as session:
        offer_links.save(session, moved, now=counter.services.now())
    counter.wait(minutes=2)
    counter.stock()
    assert counter.shown(renewal) == 12


def test_a_change_that_is_refused_when_its_link_is_gone_takes_no_other_with_it(counter: Counter) -> None:
    offers = [counter.offer(stock=40) for _ in range(3)]
    counter.put(12)

    def delete(request: Recorded) -> None:
        if request.path.endswith("/tasks"):
            counter.world.allegro.meanwhile = None
            with counter.services.database.transaction() as session:
                offer_links.remove(session, counter.of(offers[0]).id)

    counter.world.allegro.faults.switch_on("command_partial", every=1, offer_id=offers[0])
    counter.world.allegro.meanwhile = delete
    assert counter.stock().error == ""
    assert _shown(counter, offers) == [40, 12, 12]
