"""The command `woo-allegro`, as it is typed."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from pathlib import Path

import pytest

from app.api.deps import Services
from app.config import Config, load_config
from app.db import accounts
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.forked import Forked, type_command


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Done]
# The command adds nothing to what the jobs do with a database, so one kind of it is enough.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KEYS = {"BRIDGE_SECRET_KEY": "a-secret-key-for-tests", "BRIDGE_API_KEY": "an-api-key-for-tests"}


@pytest.fixture
def bare(tmp_path: Path) -> Command:
    """The command in an empty directory, with no configuration but what is given."""

    numbers = count(1)

    def command(*arguments: str, **variables: str) -> Done:
        number = next(numbers)
        out, err = tmp_path / f"{number}.out", tmp_path / f"{number}.err"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
        started = Forked(type_command, arguments, cwd=tmp_path, environment=clean | variables, out=out, err=err)
        return Done(started.wait(60), out.read_text(), err.read_text())

    return command


@pytest.fixture
def woo_allegro(bare: Command, config: Config) -> Command:
    """The command, configured for the test's world."""
    told = {
        f"BRIDGE_{name.upper()}": value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for name, value in config
        if value is not None and not isinstance(value, tuple)
    }
    signing = {"BRIDGE_STORE_WEBHOOK_SECRET": "a-webhook-secret-for-tests"}
    return lambda *arguments: bare(*arguments, **KEYS, **signing, **told)


def test_keys_are_new_each_time_and_fit_into_the_environment(
    bare: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second = bare("keys"), bare("keys")
    assert first.returncode == 0
    lines = dict(line.split("=", 1) for line in first.stdout.splitlines())
    assert list(lines) == ["BRIDGE_SECRET_KEY", "BRIDGE_API_KEY", "BRIDGE_STORE_WEBHOOK_SECRET"]
    assert not set(first.stdout.splitlines()) & set(second.stdout.splitlines())
    monkeypatch.chdir(tmp_path)
    for name, value in lines.items():
        monkeypatch.setenv(name, value)
    assert load_config().api_key[0].get_secret_value() == lines["BRIDGE_API_KEY"]


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_without_configuration_each_missing_variable_has_a_line(bare: Command, command: str) -> None:
    done = bare(command)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[:2] == ["BRIDGE_SECRET_KEY is not set", "BRIDGE_API_KEY is not set"]
    assert len(lines) == 3, "and one that says where to set them"


def test_a_variable_that_cannot_be_used_is_named(bare: Command) -> None:
    wrong = {"BRIDGE_PORT": "http", "BRIDGE_STORE_URL": "ftp://shop", "BRIDGE_STORE_AUTH": "magic"}
    done = bare("serve", **(KEYS | {"BRIDGE_API_KEY": "short"} | wrong))
    assert done.returncode == 2
    assert {line.split()[0] for line in done.stderr.splitlines()[:-1]} == {"BRIDGE_API_KEY", *wrong}
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_a_sentence(bare: Command) -> None:
    for command in ("serve", "status"):
        done = bare(command, **KEYS, BRIDGE_DATABASE_URL="postgresql+psycopg://a:b@127.0.0.1:1/nothing")
        assert done.returncode == 2
        assert done.stderr.startswith("The database does not answer")
        assert "Traceback" not in done.stderr


def test_a_store_that_is_configured_by_half_is_a_failed_check(bare: Command) -> None:
    done = bare("doctor", **KEYS, BRIDGE_STORE_URL="http://127.0.0.1:1")
    assert done.returncode == 1
    assert "ok   database" in done.stdout
    assert "FAIL store" in done.stdout
    assert "BRIDGE_STORE_KEY" in done.stdout


@on_sqlite
def test_status_is_what_the_api_answers_and_nothing_else(woo_allegro: Command, account: int) -> None:
    done = woo_allegro("status")
    assert (done.returncode, done.stderr) == (0, "")
    status = json.loads(done.stdout)
    assert status["accounts"][0]["id"] == account
    assert status["accounts"][0]["connection"] == "OK"


@on_sqlite
def test_doctor_checks_both_sides_and_fails_when_one_does(woo_allegro: Command, account: int) -> None:
    done = woo_allegro("doctor")
    assert done.returncode == 1, "nothing listens where the store would deliver its webhooks"
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert [line.split(":")[0] for line in failed] == ["FAIL store"]
    assert "BRIDGE_PUBLIC_URL" in failed[0]
    assert "ok   account Kubki: authorisation" in done.stdout


@on_sqlite
def test_run_imports_an_order_and_shows_the_report(
    woo_allegro: Command, account: int, services: Services, world: Sandbox
) -> None:
    with services.database.transaction() as session:
        old = accounts.get(session, account).settings
        accounts.save_settings(session, account, replace(old, import_orders=True, import_orders_from=date(2020, 1, 1)))
    order_id = world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    planned = woo_allegro("run", "orders", "--dry-run")
    assert planned.returncode == 0
    assert order_id in planned.stdout
    assert world.store.orders_for(order_id) == []
    done = woo_allegro("run", "orders", "--account", str(account))
    assert done.returncode == 0
    assert "failed 0" in done.stdout
    assert len(world.store.orders_for(order_id)) == 1


@on_sqlite
def test_a_run_that_does_not_succeed_does_not_exit_with_zero(
    woo_allegro: Command, account: int, services: Services, world: Sandbox
) -> None:
    with services.database.transaction() as session:
        old = accounts.get(session, account).settings
        accounts.save_settings(session, account, replace(old, import_orders=True, import_orders_from=date(2020, 1, 1)))
    world.allegro.faults.switch_on("unavailable")
    done = woo_allegro("run", "orders")
    assert done.returncode == 1
    assert "Kubki" in done.stdout
    assert "Traceback" not in done.stderr


@on_sqlite
def test_what_does_not_exist_is_a_sentence(woo_allegro: Command, services: Services) -> None:
    for arguments, word in ((["run", "nonsense"], "orders_sweep"), (["run", "orders", "--account", "99"], "99")):
        done = woo_allegro(*arguments)
        assert done.returncode == 2
        assert word in done.stderr
        assert "Traceback" not in done.stderr
