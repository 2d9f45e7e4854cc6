"""PATCH of one offer: done at once, or accepted and done later under an operation that can be asked after."""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from app.sandbox.allegro.answers import ApiError
from app.sandbox.allegro.body_fields import check_readable
from app.sandbox.allegro.misbehaviour import strike_offer
from app.sandbox.allegro.offer_checks import CHECKED, Checked, OfferChecks, external_problems, lacking_price, merged
from app.sandbox.allegro.offers import Offer, SellingFormat
from app.sandbox.allegro.problems import Problem, Refused, RefusedBody
from app.sandbox.allegro.shelf import Shelf

Body = dict[str, Any]

_OPERATION_SECONDS = 30
_OPERATIONS_KEPT = timedelta(days=7)
_DURATION = re.compile(r"P(?:(?P<days>\d+)D|T(?P<hours>\d+)H)")
_DAYS: Mapping[SellingFormat, tuple[int, ...]] = {
    "BUY_NOW": (3, 5, 7, 10, 20, 30),
    "AUCTION": (1, 3, 5, 7, 10),
    "ADVERTISEMENT": (10, 20, 30),
}


@dataclass
class Operation:
    """An edit, or the making of an offer, that takes time. `failure` is why nothing came of it."""

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


def prices_of(offer: Offer, body: Body) -> Iterator[tuple[str, Decimal, str]]:
    """Marketplace, amount and currency of each price that a body names. Raises Refused."""
    mode = body.get("sellingMode") or {}
    if "price" in mode:
        yield offer.base, *price_of(mode["price"], "sellingMode.price")
    for marketplace, sent in (body.get("additionalMarketplaces") or {}).items():
        path = f"additionalMarketplaces.{marketplace}.sellingMode.price"
        if marketplace == offer.base:
            raise Refused("BASE_MARKETPLACE_NOT_ALLOWED", f"{offer.id} is on {offer.base} in any case.", path)
        if sent and "price" in (sent.get("sellingMode") or {}):
            yield marketplace, *price_of(sent["sellingMode"]["price"], path)


class Edits:
    """Not safe by itself: callers hold the lock."""

    def __init__(self, shelf: Shelf, checks: OfferChecks) -> None:
        self.shelf = shelf
        self.checks = checks
        self.reset()

    def reset(self) -> None:
        self._operations: dict[str, Operation] = {}
        self._running: dict[str, Operation] = {}

    def edit(self, offer: Offer, body: Body) -> Operation | None:
        """Do what the body says, or (the operation) begin to. Raises Refused, and ApiError 409 during another edit."""
        faults, now = self.shelf.faults, self.shelf.clock.now()
        if offer.id in self._running or strike_offer(faults, "edit_conflict", offer.id):
            raise ApiError(409, "CONFLICT", "The previous edition of the offer is still being processed.")
        check_readable(body)
        if strike_offer(faults, "edit_refused", offer.id):
            raise _lost_parameter()
        fails = strike_offer(faults, "edit_fails_later", offer.id)
        takes_time = fails or strike_offer(faults, "edit_processing", offer.id)
        if takes_time is None:
            self._apply(offer, body, now)
            return None

        def work(moment: datetime) -> None:
            if fails is not None:
                raise _lost_parameter()
            self._apply(offer, body, moment)

        return self.begin(offer, float(takes_time.args.get("seconds", _OPERATION_SECONDS)), work)

    def begin(self, offer: Offer, seconds: float, work: Callable[[datetime], None]) -> Operation:
        """Do something later, and bar edits until then."""
        operation = Operation(str(uuid.uuid4()), offer, self.shelf.clock.now())
        self._operations[operation.id] = self._running[offer.id] = operation

        def finish(moment: datetime) -> None:
            del self._running[offer.id]
            operation.finished_at = moment
            try:
                work(moment)
            except Refused as refusal:
                operation.failure = refusal

        self.shelf.agenda.after(seconds, finish)
        return operation

    def operation(self, offer_id: str, operation_id: str) -> Operation:
        """Raises KeyError for one that is unknown or long over."""
        self.shelf.agenda.catch_up()
        operation = self._operations[operation_id]
        if operation.offer.id != offer_id or self.shelf.clock.now() - operation.started_at > _OPERATIONS_KEPT:
            raise KeyError(operation_id)
        return operation

    def _apply(self, offer: Offer, body: Body, now: datetime) -> None:
        """All of it or, where something is refused, nothing."""
        mode, publication = body.get("sellingMode") or {}, body.get("publication") or {}
        prices = list(prices_of(offer, body))
        for marketplace, amount, currency in prices:
            self.shelf.check_price(offer, marketplace, amount, currency, joining=True)
        if mode.get("format", offer.selling_format) != offer.selling_format and offer.status != "INACTIVE":
            raise Refused("SELLING_FORMAT_CANNOT_CHANGE", "The format cannot be changed.", "sellingMode.format")
        status = publication.get("status", offer.status)
        if status not in {"ACTIVE", "ENDED", offer.status}:
            raise Refused("INVALID_PUBLICATION_STATUS", f"The status cannot become {status}.", "publication.status")
        duration = duration_of(publication, offer)
        publishing = status == "ACTIVE" or (offer.buyable and status != "ENDED")
        priced = offer.price or any(marketplace == offer.base for marketplace, _amount, _currency in prices)
        lacking = () if priced else (lacking_price(),)
        checked = self._checked(offer, body, lacking, publishing=publishing)
        before, previous, errors = offer.available, offer.duration, offer.errors
        if body.get("stock") is not None and "available" in body["stock"]:
            self.shelf.change_stock(offer, pieces_of(body["stock"]["available"]), now)
        self.shelf.change_duration(offer, duration)
        if checked is not None:
            offer.errors = (*lacking, *checked.refusals(publishing=True))
        try:
            if status == "ACTIVE":
                self.shelf.activate(offer, now)
            elif status == "ENDED":
                self.shelf.end(offer, "USER", now)
        except Refused:
            # Only an offer off sale can be refused here, so that no event has told of its stock.
            offer.available, offer.duration, offer.errors = before, previous, errors
            raise
        for marketplace, amount, currency in prices:
            self.shelf.change_price(offer, marketplace, amount, currency, now, joining=True)
        offer.republish = bool(publication.get("republish", offer.republish))
        self._describe(offer, body, checked, now)

    def _checked(self, offer: Offer, body: Body, lacking: tuple[Problem, ...], *, publishing: bool) -> Checked | None:
        """What the offer says after the edit; None where nothing of it changes and nothing of it was sent here.

        Raises RefusedBody. Of an offer that was there before only what is touched is looked at.
        """
        touched = {name for name in CHECKED if name in body}
        if not touched and not offer.described:
            refused = tuple(external_problems(body))
            if refused:
                raise RefusedBody(refused)
            return None
        sent = merged(offer.sent, body)
        if offer.buyable and body.get("productSet"):
            # The catalogue's texts come back over the seller's own.
            texts = {"name", "images", "description"} - touched
            sent = {name: value for name, value in sent.items() if name not in texts}
            touched |= texts
        if not offer.described:
            # Nobody has said where it is, and it is there.
            sent = {"category": {"id": offer.category_id}, **sent}
        checked = self.checks.check(offer.seller, sent)
        if not offer.described:
            checked = checked.limited(touched)
        refused = (*checked.refusals(publishing=publishing), *external_problems(body))
        if publishing:
            refused += lacking
        if refused:
            raise RefusedBody(refused)
        return checked

    def _describe(self, offer: Offer, body: Body, checked: Checked | None, now: datetime) -> None:
        external = offer.external_id
        if "external" in body:
            external = (body["external"] or {}).get("id")
        after: tuple[str | None, str, Body] = (external, offer.name, offer.shown)
        if checked is not None:
            offer.sent = checked.sent
            after = (external, checked.name or offer.name, {**offer.shown, **checked.shown})
            offer.category_id, offer.ean = checked.category_id or offer.category_id, checked.ean or offer.ean
            self.checks.keep_pictures(checked.shown)
        if after != (offer.external_id, offer.name, offer.shown):
            offer.remember(now)
            offer.external_id, offer.name, offer.shown = after
            self.shelf.tell("OFFER_CHANGED", offer, now)
        offer.touched_at = now


def pieces_of(sent: Any) -> int:
    if not isinstance(sent, int) or isinstance(sent, bool):
        raise Refused("INVALID_OFFER_QUANTITY", "Stock is a whole number.", "stock.available")
    return sent


def duration_of(publication: Body, offer: Offer) -> timedelta | None:
    """How long the offer is to be on sale, None until sold out. Raises Refused for what is not of the allowed."""
    if "duration" not in publication:
        return offer.duration
    if publication["duration"] is None:
        return None
    match = _DURATION.fullmatch(str(publication["duration"]))
    duration = timedelta(days=int(match["days"] or 0), hours=int(match["hours"] or 0)) if match else None
    if duration is None or duration not in [timedelta(days=each) for each in _DAYS[offer.selling_format]]:
        raise Refused("INVALID_DURATION", "The duration is not one of the allowed.", "publication.duration")
    return duration


def _lost_parameter() -> Refused:
    return Refused("MISSING_REQUIRED_PARAMETERS", "The category now requires the parameter 'Stan'.", "parameters")
