"""Endings and relistings that wait for the seller."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import offer_links, pending_actions
from app.db.engine import Database
from app.db.pending_actions import PendingActionClosed, PendingActionNotFound
from app.domain.links import OfferLink
from app.domain.pending import AskedBy, PendingAction, PendingKind, PendingState
from tests.db.conftest import NOW, add_account, race

LATER = NOW + timedelta(minutes=5)
UNASKED = PendingAction(
    0, 0, 0, "7001", PendingKind.END, 0, "The store has 0.", AskedBy.SETTING, PendingState.WAITING, "", NOW
)


def _propose(database: Database, account_id: int, *offer_ids: str) -> list[PendingAction]:
    """New actions about new links of these offers, oldest first."""
    with database.transaction() as session:
        for offer_id in offer_ids:
            link = offer_links.add(session, OfferLink(0, account_id, offer_id, 11), now=NOW)
            new = replace(UNASKED, account_id=account_id, link_id=link.id, offer_id=offer_id)
            pending_actions.propose(session, new)
        return sorted(pending_actions.of_account(session, account_id).values(), key=lambda each: each.id)


def _in(database: Database, account_id: int, state: PendingState) -> list[PendingAction]:
    with database.reading() as session:
        return list(pending_actions.page(session, account_id, state, before_id=None, limit=10))


def test_an_offer_has_one_open_action_however_many_propose_it(database: Database, account_id: int) -> None:
    [action] = _propose(database, account_id, "7001")
    assert action == replace(UNASKED, id=action.id, account_id=account_id, link_id=action.link_id)
    told = replace(action, reason="The store has -1.", asked_by=AskedBy.GUARD, created_at=LATER)
    assert race(database, lambda session: pending_actions.propose(session, told), runners=3) == [None] * 3
    waiting = replace(told, created_at=NOW)
    assert _in(database, account_id, PendingState.WAITING) == [waiting]
    # Neither another kind of action nor an answer is written over.
    with database.transaction() as session:
        pending_actions.propose(session, replace(action, action=PendingKind.RELIST))
        [decided] = pending_actions.decide(session, [action.id], confirmed=False, now=LATER)
        pending_actions.propose(session, action)
        assert pending_actions.of_account(session, account_id) == {action.link_id: decided}
    assert decided == replace(waiting, state=PendingState.REJECTED, decided_at=LATER)


def test_an_answer_can_be_repeated_and_changed_until_it_is_done(database: Database, account_id: int) -> None:
    [action] = _propose(database, account_id, "7001")
    with database.transaction() as session:
        answers = ((False, NOW), (True, LATER), (True, LATER + timedelta(hours=1)))
        decided = [
            pending_actions.decide(session, [action.id, action.id], confirmed=confirmed, now=at)
            for confirmed, at in answers
        ]
    confirmed = replace(action, state=PendingState.CONFIRMED, decided_at=LATER)
    assert decided == [[replace(action, state=PendingState.REJECTED, decided_at=NOW)], [confirmed], [confirmed]]


def test_what_is_closed_is_decided_no_more_and_says_why(database: Database, account_id: int) -> None:
    first, second, third = _propose(database, account_id, "7001", "7002", "7003")
    with database.transaction() as session:
        pending_actions.close(session, [first.id], PendingState.DONE, now=NOW)
        pending_actions.close(session, [second.id], PendingState.EXPIRED, detail="In stock again.", now=NOW)
        pending_actions.close(session, [first.id, second.id], PendingState.EXPIRED, detail="Too late.", now=LATER)
    refused = [
        (first.id, PendingActionClosed, f"action {first.id} was carried out"),
        (second.id, PendingActionClosed, "In stock again."),
        (99, PendingActionNotFound, "99"),
    ]
    for action_id, error, words in refused:
        with pytest.raises(error, match=words), database.transaction() as session:
            pending_actions.decide(session, [third.id, action_id], confirmed=True, now=NOW)
    assert _in(database, account_id, PendingState.WAITING) == [third]
    assert [each.detail for each in _in(database, account_id, PendingState.EXPIRED)] == ["In stock again."]
    # The offer may be asked about again.
    with database.transaction() as session:
        pending_actions.propose(session, second)
        assert set(pending_actions.of_account(session, account_id)) == {second.link_id, third.link_id}


def test_all_of_one_account_that_wait_are_decided_at_once(database: Database, account_id: int) -> None:
    other = add_account(database, "Other")
    first, second, third = _propose(database, account_id, "7001", "7002", "7003")
    [elsewhere] = _propose(database, other, "7001")
    with database.transaction() as session:
        pending_actions.decide(session, [first.id], confirmed=False, now=NOW)
        decided = pending_actions.decide_all(session, account_id, confirmed=True, now=LATER)
        assert pending_actions.decide_all(session, account_id, confirmed=False, now=LATER) == []
    assert [each.id for each in decided] == [second.id, third.id]
    assert _in(database, account_id, PendingState.CONFIRMED) == decided[::-1]
    assert _in(database, other, PendingState.WAITING) == [elsewhere]
    with database.reading() as session:
        page = pending_actions.page(session, account_id, PendingState.CONFIRMED, before_id=third.id, limit=1)
        assert list(page) == decided[:1]
