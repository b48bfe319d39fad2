"""What restorations, their states and the reasons for what was not undone are called on pages."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from sinmungo.apps.autonomy.models import Restoration
from sinmungo.web.console import incident_words
from sinmungo.web.console.lists import Mark
from sinmungo.web.console.words import Text

STATES: Mapping[str, tuple[Text, str]] = {
    Restoration.State.DRAFT: (gettext_lazy("proposed"), "info"),
    Restoration.State.SAMPLING: (gettext_lazy("people look at a sample first"), "wait"),
    Restoration.State.READY: (gettext_lazy("counted; a second person must confirm"), "wait"),
    Restoration.State.RUNNING: (gettext_lazy("under way"), "good"),
    Restoration.State.PAUSED: (gettext_lazy("paused"), "wait"),
    Restoration.State.DONE: (gettext_lazy("done"), "good"),
    Restoration.State.CANCELLED: (gettext_lazy("cancelled"), "grave"),
}
#: Why somebody was left out, or why nothing could be undone, by its code.
WHYS: Mapping[str, Text] = {
    **incident_words.WHYS,
    "another_ground": gettext_lazy("something else restricts the same account or item"),
    "sample": gettext_lazy("found right in the sample"),
}


def mark(state: str) -> Mark:
    """Return the state of a restoration as a mark."""
    text, tone = STATES[state]
    return Mark(str(text), tone)


def became(state: str) -> str:
    """Return what became of a decision."""
    return str(incident_words.PEOPLE[state])


def why(code: str) -> str:
    """Return why somebody was left out or not restored; a code that is not known is said as it is."""
    return str(WHYS.get(code, code))
