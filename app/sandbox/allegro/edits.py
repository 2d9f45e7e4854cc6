"""PATCH of one offer: done at once, or accepted and done later under an operation that can be asked after."""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from app.sandbox.allegro.answers import ApiError
from app.sandbox.allegro.misbehaviour import strike_offer
from app.sandbox.allegro.offers import Offer
from app.sandbox.allegro.shelf import Refused, Shelf

Body = dict[str, Any]

_OPERATION_SECONDS = 30
_OPERATIONS_KEPT = timedelta(days=7)
_DURATION = re.compile(r"P(?:(?P<days>\d+)D|T(?P<hours>\d+)H)")
# What may be sent. What is inside a None is not looked at, and of it only the name and external id have an effect.
_FIELDS: Mapping[str, Mapping[str, Any] | None] = {
    "stock": {"available": None, "unit": None},
    "sellingMode": {"format": None, "price": None, "minimalPrice": None, "startingPrice": None},
    "publication": {"duration": None, "republish": None, "startingAt": None, "status": None},
    "external": {"id": None},
    **dict.fromkeys(
        (
            "additionalMarketplaces",
            "additionalServices",
            "afterSalesServices",
            "aiCoCreatedContent",
            "attachments",
            "b2b",
            "category",
            "compatibilityList",
            "contact",
            "delivery",
            "description",
            "discounts",
            "fundraisingCampaign",
            "images",
            "language",
            "location",
            "messageToSellerSettings",
            "name",
            "parameters",
            "payments",
            "productSet",
            "sizeTable",
            "taxSettings",
        )
    ),
}


@dataclass
class Operation:
    """An edit that takes time. `failure` is why nothing came of it."""

    id: str
    offer: Offer
    started_at: datetime
    finished_at: datetime | None = None
    failure: Refused | None = None


def price_of(sent: Any, path: str) -> tuple[Decimal, str]:
    """Amount and currency. Raises Refused for what is no price."""
    try:
        if not isinstance(sent["amount"], str):
            raise TypeError("an amount is a string")
        amount, currency = Decimal(sent["amount"]), str(sent["currency"])
    except (KeyError, TypeError, InvalidOperation) as error:
        raise Refused("INVALID_PRICE", "A price has an amount (a string) and a currency.", path) from error
    if not amount.is_finite():
        raise Refused("INVALID_PRICE", "The amount is not a number.", path)
    return amount, currency


def _unknown(body: Body, known: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, value in body.items():
        if name not in known:
            yield path + name
        elif known[name] is not None and isinstance(value, dict):
            yield from _unknown(value, known[name], f"{path}{name}.")


def warnings_about(body: Body) -> list[Body]:
    """What was sent and is not known, which is no error."""
    return [
        {
            "code": "UnknownJSONProperty",
            "message": f"The property {path} is not known.",
            "details": None,
            "path": path,
            "userMessage": f"The property {path} is not known.",
            "metadata": {},
        }
        for path in _unknown(body, _FIELDS)
    ]


class Edits:
    """Not safe by itself: callers hold the lock."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.reset()

    def reset(self) -> None:
        self._operations: dict[str, Operation] = {}
        self._running: dict[str, Operation] = {}

    def edit(self, offer: Offer, body: Body) -> Operation | None:
        """Do what the body says, or (the operation) begin to. Raises Refused, and ApiError 409 during another edit."""
        faults, now = self.shelf.faults, self.shelf.clock.now()
        if offer.id in self._running or strike_offer(faults, "edit_conflict", offer.id):
            raise ApiError(409, "CONFLICT", "The previous edition of the offer is still being processed.")
        if strike_offer(faults, "edit_refused", offer.id):
            raise _lost_parameter()
        fails = strike_offer(faults, "edit_fails_later", offer.id)
        takes_time = fails or strike_offer(faults, "edit_processing", offer.id)
        if takes_time is None:
            self._apply(offer, body, now)
            return None
        operation = Operation(str(uuid.uuid4()), offer, now)
        self._operations[operation.id] = self._running[offer.id] = operation

        def finish(moment: datetime) -> None:
            del self._running[offer.id]
            operation.finished_at = moment
            try:
                if fails is not None:
                    raise _lost_parameter()
                self._apply(offer, body, moment)
            except Refused as refusal:
                operation.failure = refusal

        self.shelf.agenda.after(float(takes_time.args.get("seconds", _OPERATION_SECONDS)), finish)
        return operation

    def operation(self, offer: Offer, operation_id: str) -> Operation:
        """Raises KeyError for one that is unknown or long over."""
        operation = self._operations[operation_id]
        if operation.offer is not offer or self.shelf.clock.now() - operation.started_at > _OPERATIONS_KEPT:
            raise KeyError(operation_id)
        return operation

    def _apply(self, offer: Offer, body: Body, now: datetime) -> None:
        """All of it or, where something is refused, nothing."""
        mode, publication = body.get("sellingMode") or {}, body.get("publication") or {}
        prices = list(self._prices(offer, body))
        for marketplace, amount, currency in prices:
            self.shelf.check_price(offer, marketplace, amount, currency, joining=True)
        if mode.get("format", offer.selling_format) != offer.selling_format and offer.status != "INACTIVE":
            raise Refused("SELLING_FORMAT_CANNOT_CHANGE", "The format cannot be changed.", "sellingMode.format")
        status = publication.get("status", offer.status)
        if status not in {"ACTIVE", "ENDED", offer.status}:
            raise Refused("INVALID_PUBLICATION_STATUS", f"The status cannot become {status}.", "publication.status")
        duration = _duration(publication, offer)
        before, previous = offer.available, offer.duration
        if body.get("stock") is not None and "available" in body["stock"]:
            self.shelf.change_stock(offer, _pieces(body["stock"]["available"]), now)
        self.shelf.change_duration(offer, duration)
        try:
            if status == "ACTIVE":
                self.shelf.activate(offer, now)
            elif status == "ENDED":
                self.shelf.end(offer, "USER", now)
        except Refused:
            # Only an offer off sale can be refused here, so that no event has told of its stock.
            offer.available, offer.duration = before, previous
            raise
        for marketplace, amount, currency in prices:
            self.shelf.change_price(offer, marketplace, amount, currency, now, joining=True)
        offer.republish = bool(publication.get("republish", offer.republish))
        self._describe(offer, body, now)

    def _prices(self, offer: Offer, body: Body) -> Iterator[tuple[str, Decimal, str]]:
        mode = body.get("sellingMode") or {}
        if "price" in mode:
            yield offer.base, *price_of(mode["price"], "sellingMode.price")
        for marketplace, sent in (body.get("additionalMarketplaces") or {}).items():
            path = f"additionalMarketplaces.{marketplace}.sellingMode.price"
            if marketplace == offer.base:
                raise Refused("BASE_MARKETPLACE_NOT_ALLOWED", f"{offer.id} is on {offer.base} in any case.", path)
            if sent and "price" in (sent.get("sellingMode") or {}):
                yield marketplace, *price_of(sent["sellingMode"]["price"], path)

    def _describe(self, offer: Offer, body: Body, now: datetime) -> None:
        external = offer.external_id
        if "external" in body:
            external = (body["external"] or {}).get("id")
        name = body.get("name") or offer.name
        if (external, name) != (offer.external_id, offer.name):
            offer.remember(now)
            offer.external_id, offer.name = external, name
            self.shelf.tell("OFFER_CHANGED", offer, now)
        offer.touched_at = now


def _pieces(sent: Any) -> int:
    if not isinstance(sent, int) or isinstance(sent, bool):
        raise Refused("INVALID_OFFER_QUANTITY", "Stock is a whole number.", "stock.available")
    return sent


def _duration(publication: Body, offer: Offer) -> timedelta | None:
    if "duration" not in publication:
        return offer.duration
    if publication["duration"] is None:
        return None
    match = _DURATION.fullmatch(str(publication["duration"]))
    if match is None:
        raise Refused("INVALID_DURATION", "The duration is not one of the allowed.", "publication.duration")
    return timedelta(days=int(match["days"] or 0), hours=int(match["hours"] or 0))


def _lost_parameter() -> Refused:
    return Refused("MISSING_REQUIRED_PARAMETERS", "The category now requires the parameter 'Stan'.", "parameters")
