"""What was sent to an offer, over the API."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import held_prices, ledger, offer_links
from app.domain.ledger import Fate, Way
from app.domain.links import OfferLink
from app.domain.money import Money
from app.domain.offers import OfferStatus
from tests.api.answers import good, problem
from tests.domain.samples import entry_of, held_price


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_offers_history_says_what_was_sent_and_why_it_shows_what_it_shows(
    api: TestClient, account: int, services: Services
) -> None:
    now = services.now()
    with services.database.transaction() as session:
        link = OfferLink(0, account, "7001", 11, offer_status=OfferStatus.ACTIVE, listed_quantity=3)
        link = replace(link, listed_price=Money(Decimal("49.99"), "PLN"))
        link = offer_links.add(session, link, now=now)
        told = entry_of(
            account_id=account,
            link_id=link.id,
            created_at=now,
            reason="The store has 5, 2 kept back.",
            way=Way.BULK,
            command_id="a-command",
        )
        price = Money(Decimal("39.99"), "PLN")
        priced = replace(
            told, what="price", before="49.99 PLN", quantity=None, price=price, reason="The price is 39.99."
        )
        held = held_price(account_id=account, link_id=link.id, created_at=now)
        held_prices.hold(session, [held])
        ids = ledger.intend(session, [told, replace(priced, way=Way.EDIT, command_id="")])
        ledger.note_sent(session, ids, now=now)
        ledger.settle(session, ids[:1], Fate.ACCEPTED, now=now + timedelta(seconds=1))
        ledger.confirm(session, ids[:1], now=now + timedelta(seconds=2))
    path = f"offer-links/{link.id}/history"
    newest, oldest = good(api.get(path))["items"]

    def z(seconds: int) -> str:
        return (now + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")

    assert oldest == {
        "at": z(0),
        "what": "quantity",
        "from": "5",
        "to": "3",
        "why": "The store has 5, 2 kept back.",
        "way": "bulk command",
        "command_id": "a-command",
        "fate": "confirmed",
        "detail": "",
        "sent_at": z(0),
        "settled_at": z(1),
        "confirmed_at": z(2),
        "confirmed": True,
    }
    assert (newest["from"], newest["to"], newest["way"]) == ("49.99 PLN", "39.99 PLN", "edit")
    assert (newest["command_id"], newest["fate"], newest["confirmed"]) == (None, "sent", False)
    first = good(api.get(path, params={"limit": 1}))
    assert first["items"] == [newest]
    last = good(api.get(path, params={"limit": 1, "cursor": first["next_cursor"]}))
    assert (last["items"], last["next_cursor"]) == ([oldest], None)
    # A newer price says nothing about the pieces.
    assert first["now"] == last["now"]
    assert first["now"].startswith("The offer shows 3. “3” was sent")
    assert first["now"].endswith("The store has 5, 2 kept back.")
    # Nor a newer quantity about the price, or another offer's.
    with services.database.transaction() as session:
        ledger.intend(session, [told])
        other = offer_links.add(session, OfferLink(0, account, "7002", 11), now=now)
        ledger.intend(session, [replace(priced, link_id=other.id, price=Money(Decimal("1.00"), "PLN"))])
    price_now = good(api.get(path))["price_now"]
    assert price_now.startswith("The offer costs 49.99 PLN. “39.99 PLN” was sent")
    assert "The price is 39.99. " in price_now
    assert price_now.endswith(
        "The price 4999.00 PLN is held: A jump. Release it if it is meant; if not, change the price, and it goes."
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_offer_that_was_never_told_anything_has_an_empty_history(
    api: TestClient, account: int, services: Services
) -> None:
    with services.database.transaction() as session:
        link = offer_links.add(session, OfferLink(0, account, "7001", 11), now=services.now())
    history = good(api.get(f"offer-links/{link.id}/history"))
    assert (history["items"], history["next_cursor"]) == ([], None)
    assert "not known" in history["now"]
    assert history["price_now"].startswith("What the offer costs is not known. No price that was sent is on record.")
    problem(api.get(f"offer-links/{link.id + 1}/history"), 404)
