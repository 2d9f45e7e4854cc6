"""What offers are made of: everything that both sides know of some goods, composed by the pure rules."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Rejected, Unreadable
from app.channels.woocommerce.client import StoreClient
from app.db import mappings, offer_links, reservations
from app.db.engine import Database
from app.domain.accounts import Account
from app.domain.catalogue_choice import Ambiguous, category_for, choose_product
from app.domain.catalogue_products import CatalogueProduct
from app.domain.composing import Composed, Item, compose
from app.domain.filling import fill
from app.domain.gtins import gtin_of
from app.domain.links import reserved_pieces
from app.domain.listed_products import GoodsRead, ListedProduct, WeightUnit
from app.domain.listing_templates import Invoice, ListingTemplate
from app.domain.money import Money
from app.domain.new_offers import FieldError, TaxChoices
from app.domain.products import Product, StockSettings
from app.domain.stock import StockRules, plan_quantity, stock_rules
from app.domain.store import StoreTaxes
from app.domain.store_prices import asked_price
from app.domain.taxes import base_rates
from app.domain.wording import Goods, own_images
from app.sync.catalogue.places import Place, category_of, place_of
from app.sync.catalogue.tree import CategoryTree


@dataclass(frozen=True)
class Wanted:
    """An item that is to be an offer by a template. `catalogue_id` is the seller's choice, "" for none."""

    store_id: int
    product_id: int
    template: ListingTemplate
    external_id: str
    catalogue_id: str = ""


@dataclass(frozen=True)
class Prepared:
    """An item with its offer, whose pictures are still the store's, or what keeps it from being one."""

    item: Item
    composed: Composed

    @property
    def pictures(self) -> tuple[str, ...]:
        """The store's addresses of the pictures that the offer shows."""
        return own_images(self.item.listed, self.item.hit)

    @property
    def store_price(self) -> Money | None:
        return self.item.price

    def with_pictures(self, uploaded: Mapping[str, str]) -> Composed:
        """The offer with Allegro's addresses of its pictures, by the store's."""
        return compose(replace(self.item, images=uploaded))


@dataclass(frozen=True)
class _Around:
    """What is the same for all items that are prepared together. `chosen` are the mappings of categories."""

    account: Account
    taxes: StoreTaxes
    rules: StockRules
    reserved: Mapping[int, int]
    chosen: Mapping[int, str]
    now: datetime


@dataclass
class Preparer:
    """Reads for one run on one account; what does not change within it is read once."""

    database: Database
    tree: CategoryTree
    allegro: AllegroClient
    store: StoreClient
    _places: dict[str, Place | None] = field(default_factory=dict)
    _hits: dict[str, tuple[CatalogueProduct, ...]] = field(default_factory=dict)
    _tax_choices: dict[str, TaxChoices | None] = field(default_factory=dict)
    _unit: WeightUnit | None = None
    _stock_settings: StockSettings | None = None

    def prepare(
        self, account: Account, taxes: StoreTaxes, wanted: Sequence[Wanted], now: datetime
    ) -> dict[int, Prepared | FieldError]:
        """What becomes of each, by the store's id. Raises the errors of both channels where it is about all."""
        goods = self.store.catalogue.goods({each.product_id for each in wanted})
        return self.prepare_of(account, taxes, goods, wanted, now)

    def prepare_of(
        self, account: Account, taxes: StoreTaxes, goods: GoodsRead, wanted: Sequence[Wanted], now: datetime
    ) -> dict[int, Prepared | FieldError]:
        """As `prepare`, of goods that were read just now."""
        rules = self._rules_of(account)
        products = self._with_locations(goods, wanted, rules)
        with self.database.reading() as session:
            chosen = mappings.category_mappings(session, account.id)
        around = _Around(account, taxes, rules, self._reserved(products), chosen, now)
        found: dict[int, Prepared | FieldError] = {}
        for each in wanted:
            listed, product = goods.found.get(each.store_id), products.get(each.store_id)
            if listed is None or product is None:
                found[each.store_id] = FieldError("product_id", _why_not_read(goods, each.store_id))
            elif not product.sellable:
                found[each.store_id] = FieldError("product_id", "It is not sold itself: its variations are.")
            else:
                found[each.store_id] = self._prepared(each, listed, product, around)
        return found

    def goods_of(
        self, account: Account, wanted: Wanted, category_id: str, *, with_pictures: bool
    ) -> Goods | FieldError:
        """What an offer in this category says of an item, with the store's own pictures.

        Only for pictures the catalogue is asked, whose product takes room of them. Raises the errors of both channels.
        """
        read = self.store.catalogue.goods({wanted.product_id})
        listed = read.found.get(wanted.store_id)
        if listed is None:
            return FieldError("product_id", _why_not_read(read, wanted.store_id))
        hit = self._hit(gtin_of(listed), category_id, wanted.catalogue_id) if with_pictures else None
        return self._goods(account, replace(listed, weight_unit=self._weight_unit()), wanted, hit, category_id)

    def _goods(
        self,
        account: Account,
        listed: ListedProduct,
        wanted: Wanted,
        hit: CatalogueProduct | Ambiguous | None,
        category_id: str,
    ) -> Goods:
        place = self._place(account.id, category_id)
        return Goods(
            listed=listed,
            category=place.category if place else None,
            parameters=place.parameters if place else (),
            filled=fill(place.parameters, place.mapped, listed) if place else None,
            template=wanted.template,
            hit=hit,
            images={address: address for address in listed.images},
        )

    def _prepared(
        self,
        wanted: Wanted,
        listed: ListedProduct,
        product: Product,
        around: _Around,
    ) -> Prepared | FieldError:
        account = around.account
        price = asked_price(product, around.taxes, around.now)
        listed = replace(listed, weight_unit=self._weight_unit(), price=price)
        mapped_id = category_of(listed, around.chosen) or ""
        try:
            hit = self._hit(gtin_of(listed), mapped_id, wanted.catalogue_id)
        except Unreadable as error:
            return FieldError("gtin", f"{error} List the product again later.")
        category_id = category_for(hit, mapped_id) if isinstance(hit, CatalogueProduct) else mapped_id
        rates = base_rates(around.taxes, product.tax_class) if product.taxable else ()
        goods = self._goods(account, listed, wanted, hit, category_id)
        item = Item(
            listed=goods.listed,
            category=goods.category,
            parameters=goods.parameters,
            filled=goods.filled,
            template=goods.template,
            hit=goods.hit,
            images=goods.images,
            price=price,
            quantity=plan_quantity(product, 1, around.reserved.get(product.pool_id or 0, 0), around.rules),
            settings=account.settings,
            location=account.location,
            currency=account.default_currency,
            tax_choices=self._choices_of(category_id, account.location.country_code, wanted.template),
            store_tax_rate=rates[0].percent if len(rates) == 1 else None,
            country_code=account.location.country_code,
            external_id=wanted.external_id,
        )
        return Prepared(item, compose(item))

    def _hit(self, gtin: str, category_id: str, catalogue_id: str) -> CatalogueProduct | Ambiguous | None:
        if not gtin:
            return choose_product((), category_id, catalogue_id)
        if gtin not in self._hits:
            try:
                self._hits[gtin] = self.allegro.catalogue.by_gtin(gtin)
            except Rejected:  # Allegro does not take it for a number: it has no product with it
                self._hits[gtin] = ()
        return choose_product(self._hits[gtin], category_id, catalogue_id)

    def _place(self, account_id: int, category_id: str) -> Place | None:
        if category_id and category_id not in self._places:
            self._places[category_id] = place_of(self.database, self.tree, account_id, category_id)
        return self._places.get(category_id)

    def _choices_of(self, category_id: str, country_code: str, template: ListingTemplate) -> TaxChoices | None:
        if not category_id or template.invoice is not Invoice.VAT:
            return None
        if category_id not in self._tax_choices:
            try:
                choices = self.allegro.tax_settings.of(category_id, country_code)
                self._tax_choices[category_id] = choices
            except (Rejected, Unreadable):  # the offer can do without, and its notes say so
                self._tax_choices[category_id] = None
        return self._tax_choices[category_id]

    def _weight_unit(self) -> WeightUnit:
        if self._unit is None:
            self._unit = self.store.catalogue.weight_unit()
        return self._unit

    def _rules_of(self, account: Account) -> StockRules:
        if self._stock_settings is None:
            self._stock_settings = self.store.products.stock_settings()
        return stock_rules(account.settings, self._stock_settings)

    def _with_locations(self, goods: GoodsRead, wanted: Iterable[Wanted], rules: StockRules) -> Mapping[int, Product]:
        """The products as stock and prices go by; where stock is kept per location, with what is kept there."""
        keys = rules.location_keys
        if not keys:
            return goods.products
        items = [each for each in wanted if each.store_id in goods.products]
        told = self.store.products.by_ids(
            {each.product_id for each in items if each.store_id == each.product_id},
            {(each.product_id, each.store_id) for each in items if each.store_id != each.product_id},
            keys,
        )
        known = {own_id: product for own_id, product in goods.products.items() if own_id not in told.unknown}
        return {**known, **told.found}

    def _reserved(self, products: Mapping[int, Product]) -> Mapping[int, int]:
        """The pieces of each pool that are bought at Allegro, on any account, and still in the store's stock."""
        with self.database.reading() as session:
            bought = reservations.open_lines(session)
            offers: dict[int, set[str]] = {}
            for account_id, line in bought:
                offers.setdefault(account_id, set()).add(line.offer_id)
            links = [offer_links.of_offers(session, account_id, ids).values() for account_id, ids in offers.items()]
        return reserved_pieces(bought, {link.id: link for some in links for link in some}.values(), products)


def _why_not_read(goods: GoodsRead, store_id: int) -> str:
    if why := goods.unknown.get(store_id):
        return why
    return "The store has no such product any more."


def why_not_listed(goods: GoodsRead, product_ids: Collection[int]) -> str:
    """Why some of these products cannot be listed at all, in a sentence, or ""."""
    sold = {goods.found[own_id].product_id for own_id, product in goods.products.items() if product.sellable}
    wrong = [f"{own_id} ({_why_not_sold(goods, own_id)})" for own_id in product_ids if own_id not in sold]
    return f"cannot be listed: {', '.join(wrong)}" if wrong else ""


def _why_not_sold(goods: GoodsRead, product_id: int) -> str:
    if product_id in goods.found:
        return "it cannot be sold: it has no variations, or is only a group of others"
    return _why_not_read(goods, product_id)
