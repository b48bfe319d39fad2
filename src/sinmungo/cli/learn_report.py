"""What a model was measured to do, as one JSON-safe object and as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from sinmungo.core.learning import measure
from sinmungo.core.learning.measure import Confusion
from sinmungo.core.learning.model import HALF
from sinmungo.core.trust.intervals import share
from sinmungo.core.trust.threshold import Flagged

_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Promise:
    """At least this precision among what is flagged, but for this risk that the measurement deceives."""

    precision: float = 0.95
    risk: float = 0.05


def document(
    texts: Sequence[str],
    scores: NDArray[np.float64],
    labels: NDArray[np.bool_],
    *,
    promise: Promise,
    kept: Flagged | None,
    left_out: int,
) -> dict[str, Any]:
    """Return every figure of a held-out part; intervals hold the true share 95 times in a hundred."""
    calibration = measure.calibration(scores, labels)
    threshold = kept.threshold if kept else HALF
    by_group, by_language = measure.parity(texts, scores, labels, threshold)
    thresholds = sorted({*measure.CURVE, *([kept.threshold] if kept else [])})
    return {
        "held_out": {"rows": len(texts), "positive": int(labels.sum())},
        "left_out": left_out,
        "promise": {"precision": promise.precision, "risk": promise.risk},
        "threshold": kept.threshold if kept else None,
        "at_threshold": figures(measure.confusion(scores, labels, kept.threshold)) if kept else None,
        "at_half": figures(measure.confusion(scores, labels, HALF)),
        "curve": [
            {"threshold": each, **figures(measure.confusion(scores, labels, each))} for each in thresholds
        ],
        "calibration": {
            "brier": round(calibration.brier, _DECIMALS),
            "expected_error": round(calibration.expected_error, _DECIMALS),
            "bins": [
                {
                    "rows": each.rows,
                    "mean_score": round(each.mean_score, _DECIMALS),
                    "positive": each.positive,
                }
                for each in calibration.bins
            ],
        },
        "parity": {
            "threshold": threshold,
            "groups": {name: figures(each) for name, each in by_group.items()},
            "languages": {name: figures(each) for name, each in by_language.items()},
        },
    }


def figures(found: Confusion) -> dict[str, Any]:
    """Return counts and shares of a threshold, each share as value, low and high end, or None of nothing.

    F1 is 2q / (1 + q) of the share q of the right ones among all that are flagged or missed, and so has the
    interval of q.
    """
    right = found.flagged_rightly
    overlap = counted(right, right + found.flagged_wrongly + found.missed)
    return {
        "flagged_rightly": right,
        "flagged_wrongly": found.flagged_wrongly,
        "missed": found.missed,
        "left_rightly": found.left_rightly,
        "precision": counted(right, found.flagged),
        "recall": counted(right, found.positive),
        "f1": [round(2 * end / (1 + end), _DECIMALS) for end in overlap] if overlap else None,
        "macro_f1": round(found.macro_f1, _DECIMALS),
        "false_positives": counted(found.flagged_wrongly, found.negative),
        "flagged_in_10000": round(
            1e4 * found.flagged / max(found.flagged + found.missed + found.left_rightly, 1), 1
        ),
    }


def counted(count: int, of: int) -> list[float] | None:
    """Return a share with the two ends of its exact interval; None of nothing."""
    found = share(count, of)
    if found.value is None:
        return None
    return [round(each, _DECIMALS) for each in (found.value, found.low, found.high)]


def print_report(report: Mapping[str, Any]) -> None:
    """Print what a model was measured to do."""
    console = Console(highlight=False, soft_wrap=True)
    held_out = report["held_out"]
    console.print(f"Held out: {held_out['rows']} rows, {held_out['positive']} with the label.")
    console.print(_curve(report["curve"]))
    calibration = report["calibration"]
    console.print(
        f"Calibration: Brier {calibration['brier']}, expected error {calibration['expected_error']}."
    )
    for title in ("groups", "languages"):
        console.print(_parity(title, report["parity"]))
    console.print(promised(report))


def promised(report: Mapping[str, Any]) -> str:
    """Return the sentence that says from which score the promise is kept."""
    precision, risk = report["promise"]["precision"], report["promise"]["risk"]
    if report["threshold"] is None:
        return f"No threshold keeps a precision of {precision} at risk {risk} on the part held out."
    found = report["at_threshold"]
    return (
        f"From {report['threshold']} on the promised precision of {precision} is kept, at risk {risk}:"
        f" precision {shown(found['precision'])}, recall {shown(found['recall'])}."
    )


def shown(value: Sequence[float] | None) -> str:
    """Return a share with its interval, to three decimals."""
    return f"{value[0]:.3f} ({value[1]:.3f}-{value[2]:.3f})" if value else "-"


def _curve(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="from this score on", title_justify="left", box=None, padding=(0, 2))
    for name in ("score", "precision", "recall", "F1", "flagged in 10,000"):
        table.add_column(name, justify="right")
    for each in rows:
        table.add_row(
            f"{each['threshold']}",
            shown(each["precision"]),
            shown(each["recall"]),
            shown(each["f1"]),
            f"{each['flagged_in_10000']}",
        )
    return table


def _parity(title: str, parity: Mapping[str, Any]) -> Table:
    named = f"{title}, from {parity['threshold']} on"
    table = Table(title=named, title_justify="left", box=None, padding=(0, 2))
    for name in ("texts that name", "rows", "false positives", "recall"):
        table.add_column(name, justify="left" if name == "texts that name" else "right")
    for name, each in parity[title].items():
        rows = sum(each[key] for key in ("flagged_rightly", "flagged_wrongly", "missed", "left_rightly"))
        table.add_row(name, str(rows), shown(each["false_positives"]), shown(each["recall"]))
    return table
