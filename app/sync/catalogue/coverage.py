"""What the store's products lack before an account can list them. Nothing is sent or stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.db import accounts, mappings
from app.db.engine import Database
from app.domain.accounts import Account
from app.domain.categories import Category
from app.domain.coverage import Coverage, Reason, count_by_reason, coverage_of
from app.domain.filling import fill
from app.domain.listed_products import GoodsRead, ListedProduct, WeightUnit
from app.domain.money import Money
from app.domain.parameters import AttributeMapping, Parameter
from app.domain.products import Product
from app.domain.store import StoreTaxes
from app.domain.store_prices import in_force, offer_price
from app.domain.titles import title_from
from app.sync.catalogue.tree import CategoryTree, CategoryUnusable
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


@dataclass(frozen=True)
class _Place:
    """A category with its parameters, and where their values come from."""

    category: Category
    parameters: tuple[Parameter, ...]
    mapped: tuple[AttributeMapping, ...]


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
        places = self._places(account, set(chosen.values()))
        looked = list(self._surveyed(goods, unit, self.taxes.of(store, self.now()), chosen, places))
        lacking = tuple(each for each in looked if each.coverage.gaps)
        return Survey(lacking, count_by_reason(each.coverage for each in lacking), len(looked), goods.unknown)

    def _places(self, account: Account, category_ids: Iterable[str]) -> dict[str, _Place]:
        """The categories that goods are mapped to, without those that are not there any more."""
        places = {}
        for category_id in sorted(category_ids):
            try:
                parameters = self.tree.parameters(account.id, category_id)
                category = self.tree.leaf(account.id, category_id).category
            except CategoryUnusable:
                continue
            with self.database.reading() as session:
                mapped = mappings.attribute_mappings(session, account.id, category_id)
            places[category_id] = _Place(category, parameters, mapped)
        return places

    def _surveyed(
        self,
        goods: GoodsRead,
        unit: WeightUnit,
        taxes: StoreTaxes,
        chosen: Mapping[int, str],
        places: Mapping[str, _Place],
    ) -> Iterator[Surveyed]:
        now = self.now()
        for own_id in sorted(goods.found):
            product = goods.products[own_id]
            if not product.sellable:
                continue
            listed = replace(goods.found[own_id], weight_unit=unit, price=_price(product, taxes, now))
            place = places.get(category_of(listed, chosen) or "")
            filled = fill(place.parameters, place.mapped, listed) if place else None
            title = title_from("{name}", {"name": listed.name})
            coverage = coverage_of(listed, place.category if place else None, filled, title.problems)
            yield Surveyed(listed, place.category.id if place else None, coverage)


def category_of(product: ListedProduct, chosen: Mapping[int, str]) -> str | None:
    """Allegro's category of the product by those of the store that it is in; None for none, and for several."""
    found = {chosen[category_id] for category_id in product.category_ids if category_id in chosen}
    return found.pop() if len(found) == 1 else None


def _price(product: Product, taxes: StoreTaxes, now: datetime) -> Money | None:
    price = in_force(product.prices, now)
    return None if price is None else offer_price(product, price.price, 1, taxes, taxes.currency)
