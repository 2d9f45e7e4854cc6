"""What Allegro shows of linked offers, against what is known of them.

Allegro's list lags, by seconds as a rule and by hours now and then. So a value of the list is never believed against
what is known; it only says which offers to read one by one, exactly. Where list and knowledge agree, nothing is asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.ledger import UNSETTLED, Fate, LedgerEntry, is_seen
from app.domain.links import LIVE, OfferLink
from app.domain.offers import (
    EndedBy,
    Offer,
    OfferDetails,
    OfferEvent,
    OfferEventKind,
    OfferFormat,
    OfferStatus,
    Publication,
)
from app.domain.relist import relist_until, why_not_relisted

# An offer waits so long for stock before its seller is warned that Allegro will archive it.
WARNED_AFTER_DAYS = 45

# Allegro carries commands out within seconds and shows them a little later; its clock is not ours either.
_SHOWN_WITHIN = timedelta(minutes=5)
_CLOCKS_DIFFER_BY = timedelta(minutes=2)
# It says that a command may take an hour; what the list shows afterwards is not the doing of that command any more.
_CARRIED_OUT_WITHIN = timedelta(hours=1)


class Look(StrEnum):
    """What the list says of a link's offer."""

    EQUAL = "equal"  # what is known
    DIFFERS = "differs"
    PRICE = "price"  # nothing but the price differs, which sells no piece twice
    MISSING = "missing"
    LEFT = "left"  # nothing that could be relied on


def compare(
    link: OfferLink,
    offer: Offer | None,
    newest: LedgerEntry | None,
    *,
    priced: LedgerEntry | None = None,
    complete: bool,
    now: datetime,
) -> Look:
    """Compare a link with what the list shows of its offer, None if it shows none.

    `newest` is the link's newest ledger entry, `priced` its newest about the price. Not `complete`: others may exist
    that the list does not show. What we have said is under way for some minutes, and shown later still: meanwhile a
    difference says nothing.
    """
    if newest is not None and newest.fate in UNSETTLED:
        return Look.LEFT
    if offer is None:
        if link.offer_status is OfferStatus.ARCHIVED:
            return Look.EQUAL
        return Look.MISSING if complete else Look.LEFT
    if link.is_live and offer.status in LIVE and offer.quantity is None and link.doubted_at is None:
        return Look.LEFT
    is_as_known = _shows_what_is_known(link, offer)
    # A rule's price decides about nothing, and there may be thousands of new ones in an hour.
    has_price = link.listed_price == offer.price or offer.price is None or not link.is_live or bool(offer.rule_id)
    has_lost_rule = link.is_live and bool(link.rule_id) and not offer.rule_id
    if is_as_known and has_price and not has_lost_rule and link.doubted_at is None:
        return Look.EQUAL
    if is_as_known and link.doubted_at is None:
        return Look.LEFT if is_fresh(priced, now) else Look.PRICE
    return Look.LEFT if is_fresh(newest, now) else Look.DIFFERS


def agrees(link: OfferLink, offer: Offer, newest: LedgerEntry | None, now: datetime) -> bool:
    """Whether the list shows of a doubted offer what is expected of it, so that there is no need to read it exactly.

    Expected is what we said last, if it is not long ago: a list that lags cannot show it before it was carried out.
    """
    expected = link
    if newest is not None and newest.fate is not Fate.FAILED and now - _said_at(newest) <= _CARRIED_OUT_WITHIN:
        if newest.publication is Publication.END:
            # Who ended it, we or the last buyer, only the full offer tells.
            return False
        expected = replace(
            link,
            offer_status=OfferStatus.ACTIVE if newest.publication is Publication.ACTIVATE else link.offer_status,
            listed_quantity=link.listed_quantity if newest.quantity is None else newest.quantity,
            listed_price=newest.price or link.listed_price,
        )
    is_told = offer.quantity is not None and offer.price is not None
    return is_told and _shows_what_is_known(expected, offer) and expected.listed_price == offer.price


def as_described(link: OfferLink, offer: Offer) -> OfferLink:
    """The link with what the list says about its offer, apart from its state and its values."""
    return replace(
        link,
        title=offer.title or link.title,
        external_id=offer.external_id,
        format=link.format if offer.format is OfferFormat.UNKNOWN else offer.format,
        bidders=offer.bidders,
        fulfilled_by_allegro=offer.fulfilled_by_allegro,
        marketplace=offer.marketplace or link.marketplace,
        rule_id=offer.rule_id,
    )


def as_listed(link: OfferLink, offer: Offer) -> OfferLink:
    """The link with all that the list may be believed: what does not decide how many pieces buyers see."""
    link = as_described(link, offer)
    if link.is_live and offer.status in LIVE:
        price = offer.price if offer.rule_id and offer.price else link.listed_price
        return replace(link, offer_status=offer.status, listed_price=price)
    if link.offer_status is not offer.status:
        return link
    return replace(link, listed_price=offer.price or link.listed_price, ended_at=offer.ended_at or link.ended_at)


def as_agreed(link: OfferLink, offer: Offer, *, at: datetime) -> OfferLink:
    """The link after `agrees` said yes. `at` is when the list was asked."""
    shown = replace(
        link,
        offer_status=offer.status,
        listed_quantity=offer.quantity,
        listed_price=offer.price,
        listed_at=at,
        doubted_at=None,
    )
    return as_described(shown, offer)


def as_read(link: OfferLink, details: OfferDetails, *, ended_at: datetime | None, at: datetime) -> OfferLink:
    """The link with what its offer is, exactly. `at` is when Allegro was asked, `ended_at` when the offer ended."""
    has_ended = details.status is OfferStatus.ENDED
    return replace(
        link,
        format=link.format if details.format is OfferFormat.UNKNOWN else details.format,
        offer_status=details.status,
        listed_quantity=details.quantity,
        listed_price=details.price,
        # Who is not told is remembered as such: it would be asked for at every look.
        ended_by=(details.ended_by or EndedBy.UNKNOWN) if has_ended else None,
        ended_at=ended_at if has_ended else None,
        duration=details.duration,
        listed_at=at,
        doubted_at=None,
    )


def as_archived(link: OfferLink, *, at: datetime) -> OfferLink:
    """The link of an offer that Allegro does not have any more."""
    return replace(link, offer_status=OfferStatus.ARCHIVED, listed_at=at, doubted_at=None)


_SHOWN = ("listed_quantity", "listed_price", "rule_id", "format", "bidders")


def has_changed(before: OfferLink, after: OfferLink) -> bool:
    """Whether something is otherwise than was known that decides what the offer shall show."""
    if before.is_live != after.is_live or not after.is_live:
        return before.offer_status is not after.offer_status or before.ended_by is not after.ended_by
    return any(getattr(before, name) != getattr(after, name) for name in _SHOWN)


def is_foreign(
    before: OfferLink,
    after: OfferLink,
    newest: LedgerEntry | None,
    moved: Iterable[tuple[datetime, int]],
    now: datetime,
) -> bool:
    """Whether somebody else has written to the offer: it shows what neither we nor a buyer has brought about.

    `after` is what was read exactly. `moved` are the purchases and cancellations of the offer: when each was noticed,
    and its pieces.
    """
    if not after.is_live or before.listed_quantity is None or before.listed_at is None or is_fresh(newest, now):
        return False
    if not before.is_live:
        return before.offer_status is OfferStatus.ENDED
    difference = abs((after.listed_quantity or 0) - before.listed_quantity)
    pieces = sum(pieces for noticed_at, pieces in moved if noticed_at >= before.listed_at)
    return after.listed_quantity is not None and difference > pieces


def is_fresh(newest: LedgerEntry | None, now: datetime) -> bool:
    """Whether we wrote to the offer a moment ago, so that it may not show it yet."""
    if newest is None or newest.fate is Fate.FAILED:
        return False
    return newest.fate in UNSETTLED or now - (newest.settled_at or _said_at(newest)) <= _SHOWN_WITHIN


def confirms(link: OfferLink, newest: LedgerEntry) -> bool:
    """Whether the offer, as it is, shows what Allegro had only reported as done."""
    return newest.fate is Fate.ACCEPTED and is_seen(newest, link)


@dataclass(frozen=True)
class News:
    """What a journal's events come to.

    `again` are the links whose offers are to be read again, `ended_at` says of them when offers ended, by id. `ended`
    are links of which the end was known, now with who it was by and when. `carried_out` are the ids of ledger entries
    that were reported as done and whose new price the journal tells of.
    """

    again: tuple[OfferLink, ...]
    ended_at: Mapping[str, datetime]
    ended: tuple[OfferLink, ...]
    carried_out: frozenset[int] = frozenset()


def explain(
    events: Sequence[OfferEvent],
    links: Mapping[str, OfferLink],
    entries: Iterable[LedgerEntry],
    *,
    prices: bool = False,
) -> News:
    """Which links' offers have changed otherwise than is known. `links` are by offer id; `entries` are what we said
    and what was not settled yet when the journal was read before. `prices`: new prices count, too.

    What is known since later than the event has it in it, but for the price, which is known for longer. What we said
    explains one event of each kind; should somebody else write right afterwards, that is a second one. An offer with
    something under way is left alone.
    """
    ours: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        ours.setdefault(entry.offer_id, []).append(entry)
    explained: dict[tuple[int, OfferEventKind], datetime] = {}
    again: dict[int, OfferLink] = {}
    ended_at: dict[str, datetime] = {}
    ended: dict[int, OfferLink] = {}
    carried_out: set[int] = set()
    for event in events:
        link = links.get(event.offer_id)
        if link is None or not _is_telling(event, prices=prices) or link.offer_id != event.offer_id:
            continue
        if event.kind is OfferEventKind.ENDED:
            ended_at[event.offer_id] = event.occurred_at
            if event.ended_by and link.offer_status is OfferStatus.ENDED and link.ended_by is None:
                ended[link.id] = replace(link, ended_by=event.ended_by, ended_at=event.occurred_at)
        is_price = event.kind is OfferEventKind.PRICE_CHANGED
        if link.listed_at is not None and event.occurred_at <= link.listed_at and not is_price:
            continue
        if any(entry.fate in UNSETTLED for entry in ours.get(event.offer_id, ())):
            continue
        # The same event may be written twice; it is the same by its time.
        by_us = next(
            (
                entry
                for entry in ours.get(event.offer_id, ())
                if _may_have_caused(entry, event)
                and explained.setdefault((entry.id, event.kind), event.occurred_at) == event.occurred_at
            ),
            None,
        )
        if by_us is None:
            again[link.id] = link
        elif is_price and by_us.fate is Fate.ACCEPTED:
            carried_out.add(by_us.id)
    ended_before = tuple(each for each in ended.values() if each.id not in again)
    return News(tuple(again.values()), ended_at, ended_before, frozenset(carried_out))


def ends_soon(links: Iterable[OfferLink], within_days: int, now: datetime) -> list[tuple[datetime, OfferLink]]:
    """Offers that have waited for stock so long that they will soon be archived: their last moments, soonest first."""
    found = []
    for link in links:
        until = relist_until(link, within_days)
        if link.ended_at is None or until is None or why_not_relisted(link, within_days, now):
            continue
        if now - link.ended_at >= timedelta(days=WARNED_AFTER_DAYS):
            found.append((until, link))
    return sorted(found, key=lambda each: (each[0], each[1].id))


def _shows_what_is_known(link: OfferLink, offer: Offer) -> bool:
    """By its state, and what of that decides: the quantity, and the end of an offer that has ended."""
    if link.is_live:
        return offer.status in LIVE and offer.quantity == link.listed_quantity
    if link.offer_status is not OfferStatus.ENDED:
        return link.offer_status is offer.status
    if offer.status is not OfferStatus.ENDED or link.ended_by is None:
        return False
    # An offer that comes back is told no quantity that it is known to have.
    if offer.quantity not in (None, link.listed_quantity):
        return False
    # Another end than the known one may have another author.
    if link.ended_at is None or offer.ended_at is None:
        return True
    return abs(offer.ended_at - link.ended_at) <= _CLOCKS_DIFFER_BY


def _is_telling(event: OfferEvent, *, prices: bool) -> bool:
    """Left out are kinds that say nothing about an offer's own state, and prices that a seller's pricing rules change
    by thousands in an hour."""
    if event.kind is OfferEventKind.PRICE_CHANGED:
        return prices and not event.by_rule
    return event.kind is not OfferEventKind.UNKNOWN


def _may_have_caused(entry: LedgerEntry, event: OfferEvent) -> bool:
    if entry.fate is Fate.FAILED or entry.settled_at is None:
        return False
    if event.kind is OfferEventKind.PRICE_CHANGED and entry.price is None:
        return False
    return _said_at(entry) - _CLOCKS_DIFFER_BY <= event.occurred_at <= entry.settled_at + _CLOCKS_DIFFER_BY


def _said_at(entry: LedgerEntry) -> datetime:
    return entry.sent_at or entry.created_at
