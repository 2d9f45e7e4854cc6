"""Parcels of several orders that somebody names in one request: which of them are fit for what is asked.

Nothing is done for some of them only: who prints labels for twenty and gets nineteen does not see which one is missing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Rejected, Unreadable
from app.db import made_parcels
from app.db.engine import Database
from app.domain.made_parcels import MadeParcel, MadeShipment, Sender, why_cancelled, why_no_papers
from app.domain.orders import Order
from app.domain.pickups import why_not_picked_up, why_not_together
from app.sync.shipping.making import ParcelBlocked, ParcelMaker, ParcelRefused

# Why a parcel that Allegro shows so is not fit, as a sentence, "" where it is.
Reason = Callable[[MadeParcel, MadeShipment], str]


class ParcelsRefused(ParcelBlocked):
    """Nothing was done for any of the parcels. `reasons` are sentences about those that are not fit, by id."""

    def __init__(self, reasons: Mapping[int, str]) -> None:
        super().__init__(" ".join(reasons.values()))
        self.reasons = reasons


@dataclass(frozen=True)
class ChosenParcel:
    """`why_not` is why it is not fit, as a sentence, "" where it is. `sender` is as Allegro shows it."""

    parcel: MadeParcel
    why_not: str = ""
    sender: Sender | None = None


@dataclass
class ParcelChooser:
    """Raises `ParcelRefused` for a parcel that the account does not have, and the errors of Allegro's channel that are
    about more than one parcel."""

    database: Database
    allegro: AllegroClient
    now: Callable[[], datetime]

    def for_papers(self, account_id: int, parcel_ids: Sequence[int]) -> list[MadeParcel]:
        """Raises `ParcelsRefused` unless all are fit to be sent."""
        chosen = self._looked_at(account_id, parcel_ids, why_cancelled)
        _refuse({each.parcel.id: each.why_not for each in chosen})
        return [each.parcel for each in chosen]

    def for_pickup(self, account_id: int, parcel_ids: Sequence[int]) -> list[ChosenParcel]:
        """Each with its sender, or with the reason why no courier is ordered for it."""
        return self._looked_at(account_id, parcel_ids, why_not_picked_up)

    def _looked_at(self, account_id: int, parcel_ids: Sequence[int], why_not: Reason) -> list[ChosenParcel]:
        chosen = self._to_be_sent(account_id, parcel_ids)
        return [each if each.why_not else self._shown(each, why_not) for each in chosen]

    def _to_be_sent(self, account_id: int, parcel_ids: Sequence[int]) -> Iterator[ChosenParcel]:
        orders: dict[str, Order] = {}
        maker = ParcelMaker(self.database, self.allegro, self.now)
        for parcel in self._named(account_id, parcel_ids):
            try:
                parcel = maker.go_on(parcel)
                # A parcel whose order the buyer has cancelled meanwhile would be sent for nothing.
                order = orders.get(parcel.order_id) or self.allegro.order(parcel.order_id)
            except (Rejected, Unreadable) as error:
                yield ChosenParcel(parcel, f"The parcel {parcel.id}: {error}")
            else:
                orders[order.id] = order
                yield ChosenParcel(parcel, why_no_papers(parcel, order))

    def _named(self, account_id: int, parcel_ids: Sequence[int]) -> Sequence[MadeParcel]:
        with self.database.reading() as session:
            found = made_parcels.of_ids(session, account_id, parcel_ids)
        missing = sorted({*parcel_ids} - {parcel.id for parcel in found})
        if missing:
            named = ", ".join(map(str, missing))
            raise ParcelRefused(
                "parcel_ids", f"this account has no parcel {named} that was made with Ship with Allegro"
            )
        return found

    def _shown(self, chosen: ChosenParcel, why_not: Reason) -> ChosenParcel:
        parcel = chosen.parcel
        try:
            shown = self.allegro.ship_with_allegro.shipment(parcel.shipment_id)
        except (Rejected, Unreadable) as error:
            return ChosenParcel(parcel, f"The parcel {parcel.id}: {error}")
        parcel = ParcelMaker(self.database, self.allegro, self.now).note(parcel, shown)
        return ChosenParcel(parcel, why_not(parcel, shown), shown.sender)


def one_sender(chosen: Sequence[ChosenParcel]) -> Sender:
    """Who sends all of them. Raises `ParcelsRefused` unless all are fit, `ParcelRefused` unless it is one."""
    _refuse({each.parcel.id: each.why_not for each in chosen})
    senders = {each.parcel.id: each.sender for each in chosen if each.sender is not None}
    if why := why_not_together(senders):
        raise ParcelRefused("parcel_ids", why)
    return next(iter(senders.values()))


def _refuse(reasons: Mapping[int, str]) -> None:
    given = {parcel_id: why for parcel_id, why in reasons.items() if why}
    if given:
        raise ParcelsRefused(given)
