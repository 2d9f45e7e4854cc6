"""What was sent to an offer, in words, and why it shows what it shows."""

from datetime import datetime

from app.domain.ledger import Fate, LedgerEntry
from app.domain.links import OfferLink
from app.domain.offers import OfferStatus, Publication
from app.domain.pending import PendingAction, PendingKind, PendingState
from app.domain.sending import OfferChange


def said(change: LedgerEntry | OfferChange) -> str:
    """What the offer shall show."""
    if change.publication is Publication.END:
        return "ended"
    parts = [str(change.quantity)] if change.quantity is not None else []
    if change.price is not None:
        parts.append(f"{change.price.amount} {change.price.currency}")
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
        parts += [_sent(newest), newest.reason]
        if newest.fate in (Fate.ACCEPTED, Fate.CONFIRMED) and _is_different(link, newest):
            parts.append(_changed_since(link))
    if action is not None:
        parts.append(_open(action))
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


def _sent(entry: LedgerEntry) -> str:
    what, sent = f"“{said(entry)}”", _at(entry.sent_at or entry.created_at)
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


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
