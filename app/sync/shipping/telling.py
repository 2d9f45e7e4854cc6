"""Telling Allegro of one order: its parcel numbers, and that it was sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import (
    AuthRequired,
    Conflict,
    Misconfigured,
    NotFound,
    Rejected,
    Unavailable,
    Uncertain,
    Unreadable,
)
from app.db import made_parcels, order_log, shipments
from app.db.engine import Session
from app.domain.orders import Order, OrderStatus
from app.domain.parcels import Carrier, OnItsWay, Shipment, ShipmentState, ShippedOrder
from app.domain.runs import Result
from app.domain.tracking import ParcelPlan, PlannedParcel, plan_parcels, plan_sent, status_since
from app.domain.tracking_meta import ParcelsFound, parcels_in
from app.domain.waybills import waybill_key
from app.sync.context import JobContext
from app.sync.shipping import notices

SENT = "SENT"
# An order may change between reading and writing; one that does so again and again has its turn later.
_TRIES_ON_CONFLICT = 3
# An order that Allegro does not find is looked for during three days.
_TRIES_WHILE_MISSING = 20
_SOON = timedelta(seconds=60)
_LONGEST_PAUSE = timedelta(hours=6)


@dataclass
class Teller:
    """Works for one run. `carriers` are all that Allegro takes numbers of."""

    context: JobContext
    allegro: AllegroClient
    carriers: Sequence[Carrier]

    def tell(self, due: OnItsWay, shown: ShippedOrder | None) -> None:
        """See that Allegro knows of the order what the store shows; None: nothing that can be read.

        Raises the errors of Allegro's channel where it is not about this order.
        """
        try:
            done = self._told(due, shown)
        except (Rejected, Unreadable, Uncertain) as error:
            pause = min(_SOON * 2 ** min(due.tries, 10), _LONGEST_PAUSE)
            is_given_up = isinstance(error, NotFound) and due.tries >= _TRIES_WHILE_MISSING
            done = replace(due, tries=due.tries + 1, due_at=None if is_given_up else self.context.now() + pause)
            self._report(due.order_id, "", str(error), Result.FAILED)
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            shipments.settle(session, done, looked_for=due.due_at)

    def _told(self, due: OnItsWay, shown: ShippedOrder | None) -> OnItsWay:
        order = self.allegro.order(due.order_id)
        order = self._tell_parcels(order, shown)
        done = replace(due, tries=0, due_at=None)
        if shown is None or not self.context.one_account.settings.mark_sent:
            return done
        with self.context.database.reading() as session:
            reading = shipments.reading(session, due.account_id)
        # Without it the store's orders are not followed, and every status is from before.
        return self._tell_status(order, status_since(shown, reading[0]) if reading else "", done)

    def _tell_parcels(self, order: Order, shown: ShippedOrder | None) -> Order:
        """Returns the order as it was last read. Raises `Uncertain` where a number may or may not be there."""
        account = self.context.one_account
        follows = account.settings.submit_tracking and shown is not None
        with self.context.database.reading() as session:
            known = shipments.of_order(session, account.id, order.id)
            mappings = shipments.carrier_mappings(session, account.id)
            made = made_parcels.of_order(session, account.id, order.id)
        if not follows:
            known = [each for each in known if each.by_hand]
        found = ParcelsFound()
        if shown is not None and follows:
            found = parcels_in(shown.meta, account.settings.tracking_meta_keys, shown.line_meta)
        wanted = found.parcels
        if not wanted and not known:
            return order
        plan = plan_parcels(
            wanted,
            known,
            self.allegro.shipping.parcels(order.id),
            order,
            lines=shown.lines_at_allegro if shown else {},
            carriers=self.carriers,
            mappings=mappings,
            ships_with_allegro=any(each.is_alive for each in made),
        )
        self._note(order, plan, known, (*found.notes, *plan.notes))
        for at, parcel in enumerate(plan.send):
            if at:
                # Each step goes by what the order is then: the buyer may have cancelled it meanwhile.
                order = self.allegro.order(order.id)
                if order.status is OrderStatus.CANCELLED:
                    return order
            self._send(order, parcel, known)
        return order

    def _note(self, order: Order, plan: ParcelPlan, known: Sequence[Shipment], notes: Sequence[str]) -> None:
        """Store what needs no call: numbers that Allegro has already, and those that it is not told."""
        for parcel in plan.already:
            self._keep(order, parcel, known, ShipmentState.SENT, "")
        for renamed in plan.renamed:
            self._store(renamed)
        for parcel in plan.skipped:
            self._keep(order, parcel, known, ShipmentState.SKIPPED, parcel.reason)
            self._report(order.id, parcel.waybill, parcel.reason, Result.SKIPPED)
        for note in notes:
            self._report(order.id, "", note, Result.SKIPPED)

    def _send(self, order: Order, parcel: PlannedParcel, known: Sequence[Shipment]) -> None:
        # Where the answer is lost it stays so, and what Allegro has is read before the next try, which is soon.
        shipment = self._keep(order, parcel, known, ShipmentState.SENDING, "")
        self.context.lease.ensure()
        try:
            self.allegro.shipping.add_parcel(
                order.id, parcel.carrier_id, parcel.carrier_name, parcel.waybill, parcel.line_ids
            )
        except NotFound:
            raise  # Allegro's copies lag, or the order is gone: it is read again before anything else
        except Rejected as error:
            if self._is_there_all_the_same(order, parcel):
                self._note_sent(order, parcel, shipment)
                return
            refused = replace(shipment, state=ShipmentState.REFUSED, error=str(error))
            self._store(refused, lambda session: notices.note_refused(session, refused, now=self.context.now()))
            self._remember(order.id, f"Allegro refused the parcel number {parcel.waybill}", str(error), confirmed=False)
            self._report(order.id, parcel.waybill, str(error), Result.FAILED)
        except (Unavailable, AuthRequired, Misconfigured):
            self._store(replace(shipment, state=ShipmentState.QUEUED))
            raise
        else:
            self._note_sent(order, parcel, shipment)

    def _is_there_all_the_same(self, order: Order, parcel: PlannedParcel) -> bool:
        """Whether Allegro has the number that it has just refused: it has answered with errors and stored it before."""
        at_allegro = self.allegro.shipping.parcels(order.id)
        return waybill_key(parcel.waybill) in {waybill_key(each.waybill) for each in at_allegro}

    def _note_sent(self, order: Order, parcel: PlannedParcel, shipment: Shipment) -> None:
        sent = replace(shipment, state=ShipmentState.SENT, sent_at=self.context.now())
        self._store(sent, lambda session: notices.close_refused(session, sent, now=self.context.now()))
        what = f"the parcel number {parcel.waybill} ({parcel.carrier_name or parcel.carrier_id}) was told to Allegro"
        why = "It was given by hand." if parcel.by_hand else "The store has it."
        self._remember(order.id, what, why, confirmed=True)
        self._report(order.id, parcel.waybill, why, Result.DONE)

    def _tell_status(self, order: Order, store_status: str, done: OnItsWay) -> OnItsWay:
        for _ in range(_TRIES_ON_CONFLICT):
            decision = plan_sent(order, store_status, is_known_sent=bool(done.status_told or done.refusal))
            if not decision.is_due:
                return done
            try:
                self.allegro.set_fulfilment(order.id, SENT, order.revision)
            except Conflict:
                order = self.allegro.order(order.id)
                continue
            except NotFound:
                raise
            except Rejected as error:
                # Each write counts against a limit of the order, so that what is refused stays so.
                self._remember(order.id, "Allegro refused the status SENT", str(error), confirmed=False)
                self._report(order.id, SENT, str(error), Result.FAILED)
                with self.context.database.transaction() as session:
                    self.context.lease.guard(session)
                    account_id, now = self.context.one_account.id, self.context.now()
                    notices.note_status_refused(session, account_id, order.id, str(error), now=now)
                return replace(done, refusal=str(error))
            self._remember(order.id, "set to SENT at Allegro", decision.reason, confirmed=True)
            self._report(order.id, SENT, decision.reason, Result.DONE)
            return replace(done, status_told=SENT)
        return replace(done, due_at=self.context.now() + _SOON)

    def _keep(
        self, order: Order, parcel: PlannedParcel, known: Sequence[Shipment], state: ShipmentState, error: str
    ) -> Shipment:
        """Store what has become of a number; returns its entry."""
        now, account_id = self.context.now(), self.context.one_account.id
        entry = next((each for each in known if each.id == parcel.shipment_id), None)
        wanted = Shipment(
            id=entry.id if entry else 0,
            account_id=account_id,
            order_id=order.id,
            carrier_id=parcel.carrier_id,
            carrier_name=parcel.carrier_name,
            waybill=parcel.waybill,
            line_ids=parcel.line_ids,
            state=state,
            error=error,
            by_hand=parcel.by_hand,
            provider=parcel.provider,
            created_at=entry.created_at if entry else now,
            sent_at=now if state is ShipmentState.SENT else None,
        )
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            if entry is None:
                shipments.add(session, [wanted])
                known = shipments.of_order(session, account_id, order.id)
                [wanted] = [each for each in known if each.waybill == wanted.waybill]
            else:
                shipments.save(session, wanted)
            if state in (ShipmentState.SENT, ShipmentState.SKIPPED):
                notices.close_refused(session, wanted, now=now)
        return wanted

    def _store(self, shipment: Shipment, also: Callable[[Session], None] | None = None) -> None:
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            shipments.save(session, shipment)
            if also is not None:
                also(session)

    def _remember(self, order_id: str, what: str, why: str, *, confirmed: bool) -> None:
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            account_id, now = self.context.one_account.id, self.context.now()
            order_log.remember(session, account_id, order_id, what=what, why=why, confirmed=confirmed, now=now)

    def _report(self, order_id: str, what: str, why: str, result: Result) -> None:
        self.context.report.add(f"order {order_id}", after=what, why=why, result=result)
