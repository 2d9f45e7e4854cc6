"""What happens to an order after it was ready: more money, money that comes late or goes back, another address."""

import copy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

KUBEK = Line("7700000001")
READY = "READY_FOR_PROCESSING"


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "PLN"}


def before(allegro: AllegroWorld, form_id: str) -> dict[str, Any]:
    """The form as it is; what comes after comes an hour later."""
    form = copy.deepcopy(allegro.form(form_id))
    allegro.clock.advance(timedelta(hours=1).total_seconds())
    return form


def test_a_paid_surcharge_is_a_payment_of_its_own_and_makes_the_order_ready_once_more(
    allegro: AllegroWorld, api: Api
) -> None:
    form_id = allegro.buy(KUBEK, delivery_cost=Decimal("10.00"))
    was = before(allegro, form_id)
    allegro.surcharge(form_id, Decimal("7.00"))
    allegro.surcharge(form_id, Decimal("0.50"))
    form = allegro.form(form_id)
    assert [each["paidAmount"] for each in form["surcharges"]] == [money("7.00"), money("0.50")]
    assert all(each["finishedAt"] for each in form["surcharges"])
    assert len({form["payment"]["id"], *(each["id"] for each in form["surcharges"])}) == 3
    assert form["payment"] == was["payment"]
    assert form["summary"]["totalToPay"] == money("57.49")
    assert form["updatedAt"] > was["updatedAt"]
    assert form["revision"] != was["revision"]
    assert api.event_types()[-3:] == [READY] * 3


def test_an_unpaid_surcharge_is_owed_and_not_announced_until_it_is_settled(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(KUBEK, kind="cod", delivery_cost=Decimal("10.00"))
    was = before(allegro, form_id)
    allegro.surcharge(form_id, Decimal("7.00"), paid=False)
    form = allegro.form(form_id)
    [surcharge] = form["surcharges"]
    assert (surcharge["finishedAt"], surcharge["paidAmount"]) == (None, None)
    assert form["summary"]["totalToPay"] == money("56.99")
    assert form["updatedAt"] > was["updatedAt"]
    assert api.event_types().count(READY) == 1
    allegro.settle_payment(form_id)
    assert surcharge["paidAmount"] == money("7.00")
    assert form["payment"]["finishedAt"] is None
    assert api.event_types().count(READY) == 2


@pytest.mark.parametrize(("announced", "ready"), [(True, 2), (False, 1)])
def test_an_extended_term_is_ready_at_once_and_paid_later(
    allegro: AllegroWorld, api: Api, announced: bool, ready: int
) -> None:
    form_id = allegro.buy(KUBEK, kind="term", delivery_cost=Decimal("10.00"))
    form = allegro.form(form_id)
    was = before(allegro, form_id)
    assert form["status"] == READY
    assert (form["payment"]["finishedAt"], form["payment"]["paidAmount"]) == (None, None)
    allegro.settle_payment(form_id, announced=announced)
    assert form["payment"]["paidAmount"] == money("49.99")
    assert form["payment"]["finishedAt"] > was["updatedAt"]
    assert form["revision"] != was["revision"]
    assert api.event_types().count(READY) == ready


def test_a_surcharge_pays_for_itself_only(allegro: AllegroWorld) -> None:
    form_id = allegro.buy(KUBEK, kind="term", delivery_cost=Decimal("10.00"))
    allegro.surcharge(form_id, Decimal("7.00"))
    payment = allegro.form(form_id)["payment"]
    assert payment["finishedAt"] is None
    allegro.settle_payment(form_id)
    assert payment["paidAmount"] == money("49.99")


def test_a_refund_leaves_no_trace_in_the_form(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(KUBEK)
    was, events = before(allegro, form_id), api.event_types()
    allegro.refund(form_id)
    assert allegro.form(form_id) == was
    assert api.event_types() == events


def test_a_refund_of_all_that_came_back_may_show_in_the_fulfilment(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(KUBEK)
    was = before(allegro, form_id)
    allegro.refund(form_id, returned=True)
    form = allegro.form(form_id)
    assert (form["status"], form["fulfillment"]["status"]) == (READY, "RETURNED")
    assert form["updatedAt"] == was["updatedAt"]
    assert api.event_types()[-1] == "FULFILLMENT_STATUS_CHANGED"


@pytest.mark.parametrize("bought", [{"pay": False}, {"kind": "cod"}], ids=["unpaid", "cash on delivery"])
def test_what_was_not_paid_is_not_refunded(allegro: AllegroWorld, bought: dict[str, Any]) -> None:
    form_id = allegro.buy(KUBEK, **bought)
    with pytest.raises(ValueError, match="nothing was paid"):
        allegro.refund(form_id)


def test_another_pickup_point_is_a_modification_by_the_buyer(allegro: AllegroWorld, api: Api) -> None:
    form_id = allegro.buy(KUBEK, delivery="pickup_point")
    was = before(allegro, form_id)
    allegro.change_pickup_point(form_id, "GDA02M", street="ul. Nowa 1")
    form = allegro.form(form_id)
    point, old = form["delivery"]["pickupPoint"], was["delivery"]["pickupPoint"]
    assert (point["id"], point["name"]) == ("GDA02M", "Paczkomat GDA02M")
    assert point["address"] == {**old["address"], "street": "ul. Nowa 1"}
    assert form["delivery"]["address"] == {**was["delivery"]["address"], "modifiedAt": form["updatedAt"]}
    assert form["updatedAt"] > was["updatedAt"]
    assert form["revision"] != was["revision"]
    assert api.event_types()[-1] == "BUYER_MODIFIED"


def test_a_parcel_by_courier_has_no_pickup_point_to_change(allegro: AllegroWorld) -> None:
    with pytest.raises(ValueError, match="no pickup point"):
        allegro.change_pickup_point(allegro.buy(KUBEK), "GDA02M")
