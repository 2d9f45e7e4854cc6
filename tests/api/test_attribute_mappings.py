"""Where the values of parameters come from, and what products lack for all that."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MUGS = "257933"
CONDITION, BRAND, WEIGHT, MATERIAL, COLOUR, VOLUME, MAKERS_CODE = (
    "11323",
    "248811",
    "17448",
    "130011",
    "130001",
    "130012",
    "224017",
)
EVERYTHING = [
    {"parameter_id": CONDITION, "source": "value", "value": "11323_1"},
    {"parameter_id": BRAND, "source": "value", "value": "bez marki"},
    {"parameter_id": MAKERS_CODE, "source": "sku"},
    {"parameter_id": WEIGHT, "source": "weight"},
    {"parameter_id": MATERIAL, "source": "value", "value": "ceramika"},
    {"parameter_id": COLOUR, "source": "value", "value": "wielokolorowy"},
    {"parameter_id": VOLUME, "source": "value", "value": "330"},
]


@pytest.fixture
def listing(api: TestClient, account: int) -> str:
    """An account that lists the shop's mugs as mugs; its address."""
    path = f"accounts/{account}"
    good(api.post(f"{path}/default-categories", json={"category_id": MUGS}), 201)
    chosen = [
        {"store_category_id": each["store_category_id"], "allegro_category_id": MUGS}
        for each in good(api.get(f"{path}/category-mappings"))["items"]
        if each["suggested_category_id"] == MUGS
    ]
    good(api.put(f"{path}/category-mappings", json={"items": chosen}))
    return path


def saved(api: TestClient, path: str, *items: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = api.put(f"{path}/attribute-mappings?category_id={MUGS}", json={"items": list(items)})
    return {each["parameter_id"]: each for each in good(answer)["items"]}


def test_every_parameter_is_told_with_its_limits_and_where_its_value_comes_from(api: TestClient, listing: str) -> None:
    found = {
        each["parameter_id"]: each
        for each in good(api.get(f"{listing}/attribute-mappings?category_id={MUGS}"))["items"]
    }
    weight = found[WEIGHT]
    assert (weight["type"], weight["unit"], weight["required"], weight["source"]) == ("float", "kg", True, None)
    assert (weight["restrictions"]["minimum"], weight["restrictions"]["precision"]) == ("0.001", 3)
    assert {"id": "11323_1", "value": "Nowy"} in found[CONDITION]["dictionary"]
    assert (found[MATERIAL]["restrictions"]["multiple"], found[BRAND]["restrictions"]["custom_values"]) == (True, True)
    now_is = saved(api, listing, *EVERYTHING)
    assert (now_is[CONDITION]["source"], now_is[CONDITION]["value"]) == ("value", "11323_1")
    # Those that are saved take the place of all that were there.
    assert saved(api, listing, EVERYTHING[0])[WEIGHT]["source"] is None


@pytest.mark.parametrize(
    ("mapping", "field", "words"),
    [
        ({"parameter_id": "1", "source": "sku"}, "parameter_id", "has no parameter"),
        ({"parameter_id": CONDITION, "source": "value", "value": "Odnowiony"}, "value", "Nowy"),
        ({"parameter_id": VOLUME, "source": "value", "value": "10001"}, "value", "10000"),
        ({"parameter_id": VOLUME, "source": "value", "value": "330.25"}, "value", "decimal"),
        ({"parameter_id": MAKERS_CODE, "source": "value", "value": "x" * 36}, "value", "35"),
        ({"parameter_id": VOLUME, "source": "weight"}, "source", "weight"),
        ({"parameter_id": COLOUR, "source": "attribute", "attribute": "pa_nothing"}, "attribute", "pa_nothing"),
    ],
)
def test_what_a_parameter_cannot_take_is_refused_when_it_is_saved(
    api: TestClient, listing: str, mapping: dict[str, Any], field: str, words: str
) -> None:
    answer = api.put(f"{listing}/attribute-mappings?category_id={MUGS}", json={"items": [mapping]})
    assert refused_fields(answer) == {f"items.0.{field}"}
    assert words in problem(answer, 422)["detail"]


def test_only_default_categories_have_mappings(api: TestClient, listing: str) -> None:
    assert refused_fields(api.get(f"{listing}/attribute-mappings?category_id=257941")) == {"category_id"}


def test_coverage_tells_what_keeps_products_from_being_listed(api: TestClient, listing: str, world: Sandbox) -> None:
    def lacking() -> dict[str, dict[str, Any]]:
        found = good(api.get(f"{listing}/coverage"))
        assert found["looked_at"] >= len(found["items"])
        return {each["sku"]: each for each in found["items"]}

    before = lacking()["KUB-001"]
    assert {gap["parameter_id"] for gap in before["gaps"]} >= {CONDITION, BRAND, WEIGHT}
    assert not before["can_be_listed"]
    saved(api, listing, *EVERYTHING)
    after = lacking()
    assert "KUB-001" not in after
    # What is in no category that is mapped stays.
    assert [gap["reason"] for gap in after["PLA-001"]["gaps"]] == ["no_category"]
    world.store.edit("KUB-001", regular_price="", name="Kubek")
    assert {gap["reason"] for gap in lacking()["KUB-001"]["gaps"]} == {"no_price", "title"}
