"""A second process of the service, for tests that need one to race with, to stop or to kill.

`python -m tests.sync.replica SECONDS`, with the service's configuration in the environment and a clock that is ahead by
so many seconds, says `ready` and then does what each line of its input asks for, answering with one line.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

import structlog

from app.api.deps import Services
from app.config import Config, load_config
from app.errors import BridgeError
from app.main import build, utc_now
from app.sandbox.world import Sandbox
from tests.sync.steps import environment

_ROOT = Path(__file__).resolve().parents[2]


class Replica:
    """The handle of a running replica."""

    def __init__(self, process: "subprocess.Popen[str]", said: IO[str], told: IO[str]) -> None:
        self.process = process
        self._said = said
        self._told = told

    def ask(self, *words: object) -> None:
        self._told.write(" ".join(map(str, words)) + "\n")
        self._told.flush()

    def answer(self) -> str:
        """The next line it says; waits for it."""
        return self._said.readline().strip()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)


@contextmanager
def replica(config: Config, world: Sandbox) -> Iterator[Replica]:
    """A replica on the same database, in the same time; killed at the end of the block."""
    ahead = (world.clock.now() - utc_now()).total_seconds()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sync.replica", str(ahead)],
        cwd=_ROOT,
        env=inherited | environment(config),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both were asked for")
        started = Replica(process, process.stdout, process.stdin)
        try:
            if started.answer() != "ready":
                raise AssertionError("the replica did not start")
            yield started
        finally:
            process.kill()


def _do(services: Services, words: list[str]) -> str:
    match words:
        case ["token", account_id]:
            return services.lines.tokens.access_token(int(account_id))
        case ["tick", job, account_id]:
            run = services.runner.tick(job, int(account_id))
            return "nothing" if run is None else f"{run.state}: {run.error}"
        case _:
            raise ValueError(words)


def _serve(ahead_seconds: float) -> None:
    # What it says are its answers; what it logs would stand between them.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    services = build(load_config(), now=lambda: utc_now() + timedelta(seconds=ahead_seconds))
    _say("ready")
    for line in sys.stdin:
        try:
            _say(_do(services, line.split()))
        except BridgeError as error:
            _say(f"{type(error).__name__}: {error}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve(float(sys.argv[1]))
