"""The addresses under /auth/oauth, and the pairing page of the device flow."""

import base64
import binascii
import html
import time
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.sandbox.allegro.answers import AuthRefused, page
from app.sandbox.allegro.oauth import DEVICE_GRANT, DEVICE_LIFE, Accounts
from app.sandbox.faults import Faults
from app.sandbox.seed import SELLERS
from app.sandbox.serving import DropConnection

PAIRING_PATH = "/skojarz-aplikacje"
_CARRIED = ("response_type", "client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method")
_PAGE = (
    "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Allegro (sandbox)</title></head>"
    "<body>{}</body></html>"
)
_HTML_UNAVAILABLE = _PAGE.format("<h1>503 Service Unavailable</h1>")


async def _parameters(request: Request) -> dict[str, str]:
    """Query and form body together: Allegro accepts either."""
    body = (await request.body()).decode()
    form = (
        dict(parse_qsl(body, keep_blank_values=True)) if "urlencoded" in request.headers.get("content-type", "") else {}
    )
    return {**dict(request.query_params), **form}


Parameters = Annotated[dict[str, str], Depends(_parameters)]


def _needed(parameters: dict[str, str], name: str) -> str:
    if not parameters.get(name):
        raise AuthRefused(400, "invalid_request", f"Missing parameter: {name}")
    return parameters[name]


def _redirect(uri: str, answers: dict[str, str], state: str | None) -> Response:
    query = urlencode({**answers, **({"state": state} if state is not None else {})})
    return RedirectResponse(f"{uri}{'&' if '?' in uri else '?'}{query}", status_code=302)


def _login_choice(chosen: str) -> str:
    options = "".join(
        f"<option{' selected' if seller.login == chosen else ''}>{seller.login}</option>" for seller in SELLERS
    )
    return f"<p><label>Logged in as <select name='login'>{options}</select></label></p>"


def _decision_form(action: str, hidden: dict[str, str], body: str) -> str:
    fields = "".join(f"<input type='hidden' name='{k}' value='{html.escape(v, True)}'>" for k, v in hidden.items())
    buttons = "".join(
        f"<button name='decision' value='{value}'>{label}</button> "
        for value, label in (("allow", "Allow"), ("deny", "Deny"))
    )
    return f"<form method='post' action='{action}'>{fields}{body}<p>{buttons}</p></form>"


class Consent:
    """The browser's side: the page that asks, and what a decision leads to."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    def problem(self, parameters: dict[str, str]) -> str | None:
        """Why no redirect may happen at all: the address to go back to is not proven."""
        if parameters.get("client_id") != self.accounts.application.client_id:
            return "No application is registered with this client id."
        if parameters.get("redirect_uri") not in self.accounts.application.redirect_uris:
            return "The redirect URI is not registered for this application."
        return None

    def ask(self, parameters: dict[str, str]) -> Response:
        problem = self.problem(parameters)
        if problem is not None:
            return page(_PAGE.format(f"<h1>Error</h1><p>{problem}</p>"), 400)
        refusal = self._refusal(parameters)
        if refusal is not None:
            return _redirect(parameters["redirect_uri"], refusal, parameters.get("state"))
        scopes = "".join(f"<li>{scope}</li>" for scope in sorted(self.accounts.scopes_asked(parameters.get("scope"))))
        hidden = {name: parameters[name] for name in _CARRIED if name in parameters}
        form = _decision_form("/auth/oauth/consent", hidden, _login_choice(self.accounts.logged_in))
        name = html.escape(self.accounts.application.name)
        return page(_PAGE.format(f"<h1>{name}</h1><p>asks for these permissions:</p><ul>{scopes}</ul>{form}"))

    def decide(self, parameters: dict[str, str]) -> Response:
        problem = self.problem(parameters)
        if problem is not None:
            return page(_PAGE.format(f"<h1>Error</h1><p>{problem}</p>"), 400)
        uri, state = parameters["redirect_uri"], parameters.get("state")
        refusal = self._refusal(parameters)
        if refusal is None and parameters.get("decision") != "allow":
            refusal = {"error": "access_denied", "error_description": "User denied access"}
        if refusal is not None:
            return _redirect(uri, refusal, state)
        code = self.accounts.new_code(
            parameters.get("login"), uri, parameters.get("scope"), parameters.get("code_challenge")
        )
        return _redirect(uri, {"code": code}, state)

    def _refusal(self, parameters: dict[str, str]) -> dict[str, str] | None:
        if parameters.get("response_type") != "code":
            return {"error": "unsupported_response_type"}
        if "code_challenge" in parameters and parameters.get("code_challenge_method") != "S256":
            return {"error": "invalid_request", "error_description": "Only S256 is supported"}
        if parameters.get("login") not in {None, *(seller.login for seller in SELLERS)}:
            return {"error": "access_denied", "error_description": "No such seller"}
        try:
            self.accounts.scopes_asked(parameters.get("scope"))
        except AuthRefused as refused:
            return {"error": refused.error, "error_description": refused.description}
        return None


class TokenDesk:
    """The application's side: tokens for codes, for refresh tokens and for devices."""

    def __init__(self, accounts: Accounts, faults: Faults) -> None:
        self.accounts = accounts
        self.faults = faults

    def answer(self, parameters: dict[str, str], authorization: str | None) -> Response:
        kind = parameters.get("grant_type", "")
        slow = self.faults.strike("token_slow")
        if slow is not None:
            time.sleep(float(slow.args.get("seconds", 1)))
        if self.faults.strike("token_endpoint_down"):
            self._note(kind, "down")
            raise DropConnection
        if self.faults.strike("token_too_many_requests"):
            self._note(kind, "too_many_requests")
            return JSONResponse({"error": "too_many_requests", "error_description": "Too many token requests"}, 429)
        if self.faults.strike("token_unavailable"):
            self._note(kind, "unavailable")
            return page(_HTML_UNAVAILABLE, 503)
        try:
            issued = self._issue(kind, parameters, authorization)
        except AuthRefused as refused:
            self._note(kind, refused.error)
            raise
        if self.faults.strike("token_answer_lost"):
            self._note(kind, "lost")
            raise DropConnection
        self._note(kind, "issued")
        return JSONResponse(issued, headers={"cache-control": "no-store"})

    def _issue(self, kind: str, parameters: dict[str, str], authorization: str | None) -> dict[str, Any]:
        self.check_client(authorization)
        if self.faults.strike("token_invalid_grant"):
            raise AuthRefused(400, "invalid_grant", "Invalid grant")
        grants: dict[str, Callable[[], dict[str, Any]]] = {
            "authorization_code": lambda: self.accounts.exchange_code(
                _needed(parameters, "code"), _needed(parameters, "redirect_uri"), parameters.get("code_verifier")
            ),
            "refresh_token": lambda: self.accounts.refresh(_needed(parameters, "refresh_token")),
            DEVICE_GRANT: lambda: self.accounts.poll_device(_needed(parameters, "device_code")),
        }
        if kind not in grants:
            raise AuthRefused(400, "unsupported_grant_type", f"Unsupported grant type: {kind}")
        return grants[kind]()

    def check_client(self, authorization: str | None) -> None:
        scheme, _, encoded = (authorization or "").partition(" ")
        application = self.accounts.application
        try:
            given = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
        if scheme.lower() != "basic" or given != f"{application.client_id}:{application.client_secret}":
            raise AuthRefused(401, "invalid_client", "Bad client credentials")

    def _note(self, kind: str, outcome: str) -> None:
        with self.accounts.lock:
            self.accounts.token_requests.append((kind, outcome))


def oauth_routes(accounts: Accounts, faults: Faults) -> APIRouter:
    router = APIRouter()
    consent = Consent(accounts)
    desk = TokenDesk(accounts, faults)

    @router.get("/auth/oauth/authorize")
    def ask(parameters: Parameters) -> Response:
        return consent.ask(parameters)

    @router.post("/auth/oauth/consent")
    def decide(parameters: Parameters) -> Response:
        return consent.decide(parameters)

    @router.post("/auth/oauth/token")
    def token(request: Request, parameters: Parameters) -> Response:
        return desk.answer(parameters, request.headers.get("authorization"))

    @router.post("/auth/oauth/device")
    def device(request: Request, parameters: Parameters) -> Response:
        desk.check_client(request.headers.get("authorization"))
        if _needed(parameters, "client_id") != accounts.application.client_id:
            raise AuthRefused(401, "invalid_client", "Unknown client")
        device_code, started = accounts.new_device(parameters.get("scope"))
        pairing = f"{str(request.base_url).rstrip('/')}{PAIRING_PATH}"
        return JSONResponse(
            {
                "device_code": device_code,
                "user_code": started.user_code,
                "verification_uri": pairing,
                "verification_uri_complete": f"{pairing}?code={started.user_code}",
                "expires_in": int(DEVICE_LIFE.total_seconds()),
                "interval": started.interval,
            }
        )

    @router.get(PAIRING_PATH)
    def pairing(parameters: Parameters) -> Response:
        code = html.escape(parameters.get("code", ""), True)
        entry = f"<p><label>Code <input name='code' value='{code}'></label></p>"
        form = _decision_form(PAIRING_PATH, {}, entry + _login_choice(accounts.logged_in))
        return page(_PAGE.format(f"<h1>{html.escape(accounts.application.name)}</h1>{form}"))

    @router.post(PAIRING_PATH)
    def pair(parameters: Parameters) -> Response:
        try:
            accounts.decide_device(parameters.get("code", ""), parameters.get("decision", ""), parameters.get("login"))
        except KeyError:
            return page(_PAGE.format("<p>This code is not known.</p>"), 404)
        return page(_PAGE.format("<p>Done. You can close this page.</p>"))

    return router
