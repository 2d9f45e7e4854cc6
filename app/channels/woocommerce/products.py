"""The store's products and variations."""

import html
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from app.channels.errors import Rejected
from app.channels.woocommerce.product_rows import RowReader, hundreds, products_in
from app.channels.woocommerce.session import Params, StoreSession
from app.channels.woocommerce.translate_products import (
    price_to,
    prices_refused,
    product_from,
    stock_settings_from,
)
from app.channels.woocommerce.wire import GOODS_FIELDS, PRODUCT_FIELDS, read
from app.domain.products import PricesWritten, PriceWrite, ProductsRead, StockSettings
from app.domain.store import StoreProduct

_SKUS_PER_CALL = 100
# Addresses beyond 8 kB are refused by common web servers, and a character may take nine in an address.
_SKU_CHARACTERS_PER_CALL = 800
_WORD = re.compile(r"\w{2,}")
_WORDS_OF_TITLE = 6


class StoreProducts:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: StoreSession) -> None:
        self._session = session
        self._reader = RowReader(session)

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
        found = self._reader.by_ids({*products, *parent_of.values()}, parent_of, _params(meta_keys))
        return products_in(found, meta_keys)

    def read_all(self, meta_keys: Collection[str] = ()) -> ProductsRead:
        """Every product and variation that is not in the bin."""
        return products_in(self._reader.all(_params(meta_keys)), meta_keys)

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
            for some in hundreds(list(siblings)):
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


def _params(meta_keys: Collection[str]) -> Params:
    fields = {"_fields": f"{GOODS_FIELDS},meta_data", "include_meta": ",".join(meta_keys)} if meta_keys else {}
    return {"_fields": GOODS_FIELDS, **fields}


def _batch_of(write: PriceWrite) -> str:
    """Variations are written under their parent."""
    return f"products/{write.product_id}/variations/batch" if write.variation_id else "products/batch"


def _by_batch(write: PriceWrite) -> tuple[str, int]:
    return _batch_of(write), write.store_id


def _chunks(skus: list[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for sku in skus:
        if chunk and (len(chunk) == _SKUS_PER_CALL or len(",".join([*chunk, sku])) > _SKU_CHARACTERS_PER_CALL):
            yield chunk
            chunk = []
        chunk.append(sku)
    if chunk:
        yield chunk
