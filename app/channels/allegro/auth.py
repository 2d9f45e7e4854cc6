"""Allegro's OAuth 2: the consent address, the exchange of a code, refreshing, and the device flow.

A refusal of credentials and trouble on the way are kept apart with care: only Allegro's own `invalid_grant` ends an
authorisation.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode

import httpx

from app.channels.allegro.wire import CHANNEL, read
from app.channels.calls import Call, Recorder, Reply
from app.channels.errors import AuthRequired, Misconfigured, Rejected, Uncertain, Unreadable
from app.channels.http import Transport
from app.errors import BridgeError

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Refreshing holds up every job of the account, and an authorisation code lives for 10 s only.
_TIMEOUT_SECONDS = 10.0


class TokenRevoked(AuthRequired):
    """Allegro does not take the code or the refresh token (`invalid_grant`): a person must authorise again."""


class ClientRefused(AuthRequired):
    """Allegro does not take the application's client id and secret: a person must correct them."""


class AuthorizationPending(BridgeError):
    """The person has not answered yet. After `slow_down` ask 5 s less often (RFC 8628, section 3.5)."""

    def __init__(self, message: str, *, slow_down: bool) -> None:
        super().__init__(message)
        self.slow_down = slow_down


class AuthorizationDenied(BridgeError):
    """The person refused."""


class AuthorizationExpired(BridgeError):
    """The time to answer is over; the authorisation must be started anew."""


@dataclass(frozen=True)
class TokenPair:
    """What Allegro issued. `scope` is the space-separated permissions, "" where it names none."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_seconds: int
    scope: str


@dataclass(frozen=True)
class DeviceStart:
    """The person opens `verification_url` and enters `user_code`; poll every `interval_seconds`.

    `verification_url_complete` has the code in it already, or is "".
    """

    device_code: str = field(repr=False)
    user_code: str
    verification_url: str
    verification_url_complete: str
    expires_in_seconds: int
    interval_seconds: int


def new_state() -> str:
    """A random text that ties an answer to its question."""
    return secrets.token_urlsafe(24)


def new_code_verifier() -> str:
    """A PKCE code verifier of 64 characters (RFC 7636, section 4.1)."""
    return secrets.token_urlsafe(48)


def code_challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class AllegroOAuth:
    """One registered application at Allegro's authorisation server."""

    def __init__(
        self,
        transport: Transport,
        auth_url: str,
        client_id: str,
        client_secret: str,
        recorder: Recorder | None = None,
    ) -> None:
        """`auth_url` is the address before `/auth/oauth/`."""
        self._transport = transport
        self._root = f"{auth_url.rstrip('/')}/auth/oauth"
        self._client_id = client_id
        self._auth = httpx.BasicAuth(client_id, client_secret)
        self._recorder = recorder

    def authorize_url(self, redirect_uri: str, state: str, code_challenge: str) -> str:
        """Where the seller gives consent. Without a scope named, all of the application's permissions are asked for."""
        return f"{self._root}/authorize?" + urlencode(
            {
                "response_type": "code",
                "client_id": self._client_id,
                "redirect_uri": redirect_uri,
                "state": state,
                "code_challenge": code_challenge,
                "code_challenge_method": "S256",
                # Ask again also where consent was given before: permissions may have been added since.
                "prompt": "confirm",
            }
        )

    def exchange(self, code: str, redirect_uri: str, code_verifier: str) -> TokenPair:
        """Tokens for the code of a callback; it lives about 10 s and works once.

        Raises `TokenRevoked` for a code that is too old, used or somebody else's, `ClientRefused`, `Uncertain`.
        """
        return self._tokens(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": code_verifier,
            },
            "the exchange of the authorisation code",
        )

    def refresh(self, refresh_token: str) -> TokenPair:
        """The next pair. The token given is used up, but taken for 60 s more by those who lost the answer.

        Raises `TokenRevoked`, `ClientRefused`, `Unavailable` (nothing happened), `Uncertain` (a new pair may exist).
        """
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token}, "refreshing the tokens")

    def start_device(self) -> DeviceStart:
        """Begin an authorisation that the seller answers on any device."""
        what = "starting the authorisation by device"
        # A start that is never answered expires by itself, so that repeating it does no harm.
        reply = self._post("device", {"client_id": self._client_id}, what, _refusal, effect=False)
        answer = read(reply.data, f"Allegro's answer to {what}")
        return DeviceStart(
            device_code=answer.required_text("device_code"),
            user_code=answer.required_text("user_code"),
            verification_url=answer.required_text("verification_uri"),
            verification_url_complete=answer.text("verification_uri_complete"),
            expires_in_seconds=answer.required_integer("expires_in"),
            interval_seconds=answer.required_integer("interval") if answer.get("interval") is not None else 5,
        )

    def poll_device(self, device_code: str) -> TokenPair:
        """The tokens, once the seller has consented.

        Raises `AuthorizationPending`, `AuthorizationDenied`, `AuthorizationExpired` and what `refresh` raises.
        """
        return self._tokens(
            {"grant_type": _DEVICE_GRANT, "device_code": device_code},
            "asking for the answer to the authorisation",
            _device_refusal,
        )

    def _tokens(
        self,
        form: Mapping[str, str],
        what: str,
        refused: Callable[[str, Reply], BridgeError] | None = None,
    ) -> TokenPair:
        reply = self._post("token", form, what, refused or _refusal, effect=True)
        answer = read(reply.data, f"Allegro's answer to {what}")
        try:
            return TokenPair(
                access_token=answer.required_text("access_token"),
                refresh_token=answer.required_text("refresh_token"),
                expires_in_seconds=answer.required_integer("expires_in"),
                scope=answer.text("scope"),
            )
        except Unreadable as error:
            # Tokens were issued, and we do not have them.
            raise Uncertain(str(error), channel=CHANNEL, trace_id=reply.trace_id) from error

    def _post(
        self,
        path: str,
        form: Mapping[str, str],
        what: str,
        refused: Callable[[str, Reply], BridgeError],
        *,
        effect: bool,
    ) -> Reply:
        return self._transport.send(
            Call(
                channel=CHANNEL,
                method="POST",
                url=f"{self._root}/{path}",
                what=what,
                refused=partial(refused, what),
                headers={"Accept": "application/json"},
                form=form,
                auth=self._auth,
                effect=effect,
                recorder=self._recorder,
                timeout_seconds=_TIMEOUT_SECONDS,
                # Issuing tokens has a limit of its own, apart from the API's.
                lane=f"oauth {self._client_id}",
            )
        )


def _refusal(what: str, reply: Reply) -> BridgeError:
    answer = read(reply.data, "")
    code = answer.text("error")
    said = answer.text("error_description") or code or f"status {reply.status}"
    if code == "invalid_grant":
        # The description is left out: it quotes the code or the token.
        return TokenRevoked(
            f"Allegro does not take the authorisation ({what}): it is too old, was used or was revoked. "
            "Authorise the account again.",
            channel=CHANNEL,
            trace_id=reply.trace_id,
        )
    if code in ("invalid_client", "unauthorized_client", "unauthorized") or reply.status == 401:
        return ClientRefused(
            f"Allegro does not take the application's client id and secret ({what}): {said}. "
            "Compare them with the application's page at apps.developer.allegro.pl.",
            channel=CHANNEL,
            trace_id=reply.trace_id,
        )
    if reply.status in (403, 405, 406, 415):
        return Misconfigured(
            f"Allegro does not take the call ({what}): {said}.", channel=CHANNEL, trace_id=reply.trace_id
        )
    return Rejected(
        f"Allegro refuses {what}: {said}", channel=CHANNEL, trace_id=reply.trace_id, status=reply.status, code=code
    )


def _device_refusal(what: str, reply: Reply) -> BridgeError:
    match read(reply.data, "").text("error"):
        case "authorization_pending":
            return AuthorizationPending("The authorisation was not answered yet.", slow_down=False)
        case "slow_down":
            return AuthorizationPending("The authorisation was not answered yet.", slow_down=True)
        case "access_denied":
            return AuthorizationDenied("The authorisation was refused at Allegro. Start it again and accept it.")
        case "expired_token" | "invalid_grant":
            return AuthorizationExpired("The time to answer the authorisation is over. Start it again.")
        case _:
            return _refusal(what, reply)
