"""What commands ask for: their bodies read into tasks. What does not fit is a 422 for the whole command."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.sandbox.allegro.answers import ApiError
from app.sandbox.allegro.commands import Body, Task
from app.sandbox.allegro.currencies import MARKETPLACES, exact
from app.sandbox.allegro.edits import price_of
from app.sandbox.allegro.offers import Offer, currency_of
from app.sandbox.allegro.problems import Refused
from app.sandbox.allegro.shelf import Shelf

MOST_OFFERS = 1000
MOST_MODIFICATIONS = 25
Change = Callable[[Offer, datetime], None]

_PRICE_KEYS = frozenset({"price", "value", "percentage"})
_PRICE_TYPES = {
    "FIXED_PRICE": "price",
    "INCREASE_PRICE": "value",
    "DECREASE_PRICE": "value",
    "INCREASE_PERCENTAGE": "percentage",
    "DECREASE_PERCENTAGE": "percentage",
}
_BULK_PRICE_TYPES = {"FIXED": "value", "GAIN": "value", "PERCENTAGE": "percentage"}


def _unfit(message: str, path: str, code: str = "VALIDATION_ERROR") -> ApiError:
    return ApiError(422, code, message, path=path)


def _object(value: Any, path: str) -> Body:
    if not isinstance(value, dict):
        raise _unfit(f"{path} must be an object", path)
    return value


def _offer_ids(body: Body) -> list[str]:
    criteria = body.get("offerCriteria")
    try:
        ids = [
            str(offer["id"])
            for criterion in criteria or []
            if criterion["type"] == "CONTAINS_OFFERS"
            for offer in criterion["offers"]
        ]
    except (KeyError, TypeError) as error:
        raise _unfit("offerCriteria must name offers", "offerCriteria") from error
    if not 1 <= len(ids) <= MOST_OFFERS:
        raise _unfit(f"between 1 and {MOST_OFFERS} offers are allowed", "offerCriteria")
    return list(dict.fromkeys(ids))


# --- stock ------------------------------------------------------------------------------------------------------------


def _stock_change(sent: Body, shelf: Shelf, path: str) -> Change:
    value, kind = sent.get("value"), sent.get("changeType")
    if not isinstance(value, int) or isinstance(value, bool) or kind not in {"FIXED", "GAIN"}:
        raise _unfit("changeType must be FIXED or GAIN, and value a whole number", path)
    if kind == "FIXED" and value < 1:
        raise _unfit("the quantity must be greater than 0", f"{path}.value", "INCORRECT_QUANTITY_VALUE")

    def change(offer: Offer, now: datetime) -> None:
        pieces = value if kind == "FIXED" else offer.available + value
        if pieces < 1:
            raise Refused("INVALID_OFFER_QUANTITY", "The quantity must be greater than 0.", "stock.available")
        shelf.change_stock(offer, pieces, now)

    return change


def quantity_tasks(body: Body, shelf: Shelf) -> list[Task]:
    change = _stock_change(_object(body.get("modification"), "modification"), shelf, "modification")
    return [Task(offer_id, "stock.available", change) for offer_id in _offer_ids(body)]


# --- price ------------------------------------------------------------------------------------------------------------


def _percentage(sent: Any, path: str) -> Decimal:
    try:
        return Decimal(str(sent).removeprefix("+").removesuffix("%"))
    except InvalidOperation as error:
        raise _unfit("the percentage must be a number", path) from error


def _money(sent: Any, path: str) -> tuple[Decimal, str]:
    try:
        return price_of(sent, path)
    except Refused as refusal:
        raise _unfit(refusal.message, path, refusal.code) from refusal


def _price_change(kind: str, key: str, sent: Body, marketplace: str | None, shelf: Shelf, path: str) -> Change:
    """Without a marketplace it is about the base one of each offer."""
    if marketplace is not None and marketplace not in MARKETPLACES:
        raise _unfit(f"there is no marketplace {marketplace}", path)
    if _PRICE_KEYS & set(sent) != {key}:
        raise _unfit(f"{kind} takes {key} and nothing else", path)
    path = f"{path}.{key}"
    if key == "percentage":
        factor = 1 + (-1 if kind.startswith("DECREASE") else 1) * _percentage(sent[key], path) / 100

        def scale(offer: Offer, now: datetime) -> None:
            place = marketplace or offer.base
            currency = currency_of(place)
            shelf.change_price(offer, place, exact(offer.listed_price(place) * factor, currency), currency, now)

        return scale
    amount, currency = _money(sent[key], path)
    if kind in {"FIXED_PRICE", "FIXED"}:
        return lambda offer, now: shelf.change_price(offer, marketplace or offer.base, amount, currency, now)
    step = -amount if kind.startswith("DECREASE") else amount

    def move(offer: Offer, now: datetime) -> None:
        place = marketplace or offer.base
        shelf.change_price(offer, place, offer.listed_price(place) + step, currency, now)

    return move


def price_tasks(body: Body, shelf: Shelf) -> list[Task]:
    sent = _object(body.get("modification"), "modification")
    kind = str(sent.get("type"))
    if kind not in _PRICE_TYPES:
        raise _unfit(f"type must be one of {', '.join(_PRICE_TYPES)}", "modification.type")
    marketplace = sent.get("marketplaceId") or None
    change = _price_change(kind, _PRICE_TYPES[kind], sent, marketplace, shelf, "modification")
    return [Task(offer_id, "sellingMode.price", change) for offer_id in _offer_ids(body)]


# --- on sale or not ---------------------------------------------------------------------------------------------------


def publication_tasks(body: Body, shelf: Shelf) -> list[Task]:
    sent = _object(body.get("publication"), "publication")
    action, scheduled = sent.get("action"), sent.get("scheduledFor")
    try:
        planned_for = None if scheduled is None else datetime.fromisoformat(scheduled)
    except (TypeError, ValueError) as error:
        raise _unfit("scheduledFor must be an ISO 8601 time", "publication.scheduledFor") from error

    def activate(offer: Offer, now: datetime) -> None:
        shelf.activate(offer, now, planned_for)

    def end(offer: Offer, now: datetime) -> None:
        shelf.end(offer, "USER", now)

    changes: dict[Any, Change] = {"ACTIVATE": activate, "END": end}
    if action not in changes:
        raise _unfit("action must be ACTIVATE or END", "publication.action")
    return [Task(offer_id, "publication.status", changes[action]) for offer_id in _offer_ids(body)]


# --- stock and prices together ----------------------------------------------------------------------------------------


def _bulk_prices(sent: Body, shelf: Shelf, path: str) -> Change:
    changes = []
    for marketplace, modification in sent.items():
        inside = f"{path}.{marketplace}"
        modification = _object(modification, inside)
        kind = str(modification.get("changeType"))
        if kind not in _BULK_PRICE_TYPES:
            raise _unfit(f"changeType must be one of {', '.join(_BULK_PRICE_TYPES)}", inside)
        changes.append(_price_change(kind, _BULK_PRICE_TYPES[kind], modification, marketplace, shelf, inside))

    def change(offer: Offer, now: datetime) -> None:
        for each in changes:
            each(offer, now)

    return change


def _modification_tasks(sent: Body, shelf: Shelf, path: str) -> Iterator[Task]:
    offer_id = str(sent.get("offerId"))
    if sent.get("prices"):
        prices = _object(sent["prices"], f"{path}.prices")
        yield Task(offer_id, "prices", _bulk_prices(prices, shelf, f"{path}.prices"))
    if sent.get("stock"):
        stock = _object(sent["stock"], f"{path}.stock")
        yield Task(offer_id, "stock", _stock_change(stock, shelf, f"{path}.stock"))


def bulk_tasks(body: Body, shelf: Shelf) -> list[Task]:
    sent = body.get("modifications")
    if not isinstance(sent, list) or not 1 <= len(sent) <= MOST_MODIFICATIONS:
        raise _unfit(f"between 1 and {MOST_MODIFICATIONS} modifications are allowed", "modifications")
    tasks = [
        task
        for place, each in enumerate(sent)
        for task in _modification_tasks(_object(each, f"modifications[{place}]"), shelf, f"modifications[{place}]")
    ]
    subjects = {(task.offer_id, task.field) for task in tasks}
    if not tasks or len(subjects) < len(tasks):
        raise _unfit("one modification of a kind is allowed for an offer, and one is needed", "modifications")
    return tasks
