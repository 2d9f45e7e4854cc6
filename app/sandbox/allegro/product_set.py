"""What an offer sells: products that the catalogue has, or new ones, and the data of their safety."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.allegro.catalogue import Catalogue, CatalogueProduct
from app.sandbox.allegro.category_parameters import CONDITION, GTIN, NEW
from app.sandbox.allegro.category_tree import CategoryTree
from app.sandbox.allegro.offer_terms import TermSheet
from app.sandbox.allegro.offer_texts import LONGEST_NAME
from app.sandbox.allegro.parameter_sheet import ParameterSheet, Section
from app.sandbox.allegro.problems import Problem

Body = dict[str, Any]

_LONGEST_SAFETY_TEXT = 5000


@dataclass(frozen=True)
class Product:
    """One element of an offer's set: `known` is the catalogue's product, None for a new one or (`lost`) where the body
    means one that cannot be told."""

    path: str
    sent: Body
    known: CatalogueProduct | None
    lost: bool

    @property
    def described(self) -> Body:
        return self.sent.get("product") or {}

    @property
    def is_new(self) -> bool:
        return self.known is None and not self.lost


class ProductSheet:
    """What a body says of the products; `problems` is what is wrong with it."""

    def __init__(self, tree: CategoryTree, catalogue: Catalogue, terms: TermSheet) -> None:
        self.tree = tree
        self.catalogue = catalogue
        self.terms = terms
        self.problems: list[Problem] = []

    def products(self, sent: Body) -> list[Product]:
        elements = sent.get("productSet") or []
        if not elements:
            self._add(
                "ProductRequiredException", "productSet", "A product is required.", "Dodaj produkt.", missing=True
            )
        return [self._identified(each or {}, f"productSet[{number}]") for number, each in enumerate(elements)]

    def category_of(self, sent: Body, product: Product | None) -> str | None:
        """The leaf that the offer is listed in; None, and a problem, where there is none."""
        described = product.described if product else {}
        category_id: str | None = (sent.get("category") or {}).get("id") or (described.get("category") or {}).get("id")
        if category_id is None and product is not None and product.known is not None:
            category_id = product.known.category
        if category_id is None:
            told = "Podaj kategorię produktu."
            self._add("MissedCategoryIdException", "category.id", "Product category is required.", told, missing=True)
            return None
        category = self.tree.categories.get(category_id)
        if category is None:
            told, metadata = f"Kategoria {category_id} nie istnieje.", {"categoryId": category_id}
            self._add("CATEGORY_NOT_EXISTS", "category.id", "The category does not exist.", told, metadata)
            return None
        if not category.leaf:
            told, metadata = f"W kategorii {category_id} nie można wystawiać ofert.", {"categoryId": category_id}
            self._add("INVALID_CATEGORY_ID", "category.id", "The category is not a leaf.", told, metadata)
            return None
        if product is not None:
            self._check_category(product, category_id)
        return category_id

    def shown(self, product: Product, category_id: str | None, offer_parameters: list[Body] | None) -> "Shown":
        """`offer_parameters` are what was sent for the offer, None for a product that is not the set's first."""
        path = f"{product.path}.product.parameters"
        sheet = ParameterSheet(category_id or "", product.known.values if product.known else {})
        own: list[Body] = []
        parameters: list[Body] = []
        if category_id is not None:
            before = dict(sheet.values)
            parameters = sheet.take(product.described.get("parameters") or (), "product", path)
            self._compare(product, sheet, before, path)
            own = sheet.take(offer_parameters or (), "offer", "parameters")
            sections: dict[Section, str] = {"product": path}
            if offer_parameters is not None:
                sections["offer"] = "parameters"
            if not product.lost:
                sheet.close(sections, new_product=product.is_new)
            self.problems += sheet.problems
        if product.is_new:
            self._check_new(product)
        said = {each["id"] for each in parameters}
        inherited = [each for each in _inherited(sheet, product) if each["id"] not in said]
        gtins = sheet.values.get(GTIN, ())
        return Shown(
            {
                "quantity": {"value": (product.sent.get("quantity") or {}).get("value") or 1},
                "product": {
                    "id": product.known.id if product.known else None,
                    "publication": {"status": "LISTED" if product.known else "PROPOSED"},
                    "parameters": inherited + parameters,
                },
                "deposits": product.sent.get("deposits") or [],
                **self._safety(product, sheet),
            },
            own,
            gtins[0] if gtins else None,
        )

    def _identified(self, sent: Body, path: str) -> Product:
        described = sent.get("product") or {}
        where, wanted, kind = f"{path}.product", described.get("id"), described.get("idType")
        if wanted is not None and kind is None:
            known = self.catalogue.products.get(wanted)
            if known is None:
                told, metadata = f"Nie znaleziono produktu {wanted}.", {"productId": wanted}
                self._add("ProductNotFoundException", where, "Unprocessable Entity", told, metadata)
            return Product(path, sent, known, lost=known is None)
        numbers = _gtins(described) if wanted is None else [str(wanted)] if kind == "GTIN" else []
        hits = {each.id: each for number in numbers for each in self.catalogue.with_number(number)}
        if len(hits) > 1:
            told, metadata = "Znaleziono wiele produktów.", {"foundProductsIds": ",".join(hits)}
            self._add("MultipleProductsFoundException", where, "Unprocessable Entity", told, metadata)
        if wanted is not None and not hits:
            told, metadata = f"Nie znaleziono produktu {wanted}.", {"productId": wanted}
            self._add("MatchingProductNotFoundException", where, "Unprocessable Entity", told, metadata)
        known = next(iter(hits.values())) if len(hits) == 1 else None
        return Product(path, sent, known, lost=known is None and (wanted is not None or len(hits) > 1))

    def _check_category(self, product: Product, category_id: str) -> None:
        known, where = product.known, f"{product.path}.product"
        if known is not None and category_id not in (known.category, *known.similar):
            metadata = {
                "requestedCategoryId": category_id,
                "requestedCategoryName": self.tree.categories[category_id].name,
                "existingCategoryId": known.category,
                "existingProductId": known.id,
            }
            told = "Produkt istnieje w innej kategorii."
            message = "The requested category does not match the category of the product."
            self._add("CATEGORY_MISMATCH", f"{where}.category", message, told, metadata)
        if product.is_new and not self.tree.categories[category_id].view()["options"]["productCreationEnabled"]:
            told = "Nie znaleziono produktu pasującego do podanych danych."
            self._add("MatchingProductForDataNotFoundException", where, "Unprocessable Entity", told)

    def _check_new(self, product: Product) -> None:
        name, where = product.described.get("name") or "", f"{product.path}.product"
        if not name.strip():
            told = "Podaj nazwę produktu."
            self._add("ProductValidationException", where, "Product needs to have a name", told, missing=True)
        if len(name) > LONGEST_NAME:
            told = f"Nazwa produktu jest za długa (maks. {LONGEST_NAME} znaków)."
            self._add("ProductValidationException", where, "Product name is too long", told)

    def _compare(
        self, product: Product, sheet: ParameterSheet, before: Mapping[str, tuple[str, ...]], path: str
    ) -> None:
        """What the catalogue says of a product stands."""
        if product.known is None:
            return
        for parameter_id, values in before.items():
            sent, name = sheet.values[parameter_id], sheet.parameters.get(parameter_id, {}).get("name", parameter_id)
            # Texts are compared, not what they mean: 1.00 is not 1.
            if set(sent) != set(values):
                self._add(
                    "PARAMETER_MISMATCH",
                    path,
                    f"The provided parameter '{name} (id: {parameter_id})' value '{', '.join(sent)}' does not match "
                    f"the existing parameter value '{', '.join(values)}'",
                    f"Produkt już istnieje w Katalogu, a wartość parametru `{name}` nie zgadza się z jego danymi.",
                    {"productId": product.known.id, "parameterId": parameter_id},
                )

    def _safety(self, product: Product, sheet: ParameterSheet) -> Body:
        sent, given = product.sent, (product.known.safety if product.known else None) or {}
        producer, information = given.get("responsibleProducer"), given.get("safetyInformation")
        person = None
        if sent.get("responsibleProducer"):
            where = f"{product.path}.responsibleProducer"
            meant = {key: sent["responsibleProducer"].get(key) for key in ("id", "name")}
            producer = self.terms.refer(meant, "responsibleProducers", "ResponsibleProducer", where)
        if sent.get("responsiblePerson"):
            where = f"{product.path}.responsiblePerson"
            person = self.terms.refer(sent["responsiblePerson"], "responsiblePersons", "ResponsiblePerson", where)
        if sent.get("safetyInformation"):
            information = sent["safetyInformation"]
            self._check_information(information, f"{product.path}.safetyInformation")
        older = bool(sent.get("marketedBeforeGPSRObligation"))
        if older and NEW in sheet.values.get(CONDITION, ()):
            told = "Nowy produkt nie mógł być wprowadzony do obrotu przed 13 grudnia 2024."
            code = "PRODUCT_MARKETED_BEFORE_GPSR_OBLIGATION_OPTION_NOT_ALLOWED"
            self._add(code, f"{product.path}.marketedBeforeGPSRObligation", "The option is not allowed.", told)
        if producer is None and not sent.get("responsibleProducer") and not older:
            told = "Uzupełnij dane producenta."
            where, code = f"{product.path}.responsibleProducer", "RESPONSIBLE_PRODUCER_NOT_SPECIFIED"
            self._add(code, where, "Responsible producer was not specified for product", told, missing=True)
        if information is None and not older:
            told = "Uzupełnij informacje o bezpieczeństwie produktu."
            where, code = f"{product.path}.safetyInformation", "SAFETY_INFO_NOT_DEFINED"
            self._add(code, where, "Safety information was not defined for product", told, missing=True)
        return {
            "responsibleProducer": producer,
            "responsiblePerson": person,
            "safetyInformation": information,
            "marketedBeforeGPSRObligation": sent.get("marketedBeforeGPSRObligation"),
        }

    def _check_information(self, sent: Body, path: str) -> None:
        match sent.get("type"):
            case "TEXT":
                if not 0 < len((sent.get("description") or "").strip()) <= _LONGEST_SAFETY_TEXT:
                    told = f"Opis bezpieczeństwa musi mieć od 1 do {_LONGEST_SAFETY_TEXT} znaków."
                    message = f"A safety text has 1 to {_LONGEST_SAFETY_TEXT} characters."
                    self._add("VALIDATION_ERROR", f"{path}.description", message, told)
            case "ATTACHMENTS":
                # Nobody can upload one here.
                told = "Nie znaleziono załącznika."
                self._add("AttachmentNotFoundException", f"{path}.attachments", "Unprocessable Entity", told)
            case "NO_SAFETY_INFORMATION":
                told = "Opcja 'Produkt nie wymaga informacji o bezpieczeństwie' jest niedozwolona."
                code = "NO_SAFETY_INFORMATION_OPTION_NOT_ALLOWED"
                self._add(code, path, "The option is not allowed.", told)
            case _:
                told = "Nieznany rodzaj informacji o bezpieczeństwie."
                self._add("VALIDATION_ERROR", f"{path}.type", "The type is not known.", told)

    def _add(
        self,
        code: str,
        path: str,
        message: str,
        told: str,
        metadata: Mapping[str, str] | None = None,
        *,
        missing: bool = False,
    ) -> None:
        self.problems.append(Problem(code, path, message, told, metadata or {}, missing))


@dataclass(frozen=True)
class Shown:
    """A product as answers show it, the parameters of its offer, and the product's number."""

    element: Body
    offer_parameters: list[Body] = field(default_factory=list)
    gtin: str | None = None


def _gtins(described: Body) -> list[str]:
    return [
        value
        for each in described.get("parameters") or ()
        if each.get("id") == GTIN
        for value in each.get("values") or ()
    ]


def _inherited(sheet: ParameterSheet, product: Product) -> list[Body]:
    """What the catalogue says, as answers show it."""
    if product.known is None:
        return []
    shown = []
    for parameter_id, values in product.known.values.items():
        parameter = sheet.parameters.get(parameter_id)
        if parameter is None:
            continue
        labels = {entry["id"]: entry["value"] for entry in parameter.get("dictionary", ())}
        shown.append(
            {
                "id": parameter_id,
                "name": parameter["name"],
                "rangeValue": None,
                "values": [labels.get(value, value) for value in values],
                "valuesIds": list(values) if labels else [],
            }
        )
    return shown
