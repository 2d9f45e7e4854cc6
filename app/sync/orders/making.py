"""Making the store order of an Allegro order, exactly once.

The store has no key that would make a repeated POST harmless, and a call whose answer is lost may have been carried
out, or may still be. So: the intent is committed before the call and the id after it; an intent without an outcome is
looked for in the store by the Allegro id that every order of ours carries; and only when the store had time enough to
finish and has no such order is another attempt made.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.channels.errors import AuthRequired, Misconfigured, Rejected, Unavailable, Uncertain
from app.channels.woocommerce.client import StoreClient
from app.db import attempts, order_log, reservations
from app.domain.amending import taken_lines
from app.domain.drafts import Composed, payload_hash
from app.domain.order_log import Attempt, Fate, LogEntry, LogState
from app.domain.orders import Order
from app.domain.parties import addresses_digest, payments_digest
from app.domain.reservations import plan_reservations
from app.domain.runs import Result
from app.domain.store import StoreOrder
from app.sync.context import JobContext
from app.sync.orders import notices
from app.sync.orders.comparing import OrderChecker
from app.sync.orders.known import KnownOrders
from app.sync.orders.overselling import Overselling

# An intent may wait this long for its call; a process that was stopped in between must not make the call any more.
_FRESH = timedelta(seconds=10)
_LOST_TOO_OFTEN = 4


@dataclass
class OrderMaker:
    """Makes, finds and adopts store orders for one run."""

    context: JobContext
    store: StoreClient
    known: KnownOrders
    checker: OrderChecker
    overselling: Overselling

    def make(self, order: Order, entry: LogEntry) -> None:
        """Make the order, adopt the one that is there, or wait until it is certain that there is none."""
        if self.find(entry, order):
            return
        composed = self.checker.with_customer(order, entry, self.checker.compose(order, entry))
        attempt_id = self._intend(order, entry, composed)
        try:
            created = self.store.create_order(composed.draft)
        except Uncertain as error:
            self._lost(entry, attempt_id, str(error))
        except Rejected as error:
            self._close(entry, attempt_id, Fate.REFUSED, str(error))
            self.checker.fail(entry, f"The store refuses the order: {error}")
        except (Unavailable, AuthRequired, Misconfigured) as error:
            self._close(entry, attempt_id, Fate.REFUSED, str(error))
            raise
        else:
            self.known.add(created)
            self._made(order, entry, attempt_id, created)
            self.checker.tell(created.id, *composed.notes)
            self.checker.check(order, self.checker.reread(entry), created, composed)
            self.overselling.look(composed.draft)

    def find(self, entry: LogEntry, order: Order | None) -> bool:
        """Whether the order is in the store already, or may still appear there: either way nothing is to be made.

        `order` is None for one that Allegro no longer shows. What is found is taken over.
        """
        order_id, since = entry.order_id, order.bought_at if order else entry.bought_at or entry.first_seen_at
        with self.context.database.reading() as session:
            tries = attempts.of_order(session, entry.account_id, order_id)
        unresolved = [attempt for attempt in tries if attempt.fate.is_unresolved]
        settled_at = max((self._settled_at(attempt) for attempt in unresolved), default=None)
        is_settled = settled_at is None or self.context.now() >= settled_at
        first = min([since, *(attempt.started_at for attempt in tries)])
        # An attempt without an outcome asks for a look at the store as it is now; once it has settled, the look may
        # be older than now but must be younger than that.
        looked_after = (settled_at if is_settled else self.context.now()) if unresolved else None
        found = self.known.of(order_id, since=first, looked_after=looked_after)
        if found:
            self._adopt(order, entry, found, unresolved, must_check=bool(tries))
            return True
        if not is_settled:
            self._wait_for(entry, settled_at)
            return True
        if unresolved:
            with self.context.database.transaction() as session:
                self.context.lease.guard(session)
                for attempt in unresolved:
                    attempts.close(session, attempt.id, Fate.ABSENT, now=self.context.now())
        return False

    def _intend(self, order: Order, entry: LogEntry, composed: Composed) -> int:
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            attempt_id = attempts.begin(
                session, entry.account_id, order.id, payload_hash=payload_hash(composed.draft), now=now
            )
            order_log.record(
                session,
                entry,
                state=LogState.IMPORTING,
                attempts=entry.attempts + 1,
                addresses_digest=addresses_digest(order),
                payments_digest=payments_digest(order),
            )
        self.context.lease.ensure()
        if self.context.now() - now > _FRESH:
            raise Unavailable(
                f"This process stood still before it could make the order of {order.id}; nothing was sent.",
                channel="store",
            )
        return attempt_id

    def _made(self, order: Order, entry: LogEntry, attempt_id: int, created: StoreOrder) -> None:
        now = self.context.now()
        taken = taken_lines(created, order, is_new=True)
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            attempts.close(session, attempt_id, Fate.CREATED, now=now, store_order_id=created.id)
            order_log.record(
                session, entry, state=LogState.IMPORTING, store_order_id=created.id, reason="", asked_at=None
            )
            reservations.settle(session, entry.account_id, plan_reservations(order, taken=taken), now=now)
            order_log.remember(
                session,
                entry.account_id,
                entry.order_id,
                what=f"store order {created.id} was made",
                why="The order is paid, or is paid for at delivery.",
                confirmed=True,
                now=now,
            )
            notices.close_about(session, entry, notices.FAILED, now=now)

    def _adopt(
        self,
        order: Order | None,
        entry: LogEntry,
        found: list[StoreOrder],
        unresolved: list[Attempt],
        *,
        must_check: bool,
    ) -> None:
        # A living order before one in the bin; the oldest before a later one.
        found = sorted(found, key=lambda each: (each.status == "trash", each.status == "cancelled", each.id))
        chosen, now = self.store.order(found[0].id), self.context.now()  # the list came without the lines
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            for attempt in unresolved:
                attempts.close(session, attempt.id, Fate.ADOPTED, now=now, store_order_id=chosen.id)
            order_log.record(
                session,
                entry,
                state=_state_of(chosen, must_check=must_check),
                store_order_id=chosen.id,
                imported_at=entry.imported_at if must_check else min(chosen.created_at or now, now),
                reason="",
            )
            if order is not None:
                taken = taken_lines(chosen, order, is_new=must_check)
                reservations.settle(session, entry.account_id, plan_reservations(order, taken=taken), now=now)
            order_log.remember(
                session,
                entry.account_id,
                entry.order_id,
                what=f"store order {chosen.id} was found and taken over",
                why="It carries this order's Allegro id, so it was made before.",
                confirmed=True,
                now=now,
            )
            notices.close_about(session, entry, notices.FAILED, now=now)
            if not must_check and chosen.status == "on-hold":
                notices.open_about(
                    session,
                    entry,
                    notices.ON_HOLD,
                    title=f"Store order {chosen.id} (Allegro order {entry.order_id}) was found on hold.",
                    remedy="See in the store what it waits for, then set its status to processing.",
                    now=now,
                )
            living = [each for each in found if each.status not in ("trash", "cancelled")]
            if len(living) > 1:
                ids = " and ".join(str(each.id) for each in living)
                notices.open_about(
                    session,
                    entry,
                    notices.TWICE,
                    title=f"The store has more than one order for Allegro order {entry.order_id}: {ids}.",
                    remedy=f"Keep {chosen.id} and cancel the other in the store; its stock comes back with that.",
                    now=now,
                )
        self.context.report.add(
            f"order {entry.order_id}",
            before=entry.state,
            after=f"store order {chosen.id}",
            why="found in the store",
            result=Result.DONE,
        )

    def _lost(self, entry: LogEntry, attempt_id: int, detail: str) -> None:
        now = self.context.now()
        due_at = now + timedelta(seconds=self.context.config.store_settle)
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            attempts.close(session, attempt_id, Fate.LOST, now=now, detail=detail)
            order_log.record(session, entry, state=LogState.IMPORTING, reason=_WAITS, due_at=due_at)
            order_log.remember(
                session,
                entry.account_id,
                entry.order_id,
                what="the store's answer was lost",
                why=detail,
                confirmed=False,
                now=now,
            )
            if entry.attempts >= _LOST_TOO_OFTEN:
                notices.open_about(
                    session,
                    entry,
                    notices.FAILED,
                    title=f"Order {entry.order_id} is not in the store after {entry.attempts + 1} attempts: {detail}",
                    remedy="See the store's error log: a plugin may fail at this order. It is tried again by itself.",
                    now=now,
                )
        self.context.report.add(f"order {entry.order_id}", before=entry.state, why=detail, result=Result.FAILED)

    def _close(self, entry: LogEntry, attempt_id: int, fate: Fate, detail: str) -> None:
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            attempts.close(session, attempt_id, fate, now=self.context.now(), detail=detail)
            order_log.record(session, entry, state=entry.state, attempts=entry.attempts)

    def _wait_for(self, entry: LogEntry, settled_at: datetime | None) -> None:
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, state=LogState.IMPORTING, reason=_WAITS, due_at=settled_at)
        self.context.report.add(f"order {entry.order_id}", before=entry.state, why=_WAITS, result=Result.SKIPPED)

    def _settled_at(self, attempt: Attempt) -> datetime:
        """When the store has certainly finished with the attempt, one way or the other."""
        if attempt.fate is Fate.LOST and attempt.finished_at is not None:
            return attempt.finished_at + timedelta(seconds=self.context.config.store_settle)
        return attempt.started_at + self.context.settle


def _state_of(adopted: StoreOrder, *, must_check: bool) -> LogState:
    # What our own attempts left is still to be checked; an order of an older memory was, and may have been changed by
    # hand since. In the bin it is nothing that anybody would ship, and why it is on hold nobody remembers.
    if must_check or adopted.status == "trash":
        return LogState.IMPORTING
    return LogState.ON_HOLD if adopted.status == "on-hold" else LogState.IMPORTED


_WAITS = "The store's answer was lost; the order is looked for in the store before another attempt is made."
