"""What may be sent about an offer, and of which kind each member is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.sandbox.allegro.problems import Problem, RefusedBody

Body = dict[str, Any]


@dataclass(frozen=True)
class _Each:
    """An object whose members have any names and are all of one shape."""

    shape: Any


# A shape is the members of an object, a list of one shape, or a type; `object` is looked at elsewhere.
_NAMED = {"id": str, "name": str}
_PRICE = {"amount": object, "currency": object}
_PARAMETER = {**_NAMED, "values": [str], "valuesIds": [str], "rangeValue": {"from": str, "to": str}}
_PRODUCT = {
    "id": str,
    "idType": str,
    "name": str,
    "category": {"id": str},
    "parameters": [_PARAMETER],
    "images": [str],
}
_SET_ELEMENT = {
    "product": _PRODUCT,
    "quantity": {"value": int},
    "responsiblePerson": _NAMED,
    "responsibleProducer": {**_NAMED, "type": str},
    "safetyInformation": {"type": str, "description": str, "attachments": [{"id": str}]},
    "marketedBeforeGPSRObligation": bool,
    "deposits": [{"id": str, "quantity": int}],
}
_DESCRIPTION = {"sections": [{"items": [{"type": str, "content": str, "url": str}]}]}
_FIELDS: Mapping[str, Any] = {
    "additionalMarketplaces": _Each({"sellingMode": {"price": _PRICE}}),
    "additionalServices": _NAMED,
    "afterSalesServices": {"impliedWarranty": _NAMED, "returnPolicy": _NAMED, "warranty": _NAMED},
    "aiCoCreatedContent": {"images": [{"url": str}]},
    "attachments": [{"id": str}],
    "b2b": {"buyableOnlyByBusiness": bool},
    "category": {"id": str},
    "compatibilityList": {"items": [object]},
    "contact": _NAMED,
    "delivery": {"shippingRates": _NAMED, "handlingTime": str, "additionalInfo": str, "shipmentDate": str},
    "description": _DESCRIPTION,
    "discounts": {"wholesalePriceList": _NAMED},
    "external": {"id": str},
    "fundraisingCampaign": _NAMED,
    "images": [str],
    "language": str,
    "location": {"city": str, "countryCode": str, "postCode": str, "province": str},
    "messageToSellerSettings": {"mode": str, "hint": str},
    "name": str,
    "parameters": [_PARAMETER],
    "payments": {"invoice": str},
    "productSet": [_SET_ELEMENT],
    "publication": {"duration": object, "republish": bool, "startingAt": str, "status": object},
    "sellingMode": {"format": str, "price": _PRICE, "minimalPrice": _PRICE, "startingPrice": _PRICE},
    "sizeTable": _NAMED,
    "stock": {"available": object, "unit": str},
    "taxSettings": {"rates": [{"rate": str, "countryCode": str}], "subject": str, "exemption": str},
}


def warnings_about(body: Body) -> list[Body]:
    """What was sent and is not known, which is no error."""
    return [
        Problem(
            "UnknownJSONProperty",
            path,
            f"The property {path} is not known.",
            f"Przesłane dane zawierają nieobsługiwane pole {path}.",
        ).view()
        for path in _unknown(body, _FIELDS, "")
    ]


def check_readable(body: Body) -> None:
    """Raises RefusedBody where a member is of another kind than it should be, a text where an object belongs, say."""
    told = "Zapytanie zawiera niepoprawne dane. Skontaktuj się z autorem aplikacji."
    problems = tuple(
        Problem("JsonMappingException", path, "Message is not readable.", told)
        for path in _unreadable(body, _FIELDS, "")
    )
    if problems:
        raise RefusedBody(problems)


def _unknown(value: Any, shape: Any, path: str) -> Iterator[str]:
    if isinstance(shape, dict) and isinstance(value, dict):
        yield from (_joined(path, name) for name in value if name not in shape)
    for member, below, where in _members(value, shape, path):
        yield from _unknown(member, below, where)


def _unreadable(value: Any, shape: Any, path: str) -> Iterator[str]:
    if value is None:
        return
    kind = dict if isinstance(shape, dict | _Each) else list if isinstance(shape, list) else shape
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        yield path
        return
    for member, below, where in _members(value, shape, path):
        yield from _unreadable(member, below, where)


def _members(value: Any, shape: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """Those that are known, each with its shape and its path."""
    if isinstance(shape, dict) and isinstance(value, dict):
        yield from ((value[name], shape[name], _joined(path, name)) for name in value if name in shape)
    elif isinstance(shape, _Each) and isinstance(value, dict):
        yield from ((each, shape.shape, _joined(path, name)) for name, each in value.items())
    elif isinstance(shape, list) and isinstance(value, list):
        yield from ((each, shape[0], f"{path}[{number}]") for number, each in enumerate(value))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
