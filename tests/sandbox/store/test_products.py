"""Products and variations: finding, changing, stock status."""

from datetime import timedelta

import pytest

from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller

SHIRT, SHIRT_M = 23, 25


def test_the_goods_have_ids_from_eleven_on(store: Caller) -> None:
    found = store.get("/products", orderby="id", order="asc", per_page=100, _fields="id,sku,type")
    assert found[0] == {"id": 11, "sku": "KUB-001", "type": "simple"}
    assert found[-1] == {"id": SHIRT, "sku": "KOS-001", "type": "variable"}


def test_pages_are_counted_and_the_page_past_the_end_is_empty(store: Caller) -> None:
    first = store.send("GET", "/products", per_page=5, orderby="id", order="asc")
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("13", "3")
    assert 'rel="next"' in first.headers["Link"]
    assert store.get("/products", per_page=5, page=4) == []


@pytest.mark.parametrize("per_page", ["0", "101", "many"])
def test_a_page_has_one_to_a_hundred_items(store: Caller, per_page: str) -> None:
    answer = store.send("GET", "/products", per_page=per_page)
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param")


def test_a_list_of_skus_finds_products_and_variations_exactly_whatever_their_case(store: Caller) -> None:
    found = store.get("/products", sku="kub-001,KOS-001-M,KUB-00,NOPE", _fields="id,sku")
    assert {entry["sku"] for entry in found} == {"KUB-001", "KOS-001-M"}


def test_include_never_finds_a_variation_but_the_route_of_newer_stores_does(world: StoreWorld, store: Caller) -> None:
    assert [entry["id"] for entry in store.get("/products", include=f"11,{SHIRT_M}")] == [11]
    assert [entry["id"] for entry in store.get("/variations", include=f"11,{SHIRT_M}")] == [SHIRT_M]
    world.old_version = True
    assert store.send("GET", "/variations").json()["code"] == "rest_no_route"
    assert "/wc/v3/variations" not in store.get("")["routes"]
    assert len(store.get(f"/products/{SHIRT}/variations")) == 4


def test_a_variation_is_read_as_a_product_and_written_under_its_parent(store: Caller) -> None:
    read = store.get(f"/products/{SHIRT_M}")
    assert (read["type"], read["parent_id"], read["name"]) == (
        "variation",
        SHIRT,
        "Koszulka bawełniana z kubkiem - M, Biały",
    )
    refused = store.send("PUT", f"/products/{SHIRT_M}", {"stock_quantity": 1})
    assert (refused.status_code, refused.json()["code"]) == (404, "woocommerce_rest_invalid_product_id")
    assert store.put(f"/products/{SHIRT}/variations/{SHIRT_M}", {"stock_quantity": 1})["stock_quantity"] == 1


def test_a_product_that_is_not_there_is_404_to_read_and_400_to_write(store: Caller) -> None:
    assert store.send("GET", "/products/999").status_code == 404
    assert store.send("PUT", "/products/999", {}).status_code == 400
    assert store.send("PUT", "/products/11/variations/25", {}).status_code == 404


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("12.50", "12.50"), ("12,50", "12.50"), ("12.505", "12.505"), ("abc", ""), ("", "")],
)
def test_a_price_is_kept_as_written_or_cleared(store: Caller, sent: str, kept: str) -> None:
    changed = store.put("/products/11", {"regular_price": sent})
    assert (changed["regular_price"], changed["price"], changed["purchasable"]) == (kept, kept, kept != "")


def test_a_price_that_is_a_number_is_refused(store: Caller) -> None:
    assert store.send("PUT", "/products/11", {"regular_price": 12.5}).status_code == 400


def test_a_sale_price_is_in_force_and_one_above_the_regular_price_falls_away(store: Caller) -> None:
    assert store.put("/products/11", {"sale_price": "29.99"})["price"] == "29.99"
    changed = store.put("/products/11", {"sale_price": "99.99"})
    assert (changed["price"], changed["sale_price"], changed["on_sale"]) == ("39.99", "", False)


def test_a_regular_price_not_above_the_sale_price_ends_the_sale(store: Caller) -> None:
    store.put("/products/11", {"sale_price": "29.99"})
    changed = store.put("/products/11", {"regular_price": "29.99"})
    assert (changed["price"], changed["sale_price"]) == ("29.99", "")


def test_a_variable_product_keeps_no_price_of_its_own(store: Caller) -> None:
    before = store.get(f"/products/{SHIRT}")["price"]
    changed = store.put(f"/products/{SHIRT}", {"regular_price": "1.00", "sale_price": "0.50"})
    assert (changed["price"], changed["regular_price"], changed["sale_price"]) == (before, "", "")


def test_a_null_in_a_batch_leaves_a_price_alone(store: Caller) -> None:
    sent = {"id": 11, "regular_price": None, "date_on_sale_to": None}
    assert store.post("/products/batch", {"update": [sent]})["update"][0]["regular_price"] == "39.99"


def _hour(world: StoreWorld, hours: float) -> str:
    return (world.shop.now() + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.mark.parametrize("path", ["/products/11", f"/products/{SHIRT}/variations/{SHIRT_M}"])
def test_a_sale_price_is_in_force_from_one_date_to_the_other(world: StoreWorld, store: Caller, path: str) -> None:
    dates = {"date_on_sale_from_gmt": _hour(world, 1), "date_on_sale_to_gmt": _hour(world, 3)}
    regular = store.get(path)["regular_price"]
    assert {name: store.put(path, {"sale_price": "9.99", **dates})[name] for name in dates} == dates
    seen = []
    for hours in (0, 2, 2):
        world.clock.advance(hours * 3600)
        told = store.get(path)
        seen.append((told["price"], told["on_sale"], told["regular_price"], told["sale_price"]))
    before, during, after = (regular, False), ("9.99", True), (regular, False)
    assert seen == [(*each, regular, "9.99") for each in (before, during, after)]


def test_dates_of_a_sale_are_the_shops_unless_they_say_otherwise_and_are_cleared_by_nothing(store: Caller) -> None:
    told = store.put("/products/11", {"date_on_sale_from": "2026-07-01T00:00:00", "date_on_sale_to": "2026-07-02"})
    assert (told["date_on_sale_from"], told["date_on_sale_from_gmt"]) == ("2026-07-01T00:00:00", "2026-06-30T22:00:00")
    assert told["date_on_sale_to_gmt"] == "2026-07-01T22:00:00"
    told = store.put("/products/11", {"date_on_sale_from": "", "date_on_sale_to_gmt": "soon"})
    assert (told["date_on_sale_from_gmt"], told["date_on_sale_to_gmt"]) == (None, None)


def test_with_cron_stopped_the_price_lags_behind_the_dates_until_prices_are_changed(
    world: StoreWorld, store: Caller
) -> None:
    def told() -> tuple[str, bool]:
        found = store.get("/products/11")
        return found["price"], found["on_sale"]

    store.put(
        "/products/11",
        {"sale_price": "9.99", "date_on_sale_from_gmt": _hour(world, 1), "date_on_sale_to_gmt": _hour(world, 3)},
    )
    world.cron_stopped = True
    world.clock.advance(2 * 3600)
    assert told() == ("39.99", True)
    store.put("/products/11", {"regular_price": "39.99", "stock_quantity": 3})
    assert told() == ("39.99", True)
    store.put("/products/11", {"regular_price": "38.00"})
    assert told() == ("9.99", True)
    world.clock.advance(2 * 3600)
    assert told() == ("9.99", False)
    world.cron_stopped = False
    assert told() == ("38.00", False)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(55, (55, "instock")), ("56", (56, "instock")), (0, (0, "outofstock")), (-3, (-3, "outofstock"))],
)
def test_stock_is_a_whole_number_of_either_sign(store: Caller, sent: object, kept: tuple[int, str]) -> None:
    changed = store.put("/products/11", {"stock_quantity": sent})
    assert (changed["stock_quantity"], changed["stock_status"]) == kept


@pytest.mark.parametrize("sent", [56.7, "abc", True])
def test_other_stock_is_refused(store: Caller, sent: object) -> None:
    assert store.send("PUT", "/products/11", {"stock_quantity": sent}).status_code == 400


def test_null_stock_changes_nothing(store: Caller) -> None:
    assert store.put("/products/11", {"stock_quantity": None})["stock_quantity"] == 24


def test_at_the_threshold_of_the_store_a_product_is_out_of_stock(store: Caller) -> None:
    store.put("/settings/products/woocommerce_notify_no_stock_amount", {"value": "5"})
    assert store.put("/products/11", {"stock_quantity": 5})["stock_status"] == "outofstock"
    assert store.put("/products/11", {"stock_quantity": 6})["stock_status"] == "instock"


def test_a_product_without_stock_management_takes_no_stock(store: Caller) -> None:
    unmanaged = store.put("/products/11", {"manage_stock": False})
    assert (unmanaged["stock_quantity"], unmanaged["stock_status"]) == (None, "instock")
    assert store.put("/products/11", {"stock_quantity": 9})["stock_quantity"] is None


def test_backorders_keep_a_product_on_sale_below_zero(store: Caller) -> None:
    changed = store.put("/products/11", {"backorders": "notify", "stock_quantity": 0})
    assert (changed["stock_status"], changed["backordered"]) == ("onbackorder", True)


def test_a_variation_without_stock_of_its_own_shows_the_parents(world: StoreWorld, store: Caller) -> None:
    store.put(f"/products/{SHIRT}", {"manage_stock": True, "stock_quantity": 30})
    changed = store.put(f"/products/{SHIRT}/variations/{SHIRT_M}", {"manage_stock": "parent"})
    assert (changed["manage_stock"], changed["stock_quantity"]) == ("parent", 30)
    world.sell("KOS-001-M", 4)
    assert world.stock("KOS-001-M") == 26
    assert store.get(f"/products/{SHIRT}")["stock_quantity"] == 26


def test_a_variable_product_is_out_of_stock_when_all_its_variations_are(store: Caller) -> None:
    ids = store.get(f"/products/{SHIRT}")["variations"]
    store.post(f"/products/{SHIRT}/variations/batch", {"update": [{"id": n, "stock_quantity": 0} for n in ids]})
    assert store.get(f"/products/{SHIRT}")["stock_status"] == "outofstock"


def test_a_write_of_nothing_still_counts_as_a_change(world: StoreWorld, store: Caller) -> None:
    before = store.get("/products/11")["date_modified_gmt"]
    world.clock.advance(timedelta(hours=1).total_seconds())
    assert store.put("/products/11", {})["date_modified_gmt"] > before
    assert [entry["id"] for entry in store.get("/products", modified_after=before, dates_are_gmt="true")] == [11]


def test_a_sku_is_taken_once_also_by_what_lies_in_the_trash(store: Caller) -> None:
    taken = store.send("POST", "/products", {"name": "Drugi", "sku": "kos-001-m"})
    assert (taken.status_code, taken.json()["code"]) == (400, "product_invalid_sku")
    assert taken.json()["data"]["resource_id"] == SHIRT_M
    store.send("DELETE", "/products/11")
    trashed = store.send("POST", "/products", {"name": "Drugi", "sku": "KUB-001"})
    assert trashed.json()["code"] == "woocommerce_rest_product_not_created"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kotem KUBEK", ["KUB-001"]),
        ("kubek q kotem, ml", ["KUB-001"]),
        ("opisie", ["KUB-002"]),
        ("kubek pies kot", []),
        ("KUB-001", []),
    ],
)
def test_a_search_wants_every_word_in_name_or_description_and_knows_no_sku(
    store: Caller, text: str, found: list[str]
) -> None:
    store.put("/products/12", {"description": "<p>Tylko w opisie.</p>"})
    assert store.get("/products", search=text, _fields="sku") == [{"sku": sku} for sku in found]


def test_a_search_of_ten_words_is_one_phrase(store: Caller) -> None:
    title = "jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć"
    store.put("/products/11", {"name": title})
    backwards = " ".join(reversed(title.split()))
    assert [len(store.get("/products", search=text)) for text in (title, backwards)] == [1, 0]
    assert len(store.get("/products", search=backwards.removeprefix("dziesięć "))) == 1


def test_the_trash_hides_a_product_and_force_removes_it(store: Caller) -> None:
    assert store.send("DELETE", "/products/11").json()["status"] == "publish"
    assert store.get("/products/11")["status"] == "trash"
    assert store.get("/products", sku="KUB-001") == []
    assert store.send("DELETE", "/products/11", force="true").status_code == 200
    assert store.send("GET", "/products/11").status_code == 404


def test_meta_data_is_set_by_key_and_removed_by_null(store: Caller) -> None:
    first = store.put("/products/11", {"meta_data": [{"key": "ref", "value": "A1"}]})["meta_data"]
    again = store.put("/products/11", {"meta_data": [{"key": "ref", "value": "A2"}]})["meta_data"]
    assert again == [{**first[0], "value": "A2"}]
    assert store.put("/products/11", {"meta_data": [{"key": "ref", "value": None}]})["meta_data"] == []
