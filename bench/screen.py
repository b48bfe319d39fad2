"""``sinmungo screen`` over a file made here: 300 letters of Korean a row, no database."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.figures import figure
from bench.homes import ROOT, pinned
from bench.talk import texts

COMMAND = "python -m bench screen"
ROWS = 20_000


def run() -> list[dict[str, Any]]:
    """Measure one core, reading the file included, starting the command not."""
    with tempfile.TemporaryDirectory(prefix="sinmungo-bench-") as folder:
        file = Path(folder) / "talk.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            rows = csv.writer(opened)
            rows.writerow(["text"])
            rows.writerows([text] for text in texts(ROWS))
        told = _screened(file)
    assert (told["items"], told["refused"]) == (ROWS, 0), "every row is screened"
    print(f"screen: {told['flagged']} of {ROWS} ask for a person")
    return [figure("screen_csv", told["items_per_second"], "items/s", command=COMMAND)]


def _screened(file: Path) -> dict[str, Any]:
    answer = subprocess.run(
        [*pinned(0), sys.executable, "-m", "sinmungo", "screen", str(file), "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    return dict(json.loads(answer.stdout))
