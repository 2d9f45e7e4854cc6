"""The tables of pickups: when the courier of Ship with Allegro comes, and for which parcels."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models import Base, account_key
from app.db.shipping_models import MadeParcelRow


class PickupRow(Base):
    """Pickups that were asked for. `day`, `begins` and `ends` are by the clock of the place."""

    __tablename__ = "pickups"
    __table_args__ = (Index("ix_pickups_state", "account_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    command_id: Mapped[str]
    day: Mapped[date]
    begins: Mapped[time | None]
    ends: Mapped[time | None]
    proposal_id: Mapped[str]
    state: Mapped[str]
    allegro_id: Mapped[str]
    carrier_number: Mapped[str]
    errors: Mapped[list[Any]]
    created_at: Mapped[datetime]


class PickupParcelRow(Base):
    """Which parcels are picked up."""

    __tablename__ = "pickup_parcels"
    __table_args__ = (Index("ix_pickup_parcels_parcel", "parcel_id"),)

    pickup_id: Mapped[int] = mapped_column(ForeignKey(PickupRow.id, ondelete="CASCADE"), primary_key=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey(MadeParcelRow.id, ondelete="CASCADE"), primary_key=True)
