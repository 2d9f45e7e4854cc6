"""What is logged, and above all what is not."""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from app.logs import HIDDEN, EventLog, Exchange, configure, redact

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI3NyJ9.c2lnbmF0dXJl-_x"
SECRETS = ("hush", TOKEN, "ck_" + "a1" * 20, "cs_" + "b2" * 20)

EXCHANGE = Exchange(
    at=datetime(2026, 10, 12, 12, tzinfo=UTC),
    channel="allegro",
    method="POST",
    url="https://allegro.example/auth/oauth/token",
    request_headers={"Authorization": "Basic aHVzaGh1c2g=", "Accept": "application/json"},
    request_body="grant_type=refresh_token&refresh_token=hush",
    status=200,
    response_headers={"trace-id": "t-1"},
    response_body=json.dumps({"access_token": TOKEN, "refresh_token": "hush", "scope": "allegro:api:orders:read"}),
    elapsed_ms=12.5,
    trace_id="t-1",
    error="",
)


@pytest.mark.parametrize(
    "value",
    [
        {"Authorization": "hush"},
        {"authorization": ["hush"]},
        {"headers": {"X-WC-Webhook-Signature": "hush", "Set-Cookie": "hush"}},
        {"nested": [{"client_secret": "hush"}, {"clientSecret": {"CLIENT_SECRET": "hush"}}]},
        {"code": "hush", "state": "hush"},
        {"store_webhook_secret": "hush", "oauth_nonce": "hush", "session_token": "hush"},
        "https://shop.example/wp-json?consumer_key=hush&consumer_secret=hush&page=1",
        "https://shop.example/wp-json?oauth_signature=hush%3D&oauth_consumer_key=hush",
        "/oauth/allegro/callback?code=hush&state=hush",
        "code=hush&code_verifier=hush&redirect_uri=x",
        "https://x.example/?next=" + quote("https://y.example/?code=hush&refresh_token=hush", safe=""),
        "grant_type=x&device_code=hush",
        "Bearer hushhush",
        "Authorization: basic aHVzaA==hush",
        f"the token {TOKEN} was refused",
        f"keys {SECRETS[2]} and {SECRETS[3]} are wrong",
        '{"access_token": "hush", "cut off',
        '{\\"client_secret\\":\\"hush\\"}',
        b"password=hush",
        ("secret=hush", {"api_key": "hush"}),
    ],
    ids=str,
)
def test_secrets_are_hidden(value: Any) -> None:
    shown = json.dumps(redact(value))
    assert HIDDEN in shown
    for secret in SECRETS:
        assert secret not in shown


@pytest.mark.parametrize(
    "value",
    [
        {"errors": [{"code": "AccessDenied", "message": "no", "path": None}]},
        {"code": "rest_invalid_param", "message": "no", "data": {"status": 400}},
        {"billing": {"state": "", "country": "PL", "postcode": "60-166"}},
        {"id": "29738e61-7f6a-11e8-ac45-09db60ede9d6", "total": "12.30", "quantity": 2, "paid": True, "none": None},
        "https://api.example/order/events?from=15&limit=1000",
        "order 5 went from state seen to imported; zipcode=60-166",
        "the basic idea of a bearer",
    ],
    ids=str,
)
def test_everything_else_stays_readable(value: Any) -> None:
    assert redact(value) == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_hiding_twice_changes_nothing(value: Any) -> None:
    assert redact(redact(value)) == redact(value)


@pytest.fixture
def event_log(tmp_path: Path) -> Iterator[EventLog]:
    event_log = EventLog(tmp_path / "event-log")
    yield event_log
    event_log.close()


def test_nothing_is_on_disk_before_something_is_recorded(event_log: EventLog, tmp_path: Path) -> None:
    assert event_log.entries(7, 10) == []
    assert list(event_log.text(7)) == []
    assert list(tmp_path.iterdir()) == []


def test_an_exchange_is_written_without_its_secrets(event_log: EventLog, tmp_path: Path) -> None:
    event_log.record(7, EXCHANGE)
    written = (tmp_path / "event-log" / "account-7.jsonl").read_text()
    for secret in (*SECRETS, "aHVzaGh1c2g"):
        assert secret not in written
    (entry,) = event_log.entries(7, 10)
    assert entry["at"] == "2026-10-12T12:00:00+00:00"
    assert (entry["channel"], entry["status"], entry["trace_id"]) == ("allegro", 200, "t-1")
    assert entry["request_headers"]["Accept"] == "application/json"
    assert json.loads(entry["response_body"])["scope"] == "allegro:api:orders:read"


def test_a_refusal_that_quotes_the_code_it_refuses_is_written_without_it(event_log: EventLog, tmp_path: Path) -> None:
    event_log.record(
        7,
        replace(
            EXCHANGE,
            request_body="grant_type=authorization_code&code=a46afc%2F563fe3",
            response_body='{"error": "invalid_grant", "error_description": "Invalid code: a46afc/563fe3"}',
        ),
    )
    assert "563fe3" not in (tmp_path / "event-log" / "account-7.jsonl").read_text()
    assert "Invalid code" in event_log.entries(7, 1)[0]["response_body"]


def test_every_account_and_the_store_have_a_file_of_their_own(event_log: EventLog, tmp_path: Path) -> None:
    for account_id in (1, 2, None):
        event_log.record(account_id, EXCHANGE)
    assert sorted(path.name for path in (tmp_path / "event-log").iterdir()) == [
        "account-1.jsonl",
        "account-2.jsonl",
        "store.jsonl",
    ]


def test_bodies_are_cut_after_their_secrets_are_hidden(event_log: EventLog) -> None:
    body = "x" * 19_980 + "&refresh_token=hush" + "y" * 50_000
    event_log.record(1, replace(EXCHANGE, response_body=body))
    (entry,) = event_log.entries(1, 1)
    assert len(entry["response_body"]) == 20_000
    assert "hush" not in entry["response_body"]


def test_old_files_are_kept_up_to_a_number_and_read_oldest_first(tmp_path: Path) -> None:
    event_log = EventLog(tmp_path, max_bytes=2000, files=3)
    for number in range(40):
        event_log.record(1, replace(EXCHANGE, elapsed_ms=float(number)))
    assert len(list(tmp_path.iterdir())) == 4
    numbers = [entry["elapsed_ms"] for entry in event_log.entries(1, 1000)]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 39
    assert 4 <= len(numbers) < 40
    assert [entry["elapsed_ms"] for entry in event_log.entries(1, 2)] == [38, 39]
    assert len("".join(event_log.text(1)).splitlines()) == len(numbers)
    event_log.close()


def test_threads_do_not_mix_their_lines(event_log: EventLog) -> None:
    def write(account_id: int) -> None:
        for _ in range(50):
            event_log.record(account_id % 2, EXCHANGE)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(event_log.entries(0, 1000)) + len(event_log.entries(1, 1000)) == 300


def test_a_disk_that_cannot_be_written_does_not_undo_the_call(tmp_path: Path) -> None:
    (tmp_path / "event-log").write_text("a file, where the folder should be")
    event_log = EventLog(tmp_path / "event-log")
    event_log.record(1, EXCHANGE)
    event_log.close()


@pytest.fixture
def clean_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.usefixtures("clean_logging")
def test_secrets_do_not_reach_the_log(capsys: pytest.CaptureFixture[str], form: Any) -> None:
    configure("info", form)
    structlog.get_logger("app.x").warning("refused", url="/cb?code=hush", client_secret="hush", order_id="42")
    logging.getLogger("server.access").info('%s - "GET %s"', "127.0.0.1", "/oauth/allegro/callback?code=hush")
    try:
        raise ValueError(f"token {TOKEN} refused")
    except ValueError:
        structlog.get_logger("app.x").exception("failed")
        logging.getLogger("library").exception("failed")
    written = capsys.readouterr().err
    for secret in SECRETS:
        assert secret not in written
    assert written.count("ValueError: token") == 2
    assert "42" in written
    assert "callback" in written


@pytest.mark.usefixtures("clean_logging")
def test_json_lines_have_level_logger_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    structlog.get_logger("app.x").info("done", count=3)
    logging.getLogger("library").warning("careful %d", 5)
    structlog.get_logger("app.x").debug("not shown")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["level"], ours["logger"], ours["count"]) == ("done", "info", "app.x", 3)
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("careful 5", "warning", "library")
    assert ours["timestamp"].endswith("Z")


@pytest.mark.usefixtures("clean_logging")
def test_configuring_twice_does_not_log_twice(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    configure("info", "json")
    structlog.get_logger("app.x").info("once")
    logging.getLogger("httpx").info("HTTP Request: GET https://shop.example/?consumer_secret=hush")
    assert len(capsys.readouterr().err.splitlines()) == 1
