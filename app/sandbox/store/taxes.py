"""Tax rates and the rounding of WooCommerce: six decimals inside, the shop's decimals outside."""

from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from app.sandbox.store.settings import Settings

MICRO = Decimal("0.000001")
_CLASS_NAMES = {"standard": "Standard rate", "reduced-rate": "Reduced rate", "zero-rate": "Zero rate"}


@dataclass(frozen=True)
class TaxRate:
    """`rate` in percent; `tax_class` is "" for the standard rate."""

    id: int
    country: str
    rate: Decimal
    name: str
    tax_class: str = ""
    shipping: bool = True

    @property
    def code(self) -> str:
        return f"{self.country}-{self.name}-1".upper()

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "country": self.country,
            "state": "",
            "postcode": "",
            "city": "",
            "rate": f"{self.rate:.4f}",
            "name": self.name,
            "priority": 1,
            "compound": False,
            "shipping": self.shipping,
            "order": 0,
            "class": self.tax_class or "standard",
            "postcodes": [],
            "cities": [],
        }


def polish_rates() -> list[TaxRate]:
    return [
        TaxRate(1, "PL", Decimal(23), "VAT"),
        TaxRate(2, "PL", Decimal(8), "VAT 8%", "reduced-rate"),
        TaxRate(3, "PL", Decimal(0), "VAT 0%", "zero-rate"),
    ]


def class_views() -> list[dict[str, str]]:
    return [{"slug": slug, "name": name} for slug, name in _CLASS_NAMES.items()]


def to_micro(amount: Decimal) -> Decimal:
    return amount.quantize(MICRO, ROUND_HALF_UP)


def rounded(amount: Decimal, settings: Settings) -> Decimal:
    """To the shop's decimals, half away from zero."""
    return amount.quantize(settings.cent, ROUND_HALF_UP)


def tax_rounded(tax: Decimal, settings: Settings) -> Decimal:
    """To the shop's decimals; half a cent of tax goes down where prices are entered with tax."""
    return tax.quantize(settings.cent, ROUND_HALF_DOWN if settings.prices_include_tax else ROUND_HALF_UP)


class TaxTable:
    """The rates of the store and which of them apply where."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rates = polish_rates()

    def rate(self, rate_id: int) -> TaxRate | None:
        return next((rate for rate in self.rates if rate.id == rate_id), None)

    def matching(self, tax_class: str, country: str, *, shipping: bool = False) -> list[TaxRate]:
        """The one rate of this class that applies in this country (an empty country in a rate is any)."""
        slug = "" if tax_class == "standard" else tax_class
        found = [
            rate
            for rate in self.rates
            if rate.tax_class == slug and rate.country in ("", country) and (rate.shipping or not shipping)
        ]
        return sorted(found, key=lambda rate: rate.country == "")[:1]

    def net_of(self, price: Decimal, tax_class: str, *, taxable: bool) -> Decimal:
        """A price as entered in the shop, without tax.

        Tax is taken out with the rates of the shop's own country, whatever the buyer's.
        """
        settings = self.settings
        if not (taxable and settings.taxes_on and settings.prices_include_tax):
            return to_micro(price)
        percent = sum((rate.rate for rate in self.matching(tax_class, settings.country)), Decimal(0))
        return to_micro(price - to_micro(price - price / (1 + percent / 100)))

    def on(self, net: Decimal, tax_class: str, country: str, *, shipping: bool = False) -> dict[int, Decimal]:
        """Tax per rate id on a net amount; empty where taxes are off or no rate applies."""
        if not self.settings.taxes_on:
            return {}
        rates = self.matching(tax_class, country, shipping=shipping)
        return {rate.id: to_micro(net * rate.rate / 100) for rate in rates}
