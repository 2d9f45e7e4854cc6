"""Where Allegro sells, in which currency, and how exact a price may be there."""

from decimal import ROUND_HALF_UP, Decimal

# The base marketplace of every offer that names no other.
BASE = "allegro-pl"
# Currency, the buyer's country and roughly how much a zloty is there.
MARKETPLACES: dict[str, tuple[str, str, Decimal]] = {
    BASE: ("PLN", "PL", Decimal(1)),
    "allegro-cz": ("CZK", "CZ", Decimal("5.8")),
    "allegro-sk": ("EUR", "SK", Decimal("0.23")),
    "allegro-hu": ("HUF", "HU", Decimal(92)),
}
# Where prices have no decimals. Nobody has said so of the forint, which has no small coins either.
_WHOLE = ("CZK", "HUF")


def exact(amount: Decimal, currency: str) -> Decimal:
    """The nearest price that the currency allows."""
    return amount.quantize(Decimal(1) if currency in _WHOLE else Decimal("0.01"), ROUND_HALF_UP)


def converted(amount: Decimal, marketplace: str, base: str = BASE) -> Decimal:
    """A price on the base marketplace in the currency of another one, as exact as prices are there."""
    currency, _country, rate = MARKETPLACES[marketplace]
    return exact(amount * rate / MARKETPLACES[base][2], currency)
