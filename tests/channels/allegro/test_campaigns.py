"""Which offers of one account have their price set or lowered by a campaign."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from app.channels.allegro.campaigns import AllegroCampaigns
from app.channels.allegro.client import AllegroClient
from app.channels.allegro.session import AllegroSession
from app.channels.errors import AuthRequired, Unavailable
from app.channels.http import Transport
from app.domain.campaigns import CampaignsRead
from tests.channels.allegro.test_client import API, KUBKI, NOW, Tokens
from tests.sandbox.allegro.contract import check_query, check_request, check_response

PLN = {"amount": "20.00", "currency": "PLN"}
PAST, FUTURE = "2026-10-12T11:59:59.000Z", "2026-10-12T12:00:01.000Z"
BADGE: dict[str, Any] = {
    "offer": {"id": "1"},
    "campaign": {"id": "BARGAIN", "name": "Strefa okazji"},
    "publication": {"type": "WITHIN", "from": PAST, "to": FUTURE},
    "prices": {"bargain": PLN},
    "process": {"status": "ACTIVE", "rejectionReasons": []},
}
PRICED: dict[str, Any] = {
    "id": "2",
    "name": "Kubek",
    "marketplace": {"id": "allegro-pl"},
    "discount": {"opportunity": True},
    "actualPriceReduction": {
        "sellerMaxDeclaredPercentage": "15.0",
        "sellerMaxDeclaredDiscount": PLN,
        "sellerDiscount": PLN,
        "allegroDiscount": PLN,
        "finalPriceForTheBuyer": PLN,
    },
    "discountedAt": PAST,
}
CAMPAIGN: dict[str, Any] = {
    "id": "ALLEOBNIZKA_1",
    "name": "AlleObniżka jesień",
    "publication": {"type": "WITHIN", "from": FUTURE, "to": "2026-11-01T00:00:00Z"},
    "marketplace": {"id": "allegro-pl"},
}
SUBMITTED: dict[str, Any] = {
    "participationId": "5cb574c1-ea74-4362-828f-308e740c200e",
    "offer": {"id": "3"},
    "campaign": {"id": "ALLEOBNIZKA_1"},
    "process": {"status": "ACCEPTED", "errors": []},
}
ALL = {"1": "Strefa okazji", "2": "Allegro Prices", "3": "AlleObniżka jesień"}
TEMPLATES = {
    "badges": ("GET", "/sale/badges"),
    "prices": ("POST", "/sale/allegro-prices/offers-queries"),
    "discounts": ("GET", "/sale/alle-discount/campaigns"),
    "discounted": ("GET", "/sale/alle-discount/{campaignId}/submitted-offers"),
}


@pytest.fixture
def campaigns(transport: Transport) -> AllegroCampaigns:
    session = AllegroSession(transport, API, "Kubki/1.0 (+https://kubki.example)", Tokens(), KUBKI)
    return AllegroClient(session).campaigns


@pytest.fixture
def routes() -> Iterator[dict[str, respx.Route]]:
    """An offer in each kind of campaign, by what is asked for."""
    answers = {
        "badges": {"badges": [BADGE]},
        "prices": {"offers": [PRICED], "count": 1, "totalCount": 1},
        "discounts": {"alleDiscountCampaigns": [CAMPAIGN]},
        "discounted": {"submittedOffers": [SUBMITTED], "count": 1, "totalCount": 1},
    }
    for name, answer in answers.items():
        check_response(*TEMPLATES[name], 200, answer)
    # Where the list of campaigns names none, none is asked for its offers.
    with respx.mock(base_url=API, assert_all_called=False) as router:
        yield {
            name: router.route(method=method, path=path.replace("{campaignId}", "ALLEOBNIZKA_1")).respond(
                json=answers[name]
            )
            for name, (method, path) in TEMPLATES.items()
        }


def test_offers_in_campaigns_of_every_kind_are_found(
    routes: dict[str, respx.Route], campaigns: AllegroCampaigns
) -> None:
    assert campaigns.offers_in_campaigns(["allegro-pl"], NOW) == CampaignsRead(ALL, ())
    check_request(*TEMPLATES["prices"], json.loads(routes["prices"].calls.last.request.content))
    for name in ("badges", "discounted"):
        for parameter, value in routes[name].calls.last.request.url.params.multi_items():
            check_query(*TEMPLATES[name], {parameter: value})


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        ({"process": {"status": "WAITING_FOR_PUBLICATION"}}, True),
        ({"process": {"status": "IN_VERIFICATION"}}, False),
        ({"process": {"status": "FINISHED"}}, False),
        ({"process": {"status": "DECLINED"}}, False),
        ({"process": {"status": "DREAMT_OF"}}, False),
        ({"process": None}, False),
        ({"prices": None}, False),
        ({"prices": {"bargain": None}}, False),
        ({"prices": {"subsidy": {"targetPrice": PLN}}}, True),
        ({"publication": {"type": "WITHIN", "to": PAST}}, False),
        ({"publication": {"type": "SINCE", "from": FUTURE, "to": None}}, True),
        ({"publication": {"type": "NEVER"}}, False),
        ({"publication": None}, True),
    ],
)
def test_a_badge_holds_a_price_while_it_is_shown_or_soon_will_be(
    routes: dict[str, respx.Route], campaigns: AllegroCampaigns, changed: dict[str, Any], holds: bool
) -> None:
    routes["badges"].respond(json={"badges": [{**BADGE, **changed}]})
    assert ("1" in campaigns.offers_in_campaigns(["allegro-pl"], NOW).offers) is holds


@pytest.mark.parametrize(
    ("campaign", "submitted", "holds"),
    [
        ({}, {"process": {"status": "ACTIVE"}}, True),
        ({}, {"process": {"status": "VERIFICATION"}}, False),
        ({}, {"process": {"status": "DECLINED"}}, False),
        ({}, {"process": {"status": "FINISHED"}}, False),
        ({"publication": {"to": PAST}}, {}, False),
        ({"publication": None}, {}, True),
        ({"marketplace": {"id": "allegro-cz"}}, {}, False),
        ({"marketplace": None}, {}, True),
    ],
)
def test_an_offer_is_in_allediscount_once_it_was_accepted(
    routes: dict[str, respx.Route],
    campaigns: AllegroCampaigns,
    campaign: dict[str, Any],
    submitted: dict[str, Any],
    holds: bool,
) -> None:
    routes["discounts"].respond(json={"alleDiscountCampaigns": [{**CAMPAIGN, **campaign}]})
    routes["discounted"].respond(json={"submittedOffers": [{**SUBMITTED, **submitted}]})
    assert ("3" in campaigns.offers_in_campaigns(["allegro-pl"], NOW).offers) is holds


def test_an_offer_that_is_not_discounted_is_in_no_campaign_whatever_the_filter_gave(
    routes: dict[str, respx.Route], campaigns: AllegroCampaigns
) -> None:
    idle = {**PRICED, "id": "4", "actualPriceReduction": None, "discountedAt": None}
    routes["prices"].respond(json={"offers": [PRICED, idle], "totalCount": 2})
    assert campaigns.offers_in_campaigns(["allegro-pl"], NOW).offers == ALL


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "no permission": ({"status_code": 403, "json": {"errors": [{"code": "AccessDenied"}]}}, "allegro:api:campaigns"),
    "no business": (
        {"status_code": 403, "json": {"errors": [{"code": "E", "userMessage": "not a Business Account"}]}},
        "not a Business Account",
    ),
    "gone": ({"status_code": 404}, "404"),
    "unfit": ({"status_code": 422, "json": {"errors": [{"code": "E", "message": "limit"}]}}, "limit"),
    "a page": ({"status_code": 403, "text": "<html>"}, "web page"),
    "no list": ({"json": {}}, "is not a list"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize(("part", "lost"), [("badges", "1"), ("prices", "2"), ("discounts", "3"), ("discounted", "3")])
def test_a_part_that_is_refused_is_unknown_and_stops_no_other(
    routes: dict[str, respx.Route], campaigns: AllegroCampaigns, part: str, lost: str, refusal: str
) -> None:
    answer, reason = REFUSALS[refusal]
    routes[part].respond(**answer)
    result = campaigns.offers_in_campaigns(["allegro-pl"], NOW)
    assert result.offers == {offer_id: name for offer_id, name in ALL.items() if offer_id != lost}
    [sentence] = result.unknown
    assert reason in sentence


@pytest.mark.parametrize(("status", "error"), [(401, AuthRequired), (503, Unavailable)])
def test_what_stops_every_call_is_no_unknown_campaign(
    routes: dict[str, respx.Route], campaigns: AllegroCampaigns, status: int, error: type[Exception]
) -> None:
    routes["discounted"].respond(status)
    with pytest.raises(error):
        campaigns.offers_in_campaigns(["allegro-pl"], NOW)


def test_one_offer_that_cannot_be_read_hides_no_other(
    routes: dict[str, respx.Route], campaigns: AllegroCampaigns
) -> None:
    routes["badges"].respond(json={"badges": [None, {**BADGE, "offer": {}}, BADGE]})
    result = campaigns.offers_in_campaigns(["allegro-pl"], NOW)
    assert result.offers == ALL
    [sentence] = result.unknown
    assert "badges[1].offer.id is missing" in sentence


def test_no_campaign_is_asked_for_by_an_id_that_is_none(
    routes: dict[str, respx.Route], campaigns: AllegroCampaigns
) -> None:
    routes["discounts"].respond(json={"alleDiscountCampaigns": [{**CAMPAIGN, "id": "../me"}, CAMPAIGN]})
    result = campaigns.offers_in_campaigns(["allegro-pl"], NOW)
    assert (result.offers, len(result.unknown)) == (ALL, 1)


def test_all_pages_are_read(routes: dict[str, respx.Route], campaigns: AllegroCampaigns) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        numbers = range(offset, min(2001, offset + limit))
        return httpx.Response(200, json={"badges": [{**BADGE, "offer": {"id": f"b{number}"}} for number in numbers]})

    routes["badges"].mock(side_effect=answer)
    assert len(campaigns.offers_in_campaigns(["allegro-pl"], NOW).offers) == 2003
    assert routes["badges"].call_count == 3


def test_a_list_without_end_is_left(routes: dict[str, respx.Route], campaigns: AllegroCampaigns) -> None:
    routes["discounted"].respond(json={"submittedOffers": [SUBMITTED, *[None] * 199]})
    result = campaigns.offers_in_campaigns(["allegro-pl"], NOW)
    assert (result.offers, len(result.unknown), routes["discounted"].call_count) == (ALL, 1, 100)


def test_every_marketplace_is_asked(routes: dict[str, respx.Route], campaigns: AllegroCampaigns) -> None:
    campaigns.offers_in_campaigns({"allegro-cz", "allegro-pl"}, NOW)
    asked = [call.request.url.params["marketplace.id"] for call in routes["badges"].calls]
    assert asked == ["allegro-cz", "allegro-pl"]
    assert routes["prices"].call_count == 2
    assert routes["discounts"].call_count == 1
