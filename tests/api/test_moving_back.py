"""The day from which orders are imported is moved back: the preview tells how many, and as many are imported."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete

from app.api.deps import Services
from app.db.models import OrderAttemptRow, OrderLogRow
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good
from tests.sync.steps import switch

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_as_many_orders_are_imported_as_the_preview_has_told(
    api: TestClient, account: int, world: Sandbox, services: Services
) -> None:
    now = world.clock.now()
    offer = world.allegro.offer_id("KUB-001")

    def buy(days: float, **more: Any) -> str:
        return world.allegro.buy(Line(offer), at=now - timedelta(days=days), **more)

    def run(job: str) -> None:
        assert good(api.post(f"jobs/{job}/run", json={"account_id": account, "wait": True}))["state"] == "done"

    def forget() -> None:
        with services.database.transaction() as session:
            session.execute(delete(OrderLogRow))
            session.execute(delete(OrderAttemptRow))

    # What an older installation has made, of which nothing is left but the store orders.
    known, binned = buy(4.5), buy(4.4)
    switch(services, account, import_orders=True, import_orders_from=now - timedelta(days=5))
    run("orders_sweep")
    forget()
    world.store.trash(world.store.orders_for(binned)[0]["id"])

    switch(services, account, import_orders_from=now - timedelta(days=3))
    between, deferred = buy(4), buy(4.2, kind="cod")
    late, too_late, early = buy(9, pay=False), buy(8, pay=False), buy(7)
    world.allegro.pay(late, at=now - timedelta(days=4))
    world.allegro.pay(too_late, at=now - timedelta(days=2))
    unpaid, cancelled, warehouse = buy(4, pay=False), buy(4), buy(4, provider="ALLEGRO")
    world.allegro.cancel(cancelled)
    run("orders_sweep")
    alive = {each for each in world.allegro.forms if world.store.orders_for(each)}
    assert alive == {known, binned, too_late}

    path, change = f"accounts/{account}/settings", {"import_orders_from": (now - timedelta(days=5)).isoformat()}
    preview = good(api.patch(path, json={**change, "dry_run": True}))["preview"]
    good(api.patch(path, json=change))
    run("orders_sweep")
    run("orders")
    made = {each for each in world.allegro.forms if world.store.orders_for(each)} - alive
    assert made == {between, deferred, late}
    assert preview == {
        "orders": len(made),
        "counts": {
            "never_made": 3,
            "in_store": 1,
            "in_bin": 1,
            "not_ready": 1,
            "cancelled": 1,
            "fulfilled_by_allegro": 1,
        },
    }
    assert all(world.store.orders_for(each) == [] for each in (early, unpaid, cancelled, warehouse))
    assert [len(world.store.orders_for(each)) for each in (known, binned)] == [1, 1]
