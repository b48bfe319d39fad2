"""Teach a model: parts without near-duplicates, weights, a calibration, a promise kept, a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sinmungo.cli.learn_report import Promise, document
from sinmungo.cli.learn_rows import Example
from sinmungo.core.kernel.errors import Refused
from sinmungo.core.learning import Card, LearnedModel, Parts, TrainedOn, fit, read_model, split, write_model
from sinmungo.core.learning.language import learned_languages
from sinmungo.core.learning.measure import confusion
from sinmungo.core.learning.train import enough
from sinmungo.core.matching import near
from sinmungo.core.text.normalise import normalise
from sinmungo.core.trust.threshold import Flagged, last_kept, order_of_tests

#: The same rows give the same model.
SEED = 20_260_701
#: Rows of either class that each part needs; 50 in all give about eight to the smallest.
MIN_IN_A_PART = 5


class TooAlike(Refused):
    """So many rows are nearly the same, or of so few authors, that the parts cannot be filled."""

    code = "learn.too_alike"
    message = (
        "The {rows} rows are too much alike: nearly the same texts and those of one author count together,"
        " and then there are {groups}. Each part that is learned from or measured needs at least {least} of"
        " either."
    )


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The part that was neither learned from nor calibrated on."""

    texts: tuple[str, ...]
    scores: NDArray[np.float64]
    labels: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Taught:
    """A model with the bytes of its file, and what it was measured on."""

    model: LearnedModel
    content: bytes
    held_out: HeldOut


def teach(
    name: str,
    examples: Sequence[Example],
    *,
    promise: Promise,
    seed: int = SEED,
    tell: Callable[[str], None] = lambda _: None,
) -> Taught:
    """Return a model learned from labelled rows; ``tell`` is told what is being done.

    Rows of one author or of nearly the same text are in one part. Raises TooLittle, TooAlike, ExtraMissing,
    and BadModel for a name that is none.
    """
    enough([example.positive for example in examples])
    tell("looking for texts that are nearly the same")
    parts = _parts(examples, seed)
    train, calibration, held_out = (
        _columns(examples, rows) for rows in (parts.train, parts.calibration, parts.held_out)
    )
    tell("learning")
    languages = learned_languages([normalise(text).text for text in train[0]])
    card = Card(name, _trained_on(parts, examples), languages)
    model = LearnedModel(card, fit(train, calibration), version="")
    tell("measuring")
    measured = HeldOut(held_out[0], model.scores(held_out[0]), np.array(held_out[1], dtype=np.bool_))
    kept = _kept(model.scores(calibration[0]), calibration[1], measured, promise)
    report = document(
        measured.texts, measured.scores, measured.labels, promise=promise, kept=kept, left_out=parts.left_out
    )
    card = replace(card, threshold=kept.threshold if kept else None, report=report)
    content = write_model(card, model.scorer)
    return Taught(read_model(content), content, measured)


def _parts(examples: Sequence[Example], seed: int) -> Parts:
    """Return the parts of the rows; raises TooAlike unless each has enough rows that differ."""
    labels = [example.positive for example in examples]
    alike = near.groups([example.text for example in examples])
    groups = near.joined(alike, [example.author for example in examples])
    parts = split(labels, groups, seed=seed)
    for rows in (parts.train, parts.calibration, parts.held_out):
        counted = Counter(labels[row] for row in rows)
        if min(counted[True], counted[False]) < MIN_IN_A_PART:
            raise TooAlike(groups=len(set(groups)), rows=len(examples), least=MIN_IN_A_PART)
    return parts


def _trained_on(parts: Parts, examples: Sequence[Example]) -> TrainedOn:
    positive = sum(example.positive for example in examples)
    return TrainedOn(len(parts.train), len(parts.calibration), len(parts.held_out), positive)


def _columns(examples: Sequence[Example], rows: Sequence[int]) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    return tuple(examples[row].text for row in rows), tuple(examples[row].positive for row in rows)


def _kept(
    calibration: NDArray[np.float64], right: Sequence[bool], held_out: HeldOut, promise: Promise
) -> Flagged | None:
    """Return the lowest threshold that keeps the promise on the held-out part, None if none does.

    The order of the tests comes from the calibration part, so nothing held out decides it.
    """
    wrong_at_most = 1.0 - promise.precision
    order = order_of_tests(calibration.tolist(), right, rows=len(held_out.texts), wrong_at_most=wrong_at_most)
    found = [(threshold, confusion(held_out.scores, held_out.labels, threshold)) for threshold in order]
    tests = [Flagged(threshold, each.flagged, each.flagged_wrongly) for threshold, each in found]
    return last_kept(tests, wrong_at_most=wrong_at_most, risk=promise.risk)
