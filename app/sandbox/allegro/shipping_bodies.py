"""What is sent to Ship with Allegro, looked through before anything is done: what does not fit is a 400.

Paths begin inside `input`, as Allegro writes them.
"""

import re
import uuid
from typing import Any

from app.sandbox.allegro.answers import ApiError

Body = dict[str, Any]

MOST_FOR_PICKUP = 100
_AMOUNT = re.compile(r"\d+[.,]\d{1,2}")
_ADDRESS = ("street", "city", "countryCode", "postalCode", "email", "phone")
_PACKAGE_TYPES = frozenset({"DOX", "PACKAGE", "PALLET", "OTHER"})
_UNITS = {"length": "CENTIMETER", "width": "CENTIMETER", "height": "CENTIMETER", "weight": "KILOGRAMS"}


class ShippingError(ApiError):
    """A refusal of Ship with Allegro, be it an answer's or a command's."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        path: str = "",
        details: str = "",
        user_message: str | None = None,
    ) -> None:
        super().__init__(status, code, message, path=path, user_message=user_message)
        self.details = details

    def entry(self) -> Body:
        return {
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "path": self.path,
            "userMessage": self.user_message,
        }

    def body(self) -> Body:
        return {"errors": [self.entry()]}


def unfit(path: str, value: object = None) -> ShippingError:
    return ShippingError(
        400,
        "VALIDATION_ERROR",
        f"The value of {path} is missing or does not fit.",
        path=path,
        details=f"Invalid value: {value}",
        user_message="Brak wartości pola lub jest ona niepoprawna.",
    )


def no_shipment() -> ShippingError:
    return ShippingError(
        404,
        "SHIPMENT_NOT_FOUND",
        "There is no such shipment.",
        path="shipmentId",
        details="There is no such shipment.",
        user_message="Nie znaleziono takiej przesyłki.",
    )


def command_of(sent: Any) -> tuple[str | None, Body]:
    """The id (None where Allegro is to make one) and the input. Raises ShippingError."""
    body = _object(sent, "body")
    command_id = body.get("commandId") or None
    if command_id is not None:
        try:
            command_id = str(uuid.UUID(command_id))
        except (TypeError, ValueError, AttributeError) as error:
            raise unfit("commandId", command_id) from error
    return command_id, _object(body.get("input"), "input")


def check_creation(sent: Body) -> None:
    check_address(sent.get("sender"), "sender")
    check_address(sent.get("receiver"), "receiver")
    packages = sent.get("packages")
    if not isinstance(packages, list) or not packages:
        raise unfit("packages", packages)
    for place, package in enumerate(packages):
        _check_package(_object(package, f"packages[{place}]"), f"packages[{place}]")
    for name in ("insurance", "cashOnDelivery"):
        if sent.get(name) is not None:
            _check_amount(_object(sent[name], name), name)
    if sent.get("labelFormat") not in (None, "PDF", "ZPL"):
        raise unfit("labelFormat", sent["labelFormat"])


def check_cancellation(sent: Body) -> None:
    if not isinstance(sent.get("shipmentId"), str):
        raise unfit("shipmentId", sent.get("shipmentId"))


def check_pickup(sent: Body) -> None:
    shipment_ids(sent)
    check_address(sent.get("address"), "address")
    time = sent.get("pickupTime")
    if time is None and not sent.get("pickupDateProposalId"):
        raise unfit("pickupTime")
    if time is not None and not isinstance(_object(time, "pickupTime").get("date"), str):
        raise unfit("pickupTime.date", time.get("date"))


def shipment_ids(sent: Body, most: int | None = None) -> list[str]:
    ids = sent.get("shipmentIds")
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise unfit("shipmentIds", ids)
    if most is not None and len(ids) > most:
        raise unfit("shipmentIds", len(ids))
    return ids


def object_of(sent: Any) -> Body:
    return _object(sent, "body")


def check_address(value: Any, path: str) -> None:
    address = _object(value, path)
    for name in _ADDRESS:
        if not isinstance(address.get(name), str) or not address[name]:
            raise unfit(f"{path}.{name}", address.get(name))
    if not (address.get("name") or address.get("company")):
        raise unfit(f"{path}.name", address.get("name"))
    if re.fullmatch("[A-Z]{2}", address["countryCode"]) is None:
        raise unfit(f"{path}.countryCode", address["countryCode"])


def _check_package(package: Body, path: str) -> None:
    if package.get("type") not in _PACKAGE_TYPES:
        raise unfit(f"{path}.type", package.get("type"))
    for name, unit in _UNITS.items():
        measure = _object(package.get(name), f"{path}.{name}")
        value = measure.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise unfit(f"{path}.{name}.value", value)
        if measure.get("unit") != unit:
            raise unfit(f"{path}.{name}.unit", measure.get("unit"))


def _check_amount(money: Body, path: str) -> None:
    if not isinstance(money.get("amount"), str) or _AMOUNT.fullmatch(money["amount"]) is None:
        raise unfit(f"{path}.amount", money.get("amount"))
    if not isinstance(money.get("currency"), str):
        raise unfit(f"{path}.currency", money.get("currency"))


def _object(value: Any, path: str) -> Body:
    if not isinstance(value, dict):
        raise unfit(path, value)
    return value
