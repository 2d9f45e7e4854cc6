"""Orders, products and taxes to vary with `dataclasses.replace`."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from app.domain import invoices
from app.domain.held_prices import HeldPrice, HeldState, PriceSide
from app.domain.ledger import LedgerEntry, Way
from app.domain.listing_templates import Invoice as TemplateInvoice
from app.domain.listing_templates import ListingTemplate
from app.domain.listings import Listing
from app.domain.made_parcels import MadeParcel, ParcelChoices
from app.domain.money import Money
from app.domain.orders import (
    Address,
    Buyer,
    Delivery,
    Invoice,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentKind,
    PickupPoint,
)
from app.domain.parcels import Shipment, ShipmentState
from app.domain.pickups import Pickup, PickupTime
from app.domain.products import Backorders, Prices, Product, StockKeeper, StockState
from app.domain.store import StoreProduct, StoreTaxes, TaxRate
from app.domain.store_invoices import StoreInvoice

BOUGHT_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAID_AT = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)

HOME = Address("Anna", "Nowak", "", "Polna 1", "Warszawa", "00-950", "PL", "+48600100200")
BUYER = Buyer("b1", "anna_n", "alias+1@allegromail.pl", "Anna", "Nowak", phone="+48600100200")
ONLINE = Payment("p1", PaymentKind.ONLINE, "P24", PAID_AT)
CASH_ON_DELIVERY = Payment("p2", PaymentKind.CASH_ON_DELIVERY, "OFFLINE")
COURIER = Delivery(HOME, "m1", "Kurier DPD", None, Money(Decimal("9.99"), "PLN"))
LOCKER = PickupPoint(
    "WAW01M", "Paczkomat WAW01M", "przy sklepie", Address("", "", "", "Leśna 5", "Łódź", "90-001", "PL")
)


def pln(amount: str) -> Money:
    return Money(Decimal(amount), "PLN")


def listing_template(account_id: int = 1, name: str = "Kubki") -> ListingTemplate:
    """A template of drafts that says nothing special."""
    return ListingTemplate(
        id=0,
        account_id=account_id,
        name=name,
        title="{name}",
        description="{description}",
        price_modifier_percent=Decimal(0),
        duration="until_sold_out",
        shipping_rates_id="",
        handling_time="PT24H",
        return_policy_id="",
        implied_warranty_id="",
        warranty_id="",
        invoice=TemplateInvoice.VAT,
        responsible_producer_id="",
        responsible_person_id="",
        safety_information="",
        publish=False,
    )


def line(sku: str = "MUG", price: str = "39.99", quantity: int = 1, *, number: int = 1, name: str = "Mug") -> OrderLine:
    return OrderLine(
        id=f"line-{number}",
        offer_id=str(7000 + number),
        offer_name=name,
        external_id=sku,
        quantity=quantity,
        unit_price=pln(price),
        original_unit_price=pln(price),
        bought_at=BOUGHT_AT,
    )


def order_of(*lines: OrderLine, delivery: Delivery = COURIER, payment: Payment | None = ONLINE) -> Order:
    """A ready order of these lines whose total is what they and the delivery cost."""
    lines = lines or (line(),)
    total = sum((each.unit_price.amount * each.quantity for each in lines), Decimal(0))
    if delivery.cost:
        total += delivery.cost.amount
    return Order(
        id="29738e61-7f6a-11e8-ac45-09db60ede9d6",
        status=OrderStatus.READY,
        revision="r1",
        marketplace="allegro-pl",
        buyer=BUYER,
        payment=payment,
        delivery=delivery,
        invoice=Invoice(required=False),
        lines=lines,
        total=Money(total, "PLN"),
        fulfilment="NEW",
    )


def product(
    product_id: int = 11, *, sku: str = "MUG", tax_class: str = "", taxable: bool = True, variation_id: int = 0
) -> StoreProduct:
    return StoreProduct(product_id, variation_id, sku, "Mug", "publish", tax_class, taxable)


def store_product(
    product_id: int = 11,
    *,
    parent_id: int = 0,
    sku: str = "MUG",
    gtin: str = "",
    name: str = "Mug",
    status: str = "publish",
    sellable: bool = True,
    stock: int | None = 5,
) -> Product:
    """A product that keeps its own stock and takes no backorders."""
    return Product(
        product_id,
        parent_id,
        sku,
        gtin,
        name,
        status,
        sellable,
        StockKeeper.OWN,
        stock,
        StockState.IN_STOCK,
        Backorders.REFUSED,
    )


def prices(
    regular: str,
    sale: str = "",
    *,
    current: str | None = None,
    sale_from: datetime | None = None,
    sale_until: datetime | None = None,
) -> Prices:
    """The store says that the regular one is in force unless told otherwise; "" is none."""
    told = (Decimal(each) if each else None for each in (regular if current is None else current, regular, sale))
    in_force, usual, reduced = told
    return Prices(in_force, usual, reduced, sale_from, sale_until)


def rate(percent: str, tax_class: str = "", *, number: int = 1, country: str = "PL", priority: int = 1) -> TaxRate:
    return TaxRate(
        id=number,
        country=country,
        state="",
        postcodes=(),
        cities=(),
        percent=Decimal(percent),
        priority=priority,
        compound=False,
        on_shipping=True,
        tax_class=tax_class,
    )


VAT_23 = rate("23", number=1)
VAT_8 = rate("8", "reduced-rate", number=2)
VAT_5 = rate("5", "books", number=3)
VAT_0 = rate("0", "zero-rate", number=4)

TAXES = StoreTaxes(
    enabled=True,
    based_on="shipping",
    base_country="PL",
    base_state="",
    round_at_subtotal=False,
    shipping_tax_class="inherit",
    rates=(VAT_23, VAT_8, VAT_5, VAT_0),
)
NO_TAXES = replace(TAXES, enabled=False)
NET_PRICES = replace(TAXES, currency="PLN")
GROSS_PRICES = replace(NET_PRICES, prices_include_tax=True)


def entry_of(**values: Any) -> LedgerEntry:
    """A ledger entry: 3 pieces for offer 7001 by the quantity command, intended at `NOON`, unless told otherwise."""
    entry = LedgerEntry(
        id=1,
        account_id=1,
        link_id=1,
        offer_id="7001",
        created_at=NOON,
        what="quantity",
        before="5",
        quantity=3,
        price=None,
        publication=None,
        reason="",
        is_correction=False,
        way=Way.QUANTITY,
        command_id="",
    )
    return replace(entry, **values)


def made_parcel(account_id: int = 1, **values: Any) -> MadeParcel:
    """The first parcel of an order, asked for a moment ago."""
    parcel = MadeParcel(
        id=0,
        account_id=account_id,
        order_id="order-1",
        number=1,
        command_id="c1",
        choices=ParcelChoices(),
        created_at=BOUGHT_AT,
        asked_at=BOUGHT_AT,
    )
    return replace(parcel, **values)


def pickup(account_id: int = 1, **values: Any) -> Pickup:
    """A courier for one parcel, asked for a moment ago."""
    asked = Pickup(
        id=0,
        account_id=account_id,
        command_id="c1",
        parcel_ids=(1,),
        time=PickupTime(date(2026, 11, 28), time(8), time(17), "p1"),
        created_at=BOUGHT_AT,
    )
    return replace(asked, **values)


def listing(account_id: int = 1, **values: Any) -> Listing:
    """A mug that is to be listed."""
    wanted = Listing(
        id=0,
        account_id=account_id,
        run_id=None,
        product_id=11,
        variation_id=0,
        sku="KUB-001",
        name="Kubek",
        template_id=None,
        external_id="KUB-001",
    )
    return replace(wanted, **values)


def held_price(**values: Any) -> HeldPrice:
    """A price of offer 7001 that waits to be released: 4,999.00 instead of 49.99, unless told otherwise."""
    held = HeldPrice(
        id=0,
        account_id=1,
        link_id=1,
        offer_id="7001",
        side=PriceSide.OFFER,
        before=pln("49.99"),
        price=pln("4999.00"),
        reason="A jump.",
        releasable=True,
        state=HeldState.WAITING,
        created_at=NOON,
    )
    return replace(held, **values)


def shipment_of(**values: Any) -> Shipment:
    """A parcel number that the store has given and that Allegro is to be told, unless told otherwise."""
    shipment = Shipment(
        id=0,
        account_id=1,
        order_id="order-1",
        carrier_id="DPD",
        carrier_name="",
        waybill="A1",
        line_ids=(),
        state=ShipmentState.QUEUED,
        error="",
        by_hand=False,
        provider="DPD",
        created_at=BOUGHT_AT,
    )
    return replace(shipment, **values)


def invoice_of(**values: Any) -> invoices.Invoice:
    """An invoice that the store's order names and that is to be sent, unless told otherwise."""
    wanted = invoices.new_invoice(1, "order-1", "meta:_pdf", "FV/1/2026", BOUGHT_AT)
    mark = StoreInvoice("meta:_pdf", "https://store.pl/1.pdf?key=s", "").url_mark
    return replace(wanted, **{"url_mark": mark, "url_encrypted": "sealed", **values})


NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
