"""A whole session with everything written down, and then: no secret in anything that was written down."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog
from fastapi.testclient import TestClient

from app.api.app import create_api
from app.api.deps import Services
from app.channels.errors import ChannelError
from app.config import Config
from app.logs import configure
from app.main import build
from app.sandbox.world import Sandbox
from app.sync.context import JobContext
from app.sync.jobs import Job
from tests.sync.steps import account_of, buy, environment, import_orders, let_the_token_expire, switch

_KEYS = {"Authorization": "Bearer an-api-key-for-tests"}
_SECRET_PARAMETERS = ("code", "code_verifier", "refresh_token", "device_code")


@contextmanager
def logging_everything() -> Iterator[io.StringIO]:
    """The service's log at its most talkative, as JSON."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with redirect_stderr(io.StringIO()) as log:
        configure("debug", "json")
        try:
            yield log
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            structlog.reset_defaults()


Visit = Callable[..., str]


def visitor(services: Services, world: Sandbox, account: int) -> Visit:
    """Authorises over the callback page, as a browser does; gives what the page says."""
    browser = TestClient(create_api(services))

    def visit(*, decision: str = "allow", late: float = 0) -> str:
        address = world.allegro.consent(services.connector.start_browser(account).authorize_url, decision)
        world.clock.advance(late)
        return browser.get("/oauth/allegro/callback", params=urlsplit(address).query).text

    return visit


def a_whole_session(services: Services, world: Sandbox, account: int) -> list[str]:
    """Connect, import, refresh and fail in every way that has to do with a secret. Returns pages that were shown."""
    switch(services, account, event_logging=True)
    import_orders(services, account)
    authorise = visitor(services, world, account)
    pages = [authorise(), authorise(decision="deny"), authorise(late=11)]
    for fault in ("token_answer_lost", "token_unavailable", "token_invalid_grant"):
        world.allegro.faults.switch_on(fault)
        pages.append(authorise())
        world.allegro.faults.clear()
    buy(world)
    services.connector.test(account)
    services.runner.tick("orders", account)
    services.runner.tick("webhooks", None)

    code = services.connector.start_device(account)
    services.connector.poll_devices()
    world.clock.advance(6)
    world.allegro.decide_device(code.user_code)
    services.connector.poll_devices()

    store = services.lines.store(account_of(services, account))
    for fault in ("drop", "firewall", "unauthorized", "php_notice", "server_error", "redirect"):
        world.store.faults.clear()
        world.store.faults.switch_on(fault)
        with suppress(ChannelError):
            store.check_write()
    services.tester.test()
    world.store.faults.clear()
    for fault in ("fresh_token_rejected", "not_acceptable", "server_error"):
        world.allegro.faults.switch_on(fault, times=2)
        services.connector.test(account)
        world.allegro.faults.clear()
    return pages


def a_bug_that_holds_a_secret(services: Services, account: int) -> None:
    def work(context: JobContext) -> None:
        token = context.lines.tokens.access_token(context.one_account.id)
        secret = context.config.store_secret
        raise RuntimeError({"authorization": f"Bearer {token}", "url": f"/x?consumer_secret={secret and secret!r}"})

    jobs = services.runner.jobs
    services.runner.jobs = {"probe": Job("probe", work, 30, "probe", lambda _account: True)}
    services.runner.tick("probe", account)
    services.runner.jobs = jobs


def end_the_authorisation(services: Services, world: Sandbox, account: int) -> None:
    let_the_token_expire(world)
    services.runner.tick("orders", account)
    world.allegro.revoke()
    let_the_token_expire(world)
    services.runner.tick("housekeeping", None)


def every_answer(services: Services, account: int) -> str:
    """All that the API has to say."""
    with TestClient(create_api(services), headers=_KEYS) as api:
        paths = [path for path, item in api.get("/openapi.json").json()["paths"].items() if "get" in item]
        orders = api.get(f"/api/v1/accounts/{account}/orders").json()["items"]
        known = {"account_id": account, "order_id": orders[0]["order_id"]}
        ids = ("run_id", "alert_id", "link_id", "listing_id", "parcel_id", "invoice_id", "pickup_id")
        known |= dict.fromkeys(ids, 1)
        return "\n".join(api.get(path.format(**known)).text for path in paths)


def secrets_of(world: Sandbox, config: Config) -> dict[str, str]:
    """Every secret that was in play, by what it is."""
    variables = environment(config)
    found = {
        variables[name]: name
        for name in ("BRIDGE_SECRET_KEY", "BRIDGE_API_KEY", "BRIDGE_STORE_KEY", "BRIDGE_STORE_SECRET")
    }
    found["a-webhook-secret-for-tests"] = "the webhook secret"
    found[world.allegro.client_secret] = "the client secret"
    for call in world.allegro.requests:
        scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
        if credentials:
            found[credentials] = f"{scheme} of {call.path}"
        if isinstance(call.body, dict):
            found.update({call.body[name]: name for name in _SECRET_PARAMETERS if name in call.body})
    for call in world.store.requests:
        signature = call.query.get("oauth_signature", "")
        if signature:
            found[signature] = "a signature"
    found.update(dict.fromkeys(world.allegro.accounts._refresh, "a refresh token"))
    return found


@pytest.mark.parametrize(
    ("way", "database_url"),
    [("oauth1", "sqlite"), ("header", "postgresql"), ("query", "sqlite")],
    indirect=["database_url"],
)
def test_no_secret_is_ever_written_down(
    services: Services, world: Sandbox, account: int, config: Config, way: str, tmp_path: Path
) -> None:
    world.store.pretend_https = way != "oauth1"
    spoken = build(config.model_copy(update={"store_auth": way}), now=world.clock.now)
    with logging_everything() as log:
        pages = a_whole_session(spoken, world, account)
        a_bug_that_holds_a_secret(spoken, account)
        secrets = secrets_of(world, config)
        end_the_authorisation(spoken, world, account)
        secrets |= secrets_of(world, config)
        answers = every_answer(spoken, account)
    spoken.close()
    places = {
        "the event log": "".join(path.read_text() for path in (tmp_path / "event-log").iterdir()),
        "the log": log.getvalue(),
        "the API": answers,
        "the pages": "".join(pages),
    }
    kinds = set(secrets.values())
    assert {"code", "code_verifier", "refresh_token", "device_code", "the client secret"} <= kinds
    assert "/auth/oauth/token" in places["the event log"]
    assert "/wp-json/wc/v3/orders" in places["the event log"]
    assert "Traceback" in places["the log"]
    assert "store_refuses" in places["the API"]
    leaks = {
        f"{what} in {place}" for secret, what in secrets.items() for place, text in places.items() if secret in text
    }
    assert leaks == set()
