"""Allegro's carriers and delivery methods, which change some times a year."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.domain.accounts import Account, Environment
from app.domain.parcels import Carrier

_GOOD_FOR = timedelta(hours=24)


@dataclass
class KnownCarriers:
    """Read again when they are older than a day. Raises the errors of Allegro's channel."""

    now: Callable[[], datetime]
    _known: dict[Environment, tuple[datetime, tuple[Carrier, ...]]] = field(default_factory=dict)

    def of(self, account: Account, allegro: AllegroClient) -> tuple[Carrier, ...]:
        """All carriers that Allegro takes parcel numbers of."""
        known = self._known.get(account.environment)
        if known is None or not timedelta(0) <= self.now() - known[0] < _GOOD_FOR:
            known = (self.now(), allegro.shipping.carriers())
            self._known[account.environment] = known
        return known[1]
