"""A product of which more pieces are sold than there were: told at once, with the orders that want them.

The store checks no stock when an order is made over its API, so the last piece can be sold on both sides. Nobody can
undo that; a person must choose who gets it, and the sooner the better.
"""

from collections import Counter
from dataclasses import dataclass, field

from app.channels.errors import ChannelError
from app.channels.woocommerce.client import StoreClient
from app.db import alerts
from app.domain.runs import Result
from app.domain.store import OrderDraft, StoreProduct
from app.sync.context import JobContext
from app.sync.orders.known import Catalogue

OVERSOLD = "oversold"


@dataclass
class Overselling:
    """Watches the products of one run's orders. Asks the store only where the pieces may not suffice."""

    context: JobContext
    store: StoreClient
    catalogue: Catalogue
    sold: Counter[str] = field(default_factory=Counter)

    def look(self, draft: OrderDraft) -> None:
        """Look after an order was made whether there was enough of everything on it."""
        pieces = Counter[str]()
        for line in draft.lines:
            if line.manages_stock and line.sku:
                pieces[line.sku] += line.quantity
        try:
            for sku, quantity in pieces.items():
                self.sold[sku] += quantity
                if any(self._may_lack(product) for product in self.catalogue.products({sku}).get(sku.lower(), ())):
                    self._alert(sku)
        except ChannelError as error:
            # The order is made; that its stock cannot be looked at is no reason to call it a failure.
            self.context.report.add("stock after the sale", why=str(error), result=Result.SKIPPED)

    def review(self) -> None:
        """Resolve the alerts about products that there is enough of again."""
        with self.context.database.reading() as session:
            skus = alerts.open_subjects(session, OVERSOLD, None)
        for sku in sorted(skus):
            now_there = self.catalogue.again(sku)
            if any(product.is_oversold for product in now_there) or not self.context.writes:
                continue
            with self.context.database.transaction() as session:
                self.context.lease.guard(session)
                alerts.resolve(session, OVERSOLD, account_id=None, subject=sku, now=self.context.now())

    def _may_lack(self, product: StoreProduct) -> bool:
        """By what was read before this run's sales, which saves reading it after each."""
        return product.stock is not None and not product.backorders and product.stock < self.sold[product.sku]

    def _alert(self, sku: str) -> None:
        products = self.catalogue.again(sku)
        self.sold[sku] = 0  # what is read now has these sales in it
        for product in products:
            if not product.is_oversold:
                continue
            waiting = self.store.orders_waiting_for(product)
            wanted_by = ", ".join(map(str, waiting)) or "none that is still to be sent"
            title = f"{product.name} ({sku}) is oversold by {-(product.stock or 0)}. Orders that want it: {wanted_by}."
            with self.context.database.transaction() as session:
                self.context.lease.guard(session)
                alerts.open_alert(
                    session, OVERSOLD, account_id=None, subject=sku, title=title, remedy=_REMEDY, now=self.context.now()
                )
            self.context.report.add(f"product {sku}", after=str(product.stock), why=title, result=Result.DONE)


_REMEDY = (
    "Get more of it, or choose who goes without: cancel that order in the store and give the buyer the money back, at "
    "Allegro for an Allegro order. The alert goes by itself once the stock is not below zero."
)
