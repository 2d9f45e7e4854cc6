"""The table of what was noted on store orders about their parcels."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models import Base
from app.db.shipping_models import ShipmentRow


class ParcelNoteRow(Base):
    """Notes about parcels: the key makes a second one about the same status impossible."""

    __tablename__ = "parcel_notes"

    shipment_id: Mapped[int] = mapped_column(ForeignKey(ShipmentRow.id, ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    state: Mapped[str]
    begun_at: Mapped[datetime]
