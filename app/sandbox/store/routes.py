"""Which address of the REST API is answered by what."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.sandbox.store import order_api, people_api, product_api, system_api, term_api, webhook_api
from app.sandbox.store.exchange import Answer, Call, no_route
from app.sandbox.store.product_views import API
from app.sandbox.store.shop import Shop

Handler = Callable[..., Answer]
_CHANGING = ("PUT", "PATCH", "POST")
_PATTERNS = {"id": r"\d+", "name": r"[\w-]+"}


@dataclass(frozen=True)
class Route:
    """`takes_lock` marks a handler that takes the store's lock itself, because it waits or calls out."""

    methods: tuple[str, ...]
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    takes_lock: bool = False


def _route(methods: tuple[str, ...], template: str, handler: Handler, *, takes_lock: bool = False) -> Route:
    """`{x:id}` in the template is a number, `{x:name}` a word."""
    pattern = re.sub(r"\{(\w+):(\w+)\}", lambda m: f"(?P<{m[1]}>{_PATTERNS[m[2]]})", template)
    return Route(methods, template, re.compile(pattern), handler, takes_lock)


_GET, _POST, _DELETE = ("GET",), ("POST",), ("DELETE",)
_PRODUCT, _VARIATION = "/products/{product_id:id}", "/products/{product_id:id}/variations/{variation_id:id}"
_VARIATIONS = "/products/{product_id:id}/variations"
_ORDER, _HOOK, _CUSTOMER = "/orders/{order_id:id}", "/webhooks/{hook_id:id}", "/customers/{customer_id:id}"
_SETTING = "/settings/{group:name}/{name:name}"

ROUTES: tuple[Route, ...] = (
    _route(_GET, "/products", product_api.list_products),
    _route(_POST, "/products", product_api.post_product),
    _route(_CHANGING, "/products/batch", product_api.products_batch),
    _route(_GET, "/products/categories", term_api.list_categories),
    _route(_GET, "/products/categories/{category_id:id}", term_api.get_category),
    _route(_GET, "/products/attributes", term_api.list_attributes),
    _route(_GET, "/products/attributes/{attribute_id:id}/terms", term_api.list_terms),
    _route(_GET, _PRODUCT, product_api.get_product),
    _route(_CHANGING, _PRODUCT, product_api.put_product),
    _route(_DELETE, _PRODUCT, product_api.delete_product),
    _route(_GET, "/variations", product_api.list_all_variations),
    _route(_GET, _VARIATIONS, product_api.list_variations),
    _route(_POST, _VARIATIONS, product_api.post_variation),
    _route(_CHANGING, f"{_VARIATIONS}/batch", product_api.variations_batch),
    _route(_GET, _VARIATION, product_api.get_variation),
    _route(_CHANGING, _VARIATION, product_api.put_variation),
    _route(_DELETE, _VARIATION, product_api.delete_variation),
    _route(_GET, "/orders", order_api.list_orders),
    _route(_POST, "/orders", order_api.post_order, takes_lock=True),
    _route(_CHANGING, "/orders/batch", order_api.orders_batch),
    _route(_GET, _ORDER, order_api.get_order),
    _route(_CHANGING, _ORDER, order_api.put_order),
    _route(_DELETE, _ORDER, order_api.delete_order),
    _route(_GET, f"{_ORDER}/notes", order_api.list_notes),
    _route(_POST, f"{_ORDER}/notes", order_api.post_note),
    _route(_POST, f"{_ORDER}/actions/send_email", order_api.send_mail),
    _route(_GET, "/customers", people_api.list_customers),
    _route(_POST, "/customers", people_api.post_customer),
    _route(_GET, _CUSTOMER, people_api.get_customer),
    _route(_CHANGING, _CUSTOMER, people_api.put_customer),
    _route(_DELETE, _CUSTOMER, people_api.delete_customer),
    _route(_GET, "/settings", system_api.list_groups),
    _route(_GET, "/settings/{group:name}", system_api.list_settings),
    _route(_GET, _SETTING, system_api.get_setting),
    _route(_CHANGING, _SETTING, system_api.put_setting),
    _route(_GET, "/taxes", system_api.list_taxes),
    _route(_GET, "/taxes/classes", system_api.list_tax_classes),
    _route(_GET, "/taxes/{rate_id:id}", system_api.get_tax),
    _route(_GET, "/data/currencies/{code:name}", system_api.get_currency),
    _route(_GET, "/system_status", system_api.get_system_status),
    _route(_GET, "/payment_gateways", system_api.list_gateways),
    _route(_GET, "/webhooks", webhook_api.list_hooks),
    _route(_POST, "/webhooks", webhook_api.post_hook, takes_lock=True),
    _route(_GET, _HOOK, webhook_api.get_hook),
    _route(_CHANGING, _HOOK, webhook_api.put_hook),
    _route(_DELETE, _HOOK, webhook_api.delete_hook),
)


def respond(shop: Shop, call: Call) -> Answer:
    """The answer of the first route that fits; raises StoreError, 404 where none does."""
    path = call.path.removeprefix(API)
    method = "GET" if call.method == "HEAD" else call.method
    for route in ROUTES:
        found = route.pattern.fullmatch(path)
        if found is None or method not in route.methods:
            continue
        named = {name: int(value) if value.isdigit() else value for name, value in found.groupdict().items()}
        if route.takes_lock:
            return route.handler(shop, call, **named)
        with shop.lock:
            return route.handler(shop, call, **named)
    raise no_route()


def routes_index(shop: Shop, call: Call) -> Answer:
    """What `GET /wp-json/wc/v3` lists: the addresses that this version of the store has."""
    routes: dict[str, Any] = {}
    for route in ROUTES:
        if shop.old_version and route.template == "/variations":
            continue
        name = re.sub(
            r"\{(\w+):(\w+)\}", lambda m: f"(?P<{m[1]}>[\\d]+)" if m[2] == "id" else "(?P<id>[\\w-]+)", route.template
        )
        entry = routes.setdefault(f"/wc/v3{name}", {"namespace": "wc/v3", "methods": [], "endpoints": []})
        methods = list(route.methods)
        entry["methods"] += [method for method in methods if method not in entry["methods"]]
        entry["endpoints"].append({"methods": methods, "args": {}})
    up = {"up": [{"href": f"{call.origin}/wp-json/"}]}
    return Answer({"namespace": "wc/v3", "routes": routes, "_links": up})
