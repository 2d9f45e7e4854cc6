"""Importing orders again over the API, and the preview of a date that is moved back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from app.api.deps import Services
from app.db import order_log
from app.db.models import OrderLogRow
from app.domain.order_log import LogEntry, LogState
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields
from tests.sync.steps import switch

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOBODY = "00000000-0000-4000-8000-000000000000"


def _buy(world: Sandbox, **more: Any) -> str:
    return world.allegro.buy(Line(world.allegro.offer_id("KUB-001")), **more)


def _entry(services: Services, account: int, order_id: str) -> LogEntry | None:
    with services.database.reading() as session:
        return order_log.find(session, account, order_id)


def _run(api: TestClient, account: int) -> None:
    report = good(api.post("jobs/orders/run", json={"account_id": account, "wait": True}))
    assert report["state"] == "done", report


def _reimport(api: TestClient, account: int, **body: Any) -> Any:
    return good(api.post(f"accounts/{account}/orders/reimport", json={**body, "dry_run": True}))


def _told(plan: Any) -> dict[str, tuple[str, str]]:
    return {item["order_id"]: (item["action"], item["reason"]) for item in plan["items"]}


def _writes(world: Sandbox) -> int:
    seen = [*world.store.requests, *world.allegro.requests]
    return sum(request.method != "GET" and "token" not in request.path for request in seen)


def test_a_dry_run_tells_of_each_order_what_would_be_done_and_changes_nothing(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    skipped = _buy(world, at=world.clock.now() - timedelta(hours=1))
    switch(services, account, import_orders=True, import_orders_from=world.clock.now())
    kept, binned, deleted, cancelled_in_store = (_buy(world) for _ in range(4))
    unpaid = _buy(world, pay=False)
    cancelled = _buy(world, pay=False)
    world.allegro.cancel(cancelled)
    with services.database.transaction() as session:
        order_log.make_due(session, account, [skipped], found_by="sweep", now=world.clock.now())
    _run(api, account)
    news = _buy(world)
    warehouse = _buy(world, provider="ALLEGRO")
    orders = world.store.shop.orders
    numbers = {order_id: world.store.orders_for(order_id)[0]["id"] for order_id in (kept, binned, deleted)}
    orders[numbers[binned]].status = "trash"
    del orders[numbers[deleted]]
    orders[world.store.orders_for(cancelled_in_store)[0]["id"]].status = "cancelled"
    before = good(api.get(f"accounts/{account}/orders")), _writes(world)

    path = f"accounts/{account}/orders/reimport"
    everything = [kept, binned, deleted, cancelled_in_store, unpaid, cancelled, skipped, news, warehouse, NOBODY]
    plan = good(api.post(path, json={"order_ids": everything, "dry_run": True}))
    of_the_log = {
        kept: ("keep", "in_store"),
        binned: ("restore", "in_bin"),
        deleted: ("import", "deleted"),
        cancelled_in_store: ("keep", "in_store"),
    }
    by_name = {
        unpaid: ("skip", "not_ready"),
        cancelled: ("skip", "cancelled"),
        skipped: ("import", "never_made"),
        news: ("import", "never_made"),
        warehouse: ("skip", "fulfilled_by_allegro"),
    }
    assert _told(plan) == {**of_the_log, **by_name, NOBODY: ("skip", "not_shown")}
    assert plan["orders"] == 4
    assert plan["counts"]["in_store"] == 2
    assert (plan["dry_run"], plan["items_left_out"]) == (True, 0)
    numbered = {item["order_id"]: item["store_order_id"] for item in plan["items"]}
    assert numbered.items() >= numbers.items()
    assert numbered[news] is None

    assert _told(_reimport(api, account, missing=True)) == of_the_log
    since = (world.clock.now() - timedelta(days=1)).isoformat()
    assert _told(_reimport(api, account, since=since)) == {**of_the_log, **by_name}
    assert (good(api.get(f"accounts/{account}/orders")), _writes(world)) == before
    assert good(api.get("runs", params={"job": "orders"}))["next_cursor"] is None


def test_the_orders_to_import_are_handed_to_a_queued_run_and_the_others_are_left_alone(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    switch(services, account, import_orders=True, import_orders_from=world.clock.now())
    kept, deleted = _buy(world), _buy(world)
    _run(api, account)
    del world.store.shop.orders[world.store.orders_for(deleted)[0]["id"]]
    world.clock.advance(60)
    started = good(
        api.post(f"accounts/{account}/orders/reimport", json={"order_ids": [kept, deleted, NOBODY.upper()]}), 202
    )
    assert (started["orders"], started["counts"]) == (2, {"in_store": 1, "deleted": 1, "never_made": 1})
    run = good(api.get(f"runs/{started['run_id']}"))
    assert (run["job"], run["account_id"], run["state"], run["dry_run"]) == ("orders", account, "queued", False)
    for order_id, found_by in ((deleted, "first_start"), (NOBODY, "reimport")):
        entry = _entry(services, account, order_id)
        assert entry is not None
        assert entry.asked_at == entry.due_at is not None
        assert entry.found_by == found_by
    entry = _entry(services, account, kept)
    assert entry is not None
    assert entry.asked_at is None
    assert entry.due_at is None


def test_an_order_that_nothing_told_of_is_found_in_its_period_and_imported_once(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    switch(services, account, import_orders=True, import_orders_from=world.clock.now())
    _run(api, account)
    world.allegro.faults.switch_on("events_drop")
    order_id = _buy(world)
    _run(api, account)
    assert world.store.orders_for(order_id) == []
    for expected in ({"never_made": 1}, {"in_store": 1}):
        body = {"since": world.clock.now().date().isoformat()}
        started = good(api.post(f"accounts/{account}/orders/reimport", json=body), 202)
        assert started["counts"] == expected
        services.runner.run_queued(started["run_id"])
        assert len(world.store.orders_for(order_id)) == 1


def test_a_period_has_every_order_of_its_time_however_many_share_a_moment(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    switch(services, account, import_orders=True, import_orders_from=world.clock.now())
    start = world.clock.now().replace(microsecond=0) - timedelta(days=50)
    inside = [_buy(world, at=start) for _ in range(230)]
    inside += [_buy(world, at=start + timedelta(minutes=number)) for number in range(1, 60)]
    # Allegro lists an order by its last line; this one has another line, bought after the period.
    world.allegro.forms[inside[-1]].bought_at = start + timedelta(days=6)
    bad = _buy(world, at=start + timedelta(minutes=3))
    world.allegro.forms[bad].body["lineItems"][0]["quantity"] = 0
    _buy(world, at=start - timedelta(seconds=1))
    _buy(world, at=start + timedelta(hours=1))
    until = start + timedelta(hours=1)
    plan = _reimport(api, account, since=start.isoformat(), until=until.isoformat())
    assert _told(plan) == {**dict.fromkeys(inside, ("import", "never_made")), bad: ("skip", "unreadable")}


def test_a_thousand_orders_are_shown_and_all_are_handed_over(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    switch(services, account, import_orders=True, import_orders_from=world.clock.now())
    order_ids = [str(UUID(int=number)) for number in range(1, 1003)]
    with services.database.transaction() as session:
        order_log.make_due(session, account, order_ids, found_by="sweep", now=world.clock.now())
        session.execute(update(OrderLogRow).values(state=LogState.FAILED, due_at=None))
    plan = _reimport(api, account, missing=True)
    assert (plan["orders"], len(plan["items"]), plan["items_left_out"]) == (1002, 1000, 2)
    assert good(api.post(f"accounts/{account}/orders/reimport", json={"missing": True}), 202)["orders"] == 1002
    with services.database.reading() as session:
        assert all(entry.asked_at for entry in order_log.due(session, account, now=world.clock.now()))
        assert order_log.waiting(session, [account], now=world.clock.now()) == {account: 1002}


def test_what_is_not_exactly_one_choice_is_refused_by_the_name_of_its_field(
    api: TestClient, account: int, services: Services, world: Sandbox
) -> None:
    switch(services, account, import_orders=True, import_orders_from=world.clock.now())
    since, later = {"since": "2026-01-02"}, (world.clock.now() + timedelta(days=1)).isoformat()
    refused: list[tuple[dict[str, Any], str]] = [
        ({}, "body"),
        ({"missing": False}, "missing"),
        ({"missing": None}, "missing"),
        ({"missing": "yes"}, "missing"),
        ({"missing": True, "order_ids": [NOBODY]}, "order_ids"),
        ({"missing": True, **since}, "since"),
        ({"order_ids": [NOBODY], **since}, "since"),
        ({"missing": True, "until": "2026-01-02"}, "until"),
        ({"until": "2026-01-02"}, "until"),
        ({"order_ids": []}, "order_ids"),
        ({"order_ids": [NOBODY, NOBODY]}, "order_ids"),
        ({"order_ids": [str(UUID(int=number)) for number in range(1001)]}, "order_ids"),
        ({"order_ids": ["order-1"]}, "order_ids.0"),
        ({**since, "until": "2026-01-02"}, "until"),
        ({**since, "until": "2026-01-01T22:59:59Z"}, "until"),
        ({"since": "2026-01-02T10:00:00"}, "since"),
        ({"since": later}, "since"),
        ({"missing": True, "dry_run": 1}, "dry_run"),
        ({"all": True}, "all"),
    ]
    for body, field in refused:
        assert refused_fields(api.post(f"accounts/{account}/orders/reimport", json=body)) == {field}, body
    problem(api.post("accounts/99/orders/reimport", json={"missing": True}), 404)
    assert good(api.get("runs"))["items"] == []


def test_nothing_is_asked_for_while_no_order_can_be_imported_and_the_answer_says_what_to_do(
    api: TestClient, account: int, services: Services
) -> None:
    def refusal(*, dry_run: bool) -> str:
        body = {"order_ids": [NOBODY], "dry_run": dry_run}
        return str(problem(api.post(f"accounts/{account}/orders/reimport", json=body), 409)["detail"])

    assert "`import_orders`" in refusal(dry_run=True)
    switch(services, account, import_orders=True, import_orders_from=services.now())
    good(api.patch(f"accounts/{account}", json={"enabled": False}))
    assert "`enabled`" in refusal(dry_run=True)
    good(api.patch(f"accounts/{account}", json={"enabled": True}))
    good(api.post(f"accounts/{account}/disconnect"))
    assert "Authorise" in refusal(dry_run=False)
    assert _entry(services, account, NOBODY) is None
    assert good(api.get("runs"))["items"] == []


def test_a_store_whose_list_cannot_be_believed_makes_no_plan(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    switch(services, account, import_orders=True, import_orders_from=world.clock.now())
    order_id = _buy(world)
    _run(api, account)
    world.store.faults.switch_on("empty_list")
    problem(api.post(f"accounts/{account}/orders/reimport", json={"missing": True}), 502)
    entry = _entry(services, account, order_id)
    assert entry is not None
    assert entry.asked_at is None


def test_a_date_that_would_be_moved_back_tells_how_many_orders_that_imports_and_changes_nothing(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    now = world.clock.now()
    old = [_buy(world, at=now - timedelta(days=days)) for days in (2, 3, 9)]
    path = f"accounts/{account}/settings"
    before = good(api.get(path))
    wanted = {"import_orders": True, "import_orders_from": (now - timedelta(days=5)).date().isoformat()}
    seen = good(api.patch(path, json={**wanted, "dry_run": True}))
    # Without an old date the new one counts up to now.
    assert seen == {**before, **wanted, "preview": {"orders": 2, "counts": {"never_made": 2}}}
    assert good(api.get(path)) == before

    good(api.patch(path, json={"import_orders": True}))
    further = {"import_orders_from": (now - timedelta(days=10)).isoformat()}
    assert good(api.patch(path, json={**further, "dry_run": True}))["preview"]["orders"] == 3
    for change in ({"mark_processing": False}, {"import_orders_from": "2100-01-01"}, {}):
        preview = good(api.patch(path, json={**change, "dry_run": True}))["preview"]
        assert preview == {"orders": 0, "counts": {}}
    assert refused_fields(api.patch(path, json={"send_account_email": True, "dry_run": True})) == {"send_account_email"}
    assert "preview" not in good(api.patch(path, json={**further, "dry_run": False}))
    good(api.post("jobs/orders_sweep/run", json={"account_id": account, "wait": True}))
    assert [len(world.store.orders_for(order_id)) for order_id in old] == [1, 1, 1]
    # What was imported and then deleted does not come back by a date.
    del world.store.shop.orders[world.store.orders_for(old[0])[0]["id"]]
    good(api.patch(path, json={"import_orders_from": now.isoformat()}))
    preview = good(api.patch(path, json={**further, "dry_run": True}))["preview"]
    assert preview == {"orders": 0, "counts": {"in_store": 2, "deleted": 1}}
    good(api.post(f"accounts/{account}/disconnect"))
    earlier = (now - timedelta(days=20)).isoformat()
    problem(api.patch(path, json={"import_orders_from": earlier, "dry_run": True}), 409)
