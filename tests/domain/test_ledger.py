"""What became of what was sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.ledger import (
    CARRIED_OUT_WITHIN,
    MOST_CORRECTIONS,
    MOST_WRITES,
    About,
    Fate,
    LedgerEntry,
    Way,
    Writes,
    is_seen,
    look_again_after,
    rest_after,
    verdict,
    why_parked,
)
from app.domain.links import OfferLink, after_sale
from app.domain.money import Money
from app.domain.offers import CommandKind, OfferStatus, Publication, TaskOutcome, TaskState
from tests.domain.samples import entry_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PRICE = Money(Decimal("9.90"), "PLN")
SAID = entry_of(created_at=NOW, way=Way.BULK, command_id="c", fate=Fate.SENT, sent_at=NOW)
LINK = OfferLink(1, 1, "7001", product_id=11, offer_status=OfferStatus.ACTIVE, listed_quantity=5, listed_at=NOW)


def _task(state: TaskState, kind: CommandKind = CommandKind.QUANTITY, offer: str = "7001") -> TaskOutcome:
    return TaskOutcome(offer, kind, state, code="NOPE" if state is TaskState.FAILED else "")


DONE, WAITS, FAILED = (_task(state) for state in (TaskState.DONE, TaskState.WAITING, TaskState.FAILED))
PRICED = _task(TaskState.DONE, CommandKind.PRICE)
BOTH = replace(SAID, price=PRICE)


@pytest.mark.parametrize(
    ("entry", "tasks", "later", "fate"),
    [
        (SAID, [DONE], 0, Fate.ACCEPTED),
        (SAID, [WAITS], 0, None),
        (SAID, [], 0, None),  # no task is not a task that is done
        (SAID, [_task(TaskState.DONE, offer="7002")], 0, None),
        (SAID, [_task(TaskState.UNKNOWN)], 0, None),
        (SAID, [FAILED], 0, Fate.FAILED),
        (BOTH, [DONE], 0, None),
        (BOTH, [DONE, PRICED], 0, Fate.ACCEPTED),
        (BOTH, [FAILED, PRICED], 0, Fate.FAILED),
        (replace(SAID, quantity=None, publication=Publication.END), [DONE], 0, Fate.ACCEPTED),
        (SAID, [WAITS], 1, Fate.LAPSED),
        (SAID, [], 1, Fate.LAPSED),
        (SAID, [DONE], 1, Fate.ACCEPTED),
    ],
)
def test_an_entry_is_what_its_tasks_say_and_lapses_in_the_end(
    entry: LedgerEntry, tasks: list[TaskOutcome], later: int, fate: Fate | None
) -> None:
    assert verdict(entry, tasks, NOW + CARRIED_OUT_WITHIN + timedelta(seconds=1 if later else -1)).fate is fate


ENDED = replace(LINK, offer_status=OfferStatus.ENDED)


@pytest.mark.parametrize(
    ("entry", "link", "seen"),
    [
        (SAID, LINK, False),
        (SAID, replace(LINK, listed_quantity=3), True),
        (SAID, replace(LINK, listed_quantity=None), False),
        (BOTH, replace(LINK, listed_quantity=3), False),
        (BOTH, replace(LINK, listed_quantity=3, listed_price=PRICE), True),
        (replace(SAID, quantity=None, publication=Publication.END), LINK, False),
        (replace(SAID, quantity=None, publication=Publication.END), ENDED, True),
        (replace(SAID, publication=Publication.ACTIVATE), replace(ENDED, listed_quantity=3), False),
        (replace(SAID, publication=Publication.ACTIVATE), replace(LINK, listed_quantity=3), True),
    ],
)
def test_what_was_said_is_seen_when_the_offer_shows_all_of_it(entry: LedgerEntry, link: OfferLink, seen: bool) -> None:
    assert is_seen(entry, link) is seen


def test_a_command_is_asked_for_less_and_less_often() -> None:
    waits = [look_again_after(SAID, NOW + timedelta(seconds=age)).total_seconds() for age in (0, 1, 10, 600)]
    assert waits == [2, 2, 10, 60]


def test_an_offer_is_parked_by_too_many_writes_and_sooner_by_too_many_corrections() -> None:
    assert why_parked(Writes(MOST_WRITES - 1, MOST_CORRECTIONS - 1), About.STOCK) == ""
    assert "looks like a loop" in why_parked(Writes(MOST_WRITES), About.STOCK)
    assert "price sync" in why_parked(Writes(MOST_CORRECTIONS, MOST_CORRECTIONS), About.PRICE)


LONG_AFTER = NOW + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("link", "quantity", "bought_at", "in_flight", "left", "doubted"),
    [
        (LINK, 2, LONG_AFTER, False, 3, False),
        (LINK, 2, NOW + timedelta(minutes=4), False, 3, True),  # near the moment at which we set it
        (LINK, 2, NOW - timedelta(minutes=4), False, 3, True),
        (LINK, 2, None, False, 3, True),
        (LINK, 2, LONG_AFTER, True, 3, True),
        (LINK, 5, LONG_AFTER, False, 0, True),  # the last piece: it ends, and we do not know yet
        (LINK, 7, LONG_AFTER, False, 0, True),
        (replace(LINK, listed_quantity=None), 2, LONG_AFTER, False, None, True),
        (replace(LINK, listed_at=None), 2, LONG_AFTER, False, 3, True),
    ],
)
def test_a_sale_lowers_what_an_offer_shows_and_casts_a_doubt_where_that_is_not_certain(
    link: OfferLink, quantity: int, bought_at: datetime | None, in_flight: bool, left: int | None, doubted: bool
) -> None:
    now = LONG_AFTER + timedelta(seconds=5)
    after = after_sale(link, quantity, bought_at, now=now, is_in_flight=in_flight)
    assert (after.listed_quantity, after.doubted_at) == (left, now if doubted else None)


def test_a_doubt_is_as_young_as_its_last_reason_so_that_a_reading_from_before_does_not_end_it() -> None:
    doubted = replace(LINK, doubted_at=NOW)
    assert after_sale(doubted, 1, LONG_AFTER, now=LONG_AFTER, is_in_flight=False).doubted_at == LONG_AFTER


def test_an_activation_that_is_refused_again_and_again_rests_ever_longer() -> None:
    assert [rest_after(count) // timedelta(minutes=1) for count in (1, 2, 3, 6, 7, 100)] == [10, 20, 40, 320, 360, 360]
