"""What the stock job decides on: the offers that have their turn, their products, and the pieces sold already."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.channels.allegro.client import AllegroClient
from app.channels.errors import Misconfigured, Unavailable
from app.channels.woocommerce.client import StoreClient
from app.db import ledger, offer_links, reservations
from app.db.engine import Session
from app.domain.ledger import LedgerEntry, is_about_price_alone
from app.domain.links import OfferLink, reserved_pieces
from app.domain.prices import why_price_left_alone
from app.domain.products import ProductsRead, StockSettings
from app.domain.reservations import Reservation
from app.domain.runs import AskedBy, Result
from app.domain.stock import StockRules, stock_rules, why_left_alone
from app.domain.store import StoreTaxes
from app.sync.context import JobContext
from app.sync.journal import drain_journal
from app.sync.known_taxes import KnownTaxes
from app.sync.offers.reading import MOST_READ, read_again, read_exactly
from app.sync.offers.settling import Settler, look_again

# The store's threshold changes once a year.
_SETTINGS_KEPT = timedelta(minutes=5)
_SOON, _LATER = timedelta(seconds=5), timedelta(minutes=10)


@dataclass
class KnownStockSettings:
    """How the store counts, remembered from run to run for a few minutes."""

    told: StockSettings | None = None
    read_at: datetime | None = None

    def read(self, store: StoreClient, now: datetime, *, fresh: bool) -> StockSettings:
        if (
            fresh
            or self.told is None
            or self.read_at is None
            or not timedelta(0) <= now - self.read_at < _SETTINGS_KEPT
        ):
            self.told, self.read_at = store.products.stock_settings(), now
        return self.told


@dataclass(frozen=True)
class Looked:
    """All that a plan needs. `links` are those to decide on, `waiting` those of which a change is still under way.

    `reserved` are pieces by pool; `linked` counts all links of the account that take part. `rules` is None where the
    account keeps no stock in step, `taxes` where it keeps no prices. `unpriced` are ids of links of which nothing but a
    price is under way: their stock is decided on, and their price is not.
    """

    seen_at: datetime
    links: tuple[OfferLink, ...]
    waiting: tuple[OfferLink, ...]
    products: ProductsRead
    reserved: Mapping[int, int]
    rules: StockRules | None
    taxes: StoreTaxes | None
    linked: int
    unpriced: frozenset[int] = frozenset()

    @property
    def priced(self) -> tuple[OfferLink, ...]:
        """The links whose price is decided on."""
        return tuple(link for link in self.links if link.id not in self.unpriced)


@dataclass
class Looker:
    """Reads for one run. Both sides are asked for what is needed and nothing else."""

    context: JobContext
    allegro: AllegroClient
    store: StoreClient
    settler: Settler
    settings: KnownStockSettings
    taxes: KnownTaxes
    held: dict[str, tuple[int, Reservation]] = field(default_factory=dict)

    def look(self, *, everything: bool) -> Looked:
        """Look at all links of the account, or at those that are due.

        The pieces bought at Allegro are noted before the store is read and once more after: one that leaves the ledger
        in between may or may not be in the stock that was read, and counts, for a piece too few does less harm.
        """
        context = self.context
        seen_at = context.now()
        with context.database.reading() as session:
            if everything:
                links = list(offer_links.of_account(session, context.one_account.id))
                if context.asked_by is not AskedBy.HAND:
                    # What was just sent, or refused, has its time; who asks by hand wants to know now.
                    resting = offer_links.resting(session, context.one_account.id, now=seen_at)
                    links = [link for link in links if link.id not in resting]
            else:
                due = offer_links.due(session, context.one_account.id, now=seen_at)
                links = list(offer_links.by_ids(session, due).values())
            linked = offer_links.count_synced(session, context.one_account.id)
            in_flight, _ = self._under_way(session)
            self._note_held(session)
        links = self._reread(links, in_flight, seen_at)
        chosen, rules, taxes = context.one_account.settings, None, None
        if chosen.sync_stock:
            rules = stock_rules(chosen, self.settings.read(self.store, seen_at, fresh=everything))
        if chosen.sync_prices:
            taxes = self._taxes(seen_at, fresh=everything)
        deciding = [link for link in links if link.id not in in_flight]
        products = self._products(deciding, rules)
        if not context.dry_run:
            drain_journal(context, self.allegro)
        with context.database.reading() as session:
            self._note_held(session)
            sold_by = self._held_links(session)
            current = offer_links.by_ids(session, [link.id for link in deciding])
            in_flight, prices = self._under_way(session)
        now = context.now()
        # A sale that the journal told of just now has changed what the link shows, or cast a doubt on it.
        fresh = [current[link.id] for link in deciding if link.id in current] if not context.dry_run else deciding
        doubted = {link.id for link in fresh if link.doubted_at is not None and link.doubted_at >= seen_at}
        waiting = [link for link in links if link.id in in_flight]
        self._come_back(waiting, in_flight, now)
        return Looked(
            seen_at=seen_at,
            links=tuple(link for link in fresh if link.id not in doubted and link.id not in in_flight),
            waiting=tuple(waiting),
            products=products,
            reserved=reserved_pieces(self.held.values(), sold_by, products.found),
            rules=rules,
            taxes=taxes,
            linked=linked,
            unpriced=frozenset(prices),
        )

    def _under_way(self, session: Session) -> tuple[dict[int, LedgerEntry], dict[int, LedgerEntry]]:
        """What is not settled, by link: what the whole link waits for, and prices that keep no stock waiting."""
        keeps_stock = self.context.one_account.settings.sync_stock
        whole: dict[int, LedgerEntry] = {}
        prices: dict[int, LedgerEntry] = {}
        for entry in ledger.unsettled(session, self.context.one_account.id):
            (prices if keeps_stock and is_about_price_alone(entry) else whole)[entry.link_id] = entry
        return whole, prices

    def look_for_bids(self, looked: Looked, auctions: Sequence[OfferLink]) -> Looked:
        """The same with the bids that these auctions have by now: what ends with a bid is sold for good."""
        # One that the list does not show, or that cannot be read, may have bids.
        unknown = {link.id: replace(link, bidders=None) for link in auctions}
        read = read_exactly(self.context, self.allegro, list(unknown.values()))
        now_are = unknown | {link_id: each.link for link_id, each in read.items()}
        return replace(looked, links=tuple(now_are.get(link.id, link) for link in looked.links))

    def _reread(
        self, links: list[OfferLink], in_flight: Mapping[int, LedgerEntry], seen_at: datetime
    ) -> list[OfferLink]:
        """The links with what their offers show now, where what is stored may be wrong."""
        chosen = self.context.one_account.settings
        doubted = [
            link
            for link in links
            if link.doubted_at is not None
            and ((link.sync_stock and chosen.sync_stock) or (link.sync_price and chosen.sync_prices))
            # It may show at any moment what is still under way.
            and link.id not in in_flight
        ]
        if not doubted:
            return links
        known = read_again(self.context, self.allegro, doubted)
        if not self.context.dry_run:
            known = self._stored(known)
            self.settler.confirm(known.values())
        still = {link.id for link in doubted} - known.keys()
        self._put_off(still, seen_at, is_next=len(doubted) > MOST_READ)
        return [known.get(link.id, link) for link in links if link.id not in still]

    def _put_off(self, link_ids: Collection[int], seen_at: datetime, *, is_next: bool) -> None:
        """Offers that could not be read: `is_next` those for which there was no room, else something is wrong.

        One about which something has become known since `seen_at` keeps its turn.
        """
        if not link_ids or self.context.dry_run:
            return
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            again_at = now + (_SOON if is_next else _LATER)
            offer_links.settle_due(session, link_ids, seen_at=seen_at, again_at=again_at)

    def _stored(self, known: Mapping[int, OfferLink]) -> dict[int, OfferLink]:
        """Those that no sale and no other run has overtaken while they were read."""
        now = self.context.now()
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            return {
                link_id: link
                for link_id, link in known.items()
                if offer_links.note_read(session, link, now=now, due=False)
            }

    def _taxes(self, now: datetime, *, fresh: bool) -> StoreTaxes | None:
        try:
            return self.taxes.of(self.store, now, fresh=fresh)
        except (Misconfigured, Unavailable) as error:
            if not self.context.one_account.settings.sync_stock:
                raise
            # That no price can be computed must not keep back what is sold out.
            self.context.report.add("prices", why=str(error), result=Result.FAILED)
            return None

    def _products(self, links: Iterable[OfferLink], rules: StockRules | None) -> ProductsRead:
        """The products of these links as far as stock or price matters, and those that share their stock."""
        now, has_prices = self.context.now(), self.context.one_account.settings.sync_prices
        wanted = [
            link
            for link in links
            if (rules is not None and not why_left_alone(link, rules, now))
            or (has_prices and not why_price_left_alone(link))
        ]
        if rules is not None:
            product_ids = {link.product_id for link in wanted}
            with self.context.database.reading() as session:
                # A variation may sell its parent's stock: what is bought of its siblings counts for it.
                wanted += [link for link in self._held_links(session) if link.product_id in product_ids]
        if not wanted:
            return ProductsRead({})
        self.context.report.seen += len({link.store_id for link in wanted})
        return self.store.products.by_ids(
            {link.product_id for link in wanted if not link.variation_id},
            {(link.product_id, link.variation_id) for link in wanted if link.variation_id},
            rules.location_keys if rules is not None else (),
        )

    def _note_held(self, session: Session) -> None:
        for account_id, line in reservations.open_lines(session):
            self.held[f"{account_id}/{line.line_id}"] = (account_id, line)

    def _held_links(self, session: Session) -> list[OfferLink]:
        """The links, of all accounts, through which the pieces that are held back were sold."""
        offers: dict[int, set[str]] = {}
        for account_id, line in self.held.values():
            offers.setdefault(account_id, set()).add(line.offer_id)
        found = [offer_links.of_offers(session, account_id, ids) for account_id, ids in offers.items()]
        return list({link.id: link for links in found for link in links.values()}.values())

    def _come_back(self, waiting: Iterable[OfferLink], in_flight: Mapping[int, LedgerEntry], now: datetime) -> None:
        if self.context.dry_run:
            return
        with self.context.database.transaction() as session:
            self.context.lease.guard(session)
            look_again(session, [in_flight[link.id] for link in waiting], now=now)
