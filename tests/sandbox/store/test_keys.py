"""Who may do what, over plain http and over https."""

from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from woocommerce.oauth import OAuth

from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import API, Caller


def _signed(store: Caller, method: str, path: str, *, key: str = "", secret: str = "", **query: str) -> str:
    address = f"{store.url}{API}{path}" + (f"?{urlencode(query)}" if query else "")
    world = store.world
    signer = OAuth(address, key or world.key, secret or world.secret, version="wc/v3", method=method)
    return str(signer.get_oauth_url())


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


UNSEEN = (401, "woocommerce_rest_cannot_view")
REFUSED = (401, "woocommerce_rest_authentication_error")


@pytest.fixture
def plain(store: Caller) -> Caller:
    store.world.pretend_https = False
    return store


def test_a_signed_request_counts_over_plain_http(plain: Caller) -> None:
    answer = plain.raw("GET", _signed(plain, "GET", "/orders", after="2026-01-01T00:00:00", status="any", _fields="id"))
    assert answer.status_code == 200


def test_a_signed_write_counts_over_plain_http(plain: Caller) -> None:
    answer = plain.raw("POST", _signed(plain, "POST", "/orders"), json={"line_items": [{"product_id": 11}]})
    assert answer.status_code == 201


def test_a_signature_with_polish_letters_and_spaces_counts(plain: Caller) -> None:
    assert plain.raw("GET", _signed(plain, "GET", "/orders", search="Łódź 3+4 ~ x")).status_code == 200


def test_a_nonce_counts_once(plain: Caller) -> None:
    address = _signed(plain, "GET", "/products")
    assert plain.raw("GET", address).status_code == 200
    assert _refusal(plain.raw("GET", address)) == REFUSED


def test_a_signature_covers_the_method_and_the_query(plain: Caller) -> None:
    address = _signed(plain, "GET", "/orders")
    assert _refusal(plain.raw("POST", address, json={})) == REFUSED
    assert _refusal(plain.raw("GET", f"{address}&status=trash")) == REFUSED


def test_a_wrong_secret_is_refused_when_signing(plain: Caller) -> None:
    assert _refusal(plain.raw("GET", _signed(plain, "GET", "/orders", secret="cs_wrong"))) == REFUSED


def test_a_clock_more_than_a_quarter_of_an_hour_off_is_refused(plain: Caller) -> None:
    plain.world.clock.advance(timedelta(minutes=16).total_seconds())
    assert _refusal(plain.raw("GET", _signed(plain, "GET", "/orders"))) == REFUSED


def test_a_key_in_clear_is_not_looked_at_over_plain_http(plain: Caller) -> None:
    assert _refusal(plain.send("GET", "/orders")) == UNSEEN
    in_query = {"consumer_key": plain.world.key, "consumer_secret": plain.world.secret}
    assert _refusal(plain.raw("GET", f"{API}/orders", params=in_query)) == UNSEEN


def test_a_proxy_that_ended_https_is_believed(plain: Caller) -> None:
    auth = (plain.world.key, plain.world.secret)
    answer = plain.raw("GET", f"{API}/orders", auth=auth, headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == 200


def test_over_https_the_key_counts_in_the_header_and_in_the_query(store: Caller) -> None:
    assert store.send("GET", "/orders").status_code == 200
    in_query = {"consumer_key": store.world.key, "consumer_secret": store.world.secret}
    assert store.raw("GET", f"{API}/orders", params=in_query).status_code == 200


def test_nobody_and_strangers_see_nothing(store: Caller) -> None:
    assert _refusal(store.raw("GET", f"{API}/orders")) == UNSEEN
    assert _refusal(store.raw("GET", f"{API}/orders", auth=("ck_unknown", "cs_unknown"))) == UNSEEN


def test_a_wrong_secret_is_told(store: Caller) -> None:
    assert _refusal(store.raw("GET", f"{API}/orders", auth=(store.world.key, "cs_wrong"))) == REFUSED


@pytest.mark.parametrize(("permission", "reads", "writes"), [("read", 200, 401), ("write", 401, 201)])
def test_a_key_does_what_it_is_for(world: StoreWorld, store: Caller, permission: str, reads: int, writes: int) -> None:
    key = world.add_key(permission)
    assert store.raw("GET", f"{API}/orders", auth=key).status_code == reads
    answer = store.raw("POST", f"{API}/orders", auth=key, json={})
    assert answer.status_code == writes
    if writes == 401:
        assert _refusal(answer) == REFUSED


def test_the_other_form_of_the_address_knows_no_keys(plain: Caller) -> None:
    assert _refusal(plain.raw("GET", "/?rest_route=/wc/v3/products")) == UNSEEN


def test_wordpress_tells_anyone_that_it_has_the_rest_api(plain: Caller) -> None:
    assert "wc/v3" in plain.raw("GET", "/wp-json/").json()["namespaces"]
    assert plain.raw("GET", API).json()["namespace"] == "wc/v3"
