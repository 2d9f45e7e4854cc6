"""Tying offers to products: one by hand, or all that can be matched without a guess."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.db import accounts, offer_links, order_log, reservations
from app.db.engine import Database, Session
from app.domain.links import OfferLink
from app.domain.matching import LinkPlan, MatchBy, plan_links
from app.domain.offers import Offer
from app.domain.products import Product
from app.errors import BridgeError
from app.sync.lines import Lines

# A GTIN stands in the full offer only, which costs a call for each.
_GTINS_AT_MOST = 1000


class LinkRefused(BridgeError):
    """The offer cannot be tied to this product. `field` names what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class OffersUnknown(BridgeError):
    """Allegro did not tell all offers, so that nothing can be said about those that are missing."""


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
            made = offer_links.add(session, _as_shown(replace(wanted, sku=product.sku), offer), now=self.now())
            self._wake_orders(session, account_id, [made.offer_id])
        return made

    def match(self, account_id: int, by: Sequence[MatchBy], *, dry_run: bool) -> LinkPlan:
        """Link every offer whose product can be told for certain. Raises the errors of both channels."""
        with self.database.reading() as session:
            account = accounts.get(session, account_id)
            links = offer_links.of_account(session, account_id)
        allegro = self.lines.allegro(account)
        told = allegro.offers.read_all()
        if not told.complete:
            raise OffersUnknown("Allegro did not show all offers of this account. Try it again in a minute.")
        products = self.lines.store().products.read_all().found.values()
        plan = plan_links(told.found.values(), products, links, [way for way in by if way is not MatchBy.GTIN])
        if MatchBy.GTIN in by and plan.unmatched:
            gtins = {
                each.offer.id: allegro.offers.details(each.offer.id).gtins for each in plan.unmatched[:_GTINS_AT_MOST]
            }
            plan = plan_links(told.found.values(), products, links, by, gtins)
        if not dry_run:
            self._store(account_id, plan)
        return plan

    def _store(self, account_id: int, plan: LinkPlan) -> None:
        new = [
            _as_shown(
                OfferLink(
                    id=0,
                    account_id=account_id,
                    offer_id=each.offer.id,
                    product_id=each.product_id,
                    variation_id=each.variation_id,
                    sku=each.sku,
                ),
                each.offer,
            )
            for each in plan.linked
            if each.renews is None
        ]
        with self.database.transaction() as session:
            offer_links.add_all(session, new, now=self.now())
            for each in plan.linked:
                if each.renews is not None:
                    moved = each.renews.moved_to(each.offer.id, title=each.offer.title, status=each.offer.status)
                    offer_links.save(session, _as_shown(moved, each.offer), now=self.now(), was_read=True)
            self._wake_orders(session, account_id, [each.offer.id for each in plan.linked])

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

    def _wake_orders(self, session: Session, account_id: int, offer_ids: Sequence[str]) -> None:
        waiting = reservations.orders_waiting_for(session, account_id, offer_ids)
        order_log.make_due(session, account_id, waiting, found_by="", now=self.now())


def _as_shown(link: OfferLink, offer: Offer) -> OfferLink:
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
    )
