"""What was noted on store orders about their parcels, and which parcels are still followed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.db.parcel_note_models import ParcelNoteRow
from app.db.shipping_models import ShipmentRow
from app.domain.parcel_notes import DELIVERED, FollowedParcel, NoteState, ParcelNote
from app.domain.parcels import OTHER, ShipmentState


def is_any_followed(session: Session, account_id: int, *, since: datetime) -> bool:
    return session.execute(select(ShipmentRow.id).where(*_followed(account_id, since)).limit(1)).first() is not None


def followed(session: Session, account_id: int, *, since: datetime) -> list[FollowedParcel]:
    """The parcels that Allegro was told of since then, or had, and that have not arrived, oldest first.

    Nobody tells Allegro of those of other carriers. One that was delivered is followed until all is noted.
    """
    statement = select(ShipmentRow).where(*_followed(account_id, since)).order_by(ShipmentRow.id)
    return [
        FollowedParcel(row.id, row.order_id, row.carrier_id, row.carrier_name, row.waybill)
        for row in session.execute(statement).scalars()
    ]


def of_shipments(session: Session, shipment_ids: Collection[int]) -> dict[int, list[ParcelNote]]:
    """The notes about each parcel that has any, oldest first."""
    found: dict[int, list[ParcelNote]] = {}
    statement = select(ParcelNoteRow).where(ParcelNoteRow.shipment_id.in_(shipment_ids))
    for row in session.execute(statement.order_by(ParcelNoteRow.begun_at)).scalars():
        found.setdefault(row.shipment_id, []).append(_note(row))
    return found


def save(session: Session, note: ParcelNote) -> None:
    """Store it as it is now."""
    session.merge(
        ParcelNoteRow(
            shipment_id=note.shipment_id, code=note.code, text=note.text, state=note.state, begun_at=note.begun_at
        )
    )


def _followed(account_id: int, since: datetime) -> tuple[ColumnElement[bool], ...]:
    of_parcel = ParcelNoteRow.shipment_id == ShipmentRow.id
    arrived = exists().where(of_parcel, ParcelNoteRow.code == DELIVERED)
    open_note = exists().where(of_parcel, ParcelNoteRow.state == NoteState.WRITING)
    return (
        ShipmentRow.account_id == account_id,
        ShipmentRow.state == ShipmentState.SENT,
        ShipmentRow.carrier_id != OTHER,
        ShipmentRow.created_at >= since,
        ~arrived | open_note,
    )


def _note(row: ParcelNoteRow) -> ParcelNote:
    return ParcelNote(row.shipment_id, row.code, row.text, NoteState(row.state), row.begun_at)
