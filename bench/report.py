"""``python -m bench.report``: write the table of ``bench/README.md`` anew from ``bench/results``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->"
HEAD = (
    "| what | measured | target | met | beside | times better | load |\n|---|---:|---:|---|---|---:|---:|\n"
)
MET = {True: "yes", False: "**no**", None: ""}


def main() -> None:
    """Replace what stands between the two marks."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("results/*.json"))]
    README.write_text(before + BEGIN + HEAD + "".join(map(_row, results)) + END + after, encoding="utf-8")


def _row(result: dict[str, Any]) -> str:
    peer = f"{result['peer']}: {_number(result['peer_value'])}" if result["peer"] else ""
    load = result["machine"].rsplit("load ", 1)[-1]
    cells = (
        f"`{result['name']}`",
        f"{_number(result['value'])} {result['unit']}",
        _number(result["target"]),
        MET[result["met"]],
        peer,
        _number(result["ratio"]),
        load,
    )
    return f"| {' | '.join(cells)} |\n"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:,g}"


if __name__ == "__main__":
    main()
