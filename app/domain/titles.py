"""The title of an offer, written by a template's pattern: `{name} {attribute:pa_colour}`."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from itertools import accumulate, takewhile

SHORTEST_TITLE = 12
LONGEST_TITLE = 75
FEWEST_WORDS = 3
LONGEST_WORD = 30

FIELDS = ("name", "sku", "gtin", "brand")
_ATTRIBUTE = "attribute:"

# Allegro counts these by the entities that it keeps them as.
_COUNTS = {"&": 5, "<": 4, ">": 4, '"': 6}
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘’‚‛′", "'"),
        "…": "...",
        "×": "x",
    }
)
# By Unicode's category: letters, the marks on them, figures, punctuation, the signs of sums and of money.
_TAKEN = ("L", "M", "N", "P", "Sm", "Sc")
_TAKEN_TOO = " °`^"
_LINKING = "-,;:/|+&"


@dataclass(frozen=True)
class Title:
    """`notes` say what was left out, `problems` why Allegro will refuse the title as it is; both in sentences."""

    text: str
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def check_pattern(pattern: str) -> tuple[str, ...]:
    """What is wrong with a pattern, in sentences; nothing: it can be used."""
    named, rest = _fields(pattern), _FIELD.sub("", pattern)
    wrong = [f"There is no field {{{name}}}." for name in named if not is_field(name)]
    if "{" in rest or "}" in rest:
        wrong.append("A brace is opened and not closed, or closed and not opened.")
    if not named:
        wrong.append("Without a field such as {name} all offers would have the same title.")
    if title_length(_clean(rest)) >= LONGEST_TITLE:
        wrong.append(
            f"Allegro takes {LONGEST_TITLE} characters, and the pattern's own words leave no room for a field."
        )
    return tuple(wrong)


def title_from(pattern: str, fields: Mapping[str, str]) -> Title:
    """The title of an offer. `pattern` passed `check_pattern`; `fields` are what is known of the product, by the names
    that stand in the pattern's braces.

    What Allegro takes, and who says so (allegro-api is the issue list of its REST API):

    - 12 to 75 characters and three words (the specification's `name`, allegro-api#11354, #7502), where "&" counts as
      five, "<" and ">" as four, '"' as six (#1306, #3394).
    - No word of over 30 characters (#10008).
    - Some signs not at all: the trade mark's (#7783), the long dash (in a product's name, which has the title's rules).
      There is no list of them. Dashes and quotes become plain ones; pictures and other signs are left out.

    A title that is too long is cut at a word's end.
    """
    notes = [f"The product has no {name}." for name in _fields(pattern) if not _clean(fields.get(name, ""))]
    written = _clean(_FIELD.sub(lambda found: fields.get(found[1], ""), pattern))
    text = "".join(each for each in written if each in _TAKEN_TOO or unicodedata.category(each).startswith(_TAKEN))
    if refused := sorted(set(written) - set(text)):
        notes.append(f"Allegro takes no {' '.join(refused)} in a title.")
    # Without what stood between, a missing field would leave its comma or brackets behind.
    text = _without_loose_ends(re.sub(r"\(\s*\)|\[\s*\]", " ", text))
    shown = _cut(text)
    if shown != text:
        notes.append(
            f"Allegro takes {LONGEST_TITLE} characters in a title, so “{text[len(shown) :].strip()}” is left out."
        )
    return Title(shown, tuple(notes), _problems(shown))


def title_length(text: str) -> int:
    """In characters, as Allegro counts them."""
    return sum(_COUNTS.get(each, 2 if each > "\uffff" else 1) for each in text)


_FIELD = re.compile(r"\{([^{}]*)\}")


def _fields(pattern: str) -> list[str]:
    return list(dict.fromkeys(_FIELD.findall(pattern)))


def is_field(name: str) -> bool:
    """Whether a pattern may name it."""
    return name in FIELDS or (name.startswith(_ATTRIBUTE) and re.fullmatch(r"\S+", name[len(_ATTRIBUTE) :]) is not None)


def _clean(text: str) -> str:
    """In plain signs, without tags, controls and runs of blanks. The store gives names as HTML."""
    text = unescape(re.sub(r"</?[A-Za-z][^<>]*>", " ", text)).translate(_PLAIN)
    return _spaced(unicodedata.normalize("NFC", text))


def _spaced(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    return "".join(each for each in text if unicodedata.category(each) not in ("Cc", "Cf", "Cs")).strip()


def _without_loose_ends(text: str) -> str:
    """Without the signs at either end that link nothing there: "cup -" and "cup," but not "A+" or "-5"."""
    words = text.split()
    while words and not words[-1].strip(_LINKING):
        words.pop()
    while words and not words[0].strip(_LINKING):
        words.pop(0)
    return " ".join(words).rstrip(",;:")


def _cut(text: str) -> str:
    lengths = accumulate(title_length(each) for each in text)
    end = sum(1 for _ in takewhile(lambda length: length <= LONGEST_TITLE, lengths))
    if end < len(text) and text[end] != " " and " " in text[:end]:
        # Where there is no blank, one word fills the title and is cut within.
        end = text.rindex(" ", 0, end)
    return text if end == len(text) else _without_loose_ends(text[:end])


def _problems(text: str) -> tuple[str, ...]:
    words = text.split()
    found = []
    if title_length(text) < SHORTEST_TITLE:
        found.append(f"A title has at least {SHORTEST_TITLE} characters; this one has {title_length(text)}.")
    if len(words) < FEWEST_WORDS:
        found.append(f"A title has at least {FEWEST_WORDS} words; this one has {len(words)}.")
    found += [
        f"A word in a title has at most {LONGEST_WORD} characters; “{word}” has {len(word)}."
        for word in words
        if len(word) > LONGEST_WORD
    ]
    return tuple(found)
