"""Which ended offers may be activated again when stock returns, and until when."""

from datetime import datetime, timedelta

from app.domain.links import OfferLink, Relist
from app.domain.offers import EndedBy, OfferFormat, OfferStatus
from app.domain.settings import OutOfStockAction, Settings

# Allegro archives an offer so long after it ended; it cannot be activated any more, only listed anew.
ARCHIVED_AFTER_DAYS = 60

# Allegro carries commands out within seconds, and says that it may take an hour; its clock is not ours.
_OUR_END_TAKES_AT_MOST = timedelta(hours=2)
_CLOCKS_DIFFER_BY = timedelta(minutes=5)


def relist_until(link: OfferLink, within_days: int) -> datetime | None:
    """The last moment at which the ended offer can be activated again; None where its end is not known."""
    return link.ended_at + timedelta(days=min(within_days, ARCHIVED_AFTER_DAYS)) if link.ended_at else None


def ended_for_lack_of_stock(link: OfferLink) -> bool:
    """Whether Allegro ended the offer when its last piece was sold, or we did.

    What we end by command has USER as its author at Allegro, as what the seller ends; ours ended when we said so.
    """
    if link.ended_by is EndedBy.EMPTY_STOCK:
        return True
    if link.ended_by is not EndedBy.USER or link.ended_at is None or link.end_sent_at is None:
        return False
    return -_CLOCKS_DIFFER_BY <= link.ended_at - link.end_sent_at <= _OUR_END_TAKES_AT_MOST


def why_not_relisted(link: OfferLink, within_days: int, now: datetime) -> str:
    """Why the ended offer will not be activated again, whatever the stock; "" if it waits for stock.

    What a person, Allegro's moderation, the end of its time or a fault ended stays ended: it was meant, or needs a
    person first.
    """
    if link.format is not OfferFormat.BUY_NOW:
        return "Only offers to buy at once are activated again."
    if link.offer_status is not OfferStatus.ENDED:
        return f"The offer has not ended: it is {link.offer_status}."
    if link.relist is Relist.NEVER:
        return "It was struck off the list of offers to be activated again."
    if not ended_for_lack_of_stock(link):
        return f"It did not end for lack of stock: {_ENDED_BY[link.ended_by or EndedBy.UNKNOWN]}."
    until = relist_until(link, within_days)
    if until is None:
        return "Allegro does not tell when it ended, so it may be too late to activate it."
    if now > until:
        return f"It ended on {link.ended_at:%Y-%m-%d} and cannot be relisted any more: list the product again."
    return ""


def is_out_of_stock(link: OfferLink) -> bool:
    """Whether the offer has ended because its stock was gone, and is one that could run again with new stock."""
    has_ended = link.offer_status in (OfferStatus.ENDED, OfferStatus.ARCHIVED)
    return has_ended and link.format is OfferFormat.BUY_NOW and ended_for_lack_of_stock(link)


def why_it_stays_ended(link: OfferLink, settings: Settings, now: datetime) -> str:
    """Why an offer that is out of stock stays ended when stock is back, by the account's settings; "" if it waits."""
    if link.offer_status is OfferStatus.ARCHIVED:
        return "Allegro has archived the offer, and it cannot be relisted any more: list the product again."
    if why := why_not_relisted(link, settings.relist_within_days, now):
        return why
    if link.fulfilled_by_allegro:
        return "Allegro keeps and ships these goods (One Fulfillment)."
    if not link.sync_stock:
        return "Stock sync is switched off for this offer."
    if not settings.sync_stock:
        return "Stock sync is switched off for the account (sync_stock)."
    if not settings.auto_resume or settings.out_of_stock_action is not OutOfStockAction.END:
        return "The account activates no ended offers again (auto_resume is off)."
    return ""


_ENDED_BY = {
    EndedBy.USER: "the seller, or another program, ended it",
    EndedBy.ADMIN: "Allegro's moderation ended it",
    EndedBy.EXPIRATION: "its time was up",
    EndedBy.EMPTY_STOCK: "its last piece was sold",
    EndedBy.PRODUCT_DETACHMENT: "Allegro took its catalogue product away",
    EndedBy.ERROR: "Allegro ended it because of an error",
    EndedBy.UNKNOWN: "Allegro does not tell who ended it",
}
