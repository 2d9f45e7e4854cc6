"""Asking for goods to be listed, or for what would be sent, and what became of it."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields
from tests.conftest import connect
from tests.sync.listing.stand import Stand, stand

__all__ = ["stand"]

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _path(stand: Stand) -> str:
    return f"accounts/{stand.account}/listings"


def _body(stand: Stand, *product_ids: int, **more: Any) -> dict[str, Any]:
    return {"product_ids": list(product_ids), "template_id": stand.template, **more}


def test_what_is_asked_for_is_queued_listed_and_told_of_item_by_item(api: TestClient, stand: Stand) -> None:
    stand.fault("creation_refused", external_id="KUB-004")
    started = good(api.post(_path(stand), json=_body(stand, 13, 14, 23)), 202)
    items = {each["sku"]: each for each in started["items"]}
    assert [items[sku]["variation_id"] for sku in ("KUB-003", "KOS-001-S")] == [None, 24]
    assert {(each["state"], each["offer_id"], each["run_id"]) for each in items.values()} == {
        ("queued", None, started["run_id"])
    }
    stand.services.runner.run_queued(started["run_id"])
    run = good(api.get(f"runs/{started['run_id']}"))
    assert (run["state"], run["done"], run["failed"]) == ("done", 5, 1)
    page = good(api.get(_path(stand), params={"run_id": started["run_id"], "state": "failed"}))
    assert page["counts"] == {"listed": 5, "failed": 1}
    [failed] = page["items"]
    assert [each["field"] for each in failed["errors"]] == ["description.sections[0].items[0].content", "parameters"]
    listed = good(api.get(f"listings/{items['KUB-003']['id']}"))
    assert (listed["state"], listed["offer_id"]) == ("listed", stand.on_sale("KUB-003").id)
    assert listed["finished_at"] >= listed["created_at"]


@on_sqlite
def test_a_dry_run_answers_at_once_with_what_would_be_sent(api: TestClient, stand: Stand) -> None:
    stand.world.store.edit("KUB-004", images=[])
    told = good(api.post(_path(stand), json=_body(stand, 13, 14, dry_run=True)))
    mug, flask = told["items"]
    assert told["dry_run"] is True
    assert (mug["can_be_listed"], mug["request"]["external"], mug["errors"]) == (True, {"id": "KUB-003"}, [])
    assert (flask["can_be_listed"], flask["request"]) == (False, None)
    assert [each["field"] for each in flask["errors"]] == ["images"]
    assert good(api.get(_path(stand)))["items"] == []


@on_sqlite
def test_a_page_goes_on_where_the_one_before_it_ended(api: TestClient, stand: Stand) -> None:
    stand.ask("KUB-003", "KUB-004", "FIL-001")
    first = good(api.get(_path(stand), params={"limit": 2}))
    second = good(api.get(_path(stand), params={"limit": 2, "cursor": first["next_cursor"]}))
    assert [each["sku"] for each in (*first["items"], *second["items"])] == ["FIL-001", "KUB-004", "KUB-003"]
    assert (first["counts"], second["next_cursor"]) == ({"queued": 3}, None)


@on_sqlite
def test_what_cannot_be_asked_for_is_refused_with_the_field(api: TestClient, stand: Stand, services: Services) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("product_ids", {"product_ids": []}),
        ("product_ids", {"product_ids": [*range(1, 1002)]}),
        ("product_ids", {"product_ids": [13, 99999]}),
        ("product_ids", {"product_ids": [24]}),
        ("template_id", {"template_id": 99}),
        ("catalogue_products", {"catalogue_products": [{"store_id": 14, "catalogue_product_id": "x"}]}),
        ("catalogue_products", {"catalogue_products": [{"store_id": 13, "catalogue_product_id": x} for x in "ab"]}),
        ("dry_run", {"dry_run": "yes"}),
        ("colour", {"colour": "red"}),
    ]
    for dry_run in (False, True):
        for field, change in wrong:
            answer = api.post(_path(stand), json={**_body(stand, 13, dry_run=dry_run), **change})
            assert refused_fields(answer) == {field}
    other = connect(services, stand.world, name="Inne", login="kubki-shop")
    answer = api.post(f"accounts/{other}/listings", json=_body(stand, 13))
    assert refused_fields(answer) == {"template_id"}
    problem(api.get("listings/99"), 404)
    problem(api.get("accounts/99/listings"), 404)
    assert stand.listings() == []


@on_sqlite
def test_an_account_that_must_not_send_anything_lists_nothing_and_shows_what_it_would(
    api: TestClient, stand: Stand, world: Sandbox
) -> None:
    stand.change(shadow=True)
    assert "shadow" in problem(api.post(_path(stand), json=_body(stand, 13)), 409)["detail"]
    [told] = good(api.post(_path(stand), json=_body(stand, 13, dry_run=True)))["items"]
    assert told["can_be_listed"]
    stand.change(shadow=False, enabled=False)
    assert "switched off" in problem(api.post(_path(stand), json=_body(stand, 13)), 409)["detail"]
    stand.change(enabled=True)
    stand.services.connector.disconnect(stand.account)
    assert "no connection" in problem(api.post(_path(stand), json=_body(stand, 13)), 409)["detail"]
    assert (stand.listings(), world.allegro.created_bodies) == ([], [])
