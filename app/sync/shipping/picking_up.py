"""Going on with pickups that Ship with Allegro is told to order, until Allegro is at their end.

As with parcels, a command keeps the id under which it was committed, also where Allegro has never received it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.channels.allegro.client import AllegroClient
from app.channels.errors import NotFound, Rejected, Unreadable
from app.db import made_parcels, order_log, pickups
from app.db.engine import Database, Session
from app.domain.made_parcels import Sender
from app.domain.new_offers import FieldError
from app.domain.pickups import Pickup, PickupResult, PickupState, after_order
from app.domain.runs import Result
from app.sync.context import JobContext
from app.sync.shipping.chosen_parcels import ParcelChooser, one_sender
from app.sync.shipping.making import EXPECTED_FOR, ParcelBlocked, ParcelRefused, may_send


def has_open_pickups(session: Session, account_id: int, now: datetime) -> bool:
    return pickups.is_any_being_ordered(session, account_id, now.date())


def go_on_with_pickups(context: JobContext, allegro: AllegroClient) -> None:
    """Ask Allegro about every pickup of the account that is being ordered. Raises the errors of its channel that are
    about more than one pickup."""
    if not context.writes:
        return
    with context.database.reading() as session:
        waiting = pickups.being_ordered(session, context.one_account.id, context.now().date())
    orderer = PickupOrderer(context.database, allegro, context.now)
    for pickup in waiting:
        what = f"pickup {pickup.id}"
        try:
            after = orderer.go_on(pickup)
        except (Rejected, Unreadable) as error:
            context.report.add(what, why=str(error), result=Result.FAILED)
        else:
            if after != pickup:
                context.report.add(what, before=pickup.state, after=after.state, result=Result.DONE)


@dataclass
class PickupOrderer:
    """Raises the errors of Allegro's channel. What somebody else has stored meanwhile is never overwritten."""

    database: Database
    allegro: AllegroClient
    now: Callable[[], datetime]

    def order(self, pickup: Pickup, shipment_ids: Sequence[str], sender: Sender) -> Pickup:
        """Order a pickup that is committed."""
        try:
            self.allegro.ship_with_allegro.pick_up(pickup.command_id, shipment_ids, sender, pickup.time)
        except Rejected as error:
            fields = error.fields or (("", str(error)),)
            errors = tuple(FieldError(path, text or str(error)) for path, text in fields)
            return self._store(pickup, PickupResult(is_over=True, errors=errors))
        return self.go_on(pickup)

    def go_on(self, pickup: Pickup) -> Pickup:
        """The pickup as far as it is now."""
        if pickup.state is not PickupState.ORDERING:
            return pickup
        try:
            result = self.allegro.ship_with_allegro.picking_up(pickup.command_id)
        except NotFound:
            if self.now() - pickup.created_at < EXPECTED_FOR:
                return self._order_again(pickup)
            result = _not_done("Allegro has not received it. Ask for it again.")
        return self._store(pickup, result)

    def _order_again(self, pickup: Pickup) -> Pickup:
        if not may_send(self.database, pickup.account_id):
            return pickup
        try:
            chosen = ParcelChooser(self.database, self.allegro, self.now).for_pickup(
                pickup.account_id, pickup.parcel_ids
            )
            sender = one_sender(chosen)
            shipment_ids = [each.parcel.shipment_id for each in chosen]
            self.allegro.ship_with_allegro.pick_up(pickup.command_id, shipment_ids, sender, pickup.time)
        except (ParcelBlocked, ParcelRefused, Rejected) as error:
            return self._store(pickup, _not_done(str(error)))
        return pickup

    def _store(self, before: Pickup, result: PickupResult) -> Pickup:
        after = after_order(before, result)
        if after == before:
            return after
        with self.database.transaction() as session:
            if not pickups.replace_with(session, before, after):
                return pickups.get(session, before.account_id, before.id)
            self._remember(session, after)
        return after

    def _remember(self, session: Session, pickup: Pickup) -> None:
        ordered = pickup.state is PickupState.ORDERED
        why = f"pickup {pickup.id}, {pickup.time}" if ordered else "; ".join(each.message for each in pickup.errors)
        for parcel in made_parcels.of_ids(session, pickup.account_id, pickup.parcel_ids):
            what = f"the courier {'comes' if ordered else 'could not be ordered'} for the parcel {parcel.id}"
            order_log.remember(
                session, parcel.account_id, parcel.order_id, what=what, why=why, confirmed=ordered, now=self.now()
            )


def _not_done(why: str) -> PickupResult:
    return PickupResult(is_over=True, errors=(FieldError("", why),))
