"""Products and variations, their SKUs and their stock."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.sandbox.store.exchange import StoreError
from app.sandbox.store.settings import Settings
from app.sandbox.store.terms import ATTRIBUTES, UNCATEGORIZED, slug_of


@dataclass
class Meta:
    id: int
    key: str
    value: Any

    def view(self) -> dict[str, Any]:
        return {"id": self.id, "key": self.key, "value": self.value}


@dataclass
class Product:
    """A product, or a variation where `parent_id` is set.

    Prices are the strings that WooCommerce keeps, as entered ("" for none). `attributes` of a variation are
    name -> option, of other products name -> the options joined with "|"; variations differ in those that `varying`
    names. `images` are addresses, those in the store itself beginning with "/". `priced_at` is when its prices or the
    dates of its sale last changed, None where they never did.
    """

    id: int
    name: str
    type: str
    created: datetime
    modified: datetime
    sku: str = ""
    status: str = "publish"
    regular_price: str = ""
    sale_price: str = ""
    sale_from: datetime | None = None
    sale_until: datetime | None = None
    priced_at: datetime | None = None
    tax_status: str = "taxable"
    tax_class: str = ""
    manage_stock: bool = False
    stock_quantity: int | None = None
    stock_status: str = "instock"
    backorders: str = "no"
    low_stock_amount: int | None = None
    parent_id: int = 0
    description: str = ""
    short_description: str = ""
    weight: str = ""
    category_ids: list[int] = field(default_factory=lambda: [UNCATEGORIZED])
    attributes: dict[str, str] = field(default_factory=dict)
    varying: frozenset[str] = frozenset()
    images: list[str] = field(default_factory=list)
    meta: list[Meta] = field(default_factory=list)
    global_unique_id: str = ""
    menu_order: int = 0
    total_sales: int = 0

    def on_sale_at(self, moment: datetime) -> bool:
        """Both ends of a sale belong to it."""
        has_begun = self.sale_from is None or self.sale_from <= moment
        return self.sale_price != "" and has_begun and (self.sale_until is None or moment <= self.sale_until)

    @property
    def slug(self) -> str:
        return slug_of(self.name)


def price_text(written: str) -> str:
    """A price as WooCommerce stores it: "12,50" becomes "12.50", what is not a number becomes ""."""
    kept = re.sub(r"\.(?![^.]+$)|[^0-9.-]", "", written.replace(",", "."))
    try:
        Decimal(kept)
    except InvalidOperation:
        return ""
    return kept


class Catalogue:
    """What the store sells. Not safe by itself: callers hold the store's lock.

    `changed` is told of every product whose saving WordPress would announce. Since `cron_stopped_at` no sale has begun
    or ended at its time. `attributes` are the ids of those that products share, by name.
    """

    def __init__(self, settings: Settings, changed: Callable[[Product], None], now: Callable[[], datetime]) -> None:
        self.settings = settings
        self.products: dict[int, Product] = {}
        self.attributes = dict(ATTRIBUTES)
        self.cron_stopped_at: datetime | None = None
        self._changed = changed
        self._now = now

    def add(self, product: Product) -> None:
        self.products[product.id] = product
        self.settle(product)

    def find(self, product_id: int) -> Product | None:
        return self.products.get(product_id)

    def by_sku(self, sku: str) -> Product | None:
        """Living products only: a trashed one still blocks its SKU, but nobody finds it by it."""
        wanted = sku.casefold()
        living = (product for product in self.products.values() if product.status != "trash")
        return next((product for product in living if product.sku.casefold() == wanted), None) if sku else None

    def variations_of(self, parent: Product) -> list[Product]:
        return [child for child in self.products.values() if child.parent_id == parent.id and child.status != "trash"]

    def check_sku(self, product: Product | None, sku: str) -> None:
        """Raises StoreError 400 where another product, trashed ones included, has this SKU."""
        own = product.id if product else 0
        for other in self.products.values():
            if not sku or other.id == own or other.sku.casefold() != sku.casefold():
                continue
            if other.status == "trash":
                message = (
                    f"The product with SKU ({sku}) you are trying to insert is already present in the lookup table"
                )
                raise StoreError(400, "woocommerce_rest_product_not_created", message)
            taken = {"resource_id": other.id, "unique_sku": f"{sku}-1"}
            raise StoreError(400, "product_invalid_sku", "Invalid or duplicated SKU.", **taken)

    def price_of(self, product: Product) -> str:
        """The price in force; that of a variable product is its cheapest variation's."""
        if product.type != "variable":
            return self._own_price_of(product)
        prices = [self._own_price_of(child) for child in self.variations_of(product)]
        return min(filter(None, prices), key=Decimal, default="")

    def _own_price_of(self, product: Product) -> str:
        moment = self._now()
        if self.cron_stopped_at is not None:
            # Which price is in force is settled when one is saved, and else by cron at both ends of the sale.
            moment = max(self.cron_stopped_at, product.priced_at or self.cron_stopped_at)
        return product.sale_price if product.on_sale_at(moment) else product.regular_price

    def is_on_sale(self, product: Product) -> bool:
        """By the dates of its sale, whether or not its price says so."""
        return product.on_sale_at(self._now())

    def attribute_slug(self, name: str) -> str:
        """Of an attribute of a variation; a product calls one that it has to itself by its name."""
        return f"pa_{slug_of(name)}" if name in self.attributes else slug_of(name)

    def weight_of(self, product: Product) -> str:
        parent = self.find(product.parent_id)
        return product.weight or (parent.weight if parent else "")

    def images_of(self, product: Product) -> list[str]:
        """A variation without a picture shows the first of its parent's."""
        parent = self.find(product.parent_id)
        return product.images or (parent.images[:1] if parent else [])

    def tax_class_of(self, product: Product) -> str:
        parent = self.find(product.parent_id)
        return parent.tax_class if product.tax_class == "parent" and parent else product.tax_class

    def stock_holder(self, product: Product) -> Product | None:
        """The product whose quantity counts: its own, its parent's, or none's where stock is not managed."""
        if not self.settings.manages_stock:
            return None
        if product.manage_stock:
            return product
        parent = self.find(product.parent_id)
        return parent if parent and parent.manage_stock else None

    def settle(self, product: Product) -> None:
        """Bring the stock status in line with the quantity and the out-of-stock threshold."""
        if product.manage_stock:
            product.stock_quantity = product.stock_quantity or 0
            if product.stock_quantity > self.settings.out_of_stock_amount:
                product.stock_status = "instock"
            else:
                product.stock_status = "outofstock" if product.backorders == "no" else "onbackorder"
        else:
            product.stock_quantity = None
            product.backorders = "no"
            if product.type == "variable":
                self._settle_from_children(product)
        parent = self.find(product.parent_id)
        if parent and not parent.manage_stock:
            self._settle_from_children(parent)

    def _settle_from_children(self, parent: Product) -> None:
        found = {child.stock_status for child in self.variations_of(parent)}
        if found:
            order = ("instock", "onbackorder", "outofstock")
            parent.stock_status = next(status for status in order if status in found)

    def move_stock(self, product: Product, by: int, now: datetime | None) -> tuple[int, int] | None:
        """Change the quantity that counts for a product; (before, after), or None where stock is not managed.

        `now` becomes the date of modification; None leaves that date alone, as some versions do.
        """
        holder = self.stock_holder(product)
        if holder is None:
            return None
        before = holder.stock_quantity or 0
        holder.stock_quantity = before + by
        self.settle(holder)
        if now is not None:
            holder.modified = now
        self._changed(holder)
        return before, before + by

    def save(self, product: Product, now: datetime) -> None:
        """What saving does even where nothing changed: a new date and an announcement."""
        self.settle(product)
        product.modified = now
        self._changed(product)

    def listed(self) -> Iterable[Product]:
        """Products without variations, trashed ones left out."""
        return (p for p in self.products.values() if not p.parent_id and p.status != "trash")
