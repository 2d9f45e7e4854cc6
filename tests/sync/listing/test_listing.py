"""Products of the store become offers, each linked at once, or it is told field by field why not."""

from typing import Any

import pytest

from app.domain.links import Agreement
from app.domain.listings import ListingState
from app.domain.money import Money
from app.domain.offers import OfferFormat, OfferStatus
from app.domain.runs import RunState
from app.sync.listing.desk import ListingRefused
from tests.domain.samples import pln
from tests.sandbox.allegro.contract import check_request, check_schema
from tests.sync.listing.stand import Stand

# What is asked of the two sides does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SHIRTS = ("KOS-001-S", "KOS-001-M", "KOS-001-L", "KOS-001-XL")


def _without_pictures(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _without_pictures(value) for name, value in body.items() if name not in ("images", "url")}
    if isinstance(body, list):
        return [_without_pictures(each) for each in body]
    return body


def _check(body: Any) -> None:
    """The body is one that Allegro's document knows, behind its loose discriminators too."""
    check_request("POST", "/sale/product-offers", body)
    [element] = body["productSet"]
    check_schema("ProductSetElementResponsibleProducerIdRequest", element["responsibleProducer"])
    check_schema("TextSafetyInformation", element["safetyInformation"])
    for section in body["description"]["sections"]:
        for item in section["items"]:
            check_schema(
                "DescriptionSectionItemText" if item["type"] == "TEXT" else "DescriptionSectionItemImage", item
            )


def test_a_product_becomes_an_offer_that_is_linked_at_once(stand: Stand) -> None:
    run = stand.lists("KUB-003")
    offer = stand.on_sale("KUB-003")
    assert (run.state, run.done, run.failed) == (RunState.DONE, 1, 0)
    link = stand.linked()
    assert link is not None
    assert (link.offer_status, link.format, link.external_id) == (OfferStatus.ACTIVE, OfferFormat.BUY_NOW, "KUB-003")
    assert (
        (link.listed_quantity, link.listed_price) == (32, pln("49.00")) == (offer.available, Money(offer.price, "PLN"))
    )
    assert link.agreed == Agreement(pln("49.00"), pln("49.00"))
    assert link.doubted_at  # what Allegro made of it is read before anything is decided by it
    _check(stand.bodies()[0])


def test_each_variation_becomes_an_offer_with_what_is_its_own(stand: Stand) -> None:
    stand.lists("KOS-001")
    offers = [stand.on_sale(sku) for sku in SHIRTS]
    assert [offer.available for offer in offers] == [11, 14, 8, 6]
    links = [stand.linked(sku) for sku in SHIRTS]
    assert [link and (link.product_id, link.variation_id) for link in links] == [(23, own) for own in (24, 25, 26, 27)]
    for body in stand.bodies():
        _check(body)
    sizes = [
        each["valuesIds"]
        for body in stand.bodies()
        for each in body["productSet"][0]["product"]["parameters"]
        if each["id"] == "130021"
    ]
    assert sizes == [["130021_1"], ["130021_2"], ["130021_3"], ["130021_4"]]


def test_a_dry_run_sends_nothing_and_shows_what_is_sent_later_but_for_the_pictures(stand: Stand) -> None:
    skus = ("KUB-001", "KUB-003", "KOS-001")
    told = stand.preview(*skus)
    assert {each.method for each in stand.world.allegro.requests} == {"GET"}
    assert stand.listings() == []
    stand.lists(*skus)
    shown = [each.body for each in told]
    assert len(shown) == 6
    assert [_without_pictures(each) for each in shown] == [_without_pictures(each) for each in stand.bodies()]
    assert all(str(each).count("127.0.0.1") for each in shown)
    assert not any("127.0.0.1" in str(each) for each in stand.bodies())


def test_a_dry_run_tells_of_each_item_what_keeps_it_from_being_listed(stand: Stand) -> None:
    stand.lists("KUB-003")
    stand.lists("KUB-004", template=stand.new_template(publish=False))
    stand.world.store.edit("MIS-001", images=[])
    told = {each.listing.sku: each for each in stand.preview("KUB-003", "KUB-004", "MIS-001")}
    assert (told["KUB-003"].body, told["KUB-003"].listing.state) == (None, ListingState.LISTED)
    assert told["KUB-003"].listing.offer_id == stand.listing("KUB-003").offer_id
    assert told["KUB-004"].completes
    assert told["KUB-004"].listing.offer_id == stand.listing("KUB-004").offer_id
    assert (told["MIS-001"].body, [each.field for each in told["MIS-001"].errors]) == (None, ["images"])


def test_a_template_that_does_not_publish_makes_drafts_that_are_listed_when_asked_again(stand: Stand) -> None:
    stand.lists("KUB-003", template=stand.new_template(publish=False, shipping_rates_id=""))
    assert stand.state() is ListingState.DRAFT
    [draft] = stand.offers()
    assert draft.status == "INACTIVE"
    assert "Before it can be on sale" in stand.noted()
    link = stand.linked()
    assert link is not None
    assert (link.offer_id, link.offer_status) == (draft.id, OfferStatus.INACTIVE)
    stand.lists("KUB-003")
    assert stand.on_sale().id == draft.id
    assert len(stand.bodies()) == 1


def test_what_allegro_refuses_is_told_field_by_field_and_makes_no_offer(stand: Stand) -> None:
    stand.fault("creation_refused", external_id="KUB-003")
    stand.lists("KUB-003", "KUB-004")
    assert stand.state() is ListingState.FAILED
    fields = [error.field for error in stand.listing().errors]
    assert fields == ["description.sections[0].items[0].content", "parameters"]
    assert "Opis zawiera niedozwolony znacznik" in stand.said()
    assert (stand.offers(), stand.linked()) == ([], None)
    stand.on_sale("KUB-004")
    stand.calm()
    stand.lists("KUB-003")
    stand.on_sale("KUB-003")


def test_an_offer_that_allegro_made_and_left_off_sale_is_a_draft_that_is_completed_the_next_time(stand: Stand) -> None:
    stand.fault("creation_inactive", times=1)
    stand.lists("KUB-003")
    assert stand.state() is ListingState.FAILED
    assert "Uzupełnij parametry obowiązkowe: Stan." in stand.said()
    [draft] = stand.offers()
    assert stand.linked()
    stand.lists("KUB-003")
    assert stand.on_sale().id == draft.id
    [(offer_id, body)] = stand.world.allegro.edit_bodies
    assert offer_id == draft.id
    check_request("PATCH", "/sale/product-offers/{offerId}", body)


def test_what_products_lack_is_told_of_each_before_anything_is_sent(stand: Stand) -> None:
    lacking: dict[str, tuple[dict[str, Any], str, str]] = {
        "KUB-003": ({"images": []}, "images", "no picture"),
        "KUB-004": ({"regular_price": ""}, "sellingMode.price", "no price"),
        "FIL-001": ({"manage_stock": False}, "stock.available", "stock"),
        "MIS-001": ({"stock_quantity": 0}, "stock.available", "Without stock"),
        "PLA-001": ({}, "category", "Map one of its categories"),
        "DZB-001": ({"weight": ""}, "productSet[0].product.parameters", "Waga"),
    }
    for sku, (fields, _, _) in lacking.items():
        stand.world.store.edit(sku, **fields)
    run = stand.lists(*lacking)
    assert (run.done, run.failed) == (0, 6)
    for sku, (_, field, words) in lacking.items():
        assert stand.state(sku) is ListingState.FAILED
        assert [words in error.message for error in stand.listing(sku).errors] == [True], stand.said(sku)
        assert stand.listing(sku).errors[0].field == field
    assert set(stand.world.allegro.calls) & {"POST /sale/product-offers", "POST /sale/images"} == set()


def test_what_is_not_sold_by_itself_or_does_not_exist_is_refused_when_it_is_asked_for(stand: Stand) -> None:
    for wrong in (24, 999999):
        with pytest.raises(ListingRefused, match=str(wrong)):
            stand.services.listing_desk.accept(stand.account, [13, wrong], stand.template, {})
    with pytest.raises(ListingRefused, match="14"):
        stand.ask("KUB-003", chosen={14: "x"})
    assert stand.listings() == []
