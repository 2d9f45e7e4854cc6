"""Keeping the house: tokens refreshed ahead of time, old records forgotten, runs of dead processes closed."""

import time
from collections.abc import Sequence
from datetime import timedelta

from app.channels.errors import ChannelError, Uncertain
from app.db import accounts, categories, held_prices, journal, ledger, pending_actions, runs, store_state, tokens
from app.domain.accounts import Account, LinkState
from app.domain.runs import Result
from app.errors import BridgeError
from app.sync.catalogue.tree import CategoryTree
from app.sync.context import JobContext

# Refreshed by the housekeeper while nobody waits; the other jobs refresh only when it has not come to it.
_REFRESH_AHEAD = timedelta(hours=1)
# A lost answer may have used the refresh token up, which Allegro takes for 60 s more. The next run would be too late.
_PAUSES_SECONDS = (1.0, 4.0, 10.0, 20.0)
_KEEP_RUNS = timedelta(days=14)
_KEEP_EVENTS = timedelta(days=70)  # longer than Allegro's journal, so that no event is ever taken for new
_KEEP_LEDGER = timedelta(days=180)  # a complaint about an offer comes months later
_KEEP_HINTS = timedelta(days=1)
_LONGEST_RUN = timedelta(hours=6)
# The whole tree takes some thousand calls, and nobody waits for it.
_CATEGORIES_WALKED = 200


def keep_house(context: JobContext) -> None:
    """The job `housekeeping`."""
    now = context.now()
    with context.database.reading() as session:
        connected = [
            account
            for account in accounts.every(session)
            if account.enabled and account.connection.state is LinkState.CONNECTED
        ]
    context.report.seen = len(connected)
    if context.dry_run:
        return
    _refresh_ahead(context, connected)
    with context.database.transaction() as session:
        context.lease.guard(session)
        forgotten = {
            "runs": runs.forget(session, before=now - _KEEP_RUNS),
            "journal events": journal.forget(session, before=now - _KEEP_EVENTS),
            "ledger entries": ledger.forget(session, before=now - _KEEP_LEDGER),
            "pending actions": pending_actions.forget(session, before=now - _KEEP_LEDGER),
            "held prices": held_prices.forget(session, before=now - _KEEP_LEDGER),
            "webhook hints": store_state.forget_hints(session, before=now - _KEEP_HINTS),
            "authorisations": tokens.forget_authorizations(session, before=now - _KEEP_HINTS),
        }
        orphans = runs.close_orphans(session, started_before=now - _LONGEST_RUN, now=now)
    for what, count in forgotten.items():
        if count:
            context.report.add(f"{count} old {what}", after="deleted", result=Result.DONE)
    if orphans:
        context.report.add(f"{orphans} runs of a process that died", after="closed", result=Result.DONE)
    _keep_categories(context, connected)


def _keep_categories(context: JobContext, connected: Sequence[Account]) -> None:
    """Follow what becomes of categories in each environment in which somebody has looked at them, and walk on through
    the tree, so that a name is found wherever it stands."""
    tree = CategoryTree(context.database, context.lines, context.now)
    for environment, account in {each.environment: each for each in connected}.items():
        with context.database.reading() as session:
            is_used = categories.state(session, environment).events_read_at is not None
        if not is_used:
            continue
        try:
            tree.refresh(account.id)
            tree.grow(account.id, _CATEGORIES_WALKED)
        except ChannelError as error:
            context.report.add(f"categories ({environment})", why=str(error), result=Result.FAILED)


def _refresh_ahead(context: JobContext, connected: Sequence[Account]) -> None:
    lost: dict[str, str] = {}
    for pause in (0.0, *_PAUSES_SECONDS):
        time.sleep(pause)
        lost, earlier = {}, lost
        for account in connected:
            if earlier and account.name not in earlier:
                continue
            try:
                context.lines.tokens.access_token(account.id, good_for=_REFRESH_AHEAD)
            except Uncertain as error:
                lost[account.name] = str(error)
            except BridgeError as error:
                context.report.add(f"account {account.name}", why=str(error), result=Result.FAILED)
        if not lost:
            return
    for name, reason in lost.items():
        context.report.add(f"account {name}", why=reason, result=Result.FAILED)
