"""Listings: one open one of each item, each with its turn, and the pictures that Allegro has."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.db import listings
from app.db.engine import Database
from app.db.listings import ListingNotFound
from app.domain.listings import Listing, ListingState
from app.domain.new_offers import FieldError, UploadedImage
from tests.db.conftest import NOW, race

LATER = NOW + timedelta(minutes=1)


def _new(account_id: int, product_id: int = 11, variation_id: int = 0) -> Listing:
    return Listing(0, account_id, None, product_id, variation_id, "MUG-1", "Kubek", None, "MUG-1")


def _add(database: Database, *wanted: Listing) -> list[Listing]:
    with database.transaction() as session:
        return listings.add(session, wanted, now=NOW)


def _save(database: Database, listing: Listing) -> None:
    with database.transaction() as session:
        listings.save(session, listing)


def test_a_listing_is_read_as_it_was_stored(database: Database, account_id: int) -> None:
    [added] = _add(database, _new(account_id))
    assert added == replace(_new(account_id), id=added.id, due_at=NOW, created_at=NOW)
    changed = replace(
        added,
        offer_id="7001",
        state=ListingState.WAITING,
        errors=(FieldError("name", "za długi"), FieldError("", "co innego")),
        notes=("Bez zdjęcia.",),
        sent_at=NOW,
        lost_at=LATER,
        operation_id="op",
        asks_since=NOW,
        due_at=LATER,
        publish=False,
    )
    _save(database, changed)
    with database.reading() as session:
        assert listings.get(session, added.id) == changed
        assert listings.offers_made(session, account_id, 11, 0) == {"7001"}
        with pytest.raises(ListingNotFound):
            listings.get(session, added.id + 1)


def test_an_item_that_is_asked_for_again_keeps_its_open_listing(database: Database, account_id: int) -> None:
    [first, other] = _add(database, _new(account_id), _new(account_id, variation_id=12))
    assert [each.id for each in _add(database, _new(account_id), _new(account_id))] == [first.id] * 2
    for state in ListingState:
        _save(database, replace(first, state=state))
        [again] = _add(database, _new(account_id))
        assert (again.id == first.id) is state.is_open
        _save(database, replace(again, state=ListingState.LISTED))
    assert other.id != first.id


def test_a_thousand_items_are_stored_in_a_few_statements(database: Database, account_id: int) -> None:
    told: list[str] = []
    with database.transaction() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *args: told.append(args[2]))
        added = listings.add(session, [_new(account_id, number) for number in range(1000)], now=NOW)
    assert [each.product_id for each in added] == list(range(1000))
    assert len(told) < 20


def test_many_who_ask_at_once_get_one_listing(database: Database, account_id: int) -> None:
    found = race(database, lambda session: listings.add(session, [_new(account_id)], now=NOW)[0].id)
    assert len(set(found)) == 1


def test_an_offer_that_was_sent_keeps_its_mark_until_it_is_known(database: Database, account_id: int) -> None:
    sent, other = _add(database, _new(account_id, 1), replace(_new(account_id, 2), external_id="MUG-2"))
    _save(database, replace(sent, sent_at=NOW))
    with database.reading() as session:
        marks = [sent.external_id, other.external_id]
        assert listings.sent(session, account_id, marks) == {sent.external_id: {sent.id}}
    _save(database, replace(sent, sent_at=NOW, state=ListingState.LISTED, due_at=None))
    with database.reading() as session:
        assert listings.sent(session, account_id, marks) == {}


def test_open_listings_have_their_turn_the_longest_waiting_first(database: Database, account_id: int) -> None:
    added = _add(database, *(_new(account_id, number) for number in range(1, 6)))
    changes: list[dict[str, Any]] = [
        {"due_at": NOW - timedelta(seconds=1)},
        {"due_at": LATER},
        {"state": ListingState.WAITING, "due_at": NOW - timedelta(minutes=1)},
        {"state": ListingState.LISTED},
    ]
    for listing, change in zip(added[1:], changes, strict=True):
        _save(database, replace(listing, **change))
    with database.reading() as session:
        assert [each.product_id for each in listings.due(session, account_id, now=NOW, limit=9)] == [4, 2, 1]
        assert [each.product_id for each in listings.due(session, account_id, now=NOW, limit=1)] == [4]
        assert listings.is_any_due(session, account_id, now=NOW)
        assert not listings.is_any_due(session, account_id, now=NOW - timedelta(minutes=2))
        assert listings.count_by_state(session, account_id, None) == {
            ListingState.QUEUED: 3,
            ListingState.WAITING: 1,
            ListingState.LISTED: 1,
        }
        assert [each.id for each in listings.page(session, account_id, before_id=added[2].id, limit=9)] == [
            added[1].id,
            added[0].id,
        ]


def test_a_picture_is_known_until_allegro_forgets_it(database: Database, account_id: int) -> None:
    with database.transaction() as session:
        listings.remember_images(session, account_id, {"a": UploadedImage("A", NOW), "b": UploadedImage("B", None)})
        listings.remember_images(session, account_id, {"c": UploadedImage("C", LATER)})
    with database.transaction() as session:
        assert listings.images(session, account_id, ["a", "b", "c", "d"], until=NOW) == {"b": "B", "c": "C"}
        listings.remember_images(session, account_id, {"a": UploadedImage("A2", LATER)})
    with database.reading() as session:
        assert listings.images(session, account_id, ["a"], until=NOW) == {"a": "A2"}
        assert listings.images(session, account_id + 1, ["a"], until=NOW) == {}
