"""Which webhooks the store should have, and what must be done about those it has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain.store import StoreWebhook

_ACTIVE = "active"
_MOST_SECONDS = 2**31 - 1


@dataclass(frozen=True)
class Hint:
    """Something changed in the store: look at it. `lag_seconds` is how late it came, None where nothing tells."""

    topic: str
    resource_id: int
    received_at: datetime
    lag_seconds: int | None = None

    @property
    def is_of_product(self) -> bool:
        return self.topic.startswith("product.")


@dataclass(frozen=True)
class WebhookChange:
    """Make the topic's webhook (`webhook_id` None), or give the one that has this `status` our secret and activate it.

    One that is active already is only given the secret.
    """

    topic: str
    webhook_id: int | None = None
    status: str = ""

    @property
    def was_off(self) -> bool:
        """Whether the webhook was there and did not deliver."""
        return self.webhook_id is not None and not self.was_active

    @property
    def was_active(self) -> bool:
        return self.status == _ACTIVE


def lag_seconds(changed_at: datetime | None, received_at: datetime) -> int | None:
    """Whole seconds between a change and the delivery that tells of it; 0 where the store's clock is ahead."""
    if changed_at is None:
        return None
    return min(max(int((received_at - changed_at).total_seconds()), 0), _MOST_SECONDS)


def plan_webhooks(
    present: Iterable[StoreWebhook], *, topics: Iterable[str], delivery_url: str, with_new_secret: bool = False
) -> tuple[WebhookChange, ...]:
    """The fewest changes after which each topic has one active webhook to our address. Others' are left alone.

    `with_new_secret`: those that deliver do not have it yet.
    """
    ours: dict[str, list[StoreWebhook]] = {}
    for webhook in present:
        if webhook.delivery_url == delivery_url:
            ours.setdefault(webhook.topic, []).append(webhook)
    changes: list[WebhookChange] = []
    for topic in topics:
        candidates = ours.get(topic, [])
        if active := [webhook for webhook in candidates if webhook.status == _ACTIVE]:
            if with_new_secret:
                changes += [WebhookChange(topic, webhook.id, webhook.status) for webhook in active]
            continue
        if candidates:
            changes.append(WebhookChange(topic, candidates[0].id, candidates[0].status))
        else:
            changes.append(WebhookChange(topic))
    return tuple(changes)
