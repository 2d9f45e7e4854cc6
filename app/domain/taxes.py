"""The store's taxes: which rate an amount has, and the net amount that comes back as the gross that was paid.

WooCommerce takes the amounts of an order as net, also where prices include tax, and adds the tax itself. Its own
arithmetic (`WC_Tax`, `WC_Abstract_Order::calculate_totals`): tax is counted rate by rate with six decimals and rounded
to the store's decimals, unless taxes are rounded at the subtotal. Of the net amounts, delivery is always rounded, fees
never, and lines unless taxes are rounded at the subtotal. The total is rounded last. Half a cent of tax goes up where
prices are entered without tax, and down where they are entered with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import count

from app.domain.money import round_to
from app.domain.orders import Address
from app.domain.store import StoreTaxes, TaxRate

_FINE = 6  # decimals with which WooCommerce counts


class Part(StrEnum):
    """Where an amount stands in a store order; each place is rounded in its own way."""

    LINE = "line"
    DELIVERY = "delivery"
    FEE = "fee"


@dataclass(frozen=True)
class NetAmount:
    """A net amount of a store order and the rates that the store adds."""

    net: Decimal
    rates: tuple[TaxRate, ...]
    part: Part = Part.LINE


@dataclass(frozen=True)
class _Place:
    country: str
    state: str
    postcode: str
    city: str


def rates_for(taxes: StoreTaxes, tax_class: str, billing: Address, shipping: Address) -> tuple[TaxRate, ...]:
    """The rates that WooCommerce applies to a class at the customer's address: the best match of each priority."""
    if not taxes.enabled:
        return ()
    place = _place(taxes, billing, shipping)
    candidates = [rate for rate in taxes.rates if _slug(rate.tax_class) == _slug(tax_class) and _covers(rate, place)]
    # The most exact row of a priority wins, as in WC_Tax::sort_rates_callback; the table's own order does not count.
    candidates.sort(
        key=lambda rate: (rate.priority, not rate.country, not rate.state, not rate.postcodes, not rate.cities, rate.id)
    )
    best: dict[int, TaxRate] = {}
    for rate in candidates:
        best.setdefault(rate.priority, rate)
    return tuple(best.values())


def base_rates(taxes: StoreTaxes, tax_class: str) -> tuple[TaxRate, ...]:
    """The rates of a class for a buyer at the shop's own address, as in `WC_Tax::get_base_tax_rates`."""
    return rates_for(replace(taxes, based_on="base"), tax_class, Address(), Address())


def gross_of(entered: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes) -> Decimal:
    """What a buyer pays for a price as it is entered in the store (`wc_get_price_including_tax`)."""
    if not taxes.prices_include_tax and rates:
        entered = booked(NetAmount(entered, rates), taxes)
    return round_to(entered, taxes.decimals)


def entered_for(gross: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes) -> Decimal:
    """The price to enter in the store, with its decimals, that comes to `gross`, or as near to it as one can."""
    if taxes.prices_include_tax or not rates:
        return round_to(gross, taxes.decimals)
    nearest = round_to(gross / factor(rates), taxes.decimals)
    candidates = (nearest, nearest - cent_of(taxes), nearest + cent_of(taxes))
    return min(candidates, key=lambda each: abs(gross_of(each, rates, taxes) - gross))


def factor(rates: Iterable[TaxRate]) -> Decimal:
    """What a net amount is multiplied by to become gross: 1.23 for one rate of 23 %."""
    return sum(_parts(Decimal(1), tuple(rates)), Decimal(1))


def net_of(gross: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes, part: Part = Part.LINE) -> Decimal:
    """The net amount to send, so that the store's own tax brings it back to `gross`, or as near below as it can.

    An amount with the store's decimals is preferred, because it reads well. What comes back never depends on which
    way half a cent of tax goes. Some amounts cannot be had at all: 0.42 with 12 % is 0.41 or 0.43 where half a cent
    goes up. Then the amount is smaller.
    """
    multiplier = factor(rates)
    if multiplier == 1:
        return gross
    exact, cent = gross / multiplier, cent_of(taxes)
    rounded = gross - round_to(gross - exact, taxes.decimals)
    if _outcomes(rounded, rates, part, taxes) == {gross}:
        return rounded
    fine = round_to(exact, _FINE)
    outcomes = _outcomes(fine, rates, part, taxes)
    if len(outcomes) == 1 and all(abs(outcome - gross) < cent / 2 for outcome in outcomes):
        return fine
    start = exact.quantize(cent, rounding=ROUND_FLOOR)
    # Ends at 0 at the latest.
    return next(net for step in count() if _is_safe(net := start - step * cent, gross, rates, part, taxes))


def cent_of(taxes: StoreTaxes) -> Decimal:
    """The smallest amount that the store's prices can tell apart."""
    return Decimal(1).scaleb(-taxes.decimals)


def booked(amount: NetAmount, taxes: StoreTaxes) -> Decimal:
    """What an amount adds to the order's total, with its tax, before the total itself is rounded."""
    return _booked(amount.net, amount.rates, amount.part, taxes, ROUND_HALF_UP)


def total_of(amounts: Iterable[NetAmount], taxes: StoreTaxes) -> Decimal:
    """The order total that WooCommerce makes of net amounts with their rates."""
    return round_to(sum((booked(amount, taxes) for amount in amounts), Decimal(0)), taxes.decimals)


def _booked(net: Decimal, rates: tuple[TaxRate, ...], part: Part, taxes: StoreTaxes, half: str) -> Decimal:
    tax = [round_to(each, _FINE) for each in _parts(net, rates)]
    if not taxes.round_at_subtotal:
        tax = [each.quantize(cent_of(taxes), rounding=half) for each in tax]
    if part is Part.DELIVERY or (part is Part.LINE and not taxes.round_at_subtotal):
        net = round_to(net, taxes.decimals)
    return net + sum(tax)


def _outcomes(net: Decimal, rates: tuple[TaxRate, ...], part: Part, taxes: StoreTaxes) -> set[Decimal]:
    return {_booked(net, rates, part, taxes, half) for half in (ROUND_HALF_UP, ROUND_HALF_DOWN)}


def _is_safe(net: Decimal, gross: Decimal, rates: tuple[TaxRate, ...], part: Part, taxes: StoreTaxes) -> bool:
    outcomes = _outcomes(net, rates, part, taxes)
    return len(outcomes) == 1 and max(outcomes) <= gross


def _parts(net: Decimal, rates: tuple[TaxRate, ...]) -> list[Decimal]:
    """The tax of each rate, unrounded; a compound rate is due on the taxes before it as well."""
    parts = [net * rate.percent / 100 for rate in rates if not rate.compound]
    for rate in rates:
        if rate.compound:
            parts.append((net + sum(parts)) * rate.percent / 100)
    return parts


def _slug(tax_class: str) -> str:
    return "" if tax_class == "standard" else tax_class


def _place(taxes: StoreTaxes, billing: Address, shipping: Address) -> _Place:
    address = shipping if taxes.based_on == "shipping" and shipping.country else billing
    if taxes.based_on == "base" or not address.country:
        return _Place(taxes.base_country, taxes.base_state, taxes.base_postcode, taxes.base_city)
    # Allegro's addresses have no state, and the store order gets none.
    return _Place(address.country, "", address.postcode, address.city)


def _covers(rate: TaxRate, place: _Place) -> bool:
    postcode, city = place.postcode.replace(" ", "").upper(), place.city.upper()
    return (
        rate.country in ("", place.country)
        and rate.state in ("", place.state.upper())
        and (not rate.postcodes or any(_postcode_matches(row.upper(), postcode) for row in rate.postcodes))
        and (not rate.cities or city in {row.upper() for row in rate.cities})
    )


def _postcode_matches(pattern: str, postcode: str) -> bool:
    pattern = pattern.replace(" ", "")
    if "..." in pattern:
        low, _, high = pattern.partition("...")
        return _digits(low) <= _digits(postcode) <= _digits(high)
    if pattern.endswith("*"):
        return postcode.startswith(pattern[:-1])
    return pattern in (postcode, postcode.replace("-", ""))


def _digits(text: str) -> int:
    return int("".join(character for character in text if character.isdigit()) or 0)
