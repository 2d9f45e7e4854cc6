"""Parcels of Ship with Allegro: which are made, which papers are handed out, and what becomes of each."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.made_parcels import (
    CommandResult,
    MadeParcel,
    MadeParcelState,
    MadeShipment,
    ParcelChoices,
    after_command,
    after_look,
    fault_in,
    why_no_papers,
    why_not_another,
    why_not_cancelled,
    why_not_made,
)
from app.domain.money import Money
from app.domain.new_offers import FieldError
from app.domain.order_log import LogState, new_entry
from app.domain.orders import Order, OrderStatus
from app.domain.parcels import AllegroParcel
from tests.domain.samples import CASH_ON_DELIVERY, made_parcel, order_of, pln

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ORDER = order_of()
ON_DELIVERY = order_of(payment=CASH_ON_DELIVERY)
ENTRY = replace(new_entry(1, ORDER.id, NOW), state=LogState.IMPORTED)
PARCEL = made_parcel(id=3)
READY = replace(PARCEL, state=MadeParcelState.READY, shipment_id="s1", carrier_id="DPD", waybills=("123u",))
FAILED = replace(PARCEL, state=MadeParcelState.FAILED)
CANCELLING = replace(READY, state=MadeParcelState.CANCELLING, cancel_command_id="c2")
CANCELLED = replace(CANCELLING, state=MadeParcelState.CANCELLED)


@pytest.mark.parametrize(
    ("entry", "order", "said"),
    [
        ({}, {}, ""),
        ({}, {"status": OrderStatus.CANCELLED}, "cancelled at Allegro"),
        ({}, {"status": OrderStatus.FILLED_IN}, "not ready"),
        ({}, {"fulfilled_by_allegro": True}, "Allegro's own warehouse"),
        ({"state": LogState.ON_HOLD}, {}, "on hold"),
        ({"state": LogState.SEEN}, {}, "not imported yet"),
        ({"state": LogState.IMPORTING}, {}, "not imported yet"),
        ({"state": LogState.SUPERSEDED, "superseded_by": "another"}, {}, "for order another"),
    ],
)
def test_only_an_order_that_is_imported_and_ready_gets_a_parcel(
    entry: dict[str, Any], order: dict[str, Any], said: str
) -> None:
    why = why_not_made(replace(ENTRY, **entry), replace(ORDER, **order))
    assert said in why
    assert bool(why) == bool(said)


@pytest.mark.parametrize(
    ("at_allegro", "made", "named"),
    [
        ([], [], ""),
        ([], [FAILED], ""),
        ([], [PARCEL], "parcel 3"),
        (["123U"], [READY], "123u"),
        (["123U"], [CANCELLING], "parcel 3"),
        # Allegro takes no number out of an order.
        (["123U"], [CANCELLED], ""),
        (["555"], [CANCELLED], "555"),
        (["555"], [], "555"),
    ],
)
def test_a_further_parcel_is_only_made_when_it_is_meant(
    at_allegro: list[str], made: list[MadeParcel], named: str
) -> None:
    why = why_not_another([AllegroParcel("p", "DPD", waybill) for waybill in at_allegro], made)
    assert named in why
    assert bool(why) == bool(named)


@pytest.mark.parametrize(
    ("order", "choices", "is_another", "field"),
    [
        (ORDER, ParcelChoices(), False, None),
        (ORDER, ParcelChoices(), True, None),
        (ORDER, ParcelChoices(no_cash=True, insurance=pln("500.00")), False, None),
        (ORDER, ParcelChoices(cash_on_delivery=pln("1.00")), False, "cash_on_delivery"),
        (ON_DELIVERY, ParcelChoices(), False, None),
        (ON_DELIVERY, ParcelChoices(), True, "cash_on_delivery"),
        (ON_DELIVERY, ParcelChoices(no_cash=True), True, None),
        (ON_DELIVERY, ParcelChoices(cash_on_delivery=pln("1.00")), True, None),
        (ON_DELIVERY, ParcelChoices(cash_on_delivery=ON_DELIVERY.total), False, None),
        (ON_DELIVERY, ParcelChoices(cash_on_delivery=ON_DELIVERY.total + pln("0.01")), False, "cash_on_delivery"),
        (ON_DELIVERY, ParcelChoices(cash_on_delivery=Money(pln("1").amount, "CZK")), False, "cash_on_delivery"),
        (ON_DELIVERY, ParcelChoices(cash_on_delivery=pln("1.00"), no_cash=True), False, "no_cash_on_delivery"),
    ],
)
def test_no_carrier_collects_what_the_buyer_does_not_owe(
    order: Order, choices: ParcelChoices, is_another: bool, field: str | None
) -> None:
    fault = fault_in(choices, order, [], is_another=is_another)
    assert (fault.field if fault else None) == field


@pytest.mark.parametrize(
    ("made", "is_refused"),
    [
        ([], False),
        # The first one collects all that the buyer pays.
        ([READY], True),
        ([PARCEL], True),
        ([CANCELLED, FAILED], False),
        ([replace(READY, choices=ParcelChoices(no_cash=True))], False),
        ([replace(READY, choices=ParcelChoices(cash_on_delivery=ON_DELIVERY.total - pln("1.00")))], False),
        ([replace(READY, choices=ParcelChoices(cash_on_delivery=ON_DELIVERY.total - pln("0.99")))], True),
    ],
)
def test_parcels_of_one_order_collect_no_more_than_the_buyer_pays(made: list[MadeParcel], is_refused: bool) -> None:
    fault = fault_in(ParcelChoices(cash_on_delivery=pln("1.00")), ON_DELIVERY, made, is_another=True)
    assert (fault is not None and fault.field == "cash_on_delivery") == is_refused


NO = (FieldError("packages", "Za ciężka."),)


@pytest.mark.parametrize(
    ("before", "result", "after"),
    [
        (PARCEL, CommandResult(is_over=False), PARCEL),
        (PARCEL, CommandResult(True, "s1"), replace(PARCEL, state=MadeParcelState.READY, shipment_id="s1")),
        (PARCEL, CommandResult(True, errors=NO), replace(FAILED, errors=NO)),
        (CANCELLING, CommandResult(is_over=False), CANCELLING),
        (CANCELLING, CommandResult(True, "s1"), CANCELLED),
        (CANCELLING, CommandResult(True, errors=NO), replace(READY, cancel_command_id="c2", errors=NO)),
    ],
)
def test_a_parcel_goes_by_what_allegro_says_of_its_command(
    before: MadeParcel, result: CommandResult, after: MadeParcel
) -> None:
    assert after_command(before, result) == after


@pytest.mark.parametrize(
    ("parcel", "is_open", "is_alive"),
    [
        (PARCEL, True, True),
        (replace(READY, waybills=()), True, True),
        (replace(READY, waybills=("1", "")), True, True),
        (READY, False, True),
        (CANCELLING, True, True),
        (CANCELLED, False, False),
        (FAILED, False, False),
    ],
)
def test_allegro_is_asked_again_until_a_parcel_is_at_its_end_and_has_its_numbers(
    parcel: MadeParcel, is_open: bool, is_alive: bool
) -> None:
    assert (parcel.is_open, parcel.is_alive) == (is_open, is_alive)


def test_a_parcel_that_was_cancelled_in_allegros_panel_is_known_once_it_is_seen() -> None:
    assert after_look(READY, MadeShipment("DPD", ("123u",), NOW)).state is MadeParcelState.CANCELLED
    assert after_look(CANCELLING, MadeShipment("DPD", ("123u",), NOW)) == CANCELLING


def test_papers_are_for_what_is_sent_and_only_what_was_made_is_cancelled() -> None:
    cancelled = replace(ORDER, status=OrderStatus.CANCELLED)
    papers = {each.state: why_no_papers(each, ORDER) for each in (PARCEL, READY, FAILED, CANCELLING, CANCELLED)}
    assert [state for state, why in papers.items() if not why] == [MadeParcelState.READY]
    assert "Do not send it" in why_no_papers(READY, cancelled)
    ends = {each.state: why_not_cancelled(each) for each in (PARCEL, READY, FAILED, CANCELLING, CANCELLED)}
    assert [state for state, why in ends.items() if why] == [MadeParcelState.CREATING, MadeParcelState.FAILED]
