"""Ship with Allegro: what is sent is what Allegro proposed, and what comes back is read as it is meant."""

import json
from typing import Any

import pytest
import respx

from app.channels.allegro.ship_with_allegro import ShipWithAllegro
from app.channels.errors import NotFound, Rejected, Unreadable
from app.domain.made_parcels import CommandResult, MadeShipment, PageSize, ParcelChoices
from app.domain.new_offers import FieldError
from app.logs import Exchange
from tests.channels.allegro.forms import ORDER_ID
from tests.channels.allegro.test_client import PUBLIC
from tests.sandbox.allegro.contract import check_request

BASE = "/shipment-management"
CREATE = f"{BASE}/shipments/create-commands"
ADDRESS = {
    "name": "Anna Nowak",
    "street": "Polna 1",
    "city": "Warszawa",
    "postalCode": "00-950",
    "countryCode": "PL",
    "email": "alias+1@allegromail.pl",
    "phone": "+48600100200",
}
_MEASURES = {name: {"value": 10.5, "unit": "CENTIMETER"} for name in ("length", "width", "height")}
SUGGESTED: dict[str, Any] = {
    "sender": ADDRESS,
    "receiver": {**ADDRESS, "company": None, "point": None},
    "packages": [{"type": "PACKAGE", **_MEASURES, "weight": {"value": 2.0, "unit": "KILOGRAMS"}}],
    "insurance": None,
    "labelFormat": "ZPL",
}


def test_a_proposal_is_sent_back_as_it_came_without_nulls_and_with_a_pdf_as_its_label(
    router: respx.Router, shipping: ShipWithAllegro
) -> None:
    router.get(f"{BASE}/delivery-proposals/{ORDER_ID}").respond(json={"suggestedInput": SUGGESTED})
    route = router.post(CREATE).respond(json={"commandId": "c1"})
    shipping.make("c1", shipping.input_for(ORDER_ID, ParcelChoices()))
    sent = json.loads(route.calls.last.request.content)
    check_request("POST", CREATE, sent)
    assert sent == {
        "commandId": "c1",
        "input": {
            "sender": ADDRESS,
            "receiver": ADDRESS,
            "packages": [{**SUGGESTED["packages"][0], "weight": {"value": 2, "unit": "KILOGRAMS"}}],
            "labelFormat": "PDF",
        },
    }
    router.get(f"{BASE}/delivery-proposals/{ORDER_ID}").respond(json={"suggestedInput": None})
    with pytest.raises(Unreadable):
        shipping.input_for(ORDER_ID, ParcelChoices())


def test_a_command_that_allegro_has_already_is_accepted(router: respx.Router, shipping: ShipWithAllegro) -> None:
    # Allegro's document has no word for it.
    for status, code in ((400, "COMMAND_EXISTS"), (409, "ANOTHER_WORD")):
        router.post(CREATE).respond(status, json={"errors": [{"code": code, "message": "There is one."}]})
        router.get(f"{CREATE}/c1").respond(json={"status": "IN_PROGRESS"})
        shipping.make("c1", {})
    router.post(CREATE).respond(400, json={"errors": [{"code": "VALIDATION_ERROR", "message": "No.", "path": "x"}]})
    router.get(f"{CREATE}/c1").respond(404)
    with pytest.raises(Rejected) as raised:
        shipping.make("c1", {})
    assert raised.value.fields == (("x", "No."),)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"status": "IN_PROGRESS"}, CommandResult(is_over=False)),
        ({"status": "A_NEW_WORD"}, CommandResult(is_over=False)),
        ({"status": "SUCCESS", "shipmentId": "s1"}, CommandResult(is_over=True, shipment_id="s1")),
        (
            {"status": "ERROR", "errors": [{"code": "X", "userMessage": "Nie.", "path": "packages"}, {"code": ""}]},
            CommandResult(is_over=True, errors=(FieldError("packages", "Nie."),)),
        ),
        (
            {"status": "ERROR", "errors": []},
            CommandResult(is_over=True, errors=(FieldError("", "Allegro does not say why."),)),
        ),
        ({"status": "SUCCESS", "shipmentId": None}, Unreadable),
    ],
)
def test_what_became_of_a_command_is_read(
    router: respx.Router, shipping: ShipWithAllegro, answer: dict[str, Any], result: object
) -> None:
    router.get(f"{CREATE}/c1").respond(json=answer)
    if isinstance(result, CommandResult):
        assert shipping.making("c1") == result
    else:
        with pytest.raises(Unreadable):
            shipping.making("c1")
    router.get(f"{CREATE}/c1").respond(404)
    with pytest.raises(NotFound):
        shipping.making("c1")


def test_a_label_is_a_file_that_is_not_written_down(
    router: respx.Router, shipping: ShipWithAllegro, exchanges: list[Exchange]
) -> None:
    pdf = b"%PDF-1.4\n\xff{}"
    route = router.post(f"{BASE}/label").respond(content=pdf, content_type="application/octet-stream")
    assert shipping.labels(["s1"], PageSize.A6) == pdf
    request = route.calls.last.request
    assert json.loads(request.content) == {"shipmentIds": ["s1"], "pageSize": "A6"}
    assert (request.headers["accept"], request.headers["content-type"]) == ("application/octet-stream", PUBLIC)
    assert [(each.status, each.response_body) for each in exchanges] == [(200, "")]
    router.post(f"{BASE}/label").respond(204)
    assert shipping.labels(["s1"], PageSize.A4) is None
    router.post(f"{BASE}/label").respond(content=b"<html>", content_type="application/octet-stream")
    with pytest.raises(Unreadable):
        shipping.labels(["s1"], PageSize.A4)
    router.post(f"{BASE}/label").respond(404, json={"errors": [{"code": "X", "userMessage": "Nie ma."}]})
    with pytest.raises(NotFound, match=r"Nie ma\."):
        shipping.labels(["s1"], PageSize.A4)


def test_a_made_parcel_is_read_with_the_numbers_that_it_has(router: respx.Router, shipping: ShipWithAllegro) -> None:
    packages = [{"waybill": "1"}, {"waybill": None}]
    router.get(f"{BASE}/shipments/s1").respond(json={"id": "s1", "carrier": "DPD", "packages": packages})
    assert shipping.shipment("s1") == MadeShipment("DPD", ("1", ""))
    with pytest.raises(Rejected):
        shipping.shipment("../s1")
