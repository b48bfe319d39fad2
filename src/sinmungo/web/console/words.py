"""What things are called on the console's pages; the languages' files hold the Korean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sinmungo.apps.staff.models import Role
from sinmungo.core.kernel.words import (
    ActionKind,
    AppealOutcome,
    DecisionSource,
    GroundKind,
    PlatformMode,
    ReportReason,
)
from sinmungo.core.policy import Severity, Words

Text = str | Promise

ACTIONS: Mapping[str, Text] = {
    ActionKind.WARN: gettext_lazy("Warn the account"),
    ActionKind.LABEL: gettext_lazy("Put a label on it"),
    ActionKind.DEMOTE: gettext_lazy("Show it less"),
    ActionKind.AGE_GATE: gettext_lazy("Adults only"),
    ActionKind.LIMIT_INTERACTION: gettext_lazy("Limit what the account can do"),
    ActionKind.HIDE: gettext_lazy("Hide it"),
    ActionKind.REMOVE: gettext_lazy("Remove it"),
    ActionKind.SUSPEND: gettext_lazy("Suspend the account"),
}
PARTS: Mapping[str, Text] = {
    "severity": gettext_lazy("How grave"),
    "queue": gettext_lazy("Queue"),
    "signal": gettext_lazy("Strongest signal"),
    "rule": gettext_lazy("Asked by a rule"),
    "reach": gettext_lazy("Seen so far"),
    "speed": gettext_lazy("How fast it spreads"),
    "reports": gettext_lazy("Reports"),
    "urgent": gettext_lazy("Urgent answer"),
    "judge": gettext_lazy("A model's opinion"),
    "waiting": gettext_lazy("Waiting"),
}
GRAVITY: Mapping[str, Text] = {
    Severity.LOW: gettext_lazy("The policy it may break is a light one."),
    Severity.MEDIUM: gettext_lazy("The policy it may break is of middle weight."),
    Severity.HIGH: gettext_lazy("The policy it may break is a grave one."),
    Severity.CRITICAL: gettext_lazy("The policy it may break is among the gravest."),
}
REASONS: Mapping[str, Text] = {
    ReportReason.HATE: gettext_lazy("hate"),
    ReportReason.HARASSMENT: gettext_lazy("harassment or threats"),
    ReportReason.SEXUAL_SERVICES: gettext_lazy("sexual services"),
    ReportReason.INTIMATE_IMAGE: gettext_lazy("intimate image"),
    ReportReason.PERSONAL_INFORMATION: gettext_lazy("personal information"),
    ReportReason.SPAM: gettext_lazy("spam or fraud"),
    ReportReason.OTHER: gettext_lazy("something else"),
}
MODES: Mapping[str, tuple[Text, Text]] = {
    PlatformMode.OBSERVE: (gettext_lazy("Observe"), gettext_lazy("Judges what comes in and does nothing.")),
    PlatformMode.BESIDE: (
        gettext_lazy("Beside"),
        gettext_lazy("Another tool decides; only reversals are delivered."),
    ),
    PlatformMode.FULL: (gettext_lazy("Full"), gettext_lazy("Decides, delivers and explains.")),
}
ROLES: Mapping[str, Text] = {
    Role.ADMINISTRATOR: gettext_lazy("Administrator"),
    Role.LEAD: gettext_lazy("Lead"),
    Role.REVIEWER: gettext_lazy("Reviewer"),
    Role.VENDOR: gettext_lazy("Vendor reviewer"),
    Role.HEARER: gettext_lazy("Appeals"),
    Role.POLICY: gettext_lazy("Policy"),
    Role.OBSERVER: gettext_lazy("Observer"),
}
ROLE_TELLS: Mapping[str, Text] = {
    Role.ADMINISTRATOR: gettext_lazy("Runs the house: people, platforms, deliveries. Reads no cases."),
    Role.LEAD: gettext_lazy(
        "Decides cases, agrees as second person, hears appeals,"
        " gives out work and sees how the desk is doing."
    ),
    Role.REVIEWER: gettext_lazy(
        "Decides cases, agrees as second person, looks a second time at what others decided."
    ),
    Role.VENDOR: gettext_lazy(
        "Decides cases of named queues without seeing whose they are. Every view is logged."
    ),
    Role.HEARER: gettext_lazy("Hears appeals against decisions of others."),
    Role.POLICY: gettext_lazy("Reads cases, puts policies in force, keeps saved reasons and gold items."),
    Role.OBSERVER: gettext_lazy("Sees how much waits where."),
}
OUTCOMES: Mapping[str, tuple[Text, Text]] = {
    AppealOutcome.UPHELD: (gettext_lazy("The decision stands"), gettext_lazy("It was right; say why.")),
    AppealOutcome.OVERTURNED: (
        gettext_lazy("The decision was wrong"),
        gettext_lazy("Everything is put right: restrictions lifted, strikes removed, reporters told."),
    ),
    AppealOutcome.PARTLY: (gettext_lazy("It was wrong in part"), gettext_lazy("Choose below what remains.")),
}
SOURCES: Mapping[str, Text] = {
    DecisionSource.REVIEW: gettext_lazy("a reviewer"),
    DecisionSource.AUTOMATION: gettext_lazy("an automation"),
    DecisionSource.EXTERNAL: gettext_lazy("another tool"),
    DecisionSource.APPEAL: gettext_lazy("an appeal"),
    DecisionSource.NOTICE: gettext_lazy("a legal notice"),
    DecisionSource.RESTORATION: gettext_lazy("a restoration"),
}
DELIVERY_STATES: Mapping[str, Text] = {
    "gone": gettext_lazy("The platform says it is gone"),
    "refused": gettext_lazy("The platform refused it"),
    "dead": gettext_lazy("Given up after many tries"),
}
GROUND_KINDS: Mapping[str, Text] = {
    GroundKind.LAW: gettext_lazy("law"),
    GroundKind.TERMS: gettext_lazy("terms"),
}
#: How long an action may last, in days; 0 means until it is lifted.
DURATIONS: Sequence[int] = (0, 1, 3, 7, 14, 30, 90, 180, 365)


def said(words: Words | None, language: str) -> str:
    """Return what a policy says in ``language``."""
    if words is None:
        return ""
    return words.ko if language == "ko" else words.en


def lasting(days: int) -> str:
    """Return how long an action lasts."""
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else _("until lifted")


def lasted(lasts: timedelta | None) -> str:
    """Return how long a proposed action lasts."""
    return lasting(lasts.days if lasts else 0)


def lasted_since(then: datetime, now: datetime) -> str:
    """Return roughly how much time lies between two moments."""
    minutes = max(int((now - then).total_seconds() // 60), 0)
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}
    return lasting(minutes // 1440)


def ago(then: datetime, now: datetime) -> str:
    """Return roughly how long ago something was."""
    minutes = max(int((now - then).total_seconds() // 60), 0)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d day ago", "%(n)d days ago", minutes // 1440) % {"n": minutes // 1440}
