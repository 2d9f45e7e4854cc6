"""Offers that are to be made, and what Allegro is sent for them."""

from decimal import Decimal
from typing import Any

from app.domain.accounts import Location
from app.domain.description import Description, Picture, Text
from app.domain.listing_templates import Invoice
from app.domain.money import Money
from app.domain.new_offers import NewOffer, OfferedProduct, OfferTaxRate
from app.domain.parameters import ParameterValue

PICTURE, SECOND = "https://a.allegroimg.com/original/1", "https://a.allegroimg.com/original/2"
RETURNS, IMPLIED, WARRANTY = (f"09f0b4cc-7880-11e9-8f9e-2a86e4085a5{number}" for number in range(3))
DESCRIPTION = Description(((Text("<p>Duży kubek</p>"), Picture(PICTURE)), (Text("<p>Mieści <b>wszystko</b></p>"),)))
SECTIONS = [
    {"items": [{"type": "TEXT", "content": "<p>Duży kubek</p>"}, {"type": "IMAGE", "url": PICTURE}]},
    {"items": [{"type": "TEXT", "content": "<p>Mieści <b>wszystko</b></p>"}]},
]

LEAST = NewOffer(
    external_id="KUB-001",
    title="Kubek w kropki 300 ml",
    category_id="",
    product=OfferedProduct("c9e39cae-9cb6-11e9-a2a3-2a2ae2dbcce4"),
    price=Money(Decimal("49.90"), "PLN"),
    quantity=0,
    publish=False,
    location=Location(),
    invoice=Invoice.NONE,
)
ALL = NewOffer(
    external_id="KUB-001",
    title="Kubek w kropki 300 ml",
    category_id="257933",
    product=OfferedProduct(
        name="Kubek w kropki",
        category_id="257934",
        parameters=(
            ParameterValue("224017", texts=("KUB-001", "KUB-1")),
            ParameterValue("248811", entry_ids=("248811_1", "248811_2")),
            ParameterValue("129591", entry_ids=("129591_99",), texts=("w kropki",)),
            ParameterValue("211", low="20", high="80.5"),
        ),
        images=(PICTURE,),
    ),
    price=Money(Decimal(300), "CZK"),
    quantity=7,
    publish=True,
    location=Location("PL", "Kujawsko-Pomorskie", "Toruń", "87-100"),
    invoice=Invoice.VAT_MARGIN,
    parameters=(ParameterValue("11323", entry_ids=("11323_1",)),),
    images=(PICTURE, SECOND),
    description=DESCRIPTION,
    tax_rates=(OfferTaxRate("23.00", "PL"),),
    duration="P30D",
    shipping_rates_id="rates-1",
    handling_time="PT24H",
    return_policy_id=RETURNS,
    implied_warranty_id=IMPLIED,
    warranty_id=WARRANTY,
    responsible_producer_id="producer-1",
    responsible_person_id="person-1",
    safety_information="Nie dla dzieci.",
)
LEAST_SENT: dict[str, Any] = {
    "productSet": [{"product": {"id": "c9e39cae-9cb6-11e9-a2a3-2a2ae2dbcce4"}, "quantity": {"value": 1}}],
    "name": "Kubek w kropki 300 ml",
    "sellingMode": {"format": "BUY_NOW", "price": {"amount": "49.90", "currency": "PLN"}},
    "stock": {"available": 0, "unit": "UNIT"},
    "publication": {"status": "INACTIVE", "duration": None, "republish": False},
    "payments": {"invoice": "NO_INVOICE"},
    "external": {"id": "KUB-001"},
    "location": {"countryCode": "PL"},
}
ALL_SENT: dict[str, Any] = {
    "productSet": [
        {
            "product": {
                "name": "Kubek w kropki",
                "category": {"id": "257934"},
                "parameters": [
                    {"id": "224017", "values": ["KUB-001", "KUB-1"]},
                    {"id": "248811", "valuesIds": ["248811_1", "248811_2"]},
                    {"id": "129591", "valuesIds": ["129591_99"], "values": ["w kropki"]},
                    {"id": "211", "rangeValue": {"from": "20", "to": "80.5"}},
                ],
                "images": [PICTURE],
            },
            "quantity": {"value": 1},
            "responsibleProducer": {"type": "ID", "id": "producer-1"},
            "responsiblePerson": {"id": "person-1"},
            "safetyInformation": {"type": "TEXT", "description": "Nie dla dzieci."},
        }
    ],
    "name": "Kubek w kropki 300 ml",
    "category": {"id": "257933"},
    "parameters": [{"id": "11323", "valuesIds": ["11323_1"]}],
    "sellingMode": {"format": "BUY_NOW", "price": {"amount": "300", "currency": "CZK"}},
    "stock": {"available": 7, "unit": "UNIT"},
    "publication": {"status": "ACTIVE", "duration": "P30D", "republish": False},
    "delivery": {"shippingRates": {"id": "rates-1"}, "handlingTime": "PT24H"},
    "afterSalesServices": {
        "impliedWarranty": {"id": IMPLIED},
        "returnPolicy": {"id": RETURNS},
        "warranty": {"id": WARRANTY},
    },
    "location": {"city": "Toruń", "countryCode": "PL", "postCode": "87-100", "province": "KUJAWSKO_POMORSKIE"},
    "payments": {"invoice": "VAT_MARGIN"},
    "images": [PICTURE, SECOND],
    "description": {"sections": SECTIONS},
    "external": {"id": "KUB-001"},
    "taxSettings": {"rates": [{"rate": "23.00", "countryCode": "PL"}]},
}
# What a full offer says.
CONTENT: dict[str, Any] = {
    "id": "1",
    "name": "Kubek w kropki 300 ml",
    "category": {"id": "257933"},
    "sellingMode": {"format": "BUY_NOW"},
    "publication": {"status": "ACTIVE"},
    "images": [PICTURE, SECOND],
    "description": {"sections": SECTIONS},
    "parameters": [
        {"id": "11323", "name": "Stan", "values": ["Nowy"], "valuesIds": ["11323_1"], "rangeValue": None},
        {"id": "211", "name": "Wiek", "values": [], "valuesIds": None, "rangeValue": {"from": "3", "to": "9"}},
    ],
}
