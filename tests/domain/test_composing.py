"""An item's offer, made of all that is known of it."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.accounts import Location
from app.domain.catalogue_choice import Ambiguous
from app.domain.catalogue_products import CatalogueProduct
from app.domain.categories import Category
from app.domain.composing import Composed, Item, compose
from app.domain.description import Picture, Text
from app.domain.filling import Filled, fill
from app.domain.listed_products import ListedProduct, WeightUnit
from app.domain.listing_templates import Invoice
from app.domain.money import Money
from app.domain.new_offers import FieldError, NewOffer, OfferedProduct, OfferTaxRate, TaxChoices
from app.domain.parameters import AttributeMapping, Condition, Entry, Parameter, ParameterType, ParameterValue, Source
from app.domain.settings import Settings
from app.domain.stock import NotFollowed, Quantity
from app.domain.wording import own_images
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


def _item(listed: Mapping[str, Any] | None = None, template: Mapping[str, Any] | None = None, **other: Any) -> Item:
    """The item with another product, filled anew, another template, and other things."""
    product = replace(MUG, **(listed or {}))
    filled = fill(PARAMETERS, MAPPINGS, product)
    return replace(ITEM, listed=product, filled=filled, template=replace(TEMPLATE, **(template or {})), **other)


def _draft(item: Item) -> Item:
    return replace(item, template=replace(item.template, publish=False))


def _offer(item: Item) -> NewOffer:
    composed = compose(item)
    assert composed.errors == ()
    assert composed.offer
    return composed.offer


def _fields(composed: Composed) -> list[str]:
    assert (composed.offer is None) == bool(composed.errors)
    return [error.field for error in composed.errors]


def test_a_new_product_is_described_and_offered_with_all_that_is_known() -> None:
    composed = compose(ITEM)
    images = (THERE + "a", THERE + "b")
    assert composed.offer
    assert replace(composed.offer, description=ITEM_DESCRIPTION) == NewOffer(
        external_id="MUG-1",
        title="Kubek emaliowany - czerwony",
        category_id="77",
        product=OfferedProduct(
            name="Kubek emaliowany - czerwony",
            category_id="77",
            parameters=(
                ParameterValue("248811", ("b1",)),
                ParameterValue("225693", texts=("5901234123457",)),
                ParameterValue("17448", texts=("0.26",)),
            ),
            images=images,
        ),
        price=pln("39.99"),
        quantity=5,
        publish=True,
        location=ITEM.location,
        invoice=Invoice.VAT,
        parameters=(ParameterValue("11323", ("11323_1",)),),
        images=images,
        description=ITEM_DESCRIPTION,
        tax_rates=(OfferTaxRate("23.00", "PL"),),
        duration="P10D",
        shipping_rates_id="rates",
        handling_time="PT24H",
        return_policy_id="return",
        implied_warranty_id="implied",
        warranty_id="warranty",
        responsible_producer_id="producer",
        responsible_person_id="person",
        safety_information="Nie połykać.",
    )
    assert (composed.errors, composed.notes) == ((), ("'Waga' is 0.26 kg, rounded from 0.255 kg.",))


ITEM_DESCRIPTION = _offer(ITEM).description


def test_a_picture_in_the_text_has_the_address_that_the_offer_uses() -> None:
    assert ITEM_DESCRIPTION.sections == (
        (Text("<p>Emalia.</p>"),),
        (Picture(THERE + "b"),),
        (Text("<p>Na lata.</p>"),),
    )


def test_of_a_product_of_the_catalogue_nothing_is_described() -> None:
    bare = {"gtin": "", "weight": "0.255", "attributes": {}, "images": (), "description": ""}
    composed = compose(_item(bare, TERMS | {"shipping_rates_id": "rates"}, hit=HIT))
    assert composed.errors == ()
    assert composed.offer
    assert composed.offer.product == OfferedProduct("p1")
    assert composed.offer.parameters == (ParameterValue("11323", ("11323_1",)),)
    assert (composed.offer.images, composed.offer.description.sections) == ((), ())
    assert (composed.offer.category_id, composed.offer.responsible_producer_id) == ("77", "")
    assert composed.notes == ()


def test_of_a_catalogues_product_what_is_needed_and_not_known_there_is_described() -> None:
    composed = compose(_item(hit=replace(HIT, parameters=())))
    assert composed.offer
    assert composed.offer.product == OfferedProduct("p1", parameters=(ParameterValue("248811", ("b1",)),))
    without = compose(_item({"attributes": {}}, hit=replace(HIT, parameters=())))
    assert _fields(without) == ["productSet[0].product.parameters"]


def test_a_category_without_new_products_and_a_wrong_value_do_not_matter_to_the_catalogues_product() -> None:
    closed = Category("77", "Kubki", "7", leaf=True, allows_new_products=False)
    composed = compose(_item({"weight": "heavy"}, hit=HIT, category=closed))
    assert composed.offer
    assert composed.notes == ()


def test_an_offer_of_the_catalogues_product_keeps_its_own_texts_pictures_and_terms() -> None:
    offer = _offer(replace(ITEM, hit=HIT))
    assert (offer.title, offer.images) == ("Kubek emaliowany - czerwony", (THERE + "a", THERE + "b"))
    assert offer.description == ITEM_DESCRIPTION
    assert (offer.responsible_producer_id, offer.safety_information) == ("producer", "Nie połykać.")


@pytest.mark.parametrize(("hit", "category_id", "noted"), [(HIT, "77", 0), (replace(HIT, category_id="79"), "79", 1)])
def test_the_catalogues_product_may_need_another_category(hit: CatalogueProduct, category_id: str, noted: int) -> None:
    composed = compose(replace(ITEM, hit=hit))
    assert composed.offer
    assert composed.offer.category_id == category_id
    assert len(composed.notes) == noted


@pytest.mark.parametrize(
    ("item", "field", "words"),
    [
        (replace(ITEM, category=None, filled=None), "category", "Map one of its categories."),
        (replace(ITEM, category=Category("7", "Dom", "", leaf=False)), "category", "others below it"),
        (
            replace(ITEM, category=Category("77", "Kubki", "7", leaf=True, allows_new_products=False)),
            "category",
            "products of its catalogue only. Give it the number",
        ),
        (_item({"name": "Kubek emaliowany"}), "name", "at least 3 words"),
        (
            replace(ITEM, hit=Ambiguous((HIT,), "Say which.")),
            "productSet[0].product.id",
            "Say which.",
        ),
        (_item({"attributes": {"pa_brand": ("Kuźnia",)}}), "productSet[0].product.parameters", "no entry 'Kuźnia'"),
        (replace(ITEM, price=None), "sellingMode.price", "no price"),
        (replace(ITEM, price=pln("0")), "sellingMode.price", "no price"),
        (replace(ITEM, price=Money(Decimal(9), "EUR")), "sellingMode.price", "A price in EUR cannot be asked in PLN"),
        (
            replace(ITEM, settings=Settings(price_ceiling=pln("39.98"))),
            "sellingMode.price",
            "would cost 39.99 PLN. That is above the ceiling of 39.98 PLN.",
        ),
        (
            _item(template={"price_modifier_percent": Decimal(-50)}, settings=Settings(price_floor=pln("20.01"))),
            "sellingMode.price",
            "would cost 20.00 PLN",
        ),
        (_item(template={"price_modifier_percent": Decimal(-90)}, price=pln("0.04")), "sellingMode.price", "0.04 PLN"),
        (replace(ITEM, quantity=NotFollowed("Nobody knows.")), "stock.available", "Nobody knows."),
        (replace(ITEM, location=Location(city="Łódź")), "location", "lacks postal_code, province: complete"),
    ],
)
def test_what_is_wrong_keeps_an_offer_and_a_draft_from_being_made(item: Item, field: str, words: str) -> None:
    for each in (item, _draft(item)):
        composed = compose(each)
        assert _fields(composed) == [field]
        assert words in composed.errors[0].message


@pytest.mark.parametrize(
    ("item", "field", "words"),
    [
        (_item({"attributes": {}}), "productSet[0].product.parameters", "'Marka' is missing"),
        (_item({"gtin": ""}), "productSet[0].product.parameters", "'Kod producenta' is missing"),
        (
            replace(ITEM, filled=fill(PARAMETERS, MAPPINGS[1:], MUG)),
            "parameters",
            "'Stan' is missing: No mapping says",
        ),
        (replace(ITEM, hit=HIT, filled=fill(PARAMETERS, (), MUG)), "parameters", "'Stan' is missing"),
        (_item({"images": ()}), "images", "The product has no picture"),
        (replace(ITEM, images={}), "images", "None of the product's pictures was taken"),
        (replace(ITEM, images={}, hit=replace(HIT, images=())), "images", "None of the product's pictures"),
        (_item(template={"shipping_rates_id": ""}), "delivery.shippingRates", "set shipping_rates_id"),
        (
            _item(template={"responsible_producer_id": ""}),
            "productSet[0].responsibleProducer",
            "a new product has none: set responsible_producer_id",
        ),
        (
            _item(template={"responsible_producer_id": ""}, hit=replace(HIT, has_producer=False)),
            "productSet[0].responsibleProducer",
            "the catalogue has none for this product",
        ),
        (
            _item(template={"safety_information": ""}),
            "productSet[0].safetyInformation",
            "a new product has none: set safety_information",
        ),
        (
            _item(template={"safety_information": ""}, hit=replace(HIT, has_safety_information=False)),
            "productSet[0].safetyInformation",
            "the catalogue has none for this product",
        ),
    ],
)
def test_what_only_keeps_an_offer_from_being_on_sale_is_noted_with_a_draft(item: Item, field: str, words: str) -> None:
    composed, draft = compose(item), compose(_draft(item))
    assert _fields(composed) == [field]
    assert words in composed.errors[0].message
    assert draft.offer
    assert not draft.offer.publish
    assert composed.errors[0].message in draft.notes


def test_an_offer_without_stock_is_a_draft_or_none() -> None:
    item = replace(ITEM, quantity=Quantity(0, "The store has 0."))
    composed = compose(item)
    assert composed.errors == (FieldError("stock.available", "Without stock no offer is on sale: The store has 0."),)
    assert _offer(_draft(item)).quantity == 0


def test_all_errors_are_told_at_once() -> None:
    item = _item(
        {"name": "Kubek", "attributes": {}, "images": ()},
        TERMS,
        price=None,
        quantity=NotFollowed("Nobody knows."),
        location=Location(),
    )
    assert _fields(compose(item)) == [
        "productSet[0].product.parameters",
        "name",
        "name",
        "images",
        "sellingMode.price",
        "stock.available",
        "delivery.shippingRates",
        "productSet[0].responsibleProducer",
        "productSet[0].safetyInformation",
        "location",
    ]


def test_where_the_seller_must_choose_a_product_nothing_is_said_of_what_it_may_have() -> None:
    item = _item({"attributes": {}, "images": ()}, TERMS | {"shipping_rates_id": "rates"})
    assert _fields(compose(replace(item, hit=Ambiguous((HIT,), "Say which.")))) == ["productSet[0].product.id"]


def test_an_optional_value_that_is_not_taken_is_left_out_with_a_note() -> None:
    composed = compose(_item({"weight": "heavy"}))
    assert composed.offer
    assert "17448" not in {value.parameter_id for value in composed.offer.product.parameters}
    assert composed.notes == ("The product's weight 'heavy' is no number. It is left out.",)


def test_a_number_that_is_none_is_left_out_with_a_note() -> None:
    composed = compose(_item({"gtin": "brak"}, {"publish": False}))
    assert composed.offer
    assert any(note.startswith("'brak' is no GTIN") for note in composed.notes)


def test_a_mapping_of_the_number_goes_before_the_stores_own() -> None:
    mapping = AttributeMapping("77", "225693", Source.VALUE, value="96385074")
    filled = fill(PARAMETERS, [*MAPPINGS, mapping], MUG)
    assert ParameterValue("225693", texts=("96385074",)) in filled.values_of_product
    short = fill([replace(EAN, longest=8)], (), MUG)
    assert short == Filled((), ())


@pytest.mark.parametrize(
    ("name", "title", "product_name"),
    [
        ("Kubek emaliowany - czerwony", "Kubek emaliowany - czerwony Huta MUG-1", "Kubek emaliowany - czerwony"),
        ("Kubek", "Kubek Huta MUG-1", "Kubek Huta MUG-1"),
    ],
)
def test_a_new_product_has_its_own_name_unless_that_is_none(name: str, title: str, product_name: str) -> None:
    offer = _offer(_item({"name": name}, {"title": "{name} {brand} {sku}"}))
    assert (offer.title, offer.product.name) == (title, product_name)


@pytest.mark.parametrize(
    ("template", "price", "currency", "settings", "asked"),
    [
        ({}, pln("39.99"), "PLN", Settings(), pln("39.99")),
        ({"price_modifier_percent": Decimal("5.5")}, pln("39.99"), "PLN", Settings(), pln("42.19")),
        ({"price_modifier_percent": Decimal("5.5")}, pln("39.99"), "PLN", Settings(pull_prices=True), pln("42.19")),
        ({"price_modifier_percent": Decimal("5.5")}, pln("39.99"), "PLN", Settings(push_prices=True), pln("39.99")),
        (
            {"price_modifier_percent": Decimal(10)},
            Money(Decimal(405), "CZK"),
            "CZK",
            Settings(price_floor=pln("900")),
            Money(Decimal(446), "CZK"),
        ),
    ],
)
def test_the_templates_modifier_is_put_on_a_price_that_is_not_kept_in_step(
    template: dict[str, Decimal], price: Money, currency: str, settings: Settings, asked: Money
) -> None:
    composed = compose(_item({"weight": ""}, template, price=price, currency=currency, settings=settings))
    assert composed.offer
    assert composed.offer.price == asked
    assert len(composed.notes) == settings.push_prices


def _many(count: int) -> tuple[str, ...]:
    return tuple(f"{SHOP}{number}.jpg" for number in range(count))


@pytest.mark.parametrize(
    ("images", "hit", "shown", "note"),
    [
        (_many(16), None, 16, None),
        (_many(18), None, 16, "2 of 18 pictures are left out: Allegro takes 16."),
        (_many(2) + _many(2), None, 2, None),
        (_many(15), HIT, 14, "1 of 15 pictures are left out: Allegro takes 16, and the catalogue's product has 2."),
        (_many(2), replace(HIT, images=_many(20)), 0, "2 of 2 pictures are left out"),
    ],
)
def test_an_offer_shows_sixteen_pictures_with_those_of_the_catalogue(
    images: tuple[str, ...], hit: CatalogueProduct | None, shown: int, note: str | None
) -> None:
    item = _item({"weight": "", "images": images, "description": ""}, hit=hit, images={each: each for each in images})
    composed = compose(item)
    assert composed.offer
    assert composed.offer.images == own_images(item.listed, hit) == images[:shown]
    assert [note is not None and each.startswith(note) for each in composed.notes] == [True] * (note is not None)


def test_a_picture_that_allegro_has_not_taken_is_left_out_with_a_note() -> None:
    composed = compose(_item({"weight": ""}, images={SHOP + "1.jpg": THERE + "a"}))
    assert composed.offer
    assert composed.offer.images == (THERE + "a",)
    assert composed.notes == (
        f"Allegro has not taken these pictures, which are left out: {SHOP}2.jpg.",
        f"Pictures that are not among the offer's are left out: “{SHOP}2-300x300.jpg”.",
    )


@pytest.mark.parametrize(
    ("item", "rates", "note"),
    [
        (replace(ITEM, store_tax_rate=Decimal(8)), (OfferTaxRate("8.00", "PL"),), ""),
        (
            replace(ITEM, store_tax_rate=Decimal(5)),
            (),
            "store's is 5 %, and Allegro takes in the category for PL: 8.00",
        ),
        (replace(ITEM, country_code="HU"), (), "for HU: none."),
        (replace(ITEM, store_tax_rate=None), (), "the store has none"),
        (replace(ITEM, tax_choices=None), (), "it is not known"),
        (_item(template={"invoice": Invoice.VAT_MARGIN}, store_tax_rate=Decimal(5)), (), ""),
    ],
)
def test_the_stores_tax_rate_is_sent_as_allegro_writes_it(
    item: Item, rates: tuple[OfferTaxRate, ...], note: str
) -> None:
    composed = compose(item)
    assert composed.offer
    assert composed.offer.tax_rates == rates
    assert [note in each for each in composed.notes[1:]] == [True] * bool(note)


def test_an_offer_that_runs_until_it_is_sold_out_has_no_duration() -> None:
    assert _offer(_item(template={"duration": "until_sold_out"})).duration == ""
