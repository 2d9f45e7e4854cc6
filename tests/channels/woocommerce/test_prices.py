"""The store's prices: what is read is exact or unknown, and what is written is checked."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.channels.reading import parse_json
from app.channels.woocommerce.translate_products import goods_from, variation_of
from app.channels.woocommerce.wire import read
from app.domain.products import Prices


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ('"9.90"', "9.90"),
        ('" 9.9 "', "9.9"),
        ('"12.505"', "12.505"),
        ('"0"', "0"),
        ('"0.00"', "0.00"),
        ("0", "0"),
        ("12", "12"),
        ("12.10", "12.10"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ('"abc"', None),
        ('"12,00"', None),
        ('"12.00 zł"', None),
        ('"NaN"', None),
        ('"1e999999"', None),
        ('""', None),
        ("null", None),
        ("true", None),
        ("[]", None),
    ],
)
def test_a_price_is_exact_or_unknown_and_never_zero_by_mistake(said: str, price: str | None) -> None:
    row = parse_json(f'{{"id": 5, "price": {said}, "regular_price": {said}, "sale_price": {said}}}')
    wanted = None if price is None else Decimal(price)
    prices = goods_from(read(row, "x")).prices
    assert prices == Prices(current=wanted, regular=wanted, sale=wanted)
    assert str(prices.regular) == str(price)


def test_a_variation_has_the_dates_of_its_own_sale() -> None:
    row = {
        "id": 5,
        "regular_price": "49.00",
        "sale_price": "39.00",
        "date_on_sale_from": "2026-10-31T01:00:00",
        "date_on_sale_from_gmt": "2026-10-31T00:00:00",
        "date_on_sale_to_gmt": "2026-11-30T22:59:59",
    }
    parent = goods_from(read({"id": 2, "date_on_sale_to_gmt": "2030-01-01T00:00:00"}, "x"))
    assert variation_of(goods_from(read(row, "x")), 2, parent).prices == Prices(
        regular=Decimal("49.00"),
        sale=Decimal("39.00"),
        sale_from=datetime(2026, 10, 31, tzinfo=UTC),
        sale_until=datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("own", "parents", "tax_class"),
    [
        ("parent", "reduced-rate", "reduced-rate"),
        ("parent", "", ""),
        ("", "reduced-rate", ""),
        ("zero-rate", "reduced-rate", "zero-rate"),
        ("parent", None, "parent"),
    ],
)
def test_a_variation_of_its_parents_tax_class_has_that_class(own: str, parents: Any, tax_class: str) -> None:
    parent = None if parents is None else goods_from(read({"id": 2, "tax_class": parents}, "x"))
    assert variation_of(goods_from(read({"id": 5, "tax_class": own}, "x")), 2, parent).tax_class == tax_class
