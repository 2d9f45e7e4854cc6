"""Prices and what Allegro answers: nothing, a lie, or no."""

from decimal import Decimal

import pytest

from app.domain.ledger import MOST_CORRECTIONS, Fate
from app.domain.money import Money
from app.domain.offers import OfferStatus
from app.domain.runs import AskedBy
from tests.sync.offers.conftest import Till
from tests.sync.offers.till import whys

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

COMMAND = "PUT /sale/offer-price-change-commands/{id}"


def test_a_price_command_whose_answer_is_lost_is_not_sent_twice(till: Till) -> None:
    offers = [till.offer() for _ in range(3)]
    till.asks("89.90")
    till.world.allegro.faults.switch_on("drop_after", times=3, method="PUT", path_prefix="/sale/")
    assert till.prices().state == "failed"
    till.prices()
    assert till.costs(*offers) == "89.90, 89.90, 89.90"
    assert till.world.allegro.calls[COMMAND] == 3  # of one id
    assert [entry.fate for entry in till.history(offers[0])] == [Fate.ACCEPTED]


def test_a_process_killed_after_its_command_says_the_price_once(till: Till) -> None:
    offers = [till.offer() for _ in range(3)]
    till.asks("89.90")
    till.dies_at("prices", till.world.allegro, lambda request: request.method == "PUT")
    till.wait(minutes=1)
    till.prices()
    assert till.costs(*offers) == "89.90, 89.90, 89.90"
    assert till.world.allegro.calls[COMMAND] == 1
    assert [entry.fate for entry in till.history(offers[0])] == [Fate.ACCEPTED]


def test_a_price_command_that_is_never_carried_out_is_given_up_and_said_anew(till: Till) -> None:
    till.switch(pull_prices=True)
    offers = [till.offer() for _ in range(3)]
    till.asks("89.90")
    till.world.allegro.faults.switch_on("command_tasks_new", times=1)
    till.prices()
    written = till.writes()
    for _ in range(4):
        till.nudged(minutes=2)
    assert till.writes() == written  # one at a time
    for _ in range(3):
        till.nudged(minutes=2)
    assert till.costs(*offers) == "89.90, 89.90, 89.90"
    assert [entry.fate for entry in till.history(offers[0])] == [Fate.ACCEPTED, Fate.LAPSED]
    assert till.in_store() == ("89.90", "")


def test_a_price_that_was_reported_as_done_and_is_not_there_is_said_again_and_never_pulled(till: Till) -> None:
    till.switch(pull_prices=True, price_conflict_winner="allegro")
    offers = [till.offer() for _ in range(2)]
    till.asks("99.00")
    till.prices()
    till.asks("89.90")
    till.world.allegro.faults.switch_on("command_lies")
    till.prices()
    for _ in range(1 + MOST_CORRECTIONS):
        till.wait(minutes=7)
        till.prices()  # by hand it looks at what Allegro shows
    said = till.history(offers[0])
    assert (till.costs(*offers), till.in_store()) == ("99.00, 99.00", ("89.90", ""))
    assert [str(entry.price) for entry in said] == ["89.90 PLN"] * (1 + MOST_CORRECTIONS)
    assert till.kinds() == ["offer_price_parked"] * 2
    till.world.allegro.faults.clear()
    till.wait(hours=1)
    till.prices()
    till.run("offers")
    till.prices()
    assert (till.costs(*offers), till.in_store(), till.kinds()) == ("89.90, 89.90", ("89.90", ""), [])


def test_a_price_that_allegro_refuses_is_told_at_once_with_both_prices_and_rests(till: Till) -> None:
    till.switch(sync_stock=True)
    offer = till.offer()
    till.agree(offer, "99.00")
    till.asks("0.50")
    till.switch(guard_max_price_change_percent=100)
    till.put(7)
    till.due()
    till.tick("stock", AskedBy.NUDGE)
    [alert] = till.alerts()
    assert (alert.kind, till.shown(offer)) == ("offer_price_refused", 7)
    assert "0.50 PLN" in alert.title
    assert "It goes on selling at 99.00 PLN" in alert.title
    written = till.writes()
    till.tick("stock", minutes=9)
    till.put(6)
    till.due()
    till.tick("stock", AskedBy.NUDGE, minutes=1)
    assert (till.writes(), till.shown(offer)) == (written + 1, 6)
    assert "is tried again at" in whys(till.tick("prices", minutes=6))
    till.prices()  # by hand
    assert till.writes() > written + 1
    till.asks("89.90")
    till.prices()
    assert (till.costs(offer), till.kinds()) == ("89.90", [])


def test_an_offer_whose_price_is_refused_and_old_one_is_below_the_floor_is_ended_for_good(till: Till) -> None:
    till.switch(
        sync_stock=True,
        out_of_stock_action="end",
        auto_resume=True,
        price_floor=Money(Decimal("95.00"), "PLN"),
    )
    till.put(10)
    offer = till.offer(price="90.00")
    till.world.allegro.faults.switch_on("edit_refused", times=1)
    till.world.allegro.faults.switch_on("command_partial", every=1, times=1)
    till.asks("99.00")
    till.prices()
    assert (till.shown(offer), till.kinds()) == (0, ["offer_below_floor", "offer_price_refused"])
    assert "below the floor of 95.00 PLN" in till.alerts()[0].title + till.alerts()[1].title
    for pieces in (0, 5):
        till.put(pieces)
        till.wait(minutes=20)
        till.stock()
    assert (till.shown(offer), till.of(offer).offer_status) == (0, OfferStatus.ENDED)
    assert "offer_below_floor" in till.kinds()
    till.reprice(offer, "99.00")
    till.world.allegro.activate_offer(offer)
    till.run("offers")
    till.stock()
    assert (till.shown(offer), till.kinds()) == (5, [])
