"""The parameters of Allegro's categories as they were last read."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.db.listing_models import CategoryParametersRow
from app.domain.accounts import Environment
from app.domain.parameters import Condition, Entry, Parameter, ParameterType


def get(session: Session, environment: Environment, category_id: str) -> tuple[tuple[Parameter, ...], datetime] | None:
    """The category's parameters, and when they were read; None where they never were."""
    row = session.get(CategoryParametersRow, (environment, category_id))
    return (tuple(map(_parameter, row.parameters)), row.read_at) if row else None


def put(
    session: Session, environment: Environment, category_id: str, parameters: Iterable[Parameter], *, now: datetime
) -> None:
    """Store these in place of those that were known."""
    key = {"environment": environment, "category_id": category_id}
    session.execute(delete(CategoryParametersRow).filter_by(**key))
    session.add(CategoryParametersRow(**key, parameters=[_values(each) for each in parameters], read_at=now))


def _values(parameter: Parameter) -> dict[str, Any]:
    values = asdict(parameter)
    for name in ("minimum", "maximum"):
        values[name] = None if values[name] is None else str(values[name])
    return values


def _parameter(values: Mapping[str, Any]) -> Parameter:
    known = dict(values)
    for name in ("minimum", "maximum"):
        known[name] = None if known[name] is None else Decimal(known[name])
    for name in ("required_if", "displayed_if"):
        known[name] = _condition(known[name])
    known["type"] = ParameterType(known["type"])
    known["entries"] = tuple(
        Entry(each["id"], each["value"], tuple(each["depends_on"]), tuple(each["former"])) for each in known["entries"]
    )
    for name in ("former_ids", "former_names"):
        known[name] = tuple(known[name])
    return Parameter(**known)


def _condition(values: Mapping[str, Any] | None) -> Condition | None:
    if values is None:
        return None
    having = tuple((parameter_id, tuple(entries)) for parameter_id, entries in values["with_value"])
    return Condition(having, tuple(values["without_value"]))
