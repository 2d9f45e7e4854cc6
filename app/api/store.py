"""The store: test it, and register or repair our webhooks."""

from fastapi import APIRouter

from app.api.authorize import CheckAnswer, TestAnswer
from app.api.deps import ServicesDep
from app.api.errors import WebhooksOff
from app.api.status import WebhookAnswer, webhook_answers
from app.db import store_state
from app.sync import webhooks
from app.sync.report import Report

router = APIRouter(tags=["store"])


class WebhooksAnswer(TestAnswer):
    """The state of our webhooks after registering or repairing them."""

    webhooks: list[WebhookAnswer]


@router.post("/store/test")
def test_store(services: ServicesDep) -> TestAnswer:
    checks = services.tester.test()
    return TestAnswer(
        status="OK" if all(check.ok for check in checks) else "No connection",
        checks=[CheckAnswer(name=check.name, ok=check.ok, detail=check.detail) for check in checks],
    )


@router.post("/store/webhooks")
def repair_webhooks(services: ServicesDep) -> WebhooksAnswer:
    secrets = services.config.webhook_secrets
    if not secrets:
        raise WebhooksOff("Webhooks are off. Set BRIDGE_STORE_WEBHOOK_SECRET and restart the service.")
    report = Report()
    webhooks.repair(
        services.lines.store(),
        services.database,
        url=services.config.webhook_url,
        secret=secrets[0],
        report=report,
        now=services.now,
    )
    with services.database.reading() as session:
        present = webhook_answers(store_state.get(session))
    return WebhooksAnswer(
        status="OK" if all(each.status == "active" for each in present) else "No connection",
        checks=[
            CheckAnswer(name=change.what, ok=True, detail=f"It was {change.before} and is {change.after} now.")
            for change in report.changes
        ],
        webhooks=present,
    )
