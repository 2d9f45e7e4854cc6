"""Finding out which orders to look at: the journal, and the sweep that finds what the journal missed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from app.channels.allegro.client import AllegroClient
from app.db import journal, order_log
from app.domain.audit import WINDOW
from app.domain.importing import must_look
from app.domain.journal import start_of_import, sweep_start
from app.domain.orders import OrderPage, OrderStatus
from app.domain.runs import Result
from app.sync.context import JobContext
from app.sync.journal import follow_journal

log = structlog.get_logger(__name__)

_ORDERS_PER_PAGE = 100
# Allegro keeps the journal for 60 days; an older mark would silently skip what has fallen off its end.
_JOURNAL_DAYS = 50


def read_journal(context: JobContext, allegro: AllegroClient) -> set[str]:
    """Take the journal's new events into the inbox. Returns the orders that they are about (for a dry run)."""
    account_id = context.one_account.id
    with context.database.reading() as session:
        mark = journal.get(session, account_id)
    if mark is None or context.now() - mark.read_at > timedelta(days=_JOURNAL_DAYS):
        return _begin(context, allegro, mark)
    return follow_journal(context, allegro, mark)


def sweep(context: JobContext, allegro: AllegroClient, *, whole_month: bool) -> set[str]:
    """Compare Allegro's list of orders with the log: what changed since the last time, or every paid order of a month.

    Returns the orders that must be looked at (for a dry run).
    """
    account = context.one_account
    with context.database.reading() as session:
        mark = journal.get(session, account.id)
    if mark is None:
        return _begin(context, allegro, None)
    now = context.now()
    first = start_of_import(account.settings, now)
    found = _sweep_since(context, allegro, sweep_start(mark.swept_until, first), mark=mark.swept_until)
    if whole_month:
        # Not every change moves an order's updatedAt.
        found |= _sweep_since(context, allegro, max(first, now - WINDOW), status=OrderStatus.READY)
    return found


def _begin(context: JobContext, allegro: AllegroClient, mark: journal.Journal | None) -> set[str]:
    """The first start, a lost mark, or one older than the journal: note where the journal ends, then sweep.

    In this order, because what happens in between is then in the journal; the other way round it would be in neither.
    """
    account, now = context.one_account, context.now()
    latest = allegro.latest_order_event()
    first = start_of_import(account.settings, now)
    since = first if mark is None else max(first, mark.read_at - timedelta(days=1))
    if not context.dry_run:
        with context.database.transaction() as session:
            context.lease.guard(session)
            position = latest.id if latest else ""
            journal.begin(session, account.id, position=position, sweep_from=since, now=now)
        log.info("the order journal is read from its end, older orders are swept", account_id=account.id, since=since)
    return _sweep_since(context, allegro, since, mark=since, found_by="first_start")


def _sweep_since(
    context: JobContext,
    allegro: AllegroClient,
    since: datetime,
    *,
    mark: datetime | None = None,
    status: OrderStatus | None = None,
    found_by: str = "sweep",
) -> set[str]:
    account_id = context.one_account.id
    found: set[str] = set()
    for page in _pages(context, allegro, since, status):
        ids = [order.id for order in page.orders] + [order_id for order_id, _ in page.unreadable]
        with context.database.reading() as session:
            logged = order_log.versions(session, account_id, ids)
        fresh = [order.id for order in page.orders if must_look(order, logged.get(order.id))]
        fresh += [order_id for order_id, _ in page.unreadable if order_id and order_id not in logged]
        fresh = list(dict.fromkeys(fresh))
        found.update(fresh)
        if context.dry_run:
            continue
        updated = [order.updated_at for order in page.orders if order.updated_at]
        with context.database.transaction() as session:
            context.lease.guard(session)
            order_log.make_due(session, account_id, fresh, found_by=found_by, now=context.now())
            if mark is not None:
                journal.note_sweep(
                    session,
                    account_id,
                    until=max(updated, default=None),
                    began_at=mark,
                    now=context.now(),
                    complete=False,
                )
    if mark is not None and not context.dry_run:
        with context.database.transaction() as session:
            context.lease.guard(session)
            journal.note_sweep(session, account_id, until=None, began_at=mark, now=context.now(), complete=True)
    return found


def _pages(
    context: JobContext, allegro: AllegroClient, since: datetime, status: OrderStatus | None
) -> Iterator[OrderPage]:
    """Orders by the time of their change, page after page.

    Each page begins at the last change of the page before, not at an offset: orders that change meanwhile move to
    the end and would shift the others over a page's edge, and Allegro refuses offsets beyond 10,000.
    """
    offset = 0
    while True:
        page = allegro.orders_updated(since=since, until=None, offset=offset, limit=_ORDERS_PER_PAGE, status=status)
        context.report.seen += len(page.orders)
        for order_id, reason in page.unreadable:
            context.report.add(f"order {order_id}", why=reason, result=Result.FAILED)
        yield page
        if len(page.orders) + len(page.unreadable) < _ORDERS_PER_PAGE:
            return
        last = max((order.updated_at for order in page.orders if order.updated_at), default=since)
        offset = 0 if last > since else offset + _ORDERS_PER_PAGE
        since = last
