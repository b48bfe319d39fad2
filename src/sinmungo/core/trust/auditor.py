"""How often the auditors themselves err, formula (12)."""

from __future__ import annotations

from sinmungo.core.trust.intervals import share


def error_of(gold_wrongly_wrong: int, gold: int, *, confidence: float = 0.95) -> float:
    """Return the most that auditors call a right act wrong, by gold items laid among the audits.

    ``gold`` items are known to be right, ``gold_wrongly_wrong`` of them were called wrong. It is the upper
    end of the exact two-sided interval (Clopper and Pearson), 1 for no gold: with error eps the observed
    null rate is m + eps. Over repeated samples it lies below the true error in at most half of
    1 - ``confidence``. Raises ValueError for counts that cannot be.
    """
    return share(gold_wrongly_wrong, gold, confidence).high


def after_second_look(error: float, *, same_mistake: float = 0.0) -> float:
    """Return how often a right act still counts as wrong when a "wrong" needs a second blind look.

    Two people err together with probability eps (c + (1 - c) eps), where c = ``same_mistake`` is the share
    of mistakes that everybody makes; 0 takes them as independent, which flatters. Raises ValueError for
    shares outside 0 to 1.
    """
    if not (0.0 <= error <= 1.0 and 0.0 <= same_mistake <= 1.0):
        raise ValueError("shares lie between 0 and 1")
    return error * (same_mistake + (1.0 - same_mistake) * error)
