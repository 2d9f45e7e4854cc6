"""What an order is made of. Amounts are net, with six decimals, as WooCommerce keeps them."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.sandbox.store.catalogue import Meta

STATUSES = (
    "auto-draft",
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
)
ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
BILLING = (*ADDRESS, "email", "phone")
SHIPPING = (*ADDRESS, "phone")
REDUCED_STOCK = "_reduced_stock"

Taxes = dict[int, Decimal]


@dataclass
class ProductLine:
    """A line whose product is unknown has product id 0 and no SKU."""

    id: int
    name: str = ""
    product_id: int = 0
    variation_id: int = 0
    quantity: int = 1
    tax_class: str = ""
    tax_status: str = "taxable"
    subtotal: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    subtotal_taxes: Taxes = field(default_factory=dict)
    taxes: Taxes = field(default_factory=dict)
    meta: list[Meta] = field(default_factory=list)
    sku: str | None = None
    global_unique_id: str | None = None
    parent_name: str | None = None

    @property
    def sold_id(self) -> int:
        """The variation where there is one, else the product."""
        return self.variation_id or self.product_id

    @property
    def reduced_stock(self) -> int:
        """How many pieces this line has taken out of stock and not given back."""
        return next((int(meta.value or 0) for meta in self.meta if meta.key == REDUCED_STOCK), 0)


@dataclass
class ShippingLine:
    id: int
    method_title: str = ""
    method_id: str = ""
    instance_id: str = ""
    total: Decimal = Decimal(0)
    taxes: Taxes = field(default_factory=dict)
    tax_status: str = "taxable"
    meta: list[Meta] = field(default_factory=list)


@dataclass
class FeeLine:
    id: int
    name: str = ""
    tax_class: str = ""
    tax_status: str = "taxable"
    total: Decimal = Decimal(0)
    taxes: Taxes = field(default_factory=dict)
    meta: list[Meta] = field(default_factory=list)


@dataclass
class TaxLine:
    id: int
    rate_id: int
    total: Decimal = Decimal(0)
    shipping_total: Decimal = Decimal(0)


@dataclass
class Note:
    id: int
    at: datetime
    text: str
    to_customer: bool = False


@dataclass
class Order:
    id: int
    key: str
    created: datetime
    modified: datetime
    currency: str
    prices_include_tax: bool
    status: str = "pending"
    customer_id: int = 0
    billing: dict[str, str] = field(default_factory=lambda: dict.fromkeys(BILLING, ""))
    shipping: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SHIPPING, ""))
    payment_method: str = ""
    payment_method_title: str = ""
    transaction_id: str = ""
    created_via: str = "rest-api"
    customer_note: str = ""
    paid: datetime | None = None
    completed: datetime | None = None
    meta: list[Meta] = field(default_factory=list)
    lines: list[ProductLine] = field(default_factory=list)
    shipping_lines: list[ShippingLine] = field(default_factory=list)
    fees: list[FeeLine] = field(default_factory=list)
    tax_lines: list[TaxLine] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    discount_total: Decimal = Decimal(0)
    discount_tax: Decimal = Decimal(0)
    shipping_total: Decimal = Decimal(0)
    shipping_tax: Decimal = Decimal(0)
    cart_tax: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    new_order_mail_sent: bool = False
    stock_reduced: bool = False

    @property
    def needs_payment(self) -> bool:
        return self.status in ("pending", "failed") and self.total > 0

    @property
    def needs_processing(self) -> bool:
        return any(line.product_id for line in self.lines)
