"""The goals G1 to G10 as measured, each in the form that all results have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.breaker_parts import plain, published
from bench.breaker_parts.published import AUDITS, SLACK, Pair
from bench.figures import figure
from sinmungo.core.trust import simulation
from sinmungo.core.trust.planner import hours_to_trip
from sinmungo.core.trust.simulation import Summary

COMMAND = "python -m bench.breaker"
PUBLISHED = "the reference simulation (p)"
HALVES = ("", "_p95")
NULL = 0.05

Measured = Mapping[str, Sequence[Any]]


def results(found: Measured, runs: int) -> list[dict[str, Any]]:
    """Return all figures; a target holds the tenth that B7 allows for chance."""
    return [*_waves(found), *_milder(found), *_beside(found), *_plain(found), *_calm(found), *_earned(runs)]


def pair(rows: Sequence[Any], of: str) -> Pair:
    """Return the median and the 95th percentile of what was stopped after the change."""
    values = [getattr(row, of) for row in rows if not row.early]
    return float(np.median(values)), float(np.quantile(values, 0.95))


def covered(rows: Sequence[Any]) -> float:
    """Return the share of incidents whose window begins before the change."""
    windows = [row.onset for row in rows if row.onset is not None and not row.early]
    return sum(begins <= 0.0 for begins in windows) / max(len(windows), 1)


def reach(rows: Sequence[Any]) -> Pair:
    """Return how many hours before the change the window begins: the median and the 95th percentile."""
    before = [-row.onset for row in rows if row.onset is not None and not row.early]
    return float(np.median(before)), float(np.quantile(before, 0.95))


def calm(rows: Sequence[Any]) -> Summary:
    """Return what months without failure cost."""
    return simulation.summary([], rows)


def _waves(found: Measured) -> Iterator[dict[str, Any]]:
    for audits in AUDITS:
        for cell, goal, known in (
            (f"s1_{audits}", published.GOAL_S1[audits], published.S1[audits]),
            (f"s1_{audits}_held", published.GOAL_S1_HELD[audits], published.S1_HELD[audits]),
            (f"s2_{audits}", published.GOAL_S2, published.S2),
            (f"s2_{audits}_held", published.GOAL_S2_HELD, published.S2_HELD),
        ):
            yield from _pairs(cell, pair(found[cell], "wrong"), "wrong acts", goal, known)
        # B7 gives one share for all numbers of audits; as many runs hold or not
        rows = [*found[f"s1_{audits}"], *found[f"s1_{audits}_held"]]
        yield figure(f"breaker_onset_{audits}", covered(rows), "of runs", command=COMMAND, target=0.95)
    yield from _pairs(
        "s1_10_hours", pair(found["s1_10"], "hours"), "h", published.GOAL_HOURS_10, (1.08, 1.65)
    )


def _milder(found: Measured) -> Iterator[dict[str, Any]]:
    for fall, goal, known in (
        (80, published.GOAL_TO_80, published.TO_80),
        (90, published.GOAL_TO_90, published.TO_90),
    ):
        for audits in known:
            cell = f"to_{fall}_{audits}"
            yield from _pairs(cell, pair(found[cell], "hours"), "h", goal, known[audits])
        for audits in AUDITS:
            share = covered(found[f"to_{fall}_{audits}"])
            name = f"breaker_onset_to_{fall}_{audits}"
            yield figure(name, share, "of runs", command=COMMAND, target=0.95)


def _beside(found: Measured) -> Iterator[dict[str, Any]]:
    """Yield ours beside what else noticed the same wave, in this run."""
    for audits in AUDITS:
        ours = pair(found[f"s1_{audits}"], "wrong")[0]
        for name, peer in (
            ("adwin", "river ADWIN, default"),
            ("adwin_tuned", "river ADWIN, .05 and clock 1"),
        ):
            theirs = pair(found[f"{name}_{audits}"], "wrong")[0]
            yield figure(
                f"breaker_beside_{name}_{audits}",
                ours,
                "wrong acts",
                command=COMMAND,
                peer=f"{peer}, same run",
                peer_value=theirs,
            )
    daily = pair(found["daily"], "wrong")[0]
    ours = pair(found["s1_10"], "wrong")[0]
    yield figure(
        "breaker_beside_daily_10",
        ours,
        "wrong acts",
        command=COMMAND,
        peer="20 % of appeals overturned, looked at daily, same run",
        peer_value=daily,
    )


def _plain(found: Measured) -> Iterator[dict[str, Any]]:
    for audits in AUDITS:
        mean = float(np.mean([row.hours for row in found[f"plain_{audits}"] if not row.early]))
        floor = hours_to_trip(audits_per_hour=audits, wrong_after=0.6, null=NULL)
        yield figure(
            f"breaker_plain_{audits}",
            mean / floor,
            "times the floor",
            command=COMMAND,
            target=1.25 * SLACK,
            peer=PUBLISHED,
            peer_value=published.PLAIN_OVER_FLOOR[audits],
        )


def _calm(found: Measured) -> Iterator[dict[str, Any]]:
    alarms = "false alarms a month"
    for audits in (5, 50):
        rows = calm(found[f"edge_{audits}"])
        known = published.FALSE_AT_BOUNDARY[audits]
        yield _monthly(f"edge_{audits}", rows.false_alarms_per_month, alarms, 0.02, known)
    for audits in AUDITS:
        rows = calm(found[f"calm_{audits}"])
        minutes = published.HELD_MINUTES[audits]
        yield _monthly(f"calm_{audits}", rows.false_alarms_per_month, alarms, 0.0, None)
        yield _monthly(
            f"reviews_{audits}",
            rows.extra_audits_per_month,
            "reviews a month",
            320 * SLACK,
            published.REVIEWS[audits],
        )
        yield _monthly(f"held_{audits}", rows.hours_held_per_month, "h a month", 4 * SLACK, minutes / 60)
    for name in ("cv_0.1", "cv_0.2", "cv_0.3", "campaign"):
        yield _monthly(name, calm(found[name]).false_alarms_per_month, alarms, 0.0, None)


def _earned(runs: int) -> Iterator[dict[str, Any]]:
    for alpha in published.EARNED:
        first = plain.earned(0.97, 0.95, alpha, runs, np.random.default_rng(1))
        reached = np.where(first > 0, first, plain.MOST_AUDITS)
        values = (float(np.median(reached)), float(np.quantile(reached, 0.95)))
        goal = (700.0, 2100.0) if alpha == 0.05 else (None, None)
        name = f"earn_{alpha:g}"
        yield from _pairs(name, values, "audits", goal, published.EARNED[alpha])
        never = plain.earned(0.95, 0.95, alpha, 1000, np.random.default_rng(2))
        falsely = float((never > 0).mean())
        yield figure(
            f"breaker_{name}_falsely",
            falsely,
            "of runs, falsely",
            command=COMMAND,
            target=alpha,
            peer=PUBLISHED,
            peer_value=published.EARNED_FALSELY[alpha],
        )


def _pairs(
    cell: str, values: Pair, unit: str, goal: tuple[float | None, float | None], known: Pair
) -> Iterator[dict[str, Any]]:
    for half, value, target, peer in zip(HALVES, values, goal, known, strict=True):
        yield figure(
            f"breaker_{cell}{half}",
            value,
            unit,
            command=COMMAND,
            target=None if target is None else round(target * SLACK, 2),
            peer=PUBLISHED,
            peer_value=peer,
        )


def _monthly(name: str, value: float | None, unit: str, target: float, known: float | None) -> dict[str, Any]:
    peer = PUBLISHED if known is not None else ""
    return figure(
        f"breaker_{name}", value or 0.0, unit, command=COMMAND, target=target, peer=peer, peer_value=known
    )
