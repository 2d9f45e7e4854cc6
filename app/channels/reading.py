"""Reading JSON that others wrote: tolerant of what surrounds it, strict where a guess would cost money."""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from app.channels.errors import Unreadable

_MOST_CANDIDATES = 200
_MOST_DIGITS = 20


def parse_json(text: str) -> object:
    """The JSON in a text, with `Decimal` for every number that has a fraction.

    WordPress plugins print notices, HTML or a byte order mark before it; the first object or list that reaches to
    the end of the text is taken. Raises ValueError where there is none.
    """
    text = text.strip().lstrip("\ufeff").strip()
    try:
        return _loads(text)
    except ValueError:
        pass
    starts = [index for index, character in enumerate(text) if character in "{["]
    for start in starts[:_MOST_CANDIDATES]:
        try:
            return _loads(text[start:])
        except ValueError:
            continue
    raise ValueError("no JSON")


def _loads(text: str) -> object:
    try:
        data: object = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("JSON nested beyond all reason") from None
    return data


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Json:
    """A place in a message. Its lenient readers give "" or None for what is missing, null or of another kind;
    those that begin with `required` raise `Unreadable` with the name of the field and what the message is about.
    """

    def __init__(self, value: object, *, channel: str, about: str, path: str = "") -> None:
        self._value = value
        self._channel = channel
        self._about = about
        self._path = path

    @property
    def is_object(self) -> bool:
        return isinstance(self._value, dict)

    @property
    def value(self) -> object:
        """What is here, raw."""
        return self._value

    def get(self, name: str) -> object:
        """The raw value, None when it is missing or this is no object."""
        return self._value.get(name) if isinstance(self._value, dict) else None

    def part(self, name: str) -> "Json":
        return Json(self.get(name), channel=self._channel, about=self._about, path=self._join(name))

    def about(self, about: str) -> "Json":
        """The same place, named anew in errors."""
        return Json(self._value, channel=self._channel, about=about, path=self._path)

    def text(self, name: str) -> str:
        """Text without surrounding blanks; a number becomes its digits."""
        return _text(self.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts in a list, each as `text` gives it; what is "" there is left out."""
        values = self.get(name)
        return tuple(filter(None, map(_text, values))) if isinstance(values, list) else ()

    def flag(self, name: str) -> bool:
        return self.get(name) is True

    def instant(self, name: str) -> datetime | None:
        """An aware UTC time; None when missing or unreadable. A time without a zone is UTC."""
        return _instant(self.get(name))

    def rows(self, name: str) -> list["Json"]:
        """The items of a list; empty when there is none."""
        value = self.get(name)
        # PHP writes a list with gaps in its keys as an object.
        items = list(value.values()) if isinstance(value, dict) else value
        return self._items(items, name) if isinstance(items, list) else []

    def required_rows(self, name: str) -> list["Json"]:
        """The items of a list that must be there; a missing list is not an empty one."""
        value = self.get(name)
        if not isinstance(value, list):
            raise self.unreadable(name, "is not a list")
        return self._items(value, name)

    def items(self) -> list["Json"]:
        """The items of this place itself, which must be a list."""
        if not isinstance(self._value, list):
            raise self.unreadable("", "is not a list")
        return self._items(self._value, "")

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise self.unreadable(name, "is missing")
        return value

    def required_integer(self, name: str) -> int:
        """A whole number, also as digits in a string or with a fraction of zero (`2.0`)."""
        number = decimal_in(self.get(name))
        if number is None or number != number.to_integral_value():
            raise self.unreadable(name, "is not a whole number")
        return int(number)

    def required_decimal(self, name: str) -> Decimal:
        number = decimal_in(self.get(name))
        if number is None:
            raise self.unreadable(name, "is not a number")
        return number

    def required_instant(self, name: str) -> datetime:
        value = self.instant(name)
        if value is None:
            raise self.unreadable(name, "is not a time")
        return value

    def required(self, name: str) -> "Json":
        """An object that must be there."""
        part = self.part(name)
        if not part.is_object:
            raise self.unreadable(name, "is missing")
        return part

    def unreadable(self, name: str, what: str) -> Unreadable:
        """The error for a field of this place."""
        field = self._join(name) or "the answer"
        return Unreadable(f"{self._about} cannot be read: {field} {what}.", channel=self._channel)

    def _items(self, values: list[object], name: str) -> list["Json"]:
        return [
            Json(value, channel=self._channel, about=self._about, path=f"{self._join(name)}[{index}]")
            for index, value in enumerate(values)
        ]

    def _join(self, name: str) -> str:
        return ".".join(part for part in (self._path, name) if part)


def _text(value: object) -> str:
    if isinstance(value, str):
        # Half of a surrogate pair can be neither sent nor stored.
        return value.encode("utf-8", "replace").decode().replace("\0", "").strip()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return ""


def decimal_in(value: object) -> Decimal | None:
    """The exact finite number in a string or a JSON number; None for everything else. Never a float."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        return None
    # 1e999999 is a number too, but no amount, and turning it into an int takes for ever.
    return number if number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS else None


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
