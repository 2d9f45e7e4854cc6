"""Offers end, come back, and share one stock, on every database."""

from app.api.deps import Services
from app.domain.ledger import Fate
from app.domain.offers import EndedBy, OfferStatus
from app.sandbox.seed import SELLERS
from app.sandbox.world import Sandbox
from tests.conftest import connect
from tests.sync.offers.conftest import Counter
from tests.sync.offers.test_stock import ENDING


def test_an_offer_that_is_out_of_stock_ends_and_comes_back_with_its_id(counter: Counter) -> None:
    counter.switch(**ENDING)
    offer = counter.offer(stock=5)
    counter.put(5)
    counter.stock()
    counter.put(0)
    counter.stock()
    assert counter.shown(offer) == 0
    assert counter.of(offer).offer_status is OfferStatus.ENDED
    counter.wait(minutes=2)
    counter.nudge()  # reads back what became of it
    assert (counter.of(offer).ended_by, counter.history(offer)[0].fate) == (EndedBy.USER, Fate.CONFIRMED)
    counter.put(3)
    counter.stock()
    assert counter.shown(offer) == 3
    counter.wait(minutes=2)
    counter.nudge()
    assert counter.of(offer).offer_status is OfferStatus.ACTIVE
    assert counter.alerts() == []


def test_two_accounts_that_sell_one_product_never_show_more_than_there_is(
    counter: Counter, services: Services, world: Sandbox
) -> None:
    offer = counter.offer(stock=40)
    login = SELLERS[1].login
    other = Counter(world, services, connect(services, world, name="Drugie", login=login))
    other.switch(import_orders=True, sync_stock=True)
    other.run()
    second = other.offer(stock=40, login=login)
    counter.put(6)
    counter.stock()
    other.stock()
    world.allegro.buy(counter.line(offer, 2), pay=False)
    counter.run()
    # The purchase is known, and the other account's offer has its turn.
    other.nudge()
    assert (counter.shown(offer), other.shown(second)) == (4, 4)


def test_variations_that_share_their_parents_stock_share_what_is_sold_of_it(counter: Counter) -> None:
    catalogue = counter.world.store.shop.catalogue
    medium, large = (catalogue.by_sku(sku) for sku in ("KOS-001-M", "KOS-001-L"))
    assert medium is not None
    assert large is not None
    parent = catalogue.products[medium.parent_id]
    parent.manage_stock, parent.stock_quantity = True, 5
    medium.manage_stock = large.manage_stock = False
    for each in (parent, medium, large):
        catalogue.settle(each)
    offers = [counter.offer(sku, stock=40) for sku in ("KOS-001-M", "KOS-001-L")]
    counter.stock()
    assert [counter.shown(offer) for offer in offers] == [5, 5]
    counter.world.allegro.buy(counter.line(offers[0], 2), pay=False)
    counter.run()
    counter.nudge()
    assert [counter.shown(offer) for offer in offers] == [3, 3]
