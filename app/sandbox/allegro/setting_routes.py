"""The addresses of what sellers have set up for their offers: deliveries, terms after the sale, producers."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import answer
from app.sandbox.allegro.gate import Caller, Gate
from app.sandbox.allegro.offer_views import SHIPPING_RATES
from app.sandbox.allegro.queries import number
from app.sandbox.seed import SELLERS, Seller

Body = dict[str, Any]

PERMISSION = "allegro:api:sale:settings:read"
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
_RETURNS: Body = {
    "isFulfillment": False,
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
_ADDRESS: Body = {"countryCode": "PL", "street": "Garncarska 5", "postalCode": "00-999", "city": "Warszawa"}
# The ids that the first seller's end with; every other seller has the same things under ids of another end.
_FIRST_MARK = 11


def _rows_of(seller: Seller, mark: int) -> dict[str, list[Body]]:
    contact: Body = {"email": seller.email, "phoneNumber": "123123123", "formUrl": None}
    policy = {"id": f"09f0b4cc-7880-11e9-8f9e-2a86e4085a{mark}", "seller": {"id": seller.id}, **_RETURNS}
    producer = {
        "id": f"fee43309-8761-43f9-9cfd-a43e539a0f{mark}",
        "name": "My sami",
        "producerData": {"tradeName": seller.company, "address": _ADDRESS, "contact": contact},
    }
    person = {
        "id": f"fee43309-8761-43f9-9cfd-a43e539a0f{mark + 1}",
        "name": seller.first_name,
        "personalData": {"name": f"{seller.first_name} {seller.last_name}", "address": _ADDRESS, "contact": contact},
    }
    return {
        "shippingRates": [{**each, "id": f"{each['id'][:-2]}{mark}"} for each in _SHIPPING_RATES],
        "returnPolicies": [policy],
        "impliedWarranties": [{"id": f"b953a7de-3817-4c89-896d-9ae71e56c0{mark}", "name": "Reklamacje"}],
        "warranties": [
            {"id": f"19e3bc3f-eac8-4d86-b8a9-13cb4b6ccf{mark}", "name": "Gwarancja na kubki termiczne"},
        ],
        "responsibleProducers": [producer],
        "responsiblePersons": [person],
    }


class SellerSettings:
    """`rows_of` is what each seller has set up, by login and the names of Allegro's lists."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.rows_of = {seller.login: _rows_of(seller, _FIRST_MARK + 10 * n) for n, seller in enumerate(SELLERS)}

    @property
    def rows(self) -> dict[str, list[Body]]:
        """The first seller's."""
        return self.rows_of[SELLERS[0].login]

    def named(self, login: str, name: str, sent: Body) -> list[Body]:
        """Those in a seller's list that a body refers to, by their id or (no id sent) by their name."""
        key = "id" if sent.get("id") is not None else "name"
        return [each for each in self.rows_of[login][name] if each[key] == sent.get(key)]

    def view(self, caller: Caller, shown: _List, request: Request) -> Body:
        rows = self.rows_of[caller.login][shown.name]
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
