"""What goes wrong with prices, and what must not come of it: stock that waits, calls without end, a price nobody wants."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.db import offer_links
from app.domain.runs import RunState
from app.domain.settings import OutOfStockAction
from tests.sync.offers.conftest import Counter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def asks(counter: Counter, price: str, **more: Any) -> None:
    """A person at the store gives the article another price."""
    counter.world.store.edit("KUB-001", regular_price=price, **more)


def costs(counter: Counter, offer_id: str) -> Decimal:
    return counter.world.allegro.offer(offer_id).price


def due(counter: Counter) -> list[int]:
    with counter.services.database.reading() as session:
        return offer_links.due(session, counter.account, now=counter.services.now())


def test_rules_that_cannot_be_read_keep_back_prices_and_no_stock(counter: Counter) -> None:
    counter.switch(push_prices=True, out_of_stock_action=OutOfStockAction.END)
    offer = counter.offer(stock=10)
    counter.put(0)
    other = counter.offer("KUB-002", stock=10)
    counter.world.store.edit("KUB-002", regular_price="89.90")
    counter.world.allegro.faults.switch_on("server_error", method="GET", path_prefix="/sale/offers")
    run = counter.stock()
    assert (run.state, counter.shown(offer), costs(counter, other)) == (RunState.DONE, 0, Decimal("99.00"))
    assert run.failed == 1
    counter.world.allegro.faults.clear()
    counter.stock()
    assert costs(counter, other) == Decimal("89.90")


@pytest.mark.parametrize("meanwhile", ["prices off", "link off", "in a campaign", "shadow"])
def test_a_sale_that_begins_where_no_price_is_kept_any_more_asks_for_one_look(counter: Counter, meanwhile: str) -> None:
    counter.switch(push_prices=True)
    offer = counter.offer(stock=10)
    begins = counter.services.now() + timedelta(hours=1)
    asks(counter, "99.00", sale_price="89.90", date_on_sale_from_gmt=begins.isoformat())
    counter.stock()
    assert not due(counter)
    link = counter.of(offer)
    with counter.services.database.transaction() as session:
        if meanwhile == "link off":
            offer_links.record(session, [link.id], sync_price=False)
        elif meanwhile == "in a campaign":
            offer_links.record(session, [link.id], campaign="Strefa okazji")
    if meanwhile == "prices off":
        counter.switch(push_prices=False)
    elif meanwhile == "shadow":
        counter.shadow()
    counter.wait(hours=1, seconds=1)
    assert due(counter) == [link.id]
    counter.nudge()
    assert not due(counter)
