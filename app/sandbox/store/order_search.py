"""The list of orders: its filters and its order."""

from collections.abc import Callable
from typing import Any

from app.sandbox.store.exchange import Call, not_in
from app.sandbox.store.listing import ids, one_of
from app.sandbox.store.orders import STATUSES, Order
from app.sandbox.store.shop import Shop
from app.sandbox.store.times import moment_parameter

_LISTABLE = ("any", "trash", *STATUSES)
_SORTS: dict[str, Callable[[Order], Any]] = {
    "date": lambda order: (order.created, order.id),
    "modified": lambda order: (order.modified, order.id),
    "id": lambda order: order.id,
    "include": lambda order: order.id,
    "title": lambda order: order.id,
    "slug": lambda order: order.id,
}


def _statuses(call: Call) -> list[str]:
    asked = call.many("status") or ["any"]
    for place, status in enumerate(asked):
        if status not in _LISTABLE:
            raise not_in("status", _LISTABLE, f"status[{place}]")
    return asked


def _has_status(order: Order, asked: list[str]) -> bool:
    return order.status in asked or ("any" in asked and order.status != "trash")


def _found_by(order: Order, text: str) -> bool:
    """The search looks at these and at nothing else: neither meta data nor notes."""
    places = (order.transaction_id, order.billing["email"], order.billing["last_name"], order.shipping["last_name"])
    return text == str(order.id) or any(text.casefold() in place.casefold() for place in places)


def find_orders(call: Call, shop: Shop) -> list[Order]:
    """The orders that a request for the list asks for, in the order it asks for.

    Parameters that the store does not know are ignored. Raises StoreError 400 for a bad value of a known one.
    """
    sort = _SORTS[one_of(call, "orderby", "date", tuple(_SORTS))]
    newest_first = one_of(call, "order", "desc", ("asc", "desc")) == "desc"
    orders = sorted(shop.orders.values(), key=sort, reverse=newest_first)
    text, via = call.text("search"), call.text("created_via")
    if (text or via) and shop.faults.strike("list_filter_empty"):
        return []
    if shop.faults.strike("list_filter_ignored"):
        return [order for order in orders if order.status != "trash"]
    statuses, included, excluded = _statuses(call), ids(call, "include"), ids(call, "exclude")
    customer, product = call.text("customer"), call.text("product")
    if via and shop.faults.strike("created_via_unknown"):
        via = None
    after, before = moment_parameter(call, "after"), moment_parameter(call, "before")
    changed_after, changed_before = moment_parameter(call, "modified_after"), moment_parameter(call, "modified_before")
    return [
        order
        for order in orders
        if _has_status(order, statuses)
        and (included is None or order.id in included)
        and (excluded is None or order.id not in excluded)
        and (not text or _found_by(order, text))
        and (not via or order.created_via in via.split(","))
        and (not customer or str(order.customer_id) == customer)
        and (not product or any(product in (str(line.product_id), str(line.sold_id)) for line in order.lines))
        and (after is None or order.created > after)
        and (before is None or order.created < before)
        and (changed_after is None or order.modified > changed_after)
        and (changed_before is None or order.modified < changed_before)
    ]
