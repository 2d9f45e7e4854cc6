import pytest

from app.api.deps import Services
from app.sandbox.world import Sandbox
from tests.conftest import connect
from tests.sync.listing.stand import SELLER, Stand


@pytest.fixture
def stand(world: Sandbox, services: Services) -> Stand:
    stand = Stand(world, services, connect(services, world, name="Kubki", login=SELLER))
    stand.prepare()
    world.allegro.requests.clear()
    return stand
