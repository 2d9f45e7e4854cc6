"""Store times: kept to the second in UTC, shown in the store's zone, filtered as WordPress reads them."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from app.sandbox.store.exchange import Call, invalid

ZONE = ZoneInfo("Europe/Warsaw")
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}(:?\d{2})?)?", re.IGNORECASE)


def local(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M:%S")


def gmt(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def dated(name: str, moment: datetime | None) -> dict[str, Any]:
    """`name` in the store's zone and `name`_gmt in UTC, neither with a zone written."""
    return {name: local(moment), f"{name}_gmt": gmt(moment)}


def written_moment(written: object, zone: tzinfo) -> datetime | None:
    """A time out of a request's body as UTC, in `zone` where it names none; None for what is no time."""
    try:
        read = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)


def moment_parameter(call: Call, name: str) -> datetime | None:
    """A date filter of the request as UTC, None where it was not sent.

    A time without zone is read in the store's zone, or as UTC with `dates_are_gmt`. A time that carries its zone
    is read as written, except that `dates_are_gmt` shifts it by the store's offset once more, as WordPress does.
    Raises StoreError 400 where it is not a date with a time.
    """
    written = call.text(name)
    if written is None:
        return None
    if not _WRITTEN.fullmatch(written):
        raise invalid(name, "Invalid date.", "rest_invalid_date")
    try:
        read = datetime.fromisoformat(written.upper())
    except ValueError as error:
        raise invalid(name, "Invalid date.", "rest_invalid_date") from error
    read = read.replace(microsecond=0)
    as_gmt = call.flag("dates_are_gmt")
    if read.tzinfo is None:
        return read.replace(tzinfo=UTC if as_gmt else ZONE).astimezone(UTC)
    if as_gmt:
        return read.astimezone(ZONE).replace(tzinfo=UTC)
    return read.astimezone(UTC)
