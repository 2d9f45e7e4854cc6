"""Connecting an account to Allegro, by browser or by device code, and testing the connection."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.channels.allegro.auth import (
    AuthorizationDenied,
    AuthorizationExpired,
    AuthorizationPending,
    TokenPair,
    TokenRevoked,
    code_challenge,
    new_code_verifier,
    new_state,
)
from app.channels.allegro.client import Me
from app.channels.errors import AuthRequired, ChannelError, Unavailable
from app.db import accounts, alerts, tokens
from app.db.engine import Database, Session
from app.domain.accounts import PERMISSIONS, Account, LinkState, permissions_detail
from app.errors import BridgeError
from app.security import SecretBox, fingerprint
from app.sync import health
from app.sync.lines import Lines
from app.sync.tokens import ALERT_KIND, NotAuthorized

log = structlog.get_logger(__name__)

_CODE_LIFETIME = timedelta(minutes=10)
_SLOWER_SECONDS = 5  # RFC 8628, section 3.5: slow_down adds five seconds to the interval


class WrongLogin(BridgeError):
    """Somebody else than the configured seller authorised."""


class SellerConnectedAlready(BridgeError):
    """Another account of this service is connected as the same seller; every order would be imported twice."""


@dataclass(frozen=True)
class BrowserStart:
    authorize_url: str
    expires_at: datetime


@dataclass(frozen=True)
class DeviceCode:
    """What the seller types in at Allegro."""

    user_code: str
    verification_url: str
    expires_at: datetime
    interval_seconds: int


@dataclass(frozen=True)
class Outcome:
    """How an authorisation ended, in words for the person who did it."""

    connected: bool
    title: str
    text: str


@dataclass(frozen=True)
class Check:
    """One thing that was tried, whether it worked, and what that means."""

    name: str
    ok: bool
    detail: str


@dataclass
class Connector:
    """Every way to connect, test and disconnect an account."""

    database: Database
    box: SecretBox
    lines: Lines
    application_url: str
    now: Callable[[], datetime]

    def start_browser(self, account_id: int) -> BrowserStart:
        """Begin the authorisation by code; the seller opens the address that is returned."""
        oauth = self.lines.oauth_of(account_id)
        state, verifier = new_state(), new_code_verifier()
        now = self.now()
        with self.database.transaction() as session:
            tokens.begin_authorization(
                session,
                account_id,
                kind="code",
                state_fingerprint=fingerprint(state),
                secret_encrypted=self.box.encrypt(verifier),
                expires_at=now + _CODE_LIFETIME,
                now=now,
            )
        url = oauth.authorize_url(self.application_url, state, code_challenge(verifier))
        return BrowserStart(url, now + _CODE_LIFETIME)

    def finish_browser(self, *, state: str, code: str, error: str) -> Outcome:
        """The browser has come back from Allegro. The code lives ten seconds, so it is exchanged here and now."""
        now = self.now()
        with self.database.transaction() as session:
            found = tokens.claim_authorization(session, fingerprint(state), now=now) if state else None
        if found is None:
            return _failed("This link does not belong to an authorisation that was started here.")
        if found.finished_at is not None:
            return _failed("This link has been used already, or a newer authorisation was started since.")
        if found.expires_at <= now:
            return _failed("The authorisation took longer than ten minutes and has expired.")
        if error == "access_denied":
            return _failed("Access was declined at Allegro, so nothing was connected.")
        if error or not code:
            return _failed(f"Allegro reported an error ({error or 'no code was given'}), so nothing was connected.")

        def exchanged() -> TokenPair:
            verifier = self.box.decrypt(found.secret_encrypted)
            return self.lines.oauth_of(found.account_id).exchange(code, self.application_url, verifier)

        return self._finish(found.account_id, found.id, exchanged)

    def start_device(self, account_id: int) -> DeviceCode:
        """Begin the authorisation by device code. Raises what the call to Allegro raises."""
        started = self.lines.oauth_of(account_id).start_device()
        now = self.now()
        expires_at = now + timedelta(seconds=started.expires_in_seconds)
        with self.database.transaction() as session:
            tokens.begin_authorization(
                session,
                account_id,
                kind="device",
                state_fingerprint=fingerprint(started.device_code),
                secret_encrypted=self.box.encrypt(started.device_code),
                expires_at=expires_at,
                now=now,
                interval_seconds=started.interval_seconds,
            )
        url = started.verification_url_complete or started.verification_url
        return DeviceCode(started.user_code, url, expires_at, started.interval_seconds)

    def poll_devices(self) -> None:
        """Ask Allegro about every device authorisation whose interval has passed."""
        now = self.now()
        with self.database.transaction() as session:
            due = tokens.due_devices(session, now=now)
            for each in due:
                pause = timedelta(seconds=each.interval_seconds)
                tokens.poll_later(session, each.id, poll_after=now + pause, interval_seconds=each.interval_seconds)
        for each in due:
            self._poll(each)

    def disconnect(self, account_id: int) -> None:
        """Forget the account's tokens. Its jobs rest until it is authorised again; its data stays."""
        with self.database.transaction() as session:
            accounts.get(session, account_id)
            tokens.disconnect(session, account_id)
            for kind in (ALERT_KIND, health.ALLEGRO_REFUSES, health.ALLEGRO_SILENT):
                alerts.resolve(session, kind, account_id=account_id, subject=f"account {account_id}", now=self.now())

    def test(self, account_id: int) -> list[Check]:
        """Try the connection for real, one step after the other, and remember the result."""
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
        allegro = self.lines.allegro(account)
        steps: list[tuple[str, Callable[[], object], str]] = [
            ("authorisation", allegro.me, "Allegro accepts the account's authorisation."),
            ("read orders", allegro.latest_order_event, "The order journal can be read."),
        ]
        checks: list[Check] = []
        for name, step, worked in steps:
            try:
                step()
                checks.append(Check(name, ok=True, detail=worked))
            except NotAuthorized as error:
                checks.append(Check(name, ok=False, detail=str(error)))
                return checks
            except ChannelError as error:
                missing = (error.permission,) if isinstance(error, AuthRequired) and error.permission else ()
                checks.append(Check(name, ok=False, detail=permissions_detail(missing) or str(error)))
                self._note(account, error)
        if all(check.ok for check in checks):
            self._note(account, None)
        with self.database.reading() as session:
            granted = accounts.get(session, account_id).connection.scope.split()
        checks.extend(_permission(scope, granted) for scope in PERMISSIONS if granted)
        return checks

    def _note(self, account: Account, cause: ChannelError | None) -> None:
        with self.database.transaction() as session:
            if cause is None:
                health.allegro_works(session, account.id, now=self.now())
            else:
                health.allegro_fails(session, account.id, cause, now=self.now())

    def _poll(self, device: tokens.Authorization) -> None:
        def give_up(outcome: str) -> None:
            now = self.now()
            with self.database.transaction() as session:
                tokens.finish_authorization(session, device.id, outcome=outcome, now=now)
                if tokens.read(session, device.account_id).state is not LinkState.CONNECTED:
                    # No browser comes back to us, so the account's status is where a person reads how it ended.
                    tokens.note_check(session, device.account_id, problem=outcome, now=now)

        if device.expires_at <= self.now():
            give_up("The code expired before it was entered at Allegro.")
            return
        try:
            device_code = self.box.decrypt(device.secret_encrypted)
            pair = self.lines.oauth_of(device.account_id).poll_device(device_code)
        except AuthorizationPending as pending:
            if pending.slow_down:
                interval = device.interval_seconds + _SLOWER_SECONDS
                with self.database.transaction() as session:
                    poll_after = self.now() + timedelta(seconds=interval)
                    tokens.poll_later(session, device.id, poll_after=poll_after, interval_seconds=interval)
        except (AuthorizationDenied, AuthorizationExpired, TokenRevoked) as error:
            give_up(str(error))
        except BridgeError as error:
            log.warning("a device authorisation could not be asked about", reason=str(error))
        else:
            outcome = self._finish(device.account_id, device.id, lambda: pair)
            if not outcome.connected:
                give_up(outcome.text)

    def _finish(self, account_id: int, authorization_id: int, obtain: Callable[[], TokenPair]) -> Outcome:
        """Get the tokens, see whose they are, and connect only if they are the configured seller's."""
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
        try:
            pair = obtain()
            me = self.lines.allegro(account, access_token=pair.access_token).me()
            _must_be_the_seller(account, me.login)
            self._connect(account, pair, me)
        except TokenRevoked:
            outcome = _failed("Allegro no longer accepts the code; it is good for ten seconds and for one use.")
        except Unavailable as error:
            outcome = _failed(f"Allegro could not be reached: {error}")
        except BridgeError as error:
            outcome = _failed(str(error))
        else:
            log.info("an account was connected", account_id=account_id, login=me.login)
            outcome = Outcome(
                connected=True,
                title="Connected",
                text=f"The account {account.name!r} is connected as {me.login}. You can close this page.",
            )
        with self.database.transaction() as session:
            tokens.finish_authorization(session, authorization_id, outcome=outcome.text, now=self.now())
        return outcome

    def _connect(self, account: Account, pair: TokenPair, me: Me) -> None:
        now = self.now()
        with self.database.transaction() as session:
            _must_be_alone(session, account, me)
            self.lines.tokens.save(session, account.id, pair)
            tokens.connect(session, account.id, login=me.login, allegro_user_id=me.id, now=now)
            health.allegro_works(session, account.id, now=now)


def _must_be_the_seller(account: Account, login: str) -> None:
    if login.casefold() != account.allegro_login.casefold():
        raise WrongLogin(
            f"You authorised as {login}, but the account {account.name!r} belongs to {account.allegro_login}. "
            "Nothing was connected. Log out at Allegro and log in as the right seller."
        )


def _must_be_alone(session: Session, account: Account, me: Me) -> None:
    for other in accounts.every(session):
        link = other.connection
        is_linked = link.state in (LinkState.CONNECTED, LinkState.REAUTH_REQUIRED) and link.allegro_user_id == me.id
        if is_linked and other.id != account.id and other.environment is account.environment:
            raise SellerConnectedAlready(
                f"{me.login} is connected already, as the account {other.name!r}. Nothing was connected, because "
                "every order would be imported twice. Disconnect or delete that account first."
            )


def _failed(text: str) -> Outcome:
    return Outcome(connected=False, title="Not connected", text=f"{text} Start the authorisation again.")


def _permission(scope: str, granted: list[str]) -> Check:
    ok = scope in granted
    return Check(scope, ok=ok, detail=f"May {PERMISSIONS[scope]}." if ok else permissions_detail((scope,)))
