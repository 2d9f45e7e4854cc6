"""The addresses that a new offer needs: its own, that of pictures, and that of taxes."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import ApiError, Unprocessable, answer, iso
from app.sandbox.allegro.body_fields import warnings_about
from app.sandbox.allegro.category_tree import CategoryTree
from app.sandbox.allegro.gate import Caller, Gate, JsonBody
from app.sandbox.allegro.new_offers import NewOffers
from app.sandbox.allegro.offer_routes import WRITE, accepted
from app.sandbox.allegro.offer_views import full_view
from app.sandbox.allegro.problems import Refused
from app.sandbox.allegro.tax_settings import COUNTRIES, view
from app.sandbox.allegro.uploads import Uploads


def _object(sent: Any) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise ApiError(400, "UnprocessableEntity", "The request body is not an object.")
    return sent


def listing_routes(new_offers: NewOffers, uploads: Uploads, tree: CategoryTree, gate: Gate) -> APIRouter:
    router = APIRouter()
    shelf, writer = new_offers.shelf, gate.needs(WRITE)

    @router.post("/sale/product-offers")
    def create(request: Request, caller: Annotated[Caller, writer], sent: JsonBody) -> Response:
        body = _object(sent)
        with shelf.lock:
            gate.quotas.charge("edit", caller.login)
            try:
                offer, operation = new_offers.create(caller.login, body)
            except Refused as refused:
                raise Unprocessable(refused.problems) from refused
            shown = full_view(offer, shelf.clock.now(), warnings_about(body))
        gate.after_effect(request)
        return answer(shown, 201) if operation is None else accepted(shown, offer, operation)

    @router.post("/sale/images")
    def upload(request: Request, _caller: Annotated[Caller, writer], sent: JsonBody) -> Response:
        url = _object(sent).get("url")
        if not isinstance(url, str):
            raise ApiError(400, "VALIDATION_ERROR", "The url is missing.", path="url")
        with shelf.lock:
            try:
                picture = uploads.upload(url)
            except Refused as refused:
                raise Unprocessable(refused.problems) from refused
        gate.after_effect(request)
        expires_at = iso(picture.expires_at or shelf.clock.now())
        return answer({"location": picture.location, "expiresAt": expires_at}, 201)

    @router.get("/sale/tax-settings")
    def taxes(request: Request, _caller: Annotated[Caller, gate.needs(None)]) -> Response:
        category_id = request.query_params.get("category.id")
        countries = request.query_params.getlist("countryCode") or COUNTRIES
        if not category_id or not set(countries) <= set(COUNTRIES):
            raise ApiError(400, "VALIDATION_ERROR", "category.id or countryCode does not fit.")
        with tree.lock:
            if category_id not in tree.categories:
                raise ApiError(404, "ResourceNotFound", f"Category {category_id} does not exist.")
        return answer(view(category_id, countries))

    return router
