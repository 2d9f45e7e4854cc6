"""Allegro's API for one account."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.hosts import HOSTS
from app.channels.allegro.limits import Caller
from app.channels.allegro.session import AllegroSession, user_agent
from app.channels.errors import (
    AuthRequired,
    Conflict,
    Misconfigured,
    NotFound,
    Rejected,
    Unreadable,
)
from app.channels.http import Transport
from app.domain.accounts import Environment
from app.domain.orders import OrderStatus
from app.errors import BridgeError
from tests.channels.allegro.forms import ORDER_ID, form, line
from tests.channels.allegro.test_translate import EVENT

API = "https://api.allegro.example"
KUBKI = Caller("client-1", account_id=1)
PUBLIC = "application/vnd.allegro.public.v1+json"
NOW = datetime(2026, 10, 12, 12, tzinfo=UTC)


class Tokens:
    """Gives out token-1, then token-2 and so on."""

    def __init__(self) -> None:
        self.rejected: list[str] = []

    def access_token(self) -> str:
        return f"token-{len(self.rejected) + 1}"

    def renewed(self, rejected_access_token: str) -> str:
        self.rejected.append(rejected_access_token)
        return self.access_token()


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def client(transport: Transport, tokens: Tokens) -> AllegroClient:
    return AllegroClient(AllegroSession(transport, API, "Kubki/1.0 (+https://kubki.example)", tokens, KUBKI))


@pytest.mark.parametrize(
    ("name", "agent"),
    [
        ("Kubki", "Kubki/1.2 (+https://x.example)"),
        ("Mój sklep Łódź", "Moj-sklep-Lodz/1.2 (+https://x.example)"),
        ("  zażółć  gęślą\tjaźń ", "zazolc-gesla-jazn/1.2 (+https://x.example)"),
        ("A/B (test); ☃ c_d.e", "AB-test-c_d.e/1.2 (+https://x.example)"),
    ],
)
def test_the_user_agent_names_the_registered_application(name: str, agent: str) -> None:
    assert user_agent(name, "1.2", "https://x.example") == agent
    agent.encode("ascii")


def test_a_name_without_usable_letters_is_named_as_the_problem() -> None:
    with pytest.raises(Misconfigured, match="☃"):
        user_agent("☃", "1", "https://x.example")


def test_every_environment_has_its_hosts() -> None:
    assert set(HOSTS) == set(Environment)
    assert len({host for hosts in HOSTS.values() for host in (hosts.api, hosts.auth, hosts.upload)}) == 6


@respx.mock
def test_a_call_carries_what_allegro_asks_for(client: AllegroClient) -> None:
    route = respx.get(f"{API}/me").respond(
        json={"id": 77, "login": "kubki", "email": "a@b.pl", "baseMarketplace": {"id": "allegro-pl"}}
    )
    me = client.me()
    assert (me.id, me.login, me.email, me.base_marketplace) == ("77", "kubki", "a@b.pl", "allegro-pl")
    headers = route.calls.last.request.headers
    assert headers["authorization"] == "Bearer token-1"
    assert headers["accept"] == PUBLIC
    assert headers["user-agent"] == "Kubki/1.0 (+https://kubki.example)"
    assert "accept-language" not in headers


@respx.mock
def test_a_refused_token_is_renewed_once(client: AllegroClient, tokens: Tokens) -> None:
    route = respx.get(f"{API}/order/event-stats").mock(
        side_effect=[httpx.Response(401, json={"error": "invalid_token"}), httpx.Response(200, json={})]
    )
    assert client.latest_order_event() is None
    assert tokens.rejected == ["token-1"]
    assert [call.request.headers["authorization"] for call in route.calls] == ["Bearer token-1", "Bearer token-2"]


@respx.mock
def test_a_second_refusal_needs_a_person(client: AllegroClient, tokens: Tokens) -> None:
    route = respx.get(f"{API}/me").respond(401, json={"error": "invalid_token", "error_description": "expired"})
    with pytest.raises(AuthRequired, match="expired"):
        client.me()
    assert route.call_count == 2
    assert len(tokens.rejected) == 1


def errors(code: str, **more: Any) -> dict[str, Any]:
    return {"errors": [{"code": code, "message": "technical", "userMessage": "For people.", "path": None, **more}]}


@respx.mock
def test_a_missing_permission_is_named(client: AllegroClient, tokens: Tokens) -> None:
    respx.put(f"{API}/order/checkout-forms/{ORDER_ID}/fulfillment").respond(403, json=errors("AccessDenied"))
    with pytest.raises(AuthRequired) as caught:
        client.set_fulfilment(ORDER_ID, "PROCESSING", "r1")
    assert caught.value.permission == "allegro:api:orders:write"
    assert tokens.rejected == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, None, AuthRequired),
        (403, errors("UserAgentNotAllowed"), Misconfigured),
        (404, errors("CheckoutFormNotFoundException"), NotFound),
        (404, None, NotFound),
        (406, errors("NotAcceptableException"), Misconfigured),
        (409, errors("CONFLICT"), Conflict),
        (415, None, Misconfigured),
        (422, errors("VALIDATION"), Rejected),
        (400, {"errors": [{"code": None, "message": None}, None, "x"]}, Rejected),
        (400, {"errors": None}, Rejected),
        (400, [], Rejected),
    ],
)
@respx.mock
def test_what_a_refusal_means(client: AllegroClient, status: int, body: Any, error: type[BridgeError]) -> None:
    answer = httpx.Response(status, headers={"trace-id": "t-9"}) if body is None else None
    respx.get(f"{API}/order/checkout-forms/{ORDER_ID}").mock(
        return_value=answer or httpx.Response(status, json=body, headers={"trace-id": "t-9"})
    )
    with pytest.raises(error, match=ORDER_ID) as caught:
        client.order(ORDER_ID)
    assert type(caught.value) is error
    assert getattr(caught.value, "trace_id", "") == "t-9"


@respx.mock
def test_a_refusal_keeps_allegros_words_and_fields(client: AllegroClient) -> None:
    respx.get(f"{API}/order/checkout-forms/{ORDER_ID}").respond(422, json=errors("Bad", path="lineItems[0].id"))
    with pytest.raises(Rejected, match=r"For people\.") as caught:
        client.order(ORDER_ID)
    assert (caught.value.status, caught.value.code) == (422, "Bad")
    assert caught.value.fields == (("lineItems[0].id", "For people."),)


@pytest.mark.parametrize("order_id", ["", "42", "../me", f"{ORDER_ID}/fulfillment", f"{ORDER_ID}\n"])
@respx.mock
def test_what_is_no_order_id_is_not_asked_for(client: AllegroClient, order_id: str) -> None:
    with pytest.raises(Rejected, match="is not the id of an Allegro order"):
        client.order(order_id)


@respx.mock
def test_the_journal_is_read_after_an_event(client: AllegroClient) -> None:
    route = respx.get(f"{API}/order/events").respond(json={"events": [EVENT]})
    assert [event.order_id for event in client.order_events("15", limit=100).events] == [ORDER_ID]
    assert dict(route.calls.last.request.url.params) == {"from": "15", "limit": "100"}
    client.order_events(None)
    assert dict(route.calls.last.request.url.params) == {"limit": "1000"}


@respx.mock
def test_an_event_that_cannot_be_read_does_not_hide_the_others(client: AllegroClient) -> None:
    respx.get(f"{API}/order/events").respond(json={"events": [{"id": "1"}, EVENT, None]})
    page = client.order_events(None)
    assert [event.id for event in page.events] == [EVENT["id"]]
    assert [event_id for event_id, _ in page.unreadable] == ["1", ""]
    assert (page.count, page.last_id) == (3, EVENT["id"])


@respx.mock
def test_an_answer_without_the_list_is_not_an_empty_journal(client: AllegroClient) -> None:
    respx.get(f"{API}/order/events").respond(json={})
    with pytest.raises(Unreadable, match="events is not a list"):
        client.order_events(None)


@respx.mock
def test_the_end_of_the_journal(client: AllegroClient) -> None:
    respx.get(f"{API}/order/event-stats").respond(
        json={"latestEvent": {"id": "99", "occurredAt": "2026-10-12T10:00:00Z"}}
    )
    latest = client.latest_order_event()
    assert latest is not None
    assert (latest.id, latest.occurred_at) == ("99", datetime(2026, 10, 12, 10, tzinfo=UTC))


@respx.mock
def test_orders_are_listed_by_change_oldest_first(client: AllegroClient) -> None:
    route = respx.get(f"{API}/order/checkout-forms").respond(
        json={"checkoutForms": [form()], "count": 1, "totalCount": 31}
    )
    page = client.orders_updated(NOW, NOW, 30, status=OrderStatus.READY)
    assert page.total_count == 31
    assert dict(route.calls.last.request.url.params) == {
        "updatedAt.gte": "2026-10-12T12:00:00.000Z",
        "updatedAt.lte": "2026-10-12T12:00:00.000Z",
        "sort": "updatedAt",
        "offset": "30",
        "limit": "100",
        "status": "READY_FOR_PROCESSING",
    }


@respx.mock
def test_orders_are_listed_by_purchase_oldest_first(client: AllegroClient) -> None:
    route = respx.get(f"{API}/order/checkout-forms").respond(json={"checkoutForms": [form()], "totalCount": 1})
    assert [order.id for order in client.orders_bought(NOW, NOW, 100).orders] == [ORDER_ID]
    assert dict(route.calls.last.request.url.params) == {
        "lineItems.boughtAt.gte": "2026-10-12T12:00:00.000Z",
        "lineItems.boughtAt.lte": "2026-10-12T12:00:00.000Z",
        "sort": "lineItems.boughtAt",
        "offset": "100",
        "limit": "100",
    }


@respx.mock
def test_one_unreadable_order_does_not_lose_the_page(client: AllegroClient) -> None:
    bad = form(id="29738e61-7f6a-11e8-ac45-000000000000", lineItems=[line("a", quantity=None)])
    respx.get(f"{API}/order/checkout-forms").respond(json={"checkoutForms": [bad, form(), None]})
    page = client.orders_updated(NOW, None, 0)
    assert [order.id for order in page.orders] == [ORDER_ID]
    assert [order_id for order_id, _ in page.unreadable] == [bad["id"], ""]
    assert "quantity" in page.unreadable[0][1]
    assert page.total_count == 3


@respx.mock
def test_the_fulfilment_is_set_for_the_revision_that_was_read(client: AllegroClient) -> None:
    route = respx.put(f"{API}/order/checkout-forms/{ORDER_ID}/fulfillment").respond(204)
    client.set_fulfilment(ORDER_ID, "PROCESSING", "819b")
    request = route.calls.last.request
    assert dict(request.url.params) == {"checkoutForm.revision": "819b"}
    assert request.headers["content-type"] == PUBLIC
    assert request.content == b'{"status":"PROCESSING"}'
