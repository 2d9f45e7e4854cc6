"""Prices that are held until the seller releases them, over the API."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import alerts, held_prices, offer_links
from app.domain.held_prices import HeldState
from app.domain.links import OfferLink
from app.domain.money import Money
from tests.api.answers import good, problem
from tests.domain.samples import held_price, pln

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _hold(services: Services, account: int, offer_id: str, price: Money | None, reason: str) -> int:
    """The id of a price that is held for a new link, which is not due."""
    now = services.now()
    with services.database.transaction() as session:
        link = offer_links.add(session, OfferLink(0, account, offer_id, 11, title="Kubek"), now=now)
        offer_links.record(session, [link.id], due_at=None)
        new = held_price(account_id=account, link_id=link.id, offer_id=offer_id, created_at=now)
        held_prices.hold(session, [replace(new, price=price, reason=reason, releasable=price is not None)])
        found = held_prices.of_link(session, link.id)
    assert found is not None
    return found.id


@pytest.fixture
def held(services: Services, account: int) -> list[int]:
    """The ids of three prices that are held, oldest first; the last is none and cannot be released."""
    return [
        _hold(services, account, "7001", pln("4999.00"), "That is a change of more than 50 %."),
        _hold(services, account, "7002", pln("0.50"), "That is a change of more than 50 %."),
        _hold(services, account, "7003", None, "The product has the price 0 in the store."),
    ]


def _ids(answer: Any) -> list[int]:
    return [each["id"] for each in answer["items"]]


def _states(answer: Any) -> list[tuple[int, str]]:
    return [(each["id"], each["state"]) for each in answer["items"]]


def _due(services: Services, account: int) -> int:
    with services.database.reading() as session:
        return len(offer_links.due(session, account, now=services.now()))


def test_what_is_held_is_shown_newest_first_with_both_prices(api: TestClient, account: int, held: list[int]) -> None:
    path = f"accounts/{account}/held-prices"
    page = good(api.get(path, params={"limit": 2}))
    assert _ids(page) == held[:0:-1]
    assert (page["items"][0]["to"], page["items"][0]["releasable"]) == (None, False)
    last = good(api.get(path, params={"limit": 2, "cursor": page["next_cursor"]}))
    [shown] = last["items"]
    assert last["next_cursor"] is None
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "id": held[0],
        "account_id": account,
        "link_id": shown["link_id"],
        "offer_id": "7001",
        "title": "Kubek",
        "side": "offer",
        "from": {"amount": "49.99", "currency": "PLN"},
        "to": {"amount": "4999.00", "currency": "PLN"},
        "reason": "That is a change of more than 50 %.",
        "releasable": True,
        "state": "waiting",
        "decided_at": None,
    }
    assert good(api.get("status"))["accounts"][0]["prices"] == {"read_at": None, "held": 3}
    problem(api.get(f"accounts/{account + 1}/held-prices"), 404)


def test_what_is_released_is_looked_at_now_and_what_is_rejected_is_not(
    api: TestClient, account: int, held: list[int], services: Services
) -> None:
    first, second, third = held
    path = f"accounts/{account}/held-prices"
    assert _states(good(api.post("held-prices/reject", json={"ids": [second]}))) == [(second, "rejected")]
    assert _due(services, account) == 0
    for _ in range(2):
        assert _states(good(api.post("held-prices/release", json={"ids": [first]}))) == [(first, "released")]
    assert _due(services, account) == 1
    # Who has rejected may change their mind.
    assert _states(good(api.post("held-prices/release", json={"ids": [second]}))) == [(second, "released")]
    assert _due(services, account) == 2
    assert _ids(good(api.get(path))) == [third]
    assert good(api.get("status"))["accounts"][0]["prices"]["held"] == 1


def test_releasing_all_leaves_what_is_no_price_and_no_ending_is_confirmed_with_it(
    api: TestClient, account: int, held: list[int], services: Services
) -> None:
    everything = {"all": True, "account_id": account}
    for way in ("confirm", "reject"):
        assert good(api.post(f"pending-actions/{way}", json=everything))["items"] == []
    assert _ids(good(api.get(f"accounts/{account}/held-prices"))) == held[::-1]
    assert _ids(good(api.post("held-prices/release", json=everything))) == held[:2]
    assert _due(services, account) == 2
    assert _states(good(api.post("held-prices/reject", json=everything))) == [(held[2], "rejected")]
    problem(api.post("held-prices/release", json={"all": True, "account_id": account + 1}), 404)


def test_what_cannot_be_released_is_closed_or_unknown_says_so_and_nothing_is_decided(
    api: TestClient, account: int, held: list[int], services: Services
) -> None:
    first, second, third = held
    release = "held-prices/release"
    detail = problem(api.post(release, json={"ids": [first, third]}), 409)["detail"]
    assert detail.startswith(f"Held price {third} cannot be released: The product has the price 0 in the store.")
    with services.database.transaction() as session:
        held_prices.close(session, [second], now=services.now())
    for way in ("release", "reject"):
        answer = api.post(f"held-prices/{way}", json={"ids": [first, second]})
        assert f"{second} is not held any more" in problem(answer, 409)["detail"]
        assert "4711" in problem(api.post(f"held-prices/{way}", json={"ids": [first, 4711]}), 404)["detail"]
    path = f"accounts/{account}/held-prices"
    assert _ids(good(api.get(path))) == [third, first]
    assert _ids(good(api.get(path, params={"state": "expired"}))) == [second]
    assert _due(services, account) == 0


def test_held_prices_that_closed_half_a_year_ago_are_forgotten(
    account: int, held: list[int], services: Services
) -> None:
    old, young, waiting = held
    now = services.now()
    with services.database.transaction() as session:
        held_prices.close(session, [old], now=now - timedelta(days=181))
        held_prices.close(session, [young], now=now - timedelta(days=179))
    run = services.runner.run_queued(services.runner.queue("housekeeping", None, dry_run=False))
    assert [change.what for change in run.changes] == ["1 old held prices"]
    with services.database.reading() as session:
        expired = held_prices.page(session, account, HeldState.EXPIRED, before_id=None, limit=9)
        assert [each.id for each in expired] == [young]
        assert [each.id for each in held_prices.of_account(session, account).values()] == [waiting]


def test_who_keeps_no_prices_in_step_any_more_has_none_held_and_no_alert_about_any(
    api: TestClient, account: int, held: list[int], services: Services
) -> None:
    settings = f"accounts/{account}/settings"
    good(api.patch(settings, json={"push_prices": True, "pull_prices": True}))
    with services.database.transaction() as session:
        for kind, subject in (("prices_held", f"account {account}"), ("offer_price_refused", "7001")):
            alerts.open_alert(
                session, kind, account_id=account, subject=subject, title="", remedy="", now=services.now()
            )
    good(api.patch(settings, json={"push_prices": False}))
    assert _ids(good(api.get(f"accounts/{account}/held-prices"))) == held[::-1]
    good(api.patch(settings, json={"pull_prices": False}))
    assert _ids(good(api.get(f"accounts/{account}/held-prices"))) == []
    assert all(each["resolved_at"] for each in good(api.get("alerts"))["items"])
