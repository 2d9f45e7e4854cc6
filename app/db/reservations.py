"""The ledger of pieces that were bought at Allegro: one row per line for ever, so that no event counts one twice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import offer_links
from app.db.engine import insert_unless_there
from app.db.models import ReservationRow
from app.domain.reservations import Reservation, ReservationState

# A statement takes only so many values.
_IN_ONE_STATEMENT = 500


def settle(session: Session, account_id: int, wanted: Iterable[Reservation], *, now: datetime) -> set[str]:
    """Make the ledger say this of these lines; returns the other orders that it had held them for until now.

    A line that stands in the ledger for another order has moved with a merger: its row moves, none is added. All links
    of the products concerned become due.
    """
    rows = list(wanted)
    before = of_lines(session, account_id, [each.line_id for each in rows])
    insert_unless_there(
        session,
        ReservationRow,
        *[
            {
                "account_id": account_id,
                "line_id": each.line_id,
                "order_id": each.order_id,
                "offer_id": each.offer_id,
                "quantity": each.quantity,
                "state": each.state,
                "changed_at": now,
            }
            for each in rows
        ],
    )
    moved: set[str] = set()
    for each in rows:
        row = session.execute(
            select(ReservationRow)
            .where(ReservationRow.account_id == account_id, ReservationRow.line_id == each.line_id)
            .with_for_update()
        ).scalar_one()
        if row.order_id != each.order_id:
            moved.add(row.order_id)
        if (row.order_id, row.quantity, row.state) != (each.order_id, each.quantity, each.state):
            row.order_id, row.quantity, row.state, row.changed_at = each.order_id, each.quantity, each.state, now
    _noticed(session, account_id, before, rows, now)
    return moved


def release(session: Session, account_id: int, order_id: str, *, now: datetime) -> None:
    """The order is over: none of its lines counts any more."""
    settle(
        session,
        account_id,
        [replace(each, state=ReservationState.RELEASED) for each in of_order(session, account_id, order_id)],
        now=now,
    )


def of_order(session: Session, account_id: int, order_id: str) -> Sequence[Reservation]:
    """The lines that the ledger holds for this order."""
    statement = (
        select(ReservationRow)
        .where(ReservationRow.account_id == account_id, ReservationRow.order_id == order_id)
        .order_by(ReservationRow.id)
    )
    return [_reservation(row) for row in session.execute(statement).scalars()]


def of_lines(session: Session, account_id: int, line_ids: Collection[str]) -> dict[str, Reservation]:
    """What the ledger says of these lines, by line id."""
    wanted = list(line_ids)
    found: dict[str, Reservation] = {}
    for start in range(0, len(wanted), _IN_ONE_STATEMENT):
        statement = select(ReservationRow).where(
            ReservationRow.account_id == account_id,
            ReservationRow.line_id.in_(wanted[start : start + _IN_ONE_STATEMENT]),
        )
        found |= {row.line_id: _reservation(row) for row in session.execute(statement).scalars()}
    return found


def orders_waiting_for(session: Session, account_id: int, offer_ids: Collection[str]) -> set[str]:
    """The orders that hold back pieces of these offers."""
    wanted = list(offer_ids)
    found: set[str] = set()
    for start in range(0, len(wanted), _IN_ONE_STATEMENT):
        statement = select(ReservationRow.order_id).where(
            ReservationRow.account_id == account_id,
            ReservationRow.offer_id.in_(wanted[start : start + _IN_ONE_STATEMENT]),
            ReservationRow.state == ReservationState.OPEN,
        )
        found.update(session.execute(statement).scalars())
    return found


def open_lines(session: Session) -> list[tuple[int, Reservation]]:
    """Every line, of all accounts, whose pieces are bought and not taken out of the store's stock, with its account."""
    statement = select(ReservationRow).where(ReservationRow.state == ReservationState.OPEN).order_by(ReservationRow.id)
    return [(row.account_id, _reservation(row)) for row in session.execute(statement).scalars()]


def _noticed(
    session: Session,
    account_id: int,
    before: Mapping[str, Reservation],
    after: Collection[Reservation],
    now: datetime,
) -> None:
    """Have the offers looked at whose pieces are held back by now, or are not any more."""
    changed = {each.offer_id for each in after if _held(before.get(each.line_id)) != _held(each)}
    given_back = {
        each.offer_id
        for each in after
        if each.state is ReservationState.RELEASED
        and (was := before.get(each.line_id))
        and was.state is not ReservationState.RELEASED
    }
    links = offer_links.of_offers(session, account_id, changed | given_back)
    offer_links.make_due(session, {link.product_id for link in links.values()}, at=now)
    # Whether Allegro puts the pieces of a cancelled purchase back on the offer is not documented.
    offer_links.doubt(session, {link.id for offer_id, link in links.items() if offer_id in given_back}, now=now)


def _held(each: Reservation | None) -> int:
    return each.quantity if each is not None and each.state is ReservationState.OPEN else 0


def moved_since(
    session: Session, account_id: int, offer_ids: Collection[str], since: datetime
) -> dict[str, list[tuple[datetime, int]]]:
    """Purchases, imports and cancellations of these offers that were noticed since then: when, and how many pieces."""
    wanted = list(offer_ids)
    found: dict[str, list[tuple[datetime, int]]] = {}
    for start in range(0, len(wanted), _IN_ONE_STATEMENT):
        statement = select(ReservationRow.offer_id, ReservationRow.changed_at, ReservationRow.quantity).where(
            ReservationRow.account_id == account_id,
            ReservationRow.offer_id.in_(wanted[start : start + _IN_ONE_STATEMENT]),
            ReservationRow.changed_at >= since,
        )
        for offer_id, changed_at, quantity in session.execute(statement):
            found.setdefault(offer_id, []).append((changed_at, quantity))
    return found


def _reservation(row: ReservationRow) -> Reservation:
    return Reservation(row.line_id, row.order_id, row.offer_id, row.quantity, ReservationState(row.state))
