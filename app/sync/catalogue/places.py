"""Where a product of the store belongs at Allegro, and what is asked of it there."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.db import mappings
from app.db.engine import Database
from app.domain.categories import Category
from app.domain.listed_products import ListedProduct
from app.domain.parameters import AttributeMapping, Parameter
from app.sync.catalogue.tree import CategoryTree, CategoryUnusable


@dataclass(frozen=True)
class Place:
    """A category with its parameters, and where the account takes their values from."""

    category: Category
    parameters: tuple[Parameter, ...]
    mapped: tuple[AttributeMapping, ...]


def place_of(database: Database, tree: CategoryTree, account_id: int, category_id: str) -> Place | None:
    """None where the category is not there any more or has others below it. Raises the errors of Allegro's channel."""
    try:
        parameters = tree.parameters(account_id, category_id)
        category = tree.leaf(account_id, category_id).category
    except CategoryUnusable:
        return None
    with database.reading() as session:
        return Place(category, parameters, mappings.attribute_mappings(session, account_id, category_id))


def category_of(product: ListedProduct, chosen: Mapping[int, str]) -> str | None:
    """Allegro's category of the product by those of the store that it is in; None for none, and for several."""
    found = {chosen[category_id] for category_id in product.category_ids if category_id in chosen}
    return found.pop() if len(found) == 1 else None
