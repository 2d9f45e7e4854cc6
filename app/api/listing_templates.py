"""Templates for listing, and what the seller has set up at Allegro to choose from."""

from dataclasses import fields
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import AfterValidator, BaseModel, Field, PlainSerializer, StrictBool

from app.api.deps import MAX_ID, AccountId, Cursor, Limit, ServicesDep
from app.api.fields import Change, Name, Page, RequestBody, left_out, page_of
from app.db import accounts, listing_templates
from app.domain.listing_options import Choice
from app.domain.listing_templates import Invoice, ListingTemplate, check_description, template_warnings
from app.domain.settings import Settings
from app.domain.titles import check_pattern

router = APIRouter(tags=["listing: templates"])

_LONGEST_PATTERN = 500
_LONGEST_DESCRIPTION = 40_000
_LONGEST_SAFETY = 5_000


def _pattern(text: str) -> str:
    if problems := check_pattern(text):
        raise ValueError(" ".join(problems))
    return text


def _description(text: str) -> str:
    if problems := check_description(text):
        raise ValueError(" ".join(problems))
    return text


TemplateId = Annotated[int, Path(ge=1, le=MAX_ID)]
TitlePattern = Annotated[str, Field(min_length=1, max_length=_LONGEST_PATTERN), AfterValidator(_pattern)]
DescriptionPattern = Annotated[str, Field(min_length=1, max_length=_LONGEST_DESCRIPTION), AfterValidator(_description)]
# A price of nothing, or less, is no price.
Percent = Annotated[
    Decimal,
    Field(ge=-90, le=1000, max_digits=6, decimal_places=2),
    PlainSerializer(float, return_type=float, when_used="json"),
]
Duration = Literal["until_sold_out", "P3D", "P5D", "P7D", "P10D", "P20D", "P30D"]
HandlingTime = Annotated[str, Field(pattern=r"^(|PT0S|PT24H|P([2-9]|[1-5][0-9]|60)D)$")]
OptionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,64}$")]
Safety = Annotated[str, Field(max_length=_LONGEST_SAFETY)]


class TemplateFields(RequestBody):
    """`title` and `description` are patterns: `{name}`, `{sku}`, `{description}`, `{attribute:pa_colour}` and the like.

    Ids are those of `listing-options`, "" for none. `handling_time` is `PT0S`, `PT24H`, or `P2D` to `P60D`; "" leaves
    it to Allegro. `publish`: list at once, else the offers stay drafts.
    """

    name: Name
    title: TitlePattern = "{name}"
    description: DescriptionPattern = "{description}"
    price_modifier_percent: Percent = Decimal(0)
    duration: Duration = "until_sold_out"
    shipping_rates_id: OptionId = ""
    handling_time: HandlingTime = "PT24H"
    return_policy_id: OptionId = ""
    implied_warranty_id: OptionId = ""
    warranty_id: OptionId = ""
    invoice: Invoice = Invoice.VAT
    responsible_producer_id: OptionId = ""
    responsible_person_id: OptionId = ""
    safety_information: Safety = ""
    publish: StrictBool = False


class TemplateChange(Change):
    name: Name = left_out()
    title: TitlePattern = left_out()
    description: DescriptionPattern = left_out()
    price_modifier_percent: Percent = left_out()
    duration: Duration = left_out()
    shipping_rates_id: OptionId = left_out()
    handling_time: HandlingTime = left_out()
    return_policy_id: OptionId = left_out()
    implied_warranty_id: OptionId = left_out()
    warranty_id: OptionId = left_out()
    invoice: Invoice = left_out()
    responsible_producer_id: OptionId = left_out()
    responsible_person_id: OptionId = left_out()
    safety_information: Safety = left_out()
    publish: StrictBool = left_out()


class TemplateAnswer(BaseModel):
    """`warnings` are sentences about what is allowed and may surprise."""

    id: int
    account_id: int
    name: str
    title: str
    description: str
    price_modifier_percent: Percent
    duration: str
    shipping_rates_id: str
    handling_time: str
    return_policy_id: str
    implied_warranty_id: str
    warranty_id: str
    invoice: Invoice
    responsible_producer_id: str
    responsible_person_id: str
    safety_information: str
    publish: bool
    warnings: list[str]


class ChoiceAnswer(BaseModel):
    id: str
    name: str


class OptionsAnswer(BaseModel):
    """What the seller has set up at Allegro, read now. A list is null where it could not be read, and `unknown` says
    why."""

    shipping_rates: list[ChoiceAnswer] | None
    return_policies: list[ChoiceAnswer] | None
    implied_warranties: list[ChoiceAnswer] | None
    warranties: list[ChoiceAnswer] | None
    responsible_producers: list[ChoiceAnswer] | None
    responsible_persons: list[ChoiceAnswer] | None
    unknown: list[str]


@router.get("/accounts/{account_id}/listing-templates")
def list_listing_templates(
    account_id: AccountId, services: ServicesDep, limit: Limit = 50, cursor: Cursor = None
) -> Page[TemplateAnswer]:
    with services.database.reading() as session:
        settings = accounts.get(session, account_id).settings
        found = listing_templates.page(session, account_id, after_id=cursor, limit=limit + 1)
    return page_of([_answer(each, settings) for each in found], [each.id for each in found], limit)


@router.post("/accounts/{account_id}/listing-templates", status_code=201)
def create_listing_template(account_id: AccountId, body: TemplateFields, services: ServicesDep) -> TemplateAnswer:
    with services.database.transaction() as session:
        settings = accounts.get(session, account_id).settings
        values = {name: getattr(body, name) for name in TemplateFields.model_fields}
        new = ListingTemplate(id=0, account_id=account_id, **values)
        return _answer(listing_templates.add(session, new, now=services.now()), settings)


@router.patch("/listing-templates/{template_id}")
def change_listing_template(template_id: TemplateId, body: TemplateChange, services: ServicesDep) -> TemplateAnswer:
    with services.database.transaction() as session:
        changed = listing_templates.change(session, template_id, body.given())
        return _answer(changed, accounts.get(session, changed.account_id).settings)


@router.delete("/listing-templates/{template_id}", status_code=204)
def delete_listing_template(template_id: TemplateId, services: ServicesDep) -> None:
    with services.database.transaction() as session:
        listing_templates.remove(session, template_id)


@router.get("/accounts/{account_id}/listing-options")
def get_listing_options(account_id: AccountId, services: ServicesDep) -> OptionsAnswer:
    with services.database.reading() as session:
        account = accounts.get(session, account_id)
    read = services.lines.allegro(account).options.read()
    parts: dict[str, Any] = {
        each.name: _choices(getattr(read, each.name)) for each in fields(read) if each.name != "unknown"
    }
    return OptionsAnswer(**parts, unknown=list(read.unknown))


def _choices(found: tuple[Choice, ...] | None) -> list[ChoiceAnswer] | None:
    return None if found is None else [ChoiceAnswer(id=each.id, name=each.name) for each in found]


def _answer(template: ListingTemplate, settings: Settings) -> TemplateAnswer:
    values = {each.name: getattr(template, each.name) for each in fields(template)}
    return TemplateAnswer(**values, warnings=template_warnings(template, settings))
