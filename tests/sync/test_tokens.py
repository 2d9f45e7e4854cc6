from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from app.api.app import create_api
from app.api.deps import Services
from app.channels.allegro.auth import TokenPair
from app.channels.errors import Uncertain
from app.config import Config
from app.db import tokens
from app.db.accounts import AccountNotFound
from app.domain.accounts import LinkState
from app.domain.runs import RunState
from app.sandbox.world import Sandbox
from app.sync.context import JobContext
from app.sync.tokens import ALERT_KIND, NotAuthorized
from tests.sync.replica import replica
from tests.sync.steps import (
    account_of,
    buy,
    import_orders,
    let_the_token_expire,
    live_by_the_worlds_clock,
    open_alerts,
    open_kinds,
    refreshes,
    wait_until,
    with_a_timeless_store,
)


@pytest.fixture
def config(config: Config, world: Sandbox) -> Config:
    return with_a_timeless_store(config, world)


def token(services: Services, account: int) -> str:
    return services.lines.tokens.access_token(account)


def tick(services: Services, account: int) -> RunState | None:
    run = services.runner.tick("orders", account)
    return run.state if run else None


def test_five_threads_and_two_processes_refresh_an_expiring_token_once(
    services: Services, world: Sandbox, account: int, config: Config
) -> None:
    before = token(services, account)
    let_the_token_expire(world)
    with replica(config, world) as one, replica(config, world) as two, ThreadPoolExecutor(5) as threads:
        world.allegro.faults.switch_on("token_slow", seconds=0.5)
        one.ask("token", account)
        two.ask("token", account)
        mine = {future.result() for future in [threads.submit(token, services, account) for _ in range(5)]}
        assert {*mine, one.answer(), two.answer()} == {token(services, account)}
    assert before not in mine
    assert refreshes(world) == ["issued"]


def test_a_token_that_is_still_good_costs_no_call(services: Services, world: Sandbox, account: int) -> None:
    assert token(services, account) == token(services, account)
    assert refreshes(world) == []


def killed_after_the_token_was_issued(services: Services, world: Sandbox, account: int, config: Config) -> None:
    let_the_token_expire(world)
    with replica(config, world) as victim:
        world.allegro.faults.switch_on("token_slow", seconds=0.5, times=1)
        victim.ask("token", account)
        wait_until(lambda: world.allegro.faults.struck("token_slow"))
        victim.process.kill()
    wait_until(lambda: refreshes(world) == ["issued"])


def test_a_process_killed_between_the_token_answer_and_its_commit_loses_nothing_within_the_grace(
    services: Services, world: Sandbox, account: int, config: Config
) -> None:
    import_orders(services, account)
    killed_after_the_token_was_issued(services, world, account, config)
    world.clock.advance(50)
    order = buy(world)
    assert tick(services, account) is RunState.DONE
    assert refreshes(world) == ["issued", "issued"]
    assert len(world.store.orders_for(order)) == 1
    assert open_alerts(services) == []


def test_after_the_grace_the_account_rests_with_an_alert_until_it_is_authorised_again(
    services: Services, world: Sandbox, account: int, config: Config
) -> None:
    import_orders(services, account)
    killed_after_the_token_was_issued(services, world, account, config)
    world.clock.advance(61)

    assert tick(services, account) is RunState.FAILED
    connection = account_of(services, account).connection
    assert connection.state is LinkState.REAUTH_REQUIRED
    [alert] = open_alerts(services)
    assert (alert.kind, alert.account_id) == (ALERT_KIND, account)
    assert "Authorise the account again" in alert.remedy

    with TestClient(create_api(services), headers={"Authorization": "Bearer an-api-key-for-tests"}) as api:
        status = api.get("/api/v1/status").json()
        [shown] = status["accounts"]
        assert (status["status"], shown["connection"]) == ("No connection", "No connection")
        assert "Authorise the account again" in shown["detail"]
        reasons = {job["job"]: job["reason"] for job in shown["jobs"]}
        assert reasons["orders"] == reasons["orders_sweep"] == "The account is not authorised at Allegro."

    world.clock.advance(3600)
    order, calls = buy(world), len(world.allegro.requests)
    assert tick(services, account) is None
    assert len(world.allegro.requests) == calls

    authorise_again(services, world, account)
    assert open_alerts(services) == []
    world.clock.advance(60)
    assert tick(services, account) is RunState.DONE
    assert len(world.store.orders_for(order)) == 1


def authorise_again(services: Services, world: Sandbox, account: int) -> None:
    address = world.allegro.consent(services.connector.start_browser(account).authorize_url)
    query = dict(pair.split("=", 1) for pair in address.partition("?")[2].split("&"))
    outcome = services.connector.finish_browser(state=query["state"], code=query["code"], error="")
    assert outcome.connected, outcome.text


def test_an_answer_lost_on_the_way_is_asked_for_again_at_once(services: Services, world: Sandbox, account: int) -> None:
    let_the_token_expire(world)
    world.allegro.faults.switch_on("token_answer_lost", times=1)
    assert services.lines.allegro(account_of(services, account)).me().login == "kubki-shop"
    assert refreshes(world) == ["lost", "issued"]


def test_an_answer_lost_several_times_is_recovered_by_the_next_run_within_the_grace(
    services: Services, world: Sandbox, account: int
) -> None:
    import_orders(services, account)
    let_the_token_expire(world)
    world.allegro.faults.switch_on("token_answer_lost", times=2)
    assert tick(services, account) is RunState.FAILED
    world.clock.advance(31)
    assert tick(services, account) is RunState.DONE
    assert account_of(services, account).connection.state is LinkState.CONNECTED


def test_an_answer_lost_and_then_a_refusal_to_be_asked_is_uncertain(
    services: Services, world: Sandbox, account: int
) -> None:
    let_the_token_expire(world)
    world.allegro.faults.switch_on("token_answer_lost", times=1)
    world.allegro.faults.switch_on("token_too_many_requests", skip=1)
    with pytest.raises(Uncertain):
        token(services, account)


@pytest.mark.parametrize("trouble", ["refused", "token_endpoint_down", "token_unavailable", "token_too_many_requests"])
def test_a_token_endpoint_that_is_away_for_five_minutes_changes_nothing(
    services: Services, world: Sandbox, account: int, config: Config, trouble: str, unused_tcp_address: str
) -> None:
    import_orders(services, account)
    let_the_token_expire(world)
    live_by_the_worlds_clock(services, world)
    if trouble == "refused":
        services.lines.config = config.model_copy(update={"allegro_auth_url": unused_tcp_address})
    else:
        world.allegro.faults.switch_on(trouble)
    results = []
    for _ in range(10):
        world.clock.advance(30)
        results.append(tick(services, account))
        assert account_of(services, account).connection.state is LinkState.CONNECTED
    assert RunState.FAILED in results
    assert RunState.DONE not in results
    assert open_alerts(services) == []
    assert len(refreshes(world)) <= 2 * 5  # it backs off

    world.allegro.faults.clear()
    services.lines.config = config
    order = buy(world)
    world.clock.advance(600)
    assert tick(services, account) is RunState.DONE
    assert len(world.store.orders_for(order)) == 1
    assert account_of(services, account).connection.is_ok


def test_a_fresh_token_that_is_rejected_once_is_replaced_once(services: Services, world: Sandbox, account: int) -> None:
    let_the_token_expire(world)
    world.allegro.faults.switch_on("fresh_token_rejected", times=1)
    client = services.lines.allegro(account_of(services, account))
    assert [client.me().login for _ in range(3)] == ["kubki-shop"] * 3
    assert refreshes(world) == ["issued", "issued"]


def test_tokens_that_are_all_rejected_at_first_cause_no_storm(services: Services, world: Sandbox, account: int) -> None:
    import_orders(services, account)
    world.allegro.faults.switch_on("fresh_token_rejected")
    let_the_token_expire(world)
    results = []
    for _ in range(10):
        world.clock.advance(30)
        results.append(tick(services, account))
    assert results[0] is RunState.FAILED
    assert results[-1] is RunState.DONE
    assert refreshes(world) == ["issued", "issued"]
    assert open_kinds(services) == []


def test_an_access_token_that_dies_early_is_refreshed_once_for_everybody(
    services: Services, world: Sandbox, account: int
) -> None:
    stale = token(services, account)
    with services.database.reading() as session:
        stored = tokens.read(session, account)
    world.allegro.accounts.refresh(services.box.decrypt(stored.refresh_encrypted))
    world.allegro.token_requests.clear()
    client = services.lines.allegro(account_of(services, account))
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(client.me) for _ in range(4)]
        assert {future.result().login for future in found} == {"kubki-shop"}
    assert refreshes(world) == ["issued"]
    assert token(services, account) != stale


def test_a_revoked_authorisation_is_tried_once_and_then_never_again(
    services: Services, world: Sandbox, account: int
) -> None:
    import_orders(services, account)
    world.allegro.revoke()
    assert tick(services, account) is RunState.FAILED
    assert refreshes(world) == ["invalid_grant"]
    for _ in range(5):
        world.clock.advance(700)
        assert tick(services, account) is None
        with pytest.raises(NotAuthorized):
            token(services, account)
    assert refreshes(world) == ["invalid_grant"]
    assert open_kinds(services) == [ALERT_KIND]


def test_a_run_that_ends_after_the_authorisation_was_revoked_does_not_resolve_its_alert(
    services: Services, world: Sandbox, account: int
) -> None:
    import_orders(services, account)
    job = services.runner.jobs["orders"]

    def work_and_be_revoked(context: JobContext) -> None:
        job.work(context)
        world.allegro.revoke()
        let_the_token_expire(world)
        with pytest.raises(NotAuthorized):
            token(services, account)

    services.runner.jobs = {"orders": replace(job, work=work_and_be_revoked)}
    assert tick(services, account) is RunState.DONE
    assert open_kinds(services) == [ALERT_KIND]
    assert not account_of(services, account).connection.is_ok


def test_a_token_longer_than_four_thousand_characters_is_stored(services: Services, account: int) -> None:
    long = TokenPair("a" * 9000, "r" * 9000, 43199, "")
    with services.database.transaction() as session:
        services.lines.tokens.save(session, account, long)
    assert token(services, account) == "a" * 9000


def everything_stored(services: Services) -> bytes:
    """The database's files on SQLite; on PostgreSQL every row of every table, which is where its files come from."""
    if services.database.is_sqlite:
        file = Path(services.database.url.removeprefix("sqlite:///"))
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    with psycopg.connect(services.database.url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [row for (table,) in tables for row in connection.execute(f'SELECT t::text FROM "{table}" t').fetchall()]
    return "".join(text for (text,) in rows).encode()


def test_secrets_cannot_be_read_in_the_database(services: Services, world: Sandbox, account: int) -> None:
    with services.database.reading() as session:
        stored = tokens.read(session, account)
    secrets = [
        token(services, account),
        services.box.decrypt(stored.refresh_encrypted),
        world.allegro.client_secret,
        "a-secret-key-for-tests",
    ]
    content = everything_stored(services)
    assert b"kubki-shop" in content
    assert [secret for secret in secrets if secret.encode() in content] == []


def test_the_tokens_of_a_deleted_account_are_not_asked_for(services: Services, account: int) -> None:
    with pytest.raises(AccountNotFound):
        token(services, account + 1)
