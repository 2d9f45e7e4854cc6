"""Every refusal is problem+json, whoever refuses: the endpoint, the framework or the other side."""

import json

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.api.app import create_api
from app.api.deps import Services
from app.api.limits import MAX_BODY_BYTES
from app.config import Config
from app.db import accounts
from tests.api.answers import good, problem, refused_fields
from tests.api.conftest import KEY, served

NEW: dict[str, object] = {
    "name": "Kubki",
    "app_name": "Bridge",
    "client_id": "id",
    "client_secret": "cs",
    "allegro_login": "shop",
}


# What the framework refuses never comes near a database, so one kind of it is enough.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
def test_nobody_gets_in_without_a_key(anonymous: TestClient) -> None:
    for header in (None, "Bearer", "Bearer ", "Bearer another-key", f"Basic {KEY}", KEY, "Bearer zażółć"):
        headers = {b"authorization": header.encode()} if header is not None else {}
        answer = anonymous.get("/api/v1/status", headers=headers)
        problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


@on_sqlite
def test_every_address_of_the_api_asks_for_the_key(anonymous: TestClient) -> None:
    paths = anonymous.get("/openapi.json").json()["paths"]
    known = {"account_id": 1, "order_id": "x", "job": "orders", "category_id": "1"}
    known |= dict.fromkeys(("run_id", "alert_id", "link_id", "template_id", "listing_id"), 1)
    known |= dict.fromkeys(("parcel_id", "invoice_id", "pickup_id"), 1)
    asked = 0
    for path, operations in paths.items():
        for method in operations:
            if path.startswith("/api/v1"):
                address = path.format(**known)
                problem(anonymous.request(method.upper(), address, json={}), 401)
                asked += 1
    assert asked > 20


@on_sqlite
def test_each_of_several_keys_is_accepted(config: Config) -> None:
    keys = (SecretStr("the-new-key-of-today"), SecretStr("the-old-key-of-before"))
    with served(config.model_copy(update={"api_key": keys})) as client:
        for key in keys:
            good(client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {key.get_secret_value()}"}))
        problem(client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {KEY}"}), 401)


@on_sqlite
def test_an_unknown_address_is_a_problem_that_says_where_the_api_is_described(api: TestClient) -> None:
    assert "/docs" in problem(api.get("nothing-here"), 404)["detail"]


@on_sqlite
def test_a_stray_slash_is_not_redirected(api: TestClient) -> None:
    problem(api.post("accounts/", json=NEW), 404)


@on_sqlite
def test_a_wrong_method_names_the_right_ones(api: TestClient) -> None:
    answer = api.put("accounts", json=NEW)
    assert "GET" in problem(answer, 405)["detail"]
    assert "GET" in answer.headers["allow"]


@on_sqlite
def test_a_body_that_is_not_json_cannot_be_read(api: TestClient) -> None:
    for body in (
        b"{",
        b"nonsense",
        b'{"name": }',
        b"\xff\xfe\x00",
        b'{"name": "\xc3"}',
        b'{"name":' + b"[" * 100_000,
        b'{"name":' + b"9" * 5_000 + b"}",
    ):
        problem(api.post("accounts", content=body, headers={"Content-Type": "application/json"}), 400)


@on_sqlite
def test_json_that_is_no_object_is_refused(api: TestClient) -> None:
    for body in ("null", "[]", "1", '"name"', "true", "NaN", "Infinity"):
        answer = api.post("accounts", content=body, headers={"Content-Type": "application/json"})
        assert refused_fields(answer) == {"body"}


@on_sqlite
def test_a_body_of_another_media_type_is_refused(api: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "x", ""):
        answer = api.post("accounts", content=json.dumps(NEW), headers={"Content-Type": kind})
        assert refused_fields(answer) == {"body"}


@on_sqlite
def test_a_body_that_would_fill_the_memory_is_not_read(anonymous: TestClient) -> None:
    for address in ("/api/v1/accounts", "/webhooks/woocommerce"):
        problem(anonymous.post(address, content=b" " * (MAX_BODY_BYTES + 1)), 413)


@on_sqlite
def test_a_parameter_with_a_slip_in_its_name_is_refused_and_not_ignored(api: TestClient) -> None:
    assert refused_fields(api.get("alerts", params={"opne": "true"})) == {"opne"}


def test_a_number_that_no_account_can_have_is_refused(api: TestClient) -> None:
    for number in ("0", "-1", "x", "1.5", "2147483648", "9" * 400, "%00"):
        assert refused_fields(api.get(f"accounts/{number}")) == {"account_id"}
    problem(api.get("accounts/2147483647"), 404)


_HOSTILE = ["a\x00b", "\ud800", "\u202e\x07", "x" * 100_000, "", "   ", "\n", 2**70, -1, 1.5, True, None, [], {}, [[]]]


def test_a_hostile_value_names_its_field_and_leaves_nothing_behind(api: TestClient, services: Services) -> None:
    for value in _HOSTILE:
        for field in NEW:
            body = json.dumps({**NEW, field: value})
            answer = api.post("accounts", content=body, headers={"Content-Type": "application/json"})
            assert refused_fields(answer) == {field}
    with services.database.reading() as session:
        assert list(accounts.every(session)) == []


@on_sqlite
def test_an_unknown_field_is_refused_and_named(api: TestClient) -> None:
    for name in ("client_secret_set", "id", "", "\u0000", "é" * 1000):
        assert refused_fields(api.post("accounts", json={**NEW, name: 1})) == {name or "body"}


@on_sqlite
def test_a_bug_is_a_problem_without_a_word_of_what_is_inside(services: Services) -> None:
    application = create_api(services)

    def broken() -> None:
        raise RuntimeError("the password is 1234")

    application.add_api_route("/broken", broken)
    with TestClient(application, raise_server_exceptions=False) as client:
        assert "1234" not in json.dumps(problem(client.get("/broken"), 500))


@on_sqlite
def test_the_document_describes_every_error_as_a_problem(anonymous: TestClient) -> None:
    document = good(anonymous.get("/openapi.json"))
    for path in document["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if status >= "4" and "content" in answer and "text/html" not in answer["content"]:
                    assert list(answer["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


@on_sqlite
def test_the_description_is_a_page(anonymous: TestClient) -> None:
    assert "swagger-ui" in anonymous.get("/docs").text
