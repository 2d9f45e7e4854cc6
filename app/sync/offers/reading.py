"""How single offers are right now, exactly: the list of offers lags behind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.channels.allegro.client import AllegroClient
from app.channels.errors import NotFound, Rejected, Unavailable, Unreadable
from app.db import ledger
from app.domain.links import OfferLink
from app.domain.offers import Offer, OfferDetails, OfferFormat, OfferStatus
from app.domain.runs import Result
from app.domain.watching import agrees, as_agreed, as_archived, as_described, as_read
from app.sync.context import JobContext

# A full offer is heavy; what is left over has its turn in the next run.
MOST_READ = 200
# Up to so many, asking for each costs less than being wrong by a list that lags.
_FEW = 20
_IDS_PER_CALL = 100
# So many offers without an answer are no trouble of their own any more.
_TROUBLE_ENOUGH = 3


@dataclass(frozen=True)
class Reading:
    """A link as it is to be stored. `republishes`: Allegro lists its offer anew by itself; None where not told."""

    link: OfferLink
    republishes: bool | None


def read_again(context: JobContext, allegro: AllegroClient, links: Sequence[OfferLink]) -> dict[int, OfferLink]:
    """These links as they are to be stored, by id: with what their offers are now. Nothing is stored here.

    Of many the list is asked first, and only those are read one by one of which it shows something unexpected. An
    offer that cannot be read is missing in the answer, as are those beyond `MOST_READ`. Raises the errors of
    Allegro's channel where it is not about one offer.
    """
    if len(links) <= _FEW:
        return {link_id: each.link for link_id, each in read_exactly(context, allegro, links).items()}
    asked_at = context.now()
    rows = _listed(allegro, [link.offer_id for link in links])
    with context.database.reading() as session:
        newest = ledger.latest(session, [link.id for link in links])
    agreed = {
        link.id: as_agreed(link, row, at=asked_at)
        for link in links
        if (row := rows.get(link.offer_id)) and agrees(link, row, newest.get(link.id), asked_at)
    }
    others = [link for link in links if link.id not in agreed]
    read = read_exactly(context, allegro, others, rows=rows)
    return agreed | {link_id: each.link for link_id, each in read.items()}


def read_exactly(
    context: JobContext,
    allegro: AllegroClient,
    links: Sequence[OfferLink],
    *,
    rows: Mapping[str, Offer] | None = None,
    ended_at: Mapping[str, datetime] | None = None,
) -> dict[int, Reading]:
    """As `read_again`, each by a call of its own.

    `rows` are what the list has just shown, `ended_at` when offers ended, both by offer id as far as they are known;
    the list is asked for what only it tells.
    """
    read: list[tuple[OfferLink, OfferDetails, datetime]] = []
    found: dict[int, Reading] = {}
    trouble: list[Unavailable] = []
    for link in links[:MOST_READ]:
        context.lease.ensure()
        asked_at = context.now()
        try:
            read.append((link, allegro.offers.details(link.offer_id), asked_at))
        except NotFound:
            found[link.id] = Reading(as_archived(link, at=asked_at), republishes=None)
        except (Rejected, Unreadable, Unavailable) as error:
            if isinstance(error, Unavailable):
                # One offer may have its own trouble, which must not keep all others waiting.
                trouble.append(error)
                if len(trouble) == _TROUBLE_ENOUGH or error.retry_after_seconds is not None:
                    raise
            context.report.add(f"offer {link.offer_id}", why=str(error), result=Result.FAILED)
    rows, ended_at = dict(rows or {}), ended_at or {}
    lacking = {link.offer_id for link, details, _ in read if _needs_list(details, ended_at)} - rows.keys()
    rows |= _listed(allegro, sorted(lacking))
    for link, details, asked_at in read:
        row = rows.get(link.offer_id)
        now_is = as_read(link, details, ended_at=_end(link, row, ended_at.get(link.offer_id)), at=asked_at)
        found[link.id] = Reading(as_described(now_is, row) if row else now_is, details.republish)
    return found


def _needs_list(details: OfferDetails, ended_at: Mapping[str, datetime]) -> bool:
    """The full offer says neither when it ended nor how many bid."""
    has_ended = details.status is OfferStatus.ENDED and details.id not in ended_at
    return has_ended or details.format is OfferFormat.AUCTION


def _end(link: OfferLink, row: Offer | None, told: datetime | None) -> datetime | None:
    """When the offer ended, which the full offer does not say: as told, else as known where the list lags behind."""
    if told is not None:
        return told
    return row.ended_at if row is not None and row.status is OfferStatus.ENDED else link.ended_at


def _listed(allegro: AllegroClient, offer_ids: Sequence[str]) -> dict[str, Offer]:
    """What the list shows of these offers."""
    return {
        offer.id: offer
        for some in _hundreds(offer_ids)
        for offer in allegro.offers.page(limit=_IDS_PER_CALL, offer_ids=some).offers
    }


def _hundreds(offer_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(offer_ids), _IDS_PER_CALL):
        yield offer_ids[start : start + _IDS_PER_CALL]
