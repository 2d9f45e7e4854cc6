"""Kinds of fields that several resources share."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from app.domain.money import Money, round_to

T = TypeVar("T")


def _printable(text: str) -> str:
    # Control characters and lone surrogates cannot be stored in every database, and nobody means them.
    if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF or ord(character) == 127 for character in text):
        raise ValueError("must not contain control characters")
    return text


def _printable_secret(secret: SecretStr) -> SecretStr:
    # What is copied out of a browser often brings a blank or a line break along.
    text = _printable(secret.get_secret_value().strip())
    if not text:
        raise ValueError("must not be empty")
    return SecretStr(text)


_LONGEST_SECRET = 500

_SHOWN_PATTERN = Field(json_schema_extra={"pattern": r"^[^\x00-\x1f\x7f]*$"})

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_printable), _SHOWN_PATTERN
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
    _SHOWN_PATTERN,
]
Secret = Annotated[
    SecretStr, Field(min_length=1, max_length=_LONGEST_SECRET), AfterValidator(_printable_secret), _SHOWN_PATTERN
]
UtcTime = Annotated[
    datetime,
    PlainSerializer(lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "Z"), return_type=str),
]

_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2100
_NEITHER = "must be a day (2026-11-01) or an instant with its offset from UTC (2026-11-01T12:00:00Z)"


def _day_or_instant(value: object) -> date | datetime:
    """A day as it is, an instant in UTC. What looks like a day is never taken for one when it has a time."""
    if not isinstance(value, str):
        raise ValueError(_NEITHER)
    try:
        start = date.fromisoformat(value) if len(value) == len("2026-11-01") else datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(_NEITHER) from None
    if not _EARLIEST_YEAR <= start.year <= _LATEST_YEAR:
        raise ValueError(f"must lie between the years {_EARLIEST_YEAR} and {_LATEST_YEAR}")
    if not isinstance(start, datetime):
        return start
    if start.tzinfo is None:
        raise ValueError(_NEITHER)
    return start.astimezone(UTC)


DayOrInstant = Annotated[
    date | datetime,
    PlainValidator(_day_or_instant),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
]


_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_NO_PRICE = (
    'must be an amount above zero with two decimals at most and its currency: {"amount": "12.34", "currency": "PLN"}'
)


def _price(value: object) -> Money:
    """An amount is a string: a JSON number would be a float."""
    if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
        raise ValueError(_NO_PRICE)
    amount, currency = value["amount"], value["currency"]
    if not isinstance(amount, str) or not isinstance(currency, str):
        raise ValueError(_NO_PRICE)
    if not _AMOUNT.fullmatch(amount) or not _CURRENCY.fullmatch(currency) or not Decimal(amount):
        raise ValueError(_NO_PRICE)
    return Money(round_to(Decimal(amount), 2), currency)


Price = Annotated[
    Money,
    PlainValidator(_price),
    WithJsonSchema(
        {
            "type": "object",
            "required": ["amount", "currency"],
            "additionalProperties": False,
            "properties": {
                "amount": {"type": "string", "pattern": r"^(?!0+(\.0+)?$)[0-9]{1,9}(\.[0-9]{1,2})?$"},
                "currency": {"type": "string", "pattern": r"^[A-Z]{3}$"},
            },
        }
    ),
]


class RequestBody(BaseModel):
    """A request's body: a field that we do not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")


class ListBody(RequestBody):
    """A list as `items`, as answers have it; one without anything around it is taken, too."""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        return {"items": value} if isinstance(value, list) else value


def left_out() -> Any:
    """The default of a field of a `Change`. Null cannot be sent: the field's own type refuses it."""
    return Field(default_factory=lambda: None)


class Change(RequestBody):
    """A change of something that is there: what is not given stays as it is."""

    def given(self) -> dict[str, Any]:
        """The fields that were sent, and their values."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


class Page(BaseModel, Generic[T]):
    """A part of a list; `next_cursor` asks for the next one and is null on the last."""

    items: list[T]
    next_cursor: str | None


def page_of(items: list[T], ids: list[int], limit: int) -> Page[T]:
    """The page of up to `limit` items; one more may have been read to learn whether there is another page."""
    more = len(items) > limit
    return Page(items=items[:limit], next_cursor=str(ids[limit - 1]) if more else None)
