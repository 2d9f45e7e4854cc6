"""Allegro's limits: what each call counts towards, and that nobody calls beyond them or while Allegro blocks."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
import respx

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.limits import Caller
from app.channels.allegro.session import AllegroSession
from app.channels.errors import Unavailable
from app.channels.http import Transport
from app.channels.pacing import Priority
from app.domain.money import Money
from app.domain.offers import CommandKind, OfferValues, Publication
from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.clock import Clock as WorldClock
from app.sandbox.serving import Server
from tests.channels.allegro.test_client import API, Tokens
from tests.channels.conftest import Clock

AGENT = "Woo-Allegro-Bridge/1.0 (+https://bridge.example)"
IDS = [str(number) for number in range(1000)]
PLN = Money(Decimal("49.90"), "PLN")
Action = Callable[[AllegroClient], object]


def quantity(client: AllegroClient) -> object:
    return client.offers.set_quantity(uuid4(), IDS, 5)


def publication(client: AllegroClient) -> object:
    return client.offers.publish(uuid4(), IDS, Publication.END)


def price(client: AllegroClient) -> object:
    return client.offers.set_price(uuid4(), IDS, PLN)


def bulk(client: AllegroClient) -> object:
    return client.offers.set_values(uuid4(), [OfferValues(offer_id, quantity=5) for offer_id in IDS[:25]])


def bulk_thrice(client: AllegroClient) -> object:
    return [bulk(client) for _ in range(3)]


def details(client: AllegroClient) -> object:
    return client.offers.details("1")


def parts(client: AllegroClient) -> object:
    return client.offers.parts("1")


def edit(client: AllegroClient) -> object:
    return client.offers.edit("1", quantity=5)


def report(client: AllegroClient) -> object:
    return client.offers.report(CommandKind.PRICE, uuid4())


def tasks(client: AllegroClient) -> object:
    return client.offers.tasks(CommandKind.PRICE, uuid4(), 1000)


def journal(client: AllegroClient) -> object:
    return client.order_events(None)


# Fits every endpoint.
ANSWER = {
    "id": "1",
    "events": [],
    "tasks": [],
    "createdAt": "2026-10-12T10:00:00.000Z",
    "taskCount": {"total": 0, "success": 0, "failed": 0},
}


def client_of(transport: Transport, account_id: int = 1, client_id: str = "client-1") -> AllegroClient:
    return AllegroClient(AllegroSession(transport, API, AGENT, Tokens(), Caller(client_id, account_id)))


@pytest.mark.parametrize(
    ("action", "at_once"),
    [(details, 415), (parts, 415), (edit, 295), (bulk, 42), (report, 32), (tasks, 32), (quantity, 1)],
    ids=lambda value: getattr(value, "__name__", None),
)
@respx.mock
def test_what_comes_at_once_is_bounded_by_what_a_call_counts(
    transport: Transport, clock: Clock, action: Action, at_once: int
) -> None:
    route = respx.route().respond(json=ANSWER)
    client = client_of(transport)
    while not clock.slept:
        action(client)
    assert route.call_count == at_once + 1


@pytest.mark.parametrize(
    ("first", "then", "waited"),
    [
        (quantity, publication, 7.5),
        (publication, quantity, 7.5),
        (price, price, 7.5),
        (price, bulk_thrice, 0.1),
        (quantity, price, 0),
        (quantity, bulk_thrice, 0),
        (quantity, journal, 0),
        (quantity, edit, 0),
    ],
)
@respx.mock
def test_which_calls_count_together(
    transport: Transport, clock: Clock, first: Action, then: Action, waited: float
) -> None:
    respx.route().respond(json=ANSWER)
    client = client_of(transport)
    first(client)
    then(client)
    assert round(sum(clock.slept), 1) == waited


@respx.mock
def test_sellers_have_limits_of_their_own_and_an_application_has_one_for_all(
    transport: Transport, clock: Clock
) -> None:
    respx.route().respond(json=ANSWER)
    quantity(client_of(transport, account_id=1))
    quantity(client_of(transport, account_id=2))
    assert clock.slept == []
    one, other = client_of(transport, account_id=1), client_of(transport, account_id=3)
    for _ in range(355):
        journal(one)
        journal(other)
    assert clock.slept == []
    journal(other)
    assert len(clock.slept) == 1
    journal(client_of(transport, 3, "another application"))
    assert len(clock.slept) == 1


@respx.mock
def test_an_application_that_is_blocked_stops_its_sellers_and_nobody_else(transport: Transport) -> None:
    route = respx.get(f"{API}/order/events").respond(429)
    with pytest.raises(Unavailable):
        journal(client_of(transport, account_id=1))
    with pytest.raises(Unavailable, match="asked for fewer calls"):
        journal(client_of(transport, account_id=2))
    assert route.call_count == 1
    route.respond(json=ANSWER)
    journal(client_of(transport, account_id=3, client_id="another application"))
    assert route.call_count == 2


class Token:
    """The access token of a session at the pretend Allegro."""

    def __init__(self, world: AllegroWorld) -> None:
        self._token = str(world.open_session()["access_token"])

    def access_token(self) -> str:
        return self._token

    def renewed(self, rejected_access_token: str) -> str:
        raise AssertionError("the token is good")


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[AllegroWorld, str]]:
    world = AllegroWorld(WorldClock(), seed=1)
    server = Server(world.app)
    server.start()
    yield world, server.url
    server.stop()


class Seller:
    """One seller at the pretend Allegro, whose clock moves when somebody sleeps."""

    def __init__(self, world: AllegroWorld, url: str) -> None:
        world.reset(seed=1)
        self.world = world
        self.transport = Transport(
            now=lambda: world.clock.now().timestamp(), sleep=world.clock.advance, jitter=lambda: 0.0
        )
        token = Token(world)
        self.orders, self.stock, self.prices = (
            AllegroClient(AllegroSession(self.transport, url, AGENT, token, Caller(world.client_id, 1, priority)))
            for priority in Priority
        )

    def outcomes(self) -> list[bool]:
        """Whether a call about orders, stock and prices, each in turn, was let through."""
        return [self._is_let_through(client) for client in (self.orders, self.stock, self.prices)]

    def _is_let_through(self, client: AllegroClient) -> bool:
        try:
            client.me()
        except Unavailable:
            return False
        return True


@pytest.fixture
def seller(served: tuple[AllegroWorld, str]) -> Iterator[Seller]:
    seller = Seller(*served)
    yield seller
    seller.transport.close()


def test_12_000_offers_are_changed_without_a_refusal(seller: Seller) -> None:
    began = seller.world.clock.now()
    for _ in range(6):
        quantity(seller.stock)
        publication(seller.stock)
    assert 80 < (seller.world.clock.now() - began).total_seconds() < 100


def test_nobody_calls_while_allegro_blocks_and_orders_go_first_when_it_is_over(seller: Seller) -> None:
    seller.world.quotas.narrow("quantity", {60: 500})
    with pytest.raises(Unavailable) as caught:
        quantity(seller.stock)
    assert caught.value.retry_after_seconds == pytest.approx(60, abs=1)
    calls = len(seller.world.requests)
    for _ in range(11):
        assert seller.outcomes() == [False, False, False]
        seller.world.clock.advance(5)
    assert len(seller.world.requests) == calls
    seller.world.clock.advance(5.5)
    assert seller.outcomes() == [True, False, False]
    seller.world.clock.advance(5)
    assert seller.outcomes() == [True, True, False]
    seller.world.clock.advance(10)
    assert seller.outcomes() == [True, True, True]
    assert seller.world.hits_while_blocked == 0


def test_a_block_that_goes_on_is_called_into_less_and_less(seller: Seller) -> None:
    seller.world.faults.switch_on("too_many_requests", times=3, seconds=1)
    pauses = []
    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            journal(seller.orders)
        pauses.append(caught.value.retry_after_seconds or 0)
        seller.world.clock.advance(pauses[-1])
    assert pauses == pytest.approx([60, 120, 240], abs=1)
    journal(seller.orders)
    assert seller.world.hits_while_blocked == 0
