"""The jobs `stock` and `prices`: every offer shows what the store has, less what is sold at Allegro already, and both
sides ask the same price.

Read, plan, apply, record; and once more while sales come in between. The two jobs are one: whichever runs looks at both
of an offer, so that its stock and its price travel together. They differ in when they look at everything.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.pacing import Priority
from app.channels.woocommerce.client import StoreClient
from app.db import offer_links, offer_watch
from app.domain.held_prices import PriceSide
from app.domain.history import said
from app.domain.offers import OfferFormat
from app.domain.prices import PriceChange, PricePlan
from app.domain.runs import AskedBy, Result
from app.domain.settings import UNTIL_SOLD_OUT, Settings, offers_may_differ
from app.domain.stock import StockAction, StockChange, StockPlan, plan_stock
from app.sync.context import JobContext
from app.sync.journal import drain_journal
from app.sync.known_taxes import KnownTaxes
from app.sync.offers.guarding import Guard
from app.sync.offers.looking import KnownStockSettings, Looked, Looker
from app.sync.offers.notices import note_over, note_products
from app.sync.offers.pricing import Pricer
from app.sync.offers.sending import Sender
from app.sync.offers.settling import Settler
from app.sync.offers.storing import StorePrices
from app.sync.offers.telling import Told, tell
from app.sync.offers.watching import watch_offers

# Sales that come in while a round is sent are answered with another one at once, so often at most.
_ROUNDS = 3
_SOON = timedelta(seconds=60)


@dataclass
class OfferSync:
    """Keeps what may be remembered from run to run."""

    taxes: KnownTaxes
    settings: KnownStockSettings = field(default_factory=KnownStockSettings)

    def keep_stock(self, context: JobContext) -> None:
        """A run that a change has asked for looks at what is due, any other one at everything."""
        self._keep(context, everything=context.asked_by is not AskedBy.NUDGE, priority=Priority.STOCK)

    def keep_prices(self, context: JobContext) -> None:
        """As `keep_stock`; a scheduled run looks at everything unless the other job has just done so.

        For prices that go to the store Allegro is asked first what has changed there.
        """
        with context.database.reading() as session:
            watch = offer_watch.get(session, context.one_account.id)
        fresh = context.now() - timedelta(seconds=context.config.prices_every) / 2
        by_hand, nudged = context.asked_by is AskedBy.HAND, context.asked_by is AskedBy.NUDGE
        has_heard = watch.events_read_at is not None and watch.events_read_at >= fresh
        if context.one_account.settings.pull_prices and (by_hand or not (nudged or has_heard)):
            watch_offers(context)
        is_old = watch.prices_read_at is None or watch.prices_read_at < fresh
        self._keep(
            context,
            everything=by_hand or (is_old and not nudged),
            priority=Priority.STOCK if context.one_account.settings.sync_stock else Priority.PRICES,
        )

    def _keep(self, context: JobContext, *, everything: bool, priority: Priority) -> None:
        allegro = context.lines.allegro(context.one_account, answered=context.answered.add, priority=priority)
        store = context.lines.store(context.account, answered=context.answered.add)
        if not context.dry_run:
            Settler(context, allegro).settle_up()
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
        """Returns whether anything was sent to Allegro."""
        settler = Settler(context, allegro)
        looker = Looker(context, allegro, store, settler, self.settings, self.taxes)
        looked = looker.look(everything=everything)
        plan = _planned(context, looked)
        if ending := [change.link for change in plan.changes if change.link.format is OfferFormat.AUCTION]:
            looked = looker.look_for_bids(looked, ending)
            plan = _planned(context, looked)
        for skipped in plan.skipped:
            context.report.add(f"offer {skipped.link.offer_id}", why=skipped.reason, result=Result.SKIPPED)
        pricer = Pricer(context, allegro)
        prices = pricer.plan(looked, [each.link.id for each in plan.changes if each.action is StockAction.RESUME])
        pricer.report(prices)
        if not context.writes:
            _only_planned(context, _told(context, plan.changes, prices.changes, prices), _to_store(prices.changes))
            _record(context, looked, plan, (), everything=everything)
            return False
        changes = Guard(context).let_through(plan, looked, looked.rules) if looked.rules is not None else ()
        going = pricer.let_through(prices, looked)
        told = _told(context, changes, going, prices)
        given = _to_store(going)
        _record(
            context,
            looked,
            plan,
            {each.link.id for each in told} | {change.link.id for change in given},
            everything=everything,
        )
        settings = context.one_account.settings
        try:
            if told:
                sender = Sender(context, allegro, settler, lambda: _is_wanted(context, settings), looked.seen_at)
                sender.send(told)
        finally:
            # What keeps Allegro from answering does not keep the store from its prices.
            if given:
                StorePrices(context, store, lambda: _is_wanted(context, settings)).give(given)
        return bool(told)


def _planned(context: JobContext, looked: Looked) -> StockPlan:
    if looked.rules is None:
        return StockPlan()
    return plan_stock(looked.links, looked.products, looked.reserved, looked.rules, context.now())


def _to_offers(changes: Collection[PriceChange]) -> list[PriceChange]:
    return [change for change in changes if change.side is PriceSide.OFFER]


def _to_store(changes: Collection[PriceChange]) -> list[PriceChange]:
    return [change for change in changes if change.side is PriceSide.STORE]


def _duration(context: JobContext) -> str:
    chosen = context.one_account.settings.relist_duration
    return "" if chosen == UNTIL_SOLD_OUT else chosen


def _told(
    context: JobContext, changes: Collection[StockChange], going: Collection[PriceChange], plan: PricePlan
) -> list[Told]:
    return tell(changes, _to_offers(going), plan.unsafe, duration=_duration(context))


def _only_planned(context: JobContext, told: Sequence[Told], given: Sequence[PriceChange]) -> None:
    for each in told:
        words = each.words_of(each.change)
        context.report.add(
            f"offer {each.change.offer_id}",
            before=words.before,
            after=said(each.change),
            why=words.reason,
            result=Result.PLANNED,
        )
    for change in given:
        context.report.add(
            f"product {change.link.store_id}",
            before=str(change.before or ""),
            after=str(change.after),
            why=change.reason,
            result=Result.PLANNED,
        )


def _record(
    context: JobContext, looked: Looked, plan: StockPlan, changing: Collection[int], *, everything: bool
) -> None:
    """What was looked at and is not to be changed is not due any more. `changing` are ids of links."""
    if context.dry_run:
        return
    account = context.one_account
    with context.database.transaction() as session:
        context.lease.guard(session)
        settled = [link.id for link in looked.links if link.id not in changing]
        under_way = [link_id for link_id in settled if link_id in looked.unpriced]
        offer_links.settle_due(session, under_way, seen_at=looked.seen_at, again_at=context.now() + _SOON)
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
            read = {"stock_read_at": looked.rules, "prices_read_at": looked.taxes}
            times = {name: looked.seen_at for name, what in read.items() if what is not None}
            offer_watch.note(session, account.id, **times)


def _is_wanted(context: JobContext, decided_by: Settings) -> bool:
    """Whether the seller still wants it: a switch takes effect in the middle of a run, and other settings, by which
    everything is decided anew, in its next round."""
    is_on = context.reread() and context.one_account.settings.sync_offers and context.writes
    return is_on and not offers_may_differ(decided_by, context.one_account.settings)
