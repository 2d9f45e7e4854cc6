"""Reading query parameters the way Allegro does: what does not fit is a 422."""

from datetime import UTC, datetime

from fastapi import Request

from app.sandbox.allegro.answers import ApiError


def unfit(name: str, message: str) -> ApiError:
    return ApiError(422, "VALIDATION_ERROR", message, path=name)


def number(request: Request, name: str, default: int, low: int, high: int) -> int:
    """A whole number between two bounds, both included. Raises ApiError 422."""
    written = request.query_params.get(name, str(default))
    try:
        value = int(written)
    except ValueError as error:
        raise unfit(name, f"{name} must be a whole number") from error
    if not low <= value <= high:
        raise unfit(name, f"{name} must be between {low} and {high}")
    return value


def moment(request: Request, name: str) -> datetime | None:
    """An aware time, or None where it was not sent. Raises ApiError 422."""
    written = request.query_params.get(name)
    if written is None:
        return None
    try:
        value = datetime.fromisoformat(written)
    except ValueError as error:
        raise unfit(name, f"{name} must be an ISO 8601 time") from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)
