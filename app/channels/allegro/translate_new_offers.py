"""Offers that are made or described, in Allegro's words, and what Allegro says about them in ours. Pure.

A member without a value is left out: null would delete what is there.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.channels.allegro.translate_catalogue import parameter_value_from
from app.channels.allegro.translate_offers import Body, format_from, money_to, status_from
from app.channels.allegro.wire import INVOICES, OFFER_STATUS_NAMES, PROVINCES, complaints_of
from app.channels.reading import Json
from app.domain.accounts import Location
from app.domain.description import Description, Picture, Section, Text
from app.domain.new_offers import (
    ContentChange,
    FieldError,
    NewOffer,
    OfferContent,
    OfferedProduct,
    OfferRead,
    OfferTaxRate,
)
from app.domain.offers import OfferStatus
from app.domain.parameters import ParameterValue
from app.domain.text_keys import text_key


@dataclass(frozen=True)
class OfferAnswer:
    """What an answer about a changed offer says. `offer_id` is "" where it says none; `warnings` are sentences."""

    offer_id: str
    status: OfferStatus
    errors: tuple[FieldError, ...]
    warnings: tuple[str, ...]


def new_offer_to(offer: NewOffer) -> Body:
    """The body that makes an offer, or completes a draft."""
    return {
        "productSet": [_element(offer)],
        "sellingMode": {"format": "BUY_NOW", "price": money_to(offer.price)},
        "stock": {"available": offer.quantity, "unit": "UNIT"},
        "publication": {
            "status": OFFER_STATUS_NAMES[OfferStatus.ACTIVE if offer.publish else OfferStatus.INACTIVE],
            # Null is an offer that runs until it is sold out.
            "duration": offer.duration or None,
            # Allegro would publish it anew with the stock that it began with.
            "republish": False,
        },
        "payments": {"invoice": INVOICES[offer.invoice]},
        **_given(
            {
                "external": _id(offer.external_id),
                "name": offer.title,
                "category": _id(offer.category_id),
                "parameters": _parameters(offer.parameters),
                "images": list(offer.images),
                "description": _description(offer.description),
                "location": _location(offer.location),
                "delivery": _given(
                    {"shippingRates": _id(offer.shipping_rates_id), "handlingTime": offer.handling_time}
                ),
                "afterSalesServices": _given(
                    {
                        "impliedWarranty": _id(offer.implied_warranty_id),
                        "returnPolicy": _id(offer.return_policy_id),
                        "warranty": _id(offer.warranty_id),
                    }
                ),
                "taxSettings": _given({"rates": [_rate(rate) for rate in offer.tax_rates]}),
            }
        ),
    }


def content_to(change: ContentChange) -> Body:
    """The body of a PATCH: what is said anew and nothing else. A description without sections is left out."""
    body: Body = {}
    if change.title is not None:
        body["name"] = change.title
    if change.images is not None:
        body["images"] = list(change.images)
    if change.description is not None and change.description.sections:
        body["description"] = _description(change.description)
    if change.parameters is not None:
        body["parameters"] = _parameters(change.parameters)
    return body


def offer_answer_from(row: Json) -> OfferAnswer:
    validation = row.part("validation")
    # What Allegro did not understand is in two places.
    complaints = (*complaints_of(validation, "warnings"), *complaints_of(row, "warnings"))
    warnings = (": ".join(filter(None, (complaint.path, complaint.text))) for complaint in complaints)
    return OfferAnswer(
        offer_id=row.text("id"),
        status=status_from(row.part("publication")),
        errors=tuple(FieldError(complaint.path, complaint.text) for complaint in complaints_of(validation)),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def offer_read_from(row: Json) -> OfferRead:
    """Out of a full offer. Raises `Unreadable` where any of what it says cannot be read: lists are sent anew as a
    whole, and what was missed would be lost."""
    return OfferRead(
        content=_content_from(row),
        category_id=row.part("category").text("id"),
        status=status_from(row.part("publication")),
        format=format_from(row.part("sellingMode")),
    )


def _content_from(row: Json) -> OfferContent:
    description = row.part("description")
    sections = description.required_rows("sections") if description.is_object else []
    return OfferContent(
        title=row.required_text("name"),
        images=tuple(map(_address, row.required_rows("images"))),
        description=Description(tuple(map(_section_from, sections))),
        parameters=tuple(map(parameter_value_from, row.required_rows("parameters"))),
    )


def _element(offer: NewOffer) -> Body:
    # Product safety is told beside the product; within it, Allegro does not know these names.
    return {
        "product": _product(offer.product),
        "quantity": {"value": 1},
        **_given(
            {
                "responsibleProducer": _typed("ID", id=offer.responsible_producer_id),
                "responsiblePerson": _id(offer.responsible_person_id),
                "safetyInformation": _typed("TEXT", description=offer.safety_information),
            }
        ),
    }


def _product(product: OfferedProduct) -> Body:
    if product.catalogue_id:
        return _given({"id": product.catalogue_id, "parameters": _parameters(product.parameters)})
    return _given(
        {
            "name": product.name,
            "category": _id(product.category_id),
            "parameters": _parameters(product.parameters),
            "images": list(product.images),
        }
    )


def _parameters(values: Iterable[ParameterValue]) -> list[Body]:
    return [
        _given(
            {
                "id": value.parameter_id,
                "valuesIds": list(value.entry_ids),
                "values": list(value.texts),
                "rangeValue": _given({"from": value.low, "to": value.high}),
            }
        )
        for value in values
    ]


def _description(description: Description) -> Body:
    return dict(description.as_allegro()) if description.sections else {}


def _location(location: Location) -> Body:
    return _given(
        {
            "countryCode": location.country_code,
            "province": _province(location.province),
            "city": location.city,
            "postCode": location.postal_code,
        }
    )


def _province(name: str) -> str:
    """As Allegro spells it (`KUJAWSKO_POMORSKIE`), of a name in any case, with or without diacritics."""
    return _PROVINCES.get(_province_key(name), name.strip().upper())


def _province_key(name: str) -> str:
    return text_key(name.replace("_", "-"))


_PROVINCES = {_province_key(name): name for name in PROVINCES}


def _rate(rate: OfferTaxRate) -> Body:
    return {"rate": rate.rate, "countryCode": rate.country_code}


def _id(value: str) -> Body:
    return _given({"id": value})


def _typed(kind: str, **members: str) -> Body:
    given = _given(members)
    return {"type": kind, **given} if given else {}


def _given(members: Body | dict[str, str]) -> Body:
    """Those that say something."""
    return {name: value for name, value in members.items() if value not in ("", [], {})}


def _section_from(row: Json) -> Section:
    return tuple(map(_item_from, row.required_rows("items")))


def _item_from(row: Json) -> Text | Picture:
    match row.text("type"):
        case "TEXT":
            return Text(row.text("content"))
        case "IMAGE":
            return Picture(row.required_text("url"))
    raise row.unreadable("type", "is not known")


def _address(row: Json) -> str:
    if not isinstance(row.value, str):
        raise row.unreadable("", "is not an address")
    return row.value
