"""Which of a product's prices is in force, what it comes to for an offer, and the way back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.money import Money, decimals_of, round_to
from app.domain.products import PriceField, Prices, Product
from app.domain.store import StoreTaxes, TaxRate
from app.domain.taxes import base_rates, entered_for, gross_of


@dataclass(frozen=True)
class InForce:
    """The price that counts now, as it is entered. `field` None: neither of the product's own, a plugin makes it."""

    price: Decimal
    field: PriceField | None


def in_force(prices: Prices, now: datetime) -> InForce | None:
    """The price that the shop asks for, None where it has none.

    A sale counts from its beginning to its end by its own dates. The store's `current` price follows them only when its
    scheduled tasks run, which on a quiet shop is hours late. A sale that is not below the regular price is none, as in
    `WC_Product::is_on_sale`.
    """
    if prices.current is None:
        return None
    if prices.regular is None:
        # A sale of nothing regular is none for the store either.
        return InForce(prices.current, PriceField.REGULAR if prices.sale is None else None)
    if prices.current not in (prices.regular, prices.sale):
        return InForce(prices.current, None)
    if prices.sale is not None and prices.sale < prices.regular:
        has_begun = prices.sale_from is None or prices.sale_from <= now
        if has_begun and (prices.sale_until is None or now < _end(prices.sale_until)):
            return InForce(prices.sale, PriceField.SALE)
    return InForce(prices.regular, PriceField.REGULAR)


def next_change(prices: Prices, now: datetime) -> datetime | None:
    """When another price comes into force by itself."""
    if prices.sale is None:
        return None
    ends = _end(prices.sale_until) if prices.sale_until else None
    return min((at for at in (prices.sale_from, ends) if at is not None and at > now), default=None)


def _end(sale_until: datetime) -> datetime:
    """The store counts in whole seconds, and the last one is still of the sale."""
    return sale_until + timedelta(seconds=1)


def offer_price(product: Product, entered: Decimal, units_per_offer: int, taxes: StoreTaxes, currency: str) -> Money:
    """What an offer of so many pieces costs a buyer at the shop's own address: gross, as precise as its currency."""
    gross = gross_of(entered, _rates(product, taxes), taxes) * units_per_offer
    return Money(round_to(gross, decimals_of(currency)), currency)


def asked_price(product: Product, taxes: StoreTaxes, now: datetime) -> Money | None:
    """What one piece costs now, gross and in the store's currency; None where it has no price."""
    price = in_force(product.prices, now)
    return None if price is None else offer_price(product, price.price, 1, taxes, taxes.currency)


def entered_price(product: Product, price: Money, units_per_offer: int, taxes: StoreTaxes) -> Decimal:
    """The price to enter for the product so that an offer of so many pieces costs `price`, or as near as can be."""
    return entered_for(price.amount / units_per_offer, _rates(product, taxes), taxes)


def _rates(product: Product, taxes: StoreTaxes) -> tuple[TaxRate, ...]:
    return base_rates(taxes, product.tax_class) if product.taxable else ()
