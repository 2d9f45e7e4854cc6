"""Prices that must not go: held for a person, somebody else's, or not wanted any more."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from app.domain.held_prices import HeldState
from app.sandbox.seed import GOODS
from tests.sync.offers.conftest import Till
from tests.sync.offers.till import whys

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SINGLE = [good.sku for good in GOODS if not good.parent_sku]


def test_a_jump_is_held_and_told_until_it_is_released_and_then_goes_once(till: Till) -> None:
    offer = till.offer()
    till.agree(offer, "99.00")
    till.asks("9.90")
    for _ in range(2):
        till.prices()
    [alert] = till.alerts()
    assert (till.writes(), till.held_in(HeldState.WAITING), alert.kind) == (0, [offer], "prices_held")
    assert "more than 50 %" in alert.title
    till.decide(released=True)
    assert till.is_due()
    till.nudged()
    assert (till.costs(offer), till.held_in(HeldState.DONE), till.kinds()) == ("9.90", [offer], [])
    till.prices()
    assert till.writes() == 1
    # Going up again is a jump of its own, and what is taken back goes by itself.
    till.asks("99.00")
    till.prices()
    assert till.held_in(HeldState.WAITING) == [offer]
    till.asks("10.00")
    till.prices()
    assert (till.costs(offer), till.kinds(), till.held_in(HeldState.EXPIRED)) == ("10.00", [], [offer])


def test_a_jump_that_is_rejected_stays_held_and_is_no_news(till: Till) -> None:
    till.switch(pull_prices=True)
    offer = till.offer()
    till.agree(offer, "99.00")
    till.reprice(offer, "9.90")
    till.prices()
    assert till.kinds() == ["prices_held"]
    till.decide(released=False)
    till.nudged()
    till.prices()
    assert (till.in_store(), till.costs(offer), till.kinds()) == (("99.00", ""), "9.90", [])
    till.decide(released=True)
    till.nudged()
    assert (till.in_store(), till.held_in(HeldState.DONE)) == (("9.90", ""), [offer])


def _no_price(till: Till) -> None:
    till.asks("")


def _zero(till: Till) -> None:
    till.asks("0")


def _euros(till: Till) -> None:
    till.world.store.settings.set("general", "woocommerce_currency", "EUR")


@pytest.mark.parametrize(
    ("happens", "words"), [(_no_price, "no price"), (_zero, "the price 0"), (_euros, "in EUR and the offer's in PLN")]
)
def test_what_is_no_price_is_held_and_cannot_be_released(
    till: Till, happens: Callable[[Till], None], words: str
) -> None:
    offer = till.offer()
    till.agree(offer, "99.00")
    happens(till)
    till.prices()
    [held] = till.held()
    assert (till.all_writes(), till.kinds(), held.releasable) == ((0, 0), ["prices_held"], False)
    assert words in held.reason
    till.world.store.settings.set("general", "woocommerce_currency", "PLN")
    till.asks("89.90")
    till.prices()
    assert (till.costs(offer), till.kinds(), till.held()) == ("89.90", [], [])


def test_a_store_that_lost_its_prices_changes_none_at_allegro(till: Till) -> None:
    offers = [till.offer(sku) for sku in SINGLE]
    for sku in SINGLE:
        till.asks("99.00", sku)
    till.prices()
    for sku in SINGLE:
        till.asks("", sku)
    till.prices()
    [alert] = till.alerts()
    assert (till.writes(), len(till.held())) == (0, len(offers))
    assert alert.title.startswith("12 price changes are (12 of offers) held")


def test_an_offer_with_a_pricing_rule_is_left_alone_and_says_so(till: Till) -> None:
    till.switch(pull_prices=True)
    offer = till.offer(rule="lowest-price")
    till.asks("89.90")
    assert "A pricing rule at Allegro (lowest-price) sets the price" in whys(till.prices())
    assert (till.all_writes(), till.costs(offer)) == ((0, 0), "99.00")
    till.world.allegro.set_rule(offer, None)
    till.run("offers")
    till.prices()
    assert till.costs(offer) == "89.90"


def test_a_rule_that_appears_while_products_are_read_keeps_the_price_from_being_sent(till: Till) -> None:
    ruled, other = till.offer(), till.offer("KUB-002")
    till.asks("89.90")
    till.asks("89.90", "KUB-002")
    till.once(
        till.world.store,
        lambda request: request.path.endswith("/products"),
        lambda: till.world.allegro.set_rule(ruled, "lowest-price"),
    )
    assert "(lowest-price) sets the price since a moment ago" in whys(till.prices())
    assert till.costs(ruled, other) == "99.00, 89.90"
    assert till.of(ruled).rule_id == "lowest-price"


def test_an_offer_in_a_campaign_rests_until_that_is_over(till: Till) -> None:
    offer = till.offer()
    till.agree(offer, "99.00")
    till.world.allegro.set_campaign_price(offer, Decimal("89.00"))
    till.run("offers")
    till.asks("79.00")
    assert whys(till.prices()).count("is in the campaign “Strefa okazji”") == 1
    assert (till.writes(), till.costs(offer)) == (0, "99.00")
    till.world.allegro.set_campaign_price(offer, None)
    till.run("offers")
    till.nudged()
    assert till.costs(offer) == "79.00"


def test_auctions_take_no_part(till: Till) -> None:
    offer = till.offer(selling_format="AUCTION")
    till.asks("89.90")
    assert "Auctions take no part in price sync" in whys(till.prices())
    assert (till.writes(), till.costs(offer)) == (0, "99.00")


def test_a_price_abroad_that_nobody_sets_is_told_of_and_never_invented(till: Till) -> None:
    offer = till.offer(marketplaces={"allegro-cz": Decimal(574)})
    czech = till.offer("KUB-002", price="574", base="allegro-cz")
    till.asks("89.90")
    till.asks("89.90", "KUB-002")
    till.run("offers")
    [alert] = till.alerts()
    assert (alert.kind, f"{offer}, allegro-cz at 574" in alert.title) == ("foreign_prices_unset", True)
    assert "in PLN and the offer's in CZK" in whys(till.prices())
    assert (till.costs(offer, czech), till.world.allegro.offer(offer).foreign["allegro-cz"].price) == (
        "89.90, 574",
        Decimal(574),
    )
    till.world.allegro.set_rule(offer, "exchange-rate", "allegro-cz")
    till.run("offers")
    assert till.kinds() == []


def test_prices_that_are_switched_off_stop_between_two_calls(till: Till) -> None:
    till.switch(bulk_commands=False)
    for number, sku in enumerate(SINGLE[:4]):
        till.offer(sku)
        till.asks(f"8{number}.00", sku)
    till.once(till.world.allegro, lambda request: request.method == "PATCH", lambda: till.switch(push_prices=False))
    till.prices()
    assert till.writes() == 1
