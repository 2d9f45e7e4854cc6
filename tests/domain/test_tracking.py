"""Each parcel number is told once, to orders that may have it; an order goes to SENT once and only forward."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.orders import Order, OrderStatus
from app.domain.parcels import OTHER, AllegroParcel, OnItsWay, Shipment, ShipmentState, StoreParcel
from app.domain.tracking import ParcelPlan, PlannedParcel, is_news, plan_parcels, plan_sent
from app.domain.waybills import waybill_key
from tests.domain.samples import COURIER, line, order_of, shipment_of
from tests.domain.test_carriers import CARRIERS

ORDER = order_of(line("MUG", number=1), line("CUP", number=2))
ONE, TWO = (each.id for each in ORDER.lines)
LINES = {11: ONE, 12: TWO}


def plan(
    wanted: list[StoreParcel],
    known: list[Shipment] | None = None,
    at_allegro: list[AllegroParcel] | None = None,
    order: Order = ORDER,
    **more: Any,
) -> ParcelPlan:
    chosen = {"lines": LINES, "carriers": CARRIERS, "mappings": {}, **more}
    return plan_parcels(wanted, known or [], at_allegro or [], order, **chosen)


def shipment(waybill: str = "A1", state: ShipmentState = ShipmentState.QUEUED, **more: Any) -> Shipment:
    return shipment_of(**{"id": 1, "order_id": ORDER.id, "waybill": waybill, "state": state, **more})


def parcel(waybill: str = "A1", carrier_id: str = "DPD", name: str = "") -> AllegroParcel:
    return AllegroParcel(f"id-{waybill}", carrier_id, waybill, name)


def outcome(made: ParcelPlan) -> list[str]:
    """The plan in short: what becomes of which number, with which carrier."""
    groups = (("send", made.send), ("already", made.already), ("skip", made.skipped))
    return [f"{word} {each.waybill} {each.carrier_id}".strip() for word, group in groups for each in group]


A1 = StoreParcel("A1", "DPD")
_QUEUED, _SENDING, _SENT, _REFUSED, _SKIPPED, _CANCELLED = ShipmentState


@pytest.mark.parametrize(
    ("wanted", "known", "at_allegro", "told"),
    [
        pytest.param([A1], [], [], ["send A1 DPD"], id="new"),
        pytest.param([A1, StoreParcel("B2", "my van")], [], [], ["send A1 DPD", "send B2 OTHER"], id="two parcels"),
        pytest.param([A1, StoreParcel("a1", "DPD")], [], [], ["send A1 DPD"], id="twice in the store"),
        pytest.param([A1], [shipment(state=_QUEUED)], [], ["send A1 DPD"], id="queued"),
        pytest.param([A1], [shipment(state=_SENDING)], [], ["send A1 DPD"], id="the answer was lost"),
        pytest.param([A1], [shipment(state=_SENDING)], [parcel()], ["already A1 DPD"], id="lost, and stored"),
        pytest.param([A1], [shipment(state=_SENT)], [parcel()], [], id="sent"),
        pytest.param([A1], [shipment(state=_SENT)], [], [], id="sent, and taken away at Allegro"),
        pytest.param([A1], [shipment(state=_CANCELLED)], [parcel()], [], id="of a parcel that was cancelled"),
        pytest.param([A1], [shipment(state=_CANCELLED)], [], [], id="of a parcel that was cancelled, not shown"),
        pytest.param([A1], [], [parcel("a1")], ["already A1 DPD"], id="added elsewhere"),
        pytest.param([A1], [], [parcel(carrier_id=OTHER, name="x")], ["already A1 OTHER"], id="elsewhere, as other"),
        pytest.param([A1], [], [parcel("B2")], ["send A1 DPD"], id="another parcel added elsewhere"),
        pytest.param([A1], [shipment(state=_REFUSED)], [], [], id="refused"),
        pytest.param(
            [A1], [shipment(state=_REFUSED, carrier_id="DHL")], [], ["send A1 DPD"], id="refused with another carrier"
        ),
        pytest.param(
            [StoreParcel("A1", "van")],
            [shipment(state=_REFUSED, carrier_id=OTHER, carrier_name="lorry")],
            [],
            ["send A1 OTHER"],
            id="refused with another name",
        ),
        pytest.param([A1], [shipment("A0", _REFUSED)], [], ["send A1 DPD", "skip A0 DPD"], id="refused, and corrected"),
        pytest.param([], [shipment(state=_REFUSED)], [], ["skip A1 DPD"], id="refused, and gone"),
        pytest.param([], [shipment(state=_REFUSED)], [parcel()], ["already A1 DPD"], id="gone, and added elsewhere"),
        pytest.param([A1], [shipment(state=_REFUSED)], [parcel()], ["already A1 DPD"], id="refused, then added"),
        pytest.param([A1], [shipment(state=_SKIPPED, error="Then.")], [], ["send A1 DPD"], id="skipped before"),
        pytest.param([], [shipment(state=_QUEUED)], [], ["skip A1 DPD"], id="gone from the store"),
        pytest.param([], [shipment(state=_SENDING)], [parcel()], ["already A1 DPD"], id="gone, and stored"),
        pytest.param([], [shipment(state=_SENT)], [], [], id="gone after it was sent"),
        pytest.param([], [shipment(by_hand=True)], [], ["send A1 DPD"], id="by hand"),
        pytest.param(
            [StoreParcel("A1", "GLS")], [shipment(by_hand=True)], [], ["send A1 DPD"], id="by hand goes first"
        ),
        pytest.param([], [shipment(by_hand=True, state=_REFUSED)], [], [], id="by hand, refused"),
        pytest.param([], [shipment(by_hand=True, carrier_id="WEDO")], [], ["skip A1 WEDO"], id="by hand, not taken"),
        pytest.param([StoreParcel("A 1", "DPD")], [], [], ["skip A 1 DPD"], id="no number"),
        pytest.param([StoreParcel("A1", "Allegro")], [], [], ["skip A1"], id="no carrier"),
        pytest.param([A1], [], [parcel("AD9", "ALLEGRO")], ["skip A1 DPD"], id="made with Ship with Allegro"),
        pytest.param(
            [StoreParcel("AD9")], [], [parcel("AD9", "ALLEGRO")], ["already AD9 ALLEGRO"], id="its own number"
        ),
    ],
)
def test_a_number_is_sent_only_where_allegro_does_not_have_it(
    wanted: list[StoreParcel], known: list[Shipment], at_allegro: list[AllegroParcel], told: list[str]
) -> None:
    made = plan(wanted, known, at_allegro)
    assert outcome(made) == told
    assert all(each.reason.endswith(".") for each in made.skipped)
    assert not any(each.reason for each in (*made.send, *made.already))
    logged = {waybill_key(each.waybill): each.id for each in known}
    for each in (*made.send, *made.already, *made.skipped):
        assert each.shipment_id == logged.get(waybill_key(each.waybill))


_AD = replace(COURIER, method_name="Allegro Kurier DPD (AD)")


@pytest.mark.parametrize(
    ("order", "with_allegro", "words"),
    [
        (replace(ORDER, status=OrderStatus.CANCELLED), False, "cancelled"),
        (replace(ORDER, fulfilled_by_allegro=True), False, "own warehouse"),
        (replace(ORDER, status=OrderStatus.FILLED_IN), False, "not ready"),
        (replace(ORDER, delivery=_AD), False, "Ship with Allegro"),
        (ORDER, True, "Ship with Allegro"),
    ],
)
def test_an_order_that_must_not_have_numbers_gets_none_and_that_is_said_once(
    order: Order, words: str, *, with_allegro: bool
) -> None:
    by_hand = shipment("B2", by_hand=True)
    (hand, made) = plan([A1], [by_hand], [], order, ships_with_allegro=with_allegro).skipped
    assert (hand.waybill, made.waybill) == ("B2", "A1")
    assert words in made.reason
    told = [shipment(state=_SKIPPED, error=made.reason), replace(by_hand, state=_SKIPPED, error=hand.reason)]
    assert plan([A1], told, [], order, ships_with_allegro=with_allegro) == ParcelPlan()


@pytest.mark.parametrize(
    ("items", "line_ids", "is_noted"),
    [
        ((), (), False),
        (((11, 1),), (ONE,), False),
        (((12, None), (99, 1)), (TWO,), False),
        (((12, 1), (11, 1)), (), False),
        (((99, 1),), (), True),
        (((13, 1),), (), True),
    ],
)
def test_a_parcel_names_the_lines_that_are_in_it_unless_all_are(
    items: tuple[tuple[int, int | None], ...], line_ids: tuple[str, ...], *, is_noted: bool
) -> None:
    # Line 13 of the store came from another purchase.
    made = plan([StoreParcel("A1", "DPD", items)], lines={**LINES, 13: "elsewhere"})
    assert [each.line_ids for each in made.send] == [line_ids]
    assert bool(made.notes) == is_noted


_GONE = shipment(state=_SKIPPED, error="The store no longer has this parcel number.")
_TOLD = OnItsWay(1, ORDER.id, "completed", status_told="SENT")


@pytest.mark.parametrize(
    ("status", "found", "known", "on_its_way", "news"),
    [
        pytest.param("processing", [], [], None, False, id="nothing"),
        pytest.param("processing", [A1], [], None, True, id="a number"),
        pytest.param("processing", [A1], [shipment("a1", _SENT)], None, False, id="a number that is known"),
        pytest.param("", [A1], [shipment(state=_SENT, provider="DHL")], None, True, id="with another carrier"),
        pytest.param("", [A1], [shipment(provider="", by_hand=True)], None, False, id="given by hand"),
        pytest.param("", [A1], [shipment(state=_REFUSED)], None, False, id="refused"),
        pytest.param("", [], [shipment(state=_REFUSED)], None, True, id="refused, and gone"),
        pytest.param("", [], [shipment(state=_REFUSED, by_hand=True)], None, False, id="refused, by hand"),
        pytest.param("", [], [shipment(state=_SENT)], None, False, id="sent, and gone"),
        pytest.param("", [A1], [_GONE], None, True, id="there again"),
        pytest.param("", [A1], [replace(_GONE, error="It is cancelled.")], None, False, id="not sent for a reason"),
        pytest.param("completed", [], [], None, True, id="completed"),
        pytest.param("completed", [], [], replace(_TOLD, store_status="", status_told=""), True, id="completed now"),
        pytest.param("completed", [], [], replace(_TOLD, status_told=""), False, id="seen completed"),
        pytest.param("completed", [], [], _TOLD, False, id="told"),
        pytest.param("completed", [], [], replace(_TOLD, store_status="x", status_told="", refusal="No."), False),
    ],
)
def test_what_the_store_says_is_news_only_where_it_is_not_known(
    status: str, found: list[StoreParcel], known: list[Shipment], on_its_way: OnItsWay | None, *, news: bool
) -> None:
    assert is_news(status, found, known, on_its_way) == news
    if found and status == "":
        # Once it was looked at, it is none any more.
        made = plan(found, known)
        told = [shipment(each.waybill, _SENT, provider=each.provider, by_hand=each.by_hand) for each in made.send]
        kept = [*told, *made.renamed]
        left = [each for each in known if waybill_key(each.waybill) not in {waybill_key(one.waybill) for one in kept}]
        assert not is_news(status, found, [*left, *kept], on_its_way)


def test_the_name_of_another_carrier_goes_with_the_number() -> None:
    (van,) = plan([StoreParcel("A1", "Nasz Van")]).send
    assert van == PlannedParcel("A1", OTHER, "Nasz Van", (), "Nasz Van", by_hand=False)


def test_a_number_that_allegro_has_with_another_carrier_is_for_a_person_to_mend() -> None:
    made = plan([A1], [shipment(state=_SENT, carrier_id="DHL")], [parcel(carrier_id="DHL")])
    assert outcome(made) == []
    (note,) = made.notes
    assert "DHL" in note
    assert "DPD" in note


_NUMBERS = st.sampled_from(["A1", "a1", "B2", "C3", "C 3"])
_PROVIDERS = st.sampled_from(["DPD", "DHL", "van", "", "Allegro"])
_WANTED = st.lists(st.builds(StoreParcel, _NUMBERS, _PROVIDERS), max_size=4)
_KNOWN = st.lists(
    st.builds(
        shipment,
        _NUMBERS,
        st.sampled_from(ShipmentState),
        carrier_id=st.sampled_from(["DPD", OTHER, "ALLEGRO"]),
        by_hand=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda each: waybill_key(each.waybill),
)
_THERE = st.lists(st.builds(parcel, _NUMBERS, st.sampled_from(["DPD", "DHL", OTHER, "ALLEGRO"])), max_size=2)


@settings(max_examples=50)
@given(_WANTED, _KNOWN, _THERE)
def test_what_was_sent_is_never_sent_again(
    wanted: list[StoreParcel], known: list[Shipment], there: list[AllegroParcel]
) -> None:
    made = plan(wanted, known, there)
    keys = [waybill_key(each.waybill) for each in made.send]
    assert len(keys) == len(set(keys))
    assert set(keys).isdisjoint(waybill_key(each.waybill) for each in there)
    then = [*there, *(parcel(each.waybill, each.carrier_id, each.carrier_name) for each in made.send)]
    assert plan(wanted, known, then).send == ()
    # Not even by somebody who has lost the log.
    again = {waybill_key(each.waybill) for each in plan(wanted, [], then).send}
    assert again.isdisjoint(waybill_key(each.waybill) for each in then)
    sent = [
        shipment(each.waybill, _SENT, carrier_id=each.carrier_id, by_hand=each.by_hand, provider=each.provider)
        for each in made.send
    ]
    kept = [each for each in known if waybill_key(each.waybill) not in keys]
    # Also where Allegro does not show yet what it has taken.
    for shown in (then, there):
        assert plan(wanted, [*kept, *sent], shown).send == ()


@pytest.mark.parametrize(
    ("fulfilment", "is_due"),
    [
        ("", True),
        ("NEW", True),
        ("PROCESSING", True),
        ("READY_FOR_SHIPMENT", True),
        ("SUSPENDED", True),
        ("SENT", False),
        ("READY_FOR_PICKUP", False),
        ("PICKED_UP", False),
        ("RETURNED", False),
        ("CANCELLED", False),
        ("SOMETHING_NEW", False),
    ],
)
def test_an_order_that_is_completed_in_the_store_goes_forward_to_sent(fulfilment: str, *, is_due: bool) -> None:
    order = replace(ORDER, fulfilment=fulfilment)
    assert plan_sent(order, "completed", is_known_sent=False).is_due is is_due
    assert not plan_sent(order, "completed", is_known_sent=True).is_due
    for status in ("processing", "on-hold", "partial-shipped", "cancelled", "refunded", "trash", ""):
        assert not plan_sent(order, status, is_known_sent=False).is_due


@pytest.mark.parametrize(
    "change",
    [
        {"status": OrderStatus.CANCELLED},
        {"status": OrderStatus.BOUGHT},
        {"status": OrderStatus.UNKNOWN},
        {"fulfilled_by_allegro": True},
    ],
    ids=str,
)
def test_an_order_that_is_not_the_sellers_to_send_stays_as_it_is(change: dict[str, Any]) -> None:
    decision = plan_sent(replace(ORDER, **change), "completed", is_known_sent=False)
    assert not decision.is_due
    assert decision.reason.endswith(".")
