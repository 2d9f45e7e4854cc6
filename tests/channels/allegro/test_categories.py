"""Allegro's tree of categories and their parameters, as they are read."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import respx

from app.channels.allegro.categories import AllegroCategories
from app.channels.allegro.client import AllegroClient
from app.channels.allegro.session import AllegroSession
from app.channels.errors import AuthRequired, ChannelError, Misconfigured, NotFound, Rejected, Unreadable
from app.channels.http import Transport
from app.domain.categories import Category, CategoryEventKind, SuggestedCategory
from app.domain.parameters import Condition, Entry, Parameter, ParameterType
from tests.channels.allegro.test_client import API, KUBKI, Tokens
from tests.sandbox.allegro.contract import check_query, check_response, check_schema

UUID = "954b95b6-43cf-4104-8354-dea4d9b10ddf"
LEAF: dict[str, Any] = {
    "id": "257933",
    "name": "Kubki",
    "parent": {"id": UUID},
    "leaf": True,
    "options": {"productCreationEnabled": False},
}
TOP: dict[str, Any] = {"id": UUID, "name": "Dom i ogród", "parent": None, "leaf": False}


@pytest.fixture
def categories(transport: Transport) -> AllegroCategories:
    session = AllegroSession(transport, API, "Kubki/1.0 (+https://kubki.example)", Tokens(), KUBKI)
    return AllegroClient(session).categories


def answered(router: respx.Router, template: str, body: Any, category_id: str = "") -> respx.Route:
    """A route that answers what Allegro's document says it may answer."""
    check_response("GET", template, 200, body)
    return router.get(template.replace("{categoryId}", category_id)).respond(json=body)


def check_what_was_asked(template: str, route: respx.Route) -> None:
    for name, value in route.calls.last.request.url.params.multi_items():
        check_query("GET", template, {name: value})


def test_categories_are_read_level_by_level(router: respx.Router, categories: AllegroCategories) -> None:
    route = answered(router, "/sale/categories", {"categories": [TOP]})
    assert categories.children() == (Category(UUID, "Dom i ogród", "", leaf=False),)
    assert not route.calls.last.request.url.params
    leaf = Category("257933", "Kubki", UUID, leaf=True, allows_new_products=False)
    answered(router, "/sale/categories", {"categories": [LEAF]})
    assert categories.children(UUID) == (leaf,)
    check_what_was_asked("/sale/categories", route)
    assert route.calls.last.request.url.params["parent.id"] == UUID
    answered(router, "/sale/categories/{categoryId}", LEAF, "257933")
    assert categories.get("257933") == leaf


@pytest.mark.parametrize("broken", [{"leaf": None}, {"name": None}, {"id": ""}])
def test_no_level_is_read_without_one_of_its_categories(
    router: respx.Router, categories: AllegroCategories, broken: dict[str, Any]
) -> None:
    router.get("/sale/categories").respond(json={"categories": [TOP, {**LEAF, **broken}]})
    with pytest.raises(Unreadable, match=r"categories\[1\]"):
        categories.children()


@pytest.mark.parametrize("read", ["children", "get", "parameters"])
@pytest.mark.parametrize("category_id", ["", "../me", "5?x=1", "5/parameters", "ż"])
def test_no_address_is_made_of_what_is_no_id(categories: AllegroCategories, read: str, category_id: str) -> None:
    with pytest.raises(Rejected, match="is not the id of an Allegro category"):
        getattr(categories, read)(category_id)


@pytest.mark.parametrize(
    ("status", "error"), [(401, AuthRequired), (403, Misconfigured), (404, NotFound), (422, Rejected)]
)
def test_a_refusal_is_told_and_is_no_missing_permission(
    router: respx.Router, categories: AllegroCategories, status: int, error: type[ChannelError]
) -> None:
    refusal = {"errors": [{"code": "AccessDenied", "message": "no"}]}
    router.get("/sale/categories/5").respond(status, json=refusal)
    with pytest.raises(error, match="reading category 5"):
        categories.get("5")


def test_suggestions_have_their_path_from_the_top_down(router: respx.Router, categories: AllegroCategories) -> None:
    found = {"id": "2", "name": "Kubki", "parent": {"id": "1", "name": "Dom", "parent": None}}
    route = answered(router, "/sale/matching-categories", {"matchingCategories": [found]})
    assert categories.matching("Kubek z kotem") == (SuggestedCategory("2", (("1", "Dom"), ("2", "Kubki"))),)
    check_what_was_asked("/sale/matching-categories", route)
    assert route.calls.last.request.url.params["name"] == "Kubek z kotem"
    endless: dict[str, Any] = {"id": "0", "name": "0", "parent": None}
    for number in range(40):
        endless = {"id": str(number), "name": str(number), "parent": endless}
    broken = [None, {"id": "3"}, {**found, "parent": {"id": "1"}}, endless]
    route.respond(json={"matchingCategories": [*broken, found]})
    assert [each.id for each in categories.matching("Kubek")] == ["2"]


def test_changes_of_the_tree_are_read_page_by_page(router: respx.Router, categories: AllegroCategories) -> None:
    short = {key: LEAF[key] for key in ("id", "name", "parent", "leaf")}
    event = {"occurredAt": "2026-06-26T15:26:43.891Z", "category": short}
    kinds = ("CREATED", "RENAMED", "MOVED", "DELETED")
    events: list[Any] = [{**event, "id": kind, "type": f"CATEGORY_{kind}"} for kind in kinds]
    events[-1]["redirectCategory"] = {"id": "257934"}
    concrete = ("CategoryCreatedEvent", "CategoryRenamedEvent", "CategoryMovedEvent", "CategoryDeletedEvent")
    for schema, each in zip(concrete, events, strict=True):
        check_schema(schema, each)
    route = answered(router, "/sale/category-events", {"events": events})
    page = categories.events("MTEz")
    check_what_was_asked("/sale/category-events", route)
    assert dict(route.calls.last.request.url.params) == {"from": "MTEz", "limit": "1000"}
    assert [(each.kind.value.upper(), each.redirect_id) for each in page.events] == [
        (kind, "257934" if kind == "DELETED" else "") for kind in kinds
    ]
    assert page.events[0].category == Category("257933", "Kubki", UUID, leaf=True)
    assert (page.count, page.last_id, page.unreadable) == (4, "DELETED", ())
    route.respond(json={"events": [{**event, "id": "1", "type": "CATEGORY_SPLIT"}, {"id": "2", "type": "?"}]})
    page = categories.events(None)
    assert [each.kind for each in page.events] == [CategoryEventKind.UNKNOWN]
    assert ([each for each, _ in page.unreadable], page.count, page.last_id) == (["2"], 2, "2")
    assert "from" not in route.calls.last.request.url.params


OPTIONS = {
    "ambiguousValueId": None,
    "dependsOnParameterId": None,
    "describesProduct": False,
    "customValuesEnabled": False,
}
PLAIN: dict[str, Any] = {
    "id": "1",
    "name": "Parametr",
    "required": False,
    "requiredForProduct": False,
    "requiredIf": None,
    "displayedIf": None,
    "unit": None,
    "options": OPTIONS,
}


def parameter(kind: ParameterType, **members: Any) -> Parameter:
    return Parameter("1", "Parametr", kind, **members)


STRING, INTEGER, FLOAT, DICTIONARY = (
    ParameterType.STRING,
    ParameterType.INTEGER,
    ParameterType.FLOAT,
    ParameterType.DICTIONARY,
)
COLOURS = [
    {
        "id": "1_1",
        "value": "biały",
        "dependsOnValueIds": ["9_1", "9_2"],
        "formerData": {"ids": ["0_1"], "values": ["biel"]},
    },
    {"id": "1_2", "value": "inny", "dependsOnValueIds": []},
]
ENTRIES = (Entry("1_1", "biały", ("9_1", "9_2"), ("0_1", "biel")), Entry("1_2", "inny"))
WITH = [{"id": "9", "oneOfValueIds": ["9_1", "9_2"]}]
KINDS: dict[str, tuple[dict[str, Any], Parameter]] = {
    "a single choice": (
        {"type": "dictionary", "restrictions": {"multipleChoices": False}, "dictionary": COLOURS},
        parameter(DICTIONARY, entries=ENTRIES),
    ),
    "several choices, one of them one's own": (
        {
            "type": "dictionary",
            "restrictions": {"multipleChoices": True},
            "dictionary": COLOURS,
            "options": {**OPTIONS, "customValuesEnabled": True, "ambiguousValueId": "1_2", "describesProduct": True},
        },
        parameter(DICTIONARY, entries=ENTRIES, multiple=True, custom_entry_id="1_2", describes_product=True),
    ),
    "an ambiguous entry that takes no text": (
        {"type": "dictionary", "dictionary": [], "options": {**OPTIONS, "ambiguousValueId": "1_2"}},
        parameter(DICTIONARY),
    ),
    "a choice that depends on another": (
        {"type": "dictionary", "dictionary": COLOURS, "options": {**OPTIONS, "dependsOnParameterId": "9"}},
        parameter(DICTIONARY, entries=ENTRIES, depends_on="9"),
    ),
    "a whole number": (
        {"type": "integer", "restrictions": {"min": 0, "max": 128, "range": False}, "required": True},
        parameter(INTEGER, minimum=Decimal(0), maximum=Decimal(128), required=True),
    ),
    "from a whole number to another": (
        {"type": "integer", "restrictions": {"min": -5, "max": 5, "range": True}, "requiredForProduct": True},
        parameter(INTEGER, minimum=Decimal(-5), maximum=Decimal(5), is_range=True, required_for_product=True),
    ),
    "a number with decimals": (
        {"type": "float", "restrictions": {"min": 0.001, "precision": 3, "range": False}, "unit": "kg"},
        parameter(FLOAT, minimum=Decimal("0.001"), precision=3, unit="kg"),
    ),
    "texts": (
        {"type": "string", "restrictions": {"minLength": 2, "maxLength": 35, "allowedNumberOfValues": 3}},
        parameter(STRING, shortest=2, longest=35, most_values=3),
    ),
    "a text that was called something else": (
        {"type": "string", "restrictions": {}, "formerData": {"ids": ["0"], "names": ["Dawny", "Stary"]}},
        parameter(STRING, former_ids=("0",), former_names=("Dawny", "Stary")),
    ),
    "what is wanted and shown at times": (
        {
            "type": "string",
            "requiredIf": {"parametersWithValue": WITH, "parametersWithoutValue": [{"id": "8"}]},
            "displayedIf": {"parametersWithValue": WITH},
        },
        parameter(
            STRING,
            required_if=Condition((("9", ("9_1", "9_2")),), ("8",)),
            displayed_if=Condition((("9", ("9_1", "9_2")),)),
        ),
    ),
    "a kind that does not exist yet": ({"type": "colour"}, parameter(ParameterType.UNKNOWN)),
}
PARAMETERS = "/sale/categories/{categoryId}/parameters"


@pytest.mark.parametrize("kind", KINDS)
def test_a_parameter_is_read_as_what_it_is(router: respx.Router, categories: AllegroCategories, kind: str) -> None:
    sent, expected = KINDS[kind]
    sent = {**PLAIN, **sent}
    if expected.type is not ParameterType.UNKNOWN:
        check_schema(f"{expected.type.value.capitalize()}CategoryParameter", sent)
    answered(router, PARAMETERS, {"parameters": [sent]}, "257933")
    result = categories.parameters("257933")
    assert (result.parameters, result.unreadable) == ((expected,), ())


BROKEN: dict[str, Callable[[], dict[str, Any]]] = {
    "id is missing": lambda: {"id": None, "type": "string"},
    "name is missing": lambda: {"name": " ", "type": "string"},
    "dictionary is not a list": lambda: {"type": "dictionary"},
    "dictionary[1].id is missing": lambda: {"type": "dictionary", "dictionary": [COLOURS[0], {"value": "x"}]},
    "precision is not a whole number": lambda: {"type": "float", "restrictions": {"min": 1}},
    "maxLength is not a whole number": lambda: {"type": "string", "restrictions": {"maxLength": "long"}},
    "parametersWithoutValue[0].id is missing": lambda: {
        "type": "string",
        "requiredIf": {"parametersWithoutValue": [0]},
    },
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_parameter_that_cannot_be_read_is_told_beside_the_others(
    router: respx.Router, categories: AllegroCategories, reason: str
) -> None:
    broken = {**PLAIN, "id": "2", **BROKEN[reason]()}
    router.get("/sale/categories/5/parameters").respond(json={"parameters": [broken, {**PLAIN, "type": "string"}]})
    result = categories.parameters("5")
    assert [each.id for each in result.parameters] == ["1"]
    [(parameter_id, why)] = result.unreadable
    assert parameter_id == (broken["id"] or "")
    assert reason in why
