"""What a run did, as it goes along."""

from app.domain.runs import Change, Result


class Report:
    """Collects the changes of one run. `seen` counts what was looked at."""

    def __init__(self) -> None:
        self.seen = 0
        self.changes: list[Change] = []

    def add(self, what: str, *, before: str = "", after: str = "", why: str = "", result: Result) -> None:
        self.changes.append(Change(what, before, after, why, result))

    def count(self, result: Result) -> int:
        return sum(change.result is result for change in self.changes)
