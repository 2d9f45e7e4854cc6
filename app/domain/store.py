"""The store's half of the words: its products, taxes and orders, as far as we need them."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.domain.orders import Address


@dataclass(frozen=True)
class StoreProduct:
    """A product, or a variation when `variation_id` is set (then `product_id` is its parent).

    `taxable` is False where the product itself is free of tax; `tax_class` is "" for the standard class.
    `manages_stock`: the store counts its pieces, its own or its parent's; then `stock` is how many there are when it
    was read, negative where more were sold, None where the store does not tell. `backorders`: that is meant.
    `taxable` is False where the product itself is free of tax; with `only_delivery_taxed`, what delivers it is not.
    `tax_class` is "" for the standard class.
    """

    product_id: int
    variation_id: int
    sku: str
    name: str
    status: str
    tax_class: str
    taxable: bool
    sellable: bool = True
    manages_stock: bool = False
    only_delivery_taxed: bool = False
    stock: int | None = None
    backorders: bool = False

    @property
    def is_oversold(self) -> bool:
        """Whether more pieces are sold than there were, against the seller's will."""
        return self.manages_stock and not self.backorders and self.stock is not None and self.stock < 0


@dataclass(frozen=True)
class SoldProduct:
    """What an offer sells, by its link: so many pieces of a product; None for one that is gone from the store."""

    product: StoreProduct | None
    units_per_offer: int = 1


@dataclass(frozen=True)
class TaxRate:
    """One row of the store's tax table. `percent` is 23 for 23 %; an empty place matches every place."""

    id: int
    country: str
    state: str
    postcodes: tuple[str, ...]
    cities: tuple[str, ...]
    percent: Decimal
    priority: int
    compound: bool
    on_shipping: bool
    tax_class: str
    order: int = 0


@dataclass(frozen=True)
class StoreTaxes:
    """How the store computes taxes. `based_on` is `shipping`, `billing` or `base` (the shop's own address).

    `shipping_tax_class` is a class or `inherit` (from the goods). `decimals` is the number of decimals of prices.
    `base_state` is "" in a country without states. `currency` is the one that the store keeps its books in, "" where
    that is not known. `prices_include_tax`: prices are entered with the tax of the base country; False where taxes are
    off.
    """

    enabled: bool
    based_on: str
    base_country: str
    base_state: str
    round_at_subtotal: bool
    shipping_tax_class: str
    rates: tuple[TaxRate, ...] = ()
    decimals: int = 2
    base_postcode: str = ""
    base_city: str = ""
    currency: str = ""
    prices_include_tax: bool = False


@dataclass(frozen=True)
class DraftLine:
    """A position of an order to be made. `net_total` is for the whole quantity, without tax.

    `net_subtotal` is the same before vouchers; the store shows the rest as a discount. None: there is no discount.
    Without a product (`product_id` None) the line carries only its name, price and the offer's id. `sku` is the
    product's own.
    """

    name: str
    quantity: int
    net_total: Decimal
    product_id: int | None
    variation_id: int | None
    tax_class: str
    line_id: str
    offer_id: str
    manages_stock: bool = False
    sku: str = ""
    net_subtotal: Decimal | None = None


@dataclass(frozen=True)
class DraftFee:
    """A named amount beyond goods and delivery, without tax; `taxable` at the store's standard rate, or not at all.

    `payment_id` is Allegro's id of the payment that it came with, "" for what was part of the purchase.
    Never negative: of a negative fee WooCommerce takes back tax, whatever the fee's tax status.
    """

    name: str
    total: Decimal
    taxable: bool = False
    payment_id: str = ""


@dataclass(frozen=True)
class OrderDraft:
    """The store order that we are about to make. `set_paid` only when the money has arrived.

    `status` is a WooCommerce status without the `wc-` prefix. `meta` is written as hidden order meta. `customer_id` is
    the customer whose order it is, 0 for none. `shipping_method` is one of the store's shipping methods, "" for none of
    them, and `shipping_instance` its number in a zone.
    """

    order_id: str
    status: str
    currency: str
    billing: Address
    shipping: Address
    billing_email: str
    customer_note: str
    payment_method: str
    payment_method_title: str
    set_paid: bool
    shipping_title: str
    shipping_net: Decimal | None
    lines: tuple[DraftLine, ...]
    fees: tuple[DraftFee, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    customer_id: int = 0
    shipping_method: str = ""
    shipping_instance: int | None = None


@dataclass(frozen=True)
class OrderChange:
    """What shall be different about a store order; what is empty or None stays as it is."""

    status: str = ""
    billing: Address | None = None
    shipping: Address | None = None
    billing_email: str = ""
    meta: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Amendment:
    """Lines that a store order shall have beside, or instead of, those that it has.

    `lines` pairs the id of a line with what it shall be, `shipping` the id of the shipping line with its net total,
    `fees` the id of a fee, None for a new one, with the fee.
    """

    lines: tuple[tuple[int, DraftLine], ...] = ()
    shipping: tuple[int, Decimal] | None = None
    fees: tuple[tuple[int | None, DraftFee], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.lines and not self.fees


@dataclass(frozen=True)
class StoreOrderLine:
    """A position of a store order as the store tells it. `product_id` is 0 where it has none.

    `reduced_stock` is how many pieces the store has taken out of stock for it, 0 for none.
    """

    id: int
    product_id: int
    variation_id: int
    quantity: int
    total: Decimal
    allegro_line_id: str = ""
    reduced_stock: int = 0


@dataclass(frozen=True)
class StoreFee:
    """A fee of a store order. `payment_id` is Allegro's id of the payment that it came with, or ""."""

    id: int
    name: str
    total: Decimal
    payment_id: str = ""


@dataclass(frozen=True)
class StoreOrder:
    """An order in the store. `allegro_order_id` is "" when the order carries no Allegro id of ours."""

    id: int
    status: str
    total: Decimal | None
    currency: str
    transaction_id: str
    allegro_order_id: str
    allegro_account: str = ""
    created_at: datetime | None = None
    lines: tuple[StoreOrderLine, ...] = field(default=())
    fees: tuple[StoreFee, ...] = ()
    shipping_line_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class StoreWebhook:
    """One of the store's webhooks. `status` is active, paused or disabled."""

    id: int
    name: str
    topic: str
    delivery_url: str
    status: str
