"""Offer links over the API: by hand, by matching, and what they do to orders."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.deps import Services
from app.db import offer_links, reservations
from app.domain.links import OfferLink
from app.domain.offers import OfferFormat, OfferStatus
from app.sandbox.allegro.forms import Line
from app.sandbox.seed import GOODS
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

_NO_OFFER = "9999999999"


def _offer(world: Sandbox, title: str = "Zestaw kubków", **more: Any) -> str:
    return world.allegro.add_offer(title, Decimal("99.00"), **more)


def _run_orders(services: Services, account: int) -> None:
    services.runner.run_queued(services.runner.queue("orders", account, dry_run=False))


@pytest.fixture
def importing(api: TestClient, account: int, services: Services) -> int:
    """An account that imports orders, its first start behind it."""
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    _run_orders(services, account)
    return account


def test_an_offer_is_linked_by_hand_changed_and_unlinked(api: TestClient, account: int, world: Sandbox) -> None:
    offer, product = _offer(world, stock=7), world.store.product("KUB-001")["id"]
    path = f"accounts/{account}/offer-links"
    made = good(api.post(path, json={"offer_id": offer, "product_id": product, "units_per_offer": 3}), 201)
    assert (made["offer_id"], made["product_id"], made["variation_id"]) == (offer, product, None)
    assert (made["sku"], made["title"], made["units_per_offer"]) == ("KUB-001", "Zestaw kubków", 3)
    assert (made["offer_status"], made["listed_quantity"]) == ("active", 7)
    assert made["listed_price"] == {"amount": "99.00", "currency": "PLN"}
    assert good(api.get(path))["items"] == [made]
    changed = good(api.patch(f"offer-links/{made['id']}", json={"sync_stock": False, "relist": "never"}))
    assert changed == {**made, "sync_stock": False, "relist": "never"}
    problem(api.post(path, json={"offer_id": offer, "product_id": product}), 409)
    assert api.delete(f"offer-links/{made['id']}").status_code == 204
    problem(api.delete(f"offer-links/{made['id']}"), 404)
    assert good(api.get(path))["items"] == []


def test_what_cannot_be_linked_is_refused_by_name(api: TestClient, account: int, world: Sandbox) -> None:
    offer, product = _offer(world), world.store.product("KUB-001")["id"]
    variation = next(good for good in GOODS if good.parent_sku)
    parent = world.store.product(variation.parent_sku or "")["id"]
    path, right = f"accounts/{account}/offer-links", {"offer_id": offer, "product_id": product}
    refused: list[tuple[str, Any]] = [
        ("offer_id", _NO_OFFER),
        ("offer_id", "abc"),
        ("product_id", 987654),
        ("product_id", "11"),
        ("units_per_offer", 0),
    ]
    for name, value in refused:
        assert refused_fields(api.post(path, json={**right, name: value})) == {name}
    assert refused_fields(api.post(path, json={**right, "product_id": parent})) == {"variation_id"}
    own = world.store.product(variation.sku)["id"]
    made = good(api.post(path, json={**right, "product_id": parent, "variation_id": own}), 201)
    assert (made["variation_id"], made["sku"]) == (own, variation.sku)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_link_says_what_sets_its_offers_price(api: TestClient, account: int, services: Services) -> None:
    bare = OfferLink(0, account, "7001", 11, format=OfferFormat.BUY_NOW, offer_status=OfferStatus.ACTIVE)
    with services.database.transaction() as session:
        for number, link in enumerate(
            (
                bare,
                replace(bare, marketplace="allegro-pl", rule_id="641c73feaef0a8281a3d11f8"),
                replace(bare, campaign="Black Week"),
                replace(bare, sync_price=False),
            )
        ):
            offer_links.add(session, replace(link, offer_id=str(7001 + number)), now=services.now())
    plain, ruled, on_sale, off = good(api.get(f"accounts/{account}/offer-links"))["items"]
    assert [plain[name] for name in ("marketplace", "pricing_rule", "campaign", "price_note")] == [None, None, None, ""]
    assert (ruled["marketplace"], ruled["pricing_rule"]) == ("allegro-pl", "641c73feaef0a8281a3d11f8")
    assert "remove it there" in ruled["price_note"]
    assert (on_sale["campaign"], "campaign" in on_sale["price_note"]) == ("Black Week", True)
    assert "switched off" in off["price_note"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_price_by_hand_is_refused_with_where_to_change_it_and_nothing_else_of_the_change_is_done(
    api: TestClient, account: int, services: Services
) -> None:
    with services.database.transaction() as session:
        link = offer_links.add(session, OfferLink(0, account, "7001", 11), now=services.now())
        offer_links.record(session, [link.id], due_at=None)
    path, price = f"offer-links/{link.id}", {"listed_price": {"amount": "12.34", "currency": "PLN"}}

    def refused(**more: Any) -> str:
        answer = api.patch(path, json={**price, "units_per_offer": 2, **more})
        assert refused_fields(answer) == {"listed_price"}
        return str(problem(answer, 422)["detail"])

    assert "cannot be set here: change the price at Allegro" in refused()
    for way, instead in (("push_prices", "in the store, and the offer follows"), ("pull_prices", "the store follows")):
        good(api.patch(f"accounts/{account}/settings", json={"push_prices": False, "pull_prices": False, way: True}))
        assert instead in refused()
        assert "switch sync_price of this link off" in refused()
        assert "cannot be set here" in refused(sync_price=False)
    with services.database.reading() as session:
        assert offer_links.get(session, link.id) == link
    assert refused_fields(api.patch(path, json={"listed_price": {"amount": "0", "currency": "PLN"}})) == {
        "listed_price"
    }
    problem(api.patch("offer-links/4711", json=price), 404)


def test_matching_links_what_is_certain_and_reports_the_rest(api: TestClient, account: int, world: Sandbox) -> None:
    lone, tie = _offer(world, "Nieznany towar"), _offer(world, "Coś innego", external_id="KUB-001 ")
    path = f"accounts/{account}/offer-links/match"
    planned = good(api.post(path, json={"by": ["external_id", "title"], "dry_run": True}))
    assert good(api.get(f"accounts/{account}/offer-links"))["items"] == []
    assert lone in {each["offer_id"] for each in planned["unmatched"]}
    linked = {each["offer_id"]: each for each in planned["linked"]}
    assert linked[tie]["sku"] == "KUB-001"  # a second offer of one product is fine
    assert linked[world.allegro.offer_id("KUB-002")]["by"] == "external_id"
    done = good(api.post(path, json={"by": ["external_id", "title"]}))
    assert done == {**planned, "dry_run": False}
    made = good(api.get(f"accounts/{account}/offer-links?limit=200"))["items"]
    assert {each["offer_id"] for each in made} == set(linked)
    assert good(api.post(path, json={"by": ["external_id", "title"]}))["linked"] == []


def test_an_order_of_a_linked_offer_has_the_pieces_of_its_product(
    api: TestClient, importing: int, world: Sandbox, services: Services
) -> None:
    offer, product = _offer(world, external_id="KUB-002"), world.store.product("KUB-001")["id"]
    stock = {sku: world.store.stock(sku) or 0 for sku in ("KUB-001", "KUB-002")}
    link = {"offer_id": offer, "product_id": product, "units_per_offer": 3}
    good(api.post(f"accounts/{importing}/offer-links", json=link), 201)
    order_id = world.allegro.buy(Line(offer, quantity=2))
    _run_orders(services, importing)
    [order] = world.store.orders_for(order_id)
    [line] = order["line_items"]
    assert (line["product_id"], line["quantity"]) == (product, 6)
    assert Decimal(order["total"]) == Decimal(world.allegro.form(order_id)["summary"]["totalToPay"]["amount"])
    assert order["status"] == "processing"
    assert world.store.stock("KUB-001") == stock["KUB-001"] - 6
    assert world.store.stock("KUB-002") == stock["KUB-002"]


def test_linking_an_offer_puts_its_waiting_orders_right_at_the_next_run(
    api: TestClient, importing: int, world: Sandbox, services: Services
) -> None:
    offer, product = _offer(world), world.store.product("KUB-001")["id"]
    stock = world.store.stock("KUB-001") or 0
    order_id = world.allegro.buy(Line(offer, quantity=2))
    _run_orders(services, importing)
    assert world.store.orders_for(order_id)[0]["status"] == "on-hold"
    good(api.post(f"accounts/{importing}/offer-links", json={"offer_id": offer, "product_id": product}), 201)
    _run_orders(services, importing)
    [order] = world.store.orders_for(order_id)
    assert (order["status"], order["line_items"][0]["product_id"]) == ("processing", product)
    assert world.store.stock("KUB-001") == stock - 2
    with services.database.reading() as session:
        assert reservations.open_lines(session) == []
    assert good(api.get("alerts?open=true"))["items"] == []


def test_a_linked_product_that_is_gone_holds_the_order_and_says_so(
    api: TestClient, importing: int, world: Sandbox, services: Services
) -> None:
    offer, product = _offer(world), world.store.product("KUB-001")["id"]
    good(api.post(f"accounts/{importing}/offer-links", json={"offer_id": offer, "product_id": product}), 201)
    del world.store.shop.catalogue.products[product]
    order_id = world.allegro.buy(Line(offer))
    _run_orders(services, importing)
    assert world.store.orders_for(order_id)[0]["status"] == "on-hold"
    assert "gone" in good(api.get(f"accounts/{importing}/orders/{order_id}"))["last_error"]
