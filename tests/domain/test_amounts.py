"""Which amounts a store order gets, and what is said where they do not make what the buyer pays."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.amounts import Amounts, LineAmounts, amounts_of
from app.domain.orders import Charge, ChargeKind, Order, OrderLine
from app.domain.store import DraftFee, StoreTaxes
from tests.domain.samples import HOME, NO_TAXES, TAXES, line, order_of, pln, product


def _amounts(order: Order, taxes: StoreTaxes = NO_TAXES) -> Amounts:
    return amounts_of(order, [product()] * len(order.lines), taxes, billing=HOME, shipping=HOME)


def _paid(order: Order, total: str) -> Order:
    return replace(order, total=pln(total))


@pytest.mark.parametrize("total", ["49.98", "50.00", "49.96"])
def test_a_difference_of_more_than_a_cent_is_never_smoothed_away(total: str) -> None:
    amounts = _amounts(_paid(order_of(), total))  # the goods and the delivery make 49.98
    assert amounts.fees == ()
    assert bool(amounts.hold_reasons) is (total != "49.98")


def test_many_lines_excuse_no_larger_difference() -> None:
    order = order_of(*(line(number=number) for number in range(6)))
    amounts = _amounts(replace(order, total=order.total + pln("0.02")))
    assert amounts.fees == ()
    assert amounts.hold_reasons == (
        (
            "Goods and delivery make 249.93 PLN, but the buyer pays 249.95 PLN: "
            "a difference of +0.02 that this order's lines do not explain."
        ),
    )


def test_prices_with_parts_of_a_cent_excuse_a_cent_each() -> None:
    halves = [line(price="0.335", number=number) for number in range(3)]
    amounts = _amounts(_paid(order_of(*halves), "11.01"))  # 10.995, and each line may have been rounded up
    assert amounts.hold_reasons == ()


def test_a_rounding_line_is_told_in_words() -> None:
    amounts = _amounts(_paid(order_of(), "49.99"))
    assert amounts.fees == (DraftFee("Rounding", Decimal("0.01")),)
    assert amounts.notes == (
        'A line "Rounding" of 0.01 PLN closes the gap between the store\'s sum and the 49.99 PLN that the buyer pays.',
    )


def test_where_the_parts_are_too_much_delivery_is_lowered_because_a_fee_cannot_be_negative() -> None:
    amounts = _amounts(_paid(order_of(), "49.97"))
    assert amounts.lines == (LineAmounts(Decimal("39.99")),)
    assert amounts.shipping_net == Decimal("9.97")
    assert amounts.fees == (DraftFee("Rounding", Decimal("0.01")),)
    assert amounts.notes[0].endswith("that the buyer pays after 0.02 PLN were taken off other amounts.")


def test_without_paid_delivery_the_largest_line_is_lowered() -> None:
    order = order_of(line(price="1.00"), line(price="40.00", number=2), line(price="2.00", number=3))
    wrapping = Charge(ChargeKind.SERVICE, "Wrapping", pln("50.00"))
    order = replace(order, delivery=replace(order.delivery, cost=pln("0.00")), charges=(wrapping,))
    amounts = _amounts(_paid(order, "92.99"))
    assert [each.net_total for each in amounts.lines] == [Decimal("1.00"), Decimal("39.98"), Decimal("2.00")]
    assert amounts.shipping_net == 0
    # A cent less for rounding is no discount.
    assert {each.net_subtotal for each in amounts.lines} == {None}


@pytest.mark.parametrize(
    ("total", "decimals", "reason"),
    [
        (
            "49.98",
            0,
            (
                "The store's prices have 0 decimals, so that its total is 50 PLN, but the buyer pays 49.98 PLN: "
                "a difference of -0.02."
            ),
        ),
        (
            "49.98",
            1,
            (
                "The store's prices have 1 decimals, so that its total is 50.0 PLN, but the buyer pays 49.98 PLN: "
                "a difference of -0.02."
            ),
        ),
        ("49.98", 2, None),
        ("49.98", 4, None),
    ],
)
def test_a_total_that_the_stores_prices_cannot_express_is_named(total: str, decimals: int, reason: str | None) -> None:
    amounts = _amounts(_paid(order_of(), total), replace(NO_TAXES, decimals=decimals))
    assert amounts.hold_reasons == ((reason,) if reason else ())
    assert amounts.fees == ()


def _with(*vouchers: str) -> OrderLine:
    return replace(line(price="30.00"), vouchers=tuple(pln(value) for value in vouchers))


@pytest.mark.parametrize(
    ("bought", "total", "net", "subtotal", "is_held"),
    [
        (_with("10.00"), "29.99", "20.00", "30.00", False),
        (_with("10.00", "5.00"), "24.99", "15.00", "30.00", False),
        (_with("30.00"), "9.99", "0.00", "30.00", False),
        # The total is not net of the voucher.
        (_with("10.00"), "39.99", "30.00", None, False),
        # The vouchers are not what makes the difference.
        (_with("10.00"), "29.98", "30.00", None, True),
        (_with("10.00", "5.00"), "29.99", "30.00", None, True),
        # A voucher is never worth more than its line.
        (_with("31.00"), "8.99", "30.00", None, True),
        (_with(), "29.99", "30.00", None, True),
    ],
)
def test_vouchers_are_taken_off_their_line_where_they_make_the_difference(
    bought: OrderLine, total: str, net: str, subtotal: str | None, is_held: bool
) -> None:
    amounts = _amounts(_paid(order_of(bought), total))
    assert amounts.lines == (LineAmounts(Decimal(net), Decimal(subtotal) if subtotal else None),)
    assert bool(amounts.hold_reasons) is is_held
    assert bool(amounts.notes) is (subtotal is not None)


def test_a_voucher_is_taken_off_with_its_tax() -> None:
    amounts = _amounts(_paid(order_of(_with("5.40")), "34.59"), TAXES)
    assert amounts.lines == (LineAmounts(Decimal("20.00"), Decimal("24.39")),)
    assert amounts.notes == ("Allegro's vouchers worth 5.40 PLN are taken off the lines.",)


def test_only_the_line_with_the_voucher_is_less() -> None:
    order = order_of(line(number=2), _with("10.00"))
    amounts = _amounts(replace(order, total=order.total - pln("10.00")))
    assert [each.net_subtotal for each in amounts.lines] == [None, Decimal("30.00")]


def test_goods_of_which_only_the_delivery_is_taxed_give_delivery_their_class() -> None:
    books = product(tax_class="reduced-rate", taxable=False)
    for is_delivery_taxed, net in ((True, "9.25"), (False, "9.99")):
        bought = [replace(books, only_delivery_taxed=is_delivery_taxed)]
        amounts = amounts_of(order_of(), bought, TAXES, billing=HOME, shipping=HOME)
        assert (amounts.lines[0].net_total, amounts.shipping_net) == (Decimal("39.99"), Decimal(net))
