"""Where the seller gets labels and protocols of parcels of Ship with Allegro, be they of one order or of many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Rejected
from app.db import accounts, made_parcels
from app.db.engine import Database
from app.domain.made_parcels import MadeParcel, PageSize
from app.sync.lines import Lines
from app.sync.shipping.chosen_parcels import ParcelChooser
from app.sync.shipping.making import ParcelBlocked

Reader = Callable[[Sequence[str]], bytes | None]


@dataclass
class PaperDesk:
    """Files are PDFs, and can be had as often as they are wanted. Raises `AccountNotFound`, `ParcelNotFound`,
    `ParcelRefused`, `ParcelsRefused`, `ParcelBlocked` and the errors of Allegro's channel."""

    database: Database
    lines: Lines
    now: Callable[[], datetime]

    def label(self, account_id: int, order_id: str, parcel_id: int, page_size: PageSize) -> bytes:
        """The label of a parcel of the order."""
        self._belongs(account_id, order_id, parcel_id)
        return self.labels(account_id, [parcel_id], page_size)

    def labels(self, account_id: int, parcel_ids: Sequence[int], page_size: PageSize) -> bytes:
        allegro, parcels = self._fit(account_id, parcel_ids)
        return self._paper(parcels, lambda ids: allegro.ship_with_allegro.labels(ids, page_size))

    def protocol_of(self, account_id: int, order_id: str, parcel_id: int) -> bytes:
        """The protocol of a parcel of the order."""
        self._belongs(account_id, order_id, parcel_id)
        return self.protocol(account_id, [parcel_id])

    def protocol(self, account_id: int, parcel_ids: Sequence[int]) -> bytes:
        """What the carrier signs when it takes the parcels. Not every carrier has one."""
        allegro, parcels = self._fit(account_id, parcel_ids)
        read = allegro.ship_with_allegro.protocol
        carriers = {parcel.carrier_id for parcel in parcels}
        if len(carriers) > 1:
            # Of several carriers Allegro tells by nothing but a missing line that one of them has no protocol.
            for carrier in sorted(carriers):
                self._paper([parcel for parcel in parcels if parcel.carrier_id == carrier], read)
        return self._paper(parcels, read)

    def _belongs(self, account_id: int, order_id: str, parcel_id: int) -> None:
        with self.database.reading() as session:
            made_parcels.get(session, account_id, order_id, parcel_id)

    def _fit(self, account_id: int, parcel_ids: Sequence[int]) -> tuple[AllegroClient, list[MadeParcel]]:
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
        allegro = self.lines.allegro(account)
        return allegro, ParcelChooser(self.database, allegro, self.now).for_papers(account_id, parcel_ids)

    def _paper(self, parcels: Sequence[MadeParcel], read: Reader) -> bytes:
        """Raises `ParcelBlocked` where there is none, or none yet."""
        try:
            content = read([parcel.shipment_id for parcel in parcels])
        except Rejected as error:
            raise ParcelBlocked(f"{error} It may not be ready yet: ask again in a moment.") from error
        if content is None:
            named = ", ".join(str(parcel.id) for parcel in parcels)
            raise ParcelBlocked(f"Allegro has none for the parcel {named}, or not yet: ask again in a moment.")
        return content
