from dataclasses import replace
from datetime import timedelta

import pytest

from app.api.deps import Services
from app.db import runs, store_state, tokens
from app.domain.runs import Run, RunState
from app.domain.webhooks import Hint
from app.sandbox.allegro.oauth import ACCESS_SECONDS
from app.sandbox.world import Sandbox
from app.sync.tokens import ALERT_KIND
from tests.conftest import connect
from tests.sync.steps import account_of, change, open_kinds, refreshes

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def keep_house(services: Services, *, dry_run: bool = False) -> Run:
    return services.runner.run_queued(services.runner.queue("housekeeping", None, dry_run=dry_run))


def test_tokens_are_refreshed_an_hour_before_they_expire(services: Services, world: Sandbox, account: int) -> None:
    world.clock.advance(ACCESS_SECONDS - 3700)
    keep_house(services)
    assert refreshes(world) == []
    world.clock.advance(200)
    keep_house(services)
    keep_house(services)
    assert refreshes(world) == ["issued"]
    expires_at = account_of(services, account).connection.token_expires_at
    assert expires_at is not None
    assert expires_at - world.clock.now() > timedelta(hours=11)


def test_a_token_answer_that_is_lost_again_and_again_is_asked_for_within_the_grace(
    services: Services, world: Sandbox, account: int
) -> None:
    world.clock.advance(ACCESS_SECONDS - 1800)
    world.allegro.faults.switch_on("token_answer_lost", times=3)
    run = keep_house(services)
    assert (run.state, run.failed) == (RunState.DONE, 0)
    assert refreshes(world) == ["lost", "lost", "lost", "issued"]
    world.clock.advance(3600)
    assert services.lines.allegro(account_of(services, account)).me().login == "kubki-shop"


@pytest.mark.parametrize("trouble", ["revoked", "unreadable"])
def test_one_account_whose_tokens_cannot_be_refreshed_does_not_stop_the_others(
    services: Services, world: Sandbox, account: int, trouble: str
) -> None:
    second = connect(services, world, name="Plakaty", login="inny-sprzedawca")
    world.clock.advance(ACCESS_SECONDS - 1800)
    if trouble == "revoked":
        world.allegro.revoke("kubki-shop")
    else:
        change(services, account, client_secret_encrypted="encrypted with a key that was lost")
    run = keep_house(services)
    [failed] = run.changes
    assert (failed.what, run.failed) == ("account Kubki", 1)
    assert account_of(services, second).connection.is_ok
    assert refreshes(world).count("issued") == 1
    assert open_kinds(services) == ([ALERT_KIND] if trouble == "revoked" else [])


def test_an_account_that_is_switched_off_is_left_alone(services: Services, world: Sandbox, account: int) -> None:
    change(services, account, enabled=False)
    world.clock.advance(ACCESS_SECONDS - 1800)
    keep_house(services)
    assert refreshes(world) == []


def test_old_records_are_forgotten_and_young_ones_kept(services: Services, world: Sandbox, account: int) -> None:
    now = services.now()
    services.connector.start_browser(account)
    with services.database.transaction() as session:
        old_run = runs.queue(session, "orders", account, dry_run=False, now=now - timedelta(days=15))
        young_run = runs.queue(session, "orders", account, dry_run=False, now=now - timedelta(days=13))
        runs.finish(session, young_run, RunState.DONE, seen=0, changes=[], error="", now=now)
        young_hint = Hint("order.updated", 2, now)
        store_state.note_hints(session, [replace(young_hint, received_at=now - timedelta(days=2)), young_hint])
    run = keep_house(services)
    assert {change.what for change in run.changes} == {"1 old runs", "1 old webhook hints"}
    with services.database.reading() as session:
        kept = {each.id for each in runs.page(session, before_id=None, limit=50)}
        assert store_state.waiting_hints(session) == 1
    assert (old_run in kept, young_run in kept) == (False, True)


def test_the_run_of_a_process_that_died_is_closed(services: Services, world: Sandbox, account: int) -> None:
    with services.database.transaction() as session:
        dead = runs.queue(session, "orders", account, dry_run=False, now=services.now() - timedelta(hours=7))
        alive = runs.queue(session, "orders", account, dry_run=False, now=services.now() - timedelta(hours=1))
    keep_house(services)
    with services.database.reading() as session:
        assert runs.get(session, dead).state is RunState.FAILED
        assert "stopped while this run" in runs.get(session, dead).error
        assert runs.get(session, alive).state is RunState.QUEUED


def test_a_dry_run_counts_the_accounts_and_changes_nothing(services: Services, world: Sandbox, account: int) -> None:
    world.clock.advance(ACCESS_SECONDS - 1800)
    with services.database.reading() as session:
        before = tokens.read(session, account)
    run = keep_house(services, dry_run=True)
    assert (run.seen, run.changes) == (1, ())
    with services.database.reading() as session:
        assert tokens.read(session, account) == before


def test_categories_that_somebody_looked_at_are_kept_fresh_and_walked_on(
    services: Services, world: Sandbox, account: int
) -> None:
    keep_house(services)
    assert world.allegro.calls["GET /sale/category-events"] == 0
    services.tree.leaf(account, "257933")
    services.tree.children(account, "")
    world.allegro.rename_category("257933", "Kufle")
    keep_house(services)
    [found] = services.tree.of(account_of(services, account), ["257933"]).values()
    assert found.category.name == "Kufle"
    assert world.allegro.calls["GET /sale/categories"] > 1
