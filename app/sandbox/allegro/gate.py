"""What every call to the API passes: faults, headers, the token and its permission."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from app.sandbox.allegro.answers import PUBLIC_V1, ApiError
from app.sandbox.allegro.misbehaviour import Blockade, before_call, strike
from app.sandbox.allegro.oauth import Accounts
from app.sandbox.allegro.quotas import Quotas
from app.sandbox.clock import Clock
from app.sandbox.faults import Faults
from app.sandbox.serving import DropConnection

_USER_AGENT = re.compile(r"([A-Za-z0-9._-]+)/(\S+) \(\+(https?://[^\s()]+)\)")
_BEARER = "bearer "


@dataclass(frozen=True)
class Caller:
    """Who calls, as the token says."""

    login: str


class Gate:
    """`bad_user_agents` lists the User-Agent headers that were refused."""

    def __init__(self, accounts: Accounts, clock: Clock, faults: Faults, lock: threading.RLock) -> None:
        self.accounts = accounts
        self.faults = faults
        self.lock = lock
        self.blockade = Blockade(clock, faults)
        self.quotas = Quotas(clock)
        self.bad_user_agents: list[str] = []

    def reset(self) -> None:
        self.blockade.reset()
        self.quotas.reset()
        self.bad_user_agents = []

    def needs(self, scope: str | None, media_type: str = PUBLIC_V1, *, answers: str | None = None) -> Any:
        """A dependency that gives the Caller, or refuses the call. None: any token will do.

        `media_type` is that of what is sent, and of what is answered where `answers` does not say otherwise.
        """
        return Depends(self._admission(scope, media_type, answers or media_type))

    def after_effect(self, request: Request) -> None:
        """To be called once a call took effect. Raises DropConnection or ApiError where its answer shall be lost."""
        if strike(self.faults, "drop_after", request.method, request.url.path):
            raise DropConnection
        if strike(self.faults, "server_error_after", request.method, request.url.path):
            raise ApiError(500, "INTERNAL_SERVER_ERROR", "An unexpected error occurred.")

    def _admission(self, scope: str | None, media_type: str, answers: str) -> Callable[[Request], Caller]:
        def admit(request: Request) -> Caller:
            with self.lock:
                blocked = self.blockade.stops(request.method, request.url.path)
                if not blocked:
                    self.quotas.charge("all", self.accounts.application.client_id)
            if blocked:
                raise ApiError(429, "TooManyRequestsException", "Too many requests, please try again later.")
            before_call(self.faults, request.method, request.url.path)
            self._check_headers(request, media_type, answers)
            authorization = request.headers.get("authorization", "")
            session = self.accounts.session_of(authorization[len(_BEARER) :] if _is_bearer(authorization) else "")
            if scope is not None and scope not in self.accounts.effective(session):
                raise ApiError(403, "AccessDenied", "Access is denied: the token lacks a permission.")
            return Caller(session.login)

        return admit

    def _check_headers(self, request: Request, media_type: str, answers: str) -> None:
        if request.headers.get("accept") != answers:
            raise ApiError(406, "NotAcceptableException", "Not Acceptable")
        if request.method in {"POST", "PUT", "PATCH"} and request.headers.get("content-type") != media_type:
            raise ApiError(415, "UnsupportedMediaTypeException", "Unsupported Media Type")
        user_agent = request.headers.get("user-agent", "")
        match = _USER_AGENT.fullmatch(user_agent)
        registered = self.accounts.application.name
        if match is None or match[1] not in {registered.replace(" ", "-"), registered.replace(" ", "_")}:
            with self.lock:
                self.bad_user_agents.append(user_agent)
            raise ApiError(403, "UserAgentNotCompliant", "The User-Agent does not name the registered application.")


def _is_bearer(authorization: str) -> bool:
    return authorization.lower().startswith(_BEARER)


async def _json_body(request: Request) -> Any:
    """The JSON sent. Raises ApiError 400 for a body that is not JSON."""
    try:
        return await request.json()
    except ValueError as error:
        raise ApiError(400, "UnprocessableEntity", "The request body is not valid JSON.") from error


JsonBody = Annotated[Any, Depends(_json_body)]
