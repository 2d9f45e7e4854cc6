"""Jobs by hand, and the reports of their runs."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StrictBool

from app.api.deps import MAX_ID, Cursor, Limit, RunId, ServicesDep
from app.api.fields import Page, RequestBody, UtcTime, page_of
from app.db import accounts, runs
from app.domain.runs import Change, Run
from app.sync.matching import MATCH

router = APIRouter(tags=["jobs"])


class JobAnswer(BaseModel):
    job: str
    every_seconds: float
    per_account: bool


class Jobs(BaseModel):
    items: list[JobAnswer]


class RunRequest(RequestBody):
    """Without `account_id` the job runs for every account. With `wait` the answer is the finished report."""

    account_id: Annotated[int, Field(ge=1, le=MAX_ID)] | None = None
    dry_run: StrictBool = False
    wait: StrictBool = False


class ChangeAnswer(BaseModel):
    """`from` and `to` are what was there and what shall be; `result` is planned, done, skipped or failed."""

    what: str
    before: str = Field(serialization_alias="from")
    after: str = Field(serialization_alias="to")
    why: str
    result: str


class RunAnswer(BaseModel):
    id: int
    job: str
    account_id: int | None
    state: str
    dry_run: bool
    started_at: UtcTime | None
    finished_at: UtcTime | None
    seen: int
    planned: int
    done: int
    skipped: int
    failed: int
    error: str | None
    changes: list[ChangeAnswer]


class RunStarted(BaseModel):
    run_id: int


JobName = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]


@router.get("/jobs")
def list_jobs(services: ServicesDep) -> Jobs:
    return Jobs(
        items=[
            JobAnswer(job=job.name, every_seconds=job.every_seconds, per_account=job.per_account)
            for job in services.runner.jobs.values()
        ]
    )


@router.post(
    "/jobs/{job}/run",
    response_model=RunAnswer,
    responses={202: {"model": RunStarted, "description": "The run is queued."}},
)
def run_job(job: JobName, services: ServicesDep, body: RunRequest | None = None) -> RunAnswer | Response:
    body = body or RunRequest()
    run_id = services.runner.queue(job, body.account_id, dry_run=body.dry_run)
    if body.wait:
        return _answer(services.runner.run_queued(run_id))
    services.scheduler.run_soon(run_id)
    return JSONResponse(RunStarted(run_id=run_id).model_dump(), status_code=202)


@router.get("/runs")
def list_runs(
    services: ServicesDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    job: str | None = None,
    account_id: Annotated[int | None, Field(ge=1, le=MAX_ID)] = None,
) -> Page[RunAnswer]:
    if job is not None and job != MATCH:
        services.runner.job(job)
    with services.database.reading() as session:
        if account_id is not None:
            accounts.get(session, account_id)
        found = runs.page(session, before_id=cursor, limit=limit + 1, job=job, account_id=account_id)
    return page_of([_answer(each) for each in found], [each.id for each in found], limit)


@router.get("/runs/{run_id}")
def get_run(run_id: RunId, services: ServicesDep) -> RunAnswer:
    with services.database.reading() as session:
        return _answer(runs.get(session, run_id))


def _answer(run: Run) -> RunAnswer:
    return RunAnswer(
        id=run.id,
        job=run.job,
        account_id=run.account_id,
        state=run.state,
        dry_run=run.dry_run,
        started_at=run.started_at,
        finished_at=run.finished_at,
        seen=run.seen,
        planned=run.planned,
        done=run.done,
        skipped=run.skipped,
        failed=run.failed,
        error=run.error or None,
        changes=[_change(change) for change in run.changes],
    )


def _change(change: Change) -> ChangeAnswer:
    return ChangeAnswer(
        what=change.what, before=change.before, after=change.after, why=change.why, result=change.result
    )
