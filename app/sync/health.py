"""Whether the two sides can be reached: what a run's end says about it, and the alerts that follow."""

from datetime import datetime, timedelta

from app.channels.errors import AuthRequired, ChannelError, Misconfigured
from app.db import accounts, alerts, runs, store_state, tokens
from app.db.engine import Session
from app.domain.accounts import LinkState, permissions_detail
from app.sync.context import JobContext
from app.sync.lines import writing
from app.sync.tokens import ALERT_KIND, NotAuthorized

ALLEGRO, STORE = "allegro", "store"
ALLEGRO_REFUSES, STORE_REFUSES = "allegro_refuses", "store_refuses"
ALLEGRO_SILENT, STORE_SILENT = "allegro_unavailable", "store_unavailable"
# A side that is silent for less than this is an ordinary hiccup and no matter for a person.
_SILENCE = timedelta(minutes=10)


def note(session: Session, context: JobContext, cause: ChannelError | None, *, now: datetime) -> None:
    """Remember how both sides behaved in a run and open or resolve the alerts about it."""
    broken = cause.channel if cause else ""
    if ALLEGRO in context.answered and broken != ALLEGRO and context.account is not None:
        allegro_works(session, context.account.id, now=now)
    if STORE in context.answered and broken != STORE:
        store_works(session, proven=writing(STORE) in context.answered, now=now)
    if cause is None:
        return
    if broken == STORE:
        store_fails(session, cause, now=now)
    elif broken == ALLEGRO and context.account is not None and not isinstance(cause, NotAuthorized):
        allegro_fails(session, context.account.id, cause, now=now)


def allegro_works(session: Session, account_id: int, *, now: datetime) -> None:
    """Note that Allegro answers. An authorisation that has ended meanwhile stays ended, and its alert open."""
    if tokens.read(session, account_id).state is not LinkState.CONNECTED:
        return
    tokens.note_check(session, account_id, problem="", now=now)
    for kind in (ALLEGRO_REFUSES, ALLEGRO_SILENT, ALERT_KIND):
        alerts.resolve(session, kind, account_id=account_id, subject=f"account {account_id}", now=now)


def allegro_fails(session: Session, account_id: int, cause: ChannelError, *, now: datetime) -> None:
    """Note that Allegro does not answer, or refuses us."""
    connection = accounts.get(session, account_id).connection
    if connection.state is not LinkState.CONNECTED:
        return
    missing = (cause.permission,) if isinstance(cause, AuthRequired) and cause.permission else ()
    problem = permissions_detail(missing) or str(cause)
    tokens.note_check(session, account_id, problem=problem, missing_permissions=missing, now=now)
    subject = f"account {account_id}"
    if isinstance(cause, AuthRequired | Misconfigured):
        alerts.open_alert(
            session,
            ALLEGRO_REFUSES,
            account_id=account_id,
            subject=subject,
            title=f"Allegro refuses the calls of this account: {cause}",
            remedy=problem if missing else "Run the account's test; its answer says what to change.",
            now=now,
        )
    elif connection.problem and _is_long(session, account_id, now):
        alerts.open_alert(
            session,
            ALLEGRO_SILENT,
            account_id=account_id,
            subject=subject,
            title=f"Allegro has not answered for more than {_SILENCE.seconds // 60} minutes: {cause}",
            remedy="Check this machine's network. When Allegro itself is down, nothing needs to be done: "
            "the service catches up by itself.",
            now=now,
        )


def store_works(session: Session, *, proven: bool, now: datetime) -> None:
    """Note that the store answers. `proven`: it has taken a change, too.

    A firewall or a read-only key lets us read, so reading alone does not end a refusal.
    """
    if not proven and alerts.open_subjects(session, STORE_REFUSES, None):
        return
    store_state.note_check(session, problem="", now=now)
    for kind in (STORE_REFUSES, STORE_SILENT):
        alerts.resolve(session, kind, account_id=None, subject="store", now=now)


def store_fails(session: Session, cause: ChannelError, *, now: datetime) -> None:
    """Note that the store does not answer, or refuses us."""
    failed_before = bool(store_state.get(session).problem)
    store_state.note_check(session, problem=str(cause), now=now)
    if isinstance(cause, AuthRequired | Misconfigured):
        alerts.open_alert(
            session,
            STORE_REFUSES,
            account_id=None,
            subject="store",
            title=f"The store refuses our calls: {cause}",
            remedy="Run the store's test; its answer says what to change. Orders wait and are imported afterwards.",
            now=now,
        )
    elif failed_before and _is_long(session, None, now):
        alerts.open_alert(
            session,
            STORE_SILENT,
            account_id=None,
            subject="store",
            title=f"The store has not answered for more than {_SILENCE.seconds // 60} minutes: {cause}",
            remedy="Check that the shop's website is up. Orders wait and are imported when it is back.",
            now=now,
        )


def _is_long(session: Session, account_id: int | None, now: datetime) -> bool:
    # A job may have been failing for the other side's sake: the caller sees to it that this side failed before, too.
    since = runs.failing_since(session, account_id)
    return since is not None and now - since > _SILENCE
