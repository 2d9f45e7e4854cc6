"""Pieces that were bought at Allegro and have not left the store's stock yet.

Allegro takes a piece out of its offer when it is bought; the store does when the order is made, days later if the buyer
is slow to pay. In between the piece is sold, and only this ledger knows. It is kept by Allegro's line id, which stays
the same when the buyer's purchases are merged into a new order.

The law: a bought line counts here, or it stands in a store order that took its pieces out of stock; never both, never
neither, whatever the order of events. While a call that makes the order is under way it counts here: better a piece
too few on offer than one sold twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from app.domain.orders import Order, OrderStatus


class ReservationState(StrEnum):
    OPEN = "open"  # bought, and still in the store's stock
    IN_STORE = "in_store"  # taken out of the store's stock by a store order
    RELEASED = "released"  # cancelled, or not ours to ship


@dataclass(frozen=True)
class Reservation:
    """The pieces of one line. `order_id` is the order that the line is in now."""

    line_id: str
    order_id: str
    offer_id: str
    quantity: int
    state: ReservationState


def plan_reservations(order: Order, *, taken: Collection[str], is_skipped: bool = False) -> tuple[Reservation, ...]:
    """What the ledger must say about the order's lines.

    `taken` names the lines whose pieces the order's store order has taken out of stock. `is_skipped`: the order is not
    to be imported, because the seller has worked it off by other means or ships nothing of it.
    """
    gone = order.status is OrderStatus.CANCELLED or order.fulfilled_by_allegro or is_skipped
    return tuple(
        Reservation(
            line_id=line.id,
            order_id=order.id,
            offer_id=line.offer_id,
            quantity=line.quantity,
            state=(
                ReservationState.RELEASED
                if gone
                else ReservationState.IN_STORE
                if line.id in taken
                else ReservationState.OPEN
            ),
        )
        for line in order.lines
    )


def outranks(one: Order, other: Order) -> bool:
    """Whether `one` holds the lines that both orders have.

    Of a merger both may be shown for a while. The order to ship is the one that is ready; between two that are not, or
    that both are, the one that changed last, because a merger is made of purchases that were there before.
    """
    return _rank(one) > _rank(other)


def _rank(order: Order) -> tuple[int, float]:
    readiness = {OrderStatus.CANCELLED: 0, OrderStatus.READY: 2}.get(order.status, 1)
    return readiness, order.updated_at.timestamp() if order.updated_at else 0.0
