"""The ways in which buyers can have goods sent to them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from app.sandbox.allegro.currencies import MARKETPLACES

DeliveryKind = Literal["courier", "pickup_point", "allegro_delivery", "own_courier"]


@dataclass(frozen=True)
class DeliveryMethod:
    """`carrier` is the one whose numbers the parcels of Ship with Allegro get: None where that does not serve it.

    `price` is what buyers pay, in PLN. `most_packages` go into one shipment.
    """

    id: str
    name: str
    kind: DeliveryKind
    cash: bool
    price: Decimal
    carrier: str | None
    most_packages: int = 1

    @property
    def to_point(self) -> bool:
        return self.kind == "pickup_point"

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "marketplaces": list(MARKETPLACES),
            "paymentPolicy": "CASH_ON_DELIVERY" if self.cash else "IN_ADVANCE",
            "allegroEndorsed": self.carrier is not None,
            "dispatchCountry": None,
            "destinationCountry": "PL",
            "shippingRatesConstraints": {
                "allowed": True,
                "maxQuantityPerPackage": {"max": 999_999},
                "maxPackageWeight": {"supported": False, "min": None, "max": None, "unit": None},
                "firstItemRate": {"min": "0.00", "max": str(self.price), "currency": "PLN"},
                "shippingTime": {"default": {"from": "PT24H", "to": "PT48H"}, "customizable": self.carrier is None},
            },
        }


METHODS = (
    DeliveryMethod(
        "6b1a6b8f-4d2f-4a3c-9b07-0d9e5f9a1c01", "Allegro Kurier DPD", "courier", False, Decimal("12.99"), "DPD", 10
    ),
    DeliveryMethod(
        "845efe05-0c96-47e3-a8cb-aa4699c158ce",
        "Allegro Kurier DPD pobranie",
        "courier",
        True,
        Decimal("18.99"),
        "DPD",
        10,
    ),
    DeliveryMethod(
        "2488f7b7-5d1c-4d65-b85c-4cbcf253fd93",
        "Allegro Paczkomaty InPost",
        "pickup_point",
        False,
        Decimal("9.99"),
        "INPOST",
    ),
    DeliveryMethod(
        "c3e3ac85-1b0a-4b41-9f2a-8cfb1b6a9c0e",
        "Allegro Paczkomaty InPost pobranie",
        "pickup_point",
        True,
        Decimal("14.99"),
        "INPOST",
    ),
    DeliveryMethod(
        "7d0c3f52-6f0b-4f0e-8a39-51c2f4f0ad01",
        "Allegro Kurier DPD (AD)",
        "allegro_delivery",
        False,
        Decimal("10.99"),
        "ALLEGRO",
    ),
    DeliveryMethod(
        "7d0c3f52-6f0b-4f0e-8a39-51c2f4f0ad02",
        "Allegro Kurier DPD pobranie (AD)",
        "allegro_delivery",
        True,
        Decimal("15.99"),
        "ALLEGRO",
    ),
    DeliveryMethod(
        "9c0e4b1d-2a57-4a8e-bb36-0f6d5a1c7e01",
        "Przesyłka kurierska",
        "own_courier",
        False,
        Decimal("15.99"),
        None,
    ),
    DeliveryMethod(
        "9c0e4b1d-2a57-4a8e-bb36-0f6d5a1c7e02",
        "Przesyłka kurierska pobranie",
        "own_courier",
        True,
        Decimal("21.99"),
        None,
    ),
)
METHOD_BY_ID = {each.id: each for each in METHODS}


def method_for(kind: DeliveryKind, *, cash: bool) -> DeliveryMethod:
    """Raises KeyError for an unknown kind."""
    return {(each.kind, each.cash): each for each in METHODS}[(kind, cash)]
