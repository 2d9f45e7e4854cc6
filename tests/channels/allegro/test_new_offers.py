"""Making and describing offers at Allegro."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
import respx

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.new_offers import AllegroNewOffers, errors_of
from app.channels.allegro.session import AllegroSession
from app.channels.errors import (
    AuthRequired,
    ChannelError,
    Conflict,
    NotFound,
    Rejected,
    Unavailable,
    Uncertain,
    Unreadable,
)
from app.channels.http import Transport
from app.domain.accounts import Location
from app.domain.description import Description
from app.domain.listing_templates import Invoice
from app.domain.new_offers import (
    ContentChange,
    FieldError,
    NewOffer,
    OfferContent,
    OfferMade,
    OfferRead,
    Operation,
    OperationState,
)
from app.domain.offers import OfferFormat, OfferStatus
from app.domain.parameters import ParameterValue
from tests.channels.allegro.new_offer_messages import (
    ALL,
    ALL_SENT,
    CONTENT,
    DESCRIPTION,
    LEAST,
    LEAST_SENT,
    PICTURE,
    SECOND,
    SECTIONS,
)
from tests.channels.allegro.test_client import API, KUBKI, Tokens
from tests.sandbox.allegro.contract import check_request, check_response, check_schema

OFFERS, OFFER = "/sale/product-offers", "/sale/product-offers/{offerId}"
OPERATION = "/sale/product-offers/{offerId}/operations/{operationId}"
MADE: dict[str, Any] = {"id": "7680698461", "publication": {"status": "ACTIVE"}, "validation": {"errors": []}}


@pytest.fixture
def new_offers(transport: Transport) -> AllegroNewOffers:
    return AllegroClient(
        AllegroSession(transport, API, "Kubki/1.0 (+https://kubki.example)", Tokens(), KUBKI)
    ).new_offers


def sent(route: respx.Route) -> Any:
    return json.loads(route.calls.last.request.content)


@pytest.mark.parametrize(("offer", "body"), [(LEAST, LEAST_SENT), (ALL, ALL_SENT)], ids=["least", "all"])
def test_an_offer_is_made_and_completed_with_what_it_says_and_nothing_else(
    router: respx.Router, new_offers: AllegroNewOffers, offer: NewOffer, body: dict[str, Any]
) -> None:
    post = router.post(OFFERS).respond(201, json=MADE)
    patch = router.patch(f"{OFFERS}/7680698461").respond(json=MADE)
    made = OfferMade("7680698461", OfferStatus.ACTIVE, finished=True)
    assert (new_offers.make(offer), new_offers.complete("7680698461", offer)) == (made, made)
    assert sent(post) == sent(patch) == body
    assert post.calls.last.request.extensions["timeout"]["read"] == 60


@pytest.mark.parametrize("body", [LEAST_SENT, ALL_SENT], ids=["least", "all"])
def test_what_makes_an_offer_fits_allegros_document(body: dict[str, Any]) -> None:
    check_request("POST", OFFERS, body)
    check_request("PATCH", OFFER, body)
    # Behind these the document has variants that it does not check by itself.
    (element,) = body["productSet"]
    if producer := element.get("responsibleProducer"):
        check_schema("ProductSetElementResponsibleProducerIdRequest", producer)
        check_schema("TextSafetyInformation", element["safetyInformation"])
    for section in body.get("description", {"sections": []})["sections"]:
        for item in section["items"]:
            check_schema(f"DescriptionSectionItem{item['type'].capitalize()}", item)


@pytest.mark.parametrize("invoice", Invoice)
def test_allegro_knows_every_kind_of_invoice(
    router: respx.Router, new_offers: AllegroNewOffers, invoice: Invoice
) -> None:
    route = router.post(OFFERS).respond(201, json=MADE)
    new_offers.make(replace(LEAST, invoice=invoice))
    check_request("POST", OFFERS, sent(route))


@pytest.mark.parametrize(
    ("name", "province"),
    [
        ("śląskie", "SLASKIE"),
        (" Łódzkie ", "LODZKIE"),
        ("ŚWIĘTOKRZYSKIE", "SWIETOKRZYSKIE"),
        ("kujawsko-pomorskie", "KUJAWSKO_POMORSKIE"),
        ("Warmińsko – Mazurskie", "WARMINSKO_MAZURSKIE"),
        ("WARMINSKO_MAZURSKIE", "WARMINSKO_MAZURSKIE"),
        ("Bayern", "BAYERN"),
        ("", None),
    ],
)
def test_a_province_is_spelt_as_allegro_spells_it(
    router: respx.Router, new_offers: AllegroNewOffers, name: str, province: str | None
) -> None:
    route = router.post(OFFERS).respond(201, json=MADE)
    new_offers.make(replace(LEAST, location=Location(province=name)))
    assert sent(route)["location"].get("province") == province


WRONG = {"code": "C", "path": "images", "message": "No pictures.", "userMessage": "Brak zdjęć.", "details": None}
VAGUE = {"code": "SAFETY_INFO_NOT_DEFINED", "path": None, "message": None, "userMessage": None}
UNKNOWN = {"code": "UnknownJSONProperty", "path": "nam", "message": "Unknown.", "userMessage": "Nieznane."}


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    "location",
    [
        "https://api.allegro.pl:12443/sale/product-offers/7680698461/operations/op-1",
        "/sale/product-offers/7680698461/operations/op-1?x=/operations/op-2",
        "",
    ],
)
def test_what_allegro_answers_about_an_offer_that_is_made(
    router: respx.Router, new_offers: AllegroNewOffers, status: int, location: str
) -> None:
    answer = {
        "id": "7680698461",
        "publication": {"status": "INACTIVE"},
        "validation": {"errors": [WRONG, VAGUE], "warnings": [UNKNOWN]},
        "warnings": [UNKNOWN],
    }
    check_response("POST", OFFERS, 201, answer)
    headers = {"Location": location, "Retry-after": "120"}
    route = router.post(OFFERS) if status != 200 else router.patch(f"{OFFERS}/7680698461")
    route.respond(status, json=answer, headers=headers)
    made = new_offers.make(ALL) if status != 200 else new_offers.complete("7680698461", ALL)
    at_work = status == 202
    assert made == OfferMade(
        offer_id="7680698461",
        status=OfferStatus.INACTIVE,
        finished=not at_work,
        operation_id="op-1" if at_work and location else "",
        ask_again_seconds=120.0 if at_work else None,
        errors=(FieldError("images", "Brak zdjęć."), FieldError("", "SAFETY_INFO_NOT_DEFINED")),
        warnings=("nam: Nieznane.",),
    )


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.ReadTimeout("slow"), Uncertain),
        (httpx.ReadError("reset"), Uncertain),
        (httpx.Response(500), Uncertain),
        (httpx.Response(504, text="<html>"), Uncertain),
        (httpx.Response(201, text="<html>"), Uncertain),
        (httpx.Response(201, json={"publication": {"status": "ACTIVE"}}), Uncertain),
        (httpx.Response(202, json=[]), Uncertain),
        (httpx.ConnectError("refused"), Unavailable),
        (httpx.Response(429), Unavailable),
        (httpx.Response(422, json={"errors": [WRONG]}), Rejected),
        (httpx.Response(403, json={"errors": [{"code": "AccessDenied"}]}), AuthRequired),
    ],
)
def test_an_offer_is_made_once_and_only_what_may_have_made_it_is_uncertain(
    router: respx.Router, new_offers: AllegroNewOffers, answer: Any, error: type[ChannelError]
) -> None:
    route = router.post(OFFERS).mock(side_effect=[answer, httpx.Response(201, json=MADE)])
    with pytest.raises(error):
        new_offers.make(ALL)
    assert route.call_count == 1


def test_an_offer_is_made_with_a_renewed_token_after_one_that_was_refused(
    router: respx.Router, new_offers: AllegroNewOffers
) -> None:
    route = router.post(OFFERS).mock(side_effect=[httpx.Response(401), httpx.Response(201, json=MADE)])
    assert new_offers.make(ALL).offer_id == "7680698461"
    assert route.call_count == 2


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ([WRONG, VAGUE], (("images", "Brak zdjęć."), ("", "SAFETY_INFO_NOT_DEFINED"))),
        ([VAGUE, WRONG], (("", "SAFETY_INFO_NOT_DEFINED"), ("images", "Brak zdjęć."))),
        ([{"path": "name"}], (("name", "Allegro refuses making the offer KUB-001: status 422"),)),
        (None, (("", "Allegro refuses making the offer KUB-001: status 422"),)),
    ],
)
def test_a_refusal_has_all_that_is_wrong_in_allegros_order(
    router: respx.Router, new_offers: AllegroNewOffers, errors: Any, told: tuple[tuple[str, str], ...]
) -> None:
    router.post(OFFERS).respond(422, json={"errors": errors})
    with pytest.raises(Rejected) as caught:
        new_offers.make(ALL)
    assert errors_of(caught.value) == tuple(FieldError(*each) for each in told)


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (ContentChange(title="Kubek w paski 300 ml"), {"name": "Kubek w paski 300 ml"}),
        (ContentChange(images=(SECOND,)), {"images": [SECOND]}),
        (ContentChange(description=DESCRIPTION), {"description": {"sections": SECTIONS}}),
        (ContentChange(title="Kubek w paski 300 ml", description=Description()), {"name": "Kubek w paski 300 ml"}),
        (ContentChange(parameters=ALL.parameters), {"parameters": ALL_SENT["parameters"]}),
        (ContentChange(parameters=(), images=()), {"parameters": [], "images": []}),
    ],
)
def test_an_offer_is_described_with_what_changes_and_nothing_else(
    router: respx.Router, new_offers: AllegroNewOffers, change: ContentChange, body: dict[str, Any]
) -> None:
    route = router.patch(f"{OFFERS}/7680698461").respond(json={})
    unknown = OfferMade("7680698461", OfferStatus.UNKNOWN, finished=True)
    assert new_offers.describe("7680698461", change) == unknown
    assert sent(route) == body
    check_request("PATCH", OFFER, body)


def test_an_edit_whose_answer_is_lost_is_sent_again_and_one_at_work_is_a_conflict(
    router: respx.Router, new_offers: AllegroNewOffers
) -> None:
    conflict = httpx.Response(409, json={"errors": [{"code": "CONFLICT"}]})
    route = router.patch(f"{OFFERS}/7680698461").mock(side_effect=[httpx.ReadTimeout("slow"), conflict])
    with pytest.raises(Conflict):
        new_offers.complete("7680698461", ALL)
    first, second = route.calls
    assert first.request.content == second.request.content


def _at_work(status: str) -> dict[str, Any]:
    return {"offer": {"id": "1"}, "operation": {"id": "op-1", "status": status, "startedAt": "2026-10-12T10:00:00Z"}}


@pytest.mark.parametrize(
    ("status", "body", "operation"),
    [
        (202, _at_work("PENDING"), Operation(OperationState.WORKING, ask_again_seconds=30.0)),
        (202, _at_work("IN_PROGRESS"), Operation(OperationState.WORKING, ask_again_seconds=30.0)),
        (202, _at_work("COMPLETED"), Operation(OperationState.DONE)),
        (303, None, Operation(OperationState.DONE)),
        (422, {"errors": [WRONG]}, Operation(OperationState.FAILED, (FieldError("images", "Brak zdjęć."),))),
        (404, None, Operation(OperationState.FORGOTTEN)),
    ],
)
def test_what_has_become_of_an_operation(
    router: respx.Router, new_offers: AllegroNewOffers, status: int, body: Any, operation: Operation
) -> None:
    check_response("GET", OPERATION, status, body)
    headers = {"Retry-After": "30", "Location": "https://api.allegro.pl/sale/product-offers/1"}
    route = router.get(f"{OFFERS}/1/operations/op-1")
    route.respond(status, json=body, headers=headers) if body else route.respond(status, headers=headers)
    assert new_offers.operation("1", "op-1") == operation


def test_an_operation_that_cannot_be_asked_about_has_not_failed(
    router: respx.Router, new_offers: AllegroNewOffers
) -> None:
    router.get(f"{OFFERS}/1/operations/op-1").respond(400, json={"errors": []})
    for offer_id, operation_id in (("1", "op-1"), ("1", ""), ("1", "../2"), ("1/..", "op-1")):
        with pytest.raises(Rejected):
            new_offers.operation(offer_id, operation_id)


@pytest.mark.parametrize("description", [CONTENT["description"], None])
def test_what_an_offer_says_is_read(
    router: respx.Router, new_offers: AllegroNewOffers, description: dict[str, Any] | None
) -> None:
    answer = {**CONTENT, "description": description}
    check_response("GET", OFFER, 200, answer)
    router.get(f"{OFFERS}/1").respond(json=answer)
    content = OfferContent(
        title="Kubek w kropki 300 ml",
        images=(PICTURE, SECOND),
        description=DESCRIPTION if description else Description(),
        parameters=(
            ParameterValue("11323", entry_ids=("11323_1",), texts=("Nowy",)),
            ParameterValue("211", low="3", high="9"),
        ),
    )
    assert new_offers.content("1") == OfferRead(content, "257933", OfferStatus.ACTIVE, OfferFormat.BUY_NOW)


@pytest.mark.parametrize(
    "odd",
    [
        {"parameters": None},
        {"parameters": [{"name": "Stan"}]},
        {"images": [{"url": PICTURE}]},
        {"description": {"sections": [{"items": [{"type": "VIDEO", "url": PICTURE}]}]}},
    ],
)
def test_what_an_offer_says_is_read_in_full_or_not_at_all(
    router: respx.Router, new_offers: AllegroNewOffers, odd: dict[str, Any]
) -> None:
    router.get(f"{OFFERS}/1").respond(json=CONTENT | odd)
    with pytest.raises(Unreadable):
        new_offers.content("1")


def test_an_archived_offer_says_nothing(router: respx.Router, new_offers: AllegroNewOffers) -> None:
    router.get(f"{OFFERS}/1").respond(404)
    with pytest.raises(NotFound):
        new_offers.content("1")
