"""Matching offers in the background: a run with progress, of which everything stays that was done before it ended."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import respx
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import offer_links, runs
from app.domain.links import OfferLink
from app.domain.matching import MatchBy
from app.sandbox.store.catalogue import Product
from app.sandbox.world import Sandbox
from app.sync.lease import holding
from app.sync.matching import MATCH
from tests.api.answers import good, problem
from tests.sync.steps import live_by_the_worlds_clock, wait_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Watched(threading.Event):
    """Asked before each part whether the service stops: a moment to look, to change something, or to say yes."""

    def __init__(self, look: Callable[[], bool | None], wait: Callable[[float], None] | None = None) -> None:
        super().__init__()
        self._look = look
        self._wait = wait

    def is_set(self) -> bool:
        return bool(self._look())

    def wait(self, timeout: float | None = None) -> bool:
        assert self._wait, "nobody asked for a pause"
        self._wait(timeout or 0)
        return False


def _offer(world: Sandbox, **more: Any) -> str:
    return world.allegro.add_offer("Nieznany towar", Decimal("9.00"), **more)


def _queued(api: TestClient, account: int, **body: Any) -> int:
    return int(good(api.post(f"accounts/{account}/offer-links/match", json={**body, "wait": False}), 202)["run_id"])


def _links(services: Services, account: int) -> dict[str, OfferLink]:
    with services.database.reading() as session:
        return {link.offer_id: link for link in offer_links.of_account(session, account)}


def _match(
    api: TestClient, services: Services, account: int, event: threading.Event | None = None, **body: Any
) -> dict[str, Any]:
    """The report of a run from its request to its end."""
    run_id = _queued(api, account, **body)
    by = [MatchBy(way) for way in body.get("by", tuple(MatchBy))]
    services.matcher.run_queued(run_id, by, event or threading.Event())
    report: dict[str, Any] = good(api.get(f"runs/{run_id}"))
    return report


def _shelve(world: Sandbox, count: int) -> None:
    now = world.store.shop.now()
    for number in range(count):
        world.store.shop.catalogue.add(Product(50_000 + number, "P", "simple", now, now, sku=f"P-{number}"))


def test_many_offers_are_matched_part_by_part_and_what_was_done_before_a_stop_stays(
    api: TestClient, account: int, services: Services, world: Sandbox
) -> None:
    _shelve(world, 110)
    before = len(_match(api, services, account, by=["external_id"])["changes"])
    assert before > 0
    there, unlinked = len(_links(services, account)), before - len(_links(services, account))
    for number in range(1200):
        _offer(world, external_id=f"P-{number % 110}")
    shown: list[tuple[str, int, int, int]] = []

    def look(stop_at: int | None = None) -> bool:
        [run] = good(api.get(f"runs?job=match&account_id={account}&limit=1"))["items"]
        shown.append((run["state"], run["seen"], run["done"], run["planned"]))
        return bool(run["done"] == stop_at)

    first = _match(api, services, account, Watched(lambda: look(stop_at=500)), by=["external_id"])
    assert (first["state"], first["done"]) == ("failed", 500)
    assert "goes on with the rest" in first["error"]
    assert len(_links(services, account)) == there + 500
    shown.clear()
    second = _match(api, services, account, Watched(look), by=["external_id"])
    seen = 1200 + before
    assert shown == [("running", seen, 0, unlinked), ("running", seen, 500, 500 + unlinked)]
    assert (second["state"], second["error"]) == ("done", None)
    assert (second["seen"], second["done"], second["skipped"], second["failed"]) == (seen, 700, unlinked, 0)
    assert len(_links(services, account)) == there + 1200
    assert {link.units_per_offer for link in _links(services, account).values()} == {1}


def test_a_report_names_a_thousand_changes_those_that_need_a_person_first_and_counts_all(
    api: TestClient, account: int, services: Services, world: Sandbox
) -> None:
    for _ in range(1100):
        _offer(world, external_id="KUB-001")
    lone = _offer(world, external_id="nobody's")
    report = _match(api, services, account, by=["external_id"], dry_run=True)
    assert _links(services, account) == {}
    named, more = report["changes"][:1000], report["changes"][1000:]
    assert (report["planned"], report["done"], report["dry_run"]) == (report["seen"], 0, True)
    assert report["planned"] > 1100
    assert (named[-1]["to"][:8], named[-1]["why"]) == ("product ", "matched by external_id")
    assert {each["result"] for each in named[: report["skipped"]]} == {"skipped"}
    assert lone in " ".join(each["what"] for each in named[: report["skipped"]])
    assert [(each["what"], each["result"]) for each in more] == [(f"{report['planned'] - 1000} more offers", "planned")]


def test_gtins_are_looked_at_without_limit_over_a_pause_that_allegro_asks_for(
    api: TestClient, account: int, services: Services, world: Sandbox
) -> None:
    live_by_the_worlds_clock(services, world)
    ean = world.store.shop.catalogue.products[int(world.store.product("KUB-001")["id"])].global_unique_id
    offers = {_offer(world, ean=ean) for _ in range(6)}
    broken = _offer(world, ean=ean)
    services.matcher.details_at_once = 1
    path = f"accounts/{account}/offer-links/match"
    at_once = good(api.post(path, json={"by": ["gtin", "external_id"], "dry_run": True}))
    left = [each for each in at_once["unmatched"] if "`wait` false" in each["reason"]]
    assert len(left) >= 6

    world.allegro.faults.switch_on("too_many_requests", times=1, skip=2, path_prefix="/sale/product-offers/")
    world.allegro.faults.switch_on("server_error", path_prefix=f"/sale/product-offers/{broken}")
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        world.clock.advance(seconds + 1)

    report = _match(api, services, account, Watched(lambda: None, wait), by=["gtin"])
    assert (report["state"], report["failed"]) == ("done", 1)
    [failed] = [each for each in report["changes"] if each["result"] == "failed"]
    assert broken in failed["what"]
    assert len(pauses) == 1
    linked = _links(services, account)
    assert {linked[offer].sku for offer in offers} == {"KUB-001"}
    assert broken not in linked


def test_allegro_that_does_not_answer_at_all_ends_the_run_and_says_so(
    api: TestClient, account: int, services: Services, world: Sandbox
) -> None:
    _offer(world)
    world.allegro.faults.switch_on("unavailable", path_prefix="/sale/product-offers/")
    pauses: list[float] = []
    report = _match(api, services, account, Watched(lambda: None, pauses.append), by=["external_id", "gtin"])
    assert report["state"] == "failed"
    assert "Allegro" in report["error"]
    assert len(pauses) == 5
    assert report["done"] == len(_links(services, account)) > 0


def test_what_a_person_does_meanwhile_stays(api: TestClient, account: int, services: Services, world: Sandbox) -> None:
    ours = world.allegro.offer_id("KUB-001")
    product = world.store.product("KUB-002")["id"]

    def link_by_hand() -> None:
        if ours not in _links(services, account):
            body = {"offer_id": ours, "product_id": product, "units_per_offer": 2}
            good(api.post(f"accounts/{account}/offer-links", json=body), 201)

    report = _match(api, services, account, Watched(link_by_hand), by=["external_id"])
    [late] = [each for each in report["changes"] if "were changed while" in each["why"]]
    assert (ours in late["what"], late["result"]) == (True, "skipped")
    link = _links(services, account)[ours]
    assert (link.product_id, link.units_per_offer) == (product, 2)


def test_a_link_moves_to_the_renewed_offer_as_it_is_by_then(
    api: TestClient, account: int, services: Services, world: Sandbox
) -> None:
    old, path = _offer(world, external_id="SET"), f"accounts/{account}/offer-links"
    body = {"offer_id": old, "product_id": world.store.product("KUB-001")["id"], "units_per_offer": 3}
    link = good(api.post(path, json=body), 201)
    with services.database.transaction() as session:
        offer_links.record(session, [link["id"]], offer_status="ended")
    new = _offer(world, external_id="SET")

    def change() -> None:
        good(api.patch(f"offer-links/{link['id']}", json={"units_per_offer": 4}))

    report = _match(api, services, account, Watched(change), by=["external_id"])
    assert f"renews offer {old}" in [each["why"] for each in report["changes"]]
    moved = _links(services, account)[new]
    assert (moved.id, moved.units_per_offer, moved.former_offer_ids) == (link["id"], 4, (old,))


def test_one_matching_at_a_time_and_the_second_is_told_so(
    api: TestClient, account: int, services: Services, world: Sandbox
) -> None:
    path = f"accounts/{account}/offer-links/match"
    with holding(services.database, MATCH, account, seconds=5, now=services.now):
        for wait in (True, False):
            assert "already" in problem(api.post(path, json={"wait": wait}), 409)["detail"]
    waiting = _queued(api, account)
    problem(api.post(path, json={"wait": False}), 409)
    world.clock.advance(120)  # the service was restarted, and the run is lost
    with services.database.transaction() as session:
        runs.start(session, waiting, now=services.now())
    assert _match(api, services, account, by=["external_id"])["state"] == "done"
    assert good(api.get(f"runs/{waiting}"))["state"] == "failed"
    problem(api.post("accounts/99/offer-links/match", json={"wait": False}), 404)
    problem(api.post("jobs/match/run", json={}), 404)


def test_lists_with_gaps_link_nothing(api: TestClient, account: int, services: Services, world: Sandbox) -> None:
    world.allegro.faults.switch_on("offers_page_shifted")
    report = _match(api, services, account)
    assert (report["state"], "Allegro did not show all" in report["error"]) == ("failed", True)
    world.allegro.faults.clear()
    product = {"id": 11, "type": "simple", "sku": "KUB-001", "name": "Mug", "status": "publish"}
    with respx.mock(assert_all_called=False) as router:
        products = f"{world.store_url}/wp-json/wc/v3/products"
        router.get(products).respond(json=[product], headers={"X-WP-Total": "500"})
        router.route().pass_through()
        path = f"accounts/{account}/offer-links/match"
        assert "The store did not show all" in problem(api.post(path, json={"by": ["external_id"]}), 503)["detail"]
    assert _links(services, account) == {}


def test_a_run_that_is_asked_for_is_done_by_the_scheduler(api: TestClient, account: int, services: Services) -> None:
    run_id = _queued(api, account, by=["external_id"])
    services.scheduler.start()
    try:
        wait_until(lambda: good(api.get(f"runs/{run_id}"))["state"] == "done")
    finally:
        services.scheduler.stop()
    assert _links(services, account)
