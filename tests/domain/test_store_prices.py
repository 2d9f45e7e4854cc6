"""The price in force, what it comes to for an offer, and the price to enter for one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import Money, decimals_of
from app.domain.products import PriceField, Prices, Product
from app.domain.store import StoreTaxes, TaxRate
from app.domain.store_prices import InForce, entered_price, in_force, next_change, offer_price
from app.domain.taxes import cent_of, entered_for, gross_of
from tests.domain.samples import GROSS_PRICES, NET_PRICES, VAT_0, VAT_5, VAT_8, VAT_23, pln, prices, rate, store_product

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
_SECOND, _TICK = timedelta(seconds=1), timedelta(microseconds=1)
_DAY = timedelta(days=1)
MUG = store_product(11)


def _found(price: str, field: PriceField | None = PriceField.REGULAR) -> InForce:
    return InForce(Decimal(price), field)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(prices("10.00"), _found("10.00"), id="regular"),
        pytest.param(prices("10.00", "8.00", current="8.00"), _found("8.00", PriceField.SALE), id="on sale"),
        pytest.param(prices("10.00", "10.00"), _found("10.00"), id="sale equal to regular"),
        pytest.param(prices("10.00", "12.00"), _found("10.00"), id="sale above regular"),
        pytest.param(prices("10.00", "12.00", current="12.00"), _found("10.00"), id="sale above regular, lagging"),
        pytest.param(prices("10.00", "8.00"), _found("8.00", PriceField.SALE), id="sale that the store has not begun"),
        pytest.param(
            prices("10.00", "8.00", current="8.00", sale_until=NOW - _DAY), _found("10.00"), id="sale not ended yet"
        ),
        pytest.param(
            prices("10.00", "8.00", sale_from=NOW - _DAY, sale_until=NOW + _DAY),
            _found("8.00", PriceField.SALE),
            id="sale not begun by the store, with both dates",
        ),
        pytest.param(prices("10.00", "8.00", sale_from=NOW + _DAY), _found("10.00"), id="planned sale"),
        pytest.param(
            prices("10.00", "8.00", current="8.00", sale_from=NOW + _DAY), _found("10.00"), id="sale begun too early"
        ),
        pytest.param(prices("10.00", current="7.77"), _found("7.77", None), id="a plugin's own price"),
        pytest.param(
            prices("10.00", "8.00", current="7.77", sale_until=NOW + _DAY),
            _found("7.77", None),
            id="a plugin's on sale",
        ),
        pytest.param(prices("", current="10.00"), _found("10.00"), id="only a price in force"),
        pytest.param(prices("", "8.00", current="8.00"), _found("8.00", None), id="sale of nothing regular"),
        pytest.param(prices("10.00", "0", current="0"), _found("0", PriceField.SALE), id="sale for nothing"),
        pytest.param(prices("0"), _found("0"), id="zero"),
        pytest.param(prices("-3"), _found("-3"), id="negative"),
        pytest.param(prices("10.0", "8.000", current="8"), _found("8", PriceField.SALE), id="zeros do not matter"),
        pytest.param(prices(""), None, id="no price"),
        pytest.param(prices("10.00", current=""), None, id="regular without one in force"),
        pytest.param(Prices(), None, id="variable parent"),
    ],
)
def test_the_price_in_force_follows_the_products_own_dates(known: Prices, expected: InForce | None) -> None:
    assert in_force(known, NOW) == expected


@pytest.mark.parametrize("current", ["10.00", "8.00"])
@pytest.mark.parametrize(
    ("at", "is_on_sale"),
    [
        (-_DAY, False),
        (-_TICK, False),
        (timedelta(0), True),
        (_TICK, True),
        (_DAY - _SECOND, True),
        (_DAY, True),
        # The shop counts in whole seconds, and the last one is still of the sale.
        (_DAY + _SECOND - _TICK, True),
        (_DAY + _SECOND, False),
        (3 * _DAY, False),
    ],
)
def test_a_sale_counts_from_its_first_second_to_its_last_whatever_the_store_has_done_yet(
    current: str, at: timedelta, is_on_sale: bool
) -> None:
    known = prices("10.00", "8.00", current=current, sale_from=NOW, sale_until=NOW + _DAY)
    found = _found("8.00", PriceField.SALE) if is_on_sale else _found("10.00")
    assert in_force(known, NOW + at) == found


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (prices("10.00"), None),
        (prices("10.00", "8.00"), None),
        (prices("10.00", "8.00", sale_from=NOW + _DAY), NOW + _DAY),
        (prices("10.00", "8.00", sale_from=NOW), None),
        (prices("10.00", "8.00", sale_from=NOW + _DAY, sale_until=NOW + 2 * _DAY), NOW + _DAY),
        (prices("10.00", "8.00", sale_from=NOW - _DAY, sale_until=NOW + _DAY), NOW + _DAY + _SECOND),
        (prices("10.00", "8.00", sale_until=NOW), NOW + _SECOND),
        (prices("10.00", "8.00", sale_until=NOW - _SECOND), None),
        (prices("10.00", "8.00", sale_from=NOW - 2 * _DAY, sale_until=NOW - _DAY), None),
        (prices("10.00", sale_from=NOW + _DAY), None),
    ],
)
def test_it_is_known_when_a_sale_begins_or_ends_by_itself(known: Prices, expected: datetime | None) -> None:
    assert next_change(known, NOW) == expected


_HOURS = st.none() | st.integers(-40, 40).map(lambda hours: NOW + timedelta(hours=hours))


@given(begins=_HOURS, ends=_HOURS, current=st.sampled_from(["10.00", "8.00"]), after=st.floats(0, 1))
def test_until_the_next_change_the_same_price_is_in_force(
    begins: datetime | None, ends: datetime | None, current: str, after: float
) -> None:
    known = replace(prices("10.00", "8.00", current=current), sale_from=begins, sale_until=ends)
    turn = next_change(known, NOW)
    last = turn - _TICK if turn else NOW + 100 * _DAY
    assert in_force(known, NOW + (last - NOW) * after) == in_force(known, NOW)
    if turn is not None and (begins is None or ends is None or begins <= ends):
        assert in_force(known, turn) != in_force(known, NOW)


_LOCAL = replace(rate("6", number=5), postcodes=("00-950",))
_ABROAD = rate("19", number=6, country="DE")
_SECOND_RATE = rate("2", number=7, priority=2)
_TWO = (rate("5"), rate("5", number=9, priority=2))
_COMPOUND = replace(rate("10", number=8, priority=2), compound=True)
_REDUCED, _BOOKS = replace(MUG, tax_class="reduced-rate"), replace(MUG, tax_class="books")


def _rates(*rates: TaxRate, **changed: object) -> StoreTaxes:
    return replace(NET_PRICES, rates=rates, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("taxes", "product", "entered", "gross"),
    [
        pytest.param(GROSS_PRICES, MUG, "39.99", "39.99", id="entered with tax"),
        pytest.param(GROSS_PRICES, _REDUCED, "39.99", "39.99", id="entered with tax, reduced"),
        pytest.param(NET_PRICES, MUG, "32.51", "39.99", id="standard"),
        pytest.param(NET_PRICES, replace(MUG, tax_class="standard"), "32.51", "39.99", id="standard by its name"),
        pytest.param(NET_PRICES, _REDUCED, "37.03", "39.99", id="reduced"),
        pytest.param(NET_PRICES, _BOOKS, "38.09", "39.99", id="5 %"),
        pytest.param(NET_PRICES, replace(MUG, tax_class="zero-rate"), "39.99", "39.99", id="zero rate"),
        pytest.param(NET_PRICES, replace(MUG, tax_class="unheard-of"), "39.99", "39.99", id="class without a rate"),
        pytest.param(NET_PRICES, replace(MUG, taxable=False), "39.99", "39.99", id="not taxable"),
        pytest.param(replace(NET_PRICES, enabled=False), MUG, "39.99", "39.99", id="taxes off"),
        pytest.param(_rates(rate("5"), _SECOND_RATE), MUG, "100.00", "107.00", id="two rates"),
        pytest.param(_rates(rate("5"), _COMPOUND), MUG, "100.00", "115.50", id="compound"),
        pytest.param(_rates(*_TWO), MUG, "0.10", "0.12", id="each rate rounded by itself"),
        pytest.param(_rates(*_TWO, round_at_subtotal=True), MUG, "0.10", "0.11", id="rounded at the subtotal"),
        pytest.param(_rates(_ABROAD, VAT_23), MUG, "100.00", "123.00", id="rates of other countries"),
        pytest.param(_rates(_ABROAD), MUG, "100.00", "100.00", id="only rates of other countries"),
        pytest.param(
            _rates(_LOCAL, VAT_23, base_postcode="00-950"), MUG, "100.00", "106.00", id="rate of the shop's postcode"
        ),
        pytest.param(_rates(_LOCAL, VAT_23), MUG, "100.00", "123.00", id="rate of another postcode"),
        pytest.param(_rates(VAT_23, based_on="billing"), MUG, "100.00", "123.00", id="the shop's own address counts"),
        pytest.param(_rates(VAT_23, decimals=0), MUG, "33", "41.00", id="no decimals"),
        pytest.param(_rates(VAT_23, decimals=3), MUG, "32.511", "39.99", id="three decimals, the offer has two"),
        pytest.param(replace(GROSS_PRICES, decimals=3), MUG, "39.985", "39.99", id="three decimals with tax"),
        pytest.param(GROSS_PRICES, MUG, "39.985", "39.99", id="more decimals than the store shows"),
        pytest.param(NET_PRICES, MUG, "32.514", "39.99", id="more decimals than the store shows, without tax"),
    ],
)
def test_an_offer_costs_what_a_buyer_at_the_shops_own_address_pays(
    taxes: StoreTaxes, product: Product, entered: str, gross: str
) -> None:
    assert offer_price(product, Decimal(entered), 1, taxes, "PLN") == pln(gross)


@pytest.mark.parametrize(
    ("taxes", "units", "price", "entered"),
    [
        pytest.param(GROSS_PRICES, 1, "39.99", "39.99", id="entered with tax"),
        pytest.param(NET_PRICES, 1, "39.99", "32.51", id="entered without tax"),
        pytest.param(NET_PRICES, 1, "0.99", "0.80", id="a price that cannot be had"),
        pytest.param(GROSS_PRICES, 3, "30.00", "10.00", id="set of three"),
        pytest.param(GROSS_PRICES, 3, "29.99", "10.00", id="set of three that cannot be had"),
        pytest.param(NET_PRICES, 3, "36.90", "10.00", id="set of three, without tax"),
        pytest.param(GROSS_PRICES, 3, "0.01", "0.00", id="less than a cent for one"),
        pytest.param(replace(GROSS_PRICES, decimals=0), 1, "10.49", "10", id="no decimals"),
        pytest.param(replace(NET_PRICES, decimals=0), 1, "41.00", "33", id="no decimals, without tax"),
        pytest.param(replace(NET_PRICES, decimals=3), 1, "39.99", "32.512", id="three decimals"),
        pytest.param(replace(NET_PRICES, enabled=False), 1, "39.99", "39.99", id="taxes off"),
    ],
)
def test_the_price_to_enter_has_the_stores_decimals(taxes: StoreTaxes, units: int, price: str, entered: str) -> None:
    assert str(entered_price(MUG, pln(price), units, taxes)) == entered


def test_a_set_costs_its_pieces() -> None:
    assert offer_price(MUG, Decimal("9.99"), 3, GROSS_PRICES, "PLN") == pln("29.97")
    assert offer_price(MUG, Decimal("0.50"), 3, NET_PRICES, "PLN") == pln("1.86")


@pytest.mark.parametrize(
    ("currency", "price"), [("PLN", "583.92"), ("EUR", "583.92"), ("CZK", "584"), ("HUF", "584"), ("XXX", "583.92")]
)
def test_a_price_is_as_precise_as_its_currency(currency: str, price: str) -> None:
    assert decimals_of(currency) == (2 if "." in price else 0)
    found = offer_price(MUG, Decimal("583.92"), 1, GROSS_PRICES, currency)
    assert (str(found.amount), found.currency) == (price, currency)


_CLASSES: list[tuple[TaxRate, ...]] = [(VAT_23,), (VAT_8,), (VAT_5,), (VAT_0,), (), (rate("5"), _COMPOUND)]
_STORES = st.builds(
    lambda decimals, at_subtotal, with_tax: replace(
        NET_PRICES, decimals=decimals, round_at_subtotal=at_subtotal, prices_include_tax=with_tax
    ),
    st.sampled_from([0, 2, 3]),
    st.booleans(),
    st.booleans(),
)
_GROSS = st.decimals(min_value=0, max_value=99_999, places=2)


@given(entered=_GROSS, rates=st.sampled_from(_CLASSES), taxes=_STORES)
def test_a_price_that_goes_to_the_offer_and_back_is_the_same(
    entered: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes
) -> None:
    entered = entered.quantize(cent_of(taxes))
    assert entered_for(gross_of(entered, rates, taxes), rates, taxes) == entered


@given(gross=_GROSS, rates=st.sampled_from(_CLASSES), taxes=_STORES)
def test_a_price_that_goes_to_the_store_comes_as_near_as_any_and_stays_there(
    gross: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes
) -> None:
    """Half a cent of tax at each rate, and half of what the next price to enter would add."""
    entered, cent = entered_for(gross, rates, taxes), cent_of(taxes)
    back = gross_of(entered, rates, taxes)
    added = (
        1
        if taxes.prices_include_tax
        else 1 + sum((each.percent / 100).quantize(Decimal(1), ROUND_CEILING) for each in rates)
    )
    assert abs(back - gross) <= added * cent / 2
    others = (gross_of(entered + step * cent, rates, taxes) for step in range(-4, 5))
    assert abs(back - gross) == min(abs(other - gross) for other in others)
    assert gross_of(entered_for(back, rates, taxes), rates, taxes) == back


@given(gross=_GROSS.filter(lambda each: each > 0), units=st.integers(1, 12))
def test_prices_entered_with_tax_are_the_offers_own(gross: Decimal, units: int) -> None:
    price = Money(gross * units, "PLN")
    assert entered_price(MUG, price, units, GROSS_PRICES) == gross
    assert offer_price(MUG, gross, units, GROSS_PRICES, "PLN") == price
