"""Allegro's offers for one account."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from app.channels.allegro.offers import AllegroOffers
from app.channels.errors import NotFound, Rejected, Unreadable
from app.domain.money import Money
from app.domain.offers import (
    EndedBy,
    ForeignOffer,
    Offer,
    OfferDetails,
    OfferEvent,
    OfferEventKind,
    OfferFormat,
    OfferParts,
    OfferStatus,
)
from tests.channels.allegro.offer_messages import ENDED, FULL, LISTED, PARTS
from tests.sandbox.allegro.contract import check_query, check_response


def test_an_offer_is_read_with_all_that_decides_about_it(router: respx.Router, offers: AllegroOffers) -> None:
    router.get("/sale/offers").respond(json={"offers": [LISTED], "count": 1, "totalCount": 31})
    page = offers.page()
    assert (page.total, page.count, page.unreadable) == (31, 1, ())
    assert page.offers == (
        Offer(
            id="7680698461",
            title="Kubek w kropki",
            external_id="KUB-001",
            format=OfferFormat.BUY_NOW,
            status=OfferStatus.ENDED,
            quantity=7,
            price=Money(Decimal("49.90"), "PLN"),
            marketplace="allegro-pl",
            rule_id="r-1",
            bidders=0,
            started_at=datetime(2026, 10, 1, 10, tzinfo=UTC),
            ended_at=datetime(2026, 10, 12, 10, tzinfo=UTC),
            foreign=(
                ForeignOffer("allegro-cz", listed=True, price=Money(Decimal(300), "CZK")),
                ForeignOffer("allegro-sk", listed=False, price=None),
            ),
        ),
    )


def test_what_an_offer_does_not_tell_is_unknown_and_never_zero(router: respx.Router, offers: AllegroOffers) -> None:
    odd = {
        "id": "2",
        "sellingMode": {"format": "LOTTERY", "price": {"amount": "x", "currency": "PLN"}},
        "stock": {"available": None},
        "publication": {"status": "PAUSED"},
        "additionalMarketplaces": None,
    }
    router.get("/sale/offers").respond(json={"offers": [odd, {"id": "3"}, {"name": "no id"}, None]})
    page = offers.page()
    assert page.offers[0] == Offer("2", "", "", OfferFormat.UNKNOWN, OfferStatus.UNKNOWN, None, None)
    assert page.offers[1].quantity is None
    assert ([offer_id for offer_id, _ in page.unreadable], page.count, page.total) == (["", ""], 4, None)


@pytest.mark.parametrize("answer", [{}, {"offers": None}, []])
def test_an_answer_without_the_list_is_not_an_account_without_offers(
    router: respx.Router, offers: AllegroOffers, answer: Any
) -> None:
    router.get("/sale/offers").respond(json=answer)
    with pytest.raises(Unreadable, match="offers is not a list"):
        offers.read_all()


class Pages:
    """A list of offers in pages; `before_call` may change the order before a call."""

    def __init__(self, count: int) -> None:
        self.ids = [str(number) for number in range(1, count + 1)]
        self.before_call: dict[int, list[str]] = {}
        self.calls = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        self.ids = self.before_call.get(self.calls, self.ids)
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        rows = [{"id": offer_id} for offer_id in self.ids[offset : offset + limit]]
        return httpx.Response(200, json={"offers": rows, "totalCount": len(self.ids)})


def test_5000_offers_are_5_calls(router: respx.Router, offers: AllegroOffers) -> None:
    pages = Pages(5000)
    router.get("/sale/offers").mock(side_effect=pages)
    read = offers.read_all([OfferStatus.ACTIVE])
    assert (len(read.found), read.complete, pages.calls) == (5000, True, 5)


@pytest.mark.parametrize("recovers", [True, False])
def test_offers_that_change_places_while_they_are_read_are_not_taken_for_gone(
    router: respx.Router, offers: AllegroOffers, recovers: bool
) -> None:
    pages = Pages(1500)
    usual = list(pages.ids)
    pages.before_call = {2: [*usual[1000:], *usual[:1000]], 3: usual}
    if not recovers:
        pages.before_call[4] = pages.before_call[2]
    router.get("/sale/offers").mock(side_effect=pages)
    read = offers.read_all()
    assert (read.complete, len(read.found)) == ((True, 1500) if recovers else (False, 1000))


def test_rules_are_those_of_the_rows_whatever_the_filter_gave(router: respx.Router, offers: AllegroOffers) -> None:
    no_rule = {"id": "2", "sellingMode": {"priceAutomation": None}}
    abroad = {"id": "3", "additionalMarketplaces": {"allegro-cz": LISTED["sellingMode"]}}
    rows = [LISTED, no_rule, abroad]
    route = router.get("/sale/offers").respond(json={"offers": rows, "totalCount": 3})
    assert offers.rules() == {"7680698461": "r-1"}
    assert route.calls.last.request.url.params["sellingMode.priceAutomation.rule.id.empty"] == "false"


def test_rules_that_were_not_all_read_are_not_the_rules(router: respx.Router, offers: AllegroOffers) -> None:
    router.get("/sale/offers").respond(json={"offers": [LISTED], "totalCount": 2})
    with pytest.raises(Unreadable, match="cannot be read in full"):
        offers.rules()


@pytest.mark.parametrize(
    ("products", "is_set"),
    [
        ([], False),
        ([{"product": {}}], False),
        ([{"product": {}, "quantity": {"value": 1}}], False),
        ([{"product": {}, "quantity": {"value": 3}}], True),
        ([{"product": {}, "quantity": {"value": 1}}, {"product": {}, "quantity": {"value": 1}}], True),
    ],
)
def test_an_offer_of_several_pieces_is_a_set(
    router: respx.Router, offers: AllegroOffers, products: list[Any], is_set: bool
) -> None:
    router.get("/sale/product-offers/1").respond(json={"id": "1", "productSet": products})
    assert offers.details("1").is_set is is_set


def test_details_and_parts(router: respx.Router, offers: AllegroOffers) -> None:
    router.get("/sale/product-offers/7680698461").respond(json=FULL)
    router.get("/sale/product-offers/7680698461/parts").respond(json=PARTS)
    router.get("/sale/product-offers/2/parts").respond(json={"id": "2"})
    router.get("/sale/product-offers/3").respond(404)
    router.get("/sale/product-offers/4").respond(json={"id": "4", "publication": {"duration": "PT240H"}})
    router.get("/sale/product-offers/5").respond(json={"id": "5", "publication": {"status": "ACTIVE"}})
    assert offers.details("7680698461") == OfferDetails(
        "7680698461",
        OfferStatus.ENDED,
        EndedBy.EMPTY_STOCK,
        ("5901234123457",),
        quantity=7,
        price=Money(Decimal("49.90"), "PLN"),
        format=OfferFormat.BUY_NOW,
        duration="",
        republish=True,
    )
    assert offers.details("4").duration == "PT240H"
    assert offers.details("5") == OfferDetails("5", OfferStatus.ACTIVE, None)
    assert offers.parts("7680698461") == OfferParts(
        7, Money(Decimal("49.90"), "PLN"), {"allegro-cz": Money(Decimal(300), "CZK")}
    )
    assert offers.parts("2") == OfferParts(None, None, {})
    with pytest.raises(NotFound):
        offers.details("3")


@pytest.mark.parametrize("offer_id", ["", "1/parts", "../me", "1?x", "ą"])
def test_what_is_no_offer_id_is_not_asked_for(offers: AllegroOffers, offer_id: str) -> None:
    for ask in (offers.details, offers.parts, offers.edit):
        with pytest.raises(Rejected, match="is not the id of an Allegro offer"):
            ask(offer_id)


def test_the_journal_of_offers(router: respx.Router, offers: AllegroOffers) -> None:
    new = {**ENDED, "id": "x", "type": "OFFER_PAINTED"}
    route = router.get("/sale/offer-events").respond(json={"offerEvents": [ENDED, {"id": "9"}, new]})
    page = offers.events("8", limit=50)
    at = datetime(2026, 10, 12, 10, tzinfo=UTC)
    assert page.events == (
        OfferEvent(ENDED["id"], OfferEventKind.ENDED, "7680698461", at, EndedBy.EMPTY_STOCK),
        OfferEvent("x", OfferEventKind.UNKNOWN, "7680698461", at),
    )
    assert ([event_id for event_id, _ in page.unreadable], page.count, page.last_id) == (["9"], 3, "x")
    assert dict(route.calls.last.request.url.params) == {"from": "8", "limit": "50"}
    offers.events(None)
    assert dict(route.calls.last.request.url.params) == {"limit": "1000"}


@pytest.mark.parametrize(
    ("kind", "moved", "by_rule"),
    [
        ("OFFER_PRICE_CHANGED", ["AUTOMATIC"], True),
        ("OFFER_PRICE_CHANGED", ["AUTOMATIC", "AUTOMATIC"], True),
        ("OFFER_PRICE_CHANGED", ["MANUAL", "AUTOMATIC"], False),
        ("OFFER_PRICE_CHANGED", ["MAGIC"], False),
        ("OFFER_PRICE_CHANGED", [], False),
        ("OFFER_CHANGED", ["AUTOMATIC"], False),
    ],
)
def test_a_price_is_a_rules_where_the_rule_set_it_everywhere(
    router: respx.Router, offers: AllegroOffers, kind: str, moved: list[str], by_rule: bool
) -> None:
    marketplaces = [{"id": f"allegro-{place}", "changeType": how} for place, how in enumerate(moved)]
    entry = {**ENDED, "type": kind, "offer": {"id": "1", "external": None, "marketplaces": marketplaces}}
    router.get("/sale/offer-events").respond(json={"offerEvents": [entry]})
    [event] = offers.events(None).events
    assert event.by_rule is by_rule


def test_every_question_fits_allegros_document(router: respx.Router, offers: AllegroOffers) -> None:
    check_response("GET", "/sale/offers", 200, {"offers": [LISTED], "count": 1, "totalCount": 1})
    check_response("GET", "/sale/product-offers/{offerId}/parts", 200, PARTS)
    check_response("GET", "/sale/offer-events", 200, {"offerEvents": [ENDED]})
    router.get("/sale/offers").respond(json={"offers": []})
    router.get("/sale/product-offers/1/parts").respond(json=PARTS)
    router.get("/sale/offer-events").respond(json={"offerEvents": []})
    offers.page(
        0,
        statuses=[OfferStatus.ENDED, OfferStatus.ACTIVE],
        external_ids=["A", "B,C"],
        offer_ids=["1", "2"],
        with_rule=True,
    )
    offers.parts("1")
    offers.events("8")
    asked = [call.request for call in router.calls]
    templates = ["/sale/offers", "/sale/product-offers/{offerId}/parts", "/sale/offer-events"]
    for request, template in zip(asked, templates, strict=True):
        for name, value in request.url.params.multi_items():
            check_query("GET", template, {name: value})
    assert asked[0].url.params.get_list("publication.status") == ["ACTIVE", "ENDED"]
    assert asked[0].url.params.get_list("external.id") == ["A", "B,C"]
    assert asked[0].url.params.get_list("offer.id") == ["1", "2"]
