"""An order as a buyer placed it at Allegro, in our own words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.money import Money


class OrderStatus(StrEnum):
    """How far the buyer is. Only a `ready` order has final amounts and addresses."""

    BOUGHT = "bought"
    FILLED_IN = "filled_in"
    READY = "ready"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class PaymentKind(StrEnum):
    ONLINE = "online"
    CASH_ON_DELIVERY = "cash_on_delivery"
    TRANSFER = "transfer"
    SPLIT = "split"
    EXTENDED_TERM = "extended_term"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Address:
    """A postal address with its addressee; a part that was not given is an empty string."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    street: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Buyer:
    """`id` stays the same for every order of one buyer; `email` is an alias that differs per order."""

    id: str
    login: str
    email: str
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    phone: str = ""
    language: str = ""
    guest: bool = False


@dataclass(frozen=True)
class PickupPoint:
    id: str
    name: str
    description: str
    address: Address


@dataclass(frozen=True)
class Delivery:
    """`cost` is what the buyer pays for it, gross; None where Allegro gives none."""

    address: Address | None
    method_id: str
    method_name: str
    pickup_point: PickupPoint | None
    cost: Money | None
    smart: bool = False


@dataclass(frozen=True)
class Invoice:
    """`tax_numbers` maps Allegro's kind of number (PL_NIP, VAT_EU, ...) to the text as the buyer typed it."""

    required: bool
    address: Address | None = None
    tax_numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Payment:
    """`finished_at` is None while the money has not arrived, and always for cash on delivery."""

    id: str
    kind: PaymentKind
    provider: str = ""
    finished_at: datetime | None = None
    paid: Money | None = None


@dataclass(frozen=True)
class OrderLine:
    """One bought position. `id` is unique at Allegro for ever; `unit_price` is gross and what was charged.

    `vouchers` are the values of the line's active vouchers, each for the whole line. Allegro does not tell whether the
    order's total is less by them.
    """

    id: str
    offer_id: str
    offer_name: str
    external_id: str
    quantity: int
    unit_price: Money
    original_unit_price: Money
    bought_at: datetime
    vouchers: tuple[Money, ...] = ()


class ChargeKind(StrEnum):
    SERVICE = "service"  # e.g. gift wrapping
    DEPOSIT = "deposit"  # on returnable packaging; outside of VAT


@dataclass(frozen=True)
class Charge:
    """Something that the buyer pays beside goods and delivery. `amount` is gross and for all pieces together."""

    kind: ChargeKind
    name: str
    amount: Money


@dataclass(frozen=True)
class Order:
    """One purchase at Allegro. `id` is Allegro's checkout form id, `total` what the buyer pays, gross.

    `surcharges` are payments that the buyer made later, for instance for another kind of delivery.
    `fulfilled_by_allegro`: the goods leave Allegro's own warehouse, so the seller must not ship them.
    """

    id: str
    status: OrderStatus
    revision: str
    marketplace: str
    buyer: Buyer
    payment: Payment | None
    delivery: Delivery
    invoice: Invoice
    lines: tuple[OrderLine, ...]
    total: Money
    message: str = ""
    fulfilment: str = ""
    fulfilled_by_allegro: bool = False
    updated_at: datetime | None = None
    charges: tuple[Charge, ...] = ()
    surcharges: tuple[Payment, ...] = ()

    @property
    def bought_at(self) -> datetime:
        """When the first of its lines was bought."""
        return min(line.bought_at for line in self.lines)

    @property
    def is_shipped(self) -> bool:
        """Whether the seller has told Allegro that the goods are on their way, or handed over."""
        return self.fulfilment in ("SENT", "READY_FOR_PICKUP", "PICKED_UP", "RETURNED")


@dataclass(frozen=True)
class BoughtLine:
    """So many pieces of an offer, on a line that keeps its id when orders are merged."""

    line_id: str
    offer_id: str
    quantity: int


@dataclass(frozen=True)
class OrderEvent:
    """An entry of Allegro's order journal: a hint that the order changed, never the order's data.

    `type` is Allegro's word for the event; `id` rises with emission, not with occurrence. `bought` are the order's
    lines, as far as they can be read; none where the event is about an order that is over.
    """

    id: str
    order_id: str
    type: str
    occurred_at: datetime
    revision: str = ""
    seller_id: str = ""
    bought: tuple[BoughtLine, ...] = ()


@dataclass(frozen=True)
class EventPage:
    """A page of the journal. `count` and `last_id` are of all its entries, also those that could not be understood,
    which `unreadable` names with the reason; `last_id` is "" for an empty page."""

    events: tuple[OrderEvent, ...]
    unreadable: tuple[tuple[str, str], ...]
    count: int
    last_id: str


@dataclass(frozen=True)
class OrderPage:
    """A page of orders. `unreadable` names the ids of those on it that could not be understood."""

    orders: tuple[Order, ...]
    unreadable: tuple[tuple[str, str], ...]
    total_count: int
