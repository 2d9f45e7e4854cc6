"""A seller's word on what waits: for some by their ids, or for all of one account."""

from typing import Annotated

from pydantic import Field, StrictBool

from app.api.deps import MAX_ID, FieldRefused
from app.api.fields import Change, left_out

_MOST_IDS = 1000

Id = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]


class Decision(Change):
    """Either `ids`, or `all` that wait with `account_id`."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=_MOST_IDS)] = left_out()
    all: StrictBool = left_out()
    account_id: Id = left_out()

    def named(self) -> list[int] | None:
        """The ids; None for all of `account_id`. Raises `FieldRefused`."""
        given = self.given()
        if not {"ids", "all"} & given.keys():
            raise FieldRefused("body", "must have ids, or all with account_id")
        if "ids" in given and (more := sorted(given.keys() - {"ids"})):
            raise FieldRefused(more[-1], "cannot be combined with ids")
        if "all" in given and not self.all:
            raise FieldRefused("all", "must be true, or left out")
        if "all" in given and "account_id" not in given:
            raise FieldRefused("account_id", "must say of which account all are meant")
        return self.ids if "ids" in given else None
