"""Numbers as people write them: in Polish or English, with a unit or without."""

import re
from decimal import Decimal

from app.domain.parameters import NotTaken
from app.domain.text_keys import plain_dashes, text_key

_WITH_REST = re.compile(r"([+-]?[0-9.,][0-9., ]*)(.*)", re.DOTALL)
_DIGITS = r"[1-9][0-9]{0,2}"
# Each with its mark of decimals; what groups thousands is dropped.
_FORMS = (
    (re.compile(r"[0-9]+"), ""),
    (re.compile(r"[0-9]*,[0-9]+"), ","),
    (re.compile(r"[0-9]*\.[0-9]+"), "."),
    (re.compile(rf"{_DIGITS}(?: [0-9]{{3}})+(?:,[0-9]+)?"), ","),
    (re.compile(rf"{_DIGITS}(?: [0-9]{{3}})+\.[0-9]+"), "."),
    (re.compile(rf"{_DIGITS}(?:\.[0-9]{{3}})+,[0-9]+"), ","),
    (re.compile(rf"{_DIGITS}(?:,[0-9]{{3}})+\.[0-9]+"), "."),
    (re.compile(rf"{_DIGITS}(?:[.][0-9]{{3}}){{2,}}"), ","),
    (re.compile(rf"{_DIGITS}(?:,[0-9]{{3}}){{2,}}"), "."),
)
_EITHER = re.compile(rf"{_DIGITS}[.,][0-9]{{3}}")


def number_from(text: str, unit: str) -> Decimal | NotTaken:
    """The number in the text, exactly. The unit may follow it, another may not.

    "1.500" is a thousand and a half to one person and one and a half to another: it is not taken.
    """
    found = _WITH_REST.fullmatch(plain_dashes(text))
    if found is None:
        return NotTaken(f"{text!r} is no number.")
    rest = found[2].strip(" .")
    if rest and (not unit or text_key(rest) != text_key(unit)):
        return NotTaken(f"{text!r} is no number{f' of {unit}' if unit else ''}.")
    # "5 kg." leaves nothing behind the number, but "5." is half of one.
    written = found[1].strip()
    sign, digits = ("-", written[1:]) if written[0] == "-" else ("", written.removeprefix("+"))
    if _EITHER.fullmatch(digits):
        whole, part = re.split("[.,]", digits)
        return NotTaken(
            f"{text!r} may be {whole}{part}, or {whole} and {part}/1000: write {whole}{part} or {whole}.{part}0."
        )
    for form, mark in _FORMS:
        if form.fullmatch(digits):
            plain = "".join("." if each == mark else each for each in digits if each.isdecimal() or each == mark)
            return Decimal(sign + plain)
    return NotTaken(f"{text!r} is no number.")


def range_from(text: str, unit: str) -> tuple[Decimal, Decimal] | NotTaken:
    """The two numbers in a text such as "10-20" or "10 – 20 cm", as they stand there."""
    plain = plain_dashes(text)
    why = NotTaken(f"{text!r} is no range, as 10-20 is one.")
    for dash in re.finditer("-", plain):
        before, after = plain[: dash.start()], plain[dash.end() :]
        if not before.strip():
            continue
        low, high = number_from(before, unit), number_from(after, unit)
        if isinstance(low, Decimal) and isinstance(high, Decimal):
            return low, high
        if isinstance(low, NotTaken) and isinstance(high, Decimal):
            why = low
        if isinstance(high, NotTaken) and isinstance(low, Decimal):
            why = high
    return why


def as_written(number: Decimal) -> str:
    """The number as Allegro takes it: a point before decimals, no zeros behind the last one."""
    digits = format(number, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits in ("-0", "") else digits
