"""What a person, a buyer or the passing of time does in these tests, and what can be seen afterwards."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.api.deps import Services
from app.channels.http import Transport
from app.config import Config
from app.db import accounts, alerts, runs
from app.domain.accounts import Account
from app.domain.alerts import Alert
from app.domain.runs import JobState, Run
from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.oauth import ACCESS_SECONDS
from app.sandbox.world import Sandbox
from app.sync.context import JobContext
from app.sync.jobs import Job


def switch(services: Services, account_id: int, **values: Any) -> None:
    """Change settings of an account."""
    with services.database.transaction() as session:
        settings = accounts.get(session, account_id).settings
        accounts.save_settings(session, account_id, replace(settings, **values))


def change(services: Services, account_id: int, **values: Any) -> None:
    """Change columns of an account."""
    with services.database.transaction() as session:
        accounts.update(session, account_id, values)


def import_orders(services: Services, account_id: int) -> None:
    switch(services, account_id, import_orders=True, import_orders_from=services.now())


def account_of(services: Services, account_id: int) -> Account:
    with services.database.reading() as session:
        return accounts.get(session, account_id)


def open_alerts(services: Services) -> list[Alert]:
    with services.database.reading() as session:
        return list(alerts.page(session, before_id=None, limit=200, open_only=True))


def open_kinds(services: Services) -> list[str]:
    return sorted(alert.kind for alert in open_alerts(services))


def buy(world: Sandbox, sku: str = "KUB-001") -> str:
    """Somebody buys one piece and pays; the order's id."""
    return world.allegro.buy(Line(world.allegro.offer_id(sku)))


def let_the_token_expire(world: Sandbox) -> None:
    """Move the time to two minutes before the access token's end, when nobody starts a call with it any more."""
    world.clock.advance(ACCESS_SECONDS - 120)


def refreshes(world: Sandbox) -> list[str]:
    """The outcomes of all refreshes asked for."""
    return [outcome for kind, outcome in world.allegro.token_requests if kind == "refresh_token"]


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def give(services: Services, work: Callable[[JobContext], None], every_seconds: float = 30) -> None:
    """Let the service have one job, `probe`, that does this."""
    services.runner.jobs = {"probe": Job("probe", work, every_seconds, "probe", lambda _account: True)}


def state_of(services: Services, account: int, job: str = "probe") -> JobState | None:
    with services.database.reading() as session:
        return runs.job_state(session, job, account, lease=job)


def by_hand(services: Services, job: str, account: int | None, *, dry_run: bool = False) -> Run:
    return services.runner.run_queued(services.runner.queue(job, account, dry_run=dry_run), patience_seconds=0.2)


def nothing(context: JobContext) -> None:
    """A job that finds nothing to do."""


def live_by_the_worlds_clock(services: Services, world: Sandbox) -> None:
    """Count the pauses that Allegro asks for in the world's time, which a test can move."""
    services.lines.allegro_transport.close()
    services.lines.allegro_transport = Transport(now=lambda: world.clock.now().timestamp(), jitter=lambda: 0.0)


def with_a_timeless_store(config: Config, world: Sandbox) -> Config:
    """The store as one on https. On plain http calls are signed with the machine's time, which a test cannot move."""
    world.store.pretend_https = True
    return config.model_copy(update={"store_auth": "header"})


def environment(config: Config) -> dict[str, str]:
    """The configuration as environment variables, for a service in another process."""

    def secret(value: Any) -> str:
        return value.get_secret_value() if value else ""

    return {
        "BRIDGE_DATABASE_URL": config.database_url,
        "BRIDGE_SECRET_KEY": ",".join(secret(key) for key in config.secret_key),
        "BRIDGE_API_KEY": ",".join(secret(key) for key in config.api_key),
        "BRIDGE_PUBLIC_URL": config.public_url,
        "BRIDGE_STORE_URL": config.store_url or "",
        "BRIDGE_STORE_KEY": secret(config.store_key),
        "BRIDGE_STORE_SECRET": secret(config.store_secret),
        "BRIDGE_STORE_AUTH": config.store_auth,
        "BRIDGE_STORE_TIMEOUT": str(config.store_timeout),
        "BRIDGE_STORE_SETTLE": str(config.store_settle),
        "BRIDGE_ALLEGRO_API_URL": config.allegro_api_url or "",
        "BRIDGE_ALLEGRO_AUTH_URL": config.allegro_auth_url or "",
        "BRIDGE_ALLEGRO_UPLOAD_URL": config.allegro_upload_url or "",
        "BRIDGE_LEASE_SECONDS": str(config.lease_seconds),
        "BRIDGE_EVENT_LOG_DIR": str(config.event_log_dir),
    }
