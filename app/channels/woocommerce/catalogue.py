"""The store's goods as a shop window: what they are, and how they are sorted and described."""

from collections.abc import Collection

from app.channels.errors import Unreadable
from app.channels.woocommerce.product_rows import ProductRows, RowReader, products_in
from app.channels.woocommerce.session import Params, StoreSession
from app.channels.woocommerce.translate_listing import (
    attribute_from,
    category_from,
    lacks_slugs,
    listed_from,
    listed_variation,
    term_from,
    variations_in,
    weight_unit_from,
)
from app.channels.woocommerce.wire import LISTING_FIELDS, read
from app.domain.categories import StoreCategory
from app.domain.listed_products import GoodsRead, ListedProduct, StoreAttribute, WeightUnit

_PARAMS: Params = {"_fields": LISTING_FIELDS}


class StoreCatalogue:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: StoreSession) -> None:
        self._session = session
        self._reader = RowReader(session)

    def categories(self) -> tuple[StoreCategory, ...]:
        params = {"_fields": "id,name,slug,parent"}
        rows = self._session.all_rows("products/categories", "listing the categories", params)
        return tuple(map(category_from, rows))

    def attributes(self) -> tuple[StoreAttribute, ...]:
        """The attributes that products share, without those that a product has to itself."""
        what = "listing the attributes"
        # The only list without pages.
        reply = self._session.read("products/attributes", what, {"_fields": "id,name,slug"})
        return tuple(map(attribute_from, read(reply.data, f"The store's answer ({what})").items()))

    def terms(self, attribute_id: int) -> tuple[str, ...]:
        """The names of what products may have of an attribute. Raises `NotFound`."""
        path = f"products/attributes/{attribute_id}/terms"
        rows = self._session.all_rows(path, f"listing the terms of attribute {attribute_id}", {"_fields": "id,name"})
        return tuple(map(term_from, rows))

    def weight_unit(self) -> WeightUnit:
        """The unit of all weights. Raises `Unreadable` where the store does not tell."""
        return weight_unit_from(self._session.read("settings/products", "reading the weight unit").data)

    def goods(self, product_ids: Collection[int]) -> GoodsRead:
        """These products with all their variations; variations cannot be asked for by themselves.

        Each product asked for is in the result once: found (also in the bin), gone, or unknown.
        """
        products = self._reader.by_ids(product_ids, {}, _PARAMS)
        parent_of: dict[int, int] = {}
        unknown = dict(products.unknown)
        for own_id, row in products.rows.items():
            if row.text("type") == "variation":
                unknown[own_id] = f"It is a variation of product {row.text('parent_id')}."
                continue
            try:
                parent_of |= dict.fromkeys(variations_in(row.about(f"Store product {own_id}")), own_id)
            except Unreadable as error:
                unknown[own_id] = str(error)
        children = self._reader.by_ids((), parent_of, _PARAMS)
        rows = {own_id: row for own_id, row in products.rows.items() if own_id not in unknown} | children.rows
        # A variation may have been asked for beside its product.
        unknown = {own_id: reason for own_id, reason in unknown.items() if own_id not in rows} | children.unknown
        return self._goods_in(ProductRows(rows, parent_of, products.gone | children.gone, unknown))

    def all_goods(self) -> GoodsRead:
        """Every product and variation that is not in the bin."""
        return self._goods_in(self._reader.all(_PARAMS))

    def _goods_in(self, told: ProductRows) -> GoodsRead:
        slugs = {each.id: each.slug for each in self.attributes()} if lacks_slugs(told.rows.values()) else {}
        return _goods_from(told, slugs)


def _goods_from(told: ProductRows, slugs: dict[int, str]) -> GoodsRead:
    products = products_in(told)
    found: dict[int, ListedProduct] = {}
    unknown = dict(products.unknown)
    # Parents first, as they are in `products`.
    for own_id, product in products.found.items():
        row = told.rows[own_id].about(f"Store product {own_id}")
        try:
            if not product.parent_id:
                found[own_id] = listed_from(product, row, slugs)
            elif (parent := found.get(product.parent_id)) is not None:
                found[own_id] = listed_variation(product, row, parent, told.rows[parent.product_id], slugs)
            else:
                unknown[own_id] = f"Its product {product.parent_id} could not be read."
        except Unreadable as error:
            unknown[own_id] = str(error)
    known = {own_id: product for own_id, product in products.found.items() if own_id in found}
    return GoodsRead(found, known, products.gone, unknown, products.complete)
