"""The promise that everything else rests on: whatever crashes and whenever, one store order per purchase."""

import random
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from app.api.deps import Services
from app.config import Config
from app.db import accounts, order_log
from app.domain.order_log import LogState
from app.domain.settings import Settings, switched
from app.sandbox.allegro.forms import Line
from app.sandbox.seed import GOODS
from app.sandbox.world import Sandbox
from tests.journeys.service import Service

PURCHASES = 100
KILLS = 20
SEED = 20261124
# Every way in which the store can leave us in the dark, by turns.
STORE_FAULTS: tuple[tuple[str, dict[str, float]], ...] = (
    ("order_commit_then_drop", {}),
    ("order_commit_late", {"seconds": 1.6}),
    ("order_error_before", {}),
    ("order_error_after", {}),
)


@pytest.mark.timeout(280)
def test_100_purchases_become_100_store_orders_through_20_kills_and_a_store_that_loses_answers(
    services: Services, world: Sandbox, account: int, config: Config, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    with services.database.transaction() as session:
        accounts.save_settings(session, account, switched(Settings(), Settings(import_orders=True), services.now()))
    for offer in world.allegro.offers.values():
        offer.available = 1000
    service = Service(
        config,
        tmp_path,
        BRIDGE_STORE_TIMEOUT="1.2",
        # Longer than the store takes to make an order after its caller has given up.
        BRIDGE_STORE_SETTLE="2",
        BRIDGE_ORDERS_EVERY="0.3",
        BRIDGE_SWEEP_EVERY="3",
    )
    bought: list[str] = []
    try:
        for round_number in range(KILLS):
            name, args = STORE_FAULTS[round_number % len(STORE_FAULTS)]
            world.store.faults.clear()
            world.store.faults.switch_on(name, times=2, skip=chance.randrange(3), **args)
            service.start()
            _wait_for_work(world, service)
            for _ in range(PURCHASES // KILLS):
                bought.append(_buy(world, chance))
                time.sleep(chance.uniform(0, 0.1))
            time.sleep(chance.uniform(0, 1.2))
            service.kill()
        world.store.faults.clear()
        service.start()
        _wait_until_done(services, world, account, service)
    finally:
        service.kill()

    assert len(bought) == PURCHASES
    made = Counter(
        meta["value"]
        for order in world.store.orders.values()
        for meta in order["meta_data"]
        if meta["key"] == "_allegro_checkout_form_id"
    )
    assert {order_id: made[order_id] for order_id in bought} == dict.fromkeys(bought, 1)
    assert len(world.store.orders) == PURCHASES
    for order_id in bought:
        form = world.allegro.form(order_id)
        [order] = world.store.orders_for(order_id)
        assert Decimal(order["total"]) == Decimal(form["summary"]["totalToPay"]["amount"])
        assert [(line["sku"], line["quantity"]) for line in order["line_items"]] == [
            (line["offer"]["external"]["id"], line["quantity"]) for line in form["lineItems"]
        ]
        assert order["status"] == "processing"
        assert form["fulfillment"]["status"] == "PROCESSING"
        with services.database.reading() as session:
            entry = order_log.get(session, account, order_id)
        assert (entry.state, entry.store_order_id) == (LogState.IMPORTED, order["id"])


def _buy(world: Sandbox, chance: random.Random) -> str:
    goods = chance.sample(GOODS, chance.randint(1, 3))
    lines = [Line(good.offer_id, quantity=chance.randint(1, 3)) for good in goods]
    return world.allegro.buy(
        *lines,
        kind=chance.choice(["online", "cod"]),
        delivery=chance.choice(["courier", "pickup_point"]),
        invoice=chance.choice([None, "company"]),
    )


def _wait_for_work(world: Sandbox, service: Service) -> None:
    """Until the service has asked Allegro for something: it is up, and killed in the middle of things."""
    asked = len(world.allegro.requests)
    deadline = time.monotonic() + 30
    while len(world.allegro.requests) == asked:
        assert time.monotonic() < deadline, service.log
        time.sleep(0.02)


def _wait_until_done(services: Services, world: Sandbox, account: int, service: Service) -> None:
    """Until every order is imported here and set to PROCESSING at Allegro."""
    deadline = time.monotonic() + 60
    while True:
        with services.database.reading() as session:
            entries = order_log.page(session, account, before_id=None, limit=PURCHASES + 1)
        waiting = [
            (entry.order_id, entry.state, entry.reason)
            for entry in entries
            if entry.state is not LogState.IMPORTED
            or world.allegro.form(entry.order_id)["fulfillment"]["status"] != "PROCESSING"
        ]
        if len(entries) == PURCHASES and not waiting:
            return
        assert time.monotonic() < deadline, (len(entries), waiting, service.log[-5000:])
        time.sleep(0.2)
