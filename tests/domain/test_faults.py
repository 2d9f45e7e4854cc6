"""What is wrong with an order as the store made it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.drafts import compose, faults_of
from app.domain.settings import Settings
from app.domain.store import StoreOrder, StoreOrderLine
from tests.domain.samples import TAXES, line, order_of, product

_ORDER = order_of(line(quantity=2), line("TEA", "12.50", number=2, name="Tea"))
_PRODUCTS = {"mug": (product(11, variation_id=77),), "tea": ()}
_DRAFT = compose(_ORDER, account_name="Main", products=_PRODUCTS, taxes=TAXES, settings=Settings()).draft
_MUG = StoreOrderLine(1, 11, 77, 2, Decimal("65.02"), "line-1")
_TEA = StoreOrderLine(2, 0, 0, 1, Decimal("10.16"), "line-2")
_MADE = StoreOrder(500, "on-hold", _ORDER.total.amount, "PLN", _ORDER.id, _ORDER.id, "Main", None, (_MUG, _TEA))


def test_an_order_that_was_made_as_asked_has_no_faults() -> None:
    assert faults_of(_MADE, _DRAFT, _ORDER) == ()


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (replace(_MADE, total=None), "The store did not tell the order's total."),
        (
            replace(_MADE, total=Decimal("102.48")),
            "The store's total is 102.48 PLN, the buyer pays 102.47 PLN: a difference of +0.01.",
        ),
        (
            replace(_MADE, currency="EUR"),
            "The store's total is 102.47 EUR, the buyer pays 102.47 PLN: a difference of +0.00.",
        ),
        (replace(_MADE, lines=(_MUG,)), "The line 'Tea' (offer 7002) is missing."),
        (
            replace(_MADE, lines=(replace(_MUG, product_id=0), _TEA)),
            "The store lost the product of the line 'Mug' (offer 7001).",
        ),
        (
            replace(_MADE, lines=(replace(_MUG, variation_id=78), _TEA)),
            "The store lost the variation of the line 'Mug' (offer 7001).",
        ),
        (
            replace(_MADE, lines=(replace(_MUG, quantity=1), _TEA)),
            "The line 'Mug' has 1 pieces instead of 2.",
        ),
    ],
)
def test_what_the_store_made_differently_is_named(made: StoreOrder, fault: str) -> None:
    assert faults_of(made, _DRAFT, _ORDER) == (fault,)


def test_lines_are_compared_by_allegros_id_and_not_by_their_place() -> None:
    assert faults_of(replace(_MADE, lines=(_TEA, _MUG)), _DRAFT, _ORDER) == ()


def test_every_fault_is_named() -> None:
    assert len(faults_of(replace(_MADE, total=Decimal(0), lines=()), _DRAFT, _ORDER)) == 3
