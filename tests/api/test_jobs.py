"""Jobs by hand and the reports of their runs."""

import time

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.sandbox.allegro.forms import Line
from app.sandbox.seed import SELLERS
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields
from tests.conftest import connect

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

RUN_FIELDS = {"id", "job", "account_id", "state", "started_at", "finished_at", "changes"}
RUN_COUNTS = {"seen", "planned", "done", "skipped", "failed"}


def test_the_jobs_are_listed_with_their_intervals(api: TestClient) -> None:
    jobs = {each["job"]: each for each in good(api.get("jobs"))["items"]}
    assert set(jobs) == {
        "orders",
        "orders_sweep",
        "stock",
        "prices",
        "offers",
        "tracking",
        "tracking_notes",
        "invoices",
        "listings",
        "webhooks",
        "housekeeping",
    }
    assert jobs["orders"] == {"job": "orders", "every_seconds": 30, "per_account": True}


def test_a_job_that_is_waited_for_answers_with_its_report(api: TestClient, account: int, world: Sandbox) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    order_id = world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    report = good(api.post("jobs/orders/run", json={"account_id": account, "wait": True}))
    assert set(report) >= RUN_FIELDS | RUN_COUNTS
    assert (report["state"], report["failed"], report["dry_run"]) == ("done", 0, False)
    assert report["done"] >= 1
    assert [change for change in report["changes"] if order_id in change["what"]]
    assert all(set(change) == {"what", "from", "to", "why", "result"} for change in report["changes"])
    assert good(api.get(f"runs/{report['id']}")) == report


def test_a_dry_run_tells_what_it_would_do_and_does_nothing(api: TestClient, account: int, world: Sandbox) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    order_id = world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    report = good(api.post("jobs/orders/run", json={"dry_run": True, "wait": True}))
    assert (report["done"], report["dry_run"]) == (0, True)
    assert "planned" in {change["result"] for change in report["changes"] if order_id in change["what"]}
    assert world.store.orders_for(order_id) == []


def test_a_job_that_is_not_waited_for_is_queued_and_done_later(api: TestClient, services: Services) -> None:
    started = good(api.post("jobs/housekeeping/run"), 202)
    assert set(started) == {"run_id"}
    assert good(api.get(f"runs/{started['run_id']}"))["state"] == "queued"
    services.scheduler.start()
    try:
        deadline = time.monotonic() + 20
        while (state := good(api.get(f"runs/{started['run_id']}"))["state"]) != "done":
            assert state in ("queued", "running")
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        services.scheduler.stop()


def test_without_an_account_the_job_runs_for_all_and_says_why_it_skips_one(
    api: TestClient, account: int, services: Services, world: Sandbox
) -> None:
    connect(services, world, name="Talerze", login=SELLERS[1].login)
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    report = good(api.post("jobs/orders/run", json={"wait": True}))
    assert report["account_id"] is None
    (skipped,) = [change for change in report["changes"] if change["result"] == "skipped"]
    assert "Talerze" in skipped["what"]
    assert skipped["why"] == "No setting of this account asks for it."


def test_a_run_that_fails_says_why(api: TestClient, account: int, world: Sandbox) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    world.allegro.revoke(world.allegro.logged_in)
    world.clock.advance(13 * 3600)
    report = good(api.post("jobs/orders/run", json={"wait": True}))
    assert report["state"] == "failed"
    assert "Authorise" in report["error"]


def test_a_job_or_an_account_or_a_run_that_does_not_exist_is_not_found(api: TestClient) -> None:
    assert "orders_sweep" in problem(api.post("jobs/nonsense/run", json={}), 404)["detail"]
    problem(api.post("jobs/orders/run", json={"account_id": 99}), 404)
    problem(api.get("runs/99"), 404)
    problem(api.get("runs", params={"job": "nonsense"}), 404)
    problem(api.get("runs", params={"account_id": 99}), 404)
    assert good(api.get("runs"))["items"] == [], "a refused run must not be queued"


def test_a_request_to_run_that_cannot_be_used_is_refused_by_field(api: TestClient) -> None:
    for body, field in (
        ({"account_id": 0}, "account_id"),
        ({"account_id": 2**40}, "account_id"),
        ({"dry_run": "no"}, "dry_run"),
        ({"wait": 1}, "wait"),
        ({"dryrun": True}, "dryrun"),
    ):
        assert refused_fields(api.post("jobs/orders/run", json=body)) == {field}
    assert good(api.get("runs"))["items"] == []


def test_runs_come_newest_first_page_by_page_and_by_job(api: TestClient, account: int) -> None:
    for job in ("housekeeping", "webhooks", "housekeeping"):
        good(api.post(f"jobs/{job}/run", json={"wait": True}))
    first = good(api.get("runs", params={"limit": "2"}))
    second = good(api.get("runs", params={"limit": "2", "cursor": first["next_cursor"]}))
    assert [run["job"] for run in first["items"] + second["items"]] == ["housekeeping", "webhooks", "housekeeping"]
    assert second["next_cursor"] is None
    assert [run["job"] for run in good(api.get("runs", params={"job": "webhooks"}))["items"]] == ["webhooks"]
    assert good(api.get("runs", params={"account_id": str(account)}))["items"] == []
