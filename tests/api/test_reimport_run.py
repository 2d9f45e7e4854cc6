"""Importing orders again from the request to the store: what the dry run tells is what is done, and nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.api.deps import Services
from app.db import attempts
from app.db.models import Base
from app.sandbox.allegro.forms import Line
from app.sandbox.seed import SELLERS
from app.sandbox.world import Sandbox
from tests.api.answers import good
from tests.conftest import connect
from tests.sync.steps import change, import_orders, open_kinds

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOBODY = "00000000-0000-4000-8000-000000000000"


def _buy(world: Sandbox, **more: Any) -> str:
    return world.allegro.buy(Line(world.allegro.offer_id("KUB-001")), **more)


def _number(world: Sandbox, order_id: str) -> int:
    [order] = world.store.orders_for(order_id)
    return int(order["id"])


def _status(world: Sandbox, *order_ids: str) -> list[list[str]]:
    """The status of every store order that each of them has."""
    return [[order["status"] for order in world.store.orders_for(order_id)] for order_id in order_ids]


def _run(api: TestClient, account: int) -> None:
    report = good(api.post("jobs/orders/run", json={"account_id": account, "wait": True}))
    assert report["state"] == "done", report


def _planned(api: TestClient, account: int, **body: Any) -> Any:
    return good(api.post(f"accounts/{account}/orders/reimport", json={**body, "dry_run": True}))


def _asked(api: TestClient, account: int, **body: Any) -> int:
    """The id of the run that was queued."""
    return int(good(api.post(f"accounts/{account}/orders/reimport", json=body), 202)["run_id"])


def _everything(world: Sandbox, services: Services) -> tuple[Any, ...]:
    """All rows of our database, all store orders and their stock, and how often anything was asked to change."""
    with services.database.reading() as session:
        rows = {table.name: sorted(map(repr, session.execute(select(table)))) for table in Base.metadata.sorted_tables}
    asked = [*world.store.requests, *world.allegro.requests]
    writes = [request.path for request in asked if request.method != "GET"]
    return rows, world.store.orders, world.store.stock("KUB-001"), writes


def test_what_is_missing_comes_back_once_as_the_dry_run_has_told_and_nothing_else_moves(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    import_orders(services, account)
    stock = world.store.stock("KUB-001") or 0
    kept, done, over, binned, deleted = (_buy(world) for _ in range(5))
    refused = _buy(world)
    world.allegro.forms[refused].body["lineItems"][0]["quantity"] = 0
    _run(api, account)
    world.allegro.forms[refused].body["lineItems"][0]["quantity"] = 1
    world.store.set_order_status(_number(world, done), "completed")
    world.store.set_order_status(_number(world, over), "cancelled")
    number = _number(world, binned)
    world.store.trash(number)
    world.store.delete(_number(world, deleted))
    before = _everything(world, services)
    plan = _planned(api, account, missing=True)
    assert _everything(world, services) == before
    assert plan["orders"] == 3

    runs = [_asked(api, account, missing=True) for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        assert {run.state for run in pool.map(services.runner.run_queued, runs)} == {"done"}
    for run_id in (_asked(api, account, missing=True), _asked(api, account, order_ids=[kept, binned, deleted])):
        assert services.runner.run_queued(run_id).error == ""
    assert _status(world, kept, binned, deleted, refused) == [["processing"]] * 4
    assert _status(world, done, over) == [["completed"], ["cancelled"]]
    assert _number(world, binned) == number
    # Once for each order, and once more for the one that was deleted, which the store has not given back.
    assert world.store.stock("KUB-001") == stock - 6
    assert open_kinds(services) == ["order_stock_taken_twice"]
    shown = good(api.get(f"accounts/{account}/orders"))["items"]
    assert {each["state"] for each in shown} == {"imported"}
    assert {each["next_look_at"] for each in shown} == {None}


def test_chosen_orders_and_those_of_a_period_are_imported_from_before_the_import_began(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    old, older = (_buy(world, at=world.clock.now() - timedelta(days=days)) for days in (3, 9))
    import_orders(services, account)
    kept = _buy(world)
    _run(api, account)
    posts = len(world.store.orders)
    for body, expected in (
        ({"order_ids": [kept]}, 0),
        ({"since": (world.clock.now() - timedelta(days=5)).isoformat()}, 1),
        ({"order_ids": [older.upper(), kept]}, 1),
    ):
        assert _planned(api, account, **body)["orders"] == expected
        assert services.runner.run_queued(_asked(api, account, **body)).error == ""
        posts += expected
        assert len(world.store.orders) == posts
    assert _status(world, kept, old, older) == [["processing"]] * 3


@pytest.mark.parametrize("is_made", [True, False])
def test_an_attempt_without_an_outcome_is_not_hurried(
    api: TestClient, account: int, world: Sandbox, services: Services, is_made: bool
) -> None:
    import_orders(services, account)
    order_id = _buy(world)
    if is_made:
        world.store.faults.switch_on("order_commit_then_drop", times=1)
    else:  # as after a kill between the intent and the call
        with services.database.transaction() as session:
            attempts.begin(session, account, order_id, payload_hash="", now=services.now())
    _run(api, account)
    for body in ({"missing": True}, {"order_ids": [order_id]}):
        services.runner.run_queued(_asked(api, account, **body))
        assert len(world.store.orders_for(order_id)) == int(is_made)
    world.clock.advance(120)
    services.runner.run_queued(_asked(api, account, missing=True))
    assert _status(world, order_id) == [["processing"]]
    assert _planned(api, account, order_ids=[order_id])["counts"] == {"in_store": 1}


def test_another_sellers_order_is_nobodys(api: TestClient, account: int, world: Sandbox, services: Services) -> None:
    import_orders(services, account)
    other = connect(services, world, name="Inny", login=SELLERS[1].login)
    import_orders(services, other)
    offer = world.allegro.add_offer("Kubek innego", world.allegro.offers[world.allegro.offer_id("KUB-001")].price)
    world.allegro.offers[offer].seller = SELLERS[1].login
    order_id = world.allegro.buy(Line(offer))
    assert _planned(api, account, order_ids=[order_id, NOBODY])["counts"] == {"not_shown": 2}
    services.runner.run_queued(_asked(api, account, order_ids=[order_id, NOBODY]))
    assert len(world.store.orders) == 0
    _run(api, other)
    assert _planned(api, account, order_ids=[order_id])["counts"] == {"in_store": 1}
    services.runner.run_queued(_asked(api, account, order_ids=[order_id, NOBODY]))
    assert len(world.store.orders) == 1
    for each in (account, other):
        world.clock.advance(24 * 3600)
        good(api.post("jobs/orders_sweep/run", json={"account_id": each, "wait": True}))
    assert open_kinds(services) == ["order_on_hold"]  # the offer has no SKU


def test_in_the_shadow_an_import_is_planned_and_made_when_the_shadow_goes(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    import_orders(services, account)
    order_id, gone = _buy(world, at=world.clock.now() - timedelta(days=3)), _buy(world)
    _run(api, account)
    world.store.delete(_number(world, gone))
    change(services, account, shadow=True)
    run = services.runner.run_queued(_asked(api, account, order_ids=[order_id, gone]))
    assert {each.after for each in run.changes} == {"create", "recover"}
    assert _status(world, order_id, gone) == [[], []]
    change(services, account, shadow=False)
    world.clock.advance(3600)
    _run(api, account)
    assert _status(world, order_id, gone) == [["processing"]] * 2
