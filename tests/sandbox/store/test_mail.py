"""Who is mailed what, and customers."""

from typing import Any

import pytest

from app.sandbox.store.mail import SHOP_ADDRESS
from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller

ANNA = "anna@example.com"


def _order(store: Caller, **fields: Any) -> int:
    made = store.post("/orders", {"line_items": [{"product_id": 11}], **fields})
    return int(made["id"])


def _sent(world: StoreWorld) -> list[tuple[str, str]]:
    return [(mail.to, mail.template) for mail in world.outbox]


@pytest.mark.parametrize(
    ("status", "template"),
    [
        ("processing", "customer_processing_order"),
        ("on-hold", "customer_on_hold_order"),
        ("completed", "customer_completed_order"),
    ],
)
def test_a_new_order_is_mailed_to_shop_and_buyer(world: StoreWorld, store: Caller, status: str, template: str) -> None:
    _order(store, status=status, billing={"email": ANNA})
    assert _sent(world) == [(SHOP_ADDRESS, "new_order"), (ANNA, template)]


def test_without_an_address_only_the_shop_is_mailed(world: StoreWorld, store: Caller) -> None:
    made = _order(store, status="processing")
    store.put(f"/orders/{made}", {"status": "completed"})
    assert _sent(world) == [(SHOP_ADDRESS, "new_order")]


def test_setting_the_address_later_sends_nothing_and_later_changes_do(world: StoreWorld, store: Caller) -> None:
    made = _order(store, status="processing")
    store.put(f"/orders/{made}", {"billing": {"email": ANNA}})
    assert (ANNA, "customer_processing_order") not in _sent(world)
    store.put(f"/orders/{made}", {"status": "completed"})
    assert _sent(world)[-1] == (ANNA, "customer_completed_order")


def test_a_pending_order_mails_nobody(world: StoreWorld, store: Caller) -> None:
    _order(store, billing={"email": ANNA})
    assert world.outbox == []


def test_a_mail_that_is_switched_off_is_not_sent(world: StoreWorld, store: Caller) -> None:
    store.put("/settings/email_customer_processing_order/enabled", {"value": "no"})
    _order(store, status="processing", billing={"email": ANNA})
    assert _sent(world) == [(SHOP_ADDRESS, "new_order")]


def test_the_mail_about_a_status_goes_to_the_address_that_came_with_it(world: StoreWorld, store: Caller) -> None:
    made = _order(store, billing={"email": "old@example.com", "city": "Gdańsk"})
    changed = store.put(f"/orders/{made}", {"status": "processing", "billing": {"email": ANNA}})
    assert (changed["billing"]["email"], changed["billing"]["city"]) == (ANNA, "Gdańsk")
    assert _sent(world)[-1] == (ANNA, "customer_processing_order")


def test_only_a_note_to_the_customer_is_mailed(world: StoreWorld, store: Caller) -> None:
    made = _order(store, billing={"email": ANNA})
    for to_customer in (False, True):
        store.post(f"/orders/{made}/notes", {"note": "Wysłane", "customer_note": to_customer})
    assert _sent(world) == [(ANNA, "customer_note")]


def test_an_order_of_a_customer_without_an_address_of_its_own_gets_the_customers(
    world: StoreWorld, store: Caller
) -> None:
    customer = world.register(ANNA, "anna")
    sent = {"status": "processing", "customer_id": customer, "line_items": [{"product_id": 11}]}
    made = store.post("/orders", sent)
    assert (made["customer_id"], made["billing"]["email"]) == (customer, ANNA)
    assert (ANNA, "customer_processing_order") in _sent(world)
    own = store.post("/orders", {**sent, "billing": {"email": "other@example.com"}})
    assert own["billing"]["email"] == "other@example.com"


def test_one_template_can_be_sent_on_demand(world: StoreWorld, store: Caller) -> None:
    made = _order(store)
    store.post(f"/orders/{made}/actions/send_email", {"template_id": "customer_completed_order", "email": ANNA})
    assert _sent(world) == [(ANNA, "customer_completed_order")]


def test_a_new_account_is_mailed_while_the_store_has_that_switched_on(world: StoreWorld, store: Caller) -> None:
    made = store.post("/customers", {"email": ANNA, "first_name": "Anna", "billing": {"city": "Gdańsk"}})
    assert _sent(world) == [(ANNA, "customer_new_account")]
    assert (made["username"], made["billing"]["city"]) == ("anna", "Gdańsk")
    store.put("/settings/email_customer_new_account/enabled", {"value": "no"})
    store.post("/customers", {"email": "druga@example.com"})
    assert len(world.outbox) == 1


def test_a_placeholder_address_keeps_the_buyer_from_being_mailed(world: StoreWorld, store: Caller) -> None:
    made = store.post("/customers", {"email": "buyer-1@bridge.invalid"})
    changed = store.put(f"/customers/{made['id']}", {"email": ANNA})
    assert changed["email"] == ANNA
    assert {mail.to for mail in world.outbox} == {"buyer-1@bridge.invalid"}


def test_customers_are_found_by_address(store: Caller) -> None:
    made = store.post("/customers", {"email": ANNA})
    store.post("/customers", {"email": "druga@example.com"})
    assert [entry["id"] for entry in store.get("/customers", email="ANNA@example.com")] == [made["id"]]
    assert store.get("/customers", email="anna@example") == []
    assert _order(store, customer_id=made["id"]) in [entry["id"] for entry in store.get("/orders", customer=made["id"])]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"email": "x"}, "customer_invalid_email"),
        ({"first_name": "X"}, "rest_missing_callback_param"),
        ({"email": "Anna@Example.com"}, "registration-error-email-exists"),
        ({"email": "e2@example.com", "username": "anna"}, "registration-error-username-exists"),
    ],
)
def test_an_account_needs_an_address_and_a_name_of_its_own(store: Caller, sent: dict[str, str], code: str) -> None:
    store.post("/customers", {"email": ANNA})
    answer = store.send("POST", "/customers", sent)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "allegro-44"}, ["allegro-44", "allegro-441"]),
        ({"search": "441"}, ["allegro-441"]),
        ({"search": "44+x@example"}, ["allegro-44"]),
        ({"search": "Kowalski"}, []),
        ({"search": "boss"}, []),
        ({"search": "boss", "role": "all"}, ["boss@shop"]),
        ({"search": "boss@shop", "role": "all"}, []),
        ({"email": "boss@example.com", "role": "all"}, ["boss@shop"]),
        ({"email": "boss@example.com"}, []),
        ({"role": "shop_manager"}, ["boss@shop"]),
    ],
)
def test_a_search_for_people_looks_at_user_name_and_address_within_a_role(
    world: StoreWorld, store: Caller, query: dict[str, str], found: list[str]
) -> None:
    for number in ("44", "441"):
        name = {"username": f"allegro-{number}", "last_name": "Kowalski"}
        store.post("/customers", {"email": f"{number}+x@example.com", **name})
    world.register("boss@example.com", "boss@shop", "shop_manager")
    assert [entry["username"] for entry in store.get("/customers", **query)] == found
    assert [entry["username"] for entry in world.customers()] == ["allegro-44", "allegro-441", "boss@shop"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"email": "Boss@Example.com"}, "woocommerce_rest_customer_invalid_email"),
        ({"email": "x"}, "customer_invalid_email"),
        ({"username": "druga"}, "woocommerce_rest_customer_invalid_argument"),
    ],
)
def test_an_account_cannot_take_what_is_anothers_later(
    world: StoreWorld, store: Caller, sent: dict[str, str], code: str
) -> None:
    world.register("boss@example.com", "boss", "shop_manager")
    made = store.post("/customers", {"email": ANNA})
    answer = store.send("PUT", f"/customers/{made['id']}", sent)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert world.outbox[1:] == []


def test_a_deleted_account_is_gone_and_its_orders_are_a_guests(store: Caller) -> None:
    made = store.post("/customers", {"email": ANNA})["id"]
    order = _order(store, customer_id=made)
    assert store.send("DELETE", f"/customers/{made}", force="true").status_code == 200
    answer = store.send("GET", f"/customers/{made}")
    assert (answer.status_code, answer.json()["code"]) == (404, "woocommerce_rest_invalid_id")
    assert store.get(f"/orders/{order}")["customer_id"] == 0
    assert store.send("PUT", f"/orders/{order}", {"customer_id": made}).status_code == 400
