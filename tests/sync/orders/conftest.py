"""A connected account with the import switched on, and short words for what the tests do with it."""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.api.deps import Services
from app.db import accounts, alerts, order_log, reservations
from app.domain.alerts import Alert
from app.domain.order_log import LogEntry
from app.domain.runs import Run
from app.domain.settings import switched
from app.main import build
from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.seed import GOODS
from app.sandbox.serving import Recorded
from app.sandbox.store.world import StoreWorld
from app.sandbox.world import Sandbox


class Killed(BaseException):
    """The process is gone: nothing is stored any more."""


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

    def once(
        self, half: AllegroWorld | StoreWorld, is_it: Callable[[Recorded], bool], happens: Callable[[], object]
    ) -> None:
        """Let something happen while the answer to the first such call is on its way."""

        def listen(request: Recorded) -> None:
            if is_it(request):
                half.meanwhile = None
                happens()

        half.meanwhile = listen

    def dies_at(self, job: str, half: AllegroWorld | StoreWorld, is_it: Callable[[Recorded], bool]) -> None:
        """Start the job in a process that is killed when the answer to the first such call is on its way."""
        is_dead, main = False, threading.get_ident()

        def now() -> datetime:
            # Everything that is stored needs to know the time. What keeps the lease alive dies without a word.
            if is_dead and threading.get_ident() == main:
                raise Killed
            return self.world.clock.now()

        def listen(request: Recorded) -> None:
            nonlocal is_dead
            is_dead = is_dead or is_it(request)

        half.meanwhile = listen
        with closing(build(self.services.config, now=now)) as victim, pytest.raises(Killed):
            victim.runner.run_queued(victim.runner.queue(job, self.account, dry_run=False))
        half.meanwhile = None


@pytest.fixture
def desk(world: Sandbox, services: Services, account: int) -> Desk:
    desk = Desk(world, services, account)
    desk.switch(import_orders=True)
    desk.run()  # the first start: the journal's end is noted
    return desk
