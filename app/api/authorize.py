"""Authorising an account at Allegro, testing it, and the page that a person comes back to."""

from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape
from pydantic import BaseModel

from app.api.deps import AccountId, ServicesDep
from app.api.fields import UtcTime
from app.db import accounts

router = APIRouter(tags=["authorisation"])
callback = APIRouter(tags=["authorisation"])

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=select_autoescape(["html"]), auto_reload=False
)


class BrowserAnswer(BaseModel):
    """Open `authorize_url` in a browser in which the seller is logged in at Allegro."""

    authorize_url: str
    expires_at: UtcTime


class DeviceAnswer(BaseModel):
    """Enter `user_code` at `verification_url`; the service notices by itself when that is done."""

    user_code: str
    verification_url: str
    expires_at: UtcTime
    interval: int


class CheckAnswer(BaseModel):
    name: str
    ok: bool
    detail: str


class TestAnswer(BaseModel):
    """`status` is `OK` only when every check is."""

    status: Literal["OK", "No connection"]
    checks: list[CheckAnswer]


class ApplicationAddress(BaseModel):
    """The redirect URI to copy into the form of the application at Allegro."""

    application_url: str


@router.get("/application-address")
def application_address(services: ServicesDep) -> ApplicationAddress:
    return ApplicationAddress(application_url=services.config.application_url)


@router.post("/accounts/{account_id}/authorize")
def authorize(account_id: AccountId, services: ServicesDep) -> BrowserAnswer:
    started = services.connector.start_browser(account_id)
    return BrowserAnswer(authorize_url=started.authorize_url, expires_at=started.expires_at)


@router.post("/accounts/{account_id}/authorize/device")
def authorize_device(account_id: AccountId, services: ServicesDep) -> DeviceAnswer:
    started = services.connector.start_device(account_id)
    return DeviceAnswer(
        user_code=started.user_code,
        verification_url=started.verification_url,
        expires_at=started.expires_at,
        interval=started.interval_seconds,
    )


@router.post("/accounts/{account_id}/test")
def test_account(account_id: AccountId, services: ServicesDep) -> TestAnswer:
    return _tested(services, account_id)


@router.post("/accounts/{account_id}/disconnect")
def disconnect(account_id: AccountId, services: ServicesDep) -> TestAnswer:
    services.connector.disconnect(account_id)
    return _tested(services, account_id)


@callback.get(
    "/oauth/allegro/callback",
    response_class=HTMLResponse,
    responses={400: {"description": "Not connected; the page says why.", "content": {"text/html": {}}}},
)
def allegro_callback(
    services: ServicesDep,
    state: str = "",
    code: str = "",
    error: str = "",
) -> HTMLResponse:
    """Where Allegro sends the seller's browser back to; tells a person how it ended."""
    outcome = services.connector.finish_browser(state=state, code=code, error=error)
    page = _pages.get_template("authorised.html").render(outcome=outcome)
    # The address carries the code; no other site shall learn it from a referrer.
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(page, status_code=200 if outcome.connected else 400, headers=headers)


def _tested(services: ServicesDep, account_id: int) -> TestAnswer:
    checks = services.connector.test(account_id)
    with services.database.reading() as session:
        is_ok = accounts.get(session, account_id).connection.is_ok and all(check.ok for check in checks)
    return TestAnswer(
        status="OK" if is_ok else "No connection",
        checks=[CheckAnswer(name=check.name, ok=check.ok, detail=check.detail) for check in checks],
    )
