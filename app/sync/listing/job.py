"""The job `listings`: what the seller has asked to list becomes offers, each item one and never two.

Allegro makes an offer anew each time it is told. So: the intent is committed before the call and the offer's id after
it; an intent without an id is looked for at Allegro by the mark that the offer carries (`external.id`); and only when
its list had time enough to show it and does not is the offer sent again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Unavailable, Unreadable
from app.channels.pacing import Priority
from app.channels.woocommerce.client import StoreClient
from app.db import listing_templates, listings, runs
from app.db.listing_templates import TemplateNotFound
from app.domain.links import OfferLink
from app.domain.listing_templates import ListingTemplate
from app.domain.listings import Listing, ListingState
from app.domain.new_offers import FieldError
from app.domain.planning import Adopt, Already, Ask, Clash, Complete, Ended, GiveUp, Make, Step, Wait
from app.domain.runs import Result
from app.sync.catalogue.tree import CategoryTree
from app.sync.context import JobContext
from app.sync.known_taxes import KnownTaxes
from app.sync.listing.asking import Asker
from app.sync.listing.preparing import Prepared, Preparer, Wanted
from app.sync.listing.recording import Recorder
from app.sync.listing.searching import Found, Search
from app.sync.listing.sending import Sender

# So many at a time, so that stock and prices are as fresh as the first offers that are made of them.
_AT_ONCE = 25
_SOON, _LATER = timedelta(seconds=15), timedelta(minutes=1)


@dataclass
class GoodsLister:
    """Keeps what may be remembered from run to run."""

    taxes: KnownTaxes

    def list_goods(self, context: JobContext) -> None:
        """Go on with every open listing of the account that has its turn."""
        account = context.one_account
        allegro = context.lines.allegro(account, answered=context.answered.add, priority=Priority.PRICES)
        store = context.lines.store(account, answered=context.answered.add)
        work = _Work(context, allegro, store, self.taxes)
        if not context.writes:
            work.tell_what_is_due()
            return
        while work.may_go_on():
            some = work.due()
            if not some:
                return
            work.go_on(some)


@dataclass
class _Work:
    """One run on one account."""

    context: JobContext
    allegro: AllegroClient
    store: StoreClient
    taxes: KnownTaxes
    _preparer: Preparer | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.context)
        self.asker = Asker(self.context, self.allegro, self.recorder)
        self.sender = Sender(self.context, self.allegro, self.recorder)
        settle = timedelta(seconds=self.context.config.allegro_settle)
        self.search = Search(self.context.database, self.allegro, self.context.one_account.id, settle)

    def may_go_on(self) -> bool:
        """Until the service stops, or the account is switched off or is only to watch."""
        return not self.context.stopping.is_set() and self.context.reread() and self.context.writes

    def due(self) -> list[Listing]:
        context = self.context
        with context.database.reading() as session:
            return listings.due(session, context.one_account.id, now=context.now(), limit=_AT_ONCE)

    def tell_what_is_due(self) -> None:
        for listing in self.due():
            what = f"product {listing.product_id}"
            self.context.report.add(what, before=listing.state, why="waits for its turn", result=Result.PLANNED)

    def go_on(self, some: Sequence[Listing]) -> None:
        """Each of these comes to an end, or is due later than now."""
        context = self.context
        context.report.seen += len(some)
        with context.database.reading() as session:
            sent = listings.sent(session, context.one_account.id, {listing.external_id for listing in some})
        queued: dict[str, Listing] = {}
        for listing in some:
            if listing.state is ListingState.WAITING:
                with self._giving_way(listing):
                    self.asker.ask(listing)
            elif listing.external_id in queued or _comes_second(listing, sent.get(listing.external_id)):
                # What becomes of the first with this mark decides about the second.
                self.recorder.put_off(listing, context.now() + _SOON, "Another product has the same mark.")
            else:
                queued[listing.external_id] = listing
        self._list(list(queued.values()))
        self._note_progress()

    def _list(self, queued: Sequence[Listing]) -> None:
        found = self._search(queued)
        steps, links = found.steps, found.links
        templates = self._templates(queued)
        wanted = {
            listing.id: Wanted(
                listing.store_id, listing.product_id, template, listing.external_id, listing.catalogue_id
            )
            for listing in queued
            if _needs_all(steps.get(listing.id), listing)
            and (template := templates.get(listing.template_id)) is not None
        }
        prepared = self._prepare(list(wanted.values()))
        for listing in queued:
            if not self.may_go_on():
                return
            step = steps.get(listing.id)
            of_item = prepared.get(listing.store_id, _NO_TEMPLATE) if listing.id in wanted else _NO_TEMPLATE
            if isinstance(step, Make | Complete):
                self._send(listing, step, of_item, links.get(listing.id))
                self._note_progress()
            elif step is not None:
                self._end(listing, step, None if isinstance(of_item, FieldError) else of_item)

    def _send(
        self, listing: Listing, step: Make | Complete, of_item: Prepared | FieldError, link: OfferLink | None
    ) -> None:
        if isinstance(step, Complete):
            listing = replace(listing, offer_id=step.offer_id)
            if link is None or link.offer_id != step.offer_id:
                link = self.recorder.claim(listing, step.offer_id)
            if link is None:
                why = "Its offer was linked to another product meanwhile."
                self.recorder.put_off(listing, self.context.now() + _SOON, why)
                return
        if isinstance(of_item, FieldError):
            self.recorder.fail(listing, [of_item])
            return
        with self._giving_way(listing):
            if isinstance(step, Make):
                self.sender.make(listing, of_item, link)
            else:
                self.sender.complete(listing, step.offer_id, of_item, link)

    @contextmanager
    def _giving_way(self, listing: Listing) -> Iterator[None]:
        """Where Allegro fails, be it at this one only, the next run begins with others."""
        try:
            yield
        except Unavailable:
            self.recorder.postpone(listing, self.context.now() + _LATER)
            raise

    def _end(self, listing: Listing, step: Step, sent: Prepared | None) -> None:
        """What needs nothing to be sent. `sent` is what may have been sent before."""
        now = self.context.now()
        match step:
            case Wait(until):
                why = "Allegro's answer was lost; the offer is looked for before it is made again."
                self.recorder.put_off(listing, min(until, now + _SOON), why)
            case Adopt() | Already() | Ended() | Clash() | GiveUp():
                self.recorder.found(listing, step, sent)
            case Make() | Complete() | Ask():
                raise AssertionError("these are not ends")

    def _search(self, queued: Sequence[Listing]) -> Found:
        """What comes next for each; one of which that is not known is put off."""
        try:
            return self.search.of(queued, self.context.now())
        except Unreadable as error:
            for listing in queued:
                self.recorder.put_off(listing, self.context.now() + _LATER, str(error))
            return Found({}, {})

    def _templates(self, queued: Sequence[Listing]) -> dict[int | None, ListingTemplate]:
        found: dict[int | None, ListingTemplate] = {}
        with self.context.database.reading() as session:
            for template_id in {listing.template_id for listing in queued} - {None}:
                try:
                    found[template_id] = listing_templates.get(session, template_id or 0)
                except TemplateNotFound:
                    continue
        return found

    def _prepare(self, wanted: Sequence[Wanted]) -> Mapping[int, Prepared | FieldError]:
        if not wanted:
            return {}
        context = self.context
        if self._preparer is None:
            tree = CategoryTree(context.database, context.lines, context.now)
            self._preparer = Preparer(context.database, tree, self.allegro, self.store)
        taxes = self.taxes.of(self.store, context.now())
        return self._preparer.prepare(context.one_account, taxes, wanted, context.now())

    def _note_progress(self) -> None:
        """Tell in the run how far it is; once it is over, its report does."""
        context = self.context
        with context.database.transaction() as session:
            counts = listings.count_by_state(session, context.one_account.id, context.run_id)
            if counts:
                runs.note_progress(
                    session,
                    context.run_id,
                    seen=sum(counts.values()),
                    planned=sum(counts.values()),
                    done=counts.get(ListingState.LISTED, 0) + counts.get(ListingState.DRAFT, 0),
                    skipped=0,
                    failed=counts.get(ListingState.FAILED, 0),
                )


def _needs_all(step: Step | None, listing: Listing) -> bool:
    """Whether it must be known what the item's offer is made of: it is sent, or what was sent is found."""
    return isinstance(step, Make | Complete) or (isinstance(step, Adopt) and listing.sent_at is not None)


def _comes_second(listing: Listing, sent: Collection[int] | None) -> bool:
    """Whether another listing with its mark, of `sent`, may have the offer that is found with it."""
    others = [each for each in sent or () if each != listing.id]
    return bool(others) and (listing.sent_at is None or min(others) < listing.id)


_NO_TEMPLATE = FieldError("template_id", "The template was deleted. List the product again with another one.")
