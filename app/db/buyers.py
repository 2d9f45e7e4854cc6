"""Which customer of the store an Allegro buyer is, and whether the account is being made right now."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.models import BuyerRow
from app.domain.accounts import Environment
from app.domain.buyers import KnownBuyer


def find(session: Session, environment: Environment, buyer_id: str) -> KnownBuyer | None:
    row = session.get(BuyerRow, (environment, buyer_id))
    return KnownBuyer(row.customer_id, row.noted_at) if row else None


def begin(
    session: Session, environment: Environment, buyer_id: str, known: KnownBuyer | None, *, now: datetime
) -> bool:
    """Note that the account is about to be asked for; False when the row is not as it was known any more.

    The runs of two accounts may meet the same buyer at once, and only one of them may ask.
    """
    if known is None:
        row = {"environment": environment, "buyer_id": buyer_id, "customer_id": 0, "noted_at": now}
        return insert_unless_there(session, BuyerRow, row) == 1
    statement = (
        update(BuyerRow)
        .where(
            BuyerRow.environment == environment,
            BuyerRow.buyer_id == buyer_id,
            BuyerRow.customer_id == known.customer_id,
            BuyerRow.noted_at == known.noted_at,
        )
        .values(customer_id=0, noted_at=now)
        .returning(BuyerRow.buyer_id)
    )
    return session.execute(statement).scalar_one_or_none() is not None


def note(session: Session, environment: Environment, buyer_id: str, customer_id: int, *, now: datetime) -> None:
    """The buyer is this customer."""
    row = {"environment": environment, "buyer_id": buyer_id, "customer_id": customer_id, "noted_at": now}
    if insert_unless_there(session, BuyerRow, row) == 0:
        session.execute(
            update(BuyerRow)
            .where(BuyerRow.environment == environment, BuyerRow.buyer_id == buyer_id)
            .values(customer_id=customer_id, noted_at=now)
        )


def forget_attempt(session: Session, environment: Environment, buyer_id: str) -> None:
    """The account that was asked for was certainly not made."""
    session.execute(
        delete(BuyerRow).where(
            BuyerRow.environment == environment, BuyerRow.buyer_id == buyer_id, BuyerRow.customer_id == 0
        )
    )
