"""Whatever happens to prices on both sides: once it stops, a few plans bring both in step, or say why not."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.held_prices import HeldPrice, HeldState, plan_held
from app.domain.links import Agreement, OfferLink
from app.domain.money import Money
from app.domain.prices import LastSaid, PriceChange, PricePlan, PriceRules, PriceState, plan_prices
from app.domain.products import PriceField, Prices, ProductsRead
from app.domain.settings import PriceWinner
from app.domain.store import StoreTaxes
from app.domain.store_prices import entered_price, in_force, offer_price
from tests.domain.samples import NET_PRICES, NOON, pln
from tests.domain.test_prices import LINK, MUG

# Two offers of one account, and one of another account that may have other settings.
_ACCOUNTS = (7, 7, 8)
_LATER = NOON + timedelta(minutes=10)
# Each offer gives its price to the store once at most, and then they all follow.
_FEW = len(_ACCOUNTS) + 1


@dataclass
class _World:
    """One product, its offers, and what the service remembers of them."""

    taxes: StoreTaxes
    rules: dict[int, PriceRules]
    prices: Prices
    shown: list[Decimal]
    units: tuple[int, ...]
    agreed: dict[int, Agreement] = field(default_factory=dict)
    said: dict[int, LastSaid] = field(default_factory=dict)
    held: dict[int, HeldPrice] = field(default_factory=dict)
    last_id: int = 0

    def links(self, account_id: int) -> list[OfferLink]:
        """The offers as they are read now."""
        return [
            replace(
                LINK,
                id=number,
                account_id=account_id,
                offer_id=str(number),
                units_per_offer=self.units[number],
                listed_price=Money(self.shown[number], "PLN"),
                agreed=self.agreed.get(number),
            )
            for number, owner in enumerate(_ACCOUNTS)
            if owner == account_id
        ]

    def plan(self, account_id: int) -> PricePlan:
        links = self.links(account_id)
        for link in links:
            said = self.said.get(link.id)
            if said is not None and said.price == link.listed_price:
                self.said[link.id] = replace(said, seen=True)
        read = ProductsRead({11: replace(MUG, prices=self.prices)})
        rules = replace(self.rules[account_id], taxes=self.taxes)
        made = plan_prices(links, read, rules, PriceState(dict(self.said), dict(self.held)), NOON)
        self._check(made, rules)
        self.agreed |= {number: agreed for number, agreed in made.agreed.items() if agreed is not None}
        going = {each.link.id: (each.side, each.after) for each in made.changes}
        kept = plan_held(self.held, made.held, {link.id for link in links}, going)
        self.held = {link_id: each for link_id, each in self.held.items() if each.id not in kept.expire}
        for each in kept.hold:
            self.last_id += 1
            self.held[each.link_id] = replace(each, id=each.id or self.last_id)
        return made

    def _check(self, made: PricePlan, rules: PriceRules) -> None:
        assert len({each.write for each in made.changes if each.write}) <= 1
        for change in made.changes:
            assert change.before is not None
            assert change.after.amount > 0
            assert change.write is None or change.write.price > 0
            assert rules.floor is None or change.after.amount >= rules.floor.amount
            jump = abs(change.after.amount - change.before.amount) * 100 / change.before.amount
            known = self.held.get(change.link.id)
            is_released = known is not None and (known.state, known.price) == (HeldState.RELEASED, change.after)
            assert jump <= rules.max_change_percent or is_released

    def apply(
        self, changes: Iterable[PriceChange], *, remembered: bool = True, done: bool = True, refused: bool = False
    ) -> None:
        """Not `remembered`: the service stops before it stores what came of it. Not `done`: Allegro says so only."""
        for change in changes:
            number = change.link.id
            if refused and change.write is None and change.before is not None:
                self.said[number] = LastSaid(change.after, change.before.amount, refused="No.", again_at=_LATER)
                continue
            if change.write is not None:
                self.prices = _with(self.prices, change.write.field, change.write.price)
            else:
                assert change.before is not None
                self.said[number] = LastSaid(change.after, change.before.amount)
                if done:
                    self.shown[number] = change.after.amount
            if remembered:
                self.agreed[number] = change.agreed
                self.held.pop(number, None)

    def decide(self, state: HeldState) -> None:
        self.held = {each: replace(one, state=state) if one.releasable else one for each, one in self.held.items()}

    def is_in_step(self, link: OfferLink) -> bool:
        """Equal under the rounding rule: the store's price is what the offer's comes to."""
        price = in_force(self.prices, NOON)
        assert price is not None
        assert link.listed_price is not None
        asked = offer_price(MUG, price.price, link.units_per_offer, self.taxes, "PLN")
        entered = entered_price(MUG, link.listed_price, link.units_per_offer, self.taxes)
        return asked in (
            link.listed_price,
            offer_price(MUG, entered, link.units_per_offer, self.taxes, "PLN"),
        )


def _with(prices: Prices, which: PriceField, price: Decimal | None) -> Prices:
    """As the store keeps them: a sale price that is not below the regular one falls away."""
    changed = replace(prices, regular=price) if which is PriceField.REGULAR else replace(prices, sale=price)
    if changed.sale is not None and (changed.regular is None or changed.sale >= changed.regular):
        changed = replace(changed, sale=None)
    is_on_sale = changed.sale is not None and (changed.sale_from is None or changed.sale_from <= NOON)
    return replace(changed, current=changed.sale if is_on_sale else changed.regular)


_AMOUNTS = st.sampled_from(
    ["0.99", "1.00", "9.99", "10.00", "10.01", "10.49", "12.30", "14.99", "29.97", "30.01", "99.00"]
)
_OFFERED = (_AMOUNTS | st.decimals("0.01", "200", places=2)).map(Decimal)
_ENTERED = (_AMOUNTS | st.sampled_from(["0", "0.30", "0.8001", "8.1301"]) | st.decimals("0.01", "200", places=2)).map(
    Decimal
)
_SIDES = st.sampled_from([(True, False), (False, True), (True, True)])
_RULES = st.builds(
    lambda ways, winner, percent, floor: PriceRules(
        NET_PRICES, ways[0], ways[1], winner, percent, pln(floor) if floor else None
    ),
    _SIDES,
    st.sampled_from(PriceWinner),
    st.sampled_from([0, 50, 100, 100_000]),
    st.sampled_from(["", "1.00"]),
)
_TAXES = st.builds(
    lambda with_tax, at_subtotal, decimals: replace(
        NET_PRICES, prices_include_tax=with_tax, round_at_subtotal=at_subtotal, decimals=decimals
    ),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 2]),
)
_WORLDS = st.builds(
    lambda taxes, ours, theirs, regular, shown, units: _World(
        taxes, {7: ours, 8: theirs}, Prices(regular, regular), list(shown), units
    ),
    _TAXES,
    _RULES,
    _RULES,
    _ENTERED,
    st.tuples(_OFFERED, _OFFERED, _OFFERED),
    st.tuples(st.sampled_from([1, 3]), st.sampled_from([1, 3]), st.just(1)),
)
_EVENTS = st.one_of(
    st.tuples(st.just("regular"), _ENTERED | st.none()),
    st.tuples(st.just("sale"), _ENTERED | st.none()),
    st.tuples(st.just("planned"), st.sampled_from([None, NOON - timedelta(days=1), NOON + timedelta(days=1)])),
    st.tuples(st.integers(0, 2), _OFFERED),
    st.tuples(st.just("plan"), st.sampled_from([7, 8])),
    st.tuples(st.just("stop"), st.sampled_from([7, 8])),
    st.tuples(st.just("lie"), st.sampled_from([7, 8])),
    st.tuples(st.just("refuse"), st.sampled_from([7, 8])),
    st.tuples(st.just("decide"), st.sampled_from([HeldState.RELEASED, HeldState.REJECTED])),
    st.tuples(st.just("rules"), _RULES),
)


def _happen(world: _World, what: object, value: object) -> None:
    match what, value:
        case "regular", Decimal() | None:
            world.prices = _with(world.prices, PriceField.REGULAR, value)
        case "sale", Decimal() | None:
            world.prices = _with(world.prices, PriceField.SALE, value)
        case "planned", when:
            world.prices = _with(replace(world.prices, sale_from=when), PriceField.SALE, world.prices.sale)  # type: ignore[arg-type]
        case int(number), Decimal() as price:
            world.shown[number] = price
        case "decide", HeldState() as state:
            world.decide(state)
        case "rules", PriceRules() as rules:
            world.rules[7] = rules
        case how, int(account_id):
            world.apply(
                world.plan(account_id).changes, remembered=how != "stop", done=how != "lie", refused=how == "refuse"
            )


@settings(deadline=None)
@given(world=_WORLDS, events=st.lists(_EVENTS, max_size=12), at_once=st.booleans())
def test_once_prices_stop_moving_a_few_plans_bring_silence_and_nothing_is_out_of_step_without_a_reason(
    world: _World, events: list[tuple[object, object]], at_once: bool
) -> None:
    for what, value in events:
        _happen(world, what, value)
    rounds = 0
    while True:
        made = {7: world.plan(7)}
        if not at_once:
            world.apply(made[7].changes)
        made[8] = world.plan(8)
        if at_once:
            world.apply(made[7].changes)
        world.apply(made[8].changes)
        if not any(each.changes for each in made.values()):
            break
        rounds += 1
        assert rounds <= _FEW, "prices go to and fro"
    for account_id, last in made.items():
        told = {each.link_id for each in last.held} | {each.link.id for each in last.skipped}
        for link in world.links(account_id):
            assert link.id in told or world.is_in_step(link)
