"""Allegro's ways of delivery, and the store's shipping methods that stand for them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from app.api.deps import MAX_ID, AccountId, ServicesDep
from app.api.fields import Name, Page, RequestBody, Text
from app.db import accounts
from app.domain.shipping_methods import ShippingMethod, method_key

router = APIRouter(tags=["shipping"])

# Allegro has some hundred on all marketplaces.
_MOST_METHODS = 300
InstanceId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
MethodId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class DeliveryMethodAnswer(BaseModel):
    """Several may have one name, which the id tells apart."""

    id: str
    name: str


class NewShippingMethod(RequestBody):
    """`allegro_method` is the id or the name of Allegro's delivery method. `instance_id` is the number of the store's
    method in its shipping zone. Without a `title` the shipping line is called as Allegro calls the method."""

    allegro_method: Name
    method_id: MethodId
    instance_id: InstanceId | None = None
    title: Text = ""


class ShippingMethodAnswer(BaseModel):
    allegro_method: str
    method_id: str
    instance_id: int | None
    title: str


def _chosen(given: list[NewShippingMethod]) -> tuple[ShippingMethod, ...]:
    methods = tuple(ShippingMethod(**each.model_dump()) for each in given)
    if len({method_key(each.allegro_method) for each in methods}) < len(methods):
        raise ValueError("must not name a delivery method twice")
    return methods


ShippingMethods = Annotated[list[NewShippingMethod], Field(max_length=_MOST_METHODS), AfterValidator(_chosen)]


@router.get("/accounts/{account_id}/delivery-methods")
def list_delivery_methods(account_id: AccountId, services: ServicesDep) -> Page[DeliveryMethodAnswer]:
    """All of Allegro's, as they were read within the last day."""
    with services.database.reading() as session:
        account = accounts.get(session, account_id)
    methods = services.carriers.delivery_methods_of(account, services.lines.allegro(account))
    named = sorted(methods, key=lambda each: (each.name.casefold(), each.id))
    return Page(items=[DeliveryMethodAnswer(id=each.id, name=each.name) for each in named], next_cursor=None)
