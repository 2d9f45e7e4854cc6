"""Where the seller asks when the courier can come for parcels of Ship with Allegro, and has it come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

from app.channels.allegro.client import AllegroClient
from app.channels.errors import ChannelError, Rejected
from app.db import accounts, made_parcels, pickups
from app.db.engine import Database
from app.domain.accounts import Account, why_nothing_is_sent
from app.domain.made_parcels import Sender, why_not_ready
from app.domain.new_offers import FieldError
from app.domain.pickups import Pickup, PickupTime, chosen_time, times_for_all, why_never, why_not_again
from app.sync.lines import Lines
from app.sync.shipping.chosen_parcels import ChosenParcel, ParcelChooser, ParcelsRefused, one_sender
from app.sync.shipping.making import ParcelBlocked, ParcelRefused
from app.sync.shipping.picking_up import PickupOrderer

_SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class PickupOffer:
    """When the courier can come for all of the parcels; `missing` is what each of them lacks where it cannot, as
    sentences by parcel."""

    times: tuple[PickupTime, ...]
    missing: dict[int, str]


@dataclass(frozen=True)
class PickupSeen:
    """A pickup as it is known. `note` says why Allegro could not be asked about it just now, "" where it could."""

    pickup: Pickup
    note: str = ""


@dataclass
class PickupDesk:
    """Raises `AccountNotFound`, `PickupNotFound`, `ParcelRefused`, `ParcelsRefused`, `ParcelBlocked` and the errors of
    Allegro's channel."""

    database: Database
    lines: Lines
    now: Callable[[], datetime]

    def times(self, account_id: int, parcel_ids: Sequence[int], ready_on: date | None) -> PickupOffer:
        """When the courier can come for all of them, if they are ready on that day, or at once."""
        allegro = self.lines.allegro(self._account(account_id))
        chosen = self._chosen(allegro, account_id, parcel_ids)
        missing = {each.parcel.id: each.why_not for each in chosen if each.why_not}
        if missing:
            return PickupOffer((), missing)
        proposed = _proposed(allegro, chosen, one_sender(chosen), ready_on)
        return PickupOffer(times_for_all(proposed), why_never(proposed))

    def order(
        self, account_id: int, parcel_ids: Sequence[int], wanted: PickupTime, ready_on: date | None
    ) -> PickupSeen:
        """Have the courier come at one of the times that `times` tells for the same `ready_on`. What is asked for is
        there, whatever becomes of the call."""
        account = self._account(account_id)
        if why := why_nothing_is_sent(account):
            raise ParcelBlocked(why)
        allegro = self.lines.allegro(account)
        chosen = self._chosen(allegro, account_id, parcel_ids)
        sender = one_sender(chosen)
        proposed = _proposed(allegro, chosen, sender, ready_on)
        if missing := why_never(proposed):
            raise ParcelsRefused(missing)
        time = chosen_time(times_for_all(proposed), wanted)
        if isinstance(time, FieldError):
            raise ParcelRefused(time.field, time.message)
        pickup = self._committed(account_id, chosen, time)
        shipment_ids = [each.parcel.shipment_id for each in chosen]
        orderer = PickupOrderer(self.database, allegro, self.now)
        return self._seen(pickup, lambda: orderer.order(pickup, shipment_ids, sender))

    def look(self, account_id: int) -> list[PickupSeen]:
        """Those of the last 30 days, newest first; Allegro is asked about those that it is at work on."""
        account = self._account(account_id)
        with self.database.reading() as session:
            found = pickups.since(session, account_id, self.now() - _SHOWN_FOR)
        return [self._looked_at(account, pickup) for pickup in found]

    def one(self, account_id: int, pickup_id: int) -> PickupSeen:
        account = self._account(account_id)
        with self.database.reading() as session:
            found = pickups.get(session, account_id, pickup_id)
        return self._looked_at(account, found)

    def _account(self, account_id: int) -> Account:
        with self.database.reading() as session:
            return accounts.get(session, account_id)

    def _chosen(self, allegro: AllegroClient, account_id: int, parcel_ids: Sequence[int]) -> list[ChosenParcel]:
        """Those for which a courier is ordered already are not fit, whatever else is true of them."""
        chosen = ParcelChooser(self.database, allegro, self.now).for_pickup(account_id, parcel_ids)
        with self.database.reading() as session:
            living = pickups.living(session, parcel_ids, self.now().date())
        return [
            ChosenParcel(each.parcel, why_not_again(each.parcel.id, living[each.parcel.id]))
            if each.parcel.id in living
            else each
            for each in chosen
        ]

    def _committed(self, account_id: int, chosen: Sequence[ChosenParcel], time: PickupTime) -> Pickup:
        now, parcel_ids = self.now(), tuple(each.parcel.id for each in chosen)
        wanted = Pickup(
            id=0,
            account_id=account_id,
            command_id=str(uuid4()),
            parcel_ids=parcel_ids,
            time=time,
            created_at=now,
        )
        with self.database.transaction() as session:
            # Of two that are asked for at once, the second waits here, and then sees the first.
            made_parcels.hold(session, account_id, parcel_ids)
            # To look at many parcels has taken its time.
            if why := why_nothing_is_sent(accounts.get(session, account_id)):
                raise ParcelBlocked(why)
            if changed := why_not_ready(made_parcels.of_ids(session, account_id, parcel_ids)):
                raise ParcelsRefused(changed)
            if living := pickups.living(session, parcel_ids, now.date()):
                raise ParcelsRefused({each: why_not_again(each, pickup) for each, pickup in living.items()})
            return pickups.add(session, wanted)

    def _looked_at(self, account: Account, pickup: Pickup) -> PickupSeen:
        return self._seen(
            pickup, lambda: PickupOrderer(self.database, self.lines.allegro(account), self.now).go_on(pickup)
        )

    def _seen(self, pickup: Pickup, step: Callable[[], Pickup]) -> PickupSeen:
        """What came of a step; where Allegro does not answer, the pickup as it is stored."""
        try:
            return PickupSeen(step())
        except ChannelError as error:
            with self.database.reading() as session:
                return PickupSeen(pickups.get(session, pickup.account_id, pickup.id), note=str(error))


def _proposed(
    allegro: AllegroClient, chosen: Sequence[ChosenParcel], sender: Sender, ready_on: date | None
) -> dict[int, list[PickupTime]]:
    """Allegro's times for each parcel. Raises `ParcelBlocked` where Allegro refuses to tell them."""
    try:
        times = allegro.ship_with_allegro.pickup_times([each.parcel.shipment_id for each in chosen], sender, ready_on)
    except Rejected as error:
        raise ParcelBlocked(str(error)) from error
    return {each.parcel.id: times[each.parcel.shipment_id] for each in chosen}
