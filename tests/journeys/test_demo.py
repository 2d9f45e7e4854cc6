"""The demonstration as the first thing that anybody runs: it works, checks itself, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

_PATIENCE_SECONDS = 90.0


@pytest.fixture
def workplace() -> Iterator[Path]:
    """A directory that stands for all temporary directories: what is left in it was left behind."""
    with tempfile.TemporaryDirectory(prefix="wp") as directory:
        yield Path(directory)


def start(workplace: Path, *arguments: str) -> subprocess.Popen[str]:
    # The name of the directory marks every process of this demonstration.
    environment = os.environ | {"TMPDIR": str(workplace), "COLUMNS": "200"}
    return subprocess.Popen(
        [sys.executable, "-m", "app", "demo", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def left_behind(workplace: Path) -> list[str]:
    """Files in the workplace and, where the system tells (Linux), processes that were started from there."""
    found = [str(path) for path in workplace.iterdir()]
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"TMPDIR={workplace}".encode() in environment.read_bytes().split(b"\0"):
                found.append(str(environment.parent))
        except OSError:  # it has just ended, or belongs to somebody else
            continue
    return found


def test_once_shows_the_purchases_arrive_and_leaves_nothing(workplace: Path) -> None:
    shown, _ = (process := start(workplace, "--once")).communicate(timeout=_PATIENCE_SECONDS)
    assert process.returncode == 0, shown
    assert "Both sides agree." in shown
    rows = re.findall(r"(\d+\.\d\d [A-Z]{3}) +(\d+\.\d\d [A-Z]{3}) +(\S+)", shown)
    assert [pays for pays, _, _ in rows] == [total for _, total, _ in rows]
    assert Counter(status for _, _, status in rows) == {"processing": 9, "on-hold": 2, "cancelled": 1}
    _, alerts = shown.split("Open alerts")
    assert re.findall(r"^(order_\w+) ", alerts, re.MULTILINE) == ["order_on_hold", "order_stock_taken_twice"]
    assert alerts.count("To do: ") == 2
    assert re.findall(r"its offer (shows \d+|has ended) ", shown) == ["shows 4", "shows 3", "has ended", "shows 6"]
    assert re.findall(r"its offer costs that|the shop asks that, too|which is held", shown) == [
        "its offer costs that",
        "the shop asks that, too",
        "which is held",
    ]
    assert re.findall(r"(\d) offers are on sale|its new offer shows (\d)|(as suggested)|(is left as it is)", shown) == [
        ("", "", "as suggested", ""),
        ("", "", "as suggested", ""),
        ("3", "", "", ""),
        ("", "7", "", ""),
        ("", "", "", "is left as it is"),
    ]
    assert re.findall(r"it is SENT|begins with %PDF|stands in the order|says so: Allegro: parcel", shown) == [
        "it is SENT",
        "begins with %PDF",
        "stands in the order",
        "says so: Allegro: parcel",
    ]
    assert left_behind(workplace) == []


def test_it_serves_until_ctrl_c_and_leaves_nothing(workplace: Path) -> None:
    process = start(workplace)
    assert process.stdout is not None
    shown = ""
    for line in process.stdout:
        shown += line
        if "accounts/1/orders" in line:
            break
    assert "Both sides agree." in shown, shown
    assert process.poll() is None
    assert left_behind(workplace)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=_PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "nothing is left behind" in rest
    assert "Traceback" not in rest
    assert left_behind(workplace) == []


def test_stopped_in_the_middle_of_the_story_it_leaves_nothing(workplace: Path) -> None:
    process = start(workplace)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not list(workplace.glob("*/bridge.db")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=_PATIENCE_SECONDS)
    assert process.returncode == 0
    assert "Traceback" not in rest
    assert left_behind(workplace) == []
