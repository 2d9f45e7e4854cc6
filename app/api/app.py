"""Puts the resources together into one application."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from app.api import accounts, alerts, authorize, errors, event_log, jobs, orders, probes, settings, status, store
from app.api import webhooks as webhook_endpoint
from app.api.deps import Services, require_key

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_api(services: Services, *, lifespan: Lifespan | None = None) -> FastAPI:
    """The HTTP API over a built service."""
    app = FastAPI(
        title="woo-allegro-bridge",
        version=services.version,
        description="Keeps one WooCommerce store in step with Allegro seller accounts.",
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        # Redirects would turn a POST with a stray slash into a GET.
        redirect_slashes=False,
    )
    app.state.services = services
    errors.install(app)
    api = APIRouter(
        prefix="/api/v1",
        dependencies=[Depends(require_key)],
        responses=errors.PROBLEM_RESPONSES,
    )
    for module in (status, store, accounts, settings, orders, jobs, alerts, event_log):
        api.include_router(module.router)
    api.include_router(authorize.router)
    app.include_router(api)
    app.include_router(authorize.callback)
    app.include_router(webhook_endpoint.router)
    app.include_router(probes.router)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
