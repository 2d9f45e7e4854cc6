"""Prices on the pretend world: both sides ask the same."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from app.db import held_prices
from app.domain.held_prices import HeldPrice
from app.domain.ledger import Fate, Way
from app.domain.runs import Run
from tests.sync.offers.conftest import Counter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def prices(counter: Counter, *, dry_run: bool = False) -> Run:
    return counter.run("prices", dry_run=dry_run)


def asks(counter: Counter, price: str, sku: str = "KUB-001", **more: Any) -> None:
    """A person at the store gives the article another price."""
    counter.world.store.edit(sku, regular_price=price, **more)


def in_store(counter: Counter, sku: str = "KUB-001") -> Mapping[str, Any]:
    return counter.world.store.product(sku)


def costs(counter: Counter, offer_id: str) -> Decimal:
    return counter.world.allegro.offer(offer_id).price


def held(counter: Counter) -> list[HeldPrice]:
    with counter.services.database.reading() as session:
        return list(held_prices.of_account(session, counter.account).values())


def test_the_price_of_the_store_goes_to_every_offer_of_the_product(counter: Counter) -> None:
    counter.switch(push_prices=True, sync_stock=False)
    one, other = counter.offer(stock=40), counter.offer(stock=40)
    asks(counter, "89.90")
    assert prices(counter).done == 2
    assert (costs(counter, one), costs(counter, other)) == (Decimal("89.90"), Decimal("89.90"))
    [entry] = counter.history(one)
    assert (entry.way, entry.fate, entry.what, entry.before) == (Way.PRICE, Fate.ACCEPTED, "price", "99.00 PLN")


def test_a_price_changed_at_allegro_goes_to_the_product_and_to_its_other_offers(counter: Counter) -> None:
    counter.switch(push_prices=True, pull_prices=True, sync_stock=False)
    one, other = counter.offer(stock=40), counter.offer(stock=40)
    asks(counter, "99.00")
    prices(counter)
    counter.world.allegro.set_price(one, Decimal("89.90"))
    prices(counter)
    assert (in_store(counter)["regular_price"], costs(counter, other)) == ("89.90", Decimal("89.90"))
    assert counter.history(one)[0].way is Way.STORE
