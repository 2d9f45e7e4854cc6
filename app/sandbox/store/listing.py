"""What every list has in common: pages, totals, order, `_fields`."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, TypeVar
from urllib.parse import urlencode

from app.sandbox.store.exchange import Answer, Call, invalid, not_in, wrong_type

Item = TypeVar("Item")
Where = Callable[[str], str]

ITEM_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def links(own: str, collection: str, *methods: str, **more: Any) -> dict[str, Any]:
    """The `_links` of a resource; `methods` are what its own address allows."""
    allow = list(methods or ITEM_METHODS)
    return {"self": [{"href": own, "targetHints": {"allow": allow}}], "collection": [{"href": collection}], **more}


def whole_number(call: Call, name: str, default: int, lowest: int, highest: int | None = None) -> int:
    """An integer parameter within bounds; raises StoreError 400 otherwise."""
    written = call.text(name)
    if written is None:
        return default
    if not written.lstrip("-").isdigit():
        raise wrong_type(name, "integer")
    value = int(written)
    if highest is not None and not lowest <= value <= highest:
        message = f"{name} must be between {lowest} (inclusive) and {highest} (inclusive)"
        raise invalid(name, message, "rest_out_of_bounds")
    if value < lowest:
        message = f"{name} must be greater than or equal to {lowest}"
        raise invalid(name, message, "rest_out_of_bounds")
    return value


def ids(call: Call, name: str) -> set[int] | None:
    """A list of ids; raises StoreError 400 where one is not a number."""
    written = call.many(name)
    if written is None:
        return None
    for place, item in enumerate(written):
        if not item.isdigit():
            raise wrong_type(name, "integer", f"{name}[{place}]")
    return {int(item) for item in written}


def one_of(call: Call, name: str, default: str, allowed: Sequence[str]) -> str:
    """A parameter from a closed list; raises StoreError 400 otherwise."""
    value = call.text(name) or default
    if value not in allowed:
        raise not_in(name, allowed)
    return value


def page(call: Call, items: Sequence[Item], view: Callable[[Item], Any]) -> Answer:
    """One page of `items` with the totals in the headers; a page past the end is empty."""
    per_page = whole_number(call, "per_page", 10, 1, 100)
    number = whole_number(call, "page", 1, 1)
    start = (number - 1) * per_page
    pages = ceil(len(items) / per_page)
    headers = {"X-WP-Total": str(len(items)), "X-WP-TotalPages": str(pages)}
    neighbours = []
    if number > 1:
        neighbours.append(_neighbour(call, min(number - 1, max(pages, 1)), "prev"))
    if number < pages:
        neighbours.append(_neighbour(call, number + 1, "next"))
    if neighbours:
        headers["Link"] = ", ".join(neighbours)
    shown = [view(item) for item in items[start : start + per_page]]
    return Answer([only_fields(call, body) for body in shown], headers=headers)


def _neighbour(call: Call, number: int, relation: str) -> str:
    kept = [(key, value) for key, value in call.pairs if key != "page" and not key.startswith("oauth_")]
    address = f"{call.origin}{call.path}?{urlencode([*kept, ('page', str(number))])}"
    return f'<{address}>; rel="{relation}"'


def only_fields(call: Call, body: Any) -> Any:
    """The body cut down to `_fields`; `a.b` keeps the member b of a, and `_links` goes unless it is asked for."""
    wanted = call.many("_fields")
    if not wanted or not isinstance(body, dict):
        return body
    cut: dict[str, Any] = {}
    for name in wanted:
        top, _, rest = name.partition(".")
        if top not in body:
            continue
        if rest and isinstance(body[top], dict):
            if rest in body[top]:
                cut.setdefault(top, {})[rest] = body[top][rest]
        else:
            cut[top] = body[top]
    return cut
