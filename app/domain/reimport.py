"""What a re-import would do about each order: make it, take it out of the bin, keep it, or leave it alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.order_log import LogEntry, LogState
from app.domain.orders import OrderStatus
from app.domain.store import StoreOrder

# An entry in one of these states has a store order, had one, or should have one.
EXPECTED_IN_STORE = (
    LogState.IMPORTED,
    LogState.ON_HOLD,
    LogState.IMPORTING,
    LogState.FAILED,
    LogState.MISSING,
)
# What the log says of an order in one of these states may have changed, or is not all that matters.
UNSETTLED = (LogState.SEEN, LogState.SKIPPED, LogState.MISSING)


@dataclass(frozen=True)
class Missing:
    """Every logged order that has a store order or should have one."""


@dataclass(frozen=True)
class Chosen:
    """These orders, logged or not."""

    order_ids: tuple[str, ...]


@dataclass(frozen=True)
class Period:
    """Every order bought at `since` or later and before `until`."""

    since: datetime
    until: datetime

    def holds(self, bought_at: datetime) -> bool:
        return self.since <= bought_at < self.until


Choice = Missing | Chosen | Period


class Action(StrEnum):
    """In the order in which people want to read them."""

    IMPORT = "import"
    RESTORE = "restore"  # take its store order out of the bin
    SKIP = "skip"
    KEEP = "keep"  # its store order is there


class Reason(StrEnum):
    NEVER_MADE = "never_made"
    DELETED = "deleted"
    IN_BIN = "in_bin"
    IN_STORE = "in_store"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    FULFILLED_BY_ALLEGRO = "fulfilled_by_allegro"
    NOT_READY = "not_ready"
    NOT_SHOWN = "not_shown"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Shown:
    """What Allegro shows of an order now. `fault` says why it cannot be understood; then the rest is unknown.

    `paid_at` is None while the money has not arrived.
    """

    status: OrderStatus = OrderStatus.UNKNOWN
    fulfilled_by_allegro: bool = False
    bought_at: datetime | None = None
    fault: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True)
class Candidate:
    """All that is known of one order. `entry` is None when it is not logged.

    `was_asked`: Allegro was asked about it just now; then `shown` None means that Allegro does not show it.
    """

    order_id: str
    entry: LogEntry | None
    was_asked: bool = False
    shown: Shown | None = None

    @property
    def earliest(self) -> datetime | None:
        """Before this moment there was no store order of it; None when nobody knows."""
        return self.bought_at or (self.entry.first_seen_at if self.entry is not None else None)

    @property
    def bought_at(self) -> datetime | None:
        if self.shown is not None and self.shown.bought_at is not None:
            return self.shown.bought_at
        return self.entry.bought_at if self.entry is not None else None

    @property
    def ready_at(self) -> datetime | None:
        """What decides whether the import begins before or after it: the last of purchase, payment, and the moment at
        which we saw it become ready. None when nobody knows the purchase.
        """
        if self.bought_at is None:
            return None
        paid_at = self.shown.paid_at if self.shown is not None else None
        seen_at = self.entry.became_ready_at if self.entry is not None else None
        return max(filter(None, (self.bought_at, paid_at, seen_at)))

    @property
    def status(self) -> OrderStatus | None:
        """How far the buyer is, as far as we know; None when nobody has read it."""
        if self.shown is not None:
            return self.shown.status
        return OrderStatus(self.entry.status) if self.entry is not None and self.entry.status else None


@dataclass(frozen=True)
class Item:
    """What would be done about one order. `detail` is a sentence for a person.

    `store_order_id` is the store order that stands for it, or the one that was deleted; None when there was none.
    `is_for_the_job`: the job shall look at it because a person asked.
    """

    order_id: str
    action: Action
    reason: Reason
    detail: str
    store_order_id: int | None = None
    is_for_the_job: bool = False


@dataclass(frozen=True)
class Survey:
    """The plan for all orders of one choice, what is acted upon first."""

    items: tuple[Item, ...] = ()

    @property
    def orders(self) -> int:
        """How many would be in the store afterwards that are not there now."""
        return sum(item.action in (Action.IMPORT, Action.RESTORE) for item in self.items)

    @property
    def counts(self) -> Counter[Reason]:
        return Counter(item.reason for item in self.items)


def plan_reimport(candidates: Iterable[Candidate], in_store: Mapping[str, Sequence[StoreOrder]]) -> Survey:
    """`in_store` maps an Allegro id to every store order that carries it, those in the bin included.

    A store order is known by that id alone: a store that was restored from a backup gives old numbers to other orders.
    """
    items = [_plan(candidate, in_store.get(candidate.order_id, ())) for candidate in candidates]
    rank = list(Action)
    return Survey(tuple(sorted(items, key=lambda item: rank.index(item.action))))


def _plan(candidate: Candidate, found: Sequence[StoreOrder]) -> Item:
    order_id, entry = candidate.order_id, candidate.entry
    living = sorted((each for each in found if each.status != "trash"), key=lambda each: each.status == "cancelled")
    if living:
        stand = " and ".join(f"{each.id} ({each.status})" for each in living)
        detail = f"It is in the store as order {stand}; a second one is never made."
        return Item(order_id, Action.KEEP, Reason.IN_STORE, detail, living[0].id)
    logged_id = entry.store_order_id if entry is not None else None
    if (obstacle := _obstacle(candidate)) is not None:
        reason, detail = obstacle
        looks_again = reason is Reason.NOT_SHOWN and entry is not None and entry.state in EXPECTED_IN_STORE
        return Item(order_id, Action.SKIP, reason, detail, found[0].id if found else logged_id, looks_again)
    if found:
        detail = f"Store order {found[0].id} is in the store's bin and is taken out of it."
        return Item(order_id, Action.RESTORE, Reason.IN_BIN, detail, found[0].id, is_for_the_job=True)
    if logged_id is not None:
        detail = (
            f"Store order {logged_id} was deleted for good, which did not give its pieces back to the store's stock. "
            "The new order takes them once more: correct the stock by hand."
        )
        return Item(order_id, Action.IMPORT, Reason.DELETED, detail, logged_id, is_for_the_job=True)
    detail = f"It has no store order yet. {entry.reason if entry is not None else ''}".strip()
    return Item(order_id, Action.IMPORT, Reason.NEVER_MADE, detail, is_for_the_job=True)


def _obstacle(candidate: Candidate) -> tuple[Reason, str] | None:
    """Why no store order may stand for it, whatever the store holds."""
    entry, shown, status = candidate.entry, candidate.shown, candidate.status
    if entry is not None and (entry.superseded_by or entry.state is LogState.SUPERSEDED):
        other = f"order {entry.superseded_by}" if entry.superseded_by else "another order"
        return Reason.SUPERSEDED, f"The buyer paid several purchases together: its lines are in {other} now."
    if shown is not None and shown.fault:
        return Reason.UNREADABLE, f"Allegro shows it, but it cannot be understood: {shown.fault}"
    if status is OrderStatus.CANCELLED or (shown is None and entry is not None and entry.state is LogState.CANCELLED):
        return Reason.CANCELLED, "It was cancelled at Allegro."
    if candidate.was_asked and shown is None:
        return Reason.NOT_SHOWN, "Allegro does not show it: it is older than a year, or was paid under another id."
    if shown is None and entry is not None and entry.state is LogState.MISSING:
        return Reason.NOT_SHOWN, "Allegro did not show it when it was last looked for; it is looked for once more."
    if shown is not None and shown.fulfilled_by_allegro:
        return Reason.FULFILLED_BY_ALLEGRO, "The goods leave Allegro's own warehouse; the store has nothing to ship."
    if status in (OrderStatus.BOUGHT, OrderStatus.FILLED_IN):
        return Reason.NOT_READY, "The buyer has not paid yet; it is imported by itself once that is done."
    if status is OrderStatus.UNKNOWN:
        return Reason.NOT_READY, "Allegro gave it a status that this version does not know."
    return None
