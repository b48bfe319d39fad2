"""``python -m bench.kit [--data FOLDER] [--pictures N] [--false N] [--workers N] [--write]``.

What the kit finds again, and what it takes wrongly.

Prints ``docs/explanation/matching.md``, or writes it. Every figure of its tables is measured in the run; but
for times the same data and code give the same page. Pictures are drawn by code; photos come from FOLDER or
from the environment variable SINMUNGO_REFERENCE_DATA, if any. About five minutes on two free cores.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import figure
from bench.homes import ROOT
from bench.kit_parts import false, found, pages
from bench.kit_parts.false import Pairs
from bench.kit_parts.found import Found

PAGE = ROOT / "docs" / "explanation" / "matching.md"
WORDS = Path(__file__).parent / "kit_parts" / "words.md"
COMMAND = "python -m bench.kit"
PICTURES, FALSE = 24, 1_000
#: For ``make bench``, which is to end soon.
FEW_PICTURES, FEW_FALSE = 6, 60


def main(arguments: Sequence[str]) -> int:
    """Measure and print, or write the page; returns the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--data", type=Path, default=_reference_data())
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--false", type=int, default=FALSE)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args(arguments)
    with ProcessPoolExecutor(max_workers=chosen.workers) as workers:
        print("posting known pictures again ...", file=sys.stderr)
        measured = found.measure(chosen.pictures, chosen.data, workers.map)
        print("comparing different pictures ...", file=sys.stderr)
        groups = false.measure(chosen.false, partial(workers.map, chunksize=8))
    page = written(measured, groups)
    if chosen.write:
        PAGE.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


def run() -> list[dict[str, Any]]:
    """Return the headline figures, of few pictures."""
    measured = found.measure(FEW_PICTURES, None)
    varied = false.measure(FEW_FALSE)[0]
    means = pages.mean_shares(measured)
    peers = means[found.ONE_HASH]
    command = "python -m bench kit"
    figures = [
        figure(
            name,
            means[column],
            "of re-posts found",
            command=command,
            peer="one PDQ hash, same run",
            peer_value=round(peers, 3),
        )
        for name, column in (
            ("kit_found", found.KIT_ALL),
            ("kit_found_of_16_kept", found.KIT_KEPT),
            ("kit_found_by_one_foreign_hash", found.ONE_ALL),
        )
    ]
    cost = float(np.median(measured.milliseconds))
    return [
        *figures,
        figure("kit_windows", float(np.mean(measured.hashes)), "hashes a picture", command=command),
        figure("kit_windows_time", cost, "ms", command=command, target=60),
        figure("kit_false_matches", varied.hash_matches, f"of {varied.hash_pairs:,} pairs", command=command),
    ]


def written(measured: Found, groups: Sequence[Pairs]) -> str:
    """Return the page: the words with every figure in its place."""
    varied = groups[0]
    values = {
        "pictures": str(measured.pictures),
        "drawn": str(measured.pictures - measured.photos),
        "photos": str(measured.photos),
        "radius": str(found.RADIUS),
        "shares": pages.shares(measured),
        "summary": pages.summary(measured),
        "false": pages.false_matches(groups),
        "costs": pages.costs(measured),
        "varied_pairs": f"{varied.hash_pairs:,}",
        "varied_matches": f"{varied.hash_matches:,}",
        "varied_bound": pages.upper_bound(varied.hash_matches, varied.hash_pairs),
        "varied_picture_bound": pages.upper_bound(varied.picture_matches, varied.picture_pairs),
        "varied_nearest": str(varied.nearest),
    }
    text = WORDS.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace("{" + name + "}", value.rstrip("\n"))
    return text


def _reference_data() -> Path | None:
    folder = os.environ.get("SINMUNGO_REFERENCE_DATA")
    return Path(folder) if folder else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
