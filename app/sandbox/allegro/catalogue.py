"""Allegro's catalogue of products: of two mugs it knows the number, and of one of them it has two products."""

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.allegro.category_parameters import COLOUR, GTIN, MATERIAL, WEIGHT, WHITE, parameters_of
from app.sandbox.allegro.category_tree import CategoryTree
from app.sandbox.seed import GOODS

Body = dict[str, Any]

_MUGS, _CUPS = "257933", "257934"
_NAMESPACE = uuid.UUID("5f1d7a36-3c5e-4c0e-8a44-0b3a5f2b9d10")
_SAFETY: Body = {
    "responsibleProducers": [
        {
            "id": "3b0f0a52-64c2-4d0c-9d3c-5c2b8a1f7e01",
            "name": "Kubki i Spółka",
            "producerData": {
                "tradeName": "Kubki i Spółka Hanna Garncarz",
                "address": {
                    "countryCode": "PL",
                    "street": "Garncarska 5",
                    "postalCode": "00-999",
                    "city": "Warszawa",
                },
                "contact": {"email": "sklep@kubki-shop.example", "phoneNumber": None, "formUrl": None},
            },
        }
    ],
    "safetyInformation": {"type": "TEXT", "description": "Nie używać na otwartym ogniu."},
}


@dataclass(frozen=True)
class CatalogueProduct:
    """`values` are the ids of entries, and texts, by the parameter's id. `safe`: it has all product safety data."""

    id: str
    name: str
    gtin: str
    category: str
    similar: tuple[str, ...]
    safe: bool
    brand_protected: bool
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def picture(self) -> str:
        return f"https://a.allegroimg.com/original/{self.id}"

    @property
    def safety(self) -> Body | None:
        """The producer's id and the safety information that an offer takes over."""
        if not self.safe:
            return None
        return {
            "responsibleProducer": {"id": _SAFETY["responsibleProducers"][0]["id"]},
            "safetyInformation": _SAFETY["safetyInformation"],
        }

    def view(self, tree: CategoryTree) -> Body:
        """As a search shows it."""
        similar = [_placed(tree, each) for each in self.similar]
        return {
            "id": self.id,
            "name": self.name,
            "description": None,
            "category": {**_placed(tree, self.category), "similar": similar},
            "images": [{"url": self.picture}],
            "parameters": [
                _valued(parameter, self.values[parameter["id"]])
                for parameter in parameters_of(self.category)
                if parameter["id"] in self.values
            ],
            "hasProtectedBrand": self.brand_protected,
            "productSafety": _SAFETY if self.safe else None,
            "publication": {"status": "LISTED"},
        }


def _placed(tree: CategoryTree, category_id: str) -> Body:
    """A category with its path from the top down; one that was deleted has none."""
    path = tree.path(category_id) if category_id in tree.categories else []
    return {"id": category_id, "path": [{"id": each.id, "name": each.name} for each in reversed(path)]}


def _valued(parameter: Body, values: Sequence[str]) -> Body:
    labels = {entry["id"]: entry["value"] for entry in parameter.get("dictionary", [])}
    chosen = parameter["type"] == "dictionary"
    return {
        "id": parameter["id"],
        "name": parameter["name"],
        "rangeValue": None,
        "values": [] if chosen else list(values),
        "valuesIds": list(values) if chosen else [],
        "valuesLabels": [labels.get(value, value) for value in values],
        "unit": parameter["unit"],
        "options": {
            "identifiesProduct": parameter["id"] == GTIN,
            "isGTIN": parameter["id"] == GTIN,
            "isTrusted": False,
            "isAiCoCreated": False,
        },
    }


class Catalogue:
    """Every method takes the lock itself."""

    def __init__(self, tree: CategoryTree, lock: threading.RLock) -> None:
        self.tree = tree
        self.lock = lock
        self.reset()

    def reset(self) -> None:
        self.products: dict[str, CatalogueProduct] = {}
        cat, owl = GOODS[0], GOODS[1]
        self.add(cat.name, cat.ean, _MUGS, similar=(_CUPS,), values={COLOUR: (WHITE,), WEIGHT: ("0.45",)})
        self.add(owl.name, owl.ean, _MUGS, values={MATERIAL: (f"{MATERIAL}_1",), COLOUR: (WHITE,)})
        self.add("Filiżanka z sową do kompletu", owl.ean, _CUPS, safe=False, brand_protected=True)

    def add(
        self,
        name: str,
        gtin: str,
        category: str,
        *,
        similar: tuple[str, ...] = (),
        safe: bool = True,
        brand_protected: bool = False,
        values: Mapping[str, tuple[str, ...]] | None = None,
    ) -> str:
        """The new product's id."""
        with self.lock:
            product_id = str(uuid.uuid5(_NAMESPACE, str(len(self.products))))
            known = {**(values or {}), GTIN: (gtin,)}
            product = CatalogueProduct(product_id, name, gtin, category, similar, safe, brand_protected, known)
            self.products[product_id] = product
            return product_id

    def with_number(self, gtin: str) -> list[CatalogueProduct]:
        with self.lock:
            return [product for product in self.products.values() if product.gtin == gtin]

    def search(self, phrase: str, mode: str | None, category: str | None) -> list[Body]:
        """By number or, without a mode, by words of the name as well. No product has a manufacturer's part number."""
        with self.lock:
            return [
                product.view(self.tree)
                for product in self.products.values()
                if _hit(product, phrase, mode) and category in (None, product.category)
            ]


def _hit(product: CatalogueProduct, phrase: str, mode: str | None) -> bool:
    if mode == "MPN":
        return False
    named = mode is None and phrase.casefold() in product.name.casefold()
    return named or phrase == product.gtin
