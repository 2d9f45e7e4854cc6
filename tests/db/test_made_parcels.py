"""Parcels of Ship with Allegro in the database."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.db import made_parcels
from app.db.engine import Database
from app.db.made_parcels import ParcelNotFound
from app.domain.made_parcels import MadeParcel, MadeParcelState, Package, PackageKind, ParcelChoices
from app.domain.new_offers import FieldError
from tests.db.conftest import NOW
from tests.domain.samples import made_parcel, pln

BOX = Package(Decimal("30.5"), Decimal(20), Decimal(10), Decimal("1.250"), PackageKind.DOCUMENTS, "Kubki")
CHOICES = ParcelChoices((BOX,), insurance=pln("500.00"), cash_on_delivery=pln("5.00"))


def added(database: Database, parcel: MadeParcel) -> MadeParcel:
    with database.transaction() as session:
        stored = made_parcels.add(session, parcel)
    assert stored is not None
    return stored


def test_a_parcel_is_kept_as_it_is_and_changed_only_as_it_was_read(database: Database, account_id: int) -> None:
    asked = added(database, made_parcel(account_id, choices=CHOICES))
    assert replace(asked, id=0) == made_parcel(account_id, choices=CHOICES)
    ready = replace(
        asked,
        state=MadeParcelState.READY,
        shipment_id="s1",
        carrier_id="DPD",
        waybills=("1", ""),
        errors=(FieldError("packages", "Za ciężka."),),
    )
    with database.transaction() as session:
        assert made_parcels.replace_with(session, asked, ready)
    with database.transaction() as session:
        assert not made_parcels.replace_with(session, asked, replace(asked, state=MadeParcelState.FAILED))
        assert made_parcels.get(session, account_id, "order-1", asked.id) == ready
        for order_id, parcel_id in (("order-2", asked.id), ("order-1", asked.id + 1)):
            with pytest.raises(ParcelNotFound):
                made_parcels.get(session, account_id, order_id, parcel_id)


def test_an_order_has_no_two_parcels_of_one_number(database: Database, account_id: int) -> None:
    first = added(database, made_parcel(account_id))
    with database.transaction() as session:
        assert made_parcels.add(session, made_parcel(account_id, command_id="c2")) is None
    second = added(database, made_parcel(account_id, number=2, command_id="c2"))
    added(database, made_parcel(account_id, order_id="order-2"))
    with database.reading() as session:
        assert made_parcels.of_order(session, account_id, "order-1") == [first, second]


def test_allegro_is_asked_about_what_is_not_at_its_end(database: Database, account_id: int) -> None:
    ready = {"state": MadeParcelState.READY, "shipment_id": "s1"}
    asked = added(database, made_parcel(account_id, created_at=NOW - timedelta(days=30)))
    unnumbered = added(database, made_parcel(account_id, number=2, created_at=NOW, **ready))
    added(database, made_parcel(account_id, number=3, created_at=NOW - timedelta(days=3), **ready))
    numbered = added(database, made_parcel(account_id, order_id="order-2", created_at=NOW, waybills=("1",), **ready))
    with database.transaction() as session:
        assert made_parcels.open_since(session, account_id, NOW - timedelta(days=2)) == [asked, unnumbered]
        assert made_parcels.is_any_open(session, account_id, NOW)
        made_parcels.replace_with(session, asked, replace(asked, state=MadeParcelState.FAILED))
        made_parcels.replace_with(session, unnumbered, replace(unnumbered, waybills=("2",)))
        assert not made_parcels.is_any_open(session, account_id, NOW)
        assert not numbered.is_open
