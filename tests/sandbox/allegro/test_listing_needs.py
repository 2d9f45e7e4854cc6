"""What an offer needs before it is listed, at the pretend Allegro: copies of pictures, and taxes."""

import pytest

from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.world import Sandbox
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.contract import check_request
from tests.sandbox.allegro.new_offers import OFFERS, PICTURE, SMALL, from_catalogue, with_pictures
from tests.sandbox.allegro.test_contract_offers import fits

IMAGES, TAXES = "/sale/images", "/sale/tax-settings"


@pytest.fixture
def allegro(allegro: AllegroWorld) -> AllegroWorld:
    return with_pictures(allegro)


def test_a_picture_is_copied_and_offers_show_the_copy(api: Api, allegro: AllegroWorld) -> None:
    check_request("POST", IMAGES, {"url": PICTURE})
    answered = api.post(IMAGES, {"url": PICTURE})
    fits("POST", IMAGES, answered, 201)
    location = answered.json()["location"]
    assert location != api.post(IMAGES, {"url": PICTURE}).json()["location"]
    made = api.post(OFFERS, {**from_catalogue(allegro), "images": [location]}).json()
    assert made["images"] == [location]
    assert api.get("/sale/offers", limit=1000).json()["offers"][-1]["primaryImage"] == {"url": location}


def test_a_copy_that_no_offer_shows_is_gone_after_a_day(api: Api, allegro: AllegroWorld) -> None:
    used, unused = (api.post(IMAGES, {"url": PICTURE}).json()["location"] for _ in range(2))
    path = f"{OFFERS}/{api.post(OFFERS, {**from_catalogue(allegro), 'images': [used]}).json()['id']}"
    allegro.clock.advance(25 * 3600)
    api.log_in_again(allegro)
    assert api.patch(path, {"images": [used, unused]}).json()["errors"][0]["path"] == "images[1]"
    assert api.patch(path, {"images": [used]}).status_code == 200


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://store.example/brak.png", "DownloadError.NotFound"),
        ("http://store.example/opis.txt", "DownloadError.NotFound"),
        (SMALL, "TOO_SMALL_IMAGE"),
    ],
)
def test_what_is_no_picture_or_too_small_is_refused(api: Api, allegro: AllegroWorld, url: str, code: str) -> None:
    answered = api.post(IMAGES, {"url": url})
    fits("POST", IMAGES, answered, 422)
    assert answered.json()["errors"][0]["code"] == code


def test_one_picture_may_be_refused(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("image_refused", times=1, url="kubek")
    assert [api.post(IMAGES, {"url": PICTURE}).status_code for _ in range(2)] == [422, 201]
    assert api.post(IMAGES, {"adres": PICTURE}).status_code == 400
    allegro.faults.switch_on("scope_missing", scope="allegro:api:sale:offers:write")
    assert api.post(IMAGES, {"url": PICTURE}).status_code == 403


def test_allegro_reaches_the_pictures_of_the_store_and_of_nobody_else() -> None:
    sandbox = Sandbox()
    sandbox.start()
    try:
        path = "/wp-content/uploads/2026/11/kubek-1200x900.png"
        assert sandbox.allegro.uploads.upload(f"{sandbox.store_url}{path}").longer_side == 1200
        fetch = sandbox.allegro.uploads.fetch
        assert [fetch(f"http://store.example{path}"), fetch(f"{sandbox.store_url}/brak.png")] == [None, None]
        sandbox.store.faults.switch_on("picture_missing")
        assert fetch(f"{sandbox.store_url}{path}") is None
    finally:
        sandbox.stop()


def test_taxes_depend_on_the_category_and_the_country(api: Api) -> None:
    answered = api.get(TAXES, category_id="257933", countryCode="PL")
    fits("GET", TAXES, answered)
    [poland] = answered.json()["rates"]
    assert [each["value"] for each in poland["values"]] == ["23.00", "8.00", "5.00", "0.00", "EXEMPT", None]
    calendars = api.get(TAXES, category_id="257991").json()["rates"]
    assert {each["countryCode"]: each["values"][0]["value"] for each in calendars}["CZ"] == "21.00"
    assert len(calendars[0]["values"]) == 3
    fits("GET", TAXES, api.get(TAXES, category_id="1"), 404)
    fits("GET", TAXES, api.get(TAXES, countryCode="PL"), 400)
    fits("GET", TAXES, api.get(TAXES, category_id="257933", countryCode="DE"), 400)
