"""The pretend tree of categories: every answer fits Allegro's document."""

from collections.abc import Callable
from typing import Any

import pytest

from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.seed import GOODS
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.contract import check_schema
from tests.sandbox.allegro.test_contract_offers import fits

CATEGORIES, EVENTS, MATCHING = "/sale/categories", "/sale/category-events", "/sale/matching-categories"
CATEGORY, PARAMETERS = f"{CATEGORIES}/{{categoryId}}", f"{CATEGORIES}/{{categoryId}}/parameters"
MUGS, CUPS, SHIRTS, TABLEWARE, GARDEN = "257933", "257934", "257981", "9013", "9030"

KINDS: tuple[Callable[[dict[str, Any]], object], ...] = (
    lambda p: p["type"] == "dictionary" and p["restrictions"]["multipleChoices"],
    lambda p: p["options"]["customValuesEnabled"] and p["options"]["ambiguousValueId"],
    lambda p: p["options"]["dependsOnParameterId"] and any(e["dependsOnValueIds"] for e in p["dictionary"]),
    lambda p: p["type"] == "integer" and not p["restrictions"]["range"],
    lambda p: p["type"] == "integer" and p["restrictions"]["range"],
    lambda p: p["type"] == "float" and p["unit"] and p["restrictions"]["precision"] > 0,
    lambda p: p["type"] == "float" and p["restrictions"]["range"],
    lambda p: p["type"] == "string" and p["restrictions"]["allowedNumberOfValues"] > 1,
    lambda p: p["required"] and not p["requiredForProduct"],
    lambda p: p["requiredForProduct"],
    lambda p: p["requiredIf"] and p["requiredIf"]["parametersWithValue"],
    lambda p: p["requiredIf"] and p["requiredIf"]["parametersWithoutValue"],
    lambda p: p["displayedIf"],
    lambda p: "formerData" in p,
    lambda p: p["id"] == "11323" and p["required"] and not p["options"]["describesProduct"],
)


def walk(api: Api, **below: str) -> list[dict[str, Any]]:
    answered = api.get(CATEGORIES, **below)
    fits("GET", CATEGORIES, answered)
    found: list[dict[str, Any]] = []
    for category in answered.json()["categories"]:
        found.append(category)
        if not category["leaf"]:
            found += walk(api, parent_id=category["id"])
    return found


def test_the_tree_is_walked_from_the_top_and_the_goods_are_in_leaves(api: Api, allegro: AllegroWorld) -> None:
    found = {each["id"]: each for each in walk(api)}
    assert set(found) == set(allegro.tree.categories)
    assert len(found) >= 30
    assert all(found[allegro.offer(good.offer_id).category_id]["leaf"] for good in GOODS)
    fits("GET", CATEGORY, api.get(f"{CATEGORIES}/{MUGS}"))
    assert api.get(f"{CATEGORIES}/{MUGS}").json() == found[MUGS]


@pytest.mark.parametrize(
    ("template", "path", "status"),
    [
        (CATEGORIES, f"{CATEGORIES}?parent.id=1", 404),
        (CATEGORY, f"{CATEGORIES}/1", 404),
        (PARAMETERS, f"{CATEGORIES}/1/parameters", 404),
        (MATCHING, f"{MATCHING}?name=+", 422),
        (EVENTS, f"{EVENTS}?limit=1001", 400),
        (EVENTS, f"{EVENTS}?from=!", 400),
        (EVENTS, f"{EVENTS}?type=CATEGORY_SPLIT", 400),
    ],
)
def test_what_is_not_there_or_does_not_fit_is_refused(api: Api, template: str, path: str, status: int) -> None:
    fits("GET", template, api.client.get(path, headers=api.headers), status)


def test_there_are_parameters_of_every_kind(api: Api, allegro: AllegroWorld) -> None:
    seen: list[dict[str, Any]] = []
    for category in allegro.tree.categories.values():
        answered = api.get(f"{CATEGORIES}/{category.id}/parameters")
        fits("GET", PARAMETERS, answered)
        assert bool(answered.json()["parameters"]) is category.leaf
        seen += answered.json()["parameters"]
    by_id = {each["id"]: each for each in seen}
    for each in by_id.values():
        check_schema(f"{each['type'].capitalize()}CategoryParameter", each)
    for is_of_the_kind in KINDS:
        assert any(is_of_the_kind(each) for each in by_id.values())


def test_what_becomes_of_categories_is_in_the_journal_for_three_months(api: Api, allegro: AllegroWorld) -> None:
    new = allegro.add_category(TABLEWARE, "Mleczniki")
    allegro.rename_category(MUGS, "Kubki i czarki")
    allegro.move_category(CUPS, GARDEN)
    allegro.delete_category(SHIRTS, redirect="257983")
    answered = api.get(EVENTS)
    fits("GET", EVENTS, answered)
    events = answered.json()["events"]
    kinds = ("Created", "Renamed", "Moved", "Deleted")
    for kind, event in zip(kinds, events, strict=True):
        assert event["type"] == f"CATEGORY_{kind.upper()}"
        check_schema(f"Category{kind}Event", event)
    assert [event["category"]["id"] for event in events] == [new, MUGS, CUPS, SHIRTS]
    assert events[-1]["redirectCategory"] == {"id": "257983"}
    assert api.get(f"{CATEGORIES}/{MUGS}").json()["name"] == "Kubki i czarki"
    assert api.get(f"{CATEGORIES}/{CUPS}").json()["parent"] == {"id": GARDEN}
    assert api.get(f"{CATEGORIES}/{SHIRTS}").status_code == 404
    assert api.get(EVENTS, **{"from": events[1]["id"], "limit": 1}).json()["events"] == [events[2]]
    assert api.get(EVENTS, type="CATEGORY_MOVED").json()["events"] == [events[2]]
    allegro.clock.advance(91 * 86_400)
    api.log_in_again(allegro)
    assert api.get(EVENTS).json()["events"] == []


def test_the_tree_stays_a_tree(allegro: AllegroWorld) -> None:
    with pytest.raises(ValueError, match="is a leaf"):
        allegro.move_category(CUPS, MUGS)
    with pytest.raises(ValueError, match="is below"):
        allegro.move_category("5", TABLEWARE)
    with pytest.raises(ValueError, match="there are categories below"):
        allegro.delete_category(TABLEWARE)
    with pytest.raises(KeyError):
        allegro.delete_category(MUGS, redirect="1")
    assert allegro.tree.events == []


def test_suggestions_resemble_the_name_and_are_five_a_second(api: Api) -> None:
    answered = api.get(MATCHING, name="Kubek termiczny stalowy")
    fits("GET", MATCHING, answered)
    first, second = answered.json()["matchingCategories"]
    assert (first["name"], second["name"]) == ("Kubki termiczne", "Kubki")
    assert first["parent"]["parent"]["parent"] == {"id": "5", "name": "Dom i ogród", "parent": None}
    assert api.get(MATCHING, name="Zupełnie nic").json()["matchingCategories"] == []
    assert [api.get(MATCHING, name="Kubek").status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize("path", [CATEGORIES, f"{CATEGORIES}/5", f"{CATEGORIES}/5/parameters", MATCHING, EVENTS])
def test_any_token_will_do_but_one_must_be_there(api: Api, allegro: AllegroWorld, path: str) -> None:
    narrow = allegro.accounts.open_session(scopes=frozenset({"allegro:api:profile:read"}))["access_token"]
    api.headers["authorization"] = f"Bearer {narrow}"
    assert api.get(path, name="Kubek").status_code == 200
    api.headers["authorization"] = "Bearer none"
    assert api.get(path, name="Kubek").status_code == 401
