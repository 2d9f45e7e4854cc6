"""Which held prices stay open, which are new, and which nobody wants any more."""

from dataclasses import replace

import pytest

from app.domain.held_prices import HeldPlan, HeldPrice, HeldState, PriceSide, plan_held
from app.domain.money import Money
from tests.domain.samples import NOON, pln

_NEW = HeldPrice(0, 7, 1, "1001", PriceSide.OFFER, pln("10.00"), pln("100.00"), "Jump.", True, HeldState.WAITING, NOON)
_WAITING = replace(_NEW, id=5)
_RELEASED = replace(_WAITING, state=HeldState.RELEASED, decided_at=NOON)
_REJECTED = replace(_WAITING, state=HeldState.REJECTED, decided_at=NOON)
_OTHER_PRICE = replace(_NEW, price=pln("110.00"))


def test_a_price_that_is_held_for_the_first_time_is_new() -> None:
    assert plan_held({}, [_NEW], {1}, {}) == HeldPlan((_NEW,), ())


@pytest.mark.parametrize("known", [_WAITING, _RELEASED, _REJECTED], ids=["waiting", "released", "rejected"])
def test_what_is_held_already_is_not_held_twice_and_what_was_decided_on_it_stays(known: HeldPrice) -> None:
    assert plan_held({1: known}, [_NEW], {1}, {}) == HeldPlan((), ())


def test_what_waits_says_what_is_true_now_and_stays_the_same_one() -> None:
    now_says = replace(_NEW, before=pln("11.00"), reason="Still a jump.")
    changed = replace(_WAITING, before=pln("11.00"), reason="Still a jump.")
    assert plan_held({1: _WAITING}, [now_says], {1}, {}) == HeldPlan((changed,), ())
    for decided in (_RELEASED, _REJECTED):
        assert plan_held({1: decided}, [now_says], {1}, {}) == HeldPlan((), ())


@pytest.mark.parametrize("known", [_WAITING, _RELEASED, _REJECTED], ids=["waiting", "released", "rejected"])
@pytest.mark.parametrize(
    "other",
    [
        pytest.param(_OTHER_PRICE, id="another price"),
        pytest.param(replace(_NEW, price=None, releasable=False), id="no price"),
        pytest.param(replace(_NEW, side=PriceSide.STORE), id="the other side's price"),
        pytest.param(replace(_NEW, releasable=False), id="out of bounds now"),
        pytest.param(replace(_NEW, offer_id="1002"), id="the offer that renews it"),
    ],
)
def test_what_was_decided_on_one_price_does_not_hold_for_another(known: HeldPrice, other: HeldPrice) -> None:
    assert plan_held({1: known}, [other], {1}, {}) == HeldPlan((other,), (5,))


@pytest.mark.parametrize("known", [_WAITING, _RELEASED, _REJECTED], ids=["waiting", "released", "rejected"])
def test_what_the_plan_does_not_hold_any_more_is_closed(known: HeldPrice) -> None:
    assert plan_held({1: known}, [], {1}, {}) == HeldPlan((), (5,))


def test_a_released_price_on_its_way_stays_released_until_it_was_done() -> None:
    assert plan_held({1: _RELEASED}, [], {1}, {1: (PriceSide.OFFER, pln("100.00"))}) == HeldPlan((), ())


@pytest.mark.parametrize(
    ("known", "going"),
    [
        (_WAITING, (PriceSide.OFFER, pln("100.00"))),
        (_REJECTED, (PriceSide.OFFER, pln("100.00"))),
        (_RELEASED, (PriceSide.OFFER, pln("14.00"))),
        (_RELEASED, (PriceSide.STORE, pln("100.00"))),
    ],
    ids=["waits", "rejected", "another price goes", "it goes to the other side"],
)
def test_what_is_open_is_closed_when_something_else_goes(known: HeldPrice, going: tuple[PriceSide, Money]) -> None:
    assert plan_held({1: known}, [], {1}, {1: going}) == HeldPlan((), (5,))


def test_what_is_open_of_an_offer_that_was_not_decided_on_stays() -> None:
    assert plan_held({1: _RELEASED}, [], set(), {}) == HeldPlan((), ())


def test_each_offer_has_its_own() -> None:
    second = replace(_NEW, link_id=2, offer_id="1002")
    made = plan_held({1: _WAITING, 3: replace(_WAITING, id=9, link_id=3)}, [_OTHER_PRICE, second], {1, 2, 3}, {})
    assert made == HeldPlan((_OTHER_PRICE, second), (5, 9))
