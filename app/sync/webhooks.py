"""The store's webhooks: registered by us, repaired when the store has switched them off, and tested."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from app.channels.errors import ChannelError
from app.channels.woocommerce.client import StoreClient
from app.channels.woocommerce.webhooks import TOPICS
from app.config import Config
from app.db import accounts, alerts, offer_links, store_state
from app.db.engine import Database, Session
from app.domain.runs import Result
from app.domain.webhooks import WebhookChange, plan_webhooks
from app.security import fingerprint
from app.sync import health
from app.sync.connect import Check
from app.sync.context import JobContext
from app.sync.lines import Lines
from app.sync.report import Report

WEBHOOKS_DISABLED = "webhooks_disabled"
_NAME = "woo-allegro"
_TEST_NAME = f"{_NAME} test"
# The store sends its ping inside the call that makes the webhook, so it has normally come before the answer.
_PING_PATIENCE_SECONDS = 3.0
# The store does not show how often a webhook has failed, and one that is switched on again is switched off by its next
# failure. So a day without that is what shows that it works, and gives a person the time to see what happened.
_PROBATION = timedelta(days=1)


def watch(context: JobContext) -> None:
    """The job `webhooks`: see that every topic has its webhook with today's secret, and that none is switched off.

    While the store is in trouble it is asked here whether it takes changes again: there may be no order to try with.
    """
    secrets = context.config.webhook_secrets
    if context.config.store_url is None:
        return
    store = context.lines.store(answered=context.answered.add)
    with context.database.reading() as session:
        is_troubled = bool(store_state.get(session).problem)
    if is_troubled and not context.dry_run:
        store.check_write()
    if not secrets:
        return
    repair(
        store,
        context.database,
        url=context.config.webhook_url,
        secret=secrets[0],
        report=context.report,
        now=context.now,
        dry_run=context.dry_run,
    )


def repair(
    store: StoreClient,
    database: Database,
    *,
    url: str,
    secret: str,
    report: Report,
    now: Callable[[], datetime],
    dry_run: bool = False,
) -> None:
    """Register what is missing and activate what the store has disabled, with our secret of today.

    When that is another one than last time, all webhooks get it; the store never shows a secret.
    """
    with database.reading() as session:
        is_new = store_state.get(session).webhooks_signed_with != fingerprint(secret)
    present = store.webhooks()
    report.seen += len(present)
    strays = [each for each in present if each.delivery_url == url and each.name.startswith(_TEST_NAME)]
    for stray in strays:
        # A test that was killed left it behind; it would deliver everything a second time.
        if not dry_run:
            store.delete_webhook(stray.id)
        done = Result.PLANNED if dry_run else Result.DONE
        report.add(f"webhook {stray.name}", before=stray.status, after="deleted", result=done)
    present = tuple(each for each in present if each not in strays)
    changes = plan_webhooks(present, topics=TOPICS, delivery_url=url, with_new_secret=is_new)
    for change in changes:
        if not dry_run:
            _carry_out(change, store, url=url, secret=secret)
        report.add(
            f"webhook {change.topic}",
            before=change.status or "missing",
            after="active with the new secret" if change.was_active else "active",
            result=Result.PLANNED if dry_run else Result.DONE,
        )
    if dry_run:
        return
    ours = [webhook for webhook in store.webhooks() if webhook.delivery_url == url]
    with database.transaction() as session:
        store_state.note_webhooks(
            session,
            [{"id": each.id, "topic": each.topic, "status": each.status} for each in ours],
            signed_with=fingerprint(secret),
        )
        if any(not change.was_active for change in changes):
            # What changed while a topic had no webhook was told to nobody.
            for account in accounts.every(session):
                offer_links.make_all_due(session, account.id, at=now())
        _tell(session, [change for change in changes if change.was_off], now=now())


def _carry_out(change: WebhookChange, store: StoreClient, *, url: str, secret: str) -> None:
    if change.webhook_id is None:
        store.create_webhook(f"{_NAME} {change.topic}", change.topic, url, secret)
        return
    # Also of one that is off: a changed secret is what gets a webhook disabled, because every delivery is refused.
    store.set_webhook_secret(change.webhook_id, secret)
    if not change.was_active:
        store.activate_webhook(change.webhook_id)


def _tell(session: Session, mended: Sequence[WebhookChange], *, now: datetime) -> None:
    """Report webhooks that were off; the alert ends a day after the last time."""
    opened_at = alerts.opened_at(session, WEBHOOKS_DISABLED, account_id=None, subject=health.STORE)
    if mended or (opened_at and now - opened_at >= _PROBATION):
        alerts.resolve(session, WEBHOOKS_DISABLED, account_id=None, subject=health.STORE, now=now)
    if not mended:
        return
    topics = ", ".join(f"{change.topic} ({change.status})" for change in mended)
    alerts.open_alert(
        session,
        WEBHOOKS_DISABLED,
        account_id=None,
        subject=health.STORE,
        title=f"The store did not deliver these webhooks, and they were switched on again: {topics}.",
        remedy="Nothing is lost: all linked products are read again. The store switches a webhook off when seven "
        "deliveries in a row fail, so if this comes back, run the store's test, and look for deliveries that were "
        "refused in the log of the proxy in front of this service.",
        now=now,
    )


@dataclass
class StoreTester:
    """Proves that the store can be read, written to, and reaches us."""

    config: Config
    database: Database
    lines: Lines
    now: Callable[[], datetime]

    def test(self) -> list[Check]:
        """Try each way for real. Nothing in the store is changed, but for a webhook that is removed again."""
        store = self.lines.store()
        checks: list[Check] = []
        steps: list[tuple[str, Callable[[], None], str]] = [
            ("read", store.check_read, "The store's orders can be read."),
            ("write", store.check_write, "The key may write."),
            ("webhook", lambda: self._round_trip(store), "The store delivers its webhooks to us."),
        ]
        for name, step, worked in steps:
            try:
                step()
                checks.append(Check(name, ok=True, detail=worked))
            except WebhookLost as error:
                checks.append(Check(name, ok=False, detail=str(error)))
            except ChannelError as error:
                checks.append(Check(name, ok=False, detail=str(error)))
                with self.database.transaction() as session:
                    health.store_fails(session, error, now=self.now())
                return checks
        with self.database.transaction() as session:
            health.store_works(session, proven=True, now=self.now())
        return checks

    def _round_trip(self, store: StoreClient) -> None:
        secrets = self.config.webhook_secrets
        if not secrets:
            raise WebhookLost(
                "Webhooks are off. Set BRIDGE_STORE_WEBHOOK_SECRET and restart, so that changes arrive in seconds."
            )
        began = self.now()
        name = f"{_TEST_NAME} {uuid4()}"
        made = store.create_webhook(name, "order.updated", self.config.webhook_url, secrets[0])
        try:
            deadline = time.monotonic() + _PING_PATIENCE_SECONDS
            while not self._pinged_since(began):
                if time.monotonic() >= deadline:
                    raise WebhookLost(
                        f"The store could not deliver a webhook to {self.config.webhook_url}. Check BRIDGE_PUBLIC_URL "
                        "and that this address can be reached from the store's server. (WordPress refuses private "
                        "addresses and ports other than 80, 443 and 8080.)"
                    )
                time.sleep(0.05)
        finally:
            store.delete_webhook(made.id)

    def _pinged_since(self, began: datetime) -> bool:
        with self.database.reading() as session:
            last = store_state.get(session).last_ping_at
        return last is not None and last >= began


class WebhookLost(ChannelError):
    """A webhook's way from the store to us does not work."""

    def __init__(self, message: str) -> None:
        super().__init__(message, channel="store")
