"""Which prices are held for a person, what a person's word is good for, and what Allegro refuses."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.held_prices import HeldPlan, HeldPrice, HeldState, PriceSide, plan_held
from app.domain.links import Agreement
from app.domain.money import Money
from app.domain.prices import LastSaid, PricePlan, PriceRules
from app.domain.products import Prices
from tests.domain.samples import GROSS_PRICES, NOON, pln, prices
from tests.domain.test_prices import LINK, MUG, NET, PULL, PUSH, STORE_WINS, link, mug, outcome, plan

_BOUNDED = replace(STORE_WINS, floor=pln("8"), ceiling=pln("12"))


def _percent(limit: int) -> PriceRules:
    return replace(STORE_WINS, max_change_percent=limit)


@pytest.mark.parametrize(
    ("limit", "price", "is_held"),
    [
        (50, "15.00", False),
        (50, "15.01", True),
        (50, "5.00", False),
        (50, "4.99", True),
        (50, "1000.00", True),
        (50, "0.10", True),
        (10, "11.00", False),
        (10, "11.01", True),
        (10, "9.00", False),
        (10, "8.99", True),
        (0, "10.01", True),
        (0, "9.99", True),
        (100, "20.00", False),
        (100, "20.01", True),
        (100, "0.01", False),
        (900, "100.00", False),
    ],
)
def test_a_change_of_more_than_the_limit_is_held_on_either_side(limit: int, price: str, *, is_held: bool) -> None:
    to_offer = plan(link("10.00"), mug(price), _percent(limit))
    to_store = plan(link(price), mug("10.00"), _percent(limit))
    assert outcome(to_offer) == (["held 1"] if is_held else [f"offer 1: {price}"])
    assert outcome(to_store) == (["held 1"] if is_held else [f"store: {price}"])
    for made, side in ((to_offer, PriceSide.OFFER), (to_store, PriceSide.STORE)):
        for each in made.held:
            assert (each.side, each.before, each.price, each.releasable) == (side, pln("10.00"), pln(price), True)
            assert f"more than {limit} %" in each.reason


def test_a_limit_of_nothing_lets_no_change_by() -> None:
    assert outcome(plan(link("10.00"), mug("10.00"), _percent(0))) == []


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        pytest.param(prices(""), "no price that can be read", id="none"),
        pytest.param(prices("10.00", current=""), "no price that can be read", id="none in force"),
        pytest.param(Prices(), "no price that can be read", id="nothing known"),
        pytest.param(prices("0"), "the price 0", id="zero"),
        pytest.param(prices("10.00", "0", current="0"), "the price 0", id="on sale for nothing"),
        pytest.param(prices("-1.00"), "the price -1.00", id="negative"),
        pytest.param(prices("0.004"), "comes to nothing", id="less than a grosz"),
    ],
)
@pytest.mark.parametrize("limit", [50, 100, 100_000])
def test_what_is_no_price_is_held_and_nobody_can_release_it(known: Prices, reason: str, limit: int) -> None:
    made = plan(link("10.00"), replace(MUG, prices=known), _percent(limit))
    assert outcome(made) == ["held 1"]
    (held,) = made.held
    assert (held.side, held.before, held.price, held.releasable) == (PriceSide.OFFER, pln("10.00"), None, False)
    assert reason in held.reason


def test_a_price_that_a_currency_without_decimals_rounds_to_nothing_is_held() -> None:
    shown = Money(Decimal(500), "CZK")
    offer = replace(LINK, listed_price=shown, agreed=Agreement(shown, shown))
    made = plan(offer, mug("0.40"), replace(_percent(100), taxes=replace(GROSS_PRICES, currency="CZK")))
    assert outcome(made) == ["held 1"]


def test_a_price_that_would_be_none_in_the_store_does_not_go_there() -> None:
    whole = replace(_percent(100), taxes=replace(GROSS_PRICES, decimals=0))
    made = plan(link("0.40"), mug("10"), whole)
    assert outcome(made) == ["held 1"]
    assert "no price" in made.held[0].reason


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("8.00", "goes"),
        ("7.99", "below the floor of 8.00 PLN"),
        ("12.00", "goes"),
        ("12.01", "above the ceiling of 12.00 PLN"),
        # Out of bounds counts before the jump: that can be released, this not.
        ("1.00", "below the floor"),
        ("99.00", "above the ceiling"),
    ],
)
def test_a_price_out_of_the_accounts_bounds_goes_to_neither_side(price: str, expected: str) -> None:
    for made in (plan(link("10.00"), mug(price), _BOUNDED), plan(link(price), mug("10.00"), _BOUNDED)):
        if expected == "goes":
            assert len(made.changes) == 1
        else:
            assert not made.changes
            (held,) = made.held
            assert not held.releasable
            assert expected in held.reason


def test_bounds_in_another_currency_do_not_bind() -> None:
    crowns = replace(STORE_WINS, floor=Money(Decimal(500), "CZK"), ceiling=Money(Decimal(1), "CZK"))
    assert outcome(plan(link("10.00"), mug("11.00"), crowns)) == ["offer 1: 11.00"]


@pytest.mark.parametrize(
    ("currency", "agreed", "expected"),
    [
        pytest.param("EUR", pln("10.00"), "held 1", id="changed"),
        pytest.param("EUR", None, "skipped 1", id="another one from the beginning"),
        pytest.param("", pln("10.00"), "skipped 1", id="not known"),
    ],
)
def test_no_price_is_made_of_one_in_another_currency(currency: str, agreed: Money | None, expected: str) -> None:
    offer = replace(LINK, agreed=Agreement(agreed, agreed) if agreed else None)
    for rules in (PUSH, PULL, STORE_WINS):
        made = plan(offer, mug("11.00"), replace(rules, taxes=replace(GROSS_PRICES, currency=currency)))
        assert outcome(made) == [expected]
        assert not any(each.releasable for each in made.held)


def test_what_was_agreed_on_in_another_currency_is_forgotten() -> None:
    crowns = Money(Decimal(11), "CZK")
    offer = replace(LINK, agreed=Agreement(crowns, crowns))
    assert outcome(plan(offer, mug("11.00"))) == ["offer 1: 11.00"]
    assert plan(offer, mug("10.00")).agreed == {1: Agreement(pln("10.00"), pln("10.00"))}


def _decided(made: PricePlan, state: HeldState) -> HeldPrice:
    return replace(made.held[0], id=5, state=state, decided_at=NOON)


@pytest.mark.parametrize(
    ("offer", "store", "goes"),
    [("10.00", "100.00", "offer 1: 100.00"), ("100.00", "10.00", "store: 100.00")],
    ids=["to the offer", "to the store"],
)
def test_a_held_change_goes_once_a_person_has_released_that_very_price(offer: str, store: str, goes: str) -> None:
    waiting = plan(link(offer), mug(store))
    released, rejected = (_decided(waiting, state) for state in (HeldState.RELEASED, HeldState.REJECTED))
    made = plan(link(offer), mug(store), held=released)
    assert outcome(made) == [goes]
    assert "released by hand" in made.changes[0].reason
    for known in (_decided(waiting, HeldState.WAITING), rejected):
        assert outcome(plan(link(offer), mug(store), held=known)) == ["held 1"]


@pytest.mark.parametrize(("offer", "store"), [("10.00", "110.00"), ("100.00", "10.00"), ("9.00", "200.00")])
def test_a_release_is_no_word_on_another_price(offer: str, store: str) -> None:
    released = _decided(plan(link("10.00"), mug("100.00")), HeldState.RELEASED)
    assert outcome(plan(link(offer), mug(store), held=released)) == ["held 1"]


def test_a_release_does_not_open_the_accounts_bounds() -> None:
    released = _decided(plan(link("10.00"), mug("100.00")), HeldState.RELEASED)
    made = plan(link("10.00"), mug("100.00"), _BOUNDED, held=released)
    assert outcome(made) == ["held 1"]
    assert not made.held[0].releasable


_REFUSED = LastSaid(
    pln("11.00"), Decimal("10.00"), refused="It has too many decimals.", again_at=NOON + timedelta(minutes=10)
)


@pytest.mark.parametrize(
    ("said", "store", "expected"),
    [
        pytest.param(_REFUSED, "11.00", "skipped 1", id="rests"),
        pytest.param(replace(_REFUSED, again_at=NOON), "11.00", "offer 1: 11.00", id="has rested"),
        pytest.param(replace(_REFUSED, again_at=None), "11.00", "offer 1: 11.00", id="does not rest"),
        pytest.param(_REFUSED, "12.00", "offer 1: 12.00", id="another price does not wait"),
    ],
)
def test_a_refused_price_rests_before_it_is_said_again(said: LastSaid, store: str, expected: str) -> None:
    made = plan(link("10.00"), mug(store), said=said)
    assert outcome(made) == [expected]
    if expected == "skipped 1":
        assert "It has too many decimals." in made.skipped[0].reason
        assert "2026-11-26 12:10 UTC" in made.skipped[0].reason


def test_a_released_price_that_allegro_refused_goes_again_without_another_question() -> None:
    released = _decided(plan(link("10.00"), mug("100.00")), HeldState.RELEASED)
    refused = replace(_REFUSED, price=pln("100.00"))
    made = plan(link("10.00"), mug("100.00"), said=refused, held=released)
    assert outcome(made) == ["held 1"]
    assert "It is tried again" in made.held[0].reason
    assert plan_held({1: released}, made.held, {1}, {}) == HeldPlan((), ())
    rested = replace(refused, again_at=NOON)
    assert outcome(plan(link("10.00"), mug("100.00"), said=rested, held=released)) == ["offer 1: 100.00"]


_FLOOR = replace(STORE_WINS, floor=pln("10.50"))


@pytest.mark.parametrize(
    ("shown", "store", "said", "rules", "is_unsafe"),
    [
        pytest.param("10.00", "11.00", _REFUSED, _FLOOR, True, id="below the floor"),
        pytest.param("10.00", "11.00", replace(_REFUSED, again_at=NOON), _FLOOR, True, id="also when it goes again"),
        pytest.param("10.50", "11.00", _REFUSED, _FLOOR, False, id="at the floor"),
        pytest.param("10.00", "11.00", replace(_REFUSED, refused=""), _FLOOR, False, id="not refused"),
        pytest.param("10.00", "11.00", None, _FLOOR, False, id="nothing said"),
        pytest.param("10.00", "12.00", _REFUSED, _FLOOR, False, id="the store asks for another price"),
        pytest.param("10.00", "11.00", _REFUSED, STORE_WINS, False, id="no floor"),
        pytest.param("10.00", "11.00", _REFUSED, replace(_FLOOR, push=False), False, id="prices do not go there"),
        pytest.param(
            "10.00", "11.00", _REFUSED, replace(_FLOOR, floor=Money(Decimal(99), "CZK")), False, id="another currency"
        ),
    ],
)
def test_an_offer_that_goes_on_below_the_floor_because_allegro_refuses_its_price_is_unsafe(
    shown: str, store: str, said: LastSaid | None, rules: PriceRules, *, is_unsafe: bool
) -> None:
    made = plan(link(shown), mug(store), rules, said=said)
    assert [each.link.id for each in made.unsafe] == ([1] if is_unsafe else [])
    for each in made.unsafe:
        assert "It has too many decimals." in each.reason
        assert "10.50 PLN" in each.reason


def test_an_offer_that_is_left_alone_is_not_unsafe() -> None:
    assert not plan(replace(link("10.00"), rule_id="r-1"), mug("11.00"), _FLOOR, said=_REFUSED).unsafe


def test_the_limit_is_of_what_a_buyer_pays() -> None:
    """8.13 without tax is 10.00, and 12.20 is 15.01."""
    assert outcome(plan(link("10.00"), mug("12.19"), NET)) == ["offer 1: 14.99"]
    assert outcome(plan(link("10.00"), mug("12.20"), NET)) == ["held 1"]
