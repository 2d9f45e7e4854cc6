"""Finding, for offers that have no link yet, the product in the store whose pieces they sell.

By the seller's own mark on the offer (its external id, which is the SKU), then by GTIN, then by title. A tie is never
guessed, because a guess ships the wrong goods: it is reported, with those that tie. Nothing here ever takes a link
away, so that an answer of Allegro or the store with nothing in it does no harm. But a list with gaps would hide ties:
plan with whole ones only.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import chain, islice

from app.domain.drafts import title_key
from app.domain.links import LIVE, OfferLink
from app.domain.offers import Offer, OfferDetails, OfferStatus
from app.domain.products import Product


class MatchBy(StrEnum):
    EXTERNAL_ID = "external_id"
    GTIN = "gtin"
    TITLE = "title"


# Allegro's clock and the order in which it writes an end and a new start down are its own.
_RENEWAL_SLACK = timedelta(hours=1)
_CANDIDATES_AT_MOST = 100


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
    """An offer that a person must link. `candidates` are (product id, variation id or 0), the first hundred."""

    offer: Offer
    reason: str
    candidates: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Unmatched:
    """`lacks_details`: what becomes of the offer depends on its GTINs, which were not given."""

    offer: Offer
    reason: str
    lacks_details: bool = False


@dataclass(frozen=True)
class LinkPlan:
    """What becomes of every offer that has no link; those that have one are not mentioned."""

    linked: tuple[PlannedLink, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()


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


_KEYS: Mapping[MatchBy, tuple[Callable[[Product], str], Callable[[str], str]]] = {
    MatchBy.EXTERNAL_ID: (lambda product: product.sku, sku_key),
    MatchBy.GTIN: (lambda product: product.gtin, gtin_key),
    MatchBy.TITLE: (lambda product: product.name, title_key),
}
_WORDS = {MatchBy.EXTERNAL_ID: "the SKU", MatchBy.GTIN: "the GTIN", MatchBy.TITLE: "the title"}


class Catalogue:
    """The store's products by what offers are matched by. Those that nobody can buy, being in the bin, are left out."""

    def __init__(self, products: Iterable[Product]) -> None:
        by_id = {product.id: product for product in products}
        self._index: dict[tuple[MatchBy, str], list[Product]] = {}
        for product in by_id.values():
            # The store lists the variations of a product that is in the bin, but not the product.
            if product.status == "trash" or (product.parent_id and product.parent_id not in by_id):
                continue
            for way, (value_of, key_of) in _KEYS.items():
                if key := key_of(value_of(product)):
                    self._index.setdefault((way, key), []).append(product)
        self._ways = {way for way, _ in self._index}

    def has_any(self, way: MatchBy) -> bool:
        """Whether some product can be found this way."""
        return way in self._ways

    def having(self, way: MatchBy, values: Iterable[str]) -> tuple[int, list[Product]]:
        """How many products have one of these values, and the first of them."""
        key_of = _KEYS[way][1]
        # A product has one value of a kind, so that no product is found by two keys.
        found = [self._index.get((way, key), []) for key in dict.fromkeys(map(key_of, values))]
        return sum(map(len, found)), list(islice(chain.from_iterable(found), _CANDIDATES_AT_MOST))


def plan_links(
    offers: Iterable[Offer],
    catalogue: Catalogue,
    links: Iterable[OfferLink],
    by: Sequence[MatchBy] = tuple(MatchBy),
    details: Mapping[str, OfferDetails] | None = None,
) -> LinkPlan:
    """Links for one account's offers. `links` are the account's own; `by` is what to match by, the first one first.
    `details` are those of the offers by their id, as far as they are known.

    A key that finds several products, or one that has variations, ends the search: a weaker key is no proof against
    the doubt of a stronger one. So does a GTIN that is not known. Several offers may sell one product.
    """
    links = tuple(links)
    taken = {link.offer_id for link in links}
    renewed_as = {former: link.offer_id for link in links for former in link.former_offer_ids}
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
        found = _renewal(offer, ended) or _match(offer, (details or {}).get(offer.id), catalogue, by)
        match found:
            case PlannedLink():
                linked.append(found)
            case Ambiguous():
                ambiguous.append(found)
            case Unmatched():
                unmatched.append(found)
    return LinkPlan(tuple(linked), tuple(ambiguous), tuple(unmatched))


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


def _match(
    offer: Offer, details: OfferDetails | None, catalogue: Catalogue, by: Sequence[MatchBy]
) -> PlannedLink | Ambiguous | Unmatched:
    gtins = details.gtins if details else ()
    values = {MatchBy.EXTERNAL_ID: (offer.external_id,), MatchBy.GTIN: gtins, MatchBy.TITLE: (offer.title,)}
    tried: list[str] = []
    for way in by:
        if way is MatchBy.GTIN and details is None and catalogue.has_any(way):
            return Unmatched(offer, "Its GTIN is not known.", lacks_details=True)
        count, found = catalogue.having(way, values[way])
        first = next(iter(found), None)
        named = f"{_WORDS[way]} {', '.join(values[way])!r}"
        if count > 1:
            return Ambiguous(offer, f"{count} products have {named}.", tuple(map(_ids, found)))
        if first and way is MatchBy.GTIN and details and details.is_set:
            return Ambiguous(
                offer, f"It is a set, and what is in it has {named}: link it by hand, with its pieces.", (_ids(first),)
            )
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
