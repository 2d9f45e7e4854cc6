"""The global number of a product: EAN, UPC, GTIN-14, ISBN."""

import re

from app.domain.listed_products import ListedProduct
from app.domain.parameters import Parameter, ParameterType

_LENGTHS = (8, 12, 13, 14)
_SHORT_ISBN = 10
# What the EANs of these begin with.
_BOOKS = ("978", "979")
_PERIODICALS = "977"


def gtin_of(product: ListedProduct) -> str:
    """The product's number without blanks and dashes, "" for none and for what is none.

    Digits only, but for an ISBN of ten that ends with an X.
    """
    number = re.sub(r"[\s-]", "", product.gtin).upper()
    return number if _is_gtin(number) or _is_short_isbn(number) else ""


def why_no_gtin(product: ListedProduct) -> str:
    """What is to be said of a number that is none, or ""."""
    if not product.gtin.strip() or gtin_of(product):
        return ""
    return (
        f"{product.gtin.strip()!r} is no GTIN (EAN, UPC, ISBN) and is left out: such a number has 8, 10, 12, 13 or 14 "
        "digits, of which the last one checks the others. Correct it in the store."
    )


def takes_gtin(parameter: Parameter, number: str) -> bool:
    """Whether the parameter is where a product's number of this kind belongs, by its name: EAN, GTIN, ISBN or ISSN."""
    if not parameter.describes_product or parameter.type is not ParameterType.STRING:
        return False
    words = set(re.findall("[A-Z]+", parameter.name.upper()))
    is_short_isbn = len(number) == _SHORT_ISBN
    if not is_short_isbn and words & {"EAN", "GTIN"}:
        return True
    return ("ISBN" in words and (is_short_isbn or number.startswith(_BOOKS))) or (
        "ISSN" in words and number.startswith(_PERIODICALS)
    )


def _is_gtin(number: str) -> bool:
    if len(number) not in _LENGTHS or not re.fullmatch("[0-9]+", number) or not number.strip("0"):
        return False
    # From the right, each second digit counts three times.
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(number))) % 10 == 0


def _is_short_isbn(number: str) -> bool:
    if not re.fullmatch("[0-9]{9}[0-9X]", number) or not number.strip("0"):
        return False
    values = [10 if digit == "X" else int(digit) for digit in reversed(number)]
    return sum(value * weight for weight, value in enumerate(values, start=1)) % 11 == 0
