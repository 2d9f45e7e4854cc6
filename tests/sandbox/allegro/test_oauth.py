from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.oauth import ACCESS_SECONDS, SCOPES, s256
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

CALLBACK = "http://127.0.0.1:8000/oauth/allegro/callback"


def authorize_query(allegro: AllegroWorld, **changes: str) -> dict[str, str]:
    allegro.register_redirect_uri(CALLBACK)
    asked = {"response_type": "code", "client_id": allegro.client_id, "redirect_uri": CALLBACK, "state": "a b&c"}
    return {**asked, **changes}


def authorized(allegro: AllegroWorld, browser: httpx.Client, **changes: str) -> dict[str, str]:
    """What arrives at the application after a person has decided."""
    form = {**authorize_query(allegro, **changes), "decision": changes.get("decision", "allow")}
    response = browser.post("/auth/oauth/consent", data=form)
    assert response.status_code == 302
    return dict(httpx.URL(response.headers["location"]).params)


def token(allegro: AllegroWorld, browser: httpx.Client, **parameters: str) -> httpx.Response:
    return browser.post("/auth/oauth/token", data=parameters, auth=(allegro.client_id, allegro.client_secret))


def exchange(allegro: AllegroWorld, browser: httpx.Client, code: str, **changes: str) -> httpx.Response:
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changes}
    return token(allegro, browser, **sent)


def refresh(allegro: AllegroWorld, browser: httpx.Client, pair: dict[str, Any]) -> httpx.Response:
    return token(allegro, browser, grant_type="refresh_token", refresh_token=pair["refresh_token"])


def works(browser: httpx.Client, pair: dict[str, Any]) -> bool:
    return Api(browser, pair["access_token"]).get("/me").status_code == 200


def test_the_consent_page_names_the_application_and_its_permissions(
    allegro: AllegroWorld, browser: httpx.Client
) -> None:
    shown = browser.get("/auth/oauth/authorize", params=authorize_query(allegro, scope="allegro:api:orders:read"))
    assert shown.status_code == 200
    assert allegro.app_name in shown.text
    assert "allegro:api:orders:read" in shown.text
    assert "allegro:api:orders:write" not in shown.text


def test_allowing_gives_a_code_and_the_code_a_pair_of_tokens(allegro: AllegroWorld, browser: httpx.Client) -> None:
    arrived = authorized(allegro, browser)
    assert arrived["state"] == "a b&c"
    pair = exchange(allegro, browser, arrived["code"]).json()
    assert pair["expires_in"] == ACCESS_SECONDS
    assert set(pair["scope"].split()) == SCOPES
    assert works(browser, pair)
    assert allegro.token_requests == [("authorization_code", "issued")]


def test_parameters_may_come_in_the_query(allegro: AllegroWorld, browser: httpx.Client) -> None:
    code = authorized(allegro, browser)["code"]
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    answered = browser.post("/auth/oauth/token", params=sent, auth=(allegro.client_id, allegro.client_secret))
    assert answered.status_code == 200


def test_denying_comes_back_as_access_denied(allegro: AllegroWorld, browser: httpx.Client) -> None:
    arrived = authorized(allegro, browser, decision="deny")
    assert (arrived["error"], arrived["state"]) == ("access_denied", "a b&c")


def test_the_seller_who_is_logged_in_is_the_one_who_consents(allegro: AllegroWorld, browser: httpx.Client) -> None:
    named = exchange(allegro, browser, authorized(allegro, browser, login="inny-sprzedawca")["code"]).json()
    assert Api(browser, named["access_token"]).get("/me").json()["login"] == "inny-sprzedawca"
    allegro.logged_in = "inny-sprzedawca"
    current = exchange(allegro, browser, authorized(allegro, browser)["code"]).json()
    assert Api(browser, current["access_token"]).get("/me").json()["login"] == "inny-sprzedawca"


@pytest.mark.parametrize("wrong", [{"redirect_uri": CALLBACK + "/"}, {"client_id": "unknown"}])
def test_an_unproven_address_gets_an_error_page_and_no_redirect(
    allegro: AllegroWorld, browser: httpx.Client, wrong: dict[str, str]
) -> None:
    assert browser.get("/auth/oauth/authorize", params=authorize_query(allegro, **wrong)).status_code == 400
    with pytest.raises(ValueError, match="registered"):
        allegro.consent(str(httpx.URL("http://allegro/", params=authorize_query(allegro, **wrong))))


def test_an_unknown_scope_comes_back_as_invalid_scope(allegro: AllegroWorld, browser: httpx.Client) -> None:
    shown = browser.get("/auth/oauth/authorize", params=authorize_query(allegro, scope="allegro:api:everything"))
    assert httpx.URL(shown.headers["location"]).params["error"] == "invalid_scope"


def test_a_code_works_once(allegro: AllegroWorld, browser: httpx.Client) -> None:
    code = authorized(allegro, browser)["code"]
    assert exchange(allegro, browser, code).status_code == 200
    again = exchange(allegro, browser, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_lives_ten_seconds(allegro: AllegroWorld, browser: httpx.Client) -> None:
    code = authorized(allegro, browser)["code"]
    allegro.clock.advance(11)
    assert exchange(allegro, browser, code).json()["error"] == "invalid_grant"


def test_a_code_is_bound_to_its_redirect_uri(allegro: AllegroWorld, browser: httpx.Client) -> None:
    code = authorized(allegro, browser)["code"]
    assert exchange(allegro, browser, code, redirect_uri=CALLBACK + "?x=1").json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("verifier", "status"), [("right" * 10, 200), ("wrong" * 10, 400), (None, 400)])
def test_the_code_verifier_must_fit_the_challenge(
    allegro: AllegroWorld, browser: httpx.Client, verifier: str | None, status: int
) -> None:
    challenge = s256("right" * 10)
    code = authorized(allegro, browser, code_challenge=challenge, code_challenge_method="S256")["code"]
    sent = {} if verifier is None else {"code_verifier": verifier}
    assert exchange(allegro, browser, code, **sent).status_code == status


def test_a_wrong_client_secret_is_invalid_client(allegro: AllegroWorld, browser: httpx.Client) -> None:
    answered = browser.post(
        "/auth/oauth/token", data={"grant_type": "refresh_token"}, auth=(allegro.client_id, "guess")
    )
    assert (answered.status_code, answered.json()["error"]) == (401, "invalid_client")


def test_refreshing_gives_a_new_pair_and_kills_the_old_access_token(
    allegro: AllegroWorld, browser: httpx.Client
) -> None:
    old = allegro.open_session()
    new = refresh(allegro, browser, old).json()
    assert new["refresh_token"] != old["refresh_token"]
    assert works(browser, new)
    assert not works(browser, old)


def test_a_used_refresh_token_works_for_sixty_seconds_more(allegro: AllegroWorld, browser: httpx.Client) -> None:
    old = allegro.open_session()
    refresh(allegro, browser, old)
    allegro.clock.advance(59)
    recovered = refresh(allegro, browser, old)
    assert recovered.status_code == 200
    assert works(browser, recovered.json())
    allegro.clock.advance(2)
    assert refresh(allegro, browser, old).json()["error"] == "invalid_grant"


def test_a_refresh_token_lives_three_months(allegro: AllegroWorld, browser: httpx.Client) -> None:
    pair = allegro.open_session()
    allegro.clock.advance(timedelta(days=89).total_seconds())
    pair = refresh(allegro, browser, pair).json()
    allegro.clock.advance(timedelta(days=91).total_seconds())
    assert refresh(allegro, browser, pair).json()["error"] == "invalid_grant"


def test_an_access_token_lives_as_long_as_it_says(allegro: AllegroWorld, browser: httpx.Client) -> None:
    pair = allegro.open_session()
    allegro.clock.advance(ACCESS_SECONDS + 1)
    refused = Api(browser, pair["access_token"]).get("/me")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")


def test_revoking_kills_everything_of_that_seller_alone(allegro: AllegroWorld, browser: httpx.Client) -> None:
    mine, other = allegro.open_session(), allegro.open_session("inny-sprzedawca")
    allegro.revoke("kubki-shop")
    assert not works(browser, mine)
    assert refresh(allegro, browser, mine).json()["error"] == "invalid_grant"
    assert works(browser, other)


def test_the_twenty_first_session_ends_the_oldest(allegro: AllegroWorld, browser: httpx.Client) -> None:
    pairs = [allegro.open_session() for _ in range(21)]
    assert not works(browser, pairs[0])
    assert works(browser, pairs[1])


def start_device(allegro: AllegroWorld, browser: httpx.Client) -> dict[str, Any]:
    answered = browser.post(
        "/auth/oauth/device",
        data={"client_id": allegro.client_id},
        auth=(allegro.client_id, allegro.client_secret),
    )
    assert answered.status_code == 200
    started: dict[str, Any] = answered.json()
    return started


def poll(allegro: AllegroWorld, browser: httpx.Client, started: dict[str, Any]) -> httpx.Response:
    kind = "urn:ietf:params:oauth:grant-type:device_code"
    return token(allegro, browser, grant_type=kind, device_code=started["device_code"])


def test_a_device_waits_until_a_person_has_paired_it(allegro: AllegroWorld, browser: httpx.Client) -> None:
    started = start_device(allegro, browser)
    pending = poll(allegro, browser, started)
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    assert browser.post(f"/_sandbox/device/{started['user_code']}", json={}).status_code == 204
    allegro.clock.advance(started["interval"])
    assert works(browser, poll(allegro, browser, started).json())


def test_polling_faster_than_asked_slows_the_device_down(allegro: AllegroWorld, browser: httpx.Client) -> None:
    started = start_device(allegro, browser)
    poll(allegro, browser, started)
    assert poll(allegro, browser, started).json()["error"] == "slow_down"
    allegro.clock.advance(started["interval"])
    assert poll(allegro, browser, started).json()["error"] == "slow_down"
    allegro.clock.advance(started["interval"] + 10)
    assert poll(allegro, browser, started).json()["error"] == "authorization_pending"


def test_a_device_code_expires(allegro: AllegroWorld, browser: httpx.Client) -> None:
    started = start_device(allegro, browser)
    allegro.clock.advance(started["expires_in"] + 1)
    assert poll(allegro, browser, started).json()["error"] == "expired_token"


def test_a_person_pairs_or_refuses_a_device_in_the_browser(allegro: AllegroWorld, browser: httpx.Client) -> None:
    started = start_device(allegro, browser)
    assert started["user_code"] in browser.get(started["verification_uri_complete"]).text
    entered = {"code": started["user_code"], "decision": "deny"}
    assert browser.post(started["verification_uri"], data=entered).status_code == 200
    assert poll(allegro, browser, started).json()["error"] == "access_denied"


def test_the_token_endpoint_misbehaves_on_demand(allegro: AllegroWorld, browser: httpx.Client) -> None:
    pair = allegro.open_session()
    allegro.faults.switch_on("token_endpoint_down", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        refresh(allegro, browser, pair)
    for name, status in (("token_too_many_requests", 429), ("token_unavailable", 503), ("token_invalid_grant", 400)):
        allegro.faults.switch_on(name, times=1)
        assert refresh(allegro, browser, pair).status_code == status
    assert works(browser, pair)
    outcomes = [outcome for _kind, outcome in allegro.token_requests]
    assert outcomes == ["down", "too_many_requests", "unavailable", "invalid_grant"]


def test_a_lost_token_answer_has_rotated_the_pair(allegro: AllegroWorld, browser: httpx.Client) -> None:
    pair = allegro.open_session()
    allegro.faults.switch_on("token_answer_lost", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        refresh(allegro, browser, pair)
    assert not works(browser, pair)
    assert works(browser, refresh(allegro, browser, pair).json())


def test_a_fresh_token_is_rejected_once(allegro: AllegroWorld, browser: httpx.Client) -> None:
    allegro.faults.switch_on("fresh_token_rejected", times=1)
    pair = allegro.open_session()
    assert not works(browser, pair)
    assert works(browser, pair)


def test_a_missing_permission_is_a_403(allegro: AllegroWorld, browser: httpx.Client) -> None:
    allegro.faults.switch_on("scope_missing", scope="allegro:api:orders:read")
    pair = allegro.open_session()
    assert "allegro:api:orders:read" not in pair["scope"].split()
    refused = Api(browser, pair["access_token"]).get("/order/events")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "AccessDenied")
    assert works(browser, pair)
