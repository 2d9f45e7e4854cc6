"""Endpoints of webhooks."""

import secrets
from collections.abc import Callable

from app.sandbox.store.deliveries import ping
from app.sandbox.store.exchange import Answer, Call, StoreError, missing
from app.sandbox.store.hooks import STATUSES, TOPICS, Hook
from app.sandbox.store.listing import one_of, only_fields, page
from app.sandbox.store.product_views import API
from app.sandbox.store.shop import Shop, check_status

_LISTABLE = ("all", *STATUSES)


def _hook(shop: Shop, hook_id: int, status: int = 404) -> Hook:
    found = shop.hooks.get(hook_id)
    if found is None:
        raise StoreError(status, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
    return found


def _checked_topic(topic: object) -> str:
    if not isinstance(topic, str) or topic not in TOPICS:
        message = "Webhook topic is required and must be valid."
        raise StoreError(400, "woocommerce_rest_shop_webhook_invalid_topic", message)
    return topic


def _checked_url(url: object) -> str:
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise StoreError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", message)
    return url


def list_hooks(shop: Shop, call: Call) -> Answer:
    status = one_of(call, "status", "all", _LISTABLE)
    newest_first = one_of(call, "order", "desc", ("asc", "desc")) == "desc"
    hooks = sorted(shop.hooks.values(), key=lambda hook: hook.id, reverse=newest_first)
    found = [hook for hook in hooks if status in ("all", hook.status)]
    return page(call, found, lambda hook: hook.view(call.origin))


def get_hook(shop: Shop, call: Call, hook_id: int) -> Answer:
    return Answer(only_fields(call, _hook(shop, hook_id).view(call.origin)))


def post_hook(shop: Shop, call: Call) -> Answer:
    """Takes the lock itself: the ping goes out inside this request, and its receiver may call the store back."""
    sent = call.json()
    absent = [name for name in ("topic", "delivery_url") if name not in sent]
    if absent:
        raise missing(*absent)
    topic, url = _checked_topic(sent["topic"]), _checked_url(sent["delivery_url"])
    status = check_status("status", sent.get("status", "active"), STATUSES)
    with shop.lock:
        # Without a secret the store makes one up and never shows it.
        secret = str(sent.get("secret") or secrets.token_urlsafe(32))
        name = str(sent.get("name") or f"Webhook created on {shop.now():%b %d, %Y @ %I:%M %p}")
        hook = Hook(next(shop.numbers.hook), name, topic, url, secret, shop.now(), status)
        shop.hooks[hook.id] = hook
        body = hook.view(call.origin)
    if status == "active":
        ping(hook)
    return Answer(body, 201, {"Location": f"{call.origin}{API}/webhooks/{hook.id}"})


def put_hook(shop: Shop, call: Call, hook_id: int) -> Answer:
    """Switching a webhook on again keeps its count of failures."""
    hook = _hook(shop, hook_id, 400)
    sent = call.json()
    checks: dict[str, Callable[[object], str]] = {
        "topic": _checked_topic,
        "delivery_url": _checked_url,
        "status": lambda value: check_status("status", value, STATUSES),
        "name": str,
        "secret": str,
    }
    for name, value in {name: check(sent[name]) for name, check in checks.items() if name in sent}.items():
        setattr(hook, name, value)
    hook.modified = shop.now()
    return Answer(hook.view(call.origin))


def delete_hook(shop: Shop, call: Call, hook_id: int) -> Answer:
    hook = _hook(shop, hook_id)
    if not call.flag("force"):
        raise StoreError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    del shop.hooks[hook_id]
    return Answer(hook.view(call.origin))
