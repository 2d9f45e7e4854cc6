"""From purchases to parcels on their way, through a service that dies with numbers and a parcel half told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.config import Config
from app.demo.person import Person
from app.demo.programs import wait_until
from app.sandbox.allegro.forms import Line
from app.sandbox.serving import Recorded
from app.sandbox.world import Sandbox
from tests.journeys.conftest import connect_over_http
from tests.journeys.service import Death, Service
from tests.sandbox.allegro import contract

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OF_SHOP, BY_HAND, LATER = "0000123456789U", "0000123456789V", "0000123456789W"
MAKE = "/shipment-management/shipments/create-commands"
TAKES_SECONDS = 600


@pytest.fixture
def service(config: Config, world: Sandbox, tmp_path: Path) -> Iterator[Service]:
    service = Service(config, tmp_path, BRIDGE_ORDERS_EVERY="0.5")
    service.start()
    yield service
    service.kill()


@pytest.mark.timeout(120)
def test_every_parcel_is_at_allegro_once_and_its_order_sent_although_the_service_dies_with_each_half_told(
    world: Sandbox, service: Service, person: Person
) -> None:
    service.wait_until_ready()
    path = f"/accounts/{_connect(world, person)}"
    by_shop, by_allegro = _buy(world), _buy(world)
    wait_until(lambda: len(_numbers(person, path)) == 2, seconds=30, what="the import of the purchases")
    parcels = f"{path}/orders/{by_allegro}/parcels"

    # Allegro's answer is lost when it is told to make a parcel, for which it takes its time.
    world.allegro.faults.switch_on("shipping_command_lags", times=1, seconds=TAKES_SECONDS)
    world.allegro.faults.switch_on("drop_after", times=1, method="POST", path_prefix=MAKE)
    asked = person.ask("POST", parcels, {})
    assert (asked["state"], world.allegro.faults.struck("drop_after")) == ("creating", 1)
    # So is its answer to the shop's number, and with the next number the service dies.
    world.allegro.faults.switch_on("drop_after", times=1, method="POST", path_prefix="/order/")
    _pack(world, person, path, by_shop, OF_SHOP)
    assert _track(person)["failed"] == 1
    assert _states(person, path, by_shop) == {OF_SHOP: "sending"}
    with Death(world, service, _adds_a_number):
        given = {"carrier_id": "DPD", "waybill": BY_HAND}
        person.ask("POST", f"{path}/orders/{by_shop}/shipments", given)
    assert _told(world, by_shop) == [OF_SHOP, BY_HAND]
    assert _status(world, by_shop) == "PROCESSING"

    service.start()
    service.wait_until_ready()
    assert _track(person)["failed"] == 0
    assert _states(person, path, by_shop) == {OF_SHOP: "sent", BY_HAND: "sent"}
    [making] = person.ask("GET", parcels)["items"]
    assert (making["id"], making["state"]) == (asked["id"], "creating")
    world.clock.advance(TAKES_SECONDS)
    [made] = person.ask("GET", parcels)["items"]
    assert (made["id"], made["state"], len(made["waybills"])) == (asked["id"], "ready", 1)
    labels = [person.file(f"{parcels}/{made['id']}/label") for _ in range(2)]
    assert labels[0].startswith(b"%PDF")
    assert labels[0] == labels[1]

    # What the shop has of that order later is the parcel's own number, and one that comes too late.
    _pack(world, person, path, by_allegro, *made["waybills"], LATER)
    for _ in range(2):
        _track(person)
    assert _told(world, by_shop) == [OF_SHOP, BY_HAND]
    assert _told(world, by_allegro) == made["waybills"]
    assert len(world.allegro.shipments) == 1
    assert sum(map(_adds_a_number, world.allegro.requests)) == 2
    for order_id in (by_shop, by_allegro):
        assert _status(world, order_id) == "SENT"
        assert len(world.store.orders_for(order_id)) == 1
        assert sum(_sets_sent(request, order_id) for request in world.allegro.requests) == 1
    assert person.ask("GET", "/alerts?open=true")["items"] == []
    _check_bodies(world)


def _connect(world: Sandbox, person: Person) -> int:
    """The id of the account, whose orders and parcel numbers are taken care of."""
    account = connect_over_http(world, person)
    person.ask("PATCH", f"/accounts/{account}/settings", {"import_orders": True, "submit_tracking": True})
    return account


def _buy(world: Sandbox) -> str:
    return world.allegro.buy(Line(world.allegro.offer_id("KUB-001")), delivery="courier")


def _numbers(person: Person, path: str) -> dict[str, int]:
    """The store orders that are made, by Allegro's id."""
    entries = person.ask("GET", f"{path}/orders")["items"]
    return {each["order_id"]: each["store_order_id"] for each in entries if each["state"] == "imported"}


def _pack(world: Sandbox, person: Person, path: str, order_id: str, *waybills: str) -> None:
    """A tracking plugin writes these numbers, and somebody completes the order."""
    entries = [{"tracking_provider": "DPD", "tracking_number": waybill} for waybill in waybills]
    meta = [{"key": "_wc_shipment_tracking_items", "value": entries}]
    world.store.edit_order(_numbers(person, path)[order_id], meta_data=meta, status="completed")


def _track(person: Person) -> dict[str, Any]:
    """The report of the job, which has its turn now."""
    report: dict[str, Any] = person.ask("POST", "/jobs/tracking/run", {"wait": True})
    return report


def _states(person: Person, path: str, order_id: str) -> dict[str, str]:
    """What the log has of the order's numbers."""
    items = person.ask("GET", f"{path}/orders/{order_id}/shipments")["items"]
    return {each["waybill"]: each["state"] for each in items}


def _told(world: Sandbox, order_id: str) -> list[str]:
    return [parcel.waybill for parcel in world.allegro.parcels(order_id)]


def _status(world: Sandbox, order_id: str) -> str:
    return str(world.allegro.form(order_id)["fulfillment"]["status"])


def _adds_a_number(request: Recorded) -> bool:
    return request.method == "POST" and request.path.startswith("/order/") and request.path.endswith("/shipments")


def _sets_sent(request: Recorded, order_id: str) -> bool:
    is_status = request.path == f"/order/checkout-forms/{order_id}/fulfillment"
    return request.method == "PUT" and is_status and request.body["status"] == "SENT"


def _check_bodies(world: Sandbox) -> None:
    """Against Allegro's document."""
    if not contract.DOCUMENT.exists():
        return
    for request in world.allegro.requests:
        if _adds_a_number(request):
            contract.check_request("POST", "/order/checkout-forms/{id}/shipments", request.body)
        elif (request.method, request.path) == ("POST", MAKE):
            contract.check_request("POST", MAKE, request.body)
