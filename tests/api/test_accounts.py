"""Accounts over the API."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import accounts, tokens
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

SECRET = "the-secret-that-never-comes-out"
NEW = {"name": "Kubki", "app_name": "Bridge", "client_id": "an-id", "client_secret": SECRET, "allegro_login": "shop"}


def create(api: TestClient, **more: Any) -> Any:
    return good(api.post("accounts", json={**NEW, **more}), 201)


def test_a_new_account_has_the_defaults_of_the_product(api: TestClient) -> None:
    made = create(api)
    assert made == {
        "id": made["id"],
        "name": "Kubki",
        "environment": "production",
        "app_name": "Bridge",
        "client_id": "an-id",
        "client_secret_set": True,
        "allegro_login": "shop",
        "location": {"country_code": "PL", "province": "", "city": "", "postal_code": ""},
        "default_currency": "PLN",
        "enabled": True,
        "shadow": False,
        "connection": "No connection",
        "connection_detail": "Not authorised yet. Start the authorisation of this account and accept it at Allegro.",
        "missing_permissions": [],
        "login": None,
        "token_expires_at": None,
        "application_url": "http://localhost:8000/oauth/allegro/callback",
    }
    assert good(api.get(f"accounts/{made['id']}")) == made


def test_the_client_secret_is_stored_encrypted_without_the_blanks_of_a_paste(
    api: TestClient, services: Services
) -> None:
    made = create(api, client_secret=f" {SECRET}\n")
    with services.database.reading() as session:
        stored = accounts.client_secret_encrypted(session, made["id"])
    assert SECRET not in stored
    assert services.box.decrypt(stored) == SECRET


def test_a_secret_never_comes_out(api: TestClient, account: int, world: Sandbox, services: Services) -> None:
    with services.database.reading() as session:
        row = tokens.read(session, account)
        hidden = [
            services.box.decrypt(row.access_encrypted),
            services.box.decrypt(row.refresh_encrypted),
            world.allegro.client_secret,
            world.store.secret,
            world.store.key,
        ]
    api.patch(f"accounts/{account}/settings", json={"import_orders": True, "event_logging": True})
    good(api.post("jobs/orders/run", json={"wait": True}))
    texts = [
        api.get(path).text
        for path in (
            "status",
            "accounts",
            f"accounts/{account}",
            f"accounts/{account}/settings",
            f"accounts/{account}/event-log",
            f"accounts/{account}/event-log/download",
            "runs",
            "alerts",
            "http://testserver/metrics",
        )
    ]
    texts.append(api.post("accounts", json={**NEW, "name": 1}).text)
    texts.append(api.patch(f"accounts/{account}", json={"client_secret": SECRET}).text)
    for secret in [*hidden, SECRET]:
        assert not [text for text in texts if secret in text]


def test_a_name_that_is_taken_is_a_conflict_that_names_the_field(api: TestClient) -> None:
    first, second = create(api), create(api, name="Talerze")
    conflict = problem(api.post("accounts", json=NEW), 409)
    assert conflict["errors"][0]["field"] == "name"
    assert problem(api.patch(f"accounts/{second['id']}", json={"name": " Kubki "}), 409)["errors"][0]["field"] == "name"
    good(api.patch(f"accounts/{first['id']}", json={"name": "Kubki"}))
    assert [each["name"] for each in good(api.get("accounts"))["items"]] == ["Kubki", "Talerze"]


def test_only_what_is_given_changes(api: TestClient, services: Services) -> None:
    made = create(api, location={"city": "Kraków", "postal_code": "30-001"})
    changed = good(
        api.patch(f"accounts/{made['id']}", json={"enabled": False, "location": {"province": "MALOPOLSKIE"}})
    )
    location = {"country_code": "PL", "province": "MALOPOLSKIE", "city": "Kraków", "postal_code": "30-001"}
    assert changed == {**made, "enabled": False, "location": location}
    good(api.patch(f"accounts/{made['id']}", json={"client_secret": "another"}))
    with services.database.reading() as session:
        assert services.box.decrypt(accounts.client_secret_encrypted(session, made["id"])) == "another"


def test_null_is_no_value_of_a_field(api: TestClient) -> None:
    made = create(api)
    for field in ("name", "environment", "client_secret", "location", "enabled"):
        assert refused_fields(api.patch(f"accounts/{made['id']}", json={field: None})) == {field}
    assert good(api.get(f"accounts/{made['id']}")) == made


def test_a_value_that_cannot_be_used_is_refused_and_named(api: TestClient) -> None:
    made = create(api)
    for field, value in (
        ("environment", "staging"),
        ("app_name", "日本"),
        ("default_currency", "zł"),
        ("location", {"country_code": "Poland"}),
        ("location", {"town": "Kraków"}),
        ("enabled", "yes"),
        ("client_secret", "x" * 501),
        ("name", "x" * 201),
    ):
        for answer in (
            api.post("accounts", json={**NEW, "name": "B", field: value}),
            api.patch(f"accounts/{made['id']}", json={field: value}),
        ):
            assert {each.split(".")[0] for each in refused_fields(answer)} == {field}
    assert len(good(api.get("accounts"))["items"]) == 1


def test_accounts_come_page_by_page(api: TestClient) -> None:
    ids = [create(api, name=f"Shop {number}")["id"] for number in range(5)]
    found: list[int] = []
    cursor: dict[str, str] = {}
    pages = 0
    while True:
        page = good(api.get("accounts", params={"limit": "2", **cursor}))
        found += [each["id"] for each in page["items"]]
        pages += 1
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert (found, pages) == (ids, 3)
    for parameters in ({"limit": "0"}, {"limit": "201"}, {"cursor": "x"}, {"cursor": "-1"}):
        assert refused_fields(api.get("accounts", params=parameters)) == set(parameters)


def test_a_deleted_account_takes_its_data_along(api: TestClient, services: Services, account: int) -> None:
    good(api.post("jobs/orders/run", json={"account_id": account, "wait": True}))
    good(api.delete(f"accounts/{account}"), 204)
    for path in ("", "/settings", "/orders", "/orders/x", "/orders/x/history", "/event-log", "/event-log/download"):
        problem(api.get(f"accounts/{account}{path}"), 404)
    for path in ("/authorize", "/authorize/device", "/test", "/disconnect"):
        problem(api.post(f"accounts/{account}{path}"), 404)
    problem(api.delete(f"accounts/{account}"), 404)
    problem(api.patch(f"accounts/{account}", json={}), 404)
    problem(api.patch(f"accounts/{account}/settings", json={}), 404)
    assert good(api.get("status"))["accounts"] == []


@pytest.mark.parametrize("change", [{"allegro_login": "somebody-else"}, {"environment": "production"}])
def test_another_seller_must_authorise_anew(api: TestClient, account: int, change: dict[str, str]) -> None:
    changed = good(api.patch(f"accounts/{account}", json=change))
    assert changed["connection"] == "No connection"
    assert "Authorise" in changed["connection_detail"]
    assert changed["token_expires_at"] is None


def test_the_same_seller_stays_connected(api: TestClient, account: int, world: Sandbox) -> None:
    login = world.allegro.logged_in.upper()
    changed = good(api.patch(f"accounts/{account}", json={"allegro_login": login, "name": "Mugs"}))
    assert changed["connection"] == "OK"
