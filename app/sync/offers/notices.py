"""The alerts about linked offers, and the words by which they are known."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from app.db import alerts
from app.db.engine import Session
from app.domain.ledger import Writes
from app.domain.links import OfferLink, Relist
from app.domain.offers import EndedBy, OfferStatus
from app.domain.relist import ended_for_lack_of_stock

NOT_ENDED = "offer_not_ended"
REFUSED = "offer_change_refused"
PARKED = "offer_parked"
MASS_ENDING = "mass_ending"
PRODUCT_GONE = "linked_product_gone"
ARCHIVED = "offer_archived"
REPUBLISHES = "offer_republishes"
FOREIGN_WRITER = "foreign_writer"
RELIST_ENDS_SOON = "relist_ends_soon"

_TEXTS = {
    NOT_ENDED: (
        "{title} (offer {offer_id}) could not be ended: {why}",
        "End it in Allegro's panel now: it sells what is not there, or for too little. The service keeps trying.",
    ),
    REFUSED: (
        "Allegro refuses a change of {title} (offer {offer_id}): {why}",
        "Put right in Allegro's panel what it complains about. It is tried again by itself, and when you run stock.",
    ),
    PARKED: (
        "{title} (offer {offer_id}) is left alone for a while: {why}",
        "Find the program that changes it, or switch stock sync of this offer off. It goes on within an hour.",
    ),
}


def open_about(session: Session, kind: str, link: OfferLink, why: str, *, now: datetime) -> None:
    """Open the alert about the offer, or tell the new reason in the one that is open."""
    title, remedy = _TEXTS[kind]
    alerts.open_alert(
        session,
        kind,
        account_id=link.account_id,
        subject=link.offer_id,
        title=title.format(title=link.title or "An offer", offer_id=link.offer_id, why=why),
        remedy=remedy,
        now=now,
    )


def note_products(
    session: Session, account_id: int, gone: Collection[OfferLink], looked_at: Collection[OfferLink], *, now: datetime
) -> None:
    """Of the links that were looked at, these sell a product that the store has not any more, and the others do not."""
    subjects = {link.offer_id for link in gone}
    for link in gone:
        _open(
            session,
            PRODUCT_GONE,
            link,
            title=f"{link.title or 'An offer'} (offer {link.offer_id}) sells a product that the store has no more.",
            remedy="Link the offer to another product, or end it at Allegro: nobody knows what is left of it.",
            now=now,
        )
    for subject in alerts.open_subjects(session, PRODUCT_GONE, account_id):
        if subject not in subjects and subject in {link.offer_id for link in looked_at}:
            alerts.resolve(session, PRODUCT_GONE, account_id=account_id, subject=subject, now=now)


def note_over(
    session: Session,
    account_id: int,
    ending: Collection[str],
    changing: Collection[str],
    looked_at: Collection[str],
    *,
    now: datetime,
) -> None:
    """Of the offers that were looked at, these are to end and these to change; about the others nothing is refused."""
    for kind, still in ((NOT_ENDED, ending), (REFUSED, changing)):
        for subject in alerts.open_subjects(session, kind, account_id):
            if subject in looked_at and subject not in still:
                alerts.resolve(session, kind, account_id=account_id, subject=subject, now=now)


def note_mass_ending(session: Session, account_id: int, offers: Sequence[str], *, linked: int, now: datetime) -> None:
    """These of the linked offers would end at once and wait for a person."""
    more = f" and {len(offers) - 10} more" if len(offers) > 10 else ""
    alerts.open_alert(
        session,
        MASS_ENDING,
        account_id=account_id,
        subject=f"account {account_id}",
        title=f"{len(offers)} of {linked} linked offers would end at once, which is likelier a mistake in the store "
        f"than meant. They wait: {', '.join(offers[:10])}{more}.",
        remedy="Look at the stock in the store. If it is right, confirm the pending actions, or resolve this alert, "
        "which confirms them all; if not, correct it, and they go by themselves.",
        now=now,
    )


def note_archived(session: Session, before: OfferLink, *, now: datetime) -> None:
    """Allegro has archived the offer. What the seller has ended, or struck off, is not missed."""
    was_meant = before.ended_by is EndedBy.USER and not ended_for_lack_of_stock(before)
    if was_meant or before.relist is Relist.NEVER:
        return
    _open(
        session,
        ARCHIVED,
        before,
        title=f"Allegro has archived offer {before.offer_id} ({before.title}): it cannot be activated again.",
        remedy="List the product again at Allegro and link the new offer; with the old external id it keeps this link.",
        now=now,
    )


def note_republishing(session: Session, link: OfferLink, *, republishes: bool, now: datetime) -> None:
    """Whether Allegro lists the offer anew by itself when it ends."""
    if not republishes:
        alerts.resolve(session, REPUBLISHES, account_id=link.account_id, subject=link.offer_id, now=now)
        return
    _open(
        session,
        REPUBLISHES,
        link,
        title=f"Offer {link.offer_id} ({link.title}) renews itself at Allegro, with all the pieces it began with.",
        remedy="Switch the automatic renewal off in the offer at Allegro: it offers pieces that may be sold already.",
        now=now,
    )


def note_foreign_writer(session: Session, before: OfferLink, after: OfferLink, *, now: datetime) -> None:
    """Somebody writes to the offer, not for the first time."""
    ours = before.listed_quantity if before.is_live else 0
    _open(
        session,
        FOREIGN_WRITER,
        after,
        title=f"Offer {after.offer_id} showed {after.listed_quantity} pieces, and ours were {ours}: "
        "another program, or a person, writes to it too.",
        remedy="Switch the other program off, or stock sync of this offer. The alert goes when nobody else has "
        "changed the offer for a day.",
        now=now,
    )


def note_waiting(
    session: Session, account_id: int, waiting: Sequence[tuple[datetime, OfferLink]], *, now: datetime
) -> None:
    """Offers that will soon be archived, with their last moments, soonest first."""
    subject = f"account {account_id}"
    if not waiting:
        alerts.resolve(session, RELIST_ENDS_SOON, account_id=account_id, subject=subject, now=now)
        return
    until, first = waiting[0]
    alerts.open_alert(
        session,
        RELIST_ENDS_SOON,
        account_id=account_id,
        subject=subject,
        title=f"{len(waiting)} offers wait for stock and can soon not be activated again, "
        f"the first one ({first.offer_id}, {first.title}) after {until:%Y-%m-%d}.",
        remedy="Get the products in stock until then. Afterwards they have to be listed again, as new offers.",
        now=now,
    )


def review(
    session: Session,
    account_id: int,
    links: Collection[OfferLink],
    writes: Mapping[int, Writes],
    *,
    now: datetime,
) -> None:
    """Resolve what is over. `links` are all of the account, `writes` those of the last day, by link."""
    linked = {link.offer_id for link in links}
    holding = {
        NOT_ENDED: linked,
        REFUSED: linked,
        PRODUCT_GONE: linked,
        ARCHIVED: {link.offer_id for link in links if link.offer_status is OfferStatus.ARCHIVED},
        REPUBLISHES: linked,
        FOREIGN_WRITER: {link.offer_id for link in links if writes.get(link.id, Writes()).corrections},
    }
    for kind, subjects in holding.items():
        for subject in set(alerts.open_subjects(session, kind, account_id)) - subjects:
            alerts.resolve(session, kind, account_id=account_id, subject=subject, now=now)


def _open(session: Session, kind: str, link: OfferLink, *, title: str, remedy: str, now: datetime) -> None:
    alerts.open_alert(
        session, kind, account_id=link.account_id, subject=link.offer_id, title=title, remedy=remedy, now=now
    )
