"""The address at which products of the catalogue are looked for."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import answer
from app.sandbox.allegro.catalogue import Catalogue
from app.sandbox.allegro.gate import Caller, Gate
from app.sandbox.allegro.queries import number, unfit

PERMISSION = "allegro:api:sale:offers:read"
PER_PAGE = 30
_MODES = {None, "GTIN", "MPN"}
_LONGEST_PHRASE = 1024
_DEEPEST = 1_000_000


def catalogue_routes(catalogue: Catalogue, gate: Gate) -> APIRouter:
    router = APIRouter()

    @router.get("/sale/products")
    def products(request: Request, _caller: Annotated[Caller, gate.needs(PERMISSION)]) -> Response:
        query = request.query_params
        phrase = query.get("phrase", "").strip()
        if not 0 < len(phrase) <= _LONGEST_PHRASE:
            raise unfit("phrase", f"phrase must have 1 to {_LONGEST_PHRASE} characters")
        if query.get("mode") not in _MODES:
            raise unfit("mode", "mode is not one of the allowed values")
        # A cursor, which is a number here and may be anything there.
        start = number(request, "page.id", 0, 0, _DEEPEST)
        found = catalogue.search(phrase, query.get("mode"), query.get("category.id"))
        end = start + PER_PAGE
        return answer(
            {
                "products": found[start:end],
                "categories": {"subcategories": [], "path": []},
                "filters": [],
                "nextPage": {"id": str(end)} if end < len(found) else None,
            }
        )

    return router
