"""What waits for the seller's word, and what waits for stock, over the API."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import offer_links, pending_actions
from app.domain.links import OfferLink, Relist
from app.domain.offers import EndedBy, OfferFormat, OfferStatus
from app.domain.pending import AskedBy, PendingAction, PendingKind, PendingState
from tests.api.answers import good, problem, refused_fields

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _link(services: Services, account: int, offer_id: str, **more: Any) -> OfferLink:
    """A link that is not due."""
    with services.database.transaction() as session:
        link = OfferLink(0, account, offer_id, 11, title="Kubek", format=OfferFormat.BUY_NOW)
        link = offer_links.add(session, replace(link, **more), now=services.now())
        offer_links.record(session, [link.id], due_at=None)
    return link


@pytest.fixture
def waiting(services: Services, account: int) -> list[int]:
    """The ids of three endings that wait, oldest first."""
    now = services.now()
    with services.database.transaction() as session:
        for offer_id in ("7001", "7002", "7003"):
            link = offer_links.add(session, OfferLink(0, account, offer_id, 11, title="Kubek"), now=now)
            offer_links.record(session, [link.id], due_at=None)
            ending = PendingAction(
                id=0,
                account_id=account,
                link_id=link.id,
                offer_id=offer_id,
                action=PendingKind.END,
                quantity=0,
                reason="The store has 0.",
                asked_by=AskedBy.GUARD,
                state=PendingState.WAITING,
                detail="",
                created_at=now,
            )
            pending_actions.propose(session, ending)
        return sorted(each.id for each in pending_actions.of_account(session, account).values())


def _ids(answer: Any) -> list[int]:
    return [each["id"] for each in answer["items"]]


def _due(services: Services, account: int) -> int:
    with services.database.reading() as session:
        return len(offer_links.due(session, account, now=services.now()))


def test_what_waits_is_shown_newest_first_page_by_page(api: TestClient, account: int, waiting: list[int]) -> None:
    path = f"accounts/{account}/pending-actions"
    page = good(api.get(path, params={"limit": 2}))
    assert _ids(page) == waiting[:0:-1]
    last = good(api.get(path, params={"limit": 2, "cursor": page["next_cursor"]}))
    [action] = last["items"]
    assert last["next_cursor"] is None
    created_at = action.pop("created_at")
    assert created_at.endswith("Z")
    assert action == {
        "id": waiting[0],
        "account_id": account,
        "link_id": action["link_id"],
        "offer_id": "7001",
        "title": "Kubek",
        "action": "end",
        "quantity": 0,
        "reason": "The store has 0.",
        "asked_by": "guard",
        "state": "waiting",
        "detail": "",
        "decided_at": None,
    }


def test_what_is_confirmed_is_looked_at_now_and_what_is_rejected_is_not(
    api: TestClient, account: int, waiting: list[int], services: Services
) -> None:
    first, second, third = waiting
    path = f"accounts/{account}/pending-actions"
    rejected = good(api.post("pending-actions/reject", json={"ids": [second]}))
    assert [(each["id"], each["state"]) for each in rejected["items"]] == [(second, "rejected")]
    assert _due(services, account) == 0
    assert _ids(good(api.get(path))) == [third, first]
    assert _ids(good(api.get(path, params={"state": "rejected"}))) == [second]
    for _ in range(2):
        confirmed = good(api.post("pending-actions/confirm", json={"ids": [first]}))
        assert [(each["id"], each["state"]) for each in confirmed["items"]] == [(first, "confirmed")]
    assert _due(services, account) == 1
    everything = {"all": True, "account_id": account}
    assert _ids(good(api.post("pending-actions/confirm", json=everything))) == [third]
    assert good(api.post("pending-actions/reject", json=everything))["items"] == []
    assert _due(services, account) == 2


def test_what_is_closed_or_unknown_cannot_be_decided_on_and_says_so(
    api: TestClient, account: int, waiting: list[int], services: Services
) -> None:
    first, second, third = waiting
    now = services.now()
    with services.database.transaction() as session:
        pending_actions.close(session, [first], PendingState.EXPIRED, detail="The product is in stock again.", now=now)
        pending_actions.close(session, [second], PendingState.DONE, now=now)
    path = f"accounts/{account}/pending-actions"
    for way in ("confirm", "reject"):
        answer = api.post(f"pending-actions/{way}", json={"ids": [third, first, second]})
        detail = problem(answer, 409)["detail"]
        assert "in stock again" in detail
        assert f"{second} was carried out" in detail
        assert "4711" in problem(api.post(f"pending-actions/{way}", json={"ids": [third, 4711]}), 404)["detail"]
        problem(api.post(f"pending-actions/{way}", json={"all": True, "account_id": account + 1}), 404)
    assert _ids(good(api.get(path))) == [third]
    [expired] = good(api.get(path, params={"state": "expired"}))["items"]
    assert expired["detail"] == "The product is in stock again."
    assert _due(services, account) == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"account_id": 1}, "body"),
        ({"ids": []}, "ids"),
        ({"ids": [0]}, "ids.0"),
        ({"ids": ["1"]}, "ids.0"),
        ({"ids": None}, "ids"),
        ({"ids": [1], "all": True}, "all"),
        ({"ids": [1], "account_id": 1}, "account_id"),
        ({"ids": [1], "all": True, "account_id": 1}, "all"),
        ({"all": True}, "account_id"),
        ({"all": False, "account_id": 1}, "all"),
        ({"all": True, "account_id": None}, "account_id"),
        ({"ids": [1], "action": "end"}, "action"),
    ],
)
def test_a_decision_says_exactly_what_it_is_about(api: TestClient, body: dict[str, Any], field: str) -> None:
    for way in ("pending-actions/confirm", "pending-actions/reject", "held-prices/release", "held-prices/reject"):
        assert refused_fields(api.post(way, json=body)) == {field}


def test_pending_relists_are_the_offers_that_ran_out_of_stock_with_their_last_day(
    api: TestClient, account: int, services: Services
) -> None:
    now = services.now()
    two_days_ago = now - timedelta(days=2)
    ended = {"offer_status": OfferStatus.ENDED, "ended_at": two_days_ago, "listed_quantity": 0}
    sold_out = {**ended, "ended_by": EndedBy.EMPTY_STOCK}
    ours = {**ended, "ended_by": EndedBy.USER, "end_sent_at": two_days_ago - timedelta(seconds=5)}
    long_ago = now - timedelta(days=31)
    kinds: dict[str, dict[str, Any]] = {
        "7001": sold_out,
        "7002": ours,
        "7003": {**sold_out, "relist": Relist.NEVER},
        "7004": {**sold_out, "ended_at": long_ago},
        "7005": {**sold_out, "ended_at": long_ago, "offer_status": OfferStatus.ARCHIVED},
        "7006": {**sold_out, "sync_stock": False},
        # These did not end for lack of stock, or have not ended.
        "7010": {**ours, "end_sent_at": two_days_ago - timedelta(days=1)},
        "7011": {**ended, "ended_by": EndedBy.ADMIN},
        "7012": {**sold_out, "format": OfferFormat.AUCTION},
        "7013": {"offer_status": OfferStatus.ACTIVE},
    }
    links = {offer_id: _link(services, account, offer_id, **more) for offer_id, more in kinds.items()}
    path, settings = f"accounts/{account}/pending-relists", f"accounts/{account}/settings"
    off = {each["offer_id"]: each["reason"] for each in good(api.get(path))["items"]}
    assert "sync_stock" in off["7001"]
    good(api.patch(settings, json={"sync_stock": True, "out_of_stock_action": "end"}))
    assert "auto_resume" in good(api.get(path))["items"][0]["reason"]
    good(api.patch(settings, json={"auto_resume": True, "relist_within_days": 30}))
    found = {each["offer_id"]: each for each in good(api.get(path))["items"]}
    assert sorted(found) == sorted(off) == [f"700{number}" for number in range(1, 7)]
    last_day = (two_days_ago + timedelta(days=30)).isoformat().replace("+00:00", "Z")
    assert found["7001"] == {
        "link_id": links["7001"].id,
        "offer_id": "7001",
        "product_id": 11,
        "variation_id": None,
        "sku": "",
        "title": "Kubek",
        "ended_at": two_days_ago.isoformat().replace("+00:00", "Z"),
        "relist_until": last_day,
        "waits": True,
        "reason": "",
    }
    assert (found["7002"]["waits"], found["7002"]["relist_until"]) == (True, last_day)
    reasons = {"7003": "struck off", "7004": "cannot be relisted", "7005": "archived", "7006": "this offer"}
    for offer_id, words in reasons.items():
        assert found[offer_id]["waits"] is False
        assert words in found[offer_id]["reason"]
    # Striking off is a switch of the link.
    good(api.patch(f"offer-links/{links['7001'].id}", json={"relist": "never"}))
    paged: list[str] = []
    cursor: str | None = None
    while True:
        page = good(api.get(path, params={"limit": 3} | ({"cursor": cursor} if cursor else {})))
        paged += [each["offer_id"] for each in page["items"] if each["waits"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == ["7002"]
