"""A connected account with one linked offer for each of the goods, and short words for what the tests do with them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from app.api.deps import Services
from app.db import alerts, ledger, offer_links
from app.domain.alerts import Alert
from app.domain.ledger import Fate
from app.domain.links import OfferLink
from app.domain.money import Money
from app.domain.offers import OfferFormat, OfferStatus
from app.domain.runs import AskedBy, Run
from app.sandbox.seed import GOODS
from app.sandbox.world import Sandbox
from app.sync.context import JobContext
from app.sync.jobs import Job
from tests.domain.samples import entry_of
from tests.sync.offers.counter import Counter, counter
from tests.sync.offers.till import Till, till
from tests.sync.steps import switch

__all__ = ["Counter", "Till", "counter", "till"]


@dataclass
class Stall:
    """One seller's offers: the world, the service, and the links between them."""

    world: Sandbox
    services: Services
    account: int

    def give(self, work: Callable[[JobContext], None]) -> None:
        """Let the service have the job `offers` as well."""
        job = Job("offers", work, 600, "offers", lambda _account: True)
        self.services.runner.jobs = {**self.services.runner.jobs, job.name: job}

    def run(self, job: str = "offers", *, dry_run: bool = False) -> Run:
        """As a person asks for it."""
        queued = self.services.runner.queue(job, self.account, dry_run=dry_run)
        return self.services.runner.run_queued(queued)

    def tick(self, **wait: float) -> Run:
        """As the schedule does it, after so long."""
        self.wait(**wait)
        run = self.services.runner.tick("offers", self.account, AskedBy.SCHEDULE)
        assert run is not None
        return run

    def wait(self, **duration: float) -> None:
        """Let the whole world's clock run on."""
        self.world.clock.advance(timedelta(**duration).total_seconds())

    def link(self, sku: str = "KUB-001") -> OfferLink:
        """The link of the offer that had this SKU from the beginning."""
        [good] = [good for good in GOODS if good.sku == sku]
        with self.services.database.reading() as session:
            return offer_links.of_offers(session, self.account, [good.offer_id])[good.offer_id]

    def add_link(self, offer_id: str, **values: Any) -> None:
        """Link an offer that shows what its values say."""
        new = OfferLink(0, self.account, offer_id, product_id=11, format=OfferFormat.BUY_NOW)
        with self.services.database.transaction() as session:
            offer_links.add(session, replace(new, **values), now=self.services.now())

    def say(self, quantity: int, sku: str = "KUB-001", *, is_correction: bool = False) -> int:
        """Write a quantity as the job that sends stock does, reported as done at once; returns the entry's id."""
        link, now = self.link(sku), self.services.now()
        entry = entry_of(
            account_id=self.account,
            link_id=link.id,
            offer_id=link.offer_id,
            created_at=now,
            before="",
            quantity=quantity,
            is_correction=is_correction,
        )
        self.world.allegro.set_stock(link.offer_id, quantity)
        with self.services.database.transaction() as session:
            [entry_id] = ledger.intend(session, [entry])
            ledger.note_sent(session, [entry_id], now=now)
            ledger.settle(session, [entry_id], Fate.ACCEPTED, now=self.services.now())
            offer_links.record(session, [link.id], listed_quantity=quantity, listed_at=self.services.now())
        return entry_id

    def fate(self, sku: str = "KUB-001") -> Fate:
        """What became of the newest that was said to the offer."""
        link = self.link(sku)
        with self.services.database.reading() as session:
            return ledger.latest(session, [link.id])[link.id].fate

    def due(self) -> set[str]:
        """The offers that are to be looked at by whoever sends stock, which is taken for done."""
        with self.services.database.transaction() as session:
            ids = offer_links.due(session, self.account, now=self.services.now())
            found = {link.offer_id for link in offer_links.by_ids(session, ids).values()}
            offer_links.settle_due(session, ids, seen_at=self.services.now(), again_at=None)
        return found

    def alerts(self) -> list[Alert]:
        """The open ones."""
        with self.services.database.reading() as session:
            return list(alerts.page(session, before_id=None, limit=100, open_only=True))

    def calls(self) -> dict[str, int]:
        """What Allegro was asked about offers since the last time, by the last word of the address."""
        names = {
            "GET /sale/offers": "list",
            "GET /sale/offer-events": "events",
            "GET /sale/product-offers/{id}": "offer",
        }
        counted = {name: self.world.allegro.calls[address] for address, name in names.items()}
        others = sum(count for address, count in self.world.allegro.calls.items() if "/auth/" not in address)
        self.world.allegro.requests.clear()
        assert others == sum(counted.values()), "Allegro was asked for, or told, something else"
        return {name: count for name, count in counted.items() if count}


@pytest.fixture
def stall(world: Sandbox, services: Services, account: int) -> Stall:
    stall = Stall(world, services, account)
    switch(services, account, sync_stock=True)
    for good in GOODS:
        stall.add_link(
            good.offer_id,
            sku=good.sku,
            external_id=good.sku,
            title=good.name,
            offer_status=OfferStatus.ACTIVE,
            listed_quantity=good.stock,
            listed_price=Money(good.gross_price, "PLN"),
            bidders=0,
        )
    stall.due()
    world.allegro.requests.clear()
    return stall
