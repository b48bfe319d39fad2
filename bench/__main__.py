"""``python -m bench [NAME...]``: measure, show, and keep each figure as ``bench/results/<name>.json``."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
USAGE_ERROR = 2


def main(names: Sequence[str]) -> int:
    """Run the benches that are named, or all; returns the exit code."""
    known = {found.name: found for found in pkgutil.iter_modules([str(HERE)]) if not found.ispkg}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no bench {', '.join(unknown)}.", file=sys.stderr)
        return USAGE_ERROR
    results: list[dict[str, Any]] = []
    for name in names or known:
        if name == "__main__":
            continue
        run = getattr(importlib.import_module(f"bench.{name}"), "run", None)
        if run is not None:
            print(f"measuring {name} ...", file=sys.stderr)
            results += keep(run())
    show(results)
    return 0


def keep(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write each figure to a file of its name, and return them."""
    RESULTS.mkdir(exist_ok=True)
    for result in results:
        text = json.dumps(result, ensure_ascii=False, indent=2)
        (RESULTS / f"{result['name']}.json").write_text(text + "\n", encoding="utf-8")
    return results


def show(results: list[dict[str, Any]]) -> None:
    """Print the figures as a table."""
    table = Table("what", "measured", "unit", "target", "met", "peer", "times better", box=None)
    for each in results:
        met = {None: "", True: "yes", False: "no"}[each["met"]]
        shown = (
            each["name"],
            each["value"],
            each["unit"],
            each["target"],
            met,
            each["peer_value"],
            each["ratio"],
        )
        table.add_row(*("" if value is None else f"{value}" for value in shown))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
