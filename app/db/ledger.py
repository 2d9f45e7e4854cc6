"""The ledger: what was sent to which offer, and what became of it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.db.engine import in_parts
from app.db.offer_models import LedgerRow
from app.domain.ledger import UNSETTLED, About, Fate, LedgerEntry, Way, Writes
from app.domain.money import Money
from app.domain.offers import Publication

_IS = {
    About.STOCK: or_(LedgerRow.quantity.is_not(None), LedgerRow.publication != ""),
    About.PRICE: LedgerRow.price != "",
}


def intend(session: Session, entries: Iterable[LedgerEntry]) -> list[int]:
    """Store what is about to be sent; returns the ids, in order."""
    rows = [
        LedgerRow(
            account_id=each.account_id,
            link_id=each.link_id,
            offer_id=each.offer_id,
            created_at=each.created_at,
            what=each.what,
            before=each.before,
            quantity=each.quantity,
            price=str(each.price.amount) if each.price else "",
            currency=each.price.currency if each.price else "",
            price_before="" if each.price_before is None else str(each.price_before),
            publication=each.publication or "",
            reason=each.reason,
            is_correction=each.is_correction,
            way=each.way,
            command_id=each.command_id,
            fate=Fate.INTENT,
            detail="",
            sent_at=None,
            settled_at=None,
            confirmed_at=None,
        )
        for each in entries
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def note_sent(session: Session, ids: Collection[int], *, now: datetime) -> None:
    """Allegro has taken them."""
    for some in in_parts(ids):
        session.execute(update(LedgerRow).where(LedgerRow.id.in_(some)).values(fate=Fate.SENT, sent_at=now))


def settle(session: Session, ids: Collection[int], fate: Fate, *, detail: str = "", now: datetime) -> None:
    """They came to this."""
    for some in in_parts(ids):
        session.execute(
            update(LedgerRow).where(LedgerRow.id.in_(some)).values(fate=fate, detail=detail, settled_at=now)
        )


def confirm(session: Session, ids: Collection[int], *, now: datetime) -> None:
    """They were seen on the offer."""
    for some in in_parts(ids):
        session.execute(update(LedgerRow).where(LedgerRow.id.in_(some)).values(fate=Fate.CONFIRMED, confirmed_at=now))


def unsettled(session: Session, account_id: int) -> list[LedgerEntry]:
    """What offers were told, or were about to be, and what is not known to have come to anything; oldest first."""
    statement = select(LedgerRow).where(
        LedgerRow.account_id == account_id, LedgerRow.fate.in_(UNSETTLED), LedgerRow.way != Way.STORE
    )
    return [_entry(row) for row in session.execute(statement.order_by(LedgerRow.id)).scalars()]


def lapse_store_prices(session: Session, account_id: int, *, now: datetime) -> None:
    """Whatever was about to be given to the store and was not heard of again: the product itself tells."""
    session.execute(
        update(LedgerRow)
        .where(LedgerRow.account_id == account_id, LedgerRow.way == Way.STORE, LedgerRow.fate.in_(UNSETTLED))
        .values(fate=Fate.LAPSED, detail="The store has not said what came of it.", settled_at=now)
    )


def latest(session: Session, link_ids: Collection[int], about: About | None = None) -> dict[int, LedgerEntry]:
    """The newest entry of each of these links that told its offer something (about this), by link."""
    found: dict[int, LedgerEntry] = {}
    for some in in_parts(link_ids):
        newest = (
            select(func.max(LedgerRow.id))
            .where(LedgerRow.link_id.in_(some), LedgerRow.way != Way.STORE, *([_IS[about]] if about else ()))
            .group_by(LedgerRow.link_id)
        )
        rows = session.execute(select(LedgerRow).where(LedgerRow.id.in_(newest))).scalars()
        found.update({row.link_id: _entry(row) for row in rows})
    return found


def last_said(session: Session, link_ids: Collection[int]) -> list[LedgerEntry]:
    """The newest entry of each of these links about its stock, and the one about its price."""
    both = [latest(session, link_ids, about) for about in About]
    return list({entry.id: entry for found in both for entry in found.values()}.values())


def failed_edits(session: Session, link_ids: Collection[int], since: datetime) -> set[int]:
    """The links whose last edit since then was refused or came to nothing."""
    found: set[int] = set()
    for some in in_parts(link_ids):
        edits = select(func.max(LedgerRow.id)).where(
            LedgerRow.link_id.in_(some), LedgerRow.way == Way.EDIT, LedgerRow.created_at >= since
        )
        failed = select(LedgerRow.link_id).where(
            LedgerRow.id.in_(edits.group_by(LedgerRow.link_id)), LedgerRow.fate.in_((Fate.FAILED, Fate.LAPSED))
        )
        found.update(session.execute(failed).scalars())
    return found


def store_prices_refused(session: Session, account_id: int, since: datetime) -> dict[int, Money]:
    """The prices that the store has refused since then, the newest of each link, by link."""
    statement = select(LedgerRow).where(
        LedgerRow.account_id == account_id,
        LedgerRow.way == Way.STORE,
        LedgerRow.fate == Fate.FAILED,
        LedgerRow.created_at >= since,
    )
    found = map(_entry, session.execute(statement.order_by(LedgerRow.id)).scalars())
    return {entry.link_id: entry.price for entry in found if entry.price is not None}


def prices_refused(session: Session, link_ids: Collection[int], since: datetime) -> dict[int, int]:
    """How many prices of each link's offer were refused since then, of those of which any was."""
    found: dict[int, int] = {}
    for some in in_parts(link_ids):
        statement = select(LedgerRow.link_id, func.count()).where(
            LedgerRow.link_id.in_(some),
            _IS[About.PRICE],
            LedgerRow.way != Way.STORE,
            LedgerRow.fate == Fate.FAILED,
            LedgerRow.created_at >= since,
        )
        found.update(dict(session.execute(statement.group_by(LedgerRow.link_id)).all()))
    return found


def activations_refused(session: Session, link_id: int, since: datetime) -> int:
    """How many activations of the link's offer were refused since then."""
    statement = select(func.count()).where(
        LedgerRow.link_id == link_id,
        LedgerRow.publication == Publication.ACTIVATE,
        LedgerRow.fate == Fate.FAILED,
        LedgerRow.created_at >= since,
    )
    return session.execute(statement).scalar_one()


def of_late(session: Session, link_ids: Collection[int], since: datetime) -> list[LedgerEntry]:
    """What was said to these links' offers and was not settled before then; oldest first."""
    found: list[LedgerEntry] = []
    for some in in_parts(link_ids):
        statement = select(LedgerRow).where(
            LedgerRow.link_id.in_(some),
            LedgerRow.way != Way.STORE,
            or_(LedgerRow.settled_at >= since, LedgerRow.settled_at.is_(None)),
        )
        found += [_entry(row) for row in session.execute(statement.order_by(LedgerRow.id)).scalars()]
    return found


def writes_since(session: Session, account_id: int, since: datetime, about: About) -> dict[int, Writes]:
    """How often something about this was written since then, by link. What was never sent does not count."""
    statement = select(LedgerRow.link_id, LedgerRow.is_correction, func.count()).where(
        LedgerRow.account_id == account_id, LedgerRow.created_at >= since, LedgerRow.fate != Fate.LAPSED, _IS[about]
    )
    found: dict[int, Writes] = {}
    for link_id, is_correction, count in session.execute(
        statement.group_by(LedgerRow.link_id, LedgerRow.is_correction)
    ):
        before = found.get(link_id, Writes())
        found[link_id] = Writes(before.total + count, before.corrections + (count if is_correction else 0))
    return found


def history(session: Session, link_id: int, *, before_id: int | None, limit: int) -> Sequence[LedgerEntry]:
    """The link's entries, newest first."""
    statement = select(LedgerRow).where(LedgerRow.link_id == link_id)
    if before_id is not None:
        statement = statement.where(LedgerRow.id < before_id)
    return [_entry(row) for row in session.execute(statement.order_by(LedgerRow.id.desc()).limit(limit)).scalars()]


def latest_about_stock(session: Session, link_id: int) -> LedgerEntry | None:
    """The link's newest entry that says a quantity, an ending or an activation."""
    statement = select(LedgerRow).where(LedgerRow.link_id == link_id, _IS[About.STOCK]).order_by(LedgerRow.id.desc())
    row = session.execute(statement.limit(1)).scalar_one_or_none()
    return _entry(row) if row else None


def latest_about_price(session: Session, link_id: int) -> LedgerEntry | None:
    """The link's newest entry that says a price, the offer's or its product's."""
    statement = select(LedgerRow).where(LedgerRow.link_id == link_id, LedgerRow.price != "")
    row = session.execute(statement.order_by(LedgerRow.id.desc()).limit(1)).scalar_one_or_none()
    return _entry(row) if row else None


def forget(session: Session, *, before: datetime) -> int:
    """Delete settled entries from before then; returns how many."""
    gone = session.execute(
        delete(LedgerRow).where(LedgerRow.created_at < before, LedgerRow.fate.not_in(UNSETTLED)).returning(LedgerRow.id)
    )
    return len(gone.all())


def _entry(row: LedgerRow) -> LedgerEntry:
    return LedgerEntry(
        id=row.id,
        account_id=row.account_id,
        link_id=row.link_id,
        offer_id=row.offer_id,
        created_at=row.created_at,
        what=row.what,
        before=row.before,
        quantity=row.quantity,
        price=Money(Decimal(row.price), row.currency) if row.price else None,
        publication=Publication(row.publication) if row.publication else None,
        reason=row.reason,
        is_correction=row.is_correction,
        way=Way(row.way),
        command_id=row.command_id,
        fate=Fate(row.fate),
        detail=row.detail,
        sent_at=row.sent_at,
        settled_at=row.settled_at,
        confirmed_at=row.confirmed_at,
        price_before=Decimal(row.price_before) if row.price_before else None,
    )
