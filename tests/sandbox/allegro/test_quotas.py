import uuid

import pytest

from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

KUBEK = "7700000001"
PATH = f"/sale/product-offers/{KUBEK}"


def test_too_many_calls_are_refused_until_a_pause_that_calls_prolong(api: Api, allegro: AllegroWorld) -> None:
    allegro.quotas.narrow("offer", {60: 2})
    assert [api.get(PATH).status_code for _ in range(3)] == [200, 200, 429]
    assert api.get(f"{PATH}/parts", include="stock").status_code == 200
    allegro.clock.advance(50)
    assert api.get(PATH).status_code == 429
    allegro.clock.advance(50)
    assert api.get(PATH).status_code == 429
    assert allegro.hits_while_blocked == 2
    allegro.clock.advance(61)
    assert api.get(PATH).status_code == 200


def test_calls_that_are_spread_out_are_not_refused(api: Api, allegro: AllegroWorld) -> None:
    allegro.quotas.narrow("edit", {60: 2, 3600: 5})
    answered = []
    for pieces in range(1, 7):
        answered.append(api.patch(PATH, {"stock": {"available": pieces}}).status_code)
        allegro.clock.advance(31)
    assert answered == [200] * 5 + [429]
    assert allegro.offer(KUBEK).available == 5


@pytest.mark.parametrize(
    ("name", "resource", "change"),
    [
        ("quantity", "quantity-change", {"modification": {"changeType": "FIXED", "value": 3}}),
        (
            "price",
            "price-change",
            {"modification": {"type": "FIXED_PRICE", "price": {"amount": "9.00", "currency": "PLN"}}},
        ),
        ("publication", "publication", {"publication": {"action": "ACTIVATE"}}),
    ],
)
def test_commands_are_counted_by_their_offers(
    api: Api, allegro: AllegroWorld, name: str, resource: str, change: dict[str, object]
) -> None:
    allegro.quotas.narrow(name, {60: 5})
    offers = [{"id": str(number)} for number in range(3)]
    body = {**change, "offerCriteria": [{"type": "CONTAINS_OFFERS", "offers": offers}]}
    path = f"/sale/offer-{resource}-commands/{uuid.uuid4()}"
    assert [api.put(path, body).status_code for _ in range(2)] == [201, 201]
    assert api.put(f"/sale/offer-{resource}-commands/{uuid.uuid4()}", body).status_code == 429


def test_all_calls_of_an_application_are_counted_together(api: Api, allegro: AllegroWorld) -> None:
    allegro.quotas.narrow("all", {60: 3})
    assert [api.get(path).status_code for path in ("/me", PATH, "/order/events", "/me")] == [200, 200, 200, 429]
    with pytest.raises(KeyError):
        allegro.quotas.narrow("every", {60: 1})


def test_the_world_counts_calls_by_address(api: Api, allegro: AllegroWorld) -> None:
    for pieces in (1, 2):
        api.patch(PATH, {"stock": {"available": pieces}})
    api.get(f"/sale/offer-quantity-change-commands/{uuid.uuid4()}/tasks", limit=5)
    assert allegro.calls == {
        "PATCH /sale/product-offers/{id}": 2,
        "GET /sale/offer-quantity-change-commands/{id}/tasks": 1,
    }
