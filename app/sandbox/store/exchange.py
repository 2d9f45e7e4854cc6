"""A request as the store sees it and the answer it gives, free of any web framework."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

_JSON_SYNTAX_ERROR = 4  # PHP's JSON_ERROR_SYNTAX


class StoreError(Exception):
    """What WordPress calls a WP_Error: a status, a code, a message and sometimes more data."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.data = data

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "data": {"status": self.status, **self.data}}


@dataclass(frozen=True)
class Answer:
    """A status, a JSON body and the headers that WordPress adds."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request.

    `pairs` are the decoded query parameters in the order sent; `headers` have lower-case names; `origin` is the
    scheme and host under which the store was addressed.
    """

    method: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    raw_body: bytes
    origin: str

    @property
    def query(self) -> dict[str, str]:
        return dict(self.pairs)

    def text(self, name: str) -> str | None:
        return self.query.get(name)

    def flag(self, name: str) -> bool:
        return (self.text(name) or "").lower() in {"true", "1", "yes"}

    def many(self, name: str) -> list[str] | None:
        """A list parameter, written `a,b`, `name[]=a&name[]=b` or `name[0]=a`; None where it was not sent."""
        found = [value for key, value in self.pairs if key == name or re.fullmatch(rf"{name}\[\d*\]", key)]
        if not found:
            return None
        return [item for value in found for item in re.split(r"[,\s]+", value) if item]

    def json(self) -> dict[str, Any]:
        """The JSON object (or form) sent in the body, empty where there is none.

        Raises StoreError 400 `rest_invalid_json` for a body that is not JSON.
        """
        if not self.raw_body.strip():
            return {}
        if "application/x-www-form-urlencoded" in self.headers.get("content-type", ""):
            return dict(parse_qsl(self.raw_body.decode()))
        try:
            sent = json.loads(self.raw_body)
        except ValueError as error:
            raise StoreError(
                400,
                "rest_invalid_json",
                "Invalid JSON body passed.",
                json_error_code=_JSON_SYNTAX_ERROR,
                json_error_message="Syntax error",
            ) from error
        return sent if isinstance(sent, dict) else {}


def invalid(param: str, message: str, kind: str, data: dict[str, Any] | None = None) -> StoreError:
    """The 400 for one parameter that does not fit the schema."""
    return StoreError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {param}",
        params={param: message},
        details={param: {"code": kind, "message": message, "data": data}},
    )


def missing(*params: str) -> StoreError:
    return StoreError(
        400, "rest_missing_callback_param", f"Missing parameter(s): {', '.join(params)}", params=list(params)
    )


def wrong_type(param: str, expected: str, path: str | None = None) -> StoreError:
    """`path` names the place inside a nested parameter, as in `line_items[0][quantity]`."""
    place = path or param
    return invalid(param, f"{place} is not of type {expected}.", "rest_invalid_type", {"param": place})


def not_in(param: str, allowed: Sequence[str], place: str | None = None) -> StoreError:
    """The 400 for a value outside a closed list; `place` as for `wrong_type`."""
    named = f"{', '.join(allowed[:-1])}, and {allowed[-1]}"
    return invalid(param, f"{place or param} is not one of {named}.", "rest_not_in_enum")


def no_route() -> StoreError:
    return StoreError(404, "rest_no_route", "No route was found matching the URL and request method.")
