"""Texts made ready to leave the house: whoever could be found by them is covered, letter for letter."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sinmungo.core.kernel.values import PlainItem, PlainSignal, Span
from sinmungo.core.text.contacts import ContactScreener
from sinmungo.core.text.identifiers import mask_identifiers

COVER = "●"
#: Contact points that lead to a person; a link leads to a page, and a policy may be about it.
PERSONAL = frozenset({"phone", "messenger", "email"})
#: A messenger's bare name stays below this and is no contact point.
_IS_CONTACT = 0.5
#: A text with more contact points than this is cut at the next one.
MOST_CONTACTS = 40
#: A handle or an e-mail address leads to a person whether or not anybody invites to write there.
_HANDLE = re.compile(r"[A-Za-z0-9._%+\-]{0,64}@[\w.\-]{2,64}")
#: Shorter names are words of any text, and covering them would cover nobody.
_SHORTEST_NAME = 3
_contacts = ContactScreener()


def covered(text: str, *, names: Iterable[str]) -> str:
    """Return ``text`` with ``names``, contact points and identifiers covered; the length never grows.

    Every character left stands where it stood. Covering twice changes nothing.
    """
    text = _HANDLE.sub(lambda match: COVER * len(match[0]), mask_identifiers(text).text)
    for name in names:
        if len(name) >= _SHORTEST_NAME:
            text = re.sub(_alone(name), COVER * len(name), text, flags=re.IGNORECASE)
    for _ in range(MOST_CONTACTS):
        found = _contact_spans(text)
        if not found:
            return text
        for span in found:
            text = text[: span.start] + COVER * (span.end - span.start) + text[span.end :]
    left = _contact_spans(text)
    return text[: min(span.start for span in left)] if left else text


def _alone(name: str) -> str:
    """Return a pattern of ``name`` as no part of a longer handle; in Korean a particle follows at once."""
    return rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])"


def _contact_spans(text: str) -> list[Span]:
    """Return the strongest contact point of each kind, wherever there is one."""
    (signals,) = _contacts.screen([PlainItem(text=text)])
    return [signal.span for signal in signals if signal.span and _is_personal(signal)]


def _is_personal(signal: PlainSignal) -> bool:
    return signal.name in PERSONAL and signal.score >= _IS_CONTACT
