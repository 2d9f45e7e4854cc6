"""The store's API."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from app.channels.errors import AuthRequired, Misconfigured, NotFound, Rejected, Unavailable, Uncertain, Unreadable
from app.channels.http import Transport
from app.channels.woocommerce.client import StoreClient
from app.channels.woocommerce.session import StoreSession
from app.domain.store import StoreTaxes
from app.errors import BridgeError
from tests.channels.woocommerce.messages import GENERAL, TAX, draft, order, rate

API = "https://shop.example/wp-json/wc/v3"
PAGE = "<!doctype html><html>Blocked</html>"


@pytest.fixture
def store(transport: Transport) -> StoreClient:
    return StoreClient(StoreSession(transport, "https://shop.example/", httpx.BasicAuth("ck_1", "cs_1")))


class Listing:
    """A list that the store pages through; `before_page` may change the rows between two pages."""

    def __init__(self, rows: list[dict[str, Any]], total: int | None = None) -> None:
        self.rows = rows
        self.total = total
        self.asked: list[dict[str, str]] = []
        self.before_page: dict[int, list[dict[str, Any]]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        params = dict(request.url.params)
        self.asked.append(params)
        self.rows = self.before_page.pop(len(self.asked), self.rows)
        if params.get("status") == "trash":
            return httpx.Response(200, json=[], headers={"X-WP-Total": "0"})
        page, size = int(params["page"]), int(params["per_page"])
        total = len(self.rows) if self.total is None else self.total
        return httpx.Response(200, json=self.rows[(page - 1) * size : page * size], headers={"X-WP-Total": str(total)})


@respx.mock
def test_orders_are_looked_for_in_every_status_and_page(store: StoreClient) -> None:
    listing = Listing([order(number) for number in range(1, 251)])
    route = respx.get(f"{API}/orders").mock(side_effect=listing)
    since = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    found = store.orders_created_since(since)
    assert [each.id for each in found] == list(range(1, 251))
    assert [(asked["status"], asked["page"]) for asked in listing.asked] == [
        ("any", "1"), ("any", "2"), ("any", "3"), ("trash", "1"),
    ]  # fmt: skip
    asked = listing.asked[0]
    assert (asked["after"], asked["dates_are_gmt"]) == ("2026-10-25T00:29:59", "true")
    assert (asked["orderby"], asked["order"], asked["per_page"]) == ("id", "asc", "100")
    assert len({asked["_"] for asked in listing.asked}) == 4
    assert route.calls.last.request.headers["cache-control"] == "no-cache"


@respx.mock
def test_pages_that_shift_while_they_are_read_are_read_again(store: StoreClient) -> None:
    rows = [order(number) for number in range(1, 151)]
    listing = Listing(rows)
    # The first order is deleted after the first page: order 101 slips over the edge.
    listing.before_page[2] = rows[1:]
    respx.get(f"{API}/orders").mock(side_effect=listing)
    assert {each.id for each in store.orders_created_since(datetime.now(UTC))} == set(range(1, 151))


@respx.mock
def test_a_total_that_is_never_right_does_not_read_for_ever(store: StoreClient) -> None:
    listing = Listing([order(1)], total=99)
    respx.get(f"{API}/orders").mock(side_effect=listing)
    assert [each.id for each in store.orders_created_since(datetime.now(UTC))] == [1]
    assert len(listing.asked) == 3


@respx.mock
def test_a_store_that_does_not_know_pages_does_not_read_for_ever(store: StoreClient) -> None:
    rows = [order(number) for number in range(1, 101)]
    route = respx.get(f"{API}/orders").respond(json=rows)
    assert len(store.orders_created_since(datetime.now(UTC))) == 100
    assert route.call_count == 8  # twice for each of the two lists, because the second page repeats the first


@respx.mock
def test_an_answer_that_is_no_list_is_not_an_empty_store(store: StoreClient) -> None:
    respx.get(f"{API}/orders").respond(json={"message": "maintenance"})
    with pytest.raises(Unreadable, match="is not a list"):
        store.orders_created_since(datetime.now(UTC))


@respx.mock
def test_an_order_is_made(store: StoreClient) -> None:
    route = respx.post(f"{API}/orders").respond(201, json=order(50, allegro_order_id="form-1"))
    made = store.create_order(draft())
    assert (made.id, made.allegro_order_id, made.total) == (50, "form-1", Decimal("123.45"))
    assert route.call_count == 1


@respx.mock
def test_a_notice_before_the_answer_does_not_make_it_uncertain(store: StoreClient) -> None:
    body = (
        "<br />\n<b>Warning</b>: x in <b>/a.php</b> on line <b>3</b>\n"
        + httpx.Response(201, json=order(50, allegro_order_id="form-1")).text
    )
    respx.post(f"{API}/orders").respond(201, text=body)
    assert store.create_order(draft()).id == 50


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=order(50, allegro_order_id="form-1")),
        httpx.Response(200, json=[order(50)]),
        httpx.Response(201, json=[]),
        httpx.Response(201, json={}),
        httpx.Response(201, json=order(50)),
        httpx.Response(201, json=order(50, allegro_order_id="another")),
        httpx.Response(201, text=""),
        httpx.Response(201, text=PAGE),
        httpx.Response(500, json={"code": "internal_server_error", "message": "x"}),
        httpx.Response(502, text=PAGE),
        httpx.Response(503, text=PAGE),
        httpx.Response(400, text=PAGE),
        httpx.Response(408),
    ],
)
@respx.mock
def test_whatever_is_not_the_order_is_uncertain(store: StoreClient, answer: httpx.Response) -> None:
    route = respx.post(f"{API}/orders").mock(return_value=answer)
    with pytest.raises(Uncertain, match="form-1"):
        store.create_order(draft())
    assert route.call_count == 1


def said(code: str, message: str = "Said the store.", **data: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "data": data}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json=said("rest_invalid_param", params={"billing": "Invalid email address."})), Rejected),
        (httpx.Response(401, json=said("woocommerce_rest_cannot_create")), AuthRequired),
        (httpx.Response(403, json=said("rest_forbidden")), Misconfigured),
        (httpx.Response(403, text=PAGE), Misconfigured),
        (httpx.Response(404, json=said("rest_no_route")), Misconfigured),
        (httpx.Response(413, json=said("too_large")), Rejected),
        (httpx.Response(422, json=said("x")), Rejected),
        (httpx.Response(429), Unavailable),
        (httpx.Response(301, headers={"Location": "https://www.shop.example/"}), Misconfigured),
    ],
)
@respx.mock
def test_a_refusal_is_certain(store: StoreClient, answer: httpx.Response, error: type[BridgeError]) -> None:
    respx.post(f"{API}/orders").mock(return_value=answer)
    with pytest.raises(error):
        store.create_order(draft())


@respx.mock
def test_a_refusal_names_the_fields(store: StoreClient) -> None:
    respx.post(f"{API}/orders").respond(
        400, json=said("rest_invalid_param", params={"billing": "Invalid email address."})
    )
    with pytest.raises(Rejected) as caught:
        store.create_order(draft())
    assert caught.value.fields == (("billing", "Invalid email address."),)


@respx.mock
def test_an_order_that_is_not_there(store: StoreClient) -> None:
    missing = said("woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
    respx.get(f"{API}/orders/50").respond(404, json=missing)
    respx.put(f"{API}/orders/50").respond(400, json=missing)
    with pytest.raises(NotFound):
        store.order(50)
    with pytest.raises(NotFound):
        store.set_order_status(50, "cancelled")


@respx.mock
def test_setting_a_status_may_be_repeated(store: StoreClient) -> None:
    route = respx.put(f"{API}/orders/50").mock(
        side_effect=[httpx.ReadTimeout("slow"), httpx.Response(200, json=order(50, status="cancelled"))]
    )
    assert store.set_order_status(50, "cancelled").status == "cancelled"
    assert route.call_count == 2


def product(own_id: int, sku: str, **more: Any) -> dict[str, Any]:
    return {"id": own_id, "parent_id": 0, "type": "simple", "sku": sku, "tax_status": "taxable", **more}


@respx.mock
def test_products_are_found_by_exact_sku_whatever_its_case(store: StoreClient) -> None:
    route = respx.get(f"{API}/products").respond(
        json=[
            product(11, "KUBEK-1"),
            product(12, "kubek-1"),
            product(34, "Bluza-M", type="variation", parent_id=33),
            product(99, "KUBEK-10"),
            product(98, ""),
        ]
    )
    found = store.products.by_sku(["Kubek-1", "BLUZA-M", "a,b", ""])
    assert {(each.product_id, each.variation_id) for each in found} == {(11, 0), (12, 0), (33, 34)}
    assert route.calls.last.request.url.params["sku"] == "bluza-m,kubek-1"


@respx.mock
def test_skus_are_asked_for_in_bounded_calls(store: StoreClient) -> None:
    route = respx.get(f"{API}/products").respond(json=[])
    store.products.by_sku([f"sku-{number}" for number in range(230)] + [f"{number:0200}" for number in range(10)])
    asked = [call.request.url.params["sku"].split(",") for call in route.calls]
    assert sum(map(len, asked)) == 240
    assert max(map(len, asked)) <= 100
    assert max(len(call.request.url.query) for call in route.calls) < 8000
    store.products.by_sku(["a,b"])
    assert len(route.calls) == len(asked)


@respx.mock
def test_the_taxes_are_read_with_every_row(store: StoreClient) -> None:
    respx.get(f"{API}/settings/general").respond(json=GENERAL)
    respx.get(f"{API}/settings/tax").respond(json=TAX)
    respx.get(f"{API}/taxes").mock(side_effect=Listing([rate(number) for number in range(1, 121)]))
    taxes = store.taxes()
    assert len(taxes.rates) == 120
    assert (taxes.base_country, taxes.base_state, taxes.based_on) == ("PL", "", "shipping")
    assert taxes.rates[0].percent == Decimal("23.0000")


@respx.mock
def test_a_store_without_taxes_is_not_asked_for_them(store: StoreClient) -> None:
    off = [{**row, "value": "no"} if row["id"] == "woocommerce_calc_taxes" else row for row in GENERAL]
    respx.get(f"{API}/settings/general").respond(json=off)
    taxes = store.taxes()
    assert not taxes.enabled
    assert taxes == StoreTaxes(
        enabled=False, based_on="base", base_country="PL", base_state="", round_at_subtotal=False, shipping_tax_class=""
    )


@pytest.mark.parametrize(
    "missing", ["woocommerce_calc_taxes", "woocommerce_price_num_decimals", "woocommerce_prices_include_tax"]
)
@respx.mock
def test_a_missing_tax_setting_is_not_guessed(store: StoreClient, missing: str) -> None:
    respx.get(f"{API}/settings/general").respond(json=[row for row in GENERAL if row["id"] != missing])
    respx.get(f"{API}/settings/tax").respond(json=[row for row in TAX if row["id"] != missing])
    respx.get(f"{API}/taxes").respond(json=[])
    with pytest.raises(Unreadable, match=missing):
        store.taxes()


@respx.mock
def test_the_write_check_is_a_post_that_changes_nothing(store: StoreClient) -> None:
    route = respx.post(f"{API}/orders/batch").respond(json=[])
    store.check_write()
    assert route.calls.last.request.content == b"{}"


@pytest.mark.parametrize("word", ["read", "write"])
@respx.mock
def test_a_key_without_a_right_names_the_right(store: StoreClient, word: str) -> None:
    message = f"The API key provided does not have {word} permissions."
    respx.post(f"{API}/orders/batch").respond(401, json=said("woocommerce_rest_authentication_error", message))
    with pytest.raises(AuthRequired, match="Read/Write") as caught:
        store.check_write()
    assert caught.value.permission == word


@respx.mock
def test_webhooks_are_made_listed_switched_on_and_deleted(store: StoreClient) -> None:
    hook = {"id": 5, "name": "n", "topic": "order.created", "delivery_url": "https://x.example/w", "status": "active"}
    made = respx.post(f"{API}/webhooks").respond(201, json=hook)
    changed = respx.put(f"{API}/webhooks/5").respond(json=hook)
    deleted = respx.delete(f"{API}/webhooks/5").mock(
        side_effect=[
            httpx.ReadTimeout("slow"),
            httpx.Response(404, json=said("woocommerce_rest_shop_webhook_invalid_id")),
        ]
    )
    respx.get(f"{API}/webhooks").respond(json=[hook], headers={"X-WP-Total": "1"})
    assert store.create_webhook("n", "order.created", "https://x.example/w", "s").id == 5
    assert httpx.Response(200, content=made.calls.last.request.content).json() == {
        "name": "n",
        "topic": "order.created",
        "delivery_url": "https://x.example/w",
        "secret": "s",
        "status": "active",
    }
    assert [each.id for each in store.webhooks()] == [5]
    assert store.activate_webhook(5).status == "active"
    store.set_webhook_secret(5, "new")
    assert changed.calls.last.request.content == b'{"secret":"new"}'
    store.delete_webhook(5)
    assert deleted.calls.last.request.url.params["force"] == "true"


@pytest.mark.parametrize("answer", [{}, [], {"id": 5, "topic": "order.deleted", "status": "active"}])
@respx.mock
def test_an_answer_that_is_not_the_webhook_is_uncertain(store: StoreClient, answer: Any) -> None:
    respx.post(f"{API}/webhooks").respond(201, json=answer)
    with pytest.raises(Uncertain):
        store.create_webhook("n", "order.created", "https://x.example/w", "s")


@respx.mock
def test_the_version_is_told_where_the_store_tells_it(store: StoreClient) -> None:
    respx.get(f"{API}/system_status").respond(json={"environment": {"version": "11.0.1"}})
    assert store.version() == "11.0.1"
