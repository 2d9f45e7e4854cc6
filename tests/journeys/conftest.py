"""Somebody who uses the service of a journey, which each journey starts in its own way."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.config import Config
from app.demo.person import Person
from app.sandbox.world import Sandbox
from tests.journeys.service import Service


@pytest.fixture
def person(service: Service, config: Config, world: Sandbox) -> Iterator[Person]:
    person = Person(
        service_url=service.url,
        api_key=config.api_key[0].get_secret_value(),
        allegro_url=world.allegro_url,
        store_url=world.store_url,
    )
    yield person
    person.close()


def connect_over_http(world: Sandbox, person: Person, **more: Any) -> int:
    """The id of a new account, connected by whoever is logged in at Allegro. `more` are fields of the account."""
    world.allegro.register_redirect_uri(person.ask("GET", "/application-address")["application_url"])
    new = {
        "name": "Kubki",
        "environment": "sandbox",
        "app_name": world.allegro.app_name,
        "client_id": world.allegro.client_id,
        "client_secret": world.allegro.client_secret,
        "allegro_login": world.allegro.logged_in,
    }
    account: int = person.ask("POST", "/accounts", new | more)["id"]
    page = person.accept_at_allegro(person.ask("POST", f"/accounts/{account}/authorize")["authorize_url"])
    assert "Connected" in page
    return account
