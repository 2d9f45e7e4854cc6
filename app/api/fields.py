"""Kinds of fields that several resources share."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    StringConstraints,
)

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


class RequestBody(BaseModel):
    """A request's body: a field that we do not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")


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
