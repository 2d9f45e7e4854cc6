"""The job `tracking_notes`: what carriers tell of the parcels is noted on their store orders, each status once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.shipping import MOST_HISTORIES
from app.channels.errors import Rejected, Uncertain, Unreadable
from app.channels.woocommerce.client import StoreClient
from app.db import order_log, parcel_notes
from app.db.engine import Session
from app.domain.order_log import LogEntry
from app.domain.parcel_notes import (
    FOLLOWED_FOR,
    FollowedParcel,
    NoteState,
    ParcelNote,
    asked_together,
    is_among,
    notes_due,
)
from app.domain.parcels import ParcelHistory
from app.domain.runs import Result
from app.domain.waybills import waybill_key
from app.sync.context import JobContext

TRACKING_NOTES = "tracking_notes"


def notes_since(session: Session, account_id: int, now: datetime) -> datetime | None:
    """From now on there is something to do while a parcel is on its way, else nothing (None)."""
    return now if parcel_notes.is_any_followed(session, account_id, since=now - FOLLOWED_FOR) else None


def note_tracking(context: JobContext) -> None:
    """Ask where the account's parcels are, and note what is new. Raises the errors of both channels where it is not
    about single parcels.
    """
    account = context.one_account
    allegro = context.lines.allegro(account, answered=context.answered.add)
    noter = _Noter(context, context.lines.store(account, answered=context.answered.add))
    with context.database.reading() as session:
        followed = parcel_notes.followed(session, account.id, since=context.now() - FOLLOWED_FOR)
    context.report.seen += len(followed)
    for carrier_id, parcels in asked_together(followed, MOST_HISTORIES):
        if context.stopping.is_set() or not context.reread() or not context.one_account.settings.tracking_notes:
            return
        try:
            told = _histories(allegro, carrier_id, parcels)
        except (Rejected, Unreadable) as error:
            context.report.add(f"parcels of {carrier_id}", why=str(error), result=Result.FAILED)
            told = {}
        noter.note(parcels, told)


def _histories(allegro: AllegroClient, carrier_id: str, parcels: Sequence[FollowedParcel]) -> dict[str, ParcelHistory]:
    """What is known of each number."""
    numbers = {waybill_key(parcel.waybill): parcel.waybill for parcel in parcels}
    return {waybill_key(each.waybill): each for each in allegro.shipping.history(carrier_id, list(numbers.values()))}


@dataclass
class _Noter:
    """Works for one run."""

    context: JobContext
    store: StoreClient

    def note(self, parcels: Sequence[FollowedParcel], told: dict[str, ParcelHistory]) -> None:
        """Write what is due about these parcels."""
        account_id = self.context.one_account.id
        with self.context.database.reading() as session:
            known = parcel_notes.of_shipments(session, [parcel.shipment_id for parcel in parcels])
            logged = order_log.of_orders(session, account_id, {parcel.order_id for parcel in parcels})
        for parcel in parcels:
            there = known.get(parcel.shipment_id, [])
            for note in notes_due(parcel, told.get(waybill_key(parcel.waybill)), there, self.context.now()):
                self._write(logged.get(parcel.order_id), note, is_known=note in there)

    def _write(self, entry: LogEntry | None, note: ParcelNote, *, is_known: bool) -> None:
        if entry is None or entry.store_order_id is None:
            return
        context, order_id = self.context, entry.store_order_id
        if not context.writes:
            self._report(order_id, note, note.text, Result.PLANNED)
            return
        try:
            if is_known:
                if context.now() - note.begun_at < context.settle:
                    return  # the last try may still arrive
                if is_among(note.text, self.store.shipping.notes(order_id)):
                    self._keep(replace(note, state=NoteState.WRITTEN))
                    return
            note = replace(note, begun_at=context.now())
            self._keep(note)
            context.lease.ensure()
            self.store.add_note(order_id, note.text)
        except Rejected as error:
            self._keep(replace(note, state=NoteState.REFUSED))
            self._report(order_id, note, str(error), Result.FAILED)
        except (Uncertain, Unreadable) as error:
            # It stays as begun: the order's notes are read before the next try.
            self._report(order_id, note, str(error), Result.FAILED)
        else:
            self._keep(replace(note, state=NoteState.WRITTEN))
            self._report(order_id, note, note.text, Result.DONE)

    def _keep(self, note: ParcelNote) -> None:
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            parcel_notes.save(session, note)

    def _report(self, store_order_id: int, note: ParcelNote, why: str, result: Result) -> None:
        self.context.report.add(f"note on store order {store_order_id}", after=note.code, why=why, result=result)
