"""Exactly one store order, whatever becomes of the call that makes it."""

import threading
import time
from datetime import timedelta

import pytest

from app.api.deps import Services
from app.config import Config
from app.db import attempts
from app.domain.order_log import Fate, LogState
from app.main import build
from tests.sync.orders.conftest import Desk


@pytest.fixture
def config(config: Config) -> Config:
    """The store may take two minutes after its caller gave up, as in real life; the world's clock makes that quick."""
    return config.model_copy(update={"store_settle": 120.0, "store_timeout": 10.0})


def _fates(desk: Desk, order_id: str) -> list[Fate]:
    with desk.services.database.reading() as session:
        return [attempt.fate for attempt in attempts.of_order(session, desk.account, order_id)]


def test_an_order_that_was_made_while_the_connection_dropped_is_taken_over(desk: Desk) -> None:
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    order_id = desk.buy()
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTING
    desk.wait(minutes=3)
    desk.run()
    entry = desk.entry(order_id)
    assert (entry.state, entry.store_order_id) == (LogState.IMPORTED, desk.store_order(order_id)["id"])
    assert desk.posts() == 1
    assert _fates(desk, order_id) == [Fate.ADOPTED]


def test_an_order_that_is_made_after_we_gave_up_is_waited_for(desk: Desk) -> None:
    lines = desk.services.lines
    lines.config = lines.config.model_copy(update={"store_timeout": 3.0})
    desk.world.store.faults.switch_on("order_commit_late", times=1, seconds=3.8)
    order_id = desk.buy()
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTING
    assert _fates(desk, order_id) == [Fate.LOST]
    desk.run()  # the store may still be at it: nothing is made
    deadline = time.monotonic() + 5
    while desk.made([order_id]) == [0]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    desk.wait(minutes=3)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.posts() == 1


@pytest.mark.parametrize(
    ("fault", "posts", "fates"),
    [("order_error_before", 2, [Fate.ABSENT, Fate.CREATED]), ("order_error_after", 1, [Fate.ADOPTED])],
)
def test_an_error_of_the_store_is_found_out_about_before_another_attempt(
    desk: Desk, fault: str, posts: int, fates: list[Fate]
) -> None:
    desk.world.store.faults.switch_on(fault, times=1)
    order_id = desk.buy()
    for _ in range(3):
        desk.run()
    assert desk.posts() == 1
    desk.wait(minutes=3)
    desk.run()
    assert desk.made([order_id]) == [1]
    assert desk.posts() == posts
    assert _fates(desk, order_id) == fates


@pytest.mark.parametrize("fault", ["list_filter_ignored", "list_filter_empty", "created_via_unknown"])
def test_a_store_that_ignores_filters_leads_to_no_wrong_adoption_and_no_second_order(desk: Desk, fault: str) -> None:
    desk.world.store.sell("KUB-003", 1)
    desk.world.store.faults.switch_on(fault)
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    bought = [desk.buy(), desk.buy("KUB-002")]
    desk.run()
    desk.wait(minutes=3)
    desk.run()
    assert desk.made(bought) == [1, 1]
    assert len(desk.world.store.orders) == 3


def test_a_redirecting_store_gets_no_order_until_its_address_is_right(desk: Desk) -> None:
    desk.world.store.faults.switch_on("redirect")
    order_id = desk.buy()
    assert "redirect" in desk.run().error
    assert [alert.kind for alert in desk.alerts()] == ["store_refuses"]
    desk.world.store.faults.clear()
    desk.wait(minutes=1)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.alerts() == []


def test_a_firewall_that_blocks_posts_stops_the_import_and_loses_nothing(desk: Desk) -> None:
    desk.world.store.faults.switch_on("firewall")
    order_id = desk.buy()
    assert "403" in desk.run().error
    assert _fates(desk, order_id) == [Fate.REFUSED]
    desk.world.store.faults.clear()
    desk.wait(minutes=1)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED


def test_a_notice_before_the_data_does_no_harm(desk: Desk) -> None:
    desk.world.store.faults.switch_on("php_notice")
    order_id = desk.buy()
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.posts() == 1


def test_two_processes_at_once_make_one_order_each(desk: Desk) -> None:
    other = build(desk.services.config, now=desk.world.clock.now)
    bought = [desk.buy() for _ in range(10)]
    rival = threading.Thread(target=_run_orders, args=(other, desk.account))
    rival.start()
    desk.run()
    rival.join()
    other.close()
    assert desk.made(bought) == [1] * 10


def test_an_intent_without_an_outcome_is_looked_for_before_anything_is_made(desk: Desk) -> None:
    """As after a kill between the intent and the call: the store has nothing, and had time enough."""
    order_id = desk.buy()
    with desk.services.database.transaction() as session:
        attempts.begin(session, desk.account, order_id, payload_hash="", now=desk.services.now())
    desk.run()
    assert (desk.posts(), desk.entry(order_id).state) == (0, LogState.IMPORTING)
    desk.wait(minutes=5)
    desk.run()
    assert desk.made([order_id]) == [1]
    assert _fates(desk, order_id) == [Fate.ABSENT, Fate.CREATED]


def test_a_store_order_in_the_bin_is_taken_over_and_not_made_again(desk: Desk) -> None:
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    order_id = desk.buy()
    desk.run()
    desk.world.store.shop.orders[desk.store_order(order_id)["id"]].status = "trash"
    desk.wait(minutes=3)
    desk.run()
    assert desk.made([order_id]) == [1]
    assert desk.posts() == 1


def test_an_order_that_cannot_be_read_is_named_and_does_not_stop_the_others(desk: Desk) -> None:
    poison = desk.buy()
    desk.world.allegro.forms[poison].body["lineItems"][0]["quantity"] = 0
    good = [desk.buy() for _ in range(5)]
    desk.run()
    assert [desk.entry(order_id).state for order_id in good] == [LogState.IMPORTED] * 5
    entry = desk.entry(poison)
    assert entry.state is LogState.FAILED
    assert "quantity" in entry.reason
    [alert] = desk.alerts()
    assert (alert.kind, alert.subject) == ("order_failed", poison)


def test_a_mended_order_is_imported_by_itself_and_its_alert_goes(desk: Desk) -> None:
    order_id = desk.buy()
    desk.world.allegro.forms[order_id].body["lineItems"][0]["quantity"] = None
    desk.run()
    desk.world.allegro.forms[order_id].body["lineItems"][0]["quantity"] = 1
    desk.wait(minutes=2)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.alerts() == []


def test_an_outage_of_the_store_parks_no_order(desk: Desk) -> None:
    desk.world.store.faults.switch_on("unavailable")
    bought = [desk.buy() for _ in range(3)]
    for _ in range(20):
        assert desk.run().error
        desk.wait(minutes=20)
    assert {desk.entry(order_id).state for order_id in bought} <= {LogState.SEEN, LogState.IMPORTING}
    desk.world.store.faults.clear()
    desk.wait(minutes=20)
    desk.run()
    assert {desk.entry(order_id).state for order_id in bought} == {LogState.IMPORTED}
    assert desk.made(bought) == [1, 1, 1]


def test_the_wait_after_a_lost_answer_ends_by_itself(desk: Desk) -> None:
    desk.world.store.faults.switch_on("order_error_before", times=1)
    order_id = desk.buy()
    desk.run()
    due_at = desk.entry(order_id).due_at
    assert due_at is not None
    assert timedelta(0) < due_at - desk.services.now() <= timedelta(minutes=3)


def _run_orders(services: Services, account: int) -> None:
    services.runner.run_queued(services.runner.queue("orders", account, dry_run=False))
