"""``python -m bench.quality DATA_FOLDER [--write]``: what screening finds, and whom it takes wrongly.

Prints ``docs/explanation/screening-quality.md``, or writes it. Every figure of the page is measured in the
run; the same data and the same code give the same page. About a minute on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.homes import ROOT
from bench.quality_parts import pages
from bench.quality_parts.figures import AIM
from bench.quality_parts.measured import RISK, Measured, measure

PAGE = ROOT / "docs" / "explanation" / "screening-quality.md"
WORDS = Path(__file__).parent / "quality_parts" / "words.md"
USAGE_ERROR = 2


def main(arguments: Sequence[str]) -> int:
    """Measure and print, or write the page; returns the exit code."""
    folders = [each for each in arguments if each != "--write"]
    if len(folders) != 1 or not Path(folders[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return USAGE_ERROR
    page = written(measure(Path(folders[0])))
    if "--write" in arguments:
        PAGE.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


def written(measured: Measured) -> str:
    """Return the page: the words with every figure in its place."""
    text = WORDS.read_text(encoding="utf-8")
    for name, figure in _figures(measured).items():
        text = text.replace("{" + name + "}", figure.rstrip("\n"))
    return text


def _figures(measured: Measured) -> dict[str, str]:
    three_way = pages.three_way(measured)
    found = {
        "aim": str(AIM),
        "risk": f"{RISK:g}",
        "systems": pages.systems(measured),
        "false_alarms": pages.false_alarms(measured),
        "dropped": ", ".join(f"{name} {count}" for name, count in measured.dropped.items()),
        "curve_both": pages.curve(measured, "both"),
        "curve_kmhas": pages.curve(measured, "kmhas"),
        "held_out": pages.held_out(measured),
        "calibration": pages.calibration(measured),
        "keeping": _keeping(measured),
        "promises": pages.promises(measured),
        "by_source": pages.by_source(measured),
        "hatecheck": pages.hatecheck(measured),
        "moderation": pages.moderation(measured),
        "parity": pages.parity(measured, ["beep_any", "kmhas", "both"]),
        "harsher": pages.harsher(measured),
        "benign_parity": pages.benign_parity(measured, "kmhas"),
        "three_way": f"{three_way[0]:.3f} ({three_way[1]:.3f}–{three_way[2]:.3f})",
        "three_way_rows": str(three_way[3]),
        "kmhas_macro": f"{measured.models['kmhas'].model.card.report['at_half']['macro_f1']:.3f}",
    }
    for name in ("pack", "kmhas", "pack or kmhas"):
        found[f"recall of {name}"] = _recall(measured, name)
    return found


def _recall(measured: Measured, name: str) -> str:
    recalls = pages.recalls(measured, name)
    return ", ".join(f"{100 * recall:.0f} % on {rows}" for rows, recall in recalls.items())


def _keeping(measured: Measured) -> str:
    kept = [f"`{name}`" for name, taught in measured.models.items() if taught.model.threshold is not None]
    return (
        f"{' and '.join(kept)} alone can be shown to keep" if kept else "no model here can be shown to keep"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
