"""Kinds of fields that several resources share."""

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, StringConstraints

T = TypeVar("T")


def _printable(text: str) -> str:
    # Control characters and lone surrogates cannot be stored in every database, and nobody means them.
    if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF or ord(character) == 127 for character in text):
        raise ValueError("must not contain control characters")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_printable)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
UtcTime = Annotated[
    datetime,
    PlainSerializer(lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "Z"), return_type=str),
]


class RequestBody(BaseModel):
    """A request's body: a field that we do not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[T]):
    """A part of a list; `next_cursor` asks for the next one and is null on the last."""

    items: list[T]
    next_cursor: str | None


def page_of(items: list[T], ids: list[int], limit: int) -> Page[T]:
    """The page of up to `limit` items; one more may have been read to learn whether there is another page."""
    more = len(items) > limit
    return Page(items=items[:limit], next_cursor=str(ids[limit - 1]) if more else None)
