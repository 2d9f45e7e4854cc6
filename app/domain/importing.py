"""What should happen to an Allegro order on our side, given what we know of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app.domain.order_log import LogEntry, LogState
from app.domain.orders import Order, OrderStatus
from app.domain.parties import addresses_digest, payments_digest
from app.domain.settings import Settings

# An order that the buyer has not paid is looked at again after this long, growing with its age.
_FIRST_LOOK = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=6)
# Allegro has taken up to a day to show an order that it had announced; after this long it is given up.
_MISSING_FOR = timedelta(hours=72)
# An order that keeps failing for a reason of its own is tried rarely after so many attempts.
MANY_ATTEMPTS = 12
# A line without a product that a person has packed all the same is looked at again for this long.
_UNLINKED_FOR = timedelta(days=30)


class Step(StrEnum):
    """What to do about an order now."""

    CREATE = "create"  # make its store order
    CHECK = "check"  # compare the store order that was made with what was asked for
    RECOVER = "recover"  # a person asked: see whether its store order is still there, and bring it back
    UPDATE = "update"  # write to its store order what has changed at Allegro since
    RELEASE = "release"  # the buyer can no longer cancel: let its store order be packed
    MARK_PROCESSING = "mark_processing"  # close the buyer's cancel window at Allegro
    CANCEL = "cancel"  # cancel its store order
    WAIT = "wait"  # look again at `look_at`
    SKIP = "skip"  # not ours to import
    REVISIT = "revisit"  # see whether a person has released its store order
    NOTHING = "nothing"


@dataclass(frozen=True)
class Decision:
    """One step with its reason; `look_at` is when to look again, None for "when Allegro tells of a change"."""

    step: Step
    reason: str = ""
    look_at: datetime | None = None


def plan_order(
    order: Order, entry: LogEntry, settings: Settings, *, now: datetime, has_unlinked_lines: bool = False
) -> Decision:
    """Decide on the order's own state as just read, never on the kind of event that announced it.

    `has_unlinked_lines`: its store order has lines without a product, whose pieces nothing has taken out of stock.
    """
    if order.status is OrderStatus.CANCELLED:
        return Decision(Step.CANCEL, "The order was cancelled at Allegro.")
    if entry.store_order_id is not None:
        return _plan_imported(order, entry, settings, now=now, has_unlinked_lines=has_unlinked_lines)
    if order.fulfilled_by_allegro:
        return Decision(Step.SKIP, "The goods leave Allegro's own warehouse; there is nothing for the store to ship.")
    if not settings.import_orders:
        return Decision(Step.WAIT, "Import of orders is switched off for this account.", now + _LONGEST_WAIT)
    if order.status is not OrderStatus.READY:
        waits = "The buyer has not paid yet." if order.status is not OrderStatus.UNKNOWN else _UNKNOWN_STATUS
        return Decision(Step.WAIT, waits, now + wait_for(entry.first_seen_at, now))
    start = settings.import_starts_at
    if start is not None and ready_at(order, entry) < start and entry.asked_at is None:
        begins = start.astimezone(UTC)
        return Decision(Step.SKIP, f"It was bought before {begins:%Y-%m-%d %H:%M} UTC, where the import begins.")
    return Decision(Step.CREATE)


def _plan_imported(
    order: Order, entry: LogEntry, settings: Settings, *, now: datetime, has_unlinked_lines: bool
) -> Decision:
    if entry.state is LogState.IMPORTING:
        return Decision(Step.CHECK, "The order is in the store and was not compared yet.")
    if entry.asked_at is not None:
        return Decision(Step.RECOVER, "A person asked for its import.")
    if entry.state not in (LogState.IMPORTED, LogState.ON_HOLD):
        return Decision(Step.NOTHING, "The order is in the store.")
    if changes := changed_parts(order, entry):
        return Decision(Step.UPDATE, f"{' and '.join(changes)} changed at Allegro.")
    if entry.state is LogState.ON_HOLD and entry.release_at is not None:
        if now >= entry.release_at:
            return Decision(Step.RELEASE, "The buyer can no longer cancel it.")
        return Decision(Step.REVISIT, "The buyer may still cancel it.", entry.release_at)
    if entry.state is LogState.ON_HOLD:
        look_at = now + wait_for(entry.imported_at or now, now)
        return Decision(Step.REVISIT, "The store order waits for a person.", look_at)
    if settings.mark_processing and _may_be_marked(order, entry):
        return Decision(Step.MARK_PROCESSING, "The order is in the store.")
    if has_unlinked_lines and now - (entry.imported_at or now) < _UNLINKED_FOR:
        look_at = now + wait_for(entry.imported_at or now, now)
        return Decision(Step.REVISIT, "A line of the store order has no product yet.", look_at)
    return Decision(Step.NOTHING, "The order is in the store.")


def changed_parts(order: Order, entry: LogEntry) -> tuple[str, ...]:
    """What has changed at Allegro since it was last written to the store order, in words."""
    parts = []
    if entry.addresses_digest and entry.addresses_digest != addresses_digest(order):
        parts.append("The addresses")
    if entry.payments_digest and entry.payments_digest != payments_digest(order):
        parts.append("the payments" if parts else "The payments")
    return tuple(parts)


def held_until(order: Order, entry: LogEntry, settings: Settings) -> datetime | None:
    """Until when the order of a foreign buyer must not be packed, None for an order of allegro.pl.

    Buyers of allegro.cz, .sk and .hu may cancel in the first minutes even when the seller has begun to work on it.
    """
    is_foreign = bool(order.marketplace) and not order.marketplace.endswith("-pl")
    if not is_foreign or not settings.foreign_hold_minutes:
        return None
    return ready_at(order, entry) + timedelta(minutes=settings.foreign_hold_minutes)


_UNKNOWN_STATUS = "Allegro gave the order a status that this version does not know."


def wait_for(first_seen_at: datetime, now: datetime) -> timedelta:
    """How long to leave an unpaid order alone: a twelfth of its age, between 5 minutes and 6 hours."""
    return min(max(_FIRST_LOOK, (now - first_seen_at) / 12), _LONGEST_WAIT)


def retry_after(attempts: int) -> timedelta:
    """When to try an order again that failed for a reason of its own: soon at first, and never not at all."""
    if attempts >= MANY_ATTEMPTS:
        return timedelta(hours=6)
    return min(timedelta(minutes=1) * 2.0 ** max(attempts - 1, 0), timedelta(hours=1))


def postponed_for(first_seen_at: datetime, now: datetime) -> timedelta:
    """How long an order steps back whose calls fail: the others come first, should it be the order after all."""
    return min(max(timedelta(seconds=30), (now - first_seen_at) / 12), timedelta(minutes=5))


def look_for_missing(missing_since: datetime, now: datetime) -> timedelta | None:
    """When to look again for an order that Allegro does not find; None when it is given up.

    A 404 means that the buyer's purchases were merged under another id, that the order is older than a year, or
    that Allegro's copies have not caught up yet, so the first looks come soon.
    """
    age = now - missing_since
    if age >= _MISSING_FOR:
        return None
    return min(max(timedelta(minutes=1), age), timedelta(hours=1))


def _may_be_marked(order: Order, entry: LogEntry) -> bool:
    return order.fulfilment in ("", "NEW") and entry.marked_processing_at is None


def ready_at(order: Order, entry: LogEntry) -> datetime:
    """The latest instant that we know the order to have become ready at: a late payer's order counts as new."""
    paid = order.payment.finished_at if order.payment else None
    return max(filter(None, (order.bought_at, paid, entry.became_ready_at)))


def must_look(order: Order, logged: tuple[LogState, str, str] | None) -> bool:
    """Whether an order that a sweep came across must be looked at: it is new, or changed since we last looked."""
    if logged is None:
        return True
    state, status, revision = logged
    # Listed again, an order that was given up as missing is there again.
    return state is LogState.MISSING or status != order.status or revision != order.revision
