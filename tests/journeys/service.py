"""`woo-allegro serve` as a process of its own, which journeys kill and start again."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import httpx

from app.config import Config
from app.demo.programs import free_port, wait_until
from app.sandbox.serving import Recorded
from app.sandbox.world import Sandbox
from tests.forked import Forked, type_command


class Service:
    """Not started until `start`. It keeps its address however often it is started again.

    `more` are variables of the environment, which go before those that the configuration gives.
    """

    def __init__(self, config: Config, directory: Path, **more: str) -> None:
        port = free_port(0)
        self.url = f"http://localhost:{port}"
        self._log = directory / "service.log"
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")} | {
            "BRIDGE_DATABASE_URL": config.database_url,
            "BRIDGE_SECRET_KEY": config.secret_key[0].get_secret_value(),
            "BRIDGE_API_KEY": config.api_key[0].get_secret_value(),
            "BRIDGE_PORT": str(port),
            "BRIDGE_PUBLIC_URL": self.url,
            "BRIDGE_STORE_URL": config.store_url or "",
            "BRIDGE_STORE_KEY": config.store_key.get_secret_value() if config.store_key else "",
            "BRIDGE_STORE_SECRET": config.store_secret.get_secret_value() if config.store_secret else "",
            "BRIDGE_STORE_AUTH": config.store_auth,
            "BRIDGE_ALLEGRO_API_URL": config.allegro_api_url or "",
            "BRIDGE_ALLEGRO_AUTH_URL": config.allegro_auth_url or "",
            "BRIDGE_ALLEGRO_UPLOAD_URL": config.allegro_upload_url or "",
            "BRIDGE_LEASE_SECONDS": "2",
            "BRIDGE_EVENT_LOG_DIR": str(directory / "event-log"),
            **more,
        }
        self._directory = directory
        self._process: Forked | None = None

    def start(self) -> None:
        self._process = Forked(
            type_command,
            ("serve",),
            cwd=self._directory,
            environment=self._environment,
            out=self._log,
            err=self._log,
        )

    def wait_until_ready(self) -> None:
        wait_until(self._is_ready, seconds=60, what="the service's start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    @property
    def log(self) -> str:
        return self._log.read_text()

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.is_alive, self.log[-5000:]
        try:
            return httpx.get(f"{self.url}/ready").status_code == 200
        except httpx.TransportError:
            return False


class Death:
    """At its end the service has died, in the moment in which Allegro had done what it was asked and not answered."""

    def __init__(self, world: Sandbox, service: Service, is_the_moment: Callable[[Recorded], bool]) -> None:
        self._world, self._service, self._is_the_moment = world, service, is_the_moment
        self._died = threading.Event()

    def __enter__(self) -> None:
        self._world.allegro.meanwhile = self._meanwhile

    def __exit__(self, *_: object) -> None:
        assert self._died.wait(60), self._service.log[-5000:]

    def _meanwhile(self, request: Recorded) -> None:
        if self._is_the_moment(request):
            self._world.allegro.meanwhile = None
            self._service.kill()
            self._died.set()
