"""What is planned and yet not sent: mass endings, offers that are fought over, what the seller must confirm."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.db import alerts, ledger, offer_links, pending_actions
from app.db.engine import Session
from app.domain.ledger import About, Writes, why_parked
from app.domain.pending import AskedBy, PendingAction, PendingPlan, PendingState, plan_pending
from app.domain.runs import Result
from app.domain.stock import StockChange, StockPlan, StockRules, mass_ending, why_left_alone
from app.sync.context import JobContext
from app.sync.offers.looking import Looked
from app.sync.offers.notices import MASS_ENDING, PARKED, note_mass_ending, open_about

_HOUR = timedelta(hours=1)


@dataclass
class Guard:
    """Decides for one round which changes may go."""

    context: JobContext

    def let_through(self, plan: StockPlan, looked: Looked, rules: StockRules) -> tuple[StockChange, ...]:
        """The changes that may be sent now. What must wait is stored where the seller sees it."""
        context, now = self.context, self.context.now()
        settings = context.one_account.settings
        with context.database.transaction() as session:
            context.lease.guard(session)
            self._release(session)
            writes = ledger.writes_since(session, context.one_account.id, now - _HOUR, About.STOCK)
            changes = self._unparked(session, plan.changes, writes)
            held = {change.link.id for change in mass_ending(changes, looked.linked, settings.guard_max_ended_percent)}
            known = {
                link.id
                for link in looked.links
                if link.store_id in looked.products.found or why_left_alone(link, rules, now)
            }
            parked = {change.link.id for change in plan.changes} - {change.link.id for change in changes}
            pending = plan_pending(
                changes,
                pending_actions.of_account(session, context.one_account.id),
                held=held,
                confirm_all=settings.confirm_endings_and_relists,
                planned=(known | {change.link.id for change in changes}) - parked,
                skipped=plan.skipped,
                now=now,
            )
            self._store(session, pending)
            self._tell(session, looked)
        for action in pending.propose:
            why = f"{action.reason} It waits for you to confirm it."
            context.report.add(f"offer {action.offer_id}", after=action.action, why=why, result=Result.SKIPPED)
        return pending.go

    def _unparked(
        self, session: Session, changes: Collection[StockChange], writes: Mapping[int, Writes]
    ) -> list[StockChange]:
        free: list[StockChange] = []
        for change in changes:
            if why := why_parked(writes.get(change.link.id, Writes()), About.STOCK):
                open_about(session, PARKED, change.link, why, now=self.context.now())
                self.context.report.add(f"offer {change.link.offer_id}", why=why, result=Result.SKIPPED)
                continue
            free.append(change)
        self._unpark(session, writes)
        return free

    def _unpark(self, session: Session, writes: Mapping[int, Writes]) -> None:
        """Resolve the alerts about offers that have been quiet for an hour."""
        account_id = self.context.one_account.id
        subjects = alerts.open_subjects(session, PARKED, account_id)
        if not subjects:
            return
        parked = [link_id for link_id, counted in writes.items() if why_parked(counted, About.STOCK)]
        busy = {link.offer_id for link in offer_links.by_ids(session, parked).values()}
        for subject in set(subjects) - busy:
            alerts.resolve(session, PARKED, account_id=account_id, subject=subject, now=self.context.now())

    def _store(self, session: Session, pending: PendingPlan) -> None:
        now = self.context.now()
        for action, why in pending.expire:
            pending_actions.close(session, [action.id], PendingState.EXPIRED, detail=why, now=now)
        for action in pending.propose:
            pending_actions.propose(session, action)

    def _release(self, session: Session) -> None:
        """Who resolves the alert about a mass ending says that it is meant."""
        account_id = self.context.one_account.id
        waiting = self._held_back(session)
        if waiting and not alerts.is_open(session, MASS_ENDING, account_id=account_id, subject=f"account {account_id}"):
            pending_actions.decide(session, [each.id for each in waiting], confirmed=True, now=self.context.now())

    def _tell(self, session: Session, looked: Looked) -> None:
        """Keep the alert about a mass ending open as long as something waits for its release."""
        account_id, now = self.context.one_account.id, self.context.now()
        waiting = self._held_back(session)
        if not waiting:
            alerts.resolve(session, MASS_ENDING, account_id=account_id, subject=f"account {account_id}", now=now)
            return
        titles = {link.id: link.title or link.offer_id for link in looked.links}
        named = [f"{titles.get(each.link_id, 'offer')} ({each.offer_id})" for each in waiting]
        note_mass_ending(session, account_id, named, linked=looked.linked, now=now)

    def _held_back(self, session: Session) -> list[PendingAction]:
        every = pending_actions.of_account(session, self.context.one_account.id).values()
        return [each for each in every if each.asked_by is AskedBy.GUARD and each.state is PendingState.WAITING]
