"""The two jobs that import orders: `orders` follows the journal, `orders_sweep` finds what the journal missed.

Both end by working off whatever is due, and share one lease, so that an order is never worked on twice at once.
"""

import time
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.channels.allegro.client import AllegroClient
from app.channels.errors import ChannelError
from app.db import order_log
from app.domain.journal import start_of_import
from app.domain.order_log import LogEntry, new_entry
from app.errors import BridgeError
from app.sync.context import JobContext
from app.sync.known_taxes import KnownTaxes
from app.sync.orders import audit
from app.sync.orders.comparing import OrderChecker
from app.sync.orders.customers import Customers
from app.sync.orders.intake import read_journal, sweep
from app.sync.orders.keeping import OrderKeeper
from app.sync.orders.known import Catalogue, KnownOrders
from app.sync.orders.making import OrderMaker
from app.sync.orders.overselling import Overselling
from app.sync.orders.working import OrderWorker

log = structlog.get_logger(__name__)

# With more orders than this to work off, one long look at the store is cheaper than a growing one.
_MANY = 20
# A first start may find thousands; new orders are looked for in between.
_LONGEST_RUN_SECONDS = 120.0
_BUG = "An error in the service itself; the log has its traceback. Please report it."
# One side that fails for so many orders in a row is down; until then it may be the orders.
_FAILURES_IN_A_ROW = 3


@dataclass
class OrderImport:
    """Keeps what may be remembered from run to run."""

    taxes: KnownTaxes

    def follow_journal(self, context: JobContext) -> None:
        allegro = _allegro(context)
        found = read_journal(context, allegro)
        self._work_off(context, allegro, found)

    def sweep(self, context: JobContext) -> None:
        allegro = _allegro(context)
        is_night = audit.is_due(context)
        found = sweep(context, allegro, whole_month=is_night)
        self._work_off(context, allegro, found)
        store = context.lines.store(context.account, answered=context.answered.add)
        Overselling(context, store, Catalogue(store)).review()
        if is_night:
            audit.audit(context, store, KnownOrders(store, context.now, lambda: _newest(context)))

    def _work_off(self, context: JobContext, allegro: AllegroClient, found: set[str]) -> None:
        entries = _due(context, found)
        store = context.lines.store(context.account, answered=context.answered.add)
        floor = start_of_import(context.one_account.settings, context.now()) if len(entries) > _MANY else None
        known = KnownOrders(store, context.now, lambda: _newest(context), since=floor)
        catalogue = Catalogue(store)
        checker = OrderChecker(context, store, catalogue, self.taxes, Customers(context, store))
        maker = OrderMaker(context, store, known, checker, Overselling(context, store, catalogue))
        worker = OrderWorker(context, allegro, maker, checker, OrderKeeper(context, allegro, store, checker))
        began, failures, bug = time.monotonic(), 0, None
        for entry in entries:
            context.lease.ensure()
            if not context.reread() or not context.one_account.settings.import_orders:
                log.info("the import was switched off in the middle of a run", account_id=context.one_account.id)
                return
            if time.monotonic() - began > _LONGEST_RUN_SECONDS:
                log.info("the next run goes on with the orders that are left", account_id=context.one_account.id)
                break
            try:
                worker.work_on(entry)
            except ChannelError as error:
                worker.postpone(entry, error)
                failures += 1
                if failures >= min(_FAILURES_IN_A_ROW, len(entries)):
                    raise
                continue
            except BridgeError:
                raise
            except Exception as error:  # a bug that one order brings out must not stop the others, and must be seen
                log.exception("an order could not be worked on", order_id=entry.order_id)
                if not context.dry_run:
                    checker.fail(entry, _BUG)
                bug = error
            failures = 0
        if bug is not None:
            raise bug


def _allegro(context: JobContext) -> AllegroClient:
    return context.lines.allegro(context.one_account, answered=context.answered.add)


def _due(context: JobContext, found: set[str]) -> list[LogEntry]:
    """The orders to look at now. A dry run has stored nothing, so what it found is added as it would be stored."""
    account_id, now = context.one_account.id, context.now()
    with context.database.reading() as session:
        entries = list(order_log.due(session, account_id, now=now))
        if not context.dry_run:
            return entries
        known = {entry.order_id for entry in entries}
        for order_id in sorted(found - known):
            logged = order_log.find(session, account_id, order_id)
            entries.append(logged or new_entry(account_id, order_id, now))
    return entries


def _newest(context: JobContext) -> tuple[int, datetime] | None:
    with context.database.reading() as session:
        return order_log.newest_made(session)
