import socket
from collections.abc import Iterator

import pytest

from app.api.app import create_api
from app.api.deps import Services
from app.channels.errors import Unavailable
from app.channels.woocommerce.webhooks import TOPICS
from app.config import Config
from app.db import store_state
from app.domain.runs import Change, Result
from app.sandbox.serving import Server
from app.sandbox.store.hooks import Hook
from app.sandbox.world import Sandbox
from app.sync.report import Report
from app.sync.webhooks import repair

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
    repair(services.lines.store(), services.database, url=url, secret=SECRET, report=report, dry_run=dry_run)
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
