"""The nightly audit: when it is due, and where our order log and the store's orders differ."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.order_log import LogEntry, LogState
from app.domain.orders import OrderStatus
from app.domain.settings import SELLER_ZONE
from app.domain.store import StoreOrder

# How far back the audit looks, by the time of purchase.
WINDOW = timedelta(days=30)
# After the day's last orders and before the first parcels are packed. No change of the clocks skips or repeats it.
_HOUR = time(3)
# Nobody ships these; one that was refunded is a person's decision, the others contradict an order that goes on.
_DEAD = frozenset({"trash", "cancelled", "failed"})
_NOT_LIVING = _DEAD | {"refunded"}
_IN_THE_STORE = (LogState.IMPORTED, LogState.ON_HOLD)


class Difference(StrEnum):
    """What a person must put right."""

    TWICE = "twice"  # several living store orders stand for one Allegro order
    TOTAL = "total"  # the store order's amount is not what the buyer pays
    STATE = "state"  # over on one side and going on at the other
    GONE = "gone"  # the store order is not there any more


@dataclass(frozen=True)
class Finding:
    """`orders` are the store orders concerned. TWICE: the one to keep comes first. GONE: none, or the other order that
    has the number now.
    """

    difference: Difference
    entry: LogEntry
    orders: tuple[StoreOrder, ...] = ()

    @property
    def must_be_cancelled(self) -> bool:
        """Of a STATE: the store order is the one that goes on."""
        return self.difference is Difference.STATE and any(is_living(order) for order in self.orders)


@dataclass
class Comparison:
    """`to_cancel`: entries of cancelled orders whose store order the job shall cancel. `moved`: entries whose own store
    order is dead while another one lives, with that. `unknown`: what could not be judged, by difference and order id.
    """

    findings: list[Finding] = field(default_factory=list)
    to_cancel: list[LogEntry] = field(default_factory=list)
    moved: list[tuple[LogEntry, StoreOrder]] = field(default_factory=list)
    unknown: set[tuple[Difference, str]] = field(default_factory=set)


def audit_is_due(audited_at: datetime | None, now: datetime) -> bool:
    """Whether a night (03:00 in Poland) has begun since the last audit; also after no audit at all."""
    today = now.astimezone(SELLER_ZONE).date()
    night = datetime.combine(today, _HOUR, SELLER_ZONE).astimezone(UTC)
    if night > now:
        night = datetime.combine(today - timedelta(days=1), _HOUR, SELLER_ZONE).astimezone(UTC)
    return audited_at is None or audited_at < night


def is_living(order: StoreOrder) -> bool:
    """Whether somebody may still ship it, or has."""
    return order.status not in _NOT_LIVING


def to_ask_for(
    entries: Iterable[LogEntry],
    listed: Mapping[str, Sequence[StoreOrder]],
    *,
    last: Collection[str],
    at_most: int,
) -> list[LogEntry]:
    """The entries whose store order must be asked for one by one, because the store's list does not have it.

    Not more than `at_most`; the orders `last`, which are known to be gone, only when there is room for them.
    """
    missing = [
        entry
        for entry in entries
        if entry.state in _IN_THE_STORE
        and entry.status != OrderStatus.CANCELLED
        and all(order.id != entry.store_order_id for order in listed.get(entry.order_id, ()))
    ]
    return sorted(missing, key=lambda entry: entry.order_id in last)[:at_most]


def compare(
    entries: Iterable[LogEntry],
    listed: Mapping[str, Sequence[StoreOrder]],
    asked: Mapping[int, StoreOrder | None],
    *,
    told: Collection[str],
) -> Comparison:
    """Compare entries with the store's orders.

    `listed` are the store's orders by Allegro id. `asked` are those that were asked for by number, None for one that
    is not there; a number that is missing in both is not known. `told` are the orders about which a person was told
    already that they were cancelled, or paid with others, after their store order was completed.
    """
    result = Comparison()
    for entry in entries:
        orders = listed.get(entry.order_id, ())
        if entry.status == OrderStatus.CANCELLED or entry.state is LogState.SUPERSEDED:
            _compare_over(entry, orders, told, result)
        else:
            _compare_going_on(entry, orders, asked, result)
    return result


def not_logged(listed: Mapping[str, Sequence[StoreOrder]], known: Collection[str], account_name: str) -> list[str]:
    """The Allegro ids of store orders that this account made and that are not known."""
    return [
        order_id
        for order_id, orders in listed.items()
        if order_id not in known and any(order.allegro_account == account_name for order in orders)
    ]


def _compare_over(entry: LogEntry, orders: Sequence[StoreOrder], told: Collection[str], result: Comparison) -> None:
    living = [order for order in orders if is_living(order)]
    if entry.status == OrderStatus.CANCELLED:
        own = [order for order in living if entry.store_order_id in (None, order.id)]
        # What has a time to be looked at is being cancelled already.
        if own and entry.due_at is None and entry.order_id not in told:
            result.to_cancel.append(entry)
        # The job knows one store order of each; any other is for a person to cancel.
        living = [order for order in living if order not in own]
    elif entry.order_id in told:
        living = [order for order in living if order.id != entry.store_order_id]
    if living:
        result.findings.append(Finding(Difference.STATE, entry, tuple(living)))


def _compare_going_on(
    entry: LogEntry, orders: Sequence[StoreOrder], asked: Mapping[int, StoreOrder | None], result: Comparison
) -> None:
    is_followed = entry.state in _IN_THE_STORE and entry.store_order_id is not None
    own = next((order for order in orders if order.id == entry.store_order_id), None)
    stranger: StoreOrder | None = None
    if is_followed and own is None:
        own = asked.get(entry.store_order_id or 0)
        if own is not None and entry.order_id not in (own.allegro_order_id, own.transaction_id):
            # A store that was put back to an old backup gives the same number again, to another order.
            own, stranger = None, own
        orders = [*orders, own] if own else orders
    living = [order for order in orders if is_living(order)]
    if len(living) > 1:
        keep = own if own in living else living[0]
        kept_first = sorted(living, key=lambda order: (order is not keep, order.id))
        result.findings.append(Finding(Difference.TWICE, entry, tuple(kept_first)))
    if not is_followed:
        return
    if own is None and entry.store_order_id not in asked:
        result.unknown.update((difference, entry.order_id) for difference in Difference)
    elif own is not None and is_living(own):
        _compare_total(entry, own, result)
    elif living:
        # Of several a person chooses first.
        result.moved += [(entry, order) for order in living if len(living) == 1]
    elif own is None:
        result.findings.append(Finding(Difference.GONE, entry, (stranger,) if stranger else ()))
    elif own.status in _DEAD:
        result.findings.append(Finding(Difference.STATE, entry, (own,)))


def _compare_total(entry: LogEntry, own: StoreOrder, result: Comparison) -> None:
    # What is on hold waits for a person who knows what is wrong with it, and is compared when it is released.
    if entry.state is not LogState.IMPORTED or not entry.total:
        return
    if own.total is None:
        result.unknown.add((Difference.TOTAL, entry.order_id))
    elif (own.total, own.currency) != (Decimal(entry.total), entry.currency):
        result.findings.append(Finding(Difference.TOTAL, entry, (own,)))
