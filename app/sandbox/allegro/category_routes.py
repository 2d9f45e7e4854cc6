"""The addresses of categories: the tree, its parameters and changes, and suggestions by name."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import ApiError, answer
from app.sandbox.allegro.category_parameters import parameters_of
from app.sandbox.allegro.category_tree import EVENT_TYPES, Category, CategoryTree
from app.sandbox.allegro.gate import Caller, Gate
from app.sandbox.allegro.offer_events import number_of
from app.sandbox.allegro.queries import number, unfit

MOST_EVENTS = 1000


def _no_such(category_id: str) -> ApiError:
    return ApiError(404, "ResourceNotFound", f"Category {category_id} does not exist.")


def _suggestion(path: list[Category]) -> dict[str, object] | None:
    """A category with those above it; None above the top."""
    return None if not path else {"id": path[0].id, "name": path[0].name, "parent": _suggestion(path[1:])}


def category_routes(tree: CategoryTree, gate: Gate) -> APIRouter:
    router = APIRouter()
    anyone = gate.needs(None)

    @router.get("/sale/categories")
    def children(request: Request, _caller: Annotated[Caller, anyone]) -> Response:
        parent = request.query_params.get("parent.id")
        with tree.lock:
            if parent is not None and parent not in tree.categories:
                raise _no_such(parent)
            return answer({"categories": [each.view() for each in tree.children(parent)]})

    @router.get("/sale/categories/{category_id}")
    def category(category_id: str, _caller: Annotated[Caller, anyone]) -> Response:
        with tree.lock:
            if category_id not in tree.categories:
                raise _no_such(category_id)
            return answer(tree.categories[category_id].view())

    @router.get("/sale/categories/{category_id}/parameters")
    def parameters(category_id: str, _caller: Annotated[Caller, anyone]) -> Response:
        with tree.lock:
            if category_id not in tree.categories:
                raise _no_such(category_id)
            leaf = tree.categories[category_id].leaf
        return answer({"parameters": parameters_of(category_id) if leaf else []})

    @router.get("/sale/matching-categories")
    def matching(request: Request, caller: Annotated[Caller, anyone]) -> Response:
        name = request.query_params.get("name", "").strip()
        if not name:
            raise unfit("name", "name must not be empty")
        with tree.lock:
            gate.quotas.charge("matching_categories", caller.login)
            found = [_suggestion(tree.path(each.id)) for each in tree.matching(name)]
        return answer({"matchingCategories": found})

    @router.get("/sale/category-events")
    def events(request: Request, _caller: Annotated[Caller, anyone]) -> Response:
        wanted = set(request.query_params.getlist("type"))
        try:
            limit = number(request, "limit", 100, 1, MOST_EVENTS)
            after = number_of(request.query_params["from"]) if "from" in request.query_params else 0
        except (ApiError, ValueError) as error:
            raise ApiError(400, "VALIDATION_ERROR", "from or limit does not fit.") from error
        if not wanted <= EVENT_TYPES:
            raise ApiError(400, "VALIDATION_ERROR", "type is not one of the allowed values", path="type")
        return answer({"events": [event.view() for event in tree.read_events(after, wanted, limit)]})

    return router
