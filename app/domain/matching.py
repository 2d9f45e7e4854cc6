"""Finding, for offers that have no link yet, the product in the store whose pieces they sell.

By the seller's own mark on the offer (its external id, which is the SKU), then by GTIN, then by title. A tie is never
guessed, because a guess ships the wrong goods: it is reported, with those that tie. Nothing here ever takes a link
away, so that an answer of Allegro or the store with nothing in it does no harm.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.drafts import title_key
from app.domain.links import LIVE, OfferLink
from app.domain.offers import Offer, OfferStatus
from app.domain.products import Product


class MatchBy(StrEnum):
    EXTERNAL_ID = "external_id"
    GTIN = "gtin"
    TITLE = "title"


# Allegro's clock and the order in which it writes an end and a new start down are its own.
_RENEWAL_SLACK = timedelta(hours=1)


@dataclass(frozen=True)
class PlannedLink:
    """A link to be made; with `renews`, that link moves to the offer (`OfferLink.moved_to`) and `by` is None."""

    offer: Offer
    product_id: int
    variation_id: int
    sku: str
    by: MatchBy | None = None
    renews: OfferLink | None = None


@dataclass(frozen=True)
class Ambiguous:
    """An offer that a person must link. `candidates` are (product id, variation id or 0)."""

    offer: Offer
    reason: str
    candidates: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Unmatched:
    offer: Offer
    reason: str


@dataclass(frozen=True)
class LinkPlan:
    """What becomes of every offer that has no link; those that have one are not mentioned."""

    linked: tuple[PlannedLink, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()


def plan_links(
    offers: Iterable[Offer],
    products: Iterable[Product],
    links: Iterable[OfferLink],
    by: Sequence[MatchBy] = tuple(MatchBy),
    gtins: Mapping[str, Collection[str]] | None = None,
) -> LinkPlan:
    """Links for one account's offers. `links` are the account's own; `by` is what to match by, the first one first.
    `gtins` are those of the offers' catalogue products, by offer id.

    A key that finds several products, or one that has variations, ends the search: a weaker key is no proof against
    the doubt of a stronger one. Several offers may sell one product.
    """
    links = tuple(links)
    taken = {link.offer_id for link in links}
    renewed_as = {former: link.offer_id for link in links for former in link.former_offer_ids}
    index = _index(products)
    gtins = gtins or {}
    ended = _ended_links(links)
    linked: list[PlannedLink] = []
    ambiguous: list[Ambiguous] = []
    unmatched: list[Unmatched] = []
    for offer in sorted(offers, key=lambda offer: (len(offer.id), offer.id)):
        if offer.id in taken:
            continue
        taken.add(offer.id)
        if offer.id in renewed_as:
            unmatched.append(Unmatched(offer, f"It was renewed as offer {renewed_as[offer.id]}."))
            continue
        found = _renewal(offer, ended) or _match(offer, gtins.get(offer.id, ()), index, by)
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


def _renewal(offer: Offer, ended: dict[str, list[OfferLink]]) -> PlannedLink | Ambiguous | None:
    """The link that the offer continues, which is then used up; None if it renews nothing.

    Allegro renews an offer under a new id and leaves the seller's mark on it. One that had been running before the
    other ended is no renewal: it is a second offer.
    """
    if offer.status not in LIVE:
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


_KEYS: Mapping[MatchBy, tuple[Callable[[Product], str], Callable[[str], str]]] = {
    MatchBy.EXTERNAL_ID: (lambda product: product.sku, sku_key),
    MatchBy.GTIN: (lambda product: product.gtin, gtin_key),
    MatchBy.TITLE: (lambda product: product.name, title_key),
}
_WORDS = {MatchBy.EXTERNAL_ID: "the SKU", MatchBy.GTIN: "the GTIN", MatchBy.TITLE: "the title"}
_Index = Mapping[tuple[MatchBy, str], Mapping[int, Product]]


def _index(products: Iterable[Product]) -> _Index:
    index: defaultdict[tuple[MatchBy, str], dict[int, Product]] = defaultdict(dict)
    for product in products:
        # The store keeps the SKU of a product in the bin, and nobody sells it.
        if product.status == "trash":
            continue
        for way, (value_of, key_of) in _KEYS.items():
            if key := key_of(value_of(product)):
                index[way, key][product.id] = product
    return index


def _match(
    offer: Offer, gtins: Collection[str], index: _Index, by: Sequence[MatchBy]
) -> PlannedLink | Ambiguous | Unmatched:
    values = {MatchBy.EXTERNAL_ID: (offer.external_id,), MatchBy.GTIN: gtins, MatchBy.TITLE: (offer.title,)}
    tried: list[str] = []
    for way in by:
        _, key_of = _KEYS[way]
        found = {id_: one for value in values[way] for id_, one in index.get((way, key_of(value)), {}).items()}
        first = next(iter(found.values()), None)
        named = f"{_WORDS[way]} {', '.join(values[way])!r}"
        if len(found) > 1:
            return Ambiguous(offer, f"{len(found)} products have {named}.", tuple(map(_ids, found.values())))
        if first and not first.sellable:
            return Ambiguous(
                offer,
                f"A product with variations has {named}, and the offer does not tell which one.",
                (_ids(first),),
            )
        if first:
            return PlannedLink(offer, *_ids(first), first.sku, by=way)
        if any(value.strip() for value in values[way]):
            tried.append(named)
    return Unmatched(
        offer,
        f"No product in the store has {' or '.join(tried)}." if tried else "The offer has nothing to be found by.",
    )


def _ids(product: Product) -> tuple[int, int]:
    return (product.parent_id, product.id) if product.parent_id else (product.id, 0)
