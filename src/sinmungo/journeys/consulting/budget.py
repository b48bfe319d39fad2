"""What models may cost on a day: set aside before a question, settled after its answer.

Money is counted in micros, millionths of the operator's own currency. A day is a day of UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from django.conf import settings

from sinmungo.apps.screening import consultations
from sinmungo.journeys.consulting.values import Tokens


@dataclass(frozen=True, slots=True)
class Reserved:
    """Money set aside for one question."""

    day: date
    micros: int


def is_on(model: str) -> bool:
    """Whether a model of this name may be asked: address, name, both prices and a daily limit are set."""
    limit = settings.SINMUNGO_JUDGE_DAILY_MICROS
    return bool(model and settings.SINMUNGO_JUDGE_URL and limit) and _prices() is not None


def cost(tokens: Tokens) -> int:
    """Return what tokens cost in micros, rounded up. A price a million tokens is a price in micros each."""
    read, written = _prices() or (Decimal(0), Decimal(0))
    exact = read * tokens.read + written * tokens.written
    return int(exact.to_integral_value(ROUND_CEILING))


def reserve(at_most: Tokens, *, at: datetime) -> Reserved | None:
    """Set aside what a question may cost at most; None when the day's limit does not allow it."""
    asked = Reserved(_day(at), cost(at_most))
    limit = int(settings.SINMUNGO_JUDGE_DAILY_MICROS)
    done = consultations.reserve(day=asked.day, micros=asked.micros, limit=limit)
    return asked if done else None


def settle(reserved: Reserved, used: Tokens | None) -> int:
    """Turn what was set aside into what was spent, and return it; all of it when nobody knows."""
    micros = reserved.micros if used is None else cost(used)
    consultations.settle(day=reserved.day, reserved=reserved.micros, spent=micros)
    return micros


def next_day(at: datetime) -> datetime:
    """Return when there is money again."""
    return datetime.combine(_day(at) + timedelta(days=1), datetime.min.time(), UTC)


def _prices() -> tuple[Decimal, Decimal] | None:
    read, written = settings.SINMUNGO_JUDGE_PRICE_READ, settings.SINMUNGO_JUDGE_PRICE_WRITTEN
    return None if read is None or written is None else (read, written)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
