"""The rules of the house."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_LONGEST = 400
_MEANINGLESS = {"utils", "common", "helpers", "base", "manager", "misc"}
_TOP_LEVEL = {
    "app",
    "migrations",
    "tests",
    "alembic.ini",
    "Dockerfile",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "uv.lock",
}


def _sources(*folders: str) -> Iterator[tuple[str, str]]:
    """Path (from the top of the project) and text of every Python file."""
    for folder in folders:
        for path in sorted((_ROOT / folder).rglob("*.py")):
            yield path.relative_to(_ROOT).as_posix(), path.read_text()


def _reads_environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")


def _makes_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"


def _swallows(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    is_broad = any(kind is None or getattr(kind, "id", "") in ("Exception", "BaseException") for kind in caught)
    return is_broad and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))


def _imports_late(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom) and node.col_offset > 0


def _replaces_code(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom | ast.Import):
        return "mock" in ast.unparse(node)
    return isinstance(node, ast.Attribute) and node.attr == "setattr" and ast.unparse(node) == "monkeypatch.setattr"


def _says_nothing(node: ast.AST) -> bool:
    return isinstance(node, ast.Module) and not ast.get_docstring(node)


_RULES: dict[Callable[[ast.AST], bool], tuple[str, ...]] = {
    _reads_environment: ("app/", "migrations/"),
    _makes_float: ("app/domain/",),
    _swallows: ("app/", "migrations/"),
    _imports_late: ("app/", "migrations/", "tests/"),
    _replaces_code: ("tests/",),
    _says_nothing: ("app/",),
}


@cache
def _all_places() -> dict[Callable[[ast.AST], bool], list[str]]:
    """Where each rule is broken. Every file is parsed and walked once for all rules, which is what takes long."""
    found: dict[Callable[[ast.AST], bool], list[str]] = {rule: [] for rule in _RULES}
    for path, text in _sources("app", "migrations", "tests"):
        rules = [rule for rule, folders in _RULES.items() if path.startswith(folders)]
        for node in ast.walk(ast.parse(text, path)):
            for rule in rules:
                if rule(node):
                    found[rule].append(f"{path}:{getattr(node, 'lineno', 1)}")
    return found


def _places(rule: Callable[[ast.AST], bool], *apart_from: str) -> list[str]:
    return [place for place in _all_places()[rule] if not place.startswith(apart_from)]


def test_imports_point_down() -> None:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_too_long_to_be_read_in_one_go() -> None:
    lengths = {path: text.count("\n") for path, text in _sources("app", "tests")}
    assert {path: length for path, length in lengths.items() if length > _LONGEST} == {}


def test_every_file_and_folder_says_what_it_holds() -> None:
    parts = {part for path, _ in _sources("app", "tests", "migrations") for part in Path(path).with_suffix("").parts}
    assert parts & _MEANINGLESS == set()


@pytest.mark.skipif(not (_ROOT / ".git").exists() or not shutil.which("git"), reason="this is no checkout")
def test_the_top_level_holds_nothing_unexpected() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=_ROOT, capture_output=True, text=True, check=True).stdout
    tops = {path.split("/")[0] for path in listed.splitlines()}
    assert {top for top in tops if not top.startswith(".")} == _TOP_LEVEL


def test_only_the_configuration_reads_the_environment() -> None:
    assert _places(_reads_environment, "app/config.py", "app/demo/") == []


def test_money_is_never_a_float() -> None:
    assert _places(_makes_float) == []


def test_no_bug_is_swallowed_except_where_it_is_noted() -> None:
    # The runner, and the loop over orders, which raises a bug again once the other orders have had their turn.
    assert _places(_swallows, "app/sync/runner.py", "app/sync/orders/job.py") == []


def test_imports_stand_at_the_top_of_their_file() -> None:
    assert _places(_imports_late) == []


def test_no_test_replaces_the_code_under_test() -> None:
    assert _places(_replaces_code) == []


def test_every_module_says_what_it_is_for() -> None:
    assert _places(_says_nothing) == []
