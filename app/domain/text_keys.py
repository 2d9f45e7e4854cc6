"""What texts that a person would call the same are compared by."""

import re
import unicodedata
from functools import lru_cache

_DASHES = re.compile("[‐‑‒–—―−]")
_GAP = re.compile("[ -]+")
# NFD takes the stroke of these for a part of the letter.
_STROKES = str.maketrans("łđøħŧ", "ldoht")


def plain_dashes(text: str) -> str:
    """The text with one kind of dash, single blanks and none around it."""
    return " ".join(_DASHES.sub("-", text).split())


@lru_cache(maxsize=65536)
def text_key(text: str, unit: str = "") -> str:
    """The text without case, diacritics, blanks, dashes and the unit after a number; never "" unless the text is blank.

    A blank or a dash between two digits stays, as does a minus: "1-2" is not "12", and "-5" is not "5".
    """
    folded = plain_dashes(text).casefold().translate(_STROKES)
    letters = "".join(sign for sign in unicodedata.normalize("NFD", folded) if not unicodedata.combining(sign))
    # Up to two decimals nobody takes for a thousand.
    decimal = re.sub(r"(?<=[0-9]),(?=[0-9]{1,2}(?![0-9]))", ".", letters)
    key = _GAP.sub(_what_stays, decimal) or letters
    ending = text_key(unit) if unit else ""
    if ending and re.search(f"[0-9]{re.escape(ending)}$", key):
        return key.removesuffix(ending)
    return key


def _what_stays(gap: re.Match[str]) -> str:
    before, after = gap.string[: gap.start()][-1:], gap.string[gap.end() :][:1]
    if not after.isdecimal():
        return ""
    if before.isdecimal():
        return "-" if "-" in gap[0] else " "
    is_minus = gap[0].endswith("-") and (not before or gap[0].startswith(" "))
    return "-" if is_minus else ""
