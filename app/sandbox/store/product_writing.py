"""Making and changing products from what the REST API is sent."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from app.sandbox.store.catalogue import Product, price_text
from app.sandbox.store.exchange import StoreError, wrong_type
from app.sandbox.store.order_checks import is_integer
from app.sandbox.store.shop import Shop, check_status
from app.sandbox.store.terms import UNCATEGORIZED
from app.sandbox.store.times import ZONE, written_moment

_TEXTS = ("name", "description", "short_description", "tax_class", "weight", "global_unique_id", "tax_status")
_DATES = ("date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt")
_PRICING = ("regular_price", "sale_price", *_DATES)
_STATUSES = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")
TYPES = ("simple", "grouped", "external", "variable")
_STOCK_STATUSES = ("instock", "outofstock", "onbackorder")
_BACKORDERS = ("no", "notify", "yes")
_BOOLEANS = (True, False, "true", "false", "1", "0", 1, 0)


def check_product(sent: dict[str, Any]) -> None:
    """Raises StoreError 400 as the schema of a single write does; a batch goes without this."""
    for name in ("regular_price", "sale_price", "sku", *_TEXTS):
        if name in sent and not isinstance(sent[name], str):
            raise wrong_type(name, "string")
    quantity = sent.get("stock_quantity")
    if quantity is not None and not is_integer(quantity):
        raise wrong_type("stock_quantity", "integer")
    if "manage_stock" in sent and sent["manage_stock"] not in (*_BOOLEANS, "parent"):
        raise wrong_type("manage_stock", "boolean")
    for name, allowed in (
        ("status", _STATUSES),
        ("stock_status", _STOCK_STATUSES),
        ("backorders", _BACKORDERS),
        ("type", TYPES),
    ):
        if name in sent:
            check_status(name, sent[name], allowed)


def stock_amount(value: object) -> int:
    """A quantity as PHP takes it: cut to a whole number, 0 where it is none."""
    try:
        return int(float(str(value)))
    except ValueError:
        return 0


def create_product(shop: Shop, sent: dict[str, Any], parent: Product | None = None) -> Product:
    """Raises StoreError 400 for a SKU that is taken."""
    shop.catalogue.check_sku(None, str(sent.get("sku", "")))
    now = shop.now()
    kind = "variation" if parent else str(sent.get("type", "simple"))
    product = Product(next(shop.numbers.post), parent.name if parent else "", kind, now, now)
    if parent:
        product.parent_id, product.tax_class = parent.id, "parent"
    shop.catalogue.add(product)
    _apply(shop, product, sent)
    shop.catalogue.settle(product)
    shop.announce("product.created", product.id)
    return product


def update_product(shop: Shop, product: Product, sent: dict[str, Any]) -> None:
    """Raises StoreError 400 for a SKU that is taken. A change to nothing still counts as a save."""
    if "sku" in sent:
        shop.catalogue.check_sku(product, str(sent["sku"]))
    _apply(shop, product, sent)
    shop.catalogue.save(product, shop.now())


def _apply(shop: Shop, product: Product, sent: dict[str, Any]) -> None:
    for name in _TEXTS:
        if name in sent and not (name == "name" and product.parent_id):
            setattr(product, name, str(sent[name]))
    product.sku = str(sent.get("sku", product.sku))
    product.status = str(sent.get("status", product.status))
    _apply_images(product, sent)
    _apply_categories(product, sent.get("categories"))
    _apply_attributes(shop, product, sent.get("attributes"))
    _apply_prices(shop, product, sent)
    _apply_stock(shop, product, sent)
    if "meta_data" in sent:
        shop.apply_meta(product.meta, sent["meta_data"])


def _apply_categories(product: Product, sent: object) -> None:
    if isinstance(sent, list):
        numbers = [int(entry["id"]) for entry in sent if isinstance(entry, dict) and "id" in entry]
        product.category_ids = numbers or [UNCATEGORIZED]


def _apply_images(product: Product, sent: dict[str, Any]) -> None:
    """A variation has one picture."""
    images = [sent["image"]] if product.parent_id and "image" in sent else sent.get("images")
    if isinstance(images, list):
        product.images = [str(entry["src"]) for entry in images if isinstance(entry, dict) and "src" in entry]


def _apply_attributes(shop: Shop, product: Product, sent: object) -> None:
    """By id those that products share, by name all; a name that nobody knows is an attribute of the product's own."""
    if not isinstance(sent, list):
        return
    names = {number: name for name, number in shop.catalogue.attributes.items()}
    entries = [entry for entry in sent if isinstance(entry, dict)]
    named = [(names.get(entry.get("id", 0)) or str(entry.get("name", "")), entry) for entry in entries]
    if product.parent_id:
        product.attributes = {name: str(entry.get("option", "")) for name, entry in named if name}
    else:
        product.attributes = {name: "|".join(entry.get("options", [])) for name, entry in named if name}
        product.varying = frozenset(name for name, entry in named if entry.get("variation") is True)


def _apply_prices(shop: Shop, product: Product, sent: dict[str, Any]) -> None:
    before = _pricing(product)
    # What has its price from others keeps none, and a null counts as not sent.
    given = {name: "" if product.type in ("variable", "grouped") else sent.get(name) for name in _PRICING}
    for name in ("regular_price", "sale_price"):
        if given[name] is not None:
            setattr(product, name, price_text(str(given[name])))
    for end, name in (("sale_from", "date_on_sale_from"), ("sale_until", "date_on_sale_to")):
        for sent_as, zone in ((name, ZONE), (f"{name}_gmt", UTC)):
            if given[sent_as] is not None:
                setattr(product, end, written_moment(given[sent_as], zone))
    if product.sale_price and (not product.regular_price or _not_cheaper(product)):
        product.sale_price = ""
    if _pricing(product) != before:
        product.priced_at = shop.now()


def _pricing(product: Product) -> tuple[object, ...]:
    return product.regular_price, product.sale_price, product.sale_from, product.sale_until


def _not_cheaper(product: Product) -> bool:
    return Decimal(product.sale_price) >= Decimal(product.regular_price)


def _apply_stock(shop: Shop, product: Product, sent: dict[str, Any]) -> None:
    if not shop.settings.manages_stock:
        return
    if "manage_stock" in sent:
        product.manage_stock = sent["manage_stock"] in (True, "true", "1", 1)
    if product.manage_stock:
        product.backorders = str(sent.get("backorders", product.backorders))
        # A quantity sent to a product that does not manage stock falls away without a word, and so does a null.
        if sent.get("stock_quantity") is not None:
            product.stock_quantity = stock_amount(sent["stock_quantity"])
    elif "stock_status" in sent:
        product.stock_status = str(sent["stock_status"])


def trash_product(shop: Shop, product: Product) -> None:
    """Raises StoreError 410 for a product that is in the trash already."""
    if product.status == "trash":
        raise StoreError(410, "woocommerce_rest_already_trashed", "The Product has already been deleted.")
    product.status = "trash"
    product.modified = shop.now()
    shop.announce("product.deleted", product.id)
