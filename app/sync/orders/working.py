"""Working on one Allegro order: read it, plan, apply, record, until nothing is left to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import ChannelError, Conflict, NotFound, Rejected, Unreadable
from app.channels.woocommerce.client import StoreClient
from app.db import journal, order_log
from app.domain.importing import Decision, Step, look_for_missing, plan_order, postponed_for
from app.domain.order_log import LogEntry, LogState
from app.domain.orders import Order, OrderStatus
from app.domain.runs import Result
from app.sync.context import JobContext
from app.sync.orders import notices
from app.sync.orders.making import OrderMaker

# Made, compared, marked, and the order may change in between.
_STEPS = 6
_SHADOW_LOOK = timedelta(minutes=10)
# Statuses of a store order that cancelling leaves alone, and those in which the goods may have left.
_OVER = ("cancelled", "refunded", "failed", "trash")
_SHIPPED = ("completed",)


@dataclass
class OrderWorker:
    """Works on one order after the other. What is wrong with one order alone is noted on it alone."""

    context: JobContext
    allegro: AllegroClient
    store: StoreClient
    maker: OrderMaker

    def work_on(self, entry: LogEntry) -> None:
        """Do all that there is to do about the order now, and note when to look at it next."""
        context = self.context
        with context.database.reading() as session:
            newest = journal.newest_event_id(session, entry.account_id, entry.order_id)
            if entry.id:
                entry = order_log.by_id(session, entry.id)
        context.report.seen += 1
        look_at = None
        try:
            look_at = self._steps(entry)
        except (Rejected, Unreadable) as error:
            if context.writes:
                self.maker.fail(entry, str(error))
            else:
                context.report.add(f"order {entry.order_id}", why=str(error), result=Result.FAILED)
        if context.dry_run:
            return
        with context.database.transaction() as session:
            context.lease.guard(session)
            journal.mark_handled(session, entry.account_id, entry.order_id, up_to=newest, now=context.now())
            order_log.record(session, entry, due_at=look_at)

    def postpone(self, entry: LogEntry, error: ChannelError) -> None:
        """A call for this order failed; should it be the order after all, the others come first next time."""
        self.context.report.add(f"order {entry.order_id}", before=entry.state, why=str(error), result=Result.FAILED)
        if self.context.dry_run:
            return
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            due_at = now + postponed_for(entry.first_seen_at, now)
            order_log.record(session, entry, reason=str(error), due_at=due_at)

    def _steps(self, entry: LogEntry) -> datetime | None:
        order: Order | None = None
        for _ in range(_STEPS):
            if order is None:
                try:
                    order = self.allegro.order(entry.order_id)
                except NotFound as error:
                    return self._missing(entry, str(error))
                entry = self._note(order, entry)
            decision = plan_order(order, entry, self.context.one_account.settings, now=self.context.now())
            if self.context.dry_run or (not self.context.writes and decision.step is not Step.SKIP):
                return self._only_planned(entry, decision)
            match decision.step:
                case Step.CREATE:
                    self.maker.make(order, entry)
                case Step.CHECK:
                    self.maker.check(order, entry)
                case Step.MARK_PROCESSING:
                    if self._mark(order, entry):
                        return None
                    order = None
                case Step.CANCEL:
                    return self._cancel(order, entry, decision)
                case Step.REVISIT:
                    if not self.maker.released(entry):
                        return decision.look_at
                case _:
                    return self._leave(entry, decision)
            before, entry = entry, self._reread(entry)
            if decision.step is Step.CREATE and entry.store_order_id is None:
                return entry.due_at if entry.due_at != before.due_at else None
        return self.context.now() + timedelta(minutes=1)

    def _note(self, order: Order, entry: LogEntry) -> LogEntry:
        """Record what the order looks like at Allegro now."""
        if self.context.dry_run:
            return entry
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(
                session,
                entry,
                status=order.status,
                revision=order.revision,
                total=str(order.total.amount),
                currency=order.total.currency,
                buyer_login=order.buyer.login,
                bought_at=order.bought_at,
                missing_since=None,
                state=LogState.SEEN if entry.state is LogState.MISSING else entry.state,
            )
            if entry.missing_since is not None:
                notices.close_about(
                    session,
                    entry,
                    notices.MISSING,
                    now=self.context.now(),
                )
        return self._reread(entry)

    def _only_planned(self, entry: LogEntry, decision: Decision) -> datetime | None:
        acts = decision.step in (Step.CREATE, Step.CHECK, Step.MARK_PROCESSING, Step.CANCEL)
        self.context.report.add(
            f"order {entry.order_id}",
            before=entry.state,
            after=decision.step,
            why=decision.reason,
            result=Result.PLANNED if acts else Result.SKIPPED,
        )
        return self.context.now() + _SHADOW_LOOK if acts else decision.look_at

    def _leave(self, entry: LogEntry, decision: Decision) -> datetime | None:
        if decision.step is not Step.NOTHING:
            state = LogState.SKIPPED if decision.step is Step.SKIP else LogState.SEEN
            with self.context.database.transaction() as session:
                self.context.lease.guard(session)
                order_log.record(session, entry, state=state, reason=decision.reason)
            self.context.report.add(
                f"order {entry.order_id}", before=entry.state, after=state, why=decision.reason, result=Result.SKIPPED
            )
        return decision.look_at

    def _mark(self, order: Order, entry: LogEntry) -> bool:
        """Set the order to PROCESSING, which closes the buyer's cancel window. False when it changed meanwhile."""
        what, confirmed = "set to PROCESSING at Allegro", True
        try:
            self.allegro.set_fulfilment(order.id, "PROCESSING", order.revision)
        except Conflict:
            return False
        except Rejected as error:
            what, confirmed = f"Allegro refused the status PROCESSING: {error}", False
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, marked_processing_at=now)
            order_log.remember(
                session,
                entry.account_id,
                entry.order_id,
                what=what,
                why="The order is in the store; the buyer can no longer cancel it without asking.",
                confirmed=confirmed,
                now=now,
            )
        self.context.report.add(
            f"order {order.id}",
            before=order.fulfilment,
            after="PROCESSING",
            why="" if confirmed else what,
            result=Result.DONE if confirmed else Result.FAILED,
        )
        return True

    def _cancel(self, order: Order, entry: LogEntry, decision: Decision) -> datetime | None:
        if entry.store_order_id is None:
            # The store is asked even without an attempt on record: a restored backup does not know what it made.
            if self.maker.find(order, entry):
                entry = self._reread(entry)
                if entry.store_order_id is None:  # it may still appear
                    return entry.due_at
            else:
                self._cancelled(entry, decision.reason, what="")
                return None
        if entry.store_order_id is None:
            return None
        try:
            made = self.store.order(entry.store_order_id)
        except NotFound:
            self._cancelled(entry, f"{decision.reason} Its store order is gone.", what="")
            return None
        if made.status in _SHIPPED:
            self._cancelled_too_late(entry)
        elif made.status in _OVER:
            self._cancelled(entry, decision.reason, what="")
        else:
            self.store.set_order_status(made.id, "cancelled")
            self._cancelled(entry, decision.reason, what=f"store order {made.id} was cancelled")
        return None

    def _cancelled(self, entry: LogEntry, reason: str, *, what: str) -> None:
        now = self.context.now()
        is_news = entry.state is not LogState.CANCELLED
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, state=LogState.CANCELLED, reason=reason)
            notices.close_about(session, entry, notices.FAILED, notices.ON_HOLD, now=now)
            if what:
                order_log.remember(
                    session, entry.account_id, entry.order_id, what=what, why=reason, confirmed=True, now=now
                )
        if is_news:
            self.context.report.add(
                f"order {entry.order_id}", before=entry.state, after="cancelled", why=reason, result=Result.DONE
            )

    def _cancelled_too_late(self, entry: LogEntry) -> None:
        reason = "It was cancelled at Allegro after the store had completed it."
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, state=LogState.CANCELLED, reason=reason)
            notices.open_about(
                session,
                entry,
                notices.CANCELLED_TOO_LATE,
                title=f"Order {entry.order_id} (store order {entry.store_order_id}): {reason}",
                remedy="Stop the parcel if you can; otherwise wait for the return and refund the buyer.",
                now=now,
            )
        self.context.report.add(f"order {entry.order_id}", after="cancelled", why=reason, result=Result.DONE)

    def _missing(self, entry: LogEntry, detail: str) -> datetime | None:
        now = self.context.now()
        if not self.context.writes:
            self.context.report.add(f"order {entry.order_id}", why=detail, result=Result.SKIPPED)
            return now + _SHADOW_LOOK
        since = entry.missing_since or now
        pause = look_for_missing(since, now)
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            state = entry.state if entry.store_order_id is not None else LogState.MISSING
            order_log.record(session, entry, state=state, reason=detail, missing_since=since)
            if pause is None:
                notices.close_about(session, entry, notices.FAILED, now=now)
            if pause is None and entry.status == OrderStatus.READY and entry.store_order_id is None:
                notices.open_about(
                    session,
                    entry,
                    notices.MISSING,
                    title=f"Order {entry.order_id} was paid, and Allegro no longer shows it; it is not in the store.",
                    remedy="Look for it in Allegro's panel. When it is there again, the sweep imports it.",
                    now=now,
                )
        self.context.report.add(f"order {entry.order_id}", before=entry.state, why=detail, result=Result.SKIPPED)
        return now + pause if pause else None

    def _reread(self, entry: LogEntry) -> LogEntry:
        if not entry.id:
            return entry
        with self.context.database.reading() as session:
            return order_log.by_id(session, entry.id)
