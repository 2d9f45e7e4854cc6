"""Access tokens that are always good: refreshed once for everybody, and never lost."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from app.channels.allegro.auth import AllegroOAuth, TokenPair, TokenRevoked
from app.channels.errors import AuthRequired, Unavailable, Uncertain
from app.db import accounts, alerts, tokens
from app.db.engine import Database, Session
from app.db.tokens import StoredTokens
from app.domain.accounts import LinkState
from app.security import SecretBox

log = structlog.get_logger(__name__)

# A call that starts now must not outlive its token.
_MARGIN = timedelta(minutes=5)
# Allegro accepts a refresh token for 60 s after its first use, for those who lost the answer.
_GRACE = timedelta(seconds=60)
ALERT_KIND = "allegro_authorization"
_REVOKED = (
    "Allegro no longer accepts this account's authorisation (a changed password, a log-out from all devices, or three "
    "months without use). Authorise the account again."
)


class NotAuthorized(AuthRequired):
    """The account has no tokens that Allegro accepts; a person must authorise it."""


class TokenKeeper:
    """Hands out access tokens of all accounts. Single flight across threads and processes by a lock on the row."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        oauth_of: Callable[[int], AllegroOAuth],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._box = box
        self._oauth_of = oauth_of
        self._now = now

    def access_token(self, account_id: int, *, good_for: timedelta = _MARGIN) -> str:
        """A token that is good for at least that long.

        Raises `NotAuthorized`, `Unavailable`, `Uncertain`, and `AccountNotFound` for an account deleted meanwhile.
        """
        with self._database.reading() as session:
            accounts.get(session, account_id)
            stored = tokens.read(session, account_id)
        if self._is_good(stored, good_for):
            return self._box.decrypt(stored.access_encrypted)
        return self._refreshed(account_id, lambda current: self._is_good(current, good_for))

    def renewed(self, account_id: int, rejected_access_token: str) -> str:
        """Another token than the one that Allegro has just refused; somebody else may have fetched it already."""
        return self._refreshed(
            account_id,
            lambda current: self._box.decrypt(current.access_encrypted) != rejected_access_token,
        )

    def save(self, session: Session, account_id: int, pair: TokenPair) -> None:
        """Store a new pair, encrypted, in the caller's transaction."""
        now = self._now()
        tokens.save_pair(
            session,
            account_id,
            access_encrypted=self._box.encrypt(pair.access_token),
            refresh_encrypted=self._box.encrypt(pair.refresh_token),
            expires_at=now + timedelta(seconds=pair.expires_in_seconds),
            scope=pair.scope,
            now=now,
        )

    def _refreshed(self, account_id: int, is_enough: Callable[[StoredTokens], bool]) -> str:
        oauth = self._oauth_of(account_id)
        with self._database.transaction() as session:
            # The one network call inside a transaction: the row lock is what makes one refresh out of many wishes,
            # and what keeps the old refresh token readable until the new pair is committed. The call has a short
            # time limit, shorter than the others' patience for the lock.
            stored = tokens.read_locked(session, account_id)
            self._must_be_connected(stored, account_id)
            if is_enough(stored):
                return self._box.decrypt(stored.access_encrypted)
            pair = self._exchange(oauth, stored)
            if pair is None:
                now = self._now()
                tokens.require_authorization(session, account_id, problem=_REVOKED, now=now)
                alerts.open_alert(
                    session,
                    ALERT_KIND,
                    account_id=account_id,
                    subject=f"account {account_id}",
                    title="Allegro no longer accepts the authorisation; every job of the account rests.",
                    remedy="Authorise the account again.",
                    now=now,
                )
            else:
                self.save(session, account_id, pair)
        if pair is None:
            log.error("the authorisation was revoked", account_id=account_id)
            raise NotAuthorized(_REVOKED, channel="allegro")
        log.info("the access token was refreshed", account_id=account_id)
        return pair.access_token

    def _exchange(self, oauth: AllegroOAuth, stored: StoredTokens) -> TokenPair | None:
        """The new pair, or None when Allegro refuses every refresh token that we still have."""
        candidates = [self._box.decrypt(stored.refresh_encrypted)]
        used_since = self._now() - stored.rotated_at if stored.rotated_at else None
        if stored.previous_refresh_encrypted and used_since is not None and used_since < _GRACE:
            candidates.append(self._box.decrypt(stored.previous_refresh_encrypted))
        for refresh_token in candidates:
            try:
                return _patiently(oauth, refresh_token)
            except TokenRevoked as error:
                log.warning("a refresh token was refused", reason=str(error))
        return None

    def _is_good(self, stored: StoredTokens, good_for: timedelta) -> bool:
        return (
            stored.state is LinkState.CONNECTED
            and bool(stored.access_encrypted)
            and stored.expires_at is not None
            and stored.expires_at - self._now() > good_for
        )

    def _must_be_connected(self, stored: StoredTokens, account_id: int) -> None:
        if stored.state is not LinkState.CONNECTED or not stored.refresh_encrypted:
            raise NotAuthorized(
                f"Account {account_id} is not authorised at Allegro. Authorise it first.", channel="allegro"
            )


def _patiently(oauth: AllegroOAuth, refresh_token: str) -> TokenPair:
    """A lost answer is asked for again at once, inside the grace in which Allegro still takes the used token."""
    try:
        return oauth.refresh(refresh_token)
    except Uncertain as lost:
        try:
            return oauth.refresh(refresh_token)
        except Unavailable:
            # Nothing happened this time, but the first call may have used the token up.
            raise lost from None


class AccountTokens:
    """The tokens of one account, as the Allegro client wants them."""

    def __init__(self, keeper: TokenKeeper, account_id: int) -> None:
        self._keeper = keeper
        self._account_id = account_id

    def access_token(self) -> str:
        return self._keeper.access_token(self._account_id)

    def renewed(self, rejected_access_token: str) -> str:
        return self._keeper.renewed(self._account_id, rejected_access_token)
