"""Each invoice goes to its order at Allegro once, and is followed until Allegro has scanned it."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.invoices import (
    LARGEST_INVOICE,
    AllegroInvoice,
    Invoice,
    InvoiceState,
    ScanState,
    Step,
    after_refusal,
    announced,
    fault_in_file,
    file_name,
    file_sent,
    next_step,
    put_off,
    refused,
    reopened,
    why_called_off,
    why_not_again,
)
from app.domain.order_log import LogState, new_entry
from app.domain.orders import OrderStatus
from tests.domain.samples import BOUGHT_AT, NOON, invoice_of, line, order_of

SETTLE = timedelta(minutes=3)
_WAITING, _ANNOUNCING, _ANNOUNCED, _SCANNING, _ACCEPTED, _REJECTED, _REFUSED = InvoiceState
_NO_FILE, _SCAN, _CLEAN, _HARMFUL = ScanState
CALLED_OFF = "The order is cancelled at Allegro."


def ours(state: InvoiceState = _WAITING, **more: Any) -> Invoice:
    return invoice_of(id=1, state=state, due_at=NOON, **more)


def there(scan: ScanState, *, name: str = "", number: str = "", age: float = 60, **more: Any) -> AllegroInvoice:
    """An invoice of the order at Allegro, somebody else's unless it has our name; `age` in seconds."""
    created_at = NOON - timedelta(seconds=age)
    return AllegroInvoice("a1", name or "theirs-00000000.pdf", number, created_at, scan, **more)


def mine(scan: ScanState, **more: Any) -> AllegroInvoice:
    return there(scan, name=invoice_of().file_name, **more)


def step_of(invoice: Invoice, *at_allegro: AllegroInvoice, called_off: str = "") -> Step:
    return next_step(invoice, called_off, at_allegro, now=NOON, settle=SETTLE)


def told(step: Step) -> str:
    """The step in short: what is called, what becomes of the invoice, when it has its turn, and whether it alarms."""
    after = step.invoice
    words = [step.move.value, after.state.value]
    if after.due_at is not None and step.move == "stay":
        words.append(f"+{(after.due_at - NOON).total_seconds():.0f}s")
    return " ".join([*words, *(["alarm"] if step.is_alarming else [])])


JUST_BEGUN, LONG_BEGUN = NOON - timedelta(minutes=1), NOON - timedelta(minutes=4)


@pytest.mark.parametrize(
    ("invoice", "at_allegro", "expected"),
    [
        pytest.param(ours(), [], "announce announcing", id="new"),
        pytest.param(ours(), [there(_CLEAN)], "announce announcing", id="beside another one"),
        pytest.param(ours(), [there(_CLEAN, number="FV/2/2026")], "announce announcing", id="another number"),
        pytest.param(ours(), [there(_CLEAN, number=" fv/1/2026 ")], "stay accepted", id="its number is there"),
        pytest.param(
            ours(), [there(_SCAN, number="FV/1/2026")], "stay scanning +15s", id="its number is being scanned"
        ),
        pytest.param(
            ours(), [there(_HARMFUL, number="FV/1/2026")], "announce announcing", id="its number was rejected"
        ),
        pytest.param(ours(), [there(_NO_FILE, number="FV/1/2026")], "announce announcing", id="its number has no file"),
        pytest.param(ours(number=""), [there(_CLEAN)], "announce announcing", id="two without a number"),
        pytest.param(ours(), [there(_SCAN)], "stay waiting +60s", id="another is being scanned"),
        pytest.param(ours(), [there(_NO_FILE, age=9)], "stay waiting +60s", id="another is just being added"),
        pytest.param(ours(), [there(_NO_FILE, age=11)], "announce announcing", id="another was left without a file"),
        pytest.param(ours(), [mine(_NO_FILE)], "send_file announced", id="announced by a memory that is lost"),
        pytest.param(ours(number="", file_name="faktura-x"), [there(_CLEAN, name="FV-x")], "stay accepted", id="mark"),
        pytest.param(ours(_ANNOUNCING, begun_at=JUST_BEGUN), [], "stay announcing +120s", id="lost a moment ago"),
        pytest.param(ours(_ANNOUNCING, begun_at=JUST_BEGUN), [mine(_NO_FILE)], "send_file announced", id="it is there"),
        pytest.param(ours(_ANNOUNCING, begun_at=LONG_BEGUN), [], "announce announcing", id="it was not carried out"),
        pytest.param(
            ours(_ANNOUNCING, begun_at=LONG_BEGUN), [there(_SCAN)], "stay waiting +60s", id="others came first"
        ),
        pytest.param(
            ours(_ANNOUNCED, allegro_id="a1"), [there(_NO_FILE)], "send_file announced", id="without its file"
        ),
        pytest.param(ours(_ANNOUNCED, allegro_id="a2"), [], "send_file announced", id="not shown yet"),
        pytest.param(ours(_ANNOUNCED, allegro_id="a1"), [mine(_SCAN)], "stay scanning +15s", id="the file arrived"),
        pytest.param(
            ours(_SCANNING, allegro_id="a1", begun_at=JUST_BEGUN), [mine(_CLEAN)], "stay accepted", id="clean"
        ),
        pytest.param(ours(_SCANNING, begun_at=JUST_BEGUN), [mine(_HARMFUL)], "stay rejected alarm", id="harmful"),
        pytest.param(ours(_SCANNING, begun_at=JUST_BEGUN), [], "stay scanning +240s", id="sent and not shown"),
    ],
)
def test_what_is_done_next(invoice: Invoice, at_allegro: list[AllegroInvoice], expected: str) -> None:
    assert told(step_of(invoice, *at_allegro)) == expected


@pytest.mark.parametrize(
    ("invoice", "at_allegro", "expected"),
    [
        (ours(), [], "stay refused"),
        (ours(_ANNOUNCING, begun_at=JUST_BEGUN), [mine(_NO_FILE)], "stay refused"),
        (ours(_ANNOUNCED, allegro_id="a1"), [mine(_NO_FILE)], "stay refused"),
        (ours(_ANNOUNCED, allegro_id="a1"), [mine(_CLEAN)], "stay accepted"),
    ],
)
def test_an_order_that_is_called_off_is_sent_nothing_more(
    invoice: Invoice, at_allegro: list[AllegroInvoice], expected: str
) -> None:
    step = step_of(invoice, *at_allegro, called_off=CALLED_OFF)
    assert told(step) == expected
    assert step.invoice.why == ("" if expected.endswith("accepted") else CALLED_OFF)


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        (LogState.IMPORTED, OrderStatus.READY, ""),
        (LogState.SKIPPED, OrderStatus.READY, ""),
        (LogState.IMPORTED, OrderStatus.CANCELLED, "cancelled"),
        (LogState.SUPERSEDED, OrderStatus.READY, "order-2"),
        (None, OrderStatus.READY, "no such order"),
    ],
)
def test_why_an_order_gets_no_invoice(state: LogState | None, status: OrderStatus, words: str) -> None:
    entry = replace(new_entry(1, "order-1", NOON), state=state, superseded_by="order-2") if state else None
    why = why_called_off(entry, replace(order_of(line()), status=status))
    assert (words in why) if words else why == ""


def test_a_scan_is_looked_at_ever_more_rarely_and_given_up_after_a_week() -> None:
    invoice = file_sent(announced(ours(), "a1", NOON), NOON)
    looks, now, is_alarming = [], NOON, False
    while invoice.due_at is not None:
        assert (invoice.state, is_alarming) == (_SCANNING, False)
        looks.append((invoice.due_at - NOON).total_seconds())
        now = invoice.due_at
        step = next_step(invoice, "", [mine(_SCAN)], now=now, settle=SETTLE)
        invoice, is_alarming = step.invoice, step.is_alarming
    assert looks[:5] == [15, 60, 300, 3900, 7500]
    assert (invoice.state, is_alarming) == (_REFUSED, True)
    assert now - NOON >= timedelta(days=7)
    again = next_step(reopened(invoice, now), "", [mine(_SCAN)], now=now, settle=SETTLE).invoice
    assert (again.state, again.begun_at) == (_SCANNING, now), "what Allegro has is followed for another week"


def test_what_the_order_had_already_and_what_allegro_complained_of_is_said() -> None:
    step = step_of(ours(), there(_SCAN, number="FV/1/2026"))
    assert (step.invoice.allegro_id, "already" in step.invoice.why) == ("a1", True)
    assert "already" in step_of(step.invoice, there(_CLEAN)).invoice.why
    rejected = step_of(step.invoice, there(_HARMFUL, complaints=("Plik zawiera makro.",))).invoice
    assert rejected.why.endswith("Plik zawiera makro.")


def test_a_refused_announcement_is_final_unless_another_invoice_came_first() -> None:
    announcing = step_of(ours()).invoice
    cases = {
        (): "stay refused alarm",
        (there(_SCAN),): "stay waiting +60s",
        (there(_CLEAN),): "stay waiting +60s",
        (there(_CLEAN, number="FV/1/2026"),): "stay accepted",
        (mine(_NO_FILE),): "send_file announced",
    }
    for at_allegro, expected in cases.items():
        assert told(after_refusal(announcing, at_allegro, "Limit.", NOON)) == expected


def test_what_may_pass_is_tried_for_a_day() -> None:
    step, now, waits = put_off(ours(), "404", NOON), NOON, 0
    while step.invoice.due_at is not None:
        waits, now = waits + 1, step.invoice.due_at
        assert (step.invoice.state, step.invoice.why) == (_WAITING, "404")
        step = put_off(step.invoice, "404", now)
    assert (step.invoice.state, step.is_alarming, waits) == (_REFUSED, True, 18)
    assert timedelta(hours=23) < now - NOON < timedelta(hours=26)


def test_the_name_of_the_file_has_plain_letters_and_a_mark_of_its_own() -> None:
    names = [
        file_name(order, source, number)
        for order, source, number in (
            ("o1", "meta:a", "FV/12/2026"),
            ("o2", "meta:a", "FV/12/2026"),
            ("o1", "meta:b", "FV/12/2026"),
            ("o1", "meta:a", ""),
            ("o1", "meta:a", "../żółć\n"),
            ("o1", "meta:a", "9" * 500),
        )
    ]
    assert re.fullmatch(r"FV-12-2026-[0-9a-f]{8}\.pdf", names[0])
    marks = [name[-12:] for name in names]
    assert len(set(marks)) == 3, "one for each order and source, whatever the number"
    assert [name[:-13] for name in names[3:]] == ["faktura", "zoc", "9" * 60]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 ...", ""),
        (b"%PDF" + b"x" * (LARGEST_INVOICE - 4), ""),
        (b"", "empty"),
        (b"<html>", "no PDF"),
        (b"%PDF" + b"x" * LARGEST_INVOICE, "3 MB"),
    ],
)
def test_what_is_no_pdf_of_a_fit_size_is_named(content: bytes, words: str) -> None:
    fault = fault_in_file(content)
    assert (words in fault) if words else fault == ""


@pytest.mark.parametrize(
    ("invoice", "words"),
    [
        (ours(_REFUSED), ""),
        (ours(_REFUSED, source="file:abc"), "Upload it again"),
        (ours(_REJECTED), "another file"),
        (ours(_SCANNING), ""),
    ],
)
def test_what_is_not_tried_again_on_request(invoice: Invoice, words: str) -> None:
    why = why_not_again(invoice)
    assert (words in why) if words else why == ""


def test_a_refused_invoice_has_no_turn_and_a_reopened_one_begins_anew() -> None:
    spent = replace(ours(_ANNOUNCED, allegro_id="a1", begun_at=BOUGHT_AT), attempts=5)
    over = refused(spent, "Too large.").invoice
    assert (over.is_over, over.due_at) == (True, None)
    later: datetime = NOON + timedelta(days=1)
    again = reopened(over, later)
    assert (again.state, again.due_at, again.begun_at, again.attempts, again.why) == (_WAITING, later, None, 0, "")
