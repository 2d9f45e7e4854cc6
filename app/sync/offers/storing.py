"""Giving products in the store the prices that their offers were changed to at Allegro."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.channels.errors import ChannelError
from app.channels.woocommerce.client import StoreClient
from app.db import agreements, held_prices, ledger, offer_links
from app.domain.held_prices import PriceSide
from app.domain.ledger import RESTS, Fate, LedgerEntry, Way
from app.domain.links import OfferLink
from app.domain.prices import PriceChange
from app.domain.products import PricesWritten, PriceWrite
from app.domain.runs import Result
from app.sync.context import JobContext
from app.sync.offers.price_notices import note_store_refused

_PRICES_PER_CALL = 100
# Of a link, what decides about its product's price and may be changed by somebody else at any time.
_DECISIVE = ("offer_id", "units_per_offer", "sync_price", "rule_id", "campaign")


@dataclass
class StorePrices:
    """Writes the prices of one run. `is_wanted` is asked before every call: a switch stops a run in the middle."""

    context: JobContext
    store: StoreClient
    is_wanted: Callable[[], bool]

    def give(self, changes: Sequence[PriceChange]) -> bool:
        """Write the prices of these changes; several of one product want the same. Returns whether any was written.

        What is lost on the way is found when the products are read again: the price is there, or is still to be given.
        """
        by_product: dict[int, list[PriceChange]] = {}
        for change in changes:
            by_product.setdefault(change.link.store_id, []).append(change)
        has_given = False
        for some in _parts(list(by_product.values())):
            if not self.is_wanted():
                break
            has_given = self._give([change for same in some for change in same]) or has_given
        return has_given

    def _give(self, changes: Sequence[PriceChange]) -> bool:
        context = self.context
        context.lease.ensure()
        with context.database.transaction() as session:
            context.lease.guard(session)
            links = offer_links.by_ids(session, [change.link.id for change in changes])
            # What the seller has chosen since has its turn in the next round.
            changes = [change for change in changes if _still_stands(change.link, links.get(change.link.id))]
            ids = ledger.intend(session, [self._entry(change) for change in changes])
        writes = {change.link.store_id: write for change in changes if (write := change.write) is not None}
        given = self._written(list(writes.values()))
        now = context.now()
        with context.database.transaction() as session:
            context.lease.guard(session)
            for change, entry_id in zip(changes, ids, strict=True):
                store_id = change.link.store_id
                if (why := given.refused.get(store_id)) is not None:
                    ledger.settle(session, [entry_id], Fate.FAILED, detail=why, now=now)
                    note_store_refused(session, change.link, str(writes[store_id].price), why, now=now)
                    continue
                # The store's answer shows what it has now.
                ledger.settle(session, [entry_id], Fate.ACCEPTED, now=now)
                ledger.confirm(session, [entry_id], now=now)
                agreements.store(session, {change.link.id: change.agreed})
                held_prices.carry_out(session, [change.link.id], PriceSide.STORE, change.after, now=now)
            refused = [change.link.id for change in changes if change.link.store_id in given.refused]
            offer_links.settle_due(session, refused, seen_at=now, again_at=now + RESTS)
            # The other offers of these products follow.
            offer_links.make_due(session, sorted(given.written), at=now)
        for change in changes:
            self._report(change, given.refused.get(change.link.store_id))
        return bool(given.written)

    def _written(self, writes: Sequence[PriceWrite]) -> PricesWritten:
        try:
            return self.store.products.set_prices(writes)
        except ChannelError as error:
            if not self.context.one_account.settings.sync_stock:
                raise
            # Stock must not rest for a store that takes no prices. What it did all the same is seen in the products.
            return PricesWritten(frozenset(), {write.store_id: str(error) for write in writes})

    def _entry(self, change: PriceChange) -> LedgerEntry:
        link, write = change.link, change.write
        if write is None:
            raise ValueError(f"offer {link.offer_id} gives the store no price")
        return LedgerEntry(
            id=0,
            account_id=link.account_id,
            link_id=link.id,
            offer_id=link.offer_id,
            created_at=self.context.now(),
            what="price in the store",
            before=str(change.before or ""),
            quantity=None,
            price=change.after,
            publication=None,
            reason=f"{change.reason} {_words(write)}",
            is_correction=False,
            way=Way.STORE,
            command_id="",
            price_before=change.before.amount if change.before else None,
        )

    def _report(self, change: PriceChange, refused: str | None) -> None:
        self.context.report.add(
            f"product {change.link.store_id}",
            before=str(change.before or ""),
            after=str(change.after),
            why=change.reason if refused is None else f"{change.reason} {refused}",
            result=Result.DONE if refused is None else Result.FAILED,
        )


def _still_stands(decided_on: OfferLink, link: OfferLink | None) -> bool:
    return link is not None and all(getattr(link, name) == getattr(decided_on, name) for name in _DECISIVE)


def _words(write: PriceWrite) -> str:
    return f"The product's {write.field} price becomes {write.price}, as prices are entered in the store."


def _parts(products: list[list[PriceChange]]) -> Iterator[list[list[PriceChange]]]:
    for start in range(0, len(products), _PRICES_PER_CALL):
        yield products[start : start + _PRICES_PER_CALL]
