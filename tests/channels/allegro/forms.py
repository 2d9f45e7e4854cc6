"""A checkout form as Allegro sends it, with everything filled in."""

from typing import Any

ORDER_ID = "29738e61-7f6a-11e8-ac45-09db60ede9d6"


def form(**changes: Any) -> dict[str, Any]:
    """A paid order of two lines for a company, to a pickup point."""
    return {
        "id": ORDER_ID,
        "messageToSeller": "Proszę o szybką wysyłkę",
        "buyer": {
            "id": "23123123",
            "email": "user1+4tm5b@allegromail.pl",
            "login": "User_Login",
            "firstName": "Jan",
            "lastName": "Kowalski",
            "companyName": None,
            "guest": False,
            "personalIdentity": None,
            "phoneNumber": "+48 600 100 200",
            "preferences": {"language": "pl-PL"},
            "address": {"street": "Solna", "city": "Poznań", "postCode": "60-166", "countryCode": "PL"},
        },
        "payment": {
            "id": "0f8f1d13-7f6a-11e8-ac45-09db60ede9d6",
            "type": "ONLINE",
            "provider": "PAYU",
            "finishedAt": "2026-10-12T10:12:32.321Z",
            "paidAmount": {"amount": "123.45", "currency": "PLN"},
            "reconciliation": None,
            "features": [],
        },
        "status": "READY_FOR_PROCESSING",
        "fulfillment": {
            "status": "NEW",
            "shipmentSummary": {"lineItemsSent": "NONE"},
            "provider": {"id": "SELLER"},
        },
        "delivery": {
            "address": {
                "firstName": "Anna",
                "lastName": "Nowak",
                "street": "Grunwaldzka 182",
                "city": "Poznań",
                "zipCode": "60-166",
                "countryCode": "PL",
                "companyName": None,
                "phoneNumber": "500600700",
                "modifiedAt": None,
            },
            "method": {"id": "1fa56f79-4b6a-4821-a6f2-ca9c16d5c925", "name": "Allegro Paczkomaty InPost"},
            "pickupPoint": {
                "id": "POZ08A",
                "name": "Paczkomat POZ08A",
                "description": "Stacja paliw BP",
                "address": {"street": "Grunwaldzka 108", "zipCode": "60-166", "city": "Poznań", "countryCode": "PL"},
            },
            "cost": {"amount": "9.99", "currency": "PLN"},
            "time": {},
            "smart": True,
            "calculatedNumberOfPackages": 1,
        },
        "invoice": {
            "required": True,
            "address": {
                "street": "Grunwaldzka 182",
                "city": "Poznań",
                "zipCode": "60-166",
                "countryCode": "PL",
                "company": {
                    "name": "Udix Sp. z o.o.",
                    "ids": [{"type": "PL_NIP", "value": "9131100132"}],
                    "vatPayerStatus": "ACTIVE",
                    "taxId": "NIP: 9131100132",
                },
                "naturalPerson": None,
            },
            "dueDate": None,
        },
        "lineItems": [line("62ae358b-8f65-4fc4-9c77-bedf604a2e2b"), line("62ae358b-8f65-4fc4-9c77-bedf604a2e2c")],
        "surcharges": [],
        "discounts": None,
        "note": None,
        "marketplace": {"id": "allegro-pl"},
        "summary": {"totalToPay": {"amount": "123.45", "currency": "PLN"}},
        "updatedAt": "2026-10-12T10:12:33Z",
        "revision": "819b5836",
        **changes,
    }


def line(line_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": line_id,
        "offer": {"id": "3213213", "name": "Kubek", "external": {"id": "KUBEK-1"}, "productSet": None},
        "quantity": 2,
        "originalPrice": {"amount": "30.00", "currency": "PLN"},
        "price": {"amount": "28.365", "currency": "PLN"},
        "reconciliation": None,
        "selectedAdditionalServices": [],
        "vouchers": [],
        "boughtAt": "2026-10-12T10:00:00.000Z",
        **changes,
    }
