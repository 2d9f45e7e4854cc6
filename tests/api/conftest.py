"""The API of a real service in the pretend world, with and without a key, and the whole of it really listening."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.api.app import create_api
from app.api.deps import Services
from app.config import Config
from app.main import build
from app.sandbox.world import Sandbox

KEY = "an-api-key-for-tests"


@pytest.fixture(scope="session")
def application() -> Iterator[FastAPI]:
    """The API, built once because that takes longer than most tests; it holds nothing but its services."""
    key = (SecretStr(KEY),)
    services = build(Config(_env_file=None, database_url="sqlite:///:memory:", secret_key=key, api_key=key))
    yield create_api(services)
    services.close()


@contextmanager
def served(config: Config) -> Iterator[TestClient]:
    """A service with a configuration of its own, and somebody with its key at its root."""
    services = build(config)
    try:
        with TestClient(create_api(services), headers={"Authorization": f"Bearer {KEY}"}) as client:
            yield client
    finally:
        services.close()


@pytest.fixture
def anonymous(application: FastAPI, services: Services) -> Iterator[TestClient]:
    """Somebody without a key, at the root of the service."""
    application.state.services = services
    with TestClient(application) as client:
        yield client


@pytest.fixture
def api(application: FastAPI, services: Services) -> Iterator[TestClient]:
    """Somebody with a key; addresses are relative to /api/v1/."""
    with _somebody_with_a_key(application, services) as client:
        yield client


@pytest.fixture
def live_api(application: FastAPI, live: Services) -> Iterator[TestClient]:
    """Somebody with a key of the service that really listens."""
    with _somebody_with_a_key(application, live) as client:
        yield client


def _somebody_with_a_key(application: FastAPI, services: Services) -> TestClient:
    application.state.services = services
    headers = {"Authorization": f"Bearer {KEY}"}
    return TestClient(application, base_url="http://testserver/api/v1/", headers=headers)


@pytest.fixture
def live(config: Config, world: Sandbox) -> Iterator[Services]:
    """The service on a port of its own, so that the store can call it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        services = build(config.model_copy(update={"public_url": url}), now=world.clock.now)
        server = uvicorn.Server(uvicorn.Config(create_api(services), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield services
        server.should_exit = True
        thread.join()
        services.close()
