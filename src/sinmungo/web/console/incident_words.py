"""What incidents, their steps and what happens in them are called on pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sinmungo.apps.autonomy.models import Affected, Incident, Inquiry
from sinmungo.web.console.lists import Mark
from sinmungo.web.console.words import Text

STATES: Mapping[str, tuple[Text, str]] = {
    Incident.State.OPEN: (gettext_lazy("Under way"), "grave"),
    Incident.State.RESTORING: (gettext_lazy("Restoring"), "wait"),
    Incident.State.CLOSED: (gettext_lazy("Closed for good"), "good"),
    Incident.State.FALSE_ALARM: (gettext_lazy("A false alarm"), ""),
}
CAUSES: Mapping[str, Text] = {
    Incident.Cause.TRIP: gettext_lazy("The detector of an automation tripped."),
    Incident.Cause.PERSON: gettext_lazy("A person found that something was wrong."),
    Incident.Cause.APPEALS: gettext_lazy("Many appeals said the same thing."),
}
#: What became of a decision, in the order in which a bar shows them.
PEOPLE: Mapping[str, Text] = {
    Affected.State.RESTORED: gettext_lazy("Restored"),
    Affected.State.ALREADY: gettext_lazy("Put right before"),
    Affected.State.UPHELD: gettext_lazy("Looked at again, and it stands"),
    Affected.State.IMPOSSIBLE: gettext_lazy("Could not be undone"),
    Affected.State.LEFT_OUT: gettext_lazy("Left out; a person decides"),
    Affected.State.WAITING: gettext_lazy("Still waiting"),
}
WHYS: Mapping[str, Text] = {
    "overturned": gettext_lazy("a later decision found no violation"),
    "replaced": gettext_lazy("a later decision took its place"),
    "appeal": gettext_lazy("a person read the appeal and upheld it"),
    "another_ground": gettext_lazy("something else restricts the same account or item"),
    "decided_network": gettext_lazy("part of a network that was decided"),
    "open_takedown": gettext_lazy("somebody asked for it to be taken down"),
    "intimate_image": gettext_lazy("never restored in bulk"),
    "gone": gettext_lazy("the platform says it is gone"),
    "refused": gettext_lazy("the platform refused it"),
    "dead": gettext_lazy("the platform did not answer after many tries"),
    "sample": gettext_lazy("found right in the sample"),
    "vault.destroyed": gettext_lazy("the person asked to be forgotten, so nobody can be told"),
}
#: What a platform did instead of taking a message begins so; the rest is a status of HTTP, or a word.
_WEBHOOK = "webhook."
_STATUS = "webhook.status_"
#: Each step of the playbook: what it is, and how it is done.
STEPS: Mapping[str, tuple[Text, Text]] = {
    "stop": (
        gettext_lazy("Make sure that it is stopped"),
        gettext_lazy("The automation must be suspended. What it would do now waits for people."),
    ),
    "sample": (
        gettext_lazy("Look at a sample"),
        gettext_lazy("Read twenty of its decisions yourself. What do the wrong ones have in common?"),
    ),
    "tell_public": (
        gettext_lazy("Tell the public"),
        gettext_lazy("Say what is known, what is not, and when you will say more. Then publish."),
    ),
    "ask_restoration": (
        gettext_lazy("Propose a restoration"),
        gettext_lazy("Choose the window and the automations, and look at the dry run."),
    ),
    "second_person": (
        gettext_lazy("Have a second person confirm it"),
        gettext_lazy("Whoever confirms has not proposed it, and sees the same numbers."),
    ),
    "tell_reporters": (
        gettext_lazy("See that reporters are told"),
        gettext_lazy("Whoever reported an item that is restored hears the outcome, and may object."),
    ),
    "correct_others": (
        gettext_lazy("Correct what others were told"),
        gettext_lazy("The police, exchanges and linked services that heard of a decision must hear this."),
    ),
    "answer_inquiries": (
        gettext_lazy("Answer the inquiries"),
        gettext_lazy("Each has a clock. Write down the answer that was given."),
    ),
    "publish_numbers": (
        gettext_lazy("Publish the numbers"),
        gettext_lazy("How many, how long, what could not be undone and why, and what changes now."),
    ),
    "close": (
        gettext_lazy("Close it"),
        gettext_lazy("When nobody waits any more; or say why it is closed all the same."),
    ),
}
INQUIRIES: Mapping[str, Text] = {
    Inquiry.Kind.PRESS: gettext_lazy("The press"),
    Inquiry.Kind.LAWMAKER: gettext_lazy("A lawmaker"),
    Inquiry.Kind.AUTHORITY: gettext_lazy("An authority"),
    Inquiry.Kind.COURT: gettext_lazy("A court"),
    Inquiry.Kind.OTHER: gettext_lazy("Somebody else"),
}
_LINES: Mapping[str, Text] = {
    "noted": gettext_lazy("A note for colleagues"),
    "published": gettext_lazy("It was made public."),
    "told": gettext_lazy("The public was told something."),
    "renamed": gettext_lazy("It was given another name."),
    "asked": gettext_lazy("A question with its answer was put on the public page."),
    "answer_edited": gettext_lazy("An answer on the public page was written anew."),
    "question_pinned": gettext_lazy("A question was put first on the public page."),
    "question_retired": gettext_lazy("A question was taken off the public page."),
    "restoring": gettext_lazy("A restoration was confirmed and began."),
    "restoration_proposed": gettext_lazy("A restoration was proposed."),
    "restoration_counted": gettext_lazy("A restoration was counted; nobody was restored by it."),
    "restoration_confirmed": gettext_lazy("A second person confirmed the restoration."),
    "restoration_paused": gettext_lazy("The restoration was paused."),
    "restoration_resumed": gettext_lazy("The restoration went on."),
    "restoration_cancelled": gettext_lazy("The restoration was cancelled; who was restored stays so."),
    "restoration_ended": gettext_lazy("The restoration ended."),
    "false_alarm": gettext_lazy("It was found to be a false alarm."),
    "closed": gettext_lazy("It was closed."),
}


def marks(incident: Incident, at: datetime, *, late: int = 0) -> tuple[Mark, ...]:
    """Return an incident's state in words: how far it is, how grave, whether the public may read of it."""
    text, tone = STATES[incident.state]
    found = [Mark(str(text), tone)]
    if incident.is_severe:
        found.append(Mark(_("severe"), "grave"))
    public = incident.published_at is not None and incident.published_at <= at
    found.append(Mark(_("public"), "info") if public else Mark(_("not public"), "wait"))
    if late:
        found.append(Mark(ngettext("%(n)d step is late", "%(n)d steps are late", late) % {"n": late}, "wait"))
    return tuple(found)


def title(incident: Incident, lang: str) -> str:
    """Return what an incident is called."""
    return incident.title_ko if lang == "ko" else incident.title_en


def why(code: str) -> str:
    """Return why a decision was left out or stands; a code that is not known is said as it is."""
    if code.startswith(_STATUS):
        return _("the platform answered with the HTTP status %(n)s") % {"n": code.removeprefix(_STATUS)}
    if code.startswith(_WEBHOOK):
        return _("the platform could not be told (%(code)s)") % {"code": code.removeprefix(_WEBHOOK)}
    return str(WHYS.get(code, code))


def line(kind: str, facts: Mapping[str, Any]) -> str:
    """Return what a line of the timeline says, its words aside."""
    if kind in _LINES:
        return str(_LINES[kind])
    told = _COUNTED.get(kind)
    return told(facts) if told else kind


def _opened(facts: Mapping[str, Any]) -> str:
    count = int(facts.get("joined", 0))
    cause = str(CAUSES.get(str(facts.get("cause")), ""))
    told = ngettext("It was opened with %(n)d decision.", "It was opened with %(n)d decisions.", count)
    return f"{cause} {told % {'n': count}}"


def _assigned(facts: Mapping[str, Any]) -> str:
    step = STEPS.get(str(facts.get("step")))
    if step is None:
        return _("The incident was given to somebody.") if facts.get("given") else _("Nobody leads it now.")
    if facts.get("given"):
        return _("“%(step)s” was given to somebody.") % {"step": step[0]}
    return _("“%(step)s” is nobody's work now.") % {"step": step[0]}


def _step(facts: Mapping[str, Any]) -> str:
    step = STEPS.get(str(facts.get("step")))
    return _("Done: %(step)s") % {"step": step[0] if step else facts.get("step")}


def _inquiry_received(facts: Mapping[str, Any]) -> str:
    return _("An inquiry came in: %(who)s") % {"who": INQUIRIES.get(str(facts.get("asker")), "")}


def _inquiry_answered(facts: Mapping[str, Any]) -> str:
    who = INQUIRIES.get(str(facts.get("asker")), "")
    if facts.get("in_time"):
        return _("An inquiry was answered in time: %(who)s") % {"who": who}
    return _("An inquiry was answered late: %(who)s") % {"who": who}


def _linked(facts: Mapping[str, Any]) -> str:
    count = int(facts.get("appeals", 0))
    return ngettext("%(n)d appeal was linked.", "%(n)d appeals were linked.", count) % {"n": count}


def _unlinked(facts: Mapping[str, Any]) -> str:
    count = int(facts.get("appeals", 0))
    return ngettext("%(n)d appeal was taken out.", "%(n)d appeals were taken out.", count) % {"n": count}


_COUNTED = {
    "opened": _opened,
    "assigned": _assigned,
    "step": _step,
    "inquiry_received": _inquiry_received,
    "inquiry_answered": _inquiry_answered,
    "linked": _linked,
    "unlinked": _unlinked,
}
