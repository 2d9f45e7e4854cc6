"""Webhooks: when they are called, with what, and when they are given up."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller


@dataclass
class Receiver:
    """Somebody who is called: what came, and what is answered."""

    url: str = ""
    status: int = 200
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def bodies(self, topic: str) -> list[Any]:
        return [json.loads(body) for headers, body in self.calls if headers.get("x-wc-webhook-topic") == topic]

    @property
    def topics(self) -> list[str]:
        return [headers["x-wc-webhook-topic"] for headers, _ in self.calls if "x-wc-webhook-topic" in headers]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            found.arrived.set()

        def log_message(self, *args: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def _subscribe(store: Caller, receiver: Receiver, *topics: str, secret: str = "s3cret") -> list[int]:
    made = [
        store.post("/webhooks", {"topic": topic, "delivery_url": receiver.url, "secret": secret}) for topic in topics
    ]
    receiver.calls.clear()
    return [int(hook["id"]) for hook in made]


def test_a_new_webhook_is_pinged_at_once_with_an_unsigned_form(store: Caller, receiver: Receiver) -> None:
    made = store.post("/webhooks", {"topic": "order.created", "delivery_url": receiver.url})
    [(headers, body)] = receiver.calls
    assert body == f"webhook_id={made['id']}".encode()
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert "x-wc-webhook-signature" not in headers
    assert "secret" not in made


def test_a_failing_ping_does_not_keep_the_webhook_from_being_made(store: Caller) -> None:
    answer = store.send("POST", "/webhooks", {"topic": "order.created", "delivery_url": "http://127.0.0.1:9/x"})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"topic": "stock.updated", "delivery_url": "http://x.test"}, "woocommerce_rest_shop_webhook_invalid_topic"),
        ({"topic": "order.created", "delivery_url": "nie-url"}, "woocommerce_rest_shop_webhook_invalid_delivery_url"),
        ({"topic": "order.created"}, "rest_missing_callback_param"),
        ({"delivery_url": "http://x.test"}, "rest_missing_callback_param"),
    ],
)
def test_a_webhook_needs_a_topic_and_an_address(store: Caller, sent: dict[str, str], code: str) -> None:
    answer = store.send("POST", "/webhooks", sent)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_delivery_is_signed_over_its_raw_bytes(world: StoreWorld, store: Caller, receiver: Receiver) -> None:
    [hook] = _subscribe(store, receiver, "product.updated", secret="tajne &amp; ważne")
    store.put("/products/11", {"stock_quantity": 3})
    world.flush_webhooks()
    [(headers, body)] = receiver.calls
    signed = hmac.new("tajne & ważne".encode(), body, hashlib.sha256).digest()
    assert headers["x-wc-webhook-signature"] == base64.b64encode(signed).decode()
    assert headers["x-wc-webhook-id"] == str(hook)
    assert (headers["x-wc-webhook-resource"], headers["x-wc-webhook-event"]) == ("product", "updated")
    assert headers["x-wc-webhook-source"].endswith("/")
    assert json.loads(body)["stock_quantity"] == 3


def test_five_changes_are_one_delivery_with_the_last_state(
    world: StoreWorld, store: Caller, receiver: Receiver
) -> None:
    _subscribe(store, receiver, "product.updated")
    for quantity in range(5):
        store.put("/products/11", {"stock_quantity": quantity})
    world.flush_webhooks()
    assert [body["stock_quantity"] for body in receiver.bodies("product.updated")] == [4]


def test_deliveries_come_by_themselves(world: StoreWorld, store: Caller, receiver: Receiver) -> None:
    world.webhook_delay = 0.01
    _subscribe(store, receiver, "product.updated")
    receiver.arrived.clear()
    store.put("/products/11", {})
    assert receiver.arrived.wait(5)


def test_an_order_that_takes_stock_announces_itself_and_its_products(
    world: StoreWorld, store: Caller, receiver: Receiver
) -> None:
    _subscribe(store, receiver, "order.created", "order.updated", "product.updated")
    lines = [{"product_id": 11, "quantity": 1}, {"sku": "KOS-001-M", "quantity": 1}]
    store.post("/orders", {"status": "processing", "line_items": lines})
    world.flush_webhooks()
    assert sorted(receiver.topics) == ["order.created", "order.updated", "product.updated", "product.updated"]
    changed = {body["id"]: body["parent_id"] for body in receiver.bodies("product.updated")}
    assert changed == {11: 0, 25: 23}


def test_a_storefront_order_is_updated_before_it_is_created(
    world: StoreWorld, store: Caller, receiver: Receiver
) -> None:
    _subscribe(store, receiver, "order.created", "order.updated")
    world.sell("KUB-001", 1)
    world.flush_webhooks()
    assert receiver.topics == ["order.updated", "order.created"]


def test_the_trash_announces_an_id_and_force_announces_nothing(
    world: StoreWorld, store: Caller, receiver: Receiver
) -> None:
    _subscribe(store, receiver, "order.deleted", "product.deleted")
    made = store.post("/orders", {})["id"]
    store.send("DELETE", f"/orders/{made}")
    store.send("DELETE", f"/orders/{made}", force="true")
    store.send("DELETE", "/products/11", force="true")
    world.flush_webhooks()
    assert receiver.topics == ["order.deleted"]
    assert receiver.bodies("order.deleted") == [{"id": made}]


def _fail(world: StoreWorld, store: Caller, times: int) -> None:
    for _ in range(times):
        store.put("/products/11", {})
        world.flush_webhooks()


def test_the_seventh_failure_in_a_row_switches_a_webhook_off(
    world: StoreWorld, store: Caller, receiver: Receiver
) -> None:
    [hook] = _subscribe(store, receiver, "product.updated")
    receiver.status = 500
    _fail(world, store, 6)
    assert store.get(f"/webhooks/{hook}")["status"] == "active"
    _fail(world, store, 1)
    assert store.get(f"/webhooks/{hook}")["status"] == "disabled"
    assert len(receiver.calls) == 7
    _fail(world, store, 1)
    assert len(receiver.calls) == 7


def test_switching_it_on_again_keeps_the_count_until_one_success(
    world: StoreWorld, store: Caller, receiver: Receiver
) -> None:
    [hook] = _subscribe(store, receiver, "product.updated")
    receiver.status = 500
    _fail(world, store, 7)
    store.put(f"/webhooks/{hook}", {"status": "active"})
    _fail(world, store, 1)
    assert store.get(f"/webhooks/{hook}")["status"] == "disabled"
    store.put(f"/webhooks/{hook}", {"status": "active"})
    receiver.status = 302
    _fail(world, store, 1)
    receiver.status = 500
    _fail(world, store, 6)
    assert store.get(f"/webhooks/{hook}")["status"] == "active"


def test_a_webhook_is_removed_only_by_force(store: Caller, receiver: Receiver) -> None:
    [hook] = _subscribe(store, receiver, "product.updated")
    refused = store.send("DELETE", f"/webhooks/{hook}")
    assert (refused.status_code, refused.json()["code"]) == (501, "woocommerce_rest_trash_not_supported")
    assert store.send("DELETE", f"/webhooks/{hook}", force="true").status_code == 200
    assert store.get("/webhooks") == []


def test_deliveries_can_be_lost(world: StoreWorld, store: Caller, receiver: Receiver) -> None:
    _subscribe(store, receiver, "product.updated")
    world.faults.switch_on("webhook_lost", every=2)
    _fail(world, store, 4)
    assert len(receiver.calls) == 2


def test_deliveries_can_come_twice_under_one_id(world: StoreWorld, store: Caller, receiver: Receiver) -> None:
    _subscribe(store, receiver, "product.updated")
    world.faults.switch_on("webhook_duplicated")
    world.faults.switch_on("webhook_same_delivery_id")
    store.put("/products/11", {})
    store.put("/products/12", {})
    world.flush_webhooks()
    assert sorted(body["id"] for body in receiver.bodies("product.updated")) == [11, 11, 12, 12]
    assert len({headers["x-wc-webhook-delivery-id"] for headers, _ in receiver.calls}) == 1
