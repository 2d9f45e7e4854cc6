"""The rows of the store's products and variations, in as few calls as its version allows."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from app.channels.errors import NotFound, Rejected, Unreadable
from app.channels.reading import Json
from app.channels.woocommerce.session import PER_PAGE, Listing, Params, StoreSession
from app.channels.woocommerce.translate_products import goods_from, is_variable, variation_of
from app.channels.woocommerce.wire import list_refusal, read, refusal
from app.domain.products import Product, ProductsRead

# What a list leaves out is asked for one by one, but not without end.
_ASKED_SINGLY = 50
# Variations of any parents, which stores of older versions do not list.
_VARIATIONS = "variations"

T = TypeVar("T")


@dataclass(frozen=True)
class ProductRows:
    """Rows by id, `parent_of` those that are variations. `gone`, `unknown` and `complete` are as in `ProductsRead`."""

    rows: dict[int, Json]
    parent_of: dict[int, int]
    gone: frozenset[int] = frozenset()
    unknown: dict[int, str] = field(default_factory=dict)
    complete: bool = True


class RowReader:
    """Every method raises the errors of `Transport.send`. `params` say which fields are wanted."""

    def __init__(self, session: StoreSession) -> None:
        self._session = session

    def by_ids(self, products: Collection[int], parent_of: dict[int, int], params: Params) -> ProductRows:
        """These products, and the variations whose parents' ids `parent_of` tells, also those in the bin."""
        pairs = sorted((parent, own) for own, parent in parent_of.items())
        wanted = set(products)
        rows = self._listed(wanted, pairs, {**params, "status": "any"})
        # Any status is every one but the trash.
        rows |= self._listed(
            wanted - rows.keys(), [pair for pair in pairs if pair[1] not in rows], {**params, "status": "trash"}
        )
        gone: set[int] = set()
        unknown: dict[int, str] = {}
        missing = sorted((wanted | parent_of.keys()) - rows.keys())
        for own_id in missing[:_ASKED_SINGLY]:
            parent_id = parent_of.get(own_id)
            path = f"products/{own_id}" if parent_id is None else f"products/{parent_id}/variations/{own_id}"
            try:
                reply = self._session.read(path, f"reading product {own_id}", params)
                rows[own_id] = read(reply.data, f"Store product {own_id}")
            except NotFound:
                gone.add(own_id)
            except (Rejected, Unreadable) as error:
                unknown[own_id] = str(error)
        for own_id in missing[_ASKED_SINGLY:]:
            unknown[own_id] = "The store leaves it out of its list."
        return ProductRows(rows, parent_of, frozenset(gone), unknown)

    def all(self, params: Params) -> ProductRows:
        """Every product and variation that is not in the bin."""
        params, what = {**params, "status": "any"}, "listing the products"
        products = self._session.listing("products", what, params)
        rows = {row.required_integer("id"): row for row in products.rows}
        parent_of: dict[int, int] = {}
        complete = products.complete
        for parent_id, variations in self._all_variations(rows, params):
            complete = complete and variations.complete
            for row in variations.rows:
                own_id = row.required_integer("id")
                rows[own_id], parent_of[own_id] = row, parent_id or row.required_integer("parent_id")
        return ProductRows(rows, parent_of, complete=complete)

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
        for some in hundreds(sorted(products)):
            found |= self._included("products", some, params)
        return found | self._listed_variations(variations, params)

    def _listed_variations(self, variations: list[tuple[int, int]], params: Params) -> dict[int, Json]:
        found: dict[int, Json] = {}
        if self._session.lists.has(_VARIATIONS):
            try:
                for some in hundreds([own_id for _, own_id in variations]):
                    found |= self._included(_VARIATIONS, some, params)
            except NotFound:
                self._session.lists.note_missing(_VARIATIONS)
            else:
                return found
        for parent_id, siblings in groupby(variations, key=lambda pair: pair[0]):
            for some in hundreds([own_id for _, own_id in siblings]):
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


def products_in(told: ProductRows, meta_keys: Collection[str] = ()) -> ProductsRead:
    """The products that these rows are, parents before their variations."""
    found: dict[int, Product] = {}
    unknown = dict(told.unknown)
    for own_id in sorted(told.rows, key=lambda own_id: own_id in told.parent_of):
        try:
            product = goods_from(told.rows[own_id].about(f"Store product {own_id}"), meta_keys)
        except Unreadable as error:
            unknown[own_id] = str(error)
            continue
        if (parent_id := told.parent_of.get(own_id)) is not None:
            product = variation_of(product, parent_id, found.get(parent_id))
        found[own_id] = product
    return ProductsRead(found, told.gone, unknown, told.complete)


def hundreds(items: list[T]) -> Iterator[list[T]]:
    """As many at a time as the store takes."""
    for start in range(0, len(items), PER_PAGE):
        yield items[start : start + PER_PAGE]
