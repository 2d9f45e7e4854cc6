"""The categories that an account lists in, and the store's categories that map to them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import alerts
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MUGS, FLASKS, KITCHEN = "257933", "257941", "9012"


@pytest.fixture
def path(account: int) -> str:
    return f"accounts/{account}"


@pytest.fixture
def listing(api: TestClient, path: str) -> str:
    """An account that lists mugs; its address."""
    good(api.post(f"{path}/default-categories", json={"category_id": MUGS}), 201)
    return path


def items(api: TestClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = good(api.get(path))["items"]
    return found


def store_id(api: TestClient, path: str, name: str) -> int:
    [number] = [
        each["store_category_id"]
        for each in items(api, f"{path}/category-mappings")
        if each["store_category_name"] == name
    ]
    return int(number)


def test_categories_are_found_by_place_and_by_name(api: TestClient, path: str) -> None:
    (home, *_) = items(api, f"{path}/allegro-categories")
    assert (home["name"], home["path"], home["leaf"]) == ("Dom i ogród", "Dom i ogród", False)
    below = items(api, f"{path}/allegro-categories?parent_id={home['id']}")
    assert "Dom i ogród > Kuchnia i jadalnia" in [each["path"] for each in below]
    found = {each["id"]: each for each in items(api, f"{path}/allegro-categories?search=kubek")}
    assert found[MUGS]["leaf"]
    assert found[MUGS]["path"] == "Dom i ogród > Kuchnia i jadalnia > Naczynia stołowe > Kubki"


def test_what_was_read_of_the_tree_is_not_asked_for_again(api: TestClient, path: str, world: Sandbox) -> None:
    for _ in range(2):
        items(api, f"{path}/allegro-categories?parent_id={KITCHEN}")
    assert world.allegro.calls["GET /sale/categories"] == 1


def test_a_part_of_a_name_is_found_in_all_that_was_walked(
    api: TestClient, path: str, account: int, services: Services
) -> None:
    items(api, f"{path}/allegro-categories")
    while services.tree.grow(account, 5):
        pass
    found = {each["name"] for each in items(api, f"{path}/allegro-categories?search=ŚCIER")}
    assert "Ścierki i ręczniki kuchenne" in found


@pytest.mark.parametrize(("category_id", "words"), [("1", "no category"), (KITCHEN, "holds further categories")])
def test_only_leaves_that_are_there_can_be_listed_in(api: TestClient, path: str, category_id: str, words: str) -> None:
    answer = api.post(f"{path}/default-categories", json={"category_id": category_id})
    assert refused_fields(answer) == {"category_id"}
    assert words in problem(answer, 422)["detail"]


def test_a_category_of_the_store_is_mapped_to_a_default_one_and_to_nothing_else(api: TestClient, listing: str) -> None:
    mugs = store_id(api, listing, "Kubki")
    [row] = [each for each in items(api, f"{listing}/category-mappings") if each["store_category_id"] == mugs]
    assert (row["allegro_category_id"], row["suggested_category_id"]) == (None, MUGS)
    saved = good(api.put(f"{listing}/category-mappings", json={"items": [{**row, "allegro_category_id": MUGS}]}))[
        "items"
    ]
    [row] = [each for each in saved if each["store_category_id"] == mugs]
    assert (row["allegro_category_id"], row["suggested_category_id"]) == (MUGS, None)
    assert row["allegro_path"].endswith("> Kubki")
    for wrong, field in (
        ({"store_category_id": mugs, "allegro_category_id": FLASKS}, "items.0.allegro_category_id"),
        ({"store_category_id": 999_999, "allegro_category_id": MUGS}, "items.0.store_category_id"),
    ):
        answer = api.put(f"{listing}/category-mappings", json={"items": [wrong]})
        assert refused_fields(answer) == {field}
    assert problem(api.delete(f"{listing}/default-categories/{MUGS}"), 409)
    none = {"store_category_id": mugs, "allegro_category_id": None}
    good(api.put(f"{listing}/category-mappings", json=[none]))
    assert api.delete(f"{listing}/default-categories/{MUGS}").status_code == 204
    assert problem(api.delete(f"{listing}/default-categories/{MUGS}"), 404)


def test_a_renamed_category_has_its_new_name_within_the_hour(api: TestClient, listing: str, world: Sandbox) -> None:
    items(api, f"{listing}/allegro-categories")
    world.allegro.rename_category(MUGS, "Kubki i kufle")
    world.clock.advance(3601)
    items(api, f"{listing}/allegro-categories")
    assert [each["name"] for each in items(api, f"{listing}/default-categories")] == ["Kubki i kufle"]


def test_what_takes_the_place_of_a_category_gets_its_mappings_and_the_seller_is_told(
    api: TestClient, listing: str, world: Sandbox, services: Services
) -> None:
    mugs = store_id(api, listing, "Kubki")
    chosen = {"store_category_id": mugs, "allegro_category_id": MUGS}
    good(api.put(f"{listing}/category-mappings", json={"items": [chosen]}))
    world.allegro.delete_category(MUGS, FLASKS)
    world.clock.advance(3601)
    items(api, f"{listing}/allegro-categories")
    assert [each["category_id"] for each in items(api, f"{listing}/default-categories")] == [FLASKS]
    mapped = {each["store_category_id"]: each for each in items(api, f"{listing}/category-mappings")}
    assert mapped[mugs]["allegro_category_id"] == FLASKS
    with services.database.reading() as session:
        [alert] = alerts.page(session, before_id=None, limit=10, open_only=True)
    assert (alert.kind, FLASKS in alert.title) == ("category_left", True)
