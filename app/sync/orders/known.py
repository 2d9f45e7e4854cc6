"""Which store orders already stand for which Allegro orders, read from the store itself.

The store is asked before an order is made whenever the answer could matter: our own memory may be older than the
store (a restored backup), or may have been lost between the store's commit and ours.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from app.channels.errors import Misconfigured, NotFound, Unreadable
from app.channels.woocommerce.client import StoreClient
from app.domain.drafts import title_key
from app.domain.links import OfferLink
from app.domain.products import Backorders, Product
from app.domain.store import SoldProduct, StoreOrder, StoreProduct
from app.sync.known_taxes import needed_by_all

# The store's clock may differ from ours and from Allegro's.
_SKEW = timedelta(days=1)
# A list of orders is believed to be whole when it has the newest order that we know of; an older one would make the
# list long only for that.
_CANARY_GOOD_FOR = timedelta(days=7)


class KnownOrders:
    """One look at the store's orders since a moment, repeated only when an older or a fresher one is needed."""

    def __init__(
        self,
        store: StoreClient,
        now: Callable[[], datetime],
        newest: Callable[[], tuple[int, datetime] | None],
        *,
        since: datetime | None = None,
    ) -> None:
        """`newest` tells the last store order that we know of, and when it was imported. `since` is how far back the
        first look goes at least; None leaves that to the first question.
        """
        self._store = store
        self._now = now
        self._newest = newest
        self._since = since
        self._looked_at: datetime | None = None
        self._found: dict[str, list[StoreOrder]] = {}

    def of(self, order_id: str, *, since: datetime, looked_after: datetime | None = None) -> list[StoreOrder]:
        """The store orders that carry this Allegro id, oldest first, out of those made since then.

        With `looked_after`, the look at the store is not older than that.
        """
        since -= _SKEW
        is_old = self._looked_at is None or (looked_after is not None and self._looked_at < looked_after)
        if is_old or self._since is None or since < self._since:
            self._since = since if self._since is None else min(since, self._since)
            self._look(self._since)
        return self._found.get(order_id, [])

    def every(self, *, since: datetime) -> Mapping[str, Sequence[StoreOrder]]:
        """All store orders that carry an Allegro id, by it, out of those made since then, as the store has them now."""
        since -= _SKEW
        self._since = since if self._since is None else min(since, self._since)
        self._look(self._since)
        return self._found

    def add(self, order: StoreOrder) -> None:
        """Remember an order that was just made, so that the look stays true."""
        self._found.setdefault(order.allegro_order_id, []).append(order)

    def _look(self, since: datetime) -> None:
        looked_at = self._now()
        found: dict[str, list[StoreOrder]] = {}
        newest = self._newest()
        if newest is not None and looked_at - newest[1] < _CANARY_GOOD_FOR:
            since = min(since, newest[1] - _SKEW)
        else:
            newest = None
        ids: set[int] = set()
        for order in needed_by_all(lambda: self._store.orders_created_since(since)):
            # The store may ignore any filter: what counts is the id that stands in the order itself.
            ids.add(order.id)
            if order.allegro_order_id:
                found.setdefault(order.allegro_order_id, []).append(order)
        if newest is not None and newest[0] not in ids:
            self._must_be_gone(newest[0], since)
        self._found, self._looked_at = found, looked_at

    def _must_be_gone(self, order_id: int, since: datetime) -> None:
        """A list without an order that is there (a cache, a plugin) proves of no other order that it is not there."""
        try:
            order = self._store.order(order_id)
        except NotFound:
            return
        if order.created_at is not None and order.created_at <= since:
            # Older than the list: taken over from an older installation, or dated back by a person.
            return
        raise Misconfigured(
            f"The store's list of orders leaves out order {order_id}, which it has. A cache or a plugin is in the way: "
            "exclude /wp-json/ from it. Until then no order is made, because it might be a second one.",
            channel="store",
        )


class Catalogue:
    """The store's products by SKU, each asked for once in a run."""

    def __init__(self, store: StoreClient) -> None:
        self._store = store
        self._products: dict[str, tuple[StoreProduct, ...]] = {}
        self._titled: dict[str, tuple[StoreProduct, ...]] = {}

    def products(self, skus: set[str]) -> dict[str, tuple[StoreProduct, ...]]:
        """The products with these SKUs, by SKU in lower case; none or several are possible."""
        wanted = {sku.lower() for sku in skus if sku}
        if missing := wanted - self._products.keys():
            found = self._store.products.by_sku(sorted(missing))
            for sku in missing:
                self._products[sku] = tuple(product for product in found if product.sku.lower() == sku)
        return {sku: self._products[sku] for sku in wanted}

    def again(self, sku: str) -> tuple[StoreProduct, ...]:
        """The products with this SKU as they are now."""
        self._products.pop(sku.lower(), None)
        return self.products({sku}).get(sku.lower(), ())

    def linked(self, links: Mapping[str, OfferLink]) -> dict[str, SoldProduct]:
        """What these offers sell, by offer id. Raises `Unreadable` when the store does not tell."""
        if not links:
            return {}
        wanted = list(links.values())
        told = self._store.products.by_ids(
            [link.product_id for link in wanted if not link.variation_id],
            [(link.product_id, link.variation_id) for link in wanted if link.variation_id],
        )
        if told.unknown:
            which, why = next(iter(told.unknown.items()))
            raise Unreadable(f"The store does not tell what product {which} is: {why}", channel="store")
        found = {own: _as_sold(product) for own, product in told.found.items() if product.status != "trash"}
        return {
            offer_id: SoldProduct(found.get(link.store_id), link.units_per_offer) for offer_id, link in links.items()
        }

    def titled(self, titles: set[str]) -> dict[str, tuple[StoreProduct, ...]]:
        """The products with exactly these titles, by `title_key`; none or several are possible."""
        wanted = {title_key(title): title for title in titles}
        for key, title in wanted.items():
            if key not in self._titled:
                # One in the bin is nothing to sell, and variations are found by their SKU only.
                self._titled[key] = tuple(
                    product
                    for product in self._store.products.by_title(title)
                    if title_key(product.name) == key and product.status != "trash"
                )
        return {key: self._titled[key] for key in wanted}


def _as_sold(product: Product) -> StoreProduct:
    return StoreProduct(
        product_id=product.parent_id or product.id,
        variation_id=product.id if product.parent_id else 0,
        sku=product.sku,
        name=product.name,
        status=product.status,
        tax_class=product.tax_class,
        taxable=product.taxable,
        sellable=product.sellable,
        manages_stock=product.pool_id is not None,
        stock=product.stock,
        backorders=product.backorders is not Backorders.REFUSED,
    )
