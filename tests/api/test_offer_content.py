"""Over the API: saying anew what a listed offer says."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def path(api: TestClient, account: int, world: Sandbox) -> str:
    """The address of the content of an offer; template 1 is there."""
    good(api.post(f"accounts/{account}/listing-templates", json={"name": "Kubki", "title": "{name} {sku}"}), 201)
    wanted = {"offer_id": world.allegro.offer_id("KUB-002"), "product_id": world.store.product("KUB-002")["id"]}
    link = good(api.post(f"accounts/{account}/offer-links", json=wanted), 201)
    return f"offer-links/{link['id']}/content"


def test_an_offers_title_is_planned_and_then_said(api: TestClient, path: str, world: Sandbox) -> None:
    asked = {"fields": ["title"], "template_id": 1}
    planned = good(api.post(path, json={**asked, "dry_run": True}))
    title = "Kubek ceramiczny z sową 330 ml KUB-002"
    told: dict[str, Any] = {
        "offer_id": world.allegro.offer_id("KUB-002"),
        "dry_run": True,
        "state": "planned",
        "changes": [{"field": "title", "from": "Kubek ceramiczny z sową 330 ml", "to": title}],
        "request": {"name": title},
        "errors": [],
        "notes": [],
    }
    assert planned == told
    assert good(api.post(path, json=asked)) == {**told, "dry_run": False, "state": "done"}
    again = good(api.post(path, json=asked))
    assert again == {**told, "dry_run": False, "state": "unchanged", "changes": [], "request": None}
    assert [body for _, body in world.allegro.edit_bodies] == [{"name": title}]


def test_what_cannot_be_asked_for_is_refused_by_name(api: TestClient, path: str) -> None:
    right: dict[str, Any] = {"fields": ["title"], "template_id": 1}
    assert refused_fields(api.post(path, json={**right, "fields": []})) == {"fields"}
    assert refused_fields(api.post(path, json={**right, "fields": ["price"]})) >= {"fields.0"}
    assert refused_fields(api.post(path, json={**right, "template_id": 9})) == {"template_id"}
    problem(api.post("offer-links/99/content", json=right), 404)


def test_an_offer_that_cannot_be_changed_now_is_a_conflict(
    api: TestClient, path: str, world: Sandbox, services: Services, account: int
) -> None:
    asked = {"fields": ["title"], "template_id": 1}
    world.allegro.faults.switch_on("edit_conflict", times=3)
    assert "earlier edit" in problem(api.post(path, json=asked), 409)["detail"]
    world.allegro.faults.clear()
    good(api.patch(f"accounts/{account}", json={"enabled": False}))
    assert "switched off" in problem(api.post(path, json=asked), 409)["detail"]
