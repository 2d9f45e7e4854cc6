"""Which tax rate the store applies, and the net amount that comes back as what was paid."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.orders import Address
from app.domain.store import StoreTaxes, TaxRate
from app.domain.taxes import NetAmount, Part, booked, factor, net_of, rates_for, total_of
from tests.domain.samples import HOME, NO_TAXES, TAXES, VAT_0, VAT_5, VAT_8, VAT_23, rate

_CZECH = replace(HOME, country="CZ", postcode="110 00", city="Praha")
_AT_SUBTOTAL = replace(TAXES, round_at_subtotal=True)


def _with(*rates: TaxRate, based_on: str = "shipping", base_country: str = "PL") -> StoreTaxes:
    return replace(TAXES, rates=rates, based_on=based_on, base_country=base_country)


def _ids(taxes: StoreTaxes, *, tax_class: str = "", shipping: Address = HOME, billing: Address = HOME) -> list[int]:
    return [rate.id for rate in rates_for(taxes, tax_class, billing, shipping)]


@pytest.mark.parametrize(
    ("tax_class", "ids"),
    [("", [1]), ("standard", [1]), ("reduced-rate", [2]), ("books", [3]), ("zero-rate", [4]), ("unheard-of", [])],
)
def test_a_line_has_the_rate_of_its_class(tax_class: str, ids: list[int]) -> None:
    assert _ids(TAXES, tax_class=tax_class) == ids


def test_a_rate_of_the_class_called_standard_is_a_rate_of_the_standard_class() -> None:
    assert _ids(_with(replace(VAT_23, tax_class="standard"))) == [1]


def test_where_taxes_are_off_no_rate_applies() -> None:
    assert _ids(NO_TAXES) == []


@pytest.mark.parametrize(
    ("based_on", "shipping", "billing", "country"),
    [
        ("shipping", HOME, _CZECH, "PL"),
        ("shipping", Address(), _CZECH, "CZ"),
        ("shipping", Address(), Address(), "DE"),
        ("billing", HOME, _CZECH, "CZ"),
        ("billing", HOME, Address(), "DE"),
        ("base", HOME, _CZECH, "DE"),
    ],
)
def test_the_rate_is_that_of_the_address_the_store_taxes_by(
    based_on: str, shipping: Address, billing: Address, country: str
) -> None:
    rates = [rate("1", number=number, country=code) for number, code in enumerate(("PL", "CZ", "DE"))]
    taxes = _with(*rates, based_on=based_on, base_country="DE")
    assert [found.country for found in rates_for(taxes, "", billing, shipping)] == [country]


def test_a_rate_of_every_country_gives_way_to_one_of_the_country() -> None:
    everywhere = rate("10", number=1, country="")
    assert _ids(_with(everywhere, replace(VAT_23, id=2))) == [2]
    assert _ids(_with(everywhere, replace(VAT_23, id=2)), shipping=_CZECH) == [1]


@pytest.mark.parametrize(
    ("based_on", "base_state", "shipping", "ids"),
    [
        ("base", "MZ", HOME, [2]),
        ("base", "mz", HOME, [2]),
        ("base", "WP", HOME, [1]),
        ("base", "", HOME, [1]),
        # Allegro tells no state, also where the buyer lives in the shop's own.
        ("shipping", "MZ", HOME, [1]),
        # An order without an address is taxed at the shop's own.
        ("shipping", "MZ", Address(), [2]),
    ],
)
def test_a_rate_of_a_state_applies_where_the_shops_own_address_counts(
    based_on: str, base_state: str, shipping: Address, ids: list[int]
) -> None:
    rates = (VAT_23, replace(rate("7", number=2), state="MZ"))
    taxes = replace(_with(*rates, based_on=based_on), base_state=base_state)
    assert _ids(taxes, shipping=shipping, billing=shipping) == ids


def test_a_rate_of_a_state_comes_before_one_of_a_postcode() -> None:
    by_postcode = replace(rate("6", number=3), postcodes=("00-950",))
    rates = (by_postcode, replace(rate("7", number=4), state="MZ"))
    taxes = replace(_with(*rates, based_on="base"), base_state="MZ", base_postcode="00-950")
    assert _ids(taxes) == [4]


def test_the_shops_own_address_has_a_postcode_and_a_city() -> None:
    limited = replace(VAT_23, postcodes=("01-*",), cities=("KRAKÓW",))
    taxes = replace(_with(limited, based_on="base"), base_postcode="01-100", base_city="Kraków")
    assert _ids(taxes) == [1]
    assert _ids(replace(taxes, base_postcode="02-100")) == []


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("00-950", True),
        ("00950", True),
        ("00-951", False),
        ("00-9*", True),
        ("01*", False),
        ("00-900...00-999", True),
        ("00900...00999", True),
        ("01-000...01-999", False),
        ("00-950...00-950", True),
    ],
)
def test_a_rate_may_be_limited_to_postcodes(pattern: str, matches: bool) -> None:
    assert bool(_ids(_with(replace(VAT_23, postcodes=("99-999", pattern))))) is matches


def test_a_postcode_is_compared_without_spaces_and_in_any_case() -> None:
    taxes = _with(rate("20", country="GB"))
    limited = replace(taxes, rates=(replace(taxes.rates[0], postcodes=("sw1a*",)),))
    assert _ids(limited, shipping=replace(HOME, country="GB", postcode="SW1A 1AA")) == [1]


def test_a_rate_may_be_limited_to_cities_in_any_case() -> None:
    limited = _with(replace(VAT_23, cities=("WARSZAWA",)))
    assert _ids(limited) == [1]
    assert _ids(limited, shipping=replace(HOME, city="Łódź")) == []


def test_of_one_priority_the_most_exact_rate_applies_and_then_the_oldest() -> None:
    by_city = replace(rate("7", number=3), cities=("WARSZAWA",))
    by_postcode = replace(rate("6", number=4), postcodes=("00-950",))
    assert _ids(_with(VAT_23, rate("22", number=2), by_city, by_postcode)) == [4]
    assert _ids(_with(VAT_23, rate("22", number=2), by_city)) == [3]
    assert _ids(_with(rate("22", number=2), replace(VAT_23, order=9))) == [1]


def test_each_priority_adds_a_rate() -> None:
    assert _ids(_with(rate("2", number=9, priority=2), VAT_23)) == [1, 9]


def test_rates_add_up_and_a_compound_rate_is_due_on_the_others_too() -> None:
    compound = replace(rate("10", number=2, priority=2), compound=True)
    assert factor(()) == 1
    assert factor((VAT_23,)) == Decimal("1.23")
    assert factor((rate("5"), rate("3"))) == Decimal("1.08")
    assert factor((rate("5"), compound)) == Decimal("1.155")


def _total(lines: Iterable[tuple[Decimal, tuple[TaxRate, ...]]], taxes: StoreTaxes) -> Decimal:
    return total_of([NetAmount(net, rates) for net, rates in lines], taxes)


@pytest.mark.parametrize(
    ("gross", "rates", "net"),
    [
        ("123.00", (VAT_23,), "100.00"),
        ("39.99", (VAT_23,), "32.51"),
        ("39.99", (VAT_8,), "37.03"),
        ("39.99", (VAT_5,), "38.09"),
        ("39.99", (VAT_0,), "39.99"),
        ("39.99", (), "39.99"),
        ("0.00", (VAT_23,), "0.00"),
        ("0.01", (VAT_23,), "0.01"),
        # 0.50 net would be 0.62 or 0.61, as half a cent of tax goes up or down, so the exact quotient is sent.
        ("0.62", (VAT_23,), "0.504065"),
        ("0.61", (VAT_23,), "0.495935"),
    ],
)
def test_the_net_amount_has_the_stores_decimals_where_one_comes_back_as_the_gross(
    gross: str, rates: tuple[TaxRate, ...], net: str
) -> None:
    assert str(net_of(Decimal(gross), rates, TAXES)) == net


def test_where_taxes_are_rounded_at_the_subtotal_the_exact_net_amount_is_sent() -> None:
    assert net_of(Decimal("39.99"), (VAT_23,), _AT_SUBTOTAL) == Decimal("32.512195")


def test_a_currency_without_decimals_is_rounded_to_whole_units() -> None:
    forints = replace(TAXES, decimals=0)
    net = net_of(Decimal(1990), (rate("27"),), forints)
    assert net == 1567
    assert _total([(net, (rate("27"),))], forints) == 1990


def test_the_tax_of_each_rate_is_rounded_by_itself() -> None:
    two = (rate("5", number=1), rate("5", number=2, priority=2))
    assert _total([(Decimal("0.10"), two)], TAXES) == Decimal("0.12")
    assert _total([(Decimal("0.10"), two)], _AT_SUBTOTAL) == Decimal("0.11")


def test_lines_are_rounded_one_by_one_or_all_together_as_the_store_is_set() -> None:
    three = [(Decimal("0.024"), (VAT_23,))] * 3
    assert _total(three, TAXES) == Decimal("0.09")
    assert _total([(Decimal("1.004"), ())] * 3, TAXES) == Decimal("3.00")
    assert _total([(Decimal("1.004"), ())] * 3, _AT_SUBTOTAL) == Decimal("3.01")


def test_each_part_of_an_order_rounds_its_net_amount_in_its_own_way() -> None:
    def booked_as(part: Part, taxes: StoreTaxes) -> str:
        return str(booked(NetAmount(Decimal("1.004"), (VAT_23,), part), taxes))

    assert [booked_as(part, TAXES) for part in Part] == ["1.23", "1.23", "1.234"]
    assert [booked_as(part, _AT_SUBTOTAL) for part in Part] == ["1.234920", "1.230920", "1.234920"]


_GROSS = st.decimals(min_value=0, max_value=99_999, places=2)
_RATES = st.sampled_from([(VAT_23,), (VAT_8,), (VAT_5,), (VAT_0,), ()])


@given(gross=_GROSS, rates=_RATES, taxes=st.sampled_from([TAXES, _AT_SUBTOTAL]))
def test_a_net_amount_is_never_negative_and_never_more_than_the_gross(
    gross: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes
) -> None:
    assert 0 <= net_of(gross, rates, taxes) <= gross


@given(gross=_GROSS, rates=_RATES, taxes=st.sampled_from([TAXES, _AT_SUBTOTAL]))
def test_the_store_makes_the_gross_of_the_net_again(
    gross: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes
) -> None:
    assert _total([(net_of(gross, rates, taxes), rates)], taxes) == gross
