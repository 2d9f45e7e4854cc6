"""Invoices go to their orders once, whatever happens on the way, and are followed until Allegro has scanned them."""

from dataclasses import replace
from typing import Any

import pytest

from app.api.deps import Services
from app.db import invoices, order_log
from app.domain.invoices import Invoice
from app.domain.runs import Result, Run
from app.sandbox.allegro.invoices import Invoice as SandboxInvoice
from app.sandbox.serving import Recorded
from app.sandbox.world import Sandbox
from app.sync.shipping.invoice_desk import InvoiceBlocked, InvoiceRefused
from tests.sync.shipping.conftest import PackingTable

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PDF, OTHER_PDF = b"%PDF-1.7\n\x00\xff faktura", b"%PDF-1.7 another one"
ORDERS: dict[str, Any] = {"path_prefix": "/order/"}
SECRET = "a-key-that-nobody-may-see"


def announces(request: Recorded) -> bool:
    return request.method == "POST" and request.path.endswith("/invoices")


def reads_invoices(request: Recorded) -> bool:
    return request.method == "GET" and request.path.endswith("/invoices")


class Office(PackingTable):
    """Where the store's plugin makes invoices."""

    def issue(self, order_id: str, content: bytes | None = PDF, number: str = "FV/1/2026", key: str = "_pdf") -> None:
        """The plugin names an invoice in the order, and (None: not yet) puts its PDF there."""
        path = f"/wp-content/uploads/{order_id}{key}.pdf"
        if content is not None:
            self.world.store.put_document(path, content)
        self.write(order_id, "_number", number)
        self.write(order_id, key, f"{self.world.store_url}{path}?key={SECRET}")

    def send(self, **wait: float) -> Run:
        """Both jobs, two minutes later."""
        self.track(**wait)
        return self.run("invoices")

    def follow(self, **wait: float) -> Run:
        """The job that sends them alone, two minutes later."""
        self.wait(**(wait or {"minutes": 2}))
        return self.run("invoices")

    def kept(self, order_id: str) -> list[Invoice]:
        """What is known of the order's invoices here."""
        with self.services.database.reading() as session:
            return list(invoices.of_order(session, self.account, order_id))

    def states(self, order_id: str) -> list[str]:  # type: ignore[override]  # of invoices, here
        return [each.state.value for each in self.kept(order_id)]

    def there(self, order_id: str) -> list[SandboxInvoice]:
        """What the buyer's order has at Allegro."""
        return self.world.allegro.invoices(order_id)

    def files(self, order_id: str) -> list[bytes | None]:
        return [each.content for each in self.there(order_id)]

    def announced(self) -> int:
        """How often Allegro was told of an invoice."""
        return sum(map(announces, self.world.allegro.requests))

    def adds_by_hand(self, order_id: str, content: bytes, number: str = "") -> None:
        """The seller adds an invoice in Allegro's panel."""
        market = self.world.allegro.market
        with market.lock:
            form = market.forms[order_id]
            book = self.world.allegro.invoice_book
            added = book.add(form, {"file": {"name": "scan.pdf"}, "invoiceNumber": number})
            book.upload(form, added.id, content)

    def history(self, order_id: str) -> list[str]:
        with self.services.database.reading() as session:
            return [item.what for item in order_log.history(session, self.account, order_id)]


@pytest.fixture
def office(world: Sandbox, services: Services, account: int) -> Office:
    office = Office(world, services, account)
    office.switch(import_orders=True, submit_invoices=True, invoice_meta_keys=("_pdf|_number", "_correction"))
    office.run()  # the first start: the journal's end is noted
    office.track()  # and here the store's past
    return office


def test_an_invoice_of_the_store_arrives_byte_for_byte_and_once(office: Office) -> None:
    order_id = office.imported()
    office.issue(order_id)
    office.send()
    [invoice] = office.there(order_id)
    assert (invoice.content, invoice.number) == (PDF, "FV/1/2026")
    assert invoice.file_name.startswith("FV-1-2026-")
    assert office.states(order_id) == ["scanning"]
    office.write(order_id, "_pdf", f"{office.world.store_url}/elsewhere.pdf?expires=later")
    office.send()
    assert office.states(order_id) == ["accepted"]
    calls = len(office.world.allegro.requests)
    office.follow(hours=2)
    assert office.files(order_id) == [PDF]
    assert office.alerts() == []
    told = [what for what in office.history(order_id) if "invoice" in what]
    assert told == ["the invoice FV/1/2026 was sent to Allegro", "the invoice FV/1/2026 is at Allegro"]
    assert not any(map(reads_invoices, office.world.allegro.requests[calls:])), "it is not asked after any more"


@pytest.mark.parametrize(
    ("fault", "method", "announced"),
    [
        ("server_error_after", "POST", 1),
        ("drop", "POST", 2),
        ("server_error_after", "PUT", 1),
        ("drop", "PUT", 1),
    ],
)
def test_an_invoice_whose_answer_was_lost_is_in_the_order_once(
    office: Office, fault: str, method: str, announced: int
) -> None:
    order_id = office.imported()
    office.issue(order_id)
    office.world.allegro.faults.switch_on(fault, times=1, method=method, **ORDERS)
    office.send()
    for _ in range(2):
        office.follow()
    assert office.world.allegro.faults.struck(fault) == 1
    assert office.files(order_id) == [PDF]
    assert office.announced() == announced
    assert (office.states(order_id), office.alerts()) == (["accepted"], [])


def test_a_process_that_is_killed_between_the_announcement_and_the_file_leaves_one_invoice(office: Office) -> None:
    order_id = office.imported()
    office.issue(order_id)
    office.track()
    office.dies_at("invoices", office.world.allegro, announces)
    assert (office.states(order_id), office.files(order_id)) == (["announcing"], [None])
    office.follow()
    assert (office.files(order_id), office.announced()) == ([PDF], 1)
    assert office.states(order_id) == ["scanning"]


def test_a_second_invoice_waits_until_the_first_is_scanned(office: Office) -> None:
    order_id = office.imported()
    office.issue(order_id)
    office.issue(order_id, OTHER_PDF, key="_correction")
    office.send()
    assert office.states(order_id) == ["scanning", "waiting"]
    assert office.announced() == 1
    office.follow()
    assert office.states(order_id) == ["accepted", "scanning"]
    assert office.files(order_id) == [PDF, OTHER_PDF]


def test_an_invoice_that_comes_second_at_the_last_moment_goes_later(office: Office) -> None:
    order_id = office.imported()
    office.issue(order_id)
    office.once(office.world.allegro, reads_invoices, lambda: office.adds_by_hand(order_id, OTHER_PDF))
    office.send()
    assert (office.states(order_id), office.announced()) == (["waiting"], 1)
    office.follow()
    assert office.files(order_id) == [OTHER_PDF, PDF]
    assert office.kinds() == []


def test_an_invoice_whose_number_the_order_has_already_is_not_sent(office: Office) -> None:
    order_id = office.imported()
    office.adds_by_hand(order_id, OTHER_PDF, "fv/1/2026")
    office.issue(order_id)
    office.send()
    [kept] = office.kept(order_id)
    assert (kept.state, "already" in kept.why) == ("accepted", True)
    assert (office.files(order_id), office.announced()) == ([OTHER_PDF], 0)


def test_a_harmful_file_is_told_with_allegros_verdict_and_replaced_by_an_upload(office: Office) -> None:
    order_id = office.imported()
    office.issue(order_id)
    office.world.allegro.faults.switch_on("invoice_scan_rejected", times=1)
    office.send()
    office.follow()
    [alert] = office.alerts()
    [rejected] = office.kept(order_id)
    assert (alert.kind, alert.subject) == ("invoice_refused", f"{order_id}/{rejected.id}")
    assert "harm" in alert.title
    desk = office.services.invoice_desk
    with pytest.raises(InvoiceBlocked, match="Upload another"):
        desk.retry(office.account, order_id, rejected.id)
    desk.add(office.account, order_id, "FV/1/2026", OTHER_PDF)
    office.follow()
    assert office.states(order_id) == ["rejected", "scanning"]
    assert office.files(order_id) == [PDF, OTHER_PDF]


@pytest.mark.parametrize(("is_it", "is_announced"), [(reads_invoices, False), (announces, True)])
def test_an_order_that_is_cancelled_meanwhile_gets_no_file(office: Office, is_it: Any, *, is_announced: bool) -> None:
    order_id = office.imported()
    office.issue(order_id)
    office.once(office.world.allegro, is_it, lambda: office.world.allegro.cancel(order_id))
    office.send()
    office.follow()
    assert office.files(order_id) == ([None] if is_announced else [])
    [kept] = office.kept(order_id)
    assert (kept.state, "cancelled" in kept.why) == ("refused", True)
    assert office.kinds() == []


def test_an_order_that_is_cancelled_already_is_told_of_no_missing_pdf(office: Office) -> None:
    order_id = office.imported()
    office.issue(order_id, None)
    office.world.allegro.cancel(order_id)
    office.send()
    assert (office.states(order_id), office.kinds()) == (["refused"], [])


def test_an_uploaded_file_is_sent_whatever_the_setting_and_is_not_kept_then(office: Office) -> None:
    order_id, desk = office.imported(), office.services.invoice_desk
    office.switch(submit_invoices=False)
    first = desk.add(office.account, order_id, " FV/9 ", PDF)
    assert desk.add(office.account, order_id, "", PDF) == first
    with pytest.raises(InvoiceRefused, match="no PDF"):
        desk.add(office.account, order_id, "", b"<html>")

    def sealed() -> str | None:
        with office.services.database.reading() as session:
            return invoices.content_encrypted(session, first.id)

    assert PDF.decode("latin-1") not in (sealed() or PDF.decode("latin-1"))
    office.follow()
    assert (office.files(order_id), sealed()) == ([PDF], None)
    office.follow()
    again = desk.add(office.account, order_id, "", PDF)
    assert (again.id, again.state, again.number) == (first.id, "accepted", "FV/9")
    assert office.announced() == 1


def test_an_upload_that_allegro_refuses_is_told_in_its_words_and_tried_when_it_is_uploaded_again(
    office: Office,
) -> None:
    # Allegro takes one invoice only of who pays later.
    order_id, desk = office.imported(kind="term"), office.services.invoice_desk
    office.adds_by_hand(order_id, OTHER_PDF)
    first = desk.add(office.account, order_id, "", PDF)
    office.follow()
    assert office.states(order_id) == ["waiting"], "another one's scan may have ended in that moment"
    office.follow()
    [alert] = office.alerts()
    assert (office.states(order_id), alert.kind) == (["refused"], "invoice_refused")
    assert "nie można dodać kolejnej" in alert.title
    with pytest.raises(InvoiceBlocked, match="Upload it again"):
        desk.retry(office.account, order_id, first.id)
    assert desk.add(office.account, order_id, "FV/2", PDF).id == first.id
    office.follow()
    office.follow()
    assert (office.states(order_id), office.announced()) == (["refused"], 4)


def test_a_pdf_that_is_late_or_wrong_goes_once_it_is_right_and_no_key_is_shown(office: Office) -> None:
    order_id = office.imported()
    office.issue(order_id, None)
    office.send()
    [kept] = office.kept(order_id)
    assert (kept.state, kept.attempts) == ("waiting", 1)
    office.issue(order_id, b"<html>Log in</html>")
    office.send()
    [alert] = office.alerts()
    [refused] = office.kept(order_id)
    assert (refused.state, alert.kind) == ("refused", "invoice_refused")
    assert office.announced() == 0, "nothing is announced that cannot be sent"
    told = [repr(kept), repr(refused), alert.title, alert.remedy, *office.history(order_id)]
    assert not any(SECRET in text for text in told)
    office.issue(order_id, PDF)
    office.services.invoice_desk.retry(office.account, order_id, refused.id)
    office.follow()
    office.follow()
    assert office.files(order_id) == [PDF]
    assert office.alerts() == []


def test_an_address_written_past_woocommerce_is_found_within_the_hour(office: Office) -> None:
    order_id = office.imported()
    office.track(minutes=20)
    office.world.store.put_document("/late.pdf", PDF)
    order = office.world.store.shop.orders[office.number(order_id)]
    order.meta.append(office.world.store.shop.new_meta("_pdf", f"{office.world.store_url}/late.pdf"))
    office.send()
    assert office.states(order_id) == []
    office.send(hours=1)
    assert office.files(order_id) == [PDF]


def test_an_account_that_only_watches_plans(office: Office) -> None:
    order_id = office.imported()
    office.issue(order_id)
    office.shadow()
    run = office.send()
    assert [change.result for change in run.changes] == [Result.PLANNED]
    assert (office.announced(), office.states(order_id)) == (0, ["waiting"])
    with pytest.raises(InvoiceBlocked, match=r"nothing is sent\. Set its `shadow` to false first\.$"):
        office.services.invoice_desk.add(office.account, order_id, "", PDF)


def test_a_lost_answer_is_waited_for_since_the_call_however_long_the_pdf_took(office: Office) -> None:
    order_id = office.imported()
    office.issue(order_id)
    office.track()
    office.once(office.world.store, lambda _: True, lambda: office.wait(minutes=5))
    office.world.allegro.faults.switch_on("drop", times=1, method="POST", **ORDERS)
    office.run("invoices")
    [lost] = office.kept(order_id)
    office.services.invoice_desk.retry(office.account, order_id, lost.id)
    office.follow(seconds=30)
    assert (office.states(order_id), office.announced()) == (["announcing"], 1)
    office.follow()
    assert (office.files(order_id), office.announced()) == ([PDF], 2)


def test_the_stores_invoices_stop_in_the_middle_of_a_run_when_that_is_switched_off(office: Office) -> None:
    orders = [office.imported(), office.imported()]
    for order_id in orders:
        office.issue(order_id)
    office.track()
    office.once(office.world.allegro, announces, lambda: office.switch(submit_invoices=False))
    office.run("invoices")
    assert [office.states(each) for each in orders] == [["scanning"], ["waiting"]]


def test_an_invoice_that_allegro_turns_away_with_a_fault_of_ours_keeps_no_other_from_its_turn(office: Office) -> None:
    orders = [office.imported(), office.imported()]
    for order_id in orders:
        office.issue(order_id)
    office.track()
    office.world.allegro.faults.switch_on("not_acceptable", method="PUT", **ORDERS)
    office.run("invoices")
    office.run("invoices")
    assert [office.states(each) for each in orders] == [["announced"], ["announced"]]


def test_an_invoice_that_was_sealed_with_a_lost_key_keeps_no_other_from_its_turn(office: Office) -> None:
    orders = [office.imported(), office.imported()]
    for order_id in orders:
        office.issue(order_id)
    office.track()
    [sealed] = office.kept(orders[0])
    with office.services.database.transaction() as session:
        assert invoices.replace_with(session, sealed, replace(sealed, url_encrypted="of another key"))
    office.run("invoices")
    assert [office.states(each) for each in orders] == [["waiting"], ["scanning"]]
    assert "BRIDGE_SECRET_KEY" in office.kept(orders[0])[0].why
