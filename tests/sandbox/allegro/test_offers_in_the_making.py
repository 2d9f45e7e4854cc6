"""Offers that take a while, fail or get lost while they are made at the pretend Allegro, and edits of them."""

from typing import Any

import httpx
import pytest

from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.new_offers import (
    CAT,
    MUGS,
    OFFERS,
    PICTURE,
    create,
    from_catalogue,
    new_product,
    spoilt,
    told,
    with_pictures,
)
from tests.sandbox.allegro.test_contract_offers import fits

OFFER = f"{OFFERS}/{{offerId}}"


@pytest.fixture
def allegro(allegro: AllegroWorld) -> AllegroWorld:
    return with_pictures(allegro)


def operation_of(answered: httpx.Response) -> str:
    fits("POST", OFFERS, answered, 202)
    assert answered.headers["retry-after"] == "5"
    return httpx.URL(answered.headers["location"]).path


def test_an_offer_may_take_a_while_to_be_made(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("creation_processing", times=1, seconds=20, external_id="KUB-001")
    assert create(api, new_product(allegro))["publication"]["status"] == "ACTIVE"
    accepted = api.post(OFFERS, from_catalogue(allegro))
    operation, path = operation_of(accepted), f"{OFFERS}/{accepted.json()['id']}"
    polled = f"{OFFER}/operations/{{operationId}}"
    fits("GET", polled, api.get(operation), 202)
    assert api.get(path).json()["publication"]["status"] == "INACTIVE"
    fits("PATCH", OFFER, api.patch(path, {"stock": {"available": 2}}), 409)
    allegro.clock.advance(21)
    fits("GET", polled, api.get(operation), 303)
    assert api.get(path).json()["publication"]["status"] == "ACTIVE"
    allegro.clock.advance(8 * 24 * 3600)
    api.log_in_again(allegro)
    assert api.get(operation).status_code == 404


@pytest.mark.parametrize(("gone", "left"), [(False, 200), (True, 404)])
def test_an_accepted_offer_may_fail(api: Api, allegro: AllegroWorld, gone: bool, left: int) -> None:
    allegro.faults.switch_on("creation_fails_later", times=1, seconds=20, gone=gone)
    accepted = api.post(OFFERS, from_catalogue(allegro))
    operation = operation_of(accepted)
    allegro.clock.advance(21)
    fits("GET", f"{OFFER}/operations/{{operationId}}", api.get(operation), 422)
    assert len(told(api.get(operation))) == 2
    shown = api.get(f"{OFFERS}/{accepted.json()['id']}")
    assert shown.status_code == left
    if not gone:
        assert shown.json()["publication"]["status"] == "INACTIVE"
        assert told(shown) == told(api.get(operation))


def test_an_offer_may_be_made_and_stay_a_draft(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("creation_inactive", times=1)
    made = create(api, from_catalogue(allegro))
    assert (made["publication"]["status"], len(told(made))) == ("INACTIVE", 2)
    done = api.patch(f"{OFFERS}/{made['id']}", {"publication": {"status": "ACTIVE"}}).json()
    assert (done["publication"]["status"], done["validation"]["errors"]) == ("ACTIVE", [])
    allegro.faults.switch_on("activation_unsafe", times=1)
    assert told(create(api, from_catalogue(allegro))) == {("PRODUCT_SAFETY_EMPTY", "productSet[0].safetyInformation")}


@pytest.mark.parametrize(
    ("fault", "answer", "made"),
    [
        ("drop", None, 0),
        ("drop_after", None, 1),
        ("server_error", 500, 0),
        ("server_error_after", 500, 1),
        ("too_many_requests", 429, 0),
        ("creation_refused", 422, 0),
    ],
)
def test_an_answer_may_be_lost_before_or_after_the_offer_is_made(
    api: Api, allegro: AllegroWorld, fault: str, answer: int | None, made: int
) -> None:
    narrowed: dict[str, Any] = {} if fault == "creation_refused" else {"path_prefix": OFFERS}
    allegro.faults.switch_on(fault, times=1, **narrowed)
    before = len(allegro.offers)
    if answer is None:
        with pytest.raises(httpx.TransportError):
            api.post(OFFERS, from_catalogue(allegro))
    else:
        assert api.post(OFFERS, from_catalogue(allegro)).status_code == answer
    assert (len(allegro.offers) - before, len(allegro.created_bodies)) == (made, 1)


def test_the_list_may_not_know_a_new_offer_yet(api: Api, allegro: AllegroWorld) -> None:
    body = spoilt(from_catalogue(allegro), "external.id", "NOWY-1")
    create(api, body)
    allegro.faults.switch_on("offers_list_stale", times=1)
    found = [api.get("/sale/offers", external_id="NOWY-1").json()["totalCount"] for _ in range(2)]
    assert found == [0, 1]


def test_an_edit_checks_the_whole_offer_again(api: Api, allegro: AllegroWorld) -> None:
    path = f"{OFFERS}/{create(api, from_catalogue(allegro))['id']}"
    edit = {"name": "Kubek z kotem i uchem", "parameters": [{"id": "11323", "valuesIds": ["11323_2"]}]}
    done = api.patch(path, edit)
    fits("PATCH", OFFER, done)
    assert (done.json()["name"], done.json()["parameters"][0]["values"]) == (edit["name"], ["Używany"])
    assert allegro.offer_events[-1].type == "OFFER_CHANGED"
    assert told(api.patch(path, {"name": "Kubek"})) == {("VALIDATION_ERROR", "name")}
    refused = api.patch(path, {"images": ["http://store.example/brak.png"]})
    assert told(refused) == {("DownloadError.NotFound", "images[0]")}
    allegro.delete_category(MUGS, redirect="257934")
    assert told(api.patch(path, {"stock": {"available": 3}})) == {("CATEGORY_NOT_EXISTS", "category.id")}
    assert allegro.offers[path.rsplit("/", 1)[-1]].available == 5


def test_an_edit_with_the_product_brings_the_catalogues_texts_back(api: Api, allegro: AllegroWorld) -> None:
    body = {**from_catalogue(allegro), "name": "Kubek z moim własnym tytułem"}
    path = f"{OFFERS}/{create(api, body)['id']}"
    assert api.patch(path, {"stock": {"available": 4}}).json()["name"] == body["name"]
    [product] = allegro.catalogue.with_number(CAT)
    assert api.patch(path, {"productSet": body["productSet"]}).json()["name"] == product.name


def test_an_offer_that_was_there_before_is_checked_where_it_is_touched(api: Api, allegro: AllegroWorld) -> None:
    path = f"{OFFERS}/7700000001"
    done = api.patch(path, {"name": "Kubek z kotem i uchem", "images": [PICTURE]})
    fits("PATCH", OFFER, done)
    assert (done.json()["name"], len(done.json()["images"])) == ("Kubek z kotem i uchem", 1)
    assert told(api.patch(path, {"name": "Kubek"})) == {("VALIDATION_ERROR", "name")}
    assert api.get(path).json()["name"] == "Kubek z kotem i uchem"


def test_an_offer_may_join_another_marketplace_with_a_price_of_its_own(api: Api, allegro: AllegroWorld) -> None:
    price = {"sellingMode": {"price": {"amount": "249", "currency": "CZK"}}}
    made = create(api, {**from_catalogue(allegro), "additionalMarketplaces": {"allegro-cz": price}})
    assert made["additionalMarketplaces"]["allegro-cz"]["sellingMode"]["price"]["amount"] == "249.00"
