"""POST of an offer at the pretend Allegro: what it takes, what it refuses, and what becomes of it."""

from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.contract import check_request, check_schema
from tests.sandbox.allegro.new_offers import (
    CAT,
    MUGS,
    OFFERS,
    PICTURE,
    SMALL,
    TIN,
    create,
    from_catalogue,
    new_product,
    spoilt,
    terms,
    told,
    with_pictures,
)
from tests.sandbox.allegro.test_contract_offers import fits

OWL = "5901234000017"
OFFER = f"{OFFERS}/{{offerId}}"
PRODUCT = "productSet.0.product"
IN_SET = "productSet[0]"
IN_PRODUCT = f"{IN_SET}.product.parameters"
PRODUCER = f"{IN_SET}.responsibleProducer"
LACKING = "ConstraintViolationException.MissingRequiredParameters"


@pytest.fixture
def allegro(allegro: AllegroWorld) -> AllegroWorld:
    return with_pictures(allegro)


def test_a_new_product_is_put_on_sale_and_shown_as_it_was_sent(api: Api, allegro: AllegroWorld) -> None:
    body = new_product(allegro)
    check_request("POST", OFFERS, body)
    check_schema("ProductSetElementResponsibleProducerIdRequest", body["productSet"][0]["responsibleProducer"])
    check_schema("TextSafetyInformation", body["productSet"][0]["safetyInformation"])
    check_schema("DescriptionSectionItemText", body["description"]["sections"][0]["items"][0])
    check_schema("DescriptionSectionItemImage", body["description"]["sections"][1]["items"][0])
    made = create(api, body)
    shown = api.get(f"{OFFERS}/{made['id']}")
    fits("GET", OFFER, shown)
    assert {**made, "validation": 0} == {**shown.json(), "validation": 0}
    assert (made["publication"]["status"], made["validation"]["errors"], made["warnings"]) == ("ACTIVE", [], [])
    same = ("name", "category", "external", "location", "payments", "afterSalesServices", "taxSettings", "language")
    assert {name: made[name] for name in same} == {name: body[name] for name in same}
    assert made["delivery"]["shippingRates"] == body["delivery"]["shippingRates"]
    element = made["productSet"][0]
    assert element["responsibleProducer"] == {"id": body["productSet"][0]["responsibleProducer"]["id"]}
    assert element["safetyInformation"] == body["productSet"][0]["safetyInformation"]
    assert (element["product"]["publication"]["status"], len(element["product"]["parameters"])) == ("PROPOSED", 8)
    [copied] = made["images"]
    assert copied.startswith("https://a.allegroimg.com/original/")
    assert made["description"]["sections"][1]["items"][0]["url"] == copied
    fits("GET", "/sale/offers", api.get("/sale/offers", limit=1000))
    offer = allegro.offers[made["id"]]
    assert (offer.price, offer.available, offer.ean) == (Decimal("39.99"), 5, TIN)
    assert offer.id in [each["id"] for each in api.get("/sale/offers", external_id="KUB-003").json()["offers"]]
    assert allegro.created_bodies == [body]
    assert allegro.offer_events[-1].type == "OFFER_ACTIVATED"
    assert allegro.catalogue.with_number(TIN) == []


def test_a_product_of_the_catalogue_brings_what_was_not_sent(api: Api, allegro: AllegroWorld) -> None:
    body = from_catalogue(allegro)
    check_request("POST", OFFERS, body)
    made = create(api, body)
    [product] = allegro.catalogue.with_number(CAT)
    assert (made["publication"]["status"], made["name"], made["category"]["id"]) == ("ACTIVE", product.name, MUGS)
    assert (made["images"], made["productSet"][0]["product"]["id"]) == ([product.picture], product.id)
    assert None not in [made["productSet"][0][name] for name in ("responsibleProducer", "safetyInformation")]
    assert {each["id"] for each in made["productSet"][0]["product"]["parameters"]} >= {"225693", "17448", "130012"}
    matched = spoilt(new_product(allegro), f"{PRODUCT}.parameters.0.values", [CAT])
    matched = spoilt(matched, f"{PRODUCT}.parameters.2.values", ["0.45"])
    assert create(api, matched)["productSet"][0]["product"]["id"] == product.id


REFUSED: list[tuple[str, Any, str, str]] = [
    ("name", "Kubek X 1", "VALIDATION_ERROR", "name"),
    ("name", "Kubek & " * 9, "VALIDATION_ERROR", "name"),
    ("name", "Kubek " + "a" * 31 + " emaliowany", "VALIDATION_ERROR", "name"),
    ("name", "Kubek emaliowany", "VALIDATION_ERROR", "name"),
    ("category.id", "1", "CATEGORY_NOT_EXISTS", "category.id"),
    ("category.id", "9013", "INVALID_CATEGORY_ID", "category.id"),
    ("parameters.1.id", "1", "ParameterIdNotFoundException", "parameters"),
    ("parameters.1", {"name": "Brak", "values": ["1"]}, "ParameterNameNotFoundException", "parameters"),
    ("parameters.1.id", "17448", "ParameterCategoryException", "parameters"),
    ("parameters.0.valuesIds", ["11323_9"], "DictionaryParameterIdNotFound", "parameters"),
    ("parameters.0", {"id": "11323", "values": ["Stary"]}, "DictionaryParameterValueNotFound", "parameters"),
    ("parameters.0.valuesIds", ["11323_1", "11323_2"], "VALIDATION_ERROR", "parameters"),
    ("parameters.0.valuesIds", ["11323_238062"], LACKING, "parameters"),
    ("parameters.1", {"id": "130003", "values": ["Ukruszony"]}, "VALIDATION_ERROR", "parameters"),
    ("parameters.0.valuesIds", [], LACKING, "parameters"),
    ("parameters.1.values", ["1.5"], "VALIDATION_ERROR", "parameters"),
    ("parameters.1.values", ["1001"], "VALIDATION_ERROR", "parameters"),
    ("parameters.1.values", ["dwa"], "VALIDATION_ERROR", "parameters"),
    ("parameters.1.values", ["NaN"], "VALIDATION_ERROR", "parameters"),
    (f"{PRODUCT}.parameters.1.values", [], "EmptyCustomValueOnAmbiguousValueException", IN_PRODUCT),
    (f"{PRODUCT}.parameters.3.values", ["emalia"], "DictionaryParameterIdsAndValuesNotMatch", IN_PRODUCT),
    (f"{PRODUCT}.parameters.2.values", ["0.3501"], "ProductValidationException", IN_PRODUCT),
    (f"{PRODUCT}.parameters.2.rangeValue", {"from": "1", "to": "2"}, "ProductValidationException", IN_PRODUCT),
    (f"{PRODUCT}.parameters.5.valuesIds", ["130002_3"], "ProductValidationException", IN_PRODUCT),
    (f"{PRODUCT}.parameters.7.values", ["x"], "ProductValidationException", IN_PRODUCT),
    (f"{PRODUCT}.parameters.7.values", ["y" * 41], "ProductValidationException", IN_PRODUCT),
    (f"{PRODUCT}.parameters.7.values", ["ab"] * 4, "ProductValidationException", IN_PRODUCT),
    (f"{PRODUCT}.parameters.0.values", [], LACKING, IN_PRODUCT),
    (f"{PRODUCT}.parameters.0.values", [OWL], "MultipleProductsFoundException", f"{IN_SET}.product"),
    (f"{PRODUCT}.parameters.0.values", [CAT], "PARAMETER_MISMATCH", IN_PRODUCT),
    (f"{PRODUCT}.id", "5f1d7a36-3c5e-4c0e-8a44-0b3a5f2b9d10", "ProductNotFoundException", f"{IN_SET}.product"),
    (PRODUCT, {"id": TIN, "idType": "GTIN"}, "MatchingProductNotFoundException", f"{IN_SET}.product"),
    (PRODUCT, {"id": OWL, "idType": "GTIN"}, "MultipleProductsFoundException", f"{IN_SET}.product"),
    (f"{PRODUCT}.name", None, "ProductValidationException", f"{IN_SET}.product"),
    (f"{PRODUCT}.name", "a" * 76, "ProductValidationException", f"{IN_SET}.product"),
    (f"{PRODUCT}.images", [SMALL], "ProductValidationException", f"{IN_SET}.product"),
    ("productSet", [], "ProductRequiredException", "productSet"),
    (
        "productSet.0.responsibleProducer.id",
        "x",
        "ResponsibleProducerNotFoundException",
        f"{IN_SET}.responsibleProducer",
    ),
    ("productSet.0.responsibleProducer", None, "RESPONSIBLE_PRODUCER_NOT_SPECIFIED", PRODUCER),
    ("productSet.0.responsiblePerson.id", "x", "ResponsiblePersonNotFoundException", f"{IN_SET}.responsiblePerson"),
    ("productSet.0.safetyInformation", None, "SAFETY_INFO_NOT_DEFINED", f"{IN_SET}.safetyInformation"),
    ("productSet.0.safetyInformation.description", "", "VALIDATION_ERROR", f"{IN_SET}.safetyInformation.description"),
    (
        "productSet.0.safetyInformation",
        {"type": "NO_SAFETY_INFORMATION"},
        "NO_SAFETY_INFORMATION_OPTION_NOT_ALLOWED",
        f"{IN_SET}.safetyInformation",
    ),
    (
        "productSet.0.marketedBeforeGPSRObligation",
        True,
        "PRODUCT_MARKETED_BEFORE_GPSR_OBLIGATION_OPTION_NOT_ALLOWED",
        f"{IN_SET}.marketedBeforeGPSRObligation",
    ),
    ("images", ["http://store.example/brak.png"], "DownloadError.NotFound", "images[0]"),
    ("images", ["http://store.example/opis.txt"], "DownloadError.NotFound", "images[0]"),
    ("images", ["https://a.allegroimg.com/original/aaaaaa/bb"], "DownloadError.NotFound", "images[0]"),
    ("images", [f"{PICTURE}?{n}" for n in range(17)], "GallerySizeException", "images"),
    ("description.sections.1.items.0.url", SMALL, "VALIDATION_ERROR", "description.sections[1].items[0].url"),
    ("description.sections", [], "VALIDATION_ERROR", "description.sections"),
    ("delivery.shippingRates", None, "DefaultShippingRatesNotFoundException", "delivery.shippingRates"),
    ("delivery.shippingRates.id", "x", "ShippingRatesNotFoundException", "delivery.shippingRates"),
    ("delivery.handlingTime", "P6D", "VALIDATION_ERROR", "delivery.handlingTime"),
    ("delivery.shippingRates", "1", "JsonMappingException", "delivery.shippingRates"),
    ("afterSalesServices.warranty.id", "x", "WarrantyNotFoundException", "afterSalesServices.warranty"),
    ("afterSalesServices.returnPolicy.id", "x", "ReturnPolicyNotFoundException", "afterSalesServices.returnPolicy"),
    ("location", None, "VALIDATION_ERROR", "location"),
    ("location.province", "Mazowieckie", "INVALID_STATE", "location.state"),
    ("location.postCode", "60166", "VALIDATION_ERROR", "location.postCode"),
    ("location.countryCode", "Polska", "VALIDATION_ERROR", "location.countryCode"),
    ("payments.invoice", "PARAGON", "VALIDATION_ERROR", "payments.invoice"),
    ("taxSettings.rates.0.rate", "22.00", "TransactionTaxSettingsNotFoundException", "taxSettings"),
    ("taxSettings.subject", "TOWAR", "TransactionTaxSettingsNotFoundException", "taxSettings"),
    ("sellingMode.price.amount", "0.99", "PRICE_TOO_LOW", "sellingMode.price.amount"),
    ("sellingMode.price", None, "VALIDATION_ERROR", "sellingMode.price"),
    ("stock.available", 0, "INVALID_OFFER_QUANTITY", "stock.available"),
    ("stock", None, "INVALID_OFFER_QUANTITY", "stock.available"),
    ("publication.duration", "P4D", "INVALID_DURATION", "publication.duration"),
    ("publication.status", "ENDED", "INVALID_PUBLICATION_STATUS", "publication.status"),
    ("external.id", "x" * 101, "VALIDATION_ERROR", "external.id"),
    ("language", "de-DE", "UnsupportedLanguageException", "language"),
]


@pytest.mark.parametrize(("path", "value", "code", "where"), REFUSED)
def test_what_does_not_fit_is_refused_by_name_and_makes_no_offer(
    api: Api, allegro: AllegroWorld, path: str, value: Any, code: str, where: str
) -> None:
    before = set(allegro.offers)
    answered = api.post(OFFERS, spoilt(new_product(allegro), path, value))
    fits("POST", OFFERS, answered, 422)
    assert told(answered) == {(code, where)}
    assert set(allegro.offers) == before


@pytest.mark.parametrize(
    ("content", "fits_in"),
    [
        ("<h1>Kubek</h1><h2>Duży</h2><p>Na <b>herbatę</b></p>", True),
        ("<ul><li>a<p>b</p></li></ul><ol><li><b>c</b></li></ol>", True),
        ("<p>5 &lt; 6 &amp; 7&nbsp;&#8364;</p>\n<p>ą</p>", True),
        ("Kubek", False),
        ("<p>Kubek<br></p>", False),
        ('<p style="color: red">Kubek</p>', False),
        ("<p>Kubek", False),
        ("<p>Kubek</b></p>", False),
        ("<p><i>Kubek</i></p>", False),
        ("<ul>Kubek</ul>", False),
        ("<p>Kubek &eacute;</p>", False),
        ("<h1><b>Kubek</b></h1>", False),
        ("<p>" + "ż" * 20_000 + "</p>", False),
        ("", False),
    ],
)
def test_a_description_takes_few_tags_and_bytes(api: Api, allegro: AllegroWorld, content: str, fits_in: bool) -> None:
    body = {**from_catalogue(allegro), "description": {"sections": [{"items": [{"type": "TEXT", "content": content}]}]}}
    assert api.post(OFFERS, body).status_code == (201 if fits_in else 422)


def test_everything_that_is_wrong_is_told_at_once(api: Api, allegro: AllegroWorld) -> None:
    wrong = spoilt(spoilt(new_product(allegro), "name", "Za krótki"), "location.province", "X")
    answered = api.post(OFFERS, spoilt(wrong, "productSet.0.safetyInformation", None))
    assert {path for _code, path in told(answered)} == {"name", "location.state", "productSet[0].safetyInformation"}


def test_a_category_must_be_the_products_own_or_a_similar_one(api: Api, allegro: AllegroWorld) -> None:
    body = from_catalogue(allegro)
    refused = api.post(OFFERS, {**body, "category": {"id": "257935"}})
    assert ("CATEGORY_MISMATCH", "productSet[0].product.category") in told(refused)
    assert create(api, {**body, "category": {"id": "257934"}})["category"] == {"id": "257934"}
    catalogue_only = api.post(OFFERS, spoilt(new_product(allegro), "category.id", "257991"))
    assert ("MatchingProductForDataNotFoundException", f"{IN_SET}.product") in told(catalogue_only)


def test_a_draft_may_lack_what_an_offer_on_sale_must_have(api: Api, allegro: AllegroWorld) -> None:
    [unsafe] = [each for each in allegro.catalogue.products.values() if not each.safe]
    sparse = {
        "productSet": [{"product": {"id": unsafe.id}}],
        "stock": {"available": 0},
        "publication": {"status": "INACTIVE"},
    }
    made = create(api, sparse)
    assert made["publication"]["status"] == "INACTIVE"
    lacks = {path for _code, path in told(made)}
    assert lacks == {
        "parameters",
        "productSet[0].product.parameters",
        "productSet[0].responsibleProducer",
        "productSet[0].safetyInformation",
        "delivery.shippingRates",
        "location",
        "payments",
        "sellingMode.price",
    }
    fits("GET", "/sale/offers", api.get("/sale/offers", limit=1000))
    command = {
        "publication": {"action": "ACTIVATE"},
        "offerCriteria": [{"type": "CONTAINS_OFFERS", "offers": [{"id": made["id"]}]}],
    }
    sent = "/sale/offer-publication-commands/0f0f0f0f-0000-4000-8000-000000000001"
    api.put(sent, command)
    assert api.get(f"{sent}/tasks").json()["tasks"][0]["status"] == "FAIL"
    path = f"{OFFERS}/{made['id']}"
    refused = api.patch(path, {"publication": {"status": "ACTIVE"}, "stock": {"available": 3}})
    assert (refused.status_code, {path for _code, path in told(refused)}) == (422, lacks)
    rest = {name: value for name, value in new_product(allegro).items() if name not in ("name", "images", "category")}
    rest["description"] = {"sections": [{"items": [{"type": "TEXT", "content": "<p>Kubek</p>"}]}]}
    done = api.patch(path, rest)
    fits("PATCH", OFFER, done)
    assert (done.json()["publication"]["status"], done.json()["validation"]["errors"]) == ("ACTIVE", [])
    assert done.json()["productSet"][0]["product"]["publication"]["status"] == "PROPOSED"


def test_a_wrong_id_is_refused_in_a_draft_too(api: Api, allegro: AllegroWorld) -> None:
    draft = {**from_catalogue(allegro), "publication": {"status": "INACTIVE"}}
    wrong = spoilt(draft, "delivery.shippingRates.id", "x")
    assert told(api.post(OFFERS, wrong)) == {("ShippingRatesNotFoundException", "delivery.shippingRates")}


def test_what_is_not_known_is_warned_of(api: Api, allegro: AllegroWorld) -> None:
    body = spoilt(from_catalogue(allegro), f"{PRODUCT}.safetyInformation", {"type": "TEXT", "description": "x"})
    body["deliverery"] = {}
    warned = {each["path"] for each in create(api, body)["warnings"]}
    assert warned == {"productSet[0].product.safetyInformation", "deliverery"}


def test_a_seller_without_offers_lists_on_terms_of_its_own(api: Api, allegro: AllegroWorld) -> None:
    login = "inny-sprzedawca"
    api.headers["authorization"] = f"Bearer {allegro.open_session(login)['access_token']}"
    assert api.get("/sale/offers").json()["totalCount"] == 0
    assert api.post(OFFERS, new_product(allegro)).status_code == 422
    made = create(api, new_product(allegro, login))
    assert allegro.offers[made["id"]].seller == login


def test_what_is_named_is_found_by_its_name(api: Api, allegro: AllegroWorld) -> None:
    body = spoilt(new_product(allegro), "delivery.shippingRates", {"name": "Kurier i paczkomaty"})
    body = spoilt(body, "productSet.0.responsibleProducer", {"type": "NAME", "name": "My sami"})
    check_schema("ProductSetElementResponsibleProducerNameRequest", body["productSet"][0]["responsibleProducer"])
    assert create(api, body)["delivery"]["shippingRates"] == terms(allegro)["delivery"]["shippingRates"]
