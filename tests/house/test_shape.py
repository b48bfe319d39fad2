"""Rules of the house about the shape of code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "sinmungo"
NESTING = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match)
ALLOWED_INNER_IMPORTS = {"apps.py"}


def _files(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*.py")) if "migrations" not in p.parts]


def _trees(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in _files(folder):
        yield path, ast.parse(path.read_text())


def _functions(folder: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    for path, tree in _trees(folder):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.name}", node


def _p95(values: list[int]) -> int:
    return sorted(values)[int(len(values) * 0.95)]


def _depth(node: ast.AST) -> int:
    below = max((_depth(child) for child in ast.iter_child_nodes(node)), default=0)
    return below + isinstance(node, NESTING)


def test_files_stay_short():
    """Ninety-five of a hundred files have at most 450 lines."""
    assert _p95([len(p.read_text().splitlines()) for p in _files(SOURCE)]) <= 450


def test_functions_stay_short():
    """Ninety-five of a hundred functions have at most 40 lines."""
    lengths = [(f.end_lineno or 0) - f.lineno + 1 for _, f in _functions(SOURCE)]

    assert _p95(lengths) <= 40


def test_functions_stay_flat():
    """No function nests its branches more than four deep."""
    deep = [name for name, function in _functions(SOURCE) if _depth(function) > 4]

    assert deep == []


def test_imports_stand_at_the_top():
    """A function imports nothing; only an app's ``ready`` may."""
    inner = [
        str(path.relative_to(ROOT))
        for path, tree in _trees(SOURCE)
        if path.name not in ALLOWED_INNER_IMPORTS
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert inner == []


def test_every_test_says_what_holds():
    """Each test has a docstring of one sentence."""
    silent = [
        name
        for name, function in _functions(ROOT / "tests")
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]

    assert silent == []


def test_views_write_no_row():
    """Nothing under ``web`` or ``cli`` writes a row; services and journeys do."""
    verbs = {"save", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
    writing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for part in ("web", "cli")
        for path, tree in _trees(SOURCE / part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in verbs or ast.unparse(node.func).endswith("objects.create")
    ]

    assert writing == []


def test_nothing_is_left_undone():
    """No file carries a note of work to be done."""
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    left = [
        str(path.relative_to(ROOT))
        for folder in (SOURCE, ROOT / "tests")
        for path in _files(folder)
        if any(mark in path.read_text() for mark in marks)
    ]

    assert left == []


def test_no_file_names_a_registry_or_a_machine():
    """Requirement files and configuration name no index host and no path of a machine."""
    words = ("--index" + "-url", "--find" + "-links", "--extra" + "-index", "/home" + "/")
    named = [
        path.name
        for path in [*ROOT.glob("requirements/*"), ROOT / "Makefile", ROOT / "pyproject.toml"]
        if any(word in path.read_text() for word in words)
    ]

    assert named == []
