"""Allegro's messages about offers in our words, and our changes in Allegro's. Pure.

Only ids are required: an offer whose price cannot be read still has a quantity. What cannot be read is unknown.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from app.channels.allegro.wire import (
    BULK_FIELDS,
    CHANGED_BY_RULE,
    ENDERS,
    EVENT_KINDS,
    GTIN_NAMES,
    LISTED_ABROAD,
    OFFER_FORMATS,
    OFFER_STATUSES,
    PUBLICATION_ACTIONS,
    PUBLICATION_STATUSES,
    TASK_STATES,
    complaints_of,
)
from app.channels.reading import Json, decimal_in
from app.domain.money import Money
from app.domain.offers import (
    MAX_QUANTITY,
    CommandKind,
    CommandReport,
    EditOutcome,
    EndedBy,
    ForeignOffer,
    Offer,
    OfferDetails,
    OfferEvent,
    OfferEventKind,
    OfferFormat,
    OfferParts,
    OfferStatus,
    OfferValues,
    Publication,
    TaskOutcome,
    TaskState,
)

Body = dict[str, Any]


def offer_from(row: Json) -> Offer:
    """An offer of the list. Raises `Unreadable` without an id."""
    offer_id = row.required_text("id")
    selling, publication = row.part("sellingMode"), row.part("publication")
    return Offer(
        id=offer_id,
        title=row.text("name"),
        external_id=row.part("external").text("id"),
        format=format_from(selling),
        status=status_from(publication),
        quantity=_count(row.part("stock"), "available"),
        price=_price(selling),
        marketplace=publication.part("marketplaces").part("base").text("id"),
        rule_id=_rule(selling),
        bidders=_count(row.part("saleInfo"), "biddersCount"),
        fulfilled_by_allegro=row.flag("isFulfillment"),
        started_at=publication.instant("startedAt"),
        ended_at=publication.instant("endedAt"),
        foreign=tuple(
            ForeignOffer(
                marketplace=marketplace,
                listed=part.part("publication").text("state") == LISTED_ABROAD,
                price=_price(part.part("sellingMode")),
                rule_id=_rule(part.part("sellingMode")),
            )
            for marketplace, part in _members(row.part("additionalMarketplaces"))
        ),
    )


def details_from(row: Json) -> OfferDetails:
    """Out of a full offer. Raises `Unreadable` without an id."""
    selling, publication, products = row.part("sellingMode"), row.part("publication"), row.rows("productSet")
    return OfferDetails(
        id=row.required_text("id"),
        status=status_from(publication),
        ended_by=_ended_by(publication),
        gtins=tuple(
            value
            for element in products
            for parameter in element.part("product").rows("parameters")
            if GTIN_NAMES & set(parameter.text("name").upper().replace("(", " ").replace(")", " ").split())
            for value in parameter.texts("values")
        ),
        quantity=_count(row.part("stock"), "available"),
        price=_price(selling),
        format=format_from(selling),
        duration=_duration(publication),
        republish=publication.flag("republish"),
        is_set=len(products) > 1 or any(_count(each.part("quantity"), "value") not in (None, 1) for each in products),
    )


def parts_from(row: Json) -> OfferParts:
    abroad = {name: _price(part.part("sellingMode")) for name, part in _members(row.part("additionalMarketplaces"))}
    return OfferParts(
        quantity=_count(row.part("stock"), "available"),
        price=_price(row.part("sellingMode")),
        foreign_prices={name: price for name, price in abroad.items() if price is not None},
    )


def edit_outcome_from(row: Json, *, finished: bool) -> EditOutcome:
    return EditOutcome(finished, tuple(complaint.text for complaint in complaints_of(row.part("validation"))))


def report_from(row: Json) -> CommandReport:
    tasks = row.part("taskCount")
    return CommandReport(
        completed_at=row.instant("completedAt"),
        total=_count(tasks, "total"),
        succeeded=_count(tasks, "success"),
        failed=_count(tasks, "failed"),
    )


def task_from(row: Json, kind: CommandKind) -> TaskOutcome:
    """A task of a command of this kind. Raises `Unreadable` without the id of its offer."""
    bulk = kind is CommandKind.BULK
    complaints = complaints_of(row)
    return TaskOutcome(
        offer_id=row.required("subject").required_text("offerId")
        if bulk
        else row.required("offer").required_text("id"),
        changes=BULK_FIELDS.get(row.part("subject").text("field")) if bulk else kind,
        state=TASK_STATES.get(row.text("status"), TaskState.UNKNOWN),
        code=complaints[0].code if complaints else "",
        reason="; ".join(complaint.text for complaint in complaints if complaint.text) or row.text("message"),
    )


def offer_event_from(row: Json) -> OfferEvent:
    """Raises `Unreadable`."""
    offer, kind = row.required("offer"), EVENT_KINDS.get(row.text("type"), OfferEventKind.UNKNOWN)
    return OfferEvent(
        id=row.required_text("id"),
        kind=kind,
        offer_id=offer.required_text("id"),
        occurred_at=row.required_instant("occurredAt"),
        ended_by=_ended_by(offer.part("publication")) if kind is OfferEventKind.ENDED else None,
        by_rule=kind is OfferEventKind.PRICE_CHANGED and _all_by_rule(offer.rows("marketplaces")),
    )


def quantity_to(quantity: int, offer_ids: Collection[str]) -> Body:
    return {"modification": _fixed_quantity(quantity), "offerCriteria": _criteria(offer_ids)}


def price_to(price: Money, marketplace: str, offer_ids: Collection[str]) -> Body:
    """With marketplace "", of the base marketplace of each offer."""
    where = {"marketplaceId": marketplace} if marketplace else {}
    modification = {"type": "FIXED_PRICE", "price": money_to(price), **where}
    return {"modification": modification, "offerCriteria": _criteria(offer_ids)}


def publication_to(publication: Publication, offer_ids: Collection[str]) -> Body:
    action = PUBLICATION_ACTIONS[publication]
    return {"publication": {"action": action}, "offerCriteria": _criteria(offer_ids)}


def bulk_to(command_id: UUID, offers: Collection[OfferValues]) -> Body:
    return {"commandId": str(command_id), "modifications": [_values_to(values) for values in offers]}


def _values_to(values: OfferValues) -> Body:
    body: Body = {"offerId": values.offer_id}
    if values.quantity is not None:
        body["stock"] = _fixed_quantity(values.quantity)
    if values.prices:
        body["prices"] = {
            marketplace: {"changeType": "FIXED", "value": money_to(price)} for marketplace, price in values.prices
        }
    return body


def edit_to(
    quantity: int | None,
    price: Money | None,
    foreign_prices: Mapping[str, Money],
    publication: Publication | None,
    duration: str | None,
) -> Body:
    """The body of a PATCH: what is to change and nothing else, for Allegro takes what it is sent over all there is."""
    body: Body = {}
    if quantity is not None:
        body["stock"] = {"available": _bounded(quantity, 0)}
    if price is not None:
        body["sellingMode"] = {"price": money_to(price)}
    if foreign_prices:
        body["additionalMarketplaces"] = {
            marketplace: {"sellingMode": {"price": money_to(each)}} for marketplace, each in foreign_prices.items()
        }
    if publication is not None:
        body["publication"] = {"status": PUBLICATION_STATUSES[publication]}
    if duration is not None:
        # Null is an offer that runs until it is sold out.
        body.setdefault("publication", {})["duration"] = duration or None
    return body


def _fixed_quantity(quantity: int) -> Body:
    # Zero is refused here: an offer without stock is ended. A relative change sent twice would count twice.
    return {"changeType": "FIXED", "value": _bounded(quantity, 1)}


def _bounded(quantity: int, least: int) -> int:
    if not least <= quantity <= MAX_QUANTITY:
        raise ValueError(f"An offer cannot be told {quantity} pieces, only {least} to {MAX_QUANTITY}.")
    return quantity


def _criteria(offer_ids: Collection[str]) -> list[Body]:
    return [{"type": "CONTAINS_OFFERS", "offers": [{"id": offer_id} for offer_id in offer_ids]}]


def money_to(money: Money) -> Body:
    return {"amount": format(money.amount, "f"), "currency": money.currency}


def status_from(publication: Json) -> OfferStatus:
    return OFFER_STATUSES.get(publication.text("status"), OfferStatus.UNKNOWN)


def _ended_by(publication: Json) -> EndedBy | None:
    who = publication.text("endedBy")
    return ENDERS.get(who, EndedBy.UNKNOWN) if who else None


def _all_by_rule(marketplaces: list[Json]) -> bool:
    return bool(marketplaces) and all(each.text("changeType") == CHANGED_BY_RULE for each in marketplaces)


def format_from(selling: Json) -> OfferFormat:
    return OFFER_FORMATS.get(selling.text("format"), OfferFormat.UNKNOWN)


def _duration(publication: Json) -> str | None:
    # A null says that it runs until it is sold out; a missing one says nothing.
    members = publication.value
    if isinstance(members, dict) and "duration" in members and members["duration"] is None:
        return ""
    return publication.text("duration") or None


def _price(selling: Json) -> Money | None:
    part = selling.part("price")
    amount, currency = decimal_in(part.get("amount")), part.text("currency")
    return Money(amount, currency) if amount is not None and currency else None


def _rule(selling: Json) -> str:
    return selling.part("priceAutomation").part("rule").text("id")


def _count(part: Json, name: str) -> int | None:
    value = part.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _members(part: Json) -> list[tuple[str, Json]]:
    return [(name, part.part(name)) for name in part.value] if isinstance(part.value, dict) else []
