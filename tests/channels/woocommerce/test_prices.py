"""The store's prices: what is read is exact or unknown, and what is written is checked."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from app.channels.errors import AuthRequired, ChannelError, Misconfigured, Unavailable, Unreadable
from app.channels.http import Transport
from app.channels.reading import parse_json
from app.channels.woocommerce.products import StoreProducts
from app.channels.woocommerce.session import StoreSession
from app.channels.woocommerce.translate_products import goods_from, variation_of
from app.channels.woocommerce.wire import read
from app.domain.products import PriceField, Prices, PricesWritten, PriceWrite
from app.sandbox.world import Sandbox

API = "https://shop.example/wp-json/wc/v3"
REGULAR, SALE = PriceField.REGULAR, PriceField.SALE
Item = dict[str, Any]


class Till:
    """A store that writes batches of prices: it answers with what it kept, or with `said` of an item (None: nothing).

    `answers` are whole answers in place of those, by path.
    """

    def __init__(self) -> None:
        self.said: dict[int, Item | None] = {}
        self.answers: dict[str, httpx.Response] = {}
        self.sent: list[tuple[str, list[Item]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/wp-json/wc/v3/")
        items = json.loads(request.content)["update"]
        self.sent.append((path, items))
        assert len(items) <= 100
        rows = [self.said.get(item["id"], {"name": "Kubek", **item}) for item in items]
        return self.answers.get(path) or httpx.Response(200, json={"update": [row for row in rows if row is not None]})


@pytest.fixture
def till() -> Iterator[Till]:
    till = Till()
    with respx.mock(assert_all_called=False) as router:
        router.post(url__startswith=API).mock(side_effect=till)
        yield till


@pytest.fixture
def products(till: Till, transport: Transport) -> StoreProducts:
    return StoreProducts(StoreSession(transport, "https://shop.example", httpx.BasicAuth("ck_1", "cs_1")))


def write(product_id: int, variation_id: int = 0, price: str = "12.30", field: PriceField = REGULAR) -> PriceWrite:
    return PriceWrite(product_id, variation_id, field, Decimal(price))


def test_prices_are_sent_as_text_with_their_decimals_and_variations_under_their_parent(
    till: Till, products: StoreProducts
) -> None:
    writes = [write(4, 6, "7.00"), write(2, 0, "9.5000", SALE), write(3, 5, "8"), write(4, 7, "1E+2"), write(1)]
    assert products.set_prices(writes) == PricesWritten(frozenset({1, 2, 5, 6, 7}), {})
    assert till.sent == [
        ("products/3/variations/batch", [{"id": 5, "regular_price": "8"}]),
        (
            "products/4/variations/batch",
            [{"id": 6, "regular_price": "7.00"}, {"id": 7, "regular_price": "100"}],
        ),
        ("products/batch", [{"id": 1, "regular_price": "12.30"}, {"id": 2, "sale_price": "9.5000"}]),
    ]


def test_a_call_carries_a_hundred_prices(till: Till, products: StoreProducts) -> None:
    done = products.set_prices([write(number) for number in range(1, 202)])
    assert [len(items) for _, items in till.sent] == [100, 100, 1]
    assert (len(done.written), done.refused) == (201, {})
    assert products.set_prices([]) == PricesWritten(frozenset(), {})
    assert len(till.sent) == 3


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (None, "did not answer"),
        ({"id": 2, "error": {"code": "x_invalid", "message": "Invalid ID."}}, "Invalid ID (x_invalid)"),
        ({"id": 2, "sale_price": "12.30", "error": {}}, "does not say why (no code)"),
        ({"id": 2, "regular_price": "12.30", "sale_price": ""}, "12.30 as sale price and kept none"),
        ({"id": 2, "sale_price": "12.29"}, "kept 12.29"),
        ({"id": 2, "sale_price": None}, "kept none"),
        ({"id": 2}, "kept none"),
        ({"id": "2", "sale_price": "12.30"}, "did not answer"),
        ({"id": 2, "sale_price": "12.3"}, ""),
        ({"id": 2, "sale_price": "12.3000"}, ""),
    ],
)
def test_each_item_of_a_good_answer_is_checked(
    till: Till, products: StoreProducts, said: Item | None, why: str
) -> None:
    till.said[2] = said
    done = products.set_prices([write(1), write(2, field=SALE), write(3)])
    assert done.written == ({1, 3} if why else {1, 2, 3})
    assert done.refused.keys() == ({2} if why else set())
    assert why in done.refused.get(2, "")


@pytest.mark.parametrize("answer", [[], {}, {"update": None}, {"code": "x"}, {"create": [{"id": 1}]}])
def test_an_answer_without_the_items_has_set_nothing(till: Till, products: StoreProducts, answer: Any) -> None:
    till.answers["products/batch"] = httpx.Response(200, json=answer)
    assert products.set_prices([write(1)]) == PricesWritten(frozenset(), {1: "The store did not answer for it."})


@pytest.mark.parametrize(("status", "code"), [(404, "woocommerce_rest_product_invalid_id"), (400, "x"), (413, "x")])
def test_a_refused_call_refuses_its_prices_and_the_others_are_set(
    till: Till, products: StoreProducts, status: int, code: str
) -> None:
    said = {"code": code, "message": "No such parent."}
    till.answers["products/3/variations/batch"] = httpx.Response(status, json=said)
    done = products.set_prices([write(1), write(3, 5), write(3, 6), write(4, 7)])
    assert done.written == {1, 7}
    assert done.refused == dict.fromkeys((5, 6), "The store refuses setting 2 prices: No such parent")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500, json={}), Unavailable),
        (httpx.Response(401, json={"code": "woocommerce_rest_cannot_view"}), AuthRequired),
        (httpx.Response(403, text="<html>no</html>"), Misconfigured),
        (httpx.Response(404, json={"code": "rest_no_route"}), Misconfigured),
        (httpx.Response(200, text=""), Unreadable),
    ],
)
def test_trouble_with_the_store_itself_is_no_refusal(
    till: Till, products: StoreProducts, answer: httpx.Response, error: type[ChannelError]
) -> None:
    till.answers["products/3/variations/batch"] = answer
    with pytest.raises(error):
        products.set_prices([write(1), write(3, 5), write(4, 6)])
    assert not any(path == "products/batch" for path, _ in till.sent)


@pytest.mark.parametrize("price", ["0", "0.00", "-1", "NaN", "Infinity"])
def test_nothing_is_not_a_price_to_be_set(price: str) -> None:
    with pytest.raises(ValueError, match="no price"):
        write(1, price=price)


def test_two_prices_for_one_product_are_a_mistake(till: Till, products: StoreProducts) -> None:
    for twice in ([write(1), write(1, field=SALE)], [write(3, 5), write(4, 5)]):
        with pytest.raises(ValueError, match="two prices"):
            products.set_prices(twice)
    assert till.sent == []


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ('"9.90"', "9.90"),
        ('" 9.9 "', "9.9"),
        ('"12.505"', "12.505"),
        ('"0"', "0"),
        ('"0.00"', "0.00"),
        ("0", "0"),
        ("12", "12"),
        ("12.10", "12.10"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ('"abc"', None),
        ('"12,00"', None),
        ('"12.00 zł"', None),
        ('"NaN"', None),
        ('"1e999999"', None),
        ('""', None),
        ("null", None),
        ("true", None),
        ("[]", None),
    ],
)
def test_a_price_is_exact_or_unknown_and_never_zero_by_mistake(said: str, price: str | None) -> None:
    row = parse_json(f'{{"id": 5, "price": {said}, "regular_price": {said}, "sale_price": {said}}}')
    wanted = None if price is None else Decimal(price)
    prices = goods_from(read(row, "x")).prices
    assert prices == Prices(current=wanted, regular=wanted, sale=wanted)
    assert str(prices.regular) == str(price)


def test_a_variation_has_the_dates_of_its_own_sale() -> None:
    row = {
        "id": 5,
        "regular_price": "49.00",
        "sale_price": "39.00",
        "date_on_sale_from": "2026-10-31T01:00:00",
        "date_on_sale_from_gmt": "2026-10-31T00:00:00",
        "date_on_sale_to_gmt": "2026-11-30T22:59:59",
    }
    parent = goods_from(read({"id": 2, "date_on_sale_to_gmt": "2030-01-01T00:00:00"}, "x"))
    assert variation_of(goods_from(read(row, "x")), 2, parent).prices == Prices(
        regular=Decimal("49.00"),
        sale=Decimal("39.00"),
        sale_from=datetime(2026, 10, 31, tzinfo=UTC),
        sale_until=datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("own", "parents", "tax_class"),
    [
        ("parent", "reduced-rate", "reduced-rate"),
        ("parent", "", ""),
        ("", "reduced-rate", ""),
        ("zero-rate", "reduced-rate", "zero-rate"),
        ("parent", None, "parent"),
    ],
)
def test_a_variation_of_its_parents_tax_class_has_that_class(own: str, parents: Any, tax_class: str) -> None:
    parent = None if parents is None else goods_from(read({"id": 2, "tax_class": parents}, "x"))
    assert variation_of(goods_from(read({"id": 5, "tax_class": own}, "x")), 2, parent).tax_class == tax_class


def test_the_pretend_store_has_what_it_is_said_to_have(world: Sandbox, transport: Transport) -> None:
    session = StoreSession(transport, world.store_url, httpx.BasicAuth(world.store.key, world.store.secret))
    products = StoreProducts(session)
    mug, other, shirt = (world.store.product(sku) for sku in ("KUB-001", "KUB-002", "KOS-001-M"))
    parent = shirt["parent_id"]
    world.store.faults.switch_on("batch_item_error", ids=[other["id"]])
    done = products.set_prices(
        [
            write(mug["id"], price="35.50"),
            write(other["id"], price="35.50"),
            write(parent, price="35.50"),
            write(parent, shirt["id"], "35.50", SALE),
            write(parent, 999, "35.50"),
        ]
    )
    assert done.written == {mug["id"], shirt["id"]}
    assert done.refused.keys() == {other["id"], parent, 999}
    assert "A plugin does not let" in done.refused[other["id"]]
    assert "kept none" in done.refused[parent]
    told = products.by_ids([mug["id"], other["id"]], [(parent, shirt["id"])]).found
    assert told[mug["id"]].prices.regular == told[shirt["id"]].prices.sale == Decimal("35.50")
    assert told[other["id"]].prices.regular == Decimal(other["regular_price"])
