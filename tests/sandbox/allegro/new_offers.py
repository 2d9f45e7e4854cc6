"""Bodies of new offers that Allegro takes, for tests to spoil, and what it answers to them."""

from copy import deepcopy
from typing import Any

import httpx

from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.seed import GOODS
from app.sandbox.store.pictures import png
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.test_contract_offers import fits

Body = dict[str, Any]

OFFERS = "/sale/product-offers"
MUGS = "257933"
TIN = GOODS[2].ean
CAT = GOODS[0].ean
PICTURE = "http://store.example/kubek-1200x900.png"
SMALL = "http://store.example/kubek-300x200.png"
_PICTURES = {PICTURE: png(1200, 900, 7), SMALL: png(300, 200, 7), "http://store.example/opis.txt": b"tekst"}


def with_pictures(allegro: AllegroWorld) -> AllegroWorld:
    """Let Allegro reach the pictures here, whatever is asked for after a "?"."""
    allegro.uploads.fetch = lambda address: _PICTURES.get(address.partition("?")[0])
    return allegro


def terms(allegro: AllegroWorld, login: str = "kubki-shop") -> Body:
    """How an offer is sold and delivered."""
    own = {name: rows[0]["id"] for name, rows in allegro.settings.rows_of[login].items()}
    return {
        "delivery": {"shippingRates": {"id": own["shippingRates"]}, "handlingTime": "P2D"},
        "afterSalesServices": {
            "returnPolicy": {"id": own["returnPolicies"]},
            "impliedWarranty": {"id": own["impliedWarranties"]},
            "warranty": {"id": own["warranties"]},
        },
        "location": {"countryCode": "PL", "city": "Poznań", "postCode": "60-166", "province": "WIELKOPOLSKIE"},
        "payments": {"invoice": "VAT"},
        "taxSettings": {"rates": [{"rate": "23.00", "countryCode": "PL"}], "subject": "GOODS"},
        "sellingMode": {"format": "BUY_NOW", "price": {"amount": "39.99", "currency": "PLN"}},
        "stock": {"available": 5, "unit": "UNIT"},
        "publication": {"status": "ACTIVE", "duration": "P30D"},
        "language": "pl-PL",
    }


def new_product(allegro: AllegroWorld, login: str = "kubki-shop") -> Body:
    """An offer of a product that the catalogue does not have."""
    producer = allegro.settings.rows_of[login]["responsibleProducers"][0]["id"]
    person = allegro.settings.rows_of[login]["responsiblePersons"][0]["id"]
    return {
        **terms(allegro, login),
        "name": "Kubek emaliowany turystyczny 400 ml",
        "category": {"id": MUGS},
        "external": {"id": "KUB-003"},
        "images": [PICTURE],
        "description": {
            "sections": [
                {"items": [{"type": "TEXT", "content": "<h1>Kubek</h1><p>Na <b>każdą</b> wyprawę &amp; do domu</p>"}]},
                {"items": [{"type": "IMAGE", "url": PICTURE}]},
            ]
        },
        "parameters": [{"id": "11323", "valuesIds": ["11323_1"]}, {"id": "130004", "values": ["1"]}],
        "productSet": [
            {
                "quantity": {"value": 1},
                "product": {
                    "name": "Kubek emaliowany turystyczny",
                    "category": {"id": MUGS},
                    "images": [PICTURE],
                    "parameters": [
                        {"id": "225693", "values": [TIN]},
                        {"id": "248811", "valuesIds": ["248811_5"], "values": ["Emalex"]},
                        {"id": "17448", "values": ["0.35"]},
                        {"id": "130011", "valuesIds": ["130011_5", "130011_6"]},
                        {"id": "130001", "valuesIds": ["130001_1"]},
                        {"id": "130002", "valuesIds": ["130002_1"]},
                        {"id": "130012", "values": ["400"]},
                        {"id": "130005", "values": ["kropki", "paski"]},
                    ],
                },
                "responsibleProducer": {"type": "ID", "id": producer},
                "responsiblePerson": {"id": person},
                "safetyInformation": {"type": "TEXT", "description": "Nie używać w kuchence mikrofalowej."},
            }
        ],
    }


def from_catalogue(allegro: AllegroWorld) -> Body:
    """An offer of a product that the catalogue has, with little more than what it lacks."""
    [product] = allegro.catalogue.with_number(CAT)
    said = [
        {"id": "248811", "valuesIds": ["248811_3"]},
        {"id": "130011", "valuesIds": ["130011_1"]},
        {"id": "130012", "values": ["330"]},
    ]
    return {
        **terms(allegro),
        "external": {"id": "KUB-001"},
        "parameters": [{"id": "11323", "valuesIds": ["11323_1"]}],
        "productSet": [{"product": {"id": product.id, "parameters": said}}],
    }


def spoilt(body: Body, path: str, value: Any) -> Body:
    """The body with another value at a path such as "productSet.0.product.name"; None takes the member out."""
    result = deepcopy(body)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = result
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return result


def create(api: Api, body: Body, expected: int = 201) -> Body:
    answered = api.post(OFFERS, body)
    fits("POST", OFFERS, answered, expected)
    made: Body = answered.json()
    return made


def told(answered: httpx.Response | Body) -> set[tuple[str, str]]:
    """Code and path of everything that an answer says is wrong."""
    body = answered if isinstance(answered, dict) else answered.json()
    errors = body["errors"] if "errors" in body else body["validation"]["errors"]
    assert all(each["message"] and each["userMessage"] for each in errors)
    return {(each["code"], each["path"]) for each in errors}
