"""Invoices that store orders name: one for each meta field, whatever becomes of its address."""

from typing import Any

import pytest

from app.domain.invoices import Invoice, InvoiceState
from app.domain.store_invoices import StoreInvoice, invoices_in, store_changes
from tests.domain.samples import NOON, invoice_of

URL, SIGNED = "https://store.pl/1.pdf?key=s", "https://store.pl/1.pdf?key=t"
KEYS = ["_pdf|_number", "_correction"]


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ([], []),
        ([("_pdf", URL), ("_number", "FV/1")], [("meta:_pdf", URL, "FV/1")]),
        ([("_pdf", URL)], [("meta:_pdf", URL, "")]),
        ([("_pdf", f" {URL} "), ("_number", 17)], [("meta:_pdf", URL, "17")]),
        ([("_pdf", URL), ("_pdf", SIGNED), ("_number", "a"), ("_number", "b")], [("meta:_pdf", SIGNED, "b")]),
        ([("_pdf", URL), ("_correction", SIGNED)], [("meta:_pdf", URL, ""), ("meta:_correction", SIGNED, "")]),
        ([("_pdf", URL), ("_pdf", ""), ("_number", None)], [("meta:_pdf", URL, "")]),
        ([("another", URL), ("_number", "FV/1")], []),
    ],
)
def test_each_field_names_one_invoice(meta: list[tuple[str, Any]], expected: list[tuple[str, str, str]]) -> None:
    found = invoices_in(meta, KEYS)
    assert [(each.source, each.url, each.number) for each in found.invoices] == expected
    assert found.notes == ()


@pytest.mark.parametrize("value", ["pending", 7, True, ["https://a.pl"], {"url": URL}, "ftp://a.pl/1.pdf", "/1.pdf"])
def test_what_is_no_address_is_told_and_does_not_stop_the_others(value: Any) -> None:
    found = invoices_in([("_pdf", value), ("_correction", URL)], KEYS)
    assert [each.source for each in found.invoices] == ["meta:_correction"]
    assert found.notes == ("The meta field _pdf does not hold the address of an invoice.",)


@pytest.mark.parametrize("value", [None, "", False, [], {}])
def test_an_empty_field_is_not_worth_a_word(value: Any) -> None:
    assert invoices_in([("_pdf", value)], KEYS).notes == ()


_WAITING, _ANNOUNCING, _ANNOUNCED, _SCANNING, _ACCEPTED, _REJECTED, _REFUSED = InvoiceState


def seal(url: str) -> str:
    return f"sealed {url}"


def changed(known: Invoice, url: str, number: str = "FV/1/2026") -> Invoice | None:
    """What the store's word makes of a known invoice; None for nothing."""
    found = [StoreInvoice(known.source, url, number)]
    changes = store_changes(found, [known], known.account_id, known.order_id, NOON, seal=seal)
    if not changes:
        return None
    [(before, after)] = changes
    assert before == known
    return after


def test_a_field_that_is_new_is_a_new_invoice_and_due_at_once() -> None:
    named = [StoreInvoice("meta:_new", SIGNED, "1")]
    [(before, after)] = store_changes(named, [invoice_of(id=1)], 1, "order-1", NOON, seal=seal)
    assert before is None
    assert (after.state, after.source, after.due_at) == (_WAITING, "meta:_new", NOON)
    assert (after.url_mark, after.url_encrypted) == (named[0].url_mark, seal(SIGNED))


def test_an_address_that_stands_in_another_field_as_well_is_no_second_invoice() -> None:
    named = [
        StoreInvoice("meta:_new", URL, ""),
        StoreInvoice("meta:_a", SIGNED, ""),
        StoreInvoice("meta:_b", SIGNED, ""),
    ]
    changes = store_changes(named, [invoice_of(id=1, state=_ACCEPTED)], 1, "order-1", NOON, seal=seal)
    assert [after.source for _, after in changes] == ["meta:_a"]


@pytest.mark.parametrize("state", list(InvoiceState))
def test_the_same_word_changes_nothing(state: InvoiceState) -> None:
    assert changed(invoice_of(id=1, state=state), URL) is None


@pytest.mark.parametrize(
    ("state", "begun_at", "counts"),
    [
        (_WAITING, None, True),
        (_ANNOUNCING, NOON, True),
        (_ANNOUNCED, NOON, True),
        (_REFUSED, None, True),
        (_REFUSED, NOON, False),
        (_SCANNING, NOON, False),
        (_ACCEPTED, NOON, False),
        (_REJECTED, NOON, False),
    ],
)
def test_a_new_address_counts_while_the_file_is_not_sent(state: InvoiceState, begun_at: Any, *, counts: bool) -> None:
    after = changed(invoice_of(id=1, state=state, begun_at=begun_at, due_at=None), SIGNED)
    assert (after is not None) == counts
    if after is not None:
        expected = _WAITING if state is _REFUSED else state
        assert (after.state, after.url_encrypted, after.due_at) == (expected, seal(SIGNED), NOON)


def test_the_number_counts_until_allegro_is_told_and_leaves_the_mark() -> None:
    waiting = invoice_of(id=1, number="")
    after = changed(waiting, URL, "FV/2")
    assert after is not None
    assert (after.number, after.file_name[-12:]) == ("FV/2", waiting.file_name[-12:])
    assert after.file_name.startswith("FV-2-")
    assert changed(invoice_of(id=1, state=_ANNOUNCING, begun_at=NOON), URL, "FV/2") is None


def test_what_no_database_can_hold_is_left_out_of_an_address_and_a_number() -> None:
    [found] = invoices_in([("_pdf", URL + "\0\ud800"), ("_number", "FV\0/1\ud83d")], KEYS).invoices
    assert (found.url, found.number) == (URL + "?", "FV/1?")
