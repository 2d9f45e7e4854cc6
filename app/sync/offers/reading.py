"""How offers are now, exactly: the list of them lags behind."""

from collections.abc import Sequence
from dataclasses import replace

from app.channels.allegro.client import AllegroClient
from app.channels.errors import NotFound
from app.db import offer_links
from app.domain.links import OfferLink
from app.domain.offers import OfferStatus
from app.sync.context import JobContext


def read_again(context: JobContext, allegro: AllegroClient, links: Sequence[OfferLink]) -> dict[int, OfferLink]:
    """These offers as they are now, by link, and stored."""
    found = {link.id: _read(context, allegro, link) for link in links}
    if not context.dry_run:
        with context.database.transaction() as session:
            for link in found.values():
                offer_links.save(session, link, now=context.now(), was_read=True)
    return found


def _read(context: JobContext, allegro: AllegroClient, link: OfferLink) -> OfferLink:
    now = context.now()
    try:
        details, parts = allegro.offers.details(link.offer_id), allegro.offers.parts(link.offer_id)
    except NotFound:
        return replace(link, offer_status=OfferStatus.ARCHIVED, doubted_at=None)
    ended_at = None
    if details.status is OfferStatus.ENDED:
        listed = allegro.offers.page(offer_ids=[link.offer_id]).offers
        ended_at = next((each.ended_at for each in listed), None) or link.ended_at or now
    return replace(
        link,
        offer_status=details.status,
        ended_by=details.ended_by,
        ended_at=ended_at,
        listed_quantity=parts.quantity,
        listed_price=parts.price,
        listed_at=now,
        doubted_at=None,
    )
