"""The addresses of commands: sending one, asking how far it is, and what became of each offer."""

import uuid
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import BETA_V1, ApiError, answer
from app.sandbox.allegro.command_bodies import bulk_tasks, price_tasks, publication_tasks, quantity_tasks
from app.sandbox.allegro.commands import Body, Commands, Kind, Task
from app.sandbox.allegro.gate import Caller, Gate, JsonBody
from app.sandbox.allegro.queries import number, unfit
from app.sandbox.allegro.shelf import Shelf

WRITE = "allegro:api:sale:offers:write"
MOST_TASKS = 1000
_FORBIDDEN = 403
_RESOURCES: dict[Kind, tuple[str, Callable[[Body, Shelf], list[Task]]]] = {
    "quantity": ("/sale/offer-quantity-change-commands", quantity_tasks),
    "price": ("/sale/offer-price-change-commands", price_tasks),
    "publication": ("/sale/offer-publication-commands", publication_tasks),
    "bulk": ("/sale/offer-bulk-modification-commands", bulk_tasks),
}


def _checked_id(command_id: object) -> str:
    try:
        return str(uuid.UUID(str(command_id)))
    except ValueError as error:
        raise unfit("commandId", "commandId must be a UUID") from error


def _checked_body(sent: object) -> Body:
    if not isinstance(sent, dict):
        raise ApiError(400, "UnprocessableEntity", "The request body is not an object.")
    return sent


def command_routes(commands: Commands, gate: Gate) -> APIRouter:
    router = APIRouter()
    for kind, (address, tasks_of) in _RESOURCES.items():
        _add_reports(router, commands, gate, kind, address)
        if kind != "bulk":
            _add_command(router, commands, gate, kind, address, tasks_of)

    @router.post(_RESOURCES["bulk"][0])
    def send_bulk(request: Request, caller: Annotated[Caller, gate.needs(WRITE, BETA_V1)], sent: JsonBody) -> Response:
        refused = commands.shelf.faults.strike("bulk_command_refused")
        if refused is not None:
            raise ApiError(int(refused.args.get("status", _FORBIDDEN)), "AccessDenied", "Access is denied.")
        body = _checked_body(sent)
        command_id = _checked_id(body.get("commandId"))
        with commands.shelf.lock:
            report = commands.accept("bulk", caller.login, command_id, body, bulk_tasks(body, commands.shelf))
        gate.after_effect(request)
        return answer(report, 201, BETA_V1)

    return router


def _add_command(
    router: APIRouter,
    commands: Commands,
    gate: Gate,
    kind: Kind,
    address: str,
    tasks_of: Callable[[Body, Shelf], list[Task]],
) -> None:
    @router.put(f"{address}/{{command_id}}")
    def send(
        command_id: str, request: Request, caller: Annotated[Caller, gate.needs(WRITE)], sent: JsonBody
    ) -> Response:
        body = _checked_body(sent)
        with commands.shelf.lock:
            tasks = tasks_of(body, commands.shelf)
            report = commands.accept(kind, caller.login, _checked_id(command_id), body, tasks)
        gate.after_effect(request)
        return answer(report, 201)


def _add_reports(router: APIRouter, commands: Commands, gate: Gate, kind: Kind, address: str) -> None:
    @router.get(f"{address}/{{command_id}}")
    def report(command_id: str, caller: Annotated[Caller, gate.needs(WRITE)]) -> Response:
        with commands.shelf.lock:
            command = commands.find(kind, caller.login, command_id)
            gate.quotas.charge("report", caller.login, len(command.tasks))
            return answer(command.report(commands.shelf.clock.now()))

    @router.get(f"{address}/{{command_id}}/tasks")
    def tasks(command_id: str, request: Request, caller: Annotated[Caller, gate.needs(WRITE)]) -> Response:
        limit = number(request, "limit", 100, 1, MOST_TASKS)
        offset = number(request, "offset", 0, 0, MOST_TASKS - 1)
        with commands.shelf.lock:
            command = commands.find(kind, caller.login, command_id)
            page = command.page(offset, limit, commands.shelf.clock.now())
            gate.quotas.charge("report", caller.login, len(page))
        return answer({"tasks": page})
