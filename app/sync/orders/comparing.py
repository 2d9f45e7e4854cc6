"""Composing the store order of an Allegro order, and comparing what the store made with it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.channels.errors import ChannelError, NotFound
from app.channels.woocommerce.client import StoreClient
from app.db import alerts, offer_links, order_log, reservations
from app.db.engine import Session
from app.domain.amending import taken_lines
from app.domain.drafts import Composed, compose, faults_of
from app.domain.importing import held_until, retry_after
from app.domain.order_log import LogEntry, LogState
from app.domain.orders import Order
from app.domain.reservations import ReservationState, plan_reservations
from app.domain.runs import Result
from app.domain.store import OrderChange, StoreOrder
from app.sync.context import JobContext
from app.sync.known_taxes import KnownTaxes
from app.sync.orders import notices
from app.sync.orders.customers import CustomerFound, Customers
from app.sync.orders.known import Catalogue

# Longer than the store may take to finish an account whose answer was lost.
_PATIENCE_WITH_CUSTOMERS = timedelta(minutes=10)


@dataclass
class OrderChecker:
    """Composes and compares for one run."""

    context: JobContext
    store: StoreClient
    catalogue: Catalogue
    taxes: KnownTaxes
    customers: Customers

    def compose(self, order: Order, entry: LogEntry) -> Composed:
        account = self.context.one_account
        with self.context.database.reading() as session:
            links = offer_links.of_offers(session, account.id, [line.offer_id for line in order.lines])
        others = [line for line in order.lines if line.offer_id not in links]
        products = self.catalogue.products({line.external_id for line in others})
        unknown = {line.offer_name for line in others if not products.get(line.external_id.lower())}
        return compose(
            order,
            account_name=account.name,
            linked=self.catalogue.linked(links),
            products=products,
            titles=self.catalogue.titled(unknown) if account.settings.match_items_by_title else None,
            taxes=self.taxes.of(self.store, self.context.now()),
            settings=account.settings,
            is_held=self._held(order, entry) is not None,
        )

    def with_customer(self, order: Order, entry: LogEntry, composed: Composed) -> Composed:
        """The same with the buyer's account in the store, which may have to be made.

        A store that is down takes no order either. One that takes orders, and of customers wants to hear nothing,
        holds an order up for some minutes only.
        """
        draft = composed.draft
        try:
            found = self.customers.id_for(order, draft.billing, draft.shipping)
        except ChannelError as error:
            came_at = max(filter(None, (entry.first_seen_at, entry.became_ready_at, entry.asked_at)))
            if self.context.now() - came_at < _PATIENCE_WITH_CUSTOMERS:
                raise
            found = CustomerFound(note=f"The order has no customer account in the store. {error}")
        notes = composed.notes + ((found.note,) if found.note else ())
        return replace(composed, draft=replace(draft, customer_id=found.customer_id), notes=notes)

    def check(
        self, order: Order, entry: LogEntry, made: StoreOrder | None = None, composed: Composed | None = None
    ) -> None:
        """Compare the order that the store made with what was asked for; release it, or hold it for a person."""
        if entry.store_order_id is None:
            return
        reasons: tuple[str, ...]
        is_new, held = entry.imported_at is None, None
        made = made or self.made_of(entry)
        if made is None:
            reasons = (f"Store order {entry.store_order_id} was deleted in the store.",)
        else:
            composed = composed or self.compose(order, entry)
            reasons = composed.hold_reasons + faults_of(made, composed.draft, order)
            if made.status == "trash":
                reasons += ("It is in the store's bin.",)
            elif reasons and made.status in ("pending", "processing"):
                made = self.store.change_order(made.id, OrderChange(status="on-hold"))
            elif not reasons and self._is_ours_to_release(made, entry):
                held = self._held(order, entry)
                if held is None:
                    made = self.let_go(order, made.id)
                elif made.status == "pending":
                    made = self.store.change_order(made.id, OrderChange(status="on-hold"))
            if is_new and reasons and made.status == "on-hold":
                self._address(order, made.id)
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(
                session,
                entry,
                state=LogState.ON_HOLD if reasons or held else LogState.IMPORTED,
                imported_at=entry.imported_at or now,
                release_at=held,
                reason=" ".join(reasons) or (_HELD if held else ""),
            )
            if made is not None:
                self.note_taken(session, entry, order, taken_lines(made, order, is_new=is_new))
            notices.close_about(session, entry, notices.FAILED, now=now)
            if made is not None and made.status != "trash":
                notices.close_about(session, entry, *notices.WHILE_AWAY, now=now)
            if reasons:
                notices.open_about(
                    session,
                    entry,
                    notices.ON_HOLD,
                    title=f"Store order {entry.store_order_id} (Allegro order {order.id}) waits: {' '.join(reasons)}",
                    remedy=_REMEDY if made is not None else notices.remedy_of_gone(entry),
                    now=now,
                )
            else:
                notices.close_about(session, entry, notices.ON_HOLD, now=now)
        self.context.report.add(
            f"order {order.id}",
            before=entry.state,
            after=f"store order {entry.store_order_id}",
            why=" ".join(reasons),
            result=Result.DONE,
        )

    def note_taken(self, session: Session, entry: LogEntry, order: Order, taken: Collection[str]) -> None:
        """Settle the order's reservations by the lines whose pieces its store order has taken out of stock.

        Pieces that a person has been asked to take out by hand stay held back until that person says so.
        """
        if alerts.is_open(session, notices.STOCK_NOT_TAKEN, account_id=entry.account_id, subject=entry.order_id):
            held = reservations.of_order(session, entry.account_id, order.id)
            taken = set(taken) - {each.line_id for each in held if each.state is ReservationState.OPEN}
        reservations.settle(session, entry.account_id, plan_reservations(order, taken=taken), now=self.context.now())

    def made_of(self, entry: LogEntry) -> StoreOrder | None:
        """The store order as it is now; None where there is none, or none any more.

        A store that was put back to an old backup gives the same numbers again, to other people's orders.
        """
        if entry.store_order_id is None:
            return None
        try:
            made = self.store.order(entry.store_order_id)
        except NotFound:
            return None
        return made if entry.order_id in (made.allegro_order_id, made.transaction_id) else None

    def let_go(self, order: Order, store_order_id: int) -> StoreOrder:
        """Let a store order that was on hold be packed; only now may the store mail its buyer."""
        wants_mail = self.context.one_account.settings.send_customer_emails
        change = OrderChange(status="processing", billing_email=order.buyer.email if wants_mail else "")
        return self.store.change_order(store_order_id, change)

    def _address(self, order: Order, store_order_id: int) -> None:
        """Give an order on hold its buyer's address, which mails nothing: the person who releases it does that."""
        if self.context.one_account.settings.send_customer_emails and order.buyer.email:
            self.store.change_order(store_order_id, OrderChange(billing_email=order.buyer.email))

    def tell(self, store_order_id: int, *notes: str) -> None:
        """Note something on the store order for whoever looks at it; it is in our own history as well."""
        try:
            for note in notes:
                self.store.add_note(store_order_id, note)
        except ChannelError as error:
            # A note that is missing must not stop an order, and one that may be there must not come twice.
            self.context.report.add(f"note on store order {store_order_id}", why=str(error), result=Result.SKIPPED)

    def fail(self, entry: LogEntry, reason: str) -> None:
        """The order cannot be imported for a reason of its own: name it, try again later, go on with the others."""
        now = self.context.now()
        entry = self.reread(entry)
        count = entry.attempts + 1
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            order_log.record(
                session,
                entry,
                # With a store order it is imported all the same, and waits for a person.
                state=LogState.FAILED if entry.store_order_id is None else entry.state,
                reason=reason,
                attempts=count,
                due_at=now + retry_after(count),
            )
            order_log.remember(
                session, entry.account_id, entry.order_id, what="not imported", why=reason, confirmed=False, now=now
            )
            notices.open_about(
                session,
                entry,
                notices.FAILED,
                title=f"Order {entry.order_id} cannot be imported: {reason}",
                remedy="Mend what the reason names; the order is tried again by itself, less and less often.",
                now=now,
            )
        self.context.report.add(f"order {entry.order_id}", before=entry.state, why=reason, result=Result.FAILED)

    def reread(self, entry: LogEntry) -> LogEntry:
        """The entry as it is now; that of a dry run was never stored."""
        if not entry.id:
            return entry
        with self.context.database.reading() as session:
            return order_log.by_id(session, entry.id)

    @staticmethod
    def _is_ours_to_release(made: StoreOrder, entry: LogEntry) -> bool:
        """Whether the store order stands still because of us, and not because of a person.

        The store saves a new order as pending before it gives it its status, and may die in between.
        """
        if made.status == "pending":
            return entry.imported_at is None
        return made.status == "on-hold" and entry.state is not LogState.IMPORTED

    def _held(self, order: Order, entry: LogEntry) -> datetime | None:
        """Until when the order is held for its buyer's cancel window; None when that is over, or there is none."""
        until = held_until(order, entry, self.context.one_account.settings)
        return until if until is not None and until > self.context.now() else None


_REMEDY = (
    "Correct the order in the store by hand, then set its status to processing. A line without a product is put right "
    "by itself once the store has a product with the offer's SKU."
)
_HELD = "The buyer may still cancel it; it is released by itself."
