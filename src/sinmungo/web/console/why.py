"""Why a case stands where it stands, said in sentences, with a bar as long as its points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sinmungo.apps.review.priority import Part
from sinmungo.apps.screening import queries_banks
from sinmungo.web.console import words

#: The longest bar, in the units of its drawing.
BAR = 72
_MATCH = f"{queries_banks.SOURCE}."


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a case's place, as read: what it is called, what was seen, its points and its bar."""

    label: str
    value: str
    points: str
    bar: int
    is_against: bool


def reasons(parts: Sequence[Part]) -> tuple[Reason, ...]:
    """Return the parts of a priority as read, the weightiest first."""
    ordered = sorted(parts, key=lambda part: -abs(part.points))
    longest = max((abs(part.points) for part in parts), default=0.0) or 1.0
    return tuple(
        Reason(
            label=str(words.PARTS.get(part.label, part.label)),
            value=said(part),
            points=f"{part.points:+.1f}",
            bar=round(BAR * abs(part.points) / longest),
            is_against=part.points < 0,
        )
        for part in ordered
    )


def said(part: Part) -> str:
    """Return one part as a sentence; one that nobody knows is told as it is stored."""
    say = _SENTENCES.get(part.label)
    return say(part) if say is not None else part.value


def _severity(part: Part) -> str:
    return str(words.GRAVITY[part.value]) if part.value in words.GRAVITY else part.value


def _queue(_part: Part) -> str:
    return _("Whatever waits in this queue has these points.")


def _signal(part: Part) -> str:
    name, _gap, score = part.value.rpartition(" ")
    if name.startswith(_MATCH):  # which bank it is, not everybody may know
        return _("It matches a picture, clip or text that a bank knows (%(score)s of 1).") % {"score": score}
    return _("“%(name)s” found it (%(score)s of 1).") % {"name": name, "score": score}


def _rule(part: Part) -> str:
    return _("A rule asks for it to come sooner.") if part.points > 0 else _("A rule says that it can wait.")


def _judge(part: Part) -> str:
    name, _gap, score = part.value.rpartition(" ")
    told = _("A model thinks that it breaks “%(policy)s” (%(score)s of 1). A hint that proves nothing.")
    return told % {"policy": name, "score": score}


def _reach(part: Part) -> str:
    views = _number(part.value)
    return ngettext("Seen %(n)s time so far.", "Seen %(n)s times so far.", views) % {"n": f"{views:,}"}


def _speed(part: Part) -> str:
    facts = {"n": f"{_number(part.value):,}", "hours": f"{part.facts.get('doubles_in', 0.0):g}"}
    if "doubles_in" in part.facts:
        return _("%(n)s views an hour, doubling every %(hours)s hours.") % facts
    return _("%(n)s views an hour.") % facts


def _reports(part: Part) -> str:
    groups = _number(part.value.partition(" ")[0])
    reports = int(part.facts.get("reports", groups))
    told = ngettext("%(n)d report", "%(n)d reports", reports) % {"n": reports}
    if groups < reports:
        told = ngettext(
            "%(told)s, which count as %(n)d because they act as one",
            "%(told)s, which count as %(n)d because some act as one",
            groups,
        ) % {"told": told, "n": groups}
    return f"{told}. {record(int(part.facts.get('right', 0)), int(part.facts.get('answered', 0)))}"


def record(right: int, answered: int) -> str:
    """Return how earlier reports of the same people ended, and how many that rests on."""
    if not answered:
        return _("These people have no answered report behind them.")
    return ngettext(
        "%(right)d of %(n)d earlier report of theirs was right.",
        "%(right)d of %(n)d earlier reports of theirs were right.",
        answered,
    ) % {"right": right, "n": answered}


def _urgent(_part: Part) -> str:
    return _("An answer given here makes it urgent.")


def _waiting(part: Part) -> str:
    hours = float(part.value)
    if hours < 1:
        return _("Waiting for less than an hour.")
    return ngettext("Waiting for %(n)d hour.", "Waiting for %(n)d hours.", int(hours)) % {"n": int(hours)}


def _number(text: str) -> int:
    return int(float(text)) if text.replace(".", "", 1).isdecimal() else 0


_SENTENCES: Mapping[str, Callable[[Part], str]] = {
    "severity": _severity,
    "queue": _queue,
    "signal": _signal,
    "rule": _rule,
    "judge": _judge,
    "reach": _reach,
    "speed": _speed,
    "reports": _reports,
    "urgent": _urgent,
    "waiting": _waiting,
}
