"""For machines that watch the service: alive, ready, metrics. No key, and nothing of the seller's in them."""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel

from app.api.deps import Services, ServicesDep
from app.api.errors import PROBLEM_RESPONSES, problem
from app.db import accounts, alerts, journal, migrate, order_log, store_state
from app.db.engine import DatabaseUnavailable

router = APIRouter(tags=["probes"])


class Alive(BaseModel):
    status: str


# Many watchdogs ask with HEAD.
@router.head("/health", include_in_schema=False)
@router.get("/health")
def health() -> Alive:
    """The process answers."""
    return Alive(status="alive")


@router.head("/ready", include_in_schema=False, response_model=Alive)
@router.get("/ready", response_model=Alive, responses={503: PROBLEM_RESPONSES[503]})
def ready(services: ServicesDep) -> Alive | JSONResponse:
    """The database answers and has all migrations."""
    try:
        services.database.ping()
        is_current = migrate.is_current(services.database)
    except DatabaseUnavailable as error:
        return problem(503, "Not ready", str(error))
    if not is_current:
        return problem(503, "Not ready", "The database lacks migrations; restart the service, it applies them.")
    return Alive(status="ready")


@router.get("/metrics", response_class=Response)
def metrics(services: ServicesDep) -> Response:
    """In Prometheus form, read from the database at each scrape, so that every replica tells the same."""
    registry = CollectorRegistry()
    registry.register(_Numbers(services))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Numbers(Collector):
    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        with self._services.database.reading() as session:
            present = accounts.every(session)
            ids = [account.id for account in present]
            by_state = order_log.counts(session)
            events = journal.waiting(session, ids)
            due = order_log.waiting(session, ids, now=self._services.now())
            open_alerts = alerts.count_open(session)
            hints = store_state.waiting_hints(session)
        orders = GaugeMetricFamily(
            "bridge_orders",
            "Orders in the log; found_by=sweep counts what the journal missed.",
            labels=["account", "state", "found_by"],
        )
        for (account_id, state, found_by), count in by_state.items():
            orders.add_metric([str(account_id), state, found_by], count)
        yield orders
        connected = GaugeMetricFamily("bridge_connection_ok", "Whether Allegro accepts us.", labels=["account"])
        waiting = GaugeMetricFamily("bridge_waiting_events", "Journal events to work off.", labels=["account"])
        looks = GaugeMetricFamily("bridge_waiting_orders", "Orders to look at now.", labels=["account"])
        for account in present:
            connected.add_metric([str(account.id)], account.connection.is_ok)
            waiting.add_metric([str(account.id)], events.get(account.id, 0))
            looks.add_metric([str(account.id)], due.get(account.id, 0))
        yield from (connected, waiting, looks)
        yield GaugeMetricFamily("bridge_open_alerts", "Alerts that need a person.", value=open_alerts)
        yield GaugeMetricFamily("bridge_waiting_webhook_hints", "Store webhooks to work off.", value=hints)
