"""From a product's description in the store to the sections of Allegro's."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

from app.domain.markup import Kind, Line, Loss, Notes, Run, Shortcodes, lines_of, tidy

LONGEST_DESCRIPTION = 40_000
MOST_SECTIONS = 100
# How much room may stay empty below the limit; rather than more, a paragraph is cut at a word's end.
_WASTE = 8_000


@dataclass(frozen=True)
class Text:
    """`content` in Allegro's HTML."""

    content: str


@dataclass(frozen=True)
class Picture:
    """`url` as the offer's pictures have it."""

    url: str


Section = tuple[Text | Picture, ...]


@dataclass(frozen=True)
class Description:
    """`notes` say in sentences what was lost. No sections: there is nothing to say, and Allegro takes no empty
    description, so it must be left out."""

    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()

    def as_allegro(self) -> dict[str, list[dict[str, list[dict[str, str]]]]]:
        """`{sections: [{items: [{type: TEXT, content} | {type: IMAGE, url}]}]}`."""
        return {"sections": [{"items": [_as_allegro(item) for item in section]} for section in self.sections]}


def sections_of(html: str, images: Sequence[str] = (), addresses: Mapping[str, str] | None = None) -> Description:
    """The sections for a description in WordPress's HTML or in plain text; `images` are the offer's pictures.

    `addresses` are what the sections have in place of the addresses of these pictures.

    What Allegro takes, and who says so (allegro-api is the issue list of its REST API):

    - The tags h1, h2, p, ul, ol, li and b, without attributes (allegro-api#4385, #10073).
    - At the top h1, h2, p, ul and ol, never bare text (#6559, #11145). In ul and ol only li (#11286). In p only b
      (#10725), so no paragraph within another (#10541). In li only b and p, so no list within a list (#8576). In b
      nothing (#3410). What headings may hold is told nowhere, so they get text alone.
    - "&", "<" and ">" as entities; other named entities than a handful are refused (#1399, #3205, #8714). All others
      are written as the characters that they are.
    - 40,000 bytes (the specification's StandardizedDescription), counted over the JSON of the whole (#1015, #42).
    - 1 to 100 sections (#12520, #1015), each with one or two items.
    - Pictures that the offer's own list has too; another is refused (#6651, #5692) or joins the list and counts
      towards its sixteen (#6863, #11981). So a picture in the text stays in its place if `images` has it, in whatever
      size WordPress put it there, and is left out with a note if not. One within a list or a heading comes after it.
    """
    notes = Notes()
    shown_as = addresses or {}
    lines = [replace(line, url=shown_as.get(line.url, line.url)) for line in lines_of(html, images, notes)]
    fitting = _fitting(lines, notes)
    return Description(tuple(_sections(fitting)), notes.sentences())


def _as_allegro(item: Text | Picture) -> dict[str, str]:
    if isinstance(item, Text):
        return {"type": "TEXT", "content": item.content}
    return {"type": "IMAGE", "url": item.url}


def _size(description: Description) -> int:
    """In bytes, as it is sent."""
    return len(json.dumps(description.as_allegro(), ensure_ascii=False, separators=(",", ":")).encode())


def _size_of_text(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


_EMPTY = _size(Description())
_SECTION = _size(Description(((Text(""),),))) - _EMPTY + 1  # with the comma before it
_ITEM = _size_of_text("<li></li>")
_LIST = _size_of_text("<ul></ul>")
_BOLD = _size_of_text("<b></b>")


def _fitting(lines: list[Line], notes: Notes) -> list[Line]:
    """As many lines from the start on as Allegro takes."""
    taken: list[Line] = []
    room, sections = LONGEST_DESCRIPTION - _EMPTY, 0
    for line in lines:
        starts = not taken or Kind.PICTURE in (line.kind, taken[-1].kind)
        size = _SECTION * starts + _size_of_line(line, taken[-1] if taken else None)
        sections += starts
        if sections > MOST_SECTIONS:
            break
        if size > room:
            part = _cut(line, room - size + _size_of_text(_inner(line))) if room > _WASTE else None
            taken += [part] if part else []
            break
        taken.append(line)
        room -= size
    if taken != lines:
        _note_cut(lines, taken, notes)
    return taken


def _size_of_line(line: Line, before: Line | None) -> int:
    if line.kind is Kind.PICTURE:
        return _size(Description(((Picture(line.url),),))) - _size(Description(((Text(""),),)))
    if line.is_entry:
        return _ITEM + _size_of_text(_inner(line)) + (_LIST if _opens(line, before) else 0)
    return _size_of_text(_content([line]))


def _cut(line: Line, room: int) -> Line | None:
    """The line's first words, as many as have room (bytes between its tags), None for no word."""
    kept: list[Run] = []
    for text, bold in line.runs:
        room -= _BOLD if bold else 0
        for word in re.findall(r"\S+ ?|\s", text):
            room -= _size_of_text(escape(word, quote=False))
            if room < 0:
                break
            kept.append((word, bold))
        if room < 0:
            break
    runs = tidy(kept, Shortcodes("", Notes()))
    return Line(line.kind, tuple(runs), line.opens) if runs else None


def _note_cut(lines: list[Line], taken: list[Line], notes: Notes) -> None:
    whole, kept = (sum(len(text) for line in each for text, _ in line.runs) for each in (lines, taken))
    pictures, kept_pictures = (sum(line.kind is Kind.PICTURE for line in each) for each in (lines, taken))
    notes.add(
        Loss.CUT, f"{whole - kept:,} of {whole:,} characters and {pictures - kept_pictures} of {pictures} pictures"
    )


def _sections(lines: list[Line]) -> Iterator[Section]:
    for is_picture, group in groupby(lines, lambda line: line.kind is Kind.PICTURE):
        if is_picture:
            yield from ((Picture(line.url),) for line in group)
        else:
            yield (Text(_content(list(group))),)


def _content(lines: list[Line]) -> str:
    parts: list[str] = []
    before: Line | None = None
    for line in lines:
        if (
            before
            and before.kind in (Kind.BULLET, Kind.NUMBERED)
            and (_opens(line, before) or line.kind != before.kind)
        ):
            parts.append(f"</{before.kind}>")
        if line.kind in (Kind.BULLET, Kind.NUMBERED):
            parts.append(f"<{line.kind}>" if _opens(line, before) else "")
            parts.append(f"<li>{_inner(line)}</li>")
        else:
            parts.append(f"<{line.kind}>{_inner(line)}</{line.kind}>")
        before = line
    if before and before.is_entry:
        parts.append(f"</{before.kind}>")
    return "".join(parts)


def _opens(line: Line, before: Line | None) -> bool:
    """The line before belongs to no list that this one belongs to."""
    return line.opens or before is None or before.kind != line.kind


def _inner(line: Line) -> str:
    texts = ((escape(text, quote=False), bold) for text, bold in line.runs)
    return "".join(f"<b>{text}</b>" if bold else text for text, bold in texts)
