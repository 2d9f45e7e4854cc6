"""An account's tokens, and authorisations under way."""

from datetime import datetime, timedelta

from app.db import accounts, tokens
from app.db.engine import Database
from app.db.tokens import Authorization
from app.domain.accounts import Connection, LinkState
from tests.db.conftest import NOW, add_account, race

_LATER = NOW + timedelta(minutes=1)
_EXPIRES = NOW + timedelta(hours=12)


def _connection(database: Database, account_id: int) -> Connection:
    with database.reading() as session:
        return accounts.get(session, account_id).connection


def _save(database: Database, account_id: int, number: int, *, now: datetime = NOW) -> None:
    with database.transaction() as session:
        tokens.save_pair(
            session,
            account_id,
            access_encrypted=f"access-{number}",
            refresh_encrypted=f"refresh-{number}",
            expires_at=_EXPIRES,
            scope="allegro:api:orders:read",
            now=now,
        )


def _begin(
    database: Database,
    account_id: int,
    state: str,
    *,
    kind: str = "code",
    now: datetime = NOW,
    interval: int = 0,
) -> None:
    with database.transaction() as session:
        tokens.begin_authorization(
            session,
            account_id,
            kind=kind,
            state_fingerprint=state,
            secret_encrypted=f"secret of {state}",
            expires_at=now + timedelta(minutes=10),
            now=now,
            interval_seconds=interval,
        )


def _claim(database: Database, state: str, *, now: datetime = NOW) -> Authorization | None:
    with database.transaction() as session:
        return tokens.claim_authorization(session, state, now=now)


def test_a_new_account_has_no_tokens(database: Database, account_id: int) -> None:
    with database.reading() as session:
        stored = tokens.read(session, account_id)
    assert stored == tokens.StoredTokens(LinkState.NEVER, "", "", "", None, None)


def test_a_new_pair_keeps_the_refresh_token_that_it_replaces(database: Database, account_id: int) -> None:
    _save(database, account_id, 1)
    _save(database, account_id, 2, now=_LATER)
    with database.transaction() as session:
        stored = tokens.read_locked(session, account_id)
    assert (stored.access_encrypted, stored.refresh_encrypted) == ("access-2", "refresh-2")
    assert (stored.previous_refresh_encrypted, stored.rotated_at) == ("refresh-1", _LATER)
    assert stored.expires_at == _EXPIRES


def test_an_account_that_connects_has_no_problem_left(database: Database, account_id: int) -> None:
    with database.transaction() as session:
        tokens.require_authorization(session, account_id, problem="Authorise again.", now=NOW)
    refused = _connection(database, account_id)
    assert (refused.state, refused.problem) == (LinkState.REAUTH_REQUIRED, "Authorise again.")
    with database.transaction() as session:
        tokens.connect(session, account_id, login="kubki", allegro_user_id="77", now=_LATER)
    connected = _connection(database, account_id)
    assert connected.is_ok
    assert (connected.login, connected.allegro_user_id, connected.checked_at) == ("kubki", "77", _LATER)


def test_a_disconnected_account_keeps_no_token(database: Database, account_id: int) -> None:
    _save(database, account_id, 1)
    _save(database, account_id, 2)
    with database.transaction() as session:
        tokens.disconnect(session, account_id)
        stored = tokens.read(session, account_id)
    assert stored == tokens.StoredTokens(LinkState.DISCONNECTED, "", "", "", None, None)
    assert _connection(database, account_id).scope == ""


def test_only_a_change_of_the_connection_is_news(database: Database, account_id: int) -> None:
    outcomes = []
    for problem in ("", "Allegro is silent.", "Allegro is silent.", ""):
        with database.transaction() as session:
            outcomes.append(
                tokens.note_check(
                    session, account_id, problem=problem, missing_permissions=["scope"] if problem else (), now=NOW
                )
            )
    assert outcomes == [False, True, False, True]
    assert _connection(database, account_id).missing_permissions == ()


def test_an_authorisation_is_claimed_by_its_state_and_used_once(database: Database, account_id: int) -> None:
    _begin(database, account_id, "state-1")
    assert _claim(database, "unheard-of") is None
    first = _claim(database, "state-1")
    assert first is not None
    assert (first.account_id, first.secret_encrypted, first.finished_at) == (account_id, "secret of state-1", None)
    second = _claim(database, "state-1", now=_LATER)
    assert second is not None
    assert (second.finished_at, second.outcome) == (NOW, "the browser returned")


def test_of_eight_that_race_for_an_authorisation_one_gets_it_unused(database: Database, account_id: int) -> None:
    _begin(database, account_id, "state-1")
    claims = race(database, lambda session: tokens.claim_authorization(session, "state-1", now=NOW))
    unused = [claim for claim in claims if isinstance(claim, Authorization) and claim.finished_at is None]
    assert len(unused) == 1
    assert all(isinstance(claim, Authorization) for claim in claims)


def test_a_newer_authorisation_makes_the_older_ones_of_the_account_void(database: Database, account_id: int) -> None:
    other = add_account(database, "Other")
    _begin(database, account_id, "old")
    _begin(database, other, "others")
    _begin(database, account_id, "new", now=_LATER)
    old, others, new = (_claim(database, state, now=_LATER) for state in ("old", "others", "new"))
    assert old is not None
    assert (old.finished_at, old.outcome) == (_LATER, "replaced by a newer authorisation")
    assert others is not None
    assert others.finished_at is None
    assert new is not None
    assert new.finished_at is None


def test_a_device_is_polled_when_its_interval_has_passed_until_it_is_finished(
    database: Database, account_id: int
) -> None:
    _begin(database, add_account(database, "Other"), "browser")
    _begin(database, account_id, "device", kind="device", interval=5)
    with database.transaction() as session:
        (due,) = tokens.due_devices(session, now=NOW)
        tokens.poll_later(session, due.id, poll_after=NOW + timedelta(seconds=5), interval_seconds=10)
    assert due.interval_seconds == 5
    with database.transaction() as session:
        assert tokens.due_devices(session, now=NOW + timedelta(seconds=4)) == []
        (due,) = tokens.due_devices(session, now=NOW + timedelta(seconds=5))
        assert due.interval_seconds == 10
        tokens.finish_authorization(session, due.id, outcome="connected", now=_LATER)
    with database.transaction() as session:
        assert tokens.due_devices(session, now=_LATER) == []


def test_old_authorisations_are_forgotten(database: Database, account_id: int) -> None:
    _begin(database, account_id, "state-1")
    expired_at = NOW + timedelta(minutes=10)
    with database.transaction() as session:
        assert tokens.forget_authorizations(session, before=expired_at) == 0
        assert tokens.forget_authorizations(session, before=expired_at + timedelta(seconds=1)) == 1
    assert _claim(database, "state-1") is None
