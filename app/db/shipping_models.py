"""The tables about shipping: parcel numbers that Allegro is told, and what is known of orders on their way."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models import Base, account_key


class ShipmentRow(Base):
    """Parcel numbers of orders, each of which Allegro is told once: the key makes a second row impossible."""

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("account_id", "order_id", "waybill"),
        Index("ix_shipments_order", "account_id", "order_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    order_id: Mapped[str]
    carrier_id: Mapped[str]
    carrier_name: Mapped[str]
    waybill: Mapped[str]
    line_ids: Mapped[list[Any]]
    state: Mapped[str]
    error: Mapped[str]
    by_hand: Mapped[bool]
    provider: Mapped[str]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class OrderOnItsWayRow(Base):
    """What the store says of an order that is shipped, and how far Allegro has been told.

    `status_told` is the status that Allegro was told, "" for none; `refusal` is why it does not take it. `due_at` is
    when the order is looked at next; null when nothing is to be done until the store tells of a change.
    """

    __tablename__ = "orders_on_their_way"
    __table_args__ = (Index("ix_orders_on_their_way_due", "account_id", "due_at"),)

    account_id: Mapped[int] = account_key(primary_key=True)
    order_id: Mapped[str] = mapped_column(primary_key=True)
    store_status: Mapped[str]
    status_told: Mapped[str]
    refusal: Mapped[str]
    tries: Mapped[int]
    seen_at: Mapped[datetime]
    due_at: Mapped[datetime | None]


class CarrierMappingRow(Base):
    """Which of Allegro's carriers stands for a word of the store."""

    __tablename__ = "carrier_mappings"

    account_id: Mapped[int] = account_key(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    carrier_id: Mapped[str]


class TrackingWatchRow(Base):
    """Since when the store's changes of orders are read for parcel numbers, and up to when they have been."""

    __tablename__ = "tracking_watch"

    account_id: Mapped[int] = account_key(primary_key=True)
    began_at: Mapped[datetime]
    read_until: Mapped[datetime]


class MadeParcelRow(Base):
    """Parcels made with Ship with Allegro. The key keeps two that are asked for at once from having one number.

    `is_open`: Allegro is asked about it again.
    """

    __tablename__ = "made_parcels"
    __table_args__ = (
        UniqueConstraint("account_id", "order_id", "number"),
        Index("ix_made_parcels_open", "account_id", "is_open"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = account_key()
    order_id: Mapped[str]
    number: Mapped[int]
    command_id: Mapped[str]
    choices: Mapped[dict[str, Any]]
    state: Mapped[str]
    is_open: Mapped[bool]
    shipment_id: Mapped[str]
    carrier_id: Mapped[str]
    waybills: Mapped[list[Any]]
    errors: Mapped[list[Any]]
    cancel_command_id: Mapped[str]
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime]
