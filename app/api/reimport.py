"""Importing orders again: those whose store order is gone or was never made."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StrictBool

from app.api.deps import AccountId, FieldRefused, ServicesDep
from app.api.fields import Change, DayOrInstant, left_out
from app.domain.reimport import Action, Choice, Chosen, Item, Missing, Period, Reason
from app.domain.settings import first_instant

router = APIRouter(tags=["orders"])

_MOST_ORDERS = 1000
_MOST_ITEMS = 1000
_SELECTORS = ("missing", "order_ids", "since")


class ReimportRequest(Change):
    """Exactly one of `missing` (every logged order that should be in the store), `order_ids`, and `since`.

    `since` and `until` are days (their midnight in Poland) or instants; an order bought at `until` does not count any
    more, and without it the period ends now. `dry_run` only tells what would be done.
    """

    missing: StrictBool = left_out()
    order_ids: Annotated[list[UUID], Field(min_length=1, max_length=_MOST_ORDERS)] = left_out()
    since: DayOrInstant = left_out()
    until: DayOrInstant = left_out()
    dry_run: StrictBool = False


class ItemAnswer(BaseModel):
    """`store_order_id` is the store order that stands for it, or the one that was deleted; `detail` is a sentence."""

    order_id: str
    store_order_id: int | None
    action: Action
    reason: Reason
    detail: str


class ReimportPlan(BaseModel):
    """`orders` is how many would be imported or taken out of the bin, `counts` how many orders have each reason.

    `items` begins with what would be done; `items_left_out` is how many more there are.
    """

    dry_run: Literal[True]
    orders: int
    counts: dict[Reason, int]
    items: list[ItemAnswer]
    items_left_out: int


class ReimportStarted(BaseModel):
    run_id: int
    orders: int
    counts: dict[Reason, int]


@router.post(
    "/accounts/{account_id}/orders/reimport",
    response_model=ReimportPlan,
    responses={202: {"model": ReimportStarted, "description": "The orders are handed to a run, which is queued."}},
)
def reimport_orders(account_id: AccountId, body: ReimportRequest, services: ServicesDep) -> ReimportPlan | JSONResponse:
    choice = _choice(body, services.now())
    survey = services.reimporter.survey(account_id, choice, ask_each=body.dry_run)
    if body.dry_run:
        return ReimportPlan(
            dry_run=True,
            orders=survey.orders,
            counts=survey.counts,
            items=[_item(item) for item in survey.items[:_MOST_ITEMS]],
            items_left_out=max(len(survey.items) - _MOST_ITEMS, 0),
        )
    services.reimporter.ask_for(account_id, survey)
    run_id = services.runner.queue("orders", account_id, dry_run=False)
    services.scheduler.run_soon(run_id)
    started = ReimportStarted(run_id=run_id, orders=survey.orders, counts=survey.counts)
    return JSONResponse(started.model_dump(mode="json"), status_code=202)


def _choice(body: ReimportRequest, now: datetime) -> Choice:
    """Raises `FieldRefused`."""
    given = body.given()
    selectors = [name for name in _SELECTORS if name in given]
    if "until" in given and "since" not in given:
        raise FieldRefused("until", "goes with since, which is not given")
    if not selectors:
        raise FieldRefused("body", "must have one of missing, order_ids, and since")
    if len(selectors) > 1:
        raise FieldRefused(selectors[1], f"cannot be combined with {selectors[0]}")
    match selectors[0]:
        case "missing":
            if not body.missing:
                raise FieldRefused("missing", "must be true, or left out")
            return Missing()
        case "order_ids":
            order_ids = tuple(str(order_id) for order_id in body.order_ids)
            if len(set(order_ids)) < len(order_ids):
                raise FieldRefused("order_ids", "must not name an order twice")
            return Chosen(order_ids)
    since = first_instant(body.since)
    until = first_instant(body.until) if "until" in given else now
    if since >= until:
        later = "until" if "until" in given else "since"
        raise FieldRefused(later, "must be after since" if later == "until" else "must lie in the past")
    return Period(since, until)


def _item(item: Item) -> ItemAnswer:
    return ItemAnswer(
        order_id=item.order_id,
        store_order_id=item.store_order_id,
        action=item.action,
        reason=item.reason,
        detail=item.detail,
    )
