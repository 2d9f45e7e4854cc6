"""What products lack before they can be listed."""

from dataclasses import replace

import pytest

from app.domain.categories import Category
from app.domain.coverage import Gap, Reason, Stops, count_by_reason, coverage_of
from app.domain.filling import Filled, Missing, Wrong
from app.domain.listed_products import ListedProduct
from app.domain.parameters import Parameter, ParameterType
from tests.domain.samples import pln

MUGS = Category("77", "Kubki", "7", leaf=True)
MUG = ListedProduct(11, 12, sku="MUG-1", images=("https://shop.example/mug.jpg",), price=pln("10"))
ALL_THERE = Filled((), ())
OF_OFFER = Parameter("1", "Stan", ParameterType.STRING)
OF_PRODUCT = Parameter("2", "Marka", ParameterType.STRING, describes_product=True)


def _missing(parameter: Parameter, *needed: bool) -> Filled:
    return Filled((), (), missing=(Missing(parameter, "The product has no SKU.", *needed),))


def _wrong(parameter: Parameter, *needed: bool) -> Filled:
    return Filled((), (), wrong=(Wrong(parameter, "'Stan' takes no such thing.", *needed),))


@pytest.mark.parametrize(
    ("product", "category", "filled", "reason", "stops"),
    [
        (MUG, None, None, Reason.NO_CATEGORY, Stops.LISTING),
        (MUG, replace(MUGS, leaf=False), None, Reason.NO_CATEGORY, Stops.LISTING),
        (MUG, replace(MUGS, allows_new_products=False), ALL_THERE, Reason.CATALOGUE_ONLY, Stops.NEW_PRODUCT),
        (replace(MUG, images=()), MUGS, ALL_THERE, Reason.NO_IMAGE, Stops.NEW_PRODUCT),
        (replace(MUG, price=None), MUGS, ALL_THERE, Reason.NO_PRICE, Stops.LISTING),
        (replace(MUG, price=pln("0")), MUGS, ALL_THERE, Reason.NO_PRICE, Stops.LISTING),
        (MUG, MUGS, _missing(OF_OFFER, True, False), Reason.PARAMETER_MISSING, Stops.LISTING),
        (MUG, MUGS, _missing(OF_PRODUCT, True, True), Reason.PARAMETER_MISSING, Stops.NEW_PRODUCT),
        (MUG, MUGS, _missing(OF_PRODUCT, False, True), Reason.PARAMETER_MISSING, Stops.NEW_PRODUCT),
        (MUG, MUGS, _wrong(OF_OFFER, True, False), Reason.VALUE_NOT_TAKEN, Stops.LISTING),
        (MUG, MUGS, _wrong(OF_PRODUCT, False, False), Reason.VALUE_NOT_TAKEN, Stops.NOTHING),
    ],
)
def test_a_gap_says_what_it_stops(
    product: ListedProduct, category: Category | None, filled: Filled | None, reason: Reason, stops: Stops
) -> None:
    coverage = coverage_of(product, category, filled)
    assert [(gap.reason, gap.stops) for gap in coverage.gaps] == [(reason, stops)]
    assert coverage.can_be_listed(as_new_product=False) == (stops is not Stops.LISTING)
    assert coverage.can_be_listed(as_new_product=True) == (stops is Stops.NOTHING)


def test_a_product_that_has_all_has_no_gap() -> None:
    coverage = coverage_of(MUG, MUGS, ALL_THERE)
    assert (coverage.product_id, coverage.variation_id, coverage.sku, coverage.gaps) == (11, 12, "MUG-1", ())


def test_a_gap_says_in_words_what_is_missing() -> None:
    filled = replace(_missing(OF_PRODUCT, True, True), wrong=_wrong(OF_OFFER, True, False).wrong)
    assert coverage_of(MUG, MUGS, filled, ["The title is too short."]).gaps == (
        Gap(Reason.PARAMETER_MISSING, "'Marka' is missing: The product has no SKU.", Stops.NEW_PRODUCT, "2"),
        Gap(Reason.VALUE_NOT_TAKEN, "'Stan' takes no such thing.", Stops.LISTING, "1"),
        Gap(Reason.TITLE, "The title is too short.", Stops.LISTING),
    )


def test_a_product_counts_once_for_a_reason() -> None:
    bare = replace(MUG, images=(), price=None)
    coverages = [
        coverage_of(MUG, MUGS, ALL_THERE),
        coverage_of(MUG, MUGS, ALL_THERE, ["Too short.", "One word."]),
        coverage_of(bare, MUGS, ALL_THERE),
        coverage_of(bare, None, None),
    ]
    assert count_by_reason(coverages) == {
        Reason.NO_IMAGE: 2,
        Reason.NO_PRICE: 2,
        Reason.TITLE: 1,
        Reason.NO_CATEGORY: 1,
    }
