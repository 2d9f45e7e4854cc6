"""Where reading Allegro's order journal and its list of orders begins."""

from datetime import datetime, timedelta

from app.domain.settings import Settings

# Events have appeared late and out of order; reading a little again costs no call and the inbox knows its events.
_JOURNAL_OVERLAP = timedelta(minutes=15)
# Clocks differ and Allegro's list lags behind; two hours are a page at most for an ordinary seller.
_SWEEP_OVERLAP = timedelta(hours=2)
# Allegro guarantees a year of orders.
_OLDEST = timedelta(days=364)
# Event ids have been microseconds since 1970 for years (16 digits), but nobody promises it.
_MICROSECOND_DIGITS = 16


def overlapped(position: str) -> str:
    """The event id to read on from: a little before the mark where the id tells its time, else the mark itself."""
    if position.isdigit() and len(position) == _MICROSECOND_DIGITS:
        return str(int(position) - _JOURNAL_OVERLAP // timedelta(microseconds=1))
    return position


def start_of_import(settings: Settings, now: datetime) -> datetime:
    """The earliest change of an order that is of interest."""
    oldest = now - _OLDEST
    start = settings.import_starts_at
    return max(start, oldest) if start else oldest


def sweep_start(swept_until: datetime, first: datetime) -> datetime:
    """Where the next sweep begins: a little before the last change that one has seen."""
    return max(first, swept_until - _SWEEP_OVERLAP)
