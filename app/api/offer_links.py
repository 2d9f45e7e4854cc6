"""Offer links: which offer sells which product."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StrictBool

from app.api.deps import MAX_ID, AccountId, Cursor, FieldRefused, Limit, LinkId, ServicesDep
from app.api.fields import Change, Page, Price, RequestBody, UtcTime, left_out, page_of
from app.api.jobs import RunStarted
from app.api.orders import MoneyAnswer
from app.db import accounts, offer_links
from app.domain.links import OfferLink, Relist
from app.domain.matching import LinkPlan, MatchBy
from app.domain.prices import why_price_left_alone
from app.domain.prices_by_hand import why_not_by_hand
from app.domain.relist import ARCHIVED_AFTER_DAYS, relist_until
from app.sync.linking import LinkRefused

router = APIRouter(tags=["offer links"])

ProductId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
Units = Annotated[int, Field(strict=True, ge=1, le=1000)]
OfferId = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]


class LinkAnswer(BaseModel):
    """`listed_quantity` and `listed_price` are what the offer showed when it was last read; null while unknown.

    `marketplace` is the offer's base one, null while unknown. `pricing_rule` and `campaign` are what sets its price at
    Allegro, null for none; `price_note` says why its price is left alone, and is empty if it is not.
    """

    id: int
    offer_id: str
    product_id: int
    variation_id: int | None
    sku: str
    title: str
    format: str
    offer_status: str
    units_per_offer: int
    sync_stock: bool
    sync_price: bool
    relist: Relist
    listed_quantity: int | None
    listed_price: MoneyAnswer | None
    marketplace: str | None
    pricing_rule: str | None
    campaign: str | None
    price_note: str
    ended_by: str | None
    relist_until: UtcTime | None


class NewLink(RequestBody):
    """`units_per_offer`: so many pieces of the product are in one piece of the offer (a set of three: 3)."""

    offer_id: OfferId
    product_id: ProductId
    variation_id: ProductId | None = None
    units_per_offer: Units = 1
    sync_stock: StrictBool = True
    sync_price: StrictBool = True


class LinkChange(Change):
    """`listed_price` is refused: the answer says where the offer's price is changed."""

    units_per_offer: Units = left_out()
    sync_stock: StrictBool = left_out()
    sync_price: StrictBool = left_out()
    relist: Relist = left_out()
    listed_price: Price = left_out()


class MatchRequest(RequestBody):
    """What to match by, the first one first. With `dry_run` nothing is stored. Without `wait` a run does it, later.

    While somebody waits, GTINs are looked at for 1,000 offers at the most.
    """

    by: Annotated[tuple[MatchBy, ...], Field(min_length=1, max_length=3)] = tuple(MatchBy)
    dry_run: StrictBool = False
    wait: StrictBool = True


class Matched(BaseModel):
    """`by` is null for an offer that renews another one, whose link it takes over."""

    offer_id: str
    title: str
    product_id: int
    variation_id: int | None
    sku: str
    by: MatchBy | None


class Candidate(BaseModel):
    product_id: int
    variation_id: int | None


class AmbiguousOffer(BaseModel):
    offer_id: str
    title: str
    reason: str
    candidates: list[Candidate]


class UnmatchedOffer(BaseModel):
    offer_id: str
    title: str
    reason: str


class MatchAnswer(BaseModel):
    dry_run: bool
    linked: list[Matched]
    ambiguous: list[AmbiguousOffer]
    unmatched: list[UnmatchedOffer]


@router.get("/accounts/{account_id}/offer-links")
def list_offer_links(
    account_id: AccountId, services: ServicesDep, limit: Limit = 50, cursor: Cursor = None
) -> Page[LinkAnswer]:
    with services.database.reading() as session:
        accounts.get(session, account_id)
        found = offer_links.page(session, account_id, after_id=cursor, limit=limit + 1)
    return page_of([_answer(link) for link in found], [link.id for link in found], limit)


@router.post("/accounts/{account_id}/offer-links", status_code=201)
def create_offer_link(account_id: AccountId, body: NewLink, services: ServicesDep) -> LinkAnswer:
    wanted = OfferLink(
        id=0,
        account_id=account_id,
        offer_id=body.offer_id,
        product_id=body.product_id,
        variation_id=body.variation_id or 0,
        units_per_offer=body.units_per_offer,
        sync_stock=body.sync_stock,
        sync_price=body.sync_price,
    )
    try:
        return _answer(services.linker.link(account_id, wanted))
    except LinkRefused as error:
        raise FieldRefused(error.field, str(error)) from error


@router.patch("/offer-links/{link_id}")
def change_offer_link(link_id: LinkId, body: LinkChange, services: ServicesDep) -> LinkAnswer:
    with services.database.transaction() as session:
        chosen = {name: value for name, value in body.given().items() if name != "listed_price"}
        offer_links.change(session, link_id, {**chosen, "due_at": services.now()})
        link = offer_links.get(session, link_id)
        if "listed_price" in body.given():
            settings = accounts.get(session, link.account_id).settings
            raise FieldRefused("listed_price", why_not_by_hand(link, settings))
        return _answer(link)


@router.delete("/offer-links/{link_id}", status_code=204)
def delete_offer_link(link_id: LinkId, services: ServicesDep) -> None:
    with services.database.transaction() as session:
        offer_links.remove(session, link_id)


@router.post(
    "/accounts/{account_id}/offer-links/match",
    response_model=MatchAnswer,
    responses={202: {"model": RunStarted, "description": "The run is queued."}},
)
def match_offers(
    account_id: AccountId, services: ServicesDep, body: MatchRequest | None = None
) -> MatchAnswer | JSONResponse:
    body = body or MatchRequest()
    if body.wait:
        return _match_answer(services.matcher.at_once(account_id, body.by, dry_run=body.dry_run), body.dry_run)
    run_id = services.matcher.queue(account_id, dry_run=body.dry_run)
    services.scheduler.take_on(run_id, partial(services.matcher.run_queued, run_id, body.by))
    return JSONResponse(RunStarted(run_id=run_id).model_dump(), status_code=202)


def _match_answer(plan: LinkPlan, is_dry: bool) -> MatchAnswer:
    return MatchAnswer(
        dry_run=is_dry,
        linked=[
            Matched(
                offer_id=each.offer.id,
                title=each.offer.title,
                product_id=each.product_id,
                variation_id=each.variation_id or None,
                sku=each.sku,
                by=each.by,
            )
            for each in plan.linked
        ],
        ambiguous=[
            AmbiguousOffer(
                offer_id=each.offer.id,
                title=each.offer.title,
                reason=each.reason,
                candidates=[
                    Candidate(product_id=product, variation_id=variation or None)
                    for product, variation in each.candidates
                ],
            )
            for each in plan.ambiguous
        ],
        unmatched=[
            UnmatchedOffer(offer_id=each.offer.id, title=each.offer.title, reason=each.reason)
            for each in plan.unmatched
        ],
    )


def _answer(link: OfferLink) -> LinkAnswer:
    price = link.listed_price
    return LinkAnswer(
        id=link.id,
        offer_id=link.offer_id,
        product_id=link.product_id,
        variation_id=link.variation_id or None,
        sku=link.sku,
        title=link.title,
        format=link.format,
        offer_status=link.offer_status,
        units_per_offer=link.units_per_offer,
        sync_stock=link.sync_stock,
        sync_price=link.sync_price,
        relist=link.relist,
        listed_quantity=link.listed_quantity,
        listed_price=MoneyAnswer(amount=str(price.amount), currency=price.currency) if price else None,
        marketplace=link.marketplace or None,
        pricing_rule=link.rule_id or None,
        campaign=link.campaign or None,
        price_note=why_price_left_alone(link),
        ended_by=link.ended_by,
        relist_until=relist_until(link, ARCHIVED_AFTER_DAYS),
    )
