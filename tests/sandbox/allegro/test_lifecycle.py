from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.offers import EndedBy
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

KUBEK = "7700000001"
DAY = 24 * 3600


def publication(api: Api, offer_id: str) -> tuple[str, str | None]:
    shown = api.get(f"/sale/product-offers/{offer_id}").json()["publication"]
    return shown["status"], shown["endedBy"]


def with_external_id(api: Api, external_id: str) -> dict[str, tuple[str, int]]:
    """Status and stock of the offers with it, by id."""
    offers = api.get("/sale/offers", external_id=external_id).json()["offers"]
    return {offer["id"]: (offer["publication"]["status"], offer["stock"]["available"]) for offer in offers}


def types(allegro: AllegroWorld, offer_id: str) -> list[str]:
    return [event.type.removeprefix("OFFER_") for event in allegro.offer_events if event.offer["id"] == offer_id]


def test_an_offer_that_is_sold_out_ends_and_says_why(api: Api, allegro: AllegroWorld) -> None:
    allegro.buy(Line(KUBEK, 23))
    assert publication(api, KUBEK) == ("ACTIVE", None)
    allegro.buy(Line(KUBEK))
    assert publication(api, KUBEK) == ("ENDED", "EMPTY_STOCK")
    assert types(allegro, KUBEK) == ["STOCK_CHANGED", "STOCK_CHANGED", "ENDED"]
    assert allegro.offer_events[-1].offer["publication"] == {"endedBy": "EMPTY_STOCK"}


@pytest.mark.parametrize("by", ["USER", "ADMIN", "EXPIRATION", "PRODUCT_DETACHMENT", "ERROR"])
def test_whoever_ends_an_offer_is_named(api: Api, allegro: AllegroWorld, by: EndedBy) -> None:
    allegro.end_offer(KUBEK, by)
    assert publication(api, KUBEK) == ("ENDED", by)
    allegro.activate_offer(KUBEK)
    assert publication(api, KUBEK) == ("ACTIVE", None)


def test_an_ended_offer_is_archived_sixty_days_after_its_last_edit(api: Api, allegro: AllegroWorld) -> None:
    allegro.end_offer(KUBEK)
    allegro.clock.advance(40 * DAY)
    allegro.set_stock(KUBEK, 5)
    allegro.clock.advance(59 * DAY)
    api.log_in_again(allegro)
    assert publication(api, KUBEK) == ("ENDED", "USER")
    allegro.clock.advance(DAY)
    api.log_in_again(allegro)
    assert api.get(f"/sale/product-offers/{KUBEK}").status_code == 404
    assert api.patch(f"/sale/product-offers/{KUBEK}", {"stock": {"available": 5}}).status_code == 404
    assert with_external_id(api, "KUB-001") == {}
    assert types(allegro, KUBEK) == ["ENDED", "ARCHIVED"]


def test_an_offer_that_is_on_sale_again_is_not_archived(api: Api, allegro: AllegroWorld) -> None:
    allegro.end_offer(KUBEK)
    allegro.clock.advance(30 * DAY)
    allegro.activate_offer(KUBEK)
    allegro.clock.advance(60 * DAY)
    assert allegro.offer(KUBEK).archived_at is None


def test_a_fixed_duration_expires(api: Api, allegro: AllegroWorld) -> None:
    offer_id = allegro.add_offer("Kubek na 3 dni", Decimal("10.00"), duration=timedelta(days=3))
    assert api.get(f"/sale/product-offers/{offer_id}").json()["publication"]["duration"] == "PT72H"
    allegro.clock.advance(3 * DAY)
    assert (allegro.offer(offer_id).status, allegro.offer(offer_id).ended_by) == ("ENDED", "EXPIRATION")


def test_a_duration_can_be_changed_while_it_runs(api: Api, allegro: AllegroWorld) -> None:
    offer_id = allegro.add_offer("Kubek na 3 dni", Decimal("10.00"), duration=timedelta(days=3))
    path = f"/sale/product-offers/{offer_id}"
    assert api.patch(path, {"publication": {"duration": "P5D"}}).json()["publication"]["duration"] == "PT120H"
    allegro.clock.advance(4 * DAY)
    api.log_in_again(allegro)
    assert publication(api, offer_id) == ("ACTIVE", None)
    assert api.patch(path, {"publication": {"duration": None}}).json()["publication"]["endingAt"] is None
    allegro.clock.advance(DAY)
    assert allegro.offer(offer_id).status == "ACTIVE"


def test_a_republished_offer_has_a_new_id_and_all_its_initial_stock(api: Api, allegro: AllegroWorld) -> None:
    old = allegro.add_offer("Kubek wieczny", Decimal("10.00"), stock=5, external_id="W-1", republish=True)
    allegro.buy(Line(old, 5))
    [(new, shown)] = [(key, value) for key, value in with_external_id(api, "W-1").items() if key != old]
    assert shown == ("ACTIVE", 5)
    assert publication(api, old) == ("ENDED", "EMPTY_STOCK")
    allegro.end_offer(new)
    assert len(with_external_id(api, "W-1")) == 2
    assert types(allegro, new) == ["ACTIVATED", "ENDED"]


@pytest.mark.parametrize("republish", [False, True])
def test_a_renewed_offer_keeps_its_stock_and_external_id(api: Api, allegro: AllegroWorld, republish: bool) -> None:
    old = allegro.add_offer("Kubek", Decimal("10.00"), stock=5, external_id="W-1", republish=republish)
    allegro.buy(Line(old, 2))
    new = allegro.renew_offer(old)
    assert with_external_id(api, "W-1") == {old: ("ENDED", 3), new: ("ACTIVE", 3)}


def test_an_auction_shows_its_bids(api: Api, allegro: AllegroWorld) -> None:
    auction = allegro.add_offer("Licytacja", Decimal("10.00"), selling_format="AUCTION", stock=1)
    allegro.place_bid(auction, Decimal("12.00"), "jan")
    allegro.place_bid(auction, Decimal("15.00"), "ewa")
    allegro.place_bid(auction, Decimal("16.00"), "jan")
    allegro.cancel_bid(auction)
    [shown] = api.get("/sale/offers", offer_id=auction).json()["offers"]
    assert shown["saleInfo"] == {"currentPrice": {"amount": "15.00", "currency": "PLN"}, "biddersCount": 2}
    assert shown["sellingMode"]["price"] is None
    assert types(allegro, auction) == ["BID_PLACED"] * 3 + ["BID_CANCELED"]
    with pytest.raises(ValueError, match="auctions"):
        allegro.place_bid(KUBEK, Decimal("12.00"))


def test_an_auction_that_is_ended_is_sold_to_the_highest_bidder(api: Api, allegro: AllegroWorld) -> None:
    auction = allegro.add_offer("Licytacja", Decimal("10.00"), selling_format="AUCTION", stock=1)
    without = allegro.add_offer("Licytacja bez ofert", Decimal("10.00"), selling_format="AUCTION", stock=1)
    allegro.place_bid(auction, Decimal("15.00"), "ewa")
    for offer_id in (auction, without):
        api.patch(f"/sale/product-offers/{offer_id}", {"publication": {"status": "ENDED"}})
    [form] = allegro.forms.values()
    assert (form.body["buyer"]["login"], form.body["status"]) == ("ewa", "BOUGHT")
    assert form.body["lineItems"][0]["price"] == {"amount": "15.00", "currency": "PLN"}
    assert [allegro.offer(each).available for each in (auction, without)] == [0, 1]


def test_an_auction_has_no_price_to_be_changed(api: Api, allegro: AllegroWorld) -> None:
    auction = allegro.add_offer("Licytacja", Decimal("10.00"), selling_format="AUCTION")
    body: dict[str, Any] = {"sellingMode": {"price": {"amount": "9.00", "currency": "PLN"}}}
    assert api.patch(f"/sale/product-offers/{auction}", body).status_code == 422


def test_buyers_pay_the_campaign_price_which_no_offer_shows(api: Api, allegro: AllegroWorld) -> None:
    allegro.set_campaign_price(KUBEK, Decimal("29.99"))
    api.patch(f"/sale/product-offers/{KUBEK}", {"sellingMode": {"price": {"amount": "45.00", "currency": "PLN"}}})
    [line] = allegro.form(allegro.buy(Line(KUBEK)))["lineItems"]
    assert (line["price"]["amount"], line["originalPrice"]["amount"]) == ("29.99", "45.00")
    allegro.set_campaign_price(KUBEK, None)
    [line] = allegro.form(allegro.buy(Line(KUBEK)))["lineItems"]
    assert line["price"]["amount"] == "45.00"


def test_another_tool_writes_again_and_again(api: Api, allegro: AllegroWorld) -> None:
    allegro.write_stock_every(KUBEK, 5, seconds=60)
    for _ in range(3):
        assert allegro.offer(KUBEK).available == 5
        api.patch(f"/sale/product-offers/{KUBEK}", {"stock": {"available": 9}})
        assert allegro.offer(KUBEK).available == 9
        allegro.clock.advance(60)


def test_many_offers_are_there_at_once(allegro: AllegroWorld) -> None:
    made = {allegro.add_offer(f"Kubek {number}", Decimal("10.00")) for number in range(5000)}
    assert len(made) == 5000
    assert allegro.offer_events == []
