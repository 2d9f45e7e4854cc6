"""The job `offers`: what Allegro shows of linked offers, against what is known of them. It writes nothing there.

Once an hour all offers are looked at, in the list. In between the journal of offers is followed, which tells sooner of
changes and leaves some out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.pacing import Priority
from app.db import alerts, ledger, offer_links, offer_watch, order_log, reservations
from app.db.offer_watch import OfferWatch
from app.domain.ledger import About, LedgerEntry
from app.domain.links import OfferLink
from app.domain.matching import Catalogue, PlannedLink, plan_links
from app.domain.offers import OfferEvent, OfferFormat, OffersRead, OfferStatus
from app.domain.runs import AskedBy, Result
from app.domain.watching import (
    Look,
    as_agreed,
    as_listed,
    compare,
    confirms,
    ends_soon,
    explain,
    has_changed,
    is_foreign,
)
from app.sync.context import JobContext
from app.sync.journal import drain_journal
from app.sync.offers import notices, price_notices
from app.sync.offers.price_watching import PriceWatcher
from app.sync.offers.reading import MOST_READ, Reading, read_exactly

_EVENTS_PER_PAGE = 1000
_FULL_LOOK_EVERY = timedelta(hours=1)
# Allegro keeps the journal for 24 hours; an older mark would silently skip what has fallen off its end.
_JOURNAL_LASTS = timedelta(hours=23)
_A_DAY = timedelta(days=1)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def watch_offers(context: JobContext) -> None:
    """Look at all offers of the account, or follow their journal since the last look."""
    allegro = context.lines.allegro(context.one_account, answered=context.answered.add, priority=Priority.STOCK)
    # A sale that is not known yet would look like somebody else's doing.
    if not context.dry_run:
        drain_journal(context, allegro)
    watcher = OfferWatcher(context, allegro)
    with context.database.reading() as session:
        watch = offer_watch.get(session, context.one_account.id)
    has_mark = watch.events_read_at is not None and context.now() - watch.events_read_at <= _JOURNAL_LASTS
    looked_lately = watch.listed_at is not None and context.now() - watch.listed_at < _FULL_LOOK_EVERY
    if has_mark and looked_lately and context.asked_by is not AskedBy.HAND:
        watcher.follow_journal(watch)
        return
    if not has_mark and not context.dry_run:
        # Before the list is read: what happens in between is then in the journal, and otherwise in neither.
        watcher.begin_journal()
    watcher.look_at_all()


@dataclass
class OfferWatcher:
    """Compares one account's links with Allegro, in one run."""

    context: JobContext
    allegro: AllegroClient

    def begin_journal(self) -> None:
        """Note where the journal of offers ends."""
        began, last_id = self.context.now(), ""
        while True:
            page = self.allegro.offers.events(last_id or None, _EVENTS_PER_PAGE)
            is_last = page.count < _EVENTS_PER_PAGE or page.last_id in ("", last_id)
            last_id = page.last_id or last_id
            if is_last:
                break
        self._mark(event_id=last_id, events_read_at=began)

    def follow_journal(self, watch: OfferWatch) -> None:
        """Read again, exactly, of what the journal tells something that is not known."""
        began, after, left = self.context.now(), watch.event_id, MOST_READ
        while True:
            page = self.allegro.offers.events(after or None, _EVENTS_PER_PAGE)
            self.context.report.seen += page.count
            for event_id, reason in page.unreadable:
                self.context.report.add(f"journal event {event_id}", why=reason, result=Result.FAILED)
            left -= self._take(page.events, watch.events_read_at or began, left)
            # Only now: what a run that broke off had not looked at is read once more.
            self._mark(event_id=page.last_id or after, events_read_at=began)
            if page.count < _EVENTS_PER_PAGE or page.last_id in ("", after):
                return
            after = page.last_id

    def look_at_all(self) -> None:
        """Compare every link with the whole list."""
        began, account_id = self.context.now(), self.context.one_account.id
        with self.context.database.reading() as session:
            links = {link.id: link for link in offer_links.of_account(session, account_id)}
            newest = ledger.latest(session, links)
            newest |= {entry.link_id: entry for entry in ledger.unsettled(session, account_id)}
            said = ledger.last_said(session, links)
            priced = ledger.latest(session, links, About.PRICE)
            republishing = alerts.open_subjects(session, notices.REPUBLISHES, account_id)
        told = self.allegro.offers.read_all()
        self.context.report.seen += len(links)
        if links and not any(link.offer_id in told.found for link in links.values()):
            why = "Allegro's list shows none of the linked offers, so nothing is concluded from it."
            self.context.report.add("list of offers", why=why, result=Result.SKIPPED)
            self._mark(listed_at=began)
            return
        looks = {
            link.id: compare(
                link,
                told.found.get(link.offer_id),
                newest.get(link.id),
                priced=priced.get(link.id),
                complete=told.complete,
                now=self.context.now(),
            )
            for link in links.values()
        }
        # Whoever was read longest ago comes first, so that each has its turn when there are too many.
        by_age = sorted(links.values(), key=lambda link: link.listed_at or _LONG_AGO)
        urgent = [link for link in by_age if looks[link.id] in (Look.DIFFERS, Look.MISSING)]
        prices = [link for link in by_age if looks[link.id] is Look.PRICE]
        others = [link for link in by_age if looks[link.id] is Look.EQUAL and link.offer_id in republishing]
        read = read_exactly(self.context, self.allegro, urgent + prices + others, rows=told.found)
        equal = [link for link in links.values() if looks[link.id] is Look.EQUAL and link.id not in read]
        links |= self._note_equal(equal, told, said)
        links |= self._believe(links, read, newest)
        links |= self._follow_renewals(told, list(links.values()))
        self._review(list(links.values()))
        has_prices = self.context.one_account.settings.sync_prices
        if has_prices:
            PriceWatcher(self.context, self.allegro).look(list(links.values()), told)
        if len(urgent) + (len(prices) if has_prices else 0) <= MOST_READ:
            self._mark(listed_at=began)

    def _take(self, events: Sequence[OfferEvent], read_at: datetime, most: int) -> int:
        """Work events off; returns how many offers were read for them, `most` at most."""
        if not events:
            return 0
        account_id = self.context.one_account.id
        with self.context.database.reading() as session:
            links = offer_links.of_offers(session, account_id, {event.offer_id for event in events})
            ids = {link.id for link in links.values()}
            of_late = ledger.of_late(session, ids, read_at)
            news = explain(events, links, of_late, prices=self.context.one_account.settings.sync_prices)
            newest = ledger.latest(session, [link.id for link in news.again])
        if news.carried_out and not self.context.dry_run:
            # Before the offers are read: one that shows its old price again was given that by somebody.
            with self.context.database.transaction() as session:
                self.context.lease.guard(session)
                ledger.confirm(session, news.carried_out, now=self.context.now())
        again = news.again[:most]
        read = read_exactly(self.context, self.allegro, again, ended_at=news.ended_at)
        self._believe({link.id: link for link in news.again}, read, newest)
        unread = [link.id for link in news.again if link.id not in read]
        if not self.context.dry_run and (unread or news.ended):
            with self.context.database.transaction() as session:
                self.context.lease.guard(session)
                offer_links.doubt(session, unread, now=self.context.now())
                for link in news.ended:
                    offer_links.note_read(session, link, now=self.context.now(), due=True)
        return len(again)

    def _note_equal(
        self, links: Sequence[OfferLink], told: OffersRead, said: Iterable[LedgerEntry]
    ) -> dict[int, OfferLink]:
        """Store of offers that show what is known what else the list says; returns those links of which that is new."""
        changed = {}
        for link in links:
            offer = told.found.get(link.offer_id)
            if offer is not None and (now_is := as_listed(link, offer)) != link:
                changed[link.id] = now_is
        if not self.context.dry_run:
            by_id = {link.id: link for link in links}
            confirmed = [each.id for each in said if each.link_id in by_id and confirms(by_id[each.link_id], each)]
            with self.context.database.transaction() as session:
                self.context.lease.guard(session)
                for link_id, link in changed.items():
                    before = by_id[link_id]
                    # On which marketplace an offer stands decides about nothing, nor does the price that a rule sets.
                    price = before.listed_price if link.rule_id else link.listed_price
                    is_news = replace(link, marketplace=before.marketplace, listed_price=price) != before
                    offer_links.note_read(session, link, now=self.context.now(), due=is_news)
                offer_links.note_checked(session, [link.id for link in links], now=self.context.now())
                ledger.confirm(session, confirmed, now=self.context.now())
        return changed

    def _believe(
        self, links: Mapping[int, OfferLink], read: Mapping[int, Reading], newest: Mapping[int, LedgerEntry]
    ) -> dict[int, OfferLink]:
        """Store what was read exactly, and have looked at what is otherwise than was known; returns the links now."""
        account, now = self.context.one_account, self.context.now()
        changed = {
            link_id: links[link_id] for link_id, reading in read.items() if has_changed(links[link_id], reading.link)
        }
        since = min((link.listed_at or now for link in changed.values()), default=now)
        with self.context.database.reading() as session:
            moved = reservations.moved_since(session, account.id, {link.offer_id for link in changed.values()}, since)
            writes = ledger.writes_since(session, account.id, now - _A_DAY, About.STOCK)
        foreign: set[int] = set()
        for link_id, before in changed.items():
            after = read[link_id].link
            takes_part = account.settings.sync_stock and before.sync_stock and after.format is OfferFormat.BUY_NOW
            if takes_part and is_foreign(before, after, newest.get(link_id), moved.get(after.offer_id, ()), now):
                foreign.add(link_id)
            self._report(before, after, _FOREIGN if link_id in foreign else "Allegro shows it now.")
        if self.context.dry_run or not read:
            return {link_id: reading.link for link_id, reading in read.items()}
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            offer_links.record(session, foreign, foreign_at=now)
            said = [each for each in ledger.last_said(session, read) if confirms(read[each.link_id].link, each)]
            ledger.confirm(session, [each.id for each in said], now=now)
            for link_id, reading in read.items():
                before, after = links[link_id], reading.link
                if not offer_links.note_read(session, after, now=now, due=link_id in changed):
                    continue
                if reading.republishes is not None:
                    notices.note_republishing(session, after, republishes=reading.republishes, now=now)
                if after.offer_status is OfferStatus.ARCHIVED is not before.offer_status:
                    notices.note_archived(session, before, now=now)
                # Once may be the seller's own hand. That we have set the offer right before makes it a habit.
                if link_id in foreign and link_id in writes and writes[link_id].corrections:
                    notices.note_foreign_writer(session, before, after, now=now)
        return {link_id: reading.link for link_id, reading in read.items()}

    def _follow_renewals(self, told: OffersRead, links: Sequence[OfferLink]) -> dict[int, OfferLink]:
        """Move links to the offers that renew theirs; returns the links that were moved."""
        plan = plan_links(told.found.values(), Catalogue(()), links, by=())
        for each in plan.ambiguous:
            self.context.report.add(f"offer {each.offer.id}", why=each.reason, result=Result.SKIPPED)
        moved = {}
        for planned in plan.linked:
            if planned.renews is not None:
                moved[planned.renews.id] = _moved(planned.renews, planned)
                self._report(planned.renews, moved[planned.renews.id], f"Renews offer {planned.renews.offer_id}.")
        if self.context.dry_run or not moved:
            return moved
        moved = self._store_moved(moved, plan.linked)
        return moved | self._believe(moved, read_exactly(self.context, self.allegro, list(moved.values())), {})

    def _store_moved(self, moved: Mapping[int, OfferLink], planned: Iterable[PlannedLink]) -> dict[int, OfferLink]:
        account_id, now, stored = self.context.one_account.id, self.context.now(), dict[int, OfferLink]()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            present = offer_links.by_ids(session, moved)
            taken = offer_links.of_offers(session, account_id, {link.offer_id for link in moved.values()})
            for each in planned:
                old = present.get(each.renews.id) if each.renews else None
                # A person may have moved or linked one of the two meanwhile.
                if old and each.renews and old.offer_id == each.renews.offer_id and each.offer.id not in taken:
                    stored[old.id] = _moved(old, each)
                    offer_links.save(session, stored[old.id], now=now, was_read=True)
            offer_links.record(session, stored, due_at=now)
            waiting = reservations.orders_waiting_for(session, account_id, [link.offer_id for link in stored.values()])
            order_log.make_due(session, account_id, waiting, found_by="", now=now)
        return stored

    def _review(self, links: Sequence[OfferLink]) -> None:
        if self.context.dry_run:
            return
        account, now = self.context.one_account, self.context.now()
        waits = account.settings.auto_resume
        waiting = ends_soon(links, account.settings.relist_within_days, now) if waits else []
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            notices.note_waiting(session, account.id, waiting, now=now)
            writes = ledger.writes_since(session, account.id, now - _A_DAY, About.STOCK)
            notices.review(session, account.id, links, writes, now=now)
            priced = {link.offer_id for link in links if link.sync_price and account.settings.sync_prices}
            price_notices.review(session, account.id, priced, now=now)

    def _mark(self, **values: object) -> None:
        if self.context.dry_run:
            return
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            offer_watch.note(session, self.context.one_account.id, **values)

    def _report(self, before: OfferLink, after: OfferLink, why: str) -> None:
        self.context.report.add(
            f"offer {after.offer_id}",
            before=_words(before),
            after=_words(after),
            why=why,
            result=Result.PLANNED if self.context.dry_run else Result.DONE,
        )


_FOREIGN = "Neither we nor a known buyer has changed it: another program did, or a person. It will be set right."


def _moved(link: OfferLink, planned: PlannedLink) -> OfferLink:
    """The link on the offer that renews its own. What the list shows of that is not known for long enough to be
    compared with."""
    moved = link.moved_to(planned.offer.id, title=planned.offer.title, status=planned.offer.status)
    return replace(as_agreed(moved, planned.offer, at=_LONG_AGO), listed_at=None)


def _words(link: OfferLink) -> str:
    pieces = "" if link.listed_quantity is None else f", {link.listed_quantity} pieces"
    price = "" if link.listed_price is None else f", {link.listed_price}"
    return f"{link.offer_status}{pieces}{price}"
