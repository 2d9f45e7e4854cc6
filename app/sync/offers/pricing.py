"""The prices of one round: planned, held back where they need a person, and looked at once more before they go."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Misconfigured, Rejected, Unavailable, Unreadable
from app.db import agreements, held_prices, ledger, offer_links, offer_watch
from app.db.engine import Session
from app.domain.held_prices import PriceSide, plan_held
from app.domain.ledger import LONGEST_REST, RESTS, About, Fate, LedgerEntry, Writes, rest_after, why_parked
from app.domain.money import Money
from app.domain.prices import (
    LastSaid,
    PriceChange,
    PricePlan,
    PriceState,
    plan_prices,
    price_rules,
    why_price_left_alone,
)
from app.domain.runs import AskedBy, Result
from app.sync.context import JobContext
from app.sync.offers.looking import Looked
from app.sync.offers.price_notices import (
    PRICE_PARKED,
    PRICE_REFUSED,
    SOLD_BELOW_FLOOR,
    STORE_PRICE_REFUSED,
    note_held,
    note_over,
    note_price_parked,
)
from app.sync.offers.price_watching import PriceWatcher

_HOUR = timedelta(hours=1)
# A rule that was given to an offer since is seen before a price goes, for one call in a run that sends prices.
_RULES_KEPT = timedelta(seconds=60)
# The look at all offers reads the campaigns each hour, but not before prices are kept.
_CAMPAIGNS_KEPT = timedelta(hours=2)


@dataclass
class Pricer:
    """Decides for one round which prices may go."""

    context: JobContext
    allegro: AllegroClient

    def plan(self, looked: Looked, resuming: Iterable[int]) -> PricePlan:
        """Plan the prices of what was looked at. `resuming` are the links whose offers are to be activated again."""
        if looked.taxes is None:
            return PricePlan()
        context, now = self.context, self.context.now()
        ids = [link.id for link in looked.priced]
        with context.database.reading() as session:
            newest = ledger.latest(session, ids, About.PRICE)
            failed = [link_id for link_id, entry in newest.items() if entry.fate is Fate.FAILED]
            refusals = ledger.prices_refused(session, failed, now - 2 * LONGEST_REST)
            held = held_prices.of_account(session, context.one_account.id)
        # Who asks by hand wants to know now whether Allegro takes it.
        waits = context.asked_by is not AskedBy.HAND
        said = {
            link_id: _last_said(entry, rest_after(refusals.get(link_id, 0)) if waits else timedelta(0))
            for link_id, entry in newest.items()
        }
        state = PriceState(said=said, held=held, resuming=frozenset(resuming))
        return plan_prices(
            looked.priced, looked.products, price_rules(context.one_account.settings, looked.taxes), state, now
        )

    def report(self, plan: PricePlan) -> None:
        """Tell what is left as it is, and why."""
        for skipped in plan.skipped:
            self.context.report.add(f"offer {skipped.link.offer_id}", why=skipped.reason, result=Result.SKIPPED)
        for held in plan.held:
            self.context.report.add(
                f"offer {held.offer_id}",
                before=str(held.before or ""),
                after=str(held.price or ""),
                why=f"{held.reason} The price is held.",
                result=Result.SKIPPED,
            )

    def let_through(self, plan: PricePlan, looked: Looked) -> tuple[PriceChange, ...]:
        """The changes that may go now. What is held is stored where the seller sees it."""
        if looked.taxes is None:
            return ()
        context, now, account_id = self.context, self.context.now(), self.context.one_account.id
        with context.database.transaction() as session:
            context.lease.guard(session)
            agreements.store(session, plan.agreed)
            agreements.plan_turns(session, plan.turns)
            self._store_held(session, plan, looked)
            writes = ledger.writes_since(session, account_id, now - _HOUR, About.PRICE)
            refused = ledger.store_prices_refused(session, account_id, now - RESTS)
            changes = self._unparked(session, self._untried(plan.changes, refused), writes)
            looked_at = {link.offer_id for link in looked.priced}
            wrong = {change.link.offer_id for change in plan.changes}
            wrong |= {each.offer_id for each in plan.held}
            # Of a price that nobody keeps any more there is nothing to tell.
            wrong |= {each.link.offer_id for each in plan.skipped if not why_price_left_alone(each.link)}
            parked = wrong - {change.link.offer_id for change in changes}
            # What was ended for its price is the seller's to activate.
            ended = {link.offer_id for link in looked.links if not link.is_live}
            ended |= {each.link.offer_id for each in plan.unsafe}
            kinds = {
                PRICE_REFUSED: wrong,
                STORE_PRICE_REFUSED: wrong,
                PRICE_PARKED: parked,
                SOLD_BELOW_FLOOR: ended,
            }
            note_over(session, account_id, kinds, looked_at, now=now)
        return self._without_campaigns(self._without_rules(changes))

    def _store_held(self, session: Session, plan: PricePlan, looked: Looked) -> None:
        now, account_id = self.context.now(), self.context.one_account.id
        open_now = held_prices.of_account(session, account_id)
        decided = {link.id for link in looked.priced if link.id in plan.turns or why_price_left_alone(link)}
        going = {change.link.id: (change.side, change.after) for change in plan.changes}
        todo = plan_held(open_now, plan.held, decided, going)
        held_prices.close(session, todo.expire, now=now)
        held_prices.hold(session, todo.hold)
        every = held_prices.of_account(session, account_id)
        note_held(session, account_id, every.values(), offer_links.by_ids(session, every), now=now)

    def _untried(self, changes: Iterable[PriceChange], refused: Mapping[int, Money]) -> list[PriceChange]:
        """The changes without those that the store has refused a moment ago; who asks by hand wants to know now."""
        free: list[PriceChange] = []
        for change in changes:
            is_refused = change.side is PriceSide.STORE and refused.get(change.link.id) == change.after
            if is_refused and self.context.asked_by is not AskedBy.HAND:
                why = f"{change.reason} The store refused it a moment ago; it is tried again in a while."
                self.context.report.add(f"offer {change.link.offer_id}", why=why, result=Result.SKIPPED)
                continue
            free.append(change)
        return free

    def _unparked(
        self, session: Session, changes: Collection[PriceChange], writes: Mapping[int, Writes]
    ) -> list[PriceChange]:
        free: list[PriceChange] = []
        for change in changes:
            if why := why_parked(writes.get(change.link.id, Writes()), About.PRICE):
                note_price_parked(session, change.link, why, now=self.context.now())
                self.context.report.add(f"offer {change.link.offer_id}", why=why, result=Result.SKIPPED)
                continue
            free.append(change)
        return free

    def _without_rules(self, changes: Sequence[PriceChange]) -> tuple[PriceChange, ...]:
        """The changes whose offers have no pricing rule at this moment."""
        context, account_id = self.context, self.context.one_account.id
        if not changes:
            return ()
        with context.database.reading() as session:
            read_at = offer_watch.get(session, account_id).rules_read_at
        asked_at = context.now()
        if read_at is not None and timedelta(0) <= asked_at - read_at < _RULES_KEPT:
            return tuple(changes)
        try:
            rules = self.allegro.offers.rules()
        except (Unavailable, Rejected, Misconfigured, Unreadable) as error:
            # An offer may have a rule, so prices wait for the next look. What is sold out does not.
            context.report.add("pricing rules", why=str(error), result=Result.FAILED)
            return ()
        with context.database.transaction() as session:
            context.lease.guard(session)
            for change in changes:
                if rule_id := rules.get(change.link.offer_id):
                    offer_links.record(session, [change.link.id], rule_id=rule_id)
            offer_watch.note(session, account_id, rules_read_at=asked_at)
        for offer_id in sorted({change.link.offer_id for change in changes} & rules.keys()):
            why = f"A pricing rule at Allegro ({rules[offer_id]}) sets the price since a moment ago."
            context.report.add(f"offer {offer_id}", why=why, result=Result.SKIPPED)
        return tuple(change for change in changes if change.link.offer_id not in rules)

    def _without_campaigns(self, changes: tuple[PriceChange, ...]) -> tuple[PriceChange, ...]:
        """The changes whose offers are in no campaign, which the hourly look has not told yet."""
        context, account_id = self.context, self.context.one_account.id
        if not changes:
            return ()
        with context.database.reading() as session:
            read_at = offer_watch.get(session, account_id).campaigns_read_at
            links = offer_links.of_account(session, account_id)
        if read_at is not None and timedelta(0) <= context.now() - read_at < _CAMPAIGNS_KEPT:
            return changes
        try:
            campaigns = PriceWatcher(context, self.allegro).read_campaigns(links)
        except Unavailable as error:
            context.report.add("campaigns", why=str(error), result=Result.FAILED)
            return ()
        return tuple(change for change in changes if change.link.offer_id not in campaigns)


def _last_said(entry: LedgerEntry, rest: timedelta) -> LastSaid:
    if entry.price is None:
        raise ValueError(f"ledger entry {entry.id} is about no price")
    is_refused = entry.fate is Fate.FAILED
    return LastSaid(
        price=entry.price,
        before=entry.price_before,
        seen=entry.fate is Fate.CONFIRMED,
        lost=entry.fate is Fate.LAPSED,
        refused=entry.detail or "without a reason" if is_refused else "",
        again_at=(entry.settled_at or entry.created_at) + rest if is_refused else None,
    )
