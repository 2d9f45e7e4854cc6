"""Where reading the order journal and the list of orders begins."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.journal import overlapped, start_of_import, sweep_start
from app.domain.settings import Settings

_NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_YEAR_AGO = _NOW - timedelta(days=364)


@pytest.mark.parametrize(
    ("position", "read_from"),
    [
        # Sixteen digits are microseconds: a quarter of an hour is read again.
        ("1732449600000000", "1732448700000000"),
        ("", ""),
        ("173244960000000", "173244960000000"),
        ("17324496000000000", "17324496000000000"),
        ("event-7", "event-7"),
    ],
)
def test_the_journal_is_read_from_a_little_before_the_mark(position: str, read_from: str) -> None:
    assert overlapped(position) == read_from


@pytest.mark.parametrize(
    ("start", "first"),
    [
        (None, _YEAR_AGO),
        (date(2026, 11, 1), datetime(2026, 10, 31, 23, 0, tzinfo=UTC)),
        (date(2020, 1, 1), _YEAR_AGO),
        (_NOW, _NOW),
    ],
)
def test_orders_are_of_interest_from_the_sellers_date_but_for_a_year_at_most(
    start: date | datetime | None, first: datetime
) -> None:
    assert start_of_import(Settings(import_orders_from=start), _NOW) == first


@pytest.mark.parametrize(
    ("swept_until", "begins"),
    [
        (_NOW, _NOW - timedelta(hours=2)),
        (_YEAR_AGO, _YEAR_AGO),
        (_YEAR_AGO + timedelta(hours=1), _YEAR_AGO),
    ],
)
def test_a_sweep_begins_two_hours_back_but_never_before_the_import(swept_until: datetime, begins: datetime) -> None:
    assert sweep_start(swept_until, _YEAR_AGO) == begins
