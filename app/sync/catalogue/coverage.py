"""What the store's products lack before an account can list them. Nothing is sent or stored."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.db import accounts, mappings
from app.db.engine import Database
from app.domain.coverage import Coverage, Reason, count_by_reason, coverage_of
from app.domain.filling import fill
from app.domain.listed_products import GoodsRead, ListedProduct, WeightUnit
from app.domain.store import StoreTaxes
from app.domain.store_prices import asked_price
from app.domain.titles import title_from
from app.sync.catalogue.places import Place, category_of, place_of
from app.sync.catalogue.tree import CategoryTree
from app.sync.known_taxes import KnownTaxes
from app.sync.lines import Lines


@dataclass(frozen=True)
class Surveyed:
    """A product with the category that it would be listed in, None for none, and what it lacks."""

    product: ListedProduct
    category_id: str | None
    coverage: Coverage


@dataclass(frozen=True)
class Survey:
    """`lacking` are the products that lack something, `counts` how many lack what, `looked_at` how many there are.

    `unknown` says of products, by id, why it is not known what they lack.
    """

    lacking: tuple[Surveyed, ...]
    counts: Mapping[Reason, int]
    looked_at: int
    unknown: Mapping[int, str]


@dataclass
class Surveyor:
    """Raises the errors of both channels, and `AccountNotFound`."""

    database: Database
    lines: Lines
    tree: CategoryTree
    taxes: KnownTaxes
    now: Callable[[], datetime]

    def survey(self, account_id: int) -> Survey:
        """Look at every product of the store that can be sold, each variation by itself."""
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
            chosen = mappings.category_mappings(session, account_id)
        store = self.lines.store()
        goods, unit = store.catalogue.all_goods(), store.catalogue.weight_unit()
        places = {
            category_id: place
            for category_id in sorted(set(chosen.values()))
            if (place := place_of(self.database, self.tree, account.id, category_id)) is not None
        }
        looked = list(self._surveyed(goods, unit, self.taxes.of(store, self.now()), chosen, places))
        lacking = tuple(each for each in looked if each.coverage.gaps)
        return Survey(lacking, count_by_reason(each.coverage for each in lacking), len(looked), goods.unknown)

    def _surveyed(
        self,
        goods: GoodsRead,
        unit: WeightUnit,
        taxes: StoreTaxes,
        chosen: Mapping[int, str],
        places: Mapping[str, Place],
    ) -> Iterator[Surveyed]:
        now = self.now()
        for own_id in sorted(goods.found):
            product = goods.products[own_id]
            if not product.sellable:
                continue
            listed = replace(goods.found[own_id], weight_unit=unit, price=asked_price(product, taxes, now))
            place = places.get(category_of(listed, chosen) or "")
            filled = fill(place.parameters, place.mapped, listed) if place else None
            title = title_from("{name}", {"name": listed.name})
            coverage = coverage_of(listed, place.category if place else None, filled, title.problems)
            yield Surveyed(listed, place.category.id if place else None, coverage)
