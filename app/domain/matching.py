"""Finding, for offers that have no link yet, the product in the store whose pieces they sell.

By the seller's own mark on the offer (its external id, which is the SKU), then by GTIN, then by title. A tie is never
guessed, because a guess ships the wrong goods: it is reported, with those that tie. Nothing here ever takes a link
away, so that an answer of Allegro or the store with nothing in it does no harm.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.drafts import title_key
from app.domain.links import OfferLink, OfferStatus
from app.domain.products import Product


class MatchBy(StrEnum):
    EXTERNAL_ID = "external_id"
    GTIN = "gtin"
    TITLE = "title"


# Allegro's clock and the order in which it writes an end and a new start down are its own.
_RENEWAL_SLACK = timedelta(hours=1)


@dataclass(frozen=True)
class OfferKeys:
    """What an offer can be found by. `gtins` are those of its catalogue product. `started_at`: None where unknown."""

    offer_id: str
    external_id: str = ""
    gtins: tuple[str, ...] = ()
    title: str = ""
    status: OfferStatus = OfferStatus.UNKNOWN
    started_at: datetime | None = None


@dataclass(frozen=True)
class PlannedLink:
    """A link to be made; with `renews`, that link moves to the offer (`OfferLink.moved_to`) and `by` is None."""

    offer: OfferKeys
    product_id: int
    variation_id: int
    sku: str
    by: MatchBy | None = None
    renews: OfferLink | None = None


@dataclass(frozen=True)
class Ambiguous:
    """An offer that a person must link. `candidates` are (product id, variation id or 0)."""

    offer: OfferKeys
    reason: str
    candidates: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Unmatched:
    offer: OfferKeys
    reason: str


@dataclass(frozen=True)
class LinkPlan:
    """What becomes of every offer that has no link; those that have one are not mentioned."""

    linked: tuple[PlannedLink, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()


def plan_links(
    offers: Iterable[OfferKeys],
    products: Iterable[Product],
    links: Iterable[OfferLink],
    by: Sequence[MatchBy] = tuple(MatchBy),
) -> LinkPlan:
    """Links for one account's offers. `links` are the account's own; `by` is what to match by, the first one first.

    A key that finds several products, or one that has variations, ends the search: a weaker key is no proof against
    the doubt of a stronger one. Several offers may sell one product.
    """
    links = tuple(links)
    taken = {link.offer_id for link in links}
    renewed_as = {former: link.offer_id for link in links for former in link.former_offer_ids}
    finders = _finders(products)
    ended = _ended_links(links)
    linked: list[PlannedLink] = []
    ambiguous: list[Ambiguous] = []
    unmatched: list[Unmatched] = []
    for offer in sorted(offers, key=lambda offer: (len(offer.offer_id), offer.offer_id)):
        if offer.offer_id in taken:
            continue
        taken.add(offer.offer_id)
        if offer.offer_id in renewed_as:
            unmatched.append(Unmatched(offer, f"It was renewed as offer {renewed_as[offer.offer_id]}."))
            continue
        found = _renewal(offer, ended) or _match(offer, finders, by)
        match found:
            case PlannedLink():
                linked.append(found)
            case Ambiguous():
                ambiguous.append(found)
            case Unmatched():
                unmatched.append(found)
    return LinkPlan(tuple(linked), tuple(ambiguous), tuple(unmatched))


def sku_key(sku: str) -> str:
    """What two SKUs are compared by: the whole value, whatever its case and the blanks around it."""
    return sku.strip().casefold()


def gtin_key(gtin: str) -> str:
    """What two GTINs (EAN, UPC, ISBN-13) are compared by, "" for what is none.

    The short forms are the long one without its leading zeros, and spreadsheets drop those anyway.
    """
    digits = re.sub(r"[\s-]", "", gtin)
    if not re.fullmatch(r"[0-9]{1,14}", digits):
        return ""
    significant = digits.lstrip("0")
    # A GTIN-8 keeps at least six digits; what is shorter is somebody's "none".
    return significant.zfill(14) if len(significant) >= 6 else ""


def _ended_links(links: Iterable[OfferLink]) -> dict[str, list[OfferLink]]:
    """Links whose offer is over, by the external id; the one that ended last comes last."""
    ended: defaultdict[str, list[OfferLink]] = defaultdict(list)
    for link in links:
        if link.offer_status in (OfferStatus.ENDED, OfferStatus.ARCHIVED) and (key := sku_key(link.external_id)):
            ended[key].append(link)
    for same in ended.values():
        same.sort(key=lambda link: (link.ended_at.timestamp() if link.ended_at else 0, link.offer_id))
    return dict(ended)


def _renewal(offer: OfferKeys, ended: dict[str, list[OfferLink]]) -> PlannedLink | Ambiguous | None:
    """The link that the offer continues, which is then used up; None if it renews nothing.

    Allegro renews an offer under a new id and leaves the seller's mark on it. One that had been running before the
    other ended is no renewal: it is a second offer.
    """
    if not offer.status.is_live:
        return None
    same = ended.get(sku_key(offer.external_id), [])
    before = [
        link
        for link in same
        if not (link.ended_at and offer.started_at) or offer.started_at >= link.ended_at - _RENEWAL_SLACK
    ]
    if not before:
        return None
    if len({(link.store_id, link.units_per_offer) for link in before}) > 1:
        numbers = ", ".join(link.offer_id for link in before)
        return Ambiguous(
            offer,
            f"Its external id {offer.external_id!r} is that of ended offers that sell different goods ({numbers}).",
            tuple(dict.fromkeys((link.product_id, link.variation_id) for link in before)),
        )
    link = before[-1]
    same.remove(link)
    return PlannedLink(offer, link.product_id, link.variation_id, link.sku, renews=link)


_Finder = Callable[[OfferKeys], dict[int, Product]]


def _finders(products: Iterable[Product]) -> dict[MatchBy, _Finder]:
    by_sku: defaultdict[str, dict[int, Product]] = defaultdict(dict)
    by_gtin: defaultdict[str, dict[int, Product]] = defaultdict(dict)
    by_title: defaultdict[str, dict[int, Product]] = defaultdict(dict)
    for product in products:
        # The store keeps the SKU of a product in the bin, and nobody sells it.
        if product.status == "trash":
            continue
        for index, key in (
            (by_sku, sku_key(product.sku)),
            (by_gtin, gtin_key(product.gtin)),
            (by_title, title_key(product.name)),
        ):
            if key:
                index[key][product.id] = product
    return {
        MatchBy.EXTERNAL_ID: lambda offer: by_sku.get(sku_key(offer.external_id), {}),
        MatchBy.GTIN: lambda offer: {
            id_: product for gtin in offer.gtins for id_, product in by_gtin.get(gtin_key(gtin), {}).items()
        },
        MatchBy.TITLE: lambda offer: by_title.get(title_key(offer.title), {}),
    }


def _match(
    offer: OfferKeys, finders: dict[MatchBy, _Finder], by: Sequence[MatchBy]
) -> PlannedLink | Ambiguous | Unmatched:
    for way in by:
        found = list(finders[way](offer).values())
        if len(found) > 1:
            return Ambiguous(offer, f"{len(found)} products have {_named(way, offer)}.", tuple(map(_ids, found)))
        if found and not found[0].sellable:
            return Ambiguous(
                offer,
                f"A product with variations has {_named(way, offer)}, and the offer does not tell which one.",
                (_ids(found[0]),),
            )
        if found:
            return PlannedLink(offer, *_ids(found[0]), found[0].sku, by=way)
    tried = [_named(way, offer) for way in by if _value(way, offer)]
    return Unmatched(
        offer,
        f"No product in the store has {' or '.join(tried)}." if tried else "The offer has nothing to be found by.",
    )


def _ids(product: Product) -> tuple[int, int]:
    return (product.parent_id, product.id) if product.parent_id else (product.id, 0)


def _value(way: MatchBy, offer: OfferKeys) -> str:
    match way:
        case MatchBy.EXTERNAL_ID:
            return offer.external_id.strip()
        case MatchBy.GTIN:
            return ", ".join(offer.gtins)
        case MatchBy.TITLE:
            return offer.title.strip()


def _named(way: MatchBy, offer: OfferKeys) -> str:
    word = {MatchBy.EXTERNAL_ID: "the SKU", MatchBy.GTIN: "the GTIN", MatchBy.TITLE: "the title"}[way]
    return f"{word} {_value(way, offer)!r}"
