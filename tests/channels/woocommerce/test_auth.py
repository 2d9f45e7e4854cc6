"""How the store is shown that we hold a key."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest
import respx

from app.channels.errors import AuthRequired, Uncertain
from app.channels.http import Transport
from app.channels.woocommerce.auth import Mode, auth_for
from app.channels.woocommerce.client import StoreClient
from app.channels.woocommerce.session import StoreSession
from app.logs import Exchange

HTTPS, HTTP = "https://shop.example", "http://shop.example"
KEY, SECRET = "ck_" + "a" * 40, "cs_" + "b" * 40
BASIC = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
NOBODY = {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources."}
WRONG_SECRET = {"code": "woocommerce_rest_authentication_error", "message": "Consumer secret is invalid."}


def client_of(transport: Transport, url: str, mode: Mode) -> StoreClient:
    return StoreClient(StoreSession(transport, url, auth_for(url, mode, KEY, SECRET)))


def signature_of(request: httpx.Request) -> str:
    """What the store computes: RFC 5849, section 3.4, with the token part of the key empty."""
    parts = urlsplit(str(request.url))
    pairs = sorted(
        (quote(name, safe="~"), quote(value, safe="~"))
        for name, value in parse_qsl(parts.query)
        if name != "oauth_signature"
    )
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join(
        [request.method, quote(f"{parts.scheme}://{parts.netloc}{parts.path}", safe=""), quote(joined, safe="~")]
    )
    return base64.b64encode(hmac.new(f"{SECRET}&".encode(), base.encode(), hashlib.sha256).digest()).decode()


@pytest.mark.parametrize(
    ("url", "mode", "form"),
    [
        (HTTPS, "auto", "header"),
        (HTTP, "auto", "oauth1"),
        (HTTPS, "header", "header"),
        (HTTP, "header", "header"),
        (HTTPS, "query", "query"),
        (HTTP, "query", "query"),
        (HTTPS, "oauth1", "oauth1"),
    ],
)
@respx.mock
def test_a_key_travels_in_clear_over_plain_http_only_when_asked_for(
    transport: Transport, url: str, mode: Mode, form: str
) -> None:
    route = respx.get(f"{url}/wp-json/wc/v3/orders").respond(json=[])
    client_of(transport, url, mode).check_read()
    request = route.calls.last.request
    params = dict(request.url.params)
    assert (request.headers.get("authorization") == BASIC) == (form == "header")
    assert (params.get("consumer_secret") == SECRET) == (form == "query")
    assert ("oauth_signature" in params) == (form == "oauth1")
    assert (SECRET in str(request.url)) == (form == "query")


@pytest.mark.parametrize("text", ["KUBEK-1", "A/B 12", "żółw+é", "100%", "a=b&c", "~x", "[1]"])
@respx.mock
def test_the_oauth_signature_is_the_one_that_the_store_computes(transport: Transport, text: str) -> None:
    route = respx.get(f"{HTTP}/wp-json/wc/v3/products").respond(json=[])
    client_of(transport, HTTP, "auto").products.by_sku([text])
    request = route.calls.last.request
    params = dict(request.url.params)
    assert params["sku"] == text.lower()
    assert params["oauth_signature"] == signature_of(request)


@respx.mock
def test_every_attempt_has_a_nonce_of_its_own(transport: Transport) -> None:
    route = respx.get(f"{HTTP}/wp-json/wc/v3/orders").mock(
        side_effect=[httpx.ReadError("reset"), httpx.Response(200, json=[])]
    )
    client_of(transport, HTTP, "auto").check_read()
    nonces = [call.request.url.params["oauth_nonce"] for call in route.calls]
    assert len(set(nonces)) == 2


@respx.mock
def test_a_body_is_sent_along_with_a_signed_address(transport: Transport) -> None:
    route = respx.put(f"{HTTP}/wp-json/wc/v3/orders/7").respond(json={"id": 7, "status": "cancelled"})
    client_of(transport, HTTP, "auto").set_order_status(7, "cancelled")
    request = route.calls.last.request
    assert request.content == b'{"status":"cancelled"}'
    assert request.headers["content-length"] == str(len(request.content))
    assert request.url.params["oauth_signature"] == signature_of(request)


def stripping(request: httpx.Request) -> httpx.Response:
    """A host that does not let the header through."""
    if "consumer_secret" in request.url.params:
        return httpx.Response(200, json=[])
    return httpx.Response(401, json=NOBODY)


@respx.mock
def test_where_the_header_is_stripped_the_query_is_used_from_then_on(transport: Transport) -> None:
    route = respx.get(f"{HTTPS}/wp-json/wc/v3/orders").mock(side_effect=stripping)
    exchanges: list[Exchange] = []
    auth = auth_for(HTTPS, "auto", KEY, SECRET)
    StoreClient(StoreSession(transport, HTTPS, auth, recorder=exchanges.append)).check_read()
    StoreClient(StoreSession(transport, HTTPS, auth, recorder=exchanges.append)).check_read()
    assert [exchange.status for exchange in exchanges] == [401, 200, 200]
    assert route.call_count == 3
    assert ["authorization" in call.request.headers for call in route.calls] == [True, False, False]


@respx.mock
def test_a_change_is_repeated_with_the_query_because_a_401_did_nothing(transport: Transport) -> None:
    cannot = {"code": "woocommerce_rest_cannot_create", "message": "Sorry, you are not allowed to create resources."}
    route = respx.post(f"{HTTPS}/wp-json/wc/v3/orders/batch").mock(
        side_effect=[httpx.Response(401, json=cannot), httpx.Response(200, json=[])]
    )
    client_of(transport, HTTPS, "auto").check_write()
    assert [call.request.content for call in route.calls] == [b"{}", b"{}"]


@respx.mock
def test_an_unknown_key_is_not_taken_for_a_stripped_header(transport: Transport) -> None:
    route = respx.get(f"{HTTPS}/wp-json/wc/v3/orders").respond(401, json=NOBODY)
    client = client_of(transport, HTTPS, "auto")
    for _ in range(2):
        with pytest.raises(AuthRequired, match="Compare the key"):
            client.check_read()
    assert ["authorization" in call.request.headers for call in route.calls] == [True, False, True, False]


@respx.mock
def test_a_wrong_secret_is_not_sent_a_second_time(transport: Transport) -> None:
    route = respx.get(f"{HTTPS}/wp-json/wc/v3/orders").respond(401, json=WRONG_SECRET)
    with pytest.raises(AuthRequired, match=r"Consumer secret is invalid\."):
        client_of(transport, HTTPS, "auto").check_read()
    assert route.call_count == 1


@respx.mock
def test_an_answer_lost_on_the_second_way_is_still_uncertain(transport: Transport) -> None:
    respx.post(f"{HTTPS}/wp-json/wc/v3/webhooks").mock(
        side_effect=[httpx.Response(401, json=NOBODY), httpx.ReadTimeout("slow")]
    )
    with pytest.raises(Uncertain):
        client_of(transport, HTTPS, "auto").create_webhook("n", "order.created", "https://x.example", "s")
