"""What a store's HTML says, line by line: headings, paragraphs, entries of lists, pictures.

WordPress hands out whatever its users and plugins wrote: paragraphs of the block editor, tables pasted from a
spreadsheet, plain text with blank lines, tags that nobody closed. The reader never fails, and what it cannot keep it
notes. Colours, sizes, slanted and underlined letters go without a note: no word is lost with them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from html.parser import HTMLParser

_EXAMPLES = 3
_EXCERPT = 80


class Kind(StrEnum):
    """A line's kind is its tag, `li` being told apart by its list."""

    HEADING = "h1"
    SUBHEADING = "h2"
    PARAGRAPH = "p"
    BULLET = "ul"
    NUMBERED = "ol"
    PICTURE = "img"


# Text, and whether it is bold.
Run = tuple[str, bool]


@dataclass(frozen=True)
class Line:
    """`opens`: the first entry of a new list. A picture has its `url`, all others have `runs`: without blanks at either
    end, without two blanks side by side, neighbours never both bold or both plain."""

    kind: Kind
    runs: tuple[Run, ...] = ()
    opens: bool = False
    url: str = ""

    @property
    def is_entry(self) -> bool:
        """Of a list."""
        return self.kind in (Kind.BULLET, Kind.NUMBERED)


class Loss(StrEnum):
    """What is lost on the way, as the sentence that says so begins."""

    LINK = "Links are kept as their text, without the address"
    PICTURE = "Pictures that are not among the offer's are left out"
    EMBEDDED = "Frames, videos and drawings are left out"
    SHORTCODE = "Shortcodes are left out"
    TABLE = "Tables are written as paragraphs, row by row"
    NESTED = "Lists within lists are written as one list"
    STRUCK = "Text that was struck out is no longer"
    MARKUP = "What looks like a tag and is none is left out"
    UNCLOSED = "What follows a comment or script that never ends is left out"
    CUT = "The description is too long for Allegro and is cut"


class Notes:
    """Sentences about what was lost, one for each kind, with a few examples."""

    def __init__(self) -> None:
        self._examples: dict[Loss, list[str]] = {}

    def add(self, loss: Loss, example: str) -> None:
        self._examples.setdefault(loss, []).append(example)

    def sentences(self) -> tuple[str, ...]:
        return tuple(self._sentence(loss, examples) for loss, examples in self._examples.items())

    def _sentence(self, loss: Loss, examples: list[str]) -> str:
        more = f", and {len(examples) - _EXAMPLES} more" if len(examples) > _EXAMPLES else ""
        return f"{loss}: {', '.join(_excerpt(each) for each in examples[:_EXAMPLES])}{more}."


def _excerpt(text: str) -> str:
    text = " ".join(text.split())
    return f"“{text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + '…'}”"


def lines_of(html: str, images: Sequence[str], notes: Notes) -> list[Line]:
    """The lines of a store's HTML, or of its plain text. A picture counts when it is one of `images`, in any size."""
    reader = _Reader(images, notes, html)
    html = _shown(html, notes)
    # What is left of these would begin a declaration, and after the last ">" no tag can begin any more.
    html = html.replace("<!", "&lt;!").replace("<?", "&lt;?")
    last = html.rfind(">") + 1
    reader.feed(html[:last] + html[last:].replace("<", "&lt;"))
    reader.close()
    return reader.finish()


def tidy(runs: Sequence[Run], shortcodes: "Shortcodes") -> list[Run]:
    """The runs of a line as `Line` has them, without shortcodes. Taking one out can leave another, so it goes on until
    nothing changes; tidy runs stay as they are."""
    was: list[Run] | None = None
    now = list(runs)
    while now != was:
        was, now = now, _tidied(now, shortcodes)
    return now


def _tidied(runs: list[Run], shortcodes: "Shortcodes") -> list[Run]:
    merged: list[Run] = []
    for text, bold in runs:
        text = re.sub(r"\s+", " ", text)
        if (not merged or merged[-1][0].endswith(" ")) and text.startswith(" "):
            text = text[1:]
        if merged and merged[-1][1] == bold:
            merged[-1] = (merged[-1][0] + text, bold)
        elif text:
            merged.append((text, bold))
    if merged:
        merged[-1] = (merged[-1][0].rstrip(" "), merged[-1][1])
    tidied: list[Run] = []
    for text, bold in merged:
        text = shortcodes.taken_out(text)
        # Blanks at the ends of bold text are plain.
        start, end = len(text) - len(text.lstrip(" ")), len(text.rstrip(" "))
        parts = [(text[:start], False), (text[start:end], True), (text[end:], False)] if bold else [(text, False)]
        tidied += [part for part in parts if part[0]]
    return tidied


_IN_BRACKETS = re.compile(r"\[(?P<slash>/?)(?P<name>[a-z][\w-]*)(?P<rest>(?:[\s/][^\[\]]*)?)\]", re.IGNORECASE)
_VALUE = re.compile(r"\s[\w-]+=\S")
_SHORTCODES = frozenset({"gallery", "caption", "audio", "video", "playlist", "embed", "products", "product", "more"})


class Shortcodes:
    """Takes shortcodes out of text: what has a value, a slash or an underscore, what has two halves, and WordPress's
    and WooCommerce's own. Other words in brackets are none: "length [cm]" and "[new]" are what sellers write. What
    stands between the two halves stays."""

    def __init__(self, html: str, notes: Notes) -> None:
        self._names = _SHORTCODES | {name.lower() for name in re.findall(r"\[/([A-Za-z][\w-]*)\]", html)}
        self._notes = notes

    def taken_out(self, text: str) -> str:
        return _IN_BRACKETS.sub(self._blank, text) if "[" in text else text

    def _blank(self, found: re.Match[str]) -> str:
        is_named = "_" in found["name"] or found["name"].lower() in self._names
        if not (found["slash"] or is_named or _VALUE.search(found["rest"])):
            return found[0]
        self._notes.add(Loss.SHORTCODE, found[0])
        return " "


_EMBEDDED = ("iframe", "video", "audio", "object", "canvas", "svg")
_UNSEEN = ("script", "style", "template", "noscript")
_HIDING = re.compile(
    rf"<(?:(?P<comment>!--)|(?P<declaration>[!?])|(?P<tag>{'|'.join(_EMBEDDED + _UNSEEN)})(?=[\s/>]))", re.IGNORECASE
)
_ADDRESS = re.compile(r"""\b(?:src|data)\s*=\s*["']?([^"'\s>]+)""")


def _shown(html: str, notes: Notes) -> str:
    """The HTML without what browsers do not show as text. A script that never ends hides all that follows, as in a
    browser; an embedded thing that never ends hides nothing but its tag, because people forget to close these."""
    kept: list[str] = []
    at = 0
    never_closed: set[str] = set()
    while found := _HIDING.search(html, at):
        kept.append(html[at : found.start()])
        tag = (found["tag"] or "").lower()
        opening_end = html.find(">", found.end()) + 1
        at = 0 if tag in never_closed else _end_of(html, found, tag)
        if not opening_end and not found["comment"]:
            kept.append(found[0])
            at = found.end()
        elif tag in _EMBEDDED:
            address = _ADDRESS.search(html, found.end(), opening_end)
            notes.add(Loss.EMBEDDED, address[1] if address else f"<{tag}>")
            if not at:
                never_closed.add(tag)
                at = opening_end
        elif not at:
            notes.add(Loss.UNCLOSED, html[found.start() :])
            at = len(html)
    return "".join([*kept, html[at:]])


def _end_of(html: str, opening: re.Match[str], tag: str) -> int:
    """Where what the opening hides ends, 0 for never."""
    if tag:
        closing = re.compile(rf"</{tag}\s*>", re.IGNORECASE).search(html, opening.end())
        return closing.end() if closing else 0
    if opening["comment"]:
        end = html.find("-->", opening.start() + 2)
        return end + 3 if end >= 0 else 0
    return html.find(">", opening.end()) + 1


# Characters that no one sees and Allegro has refused: controls, soft hyphens, blanks without width, halves of pairs.
# The joiner within an emoji (U+200D) is not among them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br caption center col colgroup dd details dialog dir div dl dt fieldset"
        " figcaption figure footer form head header hgroup hr html legend li link main menu meta nav optgroup option p"
        " pre search section select summary table tbody textarea tfoot thead title tr",
    )
)
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym area b base bdi bdo big button cite code data datalist del dfn em embed font i img input ins"
        " kbd label map mark math meter nobr output param picture progress q rp rt ruby s samp small source span strike"
        " strong sub sup time track tt u var wbr",
    )
)
_STRUCK = frozenset({"del", "s", "strike"})
_DIGITS = "0123456789+-"
_RAISED = {"sup": str.maketrans(_DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"), "sub": str.maketrans(_DIGITS, "₀₁₂₃₄₅₆₇₈₉₊₋")}
_HEADINGS = {f"h{level}": Kind.HEADING if level == 1 else Kind.SUBHEADING for level in range(1, 7)}
_KNOWN = _BLOCKS | _INLINE | _HEADINGS.keys() | {"ul", "ol", "td", "th"} | set(_EMBEDDED) | set(_UNSEEN)
# In how many pixels WordPress made a copy of a picture, or that it made it smaller.
_SIZE = re.compile(r"-(?:\d+x\d+|scaled)(?=\.\w+$)")


def _picture_key(url: str) -> str:
    return _SIZE.sub("", re.split(r"[?#]", url, maxsplit=1)[0].partition("//")[2])


class _Gap(IntEnum):
    """What stands between the text so far and the text to come; the greater one wins."""

    NONE = 0
    BREAK = 1
    CELL = 2
    ROW = 3


class _Reader(HTMLParser):
    def __init__(self, images: Sequence[str], notes: Notes, html: str) -> None:
        super().__init__()
        self._notes = notes
        self._shortcodes = Shortcodes(html, notes)
        # Text that no tag has divided yet is divided by its line ends, as WordPress does it.
        line_end = r"\n\s*\n" if re.search(r"<(?:p|br)\b", html, re.IGNORECASE) else r"\n"
        self._line_end = re.compile(line_end)
        self._images = {url: url for url in images if url.startswith(("http://", "https://"))}
        self._by_key = {_picture_key(url): url for url in reversed(self._images)}
        self._lines: list[Line] = []
        self._runs: list[Run] = []
        self._gap = _Gap.NONE
        self._has_cells = False
        self._heading: Kind | None = None
        self._lists: list[str] = []
        self._opens = False
        self._open: dict[str, int] = {}  # how many of a tag are open, for those that change the text within
        self._waiting: list[Line] = []  # pictures within a heading or a list come after it

    def finish(self) -> list[Line]:
        self._end_line()
        return self._lines + self._waiting

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[tag] = self._open.get(tag, 0) + 1
        self._note_unless_known(tag, self.get_starttag_text() or tag)
        if tag in _HEADINGS and not self._lists:
            self._end_line()
            self._heading = _HEADINGS[tag]
        elif tag in ("ul", "ol"):
            self._end_line()
            self._heading = None
            self._lists.append(tag)
            self._opens = self._opens or len(self._lists) == 1
        elif tag == "img":
            self._picture((dict(attrs).get("src") or "").strip())
        elif tag == "embed":
            self._notes.add(Loss.EMBEDDED, dict(attrs).get("src") or "<embed>")
        elif tag == "a":
            address = dict(attrs).get("href") or ""
            if address and not address.startswith("#"):
                self._notes.add(Loss.LINK, address)
        elif tag in _BLOCKS and tag not in ("br", "hr") and self._heading and self._runs:
            self._end_heading()
        else:
            self._boundary(tag)

    def handle_endtag(self, tag: str) -> None:
        self._open[tag] = max(0, self._open.get(tag, 0) - 1)
        self._note_unless_known(tag, f"</{tag}>")
        if tag in _HEADINGS and self._heading:
            self._end_heading()
        elif tag in ("ul", "ol"):
            self._end_line()
            if self._lists:
                self._lists.pop()
            self._release()
        else:
            self._boundary(tag)

    def handle_comment(self, data: str) -> None:
        # Comments are gone by now: this is what browsers take for one, "</3" for example.
        self._notes.add(Loss.MARKUP, data)

    def _note_unless_known(self, tag: str, written: str) -> None:
        # Word leaves tags of its own behind, all with a colon.
        if tag not in _KNOWN and ":" not in tag:
            self._notes.add(Loss.MARKUP, written)

    def _boundary(self, tag: str) -> None:
        """The start or the end of a block."""
        if tag == "li":
            self._end_line()
        elif tag in ("td", "th"):
            self._gap = max(self._gap, _Gap.CELL)
        elif tag == "tr":
            self._gap = _Gap.ROW
        elif tag in _BLOCKS or tag in _HEADINGS:
            self._gap = max(self._gap, _Gap.BREAK)

    def handle_data(self, data: str) -> None:
        data = _INVISIBLE.sub("", data.replace("\r\n", "\n").replace("\r", "\n"))
        pieces = data.split("\n") if self._open.get("pre") else self._line_end.split(data)
        for number, piece in enumerate(pieces):
            if number:
                self._gap = max(self._gap, _Gap.BREAK)
            if piece.strip():
                self._write(piece)
            elif piece and self._gap is _Gap.NONE:
                self._runs.append((" ", False))

    def _write(self, text: str) -> None:
        if self._gap is _Gap.CELL and self._runs:
            self._runs.append((" | ", False))
            self._has_cells = True
        elif self._gap and (self._heading or self._lists):
            self._runs.append((" ", False))
        elif self._gap:
            self._end_line()
        self._gap = _Gap.NONE
        for tag, digits in _RAISED.items():
            if self._open.get(tag) and all(each in _DIGITS for each in text.strip()):
                text = text.translate(digits)
        if any(self._open.get(tag) for tag in _STRUCK):
            self._notes.add(Loss.STRUCK, text)
        bold = bool(self._open.get("b") or self._open.get("strong")) and not self._heading
        self._runs.append((text, bold))

    def _end_line(self) -> None:
        runs = tidy(self._runs, self._shortcodes)
        nested = len(self._lists) > 1
        has_cells, self._runs, self._gap, self._has_cells = self._has_cells, [], _Gap.NONE, False
        if not runs:
            return
        if has_cells:
            self._notes.add(Loss.TABLE, "".join(text for text, _ in runs))
        if nested:
            self._notes.add(Loss.NESTED, "".join(text for text, _ in runs))
            runs = tidy([("– ", False), *runs], self._shortcodes)
        if self._lists:
            self._lines.append(Line(Kind(self._lists[0]), tuple(runs), opens=self._opens))
            self._opens = False
        else:
            self._lines.append(Line(self._heading or Kind.PARAGRAPH, tuple(runs)))

    def _end_heading(self) -> None:
        self._end_line()
        self._heading = None
        self._release()

    def _picture(self, address: str) -> None:
        url = self._images.get(address) or self._by_key.get(_picture_key(address) or address)
        if url is None:
            self._notes.add(Loss.PICTURE, address or "a picture without an address")
            return
        if not (self._heading or self._lists):
            self._end_line()
        self._waiting.append(Line(Kind.PICTURE, url=url))
        self._release()

    def _release(self) -> None:
        if not (self._heading or self._lists):
            self._lines += self._waiting
            self._waiting = []
