"""Rows to start from."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from app.db import accounts
from app.db.accounts import NewAccount
from app.db.engine import Database, Session
from app.domain.accounts import Environment, Location

T = TypeVar("T")

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
NEW_ACCOUNT = NewAccount(
    name="Main",
    environment=Environment.SANDBOX,
    app_name="bridge-of-a-seller",
    client_id="client",
    client_secret_encrypted="sealed",
    allegro_login="kubki",
    location=Location("PL", "MAZOWIECKIE", "Warszawa", "00-950"),
    default_currency="PLN",
    enabled=True,
    shadow=False,
)


def add_account(database: Database, name: str) -> int:
    """A new account's id."""
    with database.transaction() as session:
        return accounts.add(session, replace(NEW_ACCOUNT, name=name), now=NOW)


def race(database: Database, step: Callable[[Session], T], *, runners: int = 8) -> list[T | Exception]:
    """What the same step gives when that many threads take it at once, each in its own transaction."""
    start = threading.Barrier(runners)

    def run() -> T | Exception:
        start.wait()
        try:
            with database.transaction() as session:
                return step(session)
        except Exception as error:  # noqa: BLE001 - the outcome of a race is what is tested
            return error

    with ThreadPoolExecutor(runners) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(runners)]]


@pytest.fixture
def account_id(database: Database) -> int:
    return add_account(database, "Main")
