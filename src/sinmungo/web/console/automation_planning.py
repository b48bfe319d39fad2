"""What another target, more audits or a worse rule would mean, by the formulas that decide; sets nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from sinmungo.apps.autonomy.queries import histories
from sinmungo.apps.autonomy.queries.histories import Standing
from sinmungo.core.trust import planner
from sinmungo.core.trust.breaker import Settings
from sinmungo.web.console import automation_plots as plots
from sinmungo.web.console import automation_words as named
from sinmungo.web.console.automation_plots import Decades, Plot

#: What is assumed where nothing was measured yet: B6 asks for ten audits an hour.
AUDITS_AN_HOUR, ACTS_AN_HOUR, PRECISION, AFTER_FALL = 10.0, 100.0, 0.98, 0.40
#: Fewer labels than this say too little of how right it is.
LEAST_LABELS = 30
LOW, HIGH, STEPS = 0.80, 0.995, 60
_MOST = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is assumed: precisions from 0 to 1, audits and acts an hour."""

    target: float
    true: float
    after_fall: float
    audits: float
    acts: float
    alpha: float


class _Unreadable(ValueError):
    """A field of the form is no number that can be reckoned with."""


def asked(request: HttpRequest, each: Standing, at: datetime) -> dict[str, Any]:
    """Return what the part of the page shows, for what its form asks."""
    now = _now(each, at)
    form = {name: request.GET.get(name) or shown for name, shown in _form(now).items()}
    try:
        wanted = _wanted(form, now)
    except _Unreadable:
        problem = _("Percentages lie between 50 and 99.9 (if it fails: between 0 and 99), rates above 0.")
        return {"form": form, "problem": problem}
    return {
        "form": form,
        "rows": [(*ours, theirs) for ours, (_name, theirs) in zip(_rows(now), _rows(wanted), strict=True)],
        "earning": _earning(wanted),
        "stopping": _stopping(wanted),
    }


def _now(each: Standing, at: datetime) -> Asked:
    own, state = each.automation, each.state
    measured = state is not None and state.labels >= LEAST_LABELS
    true = 1 - state.wrong / state.labels if measured and state is not None else PRECISION
    return Asked(
        target=own.target,
        true=min(max(true, 0.501), 0.999),
        after_fall=AFTER_FALL,
        audits=each.per_hour or AUDITS_AN_HOUR,
        acts=histories.acts_per_hour([own.pk], at=at).get(own.pk, ACTS_AN_HOUR),
        alpha=own.alpha,
    )


def _form(now: Asked) -> dict[str, str]:
    return {
        "target": f"{now.target * 100:g}",
        "true": f"{now.true * 100:.4g}",
        "after_fall": f"{now.after_fall * 100:g}",
        "audits": f"{now.audits:.3g}",
        "acts": f"{now.acts:.3g}",
    }


def _wanted(form: dict[str, str], now: Asked) -> Asked:
    return Asked(
        target=_number(form["target"], 50.1, 99.9) / 100,
        true=_number(form["true"], 50.1, 99.9) / 100,
        after_fall=_number(form["after_fall"], 0.0, 99.0) / 100,
        audits=_number(form["audits"], 0.1, _MOST),
        acts=_number(form["acts"], 0.1, _MOST),
        alpha=now.alpha,
    )


def _number(text: str, least: float, most: float) -> float:
    try:
        value = float(text.replace(",", ""))
    except ValueError as error:
        raise _Unreadable from error
    if not least <= value <= most:
        raise _Unreadable
    return value


def _rows(each: Asked) -> list[tuple[str, str]]:
    """Return the figures of one set of assumptions."""
    null = Settings(target=each.target).null
    wrong = 1 - each.after_fall
    earn = planner.audits_to_earn(precision=each.true, target=each.target, alpha=each.alpha)
    trip = planner.labels_to_trip(audits_per_hour=each.audits, wrong_after=wrong, null=null)
    stop = planner.hours_to_trip(audits_per_hour=each.audits, wrong_after=wrong, null=null)
    return [
        (_("The bound it must reach"), named.share(each.target)),
        (_("Random audits until it has shown that, at least"), _count(earn)),
        (_("Time until then"), _time(earn / each.audits)),
        (_("Audits from a failure until it trips"), _count(trip)),
        (_("Time from a failure until it is stopped"), _time(stop)),
        (_("Wrong acts until then"), _count(_wronged(each, each.target))),
    ]


def _wronged(each: Asked, target: float) -> float:
    return planner.wrong_until_trip(
        acts_per_hour=each.acts,
        audits_per_hour=each.audits,
        wrong_after=1 - each.after_fall,
        null=Settings(target=target).null,
    )


def _count(value: float) -> str:
    return named.count(value) if math.isfinite(value) else _("never")


def _time(hours: float) -> str:
    return named.hours(hours) if math.isfinite(hours) else _("never")


def _earning(each: Asked) -> Plot:
    title = _("Audits to earn it, by target")
    points = [
        (target, planner.audits_to_earn(precision=each.true, target=target, alpha=each.alpha))
        for target in _targets()
    ]
    finite = [(target, value) for target, value in points if math.isfinite(value)]
    told = _(
        "for a precision of %(share)s, at least; half need 1.1 to 1.4 times as many, one in twenty 3.5 times"
    )
    return _plot(title, finite, each, told % {"share": named.share(each.true)})


def _stopping(each: Asked) -> Plot:
    title = _("Wrong acts until it is stopped, by target")
    points = [(target, _wronged(each, target)) for target in _targets()]
    finite = [(target, value) for target, value in points if math.isfinite(value)]
    told = _("if its precision falls to %(share)s at %(acts)s acts and %(audits)s audits an hour") % {
        "share": named.share(each.after_fall),
        "acts": named.count(each.acts),
        "audits": named.count(each.audits),
    }
    return _plot(title, finite, each, told)


def _targets() -> list[float]:
    return [LOW + (HIGH - LOW) * step / STEPS for step in range(STEPS + 1)]


def _plot(title: str, points: list[tuple[float, float]], each: Asked, told: str) -> Plot:
    if len(points) < 2:
        return Plot(title, None, empty=_("Not at any target that is drawn here."))
    most = max(math.ceil(math.log10(max(value for _x, value in points))), 2)
    scale = Decades(max(most - 4, 0), most)
    inside = each.target if points[0][0] <= each.target <= points[-1][0] else None
    return Plot(
        title=title,
        drawing=plots.curve(points, scale=scale, chosen=inside, title=title, told=told),
        scale=scale.labels,
        ticks=(named.share(points[0][0]), named.share(points[-1][0])),
        columns=(_("Target"), title),
        table=tuple((named.share(x), named.count(value)) for x, value in points[::6]),
        notes=(told, _("The upright line is the target asked for."))[: 1 + (inside is not None)],
    )
