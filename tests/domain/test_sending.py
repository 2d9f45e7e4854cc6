"""The fewest calls that tell Allegro what is to change about offers."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.money import Money
from app.domain.offers import Publication
from app.domain.sending import (
    OFFERS_PER_BULK_COMMAND,
    OFFERS_PER_COMMAND,
    BulkCommand,
    Call,
    OfferChange,
    Patch,
    PriceCommand,
    PublicationCommand,
    QuantityCommand,
    SendingPlan,
    calls_of,
    plan_calls,
)
from tests.domain.samples import pln

END, ACTIVATE = Publication.END, Publication.ACTIVATE


def _changes(count: int, change: Callable[[int], OfferChange]) -> list[OfferChange]:
    return [change(number) for number in range(count)]


def _quantities(count: int, values: int) -> list[OfferChange]:
    return _changes(count, lambda number: OfferChange(str(number), number % values + 1))


def _prices_and_quantities(prices: int, quantities: int) -> list[OfferChange]:
    """All of them different, each for an offer of its own."""
    return [
        *_changes(prices, lambda number: OfferChange(f"p{number}", price=pln(str(number + 1)))),
        *_changes(quantities, lambda number: OfferChange(f"q{number}", number + 1)),
    ]


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        ([], 0),
        (_quantities(1, 1), 1),
        ([OfferChange("1", 4, pln("9.99"), ACTIVATE)], 1),
        ([OfferChange("1", publication=END)], 1),
        (_quantities(200, 200), 16),
        (_quantities(5000, 49), 98),
        (_prices_and_quantities(500, 200), 56),
        # A price and a quantity of one offer travel together.
        (_changes(25, lambda number: OfferChange(str(number), number + 1, pln(str(number + 1)))), 2),
        # The one that is left over after 25 is cheaper told by an edit.
        (_quantities(26, 26), 3),
        (_quantities(1000, 1), 2),
        (_quantities(1001, 1), 3),
        (_quantities(1002, 1), 4),
        (_changes(1000, lambda number: OfferChange(str(number), publication=END)), 2),
        (_changes(2001, lambda number: OfferChange(str(number), publication=END)), 5),
        # Equal quantities, different prices: the bulk commands that say the prices say the quantity too.
        (_changes(500, lambda number: OfferChange(str(number), 5, pln(str(number + 1)))), 40),
        # Offers that come back: an edit each while they are few, taking turns when they are many.
        (_changes(3, lambda number: OfferChange(str(number), number + 1, publication=ACTIVATE)), 3),
        (_changes(53, lambda n: OfferChange(str(n), n + 1, publication=ACTIVATE if n < 3 else None)), 7),
        (_changes(50, lambda number: OfferChange(str(number), number + 1, publication=ACTIVATE)), 6),
        (_changes(900, lambda number: OfferChange(str(number), 3, publication=ACTIVATE)), 4),
    ],
)
def test_it_takes_no_more_calls_than_this(changes: list[OfferChange], calls: int) -> None:
    plan = plan_calls(changes)
    assert plan.calls == calls
    _is_lawful(plan, changes)


@pytest.mark.parametrize(
    ("changes", "allowed", "calls"),
    [
        (_quantities(200, 200), {"bulk": False}, 200),
        (_quantities(5000, 49), {"bulk": False}, 98),
        (_quantities(3, 2), {"bulk": False}, 3),
        (_quantities(3, 1), {"bulk": False}, 2),
        (_quantities(26, 26), {"patch": False}, 4),
        (_quantities(1, 1), {"patch": False}, 2),
        (_quantities(3, 3), {"bulk": False, "patch": False}, 6),
        ([OfferChange("1", 4, pln("9.99"), ACTIVATE)], {"bulk": False, "patch": False}, 6),
    ],
)
def test_without_a_way_the_next_best_is_taken(changes: list[OfferChange], allowed: dict[str, Any], calls: int) -> None:
    plan = plan_calls(changes, **allowed)
    assert plan.calls == calls
    kinds = {type(call) for call in (*plan.first, *plan.then)}
    assert (BulkCommand in kinds) <= allowed.get("bulk", True)
    assert (Patch in kinds) <= allowed.get("patch", True)
    _is_lawful(plan, changes)


def test_between_ways_that_cost_the_same_a_command_of_one_value_is_taken_and_then_the_bulk_command() -> None:
    assert plan_calls(_quantities(2, 1)).first == (QuantityCommand(1, ("0", "1")),)
    assert plan_calls(_quantities(2, 2)).first == (BulkCommand((OfferChange("0", 1), OfferChange("1", 2))),)


def test_prices_that_are_written_differently_are_the_same_price() -> None:
    changes = [OfferChange(str(n), price=Money(Decimal(text), "PLN")) for n, text in enumerate(("5", "5.0", "5.00"))]
    assert plan_calls(changes).first == (PriceCommand(pln("5"), ("0", "1", "2")),)


def test_prices_of_two_currencies_are_two_prices() -> None:
    changes = [OfferChange(str(n), price=Money(Decimal(5), "PLN" if n < 30 else "EUR")) for n in range(60)]
    assert {call.price.currency for call in plan_calls(changes).first if isinstance(call, PriceCommand)} == {
        "PLN",
        "EUR",
    }


def test_what_sells_too_much_goes_first_and_prices_last() -> None:
    changes = [
        *_changes(30, lambda number: OfferChange(f"p{number}", price=pln("5"))),
        *_changes(30, lambda number: OfferChange(f"q{number}", 5)),
        *_changes(26, lambda number: OfferChange(f"m{number}", number + 100)),
        *_changes(30, lambda number: OfferChange(f"e{number}", publication=END)),
    ]
    kinds = [type(call) for call in plan_calls(changes).first]
    assert kinds[0] is PublicationCommand
    assert kinds[-1] is PriceCommand
    assert Counter(kinds[1:-1]) == {QuantityCommand: 1, BulkCommand: 1, Patch: 1}


def test_bulk_commands_with_quantities_are_not_mixed_up_with_those_that_carry_prices_only() -> None:
    changes = sorted(_prices_and_quantities(25, 25), key=lambda change: change.offer_id[1:])
    first, second = plan_calls(changes).first
    assert isinstance(first, BulkCommand)
    assert isinstance(second, BulkCommand)
    assert all(change.quantity for change in first.changes)
    assert all(change.price for change in second.changes)


def test_a_command_costs_its_call_and_every_page_of_its_tasks() -> None:
    assert calls_of(QuantityCommand(1, tuple(map(str, range(1000))))) == 2
    assert calls_of(BulkCommand(tuple(OfferChange(str(n), 1, pln("2")) for n in range(25)))) == 2
    assert calls_of(Patch(OfferChange("1", 1))) == 1


@pytest.mark.parametrize("quantity", [0, -1, 100_000])
def test_a_quantity_that_allegro_refuses_cannot_be_planned(quantity: int) -> None:
    with pytest.raises(ValueError, match="only 1 to 99999"):
        OfferChange("1", quantity)


def test_a_change_of_nothing_and_an_ending_with_more_cannot_be_planned() -> None:
    with pytest.raises(ValueError, match="Nothing is to change"):
        OfferChange("1")
    with pytest.raises(ValueError, match="takes no quantity"):
        OfferChange("1", 3, publication=END)


def test_an_offer_has_one_change_in_a_plan() -> None:
    with pytest.raises(ValueError, match="two changes"):
        plan_calls([OfferChange("1", 1), OfferChange("1", price=pln("2"))])


_PRICES = st.one_of(st.none(), st.integers(1, 40).map(lambda amount: pln(str(amount))))
_VALUES = st.one_of(
    st.just((None, None, END)),
    st.tuples(
        st.one_of(st.none(), st.integers(1, 3), st.integers(1, 99_999)),
        _PRICES,
        st.sampled_from([None, None, ACTIVATE]),
    ).filter(any),
)
_ANY_CHANGES = st.lists(_VALUES, max_size=90).map(
    lambda values: [OfferChange(str(number), *value) for number, value in enumerate(values)]
)


@settings(deadline=None)
@given(_ANY_CHANGES, st.booleans(), st.booleans())
def test_every_change_is_said_once_in_no_more_calls_than_any_simple_way(
    changes: list[OfferChange], bulk: bool, patch: bool
) -> None:
    plan = plan_calls(changes, bulk=bulk, patch=patch)
    _is_lawful(plan, changes)
    assert plan.calls <= min(_simple_ways(changes, bulk=bulk, patch=patch))


def _simple_ways(changes: Sequence[OfferChange], *, bulk: bool, patch: bool) -> Iterator[int]:
    published = 2 * len({change.publication for change in changes} - {None})
    values: set[object] = {change.quantity for change in changes} | {change.price for change in changes}
    yield published + 2 * len(values - {None})
    if patch:
        yield len(changes)
    if bulk:
        valued = sum(1 for change in changes if change.quantity or change.price)
        yield published + 2 * -(-valued // OFFERS_PER_BULK_COMMAND)


def _said(call: Call) -> Iterator[tuple[str, object]]:
    match call:
        case QuantityCommand(value, ids) | PriceCommand(value, ids) | PublicationCommand(value, ids):
            yield from ((offer_id, value) for offer_id in ids)
        case BulkCommand(changes):
            for change in changes:
                assert change.publication is None
                yield from _wanted(change)
        case Patch(change):
            yield from _wanted(change)


def _wanted(change: OfferChange) -> Iterator[tuple[str, object]]:
    values = (change.quantity, change.price, change.publication)
    yield from ((change.offer_id, value) for value in values if value is not None)


def _is_lawful(plan: SendingPlan, changes: Sequence[OfferChange]) -> None:
    """Every change is said exactly once with its value, within the limits, and no offer is activated too early."""
    sent = (*plan.first, *plan.then)
    assert Counter(said for call in sent for said in _said(call)) == Counter(
        wanted for change in changes for wanted in _wanted(change)
    )
    for call in sent:
        assert (
            1
            <= len(call.offer_ids)
            <= (OFFERS_PER_BULK_COMMAND if isinstance(call, BulkCommand) else OFFERS_PER_COMMAND)
        )
        assert len(set(call.offer_ids)) == len(call.offer_ids)
    early = [call for call in plan.first if isinstance(call, PublicationCommand) and call.action is ACTIVATE]
    assert early == []
    assert {call.action for call in plan.then} <= {ACTIVATE}


def test_a_duration_goes_by_edit_and_is_left_out_without_edits() -> None:
    back = [OfferChange(str(number), 5, None, Publication.ACTIVATE, "P30D") for number in range(3)]
    others = [OfferChange(str(number), 5) for number in range(3, 6)]
    plan = plan_calls([*back, *others])
    assert {call for call in plan.first if isinstance(call, Patch)} == {Patch(change) for change in back}
    assert QuantityCommand(5, ("3", "4", "5")) in plan.first
    without = plan_calls(back, patch=False)
    assert all(isinstance(call, QuantityCommand) for call in without.first)
    assert [command.action for command in without.then] == [Publication.ACTIVATE]
    with pytest.raises(ValueError, match="with its activation only"):
        OfferChange("1", 5, duration="P30D")
