"""A restoration made ready for its page: what would happen, how far it is, and what could not be undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sinmungo.apps.autonomy.models import Affected, Incident, Restoration
from sinmungo.apps.autonomy.queries import histories
from sinmungo.apps.autonomy.queries import restorations as queries
from sinmungo.apps.autonomy.queries.restorations import Progress
from sinmungo.apps.base.keyset import Page
from sinmungo.apps.statements import said
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.web.console import automation_words, incident_words, restoration_words
from sinmungo.web.console.handles import to_handle

State = Restoration.State
#: What it would do is known from the dry run on; how far it is once it was confirmed.
BEGUN = (State.RUNNING, State.PAUSED, State.DONE, State.CANCELLED)
OPEN = (State.DRAFT, State.SAMPLING, State.READY, State.RUNNING, State.PAUSED)


def shown(found: Restoration, lang: str, at: datetime) -> dict[str, Any]:
    """Return what the page says of a restoration, but for what its reader may do."""
    zone = found.platform.time_zone
    return {
        "restoration": found,
        "handle": to_handle(found.pk),
        "incident": found.incident,
        "title": title_of(found.incident, lang),
        "platform": found.platform.name,
        "mark": restoration_words.mark(found.state),
        "window": (said.moment(found.window_from, zone, lang), said.moment(found.window_to, zone, lang)),
        "automations": chosen(found, lang, at),
        "proposed": (str(found.proposed_by), said.moment(found.proposed_at, zone, lang)),
        "confirmed": _confirmed(found, zone, lang),
        "sample": sample(found),
        "dry": dry(found.counts) if found.digest else None,
        "has_begun": found.state in BEGUN and found.confirmed_at is not None,
        "is_open": found.state in OPEN,
    }


def title_of(incident: Incident, lang: str) -> str:
    """Return what an incident is called."""
    return incident.title_ko if lang == "ko" else incident.title_en


def _confirmed(found: Restoration, zone: str, lang: str) -> tuple[str, str] | None:
    if found.confirmed_by is None or found.confirmed_at is None:
        return None
    return str(found.confirmed_by), said.moment(found.confirmed_at, zone, lang)


def chosen(found: Restoration, lang: str, at: datetime) -> list[str]:
    """Return the automations whose decisions a restoration takes back, in words."""
    rows = histories.by_ids([UUID(each) for each in found.automations])
    return [label for _handle, label in automation_words.labelled(rows, lang, at)]


def sample(found: Restoration) -> dict[str, int] | None:
    """Return how far the sample is that people look at first; None where there is none."""
    if not found.sample_size:
        return None
    told = queries.sample(found)
    return {"size": told.size, "answered": told.answered, "wrong": told.wrong, "waits": told.waits}


def dry(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the dry run counted."""
    left_out = counts.get("left_out", {})
    return {
        "to_restore": f"{counts.get('to_restore', 0):,}",
        "already": f"{counts.get('already', 0):,}",
        "left_out": [(incident_words.why(code), f"{count:,}") for code, count in left_out.items()],
        "sample_right": counts.get("sample_right", 0),
    }


def running(told: Progress) -> dict[str, Any]:
    """Return how far a restoration is, as a bar, a sentence and exact numbers."""
    return {
        "total": told.total,
        "done": told.done,
        "percent": f"{100 * told.done / told.total:.1f}" if told.total else "100",
        "told": _told(told),
        "numbers": [
            (restoration_words.became(name), f"{getattr(told, name):,}")
            for name in ("restored", "already", "upheld", "left_out", "impossible", "waiting")
        ],
        "is_running": told.state == State.RUNNING,
    }


def _told(told: Progress) -> str:
    parts = [
        _("%(done)s of %(total)s") % {"done": f"{told.done:,}", "total": f"{told.total:,}"},
    ]
    if told.state == State.RUNNING:
        parts.append(_("%(rate)s a second") % {"rate": automation_words.count(told.rate_per_second)})
        parts.append(_left(told.seconds_left))
    return " · ".join(parts)


def _left(seconds: float | None) -> str:
    if seconds is None:
        return _("how long it takes cannot be said yet")
    if seconds < 60:
        count = max(round(seconds), 1)
        return ngettext("about %(n)d second left", "about %(n)d seconds left", count) % {"n": count}
    if seconds < 5_400:
        count = round(seconds / 60)
        return ngettext("about %(n)d minute left", "about %(n)d minutes left", count) % {"n": count}
    count = round(seconds / 3_600)
    return ngettext("about %(n)d hour left", "about %(n)d hours left", count) % {"n": count}


def reasons(found: Restoration, at: datetime) -> list[tuple[str, str, str]]:
    """Return how many were not restored, by state and reason."""
    told = queries.accounting(found, at=at)["reasons"]
    if not isinstance(told, dict):
        return []
    return [
        (restoration_words.became(state), incident_words.why(code), f"{count:,}")
        for state, by_code in told.items()
        for code, count in by_code.items()
    ]


def undone(found: Page[Affected], lang: str) -> dict[str, Any]:
    """Return a page of those who were not restored, by place; nobody's handle."""
    rows = [
        (
            f"{row.place:,}",
            row.decision.case_code,
            said.thing(row.item.type, lang),
            restoration_words.became(row.state),
            incident_words.why(row.why),
        )
        for row in found.rows
    ]
    return {"rows": rows, "more": found.next}


def missing(found: Page[Affected]) -> dict[str, Any]:
    """Return a page of those of whose account not everything returned, and how much of what."""
    return {
        "rows": [(f"{row.place:,}", row.decision.case_code, _lost(row)) for row in found.rows],
        "more": found.next,
    }


def _lost(row: Affected) -> str:
    try:
        told = queries.returned(row)
    except Destroyed:  # the person asked to be forgotten
        return ""
    if told is None:
        return ""
    parts = []
    if told.followers:
        counted = ngettext("%(n)s follower", "%(n)s followers", told.followers)
        parts.append(counted % {"n": f"{told.followers:,}"})
    lost = {name: len(found) for name, found in told.missing.items()}
    words = {
        "memberships": lambda n: ngettext("%(n)d membership", "%(n)d memberships", n) % {"n": n},
        "roles": lambda n: ngettext("%(n)d role", "%(n)d roles", n) % {"n": n},
        "linked": lambda n: ngettext("%(n)d linked account", "%(n)d linked accounts", n) % {"n": n},
    }
    parts += [words[name](count) for name, count in lost.items() if name in words]
    parts += [] if told.payouts else [_("payouts")]
    return ", ".join(parts)


def window(incident: Incident, at: datetime) -> tuple[str, str]:
    """Return the window a form begins with: from the onset to now, in the platform's time."""
    zone = ZoneInfo(incident.platform.time_zone)
    until = min(at, max(incident.opened_at, incident.tripped_at) + timedelta(hours=1))
    return _typed(incident.onset_from, zone), _typed(until + timedelta(minutes=1), zone)


def _typed(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
