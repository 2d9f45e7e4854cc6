"""A second process of the service, for tests that need one to race with, to stop or to kill.

It says `ready` and then does what it is asked for, a line each, answering each with one line.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from app.api.deps import Services
from app.config import Config, load_config
from app.errors import BridgeError
from app.main import build, utc_now
from app.sandbox.world import Sandbox
from tests.forked import Forked
from tests.sync.steps import environment

_ROOT = Path(__file__).resolve().parents[2]


class Replica:
    """The handle of a running replica."""

    def __init__(self, process: Forked, line: "Connection[str, str]") -> None:
        self.process = process
        self._line = line

    def ask(self, *words: object) -> None:
        self._line.send(" ".join(map(str, words)))

    def answer(self) -> str:
        """The next line it says; waits for it. "" from one that is dead."""
        try:
            return self._line.recv()
        except EOFError:
            return ""

    def signal(self, number: int) -> None:
        self.process.signal(number)


@contextmanager
def replica(config: Config, world: Sandbox) -> Iterator[Replica]:
    """A replica on the same database, in the same time; killed at the end of the block."""
    ahead = (world.clock.now() - utc_now()).total_seconds()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    ours, its = Pipe()
    nowhere = Path(os.devnull)
    process = Forked(
        _serve, its, ahead, cwd=_ROOT, environment=inherited | environment(config), out=nowhere, err=nowhere
    )
    # Else the line would stay open, and a dead replica be waited for.
    its.close()
    started = Replica(process, ours)
    try:
        if started.answer() != "ready":
            raise AssertionError("the replica did not start")
        yield started
    finally:
        process.kill()
        ours.close()


def _do(services: Services, words: list[str]) -> str:
    match words:
        case ["token", account_id]:
            return services.lines.tokens.access_token(int(account_id))
        case ["tick", job, account_id]:
            run = services.runner.tick(job, int(account_id))
            return "nothing" if run is None else f"{run.state}: {run.error}"
        case _:
            raise ValueError(words)


def _serve(line: "Connection[str, str]", ahead_seconds: float) -> None:
    """`ahead_seconds` is by how much its clock is ahead of this machine's."""
    services = build(load_config(), now=lambda: utc_now() + timedelta(seconds=ahead_seconds))
    line.send("ready")
    while True:
        try:
            line.send(_do(services, line.recv().split()))
        except BridgeError as error:
            line.send(f"{type(error).__name__}: {error}")
