"""Allegro's order journal: read into the inbox, with every piece that was bought held back from then on.

The orders job follows it, and the stock job reads it right before it decides on a quantity and once more after it has
sent one: a sale that came in between would otherwise be overwritten.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.channels.allegro.client import AllegroClient
from app.db import journal, ledger, offer_links, reservations
from app.db.engine import Session
from app.db.journal import Journal
from app.domain.journal import overlapped
from app.domain.links import after_sale
from app.domain.orders import BoughtLine
from app.domain.reservations import Reservation, ReservationState
from app.domain.runs import Result
from app.sync.context import JobContext

_EVENTS_PER_PAGE = 1000


@dataclass(frozen=True)
class Purchase:
    """What was bought together; `bought_at` is None where that is not known."""

    order_id: str
    lines: tuple[BoughtLine, ...]
    bought_at: datetime | None


def drain_journal(context: JobContext, allegro: AllegroClient) -> None:
    """Hold back what was bought up to now. Nothing is read while no orders are imported, or their import has not begun:
    what is bought would be held back for ever.
    """
    with context.database.reading() as session:
        mark = journal.get(session, context.one_account.id)
    if mark is not None and context.one_account.settings.import_orders:
        follow_journal(context, allegro, mark, counts=False)


def follow_journal(context: JobContext, allegro: AllegroClient, mark: Journal, *, counts: bool = True) -> set[str]:
    """Take the journal's new events into the inbox. Returns the orders that they are about (for a dry run).

    `counts`: the events are what the run looks at.
    """
    account_id = context.one_account.id
    found: set[str] = set()
    position = mark.position
    after = overlapped(position)
    while True:
        page = allegro.order_events(after=after or None, limit=_EVENTS_PER_PAGE)
        context.report.seen += page.count if counts else 0
        found.update(event.order_id for event in page.events)
        for event_id, reason in page.unreadable:
            if _furthest(position, event_id) != position:  # not one that was passed before
                context.report.add(f"journal event {event_id}", why=reason, result=Result.FAILED)
        position = _furthest(position, page.last_id)
        if not context.dry_run:
            with context.database.transaction() as session:
                context.lease.guard(session)
                fresh = journal.receive(session, account_id, page.events, position=position, now=context.now())
                bought = [Purchase(event.order_id, event.bought, event.occurred_at) for event in fresh]
                hold_back(session, account_id, bought, now=context.now())
        if page.count < _EVENTS_PER_PAGE or page.last_id == after:
            return found
        after = page.last_id


def hold_back(session: Session, account_id: int, purchases: Iterable[Purchase], *, now: datetime) -> None:
    """Count pieces as sold from now on, unless their line is known already; all links of the product are looked at."""
    lines = {line.line_id: (purchase, line) for purchase in purchases for line in purchase.lines}
    known = reservations.of_lines(session, account_id, lines)
    fresh = [each for line_id, each in lines.items() if line_id not in known]
    if not fresh:
        return
    held = [
        Reservation(line.line_id, purchase.order_id, line.offer_id, line.quantity, ReservationState.OPEN)
        for purchase, line in fresh
    ]
    reservations.settle(session, account_id, held, now=now)
    offer_ids = {line.offer_id for _, line in fresh}
    # What the stock job has just told the offer must be known here, or it must wait for this sale.
    offer_links.hold(session, account_id, offer_ids)
    links = offer_links.of_offers(session, account_id, offer_ids)
    in_flight = {entry.link_id for entry in ledger.unsettled(session, account_id)}
    for purchase, line in fresh:
        link = links.get(line.offer_id)
        if link is None or link.offer_id != line.offer_id:  # not linked, or of the offer that was renewed since
            continue
        links[line.offer_id] = link = after_sale(
            link, line.quantity, purchase.bought_at, now=now, is_in_flight=link.id in in_flight
        )
        offer_links.record(session, [link.id], listed_quantity=link.listed_quantity, doubted_at=link.doubted_at)


def _furthest(position: str, event_id: str) -> str:
    """The mark moves forward only: a re-read overlap ends before it when nothing new has come."""
    if position.isdigit() and event_id.isdigit():
        return max(position, event_id, key=int)
    return event_id or position
