"""An account whose offers are linked and whose stock is synced, and short words for what the tests do with it."""

from decimal import Decimal
from typing import Any

import pytest

from app.api.deps import Services
from app.db import accounts, ledger, offer_links
from app.domain.ledger import LedgerEntry
from app.domain.links import OfferLink
from app.domain.runs import AskedBy, Run
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.sync.orders.conftest import Desk


class Counter(Desk):
    """The seller's desk, with the offers on it."""

    def offer(self, sku: str = "KUB-001", *, price: str = "99.00", stock: int = 10, units: int = 1, **more: Any) -> str:
        """A new offer at Allegro, linked to the article; returns its id."""
        offer_id = self.world.allegro.add_offer(f"Oferta {sku}", Decimal(price), stock=stock, **more)
        self.link(offer_id, sku, units=units)
        return offer_id

    def link(self, offer_id: str, sku: str, *, units: int = 1) -> OfferLink:
        product = self.world.store.product(sku)
        wanted = OfferLink(
            id=0,
            account_id=self.account,
            offer_id=offer_id,
            product_id=product.get("parent_id") or product["id"],
            variation_id=product["id"] if product.get("parent_id") else 0,
            units_per_offer=units,
        )
        return self.services.linker.link(self.account, wanted)

    def of(self, offer_id: str) -> OfferLink:
        """The link of the offer."""
        with self.services.database.reading() as session:
            return offer_links.of_offers(session, self.account, [offer_id])[offer_id]

    def shown(self, offer_id: str) -> int:
        """What Allegro's buyers see: the pieces, 0 once it has ended."""
        offer = self.world.allegro.offer(offer_id)
        return int(offer.available) if offer.status in ("ACTIVE", "ACTIVATING") else 0

    def stock(self, *, dry_run: bool = False) -> Run:
        """The job as a person starts it: it looks at everything."""
        return self.run("stock", dry_run=dry_run)

    def nudge(self) -> Run | None:
        """The job as a change starts it: it looks at what is due."""
        return self.services.runner.tick("stock", self.account, AskedBy.NUDGE)

    def put(self, pieces: int, sku: str = "KUB-001") -> None:
        """A person at the store counts the article."""
        self.world.store.put_in_stock(sku, pieces)

    def line(self, offer_id: str, quantity: int = 1) -> Line:
        """What a buyer of the offer puts into the basket."""
        return Line(offer_id, quantity=quantity)

    def due(self, sku: str = "KUB-001") -> None:
        """The store's webhook has told that the article changed."""
        with self.services.database.transaction() as session:
            offer_links.make_due(session, [self.world.store.product(sku)["id"]], at=self.services.now())

    def found_foreign(self, offer_id: str) -> None:
        """The look at all offers has found a value that neither we nor a sale have brought about."""
        link, now = self.of(offer_id), self.services.now()
        shown = self.world.allegro.offer(offer_id).available
        with self.services.database.transaction() as session:
            values = {"listed_quantity": shown, "listed_at": now, "foreign_at": now, "due_at": now}
            offer_links.record(session, [link.id], **values)

    def change(self, **values: Any) -> None:
        """Change columns of the account."""
        with self.services.database.transaction() as session:
            accounts.update(session, self.account, values)

    def writes(self) -> int:
        """How often Allegro was asked to change an offer until now."""
        told = [each for each in self.world.allegro.requests if each.method != "GET" and each.path.startswith("/sale/")]
        return sum(not each.path.endswith("-queries") for each in told)  # what takes a long question is a POST, too

    def history(self, offer_id: str) -> list[LedgerEntry]:
        with self.services.database.reading() as session:
            return list(ledger.history(session, self.of(offer_id).id, before_id=None, limit=100))


@pytest.fixture
def counter(world: Sandbox, services: Services, account: int) -> Counter:
    counter = Counter(world, services, account)
    counter.switch(import_orders=True, sync_stock=True)
    counter.run()  # the first start: the journal's end is noted
    return counter
