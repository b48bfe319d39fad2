"""What is measured without acts, hours or bursts: the plain detector, and how autonomy is earned."""

from __future__ import annotations

import numpy as np

from bench.breaker_parts.peers import Counted, Noticed
from sinmungo.core.trust.bound import BETS, lower_bound
from sinmungo.core.trust.detector import Detector
from sinmungo.core.trust.simulation import Kind, Plan

MOST_AUDITS = 3_000


def detector(plan: Plan, random: np.random.Generator) -> Noticed:
    """Feed every random audit to the e-SR detector alone, and stop at its threshold."""
    stream, state = Counted(plan, random), Detector.begin()
    for at, kind, x in stream:
        if kind is Kind.AUDIT:
            state = state.next(plan.settings.audit_factors(x, 1.0), at)
            if state.value >= plan.settings.threshold:
                return stream.noticed(at)
    return stream.noticed(plan.hours)


def earned(
    precision: float, target: float, alpha: float, runs: int, random: np.random.Generator
) -> np.ndarray:
    """Return after how many audits each run had shown the target; 0 where 3,000 were not enough.

    The stakes of formula (8) are multiplied up in bulk, and ``lower_bound`` must agree where they stop.
    """
    wrong = random.random((runs, MOST_AUDITS)) > precision
    bets = np.array(BETS)[:, None, None]
    right_factor = np.log((1.0 - (1.0 - target) * bets) / target)
    stakes = np.cumsum(np.where(wrong, np.log(bets), right_factor), axis=2)
    shown = np.log(np.exp(stakes - stakes.max(axis=0)).mean(axis=0)) + stakes.max(axis=0) >= -np.log(alpha)
    first = np.where(shown.any(axis=1), shown.argmax(axis=1) + 1, 0)
    for run in np.flatnonzero(first)[:20]:
        _agree(wrong[run], int(first[run]), target, alpha)
    return first


def _agree(wrong: np.ndarray, audits: int, target: float, alpha: float) -> None:
    for count, is_shown in ((audits, True), (audits - 1, False)):
        found = int(wrong[:count].sum())
        bound = lower_bound(count - found, found, alpha=alpha)
        assert (bound >= target - 1e-9) == is_shown, "the stakes and the bound disagree"
