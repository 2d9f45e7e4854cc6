"""How everything stands, in one answer; and what watchdogs ask for."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.api.deps import Services
from app.config import Config
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem
from tests.api.conftest import KEY, served
from tests.conftest import connect

JOB_FIELDS = {"job", "account_id", "last_run_at", "last_result", "next_run_at", "overdue", "reason"}


def test_before_anything_is_connected_the_status_says_what_to_do(api: TestClient) -> None:
    status = good(api.get("status"))
    assert status["status"] == "No connection"
    assert status["store"] == {
        "status": "No connection",
        "detail": "The store was not asked yet. Run its test.",
        "webhooks": [],
        "last_webhook_at": None,
        "lag_seconds": None,
        "waiting_hints": 0,
    }
    assert status["accounts"] == []
    assert [job["job"] for job in status["jobs"]] == ["webhooks", "housekeeping"]
    assert all(set(job) == JOB_FIELDS for job in status["jobs"])


def test_with_both_sides_connected_the_status_is_ok(live: Services, world: Sandbox, live_api: TestClient) -> None:
    account = connect(live, world, name="Kubki")
    good(live_api.post("store/test"))
    status = good(live_api.get("status"))
    assert (status["status"], status["store"]["status"]) == ("OK", "OK")
    (shown,) = status["accounts"]
    assert (shown["id"], shown["name"], shown["connection"]) == (account, "Kubki", "OK")
    assert shown["login"] == world.allegro.logged_in
    assert shown["token_expires_at"].endswith("Z")
    reasons = {"No setting of this account asks for it.", "There is nothing to do."}
    assert {job["reason"] for job in shown["jobs"]} == reasons
    good(live_api.post(f"accounts/{account}/disconnect"))
    status = good(live_api.get("status"))
    assert (status["status"], status["accounts"][0]["connection"]) == ("No connection", "No connection")
    assert "Authorise" in status["accounts"][0]["detail"]
    good(live_api.patch(f"accounts/{account}", json={"enabled": False}))
    assert good(live_api.get("status"))["status"] == "OK", "an account that is switched off is not missed"


def test_a_job_that_has_nothing_to_do_is_never_overdue(api: TestClient, account: int, world: Sandbox) -> None:
    world.clock.advance(3600)
    [listings] = [each for each in good(api.get("status"))["accounts"][0]["jobs"] if each["job"] == "listings"]
    assert (listings["overdue"], listings["reason"]) == (False, "There is nothing to do.")


def test_the_status_tells_how_fresh_the_offers_are(api: TestClient, account: int, world: Sandbox) -> None:
    offer, product = world.allegro.offer_id("KUB-001"), world.store.product("KUB-001")["id"]
    good(api.post(f"accounts/{account}/offer-links", json={"offer_id": offer, "product_id": product}), 201)
    good(api.patch(f"accounts/{account}/settings", json={"sync_stock": True}))

    def stock() -> dict[str, object]:
        found: dict[str, object] = good(api.get("status"))["accounts"][0]["stock"]
        return found

    assert (stock()["waiting_links"], stock()["stock_read_at"]) == (1, None)
    for job in ("stock", "offers"):
        good(api.post(f"jobs/{job}/run", json={"account_id": account, "wait": True}))
    fresh = stock()
    assert fresh.pop("stock_read_at")
    assert fresh.pop("offers_compared_at")
    assert fresh == {"waiting_links": 0, "unsettled_changes": 0, "pending_actions": 0}


def test_a_job_that_does_not_run_is_overdue_with_the_reason(api: TestClient, account: int, world: Sandbox) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))

    def orders() -> dict[str, object]:
        found: dict[str, object] = good(api.get("status"))["accounts"][0]["jobs"][0]
        return found

    good(api.post("jobs/orders/run", json={"wait": True}))
    assert (orders()["overdue"], orders()["last_result"], orders()["reason"]) == (False, "done", None)
    world.clock.advance(91)
    late = orders()
    assert late["overdue"] is True
    assert late["reason"] == "The service was not running, or this machine is overloaded."
    good(api.post("jobs/orders/run", json={"wait": True}))
    assert orders()["overdue"] is False


def test_what_waits_is_counted(api: TestClient, account: int, world: Sandbox) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    good(api.post("jobs/orders/run", json={"wait": True}))
    world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    world.store.faults.switch_on("server_error", times=None)
    good(api.post("jobs/orders/run", json={"wait": True}))
    world.clock.advance(60)
    shown = good(api.get("status"))
    assert shown["store"]["status"] == "No connection"
    assert (shown["accounts"][0]["waiting_orders"], shown["accounts"][0]["connection"]) == (1, "OK")


def test_without_a_store_the_status_names_the_variables(config: Config) -> None:
    with served(config.model_copy(update={"store_key": None})) as client:
        assert "BRIDGE_STORE_KEY" in good(client.get("/api/v1/status"))["store"]["detail"]
        problem(client.post("/api/v1/store/test"), 409)


def test_without_its_tables_the_service_is_not_ready(empty_database_url: str) -> None:
    key = (SecretStr(KEY),)
    with served(Config(_env_file=None, database_url=empty_database_url, secret_key=key, api_key=key)) as client:
        good(client.get("/health"))
        assert problem(client.get("/ready"), 503)["detail"].startswith("The database lacks migrations")


def test_watchdogs_need_no_key_and_may_ask_for_the_head_only(anonymous: TestClient) -> None:
    for path in ("/health", "/ready"):
        assert good(anonymous.get(path))["status"]
        assert anonymous.head(path).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_does_not_answer_makes_the_service_not_ready(config: Config, tmp_path: Path) -> None:
    gone = f"sqlite:///{tmp_path / 'nowhere' / 'bridge.db'}"
    with served(config.model_copy(update={"database_url": gone})) as client:
        good(client.get("/health"))
        problem(client.get("/ready"), 503)
        problem(client.get("/api/v1/status"), 503)
        problem(client.get("/metrics"), 503)


def test_metrics_count_orders_by_state_and_how_they_were_found(api: TestClient, account: int, world: Sandbox) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    good(api.post("jobs/orders/run", json={"wait": True}))
    world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    good(api.post("jobs/orders/run", json={"wait": True}))
    lines = api.get("http://testserver/metrics").text.splitlines()
    assert f'bridge_orders{{account="{account}",found_by="journal",state="imported"}} 1.0' in lines
    assert f'bridge_connection_ok{{account="{account}"}} 1.0' in lines
    assert "bridge_open_alerts 0.0" in lines
