import socket
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from app.api.app import create_api
from app.api.deps import Services
from app.channels.errors import Unavailable
from app.channels.woocommerce.webhooks import TOPICS
from app.config import Config
from app.db import offer_links, store_state
from app.domain.links import OfferLink
from app.domain.runs import Change, Result
from app.sandbox.serving import Server
from app.sandbox.store.hooks import Hook
from app.sandbox.world import Sandbox
from app.sync.report import Report
from app.sync.webhooks import WEBHOOKS_DISABLED, repair
from tests.db.conftest import add_account
from tests.sync.steps import open_alerts

SECRET = "a-webhook-secret-for-tests"


@pytest.fixture
def config(config: Config) -> Config:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return config.model_copy(update={"public_url": f"http://127.0.0.1:{free.getsockname()[1]}"})


@pytest.fixture
def listening(services: Services) -> Iterator[Services]:
    """The service with its API served where the store can reach it."""
    server = Server(create_api(services), port=int(services.config.public_url.rpartition(":")[2]))
    server.start()
    yield services
    server.stop()


def hooks_of(world: Sandbox) -> list[Hook]:
    return list(world.store.shop.hooks.values())


def mend(services: Services, *, dry_run: bool = False) -> list[Change]:
    report = Report()
    url = services.config.webhook_url
    store = services.lines.store()
    repair(store, services.database, url=url, secret=SECRET, report=report, now=services.now, dry_run=dry_run)
    return report.changes


def add_hook(world: Sandbox, topic: str, url: str, *, status: str = "active", name: str = "theirs") -> Hook:
    shop = world.store.shop
    hook = Hook(next(shop.numbers.hook), name, topic, url, "their-secret", shop.now(), status)
    shop.hooks[hook.id] = hook
    return hook


def test_six_topics_are_registered_once(services: Services, world: Sandbox) -> None:
    made = mend(services)
    assert [change.what for change in made] == [f"webhook {topic}" for topic in TOPICS]
    assert {(change.before, change.after, change.result) for change in made} == {("missing", "active", Result.DONE)}
    hooks = hooks_of(world)
    assert sorted(hook.topic for hook in hooks) == sorted(TOPICS)
    assert {(hook.delivery_url, hook.secret, hook.status) for hook in hooks} == {
        (services.config.webhook_url, SECRET, "active")
    }
    assert mend(services) == []
    assert hooks_of(world) == hooks


def test_what_was_switched_off_is_switched_on_with_todays_secret(services: Services, world: Sandbox) -> None:
    mend(services)
    for hook, status in zip(hooks_of(world), ("disabled", "paused"), strict=False):
        hook.status, hook.secret = status, "the-secret-of-yesterday"
    changes = mend(services)
    assert sorted(change.before for change in changes) == ["disabled", "paused"]
    assert {(hook.status, hook.secret) for hook in hooks_of(world)} == {("active", SECRET)}
    assert len(hooks_of(world)) == len(TOPICS)


def test_the_webhooks_of_others_are_never_touched(services: Services, world: Sandbox) -> None:
    theirs = [
        add_hook(world, "order.created", "https://example.com/hook"),
        add_hook(world, "order.updated", "https://example.com/hook", status="disabled"),
        add_hook(world, "customer.created", services.config.webhook_url, status="paused"),
    ]
    before = [hook.view("") for hook in theirs]
    mend(services)
    assert [hook.view("") for hook in theirs] == before
    assert len(hooks_of(world)) == len(theirs) + len(TOPICS)


def test_what_a_killed_test_left_behind_is_removed(services: Services, world: Sandbox) -> None:
    stray = add_hook(world, "order.updated", services.config.webhook_url, name="woo-allegro test 12345")
    [planned, *_] = mend(services, dry_run=True)
    assert (planned.what, planned.after, planned.result) == (f"webhook {stray.name}", "deleted", Result.PLANNED)
    mend(services)
    assert stray not in hooks_of(world)
    assert sorted(hook.topic for hook in hooks_of(world)) == sorted(TOPICS)


def test_a_dry_run_of_the_job_plans_and_makes_nothing(services: Services, world: Sandbox) -> None:
    run = services.runner.run_queued(services.runner.queue("webhooks", None, dry_run=True))
    assert {(change.after, change.result) for change in run.changes} == {("active", Result.PLANNED)}
    assert hooks_of(world) == []
    assert [call for call in world.store.requests if call.method != "GET"] == []


def test_the_job_repairs_what_was_switched_off_and_the_status_shows_it(services: Services, world: Sandbox) -> None:
    services.runner.tick("webhooks", None)
    hooks_of(world)[0].status = "disabled"
    world.clock.advance(600)
    run = services.runner.tick("webhooks", None)
    assert run is not None
    assert (run.seen, run.done) == (len(TOPICS), 1)
    with services.database.reading() as session:
        shown = store_state.get(session).webhooks
    assert [hook["status"] for hook in shown] == ["active"] * len(TOPICS)


def test_a_webhook_whose_making_was_cut_off_is_not_made_twice(services: Services, world: Sandbox) -> None:
    add_hook(world, "product.updated", services.config.webhook_url, name="woo-allegro product.updated")
    mend(services)
    assert len(hooks_of(world)) == len(TOPICS)


def test_a_store_that_is_away_is_the_jobs_failure(services: Services, world: Sandbox) -> None:
    world.store.faults.switch_on("server_error")
    with pytest.raises(Unavailable):
        mend(services)
    run = services.runner.tick("webhooks", None)
    assert run is not None
    assert "500" in run.error


def test_a_delivery_of_a_registered_webhook_arrives_and_a_foreign_one_does_not(
    listening: Services, world: Sandbox
) -> None:
    mend(listening)
    world.store.sell("KUB-001", 1)
    world.store.flush_webhooks()
    with listening.database.reading() as session:
        first = store_state.waiting_hints(session)
        assert store_state.get(session).last_webhook_at is not None
    assert first > 0
    for hook in hooks_of(world):
        hook.secret = "another-secret"
    world.store.sell("KUB-001", 1)
    world.store.flush_webhooks()
    with listening.database.reading() as session:
        assert store_state.waiting_hints(session) == first


def test_the_test_proves_the_round_trip_and_leaves_no_webhook_behind(listening: Services, world: Sandbox) -> None:
    checks = listening.tester.test()
    assert [(check.name, check.ok) for check in checks] == [("read", True), ("write", True), ("webhook", True)]
    assert hooks_of(world) == []


# --- switched off, and a new secret -----------------------------------------------------------------------------------


def links_due(services: Services) -> set[int]:
    """The accounts that have links to look at; they are looked at."""
    now = services.now()
    with services.database.transaction() as session:
        accounts = offer_links.accounts_due(session, now=now)
        for account in accounts:
            ids = offer_links.due(session, account, now=now)
            offer_links.settle_due(session, ids, seen_at=now, again_at=None)
    return accounts


def watch(services: Services, world: Sandbox, *, after_seconds: float = 600) -> None:
    world.clock.advance(after_seconds)
    run = services.runner.tick("webhooks", None)
    assert run is not None
    assert run.error == ""


def rotate(services: Services) -> None:
    """Start with a new secret before the old one."""
    secrets = (SecretStr("the-new-secret"), SecretStr(SECRET))
    services.runner.config = services.config.model_copy(update={"store_webhook_secret": secrets})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_webhooks_that_failed_seven_times_are_healed_told_of_and_what_they_missed_is_looked_at(
    services: Services, world: Sandbox
) -> None:
    account = add_account(services.database, "Kubki")
    with services.database.transaction() as session:
        offer_links.add(session, OfferLink(0, account, offer_id="7001", product_id=11), now=services.now())
    mend(services)  # nothing listens at its address
    assert links_due(services) == {account}
    for _ in range(7):
        assert {hook.status for hook in hooks_of(world)} == {"active"}
        world.store.sell("KUB-001", 1)
        world.store.flush_webhooks()
    off = sorted(hook.topic for hook in hooks_of(world) if hook.status == "disabled")
    assert off == ["order.created", "order.updated", "product.updated"]
    assert links_due(services) == set()

    watch(services, world)
    assert {(hook.status, hook.secret) for hook in hooks_of(world)} == {("active", SECRET)}
    assert links_due(services) == {account}
    [alert] = open_alerts(services)
    assert (alert.kind, alert.account_id, alert.subject) == (WEBHOOKS_DISABLED, None, "store")
    assert all(f"{topic} (disabled)" in alert.title for topic in off)
    assert links_due(services) == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_alert_about_webhooks_ends_a_day_after_the_last_time_that_one_was_off(
    services: Services, world: Sandbox
) -> None:
    day = 86_400
    mend(services)
    assert open_alerts(services) == []
    hooks_of(world)[0].status = "disabled"
    watch(services, world)
    hooks_of(world)[1].status = "disabled"
    watch(services, world, after_seconds=day / 2)
    [alert] = open_alerts(services)
    assert TOPICS[1] in alert.title
    watch(services, world, after_seconds=day - 1)
    assert open_alerts(services) == [alert]
    watch(services, world, after_seconds=600)
    assert open_alerts(services) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_new_secret_is_given_once_to_every_webhook_of_ours_and_to_no_other(
    services: Services, world: Sandbox
) -> None:
    mend(services)
    theirs = add_hook(world, "order.created", "https://example.com/hook")
    rotate(services)
    watch(services, world)
    assert {hook.secret for hook in hooks_of(world) if hook is not theirs} == {"the-new-secret"}
    assert theirs.secret == "their-secret"
    with services.database.reading() as session:
        kept = store_state.get(session).webhooks_signed_with
    assert kept
    assert "the-new-secret" not in kept
    before = len(world.store.requests)
    watch(services, world)
    assert {call.method for call in world.store.requests[before:]} == {"GET"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_new_secret_that_was_given_to_some_only_is_given_again(services: Services, world: Sandbox) -> None:
    mend(services)
    rotate(services)
    world.store.faults.switch_on("server_error", skip=2, method="PUT")
    world.clock.advance(600)
    run = services.runner.tick("webhooks", None)
    assert run is not None
    assert run.error
    assert {hook.secret for hook in hooks_of(world)} == {"the-new-secret", SECRET}
    world.store.faults.clear()
    watch(services, world, after_seconds=1200)
    assert {hook.secret for hook in hooks_of(world)} == {"the-new-secret"}
