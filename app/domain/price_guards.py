"""What keeps a price from being sent, or from being given to the store."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from app.domain.money import Money
from app.domain.products import PriceField, Product
from app.domain.store_prices import InForce, in_force


def is_below(price: Money, floor: Money | None) -> bool:
    """Whether the price is below the floor, which counts for its own currency."""
    return floor is not None and floor.currency == price.currency and price.amount < floor.amount


def why_out_of_bounds(price: Money, floor: Money | None, ceiling: Money | None) -> str:
    """Why the price is none that the account allows, or ""; a bound in another currency does not bind."""
    if is_below(price, floor):
        return f"That is below the floor of {floor}."
    if ceiling is not None and ceiling.currency == price.currency and price.amount > ceiling.amount:
        return f"That is above the ceiling of {ceiling}."
    return ""


def is_jump(before: Decimal, after: Decimal, percent: int) -> bool:
    """Whether the price changes by more than so many per cent of what it was."""
    return before > 0 and abs(after - before) * 100 > percent * before


def why_not_given(product: Product, price: InForce, wanted: Decimal, now: datetime) -> str:
    """Why the store would not ask for the price if it were entered, or ""."""
    prices = product.prices
    if price.field is None:
        return f"A plugin of the store makes its price ({price.price}), which is not one of the product's own."
    if wanted <= 0:
        return "In the store that would be no price."
    if price.field is PriceField.SALE and prices.regular is not None and wanted >= prices.regular:
        return (
            f"The product is on sale, and its sale price must stay below the regular one ({prices.regular}): end the "
            "sale in the store, or raise the regular price."
        )
    if price.field is PriceField.SALE or prices.sale is None:
        return ""
    if prices.sale_from is not None and prices.sale_from > now and prices.sale >= wanted:
        return (
            f"It would not be above the product's planned sale price ({prices.sale}): change that in the store first."
        )
    if in_force(replace(prices, current=wanted, regular=wanted), now) != InForce(wanted, PriceField.REGULAR):
        return f"It would make the product's sale price ({prices.sale}) a lower one: change that in the store first."
    return ""
