"""The nightly audit: the order log of the last 30 days against the store's own list of orders."""

from collections import Counter
from collections.abc import Iterator, Sequence

from app.channels.errors import NotFound, Rejected, Unreadable
from app.channels.woocommerce.client import StoreClient
from app.db import alerts, journal, order_log
from app.db.engine import Session
from app.domain.audit import (
    WINDOW,
    Comparison,
    audit_is_due,
    compare,
    not_logged,
    to_ask_for,
)
from app.domain.order_log import LogEntry
from app.domain.runs import Result
from app.domain.store import StoreOrder
from app.sync.context import JobContext
from app.sync.orders import notices
from app.sync.orders.known import KnownOrders

# Orders are not imported meanwhile. With more than this, the next nights go on.
_ASKED_AT_MOST = 100
_IN_ONE_STATEMENT = 500


def is_due(context: JobContext) -> bool:
    """Whether this night's audit is still to be done."""
    with context.database.reading() as session:
        mark = journal.get(session, context.one_account.id)
    return mark is not None and audit_is_due(mark.audited_at, context.now())


def audit(context: JobContext, store: StoreClient, known: KnownOrders) -> None:
    """Compare, alert, and note that it was done: one list of the store, and one call for each order that it lacks."""
    account_id, began = context.one_account.id, context.now()
    since = began - WINDOW
    listed = known.every(since=since)
    with context.database.reading() as session:
        entries = order_log.bought_since(session, account_id, since)
        gone = alerts.open_subjects(session, notices.GONE, account_id)
        told = {
            order_id
            for kind in (notices.CANCELLED_TOO_LATE, notices.MERGED_TOO_LATE)
            for order_id in alerts.subjects(session, kind, account_id)
        }
        unlogged = not_logged(listed, {entry.order_id for entry in entries}, context.one_account.name)
        for some in _chunks(unlogged):
            # Older ones, and those of another account: it may have had this account's name before.
            known_ids = order_log.known_to_any(session, some)
            unlogged = [order_id for order_id in unlogged if order_id not in known_ids]
    asked = _ask(context, store, to_ask_for(entries, listed, last=gone, at_most=_ASKED_AT_MOST))
    comparison = compare(entries, listed, asked, told=told)
    if context.dry_run:
        fresh: set[int] = set()
    else:
        with context.database.transaction() as session:
            context.lease.guard(session)
            for some in _chunks(unlogged):
                order_log.make_due(session, account_id, some, found_by="audit", now=began)
            to_cancel = [entry.order_id for entry in comparison.to_cancel]
            order_log.make_due(session, account_id, to_cancel, found_by="audit", now=began)
            fresh = _record(context, session, entries, comparison) if context.writes else set()
            journal.note_audit(session, account_id, now=began)
    _report(context, len(entries), comparison, unlogged, fresh)


def _ask(context: JobContext, store: StoreClient, entries: Sequence[LogEntry]) -> dict[int, StoreOrder | None]:
    """The store orders by number, None for one that is not there. What cannot be read is left out: it is unknown."""
    found: dict[int, StoreOrder | None] = {}
    for entry in entries:
        context.lease.ensure()
        if entry.store_order_id is None:
            continue
        try:
            found[entry.store_order_id] = store.order(entry.store_order_id)
        except NotFound:
            found[entry.store_order_id] = None
        except (Rejected, Unreadable) as error:
            context.report.add(f"order {entry.order_id}", before=entry.state, why=str(error), result=Result.FAILED)
    return found


def _record(context: JobContext, session: Session, entries: Sequence[LogEntry], comparison: Comparison) -> set[int]:
    """Alert what was found and end the alerts of what was not. Returns the places of the findings that are news.

    An order older than the window is not looked at any more. Its alert stays open: nobody has seen that it was put
    right, and to say so would hide an order that was paid and never sent. A person ends it.
    """
    now = context.now()
    fresh = {
        place for place, finding in enumerate(comparison.findings) if notices.open_difference(session, finding, now=now)
    }
    still = {(finding.difference, finding.entry.order_id) for finding in comparison.findings} | comparison.unknown
    for difference, kind in notices.OF_DIFFERENCE.items():
        alerted = alerts.open_subjects(session, kind, context.one_account.id)
        for entry in entries:
            if entry.order_id in alerted and (difference, entry.order_id) not in still:
                notices.end_difference(session, entry, kind, now=now)
    for entry, order in comparison.moved:
        # What was last written to that order is not known.
        order_log.record(session, entry, store_order_id=order.id, addresses_digest="", payments_digest="")
        order_log.remember(
            session,
            entry.account_id,
            entry.order_id,
            what=f"store order {order.id} is followed from now on",
            why=f"It is the only living one with this order's Allegro id; {entry.store_order_id} was given up.",
            confirmed=True,
            now=now,
        )
    return fresh


def _chunks(order_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    # A statement takes only so many values.
    for start in range(0, len(order_ids), _IN_ONE_STATEMENT):
        yield order_ids[start : start + _IN_ONE_STATEMENT]


def _report(
    context: JobContext, compared: int, comparison: Comparison, unlogged: Sequence[str], fresh: set[int]
) -> None:
    report = context.report
    done = Result.DONE if context.writes else Result.PLANNED
    for place, finding in enumerate(comparison.findings):
        report.add(
            f"order {finding.entry.order_id}",
            before=finding.entry.state,
            after=notices.OF_DIFFERENCE[finding.difference],
            why=notices.title_of(finding),
            # What a person knows already, or has put away, is no news.
            result=done if place in fresh or not context.writes else Result.SKIPPED,
        )
    for entry in comparison.to_cancel:
        why = "It was cancelled at Allegro, and its store order is not."
        report.add(f"order {entry.order_id}", before=entry.state, after="looked at again", why=why, result=done)
    for entry, order in comparison.moved:
        why = f"Store order {entry.store_order_id} was given up for it."
        report.add(f"order {entry.order_id}", before=entry.state, after=f"store order {order.id}", why=why, result=done)
    for order_id in unlogged:
        why = "The store has its order, and the order log did not know it."
        report.add(f"order {order_id}", after="logged", why=why, result=done)
    report.seen += compared
    report.add("audit", after=f"{compared} orders compared", why=_summary(comparison, unlogged), result=done)


def _summary(comparison: Comparison, unlogged: Sequence[str]) -> str:
    counts = Counter(notices.OF_DIFFERENCE[finding.difference] for finding in comparison.findings)
    counts["to be cancelled"] = len(comparison.to_cancel)
    counts["moved to another store order"] = len(comparison.moved)
    counts["not in the order log"] = len(unlogged)
    counts["not known"] = len({order_id for _, order_id in comparison.unknown})
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "No difference."
