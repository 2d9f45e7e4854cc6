"""What a body says of an offer beside stock, price and publication: checked, and as answers show it."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Any

from app.sandbox.allegro.catalogue import Catalogue
from app.sandbox.allegro.category_tree import CategoryTree
from app.sandbox.allegro.offer_terms import TermSheet
from app.sandbox.allegro.offer_texts import LONGEST_NAME, description_problems, name_problems
from app.sandbox.allegro.parameter_sheet import ParameterSheet
from app.sandbox.allegro.problems import Problem
from app.sandbox.allegro.product_set import Product, ProductSheet
from app.sandbox.allegro.setting_routes import SellerSettings
from app.sandbox.allegro.tax_settings import problems_with
from app.sandbox.allegro.uploads import SHORTEST_LONGER_SIDE, Picture, Uploads, too_small

Body = dict[str, Any]

CHECKED = (
    "afterSalesServices",
    "category",
    "delivery",
    "description",
    "images",
    "language",
    "location",
    "name",
    "parameters",
    "payments",
    "productSet",
    "taxSettings",
)
_MOST_PICTURES = 16
_LONGEST_EXTERNAL_ID = 100
_MERGED = ("afterSalesServices", "delivery", "location", "payments")


@dataclass(frozen=True)
class Checked:
    """`sent` is all that was said, and `shown` what answers show of it. `ean` is the product's number."""

    sent: Body
    name: str
    category_id: str | None
    ean: str | None
    shown: Body
    problems: tuple[Problem, ...]

    def limited(self, touched: Set[str]) -> "Checked":
        """So much of it as these members of a body say."""
        of = [each for each in self.problems if each.path and each.path.split(".")[0].split("[")[0] in touched]
        return Checked(
            self.sent,
            self.name if "name" in touched else "",
            self.category_id if touched & {"category", "productSet"} else None,
            self.ean if "productSet" in touched else None,
            {name: value for name, value in self.shown.items() if name in touched},
            tuple(of),
        )

    def refusals(self, *, publishing: bool) -> tuple[Problem, ...]:
        return tuple(each for each in self.problems if publishing or not each.missing)


def merged(before: Body, body: Body) -> Body:
    """What has been said of an offer after an edit; a member that is null is deleted."""
    after = dict(before)
    for name in CHECKED:
        if name not in body:
            continue
        value = body[name]
        if name in _MERGED and value is not None:
            value = {**(before.get(name) or {}), **value}
        after[name] = value
    return {name: value for name, value in after.items() if value is not None}


class OfferChecks:
    """Callers hold the lock."""

    def __init__(self, tree: CategoryTree, catalogue: Catalogue, settings: SellerSettings, uploads: Uploads) -> None:
        self.tree = tree
        self.catalogue = catalogue
        self.settings = settings
        self.uploads = uploads

    def check(self, seller: str, sent: Body) -> Checked:
        terms = TermSheet(self.settings, seller)
        goods = ProductSheet(self.tree, self.catalogue, terms)
        products = goods.products(sent)
        first = products[0] if products else None
        category_id = goods.category_of(sent, first)
        gallery = _Gallery(self.uploads, sent, products)
        problems: list[Problem] = []
        elements: list[Body] = []
        parameters: list[Body] = []
        ean = None
        for product in products:
            of_offer = list(sent.get("parameters") or ()) if product is first else None
            shown = goods.shown(product, category_id, of_offer)
            elements.append(shown.element)
            if product is first:
                parameters, ean = shown.offer_parameters, shown.gtin
        if first is None and category_id is not None:
            sheet = ParameterSheet(category_id, {})
            parameters = sheet.take(sent.get("parameters") or (), "offer", "parameters")
            sheet.close({"offer": "parameters"}, new_product=False)
            problems += sheet.problems
        name = _name(sent, first)
        problems += _name_problems(sent, name)
        problems += gallery.problems()
        if sent.get("description"):
            problems += description_problems(sent["description"], gallery.addresses)
        taxes = sent.get("taxSettings")
        if taxes and category_id is not None:
            problems += problems_with(taxes, category_id)
        members = {
            "productSet": elements,
            "parameters": parameters,
            "images": gallery.shown,
            "description": gallery.replaced(sent.get("description") or {"sections": []}),
            "taxSettings": taxes,
            **terms.shown(sent),
        }
        return Checked(sent, name, category_id, ean, members, (*goods.problems, *problems, *terms.problems))

    def keep_pictures(self, shown: Body) -> None:
        """An offer shows them from now on."""
        for location in shown.get("images", ()):
            picture = self.uploads.pictures.get(location)
            if picture is not None:
                picture.expires_at = None


def lacking_price() -> Problem:
    told = "Podaj cenę."
    return Problem("VALIDATION_ERROR", "sellingMode.price", "Price may not be empty.", told, missing=True)


def external_problems(body: Body) -> Iterator[Problem]:
    external_id = (body.get("external") or {}).get("id")
    if external_id is not None and len(external_id) > _LONGEST_EXTERNAL_ID:
        told = f"Sygnatura jest za długa (maks. {_LONGEST_EXTERNAL_ID} znaków)."
        message = f"An external id has at most {_LONGEST_EXTERNAL_ID} characters."
        yield Problem("VALIDATION_ERROR", "external.id", message, told)


def _name(sent: Body, product: Product | None) -> str:
    """Of its own, or that of its product, as much of it as a title takes."""
    if sent.get("name"):
        return str(sent["name"])
    if product is None:
        return ""
    return (product.known.name if product.known else product.described.get("name") or "")[:LONGEST_NAME]


def _name_problems(sent: Body, name: str) -> Iterator[Problem]:
    if not name.strip():
        yield Problem("VALIDATION_ERROR", "name", "Name may not be empty.", "Tytuł nie może być pusty.", missing=True)
    elif sent.get("name"):
        yield from name_problems(name)


class _Gallery:
    """The pictures of an offer and its products. `addresses` are what was sent, `shown` what the offer shows."""

    def __init__(self, uploads: Uploads, sent: Body, products: Iterable[Product]) -> None:
        self.products = tuple(products)
        self.own = {address: f"images[{number}]" for number, address in enumerate(sent.get("images") or ())}
        self.of_products: dict[str, str] = {}
        for product in self.products:
            known = [product.known.picture] if product.known else []
            sent_images = list(product.described.get("images") or ())
            self.of_products |= dict.fromkeys(sent_images or known, f"{product.path}.product.images")
        self.addresses = list(dict.fromkeys([*self.own, *self.of_products]))
        self.found: dict[str, Picture | None] = {address: uploads.shown(address) for address in self.addresses}
        self.shown = [
            picture.location for address in (self.own or self.of_products) if (picture := self.found[address])
        ]

    def problems(self) -> Iterator[Problem]:
        for address, picture in self.found.items():
            if picture is None:
                told = f"Nie można pobrać zdjęcia z adresu '{address}'."
                where = self.own.get(address) or self.of_products[address]
                message = f"Provided image address is incorrect: {address}."
                yield Problem("DownloadError.NotFound", where, message, told, {"imageUrl": address})
        if len(self.addresses) > _MOST_PICTURES:
            told = f"Oferta może mieć najwyżej {_MOST_PICTURES} zdjęć."
            metadata = {"gallerySizeLimit": str(_MOST_PICTURES)}
            yield Problem("GallerySizeException", "images", "Unprocessable Entity", told, metadata)
        if not self.addresses:
            told = "Dodaj co najmniej jedno zdjęcie."
            yield Problem("VALIDATION_ERROR", "images", "At least one image is required.", told, missing=True)
        for product in self.products:
            if product.is_new:
                yield from self._new_product_problems(product)

    def _new_product_problems(self, product: Product) -> Iterator[Problem]:
        pictures = [self.found[each] for each in product.described.get("images") or self.own]
        there = [each for each in pictures if each is not None]
        if there and all(each.longer_side < SHORTEST_LONGER_SIDE for each in there):
            yield too_small(f"{product.path}.product")

    def replaced(self, description: Body) -> Body:
        """The description with Allegro's own copies of pictures."""
        return {
            "sections": [
                {"items": [self._replaced(item or {}) for item in (section or {}).get("items") or ()]}
                for section in description.get("sections") or ()
            ]
        }

    def _replaced(self, item: Body) -> Body:
        picture = self.found.get(item.get("url") or "")
        return {**item, "url": picture.location} if picture is not None else dict(item)
