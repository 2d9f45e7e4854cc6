"""Listing goods as offers: asking for it, what would be sent, and what became of each."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StrictBool

from app.api.deps import MAX_ID, AccountId, Cursor, FieldRefused, Limit, ServicesDep
from app.api.fields import Page, RequestBody, UtcTime, page_of
from app.db import accounts, listings
from app.db.listing_templates import TemplateNotFound
from app.domain.listings import Listing, ListingState
from app.domain.new_offers import FieldError
from app.sync.listing.desk import ListingRefused, Preview

router = APIRouter(tags=["listing: offers"])

_MOST_PRODUCTS = 1000
StoreId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
ListingId = Annotated[int, Path(ge=1, le=MAX_ID)]


class CatalogueChoice(RequestBody):
    """Which product of Allegro's catalogue an item is, where it has several with the item's number.

    `store_id` is the id of the product, or of the variation.
    """

    store_id: StoreId
    catalogue_product_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$")]


class ListingRequest(RequestBody):
    """Each variation of a product is an offer. With `dry_run` nothing is sent."""

    product_ids: Annotated[tuple[StoreId, ...], Field(min_length=1, max_length=_MOST_PRODUCTS)]
    template_id: StoreId
    dry_run: StrictBool = False
    catalogue_products: Annotated[tuple[CatalogueChoice, ...], Field(max_length=_MOST_PRODUCTS)] = ()


class ErrorAnswer(BaseModel):
    """`field` is where it is in what is sent to Allegro, "" where it is about no field."""

    field: str
    message: str


class ListingAnswer(BaseModel):
    """`state`: `queued` and `waiting` (Allegro is at work on it) go on by themselves. `notes` say what was left out,
    rounded or shortened. `variation_id` is null for a product without variations, `offer_id` while there is none."""

    id: int
    account_id: int
    run_id: int | None
    product_id: int
    variation_id: int | None
    sku: str
    name: str
    template_id: int | None
    external_id: str
    offer_id: str | None
    state: ListingState
    errors: list[ErrorAnswer]
    notes: list[str]
    created_at: UtcTime | None
    finished_at: UtcTime | None


class ListingsStarted(BaseModel):
    """`items` may have listings of an earlier run, which are not at their end yet."""

    run_id: int
    items: list[ListingAnswer]


class PreviewAnswer(BaseModel):
    """`request` is what would be sent, with the store's own pictures, null for nothing: then `errors` say why.

    `completes_draft`: it would complete the draft that the item has, `offer_id`.
    """

    product_id: int
    variation_id: int | None
    sku: str
    name: str
    external_id: str
    offer_id: str | None
    can_be_listed: bool
    completes_draft: bool
    errors: list[ErrorAnswer]
    notes: list[str]
    request: dict[str, Any] | None


class PreviewsAnswer(BaseModel):
    dry_run: bool = True
    items: list[PreviewAnswer]


class ListingPage(Page[ListingAnswer]):
    """`counts` are of all listings of the account, or of the run that was asked for."""

    counts: dict[ListingState, int]


@router.post(
    "/accounts/{account_id}/listings",
    response_model=PreviewsAnswer,
    responses={202: {"model": ListingsStarted, "description": "The run is queued."}},
)
def list_products(account_id: AccountId, body: ListingRequest, services: ServicesDep) -> PreviewsAnswer | JSONResponse:
    chosen = {each.store_id: each.catalogue_product_id for each in body.catalogue_products}
    if len(chosen) < len(body.catalogue_products):
        raise FieldRefused("catalogue_products", "names a store_id twice")
    try:
        if body.dry_run:
            found = services.listing_desk.preview(account_id, body.product_ids, body.template_id, chosen)
            return PreviewsAnswer(items=[_preview(each) for each in found])
        accepted = services.listing_desk.accept(account_id, body.product_ids, body.template_id, chosen)
    except TemplateNotFound as error:
        raise FieldRefused("template_id", str(error)) from error
    except ListingRefused as error:
        raise FieldRefused(error.field, str(error)) from error
    services.scheduler.run_soon(accepted.run_id)
    started = ListingsStarted(run_id=accepted.run_id, items=[_answer(each) for each in accepted.listings])
    return JSONResponse(started.model_dump(mode="json"), status_code=202)


@router.get("/accounts/{account_id}/listings")
def list_listings(
    account_id: AccountId,
    services: ServicesDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    run_id: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None,
    state: ListingState | None = None,
) -> ListingPage:
    """Newest first."""
    with services.database.reading() as session:
        accounts.get(session, account_id)
        found = listings.page(session, account_id, before_id=cursor, limit=limit + 1, run_id=run_id, state=state)
        counts = listings.count_by_state(session, account_id, run_id)
    page = page_of([_answer(each) for each in found], [each.id for each in found], limit)
    return ListingPage(items=page.items, next_cursor=page.next_cursor, counts=counts)


@router.get("/listings/{listing_id}")
def get_listing(listing_id: ListingId, services: ServicesDep) -> ListingAnswer:
    with services.database.reading() as session:
        return _answer(listings.get(session, listing_id))


def _answer(listing: Listing) -> ListingAnswer:
    return ListingAnswer(
        id=listing.id,
        account_id=listing.account_id,
        run_id=listing.run_id,
        product_id=listing.product_id,
        variation_id=listing.variation_id or None,
        sku=listing.sku,
        name=listing.name,
        template_id=listing.template_id,
        external_id=listing.external_id,
        offer_id=listing.offer_id or None,
        state=listing.state,
        errors=_errors(listing.errors),
        notes=list(listing.notes),
        created_at=listing.created_at,
        finished_at=listing.finished_at,
    )


def _preview(preview: Preview) -> PreviewAnswer:
    listing = preview.listing
    return PreviewAnswer(
        product_id=listing.product_id,
        variation_id=listing.variation_id or None,
        sku=listing.sku,
        name=listing.name,
        external_id=listing.external_id,
        offer_id=listing.offer_id or None,
        can_be_listed=preview.body is not None,
        completes_draft=preview.completes,
        errors=_errors(preview.errors),
        notes=list(preview.notes),
        request=dict(preview.body) if preview.body is not None else None,
    )


def _errors(errors: tuple[FieldError, ...]) -> list[ErrorAnswer]:
    return [ErrorAnswer(field=error.field, message=error.message) for error in errors]
