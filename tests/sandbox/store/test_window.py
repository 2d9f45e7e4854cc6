"""What the store says of its goods: categories, attributes, words and pictures."""

import struct
from typing import Any

import pytest

from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller

PLATE, SHIRT, SHIRT_S, SHIRT_XL = 17, 23, 24, 27


def test_categories_are_a_tree_of_three_levels_in_which_every_product_stands(store: Caller) -> None:
    rows = {row["id"]: row for row in store.get("/products/categories", per_page=100)}
    parents = {number: row["parent"] for number, row in rows.items()}
    assert all(parent in (0, *rows) for parent in parents.values())
    assert parents[parents[parents[20]]] == 0 != parents[parents[20]]
    assert (rows[19]["name"], rows[19]["slug"]) == ("Kuchnia &amp; jadalnia", "kuchnia-jadalnia")
    placed = [category["id"] for product in store.get("/products", per_page=100) for category in product["categories"]]
    assert {number: row["count"] for number, row in rows.items()} == {number: placed.count(number) for number in rows}


def test_terms_are_sorted_as_asked_and_attributes_are_told_all_at_once(store: Caller) -> None:
    told = store.send("GET", "/products/attributes", per_page=2, page=2)
    assert [row["slug"] for row in told.json()] == ["pa_kolor", "pa_rozmiar", "pa_material", "pa_pojemnosc", "pa_marka"]
    assert told.headers["X-WP-Total"] == "5"
    assert [row["name"] for row in store.get("/products/attributes/2/terms")] == ["L", "M", "S", "XL"]
    by_id = store.get("/products/attributes/2/terms", orderby="id", order="desc", _fields="name,count")
    assert by_id[0] == {"name": "XL", "count": 1}
    assert store.send("GET", "/products/attributes/9/terms").json()["code"] == "woocommerce_rest_taxonomy_invalid"


def _told(body: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(each["id"], each["name"], each["slug"]) for each in body["attributes"]]


def test_an_attribute_is_shared_or_a_products_own_and_a_variation_may_leave_it_open(store: Caller) -> None:
    sent = [{"id": 1, "options": ["Biały"]}, {"name": "Wzór kota", "options": ["łatki", "paski"], "variation": True}]
    told = store.put(f"/products/{SHIRT}", {"attributes": sent})
    assert _told(told) == [(1, "Kolor", "pa_kolor"), (0, "Wzór kota", "Wzór kota")]
    assert [each["variation"] for each in told["attributes"]] == [False, True]
    path = f"/products/{SHIRT}/variations/{SHIRT_S}"
    assert _told(store.put(path, {"attributes": [{"name": "Wzór kota", "option": "paski"}]})) == [
        (0, "Wzór kota", "wzor-kota")
    ]
    assert _told(store.put(path, {"attributes": [{"name": "Wzór kota", "option": ""}]})) == []


def test_a_variation_shows_its_parents_weight_and_first_picture_where_it_has_none(store: Caller) -> None:
    parent = store.get(f"/products/{SHIRT}")
    plain, own = (store.get(f"/products/{SHIRT}/variations/{number}") for number in (SHIRT_S, SHIRT_XL))
    assert (plain["weight"], plain["image"]) == (parent["weight"], parent["images"][0])
    assert (own["weight"], own["image"]["name"]) == ("0.26", "kos-001-xl-1200x900")
    sent = {"image": {"src": "https://cdn.example/a.jpg"}}
    assert store.put(f"/products/{SHIRT}/variations/{SHIRT_S}", sent)["image"]["src"] == "https://cdn.example/a.jpg"


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("", ""),
        ("Jeden\nwiersz\n\nDrugi", "<p>Jeden<br />\nwiersz</p>\n<p>Drugi</p>\n"),
        ("<p>Gotowe</p>", "<p>Gotowe</p>\n"),
        ("<!-- wp:list -->\n<ul><li>a</li></ul>", "<!-- wp:list -->\n<ul><li>a</li></ul>\n"),
    ],
)
def test_words_are_shown_in_paragraphs_and_edited_as_they_are_kept(store: Caller, kept: str, shown: str) -> None:
    assert store.put(f"/products/{PLATE}", {"description": kept})["description"] == kept
    assert store.get(f"/products/{PLATE}")["description"] == shown


def test_a_picture_is_a_png_of_the_size_in_its_name_until_a_fault_takes_it_away(
    world: StoreWorld, store: Caller
) -> None:
    first, second = (image["src"] for image in store.get("/products/11")["images"])
    answer = store.raw("GET", first)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert (answer.content[:8], struct.unpack(">II", answer.content[16:24])) == (b"\x89PNG\r\n\x1a\n", (1200, 900))
    assert len(answer.content) < 5000
    world.faults.switch_on("picture_missing", part="kub-001-2")
    assert [store.raw("GET", each).status_code for each in (first, second)] == [200, 404]


def test_a_document_lies_open_to_whoever_knows_its_path(world: StoreWorld, store: Caller) -> None:
    address = f"{store.url}/wp-content/uploads/fv.pdf?key=s"
    assert store.raw("GET", address).status_code == 404
    world.put_document("/wp-content/uploads/fv.pdf", b"%PDF-1.7 ...")
    answer = store.raw("GET", address)
    assert (answer.content, answer.headers["Content-Type"]) == (b"%PDF-1.7 ...", "application/pdf")


def test_weights_have_one_of_four_units(store: Caller) -> None:
    path = "/settings/products/woocommerce_weight_unit"
    assert store.get(path)["value"] == "kg"
    assert store.put(path, {"value": "g"})["value"] == "g"
    assert store.send("PUT", path, {"value": "stone"}).status_code == 400
