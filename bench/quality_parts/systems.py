"""What flags: the pack, models learned here, and both together, each as a score for every text."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.quality_parts.data import Rows
from sinmungo.cli.learn_model import Taught, teach
from sinmungo.cli.learn_report import Promise
from sinmungo.cli.learn_rows import Example
from sinmungo.cli.screen import PACKS
from sinmungo.core.kernel.values import PlainItem
from sinmungo.core.kernel.words import Level
from sinmungo.core.policy import build_facts, compile_pack, load_pack
from sinmungo.core.text.screeners import screen_all

PACK = "kr-community"
Scores = NDArray[np.float64]
Score = Callable[[Sequence[str]], Scores]
_BATCH = 500
_NO_DEADLINE = 3_600.0


@dataclass(frozen=True, slots=True)
class System:
    """Something that flags a text from a score on; the pack's score is 0 or 1."""

    name: str
    what: str
    score: Score


def taught(beep: Rows, kmhas: Rows, promise: Promise) -> dict[str, Taught]:
    """Return the four models, each with the threshold from which it keeps ``promise``, if any."""
    hate = [Example(text, kind == "hate") for text, kind in zip(beep.texts, beep.kinds, strict=True)]
    any_harm = [Example(text, label) for text, label in zip(beep.texts, beep.labels, strict=True)]
    mhas = [Example(text, label) for text, label in zip(kmhas.texts, kmhas.labels, strict=True)]
    wanted = {"beep_hate": hate, "beep_any": any_harm, "kmhas": mhas, "both": [*any_harm, *mhas]}
    found: dict[str, Taught] = {}
    for name, examples in wanted.items():
        began = time.perf_counter()
        found[name] = teach(name, examples, promise=promise)
        print(f"{name}: learned in {time.perf_counter() - began:.1f} s", file=sys.stderr)
    return found


def systems(models: dict[str, Taught]) -> list[System]:
    """Return everything that is measured."""
    pack = _pack()
    score = {name: each.model.scores for name, each in models.items()}
    return [
        System("pack", f"the pack `{PACK}` alone", pack),
        System("beep_hate", "BEEP!, hate against the rest", score["beep_hate"]),
        System("beep_any", "BEEP!, hate or offensive against none", score["beep_any"]),
        System("kmhas", "K-MHaS, any label against none", score["kmhas"]),
        System(
            "either", "`beep_any` or `kmhas`, the higher score", _highest(score["beep_any"], score["kmhas"])
        ),
        System("both", "one model learned from both", score["both"]),
        System("pack or kmhas", "the pack or the model `kmhas`", _highest(pack, score["kmhas"])),
    ]


def _highest(one: Score, other: Score) -> Score:
    return lambda texts: np.maximum(one(texts), other(texts))


def _pack() -> Score:
    """Return 1 for texts of which a rule asks for a person or for an action."""
    pack = compile_pack(load_pack(PACKS / PACK))
    screeners = pack.screeners()
    kept: dict[tuple[str, ...], Scores] = {}

    def flagged(batch: Sequence[str]) -> list[bool]:
        items = [PlainItem(text=text) for text in batch]
        signals = screen_all(screeners, items, _NO_DEADLINE, time.monotonic)
        facts = [build_facts(item, own, pack) for item, own in zip(items, signals, strict=True)]
        verdicts = pack.evaluate(facts)
        return [any(rule.ceiling is not Level.SHADOW for rule in each.matched) for each in verdicts]

    def score(texts: Sequence[str]) -> Scores:
        key = tuple(texts)
        if key not in kept:
            found: list[bool] = []
            for begin in range(0, len(texts), _BATCH):
                found.extend(flagged(texts[begin : begin + _BATCH]))
            kept[key] = np.array(found, dtype=np.float64)
        return kept[key]

    return score
