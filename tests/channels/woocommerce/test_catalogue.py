"""What the store tells of its goods for offers that are yet to be made."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from app.channels.errors import NotFound, Unreadable
from app.channels.http import Transport
from app.channels.woocommerce.catalogue import StoreCatalogue
from app.channels.woocommerce.products import StoreProducts
from app.channels.woocommerce.session import StoreSession
from app.domain.categories import StoreCategory, store_path_of
from app.domain.listed_products import StoreAttribute, WeightUnit
from app.sandbox.world import Sandbox
from tests.channels.woocommerce.shelf import Shelf, row

API = "https://shop.example/wp-json/wc/v3"


@pytest.fixture
def router() -> Iterator[respx.Router]:
    with respx.mock() as router:
        yield router


@pytest.fixture
def catalogue(transport: Transport) -> StoreCatalogue:
    return StoreCatalogue(StoreSession(transport, "https://shop.example", httpx.BasicAuth("ck_1", "cs_1")))


@pytest.fixture
def products(transport: Transport) -> StoreProducts:
    return StoreProducts(StoreSession(transport, "https://shop.example", httpx.BasicAuth("ck_1", "cs_1")))


def attribute(name: str, number: int = 0, slug: str = "", **more: Any) -> dict[str, Any]:
    return {"id": number, "name": name, **({"slug": slug} if slug else {}), **more}


def good(number: int, parent: int = 0, **more: Any) -> dict[str, Any]:
    """A row with everything that a listing reads; what is given replaces it."""
    own = {"image": None} if parent else {"images": [], "categories": [], "short_description": ""}
    return row(number, parent, **{"attributes": [], "weight": "", "description": "", **own, **more})


def family(parents: dict[str, Any], own: dict[str, Any]) -> list[dict[str, Any]]:
    """Product 1 with its variation 2."""
    return [good(1, type="variable", variations=[2], **parents), good(2, 1, **own)]


def test_categories_of_all_pages_are_read_with_plain_names(router: respx.Router, catalogue: StoreCatalogue) -> None:
    rows = [{"id": number, "name": f"Kubki &amp; miski {number}", "slug": "k", "parent": 1} for number in range(2, 103)]
    pages = [httpx.Response(200, json=part, headers={"X-WP-Total": "101"}) for part in (rows[:100], rows[100:])]
    router.get(f"{API}/products/categories").mock(side_effect=pages)
    found = catalogue.categories()
    assert (len(found), found[100]) == (101, StoreCategory(102, "Kubki & miski 102", 1, "k"))


def test_attributes_are_read_at_once_and_terms_by_page(router: respx.Router, catalogue: StoreCatalogue) -> None:
    # The store answers with all of them whatever the page, so that asking for pages would never end well.
    attributes = [{"id": number, "name": "Kolor &#8211; szkliwa", "slug": f"pa_{number}"} for number in range(1, 151)]
    asked = router.get(f"{API}/products/attributes").mock(return_value=httpx.Response(200, json=attributes))
    terms = [{"id": 5, "name": "Biały &amp; złoty"}, {"id": 6, "name": "Czarny"}]
    router.get(f"{API}/products/attributes/1/terms").mock(return_value=httpx.Response(200, json=terms))
    missing = {"code": "woocommerce_rest_taxonomy_invalid", "data": {"status": 404}}
    router.get(f"{API}/products/attributes/9/terms").mock(return_value=httpx.Response(404, json=missing))
    found = catalogue.attributes()
    assert (len(found), found[0], asked.call_count) == (150, StoreAttribute(1, "pa_1", "Kolor – szkliwa"), 1)
    assert catalogue.terms(1) == ("Biały & złoty", "Czarny")
    with pytest.raises(NotFound):
        catalogue.terms(9)


def test_a_weight_unit_that_the_store_does_not_tell_is_not_taken_for_kilograms(
    router: respx.Router, catalogue: StoreCatalogue
) -> None:
    told = [{"id": "woocommerce_weight_unit", "value": "lbs"}]
    strange = [{"id": "woocommerce_weight_unit", "value": "stone"}]
    answers = [httpx.Response(200, json=each) for each in (told, [], strange)]
    router.get(f"{API}/settings/products").mock(side_effect=answers)
    assert catalogue.weight_unit() is WeightUnit.LBS
    for _ in range(2):
        with pytest.raises(Unreadable):
            catalogue.weight_unit()


_PICTURES: dict[str, Any] = {"images": [{"src": "a.jpg"}, {"src": "b.jpg"}, {"src": ""}]}


@pytest.mark.parametrize(
    ("parents", "own", "name", "expected"),
    [
        ({"weight": "0.35"}, {"weight": ""}, "weight", "0.35"),
        ({"weight": "0.35"}, {"weight": "0.4"}, "weight", "0.4"),
        ({"weight": ""}, {"weight": ""}, "weight", ""),
        ({"description": "<p>A</p>\n"}, {}, "description", "<p>A</p>"),
        ({"description": "<p>A</p>"}, {"description": "<p>B</p>"}, "description", "<p>B</p>"),
        ({"short_description": "<p>A</p>"}, {"description": "<p>B</p>"}, "short_description", "<p>A</p>"),
        (_PICTURES, {}, "images", ("a.jpg", "b.jpg")),
        (_PICTURES, {"image": {"src": "c.jpg"}}, "images", ("c.jpg", "a.jpg", "b.jpg")),
        (_PICTURES, {"image": {"src": "b.jpg"}}, "images", ("b.jpg", "a.jpg")),
        ({"categories": [{"id": 16}, {"id": 19}]}, {}, "category_ids", (16, 19)),
        ({"name": "Kubek &amp; miska"}, {"name": "M"}, "name", "Kubek & miska - M"),
        ({"global_unique_id": "1"}, {"global_unique_id": "2"}, "gtin", "2"),
    ],
)
def test_a_variation_has_its_own_before_its_parents(
    router: respx.Router,
    catalogue: StoreCatalogue,
    products: StoreProducts,
    parents: dict[str, Any],
    own: dict[str, Any],
    name: str,
    expected: object,
) -> None:
    router.get(url__startswith=API).mock(side_effect=Shelf(family(parents, own)))
    told = catalogue.goods([1])
    assert getattr(told.found[2], name) == expected
    assert (told.found[2].product_id, told.found[2].variation_id) == (1, 2)
    assert told.products == products.by_ids([1], [(1, 2)]).found


_GLAZE: dict[str, Any] = {"options": ["Biały &amp; złoty", "Czarny"], "variation": True}
_CHOSEN: dict[str, Any] = {"option": "Biały &amp; złoty"}
_SIZED: dict[str, Any] = {"options": ["M", "L"], "variation": True}


@pytest.mark.parametrize(
    ("parents", "own", "expected"),
    [
        ([attribute("Kolor", 1, "pa_kolor", **_GLAZE)], [attribute("Kolor", 1, "pa_kolor", **_CHOSEN)],
         {"pa_kolor": ("Biały & złoty",)}),
        ([attribute("Kolor", 1, "pa_kolor", **_GLAZE)], [], {}),
        ([attribute("Kolor", 1, "pa_kolor", **_GLAZE)], [attribute("Kolor", 1, "pa_kolor", option="")], {}),
        ([attribute("Marka", 2, "pa_marka", options=["Kot", " ", "Kot"], variation=False)], [], {"pa_marka": ("Kot",)}),
        # A custom attribute's slug is its name on the product and something else on a variation.
        ([attribute("Rozmiar", 0, "Rozmiar", **_SIZED)], [attribute("Rozmiar", 0, "rozmiar", option="L")],
         {"Rozmiar": ("L",)}),
        ([attribute("Wzór &amp; deseń", options=["Kot"])], [], {"Wzór & deseń": ("Kot",)}),
    ],
)  # fmt: skip
def test_attributes_of_a_variation(
    router: respx.Router,
    catalogue: StoreCatalogue,
    parents: list[dict[str, Any]],
    own: list[dict[str, Any]],
    expected: dict[str, tuple[str, ...]],
) -> None:
    shelf = Shelf(family({"attributes": parents}, {"attributes": own}))
    router.get(url__startswith=API).mock(side_effect=shelf)
    assert catalogue.goods([1]).found[2].attributes == expected
    assert shelf.paths == ["products", "variations"]


def test_a_product_has_all_its_options_and_an_older_store_is_asked_for_the_slugs_once(
    router: respx.Router, catalogue: StoreCatalogue
) -> None:
    shelf = Shelf(
        family({"attributes": [attribute("Kolor", 1, **_GLAZE)]}, {"attributes": [attribute("Kolor", 1, **_CHOSEN)]})
    )
    slugs = router.get(f"{API}/products/attributes").mock(
        return_value=httpx.Response(200, json=[attribute("Kolor", 1, "pa_kolor")])
    )
    router.get(url__startswith=API).mock(side_effect=shelf)
    found = catalogue.all_goods().found
    assert {number: each.attributes for number, each in found.items()} == {
        1: {"pa_kolor": ("Biały & złoty", "Czarny")},
        2: {"pa_kolor": ("Biały & złoty",)},
    }
    assert slugs.call_count == 1


def test_250_products_with_500_variations_are_read_in_eight_calls(
    router: respx.Router, catalogue: StoreCatalogue
) -> None:
    children = {number: range(1000 + number, 2500, 250) for number in range(1, 251)}
    parents = [good(number, type="variable", variations=list(some)[:2]) for number, some in children.items()]
    variations = [good(own, number) for number, some in children.items() for own in list(some)[:2]]
    shelf = Shelf([*parents, *variations])
    router.get(url__startswith=API).mock(side_effect=shelf)
    found = catalogue.goods(range(1, 251))
    assert shelf.paths == ["products"] * 3 + ["variations"] * 5
    assert (len(found.found), found.gone, found.unknown, found.complete) == (750, frozenset(), {}, True)
    assert {params["_fields"] for _, params in shelf.asked} == {shelf.asked[0][1]["_fields"]}
    shelf.old = True
    shelf.asked.clear()
    assert catalogue.goods([1, 2]).found.keys() == {1, 2, 1001, 1251, 1002, 1252}
    assert shelf.paths == ["products", "variations", "products/1/variations", "products/2/variations"]


def test_what_cannot_be_read_is_unknown_and_never_empty(router: respx.Router, catalogue: StoreCatalogue) -> None:
    rows = [
        *family({"images": None}, {}),
        good(3, type="variable", variations=None),
        good(4, attributes="none"),
        good(5, type="variable", variations=[6, 7, 8]),
        good(6, 5),
        good(7, 5, attributes=None),
        good(9, status="trash"),
        good(11, 10),
    ]
    router.get(url__startswith=API).mock(side_effect=Shelf(rows))
    read = catalogue.goods([1, 3, 4, 5, 6, 9, 11, 99])
    assert read.found.keys() == {5, 6, 9}
    assert (read.products[9].status, read.products.keys()) == ("trash", read.found.keys())
    assert read.gone == {8, 99}
    assert read.unknown == {
        1: "Store product 1 cannot be read: [0].images is not a list.",
        2: "Its product 1 could not be read.",
        3: "Store product 3 cannot be read: [1].variations is not a list.",
        4: "Store product 4 cannot be read: [2].attributes is not a list.",
        7: "Store product 7 cannot be read: [2].attributes is not a list.",
        11: "It is a variation of product 10.",
    }


@pytest.mark.parametrize("old", [False, True])
def test_the_pretend_store_is_read_by_ids_as_it_is_read_whole(world: Sandbox, transport: Transport, old: bool) -> None:
    world.store.old_version = old
    auth = httpx.BasicAuth(world.store.key, world.store.secret)
    catalogue = StoreCatalogue(StoreSession(transport, world.store_url, auth))
    whole = catalogue.all_goods()
    assert catalogue.goods([number for number, each in whole.found.items() if not each.variation_id]) == whole
    assert len(whole.found) == len(world.store.shop.catalogue.products)
    goods = {each.sku: each for each in whole.found.values()}
    assert goods["KOS-001-M"].attributes == {
        "pa_material": ("Bawełna",),
        "pa_marka": ("Kubki i Spółka",),
        "pa_rozmiar": ("M",),
        "pa_kolor": ("Biały",),
    }
    assert goods["TAL-001"].attributes["Średnica"] == ("20 cm",)
    assert (goods["KOS-001-M"].weight, goods["KOS-001-XL"].weight, catalogue.weight_unit()) == ("0.2", "0.26", "kg")
    assert goods["KOS-001-XL"].images == (
        f"{world.store_url}/wp-content/uploads/2026/11/kos-001-xl-1200x900.png",
        *goods["KOS-001"].images,
    )
    categories = catalogue.categories()
    mug = next(each for each in categories if each.id == goods["KUB-001"].category_ids[-1])
    assert store_path_of(mug, categories) == ("Kuchnia & jadalnia", "Kubki", "Kubki ceramiczne")
    slugs = {each.slug: each.id for each in catalogue.attributes()}
    assert set(catalogue.terms(slugs["pa_pojemnosc"])) >= {"330 ml", "450 ml"}
