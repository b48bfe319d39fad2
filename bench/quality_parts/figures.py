"""Shares with their intervals, thresholds, and Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.trust.intervals import share

#: Benign lines in 10,000 that may reach a queue.
AIM = 20


def counted(count: int, of: int) -> str:
    """Return a share with its exact 95 % interval, to three decimals."""
    found = share(count, of)
    if found.value is None:
        return "–"
    return f"{_short(found.value)} ({_short(found.low)}–{_short(found.high)})"


def in_ten_thousand(count: int, of: int) -> str:
    """Return how many in ten thousand, with the interval."""
    found = share(count, of)
    if found.value is None:
        return "–"
    return f"{1e4 * found.value:.0f} ({1e4 * found.low:.0f}–{1e4 * found.high:.0f})"


def threshold_for(benign: Sequence[NDArray[np.float64]]) -> float:
    """Return the lowest score from which at most 20 in 10,000 of each benign part is flagged.

    1.0 when nothing lower does, which flags only what is certain.
    """
    return max(_lowest(np.sort(scores)[::-1]) for scores in benign)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """Return a Markdown table; the first ``words`` columns are words, the others figures."""
    marks = ["---"] * words + ["---:"] * (len(head) - words)
    lines = [head, marks, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _lowest(descending: NDArray[np.float64]) -> float:
    allowed = int(AIM * descending.size / 1e4)
    beyond = float(descending[allowed])
    return min(round(beyond + 1e-6, 6), 1.0)


def _short(value: float) -> str:
    text = f"{value:.3f}"
    return text[1:] if text.startswith("0") else text
