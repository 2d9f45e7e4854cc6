"""Each misbehaviour does what its sentence says."""

import json
import threading
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.sandbox.faults import UnknownFaultError
from app.sandbox.store.misbehaviour import KNOWN
from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller

ONE: dict[str, Any] = {"status": "processing", "line_items": [{"product_id": 11, "quantity": 1}]}


def test_an_order_is_made_although_the_connection_drops(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("order_commit_then_drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        store.send("POST", "/orders", ONE)
    assert len(world.orders) == 1
    assert world.stock("KUB-001") == 23
    assert world.requests[-1].status == 0
    assert store.send("POST", "/orders", ONE).status_code == 201


def test_an_order_is_made_after_the_client_gave_up(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("order_commit_late", times=1, seconds=0.4)
    auth = (world.key, world.secret)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{store.url}/wp-json/wc/v3/orders", json=ONE, auth=auth, timeout=0.1, trust_env=False)
    assert world.orders == {}
    deadline = time.monotonic() + 5
    while not world.orders and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(world.orders) == 1


def test_others_are_answered_while_a_late_order_waits(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("order_commit_late", times=1, seconds=0.4)
    waiting = threading.Thread(target=store.send, args=("POST", "/orders", ONE))
    waiting.start()
    while not world.faults.struck("order_commit_late"):
        time.sleep(0.005)
    assert store.get("/orders") == []
    waiting.join()
    assert len(store.get("/orders")) == 1


@pytest.mark.parametrize(("name", "made"), [("order_error_before", 0), ("order_error_after", 1)])
def test_an_error_tells_nothing_about_whether_the_order_is_there(
    world: StoreWorld, store: Caller, name: str, made: int
) -> None:
    world.faults.switch_on(name, times=1)
    answer = store.send("POST", "/orders", ONE)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")
    assert len(world.orders) == made


def test_misfortunes_come_by_turns(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("order_error_alternate", times=4)
    seen: list[tuple[object, int]] = []
    for _ in range(5):
        try:
            outcome: object = store.send("POST", "/orders", ONE).status_code
        except httpx.RemoteProtocolError:
            outcome = "dropped"
        seen.append((outcome, len(world.orders)))
    assert seen == [(500, 0), (500, 1), ("dropped", 2), (201, 3), (201, 4)]


def test_a_list_can_ignore_its_filters_or_find_nothing(world: StoreWorld, store: Caller) -> None:
    made = [store.post("/orders", {**ONE, "transaction_id": f"form-{n}"})["id"] for n in range(3)]
    world.faults.switch_on("list_filter_ignored")
    assert len(store.get("/orders", search="form-1", after="2199-01-01T00:00:00")) == 3
    assert len(store.get("/orders", search="form-1", per_page=2)) == 2
    world.faults.clear()
    world.faults.switch_on("list_filter_empty")
    assert store.get("/orders", search="form-1") == store.get("/orders", created_via="rest-api") == []
    assert len(store.get("/orders", include=made[0])) == 1


def test_every_list_can_be_empty(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("empty_list", path_prefix="/products")
    assert store.get("/products") == []
    assert store.get("/products/11")["id"] == 11
    assert len(store.get("/taxes")) == 3


@pytest.mark.parametrize(
    ("to", "start"), [(None, "https://127.0.0.1"), ("https", "https://127.0.0.1"), ("www", "https://www.127.0.0.1")]
)
def test_a_redirect_makes_nothing(world: StoreWorld, store: Caller, to: str | None, start: str) -> None:
    world.faults.switch_on("redirect", to=to)
    answer = store.send("POST", "/orders", ONE)
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith(start)
    assert answer.headers["Location"].endswith("/wp-json/wc/v3/orders")
    assert world.orders == {}


@pytest.mark.parametrize(
    ("name", "status"), [("firewall", 403), ("unavailable", 503), ("gateway_timeout_html", 504), ("server_error", 500)]
)
def test_a_refusal_on_the_way_has_no_effect(world: StoreWorld, store: Caller, name: str, status: int) -> None:
    world.faults.switch_on(name)
    answer = store.send("POST", "/orders", ONE)
    assert answer.status_code == status
    assert ("html" in answer.headers["Content-Type"]) == (name != "server_error")
    assert world.orders == {}
    assert store.send("GET", "/orders").status_code == (200 if name == "firewall" else status)


def test_a_fault_can_be_narrowed_to_a_method_and_a_path(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("unavailable", times=1, method="POST", path_prefix="/orders")
    assert store.send("GET", "/orders").status_code == 200
    assert store.send("POST", "/products", {}).status_code == 201
    assert store.send("POST", "/orders", ONE).status_code == 503
    assert store.send("POST", "/orders", ONE).status_code == 201


def test_the_connection_can_drop_before_anything_happens(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        store.send("POST", "/orders", ONE)
    assert world.orders == {}


def test_a_host_can_strip_the_key_from_the_header_but_not_from_the_query(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("auth_header_stripped")
    assert store.send("GET", "/orders").json()["code"] == "woocommerce_rest_cannot_view"
    in_query = {"consumer_key": world.key, "consumer_secret": world.secret}
    assert store.raw("GET", "/wp-json/wc/v3/orders", params=in_query).status_code == 200


def test_a_key_can_stop_counting(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("unauthorized")
    assert store.send("GET", "/orders").status_code == 401


def test_reads_can_be_frozen_while_writes_go_on(world: StoreWorld, store: Caller) -> None:
    store.post("/orders", ONE)
    world.faults.switch_on("cached", heeds_no_cache=True)
    store.post("/orders", ONE)
    store.put("/products/11", {"stock_quantity": 1})
    assert len(store.get("/orders")) == 1
    assert store.get("/products/11")["stock_quantity"] == 23
    auth = (world.key, world.secret)
    fresh = store.raw("GET", "/wp-json/wc/v3/orders", auth=auth, headers={"Cache-Control": "no-cache"})
    assert len(fresh.json()) == 2
    world.faults.switch_off("cached")
    assert len(store.get("/orders")) == 2


def test_a_frozen_read_does_not_see_a_sale_begin(world: StoreWorld, store: Caller) -> None:
    begins = (world.shop.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    store.put("/products/11", {"sale_price": "9.99", "date_on_sale_from_gmt": begins})
    world.faults.switch_on("cached")
    world.clock.advance(2 * 3600)
    frozen = store.get("/products/11")
    assert (frozen["price"], frozen["on_sale"]) == ("39.99", False)
    world.faults.switch_off("cached")
    assert store.get("/products/11")["price"] == "9.99"


def test_a_notice_of_php_can_stand_before_the_json(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("php_notice")
    answer = store.send("POST", "/orders", ONE)
    assert answer.status_code == 201
    assert answer.text.startswith("<br />")
    assert json.loads(answer.text[answer.text.index("{") :])["id"] in world.orders


def test_an_answer_can_be_slow(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("slow", seconds=0.1)
    started = time.monotonic()
    store.get("/taxes")
    assert time.monotonic() - started >= 0.1


def test_an_order_can_leave_the_date_of_its_products_alone(world: StoreWorld, store: Caller) -> None:
    before = world.product("KUB-001")["date_modified"]
    world.clock.advance(60)
    world.faults.switch_on("date_modified_frozen")
    store.post("/orders", ONE)
    assert (world.stock("KUB-001"), world.product("KUB-001")["date_modified"]) == (23, before)
    world.faults.clear()
    store.post("/orders", ONE)
    assert world.product("KUB-001")["date_modified"] > before


def test_an_older_store_knows_no_created_via(world: StoreWorld, store: Caller) -> None:
    world.faults.switch_on("created_via_unknown")
    made = store.post("/orders", {**ONE, "created_via": "allegro"})
    assert made["created_via"] == "rest-api"
    assert [entry["id"] for entry in store.get("/orders", created_via="allegro")] == [made["id"]]


def test_a_misspelt_fault_is_an_error(world: StoreWorld) -> None:
    with pytest.raises(UnknownFaultError):
        world.faults.switch_on("order_comit_late")


def test_every_fault_says_what_it_does() -> None:
    assert all(sentence.endswith(".") for sentence in KNOWN.values())
