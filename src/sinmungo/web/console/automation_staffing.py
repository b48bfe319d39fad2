"""The reviewer hours that autonomy takes, beside those that the shifts hold: for the page of a lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from sinmungo.apps.autonomy.queries import histories
from sinmungo.apps.autonomy.queries.histories import Standing
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.words import Level
from sinmungo.core.trust import planner
from sinmungo.web.console import automation_words as named
from sinmungo.web.console import shift_page

#: What B5.5 asks for while an automation acts alone; where it acts less often, every act is looked at.
AUDITS_AN_HOUR = 10.0
WEEK_HOURS = 7 * 24.0
ALONE = (Level.CANARY, Level.AUTO)


@dataclass(frozen=True, slots=True)
class Staffing:
    """Names and values, how many audits are overdue, and whether the shifts hold fewer hours than needed."""

    rows: tuple[tuple[str, str], ...]
    overdue: int
    is_short: bool


def shown(user: User, at: datetime) -> Staffing | None:
    """Return what autonomy asks of people on the platforms of ``user``; None where they see no automation."""
    if not staff.may(user, Permission.SEE_AUTOMATIONS):
        return None
    found = histories.standings(seen_by=user, at=at)
    alone = [each for each in found if each.automation.level in ALONE]
    wanted = [each for each in found if each.automation.ceiling in ALONE]
    now, whole, there = hours_for(alone, at), hours_for(wanted, at), _in_shifts(user)
    rows = (
        (_("Automations that act alone"), str(len(alone))),
        (_("Reviewer hours a week for these"), named.count(now)),
        (_("Automations that may come to act alone"), str(len(wanted))),
        (_("Reviewer hours a week for all of these"), named.count(whole)),
        (
            _("Hours of people in the shifts"),
            named.count(there) if there is not None else _("none written down"),
        ),
    )
    is_short = there is not None and there < now
    return Staffing(rows, histories.audits_overdue(seen_by=user, at=at), is_short)


def hours_for(found: Sequence[Standing], at: datetime) -> float:
    """Return the hours a week that looking at these automations takes, second looks and gold with it."""
    acts = histories.acts_per_hour([each.automation.pk for each in found], at=at)
    audits = (min(AUDITS_AN_HOUR, acts.get(each.automation.pk, AUDITS_AN_HOUR)) for each in found)
    return sum(planner.hours_for_autonomy(audits_per_hour=a, active_hours=WEEK_HOURS) for a in audits)


def _in_shifts(user: User) -> float | None:
    """Return the hours of people in the shifts of a reader's platforms; None where none is written down."""
    found = [histories.shifts(platform) for platform in histories.platforms(seen_by=user)]
    if not any(found):
        return None
    return sum(shift_page.capacity(shifts)[0] for shifts in found)
