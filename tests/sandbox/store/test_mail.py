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
