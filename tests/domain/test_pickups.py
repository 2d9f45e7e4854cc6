"""Pickups: the times at which the courier comes for all, the one that is meant, and why it does not come."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from app.domain.made_parcels import MadeParcelState, MadeShipment, Sender
from app.domain.new_offers import FieldError
from app.domain.pickups import (
    PickupResult,
    PickupState,
    PickupTime,
    after_order,
    chosen_time,
    times_for_all,
    why_never,
    why_not_picked_up,
    why_not_together,
)
from tests.domain.samples import made_parcel, pickup

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
FRIDAY, SATURDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)
MORNING = PickupTime(FRIDAY, time(8), time(12), "f1")
EVENING = PickupTime(FRIDAY, time(16), time(20), "f2")
LATER = PickupTime(SATURDAY, time(8), time(12), "s1")
SOME_TIME = PickupTime(SATURDAY)
SENDER = Sender("", "Kubki", "Garncarska 5", "00-999", "Warszawa", "", "PL", "k@example.com", "123")
PARCEL = made_parcel(id=3, state=MadeParcelState.READY, shipment_id="s1")
SHOWN = MadeShipment("DPD", ("1",), pickup_available=True, sender=SENDER)


@pytest.mark.parametrize(
    ("proposed", "shared", "lacking"),
    [
        ([[MORNING, EVENING]], [MORNING, EVENING], []),
        ([[LATER, MORNING, MORNING], [MORNING, LATER]], [MORNING, LATER], []),
        ([[MORNING, EVENING], [EVENING, LATER]], [EVENING], []),
        ([[SOME_TIME], [SOME_TIME, LATER]], [SOME_TIME], []),
        # Allegro's older names are of one parcel each where they differ.
        ([[MORNING], [replace(MORNING, proposal_id="x")]], [replace(MORNING, proposal_id="")], []),
        ([[MORNING], []], [], ["no time for the parcel 2"]),
        ([[], []], [], ["no time for the parcel 1", "no time for the parcel 2"]),
        ([[MORNING], [EVENING]], [], ["1 the courier comes at other times: 2026-11-27 08:00-12:00", "16:00-20:00"]),
        ([[LATER], [SOME_TIME]], [], ["2026-11-28 08:00-12:00", "2026-11-28."]),
    ],
)
def test_the_courier_comes_when_it_can_take_every_parcel(
    proposed: list[list[PickupTime]], shared: list[PickupTime], lacking: list[str]
) -> None:
    by_parcel = dict(enumerate(proposed, 1))
    assert list(times_for_all(by_parcel)) == shared
    told = list(why_never(by_parcel).values())
    assert [word in sentence for word, sentence in zip(lacking, told, strict=True)] == [True] * len(lacking)


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (PickupTime(SATURDAY), LATER),
        (PickupTime(FRIDAY, time(16)), EVENING),
        (PickupTime(FRIDAY, None, time(12)), MORNING),
        (PickupTime(FRIDAY, time(8), time(12)), MORNING),
        # Today's hours have begun since they were proposed.
        (PickupTime(FRIDAY, time(7, 48), time(12)), MORNING),
        (PickupTime(FRIDAY, time(8), time(20)), EVENING),
        (PickupTime(FRIDAY, time(8, 1), time(12)), "min_time"),
        (PickupTime(FRIDAY, time(7, 48)), "min_time"),
        (PickupTime(FRIDAY), "min_time"),
        (PickupTime(FRIDAY, time(8), time(13)), "min_time"),
        (PickupTime(date(2026, 11, 29)), "date"),
        (PickupTime(MONDAY), PickupTime(MONDAY)),
        # Allegro refuses hours that it has not proposed.
        (PickupTime(MONDAY, time(8), time(12)), "min_time"),
    ],
)
def test_a_time_is_only_taken_where_one_is_meant(wanted: PickupTime, chosen: PickupTime | str) -> None:
    found = chosen_time((MORNING, EVENING, LATER, PickupTime(MONDAY)), wanted)
    if isinstance(found, FieldError):
        assert found.field == chosen
        assert ("2026-11-30" if wanted.day == MONDAY else "2026-11-27 16:00-20:00") in found.message
    else:
        assert found == chosen


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ({}, ""),
        # Unknown is no reason: Allegro's proposals tell.
        ({"pickup_available": None}, ""),
        ({"pickup_available": False}, "DPD"),
        ({"pickup_available": False, "carrier_id": ""}, "the carrier"),
        ({"cancelled_at": NOW}, "was cancelled"),
        ({"sender": None}, "from where"),
    ],
)
def test_a_courier_is_ordered_for_what_the_carrier_fetches(shown: dict[str, Any], said: str) -> None:
    why = why_not_picked_up(PARCEL, replace(SHOWN, **shown))
    assert said in why
    assert bool(why) == bool(said)


def test_parcels_of_one_sender_go_together() -> None:
    other = replace(SENDER, street="Polna 1")
    assert why_not_together({1: SENDER, 2: replace(SENDER)}) == ""
    told = why_not_together({1: SENDER, 2: other, 3: SENDER})
    assert "1, 3 by Kubki, Garncarska 5, Warszawa; 2 by Kubki, Polna 1, Warszawa" in told


def test_a_pickup_is_ordered_or_has_failed_once_allegro_says_so() -> None:
    asked, errors = pickup(), (FieldError("pickupTime", "Nie."),)
    assert after_order(asked, PickupResult(is_over=False)) == asked
    failed = after_order(asked, PickupResult(is_over=True, errors=errors))
    assert (failed.state, failed.errors) == (PickupState.FAILED, errors)
    ordered = after_order(asked, PickupResult(True, "a1", "P1"))
    assert ordered == replace(asked, state=PickupState.ORDERED, allegro_id="a1", carrier_number="P1")
