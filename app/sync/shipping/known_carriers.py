"""Allegro's carriers and delivery methods, which change some times a year."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from app.channels.allegro.client import AllegroClient
from app.domain.accounts import Account, Environment
from app.domain.parcels import Carrier, DeliveryMethod

_GOOD_FOR = timedelta(hours=24)

T = TypeVar("T")
_Known = dict[Environment, tuple[datetime, tuple[T, ...]]]


@dataclass
class KnownCarriers:
    """Read again when they are older than a day. Raises the errors of Allegro's channel."""

    now: Callable[[], datetime]
    _known: _Known[Carrier] = field(default_factory=dict)
    _methods: _Known[DeliveryMethod] = field(default_factory=dict)

    def of(self, account: Account, allegro: AllegroClient) -> tuple[Carrier, ...]:
        """All carriers that Allegro takes parcel numbers of."""
        return self._fresh(self._known, account.environment, allegro.shipping.carriers)

    def delivery_methods_of(self, account: Account, allegro: AllegroClient) -> tuple[DeliveryMethod, ...]:
        """Every way of delivery that there is or was, on any marketplace."""
        return self._fresh(self._methods, account.environment, allegro.shipping.delivery_methods)

    def _fresh(self, known: _Known[T], at: Environment, read: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
        there = known.get(at)
        if there is None or not timedelta(0) <= self.now() - there[0] < _GOOD_FOR:
            there = known[at] = (self.now(), read())
        return there[1]
