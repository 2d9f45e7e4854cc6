"""The alerts about prices, and the words by which they are known."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from app.db import alerts, held_prices
from app.db.engine import Session
from app.domain.held_prices import HeldPrice, HeldState, PriceSide
from app.domain.ledger import LedgerEntry
from app.domain.links import OfferLink

PRICE_REFUSED = "offer_price_refused"
PRICES_HELD = "prices_held"
PRICE_PARKED = "offer_price_parked"
STORE_PRICE_REFUSED = "store_price_refused"
SOLD_BELOW_FLOOR = "offer_below_floor"
FOREIGN_PRICES = "foreign_prices_unset"
CAMPAIGNS_UNKNOWN = "campaigns_unknown"

_NAMED = 10


def note_price_refused(session: Session, link: OfferLink, entry: LedgerEntry, why: str, *, now: datetime) -> None:
    """Allegro does not take the price, and the offer goes on selling at its old one."""
    at = f" It goes on selling at {link.listed_price}." if link.listed_price and link.is_live else ""
    _open(
        session,
        PRICE_REFUSED,
        link,
        title=f"Allegro refuses the price {entry.price} of {_name(link)}: {why}{at}",
        remedy="Set the price in Allegro's panel, or put right what it complains about. It is tried again by itself, "
        "and when you run prices.",
        now=now,
    )


def note_below_floor(session: Session, link: OfferLink, why: str, *, now: datetime) -> None:
    """The offer was ended because it sold below the seller's floor and its price could not be changed."""
    _open(
        session,
        SOLD_BELOW_FLOOR,
        link,
        title=f"{_name(link)} is ended: {why}",
        remedy="Set the price in Allegro's panel and activate the offer there. The service does not activate it.",
        now=now,
    )


def note_price_parked(session: Session, link: OfferLink, why: str, *, now: datetime) -> None:
    _open(
        session,
        PRICE_PARKED,
        link,
        title=f"The price of {_name(link)} is left alone for a while: {why}",
        remedy="Find the program that changes it, or switch price sync of this offer off. It goes on within an hour.",
        now=now,
    )


def note_store_refused(session: Session, link: OfferLink, price: str, why: str, *, now: datetime) -> None:
    """The store does not take a price that was changed at Allegro."""
    _open(
        session,
        STORE_PRICE_REFUSED,
        link,
        title=f"The store refuses the price {price} for product {link.store_id}, which {_name(link)} has now: {why}",
        remedy="Change the price in the store, or put right what it complains about. It is tried again by itself.",
        now=now,
    )


def note_held(
    session: Session, account_id: int, held: Collection[HeldPrice], links: Mapping[int, OfferLink], *, now: datetime
) -> None:
    """These prices of the account are held; those that were rejected are no news."""
    waiting = [each for each in held if each.state is HeldState.WAITING]
    named = [f"{_name(links[each.link_id])}: {each.reason}" for each in waiting[:_NAMED] if each.link_id in links]
    more = f" And {len(waiting) - _NAMED} more." if len(waiting) > _NAMED else ""
    _tell_account(
        session,
        PRICES_HELD,
        account_id,
        holds=bool(waiting),
        title=f"{_count(waiting)} held. {' '.join(named)}{more}",
        remedy="Look at each under held-prices: release what is meant, and put right in the store or at Allegro what "
        "is not. Until then both sides keep the prices that they have.",
        now=now,
    )


def note_foreign(session: Session, account_id: int, offers: Sequence[str], *, now: datetime) -> None:
    """These offers are shown on marketplaces on which neither a rule nor anybody we know of sets their price."""
    more = f" and {len(offers) - _NAMED} more" if len(offers) > _NAMED else ""
    _tell_account(
        session,
        FOREIGN_PRICES,
        account_id,
        holds=bool(offers),
        title=f"{len(offers)} offers are shown abroad without a pricing rule, and their prices there do not follow the "
        f"store: {', '.join(offers[:_NAMED])}{more}.",
        remedy="Give them a pricing rule by the exchange rate at Allegro, or see to these prices there yourself. "
        "The service sends no price in a currency that the store does not have.",
        now=now,
    )


def note_campaigns(session: Session, account_id: int, unknown: Collection[str], *, now: datetime) -> None:
    """Which part of the account's campaigns could not be read, as sentences."""
    _tell_account(
        session,
        CAMPAIGNS_UNKNOWN,
        account_id,
        holds=bool(unknown),
        title=f"It is not known which offers are in campaigns: {' '.join(unknown)}",
        remedy="Give the application the permission for campaigns at Allegro and authorise the account again. Until "
        "then prices of offers in campaigns are changed as all others.",
        now=now,
    )


def note_over(
    session: Session,
    account_id: int,
    wrong: Mapping[str, Collection[str]],
    looked_at: Collection[str],
    *,
    now: datetime,
) -> None:
    """Of the offers that were looked at, those that `wrong` names for a kind of alert still have it."""
    for kind, still in wrong.items():
        for subject in alerts.open_subjects(session, kind, account_id):
            if subject in looked_at and subject not in still:
                alerts.resolve(session, kind, account_id=account_id, subject=subject, now=now)


def review(session: Session, account_id: int, synced: Collection[str], *, now: datetime) -> None:
    """Resolve what is said of offers whose price is not kept in step any more. `synced` are those of which it is."""
    for kind in (PRICE_REFUSED, PRICE_PARKED, STORE_PRICE_REFUSED, SOLD_BELOW_FLOOR):
        for subject in set(alerts.open_subjects(session, kind, account_id)) - set(synced):
            alerts.resolve(session, kind, account_id=account_id, subject=subject, now=now)


def withdraw(session: Session, account_id: int, *, now: datetime) -> None:
    """The account keeps no prices in step any more: nothing is held, and nothing is to be done about any."""
    held_prices.close(session, [each.id for each in held_prices.of_account(session, account_id).values()], now=now)
    review(session, account_id, (), now=now)
    for kind in (PRICES_HELD, FOREIGN_PRICES, CAMPAIGNS_UNKNOWN):
        alerts.resolve(session, kind, account_id=account_id, subject=f"account {account_id}", now=now)


def _count(waiting: Sequence[HeldPrice]) -> str:
    of_offers = sum(each.side is PriceSide.OFFER for each in waiting)
    parts = [f"{of_offers} of offers"] if of_offers else []
    if of_products := len(waiting) - of_offers:
        parts.append(f"{of_products} of products in the store")
    return f"{len(waiting)} price {'change is' if len(waiting) == 1 else 'changes are'} ({', '.join(parts)})"


def _name(link: OfferLink) -> str:
    return f"{link.title or 'an offer'} (offer {link.offer_id})"


def _tell_account(
    session: Session, kind: str, account_id: int, *, holds: bool, title: str, remedy: str, now: datetime
) -> None:
    """Open the account's alert of this kind, or tell it anew, while it holds, and resolve it when it does not."""
    subject = f"account {account_id}"
    if holds:
        alerts.open_alert(session, kind, account_id=account_id, subject=subject, title=title, remedy=remedy, now=now)
    else:
        alerts.resolve(session, kind, account_id=account_id, subject=subject, now=now)


def _open(session: Session, kind: str, link: OfferLink, *, title: str, remedy: str, now: datetime) -> None:
    alerts.open_alert(
        session, kind, account_id=link.account_id, subject=link.offer_id, title=title, remedy=remedy, now=now
    )
