"""Personal data covered for a reader whose desk does not need it.

A text keeps its length, so evidence stays marked in the right place. Accounts get names that hold within
one case only and in the order in which they spoke. What a finder does not find is not covered: a vendor
reviewer is also bound to few queues, to short sessions, and to a log of every view.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from sinmungo.apps.items.models import Item
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening.models import Signal
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.values import PlainItem, Screener
from sinmungo.core.text.contacts import ContactScreener
from sinmungo.core.text.exposure import ExposureScreener
from sinmungo.core.text.identifiers import MASK, mask_identifiers
from sinmungo.core.text.people import names

Place = tuple[int, int]

#: Sources whose evidence repeats what has to be covered.
PERSONAL_SOURCES = frozenset({"contact", "exposure", "identifiers"})
#: A link keeps the name of the host it leads to; of a messenger the word stays, and the handle goes.
_HOST = re.compile(r"(?:h(?:tt|xx)ps?\s?:\s?/\s?/\s?)?[^\s/]+/?", re.IGNORECASE)
_HANDLE = re.compile(r"[A-Za-z0-9_.\-@~+]")
_MENTION = re.compile(r"@[\w.\-]{2,40}")
#: A shorter handle is also a part of ordinary words.
_SHORTEST_HANDLE = 3
#: A finder tells its strongest point only, so it is asked again; in windows, lest long texts take long.
#: No finder looks at more than 600 code points together.
_WINDOW, _OVERLAP = 1_500, 600
#: In a window that holds more points than this everything is covered.
_MOST_ROUNDS = 20


def covered(text: str, spans: Iterable[Place] = ()) -> str:
    """Return ``text`` with ``spans`` and all personal data that is found in it replaced by ``●``.

    Covered are identifiers, telephone numbers, e-mail addresses, messenger handles, mentions, the part of
    a link behind its host, names, and a person put together from pieces.
    """
    text = mask_identifiers(text).text
    letters = list(text)
    for start, end in (
        *spans,
        *(match.span() for match in _MENTION.finditer(text)),
        *names(text, 0, len(text)),
    ):
        _cover(letters, start, end)
    for name, place in _found(text):
        for start, end in _of_point(name, text, place):
            _cover(letters, start, end)
    return "".join(letters)


class Veil:
    """One case as one reader may see it; for whoever may see personal data it changes nothing.

    Whoever speaks around the item is met in the order in which they do, before any text is shown.
    """

    def __init__(self, author: Item | None, *, sees_personal: bool) -> None:
        self.is_open = sees_personal
        self._told = {author.pk if author else None: _("the author")}
        self._handles = [author.external_id] if author else []

    def meet(self, accounts: Iterable[Item | None]) -> None:
        """Give each account a name that holds on this page, and cover its handle in every text."""
        for account in accounts:
            if account is not None and account.pk not in self._told:
                self._told[account.pk] = _("another person %(n)d") % {"n": len(self._told)}
                self._handles.append(account.external_id)

    def who(self, account: Item | None) -> str:
        """Return what an account is called on this page; empty for nobody."""
        if account is None:
            return ""
        return account.external_id if self.is_open else self._told.get(account.pk, _("another person"))

    def text(self, text: str, spans: Iterable[Place] = ()) -> str:
        """Return a text as the reader may see it, as long as it was."""
        if self.is_open:
            return text
        return covered(text, [*spans, *self._places_of_handles(text)])

    def _places_of_handles(self, text: str) -> Iterator[Place]:
        for handle in self._handles:
            if len(handle) >= _SHORTEST_HANDLE:
                yield from (match.span() for match in re.finditer(re.escape(handle), text, re.IGNORECASE))

    def signals(self, signals: Sequence[Signal]) -> tuple[Signal, ...]:
        """Return signals whose evidence the reader may see; call on rows that are not saved afterwards."""
        if not self.is_open:
            for signal in signals:
                personal = signal.source in PERSONAL_SOURCES
                signal.evidence = MASK * 3 if personal else self.text(signal.evidence)
        return tuple(signals)


def sees_personal(user: User, case: Case) -> bool:
    """Return whether ``user`` may see whose a case is."""
    work = case.assignment
    return staff.may(user, Permission.SEE_PERSONAL, platform=work.platform_id, queue=work.queue_id)


def personal_spans(signals: Iterable[Signal]) -> list[Place]:
    """Return where signals say that personal data stands in the item's text."""
    return [
        (signal.span_start, signal.span_end)
        for signal in signals
        if signal.source in PERSONAL_SOURCES - {"contact"}  # of a contact point the host or service stays
        and signal.span_start is not None
        and signal.span_end is not None
    ]


def _cover(letters: list[str], start: int, end: int) -> None:
    for place in range(max(start, 0), min(end, len(letters))):
        if not letters[place].isspace():
            letters[place] = MASK


def _found(text: str) -> Iterator[tuple[str, Place]]:
    """Yield every contact point and every exposed person, in windows that overlap."""
    for begin in range(0, max(len(text) - _OVERLAP, 1), _WINDOW - _OVERLAP):
        for screener in (ContactScreener(), ExposureScreener()):
            for name, (start, end) in _in_window(screener, text[begin : begin + _WINDOW]):
                yield name, (begin + start, begin + end)


def _in_window(screener: Screener, rest: str) -> Iterator[tuple[str, Place]]:
    """Yield what a finder finds, asked again until what remains holds nothing more, or too often."""
    for _round in range(_MOST_ROUNDS):
        (signals,) = screener.screen([PlainItem(text=rest)])
        points = [(each.name, each.span) for each in signals if each.span and each.name != "any"]
        if not points:
            return
        for name, span in points:
            yield name, (span.start, span.end)
            rest = rest[: span.start] + MASK * (span.end - span.start) + rest[span.end :]
    yield "rest", (0, len(rest))


def _of_point(name: str, text: str, place: Place) -> Iterator[Place]:
    """Yield what has to be covered of a point."""
    start, end = place
    if name in ("link", "hidden_link"):
        host = _HOST.match(text, start, end)
        yield (host.end() if host else start, end)
    elif name == "messenger":
        host = _HOST.match(text, start, end) if "/" in text[start:end] else None
        behind = host.end() if host else start
        yield from (match.span() for match in _HANDLE.finditer(text, behind, end))
    else:
        yield place
