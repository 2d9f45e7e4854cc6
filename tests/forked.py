"""Programs of the service as processes of their own, forked from one that has imported everything already.

A start takes milliseconds in place of seconds of reading modules. What such a process does, and how it dies, is what it
would be had it been typed: `python -m app ARGUMENTS` in a directory, with its environment.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

# Tables are as wide in every test as the widest, wherever the tests run; read once, as the modules are.
os.environ["COLUMNS"] = "200"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["app.__main__"])


class Forked:
    """A process that does `work`, started at once; what it prints goes to the two files, which may be one."""

    def __init__(
        self,
        work: Callable[..., None],
        *given: Any,
        cwd: Path,
        environment: Mapping[str, str],
        out: Path,
        err: Path,
    ) -> None:
        self._process: ForkServerProcess = _FORKS.Process(
            target=_in_place, args=(work, given, str(cwd), dict(environment), str(out), str(err))
        )
        self._process.start()

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    @property
    def pid(self) -> int:
        if self._process.pid is None:
            raise AssertionError("it was started")
        return self._process.pid

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, and wait until it is dead, as it may be already."""
        self._process.kill()
        self._process.join()

    def wait(self, seconds: float) -> int:
        """Its exit status. Raises TimeoutError."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            raise TimeoutError(f"it still runs after {seconds} s")
        return self._process.exitcode


def type_command(arguments: tuple[str, ...]) -> None:
    """`python -m app ARGUMENTS`."""
    command = sys.modules["app.__main__"]
    sys.argv = ["woo-allegro", *arguments]
    command.cli()


def _in_place(
    work: Callable[..., None], given: tuple[Any, ...], cwd: str, environment: dict[str, str], out: str, err: str
) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    for path, number in ((out, 1), (err, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    work(*given)
