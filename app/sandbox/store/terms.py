"""How the shop sorts its goods: the tree of categories, and the attributes that products share."""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class ProductCategory:
    """`name` is as WordPress keeps it, with entities. `parent` is 0 at the top."""

    name: str
    parent: int = 0


UNCATEGORIZED = 15
CATEGORIES = {
    UNCATEGORIZED: ProductCategory("Uncategorized"),
    16: ProductCategory("Kubki", 19),
    17: ProductCategory("Koszulki", 24),
    18: ProductCategory("Plakaty", 26),
    19: ProductCategory("Kuchnia &amp; jadalnia"),
    20: ProductCategory("Kubki ceramiczne", 16),
    21: ProductCategory("Kubki termiczne", 16),
    22: ProductCategory("Naczynia stołowe", 19),
    23: ProductCategory("Tekstylia kuchenne", 19),
    24: ProductCategory("Odzież &amp; torby"),
    25: ProductCategory("Torby", 24),
    26: ProductCategory("Dekoracje"),
}
# The ids of the attributes by name.
ATTRIBUTES = {"Kolor": 1, "Rozmiar": 2, "Materiał": 3, "Pojemność": 4, "Marka": 5}


def slug_of(name: str) -> str:
    """As WordPress makes it from a name, entities left out."""
    plain = unicodedata.normalize("NFKD", re.sub(r"&\w+;", "", name).replace("ł", "l").replace("Ł", "L"))
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")
