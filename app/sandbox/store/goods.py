"""The shelves as they are before anything happens: the goods that both halves of the sandbox sell."""

from app.sandbox.seed import GOODS, VARIABLE_GOODS, Good
from app.sandbox.store.catalogue import Product
from app.sandbox.store.shop import Shop
from app.sandbox.store.terms import CATEGORIES
from app.sandbox.store.window import Display, display_of, display_of_variation

_CATEGORY_IDS = {category.name: number for number, category in CATEGORIES.items()}


def stock_goods(shop: Shop) -> None:
    """Fill an empty store: simple products first, each variable product before its variations."""
    for place, good in enumerate(good for good in GOODS if good.parent_sku is None):
        simple = _product(shop, good, good.name, "simple")
        _put_on_display(simple, good.category, display_of(good.sku, good.name, place))
        shop.catalogue.add(simple)
    for variable in VARIABLE_GOODS:
        children = [good for good in GOODS if good.parent_sku == variable.sku]
        parent = Product(next(shop.numbers.post), variable.name, "variable", shop.now(), shop.now(), sku=variable.sku)
        names = dict.fromkeys(name for child in children for name in child.attributes)
        parent.attributes = {
            name: "|".join(dict.fromkeys(child.attributes[name] for child in children)) for name in names
        }
        parent.varying = frozenset(names)
        _put_on_display(parent, variable.category, display_of(variable.sku, variable.name, 0))
        shop.catalogue.add(parent)
        for good in children:
            child = _product(shop, good, variable.name, "variation")
            child.parent_id, child.tax_class = parent.id, "parent"
            child.attributes = dict(good.attributes)
            _put_on_display(child, good.category, display_of_variation(good.sku))
            shop.catalogue.add(child)


def _product(shop: Shop, good: Good, name: str, kind: str) -> Product:
    now = shop.now()
    return Product(
        next(shop.numbers.post),
        name,
        kind,
        now,
        now,
        sku=good.sku,
        regular_price=str(good.gross_price),
        tax_class=good.tax_class,
        manage_stock=True,
        stock_quantity=good.stock,
        global_unique_id=good.ean,
    )


def _put_on_display(product: Product, category: str, display: Display) -> None:
    product.category_ids = [_CATEGORY_IDS[category], *([display.category] if display.category else [])]
    product.weight = display.weight
    product.attributes |= display.attributes
    product.images = list(display.pictures)
    product.description, product.short_description = display.description, display.short_description
