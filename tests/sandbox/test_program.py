import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.seed import GOODS
from app.sandbox.world import Sandbox


@pytest.fixture
def world() -> Iterator[Sandbox]:
    sandbox = Sandbox(seed=1)
    sandbox.start()
    yield sandbox
    sandbox.stop()


def test_both_halves_sell_the_same_goods(world: Sandbox) -> None:
    for good in GOODS:
        offer = world.allegro.offers[good.offer_id]
        assert offer.external_id == good.sku
        assert offer.available == world.store.stock(good.sku) == good.stock


def test_both_halves_are_served_and_share_a_clock(world: Sandbox) -> None:
    httpx.post(f"{world.allegro_url}/_sandbox/clock", json={"advance_seconds": 7200}).raise_for_status()
    assert world.store.clock is world.allegro.clock is world.clock
    assert httpx.get(f"{world.store_url}/_sandbox/faults").json()["on"] == {}


def test_resetting_goes_back_to_the_start_while_the_servers_run(world: Sandbox) -> None:
    world.allegro.buy(Line(GOODS[0].offer_id))
    world.allegro.faults.switch_on("server_error")
    world.reset(seed=1)
    assert world.allegro.forms == {}
    assert world.allegro.events == []
    assert world.allegro.offers[GOODS[0].offer_id].available == GOODS[0].stock
    assert httpx.get(f"{world.allegro_url}/_sandbox/faults").json()["on"] == {}


def test_a_taken_store_port_leaves_neither_half_running(world: Sandbox) -> None:
    second = Sandbox(seed=1)
    with pytest.raises(OSError, match="in use"):
        second.start(store_port=int(world.store_url.rsplit(":", 1)[1]))
    with pytest.raises(httpx.ConnectError):
        httpx.get(second.allegro_url)


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "app.sandbox", "--seed", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_the_program_says_where_it_serves_and_ends_when_told(
    program: subprocess.Popen[str], told: signal.Signals
) -> None:
    assert program.stdout is not None
    assert program.stderr is not None
    ready: dict[str, Any] = json.loads(program.stdout.readline())
    assert set(ready) >= {"client_id", "client_secret", "app_name", "login", "store_key", "store_secret"}
    bought = httpx.post(f"{ready['allegro_url']}/_sandbox/purchases", json={"lines": [{"sku": "KUB-001"}]}, timeout=5)
    assert bought.status_code == 201
    assert httpx.get(f"{ready['store_url']}/_sandbox/orders", timeout=5).status_code == 200
    program.send_signal(told)
    assert program.wait(timeout=15) == 0
    assert program.stderr.read() == ""
