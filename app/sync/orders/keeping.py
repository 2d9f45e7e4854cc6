"""Keeping a store order in step with its Allegro order after it was made."""

from dataclasses import dataclass

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Conflict, Rejected
from app.channels.woocommerce.client import StoreClient
from app.db import alerts, made_parcels, order_log, reservations
from app.domain.amending import not_taken, plan_amendment, taken_lines
from app.domain.importing import changed_parts
from app.domain.order_log import LogEntry, LogState
from app.domain.orders import Order
from app.domain.parties import address_meta, addresses_digest, billing_of, payment_meta, payments_digest, shipping_of
from app.domain.reservations import ReservationState
from app.domain.runs import Result
from app.domain.store import OrderChange, StoreOrder
from app.sync.context import JobContext
from app.sync.orders import notices
from app.sync.orders.comparing import OrderChecker

# Statuses of a store order that a person is done with, in one way or another, and of one whose goods have left.
_OVER = ("cancelled", "refunded", "failed", "trash")
_SHIPPED = ("completed",)
# A store order of these statuses still waits for the person whom it was put on hold for.
_WAITING = ("pending", "on-hold", "trash")


@dataclass
class OrderKeeper:
    """Does what happens to an order after its import, for one run."""

    context: JobContext
    allegro: AllegroClient
    store: StoreClient
    checker: OrderChecker

    def mark(self, order: Order, entry: LogEntry) -> bool:
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

    def release(self, order: Order, entry: LogEntry) -> None:
        """The cancel window is over: let the store order be packed, unless a person has decided otherwise."""
        made = self.checker.made_of(entry)
        if made is None or made.status == "trash":
            self.checker.check(order, entry, made)  # nobody would ship it
            return
        if made.status == "on-hold":
            self.checker.let_go(order, made.id)
        self._record(entry, state=LogState.IMPORTED, release_at=None, reason="")
        self._remember(entry, f"store order {entry.store_order_id} was released", "The buyer can no longer cancel it.")

    def revisit(self, order: Order, entry: LogEntry) -> bool:
        """Look whether the order can be put right, or a person has released it. Returns whether anything moved on."""
        made = self.checker.made_of(entry)
        if made is None or made.status in ("pending", "trash"):
            return False
        if made.status in _OVER:
            self._given_up(entry, made)
            return False
        if self._amend(order, entry, made):
            return True
        taken = taken_lines(made, order, is_new=False)
        if entry.state is LogState.ON_HOLD and made.status == "on-hold" and self._still_open(entry) & taken:
            # The products were put on its lines, and the answer was lost: it was not compared since.
            self.checker.check(order, entry, made)
            return self.checker.reread(entry).state is not LogState.ON_HOLD
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            self.checker.note_taken(session, entry, order, taken)
        if made.status in _WAITING or entry.state is not LogState.ON_HOLD:
            return False
        if self.context.one_account.settings.send_customer_emails:
            # It was held without an address; from here on the store's mails about it are the buyer's.
            self.store.change_order(made.id, OrderChange(billing_email=order.buyer.email))
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, state=LogState.IMPORTED, reason="", release_at=None)
            notices.close_about(session, entry, notices.ON_HOLD, now=self.context.now())
        return True

    def _given_up(self, entry: LogEntry, made: StoreOrder) -> None:
        """A person has ended the order that waited for one; what it held back is free again."""
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, reason=f"Store order {made.id} was set to {made.status} in the store.")
            reservations.release(session, entry.account_id, entry.order_id, now=now)
            notices.close_about(session, entry, notices.ON_HOLD, now=now)

    def update(self, order: Order, entry: LogEntry) -> None:
        """Write to the store order what has changed at Allegro since: addresses, payments, what there is to pay."""
        changes = " and ".join(changed_parts(order, entry))
        made = self.checker.made_of(entry)
        # One in the bin may be taken out of it, and must not be sent to a former address then.
        if made is None or (made.status in _OVER and made.status != "trash"):
            self._record(entry, **_digests(order))
            return
        is_new_address = entry.addresses_digest != addresses_digest(order)
        is_new_amount = entry.payments_digest != payments_digest(order)
        before = made.total
        if is_new_address and (made.status in _SHIPPED or order.is_shipped):
            self._warn(
                entry,
                notices.CHANGED_TOO_LATE,
                title=f"Order {order.id} (store order {made.id}): the buyer changed the address after it was shipped.",
                remedy="Compare the address at Allegro with the parcel's, and redirect the parcel if you can.",
            )
            is_new_address = False
        settings = self.context.one_account.settings
        # With another address the store counts the taxes anew.
        made = self.store.change_order(
            made.id,
            OrderChange(
                billing=billing_of(order) if is_new_address else None,
                shipping=shipping_of(order) if is_new_address else None,
                meta=payment_meta(order)
                + (address_meta(order, settings.tax_number_meta_key, with_empty=True) if is_new_address else ()),
            ),
        )
        if made.status != "trash" and not self._amend(order, entry, made):
            # What a person has released with another total stays released until the amounts change.
            differs = made.total != order.total.amount and (is_new_amount or made.total != before)
            if differs or (is_new_amount and entry.state is LogState.ON_HOLD and made.status == "on-hold"):
                self.checker.check(order, entry, made)
        # Last, so that what was cut off is done once more: all of it may be repeated.
        self._record(entry, **_digests(order))
        self._remember(entry, f"store order {made.id} was brought up to date", f"{changes} changed at Allegro.")
        self.checker.tell(made.id, f"{changes} changed at Allegro.")

    def recover(self, order: Order, entry: LogEntry) -> None:
        """A person asked for the order's import: bring its store order back, or clear the way for another."""
        made = self.checker.made_of(entry)
        if made is None:
            gone = f"store order {entry.store_order_id} is gone"
            with self.context.database.transaction() as session:
                self.context.lease.guard(session)
                held = reservations.of_order(session, entry.account_id, order.id)
                order_log.record(session, entry, state=LogState.SEEN, store_order_id=None, imported_at=None, reason="")
                if any(each.state == "in_store" for each in held):
                    pieces = ", ".join(f"{line.quantity} x {line.offer_name}" for line in order.lines)
                    notices.open_about(
                        session,
                        entry,
                        notices.STOCK_TAKEN_TWICE,
                        title=f"Order {order.id} is imported again. Its {gone}, and a deleted order gives no stock "
                        f"back: {pieces} may have been taken out of stock twice.",
                        remedy="Add the pieces to the stock in the store, unless you did when you deleted or cancelled "
                        "the former order. Then resolve this alert.",
                        now=self.context.now(),
                    )
            self._remember(entry, gone, "A person asked for its import, so another is made.")
            return
        if made.status != "trash":
            self._record(entry, asked_at=None)
            return
        # Released from on-hold, it would be mailed to its buyer once more; as processing, it would be sent once more.
        status = "completed" if order.is_shipped else "on-hold" if entry.state is LogState.ON_HOLD else "processing"
        # Before the call, so that it is compared and released also when the answer is lost.
        self._record(entry, state=LogState.IMPORTING)
        self.store.change_order(made.id, OrderChange(status=status))
        self._record(entry, asked_at=None)
        self._remember(entry, f"store order {made.id} was taken out of the bin", "A person asked for its import.")

    def cancel(self, order: Order, entry: LogEntry, reason: str) -> None:
        """Cancel the store order of a cancelled order, which gives its stock back, unless its goods have left."""
        made = self.checker.made_of(entry)
        if made is None:
            self.cancelled(entry, f"{reason} Its store order is gone." if entry.store_order_id else reason)
        elif made.status in _SHIPPED or (order.is_shipped and made.status not in _OVER):
            self._cancelled_too_late(entry)
        elif made.status in _OVER:
            self.cancelled(entry, reason)
        else:
            self.store.set_order_status(made.id, "cancelled")
            self.cancelled(entry, reason, what=f"store order {made.id} was cancelled")

    def cancelled(self, entry: LogEntry, reason: str, *, what: str = "") -> None:
        """Note that the order is over."""
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, state=LogState.CANCELLED, reason=reason, release_at=None)
            reservations.release(session, entry.account_id, entry.order_id, now=now)
            notices.close_about(session, entry, *notices.WHILE_ALIVE, now=now)
            made = made_parcels.of_order(session, entry.account_id, entry.order_id)
            left = ", ".join(str(parcel.id) for parcel in made if parcel.is_alive)
            if left and entry.state is not LogState.CANCELLED:
                notices.open_about(
                    session,
                    entry,
                    notices.CANCELLED_TOO_LATE,
                    title=f"Order {entry.order_id}: {reason} It has a parcel of Ship with Allegro.",
                    remedy=f"Do not send it, and cancel the parcel {left}.",
                    now=now,
                )
            if what:
                order_log.remember(
                    session, entry.account_id, entry.order_id, what=what, why=reason, confirmed=True, now=now
                )
        if entry.state is not LogState.CANCELLED:
            self.context.report.add(
                f"order {entry.order_id}", before=entry.state, after="cancelled", why=reason, result=Result.DONE
            )

    def give_way(self, entry: LogEntry, successor: LogEntry) -> bool:
        """The order's lines are in another order now: cancel its store order once the other one is there.

        In this order, because the pieces must not look free in between. Returns whether that is done.
        """
        made = self.checker.made_of(entry)
        if made is not None and made.status not in _OVER:
            if successor.state not in (LogState.IMPORTED, LogState.ON_HOLD, LogState.CANCELLED, LogState.SKIPPED):
                return False
            if made.status in _SHIPPED:
                self._warn(
                    entry,
                    notices.MERGED_TOO_LATE,
                    title=f"Store order {made.id} was completed, and its purchase is in order {successor.order_id} "
                    f"(store order {successor.store_order_id}) now.",
                    remedy="Do not ship it a second time: cancel what is not shipped yet in the store.",
                )
            else:
                self.store.set_order_status(made.id, "cancelled")
                self._remember(entry, f"store order {made.id} was cancelled", _MERGED)
        self._record(entry, state=LogState.SUPERSEDED, reason=f"Its lines are in order {entry.superseded_by} now.")
        return True

    def _amend(self, order: Order, entry: LogEntry, made: StoreOrder) -> bool:
        """Put products on lines that had none, and add fees that came later. Returns whether there was anything."""
        composed = self.checker.compose(order, entry)
        amendment = plan_amendment(made, composed.draft)
        if amendment.is_empty:
            return False
        made = self.store.amend_order(made.id, amendment)
        now = self.context.now()
        left = not_taken(made, amendment)
        what = [f"{line.name} is product {line.variation_id or line.product_id}" for _, line in amendment.lines]
        what += [f"{fee.name}: {fee.total} net" for _, fee in amendment.fees]
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.remember(
                session,
                entry.account_id,
                entry.order_id,
                what=f"store order {made.id} was completed: {'; '.join(what)}",
                why="A product was found for a line." if amendment.lines else "The buyer paid something more.",
                confirmed=True,
                now=now,
            )
            if left:
                pieces = ", ".join(f"{line.quantity} x {line.name}" for line in left)
                notices.open_about(
                    session,
                    entry,
                    notices.STOCK_NOT_TAKEN,
                    title=f"Store order {made.id} got its products, but the store took no stock for {pieces}.",
                    remedy="Take the pieces out of the stock in the store by hand, then resolve this alert. Until then "
                    "they are held back from sale at Allegro.",
                    now=now,
                )
        self.checker.check(order, self.checker.reread(entry), made, composed)
        return True

    def _still_open(self, entry: LogEntry) -> set[str]:
        """The lines whose pieces are still held back."""
        with self.context.database.reading() as session:
            held = reservations.of_order(session, entry.account_id, entry.order_id)
        return {each.line_id for each in held if each.state is ReservationState.OPEN}

    def _cancelled_too_late(self, entry: LogEntry) -> None:
        reason = "It was cancelled at Allegro, and its goods have left."
        with self.context.database.reading() as session:
            told = alerts.subjects(session, notices.CANCELLED_TOO_LATE, entry.account_id)
        if entry.state is LogState.CANCELLED and entry.order_id in told:
            return
        self._warn(
            entry,
            notices.CANCELLED_TOO_LATE,
            title=f"Order {entry.order_id} (store order {entry.store_order_id}): {reason}",
            remedy="Stop the parcel if you can; otherwise wait for the return and refund the buyer.",
        )
        self._record(entry, state=LogState.CANCELLED, reason=reason, release_at=None)
        self.context.report.add(f"order {entry.order_id}", after="cancelled", why=reason, result=Result.DONE)

    def _record(self, entry: LogEntry, **values: object) -> None:
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(session, entry, **values)

    def _remember(self, entry: LogEntry, what: str, why: str) -> None:
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.remember(session, entry.account_id, entry.order_id, what=what, why=why, confirmed=True, now=now)
        self.context.report.add(f"order {entry.order_id}", after=what, why=why, result=Result.DONE)

    def _warn(self, entry: LogEntry, kind: str, *, title: str, remedy: str) -> None:
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            notices.open_about(session, entry, kind, title=title, remedy=remedy, now=self.context.now())


def _digests(order: Order) -> dict[str, str]:
    return {"addresses_digest": addresses_digest(order), "payments_digest": payments_digest(order)}


_MERGED = "The buyer paid several purchases together; they are one order now."
