"""Who the seller is, where Allegro sells, and the seller's offers."""

import threading
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import answer
from app.sandbox.allegro.forms import MARKETPLACES
from app.sandbox.allegro.gate import Caller, Gate
from app.sandbox.allegro.marketplace import Marketplace
from app.sandbox.allegro.queries import number, unfit
from app.sandbox.seed import SELLERS

MOST_OFFERS = 1000
_DEEPEST_OFFER = 10_000_000
_MOST_EXTERNAL_IDS = 100
_LANGUAGES = {"PL": "pl-PL", "CZ": "cs-CZ", "SK": "sk-SK", "HU": "hu-HU"}


def account_routes(market: Marketplace, gate: Gate, lock: threading.RLock) -> APIRouter:
    router = APIRouter()

    @router.get("/me")
    def me(caller: Annotated[Caller, gate.needs("allegro:api:profile:read")]) -> Response:
        seller = next(seller for seller in SELLERS if seller.login == caller.login)
        return answer(
            {
                "id": seller.id,
                "login": seller.login,
                "firstName": seller.first_name,
                "lastName": seller.last_name,
                "email": seller.email,
                "baseMarketplace": {"id": "allegro-pl"},
                "company": {"name": seller.company, "taxId": seller.tax_id},
                "features": ["SUPER_SELLER"],
            }
        )

    @router.get("/marketplaces")
    def marketplaces(_caller: Annotated[Caller, gate.needs(None)]) -> Response:
        return answer(
            {
                "marketplaces": [
                    {
                        "id": marketplace,
                        "languages": {
                            "offerCreation": [{"code": _LANGUAGES[country]}],
                            "offerDisplay": [{"code": _LANGUAGES[country]}],
                        },
                        "currencies": {"base": {"code": currency}, "additional": []},
                        "shippingCountries": [{"code": country}],
                    }
                    for marketplace, (currency, country, _rate) in MARKETPLACES.items()
                ]
            }
        )

    @router.get("/sale/offers")
    def offers(request: Request, caller: Annotated[Caller, gate.needs("allegro:api:sale:offers:read")]) -> Response:
        limit = number(request, "limit", 20, 1, MOST_OFFERS)
        offset = number(request, "offset", 0, 0, _DEEPEST_OFFER - limit)
        wanted = {
            name: request.query_params.getlist(name) for name in ("offer.id", "external.id", "publication.status")
        }
        if len(wanted["external.id"]) > _MOST_EXTERNAL_IDS:
            raise unfit("external.id", f"at most {_MOST_EXTERNAL_IDS} values")
        with lock:
            found = [
                offer
                for offer in market.offers.values()
                if offer.seller == caller.login
                and (not wanted["offer.id"] or offer.id in wanted["offer.id"])
                and (not wanted["external.id"] or offer.external_id in wanted["external.id"])
                and (not wanted["publication.status"] or offer.status in wanted["publication.status"])
            ]
            page = [offer.view() for offer in found[offset : offset + limit]]
        return answer({"offers": page, "count": len(page), "totalCount": len(found)})

    return router
