"""``python -m bench.breaker [--full] [--write]``: how soon a wave is stopped (G1 to G10).

The streams of the reference simulation go through the product's own breaker, bursts and levels. The quick
form walks each cell 200 times, the full one 1,000 times; of months without failure there are fewer. The
figures are kept as ``bench/results/breaker_*.json``; ``--write`` writes the page
``docs/explanation/breaker-measured.md``. On two free cores the quick form takes some half an hour;
``make bench`` walks each cell 60 times.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.__main__ import keep, show
from bench.breaker_parts import cells, pages
from bench.breaker_parts.results import Measured, results
from bench.homes import ROOT

PAGE = ROOT / "docs" / "explanation" / "breaker-measured.md"
WORDS = Path(__file__).parent / "breaker_parts" / "words.md"
COMMAND = "python -m bench.breaker"
FEW, QUICK, FULL = 60, 200, 1_000


def main(arguments: Sequence[str]) -> int:
    """Measure, keep and show; returns the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--full", action="store_true", help="1,000 runs instead of 200")
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    chosen = parser.parse_args(arguments)
    runs = FULL if chosen.full else QUICK
    found = measure(runs)
    show(keep(results(found, runs)))
    page = written(found, runs)
    if chosen.write:
        PAGE.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


def run() -> list[dict[str, Any]]:
    """Return the figures of a few runs."""
    return results(measure(FEW), FEW)


def measure(runs: int) -> Measured:
    """Return what happened in every run of every cell."""
    every = [*cells.waves(runs), *cells.beside(runs), *cells.unflattering(runs), *cells.calms(runs)]
    return cells.measured(every)


def written(found: Measured, runs: int) -> str:
    """Return the page: the words with every table in its place."""
    text = WORDS.read_text(encoding="utf-8")
    for name, value in pages.tables(found, runs).items():
        text = text.replace("{" + name + "}", value.rstrip("\n"))
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
