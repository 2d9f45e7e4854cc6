"""The courier for parcels of several orders, and their papers in one file, over the API."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.api.deps import Services
from app.db import made_parcels
from app.domain.made_parcels import MadeParcelState
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields
from tests.api.test_made_parcels import BASE, Counter, Watched
from tests.api.test_orders import import_orders
from tests.sync.steps import by_hand, change

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PROPOSALS, PICK_UP = f"{BASE}/pickup-proposals", f"{BASE}/pickups/create-commands"


class Dock(Counter):
    """Where parcels wait for the courier."""

    def packed(self, *bought: dict[str, Any]) -> list[int]:
        """The id of one parcel of each of these orders."""
        line = Line(self.world.allegro.offer_id("KUB-001"))
        order_ids = [self.world.allegro.buy(line, **each) for each in bought]
        import_orders(self.api, self.account)
        return [int(self.make(order_id)["id"]) for order_id in order_ids]

    def parcel(self) -> int:
        return self.packed({})[0]

    def ask_for(self, what: str, *parcel_ids: int, **body: Any) -> Response:
        return self.api.post(f"accounts/{self.account}/{what}", json={"parcel_ids": list(parcel_ids), **body})

    def times(self, *parcel_ids: int, **body: Any) -> Any:
        return good(self.ask_for("pickup-proposals", *parcel_ids, **body))

    def day(self, *parcel_ids: int) -> str:
        return str(self.times(*parcel_ids)["times"][0]["date"])

    def pick_up(self, *parcel_ids: int) -> Any:
        return good(self.ask_for("pickups", *parcel_ids, date=self.day(*parcel_ids)), 202)

    def pickups(self) -> list[Any]:
        items: list[Any] = good(self.api.get(f"accounts/{self.account}/pickups"))["items"]
        return items

    def ordered(self) -> list[list[str]]:
        """The parcels of each pickup at Allegro, by number."""
        return [each.view()["waybills"] for each in self.world.allegro.shipping.pickups.values()]


@pytest.fixture
def dock(api: TestClient, world: Sandbox, services: Services, account: int) -> Dock:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    return Dock(api, world, services, account)


def test_one_courier_comes_for_parcels_of_several_orders(dock: Dock) -> None:
    first, second = dock.packed({}, {"kind": "cod"})
    offer = dock.times(second, first)
    assert offer["problems"] == []
    chosen = offer["times"][1]
    assert chosen.items() > {"min_time": "08:00", "max_time": "17:00"}.items()
    proposal_id = chosen.pop("proposal_id")
    made = good(dock.ask_for("pickups", second, first, second, **chosen), 202)
    assert (made["state"], made["parcel_ids"], made["errors"], made["note"]) == ("ordered", [first, second], [], None)
    assert {name: made[name] for name in chosen} == chosen
    [there] = dock.world.allegro.shipping.pickups.values()
    assert made["carrier_pickup_id"] == there.carrier_id
    shipments = dock.world.allegro.shipments
    [sent] = dock.sent(PICK_UP)
    assert sent["input"] == {
        "shipmentIds": [each.id for each in shipments],
        "pickupDateProposalId": proposal_id,
        "pickupTime": {"date": chosen["date"], "minTime": "08:00", "maxTime": "17:00"},
        "address": shipments[0].sent["sender"],
    }
    assert len(dock.sent(PROPOSALS)) == 2
    assert dock.pickups() == [made] == [good(dock.api.get(f"accounts/{dock.account}/pickups/{made['id']}"))]
    problem(dock.api.get(f"accounts/{dock.account}/pickups/{made['id'] + 1}"), 404)
    dock.world.clock.advance(31 * 24 * 3600)
    assert dock.pickups() == []


def test_the_courier_comes_once_for_a_parcel_until_the_day_is_over(dock: Dock) -> None:
    taken, free = dock.packed({}, {})
    made = dock.pick_up(taken)
    refused = problem(dock.ask_for("pickups", taken, free, date=made["date"]), 409)
    assert [each["message"] for each in refused["errors"]] == [refused["detail"]]
    assert f"parcel {taken} has the pickup {made['id']}" in refused["detail"]
    [told] = dock.times(taken, free)["problems"]
    assert (told["parcel_id"], "has the pickup" in told["message"]) == (taken, True)
    dock.world.clock.advance(3 * 24 * 3600)
    assert dock.pick_up(taken, free)["state"] == "ordered"


def test_of_two_that_are_asked_for_at_once_one_is_ordered(dock: Dock) -> None:
    parcels = dock.packed({}, {})
    day = dock.day(*parcels)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: dock.ask_for("pickups", *parcels, date=day), range(2)))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    assert len(dock.ordered()) == 1


def test_a_slow_pickup_is_followed_by_the_job_and_not_ordered_twice(dock: Dock) -> None:
    parcel = dock.parcel()
    dock.world.allegro.faults.switch_on("shipping_command_lags", seconds=20, times=1, command="pickup")
    made = dock.pick_up(parcel)
    assert (made["state"], made["carrier_pickup_id"]) == ("ordering", None)
    problem(dock.ask_for("pickups", parcel, date=made["date"]), 409)
    dock.world.clock.advance(20)
    assert by_hand(dock.services, "tracking", dock.account).done == 1
    calls = len(dock.world.allegro.requests)
    [shown] = dock.pickups()
    assert (shown["state"], bool(shown["carrier_pickup_id"])) == ("ordered", True)
    assert len(dock.world.allegro.requests) == calls, "what is at its end needs no call"
    assert len(dock.sent(PICK_UP)) == 1


@pytest.mark.parametrize("fault", ["drop_after", "drop"])
def test_a_lost_answer_orders_one_pickup(dock: Dock, fault: str) -> None:
    parcel = dock.parcel()
    day = dock.day(parcel)
    dock.world.allegro.faults.switch_on(fault, path_prefix=PICK_UP, method="POST")
    made = good(dock.ask_for("pickups", parcel, date=day), 202)
    assert made["state"] in {"ordering", "ordered"}
    dock.world.allegro.faults.clear()
    # Once for what Allegro has not received, and once for what came of it.
    dock.pickups()
    [shown] = dock.pickups()
    assert shown["state"] == "ordered"
    assert len(dock.ordered()) == 1
    assert len({body["commandId"] for body in dock.sent(PICK_UP)}) == 1


def test_what_was_not_received_is_not_ordered_once_an_order_is_cancelled_or_nobody_waits(dock: Dock) -> None:
    parcels = dock.packed({}, {})
    day = dock.day(*parcels)
    dock.world.allegro.faults.switch_on("unavailable", path_prefix=PICK_UP)
    first, _ = [good(dock.ask_for("pickups", each, date=day), 202) for each in parcels]
    assert "Allegro" in first["note"]
    dock.world.allegro.faults.clear()
    dock.world.allegro.cancel(next(iter(dock.world.allegro.forms)))
    good(dock.api.get(f"accounts/{dock.account}/pickups/{first['id']}"))
    dock.world.clock.advance(15 * 60)
    late, cancelled = dock.pickups()
    assert (cancelled["state"], late["state"]) == ("failed", "failed")
    assert "The order is cancelled" in cancelled["errors"][0]["message"]
    assert "has not received it" in late["errors"][0]["message"]
    assert dock.ordered() == []


def test_no_look_orders_again_for_an_account_that_sends_nothing_any_more(dock: Dock) -> None:
    parcel = dock.parcel()
    day = dock.day(parcel)
    dock.world.allegro.faults.switch_on("unavailable", path_prefix=PICK_UP)
    good(dock.ask_for("pickups", parcel, date=day), 202)
    dock.world.allegro.faults.clear()
    change(dock.services, dock.account, shadow=True)
    assert [dock.pickups()[0]["state"] for _ in range(2)] == ["ordering"] * 2
    assert dock.ordered() == []
    change(dock.services, dock.account, shadow=False)
    assert [dock.pickups()[0]["state"] for _ in range(2)] == ["ordering", "ordered"]


def test_a_pickup_that_allegro_does_not_order_has_its_words_and_another_may_be_asked_for(dock: Dock) -> None:
    parcel = dock.parcel()
    faults = dock.world.allegro.faults
    faults.switch_on("shipping_command_fails", times=1, command="pickup", message="Kurier nie przyjedzie.")
    failed = dock.pick_up(parcel)
    assert (failed["state"], failed["errors"]) == ("failed", [{"field": "", "message": "Kurier nie przyjedzie."}])
    assert dock.pick_up(parcel)["state"] == "ordered"


def test_a_parcel_for_which_nobody_comes_is_named(dock: Dock) -> None:
    cancelled, fit, to_point = dock.packed({}, {}, {"delivery": "pickup_point"})
    day = dock.day(fit)
    dock.world.allegro.cancel(next(iter(dock.world.allegro.forms)))
    told = dock.times(fit, to_point, cancelled)
    assert told["times"] == []
    (of_cancelled, of_point) = told["problems"]
    assert (of_cancelled["parcel_id"], of_point["parcel_id"]) == (cancelled, to_point)
    assert ("Do not send it" in of_cancelled["message"], "INPOST" in of_point["message"]) == (True, True)
    refused = problem(dock.ask_for("pickups", fit, to_point, cancelled, date=day), 409)
    assert [each["message"] for each in refused["errors"]] == [each["message"] for each in told["problems"]]
    change(dock.services, dock.account, shadow=True)
    assert "shadow" in problem(dock.ask_for("pickups", fit, date=day), 409)["detail"]
    assert dock.sent(PICK_UP) == []


def test_no_courier_is_ordered_once_the_account_only_watches_or_a_parcel_is_cancelled(dock: Dock) -> None:
    parcel = dock.parcel()
    day = dock.day(parcel)

    def cancel() -> None:
        with dock.services.database.transaction() as session:
            [known] = made_parcels.of_ids(session, dock.account, [parcel])
            made_parcels.replace_with(session, known, replace(known, state=MadeParcelState.CANCELLING))

    for event, said in ((lambda: change(dock.services, dock.account, shadow=True), "shadow"), (cancel, "cancelling")):
        dock.world.allegro.requests = Watched(PROPOSALS, event)
        assert said in problem(dock.ask_for("pickups", parcel, date=day), 409)["detail"]
        change(dock.services, dock.account, shadow=False)
    assert dock.ordered() == []
    assert dock.pickups() == []


def test_parcels_of_different_senders_have_no_courier_in_common(dock: Dock) -> None:
    parcels = dock.packed({}, {})
    dock.world.allegro.shipments[1].sent["sender"]["street"] = "Polna 1"
    assert refused_fields(dock.ask_for("pickup-proposals", *parcels)) == {"parcel_ids"}
    refused = dock.ask_for("pickups", *parcels, date="2030-01-01")
    assert refused_fields(refused) == {"parcel_ids"}
    assert "Polna 1" in refused.json()["detail"]


def test_a_field_that_cannot_be_used_is_named(dock: Dock) -> None:
    parcel = dock.parcel()
    day = dock.day(parcel)
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("date", {"date": "2020-01-01"}),
        ("date", {"date": 20301201}),
        ("date", {"date": "2030-02-30"}),
        ("min_time", {"min_time": "06:00"}),
        ("min_time", {"min_time": "08:00Z"}),
        ("min_time", {"min_time": "0800Z", "max_time": "17:00"}),
        ("date", {"date": "2026-W48-5"}),
        ("max_time", {"max_time": "25:00"}),
        ("ready_date", {"ready_date": "soon"}),
        ("parcel_ids", {"parcel_ids": []}),
        ("parcel_ids", {"parcel_ids": [parcel, 99]}),
        ("parcel_ids", {"parcel_ids": list(range(1, 102))}),
        ("parcel_ids.0", {"parcel_ids": [str(parcel)]}),
        ("address", {"address": "Polna 1"}),
    ]
    answers = [
        (field, dock.ask_for("pickups", **{"parcel_ids": [parcel], "date": day, **body})) for field, body in bodies
    ]
    assert [refused_fields(answer) for _, answer in answers] == [{field} for field, _ in answers]
    assert dock.sent(PICK_UP) == []


def test_times_are_those_from_the_day_on_which_the_parcels_are_ready(dock: Dock) -> None:
    parcel = dock.parcel()
    ready = dock.times(parcel)["times"][-1]["date"]
    later = dock.times(parcel, ready_date=ready)["times"]
    assert later[0]["date"] == ready
    last = later[-1]["date"]
    assert refused_fields(dock.ask_for("pickups", parcel, date=last)) == {"date"}
    assert good(dock.ask_for("pickups", parcel, date=last, ready_date=ready), 202)["date"] == last


def test_labels_and_the_protocol_of_several_parcels_are_one_file_each(dock: Dock) -> None:
    parcels = dock.packed({}, {"delivery": "pickup_point"}, {})
    numbers = [str(each.waybills[0]) for each in dock.world.allegro.shipments]
    labels = dock.ask_for("labels", *parcels, page_size="A4")
    assert labels.headers["content-type"] == "application/pdf"
    assert b"[0 0 595 842]" in labels.content
    assert [each.encode() in labels.content for each in numbers] == [True, True, True]
    [sent] = dock.sent(f"{BASE}/label")
    assert sent == {"shipmentIds": [each.id for each in dock.world.allegro.shipments], "pageSize": "A4"}
    # InPost has no protocol: Allegro would leave its parcel out without a word.
    assert f"none for the parcel {parcels[1]}" in problem(dock.ask_for("protocols", *parcels), 409)["detail"]
    protocol = dock.ask_for("protocols", parcels[0], parcels[2])
    assert [each.encode() in protocol.content for each in numbers] == [True, False, True]
    assert refused_fields(dock.ask_for("labels", *parcels, page_size="A5")) == {"page_size"}


def test_a_parcel_that_was_cancelled_in_allegros_panel_is_in_no_papers(dock: Dock) -> None:
    cancelled, fit = dock.packed({}, {})
    dock.world.allegro.shipments[0].cancelled_at = dock.world.clock.now()
    for what in ("labels", "protocols"):
        [said] = problem(dock.ask_for(what, fit, cancelled), 409)["errors"]
        assert f"parcel {cancelled}" in said["message"]
    assert dock.ask_for("protocols", fit).status_code == 200


def test_no_label_is_left_out_silently(dock: Dock) -> None:
    cancelled, fit = dock.packed({}, {})
    dock.world.allegro.faults.switch_on("shipping_command_lags", seconds=20, times=1)
    slow = dock.parcel()
    dock.world.allegro.cancel(next(iter(dock.world.allegro.forms)))
    for what in ("labels", "protocols"):
        refused = problem(dock.ask_for(what, fit, cancelled, slow), 409)
        said = [each["message"] for each in refused["errors"]]
        assert [f"the parcel {cancelled}" in said[0], f"the parcel {slow}" in said[1], len(said)] == [True, True, 2]
        assert refused_fields(dock.ask_for(what, fit, 99)) == {"parcel_ids"}
    assert dock.sent(f"{BASE}/label") == []
