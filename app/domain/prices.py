"""Which prices are out of step, whose counts, and what must not go without a person's word.

What both sides agreed on last tells which of them has moved since. A price is gross at Allegro and as the store's
settings say in the store; what the way there and back loses by rounding is no change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from app.domain.held_prices import HeldPrice, HeldState, PriceSide
from app.domain.links import Agreement, OfferLink
from app.domain.money import Money
from app.domain.offers import OfferFormat, OfferStatus
from app.domain.price_guards import is_below, is_jump, why_not_given, why_out_of_bounds
from app.domain.products import PriceField, PriceWrite, Product, ProductsRead
from app.domain.settings import PriceWinner, Settings
from app.domain.store import StoreTaxes
from app.domain.store_prices import InForce, entered_price, in_force, next_change, offer_price

# The tax class of a variation whose parent could not be read.
_UNREAD_CLASS = "parent"


@dataclass(frozen=True)
class PriceRules:
    """What the account has chosen (its settings of the same names), and how the store taxes."""

    taxes: StoreTaxes
    push: bool = False
    pull: bool = False
    winner: PriceWinner = PriceWinner.STORE
    max_change_percent: int = 50
    floor: Money | None = None
    ceiling: Money | None = None


def price_rules(settings: Settings, taxes: StoreTaxes) -> PriceRules:
    return PriceRules(
        taxes=taxes,
        push=settings.push_prices,
        pull=settings.pull_prices,
        winner=settings.price_conflict_winner,
        max_change_percent=settings.guard_max_price_change_percent,
        floor=settings.price_floor,
        ceiling=settings.price_ceiling,
    )


@dataclass(frozen=True)
class LastSaid:
    """The last price that an offer was told. `before` is what it showed then, None where that was not known.

    `refused`: why Allegro did not take it, "" where it did; then it is not said again before `again_at`. `lost`: it has
    not reported on it. `seen`: the offer has shown it.
    """

    price: Money
    before: Decimal | None
    seen: bool = False
    lost: bool = False
    refused: str = ""
    again_at: datetime | None = None


@dataclass(frozen=True)
class PriceChange:
    """One price to change: the offer's, or with `write` the product's. `before` and `after` are the offer's gross.

    `agreed` is what both sides have in common once it is done. `is_correction`: the offer shows what neither we nor
    the store has brought about, or has not done what it was told.
    """

    link: OfferLink
    side: PriceSide
    before: Money | None
    after: Money
    reason: str
    agreed: Agreement
    write: PriceWrite | None = None
    is_correction: bool = False


@dataclass(frozen=True)
class PriceSkipped:
    link: OfferLink
    reason: str


@dataclass(frozen=True)
class PricePlan:
    """What to do. An offer that is in step with its product is not mentioned.

    `changes` may go. `held` wait for a person, or were released and rest because Allegro refused them. `agreed` are
    agreements to store, by link, None for one to forget. `unsafe` are offers that go on selling below the account's
    floor, or would when they are activated, because Allegro refused their new price, each with the reason to end it.
    `turns` say when each product's price next changes by itself, by link; all links are in it of which enough is known
    to decide.
    """

    changes: tuple[PriceChange, ...] = ()
    held: tuple[HeldPrice, ...] = ()
    skipped: tuple[PriceSkipped, ...] = ()
    agreed: Mapping[int, Agreement | None] = field(default_factory=dict)
    unsafe: tuple[PriceSkipped, ...] = ()
    turns: Mapping[int, datetime | None] = field(default_factory=dict)


@dataclass(frozen=True)
class PriceState:
    """What is known besides offers and products, by link: what was said last, and the held prices that are open.

    `resuming` are the links of ended offers that are about to be activated again.
    """

    said: Mapping[int, LastSaid] = field(default_factory=dict)
    held: Mapping[int, HeldPrice] = field(default_factory=dict)
    resuming: frozenset[int] = frozenset()


def why_price_left_alone(link: OfferLink, resuming: Iterable[int] = ()) -> str:
    """Why the offer's price is left as it is whatever its product's, so that nobody needs to read that; else ""."""
    if not link.sync_price:
        return "Price sync is switched off for this offer."
    if link.format is not OfferFormat.BUY_NOW:
        kind = "Auctions take" if link.format is OfferFormat.AUCTION else "An offer of its kind takes"
        return f"{kind} no part in price sync."
    if not link.is_live and link.id not in resuming:
        is_ended = link.offer_status is OfferStatus.ENDED
        return (
            "The offer has ended; it gets its price when it is activated again." if is_ended else "It is not for sale."
        )
    if link.rule_id:
        return f"A pricing rule at Allegro ({link.rule_id}) sets the price: remove it there to have the price synced."
    if link.campaign:
        return f"The offer is in the campaign “{link.campaign}”: its price is synced again when that is over."
    return ""


def plan_prices(
    links: Iterable[OfferLink], read: ProductsRead, rules: PriceRules, state: PriceState, now: datetime
) -> PricePlan:
    """The changes for one account's links."""
    decided = [(link, _Decision(link, read, rules, state, now)) for link in links]
    found: list[PriceChange | HeldPrice | PriceSkipped] = []
    agreed: dict[int, Agreement | None] = {}
    turns: dict[int, datetime | None] = {}
    for link, decision in decided:
        if (one := decision.decide()) is not None:
            found.append(one)
        if decision.agreed is not None and decision.agreed != link.agreed:
            agreed[link.id] = decision.agreed
        elif link.rule_id and link.agreed is not None:
            # What price a rule leaves behind is nobody's choice: afterwards both sides meet as for the first time.
            agreed[link.id] = None
        if decision.product is not None:
            turns[link.id] = next_change(decision.product.prices, now)
    changes, torn = _one_price_for_each([each for each in found if isinstance(each, PriceChange)])
    skipped = [each for each in found if isinstance(each, PriceSkipped)] + torn
    return PricePlan(
        changes=tuple(changes),
        held=tuple(each for each in found if isinstance(each, HeldPrice)),
        skipped=tuple(skipped),
        agreed=agreed,
        unsafe=tuple(each for link, decision in decided if (each := decision.unsafe()) is not None),
        turns=turns,
    )


def _one_price_for_each(changes: list[PriceChange]) -> tuple[list[PriceChange], list[PriceSkipped]]:
    """The changes without those that would give one product several prices: between them nothing is guessed.

    The other offers of a product that is given a price follow once it has it; where none is, the store's own counts.
    """
    prices: dict[int, set[tuple[PriceField, Decimal]]] = {}
    for change in changes:
        if change.write is not None:
            prices.setdefault(change.link.store_id, set()).add((change.write.field, change.write.price))
    good, torn = [], []
    for change in changes:
        given = prices.get(change.link.store_id, set())
        if change.write is None:
            if len(given) != 1:
                good.append(change)
        elif len(given) > 1:
            why = (
                f"The price was changed to {change.after} at Allegro, and that of another offer of this product to "
                "something else: give both the same price, or switch price sync of one of them off."
            )
            torn.append(PriceSkipped(change.link, why))
        else:
            good.append(change)
    return good, torn


@dataclass
class _Decision:
    """One link's turn."""

    link: OfferLink
    read: ProductsRead
    rules: PriceRules
    state: PriceState
    now: datetime
    agreed: Agreement | None = None
    product: Product | None = None
    asked: Money | None = None

    def decide(self) -> PriceChange | HeldPrice | PriceSkipped | None:
        """The change, or why there is none; None: both are in step."""
        link, taxes = self.link, self.rules.taxes
        if why := why_price_left_alone(link, self.state.resuming):
            return PriceSkipped(link, why)
        product = self.read.found.get(link.store_id)
        if product is None:
            return PriceSkipped(link, _about_missing(link.store_id, self.read))
        if product.tax_class == _UNREAD_CLASS and product.taxable:
            return PriceSkipped(link, "The tax class of the product is its parent's, which could not be read.")
        if (shown := link.listed_price) is None:
            return PriceSkipped(link, "It is not known what the offer costs.")
        if not taxes.currency:
            return PriceSkipped(link, "The store does not tell the currency of its prices.")
        self.product = product
        if not product.sellable:
            return PriceSkipped(link, "The product has variations, each with a price: link the offer to one of them.")
        if taxes.currency != shown.currency:
            why = (
                f"The store's prices are in {taxes.currency} and the offer's in {shown.currency}: no price is invented."
            )
            # The store's currency was another one before, or the offer's.
            return self._hold(PriceSide.OFFER, shown, None, why) if link.agreed else PriceSkipped(link, why)
        price = in_force(product.prices, self.now)
        if price is None or price.price <= 0:
            what = "no price that can be read" if price is None else f"the price {price.price}"
            return self._hold(
                PriceSide.OFFER,
                shown,
                None,
                f"The product has {what} in the store: give it one, and the offer follows.",
            )
        self.asked = asked = offer_price(product, price.price, link.units_per_offer, taxes, shown.currency)
        if asked.amount <= 0:
            why = f"The product's price in the store ({price.price}) comes to nothing at Allegro: raise it there."
            return self._hold(PriceSide.OFFER, shown, None, why)
        return self._compare(product, price, asked, shown)

    def unsafe(self) -> PriceSkipped | None:
        """Whether the offer sells below the floor because Allegro does not take its new price, and why that is."""
        said, shown, floor = self.state.said.get(self.link.id), self.link.listed_price, self.rules.floor
        if said is None or not said.refused or said.price != self.asked or not self.rules.push:
            return None
        if shown is None or not is_below(shown, floor):
            return None
        sells = "It sells" if self.link.is_live else "It would sell"
        return PriceSkipped(
            self.link,
            f"{sells} at {shown}, below the floor of {floor}, and Allegro refused {said.price}: {said.refused}",
        )

    def _compare(
        self, product: Product, price: InForce, asked: Money, shown: Money
    ) -> PriceChange | HeldPrice | PriceSkipped | None:
        link, rules, known = self.link, self.rules, self.link.agreed
        wanted = entered_price(product, shown, link.units_per_offer, rules.taxes)
        comes_to = offer_price(product, wanted, link.units_per_offer, rules.taxes, shown.currency)
        # What the store would ask for no otherwise is in step, whatever is lost on the way there.
        if asked == shown or (rules.pull and asked == comes_to):
            self.agreed = Agreement(shown, asked)
            return None
        not_done, is_ours = self._is_not_done(known, shown), self._is_ours(known, shown)
        store_moved = known is None or known.store != asked or not_done or is_ours
        offer_moved = not is_ours and (known is None or (known.offer != shown and not not_done))
        if not store_moved and not offer_moved:
            return None
        if self._goes_to_store(store_moved=store_moved, offer_moved=offer_moved):
            return self._pull(product, price, wanted, asked, shown)
        if not rules.push:
            return PriceSkipped(link, f"The store asks for {asked}; prices do not go to Allegro (push_prices is off).")
        why = "" if store_moved else f"The offer was changed to {shown} at Allegro. "
        if not_done:
            why = f"The offer was told another price and still shows {shown}. "
        return self._push(asked, shown, f"{why}The store asks for {asked}.", is_correction=bool(why))

    def _is_not_done(self, known: Agreement | None, shown: Money) -> bool:
        """Whether Allegro has not carried out what it took: the offer shows what it did before.

        What was said before the two sides agreed on something else tells nothing any more.
        """
        said = self.state.said.get(self.link.id)
        if said is None or said.seen or said.refused or said.before != shown.amount:
            return False
        return known is not None and known.offer == said.price

    def _is_ours(self, known: Agreement | None, shown: Money) -> bool:
        """Whether the offer shows what it was told last, although Allegro has refused that or never reported on it."""
        said = self.state.said.get(self.link.id)
        if said is None or said.price != shown or not (said.lost or said.refused):
            return False
        return known is None or said.before is None or known.offer.amount == said.before

    def _goes_to_store(self, *, store_moved: bool, offer_moved: bool) -> bool:
        if not self.rules.pull or not offer_moved:
            return False
        return not store_moved or not self.rules.push or self.rules.winner is PriceWinner.ALLEGRO

    def _push(
        self, asked: Money, shown: Money, why: str, *, is_correction: bool
    ) -> PriceChange | HeldPrice | PriceSkipped:
        agreed = Agreement(asked, asked)
        change = self._guarded(
            PriceChange(self.link, PriceSide.OFFER, shown, asked, why, agreed, is_correction=is_correction)
        )
        said, held = self.state.said.get(self.link.id), self.state.held.get(self.link.id)
        if isinstance(change, HeldPrice) or said is None or not said.refused or said.price != asked:
            return change
        if said.again_at is None or self.now >= said.again_at:
            return change
        why = f"Allegro refused {asked}: {said.refused} It is tried again at {said.again_at:%Y-%m-%d %H:%M} UTC."
        if held is not None and held.state is HeldState.RELEASED and (held.side, held.price) == (change.side, asked):
            # It goes again without another question.
            return replace(held, reason=why)
        return PriceSkipped(self.link, why)

    def _pull(
        self, product: Product, price: InForce, wanted: Decimal, asked: Money, shown: Money
    ) -> PriceChange | HeldPrice:
        link, taxes = self.link, self.rules.taxes
        reason = f"The price was changed to {shown} at Allegro."
        if (why := why_not_given(product, price, wanted, self.now)) or price.field is None:
            return self._hold(PriceSide.STORE, asked, shown, f"{reason} {why}")
        comes_to = offer_price(product, wanted, link.units_per_offer, taxes, shown.currency)
        write = PriceWrite(link.product_id, link.variation_id, price.field, wanted)
        return self._guarded(
            PriceChange(link, PriceSide.STORE, asked, shown, reason, Agreement(shown, comes_to), write)
        )

    def _guarded(self, change: PriceChange) -> PriceChange | HeldPrice:
        """The change, unless it is held, or was rejected by the seller."""
        before, after, rules = change.before, change.after, self.rules
        if why := why_out_of_bounds(after, rules.floor, rules.ceiling):
            return self._hold(change.side, before, after, f"{change.reason} {why}")
        if before is None or not is_jump(before.amount, after.amount, rules.max_change_percent):
            return change
        whose = "The offer costs" if change.side is PriceSide.OFFER else "In the store it is"
        held = self._hold(
            change.side,
            before,
            after,
            f"{change.reason} {whose} {before}: that is a change of more than {rules.max_change_percent} %.",
            releasable=True,
        )
        known = self.state.held.get(self.link.id)
        if known is not None and known.stands_for(held) and known.state is HeldState.RELEASED:
            return replace(change, reason=f"{change.reason} The change was released by hand.")
        return held

    def _hold(
        self, side: PriceSide, before: Money | None, price: Money | None, reason: str, *, releasable: bool = False
    ) -> HeldPrice:
        return HeldPrice(
            id=0,
            account_id=self.link.account_id,
            link_id=self.link.id,
            offer_id=self.link.offer_id,
            side=side,
            before=before,
            price=price,
            reason=reason.strip(),
            releasable=releasable,
            state=HeldState.WAITING,
            created_at=self.now,
        )


def _about_missing(store_id: int, read: ProductsRead) -> str:
    if store_id in read.gone:
        return "The product is not in the store any more: link the offer to another one, or end it."
    return read.unknown.get(store_id, "The store has not told about the product.")
