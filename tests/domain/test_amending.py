"""Which lines of a store order have taken their pieces out of stock."""

from decimal import Decimal

import pytest

from app.domain.amending import taken_lines
from app.domain.store import StoreOrder, StoreOrderLine
from tests.domain.samples import line, order_of

_ORDER = order_of(line(number=1), line(number=2))


def _made(status: str, *lines: StoreOrderLine) -> StoreOrder:
    return StoreOrder(1, status, Decimal(80), "PLN", _ORDER.id, _ORDER.id, lines=lines)


def _line(number: int, *, product_id: int = 7, reduced: int = 0) -> StoreOrderLine:
    return StoreOrderLine(number, product_id, 0, 1, Decimal(30), f"line-{number}", reduced)


@pytest.mark.parametrize(
    ("status", "second", "is_new", "taken"),
    [
        ("processing", _line(2), True, {1, 2}),
        ("processing", _line(2, product_id=0), False, {1}),
        ("processing", None, True, {1}),
        ("processing", None, False, {1, 2}),  # a person put another line in its place
        ("trash", _line(2), False, {1, 2}),
        # A plugin's own status, into which the order came from one that reduces.
        ("packed", _line(2, reduced=1), False, {1, 2}),
        ("packed", _line(2, product_id=0), False, {1}),
        ("packed", None, False, {1, 2}),
        ("pending", _line(2, reduced=1), False, set()),
        ("cancelled", None, False, set()),
        ("refunded", _line(2, reduced=1), False, set()),
    ],
)
def test_a_line_is_out_of_stock_when_its_store_order_took_it(
    status: str, second: StoreOrderLine | None, is_new: bool, taken: set[int]
) -> None:
    made = _made(status, *filter(None, (_line(1, reduced=1), second)))
    assert taken_lines(made, _ORDER, is_new=is_new) == {f"line-{number}" for number in taken}
