"""What the list and the journal of offers may be believed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.ledger import Fate, LedgerEntry, Way
from app.domain.links import OfferLink
from app.domain.offers import (
    EndedBy,
    Offer,
    OfferDetails,
    OfferEvent,
    OfferEventKind,
    OfferFormat,
    OfferStatus,
    Publication,
)
from app.domain.watching import (
    Look,
    agrees,
    as_listed,
    as_read,
    compare,
    confirms,
    ends_soon,
    explain,
    has_changed,
    is_foreign,
)
from tests.domain.samples import pln

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
BUY_NOW, ACTIVE, ENDED, ARCHIVED = OfferFormat.BUY_NOW, OfferStatus.ACTIVE, OfferStatus.ENDED, OfferStatus.ARCHIVED
KNOWN = OfferLink(
    1,
    7,
    "1001",
    11,
    title="Kubek",
    external_id="KUB",
    format=BUY_NOW,
    offer_status=ACTIVE,
    listed_quantity=5,
    listed_price=pln("10.00"),
    listed_at=NOW - timedelta(hours=3),
)
OVER = replace(
    KNOWN, offer_status=ENDED, listed_quantity=0, ended_by=EndedBy.EMPTY_STOCK, ended_at=NOW - timedelta(days=2)
)
SHOWN = Offer("1001", "Kubek", "KUB", BUY_NOW, ACTIVE, 5, pln("10.00"))
SHOWN_OVER = replace(SHOWN, status=ENDED, quantity=0, ended_at=OVER.ended_at)


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


def said(**values: Any) -> LedgerEntry:
    """An entry that Allegro reported as done an hour and a half ago."""
    at = ago(minutes=90)
    entry = LedgerEntry(
        1, 7, 1, "1001", at, "quantity", "7", 5, None, None, "", False, Way.QUANTITY, "c", Fate.ACCEPTED, "", at, at
    )
    return replace(entry, **values)


LATELY = said(created_at=ago(minutes=20), sent_at=ago(minutes=20), settled_at=ago(minutes=19))
JUST_NOW = said(settled_at=ago(minutes=1))


@pytest.mark.parametrize(
    ("link", "offer", "newest", "look"),
    [
        (KNOWN, SHOWN, None, Look.EQUAL),
        (KNOWN, SHOWN, JUST_NOW, Look.EQUAL),
        (KNOWN, SHOWN, said(fate=Fate.SENT, settled_at=None), Look.LEFT),
        (KNOWN, replace(SHOWN, status=OfferStatus.ACTIVATING), None, Look.EQUAL),
        (KNOWN, replace(SHOWN, quantity=4), None, Look.DIFFERS),
        (KNOWN, replace(SHOWN, quantity=4), said(), Look.DIFFERS),
        (KNOWN, replace(SHOWN, quantity=4), JUST_NOW, Look.LEFT),
        (KNOWN, replace(SHOWN, quantity=4), said(fate=Fate.FAILED, settled_at=NOW), Look.DIFFERS),
        (KNOWN, replace(SHOWN, quantity=None), None, Look.LEFT),
        (KNOWN, replace(SHOWN, price=pln("11.00")), None, Look.PRICE),
        (KNOWN, replace(SHOWN, price=pln("11.00"), rule_id="r1"), None, Look.EQUAL),
        # What the rule has left behind counts from now on, and the list lags.
        (replace(KNOWN, rule_id="r1"), SHOWN, None, Look.PRICE),
        (KNOWN, replace(SHOWN, price=None), None, Look.EQUAL),
        (KNOWN, SHOWN_OVER, None, Look.DIFFERS),
        (KNOWN, None, None, Look.MISSING),
        (replace(KNOWN, doubted_at=NOW), SHOWN, None, Look.DIFFERS),
        (replace(KNOWN, listed_quantity=None), SHOWN, None, Look.DIFFERS),
        (OVER, SHOWN_OVER, None, Look.EQUAL),
        (OVER, replace(SHOWN_OVER, quantity=9), None, Look.DIFFERS),
        (OVER, SHOWN, None, Look.DIFFERS),
        (OVER, replace(SHOWN_OVER, ended_at=NOW), None, Look.DIFFERS),
        (replace(OVER, ended_by=None), SHOWN_OVER, None, Look.DIFFERS),
        (replace(OVER, offer_status=ARCHIVED), None, None, Look.EQUAL),
        (replace(OVER, offer_status=ARCHIVED), SHOWN_OVER, None, Look.DIFFERS),
    ],
)
def test_the_list_only_says_which_offers_to_read_exactly(
    link: OfferLink, offer: Offer | None, newest: LedgerEntry | None, look: Look
) -> None:
    assert compare(link, offer, newest, complete=True, now=NOW) is look


@pytest.mark.parametrize(
    ("priced", "look"), [(None, Look.PRICE), (said(price=pln("10.00"), settled_at=NOW), Look.LEFT)]
)
def test_a_price_is_looked_at_whatever_was_just_said_about_stock(priced: LedgerEntry | None, look: Look) -> None:
    shown = replace(SHOWN, price=pln("11.00"))
    assert compare(KNOWN, shown, JUST_NOW, priced=priced, complete=True, now=NOW) is look


def test_what_an_incomplete_list_does_not_show_is_not_missing() -> None:
    assert compare(KNOWN, None, None, complete=False, now=NOW) is Look.LEFT


@pytest.mark.parametrize(
    ("offer", "newest", "agreed"),
    [
        (SHOWN, None, True),
        (SHOWN, replace(LATELY, quantity=3), False),  # the list may lag behind what was said
        (replace(SHOWN, quantity=3), replace(LATELY, quantity=3), True),
        (replace(SHOWN, quantity=3), replace(LATELY, quantity=3, fate=Fate.FAILED), False),
        (replace(SHOWN, quantity=3), None, False),
        (SHOWN, said(quantity=3), True),
        (replace(SHOWN, price=None), None, False),
        (SHOWN_OVER, replace(LATELY, quantity=None, publication=Publication.END), False),
    ],
)
def test_a_doubted_offer_is_believed_of_the_list_when_that_shows_what_was_said_last(
    offer: Offer, newest: LedgerEntry | None, agreed: bool
) -> None:
    assert agrees(replace(KNOWN, doubted_at=NOW), offer, newest, NOW) is agreed


def test_the_list_is_believed_about_words_and_never_about_the_pieces_of_an_offer_that_runs() -> None:
    offer = replace(SHOWN, title="Kubek II", external_id="NEW", bidders=2, quantity=9, price=pln("1.00"))
    told = replace(KNOWN, title="Kubek II", external_id="NEW", bidders=2)
    assert as_listed(KNOWN, offer) == told
    assert as_listed(KNOWN, replace(SHOWN_OVER, title="")) == KNOWN
    end = ago(days=2)
    assert as_listed(replace(OVER, ended_at=None), replace(SHOWN_OVER, ended_at=end)).ended_at == end


def test_an_exact_reading_replaces_all_that_was_known_of_the_offer() -> None:
    runs = OfferDetails("1001", ACTIVE, None, quantity=7, price=pln("12.00"), format=BUY_NOW, duration="")
    assert as_read(replace(OVER, doubted_at=NOW), runs, ended_at=None, at=NOW) == replace(
        KNOWN, listed_quantity=7, listed_price=pln("12.00"), duration="", listed_at=NOW
    )
    nobody = as_read(KNOWN, OfferDetails("1001", ENDED, None, quantity=0), ended_at=None, at=NOW)
    assert (nobody.ended_by, nobody.ended_at, nobody.format) == (EndedBy.UNKNOWN, None, BUY_NOW)


def _with(quantity: int) -> OfferLink:
    return replace(KNOWN, listed_quantity=quantity, listed_at=NOW)


@pytest.mark.parametrize(
    ("before", "after", "newest", "moved", "foreign"),
    [
        (KNOWN, _with(7), None, [], True),
        (KNOWN, _with(7), said(), [], True),
        (KNOWN, _with(7), JUST_NOW, [], False),
        (KNOWN, _with(3), None, [(ago(hours=1), 2)], False),
        (KNOWN, _with(3), None, [(ago(hours=4), 2)], True),  # that sale was in the quantity that was known
        (KNOWN, _with(2), None, [(ago(hours=1), 2)], True),
        (KNOWN, OVER, None, [], False),
        (OVER, _with(5), None, [], True),
        (replace(KNOWN, listed_at=None), _with(7), None, [], False),
        (replace(KNOWN, listed_quantity=None), _with(7), None, [], False),
    ],
)
def test_what_neither_we_nor_a_buyer_has_brought_about_is_foreign(
    before: OfferLink,
    after: OfferLink,
    newest: LedgerEntry | None,
    moved: list[tuple[datetime, int]],
    foreign: bool,
) -> None:
    assert has_changed(before, after)
    assert is_foreign(before, after, newest, moved, NOW) is foreign


@pytest.mark.parametrize(
    ("link", "entry", "confirmed"),
    [
        (KNOWN, said(), True),
        (KNOWN, said(quantity=4), False),
        (KNOWN, said(price=pln("11.00")), False),
        (KNOWN, said(fate=Fate.LAPSED), False),
        (KNOWN, said(quantity=None, publication=Publication.END), False),
        (OVER, said(quantity=None, publication=Publication.END), True),
        (OVER, said(quantity=None, publication=Publication.ACTIVATE), False),
        (KNOWN, said(quantity=None, publication=Publication.ACTIVATE), True),
    ],
)
def test_what_was_accepted_is_confirmed_when_the_offer_shows_it(
    link: OfferLink, entry: LedgerEntry, confirmed: bool
) -> None:
    assert confirms(link, entry) is confirmed


def _event(kind: OfferEventKind = OfferEventKind.QUANTITY_CHANGED, offer_id: str = "1001", **before: float) -> Any:
    by = EndedBy.USER if kind is OfferEventKind.ENDED else None
    return OfferEvent(f"{kind}{before}", kind, offer_id, ago(**before), by)


@pytest.mark.parametrize(
    ("events", "entries", "again"),
    [
        ([_event(minutes=20)], [], True),
        ([_event(hours=4)], [], False),  # the quantity is known since later
        ([_event(minutes=20, offer_id="9")], [], False),
        ([_event(OfferEventKind.PRICE_CHANGED, minutes=20)], [], False),
        ([_event(minutes=20)], [LATELY], False),
        ([_event(minutes=20), _event(minutes=20)], [LATELY], False),
        ([_event(minutes=20), _event(minutes=19)], [LATELY], True),
        ([_event(minutes=20), _event(OfferEventKind.CHANGED, minutes=20)], [LATELY], False),
        ([_event(minutes=15)], [LATELY], True),
        ([_event(minutes=20)], [replace(LATELY, fate=Fate.FAILED)], True),
        ([_event(minutes=1)], [said(fate=Fate.SENT, settled_at=None)], False),
    ],
)
def test_events_that_we_brought_about_ask_for_nothing(
    events: list[OfferEvent], entries: list[LedgerEntry], again: bool
) -> None:
    news = explain(events, {"1001": KNOWN}, entries)
    assert news.again == ((KNOWN,) if again else ())


def test_a_new_price_is_read_unless_it_is_ours_and_ours_is_known_to_be_carried_out() -> None:
    priced, changed = replace(LATELY, price=pln("10.00")), OfferEventKind.PRICE_CHANGED
    ours, theirs, long_ago = _event(changed, minutes=20), _event(changed, minutes=19), _event(changed, hours=4)
    for events, again, carried_out in (
        ([ours, ours], [], [priced.id]),
        ([ours, theirs], [KNOWN], [priced.id]),
        # That the quantity is known since later tells nothing of the price.
        ([long_ago], [KNOWN], []),
    ):
        news = explain(events, {"1001": KNOWN}, [priced], prices=True)
        assert (list(news.again), list(news.carried_out)) == (again, carried_out)
        assert explain(events, {"1001": KNOWN}, [priced]).again == ()


def test_the_end_that_we_brought_about_is_dated_by_its_event() -> None:
    ending = replace(LATELY, quantity=None, publication=Publication.END)
    known = replace(OVER, ended_by=None, ended_at=None, listed_at=ago(minutes=19))
    news = explain([_event(OfferEventKind.ENDED, minutes=20)], {"1001": known}, [ending])
    assert news.again == ()
    assert news.ended == (replace(known, ended_by=EndedBy.USER, ended_at=ago(minutes=20)),)


def test_offers_that_wait_for_stock_are_told_of_from_their_45th_day_on() -> None:
    late, early = replace(OVER, id=2, ended_at=ago(days=46)), replace(OVER, id=3, ended_at=ago(days=44))
    sold_by_hand = replace(late, id=4, ended_by=EndedBy.USER)
    assert ends_soon([early, late, sold_by_hand], 60, NOW) == [(NOW + timedelta(days=14), late)]
    assert ends_soon([late], 30, NOW) == []
