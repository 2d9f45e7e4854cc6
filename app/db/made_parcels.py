"""Parcels made with Ship with Allegro, and what became of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.shipping_models import MadeParcelRow
from app.domain.made_parcels import MadeParcel, MadeParcelState, Package, PackageKind, ParcelChoices
from app.domain.money import Money
from app.domain.new_offers import FieldError
from app.errors import BridgeError


class ParcelNotFound(BridgeError):
    """The order has no parcel with this id."""


def add(session: Session, parcel: MadeParcel) -> MadeParcel | None:
    """Store a new one and return it with its id; None where the order has one of this number meanwhile."""
    if not insert_unless_there(session, MadeParcelRow, _values(parcel)):
        return None
    return next(each for each in of_order(session, parcel.account_id, parcel.order_id) if each.number == parcel.number)


def replace_with(session: Session, before: MadeParcel, after: MadeParcel) -> bool:
    """Store what became of it, unless it is no longer as it was: somebody else has asked meanwhile. Whether it was
    stored."""
    row = session.get(MadeParcelRow, before.id, with_for_update=True)
    if row is None or _parcel(row) != before:
        return False
    for name, value in _values(after).items():
        setattr(row, name, value)
    return True


def get(session: Session, account_id: int, order_id: str, parcel_id: int) -> MadeParcel:
    """Raises `ParcelNotFound`."""
    row = session.get(MadeParcelRow, parcel_id)
    if row is None or (row.account_id, row.order_id) != (account_id, order_id):
        raise ParcelNotFound(f"Order {order_id} has no parcel {parcel_id} that was made with Ship with Allegro.")
    return _parcel(row)


def of_order(session: Session, account_id: int, order_id: str) -> Sequence[MadeParcel]:
    """The order's, oldest first."""
    statement = (
        select(MadeParcelRow)
        .where(MadeParcelRow.account_id == account_id, MadeParcelRow.order_id == order_id)
        .order_by(MadeParcelRow.number)
    )
    return [_parcel(row) for row in session.execute(statement).scalars()]


def of_ids(session: Session, account_id: int, parcel_ids: Collection[int]) -> Sequence[MadeParcel]:
    """The account's parcels among these, ascending."""
    return [_parcel(row) for row in session.execute(_of_ids(account_id, parcel_ids)).scalars()]


def hold(session: Session, account_id: int, parcel_ids: Collection[int]) -> None:
    """Let nobody else hold any of them until the transaction is over."""
    session.execute(_of_ids(account_id, parcel_ids).with_for_update()).all()


def open_since(session: Session, account_id: int, since: datetime) -> Sequence[MadeParcel]:
    """Those that Allegro is to be asked about, oldest first. One that was made, and only has no number, is among them
    if that was at `since` or later."""
    return [_parcel(row) for row in session.execute(_open(account_id, since).order_by(MadeParcelRow.id)).scalars()]


def is_any_open(session: Session, account_id: int, since: datetime) -> bool:
    """Whether there are any of `open_since`."""
    return session.execute(_open(account_id, since).limit(1)).first() is not None


def _open(account_id: int, since: datetime) -> Select[MadeParcelRow]:
    return select(MadeParcelRow).where(
        MadeParcelRow.account_id == account_id,
        MadeParcelRow.is_open.is_(True),
        or_(MadeParcelRow.state != MadeParcelState.READY, MadeParcelRow.created_at >= since),
    )


def _of_ids(account_id: int, parcel_ids: Collection[int]) -> Select[MadeParcelRow]:
    return (
        select(MadeParcelRow)
        .where(MadeParcelRow.account_id == account_id, MadeParcelRow.id.in_(parcel_ids))
        .order_by(MadeParcelRow.id)
    )


def _values(parcel: MadeParcel) -> dict[str, Any]:
    return {
        "account_id": parcel.account_id,
        "order_id": parcel.order_id,
        "number": parcel.number,
        "command_id": parcel.command_id,
        "choices": _choices_to(parcel.choices),
        "state": parcel.state,
        "is_open": parcel.is_open,
        "shipment_id": parcel.shipment_id,
        "carrier_id": parcel.carrier_id,
        "waybills": list(parcel.waybills),
        "errors": [[error.field, error.message] for error in parcel.errors],
        "cancel_command_id": parcel.cancel_command_id,
        "created_at": parcel.created_at,
        "asked_at": parcel.asked_at,
    }


def _parcel(row: MadeParcelRow) -> MadeParcel:
    return MadeParcel(
        id=row.id,
        account_id=row.account_id,
        order_id=row.order_id,
        number=row.number,
        command_id=row.command_id,
        choices=_choices_from(row.choices),
        created_at=row.created_at,
        asked_at=row.asked_at,
        state=MadeParcelState(row.state),
        shipment_id=row.shipment_id,
        carrier_id=row.carrier_id,
        waybills=tuple(row.waybills),
        errors=tuple(FieldError(field, message) for field, message in row.errors),
        cancel_command_id=row.cancel_command_id,
    )


def _choices_to(choices: ParcelChoices) -> dict[str, Any]:
    return {
        "packages": [
            {
                "length_cm": str(package.length_cm),
                "width_cm": str(package.width_cm),
                "height_cm": str(package.height_cm),
                "weight_kg": str(package.weight_kg),
                "kind": package.kind,
                "text_on_label": package.text_on_label,
            }
            for package in choices.packages
        ],
        "insurance": _money_to(choices.insurance),
        "cash_on_delivery": _money_to(choices.cash_on_delivery),
        "no_cash": choices.no_cash,
    }


def _choices_from(stored: dict[str, Any]) -> ParcelChoices:
    return ParcelChoices(
        packages=tuple(
            Package(
                length_cm=Decimal(package["length_cm"]),
                width_cm=Decimal(package["width_cm"]),
                height_cm=Decimal(package["height_cm"]),
                weight_kg=Decimal(package["weight_kg"]),
                kind=PackageKind(package["kind"]),
                text_on_label=package["text_on_label"],
            )
            for package in stored["packages"]
        ),
        insurance=_money_from(stored["insurance"]),
        cash_on_delivery=_money_from(stored["cash_on_delivery"]),
        no_cash=stored["no_cash"],
    )


def _money_to(money: Money | None) -> list[str] | None:
    return None if money is None else [str(money.amount), money.currency]


def _money_from(stored: list[str] | None) -> Money | None:
    return None if stored is None else Money(Decimal(stored[0]), stored[1])
