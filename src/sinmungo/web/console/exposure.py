"""How much a person has looked at, and when a break is proposed. Nobody else is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from sinmungo.apps.base import clock
from sinmungo.apps.items import queries as items
from sinmungo.apps.review.queries_exposure import minutes_without_break
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User

#: Whoever says "later" is left in peace for so long.
LATER = timedelta(minutes=10)
_LATER_UNTIL = "rest_later_until"


def break_proposed(request: HttpRequest, user: User) -> int:
    """Return the minutes without a break, when the reader asked to be reminded after so many; else 0."""
    at = clock.now()
    if request.session.get(_LATER_UNTIL, 0.0) > at.timestamp():
        return 0
    minutes = minutes_without_break(user=user, at=at)
    return minutes if minutes >= staff.preference(user).break_after_minutes else 0


def put_off(request: HttpRequest) -> None:
    """Propose no break for ten minutes."""
    request.session[_LATER_UNTIL] = (clock.now() + LATER).timestamp()


def today(at: datetime) -> datetime:
    """Return when the day began, in the zone of the platform that was connected first."""
    zone = next((ZoneInfo(platform.time_zone) for platform in items.platforms()), at.tzinfo)
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
