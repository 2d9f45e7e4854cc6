"""Allegro's catalogue of products."""

import re

from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.translate_catalogue import catalogue_product_from
from app.channels.allegro.wire import CHANNEL, read
from app.channels.errors import Rejected
from app.domain.catalogue_products import CatalogueProduct

PRODUCTS = Endpoint("GET", "/sale/products", PUBLIC, "allegro:api:sale:offers:read")

_MOST_PAGES = 10
# EAN, UPC, ISBN and ISSN, of which the last two may end with an X.
_GTIN = re.compile(r"[0-9]{7,13}[0-9Xx]")


class AllegroCatalogue:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def by_gtin(self, gtin: str, category_id: str = "") -> tuple[CatalogueProduct, ...]:
        """The products that Allegro finds for a global number (digits only), in a category or with "" in any.

        Raises `Unreadable` where any of them cannot be read or there is no end of them: one product of several must
        not be taken for the only one.
        """
        if not _GTIN.fullmatch(gtin):
            raise Rejected(f"{gtin!r} is not a global trade item number.", channel=CHANNEL, status=422)
        params = {"phrase": gtin, "mode": "GTIN"}
        if category_id:
            params["category.id"] = category_id
        about = f"Allegro's list of products with the number {gtin}"
        found: dict[str, CatalogueProduct] = {}
        for _ in range(_MOST_PAGES):
            reply = self._session.call(PRODUCTS, f"looking for products with the number {gtin}", params=params)
            answer = read(reply.data, about)
            products = map(catalogue_product_from, answer.required_rows("products"))
            found.update((product.id, product) for product in products)
            next_page = answer.part("nextPage").text("id")
            if not next_page:
                return tuple(found.values())
            params["page.id"] = next_page
        raise read(None, about).unreadable("products", f"has more than {_MOST_PAGES} pages")
