"""Who the seller is, and where Allegro sells."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from app.sandbox.allegro.answers import answer
from app.sandbox.allegro.currencies import MARKETPLACES
from app.sandbox.allegro.gate import Caller, Gate
from app.sandbox.seed import SELLERS

_LANGUAGES = {"PL": "pl-PL", "CZ": "cs-CZ", "SK": "sk-SK", "HU": "hu-HU"}


def account_routes(gate: Gate) -> APIRouter:
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

    return router
