"""Authorising by device code: the seller types a code in at Allegro, and no browser comes back to us."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.api.deps import Services
from app.channels.errors import Unavailable
from app.config import Config
from app.domain.accounts import LinkState, connection_detail
from app.main import build
from app.sandbox.world import Sandbox
from app.sync.tokens import NotAuthorized
from tests.sync.steps import account_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SELLER, OTHER = "kubki-shop", "inny-sprzedawca"


def polls(world: Sandbox) -> list[str]:
    return [outcome for kind, outcome in world.allegro.token_requests if "device_code" in kind]


def pass_time(services: Services, world: Sandbox, seconds: int) -> None:
    """Live on for so many seconds, while the service looks every second whether there is something to ask."""
    for _ in range(seconds):
        world.clock.advance(1)
        services.connector.poll_devices()


def test_a_device_code_connects_once_it_is_entered(services: Services, world: Sandbox, stranger: int) -> None:
    code = services.connector.start_device(stranger)
    assert code.user_code in code.verification_url
    pass_time(services, world, 16)
    assert account_of(services, stranger).connection.state is LinkState.DISCONNECTED
    world.allegro.decide_device(code.user_code)
    pass_time(services, world, 6)
    assert account_of(services, stranger).connection.login == SELLER
    assert polls(world) == ["authorization_pending"] * 4 + ["issued"]
    pass_time(services, world, 20)
    assert len(polls(world)) == 5


def test_slow_down_makes_the_polls_rarer_by_five_seconds(services: Services, world: Sandbox, stranger: int) -> None:
    services.connector.start_device(stranger)
    pass_time(services, world, 1)
    [device] = world.allegro.accounts._devices.values()
    device.interval = 9
    pass_time(services, world, 5)
    assert polls(world) == ["authorization_pending", "slow_down"]
    device.interval = 9  # a second less than is kept, for a busy machine
    pass_time(services, world, 7)
    assert len(polls(world)) == 2
    pass_time(services, world, 14)
    assert polls(world)[2:] == ["authorization_pending", "authorization_pending"]


@pytest.mark.parametrize(
    ("login", "decision", "words"),
    [(SELLER, "deny", "refused at Allegro"), (OTHER, "allow", "You authorised as inny-sprzedawca")],
)
def test_a_device_code_that_comes_to_nothing_is_explained_in_the_status(
    services: Services, world: Sandbox, stranger: int, login: str, decision: str, words: str
) -> None:
    code = services.connector.start_device(stranger)
    world.allegro.decide_device(code.user_code, decision, login)
    pass_time(services, world, 10)
    connection = account_of(services, stranger).connection
    assert (connection.state, connection.is_ok) == (LinkState.DISCONNECTED, False)
    assert words in connection_detail(connection)
    assert len(polls(world)) == 1
    with pytest.raises(NotAuthorized):
        services.lines.tokens.access_token(stranger)


def test_a_device_code_that_nobody_enters_expires(services: Services, world: Sandbox, stranger: int) -> None:
    services.connector.start_device(stranger)
    world.clock.advance(3601)
    pass_time(services, world, 10)
    assert "expired" in connection_detail(account_of(services, stranger).connection)
    assert polls(world) == []


def test_a_refused_device_code_leaves_a_connected_account_connected(
    services: Services, world: Sandbox, account: int
) -> None:
    before = account_of(services, account).connection, services.lines.tokens.access_token(account)
    code = services.connector.start_device(account)
    world.allegro.decide_device(code.user_code, "deny")
    pass_time(services, world, 2)
    assert (account_of(services, account).connection, services.lines.tokens.access_token(account)) == before


def test_a_silent_token_endpoint_delays_a_device_code_only(services: Services, world: Sandbox, stranger: int) -> None:
    code = services.connector.start_device(stranger)
    world.allegro.decide_device(code.user_code)
    world.allegro.faults.switch_on("token_endpoint_down", times=2)
    pass_time(services, world, 12)
    assert account_of(services, stranger).connection.state is LinkState.CONNECTED


def test_two_replicas_ask_about_a_device_code_no_more_often_than_one(
    services: Services, world: Sandbox, stranger: int, config: Config
) -> None:
    other = build(config, now=world.clock.now)
    services.connector.start_device(stranger)
    with ThreadPoolExecutor(4) as threads:
        for _ in range(16):
            asked = [threads.submit(each.connector.poll_devices) for each in (services, other, services, other)]
            for future in asked:
                future.result()
            world.clock.advance(1)
    other.close()
    assert polls(world) == ["authorization_pending"] * 4


def test_a_device_start_at_a_silent_allegro_is_told_to_the_caller(
    services: Services, stranger: int, config: Config, unused_tcp_address: str
) -> None:
    services.lines.config = config.model_copy(update={"allegro_auth_url": unused_tcp_address})
    with pytest.raises(Unavailable):
        services.connector.start_device(stranger)
