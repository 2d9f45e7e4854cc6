"""Which webhooks of the store are made or mended."""

from dataclasses import replace

import pytest

from app.domain.store import StoreWebhook
from app.domain.webhooks import WebhookChange, plan_webhooks

_OURS = "https://bridge.example/webhooks/woocommerce"
_TOPICS = ("order.updated", "product.updated")
_ORDERS = StoreWebhook(1, "orders", "order.updated", _OURS, "active")
_PRODUCTS = StoreWebhook(2, "products", "product.updated", _OURS, "active")
_FOREIGN = StoreWebhook(3, "foreign", "order.updated", "https://other.example/hook", "active")


@pytest.mark.parametrize(
    ("present", "changes"),
    [
        ((_ORDERS, _PRODUCTS), ()),
        ((), (WebhookChange("order.updated"), WebhookChange("product.updated"))),
        ((_FOREIGN, _PRODUCTS), (WebhookChange("order.updated"),)),
        (
            (replace(_ORDERS, status="disabled"), replace(_PRODUCTS, status="paused")),
            (WebhookChange("order.updated", 1, "disabled"), WebhookChange("product.updated", 2, "paused")),
        ),
        ((replace(_ORDERS, id=9, status="disabled"), _ORDERS, _PRODUCTS), ()),
        ((replace(_ORDERS, id=9, topic="coupon.created", status="disabled"), _ORDERS, _PRODUCTS), ()),
    ],
)
def test_each_topic_gets_one_active_webhook_with_the_fewest_changes(
    present: tuple[StoreWebhook, ...], changes: tuple[WebhookChange, ...]
) -> None:
    assert plan_webhooks(present, topics=_TOPICS, delivery_url=_OURS) == changes


def test_a_new_secret_is_given_to_every_webhook_that_delivers_to_us() -> None:
    double = replace(_ORDERS, id=9)
    present = (_ORDERS, double, replace(_PRODUCTS, status="disabled"), _FOREIGN)
    assert plan_webhooks(present, topics=_TOPICS, delivery_url=_OURS, with_new_secret=True) == (
        WebhookChange("order.updated", 1, "active"),
        WebhookChange("order.updated", 9, "active"),
        WebhookChange("product.updated", 2, "disabled"),
    )
