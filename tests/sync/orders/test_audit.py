"""Once a night the order log and the store are compared; what differs is told, and ends when it is put right."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from app.db import accounts, alerts, journal
from app.db.models import OrderAttemptRow, OrderLogRow
from app.domain.order_log import LogState
from app.domain.runs import Result, Run
from app.sandbox.store.order_writing import trash_order
from tests.sync.orders.conftest import Desk

# What is asked of the two sides does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _night(desk: Desk, *, dry_run: bool = False) -> Run:
    """The first sweep of the next night."""
    desk.wait(days=1)
    run = desk.run("orders_sweep", dry_run=dry_run)
    assert run.error == ""
    return run


def _imported(desk: Desk) -> tuple[str, int]:
    """An order and the number of its store order."""
    order_id = desk.buy()
    desk.run()
    return order_id, desk.store_order(order_id)["id"]


def _set(desk: Desk, number: int, status: str) -> None:
    """A person changes the order in the store."""
    desk.services.lines.store().set_order_status(number, status)


def _second(desk: Desk, order_id: str) -> int:
    """Have the store carry out a request a second time, long after everybody gave it up; the new order's number."""
    before = set(desk.world.store.orders)
    with desk.services.database.transaction() as session:
        values = {"store_order_id": None, "state": LogState.SEEN, "due_at": desk.services.now()}
        session.execute(update(OrderLogRow).where(OrderLogRow.order_id == order_id).values(**values))
        session.execute(delete(OrderAttemptRow))
    desk.world.store.faults.switch_on("empty_list", path_prefix="/orders")
    desk.run()
    desk.world.store.faults.clear()
    [number] = set(desk.world.store.orders) - before
    return number


def _told(desk: Desk) -> list[tuple[str, str]]:
    return [(alert.kind, alert.subject) for alert in desk.alerts()]


def _put_away(desk: Desk) -> None:
    """A person resolves the one alert."""
    with desk.services.database.transaction() as session:
        [alert] = alerts.page(session, before_id=None, limit=10, open_only=True)
        alerts.resolve_by_id(session, alert.id, now=desk.services.now())


def _listed(desk: Desk) -> list[str]:
    """What the store was asked for, since the record of requests was cleared."""
    return [f"{request.method} {request.path.removeprefix('/wp-json/wc/v3')}" for request in desk.world.store.requests]


# --- once a night, and what it costs ----------------------------------------------------------------------------------


def test_a_night_costs_one_list_of_the_store_and_the_rest_of_the_day_nothing(desk: Desk) -> None:
    (_, first), _ = _imported(desk), _imported(desk)
    desk.world.store.requests.clear()
    desk.run("orders_sweep")
    assert _listed(desk) == []  # a first start leaves it to the night
    run = _night(desk)
    lists = ["GET /orders", "GET /orders"]  # the living ones and the bin
    assert _listed(desk) == lists
    assert [(change.what, change.after, change.why) for change in run.changes] == [
        ("audit", "2 orders compared", "No difference.")
    ]
    desk.wait(minutes=10)
    desk.run("orders_sweep")
    assert _listed(desk) == lists
    del desk.world.store.shop.orders[first]
    _night(desk)
    assert _listed(desk) == [*lists, *lists, f"GET /orders/{first}"]  # what the list lacks is asked for


def test_an_audit_that_fails_is_made_up_for_in_the_same_night(desk: Desk) -> None:
    order_id, number = _imported(desk)
    _set(desk, number, "cancelled")
    desk.wait(days=1)
    desk.world.store.faults.switch_on("unavailable")
    assert desk.run("orders_sweep").error
    desk.world.store.faults.clear()
    desk.wait(minutes=10)
    desk.run("orders_sweep")
    assert _told(desk) == [("order_state_differs", order_id)]


def test_a_list_that_leaves_orders_out_by_mistake_proves_nothing(desk: Desk) -> None:
    _imported(desk)
    desk.world.store.faults.switch_on("empty_list", path_prefix="/orders")
    desk.wait(days=1)
    assert "leaves out order" in desk.run("orders_sweep").error
    assert [alert.kind for alert in desk.alerts()] == ["store_refuses"]


def test_an_order_that_cannot_be_read_is_neither_gone_nor_put_right(desk: Desk) -> None:
    order_id, number = _imported(desk)
    _imported(desk)  # the newest one, by which a list is believed
    gone = desk.world.store.shop.orders.pop(number)
    _night(desk)
    gone.created -= timedelta(days=60)  # the list does not have it
    gone.status = ""
    desk.world.store.shop.orders[number] = gone
    run = _night(desk)
    assert [change.what for change in run.changes if change.result is Result.FAILED] == [f"order {order_id}"]
    assert _told(desk) == [("order_gone", order_id)]


# --- what is found, and how it ends -----------------------------------------------------------------------------------


def test_a_second_store_order_is_told_with_the_one_to_keep_until_it_is_cancelled(desk: Desk) -> None:
    stock = desk.world.store.stock("KUB-001") or 0
    order_id, first = _imported(desk)
    second = _second(desk, order_id)
    _night(desk)
    [alert] = desk.alerts()
    assert (alert.kind, alert.subject) == ("order_twice", order_id)
    assert alert.remedy.startswith(f"Keep {second} and cancel {first} in the store")
    assert desk.world.store.stock("KUB-001") == stock - 2
    _set(desk, first, "cancelled")
    _night(desk)
    assert desk.alerts() == []
    assert desk.world.store.stock("KUB-001") == stock - 1


def test_the_order_that_a_person_keeps_is_the_one_that_a_cancellation_reaches(desk: Desk) -> None:
    order_id, first = _imported(desk)
    second = _second(desk, order_id)
    _set(desk, second, "cancelled")  # although the log has this one
    _night(desk)
    assert desk.entry(order_id).store_order_id == first
    desk.world.allegro.cancel(order_id)
    desk.run()
    assert desk.world.store.orders[first]["status"] == "cancelled"
    assert desk.alerts() == []


def test_a_total_that_was_changed_in_the_store_is_told_with_both_amounts(desk: Desk) -> None:
    order_id, number = _imported(desk)
    paid = desk.entry(order_id).total
    desk.world.store.shop.orders[number].currency = "EUR"
    _night(desk)
    [alert] = desk.alerts()
    assert (alert.kind, alert.subject) == ("order_total_differs", order_id)
    assert f"{paid} EUR" in alert.title
    assert f"{paid} PLN" in alert.title
    desk.world.store.shop.orders[number].currency = "PLN"
    _night(desk)
    assert desk.alerts() == []


def test_an_order_that_is_in_the_bin_and_goes_on_at_allegro_is_told_until_it_is_taken_out(desk: Desk) -> None:
    order_id, number = _imported(desk)
    trash_order(desk.world.store.shop, desk.world.store.shop.orders[number])
    _night(desk)
    assert _told(desk) == [("order_state_differs", order_id)]
    _set(desk, number, "processing")
    _night(desk)
    assert desk.alerts() == []


def test_a_cancelled_order_that_lives_in_the_store_again_is_cancelled_by_the_job(desk: Desk) -> None:
    order_id, number = _imported(desk)
    desk.world.allegro.cancel(order_id)
    desk.run()
    _set(desk, number, "processing")
    _night(desk)
    assert desk.alerts() == []
    desk.run()
    assert desk.world.store.orders[number]["status"] == "cancelled"


def test_an_order_that_was_cancelled_too_late_is_told_once(desk: Desk) -> None:
    order_id, number = _imported(desk)
    _set(desk, number, "completed")
    desk.world.allegro.cancel(order_id)
    desk.run()
    for _ in range(2):
        _night(desk)
        desk.run()
        assert _told(desk) == [("order_cancelled_too_late", order_id)]
    _put_away(desk)
    _night(desk)
    desk.run()
    assert desk.alerts() == []


def test_a_deleted_order_is_told_with_the_way_to_import_it_again(desk: Desk) -> None:
    order_id, number = _imported(desk)
    desk.world.store.shop.orders.pop(number)
    _night(desk)
    [alert] = desk.alerts()
    assert (alert.kind, alert.subject) == ("order_gone", order_id)
    assert f"/accounts/{desk.account}/orders/reimport" in alert.remedy
    assert desk.posts() == 1


def test_a_cancelled_order_that_only_the_store_remembers_is_logged_and_cancelled(desk: Desk) -> None:
    order_id, number = _imported(desk)
    desk.world.allegro.cancel(order_id)
    desk.run()
    desk.wait(hours=5)
    _imported(desk)
    desk.run("orders_sweep")  # whose mark is now beyond the first order's last change
    _set(desk, number, "processing")
    with desk.services.database.transaction() as session:
        session.execute(delete(OrderLogRow).where(OrderLogRow.order_id == order_id))
        session.execute(delete(OrderAttemptRow))
    _night(desk)
    desk.run()
    entry = desk.entry(order_id)
    assert (entry.state, entry.store_order_id, entry.found_by) == (LogState.CANCELLED, number, "audit")
    assert desk.store_order(order_id)["status"] == "cancelled"


# --- told once --------------------------------------------------------------------------------------------------------


def test_what_a_person_has_put_away_stays_away_until_it_was_right_in_between(desk: Desk) -> None:
    order_id, number = _imported(desk)
    _set(desk, number, "cancelled")
    _night(desk)
    _put_away(desk)
    run = _night(desk)
    assert desk.alerts() == []
    assert [change.result for change in run.changes if change.what == f"order {order_id}"] == [Result.SKIPPED]
    _set(desk, number, "failed")
    _night(desk)
    assert _told(desk) == [("order_state_differs", order_id)]
    _set(desk, number, "processing")
    _night(desk)
    _set(desk, number, "failed")
    _night(desk)
    assert _told(desk) == [("order_state_differs", order_id)]


def test_an_alert_about_an_order_that_is_too_old_for_the_audit_stays_for_a_person(desk: Desk) -> None:
    order_id, number = _imported(desk)
    _set(desk, number, "cancelled")
    _night(desk)
    desk.wait(days=30)
    _night(desk)
    assert _told(desk) == [("order_state_differs", order_id)]


# --- without writing --------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_the_audit_would_find_and_leaves_the_night_undone(desk: Desk) -> None:
    order_id, number = _imported(desk)
    _set(desk, number, "cancelled")
    run = _night(desk, dry_run=True)
    planned = [(change.what, change.after) for change in run.changes if change.result is Result.PLANNED]
    assert planned == [(f"order {order_id}", "order_state_differs"), ("audit", "1 orders compared")]
    assert desk.alerts() == []
    desk.run("orders_sweep")
    assert _told(desk) == [("order_state_differs", order_id)]


def test_an_account_in_the_shadow_reports_and_alerts_nothing(desk: Desk) -> None:
    order_id, number = _imported(desk)
    _set(desk, number, "cancelled")
    with desk.services.database.transaction() as session:
        accounts.update(session, desk.account, {"shadow": True})
    run = _night(desk)
    assert (f"order {order_id}", "order_state_differs") in [(change.what, change.after) for change in run.changes]
    with desk.services.database.reading() as session:
        assert list(alerts.page(session, before_id=None, limit=10)) == []
        mark = journal.get(session, desk.account)
    assert mark is not None
    assert mark.audited_at is not None
    assert desk.services.now() - mark.audited_at < timedelta(minutes=1)
