"""What becomes of a listing by what Allegro says about its offer."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.listing_outcomes import after_answer, after_failure, after_finding, after_operation, refused
from app.domain.listings import Listing, ListingState
from app.domain.new_offers import FieldError, OfferMade, Operation, OperationState
from app.domain.offers import Offer, OfferFormat, OfferStatus
from app.domain.planning import Adopt, Already, Clash, Ended, GiveUp
from tests.domain.samples import NOON, pln

SENT = Listing(1, 7, None, 11, 12, "MUG-1", "Kubek", 3, "MUG-1", sent_at=NOON, lost_at=NOON, notes=("Uwaga",))
DRAFT = replace(SENT, publish=False)
LONG = NOON - timedelta(hours=2)
WRONG = (FieldError("name", "Za długi."), FieldError("", "Coś jeszcze."))
MADE = OfferMade("7001", OfferStatus.ACTIVE, finished=True)
LEFT_OFF = replace(MADE, status=OfferStatus.INACTIVE)


@pytest.mark.parametrize(
    ("listing", "made", "state", "errors"),
    [
        (SENT, MADE, ListingState.LISTED, []),
        (SENT, replace(MADE, status=OfferStatus.ACTIVATING), ListingState.LISTED, []),
        (SENT, replace(MADE, errors=WRONG), ListingState.LISTED, []),
        (DRAFT, MADE, ListingState.LISTED, []),
        (DRAFT, LEFT_OFF, ListingState.DRAFT, []),
        (DRAFT, replace(LEFT_OFF, errors=WRONG), ListingState.DRAFT, []),
        (SENT, replace(LEFT_OFF, errors=WRONG), ListingState.FAILED, ["name", ""]),
        (SENT, replace(MADE, status=OfferStatus.ENDED), ListingState.FAILED, ["publication.status"]),
        # It was asked to be on sale and nothing is wrong: it may be on its way.
        (SENT, LEFT_OFF, ListingState.WAITING, []),
        (SENT, replace(MADE, status=OfferStatus.UNKNOWN), ListingState.WAITING, []),
        (replace(SENT, asks_since=LONG), LEFT_OFF, ListingState.FAILED, ["publication.status"]),
        (SENT, replace(LEFT_OFF, finished=False), ListingState.WAITING, []),
        (DRAFT, replace(LEFT_OFF, finished=False, operation_id="op"), ListingState.WAITING, []),
    ],
)
def test_an_offer_that_was_made_is_on_sale_or_is_asked_after_or_is_told_what_it_lacks(
    listing: Listing, made: OfferMade, state: ListingState, errors: list[str]
) -> None:
    told = after_answer(listing, made, NOON)
    assert (told.state, [error.field for error in told.errors], told.offer_id) == (state, errors, "7001")
    assert (told.sent_at, told.lost_at) == (None, None)
    assert (told.due_at is None) is (told.finished_at is not None) is not state.is_open
    assert told.operation_id == (made.operation_id if state.is_open else "")


def test_what_a_draft_lacks_and_what_allegro_warns_of_are_notes() -> None:
    told = after_answer(DRAFT, replace(LEFT_OFF, errors=WRONG[:1], warnings=("Uwaga", "stock: za mało")), NOON)
    assert told.notes == ("Uwaga", "stock: za mało", "Before it can be on sale: Za długi.")


@pytest.mark.parametrize(
    ("waited_seconds", "wanted_seconds", "pause_seconds"),
    [(0, None, 5), (0, 12, 12), (0, 3600, 60), (0, 1, 5), (100, None, 25), (100, 7, 25), (6000, None, 60)],
)
def test_an_offer_is_asked_after_less_and_less_often_and_not_sooner_than_allegro_wants(
    waited_seconds: int, wanted_seconds: float | None, pause_seconds: int
) -> None:
    waiting = replace(SENT, asks_since=NOON - timedelta(seconds=waited_seconds), state=ListingState.WAITING)
    told = after_operation(waiting, Operation(OperationState.WORKING, ask_again_seconds=wanted_seconds), NOON)
    assert told is not None
    assert told.due_at == NOON + timedelta(seconds=pause_seconds)
    assert told.asks_since == waiting.asks_since


@pytest.mark.parametrize(
    ("state", "since"),
    [
        (OperationState.WORKING, LONG),
        *((state, NOON) for state in (OperationState.DONE, OperationState.FAILED, OperationState.FORGOTTEN)),
    ],
)
def test_an_operation_that_is_over_or_takes_too_long_is_settled_by_the_offer_itself(
    state: OperationState, since: datetime
) -> None:
    assert after_operation(replace(SENT, asks_since=since), Operation(state), NOON) is None


def test_an_offer_that_allegro_could_not_finish_keeps_its_draft_where_there_is_one() -> None:
    made = replace(SENT, offer_id="7001")
    kept, gone = (after_failure(made, WRONG, exists=exists, now=NOON) for exists in (True, False))
    assert (kept.offer_id, gone.offer_id, kept.errors, gone.errors) == ("7001", "", WRONG, WRONG)
    [error] = after_failure(made, (), exists=False, now=NOON).errors
    assert "List the product again" in error.message


def _offer(status: OfferStatus) -> Offer:
    return Offer("7001", "Kubek", "MUG-1", OfferFormat.BUY_NOW, status, 5, pln("10"))


@pytest.mark.parametrize(
    ("step", "state", "offer_id", "field"),
    [
        (Adopt(_offer(OfferStatus.ACTIVE)), ListingState.LISTED, "7001", None),
        (Adopt(_offer(OfferStatus.ACTIVATING)), ListingState.LISTED, "7001", None),
        (Adopt(_offer(OfferStatus.UNKNOWN)), ListingState.FAILED, "7001", "publication.status"),
        (Adopt(_offer(OfferStatus.ENDED), "It has ended."), ListingState.FAILED, "7001", ""),
        (Already("7002", OfferStatus.ACTIVE), ListingState.LISTED, "7002", None),
        (Already("7002", OfferStatus.UNKNOWN), ListingState.FAILED, "7002", "publication.status"),
        (Ended("7002", "It has ended."), ListingState.FAILED, "7002", ""),
        (Clash("Two have it."), ListingState.FAILED, "", "external.id"),
        (GiveUp("No answer."), ListingState.FAILED, "", ""),
    ],
)
def test_an_item_that_has_an_offer_is_listed_with_it_where_it_is_on_sale(
    step: Adopt | Already | Ended | Clash | GiveUp, state: ListingState, offer_id: str, field: str | None
) -> None:
    told = after_finding(SENT, step, NOON)
    assert (told.state, told.offer_id) == (state, offer_id)
    assert [error.field for error in told.errors] == ([] if field is None else [field])
    assert (told.sent_at, told.due_at, told.finished_at) == (None, None, NOON)


def test_only_an_offer_that_was_there_before_is_told_to_be_left_as_it_is() -> None:
    found = Adopt(_offer(OfferStatus.ACTIVE))
    assert "left as it is" in after_finding(replace(SENT, sent_at=None, lost_at=None), found, NOON).notes[-1]
    assert after_finding(SENT, found, NOON).notes == SENT.notes


def test_what_was_refused_has_nothing_under_way() -> None:
    told = refused(SENT, WRONG, ("Uwaga", "Bez zdjęcia."), NOON)
    assert (told.state, told.errors, told.notes) == (ListingState.FAILED, WRONG, ("Uwaga", "Bez zdjęcia."))
    assert (told.sent_at, told.due_at, told.finished_at) == (None, None, NOON)
