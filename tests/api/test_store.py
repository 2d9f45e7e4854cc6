"""The store's test and its webhooks: what we ask of it, and what it delivers to us."""

import base64
import hashlib
import hmac
import json

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.api.deps import Services
from app.channels.woocommerce.webhooks import TOPICS
from app.config import Config
from app.db import store_state
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem
from tests.api.conftest import KEY, served

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SECRET = "a-webhook-secret-for-tests"
ADDRESS = "/webhooks/woocommerce"


def signed(body: bytes, topic: str = "order.updated", secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
    }


def hints(services: Services) -> int:
    with services.database.reading() as session:
        return store_state.waiting_hints(session)


def test_the_stores_test_proves_read_write_and_the_way_back(live_api: TestClient, world: Sandbox) -> None:
    tested = good(live_api.post("store/test"))
    assert tested["status"] == "OK"
    assert [(check["name"], check["ok"]) for check in tested["checks"]] == [
        ("read", True),
        ("write", True),
        ("webhook", True),
    ]
    assert world.store.orders == {}


def test_a_service_that_the_store_cannot_reach_is_told_so(api: TestClient) -> None:
    # Nothing listens at the public address of this service.
    tested = good(api.post("store/test"))
    assert tested["status"] == "No connection"
    assert [check["ok"] for check in tested["checks"]] == [True, True, False]
    assert "BRIDGE_PUBLIC_URL" in tested["checks"][2]["detail"]


def test_a_key_that_may_only_read_is_named(config: Config, world: Sandbox) -> None:
    key, secret = world.store.add_key("read")
    with served(config.model_copy(update={"store_key": SecretStr(key), "store_secret": SecretStr(secret)})) as client:
        tested = good(client.post("/api/v1/store/test"))
        assert tested["status"] == "No connection"
        assert [(check["name"], check["ok"]) for check in tested["checks"]] == [("read", True), ("write", False)]
        assert "write" in tested["checks"][1]["detail"].lower()
        assert good(client.get("/api/v1/status"))["store"]["status"] == "No connection"
        problem(client.post("/api/v1/store/webhooks"), 502)


def test_webhooks_are_registered_once_and_repaired(live_api: TestClient, world: Sandbox) -> None:
    first = good(live_api.post("store/webhooks"))
    assert first["status"] == "OK"
    assert sorted(each["topic"] for each in first["webhooks"]) == sorted(TOPICS)
    assert {each["status"] for each in first["webhooks"]} == {"active"}
    again = good(live_api.post("store/webhooks"))
    assert (again["checks"], again["webhooks"]) == ([], first["webhooks"])
    assert good(live_api.get("status"))["store"]["webhooks"] == first["webhooks"]


def test_a_sale_in_the_store_arrives_as_a_hint(live: Services, live_api: TestClient, world: Sandbox) -> None:
    good(live_api.post("store/webhooks"))
    world.store.sell("KUB-001", 1)
    world.store.flush_webhooks()
    assert hints(live) > 0
    assert good(live_api.get("status"))["store"]["last_webhook_at"] is not None


def test_a_signed_delivery_is_stored_and_answered_at_once(anonymous: TestClient, services: Services) -> None:
    body = json.dumps({"id": 7, "status": "processing"}).encode()
    good(anonymous.post(ADDRESS, content=body, headers=signed(body)))
    assert hints(services) == 1


def test_a_wrong_signature_is_refused_and_nothing_is_stored(anonymous: TestClient, services: Services) -> None:
    body = b'{"id": 7}'
    forged = signed(body, secret="another-secret")
    without = {name: value for name, value in signed(body).items() if "Signature" not in name}
    for headers in (forged, without, {**forged, "X-WC-Webhook-Signature": ""}, {**forged, "Authorization": KEY}):
        problem(anonymous.post(ADDRESS, content=body, headers=headers), 401)
    changed = signed(b'{"id": 8}')
    problem(anonymous.post(ADDRESS, content=body, headers=changed), 401)
    odd = [(b"x-wc-webhook-signature", "zażółć".encode())]
    problem(anonymous.post(ADDRESS, content=body, headers=odd), 401)
    assert hints(services) == 0


def test_a_ping_is_answered_and_stores_no_hint(anonymous: TestClient, services: Services) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    good(anonymous.post(ADDRESS, content=b"webhook_id=12", headers=headers))
    problem(anonymous.post(ADDRESS, content=b"webhook_id=12&x=1", headers=headers), 401)
    assert hints(services) == 0


def test_a_delivery_that_says_nothing_useful_is_answered_well_so_that_the_store_keeps_delivering(
    anonymous: TestClient, services: Services
) -> None:
    useless = (b"", b"garbage", b"[]", b"{}", b'{"id": "x"}', b'{"id": null}', b'{"id": -1}', b"\xff\x00", b"[" * 9000)
    for body in useless:
        good(anonymous.post(ADDRESS, content=body, headers=signed(body)))
    for number in (0, 2**31, 2**63, 2**70):
        huge = json.dumps({"id": number}).encode()
        good(anonymous.post(ADDRESS, content=huge, headers=signed(huge)))
    body = b'{"id": 7}'
    good(anonymous.post(ADDRESS, content=body, headers=signed(body, topic="")))
    assert hints(services) == 0


def test_a_topic_that_we_did_not_ask_for_is_answered_well_and_not_stored(
    anonymous: TestClient, services: Services
) -> None:
    body = b'{"id": 7}'
    for topic in ("coupon.created", "action.woocommerce_add_to_cart", "x" * 5000):
        good(anonymous.post(ADDRESS, content=body, headers=signed(body, topic=topic)))
    assert hints(services) == 0


def test_without_a_secret_the_endpoint_is_off_and_says_how_to_switch_it_on(config: Config) -> None:
    with served(config.model_copy(update={"store_webhook_secret": ()})) as client:
        assert "BRIDGE_STORE_WEBHOOK_SECRET" in problem(client.post(ADDRESS, content=b"{}"), 404)["detail"]
        assert "BRIDGE_STORE_WEBHOOK_SECRET" in problem(client.post("/api/v1/store/webhooks"), 409)["detail"]
        tested = good(client.post("/api/v1/store/test"))
        assert [check["ok"] for check in tested["checks"]] == [True, True, False]
        assert "BRIDGE_STORE_WEBHOOK_SECRET" in tested["checks"][2]["detail"]


def test_a_store_that_is_down_is_a_503_or_a_failed_check(api: TestClient, world: Sandbox) -> None:
    world.store.faults.switch_on("server_error", times=None)
    tested = good(api.post("store/test"))
    assert [(check["name"], check["ok"]) for check in tested["checks"]] == [("read", False)]
    problem(api.post("store/webhooks"), 503)
