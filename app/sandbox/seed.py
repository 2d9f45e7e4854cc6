"""One believable Polish shop, which both halves of the sandbox sell from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

_FIRST_OFFER = 7700000001
_EAN_PREFIX = "590123400"
_EAN_ODD_WEIGHT = 3


@dataclass(frozen=True)
class Good:
    """Something that can be bought: a simple product, or one variation of a variable product.

    The offer at Allegro has the SKU as its `external.id`. `gross_price` is PLN, the same on both sides. `category` is
    the store's category name. A variation names its parent in `parent_sku` and what it is in `attributes`.
    """

    sku: str
    name: str
    gross_price: Decimal
    stock: int
    ean: str
    offer_id: str
    category: str
    tax_class: str = ""
    parent_sku: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VariableGood:
    """The store's product that holds variations. It is not sold by itself and has no offer."""

    sku: str
    name: str
    category: str


@dataclass(frozen=True)
class Seller:
    """A seller who can log in at Allegro."""

    id: str
    login: str
    first_name: str
    last_name: str
    company: str
    tax_id: str
    email: str


def _ean(number: int) -> str:
    """A 13-digit EAN with a right check digit."""
    digits = f"{_EAN_PREFIX}{number:03d}"
    total = sum(int(digit) * (_EAN_ODD_WEIGHT if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


_SIMPLE = (
    ("KUB-001", "Kubek ceramiczny z kotem 330 ml", "39.99", 24, "Kubki"),
    ("KUB-002", "Kubek ceramiczny z sową 330 ml", "39.99", 18, "Kubki"),
    ("KUB-003", "Kubek emaliowany turystyczny 400 ml", "49.00", 32, "Kubki"),
    ("KUB-004", "Kubek termiczny stalowy 450 ml", "89.90", 12, "Kubki"),
    ("FIL-001", "Filiżanka ze spodkiem porcelanowa 180 ml", "54.50", 9, "Kubki"),
    ("MIS-001", "Miska kamionkowa do zupy 600 ml", "44.00", 15, "Kubki"),
    ("TAL-001", "Talerz deserowy kamionkowy 20 cm", "32.00", 40, "Kubki"),
    ("DZB-001", "Dzbanek do herbaty z zaparzaczem 1 l", "119.00", 7, "Kubki"),
    ("PLA-001", "Plakat Tatry o świcie 50x70 cm", "59.00", 20, "Plakaty"),
    ("PLA-002", "Plakat Mapa gwiazd 40x50 cm", "49.00", 5, "Plakaty"),
    ("TOR-001", "Torba bawełniana Kubki i spółka czarna", "29.90", 36, "Koszulki"),
    ("SER-001", "Ściereczka lniana kuchenna 45x70 cm", "24.50", 28, "Koszulki"),
)
_SHIRT = VariableGood("KOS-001", "Koszulka bawełniana z kubkiem", "Koszulki")
_SHIRT_PRICE = Decimal("69.00")
_SHIRTS = (("S", "Biały", 11), ("M", "Biały", 14), ("L", "Czarny", 8), ("XL", "Czarny", 6))


def _goods() -> tuple[Good, ...]:
    simple = [
        Good(sku, name, Decimal(price), stock, _ean(number), str(_FIRST_OFFER + number), category)
        for number, (sku, name, price, stock, category) in enumerate(_SIMPLE)
    ]
    shirts = [
        Good(
            f"{_SHIRT.sku}-{size}",
            f"{_SHIRT.name} {colour.lower()} {size}",
            _SHIRT_PRICE,
            stock,
            _ean(number),
            str(_FIRST_OFFER + number),
            _SHIRT.category,
            parent_sku=_SHIRT.sku,
            attributes={"Rozmiar": size, "Kolor": colour},
        )
        for number, (size, colour, stock) in enumerate(_SHIRTS, start=len(_SIMPLE))
    ]
    return (*simple, *shirts)


GOODS: tuple[Good, ...] = _goods()
VARIABLE_GOODS: tuple[VariableGood, ...] = (_SHIRT,)

SELLERS: tuple[Seller, ...] = (
    Seller(
        "44010001",
        "kubki-shop",
        "Hanna",
        "Garncarz",
        "Kubki i Spółka Hanna Garncarz",
        "5252344078",
        "sklep@kubki-shop.example",
    ),
    Seller(
        "44010002",
        "inny-sprzedawca",
        "Olgierd",
        "Inny",
        "Inny Sprzedawca sp. z o.o.",
        "7010012345",
        "biuro@inny-sprzedawca.example",
    ),
)
