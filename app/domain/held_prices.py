"""Changes of prices that are held until the seller releases them, or what is wrong is put right."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.money import Money


class PriceSide(StrEnum):
    """Whose price would change."""

    OFFER = "offer"
    STORE = "store"


class HeldState(StrEnum):
    WAITING = "waiting"
    RELEASED = "released"
    REJECTED = "rejected"
    DONE = "done"
    EXPIRED = "expired"


@dataclass(frozen=True)
class HeldPrice:
    """A price that was not sent. The first three states are open, and an offer has one open at most.

    `before` is the price in force, `price` the one that is held, as the offer's gross; None for one that is none.
    `releasable`: a person may say that it is meant. What is not a price, or is out of the seller's own bounds, cannot
    be released and goes by itself once it is put right.
    """

    id: int
    account_id: int
    link_id: int
    offer_id: str
    side: PriceSide
    before: Money | None
    price: Money | None
    reason: str
    releasable: bool
    state: HeldState
    created_at: datetime
    decided_at: datetime | None = None

    def stands_for(self, other: "HeldPrice") -> bool:
        """Whether what was decided on this one holds for the other."""
        return (self.offer_id, self.side, self.price, self.releasable) == (
            other.offer_id,
            other.side,
            other.price,
            other.releasable,
        )


@dataclass(frozen=True)
class HeldPlan:
    """`expire` are ids to close first, `hold` are new ones, and those that wait, with what they say now."""

    hold: tuple[HeldPrice, ...]
    expire: tuple[int, ...]


def plan_held(
    open_now: Mapping[int, HeldPrice],
    held: Iterable[HeldPrice],
    planned: Collection[int],
    going: Mapping[int, tuple[PriceSide, Money]],
) -> HeldPlan:
    """What to store of one account's held prices. All ids are by link.

    `planned` are the links that were decided on; what is open of the others stays. `going` are the prices that are
    being sent: one that was released stays open until it was done, so that what is lost on the way goes again without
    another question.
    """
    hold: list[HeldPrice] = []
    wanted: set[int] = set()
    expire: list[int] = []
    for each in held:
        wanted.add(each.link_id)
        known = open_now.get(each.link_id)
        if known is None or not known.stands_for(each):
            hold.append(each)
            expire += [known.id] if known else []
        elif known.state is HeldState.WAITING and (known.before, known.reason) != (each.before, each.reason):
            hold.append(replace(known, before=each.before, reason=each.reason))
    for link_id, known in open_now.items():
        is_going = known.state is HeldState.RELEASED and going.get(link_id) == (known.side, known.price)
        if link_id in planned and link_id not in wanted and not is_going:
            expire.append(known.id)
    return HeldPlan(tuple(hold), tuple(expire))
