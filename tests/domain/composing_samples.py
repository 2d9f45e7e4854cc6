"""An item that can be listed, and words for what else may be of it."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.accounts import Location
from app.domain.catalogue_products import CatalogueProduct
from app.domain.categories import Category
from app.domain.composing import Composed, Item, compose
from app.domain.filling import fill
from app.domain.listed_products import ListedProduct, WeightUnit
from app.domain.new_offers import NewOffer, OfferTaxRate, TaxChoices
from app.domain.parameters import AttributeMapping, Condition, Entry, Parameter, ParameterType, ParameterValue, Source
from app.domain.settings import Settings
from app.domain.stock import Quantity
from tests.domain.samples import listing_template, pln

SHOP, THERE = "https://shop.example/", "https://a.allegroimg.com/"
CONDITION = Parameter("11323", "Stan", ParameterType.DICTIONARY, required=True, entries=(Entry("11323_1", "Nowy"),))
BRAND = Parameter(
    "248811",
    "Marka",
    ParameterType.DICTIONARY,
    required=True,
    required_for_product=True,
    describes_product=True,
    entries=(Entry("b1", "Huta"),),
)
EAN = Parameter("225693", "EAN (GTIN)", ParameterType.STRING, describes_product=True, shortest=8, longest=14)
CODE = Parameter(
    "224017",
    "Kod producenta",
    ParameterType.STRING,
    required_for_product=True,
    required_if=Condition(without_value=("225693",)),
    describes_product=True,
)
WEIGHT = Parameter("17448", "Waga", ParameterType.FLOAT, unit="kg", precision=2, describes_product=True)
PARAMETERS = (CONDITION, BRAND, EAN, CODE, WEIGHT)
MAPPINGS = (
    AttributeMapping("77", "11323", Source.VALUE, value="11323_1"),
    AttributeMapping("77", "248811", Source.ATTRIBUTE, attribute="pa_brand"),
    AttributeMapping("77", "17448", Source.WEIGHT),
)
MUG = ListedProduct(
    11,
    12,
    sku="MUG-1",
    name="Kubek emaliowany - czerwony",
    gtin="590-1234123457",
    weight="0.255",
    weight_unit=WeightUnit.KG,
    attributes={"pa_brand": ("Huta",)},
    images=(SHOP + "1.jpg", SHOP + "2.jpg"),
    description=f'<p>Emalia.</p><img src="{SHOP}2-300x300.jpg"><p>Na lata.</p>',
)
TEMPLATE = replace(
    listing_template(),
    publish=True,
    duration="P10D",
    shipping_rates_id="rates",
    return_policy_id="return",
    implied_warranty_id="implied",
    warranty_id="warranty",
    responsible_producer_id="producer",
    responsible_person_id="person",
    safety_information="Nie połykać.",
)
HIT = CatalogueProduct(
    "p1",
    "Kubek Huta",
    "77",
    ("78",),
    images=("c1", "c2"),
    parameters=(ParameterValue("248811", ("b1",)),),
    has_producer=True,
    has_safety_information=True,
)
ITEM = Item(
    listed=MUG,
    category=Category("77", "Kubki", "7", leaf=True),
    parameters=PARAMETERS,
    filled=fill(PARAMETERS, MAPPINGS, MUG),
    template=TEMPLATE,
    hit=None,
    images={SHOP + "1.jpg": THERE + "a", SHOP + "2.jpg": THERE + "b"},
    price=pln("39.99"),
    quantity=Quantity(5, "The store has 5."),
    settings=Settings(),
    location=Location("PL", "mazowieckie", "Warszawa", "00-001"),
    currency="PLN",
    tax_choices=TaxChoices((OfferTaxRate("8.00", "PL"), OfferTaxRate("23.00", "CZ"), OfferTaxRate("23.00", "PL"))),
    store_tax_rate=Decimal("23.0000"),
    country_code="PL",
    external_id="MUG-1",
)
TERMS = {
    "shipping_rates_id": "",
    "responsible_producer_id": "",
    "responsible_person_id": "",
    "safety_information": "",
}


def item_of(listed: Mapping[str, Any] | None = None, template: Mapping[str, Any] | None = None, **other: Any) -> Item:
    """The item with another product, filled anew, another template, and other things."""
    product = replace(MUG, **(listed or {}))
    filled = fill(PARAMETERS, MAPPINGS, product)
    return replace(ITEM, listed=product, filled=filled, template=replace(TEMPLATE, **(template or {})), **other)


def draft_of(item: Item) -> Item:
    return replace(item, template=replace(item.template, publish=False))


def offer_of(item: Item) -> NewOffer:
    composed = compose(item)
    assert composed.errors == ()
    assert composed.offer
    return composed.offer


def fields_in(composed: Composed) -> list[str]:
    assert (composed.offer is None) == bool(composed.errors)
    return [error.field for error in composed.errors]
