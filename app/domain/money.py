"""Money as an exact amount of one currency."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""


@dataclass(frozen=True)
class Money:
    """An exact amount, e.g. `Money(Decimal("12.34"), "PLN")`. Never a float."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount * quantity, self.currency)

    def __str__(self) -> str:
        return f"{round_to(self.amount, 2)} {self.currency}"

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"cannot combine {self.currency} with {other.currency}")


# Allegro refuses Czech and Hungarian prices with decimals; for Hungary that is not documented, and a whole number is
# good either way.
_WHOLE = ("CZK", "HUF")


def decimals_of(currency: str) -> int:
    """How many decimals an offer's price may have."""
    return 0 if currency in _WHOLE else 2


def round_to(amount: Decimal, decimals: int) -> Decimal:
    """The amount rounded half away from zero, as PHP's round() and with it WooCommerce does."""
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
