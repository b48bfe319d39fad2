"""The tables of ``docs/explanation/breaker-measured.md``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bench.breaker_parts import published
from bench.breaker_parts.published import AUDITS, Pair
from bench.breaker_parts.results import Measured, calm, covered, pair, reach, results
from bench.quality_parts.figures import table

UNFLATTERING = {
    "to_90_5": "precision falls to .90 only, 5 audits an hour",
    "quiet": "20 acts an hour, 10 of them audited",
    "quiet_held": "the same, holding",
    "quiet_all": "20 acts an hour, all audited",
    "office": "people audit in office hours only, acts go on at night",
    "office_held": "the same, and acts wait for them",
    "error": "auditors call 1 right act in 10 wrong, and it is known",
    "error_held": "the same, holding",
}
CALM = {
    "quiet_calm": "20 acts an hour, 10 of them audited",
    "quiet_held_calm": "the same, holding",
    "quiet_all_calm": "20 acts an hour, all audited",
    "office_calm": "office hours, acts go on at night",
    "office_held_calm": "office hours, acts wait",
    "error_calm": "auditors err in 1 of 10, known",
    "error_unknown_calm": "auditors err in 1 of 10, and nobody knows",
    **{f"calm_{audits}": f"{audits} audits an hour, holding" for audits in AUDITS},
    **{f"edge_{audits}": f"exactly .95 right, {audits} audits an hour, holding" for audits in (5, 50)},
    **{f"cv_{cv}": f"hourly traffic varies by {cv} of its mean" for cv in ("0.1", "0.2", "0.3")},
    "campaign": "five times as many appeals for 48 hours",
}


def tables(found: Measured, runs: int) -> dict[str, str]:
    """Return every table and figure of the page by its name."""
    return {
        "runs": str(runs),
        "waves": table(("audits an hour", *map(str, AUDITS)), _waves(found), words=1),
        "milder": table(("precision falls to", "5", "20", "50"), _milder(found)),
        "onset": table(("audits an hour", *map(str, AUDITS)), _onset(found)),
        "unflattering": table(
            ("", "wrong acts", "hours", "not stopped within a month"), _unflattering(found)
        ),
        "calm": table(
            (
                "a month without failure",
                "months",
                "false alarms",
                "bursts",
                "reviews",
                "hours held",
                "falls to assist",
            ),
            _calm(found),
        ),
        "missed": _missed(found, runs),
    }


def _waves(found: Measured) -> Iterator[list[str]]:
    rows = (
        ("**stopped after**, S1", "s1_{}", published.S1),
        ("and holding", "s1_{}_held", published.S1_HELD),
        ("S2, a surge", "s2_{}", dict.fromkeys(AUDITS, published.S2)),
        ("S2, holding", "s2_{}_held", dict.fromkeys(AUDITS, published.S2_HELD)),
        ("audits alone (plain e-SR), S1", "plain_{}", published.PLAIN),
        ("ADWIN as it comes, S1", "adwin_{}", published.ADWIN),
        ("ADWIN tuned (.05, clock 1), S1", "adwin_tuned_{}", published.ADWIN_TUNED),
    )
    for name, cell, known in rows:
        yield [
            name,
            *(_beside(pair(found[cell.format(audits)], "wrong"), known[audits]) for audits in AUDITS),
        ]
    yield [
        "20 % overturned, looked at daily, S1",
        _beside(pair(found["daily"], "wrong"), published.DAILY),
        "",
        "",
        "",
    ]


def _milder(found: Measured) -> Iterator[list[str]]:
    for fall, known in ((80, published.TO_80), (90, published.TO_90)):
        cells = [pair(found[f"to_{fall}_{audits}"], "hours") for audits in known]
        told = [
            f"{one:.1f} / {two:.1f} h ({a:g} / {b:g})"
            for (one, two), (a, b) in zip(cells, known.values(), strict=True)
        ]
        yield [f".{fall}", *told]


def _onset(found: Measured) -> Iterator[list[str]]:
    yield ["falls to .40", *(_window([*found[f"s1_{n}"], *found[f"s1_{n}_held"]]) for n in AUDITS)]
    for fall in (80, 90):
        yield [f"falls to .{fall}", *(_window(found[f"to_{fall}_{n}"]) for n in AUDITS)]


def _window(rows: Sequence[Any]) -> str:
    median, most = reach(rows)
    return f"{covered(rows):.0%} ({median:.1f} / {most:.1f} h)"


def _unflattering(found: Measured) -> Iterator[list[str]]:
    for cell, name in UNFLATTERING.items():
        rows = found[cell]
        wrong, hours = pair(rows, "wrong"), pair(rows, "hours")
        missed = sum(not row.stopped for row in rows)
        yield [
            name,
            f"{wrong[0]:,.0f} / {wrong[1]:,.0f}",
            f"{hours[0]:.1f} / {hours[1]:.1f}",
            f"{missed} of {len(rows)}",
        ]


def _calm(found: Measured) -> Iterator[list[str]]:
    for cell, name in CALM.items():
        told = calm(found[cell])
        yield [
            name,
            str(told.months),
            f"{told.false_alarms_per_month or 0.0:.3g}",
            f"{told.bursts_per_month or 0.0:.1f}",
            f"{told.extra_audits_per_month or 0.0:.0f}",
            f"{told.hours_held_per_month or 0.0:.1f}",
            f"{told.lapses_per_month or 0.0:.1f}",
        ]


def _missed(found: Measured, runs: int) -> str:
    missed: list[dict[str, Any]] = [each for each in results(found, runs) if each["met"] is False]
    if not missed:
        return "None was missed in this run.\n"
    lines = [
        f"- `{each['name']}`: {each['value']:g} {each['unit']}, wanted {each['target']:g}" for each in missed
    ]
    return "\n".join(lines) + "\n"


def _beside(ours: Pair, known: Pair) -> str:
    return f"{ours[0]:,.0f} / {ours[1]:,.0f} ({known[0]:,.0f} / {known[1]:,.0f})"
