"""The sections of ``docs/explanation/screening-quality.md`` that hold figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bench.quality_parts.data import Rows
from bench.quality_parts.figures import counted, in_ten_thousand, table
from bench.quality_parts.measured import Measured, scored
from bench.quality_parts.systems import System
from sinmungo.cli.learn_report import shown
from sinmungo.core.learning.measure import NOBODY
from sinmungo.core.learning.model import HALF

CURVE = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99)
#: The systems of the English sets.
SHOWN = ("pack", "kmhas", "pack or kmhas")
CELLS = {
    "S": "sexual",
    "H": "hate",
    "V": "violence",
    "HR": "harassment",
    "SH": "self-harm",
    "S3": "sexual, minors",
    "H2": "hate, threatening",
    "V2": "violence, graphic",
}


def systems(measured: Measured) -> str:
    """Return what is measured, and from which score each flags."""
    rows = [(f"`{each.name}`", each.what, f"{measured.thresholds[each.name]:g}") for each in measured.systems]
    return table(("name", "what flags", "from this score"), rows, words=2)


def false_alarms(measured: Measured) -> str:
    """Return false alarms on benign lines beside recall at the same threshold."""
    head = ["", *(f"{rows.name}: of {len(rows.texts):,}" for rows in measured.benign)]
    head += [f"{rows.name}: of {sum(rows.labels):,}" for rows in measured.harm]
    return table(head, (_alarms(measured, each) for each in measured.systems))


def _alarms(measured: Measured, system: System) -> list[str]:
    threshold = measured.thresholds[system.name]
    cells = [f"`{system.name}`"]
    for rows in measured.benign:
        cells.append(in_ten_thousand(*scored(system, rows).flagged(threshold, wanted=False)))
    for rows in measured.harm:
        cells.append(counted(*scored(system, rows).flagged(threshold, wanted=True)))
    return cells


def recalls(measured: Measured, name: str) -> dict[str, float]:
    """Return the recall of a system on each set of harm at its threshold."""
    system = next(each for each in measured.systems if each.name == name)
    found = {}
    for rows in measured.harm:
        count, of = scored(system, rows).flagged(measured.thresholds[name], wanted=True)
        found[rows.name] = count / of
    return found


def curve(measured: Measured, name: str) -> str:
    """Return false alarms and recall of one system at every score."""
    system = next(each for each in measured.systems if each.name == name)
    head = ["from", *(f"{rows.name}, in 10,000" for rows in measured.benign)]
    head += [rows.name for rows in measured.harm]
    found = [scored(system, rows) for rows in (*measured.benign, *measured.harm)]
    lines = []
    for threshold in CURVE:
        benign = [in_ten_thousand(*each.flagged(threshold, wanted=False)) for each in found[:2]]
        harm = [counted(*each.flagged(threshold, wanted=True)) for each in found[2:]]
        lines.append([f"{threshold:g}", *benign, *harm])
    return table(head, lines)


def held_out(measured: Measured) -> str:
    """Return each model on the part it has not seen."""
    head = ("model", "learned from", "held out", "precision", "recall", "F1", "macro F1", "Brier", "ECE")
    return table(head, _held_out(measured))


def _held_out(measured: Measured) -> Iterator[list[str]]:
    for name, taught in measured.models.items():
        report, trained = taught.model.card.report, taught.model.card.trained_on
        half, calibration = report["at_half"], report["calibration"]
        yield [
            f"`{name}`",
            f"{trained.train:,} + {trained.calibration:,}",
            f"{trained.held_out:,}",
            *(shown(half[key]) for key in ("precision", "recall", "f1")),
            f"{half['macro_f1']:.3f}",
            f"{calibration['brier']:.3f}",
            f"{calibration['expected_error']:.3f}",
        ]


def promises(measured: Measured) -> str:
    """Return from which score each model keeps which precision."""
    lines = []
    for name in measured.models:
        cells = [f"`{name}`"]
        for models in measured.promised.values():
            report = models[name].model.card.report
            at = report["at_threshold"]
            cells.append(
                f"{report['threshold']:g}: {shown(at['precision'])}, {shown(at['recall'])}" if at else "none"
            )
        lines.append(cells)
    return table(("model", *(f"{precision:.2f}" for precision in measured.promised)), lines)


def calibration(measured: Measured) -> str:
    """Return for each tenth of the scores what share of the held-out rows has the label."""
    names = list(measured.models)
    lines = []
    for place in range(10):
        cells = [f"{place / 10:.1f}–{(place + 1) / 10:.1f}"]
        for name in names:
            each = measured.models[name].model.card.report["calibration"]["bins"][place]
            said = f"{each['mean_score']:.2f}" if each["rows"] else "–"
            cells.append(f"{said}: {counted(each['positive'], each['rows'])}")
        lines.append(cells)
    return table(["score", *(f"`{name}`" for name in names)], lines)


def by_source(measured: Measured) -> str:
    """Return precision and recall at .5 and at the threshold on sets that nothing was learned from."""
    head = ["", "from"]
    for rows in measured.harm[1:]:
        head += [f"{rows.name}: precision", "recall"]
    lines = []
    for system in measured.systems:
        half = {HALF} if system.name != "pack" else set()
        for threshold in sorted(half | {measured.thresholds[system.name]}):
            lines.append(_by_source(measured.harm[1:], system, threshold))
    return table(head, lines)


def _by_source(sets: Sequence[Rows], system: System, threshold: float) -> list[str]:
    cells = [f"`{system.name}`", f"{threshold:g}"]
    for rows in sets:
        found = scored(system, rows)
        right, wrong = found.flagged(threshold, wanted=True), found.flagged(threshold, wanted=False)
        cells += [counted(right[0], right[0] + wrong[0]), counted(*right)]
    return cells


def hatecheck(measured: Measured) -> str:
    """Return what share of each functional test is flagged, by the pack and by what is learned."""
    chosen = [each for each in measured.systems if each.name in SHOWN]
    rows = measured.hatecheck
    lines = []
    for kind in sorted(set(rows.kinds)):
        part = rows.where(lambda place, kind=kind: rows.kinds[place] == kind)
        wanted = part.labels[0]
        cells = [f"`{kind}`", "flag" if wanted else "leave", str(len(part.texts))]
        for system in chosen:
            flagged = scored(system, part).flagged(measured.thresholds[system.name], wanted=wanted)
            cells.append(counted(*flagged))
        lines.append(cells)
    head = ("functional test", "ought to", "texts", *(f"flagged by `{each.name}`" for each in chosen))
    return table(head, lines, words=2)


def moderation(measured: Measured) -> str:
    """Return what share of each labelled cell is flagged."""
    chosen = [each for each in measured.systems if each.name in SHOWN]
    lines = []
    for cell, rows in measured.moderation.items():
        for wanted in (True, False):
            if wanted not in rows.labels:
                continue
            cells = [f"{cell} ({CELLS[cell]})", "1" if wanted else "0", str(rows.labels.count(wanted))]
            for system in chosen:
                flagged = scored(system, rows).flagged(measured.thresholds[system.name], wanted=wanted)
                cells.append(counted(*flagged))
            lines.append(cells)
    head = ("cell", "label", "texts", *(f"flagged by `{each.name}`" for each in chosen))
    return table(head, lines, words=2)


def parity(measured: Measured, names: Sequence[str]) -> str:
    """Return false positives and recall on held-out texts that name groups of people, at .5."""
    found = {name: measured.models[name].model.card.report["parity"] for name in names}
    groups = list(found[names[0]]["groups"])
    lines = []
    for group in groups:
        cells = [group]
        for name in names:
            each = found[name]["groups"].get(group)
            cells += [shown(each["false_positives"]), shown(each["recall"])] if each else ["–", "–"]
        lines.append(cells)
    head = ["texts that name"]
    for name in names:
        head += [f"`{name}` from {found[name]['threshold']:g}: false positives", "recall"]
    return table(head, lines)


def harsher(measured: Measured) -> str:
    """Name the groups whose false positives lie, with their interval, above those where nobody is named."""
    found = []
    for name, taught in measured.models.items():
        groups = taught.model.card.report["parity"]["groups"]
        most = groups[NOBODY]["false_positives"][2]
        for group, each in groups.items():
            share = each["false_positives"]
            if share and share[1] > most:
                found.append(f"{group} (`{name}`, {shown(share)})")
    return "; ".join(found) or "none"


def benign_parity(measured: Measured, name: str) -> str:
    """Return false alarms of a model on clean HateScore rows by where they come from."""
    system = next(each for each in measured.systems if each.name == name)
    rows = measured.benign[0]
    lines = []
    for kind in sorted(set(rows.kinds)):
        part: Rows = rows.where(lambda place, kind=kind: rows.kinds[place] == kind)
        found = scored(system, part)
        cells = [kind, str(len(part.texts))]
        for threshold in (0.5, 0.9, measured.thresholds[name]):
            cells.append(in_ten_thousand(*found.flagged(threshold, wanted=False)))
        lines.append(cells)
    return table(("clean rows from", "rows", "from .5", "from .9", "from the threshold"), lines)


def three_way(measured: Measured) -> tuple[float, float, float, int]:
    """Return the macro F1 of hate, offensive and none by two models, its interval, and the rows.

    Only rows that neither model has seen. Hate if the one holds it for likelier than not, else offensive or
    none by the other. The interval is that of 2,000 resamples.
    """
    hate, any_harm = measured.models["beep_hate"], measured.models["beep_any"]
    first = dict(zip(hate.held_out.texts, hate.held_out.scores, strict=True))
    second = dict(zip(any_harm.held_out.texts, any_harm.held_out.scores, strict=True))
    kinds = dict(zip(measured.beep.texts, measured.beep.kinds, strict=True))
    texts = sorted(set(first) & set(second))
    names = ["none", "offensive", "hate"]
    truth = np.array([names.index(kinds[text]) for text in texts])
    said = np.array([2 if first[text] >= 0.5 else int(second[text] >= 0.5) for text in texts])
    drawn = np.random.default_rng(1)
    again = []
    for _ in range(2_000):
        rows = drawn.integers(0, len(texts), len(texts))
        again.append(_macro_f1(truth[rows], said[rows]))
    low, high = np.percentile(again, [2.5, 97.5])
    return _macro_f1(truth, said), float(low), float(high), len(texts)


def _macro_f1(truth: np.ndarray, said: np.ndarray) -> float:
    scores = []
    for name in range(3):
        right = int(((truth == name) & (said == name)).sum())
        wrong = int(((truth == name) != (said == name)).sum())
        scores.append(2 * right / max(2 * right + wrong, 1))
    return float(np.mean(scores))
