"""What banks are called on pages, and who keeps them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sinmungo.apps.screening.models import Bank, Fingerprint
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.web.console import words
from sinmungo.web.console.lists import Mark

OWN = "own"

SEVERITIES: Mapping[str, tuple[str | Promise, str]] = {
    Bank.Severity.LOW: (gettext_lazy("low severity"), ""),
    Bank.Severity.MEDIUM: (gettext_lazy("medium severity"), ""),
    Bank.Severity.HIGH: (gettext_lazy("high severity"), "wait"),
    Bank.Severity.CRITICAL: (gettext_lazy("critical severity"), "grave"),
}
KINDS: Mapping[str, str | Promise] = {
    Fingerprint.Kind.PDQ: gettext_lazy("Pictures"),
    Fingerprint.Kind.CLIP: gettext_lazy("Clips"),
    Fingerprint.Kind.TEXT: gettext_lazy("Texts"),
    Fingerprint.Kind.SHA256: gettext_lazy("Exact files (SHA-256)"),
    Fingerprint.Kind.MD5: gettext_lazy("Exact files (MD5)"),
}


def keeps(user: User) -> bool:
    """Return whether ``user`` keeps banks: they match on every platform, so the role must reach them all."""
    return staff.platforms_where(user, Permission.KEEP_BANKS) is None


def require_keeper(user: User) -> None:
    """Raise RoleLacks unless :func:`keeps`."""
    if not keeps(user):
        raise RoleLacks


def title_of(bank: Bank, lang: str) -> str:
    """Return what a bank is called."""
    return bank.title_ko if lang == "ko" else bank.title_en


def marks_of(bank: Bank, at: datetime) -> tuple[Mark, ...]:
    """Return a bank's state in words: whether it matches, whose it is, how grave, until when."""
    marks = [_state(bank, at)]
    if bank.is_negative:
        marks.append(Mark(_("never a match"), "info"))
    else:
        severity, tone = SEVERITIES[bank.severity]
        marks.append(Mark(str(severity), tone))
    marks.append(Mark(_("our own") if bank.source == OWN else _("from %(source)s") % {"source": bank.source}))
    return tuple(marks)


def _state(bank: Bank, at: datetime) -> Mark:
    if not bank.is_enabled:
        return Mark(_("switched off: it matches nothing"), "wait")
    if bank.expires_at is not None and bank.expires_at <= at:
        return Mark(_("expired: it matches nothing"), "wait")
    return Mark(_("at work"), "good")


def roles_told(roles: Collection[str]) -> str:
    """Return who may know of a bank."""
    if not roles:
        return _("everybody who sees cases")
    return ", ".join(str(words.ROLES[role]) for role in words.ROLES if role in roles)


def ends_told(bank: Bank, zone: str, lang: str) -> str:
    """Return until when a bank matches."""
    return said.moment(bank.expires_at, zone, lang) if bank.expires_at else _("no end is set")


def last_day(bank: Bank, zone: str) -> str:
    """Return the last day of a bank as a form holds it; empty for none."""
    if bank.expires_at is None:
        return ""
    return (bank.expires_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date().isoformat()
