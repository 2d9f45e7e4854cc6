"""The queue that calls webhooks: late, once, with the state at the time of the call."""

import base64
import hashlib
import hmac
import html
import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.sandbox.faults import Faults
from app.sandbox.store.hooks import Hook
from app.sandbox.store.order_views import WC_VERSION, order_view
from app.sandbox.store.product_views import product_view
from app.sandbox.store.shop import Shop

_TIMEOUT_SECONDS = 60
_USER_AGENT = f"WooCommerce/{WC_VERSION} Hookshot (WordPress/7.1.3)"
_NO_ANSWER = 0


@dataclass(frozen=True)
class _Delivery:
    hook_id: int
    topic: str
    resource_id: int
    due: float  # time.monotonic(): a queue waits real seconds, whatever the pretend clock says


class Deliveries:
    """One queue per store. `shop` gives the state in force, `origin` the store's own address."""

    def __init__(self, shop: Callable[[], Shop], faults: Faults, origin: Callable[[], str]) -> None:
        self.delay_seconds = 0.0
        self._shop = shop
        self._faults = faults
        self._origin = origin
        self._queue: list[_Delivery] = []
        self._under_way = 0
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None
        self._made = 0

    def announce(self, topic: str, resource_id: int) -> None:
        """Queue a call for every active webhook of the topic; one that still waits for this resource covers it."""
        late = self._faults.active().get("webhook_late")
        due = time.monotonic() + self.delay_seconds + (float(late.args.get("seconds", 1)) if late else 0)
        hooks = [hook for hook in self._shop().hooks.values() if hook.status == "active" and hook.topic == topic]
        if not hooks:
            return
        with self._changed:
            for hook in hooks:
                waiting = any(d.hook_id == hook.id and d.resource_id == resource_id for d in self._queue)
                if not waiting:
                    self._queue.append(_Delivery(hook.id, topic, resource_id, due))
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="store-webhooks", daemon=True)
                self._worker.start()
            self._changed.notify_all()

    def flush(self) -> None:
        """Make every waiting call now, also the late ones, and return when all are answered."""
        while True:
            with self._changed:
                batch, self._queue = self._queue, []
                self._under_way += len(batch)
            for delivery in batch:
                self._deliver(delivery)
            with self._changed:
                if not self._changed.wait_for(lambda: self._under_way == 0, _TIMEOUT_SECONDS) or not self._queue:
                    return

    def forget(self) -> None:
        with self._changed:
            self._queue.clear()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._queue:
                    self._changed.wait()
                delivery = min(self._queue, key=lambda waiting: waiting.due)
                wait = delivery.due - time.monotonic()
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                self._queue.remove(delivery)
                self._under_way += 1
            self._deliver(delivery)

    def _deliver(self, delivery: _Delivery) -> None:
        try:
            self._call(delivery)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _lost(self) -> bool:
        fault = self._faults.active().get("webhook_lost")
        if fault is None:
            return False
        self._made += 1
        return self._made % int(fault.args.get("every", 1)) == 0 and self._faults.strike("webhook_lost") is not None

    def _call(self, delivery: _Delivery) -> None:
        shop = self._shop()
        with shop.lock:
            hook = shop.hooks.get(delivery.hook_id)
            if hook is None or hook.status != "active":
                return
            payload = self._payload(shop, delivery)
        if payload is None or self._lost():
            return
        body = php_json(payload)
        headers = self._headers(hook, body)
        times = 2 if self._faults.strike("webhook_duplicated") else 1
        for _ in range(times):
            status = _post(hook.delivery_url, body, headers)
            with shop.lock:
                hook.delivered(ok=200 <= status < 300 or status in (301, 302), now=shop.now())

    def _payload(self, shop: Shop, delivery: _Delivery) -> dict[str, Any] | None:
        """What the resource is now; a deleted one is only its id. None where it has gone since."""
        if delivery.topic.endswith(".deleted"):
            return {"id": delivery.resource_id}
        origin = self._origin()
        kind = delivery.topic.partition(".")[0]
        if kind == "order":
            order = shop.orders.get(delivery.resource_id)
            return order_view(order, shop, origin) if order else None
        if kind == "product":
            product = shop.catalogue.find(delivery.resource_id)
            return product_view(product, shop.catalogue, origin) if product else None
        customer = shop.customers.find(delivery.resource_id)
        return customer.view(origin) if customer else None

    def _headers(self, hook: Hook, body: bytes) -> dict[str, str]:
        # WordPress makes the id from the webhook and the second, so two calls within a second share it.
        source = f"{hook.id}.{int(time.time())}"
        if self._faults.strike("webhook_same_delivery_id"):
            source = "always the same"
        return {
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{self._origin()}/",
            "X-WC-Webhook-Topic": hook.topic,
            "X-WC-Webhook-Resource": hook.resource,
            "X-WC-Webhook-Event": hook.event,
            "X-WC-Webhook-Signature": signature(hook.secret, body),
            "X-WC-Webhook-ID": str(hook.id),
            "X-WC-Webhook-Delivery-ID": hashlib.sha256(source.encode()).hexdigest()[:32],
        }


def php_json(payload: Any) -> bytes:
    """JSON as PHP writes it: no spaces, slashes escaped, other letters as \\u escapes."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def signature(secret: str, body: bytes) -> str:
    """WordPress decodes HTML entities in the secret before it signs."""
    return base64.b64encode(hmac.new(html.unescape(secret).encode(), body, hashlib.sha256).digest()).decode()


def ping(hook: Hook) -> None:
    """The call inside `POST /webhooks`: a form with the id, unsigned. Its outcome changes nothing."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    _post(hook.delivery_url, f"webhook_id={hook.id}".encode(), form)


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status answered, redirects not followed; 0 where no answer came."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("POST", target, body, {"User-Agent": _USER_AGENT, "Connection": "close", **headers})
        answered = connection.getresponse()
        answered.read()
    except (OSError, http.client.HTTPException):
        return _NO_ANSWER
    else:
        return answered.status
    finally:
        connection.close()
