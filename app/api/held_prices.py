"""Prices that are held until the seller releases them.

They are no pending actions: who confirms all endings that wait must not release a price a hundred times too high.
"""

from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.decisions import Decision
from app.api.deps import AccountId, Cursor, Limit, ServicesDep
from app.api.fields import Page, UtcTime, page_of
from app.api.orders import MoneyAnswer
from app.db import accounts, held_prices, offer_links
from app.db.engine import Session
from app.domain.held_prices import HeldPrice, HeldState, PriceSide
from app.domain.money import Money

router = APIRouter(tags=["held prices"])


class HeldPriceAnswer(BaseModel):
    """`side` is whose price would change, `from` its price now and `to` the one that is held, both as the offer's
    gross; null for what is no price. What is not `releasable` goes by itself once it is put right.
    """

    id: int
    account_id: int
    link_id: int
    offer_id: str
    title: str
    side: PriceSide
    before: MoneyAnswer | None = Field(serialization_alias="from")
    price: MoneyAnswer | None = Field(serialization_alias="to")
    reason: str
    releasable: bool
    state: HeldState
    created_at: UtcTime
    decided_at: UtcTime | None


class PricesDecided(BaseModel):
    items: list[HeldPriceAnswer]


@router.get("/accounts/{account_id}/held-prices")
def list_held_prices(
    account_id: AccountId,
    services: ServicesDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: HeldState = HeldState.WAITING,
) -> Page[HeldPriceAnswer]:
    with services.database.reading() as session:
        accounts.get(session, account_id)
        found = held_prices.page(session, account_id, state, before_id=cursor, limit=limit + 1)
        return page_of(_answers(session, found), [each.id for each in found], limit)


@router.post("/held-prices/release")
def release_held_prices(body: Decision, services: ServicesDep) -> PricesDecided:
    """With `all`, those that cannot be released go on waiting."""
    return _decide(body, services, released=True)


@router.post("/held-prices/reject")
def reject_held_prices(body: Decision, services: ServicesDep) -> PricesDecided:
    return _decide(body, services, released=False)


def _decide(body: Decision, services: ServicesDep, *, released: bool) -> PricesDecided:
    ids, now = body.named(), services.now()
    with services.database.transaction() as session:
        if ids is not None:
            decided = held_prices.decide(session, ids, released=released, now=now)
        else:
            accounts.get(session, body.account_id)
            decided = held_prices.decide_all(session, body.account_id, released=released, now=now)
        if released:
            offer_links.record(session, [each.link_id for each in decided], due_at=now)
        return PricesDecided(items=_answers(session, decided))


def _answers(session: Session, found: Sequence[HeldPrice]) -> list[HeldPriceAnswer]:
    links = offer_links.by_ids(session, {each.link_id for each in found})
    return [
        HeldPriceAnswer(
            id=each.id,
            account_id=each.account_id,
            link_id=each.link_id,
            offer_id=each.offer_id,
            title=links[each.link_id].title if each.link_id in links else "",
            side=each.side,
            before=_money(each.before),
            price=_money(each.price),
            reason=each.reason,
            releasable=each.releasable,
            state=each.state,
            created_at=each.created_at,
            decided_at=each.decided_at,
        )
        for each in found
    ]


def _money(money: Money | None) -> MoneyAnswer | None:
    return MoneyAnswer(amount=str(money.amount), currency=money.currency) if money else None
