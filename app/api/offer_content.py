"""Saying anew what a listed offer says."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, StrictBool

from app.api.deps import FieldRefused, LinkId, ServicesDep
from app.api.fields import RequestBody
from app.api.listings import ErrorAnswer, StoreId
from app.db.listing_templates import TemplateNotFound
from app.domain.offer_content import ContentField
from app.sync.listing.describing import DescriptionState

router = APIRouter(tags=["listing: offers"])


class ContentRequest(RequestBody):
    """The fields are written by the template from what the store says of the product now. With `dry_run` nothing is
    sent."""

    fields: Annotated[tuple[ContentField, ...], Field(min_length=1, max_length=len(ContentField))]
    template_id: StoreId
    dry_run: StrictBool = False


class ContentChangeAnswer(BaseModel):
    """Both sides are as Allegro writes them, null for nothing; of parameters only those that differ."""

    field: ContentField
    before: Any = Field(serialization_alias="from")
    after: Any = Field(serialization_alias="to")


class ContentAnswer(BaseModel):
    """`request` is the whole of what is sent, null where the offer says all of it already or cannot; with `dry_run` it
    has the store's own pictures.

    `state`: `unchanged`, `planned` (a dry run), `done`, `waiting` (Allegro is still at work on it) or `failed`, with
    `errors`, whose `field` is where it is in what is sent. `notes` say what was left out, rounded or left as it is.
    """

    offer_id: str
    dry_run: bool
    state: DescriptionState
    changes: list[ContentChangeAnswer]
    request: dict[str, Any] | None
    errors: list[ErrorAnswer]
    notes: list[str]


@router.post("/offer-links/{link_id}/content")
def update_offer_content(link_id: LinkId, body: ContentRequest, services: ServicesDep) -> ContentAnswer:
    try:
        told = services.describer.describe(link_id, body.fields, body.template_id, dry_run=body.dry_run)
    except TemplateNotFound as error:
        raise FieldRefused("template_id", str(error)) from error
    return ContentAnswer(
        offer_id=told.offer_id,
        dry_run=body.dry_run,
        state=told.state,
        changes=[ContentChangeAnswer(field=each.field, before=each.before, after=each.after) for each in told.changes],
        request=dict(told.body) if told.body is not None else None,
        errors=[ErrorAnswer(field=error.field, message=error.message) for error in told.errors],
        notes=list(told.notes),
    )
