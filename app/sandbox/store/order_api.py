"""Endpoints of orders and their notes."""

import time
from typing import Any

from app.sandbox.serving import DropConnection
from app.sandbox.store.batch import batch
from app.sandbox.store.exchange import Answer, Call, StoreError, missing
from app.sandbox.store.listing import only_fields, page, whole_number
from app.sandbox.store.order_flow import note
from app.sandbox.store.order_search import find_orders
from app.sandbox.store.order_views import note_view, order_view
from app.sandbox.store.order_writing import create_order, trash_order, update_order
from app.sandbox.store.orders import Order
from app.sandbox.store.product_views import API
from app.sandbox.store.shop import Shop

_TURNS = ("before", "after", "drop", "none")
_MAX_DECIMALS = 8


def critical_error() -> StoreError:
    message = "<p>There has been a critical error on this website.</p>"
    return StoreError(500, "internal_server_error", message)


def _order(shop: Shop, order_id: int, status: int, message: str) -> Order:
    found = shop.orders.get(order_id)
    if found is None:
        raise StoreError(status, "woocommerce_rest_shop_order_invalid_id", message)
    return found


def _view(shop: Shop, call: Call, order: Order) -> Any:
    decimals = whole_number(call, "dp", 2, 0, _MAX_DECIMALS)
    return only_fields(call, order_view(order, shop, call.origin, decimals))


def list_orders(shop: Shop, call: Call) -> Answer:
    return page(call, find_orders(call, shop), lambda order: _view(shop, call, order))


def get_order(shop: Shop, call: Call, order_id: int) -> Answer:
    return Answer(_view(shop, call, _order(shop, order_id, 404, "Invalid ID.")))


def post_order(shop: Shop, call: Call) -> Answer:
    """Takes the lock itself, and only after any waiting: other requests go on while a late commit waits."""
    turn = _turn(shop)
    if turn == "before" or shop.faults.strike("order_error_before"):
        raise critical_error()
    late = shop.faults.strike("order_commit_late")
    if late:
        time.sleep(float(late.args.get("seconds", 1)))
    with shop.lock:
        order = create_order(shop, call.json())
        body = _view(shop, call, order)
    if turn == "drop" or shop.faults.strike("order_commit_then_drop"):
        raise DropConnection
    if turn == "after" or shop.faults.strike("order_error_after"):
        raise critical_error()
    return Answer(body, 201, {"Location": f"{call.origin}{API}/orders/{order.id}"})


def _turn(shop: Shop) -> str:
    if shop.faults.strike("order_error_alternate") is None:
        return "none"
    return _TURNS[(shop.faults.struck("order_error_alternate") - 1) % len(_TURNS)]


def put_order(shop: Shop, call: Call, order_id: int) -> Answer:
    sent = call.json()
    order = _order(shop, order_id, 400, "ID is invalid.")
    update_order(shop, order, sent)
    if shop.faults.strike("order_change_then_drop"):
        raise DropConnection
    return Answer(_view(shop, call, order))


def delete_order(shop: Shop, call: Call, order_id: int) -> Answer:
    """The answer shows the order as it was; neither trash nor deletion gives stock back."""
    order = _order(shop, order_id, 404, "Invalid ID.")
    body = _view(shop, call, order)
    if call.flag("force"):
        del shop.orders[order_id]
    else:
        trash_order(shop, order)
    return Answer(body)


def orders_batch(shop: Shop, call: Call) -> Answer:
    def create(sent: dict[str, Any]) -> dict[str, Any]:
        return order_view(create_order(shop, sent), shop, call.origin)

    def update(order_id: int, sent: dict[str, Any]) -> dict[str, Any]:
        order = _order(shop, order_id, 400, "ID is invalid.")
        update_order(shop, order, sent)
        return order_view(order, shop, call.origin)

    def delete(order_id: int) -> dict[str, Any]:
        order = _order(shop, order_id, 404, "Invalid ID.")
        del shop.orders[order_id]
        return order_view(order, shop, call.origin)

    return batch(call, create, update, delete)


def list_notes(shop: Shop, call: Call, order_id: int) -> Answer:
    order = _order(shop, order_id, 404, "Invalid order ID.")
    # The newest second first, and within a second as they were written.
    notes = sorted(order.notes, key=lambda written: written.at, reverse=True)
    return Answer([only_fields(call, note_view(order, written, call.origin)) for written in notes])


def post_note(shop: Shop, call: Call, order_id: int) -> Answer:
    order = _order(shop, order_id, 404, "Invalid order ID.")
    sent = call.json()
    if "note" not in sent:
        raise missing("note")
    written = note(shop, order, str(sent["note"]), to_customer=sent.get("customer_note") is True)
    if written.to_customer:
        shop.mail(order.billing["email"], "customer_note", order_id=order.id)
    if shop.faults.strike("note_then_drop"):
        raise DropConnection
    location = {"Location": f"{call.origin}{API}/orders/{order_id}/notes/{written.id}"}
    return Answer(note_view(order, written, call.origin), 201, location)


def send_mail(shop: Shop, call: Call, order_id: int) -> Answer:
    """`actions/send_email`: one template, on demand, to the address given or the order's own."""
    order = _order(shop, order_id, 404, "Invalid order ID.")
    sent = call.json()
    template = str(sent.get("template_id", ""))
    to = str(sent.get("email") or order.billing["email"])
    if not template.startswith("customer_"):
        raise StoreError(400, "woocommerce_rest_invalid_email_template", "The email template is not valid.")
    if not to:
        raise StoreError(400, "woocommerce_rest_missing_email", "Order does not have an email address.")
    shop.mail(to, template, order_id=order.id)
    return Answer({"message": f'Email template "{template}" sent to {to}.'})
