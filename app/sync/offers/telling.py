"""What the offers of one round are told: stock and price of an offer together, each with its reason."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.domain.links import OfferLink
from app.domain.offers import Publication
from app.domain.prices import PriceChange, PriceSkipped
from app.domain.sending import OfferChange
from app.domain.stock import StockAction, StockChange, offer_changes


@dataclass(frozen=True)
class Words:
    """One part of what an offer is told, in words for the ledger. `is_correction`: somebody else has changed it."""

    what: str
    before: str
    reason: str
    is_correction: bool = False


@dataclass(frozen=True)
class Told:
    """What an offer is told and why; None for the part that it is not told.

    `price_before` is the price that it showed. `lacks_stock`: an ending is for lack of stock, and the offer may
    come back with it.
    """

    link: OfferLink
    change: OfferChange
    stock: Words | None
    price: Words | None
    price_before: Decimal | None = None
    lacks_stock: bool = True

    def words_of(self, said: OfferChange) -> Words:
        """About what `said`, the change or a part of it, says."""
        is_about_stock = said.quantity is not None or said.publication is not None
        parts = [self.stock if is_about_stock else None, self.price if said.price is not None else None]
        told = [part for part in parts if part is not None]
        return Words(
            what=" and ".join(part.what for part in told),
            before=", ".join(part.before for part in told),
            reason=" ".join(part.reason for part in told),
            is_correction=any(part.is_correction for part in told),
        )


def tell(
    changes: Collection[StockChange],
    prices: Collection[PriceChange] = (),
    unsafe: Collection[PriceSkipped] = (),
    *,
    duration: str | None = None,
) -> list[Told]:
    """What to tell the offers of these changes. `unsafe` are ended whatever else there is to say to them; one that has
    ended is not activated without its new price.

    A price is left out of an offer that has ended and is not activated again. `duration` is as in `offer_changes`.
    """
    ending = {each.link.offer_id: each for each in unsafe if each.link.is_live}
    barred = {each.link.offer_id for each in unsafe} - {each.link.offer_id for each in prices}
    stock = {each.link.offer_id: each for each in changes if each.link.offer_id not in ending.keys() | barred}
    price = {
        each.link.offer_id: each
        for each in prices
        if each.link.offer_id not in ending and (each.link.is_live or each.link.offer_id in stock)
    }
    wanted = {offer_id: each.after for offer_id, each in price.items()}
    told = [_of(said, stock, price) for said in offer_changes(list(stock.values()), wanted, duration=duration)]
    return told + [_ending(each) for each in ending.values()]


def _of(said: OfferChange, stock: Mapping[str, StockChange], price: Mapping[str, PriceChange]) -> Told:
    about_stock, about_price = stock.get(said.offer_id), price.get(said.offer_id)
    if said.price is None or about_price is None:
        if about_stock is None:
            raise ValueError(f"nobody wants to change offer {said.offer_id}")
        return Told(about_stock.link, said, _about_stock(about_stock), None)
    link, before = about_price.link, about_price.before
    words = Words("price", str(before or "unknown"), about_price.reason, about_price.is_correction)
    shown = _about_stock(about_stock) if about_stock is not None else None
    return Told(link, said, shown, words, before.amount if before else None)


def _about_stock(change: StockChange) -> Words:
    link = change.link
    shown = "unknown" if change.before is None else str(change.before)
    return Words(_WORDS[change.action], shown if link.is_live else "ended", change.reason, link.foreign_at is not None)


def _ending(unsafe: PriceSkipped) -> Told:
    said = OfferChange(unsafe.link.offer_id, publication=Publication.END)
    words = Words("ended for its price", str(unsafe.link.listed_price), unsafe.reason)
    return Told(unsafe.link, said, words, None, lacks_stock=False)


_WORDS = {
    StockAction.SET: "quantity",
    StockAction.REDUCE: "reduced to one",
    StockAction.END: "ended",
    StockAction.RESUME: "activated again",
}
