"""One served Allegro for all tests of this folder, put back to its seeded state before each."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.clock import Clock
from app.sandbox.serving import Server

MEDIA_TYPE = "application/vnd.allegro.public.v1+json"
BETA = "application/vnd.allegro.beta.v1+json"
USER_AGENT = "Woo-Allegro-Bridge/1.0 (+https://bridge.example)"


@pytest.fixture(scope="package")
def served() -> Iterator[tuple[AllegroWorld, str]]:
    world = AllegroWorld(Clock(), seed=1)
    server = Server(world.app)
    server.start()
    yield world, server.url
    server.stop()


@pytest.fixture
def allegro(served: tuple[AllegroWorld, str]) -> AllegroWorld:
    world, _url = served
    world.clock.reset()
    world.reset(seed=1)
    return world


@pytest.fixture(scope="package")
def browser(served: tuple[AllegroWorld, str]) -> Iterator[httpx.Client]:
    """Calls without any header that the API asks for. One for all tests: making a client takes long."""
    with httpx.Client(base_url=served[1], timeout=5) as client:
        yield client


class Api:
    """A well-behaved client of one seller."""

    def __init__(self, client: httpx.Client, access_token: str) -> None:
        self.client = client
        self.headers = {"authorization": f"Bearer {access_token}", "accept": MEDIA_TYPE, "user-agent": USER_AGENT}

    def log_in_again(self, allegro: AllegroWorld) -> None:
        """With a token that is good for the hours that begin now."""
        self.headers["authorization"] = f"Bearer {allegro.open_session()['access_token']}"

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Underscores in a parameter's name stand for dots."""
        dotted = {name.replace("_", "."): value for name, value in parameters.items()}
        return self.client.get(path, params=dotted, headers=self.headers)

    def put(self, path: str, body: Any, **parameters: str) -> httpx.Response:
        dotted = {name.replace("_", "."): value for name, value in parameters.items()}
        return self.client.put(path, json=body, params=dotted, headers={**self.headers, "content-type": MEDIA_TYPE})

    def patch(self, path: str, body: Any) -> httpx.Response:
        return self.client.patch(path, json=body, headers={**self.headers, "content-type": MEDIA_TYPE})

    def post(self, path: str, body: Any, media_type: str = MEDIA_TYPE) -> httpx.Response:
        return self.client.post(
            path, json=body, headers={**self.headers, "accept": media_type, "content-type": media_type}
        )

    def events(self, **parameters: Any) -> list[tuple[str, str]]:
        """(id, type) of the journal's events."""
        return [(event["id"], event["type"]) for event in self.get("/order/events", **parameters).json()["events"]]

    def event_types(self, **parameters: Any) -> list[str]:
        return [event_type for _id, event_type in self.events(**parameters)]


@pytest.fixture
def api(allegro: AllegroWorld, browser: httpx.Client) -> Api:
    return Api(browser, allegro.open_session()["access_token"])
