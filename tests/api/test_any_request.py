"""Requests made up from the service's own OpenAPI document, good and bad: every answer is one that it describes."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi, serializer
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.api.app import create_api
from app.api.deps import Services
from app.db import accounts
from app.domain.made_parcels import ParcelChoices
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.conftest import KEY
from tests.conftest import connect
from tests.sync.steps import import_orders

# Few where each asks the pretend store or Allegro several times, many where most ideas are refused.
_EXAMPLES = {
    "POST /api/v1/store/test": 2,
    "POST /api/v1/store/webhooks": 2,
    "POST /api/v1/accounts/{account_id}/test": 2,
    "POST /api/v1/accounts": 40,
    "PATCH /api/v1/accounts/{account_id}": 40,
}
_DESCRIBED = [status_code_conformance, content_type_conformance, response_schema_conformance]
_AUTHORISED = {"Authorization": f"Bearer {KEY}"}

serializer.alias("application/pdf", "application/octet-stream")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_answer_is_one_that_the_document_describes(live: Services, world: Sandbox) -> None:
    ours = connect(live, world, name="Kubki")
    import_orders(live, ours)
    world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    live.runner.run_queued(live.runner.queue("orders", None, dry_run=False))
    order_id = next(iter(world.allegro.forms))
    known: dict[str, Any] = {"account_id": ours, "order_id": order_id, "run_id": 1, "link_id": 1, "job": "orders"}
    known["parcel_id"] = live.parcel_desk.make(ours, order_id, ParcelChoices(), another=False).parcel.id
    known["invoice_id"] = live.invoice_desk.add(ours, order_id, "FV 1/2026", b"%PDF-1.4").id
    offer = live.pickup_desk.times(ours, [known["parcel_id"]], None)
    known["pickup_id"] = live.pickup_desk.order(ours, [known["parcel_id"]], offer.times[0], None).pickup.id
    app = create_api(live)
    schema = openapi.from_asgi("/openapi.json", app)
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert len(operations) == sum(len(path) for path in app.openapi()["paths"].values())
    # What deletes comes last, so that the others find something to work on.
    operations.sort(key=lambda operation: operation.method == "delete")
    seen: list[tuple[str, int]] = []
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _try(operation, mode, _EXAMPLES.get(operation.label, 6), known, seen)
    assert {status for _, status in seen} > {200, 201, 202, 204, 400, 401, 404, 422}, "too little was tried"
    with live.database.reading() as session:
        present = {account.id for account in accounts.every(session)}
    made, deleted = ("POST /api/v1/accounts", 201), ("DELETE /api/v1/accounts/{account_id}", 204)
    assert len(present) == 1 + seen.count(made) - seen.count(deleted)


def _try(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    examples: int,
    known: dict[str, Any],
    seen: list[tuple[str, int]],
) -> None:
    needed = {
        parameter.name: known[parameter.name] for parameter in operation.path_parameters if parameter.name in known
    }
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        return

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode), use_known=st.sampled_from((True, True, True, False)))
    def answers(case: Case[Any], use_known: bool) -> None:
        if use_known and mode is GenerationMode.POSITIVE:
            case.path_parameters = {**(case.path_parameters or {}), **needed}
        answer = case.call(headers=_AUTHORISED)
        seen.append((operation.label, answer.status_code))
        assert answer.status_code < 500 or answer.status_code in (502, 503), answer.text
        if answer.status_code >= 400 and not case.path.startswith("/oauth/"):
            assert answer.headers["content-type"] == ["application/problem+json"]
            body = answer.json()
            assert body["title"], body
            assert body["status"] == answer.status_code
            assert answer.status_code != 422 or all(error["field"] for error in body["errors"]), body
            assert bool(body["errors"]) or answer.status_code != 422, body
        case.validate_response(answer, checks=_DESCRIBED)

    answers()
