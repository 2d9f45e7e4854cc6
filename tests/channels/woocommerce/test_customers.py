"""The customers of the store's API."""

from typing import Any

import httpx
import pytest
import respx

from app.channels.errors import AuthRequired, Misconfigured, NotFound, Rejected, Uncertain
from app.channels.http import Transport
from app.channels.woocommerce.customers import StoreCustomers
from app.channels.woocommerce.session import StoreSession
from app.domain.buyers import CustomerDraft
from app.domain.orders import Address

API = "https://shop.example/wp-json/wc/v3/customers"
DRAFT = CustomerDraft(
    "allegro-23", "x+1@allegromail.pl", "Jan", "Nowak", Address(city="Łódź"), Address(), (("_allegro_buyer_id", "23"),)
)


@pytest.fixture
def customers(transport: Transport) -> StoreCustomers:
    return StoreCustomers(StoreSession(transport, "https://shop.example", httpx.BasicAuth("ck_1", "cs_1")))


def _row(number: int = 5, username: str = "allegro-23", email: str = "x+1@allegromail.pl") -> dict[str, Any]:
    return {"id": number, "username": username, "email": email, "meta_data": []}


@respx.mock
def test_only_the_very_name_and_the_very_address_count(customers: StoreCustomers) -> None:
    # A search finds parts of names; a filter that is not known gives everybody, also accounts without an address.
    rows = [_row(1, "allegro-231", "y@b.pl"), _row(2, "jan", "X+1@AllegroMail.pl"), _row(3, "Allegro-23", "")]
    route = respx.get(API).respond(json=rows, headers={"X-WP-Total": "3"})
    assert [getattr(customers.named(name), "id", None) for name in ("allegro-23", "allegro-2")] == [3, None]
    assert [getattr(customers.at(email), "id", None) for email in (DRAFT.email, "1@allegromail.pl")] == [2, None]
    asked = [dict(call.request.url.params) for call in route.calls]
    assert {each["role"] for each in asked} == {"all"}
    assert (asked[0]["search"], asked[2]["email"]) == ("allegro-23", DRAFT.email)


@respx.mock
def test_an_account_is_made(customers: StoreCustomers) -> None:
    route = respx.post(API).respond(201, json=_row())
    assert customers.create(DRAFT).id == 5
    sent = httpx.Response(200, content=route.calls.last.request.content).json()
    assert (sent["username"], sent["email"], sent["billing"]["city"]) == (DRAFT.username, DRAFT.email, "Łódź")
    assert sent["meta_data"] == [{"key": "_allegro_buyer_id", "value": "23"}]
    assert "password" not in sent


@respx.mock
def test_a_plugin_may_choose_another_user_name(customers: StoreCustomers) -> None:
    respx.post(API).respond(201, json=_row(username="x+1"))
    assert customers.create(DRAFT).id == 5


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=_row()),
        httpx.Response(201, json={}),
        httpx.Response(201, json=_row(username="jan", email="a@b.pl")),
        httpx.Response(201, text="<html>Thank you</html>"),
        httpx.Response(500, json={"code": "internal_server_error"}),
        httpx.ReadTimeout("too slow"),
    ],
)
@respx.mock
def test_an_answer_that_is_not_the_account_leaves_it_open_and_is_not_repeated(
    customers: StoreCustomers, answer: httpx.Response | httpx.ReadTimeout
) -> None:
    route = respx.post(API).mock(side_effect=[answer])
    with pytest.raises(Uncertain):
        customers.create(DRAFT)
    assert route.call_count == 1


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "registration-error-username-exists", Rejected),
        # The key works; its owner, a shop manager, may not make users.
        (403, "woocommerce_rest_cannot_create", Rejected),
        (403, "blocked_by_plugin", Misconfigured),
        (401, "woocommerce_rest_cannot_create", AuthRequired),
    ],
)
@respx.mock
def test_a_refusal_of_an_account(customers: StoreCustomers, status: int, code: str, error: type[Exception]) -> None:
    respx.post(API).respond(status, json={"code": code, "message": "No."})
    with pytest.raises(error) as caught:
        customers.create(DRAFT)
    assert type(caught.value) is error


@respx.mock
def test_a_customer_that_is_gone_is_not_found_by_any_method(customers: StoreCustomers) -> None:
    gone = {"code": "woocommerce_rest_invalid_id", "message": "Invalid resource ID."}
    respx.get(f"{API}/5").respond(404, json=gone)
    respx.put(f"{API}/5").respond(400, json=gone)
    with pytest.raises(NotFound):
        customers.by_id(5)
    with pytest.raises(NotFound):
        customers.set_email(5, "a@b.pl")
