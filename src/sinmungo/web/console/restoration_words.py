"""What restorations, their states and the reasons for what was not undone are called on pages."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from sinmungo.apps.autonomy.errors_restorations import WrongState
from sinmungo.apps.autonomy.models import Restoration
from sinmungo.core.kernel.errors import DomainError
from sinmungo.web.console import incident_words
from sinmungo.web.console.lists import Mark
from sinmungo.web.console.words import Text
from sinmungo.web.errors import sentence

STATES: Mapping[str, tuple[Text, str]] = {
    Restoration.State.DRAFT: (gettext_lazy("proposed"), "info"),
    Restoration.State.SAMPLING: (gettext_lazy("people look at a sample first"), "wait"),
    Restoration.State.READY: (gettext_lazy("counted; a second person must confirm"), "wait"),
    Restoration.State.RUNNING: (gettext_lazy("running"), "good"),
    Restoration.State.PAUSED: (gettext_lazy("paused"), "wait"),
    Restoration.State.DONE: (gettext_lazy("done"), "good"),
    Restoration.State.CANCELLED: (gettext_lazy("cancelled"), "grave"),
}


def mark(state: str) -> Mark:
    """Return the state of a restoration as a mark."""
    text, tone = STATES[state]
    return Mark(str(text), tone)


def became(state: str) -> str:
    """Return what became of a decision."""
    return str(incident_words.PEOPLE[state])


def refused(error: DomainError) -> str:
    """Return the sentence of an error; the state that it names is said as pages say it."""
    if isinstance(error, WrongState):
        return sentence(WrongState(state=mark(error.facts["state"]).text))
    return sentence(error)
