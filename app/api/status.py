"""How everything stands, in one answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.accounts import connection_word
from app.api.deps import ServicesDep
from app.api.fields import UtcTime
from app.db import (
    accounts,
    alerts,
    held_prices,
    journal,
    ledger,
    offer_links,
    offer_watch,
    order_log,
    pending_actions,
    runs,
    store_state,
)
from app.db.engine import Session
from app.db.store_state import StoreState
from app.domain.accounts import Account, connection_detail
from app.domain.runs import overdue_reason
from app.sync.jobs import Job

_IDLE = "There is nothing to do."

router = APIRouter(tags=["status"])

Word = Literal["OK", "No connection"]


class JobStatus(BaseModel):
    """`overdue`: it has not run for three of its intervals; `reason` says why, or why its last run failed."""

    job: str
    account_id: int | None
    last_run_at: UtcTime | None
    last_result: str | None
    next_run_at: UtcTime | None
    overdue: bool
    reason: str | None


class StockStatus(BaseModel):
    """How fresh the offers are. `stock_read_at`: when the stock of all linked products was last read;
    `offers_compared_at`: when all offers were last compared with what they shall show.

    `waiting_links` counts those that have their turn now, `unsettled_changes` what Allegro has not reported on yet,
    `pending_actions` what waits for the seller.
    """

    stock_read_at: UtcTime | None
    offers_compared_at: UtcTime | None
    waiting_links: int
    unsettled_changes: int
    pending_actions: int


class PricesStatus(BaseModel):
    """`read_at`: when the prices of all linked products were last read; `held` are those that wait for the seller."""

    read_at: UtcTime | None
    held: int


class AccountStatus(BaseModel):
    """`waiting` counts the journal events and orders that are not worked off yet."""

    id: int
    name: str
    connection: Word
    detail: str
    login: str | None
    token_expires_at: UtcTime | None
    waiting_events: int
    waiting_orders: int
    stock: StockStatus
    prices: PricesStatus
    jobs: list[JobStatus]


class WebhookAnswer(BaseModel):
    id: int
    topic: str
    status: str


class StoreStatus(BaseModel):
    """`lag_seconds`: how late after its change the last webhook came that tells. `waiting_hints` counts what webhooks
    have told and nobody has looked at."""

    status: Word
    detail: str
    webhooks: list[WebhookAnswer]
    last_webhook_at: UtcTime | None
    lag_seconds: int | None
    waiting_hints: int


class StatusAnswer(BaseModel):
    """`status` is OK when the store and every switched-on account are; `alerts` counts the open ones."""

    status: Word
    store: StoreStatus
    accounts: list[AccountStatus]
    jobs: list[JobStatus]
    alerts: int


@router.get("/status")
def get_status(services: ServicesDep) -> StatusAnswer:
    now = services.now()
    with services.database.reading() as session:
        present = accounts.every(session)
        ids = [account.id for account in present]
        events, orders = journal.waiting(session, ids), order_log.waiting(session, ids, now=now)
        store = _store(services, store_state.get(session), waiting_hints=store_state.waiting_hints(session))
        by_account = [
            AccountStatus(
                id=account.id,
                name=account.name,
                connection=connection_word(account),
                detail=connection_detail(account.connection),
                login=account.connection.login or None,
                token_expires_at=account.connection.token_expires_at,
                waiting_events=events.get(account.id, 0),
                waiting_orders=orders.get(account.id, 0),
                stock=_stock(session, account.id, now),
                prices=PricesStatus(
                    read_at=offer_watch.get(session, account.id).prices_read_at,
                    held=held_prices.count_waiting(session, account.id),
                ),
                jobs=_jobs(session, services, account),
            )
            for account in present
        ]
        general = _jobs(session, services, None)
        open_alerts = alerts.count_open(session)
    broken = [account for account in present if account.enabled and not account.connection.is_ok]
    return StatusAnswer(
        status="OK" if store.status == "OK" and not broken else "No connection",
        store=store,
        accounts=by_account,
        jobs=general,
        alerts=open_alerts,
    )


def _stock(session: Session, account_id: int, now: datetime) -> StockStatus:
    watch = offer_watch.get(session, account_id)
    return StockStatus(
        stock_read_at=watch.stock_read_at,
        offers_compared_at=watch.listed_at,
        waiting_links=len(offer_links.due(session, account_id, now=now)),
        unsettled_changes=len(ledger.unsettled(session, account_id)),
        pending_actions=pending_actions.count_waiting(session, account_id),
    )


def webhook_answers(state: StoreState) -> list[WebhookAnswer]:
    return [WebhookAnswer(**webhook) for webhook in state.webhooks]


def _store(services: ServicesDep, state: StoreState, *, waiting_hints: int) -> StoreStatus:
    config = services.config
    if config.store_url is None or config.store_key is None or config.store_secret is None:
        status: Word = "No connection"
        detail = "No store is configured: set BRIDGE_STORE_URL, BRIDGE_STORE_KEY and BRIDGE_STORE_SECRET."
    elif state.checked_at is None:
        status, detail = "No connection", "The store was not asked yet. Run its test."
    else:
        status, detail = ("No connection", state.problem) if state.problem else ("OK", "The store answers.")
    return StoreStatus(
        status=status,
        detail=detail,
        webhooks=webhook_answers(state),
        last_webhook_at=state.last_webhook_at,
        lag_seconds=state.lag_seconds,
        waiting_hints=waiting_hints,
    )


def _jobs(session: Session, services: ServicesDep, account: Account | None) -> list[JobStatus]:
    wanted: Sequence[Job] = [job for job in services.runner.jobs.values() if job.per_account is (account is not None)]
    return [_job(session, services, job, account) for job in wanted]


def _job(session: Session, services: ServicesDep, job: Job, account: Account | None) -> JobStatus:
    account_id = account.id if account else None
    state = runs.job_state(session, job.name, account_id or 0, lease=job.lease)
    now, since, overdue = services.now(), services.scheduler.started_at, None
    blocked = services.runner.blocked(job, account) if account else ""
    if not blocked and job.work_since is not None:
        waits_since = job.work_since(session, account_id or 0, now)
        blocked, since = ("", max(since, waits_since)) if waits_since else (_IDLE, since)
    is_at_work = state is not None and state.running_until is not None and state.running_until > now
    if not blocked and not (job.takes_long and is_at_work):
        overdue = overdue_reason(state, every_seconds=job.every_seconds, now=now, started_at=since)
    return JobStatus(
        job=job.name,
        account_id=account_id,
        last_run_at=state.last_run_at if state else None,
        last_result=(state.last_result or None) if state else None,
        next_run_at=None if blocked and blocked != _IDLE else services.scheduler.next_run_at(job.name, account_id),
        overdue=overdue is not None,
        reason=overdue or blocked or (state.last_error if state else "") or None,
    )
