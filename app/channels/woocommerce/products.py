"""The store's products and variations."""

import html
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from app.channels.errors import NotFound, Rejected, Unreadable
from app.channels.reading import Json
from app.channels.woocommerce.session import PER_PAGE, Listing, Params, StoreSession
from app.channels.woocommerce.translate_products import (
    goods_from,
    is_variable,
    price_to,
    prices_refused,
    product_from,
    stock_settings_from,
    variation_of,
)
from app.channels.woocommerce.wire import GOODS_FIELDS, PRODUCT_FIELDS, list_refusal, read, refusal
from app.domain.products import PricesWritten, PriceWrite, Product, ProductsRead, StockSettings
from app.domain.store import StoreProduct

_SKUS_PER_CALL = 100
# Addresses beyond 8 kB are refused by common web servers, and a character may take nine in an address.
_SKU_CHARACTERS_PER_CALL = 800
_WORD = re.compile(r"\w{2,}")
_WORDS_OF_TITLE = 6
# What a list leaves out is asked for one by one, but not without end.
_ASKED_SINGLY = 50
# Variations of any parents, which stores of older versions do not list.
_VARIATIONS = "variations"

T = TypeVar("T")


class StoreProducts:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: StoreSession) -> None:
        self._session = session

    def by_sku(self, skus: Iterable[str]) -> tuple[StoreProduct, ...]:
        """Products and variations with one of these SKUs, whatever their case; several may share one.

        The store splits at commas, so a SKU that holds one is never found.
        """
        wanted = {sku.strip().lower() for sku in skus if sku.strip()}
        found: dict[tuple[int, int], StoreProduct] = {}
        for some in _chunks(sorted(sku for sku in wanted if "," not in sku)):
            params = {"sku": ",".join(some), "status": "any", "_fields": PRODUCT_FIELDS}
            for row in self._session.all_rows("products", "looking up products by SKU", params):
                # A filter that a store does not know gives every product.
                if row.text("sku").lower() in wanted:
                    product = product_from(row)
                    found[product.product_id, product.variation_id] = product
        return tuple(found.values())

    def by_title(self, title: str) -> tuple[StoreProduct, ...]:
        """Products among which are all those with this title; the store's search finds similar ones, too.

        WordPress looks for each word, but leaves out single letters, excludes words after a dash, and takes ten words
        or more for one phrase, so it is asked for a few plain words only.
        """
        words = _WORD.findall(html.unescape(title))[:_WORDS_OF_TITLE]
        if not words:
            return ()
        params = {"search": " ".join(words), "status": "any", "_fields": PRODUCT_FIELDS}
        return tuple(map(product_from, self._session.all_rows("products", f"looking for the title {title!r}", params)))

    def by_ids(
        self, products: Iterable[int], variations: Iterable[tuple[int, int]], meta_keys: Collection[str] = ()
    ) -> ProductsRead:
        """How these products and variations are now; a variation is the id of its parent and its own.

        The parents are read with them. Each one asked for is in the result once: found (also in the bin), gone, or
        unknown.
        """
        parent_of = {own: parent for parent, own in variations}
        wanted = {*products, *parent_of.values()}
        pairs = sorted((parent, own) for own, parent in parent_of.items())
        rows = self._listed(wanted, pairs, _params("any", meta_keys))
        # Any status is every one but the trash.
        rows |= self._listed(
            wanted - rows.keys(), [pair for pair in pairs if pair[1] not in rows], _params("trash", meta_keys)
        )
        gone: set[int] = set()
        unknown: dict[int, str] = {}
        missing = sorted((wanted | parent_of.keys()) - rows.keys())
        for own_id in missing[:_ASKED_SINGLY]:
            parent_id = parent_of.get(own_id)
            path = f"products/{own_id}" if parent_id is None else f"products/{parent_id}/variations/{own_id}"
            try:
                reply = self._session.read(path, f"reading product {own_id}", _params("", meta_keys))
                rows[own_id] = read(reply.data, f"Store product {own_id}")
            except NotFound:
                gone.add(own_id)
            except (Rejected, Unreadable) as error:
                unknown[own_id] = str(error)
        for own_id in missing[_ASKED_SINGLY:]:
            unknown[own_id] = "The store leaves it out of its list."
        return _read_from(rows, parent_of, meta_keys, gone, unknown)

    def read_all(self, meta_keys: Collection[str] = ()) -> ProductsRead:
        """Every product and variation that is not in the bin."""
        params, what = _params("any", meta_keys), "listing the products"
        products = self._session.listing("products", what, params)
        rows = {row.required_integer("id"): row for row in products.rows}
        parent_of: dict[int, int] = {}
        complete = products.complete
        for parent_id, variations in self._all_variations(rows, params):
            complete = complete and variations.complete
            for row in variations.rows:
                own_id = row.required_integer("id")
                rows[own_id], parent_of[own_id] = row, parent_id or row.required_integer("parent_id")
        return replace(_read_from(rows, parent_of, meta_keys, set(), {}), complete=complete)

    def stock_settings(self) -> StockSettings:
        return stock_settings_from(self._session.read("settings/products", "reading the stock settings").data)

    def set_prices(self, writes: Collection[PriceWrite]) -> PricesWritten:
        """Set these prices, at most one of each product or variation; what is refused holds up none of the others.

        Doing it twice does no harm. When an error of `Transport.send` other than `Rejected` ends it halfway, every
        price may or may not have been set: read the products again. Raises ValueError for two prices of one product.
        """
        if len({write.store_id for write in writes}) < len(writes):
            raise ValueError("There are two prices for one product.")
        refused: dict[int, str] = {}
        for path, siblings in groupby(sorted(writes, key=_by_batch), key=_batch_of):
            for some in _hundreds(list(siblings)):
                refused |= self._set_prices(path, some)
        return PricesWritten(frozenset(write.store_id for write in writes) - refused.keys(), refused)

    def _set_prices(self, path: str, writes: list[PriceWrite]) -> dict[int, str]:
        """What is refused of one batch, and why."""
        what = f"setting {len(writes)} prices"
        try:
            reply = self._session.send("POST", path, what, json={"update": [price_to(write) for write in writes]})
        except Rejected as error:
            return {write.store_id: str(error) for write in writes}
        return prices_refused(writes, read(reply.data, f"The store's answer ({what})"))

    def _all_variations(self, products: dict[int, Json], params: Params) -> Iterator[tuple[int, Listing]]:
        """Lists of variations with their parent's id, or with 0 one of all variations of the store."""
        what = "listing the variations"
        if self._session.lists.has(_VARIATIONS):
            try:
                every = self._session.listing(_VARIATIONS, what, params, refused=list_refusal)
            except NotFound:
                self._session.lists.note_missing(_VARIATIONS)
            else:
                yield 0, every
                return
        for parent_id in [own_id for own_id, row in products.items() if is_variable(row)]:
            try:
                siblings = self._session.listing(f"products/{parent_id}/variations", what, params)
            except NotFound:
                # Deleted while we read.
                continue
            yield parent_id, siblings

    def _listed(self, products: Collection[int], variations: list[tuple[int, int]], params: Params) -> dict[int, Json]:
        """The rows of these products and variations, by id, as far as the store's lists have them."""
        found: dict[int, Json] = {}
        for some in _hundreds(sorted(products)):
            found |= self._included("products", some, params)
        return found | self._listed_variations(variations, params)

    def _listed_variations(self, variations: list[tuple[int, int]], params: Params) -> dict[int, Json]:
        found: dict[int, Json] = {}
        if self._session.lists.has(_VARIATIONS):
            try:
                for some in _hundreds([own_id for _, own_id in variations]):
                    found |= self._included(_VARIATIONS, some, params)
            except NotFound:
                self._session.lists.note_missing(_VARIATIONS)
            else:
                return found
        for parent_id, siblings in groupby(variations, key=lambda pair: pair[0]):
            for some in _hundreds([own_id for _, own_id in siblings]):
                try:
                    found |= self._included(f"products/{parent_id}/variations", some, params)
                except NotFound:
                    break
        return found

    def _included(self, path: str, ids: list[int], params: Params) -> dict[int, Json]:
        asked: Params = {"include": ",".join(map(str, ids)), "orderby": "id", "order": "asc", "per_page": PER_PAGE}
        what = f"reading {len(ids)} products"
        refused = list_refusal if path == _VARIATIONS else refusal
        reply = self._session.read(path, what, {**params, **asked}, refused=refused)
        rows = read(reply.data, f"The store's answer ({what})").items()
        # A filter that a store does not know gives every product.
        wanted = set(ids)
        return {own_id: row for row in rows if isinstance(own_id := row.get("id"), int) and own_id in wanted}


def _params(status: str, meta_keys: Collection[str]) -> Params:
    fields = {"_fields": f"{GOODS_FIELDS},meta_data", "include_meta": ",".join(meta_keys)} if meta_keys else {}
    return {"_fields": GOODS_FIELDS, **fields, **({"status": status} if status else {})}


def _read_from(
    rows: dict[int, Json],
    parent_of: dict[int, int],
    meta_keys: Collection[str],
    gone: set[int],
    unknown: dict[int, str],
) -> ProductsRead:
    found: dict[int, Product] = {}
    # Parents first.
    for own_id in sorted(rows, key=lambda own_id: own_id in parent_of):
        try:
            product = goods_from(rows[own_id].about(f"Store product {own_id}"), meta_keys)
        except Unreadable as error:
            unknown[own_id] = str(error)
            continue
        if (parent_id := parent_of.get(own_id)) is not None:
            product = variation_of(product, parent_id, found.get(parent_id))
        found[own_id] = product
    return ProductsRead(found, frozenset(gone), unknown)


def _batch_of(write: PriceWrite) -> str:
    """Variations are written under their parent."""
    return f"products/{write.product_id}/variations/batch" if write.variation_id else "products/batch"


def _by_batch(write: PriceWrite) -> tuple[str, int]:
    return _batch_of(write), write.store_id


def _hundreds(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), PER_PAGE):
        yield items[start : start + PER_PAGE]


def _chunks(skus: list[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for sku in skus:
        if chunk and (len(chunk) == _SKUS_PER_CALL or len(",".join([*chunk, sku])) > _SKU_CHARACTERS_PER_CALL):
            yield chunk
            chunk = []
        chunk.append(sku)
    if chunk:
        yield chunk
