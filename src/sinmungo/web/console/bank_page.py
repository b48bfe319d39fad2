"""Banks made ready for their pages: what each is, what it holds, what it found. Never a fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sinmungo.apps.items import queries as items
from sinmungo.apps.review.queries_matches import cases_of
from sinmungo.apps.screening import queries_banks as found_by
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.models import Bank
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.web.console import bank_words, casework, charts, matches, words
from sinmungo.web.console.lists import Mark, Reader

DAYS = 30
#: Cases that stand on a bank's page, the latest match first.
MOST_CASES = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A bank in the list, with a drawing of what it found (none of a negative one) and the same in words."""

    name: str
    title: str
    marks: tuple[Mark, ...]
    held: tuple[tuple[str, str], ...]
    drawing: SafeString | None
    found: str


@dataclass(frozen=True, slots=True)
class CaseFound:
    """A case behind a match, with the match in words."""

    code: str
    title: str
    excerpt: str
    when: str
    told: str


def platforms_of(user: User) -> frozenset[str] | None:
    """Return the platforms on which ``user`` sees what banks found; None means all."""
    return staff.platforms_where(user, Permission.SEE_BANKS)


def zone_of(user: User) -> str:
    """Return the time zone in which days are counted: that of the first platform of ``user``."""
    mine = platforms_of(user)
    zones = (each.time_zone for each in items.platforms() if mine is None or each.slug in mine)
    return next(zones, "UTC")


def rows(found: Sequence[Bank], user: User, lang: str, at: datetime) -> list[Row]:
    """Return the banks as they stand in the list, those that are switched on first."""
    zone = zone_of(user)
    days = found_by.days_until(at, DAYS, zone)
    since = at - timedelta(days=DAYS)
    counted = found_by.per_day(found, platforms=platforms_of(user), since=since, zone=zone)
    ordered = sorted(found, key=lambda bank: (not bank.is_enabled, bank.name))
    return [_row(bank, counted[bank.name], days, lang, at) for bank in ordered]


def _row(bank: Bank, counted: Counter[date], days: Sequence[date], lang: str, at: datetime) -> Row:
    title = bank_words.title_of(bank, lang)
    if bank.is_negative:
        told = _("It mutes other banks and finds nothing by itself.")
        return Row(bank.name, title, bank_words.marks_of(bank, at), held(bank), None, told)
    told = _found_told(sum(counted[day] for day in days))
    drawing = charts.spark([counted[day] for day in days], title=title, told=told)
    return Row(bank.name, title, bank_words.marks_of(bank, at), held(bank), drawing, told)


def protected() -> tuple[tuple[str, str], ...]:
    """Return what all protected banks hold together, by kind; nothing else is told of them."""
    return _by_kind(found_by.protected())


def _found_told(count: int) -> str:
    if not count:
        return _("Nothing matched in the last 30 days.")
    told = ngettext("%(n)s match in the last 30 days", "%(n)s matches in the last 30 days", count)
    return told % {"n": f"{count:,}"}


def held(bank: Bank) -> tuple[tuple[str, str], ...]:
    """Return how many fingerprints of each kind a bank holds, kinds without any left out."""
    return _by_kind(banks.stats(bank).by_kind)


def _by_kind(counts: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    kinds = bank_words.KINDS.items()
    return tuple((str(label), f"{counts[kind]:,}") for kind, label in kinds if counts.get(kind))


def days_chart(bank: Bank, user: User, at: datetime) -> charts.Chart:
    """Return what a bank found on each of the last days."""
    zone = zone_of(user)
    days = found_by.days_until(at, DAYS, zone)
    since = at - timedelta(days=DAYS)
    counted = found_by.per_day([bank], platforms=platforms_of(user), since=since, zone=zone)[bank.name]
    total = sum(counted[day] for day in days)
    title, told = _("What it found, the last 30 days"), _found_told(total)
    drawing = charts.spark([counted[day] for day in days], title=title, told=told)
    return charts.Chart(
        title=title,
        rows=(charts.Row("", drawing, told),) if total else (),
        columns=(_("Day"), _("Matches")),
        table=tuple((day.isoformat(), str(counted[day])) for day in days if counted[day]),
        empty=_("Nothing matched in the last 30 days."),
        ticks=(f"{days[0]:%m/%d}", f"{days[-1]:%m/%d}"),
    )


def recent_cases(bank: Bank, user: User, lang: str, at: datetime) -> list[CaseFound]:
    """Return cases behind a bank's latest matches, those only that ``user`` may see."""
    since = at - timedelta(days=DAYS)
    found = found_by.recent(bank, platforms=platforms_of(user), since=since)
    cases = cases_of(items=[each.item_id for each in found], seen_by=user)
    reader, shown = Reader(user), []
    for each in [match for match in found if match.item_id in cases][:MOST_CASES]:
        case = cases[each.item_id]
        row = casework.listed(case.assignment, case, lang, at, reader=reader)
        told = matches.sentence(each.evidence, bank_words.title_of(bank, lang))
        shown.append(CaseFound(case.code, row.title, row.excerpt, words.ago(each.at, at), told))
    return shown


def imports(bank: Bank, zone: str, lang: str) -> list[tuple[str, str, str]]:
    """Return the exchanges a bank reads: which, how far, and when last."""
    return [
        (each.source, _position(each.position, zone, lang), said.moment(each.at, zone, lang))
        for each in found_by.exchanges(bank)
    ]


def _position(seconds: int, zone: str, lang: str) -> str:
    """Return how far an exchange was read: its positions are seconds since 1970."""
    return said.moment(datetime.fromtimestamp(seconds, UTC), zone, lang) if seconds else "—"
