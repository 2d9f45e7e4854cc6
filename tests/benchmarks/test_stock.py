"""What stock sync of 5,000 offers costs in calls, and how long it takes. Calls are counted, times are printed.

Not among the tests that run by themselves. Run it with `-m benchmark -n 0 -s` to see the tables.
"""

import os
import platform
import random
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from rich.console import Console
from rich.table import Table

from app.api.deps import Services
from app.config import Config
from app.demo.person import Person
from app.demo.programs import Program, free_port, wait_until
from app.domain.runs import Run
from app.main import build
from app.sandbox.world import Sandbox
from tests.conftest import connect
from tests.sync.offers.assortment import PIECES, PRICE, Assortment, Calls, stock_up
from tests.sync.offers.conftest import Counter

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(1800),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

OFFERS = 5000
SEED = 1  # of the pretend world, and of the pauses between sales
SALES = 40


def test_what_each_change_costs_in_calls(counter: Counter) -> None:
    goods = _five_thousand(counter.world, counter.services, counter.account)
    rows: list[tuple[str, int, int, Calls]] = []

    def note(figure: str, most: int, calls: Calls, *, of_store: bool = False) -> None:
        rows.append((figure, most, calls.store if of_store else calls.offers, calls))

    counter.run("offers")  # the first one notes the end of Allegro's journal of offers, too
    goods.calls()
    counter.stock()
    note("to read 5,000 products, of which 2,000 are variations of 400 parents", 55, goods.calls(), of_store=True)
    counter.run("offers")
    note("full drift check of 5,000 offers", 5, goods.calls())
    values = [PIECES + 1 + place % 49 for place in range(OFFERS)]
    goods.count(values)
    _all_done(counter.stock(), OFFERS)
    note("all 5,000 changed, 49 values, each accepted by its task report", 98, goods.calls())
    goods.count(values := [*range(100, 300), *values[200:]])
    goods.make_due(200)
    _all_done(counter.nudge(), 200)
    note("200 changes with 200 values, likewise", 16, goods.calls())
    goods.count(values := [7, *values[1:]])
    goods.make_due(1)
    _all_done(counter.nudge(), 1)
    note("one change, likewise", 2, goods.calls())
    counter.switch(push_prices=True, pull_prices=True)
    counter.run("offers")  # campaigns and pricing rules are known from here
    goods.calls()
    prices = [f"{99 + Decimal(place + 1) / 20:.2f}" for place in range(500)]
    goods.price(dict(enumerate(prices)))
    goods.count(values := [*values[:500], *range(300, 500), *values[700:]])
    _all_done(counter.stock(), 700)
    note("500 new prices and 200 new quantities, all different, likewise", 56, goods.calls())
    assert goods.shown() == values
    assert goods.prices() == [*prices, *[str(PRICE.amount)] * (OFFERS - 500)]
    written = counter.writes()
    for _ in range(6):
        counter.wait(minutes=10)
        for job in ("orders", "orders_sweep", "offers", "stock", "prices"):
            counter.services.runner.tick(job, counter.account)
    rows.append(("writes when nothing changed, for an hour", 0, counter.writes() - written, goods.calls()))

    table = Table("calls", "at most", "counted", "order journal", "store", title=f"calls, {OFFERS} offers, {_where()}")
    for figure, most, counted, calls in rows:
        table.add_row(figure, str(most), str(counted), str(calls.journal), str(calls.store))
    Console(width=140).print(table)
    assert [figure for figure, most, counted, _ in rows if counted > most] == []


def test_how_long_it_takes(world: Sandbox, config: Config, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{(port := free_port(0))}"
    services = build(config.model_copy(update={"public_url": url}))
    account = connect(services, world, name="Kubki")
    counter = Counter(world, services, account)
    counter.switch(import_orders=True, sync_stock=True)
    counter.run()  # the first start: the journal's end is noted
    goods = _five_thousand(world, services, account)
    world.store.webhook_delay = 0
    table = Table("figure", "value", title=f"times, {OFFERS} offers, {_where()}")
    with _service(config, url, port, tmp_path) as person:
        wait_until(lambda: _has_begun(person, world), seconds=300, what="the first look at everything")

        def full() -> str:
            run = person.ask("POST", "/jobs/stock/run", {"account_id": account, "wait": True})
            began, ended = (datetime.fromisoformat(run[when]) for when in ("started_at", "finished_at"))
            return f"{(ended - began).total_seconds():.1f} s, {run['done']} changed"

        table.add_row("full run, nothing changed", full())
        values = [PIECES + 1 + place % 49 for place in range(OFFERS)]
        goods.count(values)
        table.add_row("full run, all changed, 49 values", full())
        assert goods.shown() == values
        chance, took = random.Random(SEED), list[float]()
        for place in chance.sample(range(OFFERS), SALES):
            time.sleep(chance.uniform(0, 1))  # the scheduler looks once a second
            took.append(_sell(goods, place))
        low, high = statistics.median(took), statistics.quantiles(took, n=20, method="inclusive")[-1]
        table.add_row(f"sale in the store to new quantity at Allegro, {SALES} sales, median", f"{low:.2f} s")
        table.add_row("the same, p95 (at most 3 s)", f"{high:.2f} s")
        table.add_row("the same, longest", f"{max(took):.2f} s")
        person.ask("POST", "/jobs/stock/run", {"account_id": account})
        table.add_row("the same, while a full run goes on", f"{_sell(goods, 0):.2f} s")
        table.add_row("memory of the service at its peak", _peak_of_children())
    services.close()
    Console(width=140).print(table)


def _five_thousand(world: Sandbox, services: Services, account: int) -> Assortment:
    return stock_up(world, services, account, simple=3000, parents=400, children=5)


def _all_done(run: Run | None, changes: int) -> None:
    assert run is not None
    assert run.done == changes, "not every change was reported as done"


def _where() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("httpx", "sqlalchemy"))
    return (
        f"seed {SEED}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {libraries}"
    )


@contextmanager
def _service(config: Config, url: str, port: int, directory: Path) -> Iterator[Person]:
    """The program as a seller runs it, beside the world and not in one process with it."""
    secrets = {
        name: value.get_secret_value()
        for name, value in (
            ("SECRET_KEY", config.secret_key[0]),
            ("API_KEY", config.api_key[0]),
            ("STORE_WEBHOOK_SECRET", config.store_webhook_secret[0]),
            ("STORE_KEY", config.store_key),
            ("STORE_SECRET", config.store_secret),
        )
        if value is not None
    }
    settings = {
        "DATABASE_URL": config.database_url,
        "PORT": str(port),
        "PUBLIC_URL": url,
        "STORE_URL": str(config.store_url),
        "STORE_AUTH": config.store_auth,
        "ALLEGRO_API_URL": str(config.allegro_api_url),
        "ALLEGRO_AUTH_URL": str(config.allegro_auth_url),
        "ALLEGRO_UPLOAD_URL": str(config.allegro_upload_url),
        "EVENT_LOG_DIR": str(config.event_log_dir),
    }
    environment = {f"BRIDGE_{name}": value for name, value in (settings | secrets).items()}
    with Program("app", "serve", directory=directory, environment=environment) as program:

        def is_ready() -> bool:
            program.must_be_alive()
            try:
                return httpx.get(f"{url}/ready", timeout=2).status_code == 200
            except httpx.TransportError:
                return False

        wait_until(is_ready, seconds=60, what="the service's start")
        person = Person(
            service_url=url,
            api_key=secrets["API_KEY"],
            allegro_url=str(config.allegro_api_url),
            store_url=str(config.store_url),
        )
        yield person
        person.close()


def _has_begun(person: Person, world: Sandbox) -> bool:
    """Whether every job about offers has run once and the store delivers its webhooks."""
    ran = {run["job"] for run in person.ask("GET", "/runs")["items"] if run["state"] == "done"}
    return {"stock", "offers"} <= ran and any(
        hook.topic == "product.updated" for hook in world.store.shop.hooks.values()
    )


def _sell(goods: Assortment, place: int) -> float:
    """Sell a piece in the store; returns the seconds until Allegro shows one less."""
    before = goods.shown_at(place)
    began = time.perf_counter()
    goods.world.store.sell(goods.articles[place].sku, 1)
    while goods.shown_at(place) != before - 1:
        if time.perf_counter() - began > 60:
            raise AssertionError("the sale never came to Allegro")
        time.sleep(0.01)
    return time.perf_counter() - began


def _peak_of_children() -> str:
    """Of the processes that this one has started; known on Linux only."""
    peaks = []
    for children in Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            status = Path(f"/proc/{child}/status").read_text()
            peaks += [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")]
    return f"{max(peaks) / 1024:.0f} MB" if peaks else "unknown"
