"""The offers and parcels of an account whose Allegro answers what a test says."""

from collections.abc import Iterator

import pytest
import respx

from app.channels.allegro.offers import AllegroOffers
from app.channels.allegro.session import AllegroSession
from app.channels.allegro.ship_with_allegro import ShipWithAllegro
from app.channels.http import Transport
from app.logs import Exchange
from tests.channels.allegro.test_client import API, KUBKI, Tokens


@pytest.fixture
def router() -> Iterator[respx.Router]:
    with respx.mock(base_url=API) as router:
        yield router


@pytest.fixture
def offers(transport: Transport) -> AllegroOffers:
    return AllegroOffers(AllegroSession(transport, API, "Kubki/1.0 (+https://kubki.example)", Tokens(), KUBKI))


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


@pytest.fixture
def shipping(transport: Transport, exchanges: list[Exchange]) -> ShipWithAllegro:
    agent = "Kubki/1.0 (+https://kubki.example)"
    return ShipWithAllegro(AllegroSession(transport, API, agent, Tokens(), KUBKI, recorder=exchanges.append))
