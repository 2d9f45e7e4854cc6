"""The addresses of campaigns: badges, AlleDiscount and Allegro Prices, and the offers whose price they set."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import ApiError, answer, iso
from app.sandbox.allegro.currencies import MARKETPLACES
from app.sandbox.allegro.gate import Caller, Gate, JsonBody
from app.sandbox.allegro.offer_views import written
from app.sandbox.allegro.offers import Campaign, CampaignKind, Offer
from app.sandbox.allegro.queries import number
from app.sandbox.allegro.shelf import Shelf

Body = dict[str, Any]

PERMISSION = "allegro:api:campaigns"
MOST_BADGES = 1000
MOST_SUBMITTED = 200
MOST_PRICED = 1000
_DEEPEST = 1_000_000
_HALF_A_CAMPAIGN = timedelta(days=14)
_DECLARED_PERCENTAGE = "15.0"


def _number(request: Request, name: str, default: int, low: int, high: int, code: str) -> int:
    """A whole number as `queries.number`, which these addresses refuse with a 400."""
    try:
        return number(request, name, default, low, high)
    except ApiError as error:
        raise ApiError(400, code, error.message, path=name) from error


def _in_campaigns(
    shelf: Shelf, caller: Caller, kind: CampaignKind, marketplace: str
) -> Iterator[tuple[Offer, Campaign]]:
    """A campaign sets the price on the base marketplace."""
    for offer in shelf.offers.values():
        campaign = offer.campaign
        own = offer.seller == caller.login and offer.base == marketplace
        if own and campaign is not None and campaign.kind == kind:
            yield offer, campaign


def _status(campaign: Campaign) -> str:
    return "ACTIVE" if campaign.ended_at is None else "FINISHED"


def _badge(offer: Offer, campaign: Campaign, marketplace: str) -> Body:
    ended = campaign.ended_at
    return {
        "offer": {"id": offer.id},
        "campaign": {"id": "BARGAIN", "name": "Strefa okazji"},
        "publication": {
            "type": "SINCE" if ended is None else "WITHIN",
            "from": iso(campaign.started_at),
            "to": None if ended is None else iso(ended),
        },
        "prices": {"bargain": written(campaign.price, marketplace)},
        "process": {"status": _status(campaign), "rejectionReasons": []},
        "campaignStock": None,
    }


def _discount_id(marketplace: str) -> str:
    return f"ALLEOBNIZKA_{MARKETPLACES[marketplace][1]}"


def _discount(marketplace: str, now: datetime) -> Body:
    window = {"type": "WITHIN", "from": iso(now - _HALF_A_CAMPAIGN), "to": iso(now + _HALF_A_CAMPAIGN)}
    return {
        "id": _discount_id(marketplace),
        "name": f"AlleObniżka {MARKETPLACES[marketplace][1]}",
        "type": "SOURCING",
        "visibility": window,
        "application": window,
        "publication": window,
        "marketplace": {"id": marketplace},
    }


def _submitted(offer: Offer, campaign: Campaign, marketplace: str) -> Body:
    price = written(campaign.price, marketplace)
    reduction = max(offer.listed_price(marketplace) - campaign.price, Decimal(0))
    return {
        "participationId": f"00000000-0000-4000-9000-{int(offer.id):012d}",
        "offer": {"id": offer.id},
        "campaign": {"id": _discount_id(marketplace)},
        "prices": {
            "proposedPrice": price,
            "minimalPriceReduction": written(reduction, marketplace),
            "maximumSellingPrice": price,
        },
        "process": {"status": _status(campaign), "errors": []},
        "purchaseLimit": None,
    }


def _allegro_price(offer: Offer, campaign: Campaign | None, marketplace: str) -> Body:
    """How an offer stands in Allegro Prices; None where it never was in the programme, or is no longer."""
    listed = offer.listed_price(marketplace)
    shown: Body = {
        "id": offer.id,
        "name": offer.name,
        "marketplace": {"id": marketplace},
        "basePrice": written(listed, marketplace),
        "discount": {"opportunity": campaign is not None},
        "recommendedPriceReduction": None,
        "declaredPriceReduction": None,
        "actualPriceReduction": None,
        "discountedAt": None,
        "excludedAt": None,
    }
    if campaign is None:
        return shown
    discount = listed - campaign.price
    declared = {
        "sellerMaxDeclaredPercentage": _DECLARED_PERCENTAGE,
        "sellerMaxDeclaredDiscount": written(discount, marketplace),
    }
    actual = {
        **declared,
        "sellerDiscount": written(discount, marketplace),
        "allegroDiscount": written(Decimal(0), marketplace),
        "finalPriceForTheBuyer": written(campaign.price, marketplace),
    }
    return {
        **shown,
        "declaredPriceReduction": declared,
        "actualPriceReduction": actual,
        "discountedAt": iso(campaign.started_at),
    }


_SCOPES: dict[str | None, Callable[[Body], bool]] = {
    None: lambda _row: True,
    "WITH_DECLARATION": lambda row: row["declaredPriceReduction"] is not None,
    "DISCOUNTED": lambda row: row["actualPriceReduction"] is not None,
    "EXCLUDED": lambda row: row["excludedAt"] is not None,
}


def _query(sent: Any) -> tuple[str, Body, int, int]:
    """Marketplace, filter, limit and offset that a query names. Raises ApiError 400 and 422."""
    try:
        marketplace, wanted = sent["marketplace"]["id"], dict(sent.get("offer") or {})
        limit, offset = int(sent.get("limit", 20)), int(sent.get("offset", 0))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ApiError(400, "ValidationException", "The request misses its marketplace.") from error
    if marketplace not in MARKETPLACES:
        raise ApiError(422, "VALIDATION_ERROR", "Validation failed: Invalid marketplace ID")
    if not 1 <= limit <= MOST_PRICED or offset < 0:
        raise ApiError(422, "VALIDATION_ERROR", f"Validation failed: limit must be between 1 and {MOST_PRICED}")
    if wanted.get("scope") not in _SCOPES:
        raise ApiError(422, "VALIDATION_ERROR", "Validation failed: The provided scope is invalid")
    return marketplace, wanted, limit, offset


def _allegro_prices(shelf: Shelf, caller: Caller, marketplace: str, wanted: Body) -> list[Body]:
    discounted = {
        offer.id: campaign
        for offer, campaign in _in_campaigns(shelf, caller, "allegro_prices", marketplace)
        if campaign.ended_at is None
    }
    rows = [
        _allegro_price(offer, discounted.get(offer.id), marketplace)
        for offer in shelf.offers.values()
        if offer.seller == caller.login
        and offer.archived_at is None
        and offer.status != "INACTIVE"
        and (marketplace == offer.base or marketplace in offer.foreign)
        and offer.id in wanted.get("ids", [offer.id])
    ]
    return [row for row in rows if _SCOPES[wanted.get("scope")](row)]


def campaign_routes(shelf: Shelf, gate: Gate) -> APIRouter:
    router = APIRouter()
    reader = gate.needs(PERMISSION)

    @router.get("/sale/badges")
    def badges(request: Request, caller: Annotated[Caller, reader]) -> Response:
        if shelf.faults.strike("badges_refused") is not None:
            raise ApiError(403, "BB2", "The account is not a Business Account.")
        limit = _number(request, "limit", 50, 1, MOST_BADGES, "BB9")
        offset = _number(request, "offset", 0, 0, _DEEPEST, "BB10")
        marketplace = request.query_params.get("marketplace.id", "")
        if marketplace not in MARKETPLACES:
            raise ApiError(400, "BB35", "Invalid [marketplace.id] parameter value.", path="marketplace.id")
        with shelf.lock:
            found = [_badge(*each, marketplace) for each in _in_campaigns(shelf, caller, "badge", marketplace)]
        return answer({"badges": found[offset : offset + limit]})

    @router.get("/sale/alle-discount/campaigns")
    def discounts(_caller: Annotated[Caller, reader]) -> Response:
        now = shelf.clock.now()
        return answer({"alleDiscountCampaigns": [_discount(marketplace, now) for marketplace in MARKETPLACES]})

    @router.get("/sale/alle-discount/{campaign_id}/submitted-offers")
    def submitted(campaign_id: str, request: Request, caller: Annotated[Caller, reader]) -> Response:
        limit = _number(request, "limit", MOST_SUBMITTED, 1, MOST_SUBMITTED, "LimitAboveMax")
        offset = _number(request, "offset", 0, 0, _DEEPEST, "OffsetNegative")
        marketplace = next((each for each in MARKETPLACES if _discount_id(each) == campaign_id), None)
        if marketplace is None:
            raise ApiError(404, "CampaignNotFound", "There is no such AlleDiscount campaign.")
        with shelf.lock:
            entered = _in_campaigns(shelf, caller, "allediscount", marketplace)
            found = [_submitted(*each, marketplace) for each in entered]
        page = found[offset : offset + limit]
        return answer({"submittedOffers": page, "count": len(page), "totalCount": len(found)})

    @router.post("/sale/allegro-prices/offers-queries")
    def allegro_prices(caller: Annotated[Caller, reader], sent: JsonBody) -> Response:
        marketplace, wanted, limit, offset = _query(sent)
        with shelf.lock:
            found = _allegro_prices(shelf, caller, marketplace, wanted)
        page = found[offset : offset + limit]
        return answer({"offers": page, "count": len(page), "totalCount": len(found)})

    return router
