"""Matching an account's offers with the store's products: at once, or as a run of its own with progress."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from app.channels.allegro.offers import AllegroOffers
from app.channels.errors import Rejected, Unavailable, Unreadable
from app.channels.pacing import Priority
from app.db import accounts, leases, offer_links, runs
from app.db.engine import Database, Session
from app.domain.accounts import Account
from app.domain.links import OfferLink
from app.domain.matching import Ambiguous, Catalogue, LinkPlan, MatchBy, PlannedLink, Unmatched, plan_links
from app.domain.offers import Offer, OfferDetails
from app.domain.runs import Change, Result, RunState
from app.errors import BridgeError
from app.sync.lease import Lease, LeaseBusy, holding
from app.sync.lines import Lines
from app.sync.linking import as_shown, wake_orders

# What such a run is called. It is no job: nothing runs it but a person.
MATCH = "match"
_BUSY = "The offers of this account are being matched already. Wait until that is done: its run tells how far it is."
_BUG = "An error in the service itself; the log has its traceback. Please report it."
# A queued run begins within moments, or its process has died.
_BEGINS_WITHIN = timedelta(minutes=1)
_LINKS_PER_PART = 500
_DETAILS_PER_PART = 200
# One reader alone waits for answers most of the time, and stays far below what Allegro allows.
_READERS = 4
# So many calls without an answer are enough to know; a pause follows.
_TROUBLE_ENOUGH = 8
_TRIES = 6
_PAUSE_SECONDS = 60.0
_CHANGES_KEPT = 1000
_CANDIDATES_NAMED = 10
_T = TypeVar("_T")


class ListIncomplete(BridgeError):
    """Allegro or the store did not tell all it has, so that a tie may be hidden in what is missing."""


class MatchStopped(BridgeError):
    """The service stops; what was linked so far stays."""


@dataclass
class Matcher:
    """Links every offer whose product can be told for certain; one matching per account at a time.

    An offer that has a link is not looked at, so that a matching that came to an early end is gone on with by the next.
    A GTIN stands in the full offer only, which costs a call for each: somebody who waits gets `details_at_once`.
    """

    database: Database
    lines: Lines
    lease_seconds: float
    now: Callable[[], datetime]
    details_at_once: int = 1000

    def at_once(self, account_id: int, by: Sequence[MatchBy], *, dry_run: bool) -> LinkPlan:
        """Match while somebody waits for the answer.

        Raises `AccountNotFound`, `LeaseBusy`, `ListIncomplete` and the errors of both channels.
        """
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
        with self._holding(account_id) as lease:
            matching = _Matching(self, account, tuple(by), dry_run, lease, details_at_most=self.details_at_once)
            parts = list(matching.parts())
        return LinkPlan(
            tuple(sorted((each for part in parts for each in part.linked), key=_age)),
            tuple(sorted((each for part in parts for each in part.ambiguous), key=_age)),
            tuple(sorted((each for part in parts for each in part.unmatched), key=_age)),
        )

    def queue(self, account_id: int, *, dry_run: bool) -> int:
        """Store a run that waits for its turn; returns its id. Raises `AccountNotFound` and `LeaseBusy`."""
        now = self.now()
        with self.database.transaction() as session:
            accounts.get(session, account_id)
            held_until = leases.running_until(session, MATCH, account_id)
            is_held = held_until is not None and held_until > now
            if is_held or runs.is_queued(session, MATCH, account_id, since=now - _BEGINS_WITHIN):
                raise LeaseBusy(_BUSY)
            return runs.queue(session, MATCH, account_id, dry_run=dry_run, now=now)

    def run_queued(self, run_id: int, by: Sequence[MatchBy], stopping: threading.Event) -> None:
        """Do the work of a queued run, however long it takes, and tell in it how far it is.

        Ends early, as a failed run, when `stopping` is set.
        """
        with self.database.transaction() as session:
            run = runs.get(session, run_id)
            runs.start(session, run_id, now=self.now())
        tally, error = _Tally(is_dry=run.dry_run), _BUG
        try:
            with self.database.reading() as session:
                account = accounts.get(session, run.account_id or 0)
            with self._holding(account.id) as lease:
                with self.database.transaction() as session:
                    runs.close_dead(session, MATCH, account.id, before_id=run_id, now=self.now())
                matching = _Matching(self, account, tuple(by), run.dry_run, lease, stopping=stopping)
                for part in matching.parts():
                    tally.add(matching, part)
                    with self.database.transaction() as session:
                        runs.note_progress(session, run_id, **tally.counts())
            error = ""
        except BridgeError as problem:
            error = str(problem)
        finally:
            state = RunState.FAILED if error else RunState.DONE
            with self.database.transaction() as session:
                runs.finish(
                    session,
                    run_id,
                    state,
                    seen=tally.seen,
                    changes=tally.changes(),
                    error=error,
                    now=self.now(),
                )
                # The report names some of the changes, and counts all.
                runs.note_progress(session, run_id, **tally.counts())

    @contextmanager
    def _holding(self, account_id: int) -> Iterator[Lease]:
        try:
            held = holding(self.database, MATCH, account_id, seconds=self.lease_seconds, now=self.now)
            with held as lease:
                yield lease
        except LeaseBusy as busy:
            raise LeaseBusy(_BUSY) from busy


@dataclass
class _Matching:
    """One matching. Without `stopping` somebody waits for the answer, so that no pause is made."""

    matcher: Matcher
    account: Account
    by: tuple[MatchBy, ...]
    is_dry: bool
    lease: Lease
    details_at_most: int | None = None
    stopping: threading.Event | None = None
    seen: int = 0

    def parts(self) -> Iterator[LinkPlan]:
        """What becomes of the offers, part by part, each part stored already; the first one may be empty."""
        with self.matcher.database.reading() as session:
            links = offer_links.of_account(session, self.account.id)
        listed = self.matcher.lines.allegro(self.account, priority=Priority.PRICES).offers
        told = listed.read_all()
        if not told.complete:
            raise ListIncomplete("Allegro did not show all offers of this account. Try it again in a minute.")
        self.seen = len(told.found)
        yield LinkPlan()
        products = self.matcher.lines.store().products.read_all()
        if not products.complete:
            raise ListIncomplete("The store did not show all its products. Try it again in a minute.")
        catalogue = Catalogue(products.found.values())
        plan = plan_links(told.found.values(), catalogue, links, self.by)
        lacking = [each for each in plan.unmatched if each.lacks_details]
        decided = tuple(each for each in plan.unmatched if not each.lacks_details)
        yield LinkPlan((), plan.ambiguous, decided)
        for some in _chunks(plan.linked, _LINKS_PER_PART):
            yield self._store(LinkPlan(some))
        most = len(lacking) if self.details_at_most is None else self.details_at_most
        for waiting in _chunks(lacking[:most], _DETAILS_PER_PART):
            yield self._store(self._plan_with_details(listed, catalogue, [each.offer for each in waiting]))
        why = (
            f"Its GTIN was not looked at: while somebody waits, that is done for {most} offers. "
            "Let the matching go on in the background, with `wait` false."
        )
        yield LinkPlan((), (), tuple(replace(each, reason=why) for each in lacking[most:]))

    def _plan_with_details(self, listed: AllegroOffers, catalogue: Catalogue, offers: Sequence[Offer]) -> LinkPlan:
        """The plan for offers that renew no other ones."""
        read, failed = self._details(listed, [offer.id for offer in offers])
        plan = plan_links(offers, catalogue, (), self.by, read)
        told = (replace(each, reason=failed.get(each.offer.id, each.reason)) for each in plan.unmatched)
        return replace(plan, unmatched=tuple(told))

    def _details(
        self, listed: AllegroOffers, offer_ids: Sequence[str]
    ) -> tuple[dict[str, OfferDetails], dict[str, str]]:
        """The full offers, and of those that cannot be read why not. Raises when Allegro does not answer at all."""
        read: dict[str, OfferDetails] = {}
        failed: dict[str, str] = {}
        trouble: dict[str, Unavailable] = {}

        def look_at(offer_id: str) -> None:
            if len(trouble) >= _TROUBLE_ENOUGH:
                return
            try:
                read[offer_id] = listed.details(offer_id)
            except (Rejected, Unreadable) as error:
                failed[offer_id] = str(error)
            except Unavailable as error:
                trouble[offer_id] = error

        for tries in range(1, _TRIES + 1):
            self._go_on()
            trouble.clear()
            left = [offer_id for offer_id in offer_ids if offer_id not in read and offer_id not in failed]
            with ThreadPoolExecutor(_READERS) as readers:
                list(readers.map(look_at, left))
            if not trouble:
                break
            first = next(iter(trouble.values()))
            pause = max(each.retry_after_seconds or 0 for each in trouble.values())
            answers = bool(read or failed)
            if self.stopping is None or (tries == _TRIES and not answers):
                raise first
            if tries == _TRIES or (tries > 1 and answers and not pause):
                # Allegro answers about the others: one bad offer must not end the work on all.
                failed |= {each: str(trouble.get(each, first)) for each in left if each not in read | failed}
                break
            self.stopping.wait(pause or _PAUSE_SECONDS)
        return read, failed

    def _store(self, plan: LinkPlan) -> LinkPlan:
        """Store the links of the plan; returns it without those whose offers have got one meanwhile."""
        self._go_on()
        if self.is_dry or not plan.linked:
            return plan
        now = self.matcher.now()
        ids = [each.offer.id for each in plan.linked]
        with self.matcher.database.transaction() as session:
            self.lease.guard(session)
            there = offer_links.of_offers(session, self.account.id, ids)
            new = [each for each in plan.linked if each.offer.id not in there]
            fresh = [each for each in new if each.renews is None]
            offer_links.add_all(session, [_link(self.account.id, each) for each in fresh], now=now)
            moved = self._move(session, [each for each in new if each.renews is not None], now)
            made = sorted([*fresh, *moved], key=_age)
            wake_orders(session, self.account.id, [each.offer.id for each in made], now=now)
        made_for = {each.offer.id for each in made}
        late = [
            Unmatched(each.offer, "Its links were changed while the offers were matched.")
            for each in plan.linked
            if each.offer.id not in made_for
        ]
        return LinkPlan(tuple(made), plan.ambiguous, (*plan.unmatched, *late))

    def _move(self, session: Session, planned: Sequence[PlannedLink], now: datetime) -> list[PlannedLink]:
        """Move links to the offers that renew theirs, as the links are by now; returns those that were moved."""
        links = offer_links.by_ids(session, [each.renews.id for each in planned if each.renews])
        moved = []
        for each in planned:
            link = links.get(each.renews.id) if each.renews else None
            if link is None or each.renews is None or link.offer_id != each.renews.offer_id:
                continue
            renewed = link.moved_to(each.offer.id, title=each.offer.title, status=each.offer.status)
            offer_links.save(session, as_shown(renewed, each.offer), now=now, was_read=True)
            moved.append(each)
        return moved

    def _go_on(self) -> None:
        """Raises `MatchStopped`."""
        if self.stopping is not None and self.stopping.is_set():
            raise MatchStopped("The service stopped in the middle. Start the matching again: it goes on with the rest.")


@dataclass
class _Tally:
    """What became of the offers: counts of all, and the first of each kind."""

    is_dry: bool
    seen: int = 0
    count: Counter[Result] = field(default_factory=Counter)
    kept: dict[Result, list[Change]] = field(default_factory=dict)

    def add(self, matching: _Matching, part: LinkPlan) -> None:
        self.seen = matching.seen
        for tie in part.ambiguous:
            named = ", ".join(_named(*ids) for ids in tie.candidates[:_CANDIDATES_NAMED])
            more = ", and more" if len(tie.candidates) > _CANDIDATES_NAMED else ""
            self._note(Result.SKIPPED, tie.offer, f"{tie.reason} It may be: {named}{more}.")
        for lone in part.unmatched:
            self._note(Result.FAILED if lone.lacks_details else Result.SKIPPED, lone.offer, lone.reason)
        for link in part.linked:
            why = f"matched by {link.by}" if link.by else f"renews offer {link.renews.offer_id}" if link.renews else ""
            after = _named(link.product_id, link.variation_id)
            self._note(Result.PLANNED if self.is_dry else Result.DONE, link.offer, why, after)

    def counts(self) -> dict[str, int]:
        return {
            "seen": self.seen,
            "planned": self.count.total(),
            "done": self.count[Result.DONE],
            "skipped": self.count[Result.SKIPPED],
            "failed": self.count[Result.FAILED],
        }

    def changes(self) -> list[Change]:
        """The first thousand, those that a person must look at before all; then how many more there are."""
        room, changes, more = _CHANGES_KEPT, [], []
        for result in (Result.FAILED, Result.SKIPPED, Result.PLANNED, Result.DONE):
            named = self.kept.get(result, [])[:room]
            room -= len(named)
            changes += named
            if left := self.count[result] - len(named):
                more.append(Change(f"{left} more offers", "", "", "A report names the first thousand only.", result))
        return changes + more

    def _note(self, result: Result, offer: Offer, why: str, after: str = "") -> None:
        self.count[result] += 1
        kept = self.kept.setdefault(result, [])
        if len(kept) < _CHANGES_KEPT:
            kept.append(Change(f"offer {offer.id} {offer.title!r}", "", after, why, result))


def _named(product_id: int, variation_id: int) -> str:
    return f"variation {variation_id} of product {product_id}" if variation_id else f"product {product_id}"


def _link(account_id: int, planned: PlannedLink) -> OfferLink:
    link = OfferLink(
        id=0,
        account_id=account_id,
        offer_id=planned.offer.id,
        product_id=planned.product_id,
        variation_id=planned.variation_id,
        sku=planned.sku,
    )
    return as_shown(link, planned.offer)


def _age(about: PlannedLink | Ambiguous | Unmatched) -> tuple[int, str]:
    """Offers' numbers grow with time."""
    return len(about.offer.id), about.offer.id


def _chunks(items: Sequence[_T], size: int) -> Iterator[tuple[_T, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])
