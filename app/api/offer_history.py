"""What was sent to an offer, and why it shows and costs what it does."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.deps import Cursor, Limit, LinkId, ServicesDep
from app.api.fields import Page, UtcTime, page_of
from app.db import held_prices, ledger, offer_links, pending_actions
from app.domain.history import said, why_it_costs, why_it_shows
from app.domain.ledger import Fate, LedgerEntry

router = APIRouter(tags=["offer links"])


class SentAnswer(BaseModel):
    """`from` is what the offer showed, `to` what it was to show. `command_id` is null for what was not a command.

    `fate` is `intent` (Allegro may not have heard of it), `sent`, `accepted` (reported as done), `confirmed` (seen on
    the offer), `failed` or `lapsed` (nothing came of it); `detail` says why one of the last two.
    """

    at: UtcTime
    what: str
    before: str = Field(serialization_alias="from")
    after: str = Field(serialization_alias="to")
    why: str
    way: str
    command_id: str | None
    fate: Fate
    detail: str
    sent_at: UtcTime | None
    settled_at: UtcTime | None
    confirmed_at: UtcTime | None
    confirmed: bool


class OfferHistory(Page[SentAnswer]):
    """`now` says why the offer shows what it shows, `price_now` why it costs what it costs; the newest entry is the
    first one."""

    now: str
    price_now: str


@router.get("/offer-links/{link_id}/history")
def get_offer_history(link_id: LinkId, services: ServicesDep, limit: Limit = 50, cursor: Cursor = None) -> OfferHistory:
    with services.database.reading() as session:
        link = offer_links.get(session, link_id)
        found = ledger.history(session, link_id, before_id=cursor, limit=limit + 1)
        newest = ledger.latest_about_stock(session, link_id)
        action = pending_actions.of_link(session, link_id)
        newest_price = ledger.latest_about_price(session, link_id)
        held = held_prices.of_link(session, link_id)
    page = page_of([_answer(each) for each in found], [each.id for each in found], limit)
    return OfferHistory(
        items=page.items,
        next_cursor=page.next_cursor,
        now=why_it_shows(link, newest, action),
        price_now=why_it_costs(link, newest_price, held),
    )


def _answer(entry: LedgerEntry) -> SentAnswer:
    return SentAnswer(
        at=entry.created_at,
        what=entry.what,
        before=entry.before,
        after=said(entry),
        why=entry.reason,
        way=entry.way,
        command_id=entry.command_id or None,
        fate=entry.fate,
        detail=entry.detail,
        sent_at=entry.sent_at,
        settled_at=entry.settled_at,
        confirmed_at=entry.confirmed_at,
        confirmed=entry.fate is Fate.CONFIRMED,
    )
