"""A case made ready for its page: what is judged, what stands around it, and why it is here."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake import queries as intake
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.models import Assignment, Case
from sinmungo.apps.review.priority import Part, total
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.screening.models import Signal
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements import said
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.web.console import texts, words

NEIGHBOURS = 3
HISTORY = 8
IN_LIST = 12
WORDS_SHOWN = 5
_SHORT = 90
_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a case's place, as read."""

    label: str
    value: str
    points: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A case in a list."""

    code: str
    title: str
    excerpt: str
    points: int
    waited: str
    held_by: str
    is_current: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A text somebody wrote near the item, or the item itself."""

    who: str
    when: str
    text: SafeString
    language: str
    is_item: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision in an account's history."""

    when: str
    what: str
    by: str
    code: str


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of the account behind the item."""

    name: str
    age: str
    strikes: int
    history: tuple[Decided, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything in the middle of a case's page."""

    title: str
    marks: tuple[str, ...]
    thread: tuple[Said, ...]
    is_gone: bool
    media: int
    account: Account | None
    signals: tuple[Signal, ...]
    degraded: tuple[Signal, ...]
    reasons: tuple[Reason, ...]
    points: int
    reports: tuple[tuple[str, int], ...]
    report_words: tuple[str, ...]


def shown(case: Case, *, language: str, at: datetime) -> Shown:
    """Return the middle of the page of ``case``."""
    signals = screening.signals_of(case.version, case.verdict) if case.version else []
    parts = review.explanation(assignment=case.assignment, at=at)
    attributes = attributes_of(case.version)
    reports = intake.open_reports(case.item)
    return Shown(
        title=title_of(case.item, language),
        marks=tuple(_marks(case, attributes, len(reports), language)),
        thread=thread(case.item, case.version, _spans(signals), language),
        is_gone=case.item.deleted_at is not None,
        media=len(attributes.get("media") or ()),
        account=_account(case, attributes, language, at),
        signals=tuple(s for s in signals if s.name != "degraded"),
        degraded=tuple(s for s in signals if s.name == "degraded"),
        reasons=reasons(parts),
        points=round(total(parts)),
        reports=tuple(_counted(str(words.REASONS[report.reason]) for report in reports)),
        report_words=tuple(text for report in reports[:WORDS_SHOWN] if (text := _words(report))),
    )


def queue_list(
    user: User,
    *,
    queue: str,
    language: str,
    at: datetime,
    after: str = "",
    limit: int = IN_LIST,
    current: str = "",
) -> tuple[list[Listed], str]:
    """Return cases that wait, the first to look at first, and the cursor of the next page."""
    found = review.waiting_cases(seen_by=user, queue=queue, limit=limit, after=after)
    return [listed(row, row.case, language, at, current) for row in found.rows], found.next


def listed(row: Assignment, case: Case, language: str, at: datetime, current: str = "") -> Listed:
    """Return a piece of work as it stands in a list."""
    parts = review.explanation(assignment=row, at=at)
    is_held = row.holder is not None and row.held_until is not None and row.held_until > at
    return Listed(
        code=case.code,
        title=title_of(case.item, language),
        excerpt=_excerpt(case.version),
        points=round(total(parts)),
        waited=words.ago(row.created_at, at),
        held_by=str(row.holder) if is_held else "",
        is_current=case.code == current,
        reasons=reasons(parts),
    )


def reasons(parts: Sequence[Part]) -> tuple[Reason, ...]:
    """Return the parts of a priority as read, the weightiest first."""
    ordered = sorted(parts, key=lambda part: -abs(part.points))
    return tuple(
        Reason(str(words.PARTS[part.label]), _value(part), f"{part.points:+.1f}") for part in ordered
    )


def _value(part: Part) -> str:
    return str(words.SEVERITIES[part.value]) if part.label == "severity" else part.value


def title_of(item: Item, language: str) -> str:
    """Return what kind of thing an item is, and its platform's own id."""
    thing = said.thing(item.type, language)
    return f"{thing[:1].upper()}{thing[1:]} · {item.external_id}"


def attributes_of(version: Version | None) -> dict[str, Any]:
    """Return what the platform told with a version."""
    read = json.loads(version.attributes) if version else {}
    return read if isinstance(read, dict) else {}


def _excerpt(version: Version | None) -> str:
    text = " ".join(version.text.split()) if version else ""
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def _marks(case: Case, attributes: dict[str, Any], reports: int, language: str) -> list[str]:
    marks = [case.item.platform.name]
    if attributes.get("lang"):
        marks.append(str(attributes["lang"]))
    if reports:
        marks.append(_("Reports %(n)d") % {"n": reports})
    queue = case.assignment.queue
    return [queue.title_ko if language == "ko" else queue.title_en, *marks]


def thread(
    item: Item, version: Version | None, spans: Sequence[tuple[int, int]], language: str
) -> tuple[Said, ...]:
    """Return the item among what was said before and after it in the same place, ``spans`` marked."""
    zone = item.platform.time_zone
    before, after = review.neighbours(item=item, version=version, limit=NEIGHBOURS)
    judged = Said(
        who=(item.author or item).external_id,
        when=said.moment(version.occurred_at, zone, language) if version else "",
        text=texts.marked(version.text if version else "", spans),
        language=_language_of(version),
        is_item=True,
    )
    return (*(_said(v, zone, language) for v in before), judged, *(_said(v, zone, language) for v in after))


def _language_of(version: Version | None) -> str:
    """The language of a text as its platform tells it, where that is a language tag; for screen readers."""
    told = attributes_of(version).get("lang")
    return told if isinstance(told, str) and _TAG.fullmatch(told) else ""


def _spans(signals: Sequence[Signal]) -> list[tuple[int, int]]:
    found = [(signal.span_start, signal.span_end) for signal in signals]
    return [(start, end) for start, end in found if start is not None and end is not None]


def _said(version: Version, zone: str, language: str) -> Said:
    author = version.item.author
    return Said(
        author.external_id if author else "",
        said.moment(version.occurred_at, zone, language),
        texts.marked(version.text, ()),
        _language_of(version),
        is_item=False,
    )


def _account(case: Case, attributes: dict[str, Any], language: str, at: datetime) -> Account | None:
    account = case.item if case.item.type == "account" else case.item.author
    if account is None:
        return None
    zone = case.item.platform.time_zone
    history = [d for d in enforcement.history_of(account, HISTORY + 1) if d.violation][:HISTORY]
    return Account(
        name=account.external_id,
        age=_age(account, attributes, zone, language),
        strikes=sum(strike.weight for strike in enforcement.active_strikes(account, at)),
        history=tuple(_decided(decision, zone, language) for decision in history),
    )


def _age(account: Item, attributes: dict[str, Any], zone: str, language: str) -> str:
    told = (attributes.get("author") or {}).get("created_at")
    try:
        return _("joined %(day)s") % {"day": said.day(datetime.fromisoformat(str(told)), zone, language)}
    except ValueError:
        return _("first seen %(day)s") % {"day": said.day(account.first_seen_at, zone, language)}


def _decided(decision: Decision, zone: str, language: str) -> Decided:
    actions = ", ".join(str(words.ACTIONS[action.kind]) for action in decision.actions.all())
    return Decided(
        when=said.day(decision.made_at, zone, language),
        what=actions or _("Recorded without an action"),
        by=str(words.SOURCES[decision.source]),
        code=decision.case_code,
    )


def _words(report: Report) -> str:
    """What a reporter wrote; nothing once its key was destroyed."""
    try:
        return intake.words_of(report).reveal()
    except Destroyed:
        return ""


def _counted(names: Any) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])
