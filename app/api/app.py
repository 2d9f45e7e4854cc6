"""Puts the resources together into one application."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from app.api import (
    accounts,
    alerts,
    attribute_mappings,
    authorize,
    categories,
    coverage,
    errors,
    event_log,
    held_prices,
    invoices,
    jobs,
    listing_templates,
    listings,
    made_parcels,
    offer_content,
    offer_history,
    offer_links,
    orders,
    papers,
    pending_actions,
    pickups,
    probes,
    reimport,
    settings,
    shipping,
    shipping_methods,
    status,
    store,
)
from app.api import webhooks as webhook_endpoint
from app.api.deps import Services, know_all_parameters, require_key
from app.api.limits import LimitedBodies

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class _Api(FastAPI):
    """A FastAPI whose document says of errors what is true: they are problems, of their own media type."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            for path in document["paths"].values():
                for operation in path.values():
                    for status, answer in operation["responses"].items():
                        if status[0] in "45" and "application/json" in answer.get("content", {}):
                            answer["content"] = {errors.MEDIA_TYPE: {"schema": _PROBLEM}}
            for unused in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(unused, None)
        return self.openapi_schema or {}


_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def create_api(services: Services, *, lifespan: Lifespan | None = None) -> FastAPI:
    """The HTTP API over a built service."""
    app = _Api(
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
    app.add_middleware(LimitedBodies)
    api = APIRouter(
        prefix="/api/v1",
        dependencies=[Depends(require_key), Depends(know_all_parameters)],
        responses=errors.PROBLEM_RESPONSES,
    )
    for module in (
        status,
        store,
        accounts,
        settings,
        orders,
        reimport,
        offer_links,
        offer_history,
        offer_content,
        pending_actions,
        held_prices,
        categories,
        attribute_mappings,
        coverage,
        listing_templates,
        listings,
        made_parcels,
        invoices,
        papers,
        pickups,
        shipping,
        shipping_methods,
        jobs,
        alerts,
        event_log,
    ):
        api.include_router(module.router)
    api.include_router(authorize.router)
    app.include_router(api)
    app.include_router(authorize.callback)
    app.include_router(webhook_endpoint.router)
    app.include_router(probes.router)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
