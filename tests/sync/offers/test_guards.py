"""What the stock job holds back: mass endings, what the seller must confirm, offers that are fought over."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from app.db import offer_links, pending_actions
from app.domain.ledger import MOST_CORRECTIONS, Fate
from app.domain.pending import PendingState
from app.domain.settings import OutOfStockAction
from app.sandbox.seed import GOODS
from app.sandbox.serving import Recorded
from tests.sync.offers.conftest import Counter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SINGLE = [good.sku for good in GOODS if not good.parent_sku]


@pytest.fixture
def full(counter: Counter) -> tuple[Counter, list[str]]:
    """Twelve offers that show what there is, of an account that ends those without stock."""
    counter.switch(out_of_stock_action=OutOfStockAction.END, auto_resume=True)
    counter.put(9)
    offers = [counter.offer(stock=9) for _ in range(12)]
    counter.stock()
    return counter, offers


def _decide(counter: Counter, confirmed: bool) -> None:
    with counter.services.database.transaction() as session:
        pending_actions.decide_all(session, counter.account, confirmed=confirmed, now=counter.services.now())


def _pending(counter: Counter, state: PendingState = PendingState.WAITING) -> list[str]:
    with counter.services.database.reading() as session:
        found = pending_actions.page(session, counter.account, state, before_id=None, limit=100)
    return sorted(each.offer_id for each in found)


def _kinds(counter: Counter) -> list[str]:
    return sorted(alert.kind for alert in counter.alerts())


def test_a_mass_ending_waits_and_is_told_until_it_is_confirmed(full: tuple[Counter, list[str]]) -> None:
    counter, offers = full
    counter.put(0)
    written = counter.writes()
    for _ in range(2):
        counter.stock()
    assert (counter.writes(), _pending(counter), _kinds(counter)) == (written, sorted(offers), ["mass_ending"])
    _decide(counter, confirmed=True)
    counter.stock()
    assert [counter.shown(offer) for offer in offers] == [0] * 12
    assert (_kinds(counter), _pending(counter, PendingState.DONE)) == ([], sorted(offers))


def test_resolving_the_alert_about_a_mass_ending_releases_it(full: tuple[Counter, list[str]]) -> None:
    counter, offers = full
    counter.put(0)
    counter.stock()
    counter.resolve(counter.alerts()[0])
    counter.stock()
    assert [counter.shown(offer) for offer in offers] == [0] * 12
    assert _kinds(counter) == []


def test_a_mass_ending_that_was_a_mistake_goes_by_itself(full: tuple[Counter, list[str]]) -> None:
    counter, offers = full
    counter.put(0)
    counter.stock()
    counter.put(8)
    counter.stock()
    assert [counter.shown(offer) for offer in offers] == [8] * 12
    assert (_kinds(counter), _pending(counter)) == ([], [])
    assert _pending(counter, PendingState.EXPIRED) == sorted(offers)


def test_a_store_that_tells_nothing_ends_nothing(full: tuple[Counter, list[str]]) -> None:
    counter, _ = full
    written = counter.writes()
    for fault, more in (
        ("empty_list", {}),
        ("unauthorized", {"skip": 1}),
        ("unavailable", {}),
        ("server_error", {}),
    ):
        counter.put(1)
        counter.world.store.faults.switch_on(fault, **more)
        counter.stock()
        counter.world.store.faults.clear()
        assert counter.writes() == written, fault


def test_endings_and_relists_wait_for_the_seller_where_that_is_wanted(counter: Counter) -> None:
    counter.switch(out_of_stock_action=OutOfStockAction.END, auto_resume=True, confirm_endings_and_relists=True)
    counter.put(4)
    offer = counter.offer(stock=4)
    counter.put(0)
    counter.stock()
    assert (counter.shown(offer), _pending(counter), _kinds(counter)) == (4, [offer], [])
    _decide(counter, confirmed=False)
    counter.stock()
    assert (counter.shown(offer), _pending(counter)) == (4, [])
    _decide_again(counter)
    counter.stock()
    assert counter.shown(offer) == 0
    counter.wait(minutes=2)
    counter.put(3)
    counter.stock()
    assert (counter.shown(offer), _pending(counter)) == (0, [offer])
    _decide(counter, confirmed=True)
    counter.stock()
    assert counter.shown(offer) == 3


def _decide_again(counter: Counter) -> None:
    """Who rejected changes their mind."""
    with counter.services.database.transaction() as session:
        ids = [each.id for each in pending_actions.of_account(session, counter.account).values()]
        pending_actions.decide(session, ids, confirmed=True, now=counter.services.now())


def test_an_offer_that_another_program_sets_again_and_again_is_left_alone_for_an_hour(counter: Counter) -> None:
    counter.put(4)
    offer = counter.offer(stock=4)
    counter.stock()
    written = counter.writes()
    for _ in range(6):
        counter.wait(minutes=8)
        counter.world.allegro.set_stock(offer, 50)
        counter.found_foreign(offer)
        counter.stock()
    assert counter.writes() - written == MOST_CORRECTIONS
    assert "offer_parked" in _kinds(counter)
    counter.wait(hours=2)
    counter.found_foreign(offer)
    counter.stock()
    assert counter.shown(offer) == 4
    assert "offer_parked" not in _kinds(counter)


@pytest.mark.parametrize(
    "switch",
    [
        lambda counter: counter.switch(sync_stock=False),
        lambda counter: counter.change(enabled=False),
        lambda counter: counter.change(shadow=True),
    ],
)
def test_a_switch_takes_effect_between_two_calls(counter: Counter, switch: Callable[[Counter], None]) -> None:
    counter.switch(bulk_commands=False)
    skus = SINGLE[:4]
    for number, sku in enumerate(skus):
        counter.put(10 + number, sku)
        counter.offer(sku, stock=50)

    def off(request: Recorded) -> None:
        if request.method == "PATCH":
            counter.world.allegro.meanwhile = None
            switch(counter)

    counter.world.allegro.meanwhile = off
    counter.stock()
    assert counter.writes() == 1


def test_without_the_bulk_command_every_value_is_still_told(counter: Counter) -> None:
    for number, sku in enumerate(SINGLE[:4]):
        counter.put(10 + number, sku)
    offers = [counter.offer(sku, stock=50) for sku in SINGLE[:4] for _ in range(2)]
    counter.world.allegro.faults.switch_on("bulk_command_refused")
    counter.stock()
    counter.wait(minutes=1)
    counter.stock()
    assert [counter.shown(offer) for offer in offers] == [10, 10, 11, 11, 12, 12, 13, 13]
    assert {entry.fate for entry in counter.history(offers[0])} <= {Fate.ACCEPTED, Fate.LAPSED}


def test_an_ending_that_was_confirmed_is_not_asked_for_again_when_it_was_lost_on_the_way(counter: Counter) -> None:
    counter.switch(out_of_stock_action=OutOfStockAction.END, confirm_endings_and_relists=True)
    counter.put(4)
    offer = counter.offer(stock=4)
    counter.put(0)
    counter.stock()
    _decide(counter, confirmed=True)
    counter.world.allegro.faults.switch_on("drop", times=3, method="PATCH")
    counter.stock()
    assert (counter.shown(offer), _pending(counter, PendingState.CONFIRMED)) == (4, [offer])
    counter.wait(minutes=2)
    counter.stock()
    assert (counter.shown(offer), _pending(counter, PendingState.DONE)) == (0, [offer])


def _four_edits(counter: Counter, after_the_first: Callable[[], None]) -> list[str]:
    """Four offers that are to be told a value each, of which something becomes known after the first call."""
    counter.switch(bulk_commands=False)
    for number, sku in enumerate(SINGLE[:4]):
        counter.put(10 + number, sku)
    offers = [counter.offer(sku, stock=50) for sku in SINGLE[:4]]

    def told(request: Recorded) -> None:
        if request.method == "PATCH":
            counter.world.allegro.meanwhile = None
            after_the_first()

    counter.world.allegro.meanwhile = told
    return offers


def test_other_settings_take_effect_between_two_calls(counter: Counter) -> None:
    offers = _four_edits(counter, lambda: counter.switch(stock_buffer=5))
    counter.stock()
    assert (counter.writes(), sum(counter.shown(offer) for offer in offers)) == (4, 10 + 11 + 12 + 13 - 3 * 5)


def test_what_the_seller_does_to_a_link_takes_effect_between_two_calls(counter: Counter) -> None:
    switched_off: list[str] = []

    def meddle() -> None:
        others = [offer for offer in offers if counter.world.allegro.offer(offer).available == 50]
        deleted, switched_off[:] = others[0], others[1:2]
        with counter.services.database.transaction() as session:
            offer_links.remove(session, counter.of(deleted).id)
            offer_links.change(session, counter.of(others[1]).id, {"sync_stock": False})
            offer_links.change(session, counter.of(others[2]).id, {"units_per_offer": 2})

    offers = _four_edits(counter, meddle)
    run = counter.stock()
    assert (run.error, counter.writes()) == ("", 2)
    assert sorted(counter.shown(offer) for offer in offers)[2:] == [50, 50]
    assert sum(counter.shown(offer) > 7 for offer in offers) == 3
    assert counter.history(switched_off[0]) == []


def test_an_auction_with_a_bid_that_is_not_known_yet_is_left_alone(counter: Counter) -> None:
    counter.switch(out_of_stock_action=OutOfStockAction.END, end_auctions=True)
    counter.put(1)
    offer = counter.offer(stock=1, selling_format="AUCTION")
    counter.stock()
    counter.world.allegro.place_bid(offer, Decimal("120.00"))
    counter.put(0)
    counter.stock()
    assert counter.shown(offer) == 1
