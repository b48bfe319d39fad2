"""Learned models in ``sinmungo screen``: loading them, and what each does at the threshold it promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.values import PlainSignal
from sinmungo.core.learning import BadModel, LearnedModel, LearnedScreener, read_model
from sinmungo.core.learning.format import MAX_FILE
from sinmungo.core.learning.measure import Confusion
from sinmungo.core.learning.model import HALF


class CannotLoad(Refused):
    """A file that holds no model, or two files of one name."""

    code = "screen.cannot_load_model"
    message = "{path}: {reason}"


@dataclass(slots=True)
class ModelCount:
    """What a model says of the items: ``threshold`` is the promised one, or likelier than not without any."""

    threshold: float
    is_promised: bool
    flagged: int = 0
    by_label: dict[str, int] = field(default_factory=dict)


def load_models(paths: Sequence[Path]) -> list[LearnedModel]:
    """Return the models in files; raises CannotLoad, naming the file."""
    models: dict[str, LearnedModel] = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                model = read_model(file.read(MAX_FILE + 1))
        except OSError as error:
            raise CannotLoad(path=path, reason=error.strerror or "it cannot be read") from error
        except BadModel as error:
            raise CannotLoad(path=path, reason=error.detail) from error
        if model.name in models:
            raise CannotLoad(path=path, reason=f"another file has the name {model.name} too")
        models[model.name] = model
    return list(models.values())


def counts_of(models: Sequence[LearnedModel]) -> dict[str, ModelCount]:
    """Return a count of nothing yet for each model."""
    return {
        model.name: ModelCount(
            HALF if model.threshold is None else model.threshold, model.threshold is not None
        )
        for model in models
    }


def count_item(counts: Mapping[str, ModelCount], signals: Sequence[PlainSignal], label: str) -> None:
    """Count an item under each model whose threshold it reaches."""
    for signal in signals:
        if signal.source != LearnedScreener.name or signal.name not in counts:
            continue
        count = counts[signal.name]
        if signal.score >= count.threshold:
            count.flagged += 1
            count.by_label[label] = count.by_label.get(label, 0) + 1


def told(
    counts: Mapping[str, ModelCount], items: Mapping[str, int], positive: frozenset[str]
) -> dict[str, dict[str, Any]]:
    """Return what each model did, JSON-safe; compared with the labels when ``positive`` ones are named.

    ``items`` says how many items each label has.
    """
    document: dict[str, dict[str, Any]] = {}
    for name, count in counts.items():
        document[name] = {
            "threshold": count.threshold,
            "promised": count.is_promised,
            "flagged": count.flagged,
        }
        if positive:
            document[name] |= _compared(count, items, positive)
    return document


def _compared(count: ModelCount, items: Mapping[str, int], positive: frozenset[str]) -> dict[str, Any]:
    rightly = sum(flagged for label, flagged in count.by_label.items() if label in positive)
    wrongly = sum(flagged for label, flagged in count.by_label.items() if label not in positive and label)
    wanted = sum(each for label, each in items.items() if label in positive)
    others = sum(each for label, each in items.items() if label not in positive)
    found = Confusion(rightly, wrongly, wanted - rightly, others - wrongly)
    return {
        "flagged_rightly": rightly,
        "flagged_wrongly": wrongly,
        "precision": round(rightly / found.flagged, 4) if found.flagged else None,
        "recall": round(rightly / found.positive, 4) if found.positive else None,
    }
