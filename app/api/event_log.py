"""The raw exchanges of an account, for people and for Allegro's support."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app.api.deps import AccountId, ServicesDep
from app.db import accounts

router = APIRouter(tags=["event log"])


class EventLogAnswer(BaseModel):
    """The newest exchanges, oldest first, secrets removed. `event_logging` tells whether new ones are written."""

    event_logging: bool
    items: list[dict[str, Any]]


@router.get("/accounts/{account_id}/event-log")
def get_event_log(
    account_id: AccountId, services: ServicesDep, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> EventLogAnswer:
    with services.database.reading() as session:
        account = accounts.get(session, account_id)
    return EventLogAnswer(
        event_logging=account.settings.event_logging, items=services.lines.event_log.entries(account_id, limit)
    )


@router.get("/accounts/{account_id}/event-log/download", response_class=StreamingResponse)
def download_event_log(account_id: AccountId, services: ServicesDep) -> StreamingResponse:
    """Everything that is kept, as one file of JSON lines."""
    with services.database.reading() as session:
        accounts.get(session, account_id)
    name = f"event-log-account-{account_id}.jsonl"
    return StreamingResponse(
        services.lines.event_log.text(account_id),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
