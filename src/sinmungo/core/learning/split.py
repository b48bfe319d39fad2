"""Three parts that share no near-duplicate text: to train, to calibrate, and held out to measure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

#: Rows of one group that are learned from, so that who writes a thing often does not teach the model.
MAX_OF_A_GROUP = 5
TRAIN, CALIBRATION = 0.60, 0.15


@dataclass(frozen=True, slots=True)
class Parts:
    """The places of the rows in each part; ``left_out`` counts those beyond the limit of their group."""

    train: tuple[int, ...]
    calibration: tuple[int, ...]
    held_out: tuple[int, ...]
    left_out: int


def split(labels: Sequence[bool], groups: Sequence[int], *, seed: int) -> Parts:
    """Return 60, 15 and 25 of a hundred groups, alike in labels, each group whole in one part.

    ``groups`` says with an id which rows belong together. Of a group at most five rows are learned
    from, and one is held out, because intervals speak of rows that are independent. The same rows and
    seed give the same parts.
    """
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    random = np.random.default_rng(seed)
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    # groups that hold the label are dealt out first, then the others: every part gets its share
    for wanted in (True, False):
        alike = [rows for rows in members.values() if any(labels[row] for row in rows) is wanted]
        order = random.permutation(len(alike))
        ends = (round(TRAIN * len(alike)), round((TRAIN + CALIBRATION) * len(alike)))
        for part, places in zip(parts, np.split(order, ends), strict=True):
            limit = 1 if part is parts[2] else MAX_OF_A_GROUP
            part.extend(_limited((alike[place] for place in places.tolist()), limit, random))
    train, calibration, held_out = (tuple(sorted(part)) for part in parts)
    left_out = len(labels) - len(train) - len(calibration) - len(held_out)
    return Parts(train, calibration, held_out, left_out)


def _limited(groups: Iterable[list[int]], limit: int, random: np.random.Generator) -> list[int]:
    return [rows[place] for rows in groups for place in random.permutation(len(rows))[:limit].tolist()]
