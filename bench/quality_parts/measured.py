"""Everything the pages need, scored once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.quality_parts import data, systems
from bench.quality_parts.data import Rows
from bench.quality_parts.figures import threshold_for
from bench.quality_parts.systems import System
from sinmungo.cli.learn_model import Taught
from sinmungo.cli.learn_report import Promise
from sinmungo.core.matching import near

#: Precisions that are promised, the first also on the models' cards, and the risk that it deceives.
PROMISES = (0.95, 0.90, 0.80)
RISK = 0.05


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows with the scores of one system."""

    rows: Rows
    scores: NDArray[np.float64]

    def flagged(self, threshold: float, *, wanted: bool) -> tuple[int, int]:
        """Return how many of the rows that ought (or ought not) to be flagged are, and of how many."""
        chosen = np.array(self.rows.labels, dtype=np.bool_) == wanted
        return int((self.scores[chosen] >= threshold).sum()), int(chosen.sum())


@dataclass(frozen=True, slots=True)
class Measured:
    """Models, systems, the data left after near-duplicates of what was learned, and the thresholds.

    ``benign`` are the halves on which the thresholds were not chosen; ``dropped`` counts near-duplicates.
    """

    beep: Rows
    kmhas: Rows
    models: dict[str, Taught]
    promised: dict[float, dict[str, Taught]]
    systems: list[System]
    benign: list[Rows]
    harm: list[Rows]
    hatecheck: Rows
    moderation: dict[str, Rows]
    thresholds: dict[str, float]
    dropped: dict[str, int]


def measure(folder: Path) -> Measured:
    """Teach the models and choose for each system the threshold that the aim allows."""
    beep, kmhas = data.beep(folder), data.kmhas(folder)
    clean, hate = data.hatescore(folder)
    tested = [clean, data.chat(folder), hate, *data.others(folder)]
    kept, dropped = _apart([*beep.texts, *kmhas.texts], tested)
    promised = {precision: systems.taught(beep, kmhas, Promise(precision, RISK)) for precision in PROMISES}
    models = promised[PROMISES[0]]
    found = systems.systems(models)
    chosen_on = [rows.where(lambda place, rows=rows: _is_first_half(rows.texts[place])) for rows in kept[:2]]
    benign = [rows.where(lambda place, rows=rows: not _is_first_half(rows.texts[place])) for rows in kept[:2]]
    thresholds = {each.name: threshold_for([each.score(rows.texts) for rows in chosen_on]) for each in found}
    thresholds["pack"] = 1.0
    return Measured(
        beep, kmhas, models, promised, found, benign, kept[2:],
        data.hatecheck(folder), data.moderation(folder), thresholds, dropped,
    )  # fmt: skip


def scored(system: System, rows: Rows) -> Scored:
    """Return rows with what a system says of them."""
    return Scored(rows, system.score(rows.texts))


def _apart(learned: Sequence[str], tested: Sequence[Rows]) -> tuple[list[Rows], dict[str, int]]:
    """Return the tested rows that are not nearly the same as a learned one, and how many were dropped."""
    kept, dropped = [], {}
    texts = [*learned, *(text for rows in tested for text in rows.texts)]
    groups = near.groups(texts)
    known = set(groups[: len(learned)])
    begin = len(learned)
    for rows in tested:
        own = groups[begin : begin + len(rows.texts)]
        kept.append(rows.where(lambda place, own=own: own[place] not in known))
        dropped[rows.name] = len(rows.texts) - len(kept[-1].texts)
        begin += len(rows.texts)
    return kept, dropped


def _is_first_half(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0
