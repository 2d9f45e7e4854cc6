"""The store's webhooks: who wants to be called about what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.sandbox.store.listing import links
from app.sandbox.store.product_views import API
from app.sandbox.store.times import dated

# Topic -> the WordPress hooks behind it, as the REST API lists them.
TOPICS: dict[str, tuple[str, ...]] = {
    "order.created": ("woocommerce_new_order",),
    "order.updated": ("woocommerce_update_order", "woocommerce_order_refunded"),
    "order.deleted": ("wp_trash_post", "woocommerce_trash_order"),
    "order.restored": ("untrashed_post", "woocommerce_untrash_order"),
    "product.created": (
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ),
    "product.updated": (
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ),
    "product.deleted": ("wp_trash_post",),
    "product.restored": ("untrashed_post",),
    "customer.created": ("user_register", "woocommerce_created_customer", "woocommerce_new_customer"),
    "customer.updated": ("profile_update", "woocommerce_update_customer"),
    "customer.deleted": ("delete_user",),
}
STATUSES = ("active", "paused", "disabled")
FAILURES_ALLOWED = 5


@dataclass
class Hook:
    id: int
    name: str
    topic: str
    delivery_url: str
    secret: str
    created: datetime
    status: str = "active"
    modified: datetime | None = None
    failures: int = 0

    @property
    def resource(self) -> str:
        return self.topic.partition(".")[0]

    @property
    def event(self) -> str:
        return self.topic.partition(".")[2]

    def delivered(self, *, ok: bool, now: datetime) -> None:
        """Count a delivery: a success forgets the failures, the seventh failure in a row switches the webhook off."""
        if ok:
            self.failures = 0
        elif self.failures > FAILURES_ALLOWED:
            self.status = "disabled"
            self.modified = now
        else:
            self.failures += 1

    def view(self, origin: str) -> dict[str, Any]:
        """As the REST API shows it: without the secret and without the count of failures."""
        collection = f"{origin}{API}/webhooks"
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "topic": self.topic,
            "resource": self.resource,
            "event": self.event,
            "hooks": list(TOPICS[self.topic]),
            "delivery_url": self.delivery_url,
            **dated("date_created", self.created),
            **dated("date_modified", self.modified),
            "_links": links(f"{collection}/{self.id}", collection),
        }
