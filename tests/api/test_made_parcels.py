"""Ship with Allegro over the API: parcels that are made once, their labels, and their end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.api.deps import Services
from app.db import made_parcels
from app.domain.made_parcels import MadeParcelState
from app.sandbox.allegro.forms import Line
from app.sandbox.serving import Recorded
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields
from tests.api.test_orders import import_orders
from tests.sandbox.allegro.contract import check_request
from tests.sync.steps import account_of, by_hand, change, switch

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BASE = "/shipment-management"
CREATE, CANCEL = f"{BASE}/shipments/create-commands", f"{BASE}/shipments/cancel-commands"


class Watched(list[Recorded]):
    """The requests; when one asks for such an address, something else happens."""

    def __init__(self, path: str, event: Callable[[], object]) -> None:
        super().__init__()
        self.path = path
        self.event = event

    def append(self, request: Recorded) -> None:
        super().append(request)
        if request.path.startswith(self.path):
            self.event()


@dataclass
class Counter:
    """The counter where parcels are asked for."""

    api: TestClient
    world: Sandbox
    services: Services
    account: int

    def order(self, **bought: Any) -> str:
        """An imported order of one piece."""
        order_id = self.world.allegro.buy(Line(self.world.allegro.offer_id("KUB-001")), **bought)
        import_orders(self.api, self.account)
        return order_id

    def ask(self, order_id: str, **body: Any) -> Response:
        return self.api.post(self._at(order_id), json=body)

    def make(self, order_id: str, **body: Any) -> Any:
        return good(self.ask(order_id, **body), 202)

    def parcels(self, order_id: str) -> list[Any]:
        items: list[Any] = good(self.api.get(self._at(order_id)))["items"]
        return items

    def label(self, order_id: str, parcel_id: int, **query: str) -> Response:
        return self.api.get(f"{self._at(order_id)}/{parcel_id}/label", params=query)

    def cancel(self, order_id: str, parcel_id: int) -> Response:
        return self.api.delete(f"{self._at(order_id)}/{parcel_id}")

    def sent(self, path: str) -> list[Any]:
        """What was posted there, each fit for Allegro's document."""
        bodies = [each.body for each in self.world.allegro.requests if (each.method, each.path) == ("POST", path)]
        for body in bodies:
            check_request("POST", path, body)
        return bodies

    def _at(self, order_id: str) -> str:
        return f"accounts/{self.account}/orders/{order_id}/parcels"


@pytest.fixture
def counter(api: TestClient, world: Sandbox, services: Services, account: int) -> Counter:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    return Counter(api, world, services, account)


def test_a_parcel_is_made_as_allegro_proposes_it_and_its_label_can_be_fetched_again(counter: Counter) -> None:
    order_id = counter.order()
    counter.world.allegro.requests.clear()
    shown = good(counter.ask(order_id, dry_run=True))
    assert counter.sent(CREATE) == []
    made = counter.make(order_id)
    (sent,) = counter.sent(CREATE)
    assert sent["input"] == shown["request"]
    (there,) = counter.world.allegro.parcels(order_id)
    assert (made["state"], made["carrier_id"], made["waybills"]) == ("ready", "DPD", [there.waybill])
    assert (made["errors"], made["note"]) == ([], None)
    small, again = counter.label(order_id, made["id"]), counter.label(order_id, made["id"])
    assert small.headers["content-type"] == "application/pdf"
    assert b"[0 0 298 420]" in small.content
    assert small.content == again.content
    assert b"[0 0 595 842]" in counter.label(order_id, made["id"], page_size="A4").content
    assert refused_fields(counter.label(order_id, made["id"], page_size="A5")) == {"page_size"}
    history = good(counter.api.get(f"accounts/{counter.account}/orders/{order_id}/history"))["items"]
    assert [each["why"] for each in history if "has its number" in each["what"]] == [there.waybill]


def test_a_body_is_not_needed(counter: Counter) -> None:
    order_id = counter.order(delivery="pickup_point")
    answer = counter.api.post(f"accounts/{counter.account}/orders/{order_id}/parcels")
    assert good(answer, 202)["carrier_id"] == "INPOST"
    protocol = counter.api.get(f"accounts/{counter.account}/orders/{order_id}/parcels/{answer.json()['id']}/protocol")
    assert "Allegro has none" in problem(protocol, 409)["detail"]


def test_what_the_seller_chooses_is_sent_in_place_of_the_proposal(counter: Counter) -> None:
    order_id = counter.order(kind="cod")
    package = {"length_cm": 30, "width_cm": "20.5", "height_cm": 10, "weight_kg": 1.25, "text_on_label": "Kubki"}
    amount = {"amount": "5.00", "currency": "PLN"}
    counter.make(order_id, packages=[package, package], insurance=amount, cash_on_delivery=amount)
    (sent,) = counter.sent(CREATE)
    assert sent["input"]["packages"][1] == {
        "type": "PACKAGE",
        "length": {"value": 30, "unit": "CENTIMETER"},
        "width": {"value": 20.5, "unit": "CENTIMETER"},
        "height": {"value": 10, "unit": "CENTIMETER"},
        "weight": {"value": 1.25, "unit": "KILOGRAMS"},
        "textOnLabel": "Kubki",
    }
    assert sent["input"]["insurance"] == amount
    assert sent["input"]["cashOnDelivery"].items() > amount.items()
    assert sent["input"]["cashOnDelivery"]["iban"]
    (parcel,) = counter.parcels(order_id)
    assert len(parcel["waybills"]) == 2
    assert refused_fields(counter.ask(order_id, another=True)) == {"cash_on_delivery"}
    counter.make(order_id, another=True, no_cash_on_delivery=True)
    assert "cashOnDelivery" not in counter.sent(CREATE)[1]["input"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"packages": [{"length_cm": 0, "width_cm": 1, "height_cm": 1, "weight_kg": 1}]}, "packages.0.length_cm"),
        ({"cash_on_delivery": {"amount": "5.00", "currency": "PLN"}}, "cash_on_delivery"),
        ({"insurance": {"amount": "5", "currency": "zł"}}, "insurance"),
        ({"carrier": "DPD"}, "carrier"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(counter: Counter, body: dict[str, Any], field: str) -> None:
    assert refused_fields(counter.ask(counter.order(), **body)) == {field}
    assert counter.sent(CREATE) == []


def test_an_order_that_is_not_to_be_sent_gets_no_parcel(counter: Counter) -> None:
    own, cancelled, good_one = counter.order(delivery="own_courier"), counter.order(), counter.order()
    counter.world.allegro.cancel(cancelled)
    assert "Allegro refuses" in problem(counter.ask(own), 409)["detail"]
    assert "cancelled at Allegro" in problem(counter.ask(cancelled), 409)["detail"]
    assert "cancelled at Allegro" in problem(counter.ask(cancelled, dry_run=True), 409)["detail"]
    problem(counter.ask("29738e61-7f6a-11e8-ac45-09db60ede9d6"), 404)
    change(counter.services, counter.account, shadow=True)
    assert "shadow" in problem(counter.ask(good_one), 409)["detail"]
    good(counter.ask(good_one, dry_run=True))
    assert counter.sent(CREATE) == []
    assert counter.parcels(good_one) == []


def test_no_parcel_is_made_once_the_account_only_watches(counter: Counter) -> None:
    order_id = counter.order()
    watch = Watched(f"{BASE}/delivery-proposals", lambda: change(counter.services, counter.account, shadow=True))
    counter.world.allegro.requests = watch
    assert "shadow" in problem(counter.ask(order_id), 409)["detail"]
    assert counter.sent(CREATE) == []
    assert counter.parcels(order_id) == []


def test_a_parcel_of_an_order_that_is_cancelled_meanwhile_has_no_label(counter: Counter) -> None:
    order_id = counter.order()
    parcel = counter.make(order_id)
    counter.world.allegro.cancel(order_id)
    assert "Do not send it" in problem(counter.label(order_id, parcel["id"]), 409)["detail"]
    assert good(counter.cancel(order_id, parcel["id"]), 202)["state"] == "cancelled"


def test_of_two_that_are_asked_for_at_once_one_is_made(counter: Counter) -> None:
    order_id = counter.order()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: counter.ask(order_id), range(2)))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    assert len(counter.world.allegro.shipments) == 1
    (made,) = counter.parcels(order_id)
    assert f"parcel {made['id']}" in problem(counter.ask(order_id), 409)["detail"]
    counter.make(order_id, another=True)
    assert len(counter.world.allegro.shipments) == 2


def test_a_slow_parcel_is_followed_and_not_made_twice(counter: Counter) -> None:
    order_id = counter.order()
    faults = counter.world.allegro.faults
    faults.switch_on("shipping_command_lags", seconds=20, times=1)
    faults.switch_on("waybill_late", seconds=30)
    parcel = counter.make(order_id)
    assert parcel["state"] == "creating"
    assert "still making" in problem(counter.label(order_id, parcel["id"]), 409)["detail"]
    assert "still making" in problem(counter.cancel(order_id, parcel["id"]), 409)["detail"]
    problem(counter.ask(order_id), 409)
    counter.world.clock.advance(20)
    (parcel,) = counter.parcels(order_id)
    assert (parcel["state"], parcel["waybills"]) == ("ready", [])
    counter.world.clock.advance(30)
    # The job asks, too: nobody has to look.
    assert by_hand(counter.services, "tracking", counter.account).done == 1
    (there,) = counter.world.allegro.parcels(order_id)
    calls = len(counter.world.allegro.requests)
    (parcel,) = counter.parcels(order_id)
    assert parcel["waybills"] == [there.waybill]
    assert len(counter.world.allegro.requests) == calls, "what is at its end needs no call"
    assert len(counter.sent(CREATE)) == 1


def test_a_store_that_is_down_keeps_no_parcel_waiting(counter: Counter) -> None:
    order_id = counter.order()
    switch(counter.services, counter.account, submit_tracking=True)
    counter.world.allegro.faults.switch_on("shipping_command_lags", seconds=20, times=1)
    counter.make(order_id)
    counter.world.clock.advance(20)
    counter.world.store.faults.switch_on("unavailable")
    by_hand(counter.services, "tracking", counter.account)
    with counter.services.database.reading() as session:
        (parcel,) = made_parcels.of_order(session, counter.account, order_id)
    assert parcel.state is MadeParcelState.READY


def test_a_parcel_that_allegro_does_not_make_has_its_words_and_another_may_be_asked_for(counter: Counter) -> None:
    order_id = counter.order()
    heavy = {"length_cm": 30, "width_cm": 20, "height_cm": 10, "weight_kg": 99}
    failed = counter.make(order_id, packages=[heavy])
    assert failed["state"] == "failed"
    (error,) = failed["errors"]
    assert error["field"] == "packages[0].weight"
    assert "dopuszczalne" in error["message"]
    assert "not to be sent" in problem(counter.label(order_id, failed["id"]), 409)["detail"]
    assert "never made" in problem(counter.cancel(order_id, failed["id"]), 409)["detail"]
    assert counter.make(order_id)["state"] == "ready"


@pytest.mark.parametrize(
    ("fault", "times"),
    [("drop_after", 1), ("drop_after", None), ("server_error_after", 1), ("drop", None), ("unavailable", None)],
)
def test_a_lost_answer_makes_one_parcel(counter: Counter, fault: str, times: int | None) -> None:
    order_id = counter.order()
    counter.world.allegro.faults.switch_on(fault, times=times, path_prefix=CREATE, method="POST")
    assert counter.make(order_id)["state"] in {"creating", "ready"}
    counter.world.allegro.faults.clear()
    # Once for what Allegro has not received, and once for what came of it.
    counter.parcels(order_id)
    (parcel,) = counter.parcels(order_id)
    assert parcel["state"] == "ready"
    assert len(counter.world.allegro.shipments) == 1
    assert len({body["commandId"] for body in counter.sent(CREATE)}) == 1


def test_what_was_not_received_is_not_sent_once_the_buyer_has_cancelled_or_nobody_waits(counter: Counter) -> None:
    cancelled, late = counter.order(), counter.order()
    counter.world.allegro.faults.switch_on("unavailable", path_prefix=CREATE)
    notes = [counter.make(order_id)["note"] for order_id in (cancelled, late)]
    assert all("Allegro" in note for note in notes)
    counter.world.allegro.faults.clear()
    counter.world.allegro.cancel(cancelled)
    (parcel,) = counter.parcels(cancelled)
    assert (parcel["state"], parcel["errors"][0]["message"]) == ("failed", "The order is cancelled at Allegro.")
    counter.world.clock.advance(15 * 60)
    (parcel,) = counter.parcels(late)
    assert "has not received it" in parcel["errors"][0]["message"]
    assert counter.world.allegro.shipments == []


@pytest.mark.parametrize("switched", [{"shadow": True}, {"enabled": False}])
def test_no_look_sends_again_for_an_account_that_sends_nothing_any_more(
    counter: Counter, switched: dict[str, bool]
) -> None:
    asked, ready = counter.order(), counter.order()
    parcel_id = counter.make(ready)["id"]
    for path in (CREATE, CANCEL):
        counter.world.allegro.faults.switch_on("unavailable", path_prefix=path)
        counter.make(asked) if path == CREATE else good(counter.cancel(ready, parcel_id), 202)
        counter.world.allegro.faults.clear()
    change(counter.services, counter.account, **switched)
    calls = len(counter.sent(CREATE)), len(counter.sent(CANCEL))
    assert [counter.parcels(each)[0]["state"] for each in (asked, ready)] == ["creating", "cancelling"]
    assert (len(counter.sent(CREATE)), len(counter.sent(CANCEL))) == calls
    change(counter.services, counter.account, shadow=False, enabled=True)
    for each in (asked, ready, asked, ready):
        counter.parcels(each)
    assert [counter.parcels(each)[0]["state"] for each in (asked, ready)] == ["ready", "cancelled"]


@pytest.mark.parametrize("status", [404, 204, 422])
def test_a_label_that_is_late_is_asked_for_again(counter: Counter, status: int) -> None:
    order_id = counter.order()
    counter.world.allegro.faults.switch_on("label_late", seconds=30, status=status)
    parcel = counter.make(order_id)
    assert "again in a moment" in problem(counter.label(order_id, parcel["id"]), 409)["detail"]
    counter.world.clock.advance(30)
    assert counter.label(order_id, parcel["id"]).content.startswith(b"%PDF")


def test_a_parcel_is_cancelled_once_and_then_another_may_be_made(counter: Counter) -> None:
    order_id = counter.order()
    first = counter.make(order_id)
    counter.world.allegro.faults.switch_on("shipping_command_lags", seconds=20, times=1, command="cancel")
    assert [good(counter.cancel(order_id, first["id"]), 202)["state"] for _ in range(2)] == ["cancelling"] * 2
    assert "not to be sent" in problem(counter.label(order_id, first["id"]), 409)["detail"]
    counter.world.clock.advance(20)
    assert good(counter.cancel(order_id, first["id"]), 202)["state"] == "cancelled"
    assert len(counter.sent(CANCEL)) == 1
    # Its number stays in the order, and is no reason against another parcel.
    assert len(counter.world.allegro.parcels(order_id)) == 1
    assert counter.make(order_id)["state"] == "ready"


def test_a_parcel_that_the_carrier_has_goes_on_with_the_reason(counter: Counter) -> None:
    order_id = counter.order(delivery="allegro_delivery")
    parcel = counter.make(order_id)
    answer = good(counter.cancel(order_id, parcel["id"]), 202)
    assert (answer["state"], answer["waybills"]) == ("ready", parcel["waybills"])
    assert "nie obsługuje anulowania" in answer["errors"][0]["message"]
    assert counter.label(order_id, parcel["id"]).status_code == 200


def test_the_stores_own_number_waits_while_a_parcel_is_made_and_goes_once_it_is_cancelled(counter: Counter) -> None:
    order_id = counter.order()
    parcel = counter.make(order_id)
    switch(counter.services, counter.account, submit_tracking=True, mark_sent=False)
    (store_order,) = counter.world.store.orders_for(order_id)
    counter.world.store.set_order_meta(store_order["id"], "_wot_tracking_number", "0000123456789U")
    by_hand(counter.services, "tracking", counter.account)
    assert [each.waybill for each in counter.world.allegro.parcels(order_id)] == parcel["waybills"]
    good(counter.cancel(order_id, parcel["id"]), 202)
    by_hand(counter.services, "tracking", counter.account)
    numbers = [each.waybill for each in counter.world.allegro.parcels(order_id)]
    assert numbers == [*parcel["waybills"], "0000123456789U"]


def test_a_number_that_the_order_has_at_allegro_counts_as_a_parcel(counter: Counter) -> None:
    order_id = counter.order()
    allegro = counter.services.lines.allegro(account_of(counter.services, counter.account))
    allegro.shipping.add_parcel(order_id, "DPD", "", "0000123456789U")
    assert "0000123456789U" in problem(counter.ask(order_id), 409)["detail"]
    assert counter.sent(CREATE) == []


def test_a_parcel_of_another_order_or_account_is_not_there(counter: Counter) -> None:
    mine, other = counter.order(), counter.order()
    parcel = counter.make(mine)
    problem(counter.label(other, parcel["id"]), 404)
    problem(counter.cancel(other, parcel["id"]), 404)
    problem(counter.label(mine, parcel["id"] + 1), 404)
