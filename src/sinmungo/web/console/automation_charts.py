"""An automation over time, drawn: its bound, its detector, how much was looked at, how much it did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sinmungo.apps.autonomy.queries import histories
from sinmungo.apps.autonomy.queries.histories import Course, Hour, Standing
from sinmungo.core.trust.breaker import Settings
from sinmungo.core.trust.levels import LEAST_LABELS_PER_HOUR
from sinmungo.web.console import automation_plots as plots
from sinmungo.web.console import automation_words as named
from sinmungo.web.console import charts
from sinmungo.web.console.automation_plots import Decades, Even, Plot

HOURS = 48
#: The detector's axis: from a ten-thousandth to a thousand.
DETECTOR = Decades(-4, 3)
#: Lines of a table; of more, every so many.
MOST_LINES = 60


def all_of(each: Standing, at: datetime) -> dict[str, Plot]:
    """Return the four plots of an automation's page."""
    zone = ZoneInfo(each.automation.platform.time_zone)
    found = histories.course(each.epoch, each.state) if each.epoch else Course()
    began = each.epoch.began_at if each.epoch else at
    hours = histories.hours(each.automation, at=at, count=HOURS)
    return {
        "bound": bound(found, target=each.automation.target, began=began, until=at, zone=zone),
        "detector": detector(found, target=each.automation.target, began=began, until=at, zone=zone),
        "audits": audits(hours, zone),
        "acts": acts(hours, zone),
    }


def bound(found: Course, *, target: float, began: datetime, until: datetime, zone: ZoneInfo) -> Plot:
    """Return the lower bound on precision over the epoch, with the precision that is needed."""
    title = _("Precision, at least")
    if not found.bounds:
        return _nothing(title, found)
    low = 0.5 if min(value for _at, value in found.bounds[len(found.bounds) // 2 :]) >= 0.5 else 0.0
    last = named.share(found.bounds[-1][1])
    told = _("now at least %(now)s; needed are %(target)s") % {"now": last, "target": named.share(target)}
    drawing = plots.lines(
        [("value", found.bounds)],
        scale=Even(low, 1.0),
        begins=0.0,
        ends=_hours(began, until),
        marks=[("target", target)],
        title=title,
        told=told,
    )
    return Plot(
        title=title,
        drawing=drawing,
        scale=_percents(low),
        ticks=(_moment(began, zone), _moment(until, zone)),
        legend=(
            ("value", _("the bound")),
            ("target", _("needed: %(share)s") % {"share": named.share(target)}),
        ),
        columns=(_("When"), _("At least")),
        table=tuple((_after(began, at, zone), named.share(value)) for at, value in _thin(found.bounds)),
        notes=(told,),
    )


def detector(found: Course, *, target: float, began: datetime, until: datetime, zone: ZoneInfo) -> Plot:
    """Return the detector's value over the epoch on a logarithmic axis, with where it doubts and trips."""
    title, settings = _("The detector"), Settings(target=target)
    if not found.detector:
        return _nothing(title, found)
    told = _("now %(now)s; the highest was %(most)s") % {
        "now": named.detector(found.detector[-1][1]),
        "most": named.detector(max(value for _at, value in found.detector)),
    }
    drawing = plots.lines(
        [("value", found.detector)],
        scale=DETECTOR,
        begins=0.0,
        ends=_hours(began, until),
        marks=[("soft-line", settings.soft), ("trip", settings.threshold)],
        title=title,
        told=told,
    )
    return Plot(
        title=title,
        drawing=drawing,
        scale=DETECTOR.labels,
        ticks=(_moment(began, zone), _moment(until, zone)),
        legend=(
            ("value", _("the detector's value")),
            ("soft-line", _("a burst of audits: %(value)s") % {"value": named.detector(settings.soft)}),
            ("trip", _("trips: %(value)s") % {"value": named.detector(settings.threshold)}),
        ),
        columns=(_("When"), _("Value")),
        table=tuple((_after(began, at, zone), named.detector(value)) for at, value in _thin(found.detector)),
        notes=(told, _("Each step upwards is ten times as much.")),
    )


def audits(found: Sequence[Hour], zone: ZoneInfo) -> Plot:
    """Return the audits answered in each hour, with how many it takes to act alone."""
    total = sum(hour.answered for hour in found)
    title = _("Audits an hour, the last %(n)d hours") % {"n": len(found)}
    if not total:
        return Plot(title, None, empty=_("Nobody has answered an audit of it in this time."))
    told = ngettext("%(n)d audit was answered", "%(n)d audits were answered", total) % {"n": total}
    most = max(hour.answered for hour in found)
    return Plot(
        title=title,
        drawing=plots.bars(
            [hour.answered for hour in found], mark=LEAST_LABELS_PER_HOUR, title=title, told=told
        ),
        scale=(f"{max(most, LEAST_LABELS_PER_HOUR):g}", "0"),
        ticks=(_moment(found[0].begins, zone), _moment(found[-1].begins, zone)),
        legend=(("least", _("needed to act alone: %(n)d, or all") % {"n": int(LEAST_LABELS_PER_HOUR)}),),
        columns=(_("Hour"), _("Audits")),
        table=tuple((_moment(hour.begins, zone), str(hour.answered)) for hour in found if hour.answered),
        notes=(told,),
    )


def acts(found: Sequence[Hour], zone: ZoneInfo) -> Plot:
    """Return what the rule wanted and what was done alone, in each hour."""
    wanted, done = sum(hour.wanted for hour in found), sum(hour.acted for hour in found)
    title = _("Wanted and done alone, the last %(n)d hours") % {"n": len(found)}
    if not wanted and not done:
        return Plot(title, None, empty=_("The rule matched nothing in this time."))
    told = _("the rule wanted %(wanted)s acts; %(done)s were done alone")
    told %= {"wanted": f"{wanted:,}", "done": f"{done:,}"}
    most = max(max(hour.wanted, hour.acted) for hour in found)
    pairs = [(hour.wanted, hour.acted) for hour in found]
    return Plot(
        title=title,
        drawing=charts.paired(pairs, title=title, told=told),
        scale=(f"{most:,}", "0"),
        ticks=(_moment(found[0].begins, zone), _moment(found[-1].begins, zone)),
        legend=(("came", _("wanted")), ("done", _("done alone"))),
        columns=(_("Hour"), _("Wanted"), _("Done alone")),
        table=tuple(
            (_moment(hour.begins, zone), f"{hour.wanted:,}", f"{hour.acted:,}")
            for hour in found
            if hour.wanted or hour.acted
        ),
        notes=(told,),
    )


def _nothing(title: str, found: Course) -> Plot:
    if found.is_too_long:
        told = _("The log holds more than %(n)s labels, which is too long to be drawn here.")
        return Plot(title, None, empty=told % {"n": f"{histories.MOST_WALKED:,}"})
    return Plot(title, None, empty=_("Nothing of this epoch was looked at yet."))


def _percents(low: float) -> tuple[str, ...]:
    steps = 5
    return tuple(f"{1 - (1 - low) * step / steps:.0%}".replace("%", " %") for step in range(steps + 1))


def _hours(began: datetime, until: datetime) -> float:
    return max((until - began).total_seconds() / 3600, 1e-9)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.month}/{local.day} {local:%H:%M}"


def _after(began: datetime, hours: float, zone: ZoneInfo) -> str:
    return _moment(began + timedelta(hours=hours), zone)


def _thin(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    every = -(-len(points) // MOST_LINES) or 1
    return [*points[:-1:every], points[-1]]
