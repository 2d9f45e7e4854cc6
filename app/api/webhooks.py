"""Where the store delivers its webhooks: checked, stored, answered at once; the work is done later."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Header, Request, Response

from app.api.deps import MAX_ID, Services, ServicesDep
from app.api.errors import PROBLEM_RESPONSES, problem
from app.channels.errors import Unreadable
from app.channels.woocommerce.webhooks import TOPICS, hint_from, is_ping, signature_matches

router = APIRouter(tags=["webhooks"])
log = structlog.get_logger(__name__)


async def raw_body(request: Request) -> bytes:
    """The body as it came: the signature is over these bytes."""
    return await request.body()


@router.post(
    "/webhooks/woocommerce",
    response_class=Response,
    responses={status: PROBLEM_RESPONSES[status] for status in (401, 404, 413)},
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def receive_webhook(
    request: Request,
    services: ServicesDep,
    raw: Annotated[bytes, Depends(raw_body)],
    x_wc_webhook_signature: Annotated[str, Header()] = "",
) -> Response:
    """200 once the hint is taken. The signature is the key; the unsigned ping is answered and changes nothing."""
    return _receive(services, raw, dict(request.headers), x_wc_webhook_signature)


def _receive(services: Services, raw: bytes, headers: dict[str, str], signature: str) -> Response:
    secrets = services.config.webhook_secrets
    if not secrets:
        return problem(404, "Webhooks are off", "Set BRIDGE_STORE_WEBHOOK_SECRET to switch the endpoint on.")
    if is_ping(headers, raw):
        services.inbox.take_ping()
        return Response(status_code=200)
    if not signature_matches(secrets, raw, signature):
        return problem(401, "Wrong signature", "The delivery is not signed with BRIDGE_STORE_WEBHOOK_SECRET.")
    try:
        hint = hint_from(headers, raw, received_at=services.now())
    except Unreadable as error:
        # It is the store's, so it is answered well: seven refusals in a row would switch the webhook off.
        log.warning("a webhook's delivery says nothing that we understand", reason=str(error))
        return Response(status_code=200)
    if hint.topic not in TOPICS or not 1 <= hint.resource_id <= MAX_ID:
        log.warning("a webhook's delivery is of no use to us", topic=hint.topic[:100], resource_id=hint.resource_id)
        return Response(status_code=200)
    services.inbox.take(hint)
    return Response(status_code=200)
