"""What needs a person."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Alert:
    """`title` says what happened to what, `remedy` what to do. Open while `resolved_at` is None."""

    id: int
    kind: str
    account_id: int | None
    subject: str
    title: str
    remedy: str
    opened_at: datetime
    resolved_at: datetime | None
