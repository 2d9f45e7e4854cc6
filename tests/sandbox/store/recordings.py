"""What a real store answered, where those recordings lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4] / "shared" / "woocommerce" / "recordings"


def recording(name: str) -> dict[str, Any]:
    """One recorded exchange; skips the test where the recordings are not there."""
    path = ROOT / f"{name}.json"
    if not path.exists():
        pytest.skip("the recordings of a real store are not beside this checkout")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def names(pattern: str) -> list[str]:
    """The recordings that match, or one that does not exist, so that the test is seen to be skipped."""
    found = sorted(str(path.relative_to(ROOT).with_suffix("")) for path in ROOT.glob(pattern))
    return found or ["none"]


def shape_differences(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """Keys that one side has and the other has not, and values of another JSON type. null fits every type."""
    if ours is None or theirs is None:
        return []
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = [f"{where}.{key} is missing" for key in theirs if key not in ours]
        found += [f"{where}.{key} is too much" for key in ours if key not in theirs]
        for key in ours.keys() & theirs.keys():
            found += shape_differences(ours[key], theirs[key], f"{where}.{key}")
        return sorted(found)
    if isinstance(ours, list) and isinstance(theirs, list):
        return shape_differences(ours[0], theirs[0], f"{where}[]") if ours and theirs else []
    number = (int, float)
    same = type(ours) is type(theirs) or (
        isinstance(ours, number) and isinstance(theirs, number) and bool not in (type(ours), type(theirs))
    )
    return [] if same else [f"{where} is {type(ours).__name__}, not {type(theirs).__name__}"]
