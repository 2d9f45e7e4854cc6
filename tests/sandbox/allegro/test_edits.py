from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

KUBEK = "7700000001"
PATH = f"/sale/product-offers/{KUBEK}"
ON_SALE = {"publication": {"status": "ACTIVE"}}


def price(amount: Any, currency: str = "PLN") -> dict[str, Any]:
    return {"price": {"amount": amount, "currency": currency}}


def code(answered: httpx.Response) -> tuple[int, str]:
    return answered.status_code, answered.json()["errors"][0]["code"]


def test_an_edit_changes_what_it_names_and_nothing_else(api: Api, allegro: AllegroWorld) -> None:
    before = api.get(PATH).json()
    body = {"stock": {"available": 5}, "sellingMode": price("44.00")}
    after = api.patch(PATH, body)
    assert after.status_code == 200
    changed = {name for name, value in after.json().items() if value != before[name]} - {"updatedAt", "validation"}
    assert changed == {"stock", "sellingMode"}
    assert (allegro.offer(KUBEK).available, allegro.offer(KUBEK).price) == (5, Decimal("44.00"))
    assert allegro.edit_bodies == [(KUBEK, body)]


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"stock": {"available": -1}}, "INVALID_OFFER_QUANTITY"),
        ({"stock": {"available": 100_000}}, "INVALID_OFFER_QUANTITY"),
        ({"stock": {"available": "5"}}, "INVALID_OFFER_QUANTITY"),
        ({"sellingMode": price("12.345")}, "InvalidPricePrecision"),
        ({"sellingMode": price("12.00", "EUR")}, "prices.price.currency.incorrectBaseCurrency"),
        ({"sellingMode": price(12.5)}, "INVALID_PRICE"),
        ({"sellingMode": price("NaN")}, "INVALID_PRICE"),
        ({"sellingMode": price("0.99")}, "PRICE_TOO_LOW"),
        ({"sellingMode": {"price": None}}, "INVALID_PRICE"),
        ({"sellingMode": {"format": "AUCTION"}}, "SELLING_FORMAT_CANNOT_CHANGE"),
        ({"additionalMarketplaces": {"allegro-cz": {"sellingMode": price("583.92", "CZK")}}}, "InvalidPricePrecision"),
        ({"additionalMarketplaces": {"allegro-pl": {"sellingMode": price("58")}}}, "BASE_MARKETPLACE_NOT_ALLOWED"),
        ({"publication": {"status": "INACTIVE"}}, "INVALID_PUBLICATION_STATUS"),
        ({"publication": {"duration": "long"}}, "INVALID_DURATION"),
    ],
)
def test_an_edit_that_is_refused_changes_nothing(
    api: Api, allegro: AllegroWorld, body: dict[str, Any], refused: str
) -> None:
    good: dict[str, Any] = {"stock": {"available": 5}, "sellingMode": price("44.00")}
    assert code(api.patch(PATH, {**good, **body})) == (422, refused)
    assert (allegro.offer(KUBEK).available, allegro.offer(KUBEK).price) == (24, Decimal("39.99"))
    assert allegro.offer_events == []


def test_unknown_fields_are_warned_of_and_not_refused(api: Api, allegro: AllegroWorld) -> None:
    answered = api.patch(PATH, {"stok": {"available": 1}, "stock": {"available": 5, "left": 5}}).json()
    assert [(each["code"], each["path"]) for each in answered["warnings"]] == [
        ("UnknownJSONProperty", "stok"),
        ("UnknownJSONProperty", "stock.left"),
    ]
    assert allegro.offer(KUBEK).available == 5


def test_stock_and_activation_travel_in_one_edit(api: Api, allegro: AllegroWorld) -> None:
    allegro.end_offer(KUBEK)
    allegro.set_stock(KUBEK, 0)
    assert code(api.patch(PATH, ON_SALE)) == (422, "INVALID_OFFER_QUANTITY")
    answered = api.patch(PATH, {"stock": {"available": 2}, **ON_SALE}).json()
    assert (answered["publication"]["status"], answered["publication"]["endedBy"]) == ("ACTIVE", None)
    assert answered["id"] == KUBEK


def test_stock_of_a_refused_activation_stays_what_it_was(api: Api, allegro: AllegroWorld) -> None:
    allegro.end_offer(KUBEK)
    allegro.faults.switch_on("activation_unsafe", times=1, offer_id=KUBEK)
    body = {"stock": {"available": 2}, **ON_SALE}
    assert code(api.patch(PATH, body)) == (422, "PRODUCT_SAFETY_EMPTY")
    assert (allegro.offer(KUBEK).available, allegro.offer(KUBEK).status) == (24, "ENDED")
    assert api.patch(PATH, body).json()["publication"]["status"] == "ACTIVE"


def test_stock_of_nothing_ends_the_offer_after_the_answer(api: Api, allegro: AllegroWorld) -> None:
    assert api.patch(PATH, {"stock": {"available": 0}}).json()["publication"]["status"] == "ACTIVE"
    ended = api.get(PATH).json()["publication"]
    assert (ended["status"], ended["endedBy"]) == ("ENDED", "EMPTY_STOCK")


def test_an_emptied_offer_may_stay_on_sale_for_a_while(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("ending_lags", seconds=30)
    api.patch(PATH, {"stock": {"available": 0}})
    assert allegro.offer(KUBEK).status == "ACTIVE"
    allegro.clock.advance(31)
    assert allegro.offer(KUBEK).status == "ENDED"


def test_a_price_abroad_joins_the_marketplace(api: Api, allegro: AllegroWorld) -> None:
    api.patch(PATH, {"additionalMarketplaces": {"allegro-cz": {"sellingMode": price("599", "CZK")}}})
    assert allegro.offer(KUBEK).listed_price("allegro-cz") == Decimal(599)
    assert allegro.offer(KUBEK).price == Decimal("39.99")


def test_an_accepted_edit_is_done_later_and_bars_others_until_then(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("edit_processing", times=1, seconds=20)
    accepted = api.patch(PATH, {"stock": {"available": 5}})
    assert (accepted.status_code, accepted.headers["retry-after"]) == (202, "5")
    operation = httpx.URL(accepted.headers["location"]).path
    assert api.get(operation).json()["operation"]["status"] == "IN_PROGRESS"
    assert api.patch(PATH, {"stock": {"available": 6}}).status_code == 409
    assert allegro.offer(KUBEK).available == 24
    allegro.clock.advance(21)
    done = api.get(operation)
    assert (done.status_code, done.content) == (303, b"")
    assert httpx.URL(done.headers["location"]).path == PATH
    assert allegro.offer(KUBEK).available == 5
    assert api.patch(PATH, {"stock": {"available": 6}}).status_code == 200
    allegro.clock.advance(8 * 24 * 3600)
    api.log_in_again(allegro)
    assert api.get(operation).status_code == 404


@pytest.mark.parametrize(
    ("fault", "body", "failure"),
    [
        ("edit_fails_later", {"stock": {"available": 5}}, "MISSING_REQUIRED_PARAMETERS"),
        ("edit_processing", {"sellingMode": price("1.999")}, "InvalidPricePrecision"),
    ],
)
def test_an_accepted_edit_may_fail(
    api: Api, allegro: AllegroWorld, fault: str, body: dict[str, Any], failure: str
) -> None:
    allegro.faults.switch_on(fault, times=1, seconds=0)
    accepted = api.patch(PATH, body)
    assert accepted.status_code == 202
    assert code(api.get(httpx.URL(accepted.headers["location"]).path)) == (422, failure)
    assert (allegro.offer(KUBEK).available, allegro.offer(KUBEK).price) == (24, Decimal("39.99"))


@pytest.mark.parametrize(
    ("fault", "answered"),
    [("edit_conflict", (409, "CONFLICT")), ("edit_refused", (422, "MISSING_REQUIRED_PARAMETERS"))],
)
def test_an_edit_is_refused_so_many_times(
    api: Api, allegro: AllegroWorld, fault: str, answered: tuple[int, str]
) -> None:
    allegro.faults.switch_on(fault, times=2, offer_id=KUBEK)
    body = {"stock": {"available": 5}}
    assert api.patch("/sale/product-offers/7700000002", body).status_code == 200
    assert [code(api.patch(PATH, body)) for _ in range(2)] == [answered, answered]
    assert api.patch(PATH, body).status_code == 200


@pytest.mark.parametrize(("survives", "left"), [(True, "lowest-price"), (False, None)])
def test_a_price_set_by_hand_leaves_the_rule_on_or_not(
    api: Api, allegro: AllegroWorld, survives: bool, left: str | None
) -> None:
    allegro.shelf.rules_survive_edits = survives
    allegro.set_rule(KUBEK, "lowest-price")
    api.patch(PATH, {"sellingMode": price("30.00")})
    assert allegro.offer(KUBEK).rule == left
    rules = api.get(f"/sale/price-automation/offers/{KUBEK}/rules").json()["rules"]
    assert [rule["rule"]["id"] for rule in rules] == ([left] if left else [])
