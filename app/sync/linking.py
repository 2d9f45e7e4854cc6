"""Tying an offer to a product by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.db import accounts, offer_links, order_log, reservations
from app.db.engine import Database, Session
from app.domain.links import OfferLink
from app.domain.offers import Offer
from app.domain.products import Product
from app.errors import BridgeError
from app.sync.lines import Lines


class LinkRefused(BridgeError):
    """The offer cannot be tied to this product. `field` names what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass
class Linker:
    """Makes links. Orders that wait for the product of an offer are looked at again when it gets its link."""

    database: Database
    lines: Lines
    now: Callable[[], datetime]

    def link(self, account_id: int, wanted: OfferLink) -> OfferLink:
        """Tie the offer to the product. Raises `LinkRefused`, `OfferLinked` and the errors of both channels."""
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
        product = self._product(wanted)
        offer = self._offer(
            self.lines.allegro(account).offers.page(offer_ids=[wanted.offer_id]).offers, wanted.offer_id
        )
        with self.database.transaction() as session:
            # What the list shows may be hours old; the offer itself is asked before it counts.
            doubted = replace(as_shown(wanted, offer), sku=product.sku, doubted_at=self.now())
            made = offer_links.add(session, doubted, now=self.now())
            wake_orders(session, account_id, [made.offer_id], now=self.now())
        return made

    def _product(self, wanted: OfferLink) -> Product:
        told = self.lines.store().products.by_ids(
            [] if wanted.variation_id else [wanted.product_id],
            [(wanted.product_id, wanted.variation_id)] if wanted.variation_id else [],
        )
        field = "variation_id" if wanted.variation_id else "product_id"
        product = told.found.get(wanted.store_id)
        if product is None:
            why = told.unknown.get(wanted.store_id, "the store has no such product")
            raise LinkRefused(field, f"cannot be used: {why}")
        if product.status == "trash":
            raise LinkRefused(field, "is in the store's bin")
        if not product.sellable:
            raise LinkRefused("variation_id", "must say which one: this product has variations, or is not sold itself")
        return product

    def _offer(self, found: Sequence[Offer], offer_id: str) -> Offer:
        offer = next((offer for offer in found if offer.id == offer_id), None)
        if offer is None:
            raise LinkRefused("offer_id", "is no offer of this account, or is archived")
        return offer


def wake_orders(session: Session, account_id: int, offer_ids: Sequence[str], *, now: datetime) -> None:
    """Have the orders looked at again that wait for what these offers sell."""
    waiting = reservations.orders_waiting_for(session, account_id, offer_ids)
    order_log.make_due(session, account_id, waiting, found_by="", now=now)


def as_shown(link: OfferLink, offer: Offer) -> OfferLink:
    """The link with what Allegro shows of its offer."""
    return replace(
        link,
        title=offer.title,
        external_id=offer.external_id,
        format=offer.format,
        offer_status=offer.status,
        listed_quantity=offer.quantity,
        listed_price=offer.price,
        ended_at=offer.ended_at,
        bidders=offer.bidders,
        fulfilled_by_allegro=offer.fulfilled_by_allegro,
        marketplace=offer.marketplace,
        rule_id=offer.rule_id,
    )
