"""Allegro's offers of one seller account: reading them, and the ways of changing them."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from app.channels.allegro.limits import OFFER_EDITS, OFFER_READS, PRICE_COMMANDS, REPORTS, STOCK_COMMANDS
from app.channels.allegro.session import BETA, PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.translate_offers import (
    Body,
    bulk_to,
    details_from,
    edit_outcome_from,
    edit_to,
    offer_event_from,
    offer_from,
    parts_from,
    price_to,
    publication_to,
    quantity_to,
    report_from,
    task_from,
)
from app.channels.allegro.wire import CHANNEL, OFFER_STATUS_NAMES, read, read_each
from app.channels.errors import AuthRequired, Conflict, Misconfigured, NotFound, Rejected, Unreadable
from app.domain.money import Money
from app.domain.offers import (
    Acceptance,
    CommandKind,
    CommandReport,
    EditOutcome,
    Offer,
    OfferDetails,
    OfferEventPage,
    OfferPage,
    OfferParts,
    OffersRead,
    OfferStatus,
    OfferValues,
    Publication,
    TaskOutcome,
)

_READ = "allegro:api:sale:offers:read"
_WRITE = "allegro:api:sale:offers:write"

OFFERS = Endpoint("GET", "/sale/offers", PUBLIC, _READ)
OFFER = Endpoint("GET", "/sale/product-offers/{id}", PUBLIC, _READ, OFFER_READS)
OFFER_PARTS = Endpoint("GET", "/sale/product-offers/{id}/parts", PUBLIC, _READ, OFFER_READS)
OFFER_EDIT = Endpoint("PATCH", "/sale/product-offers/{id}", PUBLIC, _WRITE, OFFER_EDITS)
OFFER_EVENTS = Endpoint("GET", "/sale/offer-events", PUBLIC, _READ)
BULK = Endpoint("POST", "/sale/offer-bulk-modification-commands", BETA, _WRITE, PRICE_COMMANDS)
_COMMANDS = {
    CommandKind.QUANTITY: "/sale/offer-quantity-change-commands",
    CommandKind.PRICE: "/sale/offer-price-change-commands",
    CommandKind.PUBLICATION: "/sale/offer-publication-commands",
    CommandKind.BULK: BULK.path,
}

_OFFERS_PER_PAGE = 1000
_TASKS_PER_PAGE = 1000
_OFFERS_PER_COMMAND = 1000
_OFFERS_PER_BULK_COMMAND = 25
_LAST_OFFER_OFFSET = 9_999_999
_LAST_TASK_OFFSET = 999
Items = TypeVar("Items", bound=Collection[Any])
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


class BulkRefused(Rejected):
    """Allegro does not take the bulk command, which is a beta, from this application: say it another way."""


class AllegroOffers:
    """Every method raises the errors of `Transport.send`.

    All changes are absolute, so that one sent twice does no harm; a command has an id of ours besides, and of one id
    Allegro carries out one.
    """

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def page(
        self,
        offset: int = 0,
        limit: int = _OFFERS_PER_PAGE,
        *,
        statuses: Collection[OfferStatus] = (),
        external_ids: Sequence[str] = (),
        offer_ids: Sequence[str] = (),
        with_rule: bool = False,
    ) -> OfferPage:
        """A page of offers, at most 1000, in no order; without filters all that are not archived.

        `external_ids` and `offer_ids` are at most 100, `with_rule` asks for those with a pricing rule on their base
        marketplace. Allegro's list lags some seconds behind.
        """
        params: dict[str, str | int | Sequence[str]] = {"offset": offset, "limit": limit}
        if statuses:
            params["publication.status"] = sorted(OFFER_STATUS_NAMES[status] for status in statuses)
        if external_ids:
            params["external.id"] = external_ids
        if offer_ids:
            params["offer.id"] = offer_ids
        if with_rule:
            params["sellingMode.priceAutomation.rule.id.empty"] = "false"
        reply = self._session.call(OFFERS, "reading the list of offers", params=params)
        answer = read(reply.data, "Allegro's list of offers")
        offers, unreadable = read_each(answer.required_rows("offers"), offer_from)
        counted = answer.get("totalCount")
        return OfferPage(offers, unreadable, counted if isinstance(counted, int) else None)

    def read_all(self, statuses: Collection[OfferStatus] = ()) -> OffersRead:
        """Every offer of these statuses, each once."""
        return self._read_all(statuses)

    def rules(self) -> Mapping[str, str]:
        """The pricing rule on its base marketplace of every offer that has one, by the offer's id.

        Raises `Unreadable` where not all could be read: an offer that is missing may have a rule all the same.
        """
        read_all = self._read_all(with_rule=True)
        if not read_all.complete:
            raise Unreadable("Allegro's list of offers with a pricing rule cannot be read in full.", channel=CHANNEL)
        # A filter that Allegro does not know gives every offer.
        return {offer.id: offer.rule_id for offer in read_all.found.values() if offer.rule_id}

    def details(self, offer_id: str) -> OfferDetails:
        """A full offer, which is heavy, without the lag of the list. Raises `NotFound` when it is archived."""
        reply = self._session.call(OFFER, f"reading offer {offer_id}", item_id=checked_offer_id(offer_id))
        return details_from(read(reply.data, f"Allegro offer {offer_id}"))

    def parts(self, offer_id: str) -> OfferParts:
        """What the offer shows now, without the lag of the list. Raises `NotFound` when it is archived."""
        reply = self._session.call(
            OFFER_PARTS,
            f"reading quantity and price of offer {offer_id}",
            item_id=checked_offer_id(offer_id),
            params={"include": ("stock", "price")},
        )
        return parts_from(read(reply.data, f"Allegro offer {offer_id}"))

    def edit(
        self,
        offer_id: str,
        *,
        quantity: int | None = None,
        price: Money | None = None,
        foreign_prices: Mapping[str, Money] | None = None,
        publication: Publication | None = None,
        duration: str | None = None,
    ) -> EditOutcome:
        """Change one offer; None stays as it is, and a quantity of 0 ends it. `foreign_prices` are by marketplace.
        `duration` is ISO 8601, "" until it is sold out.

        Raises `Conflict` while an earlier edit is at work, and `Rejected` also for what else is wrong with the offer.
        """
        body = edit_to(quantity, price, foreign_prices or {}, publication, duration)
        reply = self._session.call(
            OFFER_EDIT, f"changing offer {offer_id}", item_id=checked_offer_id(offer_id), json=body
        )
        return edit_outcome_from(read(reply.data, f"Allegro offer {offer_id}"), finished=reply.status != 202)

    def set_quantity(self, command_id: UUID, offer_ids: Collection[str], quantity: int) -> Acceptance:
        """One quantity, 1 to 99,999, for up to 1000 offers."""
        body = quantity_to(quantity, _bounded(offer_ids, _OFFERS_PER_COMMAND))
        what = f"setting the quantity of {len(offer_ids)} offers"
        return self._command(CommandKind.QUANTITY, command_id, body, what, len(offer_ids))

    def set_price(
        self, command_id: UUID, offer_ids: Collection[str], price: Money, marketplace: str = ""
    ) -> Acceptance:
        """One price for up to 1000 offers, on a marketplace or, with "", on the base one of each."""
        body = price_to(price, marketplace, _bounded(offer_ids, _OFFERS_PER_COMMAND))
        what = f"setting the price of {len(offer_ids)} offers"
        return self._command(CommandKind.PRICE, command_id, body, what, len(offer_ids))

    def publish(self, command_id: UUID, offer_ids: Collection[str], publication: Publication) -> Acceptance:
        """End, or activate again, up to 1000 offers. One without stock is not activated."""
        body = publication_to(publication, _bounded(offer_ids, _OFFERS_PER_COMMAND))
        what = f"{'ending' if publication is Publication.END else 'activating'} {len(offer_ids)} offers"
        return self._command(CommandKind.PUBLICATION, command_id, body, what, len(offer_ids))

    def set_values(self, command_id: UUID, offers: Collection[OfferValues]) -> Acceptance:
        """Quantities and prices of up to 25 offers, each its own. Raises `BulkRefused`."""
        body = bulk_to(command_id, _bounded(offers, _OFFERS_PER_BULK_COMMAND))
        what = f"setting values of {len(offers)} offers"
        try:
            return self._send(BULK, what, body, len(offers))
        except (AuthRequired, Misconfigured, NotFound) as error:
            if isinstance(error, AuthRequired) and not error.permission:
                raise
            raise BulkRefused(str(error), channel=CHANNEL, trace_id=error.trace_id) from error

    def report(self, kind: CommandKind, command_id: UUID) -> CommandReport:
        """Raises `NotFound` for a command that Allegro does not know (any more)."""
        endpoint = Endpoint("GET", f"{_COMMANDS[kind]}/{{id}}", PUBLIC, _WRITE, REPORTS)
        what = f"reading the report of command {command_id}"
        # It counts all changes of the command, and an offer in a bulk command has up to two, quantity and price.
        cost = 2 * _OFFERS_PER_BULK_COMMAND if kind is CommandKind.BULK else _OFFERS_PER_COMMAND
        reply = self._session.call(endpoint, what, item_id=str(command_id), cost=cost)
        return report_from(read(reply.data, f"The report of command {command_id}"))

    def tasks(self, kind: CommandKind, command_id: UUID, expected: int) -> tuple[TaskOutcome, ...]:
        """What became of the changes of a command, `expected` of them; fewer are there while Allegro has not begun.

        Raises `NotFound` as `report` does.
        """
        endpoint = Endpoint("GET", f"{_COMMANDS[kind]}/{{id}}/tasks", PUBLIC, _WRITE, REPORTS)
        what = f"reading the tasks of command {command_id}"
        found: list[TaskOutcome] = []
        offset = 0
        while True:
            params = {"limit": _TASKS_PER_PAGE, "offset": offset}
            cost = max(1, min(expected - offset, _TASKS_PER_PAGE))
            reply = self._session.call(endpoint, what, item_id=str(command_id), params=params, cost=cost)
            rows = read(reply.data, f"The tasks of command {command_id}").required_rows("tasks")
            outcomes, _ = read_each(rows, lambda row: task_from(row, kind))
            found.extend(outcomes)
            offset += len(rows)
            if not rows or offset >= expected or offset > _LAST_TASK_OFFSET:
                return tuple(found)

    def events(self, after: str | None, limit: int = 1000) -> OfferEventPage:
        """The journal of offers after an event id, oldest first, of the last 24 hours; from its beginning with None.

        Only hints: Allegro leaves changes of offers out that are not listed, and entries have been missing.
        """
        params: dict[str, str | int | Sequence[str]] = {"limit": limit}
        if after:
            params["from"] = after
        reply = self._session.call(OFFER_EVENTS, "reading the journal of offers", params=params)
        rows = read(reply.data, "Allegro's journal of offers").required_rows("offerEvents")
        events, unreadable = read_each(rows, offer_event_from)
        last_id = next((row.text("id") for row in reversed(rows) if row.text("id")), "")
        return OfferEventPage(events, unreadable, len(rows), last_id)

    def _read_all(self, statuses: Collection[OfferStatus] = (), *, with_rule: bool = False) -> OffersRead:
        found: dict[str, Offer] = {}
        unreadable: dict[str, str] = {}
        # Offers that come, go or change places while we read are shifted over the edges of pages.
        for _ in range(2):
            total = self._collect(statuses, with_rule, found, unreadable)
            if total is not None and len(found) + len(unreadable) >= total:
                return OffersRead(found, tuple(unreadable.items()), complete=True)
        return OffersRead(found, tuple(unreadable.items()), complete=False)

    def _collect(
        self,
        statuses: Collection[OfferStatus],
        with_rule: bool,
        found: dict[str, Offer],
        unreadable: dict[str, str],
    ) -> int | None:
        """Read the list once to its end; returns how many there should be."""
        offset = 0
        while True:
            page = self.page(offset, statuses=statuses, with_rule=with_rule)
            offset += page.count
            found.update((offer.id, offer) for offer in page.offers)
            unreadable.update(page.unreadable)
            if page.count < _OFFERS_PER_PAGE or offset == page.total or offset > _LAST_OFFER_OFFSET:
                return page.total

    def _command(self, kind: CommandKind, command_id: UUID, body: Body, what: str, offers: int) -> Acceptance:
        limit = PRICE_COMMANDS if kind is CommandKind.PRICE else STOCK_COMMANDS
        return self._send(Endpoint("PUT", f"{_COMMANDS[kind]}/{command_id}", PUBLIC, _WRITE, limit), what, body, offers)

    def _send(self, endpoint: Endpoint, what: str, body: Body, offers: int) -> Acceptance:
        try:
            # The report that it answers with counts nothing yet.
            self._session.call(endpoint, what, json=body, cost=offers)
        except Conflict:
            return Acceptance.BEFORE
        return Acceptance.NOW


def checked_offer_id(offer_id: str) -> str:
    """The id, which is fit for an address. Raises `Rejected`."""
    if not _ID.fullmatch(offer_id):
        raise Rejected(f"{offer_id!r} is not the id of an Allegro offer.", channel=CHANNEL, status=422)
    return offer_id


def _bounded(items: Items, most: int) -> Items:
    if not 1 <= len(items) <= most:
        raise ValueError(f"A command takes 1 to {most} offers, not {len(items)}.")
    return items
