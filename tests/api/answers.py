"""What every answer of the API must look like."""

from typing import Any

from httpx2 import Response


def problem(answer: Response, status: int) -> dict[str, Any]:
    """The problem in an answer with this status; fails unless it is one, in the shape of RFC 9457."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert all(error["field"] and error["message"] for error in body["errors"])
    return body


def refused_fields(answer: Response) -> set[str]:
    """The fields that a 422 names."""
    fields = {str(error["field"]) for error in problem(answer, 422)["errors"]}
    assert fields
    return fields


def good(answer: Response, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None
