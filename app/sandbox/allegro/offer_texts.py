"""What the title and the description of an offer must be like."""

import json
from collections.abc import Collection, Iterator
from html.parser import HTMLParser
from typing import Any

from app.sandbox.allegro.problems import Problem

Body = dict[str, Any]

SHORTEST_NAME, LONGEST_NAME = 12, 75
_FEWEST_WORDS = 3
_LONGEST_WORD = 30
# The length is that of what the name is kept as.
_KEPT_AS = {"&": 5, "<": 4, ">": 4, '"': 6}
_MOST_BYTES = 40_000
_MOST_SECTIONS = 100
_MOST_ITEMS = 2
# What may stand in what; "" is the top. In what is not named here stands text alone.
_WITHIN = {"": ("h1", "h2", "p", "ul", "ol"), "ul": ("li",), "ol": ("li",), "p": ("b",), "li": ("b", "p")}
_WITHOUT_TEXT = ("", "ul", "ol")
_ENTITIES = ("amp", "lt", "gt", "quot", "apos", "nbsp")


def _wrong(path: str, message: str, told: str) -> Problem:
    return Problem("VALIDATION_ERROR", path, message, told)


def name_problems(name: str) -> Iterator[Problem]:
    length = sum(_KEPT_AS.get(each, 1) for each in name)
    if length > LONGEST_NAME:
        yield _wrong(
            "name",
            f"The maximum allowed length of the offer title has been exceeded ({LONGEST_NAME} characters, assuming "
            "that some letters and symbols are counted as more than 1 character).",
            f"Przekroczono maksymalną długość tytułu oferty ({LONGEST_NAME} znaków).",
        )
    if length < SHORTEST_NAME:
        yield _wrong(
            "name",
            f"The offer title has fewer than {SHORTEST_NAME} characters.",
            f"Tytuł oferty jest za krótki (min. {SHORTEST_NAME} znaków).",
        )
    if len(name.split()) < _FEWEST_WORDS:
        yield _wrong(
            "name",
            f"The offer title has fewer than {_FEWEST_WORDS} words.",
            f"Tytuł oferty musi mieć co najmniej {_FEWEST_WORDS} słowa.",
        )
    if any(len(word) > _LONGEST_WORD for word in name.split()):
        yield _wrong(
            "name",
            "You have exceeded the maximum permissible length of a single word in the offer title "
            f"({_LONGEST_WORD} characters).",
            f"Przekroczono maksymalną długość jednego słowa w tytule oferty ({_LONGEST_WORD} znaków).",
        )


def description_problems(description: Body, pictures: Collection[str]) -> Iterator[Problem]:
    """`pictures` are the addresses that the offer and its product were given."""
    sections = description.get("sections") or []
    if not 1 <= len(sections) <= _MOST_SECTIONS:
        yield _wrong(
            "description.sections",
            f"A description has 1 to {_MOST_SECTIONS} sections.",
            f"Opis musi mieć od 1 do {_MOST_SECTIONS} sekcji.",
        )
    size = len(json.dumps(description, ensure_ascii=False, separators=(",", ":")).encode())
    if size > _MOST_BYTES:
        yield _wrong(
            "description", f"The description has more than {_MOST_BYTES} bytes.", f"Opis ma ponad {_MOST_BYTES} bajtów."
        )
    for number, section in enumerate(sections):
        items = (section or {}).get("items") or []
        path = f"description.sections[{number}].items"
        if not 1 <= len(items) <= _MOST_ITEMS:
            yield _wrong(path, "A section has one or two items.", "Sekcja opisu musi mieć jeden lub dwa elementy.")
        for place, item in enumerate(items):
            yield from _item_problems(item, f"{path}[{place}]", pictures)


def _item_problems(item: Body, path: str, pictures: Collection[str]) -> Iterator[Problem]:
    if item.get("type") == "TEXT":
        for message in _Markup.faults(item.get("content") or ""):
            yield _wrong(f"{path}.content", message, f"Opis zawiera niedozwolony kod HTML: {message}")
    elif item.get("type") != "IMAGE":
        yield _wrong(f"{path}.type", "An item is TEXT or IMAGE.", "Element opisu jest tekstem albo zdjęciem.")
    elif item.get("url") not in pictures:
        yield _wrong(
            f"{path}.url",
            "The image is not one of the offer's images.",
            "Zdjęcie z opisu nie znajduje się w galerii oferty.",
        )


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = [""]
        self.found: list[str] = []

    @classmethod
    def faults(cls, content: str) -> list[str]:
        """What is wrong with the HTML of an item."""
        if not content.strip():
            return ["An item has no text."]
        markup = cls()
        markup.feed(content)
        markup.close()
        if len(markup.open) > 1:
            markup.found.append("Invalid HTML subset")
        return markup.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = _WITHIN.get(self.open[-1], ())
        if tag not in allowed:
            self.found.append(f'Invalid tag: "{tag}", allowed tags: {{{", ".join(allowed)}}}')
        if attrs:
            self.found.append(f'Invalid attribute: "{attrs[0][0]}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) > 1 and self.open[-1] == tag:
            self.open.pop()
        else:
            self.found.append("Invalid HTML subset")

    def handle_data(self, data: str) -> None:
        if (data.strip() and self.open[-1] in _WITHOUT_TEXT) or "<" in data or "&" in data:
            self.found.append("Invalid HTML subset")

    def handle_entityref(self, name: str) -> None:
        if name not in _ENTITIES:
            self.found.append(f'Invalid entity: "{name}"')
        elif self.open[-1] in _WITHOUT_TEXT:
            self.found.append("Invalid HTML subset")

    def handle_charref(self, name: str) -> None:
        if self.open[-1] in _WITHOUT_TEXT:
            self.found.append(f'Invalid entity: "#{name}"')

    def handle_comment(self, data: str) -> None:
        self.found.append(f"Invalid HTML subset: <!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"Invalid HTML subset: <!{decl}>")
