"""What needs a person."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.api.deps import MAX_ID, AlertId, Cursor, Limit, ServicesDep
from app.api.fields import Page, UtcTime, page_of
from app.db import accounts, alerts
from app.domain.alerts import Alert

router = APIRouter(tags=["alerts"])


class AlertAnswer(BaseModel):
    """`title` says what happened to what, `remedy` what to do."""

    id: int
    kind: str
    account_id: int | None
    subject: str
    title: str
    remedy: str
    opened_at: UtcTime
    resolved_at: UtcTime | None


@router.get("/alerts")
def list_alerts(
    services: ServicesDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    open: Annotated[bool, Query(description="Only those that are not resolved.")] = False,  # noqa: A002
    account_id: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None,
) -> Page[AlertAnswer]:
    with services.database.reading() as session:
        if account_id is not None:
            accounts.get(session, account_id)
        found = alerts.page(session, before_id=cursor, limit=limit + 1, open_only=open, account_id=account_id)
    return page_of([_answer(each) for each in found], [each.id for each in found], limit)


@router.post("/alerts/{alert_id}/resolve")
def resolve_alert(alert_id: AlertId, services: ServicesDep) -> AlertAnswer:
    with services.database.transaction() as session:
        return _answer(alerts.resolve_by_id(session, alert_id, now=services.now()))


def _answer(alert: Alert) -> AlertAnswer:
    return AlertAnswer(
        id=alert.id,
        kind=alert.kind,
        account_id=alert.account_id,
        subject=alert.subject,
        title=alert.title,
        remedy=alert.remedy,
        opened_at=alert.opened_at,
        resolved_at=alert.resolved_at,
    )
