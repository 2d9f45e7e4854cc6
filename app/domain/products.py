"""What the store sells, as far as offers depend on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class StockKeeper(StrEnum):
    """Who counts the pieces of a product: itself, its parent for all variations together, or nobody."""

    OWN = "own"
    PARENT = "parent"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


class StockState(StrEnum):
    """What the shop tells its customers."""

    IN_STOCK = "in stock"
    SOLD_OUT = "sold out"
    BACKORDERED = "backordered"
    UNKNOWN = "unknown"


class Backorders(StrEnum):
    """Whether the shop sells what it does not have; with `NOTIFY` it says so to the customer."""

    REFUSED = "refused"
    NOTIFY = "notify"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Prices:
    """A product's prices as they are entered in the store, with or without tax as its settings say.

    `current` is the one in force. None is no price, or one that cannot be read; never zero. A sale without a time has
    no such end.
    """

    current: Decimal | None = None
    regular: Decimal | None = None
    sale: Decimal | None = None
    sale_from: datetime | None = None
    sale_until: datetime | None = None


@dataclass(frozen=True)
class Product:
    """A product, or a variation when `parent_id` is not 0; ids are unique over both.

    `stock` is the count of whoever keeps it, negative where more were sold; None where nobody keeps it or where it is
    unknown. `status` is `publish`, `draft`, `pending`, `private`, `future` or `trash`: the parent's for a variation
    whose parent is not published, "" where it is unknown. `sellable`: pieces of it can be sold, which they cannot of a
    product with variations. `name` of a variation begins with its parent's. `tax_class` is "" for the standard class,
    and "parent" for that of a parent which could not be read. `meta` has those of the fields that were asked for and
    that the product has.
    """

    id: int
    parent_id: int
    sku: str
    gtin: str
    name: str
    status: str
    sellable: bool
    keeper: StockKeeper
    stock: int | None
    state: StockState
    backorders: Backorders
    prices: Prices = Prices()
    tax_class: str = ""
    taxable: bool = True
    meta: tuple[tuple[str, str], ...] = ()

    @property
    def pool_id(self) -> int | None:
        """Whose pieces are sold, by id: the same for all that share them, None where nobody counts them."""
        return {StockKeeper.OWN: self.id, StockKeeper.PARENT: self.parent_id}.get(self.keeper)


@dataclass(frozen=True)
class ProductsRead:
    """What the store told about products, by id. `gone` are certainly not there any more; `unknown` says why it is
    not known how they are. Not `complete`: others may exist, so that one which is missing is not known to be gone.
    """

    found: Mapping[int, Product]
    gone: frozenset[int] = frozenset()
    unknown: Mapping[int, str] = field(default_factory=dict)
    complete: bool = True


class PriceField(StrEnum):
    """Which of a product's two prices."""

    REGULAR = "regular"
    SALE = "sale"


@dataclass(frozen=True)
class PriceWrite:
    """A price to be set, as it is entered in the store, with the decimals that it shall have there.

    `variation_id` is 0 for a product. Raises ValueError unless the price is more than zero.
    """

    product_id: int
    variation_id: int
    field: PriceField
    price: Decimal

    def __post_init__(self) -> None:
        if not self.price.is_finite() or self.price <= 0:
            raise ValueError(f"{self.price} is no price")

    @property
    def store_id(self) -> int:
        """The id of the variation, or of the product."""
        return self.variation_id or self.product_id


@dataclass(frozen=True)
class PricesWritten:
    """What became of prices that were to be set, by `store_id`: the store has them, or why it does not."""

    written: frozenset[int]
    refused: Mapping[int, str]


@dataclass(frozen=True)
class StockSettings:
    """How the store counts. `managed`: it does so at all. At `out_of_stock_at` pieces or fewer it sells no more.

    `hold_minutes` is how long an order that is not paid keeps its pieces, None for as long as it takes.
    """

    managed: bool
    out_of_stock_at: int
    hold_minutes: int | None
