"""How far an account's offers have been looked at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.offer_models import OfferWatchRow


@dataclass(frozen=True)
class OfferWatch:
    """`event_id` is the last one read of the journal of offers, "" for none; `events_read_at` is when.

    `listed_at`: when all offers were last compared with what is known of them. `stock_read_at`: when the stock of all
    linked products was last read, `prices_read_at` the same of their prices. `bulk_refused_at`: when Allegro last
    refused the bulk command. `rules_read_at`: when it was last asked which offers have a pricing rule,
    `campaigns_read_at` which are in campaigns.
    """

    event_id: str = ""
    events_read_at: datetime | None = None
    listed_at: datetime | None = None
    stock_read_at: datetime | None = None
    bulk_refused_at: datetime | None = None
    prices_read_at: datetime | None = None
    rules_read_at: datetime | None = None
    campaigns_read_at: datetime | None = None


_TIMES = (
    "events_read_at",
    "listed_at",
    "stock_read_at",
    "bulk_refused_at",
    "prices_read_at",
    "rules_read_at",
    "campaigns_read_at",
)


def get(session: Session, account_id: int) -> OfferWatch:
    row = session.get(OfferWatchRow, account_id)
    if row is None:
        return OfferWatch()
    return OfferWatch(event_id=row.event_id, **{name: getattr(row, name) for name in _TIMES})


def note(session: Session, account_id: int, **values: Any) -> None:
    """Store these attributes of the account's watch and leave the others."""
    if session.get(OfferWatchRow, account_id) is None:
        first = {"account_id": account_id, "event_id": "", **dict.fromkeys(_TIMES)}
        insert_unless_there(session, OfferWatchRow, first)
    row = session.get_one(OfferWatchRow, account_id, with_for_update=True)
    for name, value in values.items():
        setattr(row, name, value)
