"""Going on with parcels that Ship with Allegro makes or cancels, until Allegro is at their end.

A command keeps the id under which it was committed. Where Allegro has never received it, it is sent again with the same
id, which Allegro carries out once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.channels.allegro.client import AllegroClient
from app.channels.errors import NotFound, Rejected, Unreadable
from app.db import accounts, made_parcels, order_log, shipments
from app.db.engine import Database, Session
from app.domain.accounts import why_nothing_is_sent
from app.domain.made_parcels import (
    CommandResult,
    MadeParcel,
    MadeParcelState,
    MadeShipment,
    ParcelChoices,
    after_command,
    after_look,
    why_not_made,
)
from app.domain.new_offers import FieldError
from app.domain.order_log import LogEntry
from app.domain.orders import Order
from app.domain.parcels import Shipment, ShipmentState
from app.domain.runs import Result
from app.errors import BridgeError
from app.sync.context import JobContext

# What a person asked for and Allegro has not received is only sent while the person still expects it.
EXPECTED_FOR = timedelta(minutes=15)
# Carriers give numbers within minutes; after days nobody looks any more.
_NUMBERS_WITHIN = timedelta(days=2)


class ParcelBlocked(BridgeError):
    """The order cannot be sent with Ship with Allegro as things stand, or its parcel is not fit for what is asked."""


class ParcelRefused(BridgeError):
    """Nothing was done. `field` names what to change in the request."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def may_send(database: Database, account_id: int) -> bool:
    """Whether the account lets anything be changed at Allegro now, whatever it did when that was asked for."""
    with database.reading() as session:
        return not why_nothing_is_sent(accounts.get(session, account_id))


def has_open_parcels(session: Session, account_id: int, now: datetime) -> bool:
    return made_parcels.is_any_open(session, account_id, now - _NUMBERS_WITHIN)


def go_on_with_parcels(context: JobContext, allegro: AllegroClient) -> None:
    """Ask Allegro about every parcel of the account that is not at its end. Raises the errors of its channel that are
    about more than one parcel."""
    if not context.writes:
        return
    account_id = context.one_account.id
    with context.database.reading() as session:
        waiting = made_parcels.open_since(session, account_id, context.now() - _NUMBERS_WITHIN)
    maker = ParcelMaker(context.database, allegro, context.now)
    for parcel in waiting:
        what = f"parcel {parcel.id} of order {parcel.order_id}"
        try:
            after = maker.go_on(parcel)
        except (Rejected, Unreadable) as error:
            context.report.add(what, why=str(error), result=Result.FAILED)
        else:
            if after != parcel:
                context.report.add(what, before=parcel.state, after=after.state, result=Result.DONE)


@dataclass
class ParcelMaker:
    """Raises the errors of Allegro's channel. What somebody else has stored meanwhile is never overwritten."""

    database: Database
    allegro: AllegroClient
    now: Callable[[], datetime]

    def prepared(self, order: Order, entry: LogEntry, choices: ParcelChoices) -> dict[str, Any]:
        """What is sent to have the parcel made. Raises `ParcelBlocked`."""
        if why := why_not_made(entry, order):
            raise ParcelBlocked(why)
        try:
            return self.allegro.ship_with_allegro.input_for(order.id, choices)
        except Rejected as error:
            raise ParcelBlocked(str(error)) from error

    def make(self, parcel: MadeParcel, prepared: dict[str, Any]) -> MadeParcel:
        """Have a parcel made that is committed."""
        try:
            self.allegro.ship_with_allegro.make(parcel.command_id, prepared)
        except Rejected as error:
            fields = error.fields or (("", str(error)),)
            errors = tuple(FieldError(path, text or str(error)) for path, text in fields)
            return self._store(parcel, after_command(parcel, CommandResult(is_over=True, errors=errors)))
        return self.go_on(parcel)

    def cancel(self, parcel: MadeParcel) -> MadeParcel:
        """Have a parcel cancelled for which that is committed."""
        try:
            self.allegro.ship_with_allegro.cancel(parcel.cancel_command_id, parcel.shipment_id)
        except Rejected as error:
            failed = CommandResult(is_over=True, errors=(FieldError("", str(error)),))
            return self._store(parcel, after_command(parcel, failed))
        return self.go_on(parcel)

    def go_on(self, parcel: MadeParcel) -> MadeParcel:
        """The parcel as far as it is now."""
        made_at = self.allegro.ship_with_allegro
        if parcel.state is MadeParcelState.CREATING:
            parcel = self._asked(parcel, made_at.making, parcel.command_id, self._make_again)
        elif parcel.state is MadeParcelState.CANCELLING:
            return self._asked(parcel, made_at.cancelling, parcel.cancel_command_id, self._cancel_again)
        return self.look(parcel) if parcel.is_open and parcel.shipment_id else parcel

    def look(self, parcel: MadeParcel) -> MadeParcel:
        """The parcel with its numbers, as Allegro shows it now."""
        return self.note(parcel, self.allegro.ship_with_allegro.shipment(parcel.shipment_id))

    def note(self, parcel: MadeParcel, shown: MadeShipment) -> MadeParcel:
        """The parcel, once Allegro has shown it so."""
        return self._store(parcel, after_look(parcel, shown))

    def _asked(
        self,
        parcel: MadeParcel,
        ask: Callable[[str], CommandResult],
        command_id: str,
        send_again: Callable[[MadeParcel], None],
    ) -> MadeParcel:
        try:
            result = ask(command_id)
        except NotFound:
            if self.now() - parcel.asked_at < EXPECTED_FOR:
                return self._sent_again(parcel, send_again)
            result = _not_done("Allegro has not received it. Ask for it again.")
        return self._store(parcel, after_command(parcel, result))

    def _sent_again(self, parcel: MadeParcel, send: Callable[[MadeParcel], None]) -> MadeParcel:
        if not may_send(self.database, parcel.account_id):
            return parcel
        try:
            send(parcel)
        except (ParcelBlocked, Rejected) as error:
            return self._store(parcel, after_command(parcel, _not_done(str(error))))
        return parcel

    def _make_again(self, parcel: MadeParcel) -> None:
        order = self.allegro.order(parcel.order_id)
        with self.database.reading() as session:
            entry = order_log.get(session, parcel.account_id, parcel.order_id)
        self.allegro.ship_with_allegro.make(parcel.command_id, self.prepared(order, entry, parcel.choices))

    def _cancel_again(self, parcel: MadeParcel) -> None:
        self.allegro.ship_with_allegro.cancel(parcel.cancel_command_id, parcel.shipment_id)

    def _store(self, before: MadeParcel, after: MadeParcel) -> MadeParcel:
        if after == before:
            return after
        with self.database.transaction() as session:
            if not made_parcels.replace_with(session, before, after):
                return made_parcels.get(session, before.account_id, before.order_id, before.id)
            self._remember(session, before, after)
            shipments.add(session, self._numbers_since(before, after))
            if not after.is_alive:
                shipments.cancel(session, after.account_id, after.order_id, after.waybills)
                if shipments.of_order(session, after.account_id, after.order_id):
                    # The store's numbers, which were held back because of this parcel, are wanted now.
                    shipments.make_due(session, after.account_id, after.order_id, now=self.now())
        return after

    def _numbers_since(self, before: MadeParcel, after: MadeParcel) -> list[Shipment]:
        """The parcel's new numbers, as those that Allegro has: from then on they are followed like all others."""
        now = self.now()
        return [
            Shipment(
                id=0,
                account_id=after.account_id,
                order_id=after.order_id,
                carrier_id=after.carrier_id,
                carrier_name="",
                waybill=waybill,
                line_ids=(),
                state=ShipmentState.SENT,
                error="",
                by_hand=False,
                provider="",
                created_at=now,
                sent_at=now,
            )
            for waybill in after.waybills
            if waybill and waybill not in before.waybills and after.is_alive
        ]

    def _remember(self, session: Session, before: MadeParcel, after: MadeParcel) -> None:
        why = "; ".join(error.message for error in after.errors)
        numbers = ", ".join(filter(None, after.waybills))
        if before.state is MadeParcelState.CANCELLING and after.state is MadeParcelState.READY:
            what = f"the parcel {after.id} could not be cancelled"
        elif after.state is before.state:
            what, why = f"the parcel {after.id} has its number", numbers
        else:
            what = {
                MadeParcelState.READY: f"the parcel {after.id} was made with Ship with Allegro",
                MadeParcelState.CANCELLED: f"the parcel {after.id} was cancelled",
            }.get(after.state, f"the parcel {after.id} could not be made")
        done = not after.errors
        order_log.remember(
            session, after.account_id, after.order_id, what=what, why=why, confirmed=done, now=self.now()
        )


def _not_done(why: str) -> CommandResult:
    return CommandResult(is_over=True, errors=(FieldError("", why),))
