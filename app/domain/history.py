"""What was sent to an offer, in words, and why it shows what it shows."""

from datetime import datetime

from app.domain.held_prices import HeldPrice, HeldState, PriceSide
from app.domain.ledger import Fate, LedgerEntry, Way
from app.domain.links import OfferLink
from app.domain.money import Money
from app.domain.offers import OfferStatus, Publication
from app.domain.pending import PendingAction, PendingKind, PendingState
from app.domain.prices import why_price_left_alone
from app.domain.sending import OfferChange


def said(change: LedgerEntry | OfferChange) -> str:
    """What the offer, or of a price that went to the store its product, shall show."""
    if isinstance(change, LedgerEntry) and change.way is Way.STORE and change.price is not None:
        return f"{_exactly(change.price)} in the store"
    if change.publication is Publication.END:
        return "ended"
    parts = [str(change.quantity)] if change.quantity is not None else []
    if change.price is not None:
        parts.append(_exactly(change.price))
    if change.publication is Publication.ACTIVATE:
        parts.append("active")
    return ", ".join(parts)


def why_it_shows(link: OfferLink, newest: LedgerEntry | None, action: PendingAction | None) -> str:
    """Why the offer shows what it shows, in sentences.

    `newest` is what was last sent about its stock, `action` what is open to be confirmed.
    """
    parts = [_shown(link)]
    if newest is None:
        parts.append("Nothing that was sent to it is on record.")
    else:
        parts += [_sent(newest, said(newest)), newest.reason]
        if newest.fate in (Fate.ACCEPTED, Fate.CONFIRMED) and _is_different(link, newest):
            parts.append(_changed_since(link))
    if action is not None:
        parts.append(_open(action))
    return " ".join(parts)


def why_it_costs(link: OfferLink, newest: LedgerEntry | None, held: HeldPrice | None) -> str:
    """Why the offer costs what it costs, in sentences.

    `newest` is what was last sent about its price, in either direction; `held` the price that is open to be decided.
    """
    shown = link.listed_price
    parts = ["What the offer costs is not known." if shown is None else f"The offer costs {_exactly(shown)}."]
    if newest is None or newest.price is None:
        parts.append("No price that was sent is on record.")
    else:
        parts += [_given(newest, newest.price), newest.reason]
        is_done = newest.fate in (Fate.ACCEPTED, Fate.CONFIRMED)
        if is_done and shown is not None and shown != newest.price:
            parts.append("It was changed at Allegro since.")
    if why := why_price_left_alone(link):
        parts.append(why)
    if held is not None:
        parts.append(_held(held))
    return " ".join(parts)


def _shown(link: OfferLink) -> str:
    if link.offer_status is OfferStatus.ARCHIVED:
        return "Allegro has archived the offer."
    if link.offer_status is OfferStatus.ENDED:
        return f"The offer has ended ({_at(link.ended_at)})." if link.ended_at else "The offer has ended."
    if link.listed_quantity is None:
        return "What the offer shows is not known."
    if link.doubted_at is not None:
        return f"The offer showed {link.listed_quantity} as far as is known, and is to be read again."
    return f"The offer shows {link.listed_quantity}."


def _given(entry: LedgerEntry, price: Money) -> str:
    """What became of the price, without what else the entry said."""
    if entry.way is not Way.STORE:
        return _sent(entry, _exactly(price))
    what, sent = f"“{_exactly(price)}”", _at(entry.sent_at or entry.created_at)
    match entry.fate:
        case Fate.INTENT | Fate.SENT:
            return f"{what} was to go to the product ({sent}); whether the store has taken it is not known yet."
        case Fate.ACCEPTED | Fate.CONFIRMED:
            return f"{what} went to the product in the store ({sent})."
        case Fate.FAILED:
            return f"{what} was sent to the product ({sent}), and the store refused it: {entry.detail}"
        case Fate.LAPSED:
            return f"{what} was to go to the product ({sent}), and nothing came of it: {entry.detail}"


def _sent(entry: LedgerEntry, words: str) -> str:
    what, sent = f"“{words}”", _at(entry.sent_at or entry.created_at)
    match entry.fate:
        case Fate.INTENT:
            return f"{what} was to be sent ({sent}); whether Allegro has heard of it is not known yet."
        case Fate.SENT:
            return f"{what} was sent ({sent}), and Allegro has not reported on it yet."
        case Fate.ACCEPTED:
            return f"{what} was sent ({sent}); Allegro reported it as done, and it was not seen on the offer yet."
        case Fate.CONFIRMED:
            seen = f" and seen on the offer ({_at(entry.confirmed_at)})" if entry.confirmed_at else ""
            return f"{what} was sent ({sent}){seen}."
        case Fate.FAILED:
            return f"{what} was sent ({sent}), and Allegro refused it: {entry.detail}"
        case Fate.LAPSED:
            return f"{what} was to be sent ({sent}), and nothing came of it: {entry.detail}"


def _is_different(link: OfferLink, entry: LedgerEntry) -> bool:
    if entry.publication is Publication.END:
        return link.is_live
    return not link.is_live or (entry.quantity is not None and link.listed_quantity not in (None, entry.quantity))


def _changed_since(link: OfferLink) -> str:
    if link.foreign_at is not None:
        return f"Somebody else has changed it since (noticed {_at(link.foreign_at)})."
    return "It has changed since: pieces were sold, or somebody else changed it."


def _open(action: PendingAction) -> str:
    what = "An ending" if action.action is PendingKind.END else "A relisting"
    match action.state:
        case PendingState.WAITING:
            return f"{what} waits for you to confirm it: {action.reason}"
        case PendingState.REJECTED:
            return f"{what} was rejected: {action.reason}"
        case _:
            return f"{what} is confirmed and comes next: {action.reason}"


def _held(held: HeldPrice) -> str:
    what = f"The price {_exactly(held.price)}" if held.price is not None else "A price"
    if held.side is PriceSide.STORE:
        what += " for the store"
    match held.state:
        case HeldState.RELEASED:
            return f"{what} was released and comes next: {held.reason}"
        case HeldState.REJECTED:
            return f"{what} was rejected: {held.reason} It can still be released, or change the price."
    if held.releasable:
        return f"{what} is held: {held.reason} Release it if it is meant; if not, change the price, and it goes."
    return f"{what} is held: {held.reason} It goes by itself once that is put right."


def _exactly(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
