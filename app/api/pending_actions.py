"""What waits: endings and relistings for the seller's word, ended offers for stock."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.decisions import Decision
from app.api.deps import AccountId, Cursor, Limit, ServicesDep
from app.api.fields import Page, UtcTime, page_of
from app.db import accounts, offer_links, pending_actions
from app.db.engine import Session
from app.domain.links import OfferLink
from app.domain.pending import AskedBy, PendingAction, PendingKind, PendingState
from app.domain.relist import is_out_of_stock, relist_until, why_it_stays_ended
from app.domain.settings import Settings

router = APIRouter(tags=["pending actions"])


class PendingActionAnswer(BaseModel):
    """`quantity` is what the offer shall show, 0 for an ending. `detail` says why it expired.

    `asked_by` is `setting` (confirm_endings_and_relists) or `guard` (too many offers would end at once).
    """

    id: int
    account_id: int
    link_id: int
    offer_id: str
    title: str
    action: PendingKind
    quantity: int
    reason: str
    asked_by: AskedBy
    state: PendingState
    detail: str
    created_at: UtcTime
    decided_at: UtcTime | None


class Decided(BaseModel):
    items: list[PendingActionAnswer]


class PendingRelist(BaseModel):
    """`relist_until` is the last moment at which the offer can be activated again, null where Allegro does not tell.

    `reason` says why the offer stays ended when stock is back; it is empty for one that waits for stock.
    """

    link_id: int
    offer_id: str
    product_id: int
    variation_id: int | None
    sku: str
    title: str
    ended_at: UtcTime | None
    relist_until: UtcTime | None
    waits: bool
    reason: str


@router.get("/accounts/{account_id}/pending-actions")
def list_pending_actions(
    account_id: AccountId,
    services: ServicesDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: PendingState = PendingState.WAITING,
) -> Page[PendingActionAnswer]:
    with services.database.reading() as session:
        accounts.get(session, account_id)
        found = pending_actions.page(session, account_id, state, before_id=cursor, limit=limit + 1)
        return page_of(_answers(session, found), [each.id for each in found], limit)


@router.post("/pending-actions/confirm")
def confirm_pending_actions(body: Decision, services: ServicesDep) -> Decided:
    return _decide(body, services, confirmed=True)


@router.post("/pending-actions/reject")
def reject_pending_actions(body: Decision, services: ServicesDep) -> Decided:
    return _decide(body, services, confirmed=False)


@router.get("/accounts/{account_id}/pending-relists")
def list_pending_relists(
    account_id: AccountId, services: ServicesDep, limit: Limit = 50, cursor: Cursor = None
) -> Page[PendingRelist]:
    """The offers that ended for lack of stock. A page may have fewer than `limit` of them and not be the last."""
    with services.database.reading() as session:
        settings = accounts.get(session, account_id).settings
        found = offer_links.out_of_stock_page(session, account_id, after_id=cursor, limit=limit + 1)
    more = len(found) > limit
    now = services.now()
    items = [_relist(link, settings, now) for link in found[:limit] if is_out_of_stock(link)]
    return Page(items=items, next_cursor=str(found[limit - 1].id) if more else None)


def _decide(body: Decision, services: ServicesDep, *, confirmed: bool) -> Decided:
    ids, now = body.named(), services.now()
    with services.database.transaction() as session:
        if ids is not None:
            decided = pending_actions.decide(session, ids, confirmed=confirmed, now=now)
        else:
            accounts.get(session, body.account_id)
            decided = pending_actions.decide_all(session, body.account_id, confirmed=confirmed, now=now)
        if confirmed:
            offer_links.record(session, [each.link_id for each in decided], due_at=now)
        return Decided(items=_answers(session, decided))


def _answers(session: Session, found: Sequence[PendingAction]) -> list[PendingActionAnswer]:
    titles = {link.id: link.title for link in offer_links.by_ids(session, {each.link_id for each in found}).values()}
    return [
        PendingActionAnswer(
            id=each.id,
            account_id=each.account_id,
            link_id=each.link_id,
            offer_id=each.offer_id,
            title=titles.get(each.link_id, ""),
            action=each.action,
            quantity=each.quantity,
            reason=each.reason,
            asked_by=each.asked_by,
            state=each.state,
            detail=each.detail,
            created_at=each.created_at,
            decided_at=each.decided_at,
        )
        for each in found
    ]


def _relist(link: OfferLink, settings: Settings, now: datetime) -> PendingRelist:
    reason = why_it_stays_ended(link, settings, now)
    return PendingRelist(
        link_id=link.id,
        offer_id=link.offer_id,
        product_id=link.product_id,
        variation_id=link.variation_id or None,
        sku=link.sku,
        title=link.title,
        ended_at=link.ended_at,
        relist_until=relist_until(link, settings.relist_within_days),
        waits=not reason,
        reason=reason,
    )
