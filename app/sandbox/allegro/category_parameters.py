"""What is asked of offers and products in the leaves of the tree: parameters of every kind."""

from typing import Any

Body = dict[str, Any]

CONDITION, NEW, USED, DAMAGED = "11323", "11323_1", "11323_2", "11323_238062"
GTIN = "225693"
WEIGHT = "17448"
MATERIAL = "130011"
COLOUR, WHITE, BLACK, RED = "130001", "130001_1", "130001_2", "130001_3"


def _parameter(parameter_id: str, name: str, kind: str, restrictions: Body, **more: Any) -> Body:
    """`more` replaces members, those of `options` by their own names."""
    options = {
        "ambiguousValueId": None,
        "dependsOnParameterId": None,
        "describesProduct": True,
        "customValuesEnabled": False,
    }
    options |= {key: more.pop(key) for key in list(more) if key in options}
    return {
        "id": parameter_id,
        "name": name,
        "type": kind,
        "required": False,
        "requiredForProduct": False,
        "requiredIf": None,
        "displayedIf": None,
        "unit": None,
        "options": options,
        "restrictions": restrictions,
        **more,
    }


def _entries(parameter_id: str, *names: str) -> list[Body]:
    """Entries that can always be chosen."""
    return [
        {"id": f"{parameter_id}_{number}", "value": name, "dependsOnValueIds": []}
        for number, name in enumerate(names, start=1)
    ]


def _dictionary(
    parameter_id: str, name: str, *entries: str | Body, several: bool = False, other: bool = False, **more: Any
) -> Body:
    """`other`: the last entry stands for a text of one's own."""
    named = _entries(parameter_id, *(each for each in entries if isinstance(each, str)))
    dictionary = [*named, *(each for each in entries if not isinstance(each, str))]
    if other:
        more |= {"ambiguousValueId": dictionary[-1]["id"], "customValuesEnabled": True}
    restrictions = {"multipleChoices": several}
    return _parameter(parameter_id, name, "dictionary", restrictions, dictionary=dictionary, **more)


def _integer(parameter_id: str, name: str, low: int, high: int, *, span: bool = False, **more: Any) -> Body:
    return _parameter(parameter_id, name, "integer", {"min": low, "max": high, "range": span}, **more)


def _float(
    parameter_id: str, name: str, low: float, high: float, precision: int, *, span: bool = False, **more: Any
) -> Body:
    restrictions = {"min": low, "max": high, "range": span, "precision": precision}
    return _parameter(parameter_id, name, "float", restrictions, **more)


def _text(parameter_id: str, name: str, shortest: int, longest: int, most: int = 1, **more: Any) -> Body:
    restrictions = {"minLength": shortest, "maxLength": longest, "allowedNumberOfValues": most}
    return _parameter(parameter_id, name, "string", restrictions, **more)


def _with_value(parameter_id: str, *entries: str) -> Body:
    return {"parametersWithValue": [{"id": parameter_id, "oneOfValueIds": list(entries)}], "parametersWithoutValue": []}


def _displayed_with(parameter_id: str, *entries: str) -> Body:
    return {"parametersWithValue": [{"id": parameter_id, "oneOfValueIds": list(entries)}]}


def _shade(number: int, name: str, colour: str) -> Body:
    return {"id": f"130002_{number}", "value": name, "dependsOnValueIds": [colour]}


_CONDITION = _dictionary(
    CONDITION,
    "Stan",
    {"id": NEW, "value": "Nowy", "dependsOnValueIds": [], "formerData": {"values": ["Nowa", "Nowe"]}},
    {"id": USED, "value": "Używany", "dependsOnValueIds": []},
    {"id": DAMAGED, "value": "Uszkodzony", "dependsOnValueIds": []},
    required=True,
    describesProduct=False,
)
_DAMAGE = _text(
    "130003",
    "Opis uszkodzenia",
    5,
    200,
    describesProduct=False,
    required=True,
    requiredIf=_with_value(CONDITION, DAMAGED),
    displayedIf=_displayed_with(CONDITION, USED, DAMAGED),
)
_GTIN = _text(GTIN, "EAN (GTIN)", 8, 14, most=10)
_BRAND = _dictionary(
    "248811",
    "Marka",
    "Ambition",
    "Florina",
    "Kubki i Spółka",
    "bez marki",
    "inna",
    other=True,
    required=True,
    requiredForProduct=True,
)
_CODE = _text(
    "224017",
    "Kod producenta",
    2,
    35,
    requiredForProduct=True,
    requiredIf={"parametersWithValue": [], "parametersWithoutValue": [{"id": GTIN}]},
    formerData={"names": ["MPN"]},
)
_WEIGHT = _float(
    WEIGHT,
    "Waga produktu z opakowaniem jednostkowym",
    0.001,
    1000,
    3,
    unit="kg",
    required=True,
    requiredForProduct=True,
    formerData={"ids": ["17447"], "names": ["Waga (z opakowaniem)"]},
)
_COLOUR = _dictionary(COLOUR, "Kolor", "biały", "czarny", "czerwony", "wielokolorowy", required=True)
_SHADE = _dictionary(
    "130002",
    "Odcień",
    {"id": "130002_9", "value": "inny", "dependsOnValueIds": []},
    _shade(1, "kremowy", WHITE),
    _shade(2, "śnieżnobiały", WHITE),
    _shade(3, "grafitowy", BLACK),
    _shade(4, "bordowy", RED),
    dependsOnParameterId=COLOUR,
)
_PIECES = _integer("130004", "Liczba sztuk w ofercie", 1, 1000, describesProduct=False)
_PATTERN = _text("130005", "Wzór lub motyw", 2, 40, most=3)
_COMMON = (_CONDITION, _DAMAGE, _GTIN, _BRAND, _CODE, _WEIGHT)

_MATERIAL = _dictionary(
    MATERIAL,
    "Materiał wykonania",
    "ceramika",
    "porcelana",
    "kamionka",
    "szkło",
    "emalia",
    "stal nierdzewna",
    several=True,
    required=True,
    requiredForProduct=True,
)
_CAPACITY = _float("130012", "Pojemność", 1, 10_000, 1, unit="ml", required=True)
_TEMPERATURES = _float("130013", "Zakres temperatur", -50, 300, 1, span=True, unit="°C")
_HOURS = _integer("130014", "Czas utrzymywania ciepła", 1, 72, unit="godz.")
_DIAMETER = _float("130015", "Średnica", 1, 100, 2, unit="cm", required=True)

_SIZE = _dictionary("130021", "Rozmiar", "S", "M", "L", "XL", "XXL", required=True)
_HEIGHTS = _integer("130022", "Wzrost", 50, 220, span=True, unit="cm")
_FABRIC = _dictionary(
    "130023", "Materiał dominujący", "bawełna", "len", "wełna", "poliester", "inny", other=True, requiredForProduct=True
)
_WIDTH = _float("130031", "Szerokość", 1, 500, 1, unit="cm", required=True)
_LENGTH = _float("130032", "Wysokość", 1, 500, 1, unit="cm", required=True)

_TABLEWARE = (*_COMMON, _MATERIAL, _COLOUR, _SHADE, _PIECES, _PATTERN)
_CLOTHES = (*_COMMON, _COLOUR, _SHADE, _FABRIC, _PATTERN)
_FLAT = (*_COMMON, _WIDTH, _LENGTH, _PATTERN)
_BY_LEAF = {
    **dict.fromkeys(("257933", "257934", "257936", "257937", "257942"), (*_TABLEWARE, _CAPACITY)),
    "257935": (*_TABLEWARE, _DIAMETER),
    "257941": (*_TABLEWARE, _CAPACITY, _TEMPERATURES, _HOURS),
    **dict.fromkeys(("257981", "257983"), (*_CLOTHES, _SIZE, _HEIGHTS)),
    **dict.fromkeys(("257951", "257952", "257953", "257982", "257984", "257985"), _CLOTHES),
    **dict.fromkeys(("257961", "257991"), _FLAT),
}


def parameters_of(category_id: str) -> list[Body]:
    """Of a leaf."""
    return list(_BY_LEAF.get(category_id, _COMMON))
