"""The addresses of offers: the list, one offer and its edits, the journal of events, pricing rules."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import ApiError, Unprocessable, answer, iso
from app.sandbox.allegro.body_fields import warnings_about
from app.sandbox.allegro.edits import Edits, Operation
from app.sandbox.allegro.gate import Caller, Gate, JsonBody
from app.sandbox.allegro.offer_events import OFFER_EVENT_TYPES, number_of
from app.sandbox.allegro.offer_views import full_view, list_view, parts_view, rules_view
from app.sandbox.allegro.offers import Offer
from app.sandbox.allegro.problems import Refused
from app.sandbox.allegro.queries import number, unfit
from app.sandbox.allegro.shelf import Shelf

Body = dict[str, Any]

READ = "allegro:api:sale:offers:read"
WRITE = "allegro:api:sale:offers:write"
MOST_OFFERS = 1000
MOST_EVENTS = 1000
_DEEPEST_OFFER = 10_000_000
_MOST_EXTERNAL_IDS = 100
_STALE_SECONDS = 600
_ASK_AGAIN_SECONDS = 5
# Real locations have named a port at which nothing listens; only their path is of use.
_LOCATION_HOST = "https://api.allegro.pl:8443"
RULES = {
    "exchange-rate": ("Kurs walut", "EXCHANGE_RATE"),
    "lowest-price": ("Najniższa cena na Allegro", "FOLLOW_BY_ALLEGRO_MIN_PRICE"),
}

_FILTERS: dict[str, Callable[[Offer], str | None]] = {
    "offer.id": lambda offer: offer.id,
    "external.id": lambda offer: offer.external_id,
    "publication.status": lambda offer: offer.status,
    "sellingMode.format": lambda offer: offer.selling_format,
    "category.id": lambda offer: offer.category_id,
    "sellingMode.priceAutomation.rule.id": lambda offer: offer.rule,
}
_ALLOWED = {
    "publication.status": {"INACTIVE", "ACTIVATING", "ACTIVE", "ENDED"},
    "sellingMode.format": {"BUY_NOW", "AUCTION", "ADVERTISEMENT"},
}
_SORTS: dict[str, Callable[[Offer], Any]] = {
    "sellingMode.price.amount": lambda offer: offer.price,
    "stock.sold": lambda offer: offer.sold,
    "stock.available": lambda offer: offer.available,
}


class OfferList:
    """The search index of offers, which may lag behind. Callers hold the lock."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def view(self, caller: Caller, request: Request) -> dict[str, Any]:
        limit = number(request, "limit", 20, 1, MOST_OFFERS)
        offset = number(request, "offset", 0, 0, _DEEPEST_OFFER - limit)
        found = self._matching(caller, request)
        shifted = self.shelf.faults.strike("offers_page_shifted")
        if shifted is not None:
            offset += int(shifted.args.get("by", 1))
        page = [list_view(offer) for offer in found[offset : offset + limit]]
        return {"offers": page, "count": len(page), "totalCount": len(found)}

    def _as_indexed(self, seller: str) -> list[Offer]:
        offers = [offer for offer in self.shelf.offers.values() if offer.seller == seller]
        stale = self.shelf.faults.strike("offers_list_stale")
        if stale is not None:
            seen_at = self.shelf.clock.now() - timedelta(seconds=float(stale.args.get("seconds", _STALE_SECONDS)))
            offers = [before for offer in offers if (before := offer.as_of(seen_at)) is not None]
        return [offer for offer in offers if offer.archived_at is None]

    def _matching(self, caller: Caller, request: Request) -> list[Offer]:
        query = request.query_params
        found = self._as_indexed(caller.login)
        for name, value_of in _FILTERS.items():
            wanted = set(query.getlist(name))
            if not wanted:
                continue
            if not wanted <= _ALLOWED.get(name, wanted):
                raise unfit(name, f"{name} is not one of the allowed values")
            if name == "external.id":
                if len(query.getlist(name)) > _MOST_EXTERNAL_IDS:
                    raise unfit(name, f"at most {_MOST_EXTERNAL_IDS} values")
                if self.shelf.faults.strike("offers_filter_empty"):
                    return []
            found = [offer for offer in found if value_of(offer) in wanted]
        if "name" in query:
            found = [offer for offer in found if query["name"].casefold() in offer.name.casefold()]
        if "publication.marketplace" in query:
            name = query["publication.marketplace"]
            found = [offer for offer in found if name == offer.base or name in offer.foreign]
        if "sellingMode.priceAutomation.rule.id.empty" in query:
            empty = query["sellingMode.priceAutomation.rule.id.empty"] == "true"
            found = [offer for offer in found if (offer.rule is None) == empty]
        least, most = _amount(request, "gte"), _amount(request, "lte")
        if least is not None:
            found = [offer for offer in found if offer.price >= least]
        if most is not None:
            found = [offer for offer in found if offer.price <= most]
        sort = query.get("sort")
        if sort is None:
            return found
        if sort.removeprefix("-") not in _SORTS:
            raise unfit("sort", "sort is not one of the allowed values")
        return sorted(found, key=_SORTS[sort.removeprefix("-")], reverse=sort.startswith("-"))


def _amount(request: Request, bound: str) -> Decimal | None:
    name = f"sellingMode.price.amount.{bound}"
    written = request.query_params.get(name)
    try:
        return None if written is None else Decimal(written)
    except InvalidOperation as error:
        raise unfit(name, f"{name} must be a number") from error


def _own(shelf: Shelf, offer_id: str, caller: Caller) -> Offer:
    """Raises ApiError 404 for an offer that is unknown or archived, 403 for somebody else's."""
    offer = shelf.offers.get(offer_id)
    if offer is None or offer.archived_at is not None:
        raise ApiError(404, "OFFER_NOT_FOUND", f"Offer {offer_id} was not found.")
    if offer.seller != caller.login:
        raise ApiError(403, "AccessDenied", "The offer belongs to another seller.")
    return offer


def location_of(offer: Offer, operation: Operation | None = None) -> str:
    path = f"{_LOCATION_HOST}/sale/product-offers/{offer.id}"
    return path if operation is None else f"{path}/operations/{operation.id}"


def accepted(body: Body, offer: Offer, operation: Operation) -> Response:
    """The answer to what takes time."""
    response = answer(body, 202)
    response.headers["location"] = location_of(offer, operation)
    response.headers["retry-after"] = str(_ASK_AGAIN_SECONDS)
    return response


def offer_routes(shelf: Shelf, edits: Edits, gate: Gate) -> APIRouter:
    router = APIRouter()
    offer_list = OfferList(shelf)
    reader, writer = gate.needs(READ), gate.needs(WRITE)

    @router.get("/sale/offers")
    def offers(request: Request, caller: Annotated[Caller, reader]) -> Response:
        with shelf.lock:
            body = offer_list.view(caller, request)
        return answer(body)

    @router.get("/sale/product-offers/{offer_id}")
    def offer(offer_id: str, caller: Annotated[Caller, reader]) -> Response:
        with shelf.lock:
            gate.quotas.charge("offer", caller.login)
            return answer(full_view(_own(shelf, offer_id, caller), shelf.clock.now(), []))

    @router.get("/sale/product-offers/{offer_id}/parts")
    def parts(offer_id: str, request: Request, caller: Annotated[Caller, reader]) -> Response:
        included = set(request.query_params.getlist("include"))
        if not included or not included <= {"stock", "price"}:
            raise unfit("include", "include must be stock or price")
        with shelf.lock:
            return answer(parts_view(_own(shelf, offer_id, caller), included))

    @router.patch("/sale/product-offers/{offer_id}")
    def edit(offer_id: str, request: Request, caller: Annotated[Caller, writer], sent: JsonBody) -> Response:
        if not isinstance(sent, dict):
            raise ApiError(400, "UnprocessableEntity", "The request body is not an object.")
        with shelf.lock:
            gate.quotas.charge("edit", caller.login)
            offer = _own(shelf, offer_id, caller)
            try:
                operation = edits.edit(offer, sent)
            except Refused as refused:
                raise Unprocessable(refused.problems) from refused
            body = full_view(offer, shelf.clock.now(), warnings_about(sent))
        gate.after_effect(request)
        return answer(body) if operation is None else accepted(body, offer, operation)

    @router.get("/sale/product-offers/{offer_id}/operations/{operation_id}")
    def operation(offer_id: str, operation_id: str, caller: Annotated[Caller, reader]) -> Response:
        with shelf.lock:
            try:
                found = edits.operation(offer_id, operation_id)
            except KeyError as error:
                raise ApiError(404, "OPERATION_NOT_FOUND", "There is no such operation.") from error
            if found.offer.seller != caller.login:
                raise ApiError(403, "AccessDenied", "The offer belongs to another seller.")
            if found.failure is not None:
                raise Unprocessable(found.failure.problems)
            if found.finished_at is not None:
                done = answer(None, 303)
                done.headers["location"] = location_of(found.offer)
                return done
            status = {"id": found.id, "status": "IN_PROGRESS", "startedAt": iso(found.started_at)}
            return answer({"offer": {"id": offer_id}, "operation": status}, 202)

    @router.get("/sale/offer-events")
    def events(request: Request, caller: Annotated[Caller, reader]) -> Response:
        limit = number(request, "limit", 100, 1, MOST_EVENTS)
        wanted = set(request.query_params.getlist("type"))
        if not wanted <= OFFER_EVENT_TYPES:
            raise unfit("type", "type is not one of the allowed values")
        try:
            after = number_of(request.query_params["from"]) if "from" in request.query_params else 0
        except ValueError as error:
            raise ApiError(400, "VALIDATION_ERROR", "from is not the id of an event", path="from") from error
        with shelf.lock:
            shelf.agenda.catch_up()
            found = shelf.journal.read(caller.login, after, wanted, limit)
        return answer({"offerEvents": [event.view() for event in found]})

    @router.get("/sale/price-automation/rules")
    def rules(caller: Annotated[Caller, reader]) -> Response:
        with shelf.lock:
            gate.quotas.charge("pricing_rules", caller.login)
        updated = iso(shelf.clock.now())
        return answer(
            {
                "rules": [
                    {"id": rule, "name": name, "type": kind, "default": True, "updatedAt": updated}
                    for rule, (name, kind) in RULES.items()
                ]
            }
        )

    @router.get("/sale/price-automation/offers/{offer_id}/rules")
    def rules_of(offer_id: str, caller: Annotated[Caller, reader]) -> Response:
        with shelf.lock:
            gate.quotas.charge("pricing_rules", caller.login)
            return answer(rules_view(_own(shelf, offer_id, caller)))

    return router
