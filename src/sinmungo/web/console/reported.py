"""What people reported of an item, those who act as one told as one, and nothing of who they are."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sinmungo.apps.intake import queries as intake
from sinmungo.apps.intake.models import Report
from sinmungo.apps.intake.queries import ReportGroup
from sinmungo.apps.items.models import Item
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.web.console import why, words
from sinmungo.web.console.masking import Veil

#: Groups that are shown, and reports of one that are opened to find words.
SHOWN, OPENED = 5, 3


@dataclass(frozen=True, slots=True)
class Group:
    """Reports that count as one: how many, why, how these people's earlier ones ended, and one's words."""

    told: str
    record: str
    words: str


@dataclass(frozen=True, slots=True)
class Reported:
    """The open reports on an item; ``more`` groups are not shown."""

    count: int
    told: str
    groups: tuple[Group, ...]
    more: int


def reported(item: Item, veil: Veil) -> Reported:
    """Return the open reports on an item as groups, the largest first."""
    found = sorted(intake.report_groups(item), key=lambda group: -len(group.reports))
    count = sum(len(group.reports) for group in found)
    return Reported(
        count=count,
        told=_told(count, len(found)),
        groups=tuple(_group(group, veil) for group in found[:SHOWN]),
        more=max(len(found) - SHOWN, 0),
    )


def _told(reports: int, groups: int) -> str:
    told = ngettext("%(n)d report", "%(n)d reports", reports) % {"n": reports}
    if groups == reports:
        return told
    return ngettext("%(told)s, as %(n)d group", "%(told)s, as %(n)d groups", groups) % {
        "told": told,
        "n": groups,
    }


def _group(group: ReportGroup, veil: Veil) -> Group:
    count = len(group.reports)
    reason = str(words.REASONS[group.reports[0].reason])
    if count == 1:
        told = reason
    else:
        told = _("%(n)d reports that act as one: %(reason)s") % {"n": count, "reason": reason}
    return Group(told, why.record(group.right, group.answered), veil.text(_words(group)))


def _words(group: ReportGroup) -> str:
    """Return the words of the first report of a group that has any."""
    return next(filter(None, map(_opened, group.reports[:OPENED])), "")


def _opened(report: Report) -> str:
    """Return what a reporter wrote; nothing once its key was destroyed."""
    try:
        return intake.words_of(report).reveal()
    except Destroyed:
        return ""
