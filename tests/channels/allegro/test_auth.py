"""Allegro's authorisation: what each answer of the token endpoint means."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx

from app.channels.allegro.auth import (
    AllegroOAuth,
    AuthorizationDenied,
    AuthorizationExpired,
    AuthorizationPending,
    ClientRefused,
    TokenRevoked,
    code_challenge,
    new_code_verifier,
    new_state,
)
from app.channels.errors import Misconfigured, Rejected, Unavailable, Uncertain
from app.channels.http import Transport
from app.errors import BridgeError

AUTH = "https://allegro.example"
TOKEN = f"{AUTH}/auth/oauth/token"
PAIR = {"access_token": "a.b.c", "refresh_token": "r-2", "expires_in": 43199, "scope": "allegro:api:orders:read"}


@pytest.fixture
def oauth(transport: Transport) -> AllegroOAuth:
    return AllegroOAuth(transport, AUTH, "client-1", "hush")


def test_the_consent_address_carries_everything_the_answer_is_checked_against(oauth: AllegroOAuth) -> None:
    url = urlsplit(oauth.authorize_url("https://shop.example/cb?x=1", "st", "ch"))
    assert (url.netloc, url.path) == ("allegro.example", "/auth/oauth/authorize")
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["client-1"],
        "redirect_uri": ["https://shop.example/cb?x=1"],
        "state": ["st"],
        "code_challenge": ["ch"],
        "code_challenge_method": ["S256"],
        "prompt": ["confirm"],
    }


def test_the_challenge_is_the_one_of_the_rfc() -> None:
    # RFC 7636, appendix B.
    assert (
        code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    verifier = new_code_verifier()
    assert 43 <= len(verifier) <= 128
    assert base64.urlsafe_b64decode(code_challenge(verifier) + "=") == hashlib.sha256(verifier.encode()).digest()


def test_states_and_verifiers_do_not_repeat() -> None:
    assert len({new_state() for _ in range(100)} | {new_code_verifier() for _ in range(100)}) == 200


@respx.mock
def test_a_code_is_exchanged_with_the_secret_in_the_header(oauth: AllegroOAuth) -> None:
    route = respx.post(TOKEN).respond(json=PAIR)
    pair = oauth.exchange("c0de", "https://shop.example/cb", "verifier")
    assert (pair.access_token, pair.refresh_token, pair.expires_in_seconds) == ("a.b.c", "r-2", 43199)
    request = route.calls.last.request
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"client-1:hush").decode()
    assert request.url.query == b""
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["c0de"],
        "redirect_uri": ["https://shop.example/cb"],
        "code_verifier": ["verifier"],
    }


@respx.mock
def test_tokens_do_not_show_in_the_text_of_a_pair(oauth: AllegroOAuth) -> None:
    respx.post(TOKEN).respond(json=PAIR)
    assert "a.b.c" not in repr(oauth.refresh("r-1"))
    assert "r-2" not in repr(oauth.refresh("r-1"))


REFUSALS: list[tuple[int, Any, type[BridgeError]]] = [
    (400, {"error": "invalid_grant", "error_description": "Invalid refresh token"}, TokenRevoked),
    (401, {"error": "invalid_grant"}, TokenRevoked),
    (401, {"error": "invalid_client"}, ClientRefused),
    (400, {"error": "invalid_client"}, ClientRefused),
    (401, {"error": "unauthorized", "error_description": "Bad credentials"}, ClientRefused),
    (401, None, ClientRefused),
    (400, {"error": "invalid_request"}, Rejected),
    (400, {"errors": [{"code": "invalid_grant"}]}, Rejected),
    (400, None, Rejected),
    (403, {"error": "access_denied"}, Misconfigured),
    (429, {"error": "invalid_grant"}, Unavailable),
    (500, {"error": "invalid_grant"}, Uncertain),
    (503, None, Uncertain),
]


@pytest.mark.parametrize(("status", "body", "error"), REFUSALS)
@respx.mock
def test_only_the_word_invalid_grant_ends_an_authorisation(
    oauth: AllegroOAuth, status: int, body: Any, error: type[BridgeError]
) -> None:
    route = respx.post(TOKEN).mock(return_value=httpx.Response(status, json=body) if body else httpx.Response(status))
    with pytest.raises(error) as caught:
        oauth.refresh("r-1")
    assert isinstance(caught.value, TokenRevoked) == (error is TokenRevoked)
    assert route.call_count == 1


@pytest.mark.parametrize("page", ["<html>invalid_grant</html>", 'x {"error": "invalid_grant"} </html>'])
@respx.mock
def test_a_page_that_speaks_of_invalid_grant_ends_nothing(oauth: AllegroOAuth, page: str) -> None:
    respx.post(TOKEN).respond(400, html=page)
    with pytest.raises(Uncertain):
        oauth.refresh("r-1")


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (httpx.ConnectError("refused"), Unavailable),
        (httpx.ConnectTimeout("slow"), Unavailable),
        (httpx.ReadTimeout("slow"), Uncertain),
        (httpx.ReadError("reset"), Uncertain),
        (httpx.RemoteProtocolError("closed"), Uncertain),
    ],
)
@respx.mock
def test_trouble_on_the_way_is_no_rejection(oauth: AllegroOAuth, trouble: Exception, error: type[BridgeError]) -> None:
    route = respx.post(TOKEN).mock(side_effect=trouble)
    with pytest.raises(error):
        oauth.refresh("r-1")
    assert route.call_count == 1


@pytest.mark.parametrize("missing", ["access_token", "refresh_token", "expires_in"])
@respx.mock
def test_an_answer_without_all_of_a_pair_is_uncertain(oauth: AllegroOAuth, missing: str) -> None:
    respx.post(TOKEN).respond(json={**PAIR, missing: None})
    with pytest.raises(Uncertain, match=missing):
        oauth.refresh("r-1")


@respx.mock
def test_a_device_start_may_have_numbers_as_text(oauth: AllegroOAuth) -> None:
    respx.post(f"{AUTH}/auth/oauth/device").respond(
        json={
            "device_code": "d-1",
            "user_code": "abc123xyz",
            "verification_uri": "https://allegro.example/pair",
            "verification_uri_complete": "https://allegro.example/pair?code=abc123xyz",
            "expires_in": "3600",
            "interval": "5",
        }
    )
    start = oauth.start_device()
    assert (start.user_code, start.expires_in_seconds, start.interval_seconds) == ("abc123xyz", 3600, 5)
    assert "d-1" not in repr(start)


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("authorization_pending", AuthorizationPending),
        ("slow_down", AuthorizationPending),
        ("access_denied", AuthorizationDenied),
        ("expired_token", AuthorizationExpired),
        ("invalid_grant", AuthorizationExpired),
        ("invalid_client", ClientRefused),
    ],
)
@respx.mock
def test_what_polling_for_a_device_brings(oauth: AllegroOAuth, word: str, error: type[BridgeError]) -> None:
    respx.post(TOKEN).respond(400, json={"error": word})
    with pytest.raises(error) as caught:
        oauth.poll_device("d-1")
    if isinstance(caught.value, AuthorizationPending):
        assert caught.value.slow_down == (word == "slow_down")


@respx.mock
def test_an_application_that_asks_too_often_stops_no_other(oauth: AllegroOAuth, transport: Transport) -> None:
    respx.post(TOKEN).mock(side_effect=[httpx.Response(429), httpx.Response(200, json=PAIR)])
    for _ in range(2):
        with pytest.raises(Unavailable, match="fewer calls"):
            oauth.refresh("r-1")
    assert AllegroOAuth(transport, AUTH, "client-2", "hush").refresh("r-1").refresh_token == "r-2"
