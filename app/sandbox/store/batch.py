"""Many writes in one request, as every batch endpoint of the REST API does them."""

from collections.abc import Callable
from typing import Any

from app.sandbox.store.exchange import Answer, Call, StoreError

_BATCH_LIMIT = 100


def _items(sent: object) -> list[Any]:
    """PHP walks over the values of an object as it does over a list."""
    if isinstance(sent, dict):
        return list(sent.values())
    return sent if isinstance(sent, list) else []


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else 0


def batch(
    call: Call,
    create: Callable[[dict[str, Any]], dict[str, Any]],
    update: Callable[[int, dict[str, Any]], dict[str, Any]],
    delete: Callable[[int], dict[str, Any]],
) -> Answer:
    """Many writes in one request: no schema check, and each item's own error inside the 200.

    Raises StoreError 413 for more than 100 items, creations, updates and deletions together.
    """
    sent = call.json()
    groups = {name: _items(sent.get(name)) for name in ("create", "update", "delete")}
    if sum(map(len, groups.values())) > _BATCH_LIMIT:
        message = f"Unable to accept more than {_BATCH_LIMIT} items for this request."
        raise StoreError(413, "woocommerce_rest_request_entity_too_large", message)
    answers: dict[str, list[dict[str, Any]]] = {}
    for name, items in groups.items():
        for item in items:
            fields = item if isinstance(item, dict) else {}
            own_id: Any = item if name == "delete" else 0 if name == "create" else fields.get("id")
            try:
                if name == "create":
                    body = create(fields)
                elif name == "update":
                    body = update(_number(own_id), fields)
                else:
                    body = delete(_number(own_id))
            except StoreError as error:
                body = {"id": own_id, "error": error.body()}
            answers.setdefault(name, []).append(body)
    # PHP writes an empty array as a list.
    return Answer(answers or [])
