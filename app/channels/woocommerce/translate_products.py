"""The store's messages about products in our words. Pure."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from app.channels.reading import Json, decimal_in
from app.channels.woocommerce.translate import settings_in
from app.domain.products import Backorders, Prices, PriceWrite, Product, StockKeeper, StockSettings, StockState
from app.domain.store import StoreProduct

# `manage_stock` of a variation that leaves it to its parent is "parent".
_KEEPERS = {"True": StockKeeper.OWN, "parent": StockKeeper.PARENT, "False": StockKeeper.NOBODY}
_STATES = {"instock": StockState.IN_STOCK, "outofstock": StockState.SOLD_OUT, "onbackorder": StockState.BACKORDERED}
_BACKORDERS = {"no": Backorders.REFUSED, "notify": Backorders.NOTIFY, "yes": Backorders.SILENT}
# Types of products of which no pieces are sold.
_CONTAINERS = ("variable", "grouped", "external")
_PUBLISHED = "publish"
_PARENTS_CLASS = "parent"


def is_variable(row: Json) -> bool:
    """Whether the product has variations."""
    return row.text("type") == "variable"


def product_from(row: Json) -> StoreProduct:
    """A product or a variation out of a list that has both. Raises `Unreadable` without an id."""
    own_id = row.required_integer("id")
    row = row.about(f"Store product {own_id}")
    is_variation = row.text("type") == "variation"
    return StoreProduct(
        product_id=row.required_integer("parent_id") if is_variation else own_id,
        variation_id=own_id if is_variation else 0,
        sku=row.text("sku"),
        name=row.text("name"),
        status=row.text("status"),
        tax_class=row.text("tax_class"),
        taxable=row.text("tax_status") == "taxable",
        sellable=row.text("type") not in _CONTAINERS,
        manages_stock=_keeper(row) in (StockKeeper.OWN, StockKeeper.PARENT),
        only_delivery_taxed=row.text("tax_status") == "shipping",
        stock=_pieces(row),
        backorders=row.text("backorders") not in ("", "no"),
    )


def goods_from(row: Json, meta_keys: Collection[str] = ()) -> Product:
    """A product, or a variation without what it has of its parent. Raises `Unreadable` without an id."""
    own_id = row.required_integer("id")
    keeper = _keeper(row)
    return Product(
        id=own_id,
        parent_id=0,
        sku=row.text("sku"),
        gtin=row.text("global_unique_id"),
        name=row.text("name"),
        status=row.text("status"),
        # Older stores tell no type of a variation.
        sellable=row.text("type") not in _CONTAINERS,
        keeper=keeper,
        stock=_pieces(row) if keeper in (StockKeeper.OWN, StockKeeper.PARENT) else None,
        state=_STATES.get(row.text("stock_status"), StockState.UNKNOWN),
        backorders=_BACKORDERS.get(row.text("backorders"), Backorders.UNKNOWN),
        prices=Prices(
            current=decimal_in(row.get("price")),
            regular=decimal_in(row.get("regular_price")),
            sale=decimal_in(row.get("sale_price")),
            sale_from=row.instant("date_on_sale_from_gmt"),
            sale_until=row.instant("date_on_sale_to_gmt"),
        ),
        tax_class=row.text("tax_class"),
        taxable=row.text("tax_status") == "taxable",
        meta=_meta(row, meta_keys),
    )


def variation_of(variation: Product, parent_id: int, parent: Product | None) -> Product:
    """A variation with what it has of its parent; `parent` is None where that could not be read."""
    if parent is None:
        return replace(variation, parent_id=parent_id, status=_either(variation.status, ""))
    # Variations are called by their options only, and not at all by older stores.
    options = variation.name.removeprefix(parent.name).removeprefix(" - ")
    return replace(
        variation,
        parent_id=parent_id,
        name=f"{parent.name} - {options}" if options else parent.name,
        status=_either(variation.status, parent.status),
        # Some answers show the class as it is kept.
        tax_class=parent.tax_class if variation.tax_class == _PARENTS_CLASS else variation.tax_class,
    )


def price_to(write: PriceWrite) -> dict[str, Any]:
    """An item of a batch of updates. The price is text, and never has an exponent, which WooCommerce would not read."""
    return {"id": write.store_id, _field(write): format(write.price, "f")}


def prices_refused(writes: Collection[PriceWrite], answer: Json) -> dict[int, str]:
    """Why the store does not have these prices, by `store_id`, out of its answer to a batch of updates.

    A batch is answered 200 whatever becomes of its items.
    """
    rows = {own_id: row for row in answer.rows("update") if isinstance(own_id := row.get("id"), int)}
    problems = {write.store_id: _problem(write, rows.get(write.store_id)) for write in writes}
    return {own_id: problem for own_id, problem in problems.items() if problem}


def _problem(write: PriceWrite, row: Json | None) -> str:
    if row is None:
        return "The store did not answer for it."
    if row.get("error") is not None:
        error = row.part("error")
        said = (error.text("message") or "it does not say why").rstrip(".")
        return f"The store refuses the price: {said} ({error.text('code') or 'no code'})."
    if decimal_in(row.get(_field(write))) != write.price:
        kept = row.text(_field(write)) or "none"
        return f"The store was given {write.price:f} as {write.field} price and kept {kept}."
    return ""


def _field(write: PriceWrite) -> str:
    return f"{write.field}_price"


def _either(own: str, parents: str) -> str:
    return parents if own == _PUBLISHED else own


def stock_settings_from(products: object) -> StockSettings:
    """How the store counts, out of its settings `products`. Raises `Unreadable`."""
    values = settings_in(products)
    threshold, hold = "woocommerce_notify_no_stock_amount", values.text("woocommerce_hold_stock_minutes")
    return StockSettings(
        managed=values.required_text("woocommerce_manage_stock") == "yes",
        # WooCommerce takes an empty field for 0, and what is below for the number without its sign.
        out_of_stock_at=0 if values.get(threshold) == "" else abs(values.required_integer(threshold)),
        hold_minutes=int(hold) if hold.isdigit() and int(hold) else None,
    )


def _keeper(row: Json) -> StockKeeper:
    return _KEEPERS.get(str(row.get("manage_stock")), StockKeeper.UNKNOWN)


def _pieces(row: Json) -> int | None:
    number = decimal_in(row.get("stock_quantity"))
    return int(number) if number is not None and number == number.to_integral_value() else None


def _meta(row: Json, keys: Collection[str]) -> tuple[tuple[str, str], ...]:
    # Of a field that is there twice, WordPress reads the first.
    values = {each.text("key"): each.text("value") for each in reversed(row.rows("meta_data"))}
    return tuple((key, values[key]) for key in keys if key in values)
