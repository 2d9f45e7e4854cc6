"""The seller's counter with prices on it: what both sides ask, and who changes it."""

from decimal import Decimal
from typing import Any

import pytest

from app.api.deps import Services
from app.db import held_prices, offer_links
from app.domain.held_prices import HeldPrice, HeldState
from app.domain.runs import AskedBy, Run
from app.sandbox.world import Sandbox
from tests.sync.offers.counter import Counter


class Till(Counter):
    """Prices go to Allegro, and stock does not, until a test switches that. Offers begin at 99.00 PLN."""

    def prices(self, *, dry_run: bool = False) -> Run:
        """The job as a person starts it: it looks at everything, and tries again what was refused."""
        return self.run("prices", dry_run=dry_run)

    def tick(self, job: str = "prices", asked_by: AskedBy = AskedBy.SCHEDULE, **wait: float) -> Run | None:
        """The job as the schedule, or a change, starts it, after so long; None where it is not wanted."""
        self.wait(**wait)
        return self.services.runner.tick(job, self.account, asked_by)

    def nudged(self, **wait: float) -> Run | None:
        """The job as a change starts it, after so long."""
        return self.tick("prices", AskedBy.NUDGE, **wait)

    def asks(self, price: str, sku: str = "KUB-001", **more: Any) -> None:
        """A person at the store gives the article another price."""
        self.world.store.edit(sku, regular_price=price, **more)

    def in_store(self, sku: str = "KUB-001") -> tuple[str, str]:
        """The article's regular price and its sale price."""
        product = self.world.store.product(sku)
        return product["regular_price"], product["sale_price"]

    def costs(self, *offer_ids: str) -> str:
        """What buyers pay at Allegro for each of these."""
        return ", ".join(str(self.world.allegro.offer(offer_id).price) for offer_id in offer_ids)

    def reprice(self, offer_id: str, price: str) -> None:
        """The seller gives the offer another price at Allegro."""
        self.world.allegro.set_price(offer_id, Decimal(price))

    def agree(self, offer_id: str, price: str) -> None:
        """Both sides have asked this for a while."""
        sku = "KUB-001"
        self.asks(price, sku)
        self.prices()
        assert self.costs(offer_id) == price
        self.wait(minutes=30)

    def store_writes(self) -> int:
        """How often the store was asked to change products until now."""
        return sum(request.method != "GET" and "/products" in request.path for request in self.world.store.requests)

    def all_writes(self) -> tuple[int, int]:
        """Changes of offers and of products until now."""
        return self.writes(), self.store_writes()

    def is_due(self) -> bool:
        """Whether something has its turn by itself."""
        with self.services.database.reading() as session:
            return self.account in offer_links.accounts_due(session, now=self.services.now())

    def held(self) -> list[HeldPrice]:
        with self.services.database.reading() as session:
            return list(held_prices.of_account(session, self.account).values())

    def held_in(self, state: HeldState) -> list[str]:
        """The offers whose prices are held in this state, or were."""
        with self.services.database.reading() as session:
            page = held_prices.page(session, self.account, state, before_id=None, limit=100)
        return sorted(each.offer_id for each in page)

    def decide(self, *, released: bool) -> None:
        """A person decides on every price that is held and can be, also on those they have rejected."""
        ids = [each.id for each in self.held() if each.releasable]
        with self.services.database.transaction() as session:
            decided = held_prices.decide(session, ids, released=released, now=self.services.now())
            offer_links.record(session, [each.link_id for each in decided], due_at=self.services.now())

    def kinds(self) -> list[str]:
        """The kinds of the open alerts."""
        return sorted(alert.kind for alert in self.alerts())


def whys(run: Run | None) -> str:
    """The reasons that the run's report gives."""
    assert run is not None
    return " ".join(change.why for change in run.changes)


@pytest.fixture
def till(world: Sandbox, services: Services, account: int) -> Till:
    till = Till(world, services, account)
    till.switch(import_orders=True, push_prices=True)
    till.run()  # the first start: the journal's end is noted
    return till
