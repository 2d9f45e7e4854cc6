"""The store's taxes, which orders and prices are computed with."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from app.channels.errors import Misconfigured, Rejected, Unreadable
from app.channels.woocommerce.client import StoreClient
from app.domain.store import StoreTaxes

_GOOD_FOR = timedelta(minutes=10)

T = TypeVar("T")


class KnownTaxes:
    """The store's taxes, read again when they are older than ten minutes."""

    def __init__(self) -> None:
        self._taxes: StoreTaxes | None = None
        self._read_at: datetime | None = None

    def of(self, store: StoreClient, now: datetime, *, fresh: bool = False) -> StoreTaxes:
        """As `needed_by_all`. With `fresh` they are read now, however old those in memory are."""
        if fresh or self._taxes is None or self._read_at is None or now - self._read_at > _GOOD_FOR:
            self._taxes, self._read_at = needed_by_all(store.taxes), now
        return self._taxes


def needed_by_all(read: Callable[[], T]) -> T:
    """Read what everything depends on: when the store refuses it or garbles it, that is no fault of the one at hand.

    Raises `Misconfigured` then.
    """
    try:
        return read()
    except (Rejected, Unreadable) as error:
        raise Misconfigured(str(error), channel=error.channel, trace_id=error.trace_id) from error
