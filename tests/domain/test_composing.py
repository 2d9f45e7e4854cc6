"""What an offer is made of, and all that keeps it from being made."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.accounts import Location
from app.domain.catalogue_choice import Ambiguous
from app.domain.catalogue_products import CatalogueProduct
from app.domain.categories import Category
from app.domain.composing import Item, compose
from app.domain.description import Picture, Text
from app.domain.filling import Filled, fill
from app.domain.listing_templates import Invoice
from app.domain.money import Money
from app.domain.new_offers import FieldError, NewOffer, OfferedProduct, OfferTaxRate
from app.domain.parameters import AttributeMapping, ParameterValue, Source
from app.domain.settings import Settings
from app.domain.stock import NotFollowed, Quantity
from tests.domain.composing_samples import (
    EAN,
    HIT,
    ITEM,
    MAPPINGS,
    MUG,
    PARAMETERS,
    TERMS,
    THERE,
    draft_of,
    fields_in,
    item_of,
    offer_of,
)
from tests.domain.samples import pln


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


ITEM_DESCRIPTION = offer_of(ITEM).description


def test_a_picture_in_the_text_has_the_address_that_the_offer_uses() -> None:
    assert ITEM_DESCRIPTION.sections == (
        (Text("<p>Emalia.</p>"),),
        (Picture(THERE + "b"),),
        (Text("<p>Na lata.</p>"),),
    )


def test_of_a_product_of_the_catalogue_nothing_is_described() -> None:
    bare = {"gtin": "", "weight": "0.255", "attributes": {}, "images": (), "description": ""}
    composed = compose(item_of(bare, TERMS | {"shipping_rates_id": "rates"}, hit=HIT))
    assert composed.errors == ()
    assert composed.offer
    assert composed.offer.product == OfferedProduct("p1")
    assert composed.offer.parameters == (ParameterValue("11323", ("11323_1",)),)
    assert (composed.offer.images, composed.offer.description.sections) == ((), ())
    assert (composed.offer.category_id, composed.offer.responsible_producer_id) == ("77", "")
    assert composed.notes == ()


def test_of_a_catalogues_product_what_is_needed_and_not_known_there_is_described() -> None:
    composed = compose(item_of(hit=replace(HIT, parameters=())))
    assert composed.offer
    assert composed.offer.product == OfferedProduct("p1", parameters=(ParameterValue("248811", ("b1",)),))
    without = compose(item_of({"attributes": {}}, hit=replace(HIT, parameters=())))
    assert fields_in(without) == ["productSet[0].product.parameters"]


def test_a_category_without_new_products_and_a_wrong_value_do_not_matter_to_the_catalogues_product() -> None:
    closed = Category("77", "Kubki", "7", leaf=True, allows_new_products=False)
    composed = compose(item_of({"weight": "heavy"}, hit=HIT, category=closed))
    assert composed.offer
    assert composed.notes == ()


def test_a_brand_that_allegro_protects_is_told_of() -> None:
    composed = compose(item_of(hit=replace(HIT, brand_protected=True)))
    assert composed.offer
    assert "The brand of 'Kubek Huta' is protected" in "".join(composed.notes)


def test_an_offer_of_the_catalogues_product_keeps_its_own_texts_pictures_and_terms() -> None:
    offer = offer_of(replace(ITEM, hit=HIT))
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
        (item_of({"name": "Kubek emaliowany"}), "name", "at least 3 words"),
        (
            replace(ITEM, hit=Ambiguous((HIT,), "Say which.")),
            "productSet[0].product.id",
            "Say which.",
        ),
        (item_of({"attributes": {"pa_brand": ("Kuźnia",)}}), "productSet[0].product.parameters", "no entry 'Kuźnia'"),
        (replace(ITEM, price=None), "sellingMode.price", "no price"),
        (replace(ITEM, price=pln("0")), "sellingMode.price", "no price"),
        (replace(ITEM, price=Money(Decimal(9), "EUR")), "sellingMode.price", "A price in EUR cannot be asked in PLN"),
        (
            replace(ITEM, settings=Settings(price_ceiling=pln("39.98"))),
            "sellingMode.price",
            "would cost 39.99 PLN. That is above the ceiling of 39.98 PLN.",
        ),
        (
            item_of(template={"price_modifier_percent": Decimal(-50)}, settings=Settings(price_floor=pln("20.01"))),
            "sellingMode.price",
            "would cost 20.00 PLN",
        ),
        (
            item_of(template={"price_modifier_percent": Decimal(-90)}, price=pln("0.04")),
            "sellingMode.price",
            "0.04 PLN",
        ),
        (replace(ITEM, quantity=NotFollowed("Nobody knows.")), "stock.available", "Nobody knows."),
        (replace(ITEM, location=Location(city="Łódź")), "location", "lacks postal_code, province: complete"),
    ],
)
def test_what_is_wrong_keeps_an_offer_and_a_draft_from_being_made(item: Item, field: str, words: str) -> None:
    for each in (item, draft_of(item)):
        composed = compose(each)
        assert fields_in(composed) == [field]
        assert words in composed.errors[0].message


@pytest.mark.parametrize(
    ("item", "field", "words"),
    [
        (item_of({"attributes": {}}), "productSet[0].product.parameters", "'Marka' is missing"),
        (item_of({"gtin": ""}), "productSet[0].product.parameters", "'Kod producenta' is missing"),
        (
            replace(ITEM, filled=fill(PARAMETERS, MAPPINGS[1:], MUG)),
            "parameters",
            "'Stan' is missing: No mapping says",
        ),
        (replace(ITEM, hit=HIT, filled=fill(PARAMETERS, (), MUG)), "parameters", "'Stan' is missing"),
        (item_of({"images": ()}), "images", "The product has no picture"),
        (replace(ITEM, images={}), "images", "None of the product's pictures was taken"),
        (replace(ITEM, images={}, hit=replace(HIT, images=())), "images", "None of the product's pictures"),
        (item_of(template={"shipping_rates_id": ""}), "delivery.shippingRates", "set shipping_rates_id"),
        (
            item_of(template={"responsible_producer_id": ""}),
            "productSet[0].responsibleProducer",
            "a new product has none: set responsible_producer_id",
        ),
        (
            item_of(template={"responsible_producer_id": ""}, hit=replace(HIT, has_producer=False)),
            "productSet[0].responsibleProducer",
            "the catalogue has none for this product",
        ),
        (
            item_of(template={"safety_information": ""}),
            "productSet[0].safetyInformation",
            "a new product has none: set safety_information",
        ),
        (
            item_of(template={"safety_information": ""}, hit=replace(HIT, has_safety_information=False)),
            "productSet[0].safetyInformation",
            "the catalogue has none for this product",
        ),
    ],
)
def test_what_only_keeps_an_offer_from_being_on_sale_is_noted_with_a_draft(item: Item, field: str, words: str) -> None:
    composed, draft = compose(item), compose(draft_of(item))
    assert fields_in(composed) == [field]
    assert words in composed.errors[0].message
    assert draft.offer
    assert not draft.offer.publish
    assert composed.errors[0].message in draft.notes


def test_an_offer_without_stock_is_a_draft_or_none() -> None:
    item = replace(ITEM, quantity=Quantity(0, "The store has 0."))
    composed = compose(item)
    assert composed.errors == (FieldError("stock.available", "Without stock no offer is on sale: The store has 0."),)
    assert offer_of(draft_of(item)).quantity == 0


def test_all_errors_are_told_at_once() -> None:
    item = item_of(
        {"name": "Kubek", "attributes": {}, "images": ()},
        TERMS,
        price=None,
        quantity=NotFollowed("Nobody knows."),
        location=Location(),
    )
    assert fields_in(compose(item)) == [
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
    item = item_of({"attributes": {}, "images": ()}, TERMS | {"shipping_rates_id": "rates"})
    assert fields_in(compose(replace(item, hit=Ambiguous((HIT,), "Say which.")))) == ["productSet[0].product.id"]


def test_an_optional_value_that_is_not_taken_is_left_out_with_a_note() -> None:
    composed = compose(item_of({"weight": "heavy"}))
    assert composed.offer
    assert "17448" not in {value.parameter_id for value in composed.offer.product.parameters}
    assert composed.notes == ("The product's weight 'heavy' is no number. It is left out.",)


def test_a_number_that_is_none_is_left_out_with_a_note() -> None:
    composed = compose(item_of({"gtin": "brak"}, {"publish": False}))
    assert composed.offer
    assert any(note.startswith("'brak' is no GTIN") for note in composed.notes)


def test_a_mapping_of_the_number_goes_before_the_stores_own() -> None:
    mapping = AttributeMapping("77", "225693", Source.VALUE, value="96385074")
    filled = fill(PARAMETERS, [*MAPPINGS, mapping], MUG)
    assert ParameterValue("225693", texts=("96385074",)) in filled.values_of_product
    short = fill([replace(EAN, longest=8)], (), MUG)
    assert short == Filled((), ())
