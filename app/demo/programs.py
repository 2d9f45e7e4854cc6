"""Other programs, started for a while and stopped again."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

_STOP_SECONDS = 15.0


class ProgramFailed(Exception):
    """A program did not start, or ended when it should not have."""


class Program:
    """A Python module run as a program of its own, with its log in a file. Stopped at the end of the block."""

    def __init__(
        self, module: str, *arguments: str, directory: Path, environment: dict[str, str] | None = None
    ) -> None:
        self.name = module
        self.log = directory / f"{module.replace('.', '-')}.log"
        # Only what a program needs to start: no setting of the real service may leak into the demonstration.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=directory,
                env=inherited | {"PYTHONUNBUFFERED": "1"} | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                # A Ctrl-C is for the demonstration, which then stops the others in order.
                start_new_session=True,
            )

    def __enter__(self) -> "Program":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def first_line(self) -> str:
        """What the program prints first. Raises `ProgramFailed` when it ends without a word."""
        if self._process.stdout is None:
            raise ProgramFailed(f"{self.name} has no output")
        line = self._process.stdout.readline().decode()
        if not line:
            raise ProgramFailed(f"{self.name} did not start: {self.log.read_text()[-2000:]}")
        return line

    def must_be_alive(self) -> None:
        if self._process.poll() is not None:
            raise ProgramFailed(f"{self.name} has ended: {self.log.read_text()[-2000:]}")


def free_port(preferred: int) -> int:
    """The preferred port, or any other when somebody has it."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            # As the server will: a connection that has just ended must not make the port look taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise ProgramFailed("no port is free")


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Raises `ProgramFailed` when the condition does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            raise ProgramFailed(f"{what} did not happen within {seconds:.0f} seconds")
        time.sleep(0.1)
