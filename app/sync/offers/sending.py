"""Telling Allegro: the fewest calls, each one's intent stored before it is made, and its outcome after."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.offers import BulkRefused
from app.channels.errors import ChannelError, Conflict, NotFound, Rejected, Unavailable, Uncertain
from app.db import ledger, offer_links, offer_watch
from app.domain.history import said
from app.domain.ledger import Fate, LedgerEntry, Way, is_about_price_alone
from app.domain.links import OfferLink
from app.domain.offers import OfferValues, Publication
from app.domain.runs import Result
from app.domain.sending import (
    BulkCommand,
    Call,
    OfferChange,
    Patch,
    PriceCommand,
    PublicationCommand,
    QuantityCommand,
    plan_calls,
)
from app.sync.context import JobContext
from app.sync.offers.notices import REFUSED, open_about
from app.sync.offers.price_notices import note_below_floor, note_price_refused
from app.sync.offers.settling import Settler, rest_of
from app.sync.offers.telling import Told

log = structlog.get_logger(__name__)

# Allegro may have taken the beta away for good, or for an hour.
_BULK_RESTS = timedelta(days=1)
_EDITS_REST = timedelta(days=1)
_BUSY_RESTS = timedelta(seconds=60)


@dataclass
class Sender:
    """Sends the changes of one run. `is_wanted` is asked before every call: a switch stops a run in the middle.

    `decided_at` is when the run looked at what it decided on: an offer is due until its change is intended, so that
    nothing is forgotten when the process dies.
    """

    context: JobContext
    allegro: AllegroClient
    settler: Settler
    is_wanted: Callable[[], bool]
    decided_at: datetime
    told: dict[str, Told] = field(default_factory=dict)
    entries: dict[int, LedgerEntry] = field(default_factory=dict)
    again: dict[str, OfferChange] = field(default_factory=dict)
    # One way that does not work must not keep back what goes by another: endings would stop all quantities.
    lost: dict[type[Call], Unavailable | Uncertain] = field(default_factory=dict)

    def send(self, told: Collection[Told]) -> None:
        """Say every change, and find out what became of it as far as Allegro tells at once."""
        self.told = {each.change.offer_id: each for each in told}
        self.again = self._whose_edit_failed()
        try:
            changes = [each.change for offer_id, each in self.told.items() if offer_id not in self.again]
            self._say(changes, bulk=self._may_use_bulk(), patch=True)
            while self.again:
                # Another way: the bulk command is not for us, or an edit comes to nothing for what the offer lacks.
                again, self.again = list(self.again.values()), {}
                self._say(again, bulk=self._may_use_bulk(), patch=False)
            for lost in self.lost.values():
                raise lost
        finally:
            self._report()

    def _whose_edit_failed(self) -> dict[str, OfferChange]:
        """The changes of offers whose last edit was refused, or came to nothing after Allegro had taken it.

        Whatever the offer lacks is hardly mended within a day, and a command does not ask for it.
        """
        since = self.context.now() - _EDITS_REST
        with self.context.database.reading() as session:
            failed = ledger.failed_edits(session, [each.link.id for each in self.told.values()], since)
        return {offer_id: each.change for offer_id, each in self.told.items() if each.link.id in failed}

    def _say(self, changes: Sequence[OfferChange], *, bulk: bool, patch: bool) -> None:
        # The bulk command names the marketplace of a price.
        unplaced = {each.offer_id for each in changes if each.price and not self.told[each.offer_id].link.marketplace}
        plan = plan_calls(changes, bulk=bulk, patch=patch, unbulked=unplaced)
        sent: list[LedgerEntry] = []
        for call in plan.first:
            if type(call) in self.lost:
                continue
            if not self.is_wanted():
                return
            try:
                sent += self._make(call)
            except (Unavailable, Uncertain) as error:
                self.lost[type(call)] = error
        done = self.settler.settle([entry for entry in sent if entry.command_id])
        told_first = {offer_id for call in plan.first for offer_id in call.offer_ids}
        for command in plan.then:
            # An offer whose quantity was not taken has nothing to sell, or would sell what it showed when it ended.
            ready = [each for each in command.offer_ids if each in done or each not in told_first]
            if ready and self.is_wanted():
                self.settler.settle(self._make(replace(command, offer_ids=tuple(ready))))

    def _make(self, call: Call) -> list[LedgerEntry]:
        """Make one call; returns the entries that Allegro has taken."""
        self.context.lease.ensure()
        command_id = None if isinstance(call, Patch) else uuid4()
        entries = self._intend(call, command_id)
        if not entries:
            return []
        call = _only(call, {entry.offer_id for entry in entries})
        try:
            if command_id is None:
                return self._edit(entries[0], self.told[entries[0].offer_id].change.duration)
            self._command(call, command_id)
        except BulkRefused as error:
            log.warning("the bulk command is refused; others take its place", reason=str(error))
            self._settle(entries, Fate.LAPSED, str(error), bulk_refused_at=self.context.now())
            self.again |= {entry.offer_id: self.told[entry.offer_id].change for entry in entries}
            return []
        except Conflict as error:
            # Another edit is under way, or this one is, and its first answer was lost.
            log.info("an offer is being changed already", offer_id=entries[0].offer_id, reason=str(error))
            self._wait_for(entries)
            return []
        except NotFound as error:
            self._settle(entries, Fate.FAILED, str(error))
            return []
        except Rejected as error:
            self._settle(entries, Fate.FAILED, str(error), needs_seller=command_id is not None)
            if command_id is None:
                self.again |= {entry.offer_id: self.told[entry.offer_id].change for entry in entries}
            return []
        except ChannelError:
            # Whether Allegro has heard of it is to be found out soon.
            self._wait_for(entries)
            raise
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            ledger.note_sent(session, [entry.id for entry in entries], now=now)
        return [replace(entry, fate=Fate.SENT, sent_at=now) for entry in entries]

    def _wait_for(self, entries: Sequence[LedgerEntry]) -> None:
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            links = [entry.link_id for entry in entries]
            offer_links.settle_due(session, links, seen_at=now, again_at=now + _BUSY_RESTS)

    def _edit(self, entry: LedgerEntry, duration: str | None) -> list[LedgerEntry]:
        outcome = self.allegro.offers.edit(
            entry.offer_id,
            quantity=entry.quantity,
            price=entry.price,
            publication=entry.publication,
            duration=duration,
        )
        if outcome.problems:
            # Taken, and yet the offer is not listed: what it lacks is a matter for the seller.
            self._settle([entry], Fate.FAILED, " ".join(outcome.problems), needs_seller=True)
            return []
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            ledger.note_sent(session, [entry.id], now=self.context.now())
            if not outcome.finished:
                due_at = self.context.now() + _BUSY_RESTS
                offer_links.doubt(session, [entry.link_id], now=self.context.now(), due_at=due_at)
        if outcome.finished:
            self.settler.accept([entry])
        return [entry]

    def _command(self, call: Call, command_id: UUID) -> None:
        offers = self.allegro.offers
        match call:
            case QuantityCommand(quantity, offer_ids):
                offers.set_quantity(command_id, offer_ids, quantity)
            case PriceCommand(price, offer_ids):
                offers.set_price(command_id, offer_ids, price)
            case PublicationCommand(action, offer_ids):
                offers.publish(command_id, offer_ids, action)
            case BulkCommand(changes):
                offers.set_values(command_id, [self._values(each) for each in changes])
            case Patch():
                raise ValueError("an edit is not a command")

    def _values(self, change: OfferChange) -> OfferValues:
        marketplace = self.told[change.offer_id].link.marketplace
        return OfferValues(
            change.offer_id, change.quantity, ((marketplace, change.price),) if change.price is not None else ()
        )

    def _intend(self, call: Call, command_id: UUID | None) -> list[LedgerEntry]:
        """Store what is about to be said, without offers about which something else is known by now."""
        now = self.context.now()
        entries = [self._entry(change, call, command_id, now) for change in _changes_in(call)]
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            offer_links.hold(session, self.context.one_account.id, call.offer_ids)
            links = offer_links.by_ids(session, [entry.link_id for entry in entries])
            # What this run has said already and now says another way is doubted for that alone.
            anew = {entry.link_id for entry in self.entries.values()}
            entries = [
                entry
                for entry in entries
                if (link := links.get(entry.link_id))
                and self._still_stands(link, self.told[entry.offer_id].link, is_said_anew=link.id in anew)
            ]
            ids = ledger.intend(session, entries)
            ending = [entry for entry in entries if entry.publication is Publication.END]
            for_price = [entry for entry in ending if not self.told[entry.offer_id].lacks_stock]
            for entry in for_price:
                note_below_floor(session, links[entry.link_id], entry.reason, now=now)
            lacking = [entry.link_id for entry in ending if entry not in for_price]
            offer_links.record(session, lacking, end_sent_at=now)
            offer_links.settle_due(
                session, [entry.link_id for entry in entries], seen_at=self.decided_at, again_at=None
            )
        stored = [replace(entry, id=own_id) for entry, own_id in zip(entries, ids, strict=True)]
        self.entries |= {entry.id: entry for entry in stored}
        return stored

    def _still_stands(self, link: OfferLink, decided_on: OfferLink, *, is_said_anew: bool) -> bool:
        """Whether the link is as it was when its change was decided on. A sale since then has its turn in the next
        round, and so has what the seller has chosen."""
        is_doubted = link.doubted_at is not None and link.doubted_at >= self.decided_at
        if is_doubted and not is_said_anew:
            return False
        return all(getattr(link, name) == getattr(decided_on, name) for name in _DECISIVE)

    def _entry(self, change: OfferChange, call: Call, command_id: UUID | None, now: datetime) -> LedgerEntry:
        told = self.told[change.offer_id]
        words = told.words_of(change)
        return LedgerEntry(
            id=0,
            account_id=told.link.account_id,
            link_id=told.link.id,
            offer_id=change.offer_id,
            created_at=now,
            what=words.what,
            before=words.before,
            quantity=change.quantity,
            price=change.price,
            publication=change.publication,
            reason=words.reason,
            is_correction=words.is_correction,
            way=_WAYS[type(call)],
            command_id=str(command_id or ""),
            price_before=told.price_before if change.price is not None else None,
        )

    def _settle(
        self, entries: Sequence[LedgerEntry], fate: Fate, detail: str, *, needs_seller: bool = False, **watch: datetime
    ) -> None:
        """They came to nothing. The offers are read before anything else is decided about them."""
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            ledger.settle(session, [entry.id for entry in entries], fate, detail=detail, now=now)
            if fate is Fate.FAILED:
                links = [entry.link_id for entry in entries]
                offer_links.doubt(session, links, now=now, due_at=now + rest_of(session, entries[0], now))
            if watch:
                offer_watch.note(session, self.context.one_account.id, **watch)
            # A command that is refused as a whole is one matter, however many offers are in it.
            for entry in entries[:1] if needs_seller else ():
                link = self.told[entry.offer_id].link
                if is_about_price_alone(entry):
                    note_price_refused(session, link, entry, detail, now=now)
                else:
                    open_about(session, REFUSED, link, detail, now=now)
        self.settler.results |= {entry.id: Result.FAILED for entry in entries}

    def _may_use_bulk(self) -> bool:
        if not self.context.one_account.settings.bulk_commands:
            return False
        with self.context.database.reading() as session:
            refused_at = offer_watch.get(session, self.context.one_account.id).bulk_refused_at
        return refused_at is None or self.context.now() - refused_at > _BULK_RESTS

    def _report(self) -> None:
        """One item for every offer, with what came of the last way in which it was told."""
        last: dict[str, LedgerEntry] = {}
        for entry in self.entries.values():
            last[entry.offer_id] = entry
        for offer_id, entry in last.items():
            told = self.told[offer_id]
            words = told.words_of(told.change)
            result = self.settler.results.get(entry.id, Result.PLANNED)
            waits = " Allegro has not reported on it yet." if result is Result.PLANNED else ""
            self.context.report.add(
                f"offer {offer_id}",
                before=words.before,
                after=said(told.change),
                why=f"{words.reason}{waits}",
                result=result,
            )


# Of a link, what decides about its quantity and price and may be changed by somebody else at any time.
_DECISIVE = ("offer_id", "units_per_offer", "sync_stock", "sync_price", "relist", "rule_id", "campaign")

_WAYS: Mapping[type[Call], Way] = {
    QuantityCommand: Way.QUANTITY,
    PriceCommand: Way.PRICE,
    PublicationCommand: Way.PUBLICATION,
    BulkCommand: Way.BULK,
    Patch: Way.EDIT,
}


def _changes_in(call: Call) -> list[OfferChange]:
    match call:
        case QuantityCommand(quantity, offer_ids):
            return [OfferChange(offer_id, quantity=quantity) for offer_id in offer_ids]
        case PriceCommand(price, offer_ids):
            return [OfferChange(offer_id, price=price) for offer_id in offer_ids]
        case PublicationCommand(action, offer_ids):
            return [OfferChange(offer_id, publication=action) for offer_id in offer_ids]
        case BulkCommand(changes):
            return list(changes)
        case Patch(change):
            return [change]


def _only(call: Call, offer_ids: Collection[str]) -> Call:
    """The same call, to these of its offers."""
    match call:
        case BulkCommand(changes):
            return BulkCommand(tuple(each for each in changes if each.offer_id in offer_ids))
        case Patch():
            return call
        case _:
            return replace(call, offer_ids=tuple(each for each in call.offer_ids if each in offer_ids))
