"""What stands beside a case: how like ones ended, and what else is open about the account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Item
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.models import Case
from sinmungo.apps.review.queries_exposure import is_grave
from sinmungo.apps.review.similar import SimilarCase, similar_cases
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.core.kernel.words import Automated, DecisionSource
from sinmungo.web.console import lists, words
from sinmungo.web.console.casework import title_of

#: Likeness from which two texts are nearly word for word the same, and from which they are much alike.
_NEARLY, _MUCH = 0.9, 0.6


@dataclass(frozen=True, slots=True)
class Similar:
    """A decided case beside one that waits."""

    code: str
    excerpt: str
    is_veiled: bool
    likeness: str
    percent: int
    ended: str
    is_violation: bool
    by: str
    when: str
    changed: str


@dataclass(frozen=True, slots=True)
class SimilarPanel:
    """Up to five decided cases, those whose decision was changed last; none is said plainly."""

    rows: tuple[Similar, ...]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Another open case of the account."""

    code: str
    title: str
    excerpt: str
    is_veiled: bool
    queue: str
    waited: str


@dataclass(frozen=True, slots=True)
class AccountPanel:
    """What else is open about the account, and what stands against it."""

    name: str
    rows: tuple[OpenCase, ...]
    more: int
    standing: tuple[str, ...]


def similar_shown(case: Case, user: User, language: str) -> SimilarPanel | None:
    """Return decided cases like ``case`` and how they ended; None for a reader who may not look around."""
    if not _may_look_around(case, user):
        return None
    wants_veil = lists.Reader(user).wants_veil
    found = similar_cases(case=case, seen_by=user)
    return SimilarPanel(tuple(_similar(each, language, wants_veil=wants_veil) for each in found))


def account_shown(case: Case, user: User, language: str, at: datetime) -> AccountPanel | None:
    """Return the account's other open cases and standing restrictions; None as :func:`similar_shown`."""
    account = case.item if case.item.type == "account" else case.item.author
    if account is None or not _may_look_around(case, user):
        return None
    wants_veil = lists.Reader(user).wants_veil
    found = review.other_open_cases(account=account, besides=case, seen_by=user)
    return AccountPanel(
        name=account.external_id,
        rows=tuple(_open(each, language, at, wants_veil=wants_veil) for each in found.shown),
        more=found.count - len(found.shown),
        standing=_standing(account, language),
    )


def _may_look_around(case: Case, user: User) -> bool:
    work = case.assignment
    needed = (Permission.SEARCH, Permission.SEE_PERSONAL)
    return all(staff.may(user, each, platform=work.platform_id, queue=work.queue_id) for each in needed)


def _similar(found: SimilarCase, language: str, *, wants_veil: bool) -> Similar:
    case, decision = found.case, found.decision
    zone = case.item.platform.time_zone
    return Similar(
        code=case.code,
        excerpt=lists.excerpt(case.version.text if case.version else ""),
        is_veiled=wants_veil and is_grave(case.assignment.priority_explained),
        likeness=_likeness(found.likeness),
        percent=round(100 * found.likeness),
        ended=_ended(decision),
        is_violation=decision.violation,
        by=_by(decision),
        when=said.day(decision.made_at, zone, language),
        changed=_changed(found.changed_by, zone, language),
    )


def _likeness(likeness: float) -> str:
    if likeness >= _NEARLY:
        return _("nearly word for word")
    return _("much alike") if likeness >= _MUCH else _("alike in part")


def _ended(decision: Decision) -> str:
    if not decision.violation:
        return _("no violation")
    actions = ", ".join(str(words.ACTIONS[action.kind]) for action in decision.actions.all())
    return actions or _("a violation, without an action")


def _by(decision: Decision) -> str:
    if decision.automated == Automated.FULLY:
        return _("decided by a machine alone")
    if decision.source == DecisionSource.EXTERNAL:
        return _("decided in another tool")
    return _("decided by a person")


def _changed(later: Decision | None, zone: str, language: str) -> str:
    if later is None:
        return ""
    facts = {"by": words.SOURCES[later.source], "day": said.day(later.made_at, zone, language)}
    if later.source == DecisionSource.APPEAL and not later.violation:
        return _("An appeal overturned this on %(day)s: do not follow it.") % facts
    return _("Changed on %(day)s by %(by)s: look at what stands now.") % facts


def _open(case: Case, language: str, at: datetime, *, wants_veil: bool) -> OpenCase:
    queue = case.assignment.queue
    return OpenCase(
        code=case.code,
        title=title_of(case.item, language),
        excerpt=lists.excerpt(case.version.text if case.version else ""),
        is_veiled=wants_veil and is_grave(case.assignment.priority_explained),
        queue=queue.title_ko if language == "ko" else queue.title_en,
        waited=words.ago(case.opened_at, at),
    )


def _standing(account: Item, language: str) -> tuple[str, ...]:
    state = enforcement.wanted_state([account.pk]).get(account.pk)
    found = []
    for restriction in state.restrictions if state is not None else ():
        what = str(words.ACTIONS[restriction.kind])
        if restriction.ends is None:
            found.append(_("%(what)s, until lifted") % {"what": what})
        else:
            day = said.day(restriction.ends, account.platform.time_zone, language)
            found.append(_("%(what)s, until %(day)s") % {"what": what, "day": day})
    return tuple(found)
