"""The shelves as they are before anything happens: the goods that both halves of the sandbox sell."""

from app.sandbox.seed import GOODS, VARIABLE_GOODS, Good
from app.sandbox.store.catalogue import CATEGORIES, Product
from app.sandbox.store.shop import Shop

_CATEGORY_IDS = {name: number for number, name in CATEGORIES.items()}


def stock_goods(shop: Shop) -> None:
    """Fill an empty store: simple products first, each variable product before its variations."""
    for good in GOODS:
        if good.parent_sku is None:
            shop.catalogue.add(_product(shop, good, good.name, "simple"))
    for variable in VARIABLE_GOODS:
        children = [good for good in GOODS if good.parent_sku == variable.sku]
        parent = Product(next(shop.numbers.post), variable.name, "variable", shop.now(), shop.now(), sku=variable.sku)
        parent.category_ids = [_CATEGORY_IDS[variable.category]]
        names = dict.fromkeys(name for child in children for name in child.attributes)
        parent.attributes = {
            name: "|".join(dict.fromkeys(child.attributes[name] for child in children)) for name in names
        }
        shop.catalogue.add(parent)
        for good in children:
            child = _product(shop, good, variable.name, "variation")
            child.parent_id, child.tax_class = parent.id, "parent"
            child.attributes = dict(good.attributes)
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
        category_ids=[_CATEGORY_IDS[good.category]],
        global_unique_id=good.ean,
    )
