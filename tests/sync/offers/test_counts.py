"""How many calls the jobs of offers cost, with a thousand offers; the benchmark counts the same with five thousand."""

import pytest

from app.domain.runs import AskedBy, Run
from tests.sync.offers.assortment import PIECES, Assortment, Calls, stock_up
from tests.sync.offers.conftest import Counter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# 600 products and 80 parents are seven hundreds, 400 variations are four, and the stock settings are one call.
SIMPLE, PARENTS, CHILDREN = 600, 80, 5
OFFERS = SIMPLE + PARENTS * CHILDREN
READING = 7 + 4 + 1


@pytest.fixture
def stall(counter: Counter) -> Assortment:
    stall = stock_up(
        counter.world, counter.services, counter.account, simple=SIMPLE, parents=PARENTS, children=CHILDREN
    )
    stall.calls()
    return stall


def told(run: Run | None) -> tuple[int, int]:
    """How many offers were told something and reported as done, and how many of those that were not."""
    assert run is not None
    return run.done, run.planned - run.done


def test_products_are_read_a_hundred_a_call_and_nothing_is_written_when_nothing_changed(
    counter: Counter, stall: Assortment
) -> None:
    assert told(counter.stock()) == (0, 0)
    assert stall.calls() == Calls(offers=0, journal=1, store=READING)


def test_offers_that_share_a_value_share_a_command_and_its_report(counter: Counter, stall: Assortment) -> None:
    # As many offers of each value as when five thousand are told 49.
    stall.count([PIECES + 1 + place % 10 for place in range(OFFERS)])
    assert told(counter.stock()) == (OFFERS, 0)
    assert stall.calls() == Calls(offers=2 * 10, journal=2, store=READING)
    assert stall.shown() == [PIECES + 1 + place % 10 for place in range(OFFERS)]


def test_two_hundred_values_are_eight_bulk_commands_and_a_single_one_is_an_edit(
    counter: Counter, stall: Assortment
) -> None:
    counter.stock()
    stall.calls()
    stall.count(list(range(100, 300)))
    stall.make_due(200)
    assert told(counter.nudge()) == (200, 0)
    assert stall.calls() == Calls(offers=16, journal=2, store=2)
    assert stall.shown() == [*range(100, 300), *[PIECES] * (OFFERS - 200)]
    stall.count([7])
    stall.make_due(1)
    assert told(counter.nudge()) == (1, 0)
    assert stall.calls() == Calls(offers=1, journal=2, store=1)


def test_prices_and_quantities_of_their_own_share_bulk_commands_and_rules_are_not_asked_for_twice(
    counter: Counter, stall: Assortment
) -> None:
    counter.switch(push_prices=True, pull_prices=True)
    counter.run("offers")
    stall.calls()
    stall.price({place: f"{100 + place}.00" for place in range(40)})
    stall.count([*[PIECES] * 40, *range(100, 116)])
    assert told(counter.stock()) == (56, 0)
    assert stall.calls().offers == 6
    assert stall.prices() == [*[f"{100 + place}.00" for place in range(40)], *["99.00"] * (OFFERS - 40)]
    # Another minute later a rule may have been given, and the list that tells is read once.
    counter.wait(minutes=2)
    stall.price({0: "99.00", 1: "98.00"})
    stall.make_due(2)
    assert told(counter.services.runner.tick("prices", counter.account, AskedBy.NUDGE)) == (2, 0)
    assert stall.calls().offers == 3
