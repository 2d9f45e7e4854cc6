"""Where the seller asks for parcels of Ship with Allegro, and for their end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from app.channels.errors import ChannelError
from app.db import accounts, made_parcels, order_log
from app.db.engine import Database
from app.domain.accounts import Account, why_nothing_is_sent
from app.domain.made_parcels import (
    MadeParcel,
    MadeParcelState,
    ParcelChoices,
    fault_in,
    why_not_another,
    why_not_cancelled,
    why_not_made,
)
from app.domain.order_log import LogEntry
from app.sync.lines import Lines
from app.sync.shipping.making import ParcelBlocked, ParcelMaker, ParcelRefused


@dataclass(frozen=True)
class ParcelSeen:
    """A parcel as it is known. `note` says why Allegro could not be asked about it just now, "" where it could."""

    parcel: MadeParcel
    note: str = ""


@dataclass
class ParcelDesk:
    """Raises `AccountNotFound`, `OrderNotLogged`, `ParcelNotFound`, `ParcelBlocked` and the errors of Allegro's
    channel."""

    database: Database
    lines: Lines
    now: Callable[[], datetime]

    def preview(self, account_id: int, order_id: str, choices: ParcelChoices, *, another: bool) -> dict[str, Any]:
        """What would be sent to Allegro. Raises `ParcelRefused` as well."""
        account, entry = self._asked(account_id, order_id)
        maker = self._maker(account)
        return self._prepared(maker, entry, choices, self._made(entry), another=another)

    def make(self, account_id: int, order_id: str, choices: ParcelChoices, *, another: bool) -> ParcelSeen:
        """Have a parcel made. One that is asked for is there, whatever becomes of the call. Raises `ParcelRefused` as
        well."""
        account, entry = self._asked(account_id, order_id)
        if why := why_nothing_is_sent(account):
            raise ParcelBlocked(why)
        maker, made, now = self._maker(account), self._made(entry), self.now()
        prepared = self._prepared(maker, entry, choices, made, another=another)
        wanted = MadeParcel(
            id=0,
            account_id=account_id,
            order_id=order_id,
            number=len(made) + 1,
            command_id=str(uuid4()),
            choices=choices,
            created_at=now,
            asked_at=now,
        )
        with self.database.transaction() as session:
            if why := why_nothing_is_sent(accounts.get(session, account_id)):
                raise ParcelBlocked(why)
            parcel = made_parcels.add(session, wanted)
        if parcel is None:
            raise ParcelBlocked("Another parcel of the order was asked for at the same moment. Look at it first.")
        return self._seen(parcel, lambda: maker.make(parcel, prepared))

    def look(self, account_id: int, order_id: str) -> list[ParcelSeen]:
        """The order's parcels, oldest first; Allegro is asked about those that it is at work on."""
        account, entry = self._asked(account_id, order_id)
        maker = self._maker(account)
        return [self._looked_at(maker, parcel) for parcel in self._made(entry)]

    def cancel(self, account_id: int, order_id: str, parcel_id: int) -> ParcelSeen:
        """Have a parcel cancelled; its number stays in the order."""
        account, _ = self._asked(account_id, order_id)
        maker = self._maker(account)
        seen = self._looked_at(maker, self._one(account_id, order_id, parcel_id))
        parcel = seen.parcel
        if why := why_not_cancelled(parcel):
            raise ParcelBlocked(why)
        if parcel.state is not MadeParcelState.READY:
            return seen
        if why := why_nothing_is_sent(account):
            raise ParcelBlocked(why)
        asked = replace(
            parcel,
            state=MadeParcelState.CANCELLING,
            cancel_command_id=str(uuid4()),
            asked_at=self.now(),
            errors=(),
        )
        with self.database.transaction() as session:
            if not made_parcels.replace_with(session, parcel, asked):
                raise ParcelBlocked("The parcel has changed at the same moment. Look at it first.")
        return self._seen(asked, lambda: maker.cancel(asked))

    def _asked(self, account_id: int, order_id: str) -> tuple[Account, LogEntry]:
        with self.database.reading() as session:
            return accounts.get(session, account_id), order_log.get(session, account_id, order_id)

    def _maker(self, account: Account) -> ParcelMaker:
        return ParcelMaker(self.database, self.lines.allegro(account), self.now)

    def _made(self, entry: LogEntry) -> Sequence[MadeParcel]:
        with self.database.reading() as session:
            return made_parcels.of_order(session, entry.account_id, entry.order_id)

    def _one(self, account_id: int, order_id: str, parcel_id: int) -> MadeParcel:
        with self.database.reading() as session:
            return made_parcels.get(session, account_id, order_id, parcel_id)

    def _prepared(
        self,
        maker: ParcelMaker,
        entry: LogEntry,
        choices: ParcelChoices,
        made: Sequence[MadeParcel],
        *,
        another: bool,
    ) -> dict[str, Any]:
        order = maker.allegro.order(entry.order_id)
        if why := why_not_made(entry, order):
            raise ParcelBlocked(why)
        why = why_not_another(maker.allegro.shipping.parcels(order.id), made)
        if why and not another:
            raise ParcelBlocked(why)
        if fault := fault_in(choices, order, made, is_another=bool(why)):
            raise ParcelRefused(fault.field, fault.message)
        return maker.prepared(order, entry, choices)

    def _looked_at(self, maker: ParcelMaker, parcel: MadeParcel) -> ParcelSeen:
        return self._seen(parcel, lambda: maker.go_on(parcel))

    def _seen(self, parcel: MadeParcel, step: Callable[[], MadeParcel]) -> ParcelSeen:
        """What came of a step; where Allegro does not answer, the parcel as it is stored."""
        try:
            return ParcelSeen(step())
        except ChannelError as error:
            return ParcelSeen(self._one(parcel.account_id, parcel.order_id, parcel.id), note=str(error))
