import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.allegro.answers import iso
from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

KUBEK = Line("7700000001")


def listed(api: Api, **parameters: Any) -> list[str]:
    return [form["id"] for form in api.get("/order/checkout-forms", **parameters).json()["checkoutForms"]]


def test_the_list_is_newest_purchase_first_unless_sorted_otherwise(allegro: AllegroWorld, api: Api) -> None:
    now = allegro.clock.now()
    old, new = (allegro.buy(KUBEK, pay=False, at=now - timedelta(days=days)) for days in (5, 2))
    allegro.pay(old)
    assert listed(api) == [new, old]
    assert listed(api, sort="lineItems.boughtAt") == [old, new]
    assert listed(api, sort="updatedAt") == [new, old]
    assert listed(api, sort="-updatedAt") == [old, new]


def test_the_list_is_filtered_by_status_and_by_time(allegro: AllegroWorld, api: Api) -> None:
    now = allegro.clock.now()
    ready = allegro.buy(KUBEK, at=now - timedelta(days=5))
    bought = allegro.buy(KUBEK, pay=False, at=now - timedelta(days=2))
    cancelled = allegro.buy(KUBEK)
    allegro.cancel(cancelled)
    assert listed(api, status="BOUGHT") == [bought]
    assert set(listed(api, status=["CANCELLED", "READY_FOR_PROCESSING"])) == {ready, cancelled}
    since = {"updatedAt.gte": iso(now - timedelta(days=3)), "updatedAt.lte": iso(now - timedelta(days=1))}
    assert listed(api, **since) == [bought]
    assert listed(api, **{"lineItems.boughtAt.lte": iso(now - timedelta(days=4))}) == [ready]
    allegro.set_fulfilment(ready, "SENT")
    assert listed(api, **{"fulfillment.status": "SENT"}) == [ready]


def test_the_list_is_cut_and_sorted_by_the_time_of_purchase(allegro: AllegroWorld, api: Api) -> None:
    now = allegro.clock.now()
    old, middle, new = (allegro.buy(KUBEK, at=now - timedelta(days=days)) for days in (5, 3, 1))
    window = {
        "lineItems.boughtAt.gte": iso(now - timedelta(days=4)),
        "lineItems.boughtAt.lte": iso(now - timedelta(days=1)),
    }
    assert listed(api, **window) == [new, middle]
    assert listed(api, **window, sort="lineItems.boughtAt") == [middle, new]
    assert listed(api, sort="-lineItems.boughtAt", offset=1) == [middle, old]


def test_a_form_is_found_by_what_stands_in_it(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(KUBEK, buyer="jan", provider="ALLEGRO")
    allegro.buy(KUBEK, pay=False, marketplace="allegro-cz")
    for _ in range(2):
        allegro.surcharge(form_id, Decimal("1.00"))
    form = allegro.form(form_id)
    for name, value in {
        "buyer.login": "jan",
        "payment.id": form["payment"]["id"],
        "surcharges.id": form["surcharges"][1]["id"],
        "marketplace.id": "allegro-pl",
        "fulfillment.provider.id": "ALLEGRO",
        "delivery.method.id": form["delivery"]["method"]["id"],
    }.items():
        assert listed(api, **{name: value}) == [form_id], name
        assert listed(api, **{name: "other"}) == [], name


def test_a_form_is_found_by_its_own_time_of_update(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(KUBEK)
    shown = allegro.form(form_id)["updatedAt"]
    assert listed(api, **{"updatedAt.gte": shown, "updatedAt.lte": shown}) == [form_id]


def test_pages_follow_each_other(allegro: AllegroWorld, api: Api) -> None:
    made = [allegro.buy(KUBEK) for _ in range(5)]
    page = api.get("/order/checkout-forms", offset=2, limit=2, sort="lineItems.boughtAt").json()
    assert [form["id"] for form in page["checkoutForms"]] == made[2:4]
    assert (page["count"], page["totalCount"]) == (2, 5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 101},
        {"limit": "many"},
        {"limit": 0},
        {"offset": 9_950, "limit": 51},
        {"sort": "price"},
        {"updatedAt_gte": "yesterday"},
    ],
)
def test_what_the_list_does_not_take_is_a_422(api: Api, wrong: dict[str, Any]) -> None:
    refused = api.get("/order/checkout-forms", **wrong)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"]


def test_an_id_that_is_no_uuid_is_a_422_and_an_unknown_one_a_404(api: Api) -> None:
    assert api.get("/order/checkout-forms/17").status_code == 422
    unknown = api.get(f"/order/checkout-forms/{uuid.uuid4()}")
    assert unknown.status_code == 404
    assert unknown.json()["errors"][0]["code"] == "CheckoutFormNotFoundException"


def test_setting_the_fulfilment_moves_the_revision_and_not_the_time(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(KUBEK)
    before = dict(allegro.form(form_id))
    path = f"/order/checkout-forms/{form_id}/fulfillment"
    assert api.put(path, {"status": "PROCESSING"}, checkoutForm_revision=before["revision"]).status_code == 204
    after = allegro.form(form_id)
    assert after["fulfillment"]["status"] == "PROCESSING"
    assert after["revision"] != before["revision"]
    assert after["updatedAt"] == before["updatedAt"]
    assert api.event_types()[-1] == "FULFILLMENT_STATUS_CHANGED"
    outdated = api.put(path, {"status": "SENT"}, checkoutForm_revision=before["revision"])
    assert outdated.status_code == 409
    assert allegro.form(form_id)["fulfillment"]["status"] == "PROCESSING"


def test_setting_the_same_fulfilment_again_changes_nothing(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(KUBEK)
    path = f"/order/checkout-forms/{form_id}/fulfillment"
    api.put(path, {"status": "PROCESSING"})
    revision = allegro.form(form_id)["revision"]
    assert api.put(path, {"status": "PROCESSING"}).status_code == 204
    assert allegro.form(form_id)["revision"] == revision
    assert api.event_types().count("FULFILLMENT_STATUS_CHANGED") == 1


@pytest.mark.parametrize("status", ["RETURNED", "DONE", None])
def test_a_status_that_a_seller_may_not_set_is_a_422(allegro: AllegroWorld, api: Api, status: str | None) -> None:
    path = f"/order/checkout-forms/{allegro.buy(KUBEK)}/fulfillment"
    assert api.put(path, {"status": status}).status_code == 422


def test_a_revision_conflict_can_be_forced(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(KUBEK)
    allegro.faults.switch_on("revision_conflict", times=1)
    path = f"/order/checkout-forms/{form_id}/fulfillment"
    assert api.put(path, {"status": "SENT"}).status_code == 409
    assert api.put(path, {"status": "SENT"}).status_code == 204


def test_a_form_can_be_missing_for_a_while(allegro: AllegroWorld, api: Api) -> None:
    hidden, seen = allegro.buy(KUBEK), allegro.buy(KUBEK)
    allegro.faults.switch_on("form_missing", form_id=hidden)
    assert api.get(f"/order/checkout-forms/{hidden}").status_code == 404
    assert api.get(f"/order/checkout-forms/{seen}").status_code == 200
    allegro.faults.switch_off("form_missing")
    assert api.get(f"/order/checkout-forms/{hidden}").status_code == 200


def test_a_stale_list_omits_what_changed_lately(allegro: AllegroWorld, api: Api) -> None:
    old = allegro.buy(KUBEK, at=allegro.clock.now() - timedelta(hours=1))
    allegro.buy(KUBEK)
    allegro.faults.switch_on("forms_list_stale")
    assert listed(api) == [old]
