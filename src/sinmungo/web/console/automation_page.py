"""Automations made ready for their pages: levels as words, figures, what changed and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sinmungo.apps.autonomy.models import Automation, Epoch, Factor, LevelChange
from sinmungo.apps.autonomy.queries import histories
from sinmungo.apps.autonomy.queries.histories import Standing
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.statements import said
from sinmungo.core.kernel.words import Level
from sinmungo.web.console import automation_words as named
from sinmungo.web.console import words
from sinmungo.web.console.handles import to_handle
from sinmungo.web.console.lists import Mark

#: Levels at which an automation acts by itself.
ACTING = (Level.CANARY, Level.AUTO)
RISES = (Level.SHADOW, Level.ASSIST, Level.CANARY, Level.AUTO)


@dataclass(frozen=True, slots=True)
class Row:
    """An automation in the list."""

    handle: str
    title: str
    rule: str
    action: str
    marks: tuple[Mark, ...]
    figures: tuple[tuple[str, str], ...]
    changed: str


def listed(found: Sequence[Standing], lang: str, at: datetime) -> list[tuple[str, list[Row]]]:
    """Return each platform's name with its automations."""
    return [
        (rows[0].automation.platform.name, _rows(platform, rows, lang, at))
        for platform, grouped in groupby(found, key=lambda each: each.automation.platform_id)
        if (rows := list(grouped))
    ]


def _rows(platform: str, found: Sequence[Standing], lang: str, at: datetime) -> list[Row]:
    versions = _versions(platform, at)
    return [_row(each, versions, lang, at) for each in found]


def _versions(platform: str, at: datetime) -> Mapping[str, PolicyVersion]:
    pack = policies.in_force(platform, at)
    return pack.versions if pack else {}


def _row(each: Standing, versions: Mapping[str, PolicyVersion], lang: str, at: datetime) -> Row:
    own = each.automation
    return Row(
        handle=to_handle(own.pk),
        title=named.title(own, versions, lang),
        rule=own.rule,
        action=named.action(own),
        marks=_marks(each),
        figures=figures(each),
        changed=_changed(each, at),
    )


def _marks(each: Standing) -> tuple[Mark, ...]:
    marks = [named.level_mark(each.automation.level)]
    if each.is_burst:
        marks.append(Mark(_("held: a burst of audits is going on"), "wait"))
    return tuple(marks)


def figures(each: Standing) -> tuple[tuple[str, str], ...]:
    """Return what an automation's evidence comes to, as names and values."""
    state = each.state
    labels = state.labels if state else 0
    return (
        (_("Precision, at least"), named.share(state.bound if labels and state else None)),
        (_("Needed"), named.share(each.automation.target)),
        (_("Detector (trips at 100)"), named.detector(state.r if state else 0.0)),
        (_("Random audits"), f"{labels:,}"),
        (_("Audits an hour, the last day"), named.count(each.per_hour)),
    )


def _changed(each: Standing, at: datetime) -> str:
    when = words.ago(each.automation.level_since, at)
    if each.changed is None:
        return _("at this level since: %(when)s") % {"when": when}
    return _("%(when)s: %(why)s") % {"when": when, "why": named.reason(each.changed.reason)}


def shown(each: Standing, lang: str, at: datetime) -> dict[str, Any]:
    """Return what the page of one automation says in words."""
    own = each.automation
    versions = _versions(own.platform_id, at)
    version = versions.get(own.policy)
    zone = own.platform.time_zone
    return {
        "automation": own,
        "title": named.title(own, versions, lang),
        "policy": words.said(policies.document(version).title, lang) if version else own.policy,
        "action": named.action(own),
        "platform": own.platform.name,
        "marks": _marks(each),
        "level_tells": named.level_tells(own.level),
        "why": named.reason(own.reason) if own.reason else "",
        "figures": figures(each),
        "ceiling": named.level(own.ceiling),
        "cap": _cap(own),
        "alpha": f"{own.alpha:g}",
        "waiting": each.waiting,
        "trail": [_change(change, zone, lang) for change in histories.changes(own)],
        "epochs": [_epoch(epoch, zone, lang) for epoch in histories.epochs(own)],
        "epoch": each.epoch,
        "zone": said.zone_name(zone, lang),
        "lower": [(str(to), named.level(to), named.level_tells(to)) for to in lower_levels(own)],
        "higher": named.level(higher) if (higher := next_level(own)) else "",
        "is_suspended": own.level == Level.SUSPENDED,
        "incident": histories.incident_of(each.epoch.pk) if each.epoch else None,
    }


def lower_levels(own: Automation) -> list[Level]:
    """Return the levels to which a person may lower an automation, the highest first."""
    if own.level == Level.SUSPENDED:
        return []
    below = RISES[: RISES.index(Level(own.level))]
    return [*reversed(below), Level.SUSPENDED]


def next_level(own: Automation) -> Level | None:
    """Return the level above, as far as the rule allows one."""
    if own.level == Level.SUSPENDED or own.level == own.ceiling:
        return None
    place = RISES.index(Level(own.level)) + 1
    return RISES[place] if place < len(RISES) else None


def _cap(own: Automation) -> str:
    if own.hourly_cap is None:
        return _("one and a half times what is usual at this hour of the week")
    return ngettext("%(n)d an hour", "%(n)d an hour", own.hourly_cap) % {"n": own.hourly_cap}


def _change(change: LevelChange, zone: str, lang: str) -> dict[str, Any]:
    evidence = change.evidence or {}
    told = []
    if "bound" in evidence:
        told.append(_("precision at least %(share)s") % {"share": named.share(evidence["bound"])})
    if "r" in evidence:
        told.append(_("detector at %(value)s") % {"value": named.detector(evidence["r"])})
    if "labels" in evidence:
        count = int(evidence["labels"])
        told.append(ngettext("%(n)d audit", "%(n)d audits", count) % {"n": count})
    return {
        "when": said.moment(change.at, zone, lang),
        "before": named.level(change.before),
        "after": named.level(change.after),
        "tone": named.level_mark(change.after).tone,
        "why": named.reason(change.reason),
        "evidence": " · ".join(told),
        "epoch": change.epoch.number,
        "by_person": change.by.startswith("staff:"),
    }


def _epoch(epoch: Epoch, zone: str, lang: str) -> dict[str, Any]:
    state = getattr(epoch, "state", None)
    labels = state.labels if state else 0
    return {
        "number": epoch.number,
        "digest": epoch.digest[:12],
        "began": said.moment(epoch.began_at, zone, lang),
        "ended": said.moment(epoch.ended_at, zone, lang) if epoch.ended_at else _("now"),
        "labels": f"{labels:,}",
        "bound": named.share(state.bound if labels and state else None),
        "r": named.detector(state.r if state else 0.0),
    }


def log(each: Standing, after: str, lang: str) -> dict[str, Any]:
    """Return the factors of the epoch, the latest first, and how a third party recomputes the state."""
    if each.epoch is None:
        return {"rows": [], "more": ""}
    found = histories.factors(each.epoch, after=after)
    zone = each.automation.platform.time_zone
    return {"rows": [_factor(row, zone, lang) for row in found.rows], "more": found.next}


def _factor(row: Factor, zone: str, lang: str) -> tuple[str, str, str, str, str]:
    said_x = f"{row.x:g}"
    if row.stream != "rate":
        said_x = _("wrong") if row.x >= 0.5 else _("right")
    terms = ", ".join(f"{name} {_term(value)}" for name, value in sorted(row.terms.items()))
    stream = str(named.STREAMS.get(row.stream, row.stream))
    if row.corrects:
        stream = _("%(stream)s, in place of %(n)d") % {"stream": stream, "n": row.corrects}
    return str(row.seq), said.moment(row.at, zone, lang), stream, said_x, terms


def _term(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
