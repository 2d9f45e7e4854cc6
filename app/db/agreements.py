"""What is remembered of a link for its prices: what both sides agree on, and when the product's next changes."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, bindparam, update
from sqlalchemy.orm import Session

from app.db.engine import in_parts
from app.db.offer_models import OfferLinkRow
from app.domain.links import Agreement
from app.domain.money import Money


def store(session: Session, agreements: Mapping[int, Agreement | None]) -> None:
    """Store what both sides agree on, or that they agree on nothing, by link; links that are gone are left out."""
    rows = [{"link_id": link_id, **columns(agreed)} for link_id, agreed in agreements.items()]
    if rows:
        statement = update(OfferLinkRow).where(OfferLinkRow.id == bindparam("link_id"))
        named = {name: bindparam(name, type_=Text()) for name in columns(None)}
        session.connection().execute(statement.values(named), rows)


def columns(agreed: Agreement | None) -> dict[str, Any]:
    """The columns that hold it."""
    return {
        "agreed_price": str(agreed.offer.amount) if agreed else "",
        "agreed_store_price": str(agreed.store.amount) if agreed else "",
        "agreed_currency": agreed.offer.currency if agreed else "",
    }


def read(row: OfferLinkRow) -> Agreement | None:
    if not row.agreed_price:
        return None
    currency = row.agreed_currency
    return Agreement(Money(Decimal(row.agreed_price), currency), Money(Decimal(row.agreed_store_price), currency))


def plan_turns(session: Session, turns: Mapping[int, datetime | None]) -> None:
    """Have these links looked at when their products' prices next change by themselves, or not for that reason."""
    by_time: dict[datetime | None, list[int]] = {}
    for link_id, at in turns.items():
        by_time.setdefault(at, []).append(link_id)
    for at, link_ids in by_time.items():
        for some in in_parts(link_ids):
            # Most have no such moment, and keep it that way.
            otherwise = OfferLinkRow.price_due_at.is_distinct_from(at)
            session.execute(update(OfferLinkRow).where(OfferLinkRow.id.in_(some), otherwise).values(price_due_at=at))
