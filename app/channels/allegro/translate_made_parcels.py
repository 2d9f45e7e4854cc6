"""Ship with Allegro's messages in our words, and the input of a new parcel in Allegro's. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.channels.allegro.wire import COMMAND_DONE, COMMAND_FAILED, PACKAGE_TYPES, complaints_of
from app.channels.reading import Json
from app.domain.made_parcels import CommandResult, MadeShipment, Package, ParcelChoices, Sender
from app.domain.money import Money, round_to
from app.domain.new_offers import FieldError

Body = dict[str, Any]


def input_from(proposal: Json, choices: ParcelChoices) -> Body:
    """The input that Allegro proposes, with what the seller wants otherwise. Raises `Unreadable` without a proposal.

    The label is always a PDF.
    """
    suggested = proposal.required("suggestedInput").value
    body = _without_nulls(suggested) if isinstance(suggested, dict) else {}
    if choices.packages:
        body["packages"] = [_package_to(package) for package in choices.packages]
    if choices.insurance is not None:
        body["insurance"] = _money_to(choices.insurance)
    if choices.cash_on_delivery is not None:
        body["cashOnDelivery"] = {**body.get("cashOnDelivery", {}), **_money_to(choices.cash_on_delivery)}
    if choices.no_cash:
        body.pop("cashOnDelivery", None)
    body["labelFormat"] = "PDF"
    return body


def result_from(row: Json) -> CommandResult:
    """Any word that is not an end is work going on. Raises `Unreadable` where a parcel was made and has no id."""
    match row.text("status"):
        case word if word == COMMAND_DONE:
            return CommandResult(is_over=True, shipment_id=row.required_text("shipmentId"))
        case word if word == COMMAND_FAILED:
            return CommandResult(is_over=True, errors=errors_from(row))
        case _:
            return CommandResult(is_over=False)


def errors_from(row: Json) -> tuple[FieldError, ...]:
    """Why nothing came of a command; never empty."""
    errors = tuple(FieldError(each.path, each.text) for each in complaints_of(row) if each.text)
    return errors or (FieldError("", "Allegro does not say why."),)


def shipment_from(row: Json) -> MadeShipment:
    available, sender = row.get("pickupAvailable"), row.part("sender")
    return MadeShipment(
        carrier_id=row.text("carrier"),
        waybills=tuple(package.text("waybill") for package in row.required_rows("packages")),
        cancelled_at=row.instant("canceledDate"),
        pickup_available=available if isinstance(available, bool) else None,
        sender=_sender_from(sender) if sender.is_object else None,
    )


def _sender_from(row: Json) -> Sender:
    return Sender(
        name=row.text("name"),
        company=row.text("company"),
        street=row.text("street"),
        postal_code=row.text("postalCode"),
        city=row.text("city"),
        region=row.text("state"),
        country_code=row.text("countryCode"),
        email=row.text("email"),
        phone=row.text("phone"),
    )


def _package_to(package: Package) -> Body:
    body: Body = {
        "type": PACKAGE_TYPES[package.kind],
        "length": _measure(package.length_cm, "CENTIMETER"),
        "width": _measure(package.width_cm, "CENTIMETER"),
        "height": _measure(package.height_cm, "CENTIMETER"),
        "weight": _measure(package.weight_kg, "KILOGRAMS"),
    }
    if package.text_on_label:
        body["textOnLabel"] = package.text_on_label
    return body


def _measure(value: Decimal, unit: str) -> Body:
    return {"value": _number(value), "unit": unit}


def _money_to(money: Money) -> Body:
    return {"amount": str(round_to(money.amount, 2)), "currency": money.currency}


def _without_nulls(value: Mapping[str, Any]) -> Body:
    """What Allegro proposes, fit to be sent back: it proposes null for members that may not be null."""
    return {name: _plain(each) for name, each in value.items() if each is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _without_nulls(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return _number(value) if isinstance(value, Decimal) else value


def _number(value: Decimal) -> int | float:
    # Measures are JSON numbers at Allegro; amounts of money are texts.
    return int(value) if value == value.to_integral_value() else float(value)
