"""What automations, their levels and the reasons for them are called on pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sinmungo.apps.autonomy.models import Automation
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.core.kernel.words import ActionKind, Level
from sinmungo.web.console import words
from sinmungo.web.console.handles import to_handle
from sinmungo.web.console.lists import Mark
from sinmungo.web.console.words import Text

#: What a level is called, what it means, and its tone.
LEVELS: Mapping[str, tuple[Text, Text, str]] = {
    Level.SHADOW: (
        gettext_lazy("Shadow"),
        gettext_lazy("It only writes down what it would do."),
        "",
    ),
    Level.ASSIST: (
        gettext_lazy("Assist"),
        gettext_lazy("It proposes; a person confirms each act."),
        "info",
    ),
    Level.CANARY: (
        gettext_lazy("Canary"),
        gettext_lazy("It acts alone on one act in twenty, and every one of these is looked at."),
        "wait",
    ),
    Level.AUTO: (
        gettext_lazy("Auto"),
        gettext_lazy("It acts alone, and a random part of its acts is looked at."),
        "good",
    ),
    Level.SUSPENDED: (
        gettext_lazy("Suspended"),
        gettext_lazy("It was stopped. It does nothing; people decide."),
        "grave",
    ),
}
#: Why an automation has its level, by the code that the change holds.
REASONS: Mapping[str, Text] = {
    "earned": gettext_lazy("earned: enough random audits show the precision it needs"),
    "too_few_labels": gettext_lazy("too few of its acts were looked at"),
    "labels_too_old": gettext_lazy("its acts were looked at too late"),
    "evidence_expired": gettext_lazy("its evidence is older than 60 days"),
    "tripped": gettext_lazy("its detector tripped: too many of its acts were wrong"),
    "platform_tripped": gettext_lazy("the detector of the whole platform tripped"),
    "ceiling": gettext_lazy("its rule allows no more"),
    "suspicious": gettext_lazy("something may be wrong: its latest audits must come out right first"),
    "below_target": gettext_lazy("its measured precision is below what it needs"),
    "new_epoch": gettext_lazy("what it executes has changed, so it begins again"),
    "by_person": gettext_lazy("a person set it"),
}
STREAMS: Mapping[str, Text] = {
    "audit": gettext_lazy("audit"),
    "share": gettext_lazy("decided appeal"),
    "rate": gettext_lazy("number of acts"),
}


def level(value: str) -> str:
    """Return what a level is called."""
    return str(LEVELS[value][0])


def level_tells(value: str) -> str:
    """Return what an automation at a level does."""
    return str(LEVELS[value][1])


def level_mark(value: str) -> Mark:
    """Return a level as a mark, in words and tone."""
    text, _tells, tone = LEVELS[value]
    return Mark(str(text), tone)


def reason(code: str) -> str:
    """Return why a level is what it is; a code that is not known is said as it is."""
    return str(REASONS.get(code, code))


def title(automation: Automation, versions: Mapping[str, PolicyVersion], lang: str) -> str:
    """Return what an automation is called: its rule's title, as the policy in force writes it."""
    version = versions.get(automation.policy)
    rules = policies.document(version).rules if version else ()
    found = next((rule for rule in rules if rule.id == automation.rule), None)
    return words.said(found.title, lang) if found and found.title else automation.rule


def action(automation: Automation) -> str:
    """Return what an automation does, in the words of the case page."""
    return str(words.ACTIONS[ActionKind(automation.action)])


def labelled(rows: Sequence[Automation], lang: str, at: datetime) -> list[tuple[str, str]]:
    """Return automations as pairs of a handle and words."""
    versions: dict[str, Mapping[str, PolicyVersion]] = {}
    pairs = []
    for row in rows:
        if row.platform_id not in versions:
            pack = policies.in_force(row.platform_id, at)
            versions[row.platform_id] = pack.versions if pack else {}
        named = title(row, versions[row.platform_id], lang)
        pairs.append((to_handle(row.pk), f"{named} — {action(row)}"))
    return pairs


def share(value: float | None) -> str:
    """Return a precision as people read it, with one digit, and rounded down: never more than was shown."""
    if value is None:
        return "—"
    return _("%(percent)s %%") % {"percent": f"{int(value * 1000 + 1e-9) / 10:.1f}"}


def detector(value: float) -> str:
    """Return a detector's value: plain where that is short, by its power of ten where it is not."""
    if value == 0.0 or 0.001 <= value < 10_000:
        return f"{value:,.4g}"
    return f"{value:.1e}"


def count(value: float) -> str:
    """Return how many, whole from ten on, with one digit below."""
    return f"{value:,.0f}" if value >= 10 else f"{value:,.1f}"


def hours(value: float) -> str:
    """Return a length of time in the unit that is easiest to read."""
    if value < 2:
        return _("%(n)s minutes") % {"n": f"{value * 60:,.0f}"}
    if value < 72:
        return _("%(n)s hours") % {"n": count(value)}
    return _("%(n)s days") % {"n": count(value / 24)}
