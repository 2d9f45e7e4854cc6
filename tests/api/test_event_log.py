"""The raw exchanges of an account, for people and for Allegro's support."""

import json

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.sandbox.world import Sandbox
from tests.api.answers import good, refused_fields

# What is stored of it is tested on every database elsewhere; here it is about words and pages.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_nothing_is_written_until_it_is_switched_on(api: TestClient, account: int, services: Services) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    good(api.post("jobs/orders/run", json={"wait": True}))
    assert good(api.get(f"accounts/{account}/event-log")) == {"event_logging": False, "items": []}
    assert api.get(f"accounts/{account}/event-log/download").text == ""
    assert not services.config.event_log_dir.exists()


def test_every_exchange_is_written_with_its_trace_id_and_can_be_downloaded(
    api: TestClient, account: int, world: Sandbox
) -> None:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True, "event_logging": True}))
    good(api.post("jobs/orders/run", json={"wait": True}))
    log = good(api.get(f"accounts/{account}/event-log"))
    assert log["event_logging"] is True
    assert {"allegro", "store"} >= {item["channel"] for item in log["items"]} >= {"allegro"}
    of_allegro = [item for item in log["items"] if item["channel"] == "allegro"]
    assert all(item["trace_id"] for item in of_allegro)
    assert {item["request_headers"]["authorization"] for item in of_allegro} == {"[hidden]"}
    (newest,) = good(api.get(f"accounts/{account}/event-log", params={"limit": "1"}))["items"]
    assert newest == log["items"][-1]
    file = api.get(f"accounts/{account}/event-log/download")
    assert file.headers["content-type"] == "application/x-ndjson"
    assert f'filename="event-log-account-{account}.jsonl"' in file.headers["content-disposition"]
    assert [json.loads(line) for line in file.text.splitlines()] == log["items"]
    assert refused_fields(api.get(f"accounts/{account}/event-log", params={"limit": "1001"})) == {"limit"}
