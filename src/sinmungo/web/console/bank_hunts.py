"""Searches of a bank made ready for its page: how far each is, and what it found so far.

A search goes through every platform, so its numbers are told to whoever sees every platform, and to others
its share alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sinmungo.apps.screening import hunts
from sinmungo.apps.screening.hunts import HuntProgress
from sinmungo.apps.screening.models import Bank
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.web.console import words

MOST = 10


def shown(bank: Bank, user: User, at: datetime) -> dict[str, Any]:
    """Return the latest searches, and whether one is going on, so that a page asks again."""
    found = hunts.progress(bank, seen_by=user)
    counts = staff.platforms_where(user, Permission.SEE_BANKS) is None
    return {
        "hunts": [_hunt(each, at, counts=counts) for each in found[:MOST]],
        "is_searching": any(each.done_at is None for each in found),
    }


def _hunt(each: HuntProgress, at: datetime, *, counts: bool) -> dict[str, Any]:
    return {
        "asked": _("Asked for %(when)s") % {"when": words.ago(each.asked_at, at)},
        "state": _state(each),
        "is_done": each.done_at is not None,
        "percent": int(100 * each.share),
        "told": _told(each) if counts else _left(each),
    }


def _state(each: HuntProgress) -> str:
    if each.done_at is not None:
        return _("finished")
    if each.waits == hunts.DISABLED:
        return _("waits until the bank is switched on")
    return _("under way") if each.looked else _("about to begin")


def _told(each: HuntProgress) -> str:
    looked = ngettext(
        "%(looked)s of %(total)s picture, clip or text looked at",
        "%(looked)s of %(total)s pictures, clips and texts looked at",
        each.total,
    ) % {"looked": f"{each.looked:,}", "total": f"{each.total:,}"}
    found = ngettext("%(n)s match", "%(n)s matches", each.found) % {"n": f"{each.found:,}"}
    return " · ".join(filter(None, (looked, found, _left(each))))


def _left(each: HuntProgress) -> str:
    if each.done_at is not None or each.seconds_left is None:
        return ""
    minutes = int(each.seconds_left // 60)
    if minutes < 1:
        return _("less than a minute left")
    return ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {"n": minutes}
