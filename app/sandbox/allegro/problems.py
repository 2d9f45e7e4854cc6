"""What is wrong with a body, as answers tell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """`told` is for the seller, in Polish. `missing`: a draft may be without it, and an offer on sale may not; what is
    wrong in any other way is refused for both."""

    code: str
    path: str | None
    message: str
    told: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    missing: bool = False

    def view(self) -> Body:
        return {
            "code": self.code,
            "message": self.message,
            "details": None,
            "path": self.path,
            "userMessage": self.told,
            "metadata": dict(self.metadata),
        }


class Refused(Exception):
    """A value that Allegro does not take. `path` is where it is in a body."""

    def __init__(self, code: str, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.problems: tuple[Problem, ...] = (Problem(code, path, message, message),)


class RefusedBody(Refused):
    """All that is wrong with a body, told at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(first.code, first.message, first.path)
        self.problems = problems
