"""The ways in which this store can be made to misbehave, and whom each one hits."""

from collections.abc import Callable
from typing import Any

from app.sandbox.faults import Fault, Faults
from app.sandbox.store.exchange import Call

KNOWN = {
    "order_commit_then_drop": "POST /orders makes the order, then the connection drops.",
    "order_commit_late": "POST /orders makes the order `seconds` after the request, whether or not the client waits.",
    "order_error_before": "POST /orders answers 500 and makes nothing.",
    "order_error_after": "POST /orders makes the order and answers 500.",
    "order_error_alternate": "POST /orders by turns: 500 with nothing made, 500 after making it, dropped, answered.",
    "order_change_then_drop": "PUT /orders/{id} changes the order, then the connection drops.",
    "note_then_drop": "POST /orders/{id}/notes writes the note, then the connection drops.",
    "list_filter_ignored": "The list of orders ignores every filter except paging.",
    "list_filter_empty": "The list of orders is empty whenever it is asked by search or created_via.",
    "empty_list": "Every list is empty, with status 200.",
    "redirect": "Every request is answered 301 to `to` (`https`, `www` or, by default, the same address).",
    "firewall": "Every write is answered 403 with an HTML page.",
    "auth_header_stripped": "The Authorization header does not reach the store.",
    "unauthorized": "Every request is answered 401.",
    "cached": "Reads answer as at the moment this was switched on; with `heeds_no_cache` a Cache-Control asks past it.",
    "php_notice": "An HTML notice of PHP stands before the JSON.",
    "slow": "Every answer takes `seconds` longer.",
    "server_error": "Every request is answered 500 with WordPress's JSON, without effect.",
    "unavailable": "Every request is answered 503 with an HTML page, without effect.",
    "gateway_timeout_html": "Every request is answered 504 with an HTML page, without effect.",
    "drop": "The connection drops before any effect.",
    "date_modified_frozen": "Stock that an order moves leaves the product's date_modified alone.",
    "batch_item_error": "Batches answer 200 with an error for each product of `ids` (default: all), unchanged.",
    "picture_missing": "Pictures with `part` in their address (default: all) are answered 404.",
    "webhook_lost": "Of `every` webhook deliveries one is never sent (default: all are lost).",
    "webhook_late": "Webhook deliveries wait `seconds` longer.",
    "webhook_duplicated": "Every webhook delivery is sent twice.",
    "webhook_same_delivery_id": "All webhook deliveries carry one and the same delivery id.",
    "created_via_unknown": "An older store: created_via is neither kept nor filtered by.",
}
_NARROWABLE = frozenset(
    {"redirect", "firewall", "unauthorized", "slow", "server_error", "unavailable", "gateway_timeout_html", "drop"}
    | {"php_notice", "empty_list", "cached"}
)


class StoreFaults(Faults):
    """The switchboard of the store; `on_freeze` is told when reads are to be frozen."""

    def __init__(self, on_freeze: Callable[[], None]) -> None:
        super().__init__(KNOWN)
        self._on_freeze = on_freeze

    def switch_on(self, name: str, *, times: int | None = None, skip: int = 0, **args: Any) -> None:
        if name == "cached":
            self._on_freeze()
        super().switch_on(name, times=times, skip=skip, **args)

    def strike_on(self, name: str, call: Call) -> Fault | None:
        """As `strike`, but a fault narrowed by `method` or `path_prefix` counts only the requests it is meant for.

        `method` may name several, as "POST,PUT"; `path_prefix` is compared with the path below /wp-json/wc/v3.
        """
        fault = self.active().get(name)
        if fault is None:
            return None
        if name in _NARROWABLE:
            methods = str(fault.args.get("method", call.method)).upper().split(",")
            prefix = str(fault.args.get("path_prefix", ""))
            if call.method not in methods or not call.path.removeprefix("/wp-json/wc/v3").startswith(prefix):
                return None
        return self.strike(name)
