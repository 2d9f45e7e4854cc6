"""From an account without offers to goods that sell on both sides, through a service that dies twice on the way."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.config import Config
from app.demo.person import Person
from app.demo.programs import wait_until
from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.offers import Offer
from app.sandbox.seed import SELLERS
from app.sandbox.store.pictures import picture_path
from app.sandbox.store.product_writing import create_product
from app.sandbox.world import Sandbox
from tests.journeys.conftest import connect_over_http
from tests.journeys.service import Death, Service
from tests.sandbox.allegro import contract

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SELLER = SELLERS[1].login
OFFERS, PICTURES = "/sale/product-offers", "/sale/images"
MUGS, SHIRTS = "257933", "257981"
SIZES = ("S", "M", "XL")
# Allegro's list does not show a new offer for longer than the service takes to start again, and the service knows
# that it may take longer still.
STALE_SECONDS, SETTLE_SECONDS = 15, 22
# Of the offers that Allegro has made: the answer to one is lost, the service dies before that to another, and it dies
# once more on the way to those that follow a third.
LOST_AT, DIES_AT, DIES_AGAIN_AFTER = 3, 9, 28
CONDITION = {"parameter_id": "11323", "source": "value", "value": "Nowy"}
BRAND = {"parameter_id": "248811", "source": "attribute", "attribute": "pa_marka", "default": "bez marki"}
WEIGHT = {"parameter_id": "17448", "source": "weight"}
COLOUR = {"parameter_id": "130001", "source": "attribute", "attribute": "pa_kolor"}
ATTRIBUTES = {
    MUGS: [
        CONDITION,
        BRAND,
        WEIGHT,
        COLOUR,
        {"parameter_id": "130011", "source": "attribute", "attribute": "pa_material"},
        {"parameter_id": "130012", "source": "attribute", "attribute": "pa_pojemnosc", "default": "300"},
    ],
    SHIRTS: [
        CONDITION,
        BRAND,
        WEIGHT,
        COLOUR,
        {"parameter_id": "130021", "source": "attribute", "attribute": "pa_rozmiar"},
        {"parameter_id": "130023", "source": "attribute", "attribute": "pa_material"},
    ],
}


@pytest.fixture
def service(config: Config, world: Sandbox, tmp_path: Path) -> Iterator[Service]:
    service = Service(
        config,
        tmp_path,
        BRIDGE_ALLEGRO_SETTLE=str(SETTLE_SECONDS),
        BRIDGE_ORDERS_EVERY="0.5",
        BRIDGE_STORE_WEBHOOK_SECRET=config.webhook_secrets[0],
    )
    service.start()
    yield service
    service.kill()


@pytest.mark.timeout(240)
def test_50_products_are_listed_once_each_through_two_deaths_and_then_sell_on_both_sides(
    world: Sandbox, service: Service, person: Person
) -> None:
    products = _stock_up(world)
    service.wait_until_ready()
    account = _connect(world, person)
    path = f"/accounts/{account}"
    template = _prepare(person, path)
    wanted = {"product_ids": products, "template_id": template}

    planned = person.ask("POST", f"{path}/listings", wanted | {"dry_run": True})["items"]
    assert all(item["can_be_listed"] and not item["offer_id"] for item in planned), planned
    assert (len(products), len(planned)) == (50, 63)
    assert not _offers(world)
    assert not any(request.path in (OFFERS, PICTURES) for request in world.allegro.requests)

    world.allegro.faults.switch_on("offers_list_stale", seconds=STALE_SECONDS)
    world.allegro.faults.switch_on("drop_after", times=1, skip=LOST_AT - 1, method="POST", path_prefix=OFFERS)

    def taken() -> int:
        return len(world.allegro.created_bodies)

    with Death(world, service, lambda request: request.path == OFFERS and taken() == DIES_AT):
        started = person.ask("POST", f"{path}/listings", wanted)
    assert [item["state"] for item in started["items"]] == ["queued"] * len(planned)
    with Death(world, service, lambda request: request.path == PICTURES and taken() > DIES_AGAIN_AFTER):
        service.start()
    service.start()
    service.wait_until_ready()

    def is_done() -> bool:
        counts = person.ask("GET", f"{path}/listings?run_id={started['run_id']}")["counts"]
        assert "failed" not in counts, person.ask("GET", f"{path}/listings?state=failed")
        return bool(counts == {"listed": len(planned)})

    wait_until(is_done, seconds=120, what="the end of the listing")
    assert world.allegro.faults.struck("drop_after") == 1
    offers = _offers(world)
    assert Counter(offer.external_id for offer in offers) == dict.fromkeys((item["external_id"] for item in planned), 1)
    assert {offer.status for offer in offers} == {"ACTIVE"}
    assert taken() == len(planned)
    by_mark = {str(offer.external_id): offer for offer in offers}
    links = person.ask("GET", f"{path}/offer-links?limit=200")["items"]
    assert _by_item(links) == {_item(item): by_mark[item["external_id"]].id for item in planned}
    assert _by_item(_listings(person, path)) == _by_item(links)
    assert all(by_mark[sku].available == world.store.stock(sku) for sku in by_mark if not sku.startswith("woo-"))
    _check_bodies(world)
    _sell(world, person, path, by_mark)


def _stock_up(world: Sandbox) -> list[int]:
    """The ids of 50 products that the shop has: five that it had already, 40 more mugs, and five with variations."""
    shop = world.store.shop
    known = [int(world.store.product(sku)["id"]) for sku in ("KUB-001", "KUB-002", "KUB-003", "KUB-004", "KOS-001")]
    with shop.lock:
        mugs = [create_product(shop, _mug(number)).id for number in range(40)]
        shirts = []
        for number in range(5):
            parent = create_product(shop, _shirt(number))
            shirts.append(parent.id)
            for size in SIZES:
                create_product(shop, _shirt_of_size(number, size), parent)
    return [*known, *mugs, *shirts]


def _mug(number: int) -> dict[str, Any]:
    return {
        "name": f"Kubek z literą i numerem {number}",
        # One has no SKU, by which others are known at Allegro.
        "sku": f"LIT-{number:03d}" if number else "",
        "regular_price": f"{30 + number}.50",
        "weight": "0.4",
        "manage_stock": True,
        "stock_quantity": 5 + number,
        "global_unique_id": _ean(number),
        "description": "<p>Kubek z <strong>literą</strong>.</p><ul><li>do zmywarki</li></ul>",
        "categories": [{"id": 16}],
        "attributes": [
            {"id": 1, "options": ["Czerwony" if number % 2 else "Biały"]},
            {"id": 3, "options": ["Porcelana"]},
            {"id": 4, "options": ["330 ml"]},
        ],
        "images": [{"src": picture_path(f"lit-{number}", 640, 480)}],
    }


def _shirt(number: int) -> dict[str, Any]:
    return {
        "name": f"Koszulka z numerem {number}",
        "type": "variable",
        "sku": f"NUM-{number}",
        "weight": "0.2",
        "description": "<p>Koszulka z <em>bawełny</em>.</p>",
        "categories": [{"id": 17}],
        "attributes": [
            {"id": 1, "options": ["Czarny"]},
            {"id": 2, "options": list(SIZES), "variation": True},
            {"id": 3, "options": ["Bawełna"]},
        ],
        "images": [{"src": picture_path(f"num-{number}", 640, 480)}],
    }


def _shirt_of_size(number: int, size: str) -> dict[str, Any]:
    return {
        "sku": f"NUM-{number}-{size}",
        "regular_price": "59.00",
        "manage_stock": True,
        "stock_quantity": 12,
        "global_unique_id": _ean(100 + 10 * number + SIZES.index(size)),
        "attributes": [{"id": 2, "option": size}],
    }


def _ean(number: int) -> str:
    digits = f"590777700{number:03d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _connect(world: Sandbox, person: Person) -> int:
    """The id of the account, which has no offers and does all that it can do by itself."""
    world.allegro.logged_in = SELLER
    home = {"country_code": "PL", "province": "mazowieckie", "city": "Warszawa", "postal_code": "00-999"}
    account = connect_over_http(world, person, name="Inny", location=home)
    person.ask("POST", "/store/webhooks")
    chosen = {"import_orders": True, "sync_stock": True, "push_prices": True}
    person.ask("PATCH", f"/accounts/{account}/settings", chosen)
    return account


def _prepare(person: Person, path: str) -> int:
    """Say where the goods go and what is said of them; the id of the template that the offers are made by."""
    for category_id, name in ((MUGS, "Kubki"), (SHIRTS, "Koszulki")):
        found = person.ask("GET", f"{path}/allegro-categories?search={name}")["items"]
        assert category_id in {each["id"] for each in found}
        person.ask("POST", f"{path}/default-categories", {"category_id": category_id})
    mappings = person.ask("GET", f"{path}/category-mappings")["items"]
    suggested = {
        each["store_category_id"]: each["suggested_category_id"] for each in mappings if each["suggested_category_id"]
    }
    assert suggested.items() >= {16: MUGS, 17: SHIRTS}.items()
    assert _gaps(person, path, "LIT-001") == ["no_category"]
    accepted = [{"store_category_id": own, "allegro_category_id": theirs} for own, theirs in suggested.items()]
    person.ask("PUT", f"{path}/category-mappings", {"items": accepted})
    assert "parameter_missing" in _gaps(person, path, "LIT-001")
    for category_id, items in ATTRIBUTES.items():
        person.ask("PUT", f"{path}/attribute-mappings?category_id={category_id}", {"items": items})
    assert _gaps(person, path, "LIT-001") == []
    options = person.ask("GET", f"{path}/listing-options")
    template = {
        "name": "Wszystko",
        "title": "{name}",
        "shipping_rates_id": options["shipping_rates"][0]["id"],
        "return_policy_id": options["return_policies"][0]["id"],
        "implied_warranty_id": options["implied_warranties"][0]["id"],
        "responsible_producer_id": options["responsible_producers"][0]["id"],
        "safety_information": "Nie rzucać.",
        "publish": True,
    }
    return int(person.ask("POST", f"{path}/listing-templates", template)["id"])


def _gaps(person: Person, path: str, sku: str) -> list[str]:
    lacking = person.ask("GET", f"{path}/coverage")["items"]
    return [gap["reason"] for each in lacking if each["sku"] == sku for gap in each["gaps"]]


def _offers(world: Sandbox) -> list[Offer]:
    return [offer for offer in world.allegro.offers.values() if offer.seller == SELLER]


def _listings(person: Person, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.ask("GET", f"{path}/listings?limit=200")["items"]
    return found


def _item(told: dict[str, Any]) -> tuple[int, int | None]:
    return told["product_id"], told["variation_id"]


def _by_item(told: list[dict[str, Any]]) -> dict[tuple[int, int | None], str]:
    """The id of each item's offer, where none of them is told twice."""
    found = {_item(each): each["offer_id"] for each in told}
    assert len(found) == len(told)
    return found


def _check_bodies(world: Sandbox) -> None:
    """Against Allegro's document, and what that leaves open against the parts that it has for it."""
    if not contract.DOCUMENT.exists():
        return
    for request in world.allegro.requests:
        if request.method == "POST" and request.path in (OFFERS, PICTURES):
            contract.check_request("POST", request.path, request.body)
    for body in world.allegro.created_bodies:
        [product] = body["productSet"]
        contract.check_schema("ProductSetElementResponsibleProducerIdRequest", product["responsibleProducer"])
        contract.check_schema("TextSafetyInformation", product["safetyInformation"])
        for section in body["description"]["sections"]:
            for item in section["items"]:
                contract.check_schema(f"DescriptionSectionItem{item['type'].capitalize()}", item)


def _sell(world: Sandbox, person: Person, path: str, by_mark: dict[str, Offer]) -> None:
    """A sale in the shop is told to Allegro, and a purchase at Allegro is one order in the shop."""
    shirt, mug = by_mark["NUM-2-M"], by_mark["LIT-007"]
    world.store.sell("NUM-2-M", 2)
    wait_until(lambda: shirt.available == 10, seconds=30, what="the shop's sale at Allegro")
    bought = world.allegro.buy(Line(mug.id, quantity=3))

    def is_imported() -> bool:
        return any(each["state"] == "imported" for each in person.ask("GET", f"{path}/orders")["items"])

    wait_until(is_imported, seconds=30, what="the import of the purchase")
    [order] = world.store.orders_for(bought)
    assert [(line["sku"], line["quantity"]) for line in order["line_items"]] == [("LIT-007", 3)]
    assert (world.store.stock("LIT-007"), mug.available) == (9, 9)
    assert person.ask("GET", "/alerts?open=true")["items"] == []
