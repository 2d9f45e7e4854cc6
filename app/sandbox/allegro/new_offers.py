"""POST of an offer: checked as a whole, made as a draft, and put on sale at once or later."""

from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

from app.sandbox.allegro.body_fields import check_readable
from app.sandbox.allegro.edits import Edits, Operation, duration_of, pieces_of, price_of, prices_of
from app.sandbox.allegro.misbehaviour import strike_new
from app.sandbox.allegro.offer_checks import OfferChecks, external_problems, lacking_price, merged
from app.sandbox.allegro.offers import MOST_PIECES, Foreign, Offer, SellingFormat
from app.sandbox.allegro.problems import Problem, Refused, RefusedBody
from app.sandbox.allegro.shelf import Shelf

Body = dict[str, Any]

_OPERATION_SECONDS = 30
_STATUSES = ("ACTIVE", "INACTIVE")
_REJECTED = (
    Problem(
        "VALIDATION_ERROR",
        "description.sections[0].items[0].content",
        'Invalid tag: "br", allowed tags: {b}',
        "Opis zawiera niedozwolony znacznik.",
    ),
    Problem(
        "ConstraintViolationException.MissingRequiredParameters",
        "parameters",
        "Missing required parameters: 11323",
        "Uzupełnij parametry obowiązkowe: Stan.",
        missing=True,
    ),
)


class NewOffers:
    """Not safe by itself: callers hold the lock."""

    def __init__(self, shelf: Shelf, checks: OfferChecks, edits: Edits) -> None:
        self.shelf = shelf
        self.checks = checks
        self.edits = edits

    def create(self, seller: str, body: Body) -> tuple[Offer, Operation | None]:
        """The offer, and the operation where it is not done yet. Raises Refused."""
        faults, external_id = self.shelf.faults, _external_id(body)
        if strike_new(faults, "creation_refused", external_id):
            raise RefusedBody(_REJECTED)
        check_readable(body)
        offer, publishing = self._draft(seller, body)
        self.shelf.add(offer)
        fails = strike_new(faults, "creation_fails_later", external_id)
        takes_time = fails or strike_new(faults, "creation_processing", external_id)
        if takes_time is not None:
            gone = fails is not None and bool(fails.args.get("gone"))

            def finish(moment: datetime) -> None:
                if gone:
                    self.shelf.remove(offer)
                if fails is not None:
                    offer.errors = _REJECTED
                    raise RefusedBody(_REJECTED)
                self._publish(offer, moment, asked=publishing)

            seconds = float(takes_time.args.get("seconds", _OPERATION_SECONDS))
            return offer, self.edits.begin(offer, seconds, finish)
        if strike_new(faults, "creation_inactive", external_id):
            offer.errors = _REJECTED
        self._publish(offer, offer.created_at, asked=publishing)
        return offer, None

    def _publish(self, offer: Offer, now: datetime, *, asked: bool) -> None:
        """What still stands against it leaves the offer a draft, with the reasons."""
        if not asked:
            return
        try:
            self.shelf.activate(offer, now)
        except Refused as refused:
            offer.errors = refused.problems

    def _draft(self, seller: str, body: Body) -> tuple[Offer, bool]:
        """The offer, and whether it is to go on sale. Raises RefusedBody with all that is wrong."""
        now, sent = self.shelf.clock.now(), merged({}, body)
        checked = self.checks.check(seller, sent)
        offer = Offer(
            id=self.shelf.next_id(),
            seller=seller,
            name=checked.name,
            price=Decimal(0),
            available=0,
            created_at=now,
            appeared_at=now,
            touched_at=now,
            external_id=_external_id(body),
            ean=checked.ean,
            status="INACTIVE",
            category_id=checked.category_id or "",
            sent=sent,
            shown=checked.shown,
            described=True,
        )
        publication = body.get("publication") or {}
        status = publication.get("status") or "ACTIVE"
        publishing = status == "ACTIVE"
        found: list[Problem] = []
        if status not in _STATUSES:
            message = f"A new offer cannot be {status}."
            found.append(Problem("INVALID_PUBLICATION_STATUS", "publication.status", message, message))
        for part in (_take_stock, self._take_prices, _take_duration):
            try:
                part(offer, body)
            except Refused as refused:
                found += refused.problems
        if publishing and not offer.available:
            message = "An offer without stock cannot be activated."
            found.append(Problem("INVALID_OFFER_QUANTITY", "stock.available", message, "Podaj liczbę sztuk."))
        found += [*checked.problems, *external_problems(body)]
        refusals = tuple(each for each in found if publishing or not each.missing)
        if refusals:
            raise RefusedBody(refusals)
        offer.errors = tuple(found)
        self.checks.keep_pictures(checked.shown)
        return offer, publishing

    def _take_prices(self, offer: Offer, body: Body) -> None:
        """Raises RefusedBody for a price that is missing, too."""
        sent = {name: value for name, value in (body.get("sellingMode") or {}).items() if value is not None}
        if sent.get("format", "BUY_NOW") not in get_args(SellingFormat):
            raise Refused("VALIDATION_ERROR", "The format is not known.", "sellingMode.format")
        offer.selling_format = sent.get("format", "BUY_NOW")
        if offer.selling_format == "AUCTION" and "startingPrice" in sent:
            offer.price, _currency = price_of(sent["startingPrice"], "sellingMode.startingPrice")
        for marketplace, amount, currency in prices_of(offer, {**body, "sellingMode": sent}):
            self.shelf.check_price(offer, marketplace, amount, currency, joining=True)
            if marketplace == offer.base:
                offer.price = amount
            else:
                offer.foreign[marketplace] = Foreign(amount)
        if not offer.price:
            raise RefusedBody((lacking_price(),))


def _take_stock(offer: Offer, body: Body) -> None:
    pieces = pieces_of((body.get("stock") or {}).get("available"))
    if not 0 <= pieces <= MOST_PIECES:
        raise Refused("INVALID_OFFER_QUANTITY", f"Stock must be between 0 and {MOST_PIECES}.", "stock.available")
    offer.available = offer.initial_stock = pieces


def _take_duration(offer: Offer, body: Body) -> None:
    publication = body.get("publication") or {}
    offer.duration = duration_of(publication, offer)
    offer.republish = bool(publication.get("republish"))


def _external_id(body: Body) -> str | None:
    external = body.get("external")
    return external.get("id") if isinstance(external, dict) else None
