"""``python -m bench.agreement DATA_FOLDER``: alpha of the people who labelled en-uli-gbv, per question.

``DATA_FOLDER`` holds ``en-uli-gbv/uli_en_train.csv``: posts on gender-based violence, labelled by six
people, of whom two or more labelled only some posts (CC BY 4.0). Beside each alpha and its interval stands
the figure of a second way to compute it, which shares no code with the first: every pair counted one by one.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sinmungo.core.trust.agreement import agreement

FILE = Path("en-uli-gbv") / "uli_en_train.csv"
QUESTIONS = ("q1", "q2", "q3")
#: Labels that are answers; anything else (``NL``, no label) is a missing one.
ANSWERS = ("0", "1", "0.5")
USAGE_ERROR = 2


def main(arguments: Sequence[str]) -> int:
    """Measure and print; returns the exit code."""
    if len(arguments) != 1 or not (Path(arguments[0]) / FILE).is_file():
        print(__doc__, file=sys.stderr)
        return USAGE_ERROR
    table = Table("question", "alpha", "95 % interval", "units", "pair by pair", box=None)
    with (Path(arguments[0]) / FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for question in QUESTIONS:
        units = [[answer for answer in row[question].split("|") if answer in ANSWERS] for row in rows]
        found = agreement(units, random=np.random.default_rng(1))
        table.add_row(
            question,
            f"{found.alpha:.4f}",
            f"{found.low:.3f} to {found.high:.3f}",
            str(found.units),
            f"{_pair_by_pair(units):.4f}",
        )
    Console().print(table)
    return 0


def _pair_by_pair(units: Sequence[Sequence[str]]) -> float:
    pairable = [unit for unit in units if len(unit) > 1]
    values = [value for unit in pairable for value in unit]
    differ = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in pairable)
    by_chance = sum(a != b for a, b in permutations(values, 2))
    return 1 - (len(values) - 1) * differ / by_chance


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
