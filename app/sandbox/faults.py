"""Misbehaviour on demand, switched on by name.

Each side of the sandbox declares the names it knows with one sentence each; asking for an unknown name is an
error, so that a test with a misspelt fault fails instead of passing for nothing.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class UnknownFaultError(Exception):
    """The name is not one that this side of the sandbox knows."""


@dataclass
class Fault:
    """A misbehaviour that is switched on.

    `times` is how often it still strikes (None: until switched off), `skip` how many chances it lets pass first,
    `args` what the fault needs to know (seconds, a form id, ...).
    """

    name: str
    times: int | None = None
    skip: int = 0
    args: dict[str, Any] = field(default_factory=dict)


class Faults:
    """The switchboard of one side. Safe to use from several threads."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = dict(known)
        self._on: dict[str, Fault] = {}
        self._struck: dict[str, int] = {}
        self._lock = threading.Lock()

    def switch_on(self, name: str, *, times: int | None = None, skip: int = 0, **args: Any) -> None:
        """Switch a misbehaviour on; a second call replaces the first."""
        if name not in self.known:
            raise UnknownFaultError(f"no fault named {name!r}; known: {', '.join(sorted(self.known))}")
        with self._lock:
            self._on[name] = Fault(name, times, skip, args)

    def switch_off(self, name: str) -> None:
        with self._lock:
            self._on.pop(name, None)

    def clear(self) -> None:
        with self._lock:
            self._on.clear()
            self._struck.clear()

    def strike(self, name: str) -> Fault | None:
        """The fault, if it strikes at this chance, counting the chance down; else None."""
        if name not in self.known:
            raise UnknownFaultError(f"no fault named {name!r}")
        with self._lock:
            fault = self._on.get(name)
            if fault is None:
                return None
            if fault.skip > 0:
                fault.skip -= 1
                return None
            if fault.times is not None:
                if fault.times <= 0:
                    return None
                fault.times -= 1
            self._struck[name] = self._struck.get(name, 0) + 1
            return fault

    def struck(self, name: str) -> int:
        """How often the fault has struck since it was last cleared."""
        with self._lock:
            return self._struck.get(name, 0)

    def active(self) -> dict[str, Fault]:
        with self._lock:
            return dict(self._on)
