"""The job `tracking`: parcel numbers go from the store to Allegro once, and what the store has completed is sent there.

Two steps. What has changed in the store since the last time is looked through for orders of ours with numbers that are
new, or that are completed; those are remembered. Now and then the orders that wait for a number are looked through
whatever their dates say. Then each that has its turn is told to Allegro, by what both sides show of it at that moment.

Invoices that the store's orders name are found with the same readings; they are sent by the job `invoices`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.woocommerce.client import StoreClient
from app.db import accounts, invoices, order_log, shipments
from app.db.engine import Session
from app.domain.invoices import Invoice
from app.domain.order_log import LogState
from app.domain.parcels import ShippedOrder, ShippedOrders
from app.domain.runs import Result
from app.domain.settings import Settings
from app.domain.store_invoices import invoices_in, store_changes
from app.domain.tracking import is_news, status_since
from app.domain.tracking_meta import parcels_in
from app.sync.context import JobContext
from app.sync.shipping.known_carriers import KnownCarriers
from app.sync.shipping.making import go_on_with_parcels, has_open_parcels
from app.sync.shipping.picking_up import go_on_with_pickups, has_open_pickups
from app.sync.shipping.telling import Teller

TRACKING = "tracking"
# When the job first runs, numbers of so long ago are looked for: what is older has arrived.
_LOOKS_BACK = timedelta(days=14)
# The store's clock is not ours, and an order may be saved while it is read.
_OVERLAP = timedelta(minutes=10)
# A plugin that writes its numbers past WooCommerce leaves the date of the order as it was.
_WAITING_EVERY = timedelta(hours=1)
_AT_ONCE = 50
_FOR_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def work_since(session: Session, account_id: int, now: datetime) -> datetime | None:
    """Since when there is something to do: for ever where the store is looked through, else from now on where an order
    has its turn or Allegro is at work on a parcel or a pickup; None for nothing."""
    if _follows(accounts.get(session, account_id).settings):
        return _FOR_EVER
    is_any_due = shipments.is_any_due(session, account_id, now=now)
    at_work = has_open_parcels(session, account_id, now) or has_open_pickups(session, account_id, now)
    return now if is_any_due or at_work else None


def _follows(settings: Settings) -> bool:
    """Whether the store's orders are looked through: Allegro is told of numbers, of what was sent, or gets invoices."""
    return settings.submit_tracking or settings.submit_invoices or (settings.mark_sent and settings.import_orders)


@dataclass
class Tracking:
    """Keeps what may be remembered from run to run."""

    carriers: KnownCarriers
    _waiting_read: dict[int, datetime] = field(default_factory=dict)

    def keep_tracking(self, context: JobContext) -> None:
        account = context.one_account
        allegro = context.lines.allegro(account, answered=context.answered.add)
        store = context.lines.store(account, answered=context.answered.add)
        try:
            self._read(context, store)
            _tell(context, allegro, store, self.carriers)
        finally:
            # What Allegro is at work on needs no store.
            go_on_with_parcels(context, allegro)
            go_on_with_pickups(context, allegro)

    def _read(self, context: JobContext, store: StoreClient) -> None:
        account = context.one_account
        if not _follows(account.settings):
            return
        reader = _Reader(context, store)
        reader.read_changed()
        looks_for_more = account.settings.submit_tracking or account.settings.submit_invoices
        if looks_for_more and self._is_time_for_waiting(account.id, context.now()):
            reader.read_waiting()
            self._waiting_read[account.id] = context.now()

    def _is_time_for_waiting(self, account_id: int, now: datetime) -> bool:
        last = self._waiting_read.get(account_id)
        return last is None or not timedelta(0) <= now - last < _WAITING_EVERY


@dataclass
class _News:
    """What the store has said: orders of which Allegro is to be told something, and invoices, each as it was (None for
    a new one) and as it is."""

    orders: list[ShippedOrder] = field(default_factory=list)
    invoices: list[tuple[Invoice | None, Invoice]] = field(default_factory=list)

    def store(self, session: Session, account_id: int, now: datetime) -> None:
        for order in self.orders:
            shipments.note_store(session, account_id, order.allegro_order_id, order.status, now=now)
        for before, after in self.invoices:
            if before is None:
                invoices.add(session, after)
            else:
                invoices.replace_with(session, before, after)


@dataclass
class _Reader:
    """Looks through orders in the store for news."""

    context: JobContext
    store: StoreClient

    def read_changed(self) -> None:
        """Those that were saved since the last time."""
        context, account_id = self.context, self.context.one_account.id
        began = context.now()
        with context.database.reading() as session:
            reading = shipments.reading(session, account_id)
        told = self.store.shipping.orders_changed(reading[1] - _OVERLAP if reading else began - _LOOKS_BACK)
        news = self._news(told, reading[0] if reading else began)
        if context.dry_run:
            return
        with context.database.transaction() as session:
            context.lease.guard(session)
            news.store(session, account_id, began)
            if told.complete:
                shipments.note_read(session, account_id, began)

    def read_waiting(self) -> None:
        """Those that have no number yet, or no invoice, for these."""
        context, account_id, settings = self.context, self.context.one_account.id, self.context.one_account.settings
        began = context.now()
        waiting: set[int] = set()
        with context.database.reading() as session:
            reading = shipments.reading(session, account_id)
            if settings.submit_tracking:
                waiting |= {*shipments.without_number(session, account_id, imported_since=began - _LOOKS_BACK)}
            if settings.submit_invoices:
                waiting |= {*invoices.orders_without(session, account_id, imported_since=began - _LOOKS_BACK)}
        if not waiting:
            return
        news = self._news(self.store.shipping.orders(waiting), reading[0] if reading else began)
        if context.dry_run:
            return
        with context.database.transaction() as session:
            context.lease.guard(session)
            news.store(session, account_id, began)

    def _news(self, told: ShippedOrders, began_at: datetime) -> _News:
        """What is new in the orders, going by a store that is read since then."""
        report, news = self.context.report, _News()
        report.seen += len(told.found)
        for order_id, why in told.unreadable:
            report.add(f"store order {order_id}", why=why, result=Result.FAILED)
        for order in filter(self._is_ours, told.found):
            if self._is_news(order, began_at):
                news.orders.append(order)
            news.invoices += self._invoices(order)
        if self.context.dry_run:
            for order in news.orders:
                what = f"order {order.allegro_order_id}"
                report.add(what, why="the store has news of it", result=Result.PLANNED)
            for _, invoice in news.invoices:
                what = f"invoice of order {invoice.order_id}"
                report.add(what, why="the store names its address", result=Result.PLANNED)
        return news

    def _is_ours(self, order: ShippedOrder) -> bool:
        """Not of another account or nobody's, not a copy that somebody made of it in the store, and not paid together
        with others in a new order."""
        with self.context.database.reading() as session:
            entry = order_log.find(session, self.context.one_account.id, order.allegro_order_id)
        if entry is None or entry.store_order_id != order.store_order_id:
            return False
        return entry.state is not LogState.SUPERSEDED

    def _is_news(self, order: ShippedOrder, began_at: datetime) -> bool:
        account = self.context.one_account
        with self.context.database.reading() as session:
            known = shipments.of_order(session, account.id, order.allegro_order_id)
            on_its_way = shipments.get(session, account.id, order.allegro_order_id)
        settings = account.settings
        status = status_since(order, began_at) if settings.mark_sent else ""
        if not settings.submit_tracking:
            return is_news(status, (), (), on_its_way)
        found = parcels_in(order.meta, settings.tracking_meta_keys, order.line_meta)
        return is_news(status, found.parcels, known, on_its_way)

    def _invoices(self, order: ShippedOrder) -> list[tuple[Invoice | None, Invoice]]:
        account, order_id = self.context.one_account, order.allegro_order_id
        if not account.settings.submit_invoices:
            return []
        found = invoices_in(order.meta, account.settings.invoice_meta_keys)
        for note in found.notes:
            self.context.report.add(f"order {order_id}", why=note, result=Result.SKIPPED)
        if not found.invoices:
            return []
        with self.context.database.reading() as session:
            known = invoices.of_order(session, account.id, order_id)
        seal = self.context.lines.box.encrypt
        return store_changes(found.invoices, known, account.id, order_id, self.context.now(), seal=seal)


def _tell(context: JobContext, allegro: AllegroClient, store: StoreClient, carriers: KnownCarriers) -> None:
    """Go on with every order of the account that has its turn."""
    account = context.one_account
    teller: Teller | None = None
    while not context.stopping.is_set():
        with context.database.reading() as session:
            due = shipments.due(session, account.id, now=context.now(), limit=_AT_ONCE)
        if not due:
            return
        if not context.writes:
            for each in due:
                context.report.add(f"order {each.order_id}", why="waits for its turn", result=Result.PLANNED)
            return
        if not context.reread():
            return
        if teller is None:
            teller = Teller(context, allegro, carriers.of(account, allegro))
        shown = _in_store(store, context, [each.order_id for each in due])
        for each in due:
            if context.stopping.is_set():
                return
            teller.tell(each, shown.get(each.order_id))


def _in_store(store: StoreClient, context: JobContext, order_ids: Sequence[str]) -> dict[str, ShippedOrder]:
    """These orders as the store shows them now, by Allegro's id; those that it does not show are missing."""
    with context.database.reading() as session:
        logged = order_log.of_orders(session, context.one_account.id, order_ids)
    wanted = [entry.store_order_id for entry in logged.values() if entry.store_order_id is not None]
    return {order.allegro_order_id: order for order in store.shipping.orders(wanted).found}
