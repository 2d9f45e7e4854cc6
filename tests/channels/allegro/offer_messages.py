"""Allegro's messages about an offer."""

from typing import Any

LISTED: dict[str, Any] = {
    "id": "7680698461",
    "name": "Kubek w kropki",
    "category": {"id": "257933"},
    "sellingMode": {
        "format": "BUY_NOW",
        "price": {"amount": "49.90", "currency": "PLN"},
        "priceAutomation": {"rule": {"id": "r-1"}},
        "minimalPrice": None,
    },
    "saleInfo": {"currentPrice": None, "biddersCount": 0},
    "stock": {"available": 7, "sold": 2},
    "publication": {
        "status": "ENDED",
        "startedAt": "2026-10-01T10:00:00Z",
        "endedAt": "2026-10-12T10:00:00Z",
        "marketplaces": {"base": {"id": "allegro-pl"}, "additional": [{"id": "allegro-cz"}]},
    },
    "external": {"id": "KUB-001"},
    "isFulfillment": False,
    "additionalMarketplaces": {
        "allegro-cz": {
            "publication": {"state": "APPROVED"},
            "sellingMode": {"price": {"amount": "300", "currency": "CZK"}, "priceAutomation": None},
        },
        "allegro-sk": {"publication": {"state": "REFUSED"}, "sellingMode": None},
    },
}
FULL: dict[str, Any] = {
    "id": "7680698461",
    "productSet": [
        {
            "product": {
                "id": "p",
                "parameters": [
                    {"id": "1", "name": "Stan", "values": ["Nowy"]},
                    {"id": "225693", "name": "EAN (GTIN)", "values": ["5901234123457"], "valuesIds": []},
                ],
            }
        }
    ],
    "sellingMode": {"format": "BUY_NOW", "price": {"amount": "49.90", "currency": "PLN"}},
    "stock": {"available": 7, "unit": "UNIT"},
    "publication": {"status": "ENDED", "endedBy": "EMPTY_STOCK", "duration": None, "republish": True},
}
PARTS: dict[str, Any] = {
    "id": "7680698461",
    "stock": {"available": 7},
    "sellingMode": {"price": {"amount": "49.90", "currency": "PLN"}},
    "additionalMarketplaces": {"allegro-cz": {"sellingMode": {"price": {"amount": "300", "currency": "CZK"}}}},
}
ENDED: dict[str, Any] = {
    "id": "MTEzMjQzODU3NA",
    "occurredAt": "2026-10-12T10:00:00.000Z",
    "type": "OFFER_ENDED",
    "offer": {"id": "7680698461", "external": None, "publication": {"endedBy": "EMPTY_STOCK"}},
}
