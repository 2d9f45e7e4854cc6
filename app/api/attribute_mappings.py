"""Where the values of a category's parameters come from."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.api.categories import AllegroId
from app.api.deps import AccountId, FieldRefused, Services, ServicesDep
from app.api.fields import ListBody, Page, RequestBody
from app.db import accounts, mappings
from app.domain.attribute_mappings import check_mapping
from app.domain.parameters import AttributeMapping, Parameter, ParameterType, Source
from app.sync.catalogue.tree import CategoryUnusable

router = APIRouter(tags=["listing: attributes"])

CategoryId = Annotated[AllegroId, Query(description="One of the account's default categories.")]
_Words = Annotated[str, Field(max_length=500)]
_MOST_MAPPINGS = 1000


class EntryAnswer(BaseModel):
    id: str
    value: str


class RestrictionsAnswer(BaseModel):
    """What a value must keep to; null where there is no such limit."""

    minimum: str | None
    maximum: str | None
    range: bool
    precision: int | None
    shortest: int | None
    longest: int | None
    most_values: int | None
    multiple: bool
    custom_values: bool


class AttributeMappingAnswer(BaseModel):
    """A parameter, and where its value comes from: `source` is null while it comes from nowhere.

    `required` gates publishing an offer, `required_for_product` describing a product that Allegro does not have;
    `conditional`: whether it is required, or may be given at all, depends on other parameters.
    """

    parameter_id: str
    name: str
    type: ParameterType
    unit: str | None
    required: bool
    required_for_product: bool
    conditional: bool
    describes_product: bool
    depends_on: str | None
    restrictions: RestrictionsAnswer
    dictionary: list[EntryAnswer]
    source: Source | None
    attribute: str | None
    default: str | None
    value: str | None


class NewAttributeMapping(RequestBody):
    """`attribute` is the slug of a global attribute (`pa_colour`), with `default` for products without it; `value` is
    an entry's id or text, or a text. Null stands for none, and so does a `source` of null for no mapping."""

    parameter_id: AllegroId
    source: Source | None
    attribute: _Words | None = None
    default: _Words | None = None
    value: _Words | None = None


class AttributeMappings(ListBody):
    """They take the place of all that the category had."""

    items: Annotated[list[NewAttributeMapping], Field(max_length=_MOST_MAPPINGS)]


@router.get("/accounts/{account_id}/attribute-mappings")
def list_attribute_mappings(
    account_id: AccountId, services: ServicesDep, category_id: CategoryId
) -> Page[AttributeMappingAnswer]:
    """Every parameter that Allegro has in the category, with where its value comes from."""
    parameters = _parameters(account_id, category_id, services)
    with services.database.reading() as session:
        known = {each.parameter_id: each for each in mappings.attribute_mappings(session, account_id, category_id)}
    return Page(items=[_answer(each, known.get(each.id)) for each in parameters], next_cursor=None)


@router.put("/accounts/{account_id}/attribute-mappings")
def save_attribute_mappings(
    account_id: AccountId, body: AttributeMappings, services: ServicesDep, category_id: CategoryId
) -> Page[AttributeMappingAnswer]:
    parameters = {each.id: each for each in _parameters(account_id, category_id, services)}
    slugs = {each.slug for each in services.lines.store().catalogue.attributes()}
    chosen: dict[str, AttributeMapping] = {}
    for at, each in enumerate(body.items):
        if each.parameter_id not in parameters:
            raise FieldRefused(
                f"items.{at}.parameter_id", f"category {category_id} has no parameter {each.parameter_id}"
            )
        if each.parameter_id in chosen:
            raise FieldRefused(f"items.{at}.parameter_id", f"{each.parameter_id} is there more than once")
        if each.source is None:
            continue
        mapping = AttributeMapping(
            category_id, each.parameter_id, each.source, each.attribute or "", each.default or "", each.value or ""
        )
        for field, message in check_mapping(parameters[each.parameter_id], mapping):
            raise FieldRefused(f"items.{at}.{field}", message)
        if mapping.attribute and mapping.attribute not in slugs:
            raise FieldRefused(f"items.{at}.attribute", f"the store has no attribute {mapping.attribute}")
        chosen[each.parameter_id] = mapping
    with services.database.transaction() as session:
        mappings.map_attributes(session, account_id, category_id, chosen.values())
    return list_attribute_mappings(account_id, services, category_id)


def _parameters(account_id: int, category_id: str, services: Services) -> tuple[Parameter, ...]:
    with services.database.reading() as session:
        accounts.get(session, account_id)
        chosen = {each.category_id for each in mappings.default_categories(session, account_id)}
    if category_id not in chosen:
        raise FieldRefused("category_id", f"{category_id} is none of the account's default categories")
    try:
        return services.tree.parameters(account_id, category_id)
    except CategoryUnusable as error:
        raise FieldRefused("category_id", str(error)) from error


def _answer(parameter: Parameter, mapping: AttributeMapping | None) -> AttributeMappingAnswer:
    is_text, is_float = parameter.type is ParameterType.STRING, parameter.type is ParameterType.FLOAT
    return AttributeMappingAnswer(
        parameter_id=parameter.id,
        name=parameter.name,
        type=parameter.type,
        unit=parameter.unit or None,
        required=parameter.required,
        required_for_product=parameter.required_for_product,
        conditional=parameter.required_if is not None or parameter.displayed_if is not None,
        describes_product=parameter.describes_product,
        depends_on=parameter.depends_on or None,
        restrictions=RestrictionsAnswer(
            minimum=None if parameter.minimum is None else str(parameter.minimum),
            maximum=None if parameter.maximum is None else str(parameter.maximum),
            range=parameter.is_range,
            precision=parameter.precision if is_float else None,
            shortest=parameter.shortest if is_text else None,
            longest=parameter.longest if is_text else None,
            most_values=parameter.most_values if is_text else None,
            multiple=parameter.multiple,
            custom_values=bool(parameter.custom_entry_id),
        ),
        dictionary=[EntryAnswer(id=entry.id, value=entry.value) for entry in parameter.entries],
        source=mapping.source if mapping else None,
        attribute=mapping.attribute or None if mapping else None,
        default=mapping.default or None if mapping else None,
        value=mapping.value or None if mapping else None,
    )
