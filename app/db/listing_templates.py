"""Listing templates: what the offers of an account have in common."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.listing_models import ListingTemplateRow
from app.domain.listing_templates import Invoice, ListingTemplate
from app.errors import BridgeError


class TemplateNotFound(BridgeError):
    """There is no listing template with this id."""


class TemplateNameTaken(BridgeError):
    """Another template of the account has this name."""


def add(session: Session, template: ListingTemplate, *, now: datetime) -> ListingTemplate:
    """Store a new one and return it with its id. Raises `TemplateNameTaken`."""
    row = ListingTemplateRow(account_id=template.account_id, created_at=now, **_values(template))
    session.add(row)
    _flush(session, template.name)
    return _template(row)


def change(session: Session, template_id: int, values: Mapping[str, Any]) -> ListingTemplate:
    """Store these attributes and leave the others. Raises `TemplateNotFound`, `TemplateNameTaken`."""
    row = _row(session, template_id)
    for name, value in values.items():
        setattr(row, name, str(value) if isinstance(value, Decimal) else value)
    _flush(session, row.name)
    return _template(row)


def get(session: Session, template_id: int) -> ListingTemplate:
    """Raises `TemplateNotFound`."""
    return _template(_row(session, template_id))


def remove(session: Session, template_id: int) -> None:
    """Raises `TemplateNotFound`. Offers that were listed with it stay as they are."""
    session.delete(_row(session, template_id))


def page(session: Session, account_id: int, *, after_id: int | None, limit: int) -> Sequence[ListingTemplate]:
    """Templates of the account, oldest first."""
    statement = select(ListingTemplateRow).where(ListingTemplateRow.account_id == account_id)
    if after_id is not None:
        statement = statement.where(ListingTemplateRow.id > after_id)
    rows = session.execute(statement.order_by(ListingTemplateRow.id).limit(limit)).scalars()
    return [_template(row) for row in rows]


def _row(session: Session, template_id: int) -> ListingTemplateRow:
    row = session.get(ListingTemplateRow, template_id, with_for_update=True)
    if row is None:
        raise TemplateNotFound(f"There is no listing template {template_id}.")
    return row


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise TemplateNameTaken(f"The account has a template {name!r} already. Choose another name.") from error


def _values(template: ListingTemplate) -> dict[str, Any]:
    return {
        "name": template.name,
        "title": template.title,
        "description": template.description,
        "price_modifier_percent": str(template.price_modifier_percent),
        "duration": template.duration,
        "shipping_rates_id": template.shipping_rates_id,
        "handling_time": template.handling_time,
        "return_policy_id": template.return_policy_id,
        "implied_warranty_id": template.implied_warranty_id,
        "warranty_id": template.warranty_id,
        "invoice": template.invoice,
        "responsible_producer_id": template.responsible_producer_id,
        "responsible_person_id": template.responsible_person_id,
        "safety_information": template.safety_information,
        "publish": template.publish,
    }


def _template(row: ListingTemplateRow) -> ListingTemplate:
    return ListingTemplate(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        title=row.title,
        description=row.description,
        price_modifier_percent=Decimal(row.price_modifier_percent),
        duration=row.duration,
        shipping_rates_id=row.shipping_rates_id,
        handling_time=row.handling_time,
        return_policy_id=row.return_policy_id,
        implied_warranty_id=row.implied_warranty_id,
        warranty_id=row.warranty_id,
        invoice=Invoice(row.invoice),
        responsible_producer_id=row.responsible_producer_id,
        responsible_person_id=row.responsible_person_id,
        safety_information=row.safety_information,
        publish=row.publish,
    )
