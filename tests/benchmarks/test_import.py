"""How fast orders are imported, and how many calls one costs. Times are printed, counts are asserted.

Run with `-s` to see the table.
"""

import os
import platform
import time
from collections import Counter
from importlib.metadata import version

import pytest
from rich.console import Console
from rich.table import Table

from tests.sync.orders.conftest import Desk

# Calls are counted, and what is timed is not the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ORDERS = 30
SEED = 1  # of the pretend world


def test_importing_many_orders_costs_three_calls_each_and_a_few_for_all(desk: Desk) -> None:
    for sku in ("KUB-001", "KUB-003"):  # enough for everybody: an oversold product is looked at each time
        desk.world.store.shop.catalogue.products[desk.world.store.product(sku)["id"]].stock_quantity = ORDERS
    for number in range(ORDERS):
        desk.buy("KUB-001" if number % 2 else "KUB-003")
    desk.world.allegro.requests.clear()
    desk.world.store.requests.clear()
    started = time.perf_counter()
    desk.run()
    seconds = time.perf_counter() - started
    allegro = Counter(request.method for request in desk.world.allegro.requests)
    store = Counter(request.method for request in desk.world.store.requests)

    table = Table("figure", "value", title=f"import of {ORDERS} orders, seed {SEED}")
    table.add_row("orders per second", f"{ORDERS / seconds:.1f}")
    table.add_row("calls to Allegro", str(dict(allegro)))
    table.add_row("calls to the store", str(dict(store)))
    table.add_row("machine", f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    table.add_row("versions", ", ".join(f"{name} {version(name)}" for name in ("httpx", "sqlalchemy", "fastapi")))
    Console().print(table)

    # Each order is read and set to PROCESSING at Allegro, and made in the store.
    assert allegro == {"GET": ORDERS + 1, "PUT": ORDERS}
    # Two SKUs are looked up, the taxes take three reads, and one look at the store's orders is two lists.
    assert store == {"GET": 2 + 3 + 2, "POST": ORDERS}
