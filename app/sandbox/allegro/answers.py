"""What Allegro's answers look like: the media type, the trace id, money, times and the two shapes of errors."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from app.sandbox.allegro.problems import Problem

PUBLIC_V1 = "application/vnd.allegro.public.v1+json"
BETA_V1 = "application/vnd.allegro.beta.v1+json"
_GROSZ = Decimal("0.01")


class ApiError(Exception):
    """A refusal in the shape `{"errors": [...]}`. `user_message` is what a person reads, the message where none is."""

    def __init__(
        self, status: int, code: str, message: str, *, path: str | None = None, user_message: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.path = path
        self.user_message = user_message or message

    def body(self) -> dict[str, Any]:
        return {
            "errors": [
                {
                    "code": self.code,
                    "message": self.message,
                    "details": None,
                    "path": self.path,
                    "userMessage": self.user_message,
                    "metadata": {},
                }
            ]
        }


class Unprocessable(ApiError):
    """A 422 that tells of everything that is wrong at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(422, first.code, first.message, path=first.path)
        self.problems = problems

    def body(self) -> dict[str, Any]:
        return {"errors": [problem.view() for problem in self.problems]}


class AuthRefused(Exception):
    """A refusal in the shape `{"error", "error_description"}`: everything OAuth says no to, and every 401."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description

    def body(self) -> dict[str, str]:
        return {"error": self.error, "error_description": self.description}


class Interrupted(Exception):
    """A fault answers in place of the endpoint."""

    def __init__(self, response: Response) -> None:
        super().__init__("a fault answers in place of the endpoint")
        self.response = response


def answer(body: Any, status: int = 200, media_type: str = PUBLIC_V1) -> Response:
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, {"trace-id": str(uuid.uuid4())}, media_type if content else None)


def page(html: str, status: int = 200) -> Response:
    return Response(html, status, media_type="text/html; charset=utf-8")


def money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": str(amount.quantize(_GROSZ)), "currency": currency}


def iso(moment: datetime) -> str:
    """UTC with milliseconds, as Allegro writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
