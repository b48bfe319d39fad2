"""How cases stand in a list: calm, with what matters about the work, and nobody shocked before a click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.translation import gettext as _

from sinmungo.apps.review.models import Assignment
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.text.normalise import normalise
from sinmungo.web.console import texts, words

#: Code points of a text in a list, and of them before the first word that was sought.
SHORT = 90
_BEFORE = 20


@dataclass(frozen=True, slots=True)
class Mark:
    """A short word about a piece of work, and how weighty it is: a class of ``mark``."""

    text: str
    tone: str = ""


class Reader:
    """What one reader may and wants to meet in lists; asks the database once."""

    def __init__(self, user: User) -> None:
        self.wants_veil = staff.preference(user).blur
        self._reach = staff.reach(user, Permission.SEE_PERSONAL)

    def sees_personal(self, work: Assignment) -> bool:
        """Return whether the reader may see whose a case is."""
        return any(
            platform in ("", work.platform_id) and (queues is None or work.queue_id in queues)
            for platform, queues in self._reach
        )


def excerpt(text: str, *, veiled: bool = False, sought: Sequence[str] = ()) -> str:
    """Return the beginning of a text, or what stands around the first of the words that were sought, marked.

    Veiled, only a sentence that the words can be read where the case is opened.
    """
    if veiled:
        return _("The words are shown when you open it.")
    text = " ".join(text.split())
    spans = _found(text, sought)
    begin = max(min((start for start, _end in spans), default=0) - _BEFORE, 0)
    cut = text[begin : begin + SHORT - 1]
    within = [
        (start - begin, end - begin) for start, end in spans if begin <= start and end <= begin + SHORT - 1
    ]
    rest = "…" if begin + len(cut) < len(text) else ""
    return format_html("{}{}{}", "…" if begin else "", texts.marked(cut, within), rest)


def marks(work: Assignment, at: datetime) -> tuple[Mark, ...]:
    """Return whose work it is meant to be, by when it must be done, and until when it was put off."""
    found: list[Mark] = []
    if work.due_at is not None and work.due_at < at:
        found.append(Mark(_("overdue for %(when)s") % {"when": words.lasted_since(work.due_at, at)}, "wait"))
    elif work.due_at is not None:
        found.append(Mark(_("due in %(when)s") % {"when": words.lasted_since(at, work.due_at)}))
    if work.assignee is not None:
        found.append(Mark(_("for %(who)s") % {"who": work.assignee}, "info"))
    if work.snoozed_until is not None and work.snoozed_until > at:
        when = words.lasted_since(at, work.snoozed_until)
        found.append(Mark(_("put off for %(when)s more") % {"when": when}, "wait"))
    return tuple(found)


def _found(text: str, sought: Sequence[str]) -> list[tuple[int, int]]:
    """Return where words, as search reads them, stand in a text as it is written."""
    read = normalise(text)
    spans: list[tuple[int, int]] = []
    for word in sought:
        place = read.text.find(word)
        while place >= 0:
            span = read.original(place, place + len(word))
            spans.append((span.start, span.end))
            place = read.text.find(word, place + len(word))
    return spans
