"""The store's products as offers need them: in few calls, and none of them mistaken for nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from app.channels.errors import Misconfigured, Unavailable, Unreadable
from app.channels.http import Transport
from app.channels.woocommerce.products import StoreProducts
from app.channels.woocommerce.session import Lists, StoreSession
from app.channels.woocommerce.translate_products import goods_from, stock_settings_from, variation_of
from app.channels.woocommerce.wire import read
from app.domain.products import Backorders, Prices, ProductsRead, StockKeeper, StockSettings, StockState
from app.sandbox.world import Sandbox
from tests.channels.woocommerce.shelf import NO_ROUTE, Shelf, row

API = "https://shop.example/wp-json/wc/v3"
BASIC = httpx.BasicAuth("ck_1", "cs_1")


@pytest.fixture
def router() -> Iterator[respx.Router]:
    with respx.mock() as router:
        yield router


def of_shelf(router: respx.Router, transport: Transport, shelf: Shelf, lists: Lists | None = None) -> StoreProducts:
    router.get(url__startswith=API).mock(side_effect=shelf)
    return StoreProducts(StoreSession(transport, "https://shop.example", BASIC, lists=lists))


def test_5000_products_of_which_2000_are_variations_are_read_in_54_calls(
    router: respx.Router, transport: Transport
) -> None:
    simple = [row(number) for number in range(1, 3001)]
    parents = [row(number, type="variable") for number in range(3001, 3401)]
    children = [row(number, 3001 + number % 400) for number in range(3401, 5401)]
    shelf = Shelf([*simple, *parents, *children])
    found = of_shelf(router, transport, shelf).by_ids(
        range(1, 3001), [(each["parent_id"], each["id"]) for each in children]
    )
    assert len(shelf.asked) == 54
    assert {number: product.stock for number, product in found.found.items()} == {
        number: each["stock_quantity"] for number, each in shelf.rows.items()
    }
    assert found == ProductsRead(found.found)
    assert all("meta_data" not in params["_fields"] for _, params in shelf.asked)


def test_an_old_store_is_asked_parent_by_parent_and_its_age_remembered_for_a_day(
    router: respx.Router, transport: Transport
) -> None:
    time = [0.0]
    lists = Lists(lambda: time[0])
    shelf = Shelf([row(1, type="variable"), row(2, type="variable"), row(3, 1), row(4, 1), row(5, 2)], old=True)
    for age, tried in ((0, True), (3600, False), (25 * 3600, True)):
        time[0] = age
        shelf.asked.clear()
        found = of_shelf(router, transport, shelf, lists).by_ids([], [(1, 3), (1, 4), (2, 5)])
        assert sorted(found.found) == [1, 2, 3, 4, 5]
        assert ("variations" in shelf.paths) == tried
        assert shelf.paths[-2:] == ["products/1/variations", "products/2/variations"]


def test_what_a_list_leaves_out_is_looked_for_and_never_taken_for_nothing(
    router: respx.Router, transport: Transport
) -> None:
    shelf = Shelf([row(1), row(2), row(3, status="trash"), row(4, type="variable"), row(5, 4), row(6, 4)])
    shelf.hidden = {2, 6}
    found = of_shelf(router, transport, shelf).by_ids([1, 2, 3, 99], [(4, 5), (4, 6), (4, 98)])
    assert {number: (each.status, each.stock) for number, each in found.found.items()} == {
        1: ("publish", 1), 2: ("publish", 2), 3: ("trash", 3), 4: ("publish", 4), 5: ("publish", 5), 6: ("publish", 6),
    }  # fmt: skip
    assert found == ProductsRead(found.found, gone=frozenset({98, 99}))
    assert shelf.paths[-4:] == ["products/2", "products/4/variations/6", "products/4/variations/98", "products/99"]


def test_a_list_without_most_of_the_products_does_not_cause_a_call_for_each(
    router: respx.Router, transport: Transport
) -> None:
    shelf = Shelf(row(number) for number in range(1, 201))
    shelf.hidden = set(shelf.rows)
    found = of_shelf(router, transport, shelf).by_ids(range(1, 201), [])
    assert len(shelf.asked) == 2 + 2 + 50
    assert (len(found.found), found.gone, len(found.unknown)) == (50, frozenset(), 150)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, json={"code": "x"}), Unreadable),
        (httpx.Response(404, json=NO_ROUTE), Misconfigured),
        (httpx.Response(500, json={}), Unavailable),
    ],
)
def test_a_store_that_does_not_answer_has_no_products_gone(
    router: respx.Router, transport: Transport, answer: httpx.Response, error: type[Exception]
) -> None:
    router.get(url__startswith=API).mock(return_value=answer)
    products = StoreProducts(StoreSession(transport, "https://shop.example", BASIC))
    with pytest.raises(error):
        products.by_ids([1], [])
    with pytest.raises(error):
        products.read_all()


def test_a_row_that_repeats_or_was_not_asked_for_changes_nothing(router: respx.Router, transport: Transport) -> None:
    router.get(f"{API}/products").respond(json=[row(7), row(1), row(1), {"sku": "no id"}, None])
    found = StoreProducts(StoreSession(transport, "https://shop.example", BASIC)).by_ids([1], [])
    assert sorted(found.found) == [1]


@pytest.mark.parametrize("old", [False, True])
def test_everything_is_read_with_the_fields_asked_for(router: respx.Router, transport: Transport, old: bool) -> None:
    meta = [{"key": "_at_b", "value": "3"}, {"key": "_at_b", "value": "4"}, {"key": "_other", "value": "5"}]
    shelf = Shelf(
        [*(row(each) for each in range(1, 151)), row(200, type="variable"), row(201, 200, meta_data=meta)], old=old
    )
    found = of_shelf(router, transport, shelf).read_all(["_at_a", "_at_b"]).found
    assert len(found) == 152
    assert (found[201].parent_id, found[201].name, found[201].meta) == (200, "Kubek 200 - M", (("_at_b", "3"),))
    assert not found[200].sellable
    assert all("meta_data" in each["_fields"] and each["include_meta"] == "_at_a,_at_b" for _, each in shelf.asked)
    assert shelf.paths == ["products"] * 2 + (["variations", "products/200/variations"] if old else ["variations"])


@pytest.mark.parametrize(
    ("products", "variations", "complete"), [("2", "1", True), ("9", "1", False), ("2", "9", False), (None, None, True)]
)
@pytest.mark.parametrize("old", [False, True])
def test_a_list_that_is_shorter_than_it_says_is_not_complete(
    router: respx.Router,
    transport: Transport,
    old: bool,
    products: str | None,
    variations: str | None,
    complete: bool,
) -> None:
    def listed(rows: list[dict[str, Any]], total: str | None) -> httpx.Response:
        return httpx.Response(200, json=rows, headers={"X-WP-Total": total} if total else {})

    child = listed([row(3, 2)], variations)
    router.get(f"{API}/products").mock(return_value=listed([row(1), row(2, type="variable")], products))
    router.get(f"{API}/variations").mock(return_value=httpx.Response(404, json=NO_ROUTE) if old else child)
    if old:
        router.get(f"{API}/products/2/variations").mock(return_value=child)
    read_all = StoreProducts(StoreSession(transport, "https://shop.example", BASIC)).read_all()
    assert (sorted(read_all.found), read_all.complete) == ([1, 2, 3], complete)


@pytest.mark.parametrize(
    ("said", "keeper", "stock", "pool"),
    [
        ({}, StockKeeper.OWN, 5, 5),
        ({"stock_quantity": -3}, StockKeeper.OWN, -3, 5),
        ({"stock_quantity": "4"}, StockKeeper.OWN, 4, 5),
        ({"stock_quantity": 2.5}, StockKeeper.OWN, None, 5),
        ({"stock_quantity": None}, StockKeeper.OWN, None, 5),
        ({"stock_quantity": "abc"}, StockKeeper.OWN, None, 5),
        ({"manage_stock": "parent"}, StockKeeper.PARENT, 5, 2),
        ({"manage_stock": False, "stock_quantity": None}, StockKeeper.NOBODY, None, None),
        ({"manage_stock": False, "stock_quantity": 8}, StockKeeper.NOBODY, None, None),
        ({"manage_stock": None}, StockKeeper.UNKNOWN, None, None),
    ],
)
def test_who_counts_and_how_many_there_are(said: Any, keeper: StockKeeper, stock: int | None, pool: int | None) -> None:
    product = variation_of(goods_from(read(row(5, 2, **said), "x")), 2, None)
    assert (product.keeper, product.stock, product.pool_id) == (keeper, stock, pool)


@pytest.mark.parametrize(
    ("own", "parents", "status"),
    [
        ("publish", "publish", "publish"),
        ("publish", "draft", "draft"),
        ("private", "publish", "private"),
        ("private", "trash", "private"),
        ("publish", None, ""),
    ],
)
def test_a_variation_is_no_more_on_sale_than_its_parent(own: str, parents: str | None, status: str) -> None:
    parent = goods_from(read(row(2, status=parents), "x")) if parents else None
    assert variation_of(goods_from(read(row(5, 2, status=own), "x")), 2, parent).status == status


def test_prices_are_exact_and_what_cannot_be_read_is_unknown() -> None:
    said: dict[str, Any] = {
        "price": "9.90",
        "regular_price": "12,00",
        "sale_price": "",
        "date_on_sale_to_gmt": "2026-11-01T00:00:00",
    }
    product = goods_from(read(row(1, **said, stock_status="x", backorders="notify", tax_status="none"), "x"))
    assert product.prices == Prices(Decimal("9.90"), sale_until=datetime(2026, 11, 1, tzinfo=UTC))
    assert (product.state, product.backorders, product.taxable) == (StockState.UNKNOWN, Backorders.NOTIFY, False)
    assert goods_from(read({"id": 1}, "x")).backorders is Backorders.UNKNOWN


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        (("yes", "0", "60"), StockSettings(True, 0, 60)),
        (("no", "3", ""), StockSettings(False, 3, None)),
        (("yes", "", "0"), StockSettings(True, 0, None)),
        (("yes", "-2", None), StockSettings(True, 2, None)),
        (("yes", None, "60"), None),
        (("yes", "x", "60"), None),
        ((None, "0", "60"), None),
    ],
)
def test_how_the_store_counts(values: tuple[str | None, ...], settings: StockSettings | None) -> None:
    names = ("manage_stock", "notify_no_stock_amount", "hold_stock_minutes")
    group = [{"id": f"woocommerce_{name}", "value": value} for name, value in zip(names, values, strict=True)]
    if settings:
        assert stock_settings_from(group) == settings
    else:
        with pytest.raises(Unreadable):
            stock_settings_from(group)


@pytest.mark.parametrize("old", [False, True])
def test_the_pretend_store_is_read_by_ids_as_it_is_read_whole(world: Sandbox, transport: Transport, old: bool) -> None:
    world.store.old_version = old
    session = StoreSession(transport, world.store_url, httpx.BasicAuth(world.store.key, world.store.secret))
    products = StoreProducts(session)
    parent = next(each for each in world.store.shop.catalogue.products.values() if each.type == "variable")
    child = world.store.shop.catalogue.variations_of(parent)[0]
    parent.manage_stock, parent.stock_quantity, child.manage_stock = True, 9, False
    parent.status = "draft"
    whole = products.read_all()
    simple = [number for number, each in whole.found.items() if not each.parent_id]
    some = products.by_ids(simple, [(each.parent_id, each.id) for each in whole.found.values() if each.parent_id])
    assert some == whole
    assert len(whole.found) == len(world.store.shop.catalogue.products)
    pooled = whole.found[child.id]
    assert (pooled.keeper, pooled.stock, pooled.pool_id, pooled.status) == (StockKeeper.PARENT, 9, parent.id, "draft")
    assert pooled.name.startswith(f"{parent.name} - ")
    assert products.stock_settings() == StockSettings(True, 0, None)
