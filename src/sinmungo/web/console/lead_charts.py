"""The numbers of a lead's page put into words and drawings; of queues, policies and days, never of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sinmungo.apps.appeals.queries_quality import Overturned
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.models import Queue
from sinmungo.apps.review.queries_quality import (
    LEAST_DECISIONS,
    LEAST_PEOPLE,
    Agreed,
    Backlog,
    Day,
    Gold,
    Spent,
)
from sinmungo.core.trust.agreement import LEAST_UNITS, Agreement, Unknown
from sinmungo.core.trust.intervals import Share
from sinmungo.web.console import charts, words
from sinmungo.web.console.charts import Chart, Row

#: Krippendorff (2004): rely on what reaches .800, and on .667 for tentative conclusions only.
RELIABLE, TENTATIVE = 0.8, 0.667


def backlog(found: Sequence[Backlog], language: str) -> Chart:
    """Return what waits by queue and age."""
    bands = _bands()
    most = max((each.total for each in found), default=0)
    rows, table = [], []
    for each in found:
        title = queue_title(each.queue, language)
        told = ", ".join(f"{band} {count}" for band, count in zip(bands, each.ages, strict=True) if count)
        rows.append(Row(title, charts.stacked(each.ages, most, title=title, told=told), str(each.total)))
        table.append((title, *map(str, each.ages), str(each.total), str(each.late)))
    return Chart(
        title=_("What waits, by queue and age"),
        rows=tuple(rows),
        columns=(_("Queue"), *bands, _("All"), _("Late")),
        table=tuple(table),
        empty=_("Nothing waits."),
        legend=tuple((f"part-{place}", band) for place, band in enumerate(bands)),
    )


def days(found: Sequence[Day]) -> Chart:
    """Return what came and what was decided on each day."""
    came, done = sum(day.arrived for day in found), sum(day.decided for day in found)
    told = _("%(came)d came, %(done)d were decided") % {"came": came, "done": done}
    title = _("Came and decided, the last %(n)d days") % {"n": len(found)}
    drawing = charts.paired([(day.arrived, day.decided) for day in found], title=title, told=told)
    most = max((max(day.arrived, day.decided) for day in found), default=0)
    return Chart(
        title=title,
        rows=(Row("", drawing, told),) if most else (),
        columns=(_("Day"), _("Came"), _("Decided")),
        table=tuple((day.day.isoformat(), str(day.arrived), str(day.decided)) for day in found),
        empty=_("Nothing came and nothing was decided."),
        legend=(("came", _("came")), ("done", _("decided"))),
        ticks=(_day(found[0].day), _day(found[-1].day)) if found else (),
        notes=(_("The highest bar is %(n)d.") % {"n": most},) if most else (),
    )


def agreements(found: Sequence[Agreed], language: str) -> Chart:
    """Return alpha per policy and question, and for which there is none and why."""
    drawn = [each for each in found if each.found.alpha is not None]
    return Chart(
        title=_("Agreement of two people who do not know of each other"),
        rows=tuple(_agreed(each, language) for each in drawn),
        columns=(_("Policy and question"), _("Alpha"), _("95 % interval"), _("Units")),
        table=tuple(_agreed_cells(each, language) for each in found),
        empty=_("No policy has enough second looks yet."),
        ticks=("0", "1"),
        notes=tuple(
            f"{_asked(each, language)} — {_why_unknown(each.found)}"
            for each in found
            if each.found.alpha is None
        ),
    )


def _agreed(each: Agreed, language: str) -> Row:
    label, found = _asked(each, language), each.found
    value = f"{found.alpha or 0.0:.2f}"
    told = f"{value} {_interval(found)} · {_units(found.units)}"
    drawing = charts.whisker(
        found.alpha or 0.0, found.low, found.high, title=label, told=told, marks=(TENTATIVE, RELIABLE)
    )
    return Row(label, drawing, told)


def _agreed_cells(each: Agreed, language: str) -> tuple[str, ...]:
    found = each.found
    shown = f"{found.alpha:.2f}" if found.alpha is not None else "—"
    return (_asked(each, language), shown, _interval(found), str(found.units))


def _asked(each: Agreed, language: str) -> str:
    document = policies.document(each.policy_version)
    title = words.said(document.title, language)
    if not each.factor:
        return _("%(policy)s: is it broken?") % {"policy": title}
    asked = next((f.ask for f in document.factors if f.id == each.factor), None)
    return f"{title}: {words.said(asked, language) or each.factor}"


def _why_unknown(found: Agreement) -> str:
    if found.unknown is Unknown.ONE_VALUE:
        return _("everybody always said the same, so chance would agree as well")
    told = ngettext("%(n)d unit, %(least)d are needed", "%(n)d units, %(least)d are needed", found.units)
    return told % {"n": found.units, "least": LEAST_UNITS}


def _interval(found: Agreement) -> str:
    return "" if found.low is None or found.high is None else f"[{found.low:.2f}, {found.high:.2f}]"


def _units(count: int) -> str:
    return ngettext("%(n)d unit", "%(n)d units", count) % {"n": count}


def gold(found: Sequence[Gold], language: str) -> Chart:
    """Return how often gold was judged right, per policy."""
    titled = [(words.said(policies.document(g.policy_version).title, language), g.right) for g in found]
    return _shares(
        _("Gold judged right"), titled, _("Right"), empty=_("Nobody has answered a gold item yet.")
    )


def overturned(found: Sequence[Overturned], versions: Mapping[str, PolicyVersion], language: str) -> Chart:
    """Return the share of decided appeals that changed the decision, per policy."""
    titled = [(policy_title(each.policy, versions, language), each.changed) for each in found]
    return _shares(
        _("Appeals that changed the decision, the last 90 days"),
        titled,
        _("Changed"),
        empty=_("No appeal was decided in the last 90 days."),
    )


def _shares(title: str, found: Sequence[tuple[str, Share]], counted: str, *, empty: str) -> Chart:
    rows, table = [], []
    for label, each in found:
        told = _("%(percent)s (%(count)d of %(of)d), between %(low)s and %(high)s") % {
            "percent": percent(each.value or 0.0),
            "count": each.count,
            "of": each.of,
            "low": percent(each.low),
            "high": percent(each.high),
        }
        drawing = charts.whisker(each.value or 0.0, each.low, each.high, title=label, told=told)
        rows.append(Row(label, drawing, told))
        table.append((label, str(each.count), str(each.of), f"{percent(each.low)} – {percent(each.high)}"))
    columns = (_("Policy"), counted, _("Of"), _("95 % interval"))
    return Chart(title, tuple(rows), columns, tuple(table), empty=empty, ticks=("0 %", "100 %"))


def seconds(found: Sequence[Spent], versions: Mapping[str, PolicyVersion], language: str) -> Chart:
    """Return how the seconds before a decision are spread, and of which groups nothing is told."""
    rows, table, notes = [], [], []
    for each in found:
        title = policy_title(each.policy, versions, language)
        if each.seconds is None:
            notes.append(_hidden(title))
            continue
        marks = tuple(charts.quantile(each.seconds, part) for part in (0.1, 0.5, 0.9))
        told = _("half within %(half)d s, nine of ten within %(most)d s")
        told %= {"half": marks[1], "most": marks[2]}
        drawing = charts.distribution(each.seconds, title=title, told=told)
        rows.append(Row(title, drawing, f"{told} · {_decisions(each.decisions)}"))
        table.append((title, str(each.decisions), *map(str, marks)))
    return Chart(
        title=_("Seconds the item was open before a decision"),
        rows=tuple(rows),
        columns=(_("Policy"), _("Decisions"), "10 %", "50 %", "90 %"),
        table=tuple(table),
        empty=_("No group is large enough to be drawn."),
        ticks=(_("1 s"), _("32 s"), _("17 min")),
        notes=tuple(notes),
    )


def _decisions(count: int) -> str:
    return ngettext("%(n)d decision", "%(n)d decisions", count) % {"n": count}


def _hidden(title: str) -> str:
    told = _(
        "%(group)s: not drawn, because fewer than %(decisions)d decisions or %(people)d people"
        " could tell of one person."
    )
    return told % {"group": title, "decisions": LEAST_DECISIONS, "people": LEAST_PEOPLE}


def policy_title(policy: str, versions: Mapping[str, PolicyVersion], language: str) -> str:
    """Return what a policy is called; decisions without one found no violation."""
    if not policy:
        return _("No violation")
    version = versions.get(policy)
    return words.said(policies.document(version).title, language) if version else policy


def queue_title(queue: Queue, language: str) -> str:
    """Return what a queue is called."""
    return queue.title_ko if language == "ko" else queue.title_en


def percent(value: float) -> str:
    """Return a share as read: whole percent, with one digit below ten."""
    return f"{value:.1%}".replace("%", " %") if 0 < value < 0.1 else f"{value:.0%}".replace("%", " %")


def _bands() -> tuple[str, ...]:
    return (_("under 1 h"), _("1–4 h"), _("4–24 h"), _("1–3 days"), _("over 3 days"))


def _day(day: date) -> str:
    return f"{day.month}/{day.day}"
