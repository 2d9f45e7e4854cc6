"""Amounts of money."""

from decimal import Decimal

import pytest

from app.domain.money import CurrencyMismatch, Money, round_to
from tests.domain.samples import pln


def test_amounts_of_one_currency_are_added_subtracted_and_multiplied_exactly() -> None:
    assert pln("0.10") + pln("0.20") == pln("0.30")
    assert pln("0.30") - pln("0.10") == pln("0.20")
    assert pln("19.99") * 3 == pln("59.97")


def test_amounts_of_two_currencies_are_never_combined() -> None:
    with pytest.raises(CurrencyMismatch, match="PLN with CZK"):
        pln("1") + Money(Decimal(1), "CZK")
    with pytest.raises(CurrencyMismatch):
        pln("1") - Money(Decimal(1), "EUR")


def test_an_amount_reads_with_two_decimals_and_its_currency() -> None:
    assert str(pln("5")) == "5.00 PLN"


@pytest.mark.parametrize(
    ("amount", "decimals", "rounded"),
    [("0.005", 2, "0.01"), ("-0.005", 2, "-0.01"), ("0.0049", 2, "0.00"), ("2.5", 0, "3"), ("1.2345", 3, "1.235")],
)
def test_half_is_rounded_away_from_zero(amount: str, decimals: int, rounded: str) -> None:
    assert round_to(Decimal(amount), decimals) == Decimal(rounded)
