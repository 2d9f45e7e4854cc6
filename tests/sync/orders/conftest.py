"""A connected account with the import switched on, and short words for what the tests do with it."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from app.api.deps import Services
from app.db import accounts, alerts, order_log, reservations
from app.domain.alerts import Alert
from app.domain.order_log import LogEntry
from app.domain.runs import Run
from app.domain.settings import switched
from app.sandbox.allegro.forms import Line
from app.sandbox.seed import GOODS
from app.sandbox.world import Sandbox


@dataclass
class Desk:
    """One seller's desk: the world, the service, and the account between them."""

    world: Sandbox
    services: Services
    account: int
    stocked: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # What the store has of each article before anything is sold.
        self.stocked = {good.sku: self.world.store.stock(good.sku) or 0 for good in GOODS}

    def switch(self, **values: Any) -> None:
        """Change settings of the account."""
        with self.services.database.transaction() as session:
            old = accounts.get(session, self.account).settings
            accounts.save_settings(session, self.account, switched(old, replace(old, **values), self.services.now()))

    def run(self, job: str = "orders", *, dry_run: bool = False) -> Run:
        queued = self.services.runner.queue(job, self.account, dry_run=dry_run)
        return self.services.runner.run_queued(queued)

    def buy(self, sku: str = "KUB-001", quantity: int = 1, **more: Any) -> str:
        return self.world.allegro.buy(Line(self.world.allegro.offer_id(sku), quantity=quantity), **more)

    def entry(self, order_id: str) -> LogEntry:
        with self.services.database.reading() as session:
            return order_log.get(session, self.account, order_id)

    def entries(self) -> list[LogEntry]:
        with self.services.database.reading() as session:
            return list(order_log.page(session, self.account, before_id=None, limit=10_000))

    def alerts(self) -> list[Alert]:
        """The open ones."""
        with self.services.database.reading() as session:
            return list(alerts.page(session, before_id=None, limit=100, open_only=True))

    def store_order(self, order_id: str) -> dict[str, Any]:
        """The one store order of an Allegro order."""
        [order] = self.world.store.orders_for(order_id)
        return order

    def made(self, order_ids: list[str]) -> list[int]:
        """How many store orders each Allegro order has."""
        return [len(self.world.store.orders_for(order_id)) for order_id in order_ids]

    def posts(self) -> int:
        """How often the store was asked to make an order."""
        return sum(
            request.method == "POST" and request.path.endswith("/orders") for request in self.world.store.requests
        )

    def puts(self) -> int:
        """How often Allegro was asked to change an order."""
        return sum(request.method == "PUT" for request in self.world.allegro.requests)

    def is_logged(self, order_id: str) -> bool:
        with self.services.database.reading() as session:
            return order_log.find(session, self.account, order_id) is not None

    def shadow(self) -> None:
        """Let the account plan only."""
        with self.services.database.transaction() as session:
            accounts.update(session, self.account, {"shadow": True})

    def log(self, order_id: str) -> None:
        """Have an order looked at, as if the journal had told of it."""
        with self.services.database.transaction() as session:
            order_log.make_due(session, self.account, [order_id], found_by="journal", now=self.services.now())

    def resolve(self, alert: Alert) -> None:
        """A person resolves an alert."""
        with self.services.database.transaction() as session:
            alerts.resolve_by_id(session, alert.id, now=self.services.now())

    def ask_for(self, *order_ids: str) -> None:
        """A person asks for the import of these orders."""
        now = self.services.now()
        with self.services.database.transaction() as session:
            order_log.make_due(session, self.account, order_ids, found_by="reimport", now=now)
            for order_id in order_ids:
                order_log.record(session, order_log.get(session, self.account, order_id), asked_at=now)

    def reserved(self) -> dict[str, int]:
        """Pieces of each offer that are bought and still in the store's stock."""
        with self.services.database.reading() as session:
            pieces = Counter[str]()
            for _, line in reservations.open_lines(session):
                pieces[line.offer_id] += line.quantity
            return dict(pieces)

    def wait(self, **duration: float) -> None:
        """Let the whole world's clock run on."""
        self.world.clock.advance(timedelta(**duration).total_seconds())


@pytest.fixture
def desk(world: Sandbox, services: Services, account: int) -> Desk:
    desk = Desk(world, services, account)
    desk.switch(import_orders=True)
    desk.run()  # the first start: the journal's end is noted
    return desk
