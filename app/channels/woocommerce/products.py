"""The store's products and variations."""

import html
import re
from collections.abc import Iterable, Iterator

from app.channels.woocommerce.session import StoreSession
from app.channels.woocommerce.translate import product_from
from app.channels.woocommerce.wire import PRODUCT_FIELDS
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


def _chunks(skus: list[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for sku in skus:
        if chunk and (len(chunk) == _SKUS_PER_CALL or len(",".join([*chunk, sku])) > _SKU_CHARACTERS_PER_CALL):
            yield chunk
            chunk = []
        chunk.append(sku)
    if chunk:
        yield chunk
