"""Importing orders again because a person asks: what that would do, and handing it to the job that imports orders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import NotFound, Unreadable
from app.db import accounts, order_log
from app.db.engine import Database
from app.domain.accounts import Account, LinkState, connection_detail
from app.domain.order_log import LogEntry
from app.domain.orders import Order
from app.domain.reimport import (
    EXPECTED_IN_STORE,
    UNSETTLED,
    Candidate,
    Choice,
    Chosen,
    Missing,
    Period,
    Shown,
    Survey,
    plan_reimport,
)
from app.domain.store import StoreOrder
from app.errors import BridgeError
from app.sync.lines import Lines
from app.sync.orders.known import KnownOrders

_ORDERS_PER_PAGE = 100
# Allegro lists an order by its last line. A buyer pays purchases together within a week, those from auctions within 30
# days, so an order of the period may stand that much later in the list.
_LINES_APART = timedelta(days=30)


class ImportBlocked(BridgeError):
    """No order of this account can be imported as things stand."""


@dataclass
class Reimporter:
    """Surveys the orders of a choice, and asks for the import of those that a survey names. Makes no store order."""

    database: Database
    lines: Lines
    now: Callable[[], datetime]

    def survey(self, account_id: int, choice: Choice, *, ask_each: bool) -> Survey:
        """What the import of these orders would do. Changes nothing.

        `ask_each`: ask Allegro, one by one, about chosen orders of which the log does not know enough; without it
        that is left to the job. Raises `AccountNotFound`, `ImportBlocked` and the errors of both channels.
        """
        account = self._account(account_id)
        if not account.settings.import_orders:
            raise ImportBlocked(
                f"The import of orders is switched off for account {account.name}. "
                "Set `import_orders` to true in its settings first."
            )
        return self._survey(account, choice, ask_each=ask_each)

    def preview(self, account_id: int, period: Period) -> Survey:
        """The survey of the orders that became ready in a period, also while the import is switched off.

        A late payer's order counts as new, as it does when it is imported.
        """
        account = self._account(account_id)
        bought = Period(period.since - _LINES_APART, period.until)
        found = self._in_period(account, self.lines.allegro(account), bought)
        candidates = [each for each in found if each.ready_at is None or period.holds(each.ready_at)]
        return plan_reimport(candidates, self._in_store(account, candidates))

    def ask_for(self, account_id: int, survey: Survey) -> None:
        """Have the job work on the orders that the survey leaves to it, whatever it would do about them by itself."""
        wanted = sorted(item.order_id for item in survey.items if item.is_for_the_job)
        for some in order_log.in_chunks(wanted):
            with self.database.transaction() as session:
                order_log.ask_for(session, account_id, some, now=self.now())

    def _account(self, account_id: int) -> Account:
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
        if not account.enabled:
            raise ImportBlocked(f"Account {account.name} is switched off. Set its `enabled` to true first.")
        if account.connection.state is not LinkState.CONNECTED:
            why = connection_detail(account.connection)
            raise ImportBlocked(f"Account {account.name} has no connection to Allegro: {why}")
        return account

    def _survey(self, account: Account, choice: Choice, *, ask_each: bool) -> Survey:
        allegro = self.lines.allegro(account)
        candidates: Sequence[Candidate]
        match choice:
            case Missing():
                with self.database.reading() as session:
                    entries = order_log.in_states(session, account.id, EXPECTED_IN_STORE)
                candidates = [Candidate(entry.order_id, entry) for entry in entries]
            case Chosen(order_ids):
                with self.database.reading() as session:
                    logged = order_log.of_orders(session, account.id, order_ids)
                candidates = [Candidate(order_id, logged.get(order_id)) for order_id in order_ids]
                if ask_each:
                    candidates = [_asked(allegro, each) if _is_open(each.entry) else each for each in candidates]
            case Period():
                candidates = self._in_period(account, allegro, choice)
        return plan_reimport(candidates, self._in_store(account, candidates))

    def _in_period(self, account: Account, allegro: AllegroClient, period: Period) -> Sequence[Candidate]:
        listed = _listed(allegro, period)
        with self.database.reading() as session:
            logged = {
                entry.order_id: entry
                for entry in order_log.bought_between(session, account.id, period.since, period.until)
            }
            # An entry does not know when its order was bought until the order has been read once.
            logged |= order_log.of_orders(session, account.id, listed.keys() - logged.keys())
        found = [
            Candidate(order_id, logged.get(order_id), was_asked=True, shown=listed.get(order_id))
            for order_id in dict.fromkeys([*logged, *listed])
        ]
        return [each for each in found if _belongs(each, period)]

    def _in_store(self, account: Account, candidates: Sequence[Candidate]) -> dict[str, Sequence[StoreOrder]]:
        """The store orders that stand for these, found in one list of all since the oldest purchase."""
        oldest = min((each.earliest for each in candidates if each.earliest is not None), default=None)
        if oldest is None:
            return {}
        known = KnownOrders(self.lines.store(account), self.now, self._newest_made)
        return {each.order_id: known.of(each.order_id, since=oldest) for each in candidates}

    def _newest_made(self) -> tuple[int, datetime] | None:
        with self.database.reading() as session:
            return order_log.newest_made(session)


def _is_open(entry: LogEntry | None) -> bool:
    return entry is None or entry.state in UNSETTLED


def _belongs(candidate: Candidate, period: Period) -> bool:
    # Of an order that cannot be read nobody knows the time; it is named rather than left out.
    return candidate.bought_at is None or period.holds(candidate.bought_at)


def _asked(allegro: AllegroClient, candidate: Candidate) -> Candidate:
    """The candidate with what Allegro shows of it now."""
    shown: Shown | None
    try:
        shown = _shown(allegro.order(candidate.order_id))
    except NotFound:
        shown = None
    except Unreadable as error:
        shown = Shown(fault=str(error))
    return Candidate(candidate.order_id, candidate.entry, was_asked=True, shown=shown)


def _shown(order: Order) -> Shown:
    paid_at = order.payment.finished_at if order.payment else None
    return Shown(order.status, order.fulfilled_by_allegro, order.bought_at, paid_at=paid_at)


def _listed(allegro: AllegroClient, period: Period) -> dict[str, Shown]:
    """What Allegro lists of the period, and of a while after it.

    Each page begins at the last purchase of the page before, because Allegro refuses offsets beyond 10,000. That is
    the first purchase in an order, which is never after the time by which Allegro sorts, so nothing is passed over.
    """
    found: dict[str, Shown] = {}
    since, offset = period.since, 0
    while True:
        page = allegro.orders_bought(since, period.until + _LINES_APART, offset, _ORDERS_PER_PAGE)
        found |= {order.id: _shown(order) for order in page.orders}
        found |= {order_id: Shown(fault=why) for order_id, why in page.unreadable if order_id}
        if len(page.orders) + len(page.unreadable) < _ORDERS_PER_PAGE:
            return found
        last = max((order.bought_at for order in page.orders), default=since)
        since, offset = (last, 0) if last > since else (since, offset + _ORDERS_PER_PAGE)
