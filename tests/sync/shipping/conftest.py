"""An account whose parcel numbers go to Allegro, and short words for what is done at the packing table."""

from typing import Any

import pytest

from app.api.deps import Services
from app.db import shipments
from app.domain.parcels import OnItsWay, Shipment
from app.domain.runs import Run
from app.sandbox.allegro.forms import Line
from app.sandbox.serving import Recorded
from app.sandbox.world import Sandbox
from tests.domain.samples import shipment_of
from tests.sync.orders.conftest import Desk

DPD, DPD_TOO = "0000123456789U", "0000123456789V"
INPOST = "620012345678901234567890"
SHIPMENT_TRACKING = "_wc_shipment_tracking_items"


def adds_a_parcel(request: Recorded) -> bool:
    return request.method == "POST" and request.path.endswith("/shipments")


class PackingTable(Desk):
    """The seller's desk when parcels leave."""

    def imported(self, *skus: str, **more: Any) -> str:
        """Somebody buys these, and the store has the order; its id at Allegro."""
        lines = [Line(self.world.allegro.offer_id(sku)) for sku in skus or ("KUB-001",)]
        order_id = self.world.allegro.buy(*lines, **more)
        self.run()
        return order_id

    def track(self, **wait: float) -> Run:
        """The job, two minutes later."""
        self.wait(**(wait or {"minutes": 2}))
        return self.run("tracking")

    def number(self, order_id: str) -> int:
        """The store's number of the order."""
        return int(self.store_order(order_id)["id"])

    def label(self, order_id: str, *waybills: str, provider: str = "DPD", **more: Any) -> None:
        """The plugin of the store has these numbers, and no others."""
        entries = [{"tracking_number": each, "tracking_provider": provider, **more} for each in waybills]
        self.write(order_id, SHIPMENT_TRACKING, entries)

    def write(self, order_id: str, key: str, value: Any) -> None:
        """A plugin writes meta data and saves the order."""
        self.world.store.set_order_meta(self.number(order_id), key, value)

    def complete(self, order_id: str) -> None:
        self.world.store.set_order_status(self.number(order_id), "completed")

    def save(self, order_id: str) -> None:
        """Somebody saves the order as it is."""
        self.world.store.edit_order(self.number(order_id))

    def by_hand(self, order_id: str, waybill: str, carrier_id: str = "DPD") -> None:
        """A number is given over the API."""
        now = self.services.now()
        given = {"carrier_id": carrier_id, "waybill": waybill, "by_hand": True, "provider": "", "created_at": now}
        wanted = shipment_of(account_id=self.account, order_id=order_id, **given)
        with self.services.database.transaction() as session:
            shipments.ask_for(session, wanted)
            shipments.make_due(session, self.account, order_id, now=now)

    def told(self, order_id: str) -> list[tuple[str, str]]:
        """Carrier and number of each parcel that the buyer sees at Allegro."""
        return [(each.carrier_id, each.waybill) for each in self.world.allegro.parcels(order_id)]

    def shipments(self, order_id: str) -> dict[str, Shipment]:
        """What the log has of the order, by number."""
        with self.services.database.reading() as session:
            return {each.waybill: each for each in shipments.of_order(session, self.account, order_id)}

    def states(self, order_id: str) -> dict[str, str]:
        return {waybill: each.state.value for waybill, each in self.shipments(order_id).items()}

    def on_its_way(self, order_id: str) -> OnItsWay:
        with self.services.database.reading() as session:
            found = shipments.get(session, self.account, order_id)
        assert found is not None
        return found

    def status(self, order_id: str) -> str:
        """The order's status of ours at Allegro."""
        return str(self.world.allegro.form(order_id)["fulfillment"]["status"])

    def attempts(self) -> int:
        """How often Allegro was told a number."""
        return sum(map(adds_a_parcel, self.world.allegro.requests))

    def kinds(self) -> list[str]:
        """The kinds of the open alerts."""
        return sorted(alert.kind for alert in self.alerts())

    def calls(self) -> tuple[int, int]:
        """Calls to the store and to Allegro until now."""
        return len(self.world.store.requests), len(self.world.allegro.requests)


@pytest.fixture
def table(world: Sandbox, services: Services, account: int) -> PackingTable:
    table = PackingTable(world, services, account)
    table.switch(import_orders=True, submit_tracking=True)
    table.run()  # the first start: the journal's end is noted
    table.track()  # and here the store's past
    return table
