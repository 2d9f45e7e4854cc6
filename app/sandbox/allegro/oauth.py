"""Who may log in, which application they allow, and the tokens that come of it. Knows nothing of HTTP."""

import base64
import hashlib
import json
import random
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.sandbox.allegro.answers import AuthRefused
from app.sandbox.clock import Clock
from app.sandbox.faults import Faults
from app.sandbox.seed import SELLERS

CLIENT_ID = "7c2e55b0a9d84a1f8d3b6f0e4c19d2aa"
CLIENT_SECRET = "Xq3mJ8vT1nR6yB0kL5wZ9cH2dF7gS4pUeA0iO8tN3rM6bV1xK5jC9hG2fD7sQ4wE"
ACCESS_SECONDS = 43199
REFRESH_LIFE = timedelta(days=90)
REFRESH_GRACE = timedelta(seconds=60)
CODE_LIFE = timedelta(seconds=10)
DEVICE_LIFE = timedelta(seconds=3600)
POLL_SECONDS = 5
SESSIONS_PER_SELLER = 20
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = frozenset(
    {
        "allegro:api:campaigns",
        "allegro:api:profile:read",
        "allegro:api:orders:read",
        "allegro:api:orders:write",
        "allegro:api:payments:read",
        "allegro:api:payments:write",
        "allegro:api:sale:offers:read",
        "allegro:api:sale:offers:write",
        "allegro:api:sale:settings:read",
        "allegro:api:sale:settings:write",
        "allegro:api:shipments:read",
        "allegro:api:shipments:write",
    }
)


@dataclass
class Application:
    """An application registered at Allegro."""

    client_id: str
    client_secret: str
    name: str
    redirect_uris: list[str] = field(default_factory=list)


@dataclass
class Session:
    """One consent of one seller to one application, and the pair of tokens that is valid now."""

    client_id: str
    login: str
    scopes: frozenset[str]
    access_token: str = ""
    access_expires: datetime | None = None
    access_used: bool = False


@dataclass
class RefreshToken:
    session: Session
    expires: datetime
    used_at: datetime | None = None


@dataclass
class Code:
    client_id: str
    login: str
    redirect_uri: str
    scopes: frozenset[str]
    challenge: str | None
    issued_at: datetime


@dataclass
class Device:
    client_id: str
    user_code: str
    scopes: frozenset[str]
    issued_at: datetime
    interval: int = POLL_SECONDS
    polled_at: datetime | None = None
    login: str | None = None
    denied: bool = False


def _refused(error: str, description: str) -> AuthRefused:
    return AuthRefused(400, error, description)


def s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Accounts:
    """Sellers, applications and tokens. Every method takes the lock itself.

    `logged_in` is the seller whose browser answers consent pages unless one is named there. `token_requests` lists
    (grant type, outcome) of every request to the token endpoint; the outcome is "issued" or the error.
    """

    def __init__(self, clock: Clock, faults: Faults, lock: threading.RLock, seed: int) -> None:
        self.clock = clock
        self.faults = faults
        self.lock = lock
        self.reset(seed)

    def reset(self, seed: int) -> None:
        self._random = random.Random(f"accounts {seed}")
        self.logged_in = SELLERS[0].login
        self.application = Application(CLIENT_ID, CLIENT_SECRET, "Woo Allegro Bridge")
        self.token_requests: list[tuple[str, str]] = []
        self._sessions: list[Session] = []
        self._refresh: dict[str, RefreshToken] = {}
        self._codes: dict[str, Code] = {}
        self._devices: dict[str, Device] = {}

    def _hex(self, length: int) -> str:
        return f"{self._random.getrandbits(length * 4):0{length}x}"

    # --- consent ------------------------------------------------------------------------------------------------------

    def register_redirect_uri(self, uri: str) -> None:
        with self.lock:
            if uri not in self.application.redirect_uris:
                self.application.redirect_uris.append(uri)

    def scopes_asked(self, scope: str | None) -> frozenset[str]:
        """Raises AuthRefused `invalid_scope` for a scope that does not exist; asking for none means all."""
        asked = frozenset((scope or "").split())
        if not asked <= SCOPES:
            raise _refused("invalid_scope", f"Invalid scope: {' '.join(sorted(asked - SCOPES))}")
        return asked or SCOPES

    def new_code(self, login: str | None, redirect_uri: str, scope: str | None, challenge: str | None) -> str:
        with self.lock:
            code = self._hex(32)
            self._codes[code] = Code(
                self.application.client_id,
                login or self.logged_in,
                redirect_uri,
                self.scopes_asked(scope),
                challenge,
                self.clock.now(),
            )
            return code

    def new_device(self, scope: str | None) -> tuple[str, Device]:
        with self.lock:
            letters = "".join(self._random.choice("bcdfghjkmnpqrstvwxz23456789") for _ in range(9))
            device_code = self._hex(48)
            device = Device(self.application.client_id, letters, self.scopes_asked(scope), self.clock.now())
            self._devices[device_code] = device
            return device_code, device

    def decide_device(self, user_code: str, decision: str = "allow", login: str | None = None) -> None:
        """What a person does on the pairing page. Raises KeyError for a code that was never given out."""
        with self.lock:
            for device in self._devices.values():
                if device.user_code == user_code.replace(" ", "").lower():
                    device.denied = decision != "allow"
                    device.login = None if device.denied else login or self.logged_in
                    return
        raise KeyError(user_code)

    # --- tokens -------------------------------------------------------------------------------------------------------

    def exchange_code(self, code: str, redirect_uri: str, verifier: str | None) -> dict[str, Any]:
        with self.lock:
            found = self._codes.pop(code, None)
            if found is None:
                raise _refused("invalid_grant", f"Invalid authorization code: {code}")
            if self.clock.now() - found.issued_at > CODE_LIFE:
                raise _refused("invalid_grant", f"Authorization code expired: {code}")
            if redirect_uri != found.redirect_uri:
                raise _refused("invalid_grant", "Redirect URI mismatch.")
            if found.challenge is not None and (verifier is None or s256(verifier) != found.challenge):
                raise _refused("invalid_grant", "Invalid code verifier.")
            return self.open_session(found.login, found.scopes)

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        with self.lock:
            found = self._refresh.get(refresh_token)
            now = self.clock.now()
            if found is None or now >= found.expires:
                raise _refused("invalid_grant", "Invalid refresh token: it is unknown, expired or revoked")
            if found.used_at is not None and now - found.used_at > REFRESH_GRACE:
                raise _refused("invalid_grant", "Invalid refresh token: it was used before")
            found.used_at = found.used_at or now
            return self._issue(found.session)

    def poll_device(self, device_code: str) -> dict[str, Any]:
        with self.lock:
            device = self._devices.get(device_code)
            now = self.clock.now()
            if device is None:
                raise _refused("invalid_grant", "Invalid device code")
            if now - device.issued_at > DEVICE_LIFE:
                raise _refused("expired_token", "Device code expired")
            polled_at, device.polled_at = device.polled_at, now
            if polled_at is not None and now - polled_at < timedelta(seconds=device.interval):
                device.interval += POLL_SECONDS
                raise _refused("slow_down", "Polling too often")
            if device.denied:
                raise _refused("access_denied", "User denied access")
            if device.login is None:
                raise _refused("authorization_pending", "User has not yet decided")
            del self._devices[device_code]
            return self.open_session(device.login, device.scopes)

    def open_session(self, login: str | None = None, scopes: frozenset[str] = SCOPES) -> dict[str, Any]:
        """A new session's token answer. A seller's oldest sessions die beyond the twentieth."""
        with self.lock:
            login = login or self.logged_in
            mine = [session for session in self._sessions if session.login == login]
            for old in mine[: max(0, len(mine) - SESSIONS_PER_SELLER + 1)]:
                self._close(old)
            session = Session(self.application.client_id, login, scopes)
            self._sessions.append(session)
            return self._issue(session)

    def _issue(self, session: Session) -> dict[str, Any]:
        now = self.clock.now()
        expires = now + timedelta(seconds=ACCESS_SECONDS)
        scopes = sorted(self.effective(session))
        claims = {
            "user_name": next(seller.id for seller in SELLERS if seller.login == session.login),
            "scope": scopes,
            "allegro_api": True,
            "exp": int(expires.timestamp()),
            "jti": self._hex(32),
            "client_id": session.client_id,
        }
        session.access_token = self._token({**claims, "ati": self._hex(16)})
        session.access_expires = expires
        session.access_used = False
        refresh_token = self._token(claims)
        self._refresh[refresh_token] = RefreshToken(session, now + REFRESH_LIFE)
        return {
            "access_token": session.access_token,
            "token_type": "bearer",
            "refresh_token": refresh_token,
            "expires_in": ACCESS_SECONDS,
            "scope": " ".join(scopes),
            "allegro_api": True,
            "iss": "https://allegro.pl",
            "jti": claims["jti"],
        }

    def _token(self, claims: dict[str, Any]) -> str:
        """Shaped like a JWT, and about as long."""
        parts = ({"alg": "RS256", "typ": "JWT"}, claims)
        texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
        return ".".join([*texts, self._hex(344)])

    def effective(self, session: Session) -> frozenset[str]:
        missing = self.faults.active().get("scope_missing")
        return session.scopes - {missing.args.get("scope", "")} if missing else session.scopes

    def session_of(self, access_token: str) -> Session:
        """Raises AuthRefused 401 for a token that is unknown, dead, expired or (by a fault) too fresh."""
        with self.lock:
            for session in self._sessions:
                if session.access_token == access_token and session.access_expires is not None:
                    if self.clock.now() >= session.access_expires:
                        raise AuthRefused(401, "invalid_token", "Access token expired")
                    fresh, session.access_used = not session.access_used, True
                    if fresh and self.faults.strike("fresh_token_rejected"):
                        raise AuthRefused(401, "invalid_token", "Access token not yet known")
                    return session
            raise AuthRefused(401, "invalid_token", "Invalid access token")

    def revoke(self, login: str | None = None) -> None:
        """Log the seller out everywhere: access and refresh tokens die."""
        with self.lock:
            for session in [found for found in self._sessions if found.login == (login or self.logged_in)]:
                self._close(session)

    def _close(self, session: Session) -> None:
        self._sessions.remove(session)
        for token in [token for token, found in self._refresh.items() if found.session is session]:
            del self._refresh[token]
