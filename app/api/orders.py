"""The order log of an account, and what happened to each order."""

from decimal import Decimal
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.deps import AccountId, Cursor, Limit, OrderId, ServicesDep
from app.api.fields import Page, UtcTime, page_of
from app.db import accounts, attempts, order_log
from app.domain.order_log import LogEntry, LogState

router = APIRouter(tags=["orders"])

StateWord = Literal[
    "seen", "importing", "imported", "on_hold", "cancelled", "failed", "skipped", "superseded", "missing"
]


class MoneyAnswer(BaseModel):
    amount: str
    currency: str


class OrderAnswer(BaseModel):
    """`status` is how far the buyer is, `last_error` why there is no store order or why it waits for a person.

    `superseded_by` is the order that this one's lines are in since the buyer paid several purchases together.
    """

    order_id: str
    state: StateWord
    store_order_id: int | None
    status: str
    total: MoneyAnswer | None
    currency: str
    buyer_login: str
    found_by: str
    attempts: int
    last_error: str | None
    superseded_by: str | None
    first_seen_at: UtcTime
    bought_at: UtcTime | None
    imported_at: UtcTime | None
    next_look_at: UtcTime | None


class HistoryAnswer(BaseModel):
    """`confirmed`: the other side said that it was done."""

    at: UtcTime
    what: str
    why: str
    confirmed: bool


class AttemptAnswer(BaseModel):
    started_at: UtcTime
    finished_at: UtcTime | None
    outcome: str
    store_order_id: int | None
    detail: str


class OrderHistory(BaseModel):
    items: list[HistoryAnswer]
    attempts: list[AttemptAnswer]


@router.get("/accounts/{account_id}/orders")
def list_orders(
    account_id: AccountId,
    services: ServicesDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: StateWord | None = None,
) -> Page[OrderAnswer]:
    with services.database.reading() as session:
        accounts.get(session, account_id)
        wanted = LogState(state) if state else None
        found = order_log.page(session, account_id, before_id=cursor, limit=limit + 1, state=wanted)
    return page_of([_answer(each) for each in found], [each.id for each in found], limit)


@router.get("/accounts/{account_id}/orders/{order_id}")
def get_order(account_id: AccountId, order_id: OrderId, services: ServicesDep) -> OrderAnswer:
    with services.database.reading() as session:
        accounts.get(session, account_id)
        return _answer(order_log.get(session, account_id, order_id))


@router.get("/accounts/{account_id}/orders/{order_id}/history")
def get_order_history(account_id: AccountId, order_id: OrderId, services: ServicesDep) -> OrderHistory:
    with services.database.reading() as session:
        accounts.get(session, account_id)
        order_log.get(session, account_id, order_id)
        items = order_log.history(session, account_id, order_id)
        tries = attempts.of_order(session, account_id, order_id)
    return OrderHistory(
        items=[HistoryAnswer(at=each.at, what=each.what, why=each.why, confirmed=each.confirmed) for each in items],
        attempts=[
            AttemptAnswer(
                started_at=each.started_at,
                finished_at=each.finished_at,
                outcome=each.fate,
                store_order_id=each.store_order_id,
                detail=each.detail,
            )
            for each in tries
        ],
    )


def _answer(entry: LogEntry) -> OrderAnswer:
    total = None
    if entry.total:
        total = MoneyAnswer(amount=str(Decimal(entry.total)), currency=entry.currency)
    return OrderAnswer(
        order_id=entry.order_id,
        state=entry.state.value,
        store_order_id=entry.store_order_id,
        status=entry.status,
        total=total,
        currency=entry.currency,
        buyer_login=entry.buyer_login,
        found_by=entry.found_by,
        attempts=entry.attempts,
        last_error=entry.reason or None,
        superseded_by=entry.superseded_by or None,
        first_seen_at=entry.first_seen_at,
        bought_at=entry.bought_at,
        imported_at=entry.imported_at,
        next_look_at=entry.due_at,
    )
