"""What the shop says of its goods beside name and price: where they stand, what they weigh, how they look."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.sandbox.store.pictures import picture_path

_BRAND = "Kubki i Spółka"


@dataclass(frozen=True)
class Display:
    """`category` is one below the good's own, 0 for none. `weight` is in kg. Several terms are joined with "|"."""

    category: int = 0
    weight: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[str, ...] = ()
    description: str = ""
    short_description: str = ""


def _mug(weight: str, colour: str, capacity: str, material: str = "Ceramika", category: int = 20) -> Display:
    terms = {"Kolor": colour, "Pojemność": capacity, "Materiał": material, "Marka": _BRAND}
    return Display(category, weight, terms)


_DISPLAYS = {
    "KUB-001": _mug("0.35", "Biały", "330 ml"),
    "KUB-002": _mug("0.35", "Biały|Czarny", "330 ml"),
    "KUB-003": _mug("0.18", "Czerwony", "400 ml", "Emalia", 0),
    "KUB-004": _mug("0.42", "Czarny", "450 ml", "Stal nierdzewna", 21),
    "FIL-001": _mug("0.31", "Biały", "180 ml", "Porcelana", 22),
    "MIS-001": _mug("0.55", "Biały", "600 ml", "Kamionka", 22),
    "TAL-001": Display(22, "0.6", {"Kolor": "Czarny", "Materiał": "Kamionka", "Średnica": "20 cm"}),
    "DZB-001": _mug("1.1", "Biały", "1000 ml", "Szkło|Stal nierdzewna", 22),
    "PLA-001": Display(0, "0.2", {"Marka": _BRAND, "Szerokość": "50 cm", "Wysokość": "70 cm"}),
    "PLA-002": Display(0, "0.15", {"Marka": _BRAND, "Szerokość": "40 cm", "Wysokość": "50 cm"}),
    "TOR-001": Display(25, "0.12", {"Kolor": "Czarny", "Materiał": "Bawełna", "Marka": _BRAND}),
    # Nobody has weighed it, taken its picture or said what it is made of.
    "SER-001": Display(23),
    "KOS-001": Display(0, "0.2", {"Materiał": "Bawełna", "Marka": _BRAND}),
}
_VARIATIONS = {
    "KOS-001-XL": Display(
        0,
        "0.26",
        pictures=(picture_path("kos-001-xl"),),
        description="<p>Krój <strong>luźny</strong>, bez bocznych szwów.</p>",
    )
}

_CLASSIC = """<strong>{name}</strong> &#8211; prosto z naszej pracowni.

Każda sztuka jest <em>trochę inna</em>, bo powstaje ręcznie.
Myjemy w zmywarce &amp; podgrzewamy w mikrofalówce.

[tabela_rozmiarow id="3"]

Masz pytania? <a href="https://kubki-shop.example/kontakt/">Napisz do nas</a>."""
_BLOCKS = """<!-- wp:heading {{"level":3}} -->
<h3 class="wp-block-heading">{name}</h3>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p style="text-align:center">Na prezent i&nbsp;na co dzień <span style="color:#c00">❤</span>.</p>
<!-- /wp:paragraph -->

<!-- wp:list -->
<ul class="wp-block-list"><li>wysyłka w 24 godziny</li><li>pakujemy bez plastiku</li></ul>
<!-- /wp:list -->"""
_TABLE = """<div class="opis"><h2>{name}</h2>
<table><tbody><tr><td>Wykonanie</td><td>ręczne</td></tr><tr><td>Gwarancja</td><td>24 miesiące</td></tr></tbody></table>
<p>Wymiary mogą się różnić o&nbsp;5&nbsp;%.<br />Kolory na ekranie też.</p></div>"""
_WORDS = (_CLASSIC, _BLOCKS, _TABLE)


def display_of(sku: str, name: str, place: int) -> Display:
    """How a product is shown; `place` tells it from its neighbours."""
    known = _DISPLAYS[sku]
    pictures = tuple(picture_path(f"{sku.lower()}-{number}") for number in (1, 2)) if known.weight else ()
    words = _WORDS[place % len(_WORDS)].format(name=name)
    return replace(known, pictures=pictures, description=words, short_description=f"{name} z Polski.")


def display_of_variation(sku: str) -> Display:
    """What a variation shows of its own; the rest is its product's."""
    return _VARIATIONS.get(sku, Display())
