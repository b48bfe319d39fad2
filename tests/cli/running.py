"""Running a command's application as its user would, in this process."""

from __future__ import annotations

import json
from typing import Any

import typer
from typer.testing import CliRunner, Result


def run(app: typer.Typer, *words: object, code: int = 0) -> Result:
    """Return what came of it; fails on another exit code, and raises what the command did not foresee."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def told(app: typer.Typer, *words: object, code: int = 0) -> list[dict[str, Any]]:
    """Return the objects that ``--json`` prints, one a line."""
    return [json.loads(line) for line in run(app, *words, "--json", code=code).stdout.splitlines()]
