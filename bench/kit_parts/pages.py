"""The tables of ``docs/explanation/matching.md`` that hold figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.kit_parts.false import Pairs
from bench.kit_parts.found import COLUMNS, RADIUS, Found
from bench.quality_parts.figures import counted, table


def shares(found: Found) -> str:
    """Return for each way of posting the share that each way of looking up finds."""
    rows = [
        [way, *(counted(counts[column], found.pictures) for column in COLUMNS)]
        for way, counts in found.counts.items()
    ]
    return table(("posted again as", *COLUMNS), rows)


def mean_shares(found: Found) -> dict[str, float]:
    """Return for each way of looking up the mean share over all ways of posting."""
    return {
        column: float(np.mean([counts[column] / found.pictures for counts in found.counts.values()]))
        for column in COLUMNS
    }


def summary(found: Found) -> str:
    """Return the mean share over all ways of posting, each counting the same."""
    return table(
        ("", "mean over the ways above"), [(name, f"{mean:.2f}") for name, mean in mean_shares(found).items()]
    )


def false_matches(groups: Sequence[Pairs]) -> str:
    """Return for each group what was compared and what matched."""
    head = (
        "different pictures",
        "pictures",
        "with a kit",
        "with windows",
        "pairs of hashes",
        f"at {RADIUS} or less",
        "nearest",
        "pairs of pictures",
        "that match",
    )
    return table(head, (_false(pairs) for pairs in groups))


def _false(pairs: Pairs) -> list[str]:
    return [
        pairs.name,
        f"{pairs.pictures:,}",
        f"{pairs.kits:,}",
        f"{pairs.hashed:,}",
        f"{pairs.hash_pairs:,}",
        f"{pairs.hash_matches:,}",
        str(pairs.nearest) if pairs.hash_pairs else "–",
        f"{pairs.picture_pairs:,}",
        counted(pairs.picture_matches, pairs.picture_pairs),
    ]


def upper_bound(count: int, of: int) -> str:
    """Return the chance that so many of so many leave possible, at 95 % (of none: the rule of three)."""
    if count:
        return f"{count / of:.1e}"
    return f"{3 / max(of, 1):.0e}"


def costs(found: Found) -> str:
    """Return how many hashes a picture gives and what they take on one core."""
    rows = [
        ("kit of a protected picture", *_cost(found.kit_hashes, found.kit_milliseconds)),
        ("windows of a picture that is looked up", *_cost(found.hashes, found.milliseconds)),
    ]
    return table(("", "hashes, mean", "most", "ms, median", "ms, 95 of 100"), rows)


def _cost(hashes: Sequence[int], milliseconds: Sequence[float]) -> tuple[str, ...]:
    return (
        f"{np.mean(hashes):.1f}",
        str(max(hashes)),
        f"{np.median(milliseconds):.1f}",
        f"{np.percentile(milliseconds, 95):.1f}",
    )
