"""How the API shows offers: in the list, in full, and in parts."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from app.sandbox.allegro.answers import iso, money
from app.sandbox.allegro.category_parameters import GTIN
from app.sandbox.allegro.offers import Offer, currency_of

Body = dict[str, Any]

SHIPPING_RATES = "c0f8a4c4-1f0b-4c4e-9d7a-2f5a0f1d7b11"
_NO_SERVICES = {"impliedWarranty": None, "returnPolicy": None, "warranty": None}


def written(amount: Decimal, marketplace: str) -> dict[str, str]:
    return money(amount, currency_of(marketplace))


def _time(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _selling_mode(offer: Offer) -> Body:
    auction = offer.selling_format == "AUCTION"
    price = written(offer.price, offer.base)
    return {
        "format": offer.selling_format,
        "price": None if auction or not offer.price else price,
        "minimalPrice": None,
        "startingPrice": price if auction else None,
    }


def _terms(offer: Offer) -> Body:
    """How it is delivered, paid and vouched for."""
    usual = {
        "delivery": {
            "handlingTime": "PT24H",
            "shippingRates": {"id": SHIPPING_RATES},
            "additionalInfo": None,
            "shipmentDate": None,
        },
        "location": {"city": "Warszawa", "countryCode": "PL", "postCode": "00-999", "province": "MAZOWIECKIE"},
        "payments": {"invoice": "VAT"},
        "afterSalesServices": dict(_NO_SERVICES),
        "language": "pl-PL",
        "taxSettings": None,
    }
    return {name: offer.shown.get(name, value) for name, value in usual.items()}


def _rule(rule: str | None) -> Body | None:
    return None if rule is None else {"rule": {"id": rule}}


def _external(offer: Offer) -> Body | None:
    return None if offer.external_id is None else {"id": offer.external_id}


def _marketplaces(offer: Offer) -> Body:
    return {"base": {"id": offer.base}, "additional": [{"id": name} for name in offer.foreign]}


def list_view(offer: Offer) -> Body:
    terms = _terms(offer)
    highest = max((bid.amount for bid in offer.bids), default=None)
    return {
        "id": offer.id,
        "name": offer.name,
        "category": {"id": offer.category_id},
        "primaryImage": {"url": next(iter(_images(offer)), None)},
        "sellingMode": {**_selling_mode(offer), "priceAutomation": _rule(offer.rule)},
        "saleInfo": {
            "currentPrice": None if highest is None else written(highest, offer.base),
            "biddersCount": len({bid.bidder for bid in offer.bids}),
        },
        "stock": {"available": offer.available, "sold": offer.sold},
        "stats": {"watchersCount": 0, "visitsCount": offer.sold},
        "publication": {
            "status": offer.status,
            "startingAt": None,
            "startedAt": _time(offer.started_at),
            "endingAt": _time(offer.ending_at),
            "endedAt": _time(offer.ended_at),
            "marketplaces": _marketplaces(offer),
        },
        "afterSalesServices": terms["afterSalesServices"],
        "additionalServices": None,
        "external": _external(offer),
        "delivery": {"shippingRates": terms["delivery"]["shippingRates"]},
        "b2b": {"buyableOnlyByBusiness": False},
        "fundraisingCampaign": None,
        "isFulfillment": False,
        "additionalMarketplaces": {
            name: {
                "publication": {"state": foreign.state},
                "sellingMode": {
                    "price": written(offer.listed_price(name), name),
                    "priceAutomation": _rule(foreign.rule),
                },
                "stats": None,
                "stock": {"sold": 0},
            }
            for name, foreign in offer.foreign.items()
        },
    }


def _images(offer: Offer) -> list[str]:
    images: list[str] = offer.shown.get("images", [f"https://a.allegroimg.com/original/{offer.id}"])
    return images


def _own_product(offer: Offer) -> str:
    """The id of a product that nobody else sells."""
    return f"00000000-0000-4000-8000-{int(offer.id):012d}"


def _products(offer: Offer) -> list[Body]:
    if "productSet" in offer.shown:
        return [_with_id(element, offer) for element in offer.shown["productSet"]]
    gtin = {"id": GTIN, "name": "EAN (GTIN)", "values": [offer.ean], "valuesIds": [], "rangeValue": None}
    return [
        {
            "quantity": {"value": 1},
            "product": {
                "id": _own_product(offer),
                "publication": {"status": "LISTED"},
                "parameters": [] if offer.ean is None else [gtin],
            },
            "responsiblePerson": None,
            "responsibleProducer": None,
            "safetyInformation": None,
            "marketedBeforeGPSRObligation": None,
            "deposits": [],
        }
    ]


def _with_id(element: Body, offer: Offer) -> Body:
    product = element["product"]
    return {**element, "product": {**product, "id": product["id"] or _own_product(offer)}}


def full_view(offer: Offer, now: datetime, warnings: list[Body]) -> Body:
    """The answer to GET, POST and PATCH; `warnings` are about what was sent."""
    return {
        "id": offer.id,
        "name": offer.name,
        "productSet": _products(offer),
        "category": {"id": offer.category_id},
        "parameters": offer.shown.get("parameters", []),
        "images": _images(offer),
        "description": offer.shown.get("description", {"sections": []}),
        "sellingMode": _selling_mode(offer),
        "stock": {"available": offer.available, "unit": "UNIT"},
        "publication": {
            "status": offer.status,
            "duration": None if offer.duration is None else f"PT{offer.duration.days * 24}H",
            "startingAt": None,
            "endingAt": _time(offer.ending_at),
            "endedBy": offer.ended_by,
            "republish": offer.republish,
            "marketplaces": _marketplaces(offer),
        },
        "additionalMarketplaces": {
            name: {
                "sellingMode": {"price": written(offer.listed_price(name), name)},
                "publication": {"state": foreign.state, "refusalReasons": []},
            }
            for name, foreign in offer.foreign.items()
        },
        "external": _external(offer),
        **_terms(offer),
        "attachments": [],
        "additionalServices": None,
        "b2b": {"buyableOnlyByBusiness": False},
        "compatibilityList": None,
        "contact": None,
        "discounts": {"wholesalePriceList": None},
        "fundraisingCampaign": None,
        "messageToSellerSettings": None,
        "sizeTable": None,
        "validation": {"errors": [each.view() for each in offer.errors], "warnings": warnings, "validatedAt": iso(now)},
        "warnings": warnings,
        "createdAt": iso(offer.created_at),
        "updatedAt": iso(offer.touched_at or offer.created_at),
    }


def parts_view(offer: Offer, included: set[str]) -> Body:
    shown: Body = {"id": offer.id}
    if "stock" in included:
        shown["stock"] = {"available": offer.available}
    if "price" in included:
        shown["sellingMode"] = {"price": written(offer.price, offer.base)}
        shown["additionalMarketplaces"] = {
            name: {"sellingMode": {"price": written(offer.listed_price(name), name)}} for name in offer.foreign
        }
    return shown


def rules_view(offer: Offer) -> Body:
    """The pricing rules of an offer, on every marketplace that has one."""
    updated = iso(offer.created_at)
    names = [offer.base, *offer.foreign]
    return {
        "rules": [
            {"marketplace": {"id": name}, "rule": {"id": rule}, "configuration": None, "updatedAt": updated}
            for name in names
            if (rule := offer.rule_on(name)) is not None
        ],
        "updatedAt": updated,
    }
