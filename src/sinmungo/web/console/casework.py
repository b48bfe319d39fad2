"""A case made ready for its page: what is judged, what stands around it, and why it is here."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.models import Assignment, Case
from sinmungo.apps.review.priority import total
from sinmungo.apps.review.queries import Filters
from sinmungo.apps.review.queries_exposure import is_grave, is_gravest
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.screening.models import Signal
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements import said
from sinmungo.web.console import lists, matches, texts, words
from sinmungo.web.console.masking import Veil, personal_spans, sees_personal
from sinmungo.web.console.matches import SignalShown
from sinmungo.web.console.reported import Reported, reported
from sinmungo.web.console.why import Reason, reasons

NEIGHBOURS = 3
HISTORY = 8
IN_LIST = 12
_ALL = Filters()
_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")


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
    is_veiled: bool
    is_decided: bool
    marks: tuple[lists.Mark, ...]
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
    is_veiled: bool
    is_gone: bool
    media: int
    account: Account | None
    signals: tuple[SignalShown, ...]
    degraded: tuple[Signal, ...]
    near: str
    reasons: tuple[Reason, ...]
    points: int
    reported: Reported


def shown(case: Case, *, reader: User, language: str, at: datetime) -> Shown:
    """Return the middle of the page of ``case`` as ``reader`` may see it."""
    signals = screening.signals_of(case.version, case.verdict) if case.version else []
    parts = review.explanation(assignment=case.assignment, at=at)
    attributes = attributes_of(case.version)
    veil = veil_of(case, reader)
    around = thread(case.item, case.version, _spans(signals), language, veil, personal_spans(signals))
    told = veil.signals(signals)
    reports = reported(case.item, veil)
    return Shown(
        title=title_of(case.item, language, "" if veil.is_open else veil.who(case.item)),
        marks=tuple(_marks(case, attributes, reports.count, language)),
        thread=around,
        is_veiled=_wants_veil(case, reader),
        is_gone=case.item.deleted_at is not None,
        media=len(attributes.get("media") or ()),
        account=_account(case, attributes, language, at) if veil.is_open else None,
        signals=matches.shown([s for s in told if s.name != "degraded"], reader, language),
        degraded=tuple(s for s in told if s.name == "degraded"),
        near=matches.near(signals),
        reasons=reasons(parts),
        points=round(total(parts)),
        reported=reports,
    )


def _wants_veil(case: Case, reader: User) -> bool:
    """Whether the words of a case stay folded until the reader asks for them."""
    work = case.assignment
    return is_gravest(work.priority_explained, work.queue_id) and staff.preference(reader).blur


def veil_of(case: Case, reader: User) -> Veil:
    """Return how much of whose a case is ``reader`` may see."""
    return Veil(case.item.author or case.item, sees_personal=sees_personal(reader, case))


def queue_list(
    user: User,
    *,
    queue: str = "",
    filters: Filters = _ALL,
    language: str,
    at: datetime,
    after: str = "",
    limit: int = IN_LIST,
    current: str = "",
) -> tuple[list[Listed], str]:
    """Return cases that wait, the first to look at first, and the cursor of the next page."""
    filters = replace(filters, queue=queue or filters.queue)
    found = review.waiting_cases(seen_by=user, filters=filters, limit=limit, after=after, at=at)
    reader = lists.Reader(user)
    return [listed(row, row.case, language, at, current, reader) for row in found.rows], found.next


def listed(
    row: Assignment,
    case: Case,
    language: str,
    at: datetime,
    current: str = "",
    reader: lists.Reader | None = None,
    sought: Sequence[str] = (),
) -> Listed:
    """Return a piece of work as it stands in a list, ``sought`` words marked.

    The words of a grave case are veiled unless the reader wants them. Without a reader it is somebody
    who may see whose the case is.
    """
    parts = review.explanation(assignment=row, at=at)
    is_held = row.holder is not None and row.held_until is not None and row.held_until > at
    is_veiled = is_grave(row.priority_explained) and (reader is None or reader.wants_veil)
    veil = Veil(case.item.author, sees_personal=reader is None or reader.sees_personal(row))
    text = veil.text(case.version.text) if case.version is not None else ""
    return Listed(
        code=case.code,
        title=title_of(case.item, language, "" if veil.is_open else veil.who(case.item)),
        excerpt=lists.excerpt(text, veiled=is_veiled, sought=sought),
        points=round(total(parts)),
        waited=words.ago(row.created_at, at),
        held_by=str(row.holder) if is_held else "",
        is_current=case.code == current,
        is_veiled=is_veiled,
        is_decided=case.state == Case.State.DECIDED,
        marks=lists.marks(row, at),
        reasons=reasons(parts),
    )


def title_of(item: Item, language: str, name: str = "") -> str:
    """Return what kind of thing an item is, and its platform's own id.

    With a ``name`` that goes for whose it is, no id is told: on the platform it would lead to the handle.
    """
    thing = said.thing(item.type, language)
    kind = f"{thing[:1].upper()}{thing[1:]}"
    return kind if name else f"{kind} · {item.external_id}"


def attributes_of(version: Version | None) -> dict[str, Any]:
    """Return what the platform told with a version."""
    read = json.loads(version.attributes) if version else {}
    return read if isinstance(read, dict) else {}


def _marks(case: Case, attributes: dict[str, Any], reports: int, language: str) -> list[str]:
    marks = [case.item.platform.name]
    if attributes.get("lang"):
        marks.append(str(attributes["lang"]))
    if reports:
        marks.append(_("Reports %(n)d") % {"n": reports})
    queue = case.assignment.queue
    return [queue.title_ko if language == "ko" else queue.title_en, *marks]


def thread(
    item: Item,
    version: Version | None,
    spans: Sequence[tuple[int, int]],
    language: str,
    veil: Veil | None = None,
    personal: Sequence[tuple[int, int]] = (),
) -> tuple[Said, ...]:
    """Return the item among what was said before and after it in the same place, ``spans`` marked.

    Without a ``veil`` everything is shown as it is; a veil also covers the ``personal`` spans of the item.
    """
    zone = item.platform.time_zone
    before, after = review.neighbours(item=item, version=version, limit=NEIGHBOURS)
    veil = veil or Veil(item.author or item, sees_personal=True)
    veil.meet(neighbour.item.author for neighbour in (*before, *after))
    judged = Said(
        who=veil.who(item.author or item),
        when=said.moment(version.occurred_at, zone, language) if version else "",
        text=texts.marked(veil.text(version.text, personal) if version else "", spans),
        language=_language_of(version),
        is_item=True,
    )
    earlier = (_said(neighbour, zone, language, veil) for neighbour in before)
    later = (_said(neighbour, zone, language, veil) for neighbour in after)
    return (*earlier, judged, *later)


def _language_of(version: Version | None) -> str:
    """The language of a text as its platform tells it, where that is a language tag; for screen readers."""
    told = attributes_of(version).get("lang")
    return told if isinstance(told, str) and _TAG.fullmatch(told) else ""


def _spans(signals: Sequence[Signal]) -> list[tuple[int, int]]:
    found = [(signal.span_start, signal.span_end) for signal in signals]
    return [(start, end) for start, end in found if start is not None and end is not None]


def _said(version: Version, zone: str, language: str, veil: Veil) -> Said:
    return Said(
        veil.who(version.item.author),
        said.moment(version.occurred_at, zone, language),
        texts.marked(veil.text(version.text), ()),
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
