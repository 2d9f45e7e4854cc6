"""Templates for listing, and what there is to choose for them."""

import pytest
from fastapi.testclient import TestClient

from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_template_is_made_changed_and_deleted(api: TestClient, account: int) -> None:
    path = f"accounts/{account}/listing-templates"
    made = good(api.post(path, json={"name": "Kubki", "price_modifier_percent": 7.5, "publish": False}), 201)
    assert (made["title"], made["handling_time"], made["price_modifier_percent"]) == ("{name}", "PT24H", 7.5)
    assert good(api.get(path))["items"] == [made]
    changed = good(api.patch(f"listing-templates/{made['id']}", json={"title": "{name} {attribute:pa_kolor}"}))
    assert changed == {**made, "title": "{name} {attribute:pa_kolor}"}
    assert problem(api.post(path, json={"name": "Kubki"}), 409)
    assert api.delete(f"listing-templates/{made['id']}").status_code == 204
    assert problem(api.delete(f"listing-templates/{made['id']}"), 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "{nmae}"),
        ("title", "no field"),
        ("description", "{nothing}"),
        ("price_modifier_percent", -91),
        ("duration", "P4D"),
        ("handling_time", "P1D"),
        ("invoice", "maybe"),
        ("safety_information", "x" * 5001),
        ("colour", "red"),
    ],
)
def test_what_no_offer_can_have_is_refused_when_it_is_saved(
    api: TestClient, account: int, field: str, value: object
) -> None:
    answer = api.post(f"accounts/{account}/listing-templates", json={"name": "Kubki", field: value})
    assert refused_fields(answer) == {field}


def test_a_price_modifier_says_that_synced_prices_ignore_it(api: TestClient, account: int) -> None:
    path = f"accounts/{account}"
    good(api.patch(f"{path}/settings", json={"push_prices": True}))
    made = good(api.post(f"{path}/listing-templates", json={"name": "Kubki", "price_modifier_percent": 10}), 201)
    assert ["ignored" in each for each in made["warnings"]] == [True]


def test_the_choices_are_those_that_the_seller_has_at_allegro(api: TestClient, account: int, world: Sandbox) -> None:
    path = f"accounts/{account}/listing-options"
    options = good(api.get(path))
    assert "Kurier i paczkomaty" in [each["name"] for each in options["shipping_rates"]]
    assert options["unknown"] == []
    world.allegro.faults.switch_on("scope_missing", scope="allegro:api:sale:settings:read")
    options = good(api.get(path))
    assert (options["warranties"], bool(options["unknown"])) == (None, True)
