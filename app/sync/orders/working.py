"""Working on one Allegro order: read it, plan, apply, record, until nothing is left to do."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import ChannelError, NotFound, Rejected, Uncertain, Unreadable
from app.db import journal, order_log, reservations
from app.db.engine import Session
from app.domain.importing import Decision, Step, look_for_missing, plan_order, postponed_for
from app.domain.order_log import LogEntry, LogState
from app.domain.orders import BoughtLine, Order, OrderStatus
from app.domain.parties import addresses_digest, payments_digest
from app.domain.reservations import ReservationState, outranks, plan_reservations
from app.domain.runs import Result
from app.sync.context import JobContext
from app.sync.journal import Purchase, hold_back
from app.sync.orders import notices
from app.sync.orders.comparing import OrderChecker
from app.sync.orders.keeping import OrderKeeper
from app.sync.orders.making import OrderMaker

# Made, compared, marked, and the order may change in between.
_STEPS = 8
_SHADOW_LOOK = timedelta(minutes=10)
_SOON = timedelta(minutes=1)
# Of an order in one of these states it is not known yet whether it still fails.
_UNSETTLED = (LogState.FAILED, LogState.IMPORTING, LogState.MISSING)
_ACTS = (
    Step.CREATE,
    Step.CHECK,
    Step.RECOVER,
    Step.UPDATE,
    Step.RELEASE,
    Step.MARK_PROCESSING,
    Step.CANCEL,
)


@dataclass
class OrderWorker:
    """Works on one order after the other. What is wrong with one order alone is noted on it alone."""

    context: JobContext
    allegro: AllegroClient
    maker: OrderMaker
    checker: OrderChecker
    keeper: OrderKeeper

    def work_on(self, entry: LogEntry) -> None:
        """Do all that there is to do about the order now, and note when to look at it next."""
        context = self.context
        with context.database.reading() as session:
            newest = journal.newest_event_id(session, entry.account_id, entry.order_id)
            if entry.id:
                entry = order_log.by_id(session, entry.id)
        context.report.seen += 1
        look_at, went_well = None, False
        try:
            look_at = self._steps(entry)
            went_well = context.writes
        except (Rejected, Unreadable) as error:
            if context.writes:
                self.checker.fail(entry, str(error))
            else:
                look_at = context.now() + _SHADOW_LOOK
                context.report.add(f"order {entry.order_id}", why=str(error), result=Result.FAILED)
        if context.dry_run:
            return
        with context.database.transaction() as session:
            context.lease.guard(session)
            journal.mark_handled(session, entry.account_id, entry.order_id, up_to=newest, now=context.now())
            order_log.record(session, entry, due_at=look_at)
            if went_well and order_log.by_id(session, entry.id).state not in _UNSETTLED:
                notices.close_about(session, entry, notices.FAILED, now=context.now())

    def postpone(self, entry: LogEntry, error: ChannelError) -> None:
        """A call for this order failed; should it be the order after all, the others come first next time."""
        self.context.report.add(f"order {entry.order_id}", before=entry.state, why=str(error), result=Result.FAILED)
        if self.context.dry_run:
            return
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            pause = postponed_for(entry.first_seen_at, now)
            if isinstance(error, Uncertain):
                # It may still be going on, and is looked for only when it must have come to its end.
                pause = max(pause, timedelta(seconds=self.context.config.store_settle))
            order_log.record(session, entry, due_at=now + pause)
            if order_log.by_id(session, entry.id).store_order_id is None:  # else it tells why the store order waits
                order_log.record(session, entry, reason=str(error))

    def _steps(self, entry: LogEntry) -> datetime | None:
        if entry.superseded_by:
            if not self._is_back(entry):
                return self._give_way(entry)
            entry = self.checker.reread(entry)
        order: Order | None = None
        for _ in range(_STEPS):
            if order is None:
                try:
                    order = self.allegro.order(entry.order_id)
                except NotFound as error:
                    return self._missing(entry, str(error))
                if not self._holds_its_lines(order, entry):
                    return self._give_way(self.checker.reread(entry))
                entry = self._note(order, entry)
            decision = self._plan(order, entry)
            if self.context.dry_run or (not self.context.writes and decision.step is not Step.SKIP):
                return self._only_planned(entry, decision)
            match decision.step:
                case Step.CREATE:
                    self.maker.make(order, entry)
                case Step.CHECK:
                    self.checker.check(order, entry)
                case Step.RECOVER:
                    self.keeper.recover(order, entry)
                case Step.UPDATE:
                    self.keeper.update(order, entry)
                case Step.RELEASE:
                    self.keeper.release(order, entry)
                case Step.MARK_PROCESSING:
                    if self.keeper.mark(order, entry):
                        return self._after_marking(order, entry)
                    order = None
                case Step.CANCEL:
                    return self._cancel(order, entry, decision)
                case Step.REVISIT:
                    if not self.keeper.revisit(order, entry):
                        return decision.look_at
                case _:
                    return self._leave(entry, decision)
            before, entry = entry, self.checker.reread(entry)
            if decision.step is Step.CREATE and entry.store_order_id is None:
                return entry.due_at if entry.due_at != before.due_at else None
        return self.context.now() + _SOON

    def _plan(self, order: Order, entry: LogEntry) -> Decision:
        has_unlinked_lines = False
        if entry.store_order_id is not None:
            with self.context.database.reading() as session:
                held = reservations.of_order(session, entry.account_id, order.id)
            has_unlinked_lines = any(each.state is ReservationState.OPEN for each in held)
        return plan_order(
            order,
            entry,
            self.context.one_account.settings,
            now=self.context.now(),
            has_unlinked_lines=has_unlinked_lines,
        )

    def _after_marking(self, order: Order, entry: LogEntry) -> datetime | None:
        decision = self._plan(order, self.checker.reread(entry))
        return decision.look_at if decision.step is Step.REVISIT else None

    def _holds_its_lines(self, order: Order, entry: LogEntry) -> bool:
        """Whether the order's lines are its own: of purchases paid together, the new order has them all.

        The former orders are gone by then, or will be. Where Allegro shows both for a while, one of them gives way.
        """
        if self.context.dry_run:
            return True
        rival_id = self._rival_of(order, entry)
        if rival_id is not None:
            with self.context.database.transaction() as session:
                self.context.lease.guard(session)
                self._supersede(session, entry, by=rival_id)
        return rival_id is None

    def _rival_of(self, order: Order, entry: LogEntry) -> str | None:
        """The order that has lines of this one and outranks it."""
        with self.context.database.reading() as session:
            held = reservations.of_lines(session, entry.account_id, [line.id for line in order.lines])
        for rival_id in sorted({each.order_id for each in held.values()} - {order.id}):
            try:
                rival = self.allegro.order(rival_id)
            except NotFound:
                continue
            if outranks(rival, order) and {line.id for line in rival.lines} & held.keys():
                return rival_id
        return None

    def _is_back(self, entry: LogEntry) -> bool:
        """Whether an order that gave way is the one to ship after all: it is paid, and the other one came to nothing.

        Allegro's copies lag: seen at the wrong moment, a former order may look like the newer one.
        """
        successor = self._successor_of(entry)
        if self.context.dry_run or entry.store_order_id is not None:
            return False
        if successor is not None and (successor.store_order_id is not None or successor.state is LogState.IMPORTING):
            return False
        try:
            order = self.allegro.order(entry.order_id)
        except NotFound:
            return False
        if order.status is not OrderStatus.READY or self._rival_of(order, entry) is not None:
            return False
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, superseded_by="", state=LogState.SEEN, reason="")
            order_log.remember(
                session,
                entry.account_id,
                entry.order_id,
                what="is an order of its own again",
                why=f"It is paid, and order {entry.superseded_by} is not.",
                confirmed=True,
                now=self.context.now(),
            )
        return True

    def _successor_of(self, entry: LogEntry) -> LogEntry | None:
        """The order that the lines are in now; the next one may have moved on itself."""
        successor: LogEntry | None = entry
        with self.context.database.reading() as session:
            for _ in range(_STEPS):
                if successor is None or not successor.superseded_by:
                    break
                successor = order_log.find(session, entry.account_id, successor.superseded_by)
        return successor

    def _supersede(self, session: Session, entry: LogEntry, *, by: str) -> None:
        order_log.record(session, entry, superseded_by=by)
        notices.close_about(session, entry, *notices.WHILE_ALIVE, now=self.context.now())
        order_log.remember(
            session,
            entry.account_id,
            entry.order_id,
            what=f"replaced by order {by}",
            why="The buyer paid several purchases together.",
            confirmed=True,
            now=self.context.now(),
        )

    def _give_way(self, entry: LogEntry) -> datetime | None:
        """The order's lines are in another order now; nothing of it may be shipped, or counted."""
        successor = self._successor_of(entry)
        if successor is None or self.context.dry_run:
            return None
        if not self.context.writes:
            return self.context.now() + _SHADOW_LOOK
        if entry.store_order_id is None and self.maker.find(entry, None):
            entry = self.checker.reread(entry)
            if entry.store_order_id is None:  # it may still appear
                return entry.due_at
        return None if self.keeper.give_way(entry, successor) else self.context.now() + _SOON

    def _note(self, order: Order, entry: LogEntry) -> LogEntry:
        """Record what the order looks like at Allegro now, and hold back the pieces that it has bought."""
        if self.context.dry_run:
            return entry
        now = self.context.now()
        values: dict[str, object] = {
            "status": order.status,
            "revision": order.revision,
            "total": str(order.total.amount),
            "currency": order.total.currency,
            "buyer_login": order.buyer.login,
            "bought_at": order.bought_at,
            "missing_since": None,
            "state": LogState.SEEN if entry.state is LogState.MISSING else entry.state,
        }
        if order.status is OrderStatus.READY and entry.status in (OrderStatus.BOUGHT, OrderStatus.FILLED_IN):
            values["became_ready_at"] = entry.became_ready_at or now
        if entry.store_order_id is not None and not entry.addresses_digest:
            # Made by an older version or known from the store alone: from here on a change is noticed.
            values |= {"addresses_digest": addresses_digest(order), "payments_digest": payments_digest(order)}
        is_skipped = self._plan(order, replace(entry, **values)).step is Step.SKIP  # type: ignore[arg-type]
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, **values)
            if entry.missing_since is not None:
                notices.close_about(session, entry, notices.MISSING, now=now)
            if not is_skipped and order.status is not OrderStatus.CANCELLED and not order.fulfilled_by_allegro:
                # An order that the journal did not tell of: found by the sweep.
                bought = tuple(BoughtLine(line.id, line.offer_id, line.quantity) for line in order.lines)
                hold_back(session, entry.account_id, [Purchase(order.id, bought, order.bought_at)], now=now)
            lines = reservations.of_lines(session, entry.account_id, [line.id for line in order.lines])
            taken = {line_id for line_id, each in lines.items() if each.state is ReservationState.IN_STORE}
            wanted = plan_reservations(order, taken=taken, is_skipped=is_skipped)
            for former_id in reservations.settle(session, entry.account_id, wanted, now=now):
                former = order_log.find(session, entry.account_id, former_id)
                if former is None:
                    continue
                # A merger takes every line of the former order. One that keeps a line is an order still.
                if not reservations.of_order(session, entry.account_id, former_id):
                    self._supersede(session, former, by=order.id)
                order_log.make_due(session, entry.account_id, [former_id], found_by="", now=now)
        return self.checker.reread(entry)

    def _only_planned(self, entry: LogEntry, decision: Decision) -> datetime | None:
        acts = decision.step in _ACTS
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

    def _cancel(self, order: Order, entry: LogEntry, decision: Decision) -> datetime | None:
        # The store is asked even without an attempt on record: a restored backup does not know what it made.
        if entry.store_order_id is None and self.maker.find(entry, order):
            entry = self.checker.reread(entry)
            if entry.store_order_id is None:  # it may still appear
                return entry.due_at
        self.keeper.cancel(order, entry, decision.reason)
        return None

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
            if pause is None and entry.status != OrderStatus.READY and entry.store_order_id is None:
                # Never paid, and gone: nobody waits for its pieces.
                reservations.release(session, entry.account_id, entry.order_id, now=now)
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
