"""Checkout forms: what a purchase looks like in the API, with the nulls that real ones have."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from app.sandbox.allegro.answers import iso, money
from app.sandbox.allegro.buyers import Buyer
from app.sandbox.allegro.currencies import MARKETPLACES, converted
from app.sandbox.allegro.delivery_methods import DeliveryKind, method_for
from app.sandbox.allegro.offers import Offer

PaymentKind = Literal["online", "cod", "wire", "split", "term"]
InvoiceKind = Literal["company", "person"]
Body = dict[str, Any]

_PAYMENTS: dict[PaymentKind, tuple[str, str | None]] = {
    "online": ("ONLINE", "P24"),
    "cod": ("CASH_ON_DELIVERY", None),
    "wire": ("WIRE_TRANSFER", "OFFLINE"),
    "split": ("SPLIT_PAYMENT", "OFFLINE"),
    "term": ("EXTENDED_TERM", "EPT"),
}
_COMPANY_IDS = {"PL": "PL_NIP", "CZ": "CZ_ICO", "SK": "SK_ICO", "HU": "HU_ADOSZAM"}


@dataclass(frozen=True)
class Service:
    """An additional service chosen for a line, such as gift wrapping. `price` is for one."""

    name: str
    price: Decimal
    quantity: int = 1
    definition_id: str = "GIFT_WRAP"


@dataclass(frozen=True)
class Voucher:
    """Somebody else's contribution to a line, such as the state's to a teacher's laptop. `value` is for all pieces."""

    value: Decimal
    code: str = "0213456789BCADEF"
    status: Literal["ACTIVE", "CANCELLED"] = "ACTIVE"


@dataclass(frozen=True)
class Line:
    """What a buyer puts into the basket. Prices are for one piece, in the marketplace's currency.

    Without `price` the offer's price holds; an `original_price` above `price` is a discount.
    """

    offer_id: str
    quantity: int = 1
    price: Decimal | None = None
    original_price: Decimal | None = None
    deposit: Decimal | None = None
    services: tuple[Service, ...] = ()
    tax_rate: str | None = None
    vouchers: tuple[Voucher, ...] = ()


@dataclass(frozen=True)
class Company:
    """The numbers of the company that an invoice is for, where they are not those of the buyer's own company.

    `ids` are pairs of type and value, such as ("VAT_EU", "CZ12345678"). `tax_id` is the field that came before them,
    with whatever somebody typed. There may be neither.
    """

    ids: tuple[tuple[str, str], ...] = ()
    tax_id: str | None = None
    vat_payer_status: Literal["ACTIVE", "NON_ACTIVE", "NOT_APPLICABLE"] = "NOT_APPLICABLE"
    features: tuple[str, ...] = ()


@dataclass
class Form:
    """A checkout form. `body` is what the API shows; `planned` is what the buyer fills in later.

    `fulfilment_writes` counts how often its seller has set the fulfilment status.

    `surcharges` are the amounts of what came on top later, by payment id. Nobody knows whether a voucher lowers the
    total at Allegro; here it does where `vouchers_lower_total` is set.
    """

    body: Body
    seller: str
    bought_at: datetime
    updated_at: datetime
    currency: str
    planned: Body = field(default_factory=dict)
    surcharges: dict[str, Decimal] = field(default_factory=dict)
    vouchers_lower_total: bool = False
    fulfilment_writes: int = 0

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def status(self) -> str:
        return str(self.body["status"])

    def touch(self, now: datetime, revision: str) -> None:
        """Something the buyer did."""
        self.updated_at = now
        self.body["updatedAt"] = iso(now)
        self.body["revision"] = revision

    def fill_in(self) -> None:
        """The buyer chose delivery, payment and invoice."""
        self.body.update(self.planned)
        self.planned = {}
        self.body["status"] = "FILLED_IN"
        self.count_up()

    def finish_payment(self, now: datetime) -> None:
        """Money arrived, or comes later without the buyer doing any more."""
        payment = self.body["payment"]
        if payment["type"] != "EXTENDED_TERM":
            self.receive_money(now, payment["id"])
        self.body["status"] = "READY_FOR_PROCESSING"

    def receive_money(self, now: datetime, payment_id: str | None = None) -> None:
        """What is still owed arrives: that payment or surcharge, or all. Cash goes to the courier and is never seen."""
        owed = [(self.body["payment"], self._price())]
        owed += [(each, self.surcharges[each["id"]]) for each in self.body["surcharges"]]
        for payment, amount in owed:
            is_meant = payment_id in (None, payment["id"]) and payment["type"] != "CASH_ON_DELIVERY"
            if is_meant and payment["finishedAt"] is None:
                payment["finishedAt"] = iso(now)
                payment["paidAmount"] = money(amount, self.currency)

    def surcharge(self, payment_id: str, amount: Decimal) -> None:
        """The buyer owes more."""
        self.body["surcharges"].append(payment_body(payment_id, "online"))
        self.surcharges[payment_id] = amount
        self.count_up()

    def count_up(self) -> None:
        """Set the total: what was bought, and surcharges."""
        total = self._price() + sum(self.surcharges.values(), Decimal(0))
        self.body["summary"] = {"totalToPay": money(total, self.currency)}

    def _price(self) -> Decimal:
        """Lines, deposits and services, and delivery once it is chosen."""
        total = Decimal(0)
        for line in self.body["lineItems"]:
            total += _amount(line["price"]) * line["quantity"]
            total += _amount(line["deposit"]["price"]) * line["quantity"] if line["deposit"] else Decimal(0)
            total += sum((_amount(each["price"]) * each["quantity"] for each in _services(line)), Decimal(0))
            total -= self._vouchers(line)
        delivery = self.body["delivery"]
        return total + _amount(delivery["cost"]) if delivery else total

    def _vouchers(self, line: Body) -> Decimal:
        """What the vouchers of a line take off the total."""
        valid = [each for each in line["vouchers"] if self.vouchers_lower_total and each["status"] == "ACTIVE"]
        return sum((_amount(each["value"]) for each in valid), Decimal(0))


def _amount(price: dict[str, str]) -> Decimal:
    return Decimal(price["amount"])


def _services(line: Body) -> list[Body]:
    chosen: list[Body] = line["selectedAdditionalServices"]
    return chosen


def line_body(line: Line, offer: Offer, line_id: str, product_id: str, marketplace: str, at: datetime) -> Body:
    currency = MARKETPLACES[marketplace][0]
    price = line.price if line.price is not None else offer.buyers_price(marketplace)
    listed = price if line.price is not None else offer.listed_price(marketplace)
    original = line.original_price if line.original_price is not None else max(listed, price)
    return {
        "id": line_id,
        "offer": {
            "id": offer.id,
            "name": offer.name,
            "external": None if offer.external_id is None else {"id": offer.external_id},
            "productSet": {"products": [{"id": product_id, "quantity": 1}]},
            "hsNumber": None,
        },
        "quantity": line.quantity,
        "originalPrice": money(original, currency),
        "price": money(price, currency),
        "deposit": None if line.deposit is None else {"price": money(line.deposit, currency)},
        "reconciliation": None,
        "selectedAdditionalServices": [
            {
                "definitionId": service.definition_id,
                "name": service.name,
                "price": money(service.price, currency),
                "quantity": service.quantity,
            }
            for service in line.services
        ],
        "vouchers": [
            {
                "code": voucher.code,
                "type": "NOTEBOOKS_FOR_TEACHERS",
                "status": voucher.status,
                "externalTransactionId": None,
                "value": money(voucher.value, currency),
            }
            for voucher in line.vouchers
        ],
        "tax": {"rate": line.tax_rate, "subject": None, "exemption": None},
        "boughtAt": iso(at),
        "discounts": [{"type": "UNIT_PERCENTAGE_DISCOUNT"}] if original > price else [],
        "serialNumbers": None,
    }


def buyer_body(buyer: Buyer, transaction: str, *, guest: bool, company: bool) -> Body:
    """Real payloads have nulls where a buyer left something out."""
    return {
        "id": buyer.id,
        "email": f"{buyer.alias}+{transaction}@allegromail.pl",
        "login": buyer.login,
        "firstName": buyer.first_name,
        "lastName": buyer.last_name,
        "companyName": buyer.company if company else None,
        "guest": guest,
        "personalIdentity": None,
        "phoneNumber": buyer.phone,
        "preferences": {"language": buyer.language},
        "address": {
            "street": buyer.street,
            "city": buyer.city,
            "postCode": buyer.post_code,
            "countryCode": buyer.country,
        },
    }


def payment_body(payment_id: str, kind: PaymentKind) -> Body:
    payment_type, provider = _PAYMENTS[kind]
    return {
        "id": payment_id,
        "type": payment_type,
        "provider": provider,
        "finishedAt": None,
        "paidAmount": None,
        "reconciliation": None,
        "features": [],
    }


def delivery_body(
    recipient: Buyer,
    kind: DeliveryKind,
    *,
    gift: bool,
    cod: bool,
    cost: Decimal | None,
    smart: bool,
    marketplace: str,
    at: datetime,
) -> Body:
    """To the buyer, or (`gift`) to somebody at work, whose phone nobody knows.

    `cost` None is the method's own price, which includes the courier's fee for taking cash, and nothing with Smart!.
    A cost with Smart! is what Allegro pays part of.
    """
    method = method_for(kind, cash=cod)
    charged = cost if cost is not None else Decimal(0) if smart else converted(method.price, marketplace)
    return {
        "address": {
            "firstName": recipient.first_name,
            "lastName": recipient.last_name,
            "street": recipient.street,
            "city": recipient.city,
            "zipCode": recipient.post_code,
            "countryCode": recipient.country,
            "companyName": recipient.company if gift else None,
            "phoneNumber": None if gift else recipient.phone,
            "modifiedAt": None,
        },
        "method": {"id": method.id, "name": method.name},
        "pickupPoint": _pickup_point_of(recipient) if method.to_point else None,
        "cost": money(charged, MARKETPLACES[marketplace][0]),
        "time": {
            "from": iso(at + timedelta(days=2)),
            "to": iso(at + timedelta(days=3)),
            "guaranteed": None,
            "dispatch": {"from": iso(at), "to": iso(at + timedelta(days=1))},
        },
        "smart": smart,
        "cancellation": None,
        "calculatedNumberOfPackages": 1,
    }


def _pickup_point_of(recipient: Buyer) -> Body:
    point = f"{recipient.city[:3].upper()}{int(recipient.id) % 1000:03d}M"
    address = {
        "street": "ul. Handlowa 7",
        "zipCode": recipient.post_code,
        "city": recipient.city,
        "countryCode": recipient.country,
    }
    return pickup_point_body(point, address)


def pickup_point_body(point: str, address: dict[str, str]) -> Body:
    return {
        "id": point,
        "name": f"Paczkomat {point}",
        "description": "Przy sklepie spożywczym",
        "address": address,
    }


def invoice_body(buyer: Buyer, wanted: InvoiceKind | Company | None) -> Body:
    if wanted is None:
        return {"required": False, "address": None, "dueDate": None, "features": []}
    if wanted == "company":
        own = ((_COMPANY_IDS[buyer.country], buyer.tax_id),)
        wanted = Company(ids=own, tax_id=buyer.tax_id, vat_payer_status="ACTIVE")
    return {
        "required": True,
        "address": {
            "street": "ul. Fabryczna 1A" if isinstance(wanted, Company) else buyer.street,
            "city": buyer.city,
            "zipCode": buyer.post_code,
            "countryCode": buyer.country,
            "company": _company_body(buyer, wanted) if isinstance(wanted, Company) else None,
            "naturalPerson": (
                {"firstName": buyer.first_name, "lastName": buyer.last_name} if wanted == "person" else None
            ),
        },
        "dueDate": None,
        "features": list(wanted.features) if isinstance(wanted, Company) else [],
    }


def _company_body(buyer: Buyer, company: Company) -> Body:
    return {
        "name": buyer.company,
        "ids": [{"type": kind, "value": value} for kind, value in company.ids],
        "vatPayerStatus": company.vat_payer_status,
        "taxId": company.tax_id,
    }
