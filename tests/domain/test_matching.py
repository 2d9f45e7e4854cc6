"""Finding the product that an offer sells."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from app.domain.links import OfferLink, Relist
from app.domain.matching import Catalogue, LinkPlan, MatchBy, gtin_key, plan_links
from app.domain.offers import Offer, OfferDetails, OfferFormat, OfferStatus
from app.domain.products import Product
from tests.domain.samples import store_product

MUG = store_product(11, sku="MUG-1", gtin="5901234123457", name="Blue mug with a spoon")
TEA = store_product(12, sku="TEA", gtin="", name="Green tea 100 g")
CAP = store_product(20, sku="CAP", gtin="", name="Cap", sellable=False)
CAP_RED = store_product(21, parent_id=20, sku="CAP-RED", gtin="4006381333931", name="Cap - red")
SALT = store_product(14, sku="SALT", gtin="0036000291452", name="Salt & pepper – a pair")
PRODUCTS = (MUG, TEA, CAP, CAP_RED, SALT)
STORE = Catalogue(PRODUCTS)

# An offer, and the GTINs of its catalogue product.
Keys = tuple[Offer, tuple[str, ...]]


def _offer(
    offer_id: str = "1",
    external_id: str = "",
    title: str = "",
    *,
    status: OfferStatus = OfferStatus.ACTIVE,
    started_at: datetime | None = None,
) -> Offer:
    return Offer(
        offer_id, title, external_id, OfferFormat.BUY_NOW, status, quantity=1, price=None, started_at=started_at
    )


ENDED_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def _keys(external_id: str = "", gtins: tuple[str, ...] = (), title: str = "") -> Keys:
    return _offer("1", external_id, title), gtins


RENEWAL = _offer("2001", "SET-3", started_at=ENDED_AT + timedelta(minutes=1))
SET_OF_THREE = OfferLink(
    1,
    7,
    "1001",
    11,
    external_id="SET-3",
    offer_status=OfferStatus.ENDED,
    ended_at=ENDED_AT,
    units_per_offer=3,
    sync_price=False,
    relist=Relist.NEVER,
    listed_quantity=2,
)


def _plan(keys: Keys, products: Iterable[Product] = PRODUCTS, by: Sequence[MatchBy] = tuple(MatchBy)) -> LinkPlan:
    offer, gtins = keys
    return plan_links([offer], Catalogue(products), (), by, {offer.id: _details(offer.id, gtins)})


def _details(offer_id: str, gtins: tuple[str, ...], *, is_set: bool = False) -> OfferDetails:
    return OfferDetails(offer_id, OfferStatus.ACTIVE, None, gtins, is_set=is_set)


def _linked(plan: LinkPlan) -> list[tuple[str, int, int, str, MatchBy | None]]:
    return [(one.offer.id, one.product_id, one.variation_id, one.sku, one.by) for one in plan.linked]


@pytest.mark.parametrize(
    ("keys", "product", "by"),
    [
        (_keys("MUG-1"), MUG, MatchBy.EXTERNAL_ID),
        (_keys("  mug-1 "), MUG, MatchBy.EXTERNAL_ID),
        (_keys("CAP-RED"), CAP_RED, MatchBy.EXTERNAL_ID),
        # The seller's own mark counts for more than what the catalogue says.
        (
            _keys("TEA", gtins=("5901234123457",), title="Blue mug with a spoon"),
            TEA,
            "external_id",
        ),
        (_keys("unheard of", gtins=("05901234123457",)), MUG, MatchBy.GTIN),
        (_keys(gtins=("590-1234 123457",)), MUG, MatchBy.GTIN),
        (_keys(gtins=("4006381333931", "1234567890128")), CAP_RED, MatchBy.GTIN),
        (_keys(gtins=("1234567890128",), title="green  TEA 100 g"), TEA, MatchBy.TITLE),
        (_keys(title="Salt &amp; pepper\xa0&#8211; a pair"), SALT, MatchBy.TITLE),
        # The same number as a UPC of 12 digits, an EAN of 13 and a GTIN of 14.
        (_keys(gtins=("036000291452",)), SALT, MatchBy.GTIN),
        (_keys(gtins=("00036000291452",)), SALT, MatchBy.GTIN),
    ],
)
def test_an_offer_is_found_by_sku_then_gtin_then_title(keys: Keys, product: Product, by: MatchBy) -> None:
    plan = _plan(keys)
    ids = (product.parent_id, product.id) if product.parent_id else (product.id, 0)
    assert _linked(plan) == [("1", *ids, product.sku, by)]
    assert (plan.ambiguous, plan.unmatched) == ((), ())


@pytest.mark.parametrize(
    ("keys", "products", "reason", "candidates"),
    [
        (
            _keys("MUG-1", title="Green tea 100 g"),
            (*PRODUCTS, replace(MUG, id=13, sku="mug-1")),
            "2 products have the SKU 'MUG-1'.",
            ((11, 0), (13, 0)),
        ),
        (
            _keys(gtins=("5901234123457",)),
            (*PRODUCTS, replace(CAP_RED, id=22, gtin="05901234123457")),
            "2 products have the GTIN '5901234123457'.",
            ((11, 0), (20, 22)),
        ),
        (
            _keys(gtins=("5901234123457", "4006381333931")),
            PRODUCTS,
            "2 products have the GTIN '5901234123457, 4006381333931'.",
            ((11, 0), (20, 21)),
        ),
        (
            _keys(title="Green tea 100 g"),
            (*PRODUCTS, replace(TEA, id=13)),
            "2 products have the title 'Green tea 100 g'.",
            ((12, 0), (13, 0)),
        ),
        (
            _keys("cap", gtins=("4006381333931",)),
            PRODUCTS,
            "A product with variations has the SKU 'cap', and the offer does not tell which one.",
            ((20, 0),),
        ),
        # A variation without a SKU or GTIN of its own shows its parent's.
        (
            _keys("CAP"),
            (*PRODUCTS, replace(CAP_RED, id=22, sku="CAP")),
            "2 products have the SKU 'CAP'.",
            ((20, 0), (20, 22)),
        ),
        (
            _keys(gtins=("036000291452",)),
            (*PRODUCTS, replace(TEA, id=15, gtin="36000291452")),
            "2 products have the GTIN '036000291452'.",
            ((14, 0), (15, 0)),
        ),
        (
            _keys(title="Salt & pepper – a pair"),
            (*PRODUCTS, replace(SALT, id=15, gtin="", name="SALT &amp; PEPPER &#8211; A PAIR")),
            "2 products have the title 'Salt & pepper – a pair'.",
            ((14, 0), (15, 0)),
        ),
    ],
)
def test_a_tie_is_reported_with_those_that_tie(
    keys: Keys, products: tuple[Product, ...], reason: str, candidates: tuple[tuple[int, int], ...]
) -> None:
    plan = _plan(keys, products)
    assert (plan.linked, plan.unmatched) == ((), ())
    assert [(one.reason, one.candidates) for one in plan.ambiguous] == [(reason, candidates)]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (
            _keys("MUG", ("0000000000000",), "Mug"),
            "No product in the store has the SKU 'MUG' or the GTIN '0000000000000' or the title 'Mug'.",
        ),
        (_keys("MUG-1 blue"), "No product in the store has the SKU 'MUG-1 blue'."),
        (_keys(" "), "The offer has nothing to be found by."),
        (_keys("BINNED"), "No product in the store has the SKU 'BINNED'."),
        (_keys("OF-BINNED"), "No product in the store has the SKU 'OF-BINNED'."),
        (_keys("MUG-1&2"), "No product in the store has the SKU 'MUG-1&2'."),
    ],
)
def test_an_offer_that_nothing_is_found_for_is_reported(keys: Keys, reason: str) -> None:
    unnamed = store_product(30, sku="", gtin="0", name="")
    binned = store_product(31, sku="BINNED", gtin="", name="Old", status="trash")
    # The store lists the variations of a product that is in the bin, and not the product.
    variation = store_product(33, parent_id=32, sku="OF-BINNED")
    plan = _plan(keys, (*PRODUCTS, unnamed, binned, variation))
    assert (plan.linked, plan.ambiguous) == ((), ())
    assert [one.reason for one in plan.unmatched] == [reason]


def test_only_the_keys_that_are_asked_for_are_used_and_in_their_order() -> None:
    keys = _keys("TEA", ("5901234123457",), "Cap - red")
    for by in permutations(MatchBy):
        assert _plan(keys, by=by).linked[0].by is by[0]
    assert plan_links([_offer("1", "TEA")], STORE, (), [MatchBy.GTIN]).linked == ()


def test_a_gtin_that_is_not_known_ends_the_search_unless_no_product_has_one() -> None:
    keys, _ = _keys("unheard of", title="Green tea 100 g")
    by = (MatchBy.EXTERNAL_ID, MatchBy.GTIN, MatchBy.TITLE)
    plan = plan_links([keys], STORE, (), by)
    assert (plan.linked, [one.lacks_details for one in plan.unmatched]) == ((), [True])
    assert _linked(plan_links([keys], STORE, (), (MatchBy.TITLE, MatchBy.GTIN)))[0][1] == TEA.id
    assert _linked(plan_links([keys], Catalogue([TEA, CAP]), (), by))[0][1] == TEA.id
    known = plan_links([keys], STORE, (), by, {"1": _details("1", ())})
    assert _linked(known)[0][1] == TEA.id


def test_a_set_is_no_match_for_the_single_product_whose_gtin_it_has() -> None:
    offer = _offer("1")
    plan = plan_links([offer], STORE, (), tuple(MatchBy), {"1": _details("1", (MUG.gtin,), is_set=True)})
    assert plan.linked == ()
    assert [(one.reason, one.candidates) for one in plan.ambiguous] == [
        ("It is a set, and what is in it has the GTIN '5901234123457': link it by hand, with its pieces.", ((11, 0),))
    ]


def test_a_tie_of_very_many_counts_all_and_names_a_hundred() -> None:
    many = [store_product(number, sku="SAME") for number in range(1, 151)]
    (tie,) = _plan(_keys("same"), many).ambiguous
    assert tie.reason == "150 products have the SKU 'same'."
    assert len(tie.candidates) == 100


def test_a_product_that_was_listed_twice_ties_with_nobody() -> None:
    assert len(plan_links([_offer("1", "TEA")], Catalogue((*PRODUCTS, TEA)), ()).linked) == 1


def test_one_product_may_have_many_offers_and_one_offer_is_linked_once() -> None:
    offers = [_offer("2", "TEA"), _offer("10", "TEA"), _offer("2", "TEA")]
    assert [one.offer.id for one in plan_links(offers, STORE, ()).linked] == ["2", "10"]


def test_an_offer_that_has_a_link_is_left_alone_whatever_it_would_match() -> None:
    link = OfferLink(1, 7, "1", 11, external_id="MUG-1", offer_status=OfferStatus.ACTIVE)
    assert plan_links([_offer("1", "TEA", status=OfferStatus.ENDED)], STORE, [link]) == LinkPlan()


@pytest.mark.parametrize(("offers", "products"), [((), PRODUCTS), ((), ()), ((_offer("1", "MUG-1"),), ())])
def test_an_empty_answer_takes_no_link_away(offers: tuple[Offer, ...], products: tuple[Product, ...]) -> None:
    link = OfferLink(1, 7, "1", 11, external_id="MUG-1")
    assert plan_links(offers, Catalogue(products), [link]) == LinkPlan()


def test_a_renewed_offer_keeps_its_link_with_units_and_switches() -> None:
    (planned,) = plan_links([RENEWAL], STORE, [SET_OF_THREE]).linked
    assert (planned.product_id, planned.by, planned.renews) == (11, None, SET_OF_THREE)
    moved = SET_OF_THREE.moved_to("2001", title="Three mugs", status=OfferStatus.ACTIVE)
    assert (moved.id, moved.units_per_offer, moved.sync_price, moved.relist) == (1, 3, False, Relist.NEVER)
    assert (moved.offer_id, moved.former_offer_ids, moved.title) == ("2001", ("1001",), "Three mugs")
    assert (moved.listed_quantity, moved.ended_at, moved.offer_status) == (None, None, OfferStatus.ACTIVE)


@pytest.mark.parametrize(
    ("offer", "link"),
    [
        (replace(RENEWAL, external_id=" set-3"), SET_OF_THREE),
        (RENEWAL, replace(SET_OF_THREE, offer_status=OfferStatus.ARCHIVED)),
        (replace(RENEWAL, status=OfferStatus.ACTIVATING, started_at=None), SET_OF_THREE),
        (replace(RENEWAL, started_at=ENDED_AT - timedelta(minutes=5)), SET_OF_THREE),
        (RENEWAL, replace(SET_OF_THREE, ended_at=None)),
    ],
)
def test_a_renewal_is_known_by_the_sellers_mark(offer: Offer, link: OfferLink) -> None:
    assert [one.renews for one in plan_links([offer], STORE, [link]).linked] == [link]


@pytest.mark.parametrize(
    ("offer", "link"),
    [
        (RENEWAL, replace(SET_OF_THREE, offer_status=OfferStatus.ACTIVE, ended_at=None)),
        (RENEWAL, replace(SET_OF_THREE, offer_status=OfferStatus.UNKNOWN)),
        (replace(RENEWAL, status=OfferStatus.INACTIVE), SET_OF_THREE),
        (replace(RENEWAL, status=OfferStatus.ENDED), SET_OF_THREE),
        (replace(RENEWAL, started_at=ENDED_AT - timedelta(days=2)), SET_OF_THREE),
        (replace(RENEWAL, external_id=""), replace(SET_OF_THREE, external_id="")),
    ],
)
def test_a_second_offer_of_the_same_goods_takes_no_link_from_the_first(offer: Offer, link: OfferLink) -> None:
    plan = plan_links([offer], STORE, [link])
    assert plan.linked == ()
    assert len(plan.unmatched) == 1


def test_a_link_moves_once_and_the_one_that_ended_last_moves_first() -> None:
    earlier = replace(SET_OF_THREE, id=2, offer_id="1000", ended_at=ENDED_AT - timedelta(days=3))
    offers = [replace(RENEWAL, id=number) for number in ("2003", "2001", "2002")]
    plan = plan_links(offers, STORE, [SET_OF_THREE, earlier])
    assert [(one.offer.id, one.renews) for one in plan.linked] == [("2001", SET_OF_THREE), ("2002", earlier)]
    assert [one.offer.id for one in plan.unmatched] == ["2003"]


def test_a_renewal_of_one_of_several_ended_offers_with_different_goods_is_a_tie() -> None:
    other = replace(SET_OF_THREE, id=2, offer_id="1000", units_per_offer=1)
    plan = plan_links([RENEWAL], STORE, [other, SET_OF_THREE])
    assert plan.linked == ()
    assert "1000, 1001" in plan.ambiguous[0].reason


def test_an_offer_whose_link_moved_on_to_its_renewal_gets_no_second_one() -> None:
    moved = SET_OF_THREE.moved_to("2001", title="Three mugs", status=OfferStatus.ACTIVE)
    plan = plan_links([_offer("1001", "MUG-1", status=OfferStatus.ENDED)], STORE, [moved])
    assert plan.linked == ()
    assert [one.reason for one in plan.unmatched] == ["It was renewed as offer 2001."]


@pytest.mark.parametrize(
    ("gtin", "key"),
    [
        ("5901234123457", "05901234123457"),
        ("0036000291452", "00036000291452"),
        ("36000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("15901234123454", "15901234123454"),
        ("", ""),
        ("0", ""),
        ("12345", ""),
        ("brak", ""),
        ("590123412345X", ""),
        ("159012341234541", ""),
        ("٥٩٠١٢٣٤١٢٣٤٥٧", ""),
    ],
)
def test_gtins_are_compared_as_their_longest_form(gtin: str, key: str) -> None:
    assert gtin_key(gtin) == key
