"""Tax numbers as people type them, and as invoices need them."""

from collections.abc import Sequence
from dataclasses import dataclass

# The kind of a number that came in Allegro's older field, which does not tell its kind.
UNTOLD = "TAX_ID"
_NIP = "PL_NIP"
_NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)
# The order in which one of several numbers is chosen for the invoice.
_PREFERRED = (_NIP, "VAT_EU", UNTOLD)


@dataclass(frozen=True)
class TaxNumber:
    """`text` is the number without blanks, marks and words; `raw` as it was typed.

    `is_valid` is what the check digit of a Polish NIP says, None for a number that has none.
    """

    kind: str
    text: str
    raw: str
    is_valid: bool | None


def tax_number_of(numbers: Sequence[tuple[str, str]], country: str) -> TaxNumber | None:
    """The number to put on the invoice, out of (kind, text as typed) pairs; None when there is none.

    `country` is that of the invoice's address, "" when it is not known.
    """
    ranked = sorted(numbers, key=lambda each: _PREFERRED.index(each[0]) if each[0] in _PREFERRED else len(_PREFERRED))
    if not ranked:
        return None
    kind, raw = ranked[0]
    text = _plain(raw)
    if kind == _NIP or (kind == UNTOLD and country in ("", "PL")):
        digits = "".join(character for character in text if character.isdigit())
        is_valid = is_nip(digits)
        return TaxNumber(_NIP if is_valid else kind, digits if is_valid else text, raw, is_valid)
    return TaxNumber(kind, text, raw, None)


def is_nip(digits: str) -> bool:
    """Whether ten digits are a Polish NIP: the last is the weighted sum of the others modulo 11, which is never 10."""
    if len(digits) != 10 or not digits.isdigit() or digits == "0" * 10:
        return False
    check = sum(weight * int(digit) for weight, digit in zip(_NIP_WEIGHTS, digits, strict=False)) % 11
    return check == int(digits[9])


def _plain(raw: str) -> str:
    text = "".join(character for character in raw.upper() if character.isalnum() and character.isascii())
    return text.removeprefix("NIP")
