"""Whether the seller may set an offer's price by hand."""

from app.domain.links import OfferLink
from app.domain.settings import Settings


def why_not_by_hand(link: OfferLink, settings: Settings) -> str:
    """Why the offer's price is not set by hand here, and what to do instead."""
    if not (settings.sync_prices and link.sync_price):
        return "cannot be set here: change the price at Allegro"
    if settings.push_prices:
        instead = "change the price in the store, and the offer follows"
    else:
        instead = "change the price at Allegro, and the store follows"
    return f"is kept in step with the store: {instead}; or switch sync_price of this link off"
