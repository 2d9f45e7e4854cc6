"""What became of what was sent: asked of Allegro, settled in the ledger, and remembered of the offer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import structlog

from app.channels.allegro.client import AllegroClient
from app.channels.errors import NotFound, Rejected, Unavailable, Unreadable
from app.db import agreements, alerts, held_prices, ledger, offer_links, pending_actions
from app.db.engine import Session
from app.domain.held_prices import PriceSide
from app.domain.ledger import (
    LONGEST_REST,
    RESTS,
    UNSETTLED,
    Fate,
    LedgerEntry,
    Verdict,
    Way,
    is_about_price_alone,
    is_seen,
    look_again_after,
    may_still_come,
    rest_after,
    verdict,
)
from app.domain.links import Agreement, OfferLink
from app.domain.money import Money
from app.domain.offers import CommandKind, EndedBy, OfferStatus, Publication, TaskOutcome
from app.domain.pending import PendingKind
from app.domain.price_guards import is_below
from app.domain.runs import Result
from app.sync.context import JobContext
from app.sync.offers.notices import NOT_ENDED, REFUSED, open_about
from app.sync.offers.price_notices import PRICE_REFUSED, note_price_refused

log = structlog.get_logger(__name__)

_KINDS = {
    Way.QUANTITY: CommandKind.QUANTITY,
    Way.PRICE: CommandKind.PRICE,
    Way.PUBLICATION: CommandKind.PUBLICATION,
    Way.BULK: CommandKind.BULK,
}
# An ending, or an activation, that was reported as done is looked for on the offer after so long.
_LOOK_AFTER = timedelta(seconds=60)


@dataclass
class Settler:
    """Settles entries of one account. `results` tells what the run's report says of each entry, by id."""

    context: JobContext
    allegro: AllegroClient
    results: dict[int, Result] = field(default_factory=dict)

    def settle_up(self) -> None:
        """Settle what earlier runs have left, as far as Allegro tells."""
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            ledger.lapse_store_prices(session, self.context.one_account.id, now=self.context.now())
            left = ledger.unsettled(session, self.context.one_account.id)
        self.settle([entry for entry in left if entry.command_id])
        # Of an edit whose answer was lost, or that Allegro takes its time for, only the offer itself tells.
        now = self.context.now()
        edits = [entry for entry in left if not entry.command_id and not may_still_come(entry, now)]
        self._record([(entry, Verdict(Fate.LAPSED, _UNANSWERED)) for entry in edits])

    def settle(self, entries: Iterable[LedgerEntry]) -> set[str]:
        """Ask for the commands of these entries; returns the offers of which all that was asked for is done."""
        done: set[str] = set()
        missing: set[str] = set()
        silent: set[CommandKind] = set()
        for _, group in groupby(sorted(entries, key=lambda each: (each.command_id, each.id)), _command_of):
            rows = list(group)
            found = self._ask(rows, silent)
            self._record(found)
            done |= {entry.offer_id for entry, what in found if what.fate is Fate.ACCEPTED}
            missing |= {entry.offer_id for entry, what in found if what.fate is not Fate.ACCEPTED}
        return done - missing

    def accept(self, entries: Iterable[LedgerEntry]) -> None:
        """Allegro's answer said at once that these are done."""
        self._record([(entry, Verdict(Fate.ACCEPTED)) for entry in entries])

    def confirm(self, links: Iterable[OfferLink]) -> None:
        """These links were just read: what they show of what was accepted, or of an unanswered edit, is confirmed."""
        by_id = {link.id: link for link in links}
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            newest = [
                each for each in ledger.last_said(session, by_id) if each.offer_id == by_id[each.link_id].offer_id
            ]
            seen = [
                entry
                for entry in newest
                if (entry.fate is Fate.ACCEPTED or (entry.fate is Fate.LAPSED and not entry.command_id))
                and is_seen(entry, by_id[entry.link_id])
            ]
            ledger.confirm(session, [entry.id for entry in seen], now=now)
            for entry in seen:
                _carry_out(session, [entry.link_id], entry, now=now)
                agreed, price = by_id[entry.link_id].agreed, entry.price
                # Else both sides have agreed on another price since.
                is_new = agreed is None or agreed.offer.amount == entry.price_before
                if entry.fate is Fate.LAPSED and price is not None and is_new:
                    agreements.store(session, {entry.link_id: Agreement(price, price)})
            for entry in newest:
                if entry.publication is not Publication.END:
                    continue
                link = by_id[entry.link_id]
                if not link.is_live:
                    alerts.resolve(session, NOT_ENDED, account_id=link.account_id, subject=link.offer_id, now=now)
                elif entry.fate in (Fate.ACCEPTED, Fate.LAPSED):
                    open_about(session, NOT_ENDED, link, "Allegro reported it as done, and the offer goes on.", now=now)

    def _ask(self, rows: Sequence[LedgerEntry], silent: set[CommandKind]) -> list[tuple[LedgerEntry, Verdict]]:
        """`silent` are kinds of commands of which Allegro has just given no report, added to where it gives none."""
        kind, now = _KINDS[rows[0].way], self.context.now()
        expected = sum((row.quantity is not None) + (row.price is not None) + bool(row.publication) for row in rows)
        outcomes: tuple[TaskOutcome, ...] | None = None
        try:
            if kind not in silent:
                outcomes = self.allegro.offers.tasks(kind, UUID(rows[0].command_id), expected)
        except NotFound:
            never = all(row.fate is Fate.INTENT for row in rows)
            why = "It never reached Allegro." if never else "Allegro does not know of it any more."
            return [(row, Verdict(Fate.LAPSED, why)) for row in rows]
        except (Unavailable, Rejected, Unreadable) as error:
            # One report must not keep all offers waiting. The offers tell in the end: it is given up when it is late.
            log.warning("a command's report cannot be read", command_id=rows[0].command_id, reason=str(error))
            if isinstance(error, Unavailable):
                silent.add(kind)
        if outcomes is None:
            late = [(row, verdict(row, (), now)) for row in rows]
            return [(row, replace(what, fate=what.fate or row.fate)) for row, what in late]
        by_offer: dict[str, list[TaskOutcome]] = {}
        for outcome in outcomes:
            by_offer.setdefault(outcome.offer_id, []).append(outcome)
        return [(row, verdict(row, by_offer.get(row.offer_id, ()), now)) for row in rows]

    def _record(self, found: Sequence[tuple[LedgerEntry, Verdict]]) -> None:
        if not found:
            return
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            waiting = [entry for entry, what in found if what.fate in (None, *UNSETTLED)]
            unknown_till_now = [entry.id for entry, what in found if not what.fate and entry.fate is Fate.INTENT]
            ledger.note_sent(session, unknown_till_now, now=now)
            look_again(session, [entry for entry in waiting if not is_about_price_alone(entry)], now=now)
            look_again(session, filter(is_about_price_alone, waiting), now=now, keeps_turns=True)
            accepted = [entry for entry, what in found if what.fate is Fate.ACCEPTED]
            ledger.settle(session, [entry.id for entry in accepted], Fate.ACCEPTED, now=now)
            # A link may be gone, or stand for the offer that renews this one.
            links = offer_links.by_ids(session, [entry.link_id for entry, _ in found])
            offer_ids = {link.id: link.offer_id for link in links.values()}
            self._shown(session, [entry for entry in accepted if offer_ids.get(entry.link_id) == entry.offer_id])
            for entry, what in found:
                if what.fate in (Fate.FAILED, Fate.LAPSED):
                    ledger.settle(session, [entry.id], what.fate, detail=what.detail, now=now)
                    if offer_ids.get(entry.link_id) == entry.offer_id:
                        self._fell_through(session, entry, what, links[entry.link_id])
        for entry, what in found:
            self.results[entry.id] = _RESULTS.get(what.fate, Result.FAILED)

    def _shown(self, session: Session, accepted: Sequence[LedgerEntry]) -> None:
        """What was reported as done is what the offers show from now on."""
        now, account_id = self.context.now(), self.context.one_account.id
        by_value: dict[tuple[int | None, Publication | None, Money | None], list[LedgerEntry]] = {}
        for entry in accepted:
            by_value.setdefault((entry.quantity, entry.publication, entry.price), []).append(entry)
        for (quantity, publication, price), entries in by_value.items():
            ids = [entry.link_id for entry in entries]
            values: dict[str, object] = {}
            if quantity is not None or publication is not None:
                values["foreign_at"] = None
            if price is not None:
                # It was asked for by the store.
                values |= {"listed_price": str(price.amount), "listed_currency": price.currency}
                values |= agreements.columns(Agreement(price, price))
            if quantity is not None:
                # Known since now only: Allegro may have carried it out long after it was sent, and over a sale.
                values |= {"listed_quantity": quantity, "listed_at": now}
            if publication is Publication.END:
                values |= {"offer_status": OfferStatus.ENDED, "ended_by": EndedBy.USER, "ended_at": now}
                values |= {"listed_quantity": 0, "listed_at": now}
            elif publication is Publication.ACTIVATE:
                values |= {"offer_status": OfferStatus.ACTIVATING, "ended_by": "", "ended_at": None}
                values |= {"end_sent_at": None, "restocked_at": None}
            offer_links.record(session, ids, **values)
            _carry_out(session, ids, entries[0], now=now)
            if publication is not None:
                offer_links.doubt(session, ids, now=now, due_at=now + _LOOK_AFTER)
        for kind, which in ((REFUSED, accepted), (PRICE_REFUSED, [entry for entry in accepted if entry.price])):
            refused = set(alerts.open_subjects(session, kind, account_id))
            for subject in refused & {entry.offer_id for entry in which}:
                alerts.resolve(session, kind, account_id=account_id, subject=subject, now=now)

    def _fell_through(self, session: Session, entry: LedgerEntry, what: Verdict, link: OfferLink) -> None:
        now = self.context.now()
        is_ending = entry.publication is Publication.END
        if what.fate is Fate.FAILED:
            rest = rest_of(session, entry, now)
            if what.of_price:
                note_price_refused(session, link, entry, what.detail, now=now)
                if link.listed_price and is_below(link.listed_price, self.context.one_account.settings.price_floor):
                    # Every buyer until it is ended costs the seller money.
                    rest = timedelta(0)
            else:
                open_about(session, NOT_ENDED if is_ending else REFUSED, link, what.detail, now=now)
            offer_links.doubt(session, [entry.link_id], now=now, due_at=now + rest)
        else:
            offer_links.doubt(session, [entry.link_id], now=now)


def _carry_out(session: Session, link_ids: Sequence[int], entry: LedgerEntry, *, now: datetime) -> None:
    """What the seller has confirmed or released is done with the entry."""
    if entry.publication is Publication.ACTIVATE:
        pending_actions.carry_out(session, link_ids, PendingKind.RELIST, now=now)
    elif entry.publication is Publication.END:
        pending_actions.carry_out(session, link_ids, PendingKind.END, quantity=0, now=now)
    elif entry.quantity is not None:
        # One piece left, where the account does that instead of an ending.
        pending_actions.carry_out(session, link_ids, PendingKind.END, quantity=entry.quantity, now=now)
    if entry.price is not None:
        held_prices.carry_out(session, link_ids, PriceSide.OFFER, entry.price, now=now)


def rest_of(session: Session, entry: LedgerEntry, now: datetime) -> timedelta:
    """How long until what was refused is tried again. `entry` is settled already."""
    match entry.publication:
        case Publication.END:
            return _LOOK_AFTER
        case Publication.ACTIVATE:
            return rest_after(ledger.activations_refused(session, entry.link_id, now - 2 * LONGEST_REST))
        case _:
            return RESTS


def look_again(session: Session, entries: Iterable[LedgerEntry], *, now: datetime, keeps_turns: bool = False) -> None:
    """Have the offers of these entries, which are still under way, looked at again in a while.

    With `keeps_turns` not those that something has become known about since: their stock does not wait for a price.
    """
    by_time: dict[tuple[datetime, timedelta], list[int]] = {}
    for entry in entries:
        seen_at = entry.created_at if keeps_turns else now
        by_time.setdefault((seen_at, look_again_after(entry, now)), []).append(entry.link_id)
    for (seen_at, after), link_ids in by_time.items():
        offer_links.settle_due(session, link_ids, seen_at=seen_at, again_at=now + after)


_UNANSWERED = "Allegro has not said what came of it."
_RESULTS = {Fate.ACCEPTED: Result.DONE} | dict.fromkeys((None, *UNSETTLED), Result.PLANNED)


def _command_of(entry: LedgerEntry) -> str:
    return entry.command_id
