"""Telephone numbers of people who help in Korea, the one place where they stand.

``checked_on`` is the day somebody last made sure that the number is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_noop


@dataclass(frozen=True, slots=True)
class HelpNumber:
    """A number, who answers, and what for; ``who`` and ``what`` are translated where they are shown."""

    number: str
    who: str
    what: str
    checked_on: date


HELP_NUMBERS = (
    HelpNumber(
        "112",
        gettext_noop("Police"),
        gettext_noop("When you are in danger, threatened or blackmailed. At any hour."),
        date(2026, 11, 22),
    ),
    HelpNumber(
        "1366",
        gettext_noop("Digital sex crime victim support centres"),
        gettext_noop("Advice, having pictures taken down, and legal and medical support. At any hour."),
        date(2026, 11, 22),
    ),
    HelpNumber(
        "1388",
        gettext_noop("Youth counselling"),
        gettext_noop("For children, teenagers and those who look after them. At any hour."),
        date(2026, 11, 22),
    ),
    HelpNumber(
        "109",
        gettext_noop("Suicide prevention counselling"),
        gettext_noop("When it is hard to go on. At any hour."),
        date(2026, 11, 22),
    ),
)
