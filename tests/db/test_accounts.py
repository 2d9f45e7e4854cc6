"""Accounts and their settings."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.db import (
    accounts,
    alerts,
    attempts,
    held_prices,
    invoices,
    journal,
    leases,
    ledger,
    listing_templates,
    listings,
    made_parcels,
    mappings,
    offer_links,
    offer_watch,
    order_log,
    pickups,
    reservations,
    runs,
    shipments,
    tokens,
)
from app.db.accounts import AccountNameTaken, AccountNotFound
from app.db.engine import Database
from app.db.models import Base
from app.db.offer_models import PendingActionRow
from app.domain.accounts import Account, Connection, Location
from app.domain.held_prices import HeldPrice, HeldState, PriceSide
from app.domain.ledger import Way
from app.domain.links import OfferLink
from app.domain.new_offers import UploadedImage
from app.domain.offers import OfferStatus
from app.domain.orders import OrderEvent
from app.domain.parameters import AttributeMapping, Source
from app.domain.reservations import Reservation, ReservationState
from app.domain.settings import Settings
from tests.db.conftest import NEW_ACCOUNT, NOW, add_account, race
from tests.domain.samples import (
    entry_of,
    invoice_of,
    listing,
    listing_template,
    made_parcel,
    pickup,
    shipment_of,
)

_LATER = NOW + timedelta(minutes=1)


def _get(database: Database, account_id: int) -> Account:
    with database.reading() as session:
        return accounts.get(session, account_id)


def test_a_new_account_is_as_it_was_given_and_not_connected(database: Database, account_id: int) -> None:
    account = _get(database, account_id)
    assert account == Account(
        id=account_id,
        name="Main",
        environment=NEW_ACCOUNT.environment,
        app_name="bridge-of-a-seller",
        client_id="client",
        client_secret_set=True,
        allegro_login="kubki",
        location=NEW_ACCOUNT.location,
        default_currency="PLN",
        enabled=True,
        shadow=False,
        settings=Settings(),
        connection=Connection(),
    )
    with database.reading() as session:
        assert accounts.client_secret_encrypted(session, account_id) == "sealed"


def test_an_account_without_a_client_secret_says_so(database: Database) -> None:
    with database.transaction() as session:
        account_id = accounts.add(session, replace(NEW_ACCOUNT, client_secret_encrypted=""), now=NOW)
    assert not _get(database, account_id).client_secret_set


def test_two_accounts_cannot_have_one_name(database: Database, account_id: int) -> None:
    other = add_account(database, "Other")
    with pytest.raises(AccountNameTaken, match="already named 'Main'"):
        add_account(database, "Main")
    with pytest.raises(AccountNameTaken, match="already named 'Main'"), database.transaction() as session:
        accounts.update(session, other, {"name": "Main", "client_id": "changed"})
    assert (_get(database, other).name, _get(database, other).client_id) == ("Other", "client")
    with database.transaction() as session:
        accounts.update(session, account_id, {"name": "Main"})


def test_of_eight_accounts_of_one_name_that_are_made_at_once_one_is(database: Database) -> None:
    outcomes = race(database, lambda session: accounts.add(session, NEW_ACCOUNT, now=NOW))
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, AccountNameTaken)] == [int]


def test_an_account_can_be_changed_in_part(database: Database, account_id: int) -> None:
    lodz = Location("PL", "ŁÓDZKIE", "Łódź", "90-001")
    with database.transaction() as session:
        accounts.update(session, account_id, {"shadow": True, "location": lodz})
    account = _get(database, account_id)
    assert (account.name, account.shadow, account.location) == ("Main", True, lodz)


def test_settings_are_kept(database: Database, account_id: int) -> None:
    settings = Settings(import_orders=True, import_orders_from=date(2026, 11, 1), mark_processing=False)
    with database.transaction() as session:
        accounts.save_settings(session, account_id, settings)
    assert _get(database, account_id).settings == settings


def test_accounts_are_read_page_by_page(database: Database) -> None:
    first, second, third = (add_account(database, name) for name in ("C", "A", "B"))
    with database.reading() as session:
        assert [account.id for account in accounts.every(session)] == [first, second, third]
        assert [account.id for account in accounts.every(session, limit=2)] == [first, second]
        assert [account.id for account in accounts.every(session, after_id=second)] == [third]


def test_an_account_that_is_not_there_is_named(database: Database) -> None:
    with database.transaction() as session:
        for call in (accounts.get, accounts.remove, accounts.client_secret_encrypted):
            with pytest.raises(AccountNotFound, match="no account 7"):
                call(session, 7)
        with pytest.raises(AccountNotFound):
            accounts.update(session, 7, {})
        with pytest.raises(AccountNotFound):
            accounts.save_settings(session, 7, Settings())


def _fill(database: Database, account_id: int) -> None:
    """One row of the account in every table that knows accounts."""
    with database.transaction() as session:
        journal.begin(session, account_id, position="", sweep_from=NOW, now=NOW)
        event = OrderEvent("e1", "order-1", "BOUGHT", NOW)
        journal.receive(session, account_id, [event], position="e1", now=NOW)
        attempts.begin(session, account_id, "order-1", payload_hash="digest", now=NOW)
        held = Reservation("line-1", "order-1", "7001", 2, ReservationState.OPEN)
        reservations.settle(session, account_id, [held], now=NOW)
        link = offer_links.add(session, OfferLink(id=0, account_id=account_id, offer_id="7001", product_id=1), now=NOW)
        offer_links.save(session, link.moved_to("7002", title="", status=OfferStatus.ACTIVE), now=NOW)
        sent = entry_of(
            account_id=account_id,
            link_id=link.id,
            offer_id="7002",
            created_at=NOW,
            what="set",
            before="",
            quantity=1,
            way=Way.EDIT,
        )
        ledger.intend(session, [sent])
        offer_watch.note(session, account_id, listed_at=NOW)
        session.add(
            PendingActionRow(
                account_id=account_id,
                link_id=link.id,
                offer_id="7002",
                action="end",
                quantity=0,
                reason="",
                asked_by="guard",
                state="waiting",
                detail="",
                created_at=NOW,
            )
        )
        unsent = HeldPrice(
            id=0,
            account_id=account_id,
            link_id=link.id,
            offer_id="7002",
            side=PriceSide.OFFER,
            before=None,
            price=None,
            reason="",
            releasable=False,
            state=HeldState.WAITING,
            created_at=NOW,
        )
        held_prices.hold(session, [unsent])
        mappings.add_default(session, account_id, "257933", now=NOW)
        listing_templates.add(session, listing_template(account_id), now=NOW)
        listings.add(session, [listing(account_id)], now=NOW)
        invoices.add(session, invoice_of(account_id=account_id))
        parcel = made_parcels.add(session, made_parcel(account_id))
        assert parcel is not None
        pickups.add(session, pickup(account_id, parcel_ids=(parcel.id,)))
        listings.remember_images(session, account_id, {"a.jpg": UploadedImage("b.jpg", None)})
        mappings.map_categories(session, account_id, {15: "257933"})
        mapped = AttributeMapping("257933", "11323", Source.VALUE, value="11323_1")
        mappings.map_attributes(session, account_id, "257933", [mapped])
        order_log.remember(session, account_id, "order-1", what="made", why="", confirmed=True, now=NOW)
        shipments.add(session, [shipment_of(account_id=account_id)])
        shipments.note_store(session, account_id, "order-1", "processing", now=NOW)
        shipments.map_carriers(session, account_id, {"van": "DPD"})
        shipments.note_read(session, account_id, NOW)
        runs.queue(session, "orders", account_id, dry_run=False, now=NOW)
        runs.note_result(session, "orders", account_id, result="done", error="", not_before=None, now=NOW)
        leases.acquire(session, "orders", account_id, now=NOW, until=_LATER)
        alerts.open_alert(session, "kind", account_id=account_id, subject="", title="", remedy="", now=NOW)
        tokens.begin_authorization(
            session,
            account_id,
            kind="code",
            state_fingerprint=f"state of {account_id}",
            secret_encrypted="sealed",
            expires_at=_LATER,
            now=NOW,
        )


def _rows(database: Database, account_id: int) -> dict[str, int]:
    counts = {}
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            column = "id" if table.name == "accounts" else "account_id"
            if column in table.columns:
                statement = text(f"SELECT count(*) FROM {table.name} WHERE {column} = :id")
                counts[table.name] = session.execute(statement, {"id": account_id}).scalar_one()
    return counts


def test_an_account_is_deleted_with_everything_of_it_and_nothing_else(database: Database, account_id: int) -> None:
    other = add_account(database, "Other")
    _fill(database, account_id)
    _fill(database, other)
    assert set(_rows(database, account_id).values()) == {1}
    with database.transaction() as session:
        accounts.remove(session, account_id)
    assert set(_rows(database, account_id).values()) == {0}
    assert set(_rows(database, other).values()) == {1}


def test_the_id_of_a_deleted_account_is_never_given_again(database: Database, account_id: int) -> None:
    with database.transaction() as session:
        accounts.remove(session, account_id)
    assert add_account(database, "Main") > account_id
