"""Prices that were not sent and wait for a person, and what became of them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.db.engine import in_parts, insert_unless_there
from app.db.offer_models import HeldPriceRow
from app.domain.held_prices import HeldPrice, HeldState, PriceSide
from app.domain.money import Money
from app.errors import BridgeError


class HeldPriceNotFound(BridgeError):
    """There are no held prices with these ids."""


class HeldPriceClosed(BridgeError):
    """Nothing is left to decide, or there never was."""


def hold(session: Session, prices: Iterable[HeldPrice]) -> None:
    """Store new ones, and what those that wait (with an id) say now."""
    for price in prices:
        if price.id:
            session.execute(
                update(HeldPriceRow)
                .where(HeldPriceRow.id == price.id, HeldPriceRow.state == HeldState.WAITING)
                .values(**_money("before", "before_currency", price.before), reason=price.reason)
            )
        else:
            insert_unless_there(session, HeldPriceRow, _values(price))


def of_account(session: Session, account_id: int) -> dict[int, HeldPrice]:
    """Every open one of the account, by link: waiting, released or rejected."""
    statement = select(HeldPriceRow).where(HeldPriceRow.account_id == account_id, HeldPriceRow.closed_at.is_(None))
    return {row.link_id: _held(row) for row in session.execute(statement).scalars()}


def of_link(session: Session, link_id: int) -> HeldPrice | None:
    """The open one of this link."""
    statement = select(HeldPriceRow).where(HeldPriceRow.link_id == link_id, HeldPriceRow.closed_at.is_(None))
    row = session.execute(statement).scalar_one_or_none()
    return _held(row) if row else None


def count_waiting(session: Session, account_id: int) -> int:
    statement = select(func.count()).select_from(HeldPriceRow)
    waiting = statement.where(HeldPriceRow.account_id == account_id, HeldPriceRow.state == HeldState.WAITING)
    return session.execute(waiting).scalar_one()


def page(
    session: Session, account_id: int, state: HeldState, *, before_id: int | None, limit: int
) -> Sequence[HeldPrice]:
    """Those of the account in this state, newest first."""
    statement = select(HeldPriceRow).where(HeldPriceRow.account_id == account_id, HeldPriceRow.state == state)
    if before_id is not None:
        statement = statement.where(HeldPriceRow.id < before_id)
    return [_held(row) for row in session.execute(statement.order_by(HeldPriceRow.id.desc()).limit(limit)).scalars()]


def decide(session: Session, ids: Collection[int], *, released: bool, now: datetime) -> list[HeldPrice]:
    """Release or reject these, all or none of them; returns them as they are then.

    Who has decided may change their mind until it is done. Raises `HeldPriceNotFound`, `HeldPriceClosed`.
    """
    statement = select(HeldPriceRow).where(HeldPriceRow.id.in_(sorted(set(ids)))).order_by(HeldPriceRow.id)
    rows = {row.id: row for row in session.execute(statement.with_for_update()).scalars()}
    if unknown := sorted(set(ids) - rows.keys()):
        raise HeldPriceNotFound(f"There is no held price {', '.join(map(str, unknown))}. None was decided on.")
    if closed := [row for row in rows.values() if row.closed_at is not None]:
        numbers = ", ".join(str(row.id) for row in closed)
        raise HeldPriceClosed(f"Held price {numbers} is not held any more. None was decided on.")
    if released and (fixed := [row for row in rows.values() if not row.releasable]):
        raise HeldPriceClosed(
            f"Held price {fixed[0].id} cannot be released: {fixed[0].reason} It goes by itself once that is put right. "
            "None was decided on."
        )
    return [_decide(row, released=released, now=now) for row in rows.values()]


def decide_all(session: Session, account_id: int, *, released: bool, now: datetime) -> list[HeldPrice]:
    """Release (those that can be) or reject all of the account that wait; returns them as they are then."""
    statement = select(HeldPriceRow).where(
        HeldPriceRow.account_id == account_id, HeldPriceRow.state == HeldState.WAITING
    )
    if released:
        statement = statement.where(HeldPriceRow.releasable)
    rows = session.execute(statement.order_by(HeldPriceRow.id).with_for_update()).scalars().all()
    return [_decide(row, released=released, now=now) for row in rows]


def close(session: Session, ids: Collection[int], *, now: datetime) -> None:
    """Nobody wants these any more."""
    for some in in_parts(ids):
        session.execute(
            update(HeldPriceRow)
            .where(HeldPriceRow.id.in_(some), HeldPriceRow.closed_at.is_(None))
            .values(state=HeldState.EXPIRED, closed_at=now)
        )


def carry_out(session: Session, link_ids: Collection[int], side: PriceSide, price: Money, *, now: datetime) -> None:
    """This price was released for these links, and now is in force."""
    for some in in_parts(link_ids):
        released = select(HeldPriceRow).where(
            HeldPriceRow.link_id.in_(some),
            HeldPriceRow.side == side,
            HeldPriceRow.state == HeldState.RELEASED,
        )
        for row in session.execute(released.with_for_update()).scalars():
            if _held(row).price == price:
                row.state, row.closed_at = HeldState.DONE, now


def forget(session: Session, *, before: datetime) -> int:
    """Delete what was closed before then; returns how many."""
    gone = session.execute(delete(HeldPriceRow).where(HeldPriceRow.closed_at < before).returning(HeldPriceRow.id))
    return len(gone.all())


def _decide(row: HeldPriceRow, *, released: bool, now: datetime) -> HeldPrice:
    state = HeldState.RELEASED if released else HeldState.REJECTED
    if row.state != state:
        row.state, row.decided_at = state, now
    return _held(row)


def _money(amount: str, currency: str, money: Money | None) -> dict[str, str]:
    return {amount: str(money.amount) if money else "", currency: money.currency if money else ""}


def _values(price: HeldPrice) -> dict[str, object]:
    return {
        "account_id": price.account_id,
        "link_id": price.link_id,
        "offer_id": price.offer_id,
        "side": price.side,
        **_money("before", "before_currency", price.before),
        **_money("price", "currency", price.price),
        "reason": price.reason,
        "releasable": price.releasable,
        "state": HeldState.WAITING,
        "created_at": price.created_at,
        "decided_at": None,
        "closed_at": None,
    }


def _held(row: HeldPriceRow) -> HeldPrice:
    return HeldPrice(
        id=row.id,
        account_id=row.account_id,
        link_id=row.link_id,
        offer_id=row.offer_id,
        side=PriceSide(row.side),
        before=Money(Decimal(row.before), row.before_currency) if row.before else None,
        price=Money(Decimal(row.price), row.currency) if row.price else None,
        reason=row.reason,
        releasable=row.releasable,
        state=HeldState(row.state),
        created_at=row.created_at,
        decided_at=row.decided_at,
    )
