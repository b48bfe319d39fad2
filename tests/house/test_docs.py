"""Rules of the house about what is written down."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import sinmungo
from sinmungo.core.kernel.errors import DomainError

ROOT = Path(__file__).parents[2]
ERRORS = ROOT / "docs" / "reference" / "errors.md"
SETTINGS = ROOT / "docs" / "reference" / "settings.md"
#: The demonstration's platform is a Django project of its own and cannot be loaded beside ours.
APART = "sinmungo.demo.platform"
STARTS = ("sinmungo.__main__", "sinmungo.demo.")


def _errors() -> dict[str, type[DomainError]]:
    for module in pkgutil.walk_packages(sinmungo.__path__, "sinmungo."):
        if ".migrations" not in module.name and not module.name.startswith((APART, *STARTS)):
            importlib.import_module(module.name)
    found: dict[str, type[DomainError]] = {}
    waiting = [DomainError]
    while waiting:
        error = waiting.pop()
        waiting.extend(error.__subclasses__())
        if "code" in error.__dict__ and error.__module__.startswith("sinmungo."):
            found[f"{error.code} {error.__module__}.{error.__qualname__}"] = error
    return found


def table() -> str:
    """Return the rows of the page of errors: code, status, sentence."""
    rows = {
        (e.code, e.status, " ".join(e.message.split())) for e in _errors().values() if e is not DomainError
    }
    return "\n".join(f"| `{code}` | {status} | {message} |" for code, status, message in sorted(rows))


def test_every_error_is_listed_in_the_docs():
    """The page of errors lists each code with its status and sentence, and nothing else."""
    listed = [line for line in ERRORS.read_text().splitlines() if line.startswith("| `")]

    assert listed == table().splitlines()


def test_every_code_means_one_thing():
    """No two errors share a code."""
    codes = [error.code for error in _errors().values()]

    assert sorted(codes) == sorted(set(codes))


def test_every_setting_of_the_environment_is_in_the_docs():
    """The page of settings names each environment variable that the settings read."""
    text = (ROOT / "src" / "sinmungo" / "site" / "settings.py").read_text()
    read = {part.split('"')[1] for part in text.split("os.environ.get(")[1:]}
    read.add("DATABASE_URL")

    assert [name for name in sorted(read) if f"`{name}`" not in SETTINGS.read_text()] == []
