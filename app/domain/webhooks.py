"""Which webhooks the store should have, and what must be done about those it has."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.store import StoreWebhook


@dataclass(frozen=True)
class WebhookChange:
    """Make the topic's webhook (`webhook_id` None), or activate the one that has this `status`."""

    topic: str
    webhook_id: int | None = None
    status: str = ""


def plan_webhooks(
    present: Iterable[StoreWebhook], *, topics: Iterable[str], delivery_url: str
) -> tuple[WebhookChange, ...]:
    """The fewest changes after which each topic has one active webhook to our address. Others' are left alone."""
    ours: dict[str, list[StoreWebhook]] = {}
    for webhook in present:
        if webhook.delivery_url == delivery_url:
            ours.setdefault(webhook.topic, []).append(webhook)
    changes: list[WebhookChange] = []
    for topic in topics:
        candidates = ours.get(topic, [])
        if any(webhook.status == "active" for webhook in candidates):
            continue
        if candidates:
            changes.append(WebhookChange(topic, candidates[0].id, candidates[0].status))
        else:
            changes.append(WebhookChange(topic))
    return tuple(changes)
