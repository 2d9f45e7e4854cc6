"""What quantity an offer shows, and which offers end or come back for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.links import OfferLink, Relist
from app.domain.offers import EndedBy, OfferFormat, OfferStatus, Publication
from app.domain.products import Backorders, Product, ProductsRead, StockKeeper, StockSettings, StockState
from app.domain.sending import OfferChange
from app.domain.settings import OutOfStockAction
from app.domain.stock import (
    NotFollowed,
    Quantity,
    StockAction,
    StockChange,
    StockPlan,
    StockRules,
    mass_ending,
    offer_changes,
    plan_quantity,
    plan_stock,
)
from tests.domain.samples import pln, store_product

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
RULES = StockRules(StockSettings(managed=True, out_of_stock_at=0, hold_minutes=60))
ENDING = replace(RULES, out_of_stock_action=OutOfStockAction.END)
RESUMING = replace(ENDING, auto_resume=True)
REDUCING = replace(RULES, out_of_stock_action=OutOfStockAction.REDUCE_TO_ONE)
MUG = store_product(11, stock=7)
LINK = OfferLink(
    1, 7, "1001", 11, format=OfferFormat.BUY_NOW, offer_status=OfferStatus.ACTIVE, listed_quantity=5, title="Mug"
)
ENDED = replace(LINK, offer_status=OfferStatus.ENDED, ended_by=EndedBy.EMPTY_STOCK, ended_at=NOW - timedelta(days=2))
AUCTION = replace(LINK, format=OfferFormat.AUCTION, listed_quantity=1, bidders=0)


def _threshold(pieces: int, rules: StockRules = RULES) -> StockRules:
    return replace(rules, store=replace(rules.store, out_of_stock_at=pieces))


@pytest.mark.parametrize(
    ("stock", "units", "reserved", "rules", "quantity"),
    [
        (7, 1, 0, RULES, 7),
        (7, 3, 0, RULES, 2),
        (2, 3, 0, RULES, 0),
        (7, 1, 2, RULES, 5),
        (7, 3, 2, RULES, 1),
        (1, 1, 1, RULES, 0),
        (1, 1, 2, RULES, 0),
        (0, 1, 0, RULES, 0),
        (-4, 1, 0, RULES, 0),
        (7, 1, 0, replace(RULES, stock_buffer=2), 5),
        (7, 3, 1, replace(RULES, stock_buffer=2), 1),
        (2, 1, 0, replace(RULES, stock_buffer=2), 0),
        (1, 1, 0, replace(RULES, stock_buffer=2), 0),
        (7, 1, 0, replace(RULES, max_listed_quantity=3), 3),
        (2, 1, 0, replace(RULES, max_listed_quantity=3), 2),
        (250_000, 1, 0, RULES, 99_999),
        (250_000, 1, 0, replace(RULES, max_listed_quantity=200_000), 99_999),
        (250_000, 5, 0, RULES, 50_000),
        # The store's threshold takes nothing away; it only says when there is none.
        (3, 1, 0, _threshold(2), 3),
        (2, 1, 0, _threshold(2), 0),
        (1, 1, 0, _threshold(2), 0),
        (4, 1, 2, _threshold(2), 0),
    ],
)
def test_an_offer_shows_what_is_left_of_the_stock(
    stock: int, units: int, reserved: int, rules: StockRules, quantity: int
) -> None:
    shown = plan_quantity(replace(MUG, stock=stock), units, reserved, rules)
    assert isinstance(shown, Quantity)
    assert shown.quantity == quantity


@pytest.mark.parametrize("backorders", Backorders)
@pytest.mark.parametrize("state", StockState)
def test_only_pieces_that_are_there_are_shown_whatever_the_shop_promises(
    backorders: Backorders, state: StockState
) -> None:
    for stock, quantity in ((7, 7), (0, 0), (-3, 0)):
        shown = plan_quantity(replace(MUG, stock=stock, backorders=backorders, state=state), 1, 0, RULES)
        assert isinstance(shown, Quantity)
        assert shown.quantity == quantity


@pytest.mark.parametrize("status", ["publish", "draft", "pending", "private", "future", ""])
def test_a_product_that_the_shop_does_not_show_counts_all_the_same(status: str) -> None:
    assert plan_quantity(replace(MUG, status=status), 1, 0, RULES) == Quantity(7, "The store has 7.")


def test_a_product_in_the_bin_has_nothing_to_sell() -> None:
    assert plan_quantity(replace(MUG, status="trash"), 1, 0, RULES) == Quantity(0, "The product is in the store's bin.")


@pytest.mark.parametrize(
    ("product", "rules", "reason"),
    [
        (replace(MUG, stock=None), RULES, "does not tell how many"),
        (replace(MUG, keeper=StockKeeper.NOBODY, stock=None), RULES, "is not managed"),
        (replace(MUG, keeper=StockKeeper.NOBODY, stock=3), RULES, "is not managed"),
        (replace(MUG, keeper=StockKeeper.NOBODY, stock=None, status="trash"), RULES, "is not managed"),
        (replace(MUG, keeper=StockKeeper.UNKNOWN), RULES, "does not tell whether"),
        (replace(MUG, keeper=StockKeeper.PARENT, parent_id=10, stock=None), RULES, "does not tell how many"),
        (replace(MUG, sellable=False), RULES, "link the offer to one of them"),
        (MUG, replace(RULES, store=StockSettings(False, 0, None)), "does not manage stock"),
    ],
)
def test_what_is_not_counted_or_not_known_gives_no_quantity(product: Product, rules: StockRules, reason: str) -> None:
    shown = plan_quantity(product, 1, 0, rules)
    assert isinstance(shown, NotFollowed)
    assert reason in shown.reason


@pytest.mark.parametrize(
    ("meta", "quantity"),
    [
        ({"_a": "2", "_b": "3"}, 5),
        ({"_a": "2", "_b": " 0 ", "_c": "100"}, 2),
        ({"_a": "5", "_b": "-2"}, 3),
        ({"_a": "1.5", "_b": "1.75"}, 3),
        ({"_a": "0", "_b": "0"}, 0),
        # More than the store has as a whole cannot be sold.
        ({"_a": "20", "_b": "30"}, 7),
        ({"_a": "2"}, None),
        ({"_a": "2", "_b": ""}, None),
        ({"_a": "2", "_b": "many"}, None),
        ({"_a": "2", "_b": "1e3"}, None),
        ({"_a": "2", "_b": "NaN"}, None),
        ({"_a": "2", "_b": "1_0"}, None),
        ({}, None),
    ],
)
def test_the_chosen_locations_are_added_up_or_it_is_not_known(meta: dict[str, str], quantity: int | None) -> None:
    rules = replace(RULES, location_keys=("_a", "_b"))
    shown = plan_quantity(replace(MUG, meta=tuple(meta.items())), 1, 0, rules)
    assert (shown.quantity if isinstance(shown, Quantity) else None) == quantity


def test_a_location_that_is_told_twice_and_differently_is_not_known() -> None:
    rules = replace(RULES, location_keys=("_a",))
    assert isinstance(plan_quantity(replace(MUG, meta=(("_a", "1"), ("_a", "2"))), 1, 0, rules), NotFollowed)


def test_the_reason_tells_how_the_quantity_came_about() -> None:
    rules = replace(RULES, stock_buffer=1, max_listed_quantity=2, location_keys=("_a",))
    product = replace(MUG, stock=20, meta=(("_a", "15"),))
    shown = plan_quantity(product, 3, 2, rules)
    assert shown == Quantity(
        2,
        "The store has 20, 15 at the chosen locations, 2 bought at Allegro and not yet in the store, 1 kept back, "
        "3 in one offer, at most 2 shown.",
    )
    assert plan_quantity(replace(MUG, stock=2), 1, 0, _threshold(2)) == Quantity(
        0, "The store has 2: out of stock at 2 or fewer."
    )


@given(
    st.integers(-50, 300_000),
    st.integers(1, 20),
    st.integers(0, 50),
    st.integers(0, 20),
    st.one_of(st.none(), st.integers(1, 200_000)),
    st.integers(0, 10),
)
def test_no_offer_ever_shows_more_than_there_is(
    stock: int, units: int, reserved: int, buffer: int, most: int | None, threshold: int
) -> None:
    rules = replace(_threshold(threshold), stock_buffer=buffer, max_listed_quantity=most)
    shown = plan_quantity(replace(MUG, stock=stock), units, reserved, rules)
    assert isinstance(shown, Quantity)
    free = stock - reserved - buffer
    assert 0 <= shown.quantity <= min(most or 99_999, 99_999)
    assert shown.quantity == 0 or shown.quantity * units <= free
    is_capped = shown.quantity == min(most or 99_999, 99_999)
    is_out_of_stock = stock - reserved <= threshold
    assert is_capped or is_out_of_stock or (shown.quantity + 1) * units > free


def _plan(
    link: OfferLink, stock: int | None, rules: StockRules, *, reserved: int = 0, now: datetime = NOW
) -> StockPlan:
    read = ProductsRead({11: replace(MUG, stock=stock)})
    return plan_stock([link], read, {11: reserved}, rules, now)


def _outcome(plan: StockPlan) -> tuple[StockAction, int] | str:
    """The change, or why there is none; "" where the offer shows what it shall."""
    for change in plan.changes:
        return (change.action, change.after)
    return plan.skipped[0].reason if plan.skipped else ""


SET, END, REDUCE, RESUME = StockAction.SET, StockAction.END, StockAction.REDUCE, StockAction.RESUME


@pytest.mark.parametrize(
    ("link", "stock", "rules", "outcome"),
    [
        (LINK, 7, RULES, (SET, 7)),
        (LINK, 5, RULES, None),
        (LINK, 3, RULES, (SET, 3)),
        (replace(LINK, listed_quantity=None), 5, RULES, (SET, 5)),
        (replace(LINK, offer_status=OfferStatus.ACTIVATING), 7, RULES, (SET, 7)),
        (replace(LINK, units_per_offer=3), 7, RULES, (SET, 2)),
        (LINK, 0, RULES, "left as it is"),
        (LINK, 0, ENDING, (END, 0)),
        (LINK, -2, ENDING, (END, 0)),
        (LINK, 2, _threshold(2, ENDING), (END, 0)),
        (replace(LINK, offer_status=OfferStatus.ACTIVATING), 0, ENDING, (END, 0)),
        (replace(LINK, units_per_offer=3), 2, ENDING, (END, 0)),
        (LINK, 0, REDUCING, (REDUCE, 1)),
        (replace(LINK, listed_quantity=None), 0, REDUCING, (REDUCE, 1)),
        (replace(LINK, listed_quantity=1), 0, REDUCING, None),
        (LINK, None, ENDING, "does not tell how many"),
        (replace(LINK, sync_stock=False), 0, ENDING, "switched off"),
        (replace(LINK, fulfilled_by_allegro=True), 0, ENDING, "One Fulfillment"),
        (replace(LINK, offer_status=OfferStatus.INACTIVE), 7, ENDING, "draft"),
        (replace(LINK, offer_status=OfferStatus.ARCHIVED), 7, RESUMING, "archived"),
        (replace(LINK, offer_status=OfferStatus.UNKNOWN), 0, ENDING, "not known"),
        (replace(LINK, format=OfferFormat.ADVERTISEMENT), 0, ENDING, "'advertisement' has no stock"),
        (replace(LINK, format=OfferFormat.UNKNOWN), 0, ENDING, "'unknown' has no stock"),
        (replace(LINK, product_id=99), 0, ENDING, "has not told"),
    ],
)
def test_a_running_offer_follows_the_stock(
    link: OfferLink, stock: int | None, rules: StockRules, outcome: tuple[StockAction, int] | str | None
) -> None:
    _agrees(_outcome(_plan(link, stock, rules)), outcome)


@pytest.mark.parametrize(
    ("changes", "stock", "rules", "outcome"),
    [
        ({}, 7, ENDING, "Auctions take no part"),
        ({}, 0, RULES, "Auctions take no part"),
        ({}, 0, replace(REDUCING, end_auctions=True), "Auctions take no part"),
        ({}, 0, ENDING, "end_auctions is off"),
        ({}, 0, replace(ENDING, end_auctions_with_bids=True), "end_auctions is off"),
        ({}, 0, replace(ENDING, end_auctions=True), (END, 0)),
        ({"bidders": 2}, 0, replace(ENDING, end_auctions=True), "has bids"),
        ({"bidders": None}, 0, replace(ENDING, end_auctions=True), "may have bids"),
        ({"bidders": 2}, 0, replace(ENDING, end_auctions=True, end_auctions_with_bids=True), (END, 0)),
        ({"bidders": 2}, 7, replace(ENDING, end_auctions=True, end_auctions_with_bids=True), "take no part"),
        ({"offer_status": OfferStatus.ENDED}, 7, replace(RESUMING, end_auctions=True), "take no part"),
        ({"offer_status": OfferStatus.ENDED}, 0, replace(RESUMING, end_auctions=True), "take no part"),
    ],
)
def test_an_auction_is_left_alone_unless_its_switches_allow_to_end_it(
    changes: dict[str, Any], stock: int, rules: StockRules, outcome: tuple[StockAction, int] | str
) -> None:
    _agrees(_outcome(_plan(replace(AUCTION, **changes), stock, rules)), outcome)


_BY_US = {"ended_by": EndedBy.USER, "ended_at": NOW - timedelta(days=2), "end_sent_at": NOW - timedelta(days=2)}


@pytest.mark.parametrize(
    ("changes", "stock", "rules", "outcome"),
    [
        ({}, 7, RESUMING, (RESUME, 7)),
        ({"units_per_offer": 3}, 7, RESUMING, (RESUME, 2)),
        (_BY_US, 7, RESUMING, (RESUME, 7)),
        ({**_BY_US, "ended_at": NOW - timedelta(days=2) + timedelta(hours=1)}, 7, RESUMING, (RESUME, 7)),
        ({}, 7, ENDING, "auto_resume is off"),
        ({}, 7, replace(REDUCING, auto_resume=True), "auto_resume is off"),
        ({}, 7, replace(RULES, auto_resume=True), "auto_resume is off"),
        ({}, 0, RESUMING, "waits for stock until 2027-01-23"),
        ({}, 0, replace(RESUMING, relist_within_days=10), "waits for stock until 2026-12-04"),
        ({}, None, RESUMING, "does not tell how many"),
        ({"relist": Relist.NEVER}, 7, RESUMING, "struck off"),
        ({"ended_by": EndedBy.ADMIN}, 7, RESUMING, "moderation ended it"),
        ({**_BY_US, "ended_by": EndedBy.ADMIN}, 7, RESUMING, "moderation ended it"),
        ({"ended_by": EndedBy.USER}, 7, RESUMING, "the seller, or another program"),
        # Ended by us once, activated by the seller, and then ended by the seller.
        ({**_BY_US, "end_sent_at": NOW - timedelta(days=9)}, 7, RESUMING, "the seller, or another program"),
        ({**_BY_US, "end_sent_at": NOW - timedelta(days=1)}, 7, RESUMING, "the seller, or another program"),
        ({"ended_by": EndedBy.EXPIRATION}, 7, RESUMING, "its time was up"),
        ({"ended_by": EndedBy.ERROR}, 7, RESUMING, "because of an error"),
        ({"ended_by": EndedBy.UNKNOWN}, 7, RESUMING, "does not tell who"),
        ({"ended_by": None}, 7, RESUMING, "does not tell who"),
        ({"ended_at": None}, 7, RESUMING, "does not tell when"),
        ({"ended_at": NOW - timedelta(days=60)}, 7, RESUMING, (RESUME, 7)),
        ({"ended_at": NOW - timedelta(days=60, seconds=1)}, 7, RESUMING, "cannot be relisted any more"),
        ({"ended_at": NOW - timedelta(days=61)}, 7, replace(RESUMING, relist_within_days=90), "cannot be relisted"),
        ({"ended_at": NOW - timedelta(days=8)}, 7, replace(RESUMING, relist_within_days=7), "cannot be relisted"),
        ({"fulfilled_by_allegro": True}, 7, RESUMING, "One Fulfillment"),
        ({"sync_stock": False}, 7, RESUMING, "switched off"),
    ],
)
def test_an_offer_comes_back_only_if_it_ended_for_lack_of_stock(
    changes: dict[str, Any], stock: int | None, rules: StockRules, outcome: tuple[StockAction, int] | str
) -> None:
    _agrees(_outcome(_plan(replace(ENDED, **changes), stock, rules)), outcome)


def _agrees(outcome: tuple[StockAction, int] | str, expected: tuple[StockAction, int] | str | None) -> None:
    if isinstance(expected, str):
        assert isinstance(outcome, str)
        assert expected in outcome
    else:
        assert outcome == (expected or "")


def test_a_piece_that_is_bought_and_not_yet_in_the_store_brings_no_offer_back() -> None:
    assert "waits for stock" in str(_outcome(_plan(ENDED, 1, RESUMING, reserved=1)))


def test_an_offer_comes_back_when_stock_has_been_there_for_the_chosen_delay() -> None:
    rules = replace(RESUMING, relist_delay_minutes=30)
    waiting = _plan(ENDED, 7, rules)
    assert "activated at 2026-11-26 12:30 UTC" in str(_outcome(waiting))
    (link,) = waiting.remembered
    assert link == replace(ENDED, restocked_at=NOW)

    still = _plan(link, 7, rules, now=NOW + timedelta(minutes=29))
    assert (still.changes, still.remembered) == ((), ())
    assert _outcome(_plan(link, 7, rules, now=NOW + timedelta(minutes=30))) == (RESUME, 7)

    sold_again = _plan(link, 0, rules, now=NOW + timedelta(minutes=10))
    assert sold_again.remembered == (ENDED,)


def test_all_offers_of_a_pool_show_the_whole_of_it() -> None:
    red, blue = (replace(MUG, id=id_, parent_id=11, keeper=StockKeeper.PARENT, stock=6) for id_ in (21, 22))
    links = [
        replace(LINK, id=1, offer_id="1", variation_id=21),
        replace(LINK, id=2, offer_id="2", variation_id=22),
        replace(LINK, id=3, offer_id="3", variation_id=22, units_per_offer=2),
    ]
    plan = plan_stock(links, ProductsRead({21: red, 22: blue}), {11: 2, 21: 5, 22: 5}, RULES, NOW)
    assert [(change.link.offer_id, change.after) for change in plan.changes] == [("1", 4), ("2", 4), ("3", 2)]


def test_one_product_that_cannot_be_read_stops_none_of_the_others() -> None:
    links = [replace(LINK, id=id_, offer_id=str(id_), product_id=id_) for id_ in (11, 12, 13, 14)]
    read = ProductsRead({11: MUG}, gone=frozenset({12}), unknown={13: "The store answered with an error."})
    plan = plan_stock(links, read, {}, ENDING, NOW)
    assert [change.link.offer_id for change in plan.changes] == ["11"]
    assert [one.reason for one in plan.skipped] == [
        "The product is not in the store any more: link the offer to another one, or end it.",
        "The store answered with an error.",
        "The store has not told about the product.",
    ]


def test_an_empty_answer_of_the_store_changes_nothing() -> None:
    links = [replace(LINK, id=id_, offer_id=str(id_)) for id_ in range(100)]
    plan = plan_stock(links, ProductsRead({}), {}, ENDING, NOW)
    assert plan.changes == ()
    assert len(plan.skipped) == 100


def _change(action: StockAction, number: int = 1, after: int = 0) -> StockChange:
    return StockChange(replace(LINK, id=number, offer_id=str(number)), 5, after, action, "")


@pytest.mark.parametrize(
    ("actions", "linked", "percent", "held"),
    [
        ([END] * 21, 100, 20, 21),
        ([END] * 20, 100, 20, 0),
        ([END] * 11 + [REDUCE] * 10 + [SET] * 50 + [RESUME] * 50, 100, 20, 21),
        ([SET] * 100, 100, 20, 0),
        ([END] * 9, 9, 20, 0),
        ([END] * 10, 10, 20, 10),
        ([END] * 10, 49, 20, 10),
        ([END] * 10, 50, 20, 0),
        ([END] * 10, 10, 100, 0),
        ([], 0, 20, 0),
    ],
)
def test_more_endings_than_the_guard_allows_are_held(
    actions: list[StockAction], linked: int, percent: int, held: int
) -> None:
    assert len(mass_ending([_change(action, number) for number, action in enumerate(actions)], linked, percent)) == held


def test_stock_and_price_of_an_offer_are_told_together_and_an_offer_that_ends_is_told_no_price() -> None:
    changes = [_change(SET, 1, 4), _change(REDUCE, 2, 1), _change(END, 3), _change(RESUME, 4, 6)]
    prices = {str(number): pln("9.99") for number in (1, 3, 4, 5)}
    assert offer_changes(changes, prices) == (
        OfferChange("1", 4, pln("9.99")),
        OfferChange("2", 1),
        OfferChange("3", publication=Publication.END),
        OfferChange("4", 6, pln("9.99"), Publication.ACTIVATE),
        OfferChange("5", price=pln("9.99")),
    )
    assert set(prices) == {"1", "3", "4", "5"}
