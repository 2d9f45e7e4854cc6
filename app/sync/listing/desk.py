"""Where the seller asks for goods to be listed, or what would be sent for them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.channels.pacing import Priority
from app.channels.woocommerce.client import StoreClient
from app.db import accounts, listing_templates, listings, runs
from app.db.engine import Database
from app.domain.accounts import Account, why_nothing_is_sent
from app.domain.listed_products import GoodsRead, ListedProduct
from app.domain.listing_outcomes import after_finding
from app.domain.listing_templates import ListingTemplate
from app.domain.listings import Listing, external_id_of
from app.domain.new_offers import FieldError
from app.domain.planning import Adopt, Already, Clash, Complete, Ended
from app.errors import BridgeError
from app.sync.catalogue.tree import CategoryTree
from app.sync.known_taxes import KnownTaxes
from app.sync.lines import Lines
from app.sync.listing.preparing import Preparer, Wanted, why_not_listed
from app.sync.listing.searching import Search

LISTINGS = "listings"
_AT_ONCE = 25


class ListingRefused(BridgeError):
    """Nothing was listed. `field` names what to change in the request."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ListingBlocked(BridgeError):
    """The account is in no state to list anything."""


@dataclass(frozen=True)
class Accepted:
    """The run that lists, and the listings: some may have been open before, from another run."""

    run_id: int
    listings: tuple[Listing, ...]


@dataclass(frozen=True)
class Preview:
    """What listing an item would come to. `body` is what would be sent, with the store's own pictures; None: nothing.

    `offer_id` is the offer that the item has, "" for none, `completes` tells that the body would complete its draft.
    """

    listing: Listing
    completes: bool
    body: Mapping[str, Any] | None
    errors: tuple[FieldError, ...]
    notes: tuple[str, ...]


@dataclass
class ListingDesk:
    """Raises the errors of both channels, `AccountNotFound` and `TemplateNotFound`."""

    database: Database
    lines: Lines
    tree: CategoryTree
    taxes: KnownTaxes
    settle: timedelta
    now: Callable[[], datetime]

    def accept(
        self, account_id: int, product_ids: Sequence[int], template_id: int, chosen: Mapping[int, str]
    ) -> Accepted:
        """Have these products listed, each variation by itself. `chosen` has products of Allegro's catalogue, by the
        id of the product or variation. Raises `ListingRefused`, `ListingBlocked`."""
        account, template = self._asked(account_id, template_id)
        if why := why_nothing_is_sent(account):
            raise ListingBlocked(why)
        goods = self._goods(self.lines.store(account), product_ids, chosen)
        items = list(_items(account, template, goods, chosen))
        now = self.now()
        with self.database.transaction() as session:
            run_id = runs.queue(session, LISTINGS, account_id, dry_run=False, now=now)
            stored = listings.add(session, [replace(each, run_id=run_id) for each in items], now=now)
        return Accepted(run_id, tuple(stored))

    def preview(
        self, account_id: int, product_ids: Sequence[int], template_id: int, chosen: Mapping[int, str]
    ) -> list[Preview]:
        """What would be sent for these products. Nothing is sent or stored. Raises `ListingRefused`."""
        account, template = self._asked(account_id, template_id)
        store = self.lines.store(account)
        allegro = self.lines.allegro(account, priority=Priority.PRICES)
        goods = self._goods(store, product_ids, chosen)
        items = list(_items(account, template, goods, chosen))
        found: list[Preview] = []
        preparer = Preparer(self.database, self.tree, allegro, store)
        search = Search(self.database, allegro, account.id, self.settle)
        for start in range(0, len(items), _AT_ONCE):
            found += self._previews(account, template, preparer, search, goods, items[start : start + _AT_ONCE])
        return found

    def _asked(self, account_id: int, template_id: int) -> tuple[Account, ListingTemplate]:
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
            template = listing_templates.get(session, template_id)
        if template.account_id != account_id:
            raise listing_templates.TemplateNotFound(f"The account has no listing template {template_id}.")
        return account, template

    def _goods(self, store: StoreClient, product_ids: Sequence[int], chosen: Mapping[int, str]) -> GoodsRead:
        goods = store.catalogue.goods(set(product_ids))
        if why := why_not_listed(goods, list(dict.fromkeys(product_ids))):
            raise ListingRefused("product_ids", why)
        if unknown := sorted(chosen.keys() - {own_id for own_id, each in goods.products.items() if each.sellable}):
            named = ", ".join(map(str, unknown))
            raise ListingRefused("catalogue_products", f"names what is not to be listed: {named}")
        return goods

    def _previews(
        self,
        account: Account,
        template: ListingTemplate,
        preparer: Preparer,
        search: Search,
        goods: GoodsRead,
        items: Sequence[Listing],
    ) -> Iterator[Preview]:
        now = self.now()
        wanted = [
            Wanted(each.store_id, each.product_id, template, each.external_id, each.catalogue_id) for each in items
        ]
        prepared = preparer.prepare_of(account, self.taxes.of(preparer.store, now), goods, wanted, now)
        steps = search.of(items, now).steps
        for each in items:
            step, of_item = steps[each.id], prepared[each.store_id]
            if isinstance(step, Adopt | Already | Ended | Clash):
                told = after_finding(each, step, now)
                yield Preview(told, completes=False, body=None, errors=told.errors, notes=told.notes)
            elif isinstance(of_item, FieldError):
                yield Preview(each, completes=False, body=None, errors=(of_item,), notes=())
            else:
                offer, completes = of_item.composed.offer, isinstance(step, Complete)
                yield Preview(
                    replace(each, offer_id=step.offer_id) if isinstance(step, Complete) else each,
                    completes=completes,
                    body=preparer.allegro.new_offers.body_of(offer) if offer else None,
                    errors=of_item.composed.errors,
                    notes=of_item.composed.notes,
                )


def _items(
    account: Account, template: ListingTemplate, goods: GoodsRead, chosen: Mapping[int, str]
) -> Iterator[Listing]:
    """A listing for each product without variations, and for each variation; their ids count from 1."""
    sold = [goods.found[own_id] for own_id in sorted(goods.found) if goods.products[own_id].sellable]
    for number, listed in enumerate(sold, start=1):
        yield Listing(
            id=number,
            account_id=account.id,
            run_id=None,
            product_id=listed.product_id,
            variation_id=listed.variation_id,
            sku=listed.sku,
            name=listed.name,
            template_id=template.id,
            external_id=external_id_of(_own_sku(listed, goods), _own_id(listed)),
            catalogue_id=chosen.get(_own_id(listed), ""),
            publish=template.publish,
        )


def _own_sku(listed: ListedProduct, goods: GoodsRead) -> str:
    """WooCommerce tells the product's SKU of each variation that has none: a mark that all of them would share."""
    parent = goods.found.get(listed.product_id) if listed.variation_id else None
    return "" if parent and parent.sku == listed.sku else listed.sku


def _own_id(listed: ListedProduct) -> int:
    return listed.variation_id or listed.product_id
