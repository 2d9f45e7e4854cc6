"""A running store and somebody who calls it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.sandbox.clock import Clock
from app.sandbox.serving import Server
from app.sandbox.store.world import StoreWorld

API = "/wp-json/wc/v3"


class Caller:
    """Calls the REST API with the store's own key, as over https."""

    def __init__(self, world: StoreWorld, url: str) -> None:
        self.world = world
        self.url = url
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=20)

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        auth = (self.world.key, self.world.secret)
        return self._client.request(method, f"{API}{path}", json=body, params=query, auth=auth)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.send("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        answer = self.send("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def put(self, path: str, body: Any) -> Any:
        answer = self.send("PUT", path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def raw(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Without a key and without the API's prefix."""
        return self._client.request(method, path, **options)

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="session")
def running() -> Iterator[Caller]:
    world = StoreWorld(Clock(), seed=1)
    server = Server(world.app)
    server.start()
    caller = Caller(world, server.url)
    yield caller
    caller.close()
    server.stop()


@pytest.fixture
def store(running: Caller) -> Caller:
    """The store as it is before anything happens, calling no webhook until it is told to."""
    world = running.world
    world.clock.reset()
    world.reset(seed=1)
    world.webhook_delay = 30.0
    world.pretend_https = True
    return running


@pytest.fixture
def world(store: Caller) -> StoreWorld:
    return store.world
