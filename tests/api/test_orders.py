"""The order log over the API, after a real import."""

from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOBODY = "00000000-0000-4000-8000-000000000000"


def import_orders(api: TestClient, account: int) -> Any:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    return good(api.post("jobs/orders/run", json={"account_id": account, "wait": True}))


def test_an_imported_order_is_shown_with_its_store_order_and_what_the_buyer_pays(
    api: TestClient, account: int, world: Sandbox
) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    order_id = world.allegro.buy(
        Line(world.allegro.offer_id("KUB-001"), 2), buyer="anna", delivery_cost=Decimal("9.99")
    )
    import_orders(api, account)
    shown = good(api.get(f"accounts/{account}/orders/{order_id}"))
    (made,) = world.store.orders_for(order_id)
    assert shown["state"] == "imported"
    assert shown["store_order_id"] == made["id"]
    assert shown["total"] == {"amount": made["total"], "currency": "PLN"}
    assert shown["currency"] == "PLN"
    assert shown["buyer_login"] == "anna"
    assert shown["last_error"] is None
    assert shown["attempts"] == 1
    assert shown["first_seen_at"].endswith("Z")
    assert shown["imported_at"].endswith("Z")
    assert good(api.get(f"accounts/{account}/orders"))["items"] == [shown]


def test_the_history_tells_what_was_done_and_each_attempt(api: TestClient, account: int, world: Sandbox) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    order_id = world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    import_orders(api, account)
    history = good(api.get(f"accounts/{account}/orders/{order_id}/history"))
    assert history["items"]
    assert all(item["at"].endswith("Z") and item["what"] and item["why"] for item in history["items"])
    (attempt,) = history["attempts"]
    assert attempt["store_order_id"] == world.store.orders_for(order_id)[0]["id"]


def test_orders_come_page_by_page_and_by_state(api: TestClient, account: int, world: Sandbox) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    offer = world.allegro.offer_id("KUB-002")
    paid = [world.allegro.buy(Line(offer)) for _ in range(3)]
    unpaid = world.allegro.buy(Line(offer), pay=False)
    import_orders(api, account)
    path = f"accounts/{account}/orders"
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = good(api.get(path, params={"limit": "1", **cursor}))
        found += [each["order_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(found) == sorted([*paid, unpaid])
    (seen,) = good(api.get(path, params={"state": "seen"}))["items"]
    assert seen["order_id"] == unpaid
    assert seen["last_error"]
    assert len(good(api.get(path, params={"state": "imported"}))["items"]) == 3
    assert refused_fields(api.get(path, params={"state": "lost"})) == {"state"}


def test_an_order_that_is_not_logged_is_not_found(api: TestClient, account: int) -> None:
    for path in ("", "/history"):
        problem(api.get(f"accounts/{account}/orders/{NOBODY}{path}"), 404)
        problem(api.get(f"accounts/99/orders/{NOBODY}{path}"), 404)
        assert refused_fields(api.get(f"accounts/{account}/orders/a%20b{path}")) == {"order_id"}
    problem(api.get("accounts/99/orders"), 404)
