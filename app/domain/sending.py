"""The fewest calls that tell Allegro what is to change about the offers of one account.

Allegro offers five ways to say it, and counts calls (its limits: 9,000 a minute for the whole application):

- one *quantity*, *price* or *publication command* says one value to up to 1,000 offers;
- one *bulk command* says up to 25 offers a quantity and a price of their own each (a beta: it may be switched off);
- one *PATCH* says everything to one offer.

A command is only known to have worked when its tasks have been read, 1,000 a page, so it costs two calls; a PATCH
answers itself and costs one. A quantity of zero is refused everywhere: an offer without stock is ended.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from app.domain.money import Money
from app.domain.offers import MAX_QUANTITY, Publication

OFFERS_PER_COMMAND = 1000
OFFERS_PER_BULK_COMMAND = 25
TASKS_PER_PAGE = 1000

_T = TypeVar("_T")


@dataclass(frozen=True)
class OfferChange:
    """What shall be different about one offer; None stays as it is. `quantity` is 1 to 99,999, `price` gross.

    An offer that is ended is told nothing else: its next activation brings quantity and price anew. `duration` is how
    long an offer that is activated runs, "" until it is sold out; only an edit can say it.
    """

    offer_id: str
    quantity: int | None = None
    price: Money | None = None
    publication: Publication | None = None
    duration: str | None = None

    def __post_init__(self) -> None:
        if self.quantity is not None and not 1 <= self.quantity <= MAX_QUANTITY:
            raise ValueError(f"Offer {self.offer_id} cannot show {self.quantity} pieces, only 1 to {MAX_QUANTITY}.")
        if self.quantity is None and self.price is None and self.publication is None:
            raise ValueError(f"Nothing is to change about offer {self.offer_id}.")
        if self.publication is Publication.END and (self.quantity is not None or self.price is not None):
            raise ValueError(f"Offer {self.offer_id} is to end: it takes no quantity and no price.")
        if self.duration is not None and self.publication is not Publication.ACTIVATE:
            raise ValueError(f"Offer {self.offer_id} gets a duration with its activation only.")


@dataclass(frozen=True)
class QuantityCommand:
    quantity: int
    offer_ids: tuple[str, ...]


@dataclass(frozen=True)
class PriceCommand:
    """One price for the offers, in their base marketplace."""

    price: Money
    offer_ids: tuple[str, ...]


@dataclass(frozen=True)
class PublicationCommand:
    action: Publication
    offer_ids: tuple[str, ...]


@dataclass(frozen=True)
class BulkCommand:
    """Quantities and prices, each offer its own; none of the changes has a publication."""

    changes: tuple[OfferChange, ...]

    @property
    def offer_ids(self) -> tuple[str, ...]:
        return tuple(change.offer_id for change in self.changes)


@dataclass(frozen=True)
class Patch:
    """Everything that is to change about one offer, in one edit."""

    change: OfferChange

    @property
    def offer_ids(self) -> tuple[str, ...]:
        return (self.change.offer_id,)


Command = QuantityCommand | PriceCommand | PublicationCommand | BulkCommand
Call = Command | Patch


@dataclass(frozen=True)
class SendingPlan:
    """What to send, most urgent first. `then` waits until what was sent `first` has been reported as done.

    `then` activates offers whose quantity goes `first`: Allegro works commands off in any order, and does not activate
    an offer at zero. An offer whose quantity was refused is to be left out of it.
    """

    first: tuple[Call, ...] = ()
    then: tuple[PublicationCommand, ...] = ()

    @property
    def calls(self) -> int:
        """How many calls it takes, the pages of the task reports included."""
        return sum(map(calls_of, (*self.first, *self.then)))


def calls_of(call: Call) -> int:
    """How many calls to Allegro this one takes until its outcome is known."""
    match call:
        case Patch():
            return 1
        case BulkCommand(changes):
            tasks = sum((change.quantity is not None) + (change.price is not None) for change in changes)
        case _:
            tasks = len(call.offer_ids)
    return 1 + -(-tasks // TASKS_PER_PAGE)


def plan_calls(
    changes: Collection[OfferChange], *, bulk: bool = True, patch: bool = True, unbulked: Collection[str] = ()
) -> SendingPlan:
    """The calls that say every change exactly once. Raises ValueError when an offer has two changes.

    `bulk` and `patch` allow these two ways; the bulk command is not for the offers `unbulked`. An edit by PATCH has
    Allegro check the whole offer again and fails for reasons that have nothing to do with us (a parameter that has
    become mandatory): what it refused can be planned again without it. Between ways that cost the same, commands go
    before edits for that reason, and commands of one value before the beta. A duration goes by edit, or is left out:
    an offer that runs too long is better than none.
    """
    wanted = {change.offer_id: change if patch else replace(change, duration=None) for change in changes}
    if len(wanted) != len(changes):
        raise ValueError("An offer has two changes in one plan.")
    edited = frozenset(id_ for id_, change in wanted.items() if change.duration is not None)
    if edited:
        rest = [change for id_, change in wanted.items() if id_ not in edited]
        plan = plan_calls(rest, bulk=bulk, patch=patch, unbulked=unbulked)
        edits = (Patch(wanted[id_]) for id_ in edited)
        return replace(plan, first=tuple(sorted((*plan.first, *edits), key=_urgency)))
    bulkable = {id_: change for id_, change in wanted.items() if bulk and id_ not in unbulked}
    told = [_Told(wanted, bulked=_bulked(bulkable, patch), patched=frozenset())]
    if patch:
        told.append(_Told(wanted, bulked=frozenset(), patched=_edited(wanted)))
    back = frozenset(id_ for id_, change in wanted.items() if change.publication is Publication.ACTIVATE)
    if bulk and patch and back:
        # Few offers that come back with a quantity each: an edit says both, where commands take turns.
        others = {id_: change for id_, change in bulkable.items() if id_ not in back}
        told.append(_Told(wanted, bulked=_bulked(others, patch), patched=back))
    plans = [(one.with_single_offers_patched() if patch else one).plan() for one in told]
    return min(plans, key=lambda plan: plan.calls)


@dataclass(frozen=True)
class _Told:
    """Which offers are told by bulk commands and which by edits; the others share a command with their equals."""

    wanted: Mapping[str, OfferChange]
    bulked: Collection[str]
    patched: Collection[str]

    def plan(self) -> SendingPlan:
        first: list[Call] = [Patch(self.wanted[id_]) for id_ in self.wanted if id_ in self.patched]
        then: list[PublicationCommand] = []
        for command in self.commands():
            if isinstance(command, PublicationCommand) and command.action is Publication.ACTIVATE:
                then.append(command)
            else:
                first.append(command)
        return SendingPlan(tuple(sorted(first, key=_urgency)), tuple(then))

    def commands(self) -> list[Command]:
        commanded = [change for id_, change in self.wanted.items() if id_ not in self.patched]
        alone = [change for change in commanded if change.offer_id not in self.bulked]
        # Those with a quantity fill the first commands, so that no price makes one of them wait.
        pool = sorted(
            (change for change in commanded if change.offer_id in self.bulked), key=lambda change: not change.quantity
        )
        return [
            *(QuantityCommand(value, ids) for value, ids in _equals(alone, lambda change: change.quantity)),
            *(PriceCommand(value, ids) for value, ids in _equals(alone, lambda change: change.price)),
            *(PublicationCommand(value, ids) for value, ids in _equals(commanded, lambda change: change.publication)),
            *(
                BulkCommand(tuple(OfferChange(one.offer_id, one.quantity, one.price) for one in some))
                for some in _parts(pool, OFFERS_PER_BULK_COMMAND)
            ),
        ]

    def with_single_offers_patched(self) -> "_Told":
        """The same, with an edit in place of every command that would speak to one offer only."""
        told = self
        while single := {id_ for call in told.commands() if len(call.offer_ids) == 1 for id_ in call.offer_ids}:
            told = _Told(self.wanted, self.bulked, {*told.patched, *single})
        return told


def _bulked(wanted: Mapping[str, OfferChange], patch: bool) -> frozenset[str]:
    """The offers that are cheaper told by bulk commands, and one left over by an edit where that is allowed."""

    def cost(size: int) -> int:
        full, rest = divmod(size, OFFERS_PER_BULK_COMMAND)
        return 2 * full + (0 if not rest else 1 if rest == 1 and patch else 2)

    values = {id_: [v for v in (c.quantity, c.price) if v is not None] for id_, c in wanted.items()}
    return _pooled(values, cost)


def _edited(wanted: Mapping[str, OfferChange]) -> frozenset[str]:
    """The offers that are cheaper told by an edit each than by sharing a command with their equals."""
    values = {id_: [v for v in (c.quantity, c.price, c.publication) if v is not None] for id_, c in wanted.items()}
    return _pooled(values, lambda size: size)


def _pooled(values: Mapping[str, Sequence[Hashable]], cost: Callable[[int], int]) -> frozenset[str]:
    """The offers that are better pooled, where a pool of so many offers takes `cost` calls.

    Begins with a command for every value and dissolves the smallest one after the other, with all that its offers are
    to be told; that empties others too. Every step is priced and the cheapest wins, the one with the fewest pooled
    among equals. Where every offer has one value this finds the optimum: all commands cost the same, so the biggest
    ones are worth it most.
    """
    groups: list[list[str]] = []
    by_value: defaultdict[Hashable, list[str]] = defaultdict(list)
    for offer_id, said in values.items():
        for value in said:
            by_value[value].append(offer_id)
    for ids in by_value.values():
        groups += _parts(ids, OFFERS_PER_COMMAND)
    of_offer: defaultdict[str, list[int]] = defaultdict(list)
    for number, ids in enumerate(groups):
        for offer_id in ids:
            of_offer[offer_id].append(number)
    sizes = Counter({number: len(ids) for number, ids in enumerate(groups)})
    smallest = [(size, number) for number, size in sizes.items()]
    heapq.heapify(smallest)
    pooled: dict[str, None] = {}
    best, best_size, commands = 2 * len(groups), 0, len(groups)
    while smallest:
        size, number = heapq.heappop(smallest)
        if not size or size != sizes[number]:
            continue
        for offer_id in groups[number]:
            if offer_id in pooled:
                continue
            pooled[offer_id] = None
            for other in of_offer[offer_id]:
                sizes[other] -= 1
                commands -= sizes[other] == 0
                heapq.heappush(smallest, (sizes[other], other))
        if (total := 2 * commands + cost(len(pooled))) < best:
            best, best_size = total, len(pooled)
    return frozenset(list(pooled)[:best_size])


def _equals(
    changes: Iterable[OfferChange], value_of: Callable[[OfferChange], _T | None]
) -> list[tuple[_T, tuple[str, ...]]]:
    """Each value with the offers that it is for, at most 1,000 at a time."""
    found: dict[_T, list[str]] = {}
    for change in changes:
        if (value := value_of(change)) is not None:
            found.setdefault(value, []).append(change.offer_id)
    return [(value, tuple(part)) for value, ids in found.items() for part in _parts(ids, OFFERS_PER_COMMAND)]


def _parts(items: Sequence[_T], size: int) -> list[list[_T]]:
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


def _urgency(call: Call) -> int:
    """An offer without stock sells what is not there, a wrong quantity soon will; a price can wait."""
    match call:
        case PublicationCommand() | Patch(OfferChange(publication=Publication.END)):
            return 0
        case QuantityCommand():
            return 1
        case BulkCommand(changes) if any(change.quantity for change in changes):
            return 1
        case Patch(change) if change.quantity or change.publication:
            return 1
        case _:
            return 2
