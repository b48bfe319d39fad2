"""Filters of the queue page: read from its address, shown as chips, each of which can be taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sinmungo.apps.review.queries import Filters
from sinmungo.web.console.words import Text

#: What may stand in the address beside the queue; each with ``1``, or with a value.
FLAGS: Mapping[str, Text] = {
    "mine": gettext_lazy("mine"),
    "unassigned": gettext_lazy("nobody's yet"),
    "snoozed": gettext_lazy("put off"),
    "reported": gettext_lazy("reported by people"),
    "picture": gettext_lazy("with a picture"),
    "overdue": gettext_lazy("overdue"),
}
VALUES = ("queue", "platform", "policy", "language", "older")
LANGUAGES: Mapping[str, Text] = {
    "ko": gettext_lazy("Korean"),
    "en": gettext_lazy("English"),
    "ja": gettext_lazy("Japanese"),
    "zh": gettext_lazy("Chinese"),
    "vi": gettext_lazy("Vietnamese"),
}
#: Hours that are offered; an address may hold any up to the longest.
OLDER = (1, 4, 24, 72, 168)
MOST_HOURS = 100_000
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; ``unknown`` are values that mean nothing, so that nothing fits them."""

    filters: Filters
    values: Mapping[str, str]
    unknown: tuple[str, ...]

    @property
    def query(self) -> str:
        """The filters as they stand in an address, without a question mark."""
        return _written(self.values)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a filter may have."""

    value: str
    label: str


def read(query: QueryDict, queue: str = "") -> Asked:
    """Return what an address asks for; ``queue`` is the one that its path names."""
    values = {name: str(query[name]) for name in (*VALUES, *FLAGS) if query.get(name)}
    unknown = tuple(value for name, value in values.items() if not _is_known(name, value))
    if queue:
        values.pop("queue", None)
    if unknown:
        return Asked(Filters(queue=queue), values, unknown)
    flags = {name: name in values for name in FLAGS}
    filters = Filters(
        queue=queue or values.get("queue", ""),
        platform=values.get("platform", ""),
        policy=values.get("policy", ""),
        language=values.get("language", ""),
        older_than=timedelta(hours=int(values["older"])) if "older" in values else None,
        **flags,
    )
    return Asked(filters, values, ())


def chips(asked: Asked, names: Mapping[str, Sequence[Choice]]) -> list[Chip]:
    """Return a chip for each filter; ``names`` holds what the values of some are called."""
    found = []
    for name, value in asked.values.items():
        rest = {other: kept for other, kept in asked.values.items() if other != name}
        found.append(Chip(_label(name, value, names.get(name, ())), f"?{_written(rest)}"))
    return found


def _is_known(name: str, value: str) -> bool:
    if len(value) > _LONGEST or not value.isprintable():
        return False
    if name in FLAGS:
        return value == "1"
    if name == "older":
        return value.isascii() and value.isdecimal() and 0 < int(value) <= MOST_HOURS
    return True


def _label(name: str, value: str, choices: Sequence[Choice]) -> str:
    if name in FLAGS:
        return str(FLAGS[name])
    if name == "older" and _is_known(name, value):
        return older(int(value))
    return next((choice.label for choice in choices if choice.value == value), value[:_LONGEST])


def older(hours: int) -> str:
    """Return what a filter by age is called."""
    if hours % 24:
        return ngettext("older than %(n)d hour", "older than %(n)d hours", hours) % {"n": hours}
    days = hours // 24
    return ngettext("older than %(n)d day", "older than %(n)d days", days) % {"n": days}


def languages() -> list[Choice]:
    """Return the languages that are offered."""
    return [Choice(value, str(label)) for value, label in LANGUAGES.items()]


def ages() -> list[Choice]:
    """Return the ages that are offered."""
    return [Choice(str(hours), older(hours)) for hours in OLDER]


def flags(asked: Asked) -> list[tuple[Choice, bool]]:
    """Return the yes-or-no filters, and whether each is set."""
    return [(Choice(name, str(label)), name in asked.values) for name, label in FLAGS.items()]


def says_nothing(asked: Asked) -> str:
    """Return a sentence about values that mean nothing; empty when there are none."""
    if not asked.unknown:
        return ""
    told = ", ".join(f"“{value[:_LONGEST]}”" for value in asked.unknown)
    return _("Nothing fits this filter: %(values)s. Take it away, or choose another.") % {"values": told}


def _written(values: Mapping[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update(dict(values))
    return query.urlencode()
