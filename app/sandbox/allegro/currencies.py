"""Where Allegro sells, in which currency, and how exact a price may be there."""

from decimal import ROUND_HALF_UP, Decimal

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


def converted(zlotys: Decimal, marketplace: str) -> Decimal:
    """A price of allegro.pl in the currency of a marketplace, as exact as prices are there."""
    currency, _country, rate = MARKETPLACES[marketplace]
    return exact(zlotys * rate, currency)
