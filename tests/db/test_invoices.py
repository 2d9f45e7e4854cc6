"""Invoices in the database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import invoices, order_log
from app.db.engine import Database
from app.db.invoices import InvoiceNotFound
from app.domain.invoices import Invoice, InvoiceState
from app.domain.order_log import LogState
from tests.db.conftest import NOW
from tests.domain.samples import invoice_of

UPLOADED = {"source": "file:abc", "url_mark": "", "url_encrypted": ""}


def added(database: Database, invoice: Invoice, content: str | None = None) -> Invoice:
    with database.transaction() as session:
        return invoices.add(session, invoice, content_encrypted=content)


def test_an_invoice_is_kept_as_it_is_once_and_changed_only_as_it_was_read(database: Database, account_id: int) -> None:
    wanted = invoice_of(account_id=account_id)
    first = added(database, wanted)
    assert replace(first, id=0) == wanted
    assert added(database, replace(wanted, url_mark="2", url_encrypted="2")) == first
    other = added(database, replace(wanted, order_id="order-2"))
    over = replace(
        first, state=InvoiceState.REJECTED, allegro_id="a1", begun_at=NOW, due_at=None, attempts=3, why="Harm."
    )
    with database.transaction() as session:
        assert invoices.replace_with(session, first, over)
    with database.transaction() as session:
        assert not invoices.replace_with(session, first, replace(first, why="too late"))
        assert invoices.of_order(session, account_id, "order-1") == [over]
        for order_id, invoice_id in (("order-1", other.id), ("order-2", other.id + 1)):
            with pytest.raises(InvoiceNotFound):
                invoices.get(session, account_id, order_id, invoice_id)


def test_a_file_is_kept_until_allegro_has_it_or_it_is_over(database: Database, account_id: int) -> None:
    kept = set()
    with database.transaction() as session:
        for state in InvoiceState:
            wanted = invoice_of(account_id=account_id, source=f"file:{state}", url_encrypted="")
            invoice = invoices.add(session, wanted, content_encrypted="sealed")
            invoices.replace_with(session, invoice, replace(invoice, state=state))
            if invoices.content_encrypted(session, invoice.id) == "sealed":
                kept.add(state)
    assert kept == {InvoiceState.WAITING, InvoiceState.ANNOUNCING, InvoiceState.ANNOUNCED}


def test_those_of_the_store_have_no_turn_while_that_is_off_unless_allegro_has_the_file(
    database: Database, account_id: int
) -> None:
    def due(*, from_store: bool) -> list[str]:
        with database.reading() as session:
            found = invoices.due(session, account_id, now=NOW, from_store=from_store, limit=10)
            assert invoices.is_any_due(session, account_id, now=NOW, from_store=from_store) == bool(found)
        return [invoice.source for invoice in found]

    scanning = {"source": "meta:scanning", "state": InvoiceState.SCANNING}
    for minutes, values in enumerate(({"source": "meta:a"}, scanning)):
        added(database, invoice_of(account_id=account_id, due_at=NOW - timedelta(minutes=minutes), **values))
    added(database, invoice_of(account_id=account_id, source="meta:later", due_at=NOW + timedelta(seconds=1)))
    added(database, invoice_of(account_id=account_id, source="meta:over", due_at=None))
    assert due(from_store=True) == ["meta:scanning", "meta:a"]
    assert due(from_store=False) == ["meta:scanning"]
    added(database, invoice_of(account_id=account_id, due_at=NOW - timedelta(hours=1), **UPLOADED))
    assert due(from_store=False) == ["file:abc", "meta:scanning"]


def test_orders_are_read_again_for_invoices_until_allegro_is_told_of_one(database: Database, account_id: int) -> None:
    imported = {"state": LogState.IMPORTED, "imported_at": NOW}
    orders = {
        "none": {"store_order_id": 1, **imported},
        "waiting": {"store_order_id": 2, **imported},
        "refused": {"store_order_id": 3, **imported},
        "told": {"store_order_id": 4, **imported},
        "old": {"store_order_id": 5, **imported, "imported_at": NOW - timedelta(days=15)},
        "cancelled": {"store_order_id": 6, **imported, "state": LogState.CANCELLED},
    }
    with database.transaction() as session:
        order_log.make_due(session, account_id, list(orders), found_by="journal", now=NOW)
        for order_id, values in orders.items():
            order_log.record(session, order_log.get(session, account_id, order_id), **values)
    states = {"waiting": InvoiceState.WAITING, "refused": InvoiceState.REFUSED, "told": InvoiceState.ANNOUNCED}
    for order_id, state in states.items():
        added(database, invoice_of(account_id=account_id, order_id=order_id, state=state))
    with database.reading() as session:
        found = invoices.orders_without(session, account_id, imported_since=NOW - timedelta(days=14))
    assert sorted(found) == [1, 2, 3]
