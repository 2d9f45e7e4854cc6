"""What listing reads at Allegro, read from the pretend one as a whole."""

from collections.abc import Iterator

import pytest

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.session import AllegroSession
from app.channels.http import Transport
from app.domain.categories import CategoryEventKind, path_of
from app.domain.parameters import ParameterType
from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.clock import Clock
from app.sandbox.seed import GOODS
from app.sandbox.serving import Server
from tests.channels.allegro.test_client import KUBKI

MUGS, CUPS, SHIRTS = "257933", "257934", "257981"


class Token:
    """The one that the first seller's consent gave."""

    def __init__(self, world: AllegroWorld) -> None:
        self._token: str = world.open_session()["access_token"]

    def access_token(self) -> str:
        return self._token

    def renewed(self, rejected_access_token: str) -> str:
        raise AssertionError(f"{rejected_access_token} was rejected")


@pytest.fixture
def world() -> AllegroWorld:
    return AllegroWorld(Clock(), seed=1)


@pytest.fixture
def client(transport: Transport, world: AllegroWorld) -> Iterator[AllegroClient]:
    server = Server(world.app)
    server.start()
    agent = "Woo-Allegro-Bridge/1.0 (+https://bridge.example)"
    yield AllegroClient(AllegroSession(transport, server.url, agent, Token(world), KUBKI))
    server.stop()


def test_the_whole_tree_and_all_parameters_are_understood(client: AllegroClient, world: AllegroWorld) -> None:
    known = {category.id: category for category in client.categories.children()}
    unread = list(known.values())
    while unread:
        category = unread.pop()
        if category.leaf:
            read = client.categories.parameters(category.id)
            assert read.unreadable == ()
            assert ParameterType.UNKNOWN not in {parameter.type for parameter in read.parameters}
        else:
            below = client.categories.children(category.id)
            known.update((each.id, each) for each in below)
            unread += below
    assert set(known) == set(world.tree.categories)
    assert path_of(known[MUGS], known) == ("Dom i ogród", "Kuchnia i jadalnia", "Naczynia stołowe", "Kubki")
    suggested = client.categories.matching("Kubek termiczny stalowy 450 ml")
    assert tuple(name for _, name in suggested[1].path) == path_of(known[MUGS], known)


def test_changes_are_read_from_where_reading_stopped(client: AllegroClient, world: AllegroWorld) -> None:
    world.rename_category(MUGS, "Kubki i czarki")
    first = client.categories.events(None)
    world.delete_category(SHIRTS, redirect=CUPS)
    [event] = client.categories.events(first.last_id).events
    assert (event.kind, event.category.id, event.redirect_id) == (CategoryEventKind.DELETED, SHIRTS, CUPS)
    [event] = first.events
    assert event.category.name == client.categories.get(MUGS).name == "Kubki i czarki"


def test_products_and_what_the_seller_has_set_up_are_understood(client: AllegroClient, world: AllegroWorld) -> None:
    assert [len(client.catalogue.by_gtin(good.ean)) for good in GOODS[:3]] == [1, 2, 0]
    [cat] = client.catalogue.by_gtin(GOODS[0].ean, MUGS)
    assert (cat.gtins, cat.has_producer, cat.similar_category_ids) == ((GOODS[0].ean,), True, (CUPS,))
    for number in range(31):
        world.add_catalogue_product(f"Kubek nr {number}", GOODS[2].ean, MUGS)
    assert len(client.catalogue.by_gtin(GOODS[2].ean)) == 31
    options = client.options.read()
    assert options.unknown == ()
    assert len(options.shipping_rates or ()) == 2
    assert [each.name for each in options.return_policies or ()] == ["Zwrot w 14 dni"]
