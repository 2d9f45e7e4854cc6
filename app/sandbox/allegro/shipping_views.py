"""What Ship with Allegro shows: what it proposes for an order, its services, shipments and pickups."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from app.sandbox.allegro.answers import iso
from app.sandbox.allegro.currencies import MARKETPLACES
from app.sandbox.allegro.delivery_methods import METHODS, DeliveryMethod
from app.sandbox.allegro.forms import Form
from app.sandbox.seed import SELLERS

Body = dict[str, Any]

_DAYS_FOR_PICKUP = 3
_IBAN = "PL61109010140000071219812874"
_MOST_CASH = {"PLN": "5000.00", "CZK": "25000.00", "EUR": "1000.00", "HUF": "400000.00"}
_OPENS, _CLOSES = "08:00", "17:00"
# Centimetres and kilograms.
_LIMITS = {
    "courier": {"length": 150, "width": 100, "height": 100, "weight": 30},
    "allegro_delivery": {"length": 150, "width": 100, "height": 100, "weight": 30},
    "pickup_point": {"length": 64, "width": 41, "height": 38, "weight": 25},
}


@dataclass
class Shipment:
    """Parcels of one order. `waybills` and `carrier_waybills` are as many as the packages, None until they are known.

    `sent` is the input it was made from.
    """

    id: str
    seller: str
    form_id: str
    sent: Body
    method: DeliveryMethod
    created_at: datetime
    waybills: list[str | None]
    carrier_waybills: list[str | None]
    cancelled_at: datetime | None = None

    @property
    def carrier(self) -> str:
        return self.method.carrier or ""

    @property
    def driver(self) -> str:
        """The carrier whose car comes."""
        return "DPD" if self.carrier == "ALLEGRO" else self.carrier

    def view(self, *, pickup_available: bool) -> Body:
        packages = [
            {
                **package,
                "waybill": waybill,
                "transportingInfo": [{"carrierId": self.driver, "carrierWaybill": own}],
            }
            for package, waybill, own in zip(self.sent["packages"], self.waybills, self.carrier_waybills, strict=True)
        ]
        return {
            "id": self.id,
            "deliveryMethodId": self.method.id,
            "credentialsId": None,
            "sender": self.sent["sender"],
            "receiver": self.sent["receiver"],
            "referenceNumber": self.sent.get("referenceNumber"),
            "packages": packages,
            "insurance": self.sent.get("insurance"),
            "cashOnDelivery": self.sent.get("cashOnDelivery"),
            "createdDate": iso(self.created_at),
            "canceledDate": iso(self.cancelled_at) if self.cancelled_at else None,
            "carrier": self.carrier,
            "labelFormat": self.sent.get("labelFormat") or "PDF",
            "additionalServices": self.sent.get("additionalServices") or [],
            "additionalProperties": self.sent.get("additionalProperties") or {},
            "transport": [self.driver],
            "pickupAvailable": pickup_available,
        }


@dataclass(frozen=True)
class Pickup:
    """The carrier comes for these shipments."""

    id: str
    carrier_id: str
    seller: str
    address: Body
    shipments: list[Shipment] = field(default_factory=list)

    def view(self) -> Body:
        return {
            "id": self.id,
            "carrierPickupId": self.carrier_id,
            "carrier": self.shipments[0].carrier,
            "pickupCarrier": self.shipments[0].driver,
            "address": self.address,
            "shipmentIds": [each.id for each in self.shipments],
            "waybills": [number for each in self.shipments for number in each.waybills if number],
        }


def too_big(method: DeliveryMethod, package: Body) -> str | None:
    """The name of a measure of the package that is above the method's limit."""
    limits = _LIMITS[method.kind]
    return next((name for name, most in limits.items() if package[name]["value"] > most), None)


def proposal(form: Form, method: DeliveryMethod) -> Body:
    """How an order may be sent, with a whole input for the command that creates the shipment."""
    delivery = form.body["delivery"]
    country = delivery["address"]["countryCode"]
    return {
        "orderId": form.id,
        "suggestedInput": {
            "sender": _sender(form.seller),
            "receiver": _receiver(form),
            "referenceNumber": None,
            "packages": [
                {
                    "type": "PACKAGE",
                    **{name: _centimetres(value) for name, value in (("length", 30), ("width", 20), ("height", 10))},
                    "weight": _kilograms(1),
                }
            ],
            "insurance": None,
            "cashOnDelivery": _cash(form) if method.cash else None,
            "labelFormat": "PDF",
            "additionalServices": [],
            "additionalProperties": {},
        },
        "deliveryOptions": [
            {
                "deliveryType": "APM" if method.to_point else "DOOR",
                "paymentType": "POSTPAID" if method.cash else "PREPAID",
                "packageType": "PACKAGE",
                "originCountry": "PL",
                "destinationCountry": country,
                "limits": _limits(method, form.currency),
                "additionalServices": [],
                "additionalProperties": [],
            }
        ],
    }


def delivery_services() -> list[Body]:
    return [
        {
            "id": {"deliveryMethodId": each.id, "credentialsId": None},
            "name": each.name,
            "carrierId": each.carrier,
            "additionalServices": [],
            "additionalProperties": [],
            "owner": "ALLEGRO",
            "marketplaces": list(MARKETPLACES),
            "packageTypes": ["PACKAGE"],
            "cashOnDelivery": _cash_limit() if each.cash else None,
            "insurance": {"limit": 5000, "currency": "PLN"},
            "features": {},
        }
        for each in METHODS
        if each.carrier is not None
    ]


def pickup_days(ready: date) -> list[date]:
    return [ready + timedelta(days=days) for days in range(_DAYS_FOR_PICKUP)]


def pickup_proposal(shipment_id: str, days: list[date]) -> Body:
    window = f"{_OPENS}{_CLOSES}".replace(":", "")
    return {
        "shipmentId": shipment_id,
        "proposalItems": [
            {"id": f"{day:%Y%m%d}{window}", "name": f"{day} {_OPENS}-{_CLOSES}", "description": None} for day in days
        ],
        "pickupTimes": [{"date": day.isoformat(), "minTime": _OPENS, "maxTime": _CLOSES} for day in days],
    }


def _sender(login: str) -> Body:
    seller = next(each for each in SELLERS if each.login == login)
    return {
        "name": f"{seller.first_name} {seller.last_name}",
        "company": seller.company,
        "street": "Garncarska 5",
        "postalCode": "00-999",
        "city": "Warszawa",
        "countryCode": "PL",
        "email": seller.email,
        "phone": "+48 123123123",
    }


def _receiver(form: Form) -> Body:
    delivery, buyer = form.body["delivery"], form.body["buyer"]
    address, point = delivery["address"], delivery["pickupPoint"]
    return {
        "name": f"{address['firstName']} {address['lastName']}",
        "company": address["companyName"],
        "street": address["street"],
        "postalCode": address["zipCode"],
        "city": address["city"],
        "countryCode": address["countryCode"],
        "email": buyer["email"],
        "phone": address["phoneNumber"] or buyer["phoneNumber"],
        "point": point["id"] if point else None,
    }


def _cash(form: Form) -> Body:
    seller = next(each for each in SELLERS if each.login == form.seller)
    return {**form.body["summary"]["totalToPay"], "ownerName": seller.company, "iban": _IBAN}


def _cash_limit() -> Body:
    return {"limit": 5000, "currency": "PLN", "paymentType": "MONEY_TRANSFER", "forceRequireIban": True}


def _limits(method: DeliveryMethod, currency: str) -> Body:
    most = _LIMITS[method.kind]
    amount = {"amount": _MOST_CASH[currency], "currency": currency}
    return {
        "cashOnDelivery": amount if method.cash else None,
        "insurance": amount,
        "dimensions": {name: _centimetres(most[name]) for name in ("length", "width", "height")},
        "weight": _kilograms(most["weight"]),
    }


def _centimetres(value: int) -> Body:
    return {"value": value, "unit": "CENTIMETER"}


def _kilograms(value: int) -> Body:
    return {"value": value, "unit": "KILOGRAMS"}
