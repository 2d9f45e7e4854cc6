"""The job `stock`: every offer shows what the store has, less what is sold at Allegro already.

Read, plan, apply, record; and once more while sales come in between.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.pacing import Priority
from app.channels.woocommerce.client import StoreClient
from app.db import offer_links, offer_watch
from app.domain.history import said
from app.domain.offers import OfferFormat
from app.domain.runs import AskedBy, Result
from app.domain.settings import UNTIL_SOLD_OUT, Settings, offers_may_differ
from app.domain.stock import StockAction, StockChange, StockPlan, offer_changes, plan_stock
from app.sync.context import JobContext
from app.sync.journal import drain_journal
from app.sync.offers.guarding import Guard
from app.sync.offers.looking import KnownStockSettings, Looked, Looker
from app.sync.offers.notices import note_over, note_products
from app.sync.offers.sending import Sender, Told
from app.sync.offers.settling import Settler

# Sales that come in while a round is sent are answered with another one at once, so often at most.
_ROUNDS = 3


@dataclass
class StockSync:
    """Keeps what may be remembered from run to run."""

    settings: KnownStockSettings = field(default_factory=KnownStockSettings)

    def keep_stock(self, context: JobContext) -> None:
        """A run that a change has asked for looks at what is due, any other one at everything."""
        allegro = context.lines.allegro(context.one_account, answered=context.answered.add, priority=Priority.STOCK)
        store = context.lines.store(context.account, answered=context.answered.add)
        if not context.dry_run:
            Settler(context, allegro).settle_up()
        everything = context.asked_by is not AskedBy.NUDGE
        for _ in range(_ROUNDS):
            if self._round(context, allegro, store, everything=everything):
                drain_journal(context, allegro)
            if not context.writes:
                return
            everything = False
            with context.database.reading() as session:
                if not offer_links.due(session, context.one_account.id, now=context.now()):
                    return

    def _round(self, context: JobContext, allegro: AllegroClient, store: StoreClient, *, everything: bool) -> bool:
        """Returns whether anything was sent."""
        settler = Settler(context, allegro)
        looker = Looker(context, allegro, store, settler, self.settings)
        looked = looker.look(everything=everything)
        plan = _planned(looked, context.now())
        if ending := [change.link for change in plan.changes if change.link.format is OfferFormat.AUCTION]:
            looked = looker.look_for_bids(looked, ending)
            plan = _planned(looked, context.now())
        for skipped in plan.skipped:
            context.report.add(f"offer {skipped.link.offer_id}", why=skipped.reason, result=Result.SKIPPED)
        if not context.writes:
            _only_planned(context, plan.changes)
            _record(context, looked, plan, (), everything=everything)
            return False
        changes = Guard(context).let_through(plan, looked)
        _record(context, looked, plan, changes, everything=everything)
        if not changes:
            return False
        settings = context.one_account.settings
        sender = Sender(context, allegro, settler, lambda: _is_wanted(context, settings), looked.seen_at)
        sender.send(_told(context, changes))
        return True


def _planned(looked: Looked, now: datetime) -> StockPlan:
    return plan_stock(looked.links, looked.products, looked.reserved, looked.rules, now)


def _only_planned(context: JobContext, changes: tuple[StockChange, ...]) -> None:
    for told in _told(context, changes):
        context.report.add(
            f"offer {told.change.offer_id}",
            before=told.before,
            after=said(told.change),
            why=told.reason,
            result=Result.PLANNED,
        )


def _told(context: JobContext, changes: tuple[StockChange, ...]) -> list[Told]:
    chosen = context.one_account.settings.relist_duration
    duration = "" if chosen == UNTIL_SOLD_OUT else chosen
    return [
        Told(change.link, said, _WORDS[change.action], _shown(change), change.reason)
        for change, said in zip(changes, offer_changes(changes, duration=duration), strict=True)
    ]


def _shown(change: StockChange) -> str:
    if not change.link.is_live:
        return "ended"
    return "unknown" if change.before is None else str(change.before)


_WORDS = {
    StockAction.SET: "quantity",
    StockAction.REDUCE: "reduced to one",
    StockAction.END: "ended",
    StockAction.RESUME: "activated again",
}


def _record(
    context: JobContext, looked: Looked, plan: StockPlan, changes: Collection[StockChange], *, everything: bool
) -> None:
    """What was looked at and is not to be changed is not due any more."""
    if context.dry_run:
        return
    account, changing = context.one_account, {change.link.id for change in changes}
    with context.database.transaction() as session:
        context.lease.guard(session)
        settled = [link.id for link in looked.links if link.id not in changing]
        offer_links.settle_due(session, settled, seen_at=looked.seen_at, again_at=None)
        for link in plan.remembered:
            offer_links.record(session, [link.id], restocked_at=link.restocked_at)
            if link.restocked_at is not None:
                again_at = link.restocked_at + timedelta(minutes=account.settings.relist_delay_minutes)
                offer_links.settle_due(session, [link.id], seen_at=looked.seen_at, again_at=again_at)
        gone = [link for link in looked.links if link.is_live and link.store_id in looked.products.gone]
        note_products(session, account.id, gone, looked.links, now=context.now())
        ending = {change.link.offer_id for change in plan.changes if change.action is StockAction.END}
        to_change = {change.link.offer_id for change in plan.changes}
        looked_at = {link.offer_id for link in looked.links}
        note_over(session, account.id, ending, to_change, looked_at, now=context.now())
        if everything:
            offer_watch.note(session, account.id, stock_read_at=looked.seen_at)


def _is_wanted(context: JobContext, decided_by: Settings) -> bool:
    """Whether the seller still wants it: a switch takes effect in the middle of a run, and other settings, by which
    everything is decided anew, in its next round."""
    is_on = context.reread() and context.one_account.settings.sync_stock and context.writes
    return is_on and not offers_may_differ(decided_by, context.one_account.settings)
