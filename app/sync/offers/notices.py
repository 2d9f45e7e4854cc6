"""What a person must know about an offer, in words."""

from datetime import datetime

from app.db import alerts
from app.db.engine import Session
from app.domain.links import OfferLink

NOT_ENDED = "offer_not_ended"
REFUSED = "offer_change_refused"
PARKED = "offer_parked"
MASS_ENDING = "mass_ending"

_TEXTS = {
    NOT_ENDED: (
        "{title} (offer {offer_id}) is out of stock and could not be ended: {why}",
        "End it in Allegro's panel now: it sells what is not there. The service keeps trying.",
    ),
    REFUSED: (
        "Allegro refuses a change of {title} (offer {offer_id}): {why}",
        "Put right in Allegro's panel what it complains about. The service tries again every ten minutes.",
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
        subject=f"offer {link.offer_id}",
        title=title.format(title=link.title or "An offer", offer_id=link.offer_id, why=why),
        remedy=remedy,
        now=now,
    )
