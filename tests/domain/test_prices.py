"""Whose price moved and whose counts, what is an echo, and what is left alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.held_prices import HeldPrice, PriceSide
from app.domain.links import Agreement, OfferLink
from app.domain.money import Money
from app.domain.offers import OfferFormat, OfferStatus
from app.domain.prices import LastSaid, PricePlan, PriceRules, PriceState, plan_prices, price_rules
from app.domain.products import PriceField, Prices, Product, ProductsRead
from app.domain.settings import PriceWinner, Settings
from tests.domain.samples import GROSS_PRICES, NET_PRICES, NOON, pln, prices, store_product

PUSH = PriceRules(GROSS_PRICES, push=True)
PULL = PriceRules(GROSS_PRICES, pull=True)
STORE_WINS = PriceRules(GROSS_PRICES, push=True, pull=True)
ALLEGRO_WINS = replace(STORE_WINS, winner=PriceWinner.ALLEGRO)
NET = replace(STORE_WINS, taxes=NET_PRICES)
MUG = replace(store_product(11), prices=prices("10.00"))
LINK = OfferLink(
    1,
    7,
    "1001",
    11,
    format=OfferFormat.BUY_NOW,
    offer_status=OfferStatus.ACTIVE,
    listed_price=pln("10.00"),
    agreed=Agreement(pln("10.00"), pln("10.00")),
)


def mug(price: str, *, sale: str = "", current: str | None = None) -> Product:
    return replace(MUG, prices=prices(price, sale, current=current))


def link(shown: str, agreed: str | None = "10.00", came_to: str = "", *, number: int = 1, units: int = 1) -> OfferLink:
    """An offer that shows a price, and what both sides had in common last."""
    common = None if agreed is None else Agreement(pln(agreed), pln(came_to or agreed))
    return replace(
        LINK, id=number, offer_id=str(1000 + number), listed_price=pln(shown), agreed=common, units_per_offer=units
    )


def plan(
    links: OfferLink | Iterable[OfferLink],
    product: Product = MUG,
    rules: PriceRules = STORE_WINS,
    *,
    said: LastSaid | None = None,
    held: HeldPrice | None = None,
    resuming: frozenset[int] = frozenset(),
) -> PricePlan:
    state = PriceState({1: said} if said else {}, {1: held} if held else {}, resuming)
    some = [links] if isinstance(links, OfferLink) else links
    return plan_prices(some, ProductsRead({11: product}), rules, state, NOON)


def outcome(made: PricePlan) -> list[str]:
    """What the plan does, e.g. `offer 1: 11.00`, `store: 12.00`, `held 1`, `skipped 1`."""
    said = [
        f"store: {each.write.price}" if each.write else f"offer {each.link.id}: {each.after.amount}"
        for each in made.changes
    ]
    return [
        *said,
        *(f"held {each.link_id}" for each in made.held),
        *(f"skipped {each.link.id}" for each in made.skipped),
    ]


_TO_OFFER, _TO_STORE, _SKIPPED, _SILENCE = ["offer 1: 11.00"], ["store: 12.00"], ["skipped 1"], list[str]()


@pytest.mark.parametrize(
    ("agreed", "store", "offer", "push", "pull", "store_wins", "allegro_wins"),
    [
        pytest.param("10.00", "10.00", "10.00", _SILENCE, _SILENCE, _SILENCE, _SILENCE, id="neither"),
        pytest.param("10.00", "11.00", "10.00", _TO_OFFER, _SKIPPED, _TO_OFFER, _TO_OFFER, id="store"),
        pytest.param("11.00", "11.00", "12.00", _TO_OFFER, _TO_STORE, _TO_STORE, _TO_STORE, id="offer"),
        pytest.param("10.00", "11.00", "12.00", _TO_OFFER, _TO_STORE, _TO_OFFER, _TO_STORE, id="both"),
        pytest.param("10.00", "11.00", "11.00", _SILENCE, _SILENCE, _SILENCE, _SILENCE, id="both to the same"),
        pytest.param(None, "11.00", "12.00", _TO_OFFER, _TO_STORE, _TO_OFFER, _TO_STORE, id="first contact"),
        pytest.param(None, "11.00", "11.00", _SILENCE, _SILENCE, _SILENCE, _SILENCE, id="first contact, equal"),
    ],
)
def test_whoever_moved_gives_the_price_where_the_settings_let_it_go_that_way(
    agreed: str | None,
    store: str,
    offer: str,
    push: list[str],
    pull: list[str],
    store_wins: list[str],
    allegro_wins: list[str],
) -> None:
    for rules, expected in ((PUSH, push), (PULL, pull), (STORE_WINS, store_wins), (ALLEGRO_WINS, allegro_wins)):
        made = plan(link(offer, agreed), mug(store), rules)
        assert outcome(made) == expected
        is_agreed = store == offer != agreed
        assert made.agreed == ({1: Agreement(pln(store), pln(store))} if is_agreed else {})


def test_the_settings_say_which_way_prices_go() -> None:
    chosen = Settings(
        push_prices=True,
        price_conflict_winner=PriceWinner.ALLEGRO,
        guard_max_price_change_percent=7,
        price_floor=pln("1"),
        price_ceiling=pln("9"),
    )
    expected = PriceRules(GROSS_PRICES, True, False, PriceWinner.ALLEGRO, 7, pln("1"), pln("9"))
    assert price_rules(chosen, GROSS_PRICES) == expected
    assert price_rules(Settings(pull_prices=True), GROSS_PRICES) == PULL


def test_a_push_says_what_both_sides_have_in_common_then() -> None:
    (change,) = plan(link("10.00"), mug("11.00")).changes
    assert (change.side, change.before, change.after, change.is_correction) == (
        PriceSide.OFFER,
        pln("10.00"),
        pln("11.00"),
        False,
    )
    assert change.agreed == Agreement(pln("11.00"), pln("11.00"))
    assert change.reason == "The store asks for 11.00 PLN."


def test_a_pull_says_what_the_store_then_asks_for() -> None:
    product = replace(mug("10.00"), id=21, parent_id=11)
    variation = replace(link("0.99", "12.30"), variation_id=21)
    rules = replace(NET, max_change_percent=100)
    (change,) = plan_prices([variation], ProductsRead({21: product}), rules, PriceState(), NOON).changes
    assert change.write is not None
    assert (change.write.product_id, change.write.variation_id, change.write.field) == (11, 21, PriceField.REGULAR)
    # 0.99 cannot be had from a net price: 0.80 comes to 0.98.
    assert change.write.price == Decimal("0.80")
    assert change.agreed == Agreement(pln("0.99"), pln("0.98"))
    assert (change.side, change.before, change.after) == (PriceSide.STORE, pln("12.30"), pln("0.99"))


def test_an_offer_that_somebody_changed_is_put_right_and_counted_as_a_correction() -> None:
    (change,) = plan(link("12.00"), mug("10.00"), PUSH).changes
    assert change.is_correction
    assert "changed to 12.00 PLN at Allegro" in change.reason


_SAID_11 = LastSaid(pln("11.00"), Decimal("10.00"))
_SEEN_11 = replace(_SAID_11, seen=True)


@pytest.mark.parametrize(
    ("offer", "product", "rules", "said"),
    [
        pytest.param(link("11.00", "11.00"), mug("11.00"), STORE_WINS, _SEEN_11, id="our push, done and read"),
        pytest.param(link("11.00"), mug("11.00"), STORE_WINS, _SAID_11, id="our push, done without a record"),
        pytest.param(link("12.00", "12.00"), mug("12.00"), STORE_WINS, _SEEN_11, id="our pull, written and read"),
        pytest.param(link("12.00"), mug("12.00"), STORE_WINS, None, id="our pull, written without a record"),
        pytest.param(link("0.99", "0.99", "0.98"), mug("0.80"), NET, None, id="lost in translation"),
        pytest.param(link("0.99"), mug("0.80"), NET, None, id="lost in translation, without a record"),
        pytest.param(link("0.99", None), mug("0.80"), NET, None, id="lost in translation, first contact"),
        pytest.param(
            link("0.99", "0.99", "0.98"), mug("0.80"), replace(NET, pull=False), None, id="lost, and pull is off since"
        ),
        pytest.param(link("31.00", "31.00", "30.99", units=3), mug("10.33"), STORE_WINS, None, id="a set of three"),
        pytest.param(
            link("10.49", "10.49", "10.00"),
            mug("10"),
            replace(STORE_WINS, taxes=replace(GROSS_PRICES, decimals=0)),
            None,
            id="a store without decimals",
        ),
        # The store keeps more decimals than it shows; 0.80 would come to the same.
        pytest.param(link("0.99", "0.98"), mug("0.8001"), NET, None, id="a price that is entered too precisely"),
    ],
)
def test_an_echo_is_no_change(offer: OfferLink, product: Product, rules: PriceRules, said: LastSaid | None) -> None:
    assert outcome(plan(offer, product, rules, said=said)) == []
    assert outcome(plan(offer, product, replace(rules, winner=PriceWinner.ALLEGRO), said=said)) == []


_LOST_11 = replace(_SAID_11, lost=True)


@pytest.mark.parametrize(
    ("offer", "store", "said", "expected"),
    [
        pytest.param(link("11.00"), "12.00", _LOST_11, ["offer 1: 12.00"], id="the store moved on"),
        pytest.param(link("11.00"), "10.00", _LOST_11, ["offer 1: 10.00"], id="the store went back"),
        pytest.param(link("11.00", None), "12.00", _LOST_11, ["offer 1: 12.00"], id="the first that was said"),
        pytest.param(
            link("11.00"), "12.00", replace(_SAID_11, refused="No."), ["offer 1: 12.00"], id="refused, they said"
        ),
        pytest.param(link("11.00", "12.00"), "12.00", _LOST_11, ["store: 11.00"], id="another was agreed on since"),
    ],
)
def test_what_allegro_did_without_saying_so_is_no_change_of_the_sellers(
    offer: OfferLink, store: str, said: LastSaid, expected: list[str]
) -> None:
    assert outcome(plan(offer, mug(store), ALLEGRO_WINS, said=said)) == expected


def test_an_offer_renewed_at_its_old_price_gives_it_to_no_store_that_moved_on_meanwhile() -> None:
    renewed = replace(link("10.00").moved_to("2001", title="Mug", status=OfferStatus.ACTIVE), listed_price=pln("10.00"))
    assert outcome(plan(renewed, mug("12.00"), ALLEGRO_WINS)) == ["offer 1: 12.00"]
    assert outcome(plan(renewed, mug("12.00"), PULL)) == ["skipped 1"]


@pytest.mark.parametrize("rules", [PUSH, STORE_WINS, ALLEGRO_WINS], ids=["push", "store wins", "allegro wins"])
def test_a_change_reported_as_done_that_the_offer_never_showed_is_said_again(rules: PriceRules) -> None:
    made = plan(link("10.00", "11.00"), mug("11.00"), rules, said=_SAID_11)
    assert outcome(made) == _TO_OFFER
    assert made.changes[0].is_correction
    assert "still shows 10.00 PLN" in made.changes[0].reason


@pytest.mark.parametrize(
    ("offer", "product", "said", "expected"),
    [
        pytest.param(link("10.00", "11.00"), mug("11.00"), _SEEN_11, "store: 10.00", id="it was seen, so put back"),
        pytest.param(link("12.00", "11.00"), mug("11.00"), _SAID_11, "store: 12.00", id="it shows something else"),
        pytest.param(link("10.00", "12.00"), mug("12.00"), _SAID_11, "store: 10.00", id="another was agreed on since"),
        pytest.param(link("10.00", "11.00"), mug("12.00"), _SAID_11, "offer 1: 12.00", id="the store moved on"),
    ],
)
def test_what_was_said_last_tells_whether_the_offer_has_moved(
    offer: OfferLink, product: Product, said: LastSaid, expected: str
) -> None:
    assert outcome(plan(offer, product, said=said)) == [expected]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sync_price": False}, "switched off"),
        ({"format": OfferFormat.AUCTION}, "Auctions take no part"),
        ({"format": OfferFormat.ADVERTISEMENT}, "An offer of its kind"),
        ({"format": OfferFormat.UNKNOWN}, "An offer of its kind"),
        ({"offer_status": OfferStatus.INACTIVE}, "not for sale"),
        ({"offer_status": OfferStatus.ARCHIVED}, "not for sale"),
        ({"offer_status": OfferStatus.UNKNOWN}, "not for sale"),
        ({"offer_status": OfferStatus.ENDED}, "when it is activated again"),
        ({"rule_id": "r-1"}, "(r-1)"),
        ({"campaign": "Smart! Week"}, "“Smart! Week”"),
        ({"listed_price": None}, "not known what the offer costs"),
        ({"product_id": 12}, "not in the store any more"),
        ({"product_id": 13}, "The store is slow."),
        ({"product_id": 14}, "has not told"),
        ({"product_id": 15}, "link the offer to one of them"),
        ({"product_id": 16}, "could not be read"),
    ],
)
def test_what_takes_no_part_is_skipped_with_its_reason(changed: dict[str, object], reason: str) -> None:
    read = ProductsRead(
        {11: mug("11.00"), 15: replace(MUG, sellable=False), 16: replace(MUG, tax_class="parent")},
        frozenset({12}),
        {13: "The store is slow."},
    )
    offer = replace(LINK, **changed)  # type: ignore[arg-type]
    for rules in (PUSH, PULL, STORE_WINS, ALLEGRO_WINS):
        made = plan_prices([offer], read, rules, PriceState(), NOON)
        assert outcome(made) == ["skipped 1"]
        assert reason in made.skipped[0].reason
        assert not any(made.agreed.values())


@pytest.mark.parametrize("status", [OfferStatus.ENDED, OfferStatus.INACTIVE])
def test_an_offer_that_is_about_to_be_activated_gets_its_price(status: OfferStatus) -> None:
    offer = replace(LINK, offer_status=status)
    assert outcome(plan(offer, mug("11.00"), resuming=frozenset({1}))) == _TO_OFFER
    assert outcome(plan(replace(offer, rule_id="r-1"), mug("11.00"), resuming=frozenset({1}))) == ["skipped 1"]


def test_an_offer_in_the_stores_own_currency_is_priced_as_precisely_as_that_allows() -> None:
    czech = replace(STORE_WINS, taxes=replace(GROSS_PRICES, currency="CZK"))

    def crowns(amount: str) -> Money:
        return Money(Decimal(amount), "CZK")

    offer = replace(LINK, listed_price=crowns("500"), agreed=Agreement(crowns("500"), crowns("500")))
    (change,) = plan(offer, mug("583.92"), czech).changes
    assert str(change.after.amount) == "584"
    shown = replace(offer, listed_price=crowns("584"), agreed=change.agreed)
    assert outcome(plan(shown, mug("583.92"), czech)) == []
    assert outcome(plan(replace(shown, listed_price=crowns("590")), mug("583.92"), czech)) == ["store: 590.00"]


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        pytest.param(mug("14.00", sale="10.00"), "sale 12.00", id="on sale"),
        pytest.param(mug("12.00", sale="10.00"), "held", id="sale would equal the regular price"),
        pytest.param(mug("11.00", sale="10.00"), "held", id="sale would be above the regular price"),
        pytest.param(mug("10.00"), "regular 12.00", id="not on sale"),
        pytest.param(mug("", current="10.00"), "regular 12.00", id="only a price in force"),
        pytest.param(mug("9.00", current="10.00"), "held", id="a plugin's own price"),
        # With the new regular price it would become a sale at once.
        pytest.param(mug("10.00", sale="11.00"), "held", id="sale above the regular price"),
    ],
)
def test_the_price_that_is_in_force_is_the_one_that_changes(product: Product, expected: str) -> None:
    made = plan(link("12.00"), product)
    assert [f"{each.write.field} {each.write.price}" for each in made.changes if each.write] + [
        "held" for each in made.held if each.side is PriceSide.STORE and not each.releasable
    ] == [expected]


_DAY = timedelta(days=1)
_SOON, _EARLIER = NOON + _DAY, NOON - _DAY


@pytest.mark.parametrize(
    ("known", "offer", "expected"),
    [
        (prices("10.00", "8.00", sale_from=_SOON), "9.00", "store: 9.00"),
        (prices("10.00", "8.00", sale_from=_SOON), "8.00", "held 1"),
        (prices("10.00", "8.00", sale_from=_SOON), "7.00", "held 1"),
        # What is over stands in nobody's way.
        (prices("10.00", "8.00", current="8.00", sale_until=_EARLIER), "7.00", "store: 7.00"),
        (prices("10.00", "8.00", sale_from=_EARLIER - _DAY, sale_until=_EARLIER), "7.00", "store: 7.00"),
    ],
)
def test_a_planned_sale_is_not_undone_by_a_price_from_allegro(known: Prices, offer: str, expected: str) -> None:
    assert outcome(plan(link(offer), replace(MUG, prices=known))) == [expected]


def test_it_is_told_when_each_products_price_changes_by_itself() -> None:
    product = replace(MUG, prices=prices("10.00", "8.00", sale_from=_SOON))
    links = [link("10.00"), link("10.00", number=2), replace(link("10.00", number=3), rule_id="r-1")]
    assert plan(links, product).turns == {1: _SOON, 2: _SOON}
    assert plan(links).turns == {1: None, 2: None}


@pytest.mark.parametrize(
    ("offer", "product", "currency"),
    [
        (replace(LINK, listed_price=None), MUG, "PLN"),
        (LINK, replace(MUG, tax_class="parent"), "PLN"),
        (LINK, MUG, ""),
        (replace(LINK, product_id=12), MUG, "PLN"),
    ],
    ids=["the offer's price", "the tax class", "the store's currency", "the product"],
)
def test_nothing_is_decided_while_something_is_not_known(offer: OfferLink, product: Product, currency: str) -> None:
    made = plan(offer, product, replace(STORE_WINS, taxes=replace(GROSS_PRICES, currency=currency)))
    assert outcome(made) == ["skipped 1"]
    assert not made.turns


@pytest.mark.parametrize("rules", [STORE_WINS, ALLEGRO_WINS, PULL], ids=["store wins", "allegro wins", "pull"])
def test_offers_of_one_product_that_were_given_different_prices_are_both_left_alone(rules: PriceRules) -> None:
    made = plan([link("12.00"), link("13.00", number=2), link("10.00", number=3)], rules=rules)
    assert outcome(made) == ["skipped 1", "skipped 2"]
    assert "changed to 12.00 PLN" in made.skipped[0].reason
    assert "changed to 13.00 PLN" in made.skipped[1].reason


def test_offers_of_one_product_may_be_given_the_same_price() -> None:
    made = plan([link("12.00"), link("36.00", "30.00", number=2, units=3)])
    assert outcome(made) == ["store: 12.00", "store: 12.00"]


def test_the_other_offers_wait_for_the_price_that_their_product_is_given() -> None:
    late = link("9.00", "9.00", number=2)
    assert outcome(plan([link("12.00"), late], rules=replace(STORE_WINS, winner=PriceWinner.ALLEGRO))) == [
        "store: 12.00"
    ]
    assert outcome(plan([link("12.00", "12.00"), late], mug("12.00"))) == ["offer 2: 12.00"]


def test_the_other_offers_follow_the_store_while_two_cannot_agree() -> None:
    made = plan([link("12.00"), link("13.00", number=2), link("9.00", "9.00", number=3)])
    assert outcome(made) == ["offer 3: 10.00", "skipped 1", "skipped 2"]


def test_one_product_does_not_keep_another_waiting() -> None:
    other = replace(link("9.00", number=2), product_id=12)
    read = ProductsRead({11: MUG, 12: replace(mug("11.00"), id=12)})
    made = plan_prices([link("12.00"), replace(other, agreed=None)], read, STORE_WINS, PriceState(), NOON)
    assert outcome(made) == ["store: 12.00", "offer 2: 11.00"]


def test_the_price_that_a_rule_leaves_behind_is_nobodys_choice() -> None:
    ruled = replace(link("8.00"), rule_id="r1")
    made = plan(ruled, mug("10.00"), STORE_WINS)
    assert (made.changes, made.agreed) == ((), {1: None})
    (change,) = plan(replace(ruled, rule_id="", agreed=None), mug("10.00"), STORE_WINS).changes
    assert (change.side, change.after) == (PriceSide.OFFER, pln("10.00"))
