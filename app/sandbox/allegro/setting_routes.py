"""The addresses of what sellers have set up for their offers: deliveries, terms after the sale, producers."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import answer
from app.sandbox.allegro.gate import Caller, Gate
from app.sandbox.allegro.offer_views import SHIPPING_RATES
from app.sandbox.allegro.queries import number
from app.sandbox.seed import SELLERS

Body = dict[str, Any]

PERMISSION = "allegro:api:sale:settings:read"
_OWNER = SELLERS[0]
_TERMS = "/after-sales-service-conditions"


@dataclass(frozen=True)
class _List:
    """`name` is that of the list in the answer. `most` are on a page, and none begins after `last`; 0 without pages."""

    path: str
    name: str
    most: int = 0
    last: int = 0


_LISTS = (
    _List("/sale/shipping-rates", "shippingRates"),
    _List(f"{_TERMS}/return-policies", "returnPolicies", 60, 59),
    _List(f"{_TERMS}/implied-warranties", "impliedWarranties", 60, 59),
    _List(f"{_TERMS}/warranties", "warranties", 60, 59),
    _List("/sale/responsible-producers", "responsibleProducers", 1000, 50_000),
    _List("/sale/responsible-persons", "responsiblePersons", 1000, 16_000),
)
_SHIPPING_RATES: tuple[Body, ...] = (
    {
        "id": SHIPPING_RATES,
        "name": "Kurier i paczkomaty",
        "features": {"managedByAllegro": False, "isFulfillment": False},
        "marketplaces": [{"id": "allegro-pl"}],
    },
    {
        "id": "758fcd59-fbfa-4453-ae07-4800d72c2c11",
        "name": "Kurier i paczkomaty, także do Czech",
        "features": {"managedByAllegro": False, "isFulfillment": False},
        "marketplaces": [{"id": "allegro-pl"}, {"id": "allegro-cz"}],
    },
)
_RETURN_POLICY: Body = {
    "id": "09f0b4cc-7880-11e9-8f9e-2a86e4085a11",
    "isFulfillment": False,
    "seller": {"id": _OWNER.id},
    "name": "Zwrot w 14 dni",
    "availability": {"range": "FULL", "restrictionCause": None},
    "withdrawalPeriod": "P14D",
    "returnCost": {"coveredBy": "BUYER"},
    "options": {
        "cashOnDeliveryNotAllowed": True,
        "freeAccessoriesReturnRequired": False,
        "refundLoweredByReceivedDiscount": False,
        "businessReturnAllowed": False,
        "collectBySellerOnly": False,
    },
}
_IMPLIED_WARRANTY: Body = {"id": "b953a7de-3817-4c89-896d-9ae71e56c011", "name": "Reklamacje"}
_WARRANTY: Body = {"id": "19e3bc3f-eac8-4d86-b8a9-13cb4b6ccf11", "name": "Gwarancja na kubki termiczne"}
_ADDRESS: Body = {"countryCode": "PL", "street": "Garncarska 5", "postalCode": "00-999", "city": "Warszawa"}
_CONTACT: Body = {"email": _OWNER.email, "phoneNumber": "123123123", "formUrl": None}
_PRODUCER: Body = {
    "id": "fee43309-8761-43f9-9cfd-a43e539a0f11",
    "name": "My sami",
    "producerData": {"tradeName": _OWNER.company, "address": _ADDRESS, "contact": _CONTACT},
}
_PERSON: Body = {
    "id": "fee43309-8761-43f9-9cfd-a43e539a0f12",
    "name": "Hanna",
    "personalData": {"name": "Hanna Garncarz", "address": _ADDRESS, "contact": _CONTACT},
}


class SellerSettings:
    """`rows` are what the first seller has set up, by the names of Allegro's lists; the others have nothing."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.rows: dict[str, list[Body]] = {
            "shippingRates": list(_SHIPPING_RATES),
            "returnPolicies": [_RETURN_POLICY],
            "impliedWarranties": [_IMPLIED_WARRANTY],
            "warranties": [_WARRANTY],
            "responsibleProducers": [_PRODUCER],
            "responsiblePersons": [_PERSON],
        }

    def view(self, caller: Caller, shown: _List, request: Request) -> Body:
        rows = self.rows[shown.name] if caller.login == _OWNER.login else []
        if not shown.most:
            return {shown.name: rows}
        offset = number(request, "offset", 0, 0, shown.last)
        page = rows[offset : offset + number(request, "limit", shown.most, 1, shown.most)]
        total = {"totalCount": len(rows)} if shown.name.startswith("responsible") else {}
        return {shown.name: page, "count": len(page), **total}


def setting_routes(settings: SellerSettings, gate: Gate) -> APIRouter:
    router = APIRouter()

    def serve(shown: _List) -> None:
        @router.get(shown.path)
        def rows(request: Request, caller: Annotated[Caller, gate.needs(PERMISSION)]) -> Response:
            return answer(settings.view(caller, shown, request))

    for each in _LISTS:
        serve(each)
    return router
