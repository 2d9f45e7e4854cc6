"""Authorising an account over the API, and the page that a person comes back to."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.api.deps import Services
from app.sandbox.seed import SELLERS
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem

# What is stored of it is tested on every database elsewhere; here it is about words and pages.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CALLBACK = "http://testserver/oauth/allegro/callback"


@pytest.fixture
def stranger(api: TestClient, world: Sandbox) -> int:
    """The id of an account that nobody has authorised yet."""
    world.allegro.register_redirect_uri(good(api.get("application-address"))["application_url"])
    made: int = good(
        api.post(
            "accounts",
            json={
                "name": "Kubki <b>i</b> spółka",
                "environment": "sandbox",
                "app_name": world.allegro.app_name,
                "client_id": world.allegro.client_id,
                "client_secret": world.allegro.client_secret,
                "allegro_login": world.allegro.logged_in,
            },
        ),
        201,
    )["id"]
    return made


def come_back(api: TestClient, world: Sandbox, account: int, *, decision: str = "allow", login: str = "") -> Response:
    """Start, decide at Allegro, and open the address that the browser is sent back to."""
    started = good(api.post(f"accounts/{account}/authorize"))
    address = world.allegro.consent(started["authorize_url"], decision, login or world.allegro.logged_in)
    return api.get(f"{CALLBACK}?{urlsplit(address).query}")


def says(page: Response, status: int) -> str:
    assert page.status_code == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    return page.text


def test_the_address_that_is_opened_names_us_and_protects_the_code(api: TestClient, stranger: int) -> None:
    started = good(api.post(f"accounts/{stranger}/authorize"))
    query = parse_qs(urlsplit(started["authorize_url"]).query)
    assert query["redirect_uri"] == ["http://localhost:8000/oauth/allegro/callback"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 32
    assert started["expires_at"].endswith("Z")


def test_a_person_is_told_that_it_worked_and_the_account_is_connected(
    api: TestClient, world: Sandbox, stranger: int
) -> None:
    page = says(come_back(api, world, stranger), 200)
    assert "Connected" in page
    assert "Kubki &lt;b&gt;i&lt;/b&gt; spółka" in page, "a name is text, and never markup"
    shown = good(api.get(f"accounts/{stranger}"))
    assert (shown["connection"], shown["login"]) == ("OK", world.allegro.logged_in)
    tested = good(api.post(f"accounts/{stranger}/test"))
    assert tested["status"] == "OK"
    assert all(check["ok"] and check["detail"] for check in tested["checks"])


def test_declining_connects_nothing(api: TestClient, world: Sandbox, stranger: int) -> None:
    assert "declined" in says(come_back(api, world, stranger, decision="deny"), 400)
    assert good(api.get(f"accounts/{stranger}"))["connection"] == "No connection"


def test_another_login_than_the_configured_one_connects_nothing_and_is_told_so(
    api: TestClient, world: Sandbox, stranger: int
) -> None:
    page = says(come_back(api, world, stranger, login=SELLERS[1].login), 400)
    assert SELLERS[1].login in page
    assert world.allegro.logged_in in page
    assert good(api.get(f"accounts/{stranger}"))["connection"] == "No connection"


def test_the_same_link_does_not_work_twice(api: TestClient, world: Sandbox, stranger: int) -> None:
    started = good(api.post(f"accounts/{stranger}/authorize"))
    query = urlsplit(world.allegro.consent(started["authorize_url"])).query
    says(api.get(f"{CALLBACK}?{query}"), 200)
    assert "used already" in says(api.get(f"{CALLBACK}?{query}"), 400)
    assert good(api.get(f"accounts/{stranger}"))["connection"] == "OK"


def test_a_link_that_is_too_old_connects_nothing(api: TestClient, world: Sandbox, stranger: int) -> None:
    started = good(api.post(f"accounts/{stranger}/authorize"))
    query = urlsplit(world.allegro.consent(started["authorize_url"])).query
    world.clock.advance(601)
    assert "expired" in says(api.get(f"{CALLBACK}?{query}"), 400)


def test_hostile_values_of_the_callback_are_text_on_its_page(api: TestClient, stranger: int) -> None:
    started = good(api.post(f"accounts/{stranger}/authorize"))
    state = dict(parse_qsl(urlsplit(started["authorize_url"]).query))["state"]
    hostile = "<script>alert('x')</script>\x00\"&"
    page = says(api.get(f"{CALLBACK}?{urlencode({'state': state, 'error': hostile})}"), 400)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    for query in ("", "state=", "code=x", f"state={'x' * 9000}", "state=%00&code=%FF", urlencode({"state": hostile})):
        assert "Not connected" in says(api.get(f"{CALLBACK}?{query}"), 400)


def test_a_device_is_connected_once_its_code_was_entered(
    api: TestClient, world: Sandbox, stranger: int, services: Services
) -> None:
    started = good(api.post(f"accounts/{stranger}/authorize/device"))
    assert set(started) == {"user_code", "verification_url", "expires_at", "interval"}
    services.connector.poll_devices()
    assert good(api.get(f"accounts/{stranger}"))["connection"] == "No connection"
    world.allegro.decide_device(started["user_code"], "allow", world.allegro.logged_in)
    world.clock.advance(started["interval"] + 1)
    services.connector.poll_devices()
    assert good(api.get(f"accounts/{stranger}"))["connection"] == "OK"


def test_a_wrong_client_secret_is_a_502_with_the_remedy(api: TestClient, stranger: int) -> None:
    good(api.patch(f"accounts/{stranger}", json={"client_secret": "wrong"}))
    assert "apps.developer" in problem(api.post(f"accounts/{stranger}/authorize/device"), 502)["detail"]


def test_disconnecting_forgets_the_authorisation_and_says_how_to_come_back(api: TestClient, account: int) -> None:
    gone = good(api.post(f"accounts/{account}/disconnect"))
    assert gone["status"] == "No connection"
    assert [check["ok"] for check in gone["checks"]] == [False]
    assert "Authorise" in good(api.get(f"accounts/{account}"))["connection_detail"]
    assert good(api.post(f"accounts/{account}/disconnect")) == gone
