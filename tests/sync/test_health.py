from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.api.app import create_api
from app.api.deps import Services
from app.channels.errors import Misconfigured, Unavailable
from app.config import Config
from app.db import store_state
from app.domain.runs import RunState
from app.main import build
from app.sandbox.world import Sandbox
from app.sync import health
from app.sync.connect import Check
from tests.sync.steps import (
    account_of,
    buy,
    import_orders,
    live_by_the_worlds_clock,
    open_alerts,
    open_kinds,
    with_a_timeless_store,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def config(config: Config, world: Sandbox) -> Config:
    return with_a_timeless_store(config, world).model_copy(update={"store_webhook_secret": ()})


def with_wrong_secret(world: Sandbox, config: Config) -> Config:
    return config.model_copy(update={"store_secret": SecretStr("cs_wrong")})


def with_read_only_key(world: Sandbox, config: Config) -> Config:
    key, secret = world.store.add_key("read")
    return config.model_copy(update={"store_key": SecretStr(key), "store_secret": SecretStr(secret)})


def behind_a_firewall(world: Sandbox, config: Config) -> Config:
    world.store.faults.switch_on("firewall")
    return config


def redirected(world: Sandbox, config: Config) -> Config:
    world.store.faults.switch_on("redirect", to="www")
    return config


@contextmanager
def restarted(config: Config, world: Sandbox) -> Iterator[Services]:
    """The service as it comes up again with another configuration."""
    services = build(config, now=world.clock.now)
    try:
        yield services
    finally:
        services.close()


def checks_of(services: Services) -> dict[str, Check]:
    return {check.name: check for check in services.tester.test()}


def shown(services: Services) -> dict[str, str]:
    """What `status` says of the store."""
    with TestClient(create_api(services), headers={"Authorization": "Bearer an-api-key-for-tests"}) as api:
        store: dict[str, str] = api.get("/api/v1/status").json()["store"]
    return store


def tick(services: Services, account: int) -> RunState | None:
    run = services.runner.tick("orders", account)
    return run.state if run else None


@pytest.mark.parametrize(
    ("trouble", "check", "words"),
    [
        (redirected, "read", "Configure the address that it redirects to"),
        (with_wrong_secret, "read", "Compare key and secret"),
        (with_read_only_key, "write", 'Give the key the permission "Read/Write"'),
        (behind_a_firewall, "write", "A firewall or a security plugin may be blocking this service"),
    ],
)
def test_a_store_that_refuses_us_is_explained_raises_an_alert_and_heals_by_itself(
    services: Services,
    world: Sandbox,
    account: int,
    config: Config,
    trouble: Callable[[Sandbox, Config], Config],
    check: str,
    words: str,
) -> None:
    import_orders(services, account)
    order = buy(world)
    with restarted(trouble(world, config), world) as broken:
        assert tick(broken, account) is RunState.FAILED
        [alert] = open_alerts(broken)
        assert (alert.kind, alert.subject) == (health.STORE_REFUSES, "store")
        assert "test" in alert.remedy
        assert shown(broken)["status"] == "No connection"
        assert words in shown(broken)["detail"]
        found = checks_of(broken)
        assert not found[check].ok
        assert words in found[check].detail
        assert [name for name, each in found.items() if each.ok] == ([] if check == "read" else ["read"])
        assert len(open_alerts(broken)) == 1
    assert world.store.orders_for(order) == []

    world.store.faults.clear()
    world.clock.advance(600)
    with restarted(config, world) as sound:
        assert tick(sound, account) is RunState.DONE
        assert open_alerts(sound) == []
        assert shown(sound)["status"] == "OK"
    assert len(world.store.orders_for(order)) == 1


@pytest.mark.parametrize("trouble", [with_read_only_key, behind_a_firewall])
def test_a_store_that_can_be_read_but_not_written_to_stays_refused_until_it_takes_a_change(
    services: Services, world: Sandbox, account: int, config: Config, trouble: Callable[[Sandbox, Config], Config]
) -> None:
    import_orders(services, account)
    buy(world)
    with restarted(trouble(world, config), world) as broken:
        assert tick(broken, account) is RunState.FAILED
        [alert] = open_alerts(broken)
        for _ in range(3):
            world.clock.advance(601)
            broken.runner.tick("webhooks", None)
            assert [each.id for each in open_alerts(broken)] == [alert.id]
            assert shown(broken)["status"] == "No connection"
    world.store.faults.clear()
    world.clock.advance(601)
    with restarted(config, world) as sound:
        assert sound.runner.tick("webhooks", None)
        assert open_alerts(sound) == []
        assert shown(sound)["status"] == "OK"


def test_a_store_that_is_down_is_an_alert_after_ten_minutes_and_heals_by_itself(
    services: Services, world: Sandbox, account: int
) -> None:
    import_orders(services, account)
    order = buy(world)
    world.store.faults.switch_on("server_error")
    assert tick(services, account) is RunState.FAILED
    assert shown(services)["status"] == "No connection"
    assert open_kinds(services) == []
    for _ in range(4):
        world.clock.advance(300)
        tick(services, account)
    [alert] = open_alerts(services)
    assert alert.kind == health.STORE_SILENT
    assert "Orders wait and are imported when it is back" in alert.remedy
    assert account_of(services, account).connection.is_ok

    world.store.faults.clear()
    world.clock.advance(601)
    assert tick(services, account) is RunState.DONE
    assert (open_kinds(services), shown(services)["status"]) == ([], "OK")
    assert len(world.store.orders_for(order)) == 1


def test_the_test_of_a_store_that_is_down_says_so(services: Services, world: Sandbox) -> None:
    world.store.faults.switch_on("unavailable")
    [check] = services.tester.test()
    assert (check.name, check.ok) == ("read", False)
    assert "503" in check.detail


def test_the_test_of_a_healthy_store_names_what_is_switched_off(services: Services, world: Sandbox) -> None:
    found = checks_of(services)
    assert {name: check.ok for name, check in found.items()} == {"read": True, "write": True, "webhook": False}
    assert "BRIDGE_STORE_WEBHOOK_SECRET" in found["webhook"].detail
    assert world.store.orders == {}


def test_allegro_that_is_silent_is_an_alert_after_ten_minutes_and_heals_by_itself(
    services: Services, world: Sandbox, account: int
) -> None:
    import_orders(services, account)
    world.allegro.faults.switch_on("server_error")
    assert tick(services, account) is RunState.FAILED
    assert not account_of(services, account).connection.is_ok
    assert open_kinds(services) == []
    for _ in range(4):
        world.clock.advance(300)
        tick(services, account)
    assert open_kinds(services) == [health.ALLEGRO_SILENT]
    world.allegro.faults.clear()
    world.clock.advance(601)
    assert tick(services, account) is RunState.DONE
    assert open_kinds(services) == []
    assert account_of(services, account).connection.is_ok


def test_trouble_of_one_side_does_not_make_a_hiccup_of_the_other_an_alert(
    services: Services, world: Sandbox, account: int
) -> None:
    import_orders(services, account)
    buy(world)
    world.store.faults.switch_on("server_error")
    for _ in range(3):
        tick(services, account)
        world.clock.advance(1200)
    assert open_kinds(services) == [health.STORE_SILENT]
    world.allegro.faults.switch_on("server_error")
    tick(services, account)
    assert open_kinds(services) == [health.STORE_SILENT]


def test_calls_that_allegro_does_not_take_any_more_are_an_alert_at_once(
    services: Services, world: Sandbox, account: int
) -> None:
    import_orders(services, account)
    live_by_the_worlds_clock(services, world)
    world.allegro.faults.switch_on("not_acceptable")
    order = buy(world)
    tick(services, account)
    assert open_kinds(services) == [health.ALLEGRO_REFUSES]
    calls = len(world.allegro.requests)
    for _ in range(120):
        world.clock.advance(30)
        tick(services, account)
    assert len(world.allegro.requests) - calls <= 31  # once in two minutes
    world.allegro.faults.clear()
    world.clock.advance(601)
    assert tick(services, account) is RunState.DONE
    assert open_kinds(services) == []
    assert len(world.store.orders_for(order)) == 1


def test_an_account_without_authorisation_keeps_its_own_reason(services: Services, account: int) -> None:
    services.connector.disconnect(account)
    silent = Unavailable("Allegro is away.", channel="allegro")
    with services.database.transaction() as session:
        health.allegro_fails(session, account, silent, now=services.now())
        health.allegro_works(session, account, now=services.now())
    assert account_of(services, account).connection.problem == ""


def test_an_alert_that_is_open_is_brought_up_to_date_and_not_doubled(services: Services) -> None:
    for text in ("first", "second"):
        with services.database.transaction() as session:
            health.store_fails(session, Misconfigured(text, channel="store"), now=services.now())
    [alert] = open_alerts(services)
    assert alert.title.endswith("second")
    with services.database.reading() as session:
        assert store_state.get(session).problem == "second"
