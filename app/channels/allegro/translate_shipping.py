"""Allegro's messages about parcels in our words, and a parcel number in Allegro's. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.channels.reading import Json
from app.domain.parcels import OTHER, AllegroParcel, Carrier, DeliveryMethod, ParcelHistory, ParcelStatus

_NOT_TOLD = datetime.min.replace(tzinfo=UTC)


def carrier_from(row: Json) -> Carrier:
    """Raises `Unreadable` without an id. Not every carrier has a name."""
    carrier_id = row.required_text("id")
    return Carrier(carrier_id, row.text("name") or carrier_id)


def method_from(row: Json) -> DeliveryMethod:
    """Raises `Unreadable` without an id."""
    return DeliveryMethod(row.required_text("id"), row.text("name"))


def parcel_from(row: Json) -> AllegroParcel:
    """Raises `Unreadable` without a number or a carrier, by which it is known whether it is told already."""
    return AllegroParcel(
        id=row.text("id"),
        carrier_id=row.required_text("carrierId"),
        waybill=row.required_text("waybill"),
        carrier_name=row.text("carrierName"),
        line_ids=tuple(line.required_text("id") for line in row.rows("lineItems")),
        created_at=row.instant("createdAt"),
    )


def parcel_to(carrier_id: str, carrier_name: str, waybill: str, line_ids: Sequence[str]) -> dict[str, Any]:
    body: dict[str, Any] = {"carrierId": carrier_id, "waybill": waybill}
    if carrier_id == OTHER and carrier_name:
        body["carrierName"] = carrier_name
    if line_ids:
        body["lineItems"] = [{"id": line_id} for line_id in line_ids]
    return body


def history_from(row: Json) -> ParcelHistory:
    """Raises `Unreadable` without the number. What became of the parcel is only told to people, so an entry that cannot
    be read is left out.
    """
    statuses = [
        ParcelStatus(entry.text("code"), entry.text("description"), entry.instant("occurredAt"))
        for entry in row.part("trackingDetails").rows("statuses")
        if entry.text("code")
    ]
    return ParcelHistory(
        waybill=row.required_text("waybill"),
        statuses=tuple(sorted(statuses, key=lambda status: status.occurred_at or _NOT_TOLD)),
    )
