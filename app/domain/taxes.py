"""The store's taxes: which rate a line has, and the net amount that comes back as the gross that was paid.

WooCommerce takes the totals of order lines as net, also where prices include tax, and adds the tax itself. Its own
arithmetic (`WC_Tax`, `WC_Abstract_Order::calculate_totals`): a line's tax is rounded to the store's decimals, rate by
rate, unless taxes are rounded at the subtotal, and so is the line's net amount in the order's total. Half a cent of
tax goes up where prices are entered without tax, and down where they are entered with it.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from app.domain.money import round_to
from app.domain.orders import Address
from app.domain.store import StoreTaxes, TaxRate

_FINE = 8  # decimals of a net amount that is sent unrounded; WooCommerce keeps them


def rates_for(taxes: StoreTaxes, tax_class: str, billing: Address, shipping: Address) -> tuple[TaxRate, ...]:
    """The rates that WooCommerce applies to a class at the customer's address: the best match of each priority."""
    if not taxes.enabled:
        return ()
    place = _place(taxes, billing, shipping)
    candidates = [rate for rate in taxes.rates if _slug(rate.tax_class) == _slug(tax_class) and _covers(rate, place)]
    # The most exact row of a priority wins, as in WC_Tax::sort_rates_callback; the table's own order does not count.
    candidates.sort(
        key=lambda rate: (rate.priority, not rate.country, not rate.postcodes, not rate.cities, rate.id),
    )
    best: dict[int, TaxRate] = {}
    for rate in candidates:
        best.setdefault(rate.priority, rate)
    return tuple(best.values())


def factor(rates: Iterable[TaxRate]) -> Decimal:
    """What a net amount is multiplied by to become gross: 1.23 for one rate of 23 %."""
    return sum(_parts(Decimal(1), tuple(rates)), Decimal(1))


def net_of(gross: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes) -> Decimal:
    """The net amount to send, so that the store's own tax brings it back to `gross`.

    An amount with the store's decimals is preferred, because it reads well; it must come back whichever way half a
    cent of tax goes. Where there is none, the exact quotient is sent: its tax never ends in half a cent.
    """
    multiplier = factor(rates)
    exact = gross / multiplier
    if multiplier == 1:
        return gross
    if not taxes.round_at_subtotal:
        rounded = gross - round_to(gross - exact, taxes.decimals)
        if all(rounded + _tax_on(rounded, rates, taxes, half) == gross for half in (ROUND_HALF_UP, ROUND_HALF_DOWN)):
            return rounded
    return round_to(exact, _FINE)


def total_of(lines: Iterable[tuple[Decimal, tuple[TaxRate, ...]]], taxes: StoreTaxes) -> Decimal:
    """The order total that WooCommerce makes of net amounts with their rates."""
    net = tax = Decimal(0)
    for amount, rates in lines:
        net += amount if taxes.round_at_subtotal else round_to(amount, taxes.decimals)
        tax += sum(_parts(amount, rates)) if taxes.round_at_subtotal else _tax_on(amount, rates, taxes)
    return round_to(net + round_to(tax, taxes.decimals), taxes.decimals)


def _parts(net: Decimal, rates: tuple[TaxRate, ...]) -> list[Decimal]:
    """The tax of each rate, unrounded; a compound rate is due on the taxes before it as well."""
    parts = [net * rate.percent / 100 for rate in rates if not rate.compound]
    for rate in rates:
        if rate.compound:
            parts.append((net + sum(parts)) * rate.percent / 100)
    return parts


def _tax_on(net: Decimal, rates: tuple[TaxRate, ...], taxes: StoreTaxes, half: str = ROUND_HALF_UP) -> Decimal:
    cent = Decimal(1).scaleb(-taxes.decimals)
    return sum((part.quantize(cent, rounding=half) for part in _parts(net, rates)), Decimal(0))


def _slug(tax_class: str) -> str:
    return "" if tax_class == "standard" else tax_class


def _place(taxes: StoreTaxes, billing: Address, shipping: Address) -> Address:
    base = Address(country=taxes.base_country)
    if taxes.based_on == "base":
        return base
    first, second = (shipping, billing) if taxes.based_on == "shipping" else (billing, billing)
    return first if first.country else second if second.country else base


def _covers(rate: TaxRate, place: Address) -> bool:
    postcode, city = place.postcode.replace(" ", "").upper(), place.city.upper()
    return (
        rate.country in ("", place.country)
        and not rate.state  # Allegro's addresses have no state
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
