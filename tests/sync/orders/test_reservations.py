"""The law of the ledger: every piece that is bought at Allegro counts once, whatever happens in whatever order.

Gone from sale are the pieces that the store has taken out of its stock and those that the ledger holds back. Together
they are what living orders hold, at every moment between two runs: never a piece twice, never one lost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from tests.sync.orders.conftest import Desk

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_SKUS = ("KUB-001", "KUB-002", "KOS-001-M")

_EVENT = st.one_of(
    st.tuples(st.just("buy"), st.lists(st.tuples(st.sampled_from(_SKUS), st.integers(1, 3)), min_size=1, max_size=3)),
    st.tuples(
        st.sampled_from(
            ("pay", "cancel", "auto_cancel", "repeat", "change", "complete", "merge", "ask", "sell", "lose")
        ),
        st.integers(0, 5),
    ),
    st.tuples(st.sampled_from(("run", "sweep", "wait")), st.just(0)),
)


class Shop:
    """Buyers, the seller and the service, and what must be true of the pieces."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.stocked = {sku: desk.world.store.stock(sku) or 0 for sku in _SKUS}
        self.sold_in_store = dict.fromkeys(_SKUS, 0)
        self.shipped_and_cancelled: set[str] = set()
        self.orders: list[str] = []

    def do(self, what: str, with_: object) -> None:
        if what == "buy":
            assert isinstance(with_, list)
            offer_id = self.desk.world.allegro.offer_id
            lines = [Line(offer_id(sku), quantity=quantity) for sku, quantity in with_]
            self.orders.append(self.desk.world.allegro.buy(*lines, pay=False, buyer="ten-sam"))
        elif what in ("run", "sweep"):
            self.desk.run("orders" if what == "run" else "orders_sweep")
        elif what == "wait":
            self.desk.wait(minutes=10)
        elif what == "sell":
            self.desk.world.store.sell("KUB-001", 1)
            self.sold_in_store["KUB-001"] += 1
        elif what == "lose":
            self.desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
        elif alive := [order_id for order_id in self.orders if order_id in self.desk.world.allegro.forms]:
            assert isinstance(with_, int)
            self._happen(what, alive, alive[with_ % len(alive)])

    def _happen(self, what: str, alive: list[str], order_id: str) -> None:
        allegro, status = self.desk.world.allegro, self.desk.world.allegro.form(order_id)["status"]
        if what == "pay" and status in ("BOUGHT", "FILLED_IN"):
            allegro.pay(order_id)
        elif what in ("cancel", "auto_cancel") and status != "CANCELLED":
            if any(order["status"] == "completed" for order in self.desk.world.store.orders_for(order_id)):
                self.shipped_and_cancelled.add(order_id)
            allegro.cancel(order_id, "buyer" if what == "cancel" else "auto")
        elif what == "repeat":
            allegro.emit("READY_FOR_PROCESSING", order_id)
        elif what == "change" and allegro.form(order_id)["delivery"]:
            allegro.modify_address(order_id, street="ul. Inna 9")
        elif what == "complete":
            for order in self.desk.world.store.orders_for(order_id):
                if order["status"] == "processing":
                    self.desk.world.store.set_order_status(order["id"], "completed")
        elif what == "merge":
            unpaid = [each for each in alive if allegro.form(each)["status"] in ("BOUGHT", "FILLED_IN")]
            if len(unpaid) > 1:
                self.orders.append(allegro.merge(unpaid, pay=False))
        elif what == "ask" and self.desk.is_logged(order_id):
            self.desk.ask_for(order_id)

    def settle(self) -> None:
        """Let the service come to the end of what it has heard of, lost answers included."""
        self.desk.world.store.faults.clear()
        for _ in range(3):
            self.desk.run("orders_sweep")
            self.desk.wait(minutes=6)
        self.desk.run("orders_sweep")

    def check(self) -> None:
        living = dict.fromkeys(_SKUS, 0)
        for order_id, form in self.desk.world.allegro.forms.items():
            if form.status != "CANCELLED" or order_id in self.shipped_and_cancelled:
                for line in form.body["lineItems"]:
                    living[line["offer"]["external"]["id"]] += line["quantity"]
        reserved, offer_id = self.desk.reserved(), self.desk.world.allegro.offer_id
        counted = {
            sku: self.stocked[sku]
            - (self.desk.world.store.stock(sku) or 0)
            - self.sold_in_store[sku]
            + reserved.get(offer_id(sku), 0)
            for sku in _SKUS
        }
        assert counted == living


@contextmanager
def _anew(desk: Desk) -> Iterator[Shop]:
    """Another example in the same world: what the one before has left is over."""
    for order_id, form in list(desk.world.allegro.forms.items()):
        if form.status != "CANCELLED":
            desk.world.allegro.cancel(order_id)
    desk.world.store.faults.clear()
    desk.run("orders_sweep")
    desk.wait(minutes=6)
    desk.run("orders_sweep")
    desk.world.allegro.forms.clear()
    yield Shop(desk)


@given(events=st.lists(_EVENT, min_size=4, max_size=14))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_piece_counts_once_whatever_happens_in_whatever_order(
    desk: Desk, events: list[tuple[str, object]]
) -> None:
    with _anew(desk) as shop:
        for what, with_ in events:
            shop.do(what, with_)
        shop.settle()
        shop.check()
        assert all(len(desk.world.store.orders_for(order_id)) <= 1 for order_id in desk.world.allegro.forms)


@pytest.mark.parametrize("quantity", [1, 4])
def test_a_piece_is_held_back_from_its_purchase_until_the_store_has_taken_it(desk: Desk, quantity: int) -> None:
    shop = Shop(desk)
    order_id = desk.buy(pay=False, quantity=quantity)
    desk.run()
    assert list(desk.reserved().values()) == [quantity]
    shop.check()
    desk.world.allegro.pay(order_id)
    desk.run()
    assert desk.reserved() == {}
    shop.check()


def test_while_the_stores_answer_is_awaited_the_piece_is_rather_counted_twice_than_sold_twice(desk: Desk) -> None:
    stock = desk.world.store.stock("KUB-001") or 0
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    order_id = desk.buy()
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTING
    assert (desk.world.store.stock("KUB-001"), list(desk.reserved().values())) == (stock - 1, [1])
    desk.wait(minutes=5)
    desk.run()
    assert desk.reserved() == {}


def test_what_leaves_allegros_own_warehouse_and_what_was_bought_before_the_import_holds_nothing_back(
    desk: Desk,
) -> None:
    desk.buy(provider="ALLEGRO")
    old = desk.buy(at=desk.world.clock.now() - timedelta(days=3))
    desk.log(old)
    desk.run()
    assert desk.reserved() == {}


def test_what_was_never_paid_and_is_gone_from_allegro_holds_nothing_back(desk: Desk) -> None:
    order_id = desk.buy(pay=False)
    desk.run()
    del desk.world.allegro.forms[order_id]
    for hours in (1, 73):
        desk.wait(hours=hours)
        desk.run()
    assert desk.entry(order_id).state is LogState.MISSING
    assert desk.reserved() == {}
    assert desk.alerts() == []


def test_a_shadow_account_holds_back_what_it_would_import(desk: Desk) -> None:
    desk.shadow()
    desk.buy(quantity=2)
    desk.run()
    assert desk.posts() == 0
    assert list(desk.reserved().values()) == [2]
