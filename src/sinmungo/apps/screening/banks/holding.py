"""Banks in the memory of this process, brought up to date by what changed since.

One query tells whether any bank moved; only rows with a newer change are read. Protected fingerprints are
opened in a process that called :func:`hold_sealed` and in no other: the worker does, no web process. What a
transaction wrote that may still be rolled back must not be asked for in it.
"""

from __future__ import annotations

import hashlib
import heapq
import logging
import resource
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from sinmungo.apps.base import clock
from sinmungo.apps.screening.banks import contents, reading, snapshots
from sinmungo.apps.screening.banks.reading import Row, Told
from sinmungo.core.matching.matcher import Matcher
from sinmungo.core.matching.screener import MatchScreener

log = logging.getLogger(__name__)
#: A snapshot is written from so many new ones on, once they are this share of all, no more often than this.
LEAST_SAVED = 20_000
SHARE_SAVED = 8
SAVED_EVERY = timedelta(minutes=10)
#: Enough of a digest to tell two states of the banks apart.
_VERSION_LETTERS = 16


class Holder:
    """A matcher over every bank, up to date whenever it is asked for. Safe to use from many threads.

    ``opens_sealed`` says whether protected banks are among them.
    """

    def __init__(self, *, opens_sealed: bool = False) -> None:
        self.opens_sealed = opens_sealed
        self._lock = threading.Lock()
        self._matcher = Matcher()
        self._held: dict[str, Told] = {}
        self._unopened: frozenset[str] = frozenset()
        self._damaged: set[str] = set()
        self._ends: dict[int, datetime] = {}
        self._next_ends: list[tuple[datetime, int]] = []
        self._is_begun = False
        #: Open fingerprints that came since the last snapshot, and when the next one may be written.
        self._unsaved = 0
        self._save_from: datetime | None = None

    def matcher(self, at: datetime) -> Matcher:
        """Return the matcher, as the banks are at this moment."""
        with self._lock:
            self._bring_up(at)
        return self._matcher

    def source(self, at: datetime) -> MatchScreener | None:
        """Return the source ``match``; None while nothing is held."""
        with self._lock:
            told = self._bring_up(at)
            is_whole = not self._unopened
        if not len(self._matcher) and is_whole:
            return None
        return MatchScreener(self._matcher, _version(told), is_whole=is_whole)

    def _bring_up(self, at: datetime) -> list[Told]:
        told = [bank for bank in reading.told() if self.opens_sealed or not bank.is_sealed]
        if told and not self._is_begun:
            self._begin(told, at)
        closed = contents.without_key([bank.name for bank in told if bank.is_sealed])
        if closed - self._unopened:
            log.critical("protected banks without a key: %d", len(closed))
        readable = [bank for bank in told if bank.name not in closed]
        self._forget_what_is_gone(readable)
        self._matcher.set_banks({bank.name: bank.traits(at) for bank in told})
        self._unopened = closed | {bank.name for bank in readable if not self._is_up(bank, at)}
        self._end(at)
        self._save(at)
        return told

    def _begin(self, told: Sequence[Told], at: datetime) -> None:
        """Take up the last snapshot, if there is one; texts are not in it."""
        self._is_begun = True
        found = snapshots.load(told)
        if found is None:
            return
        self._matcher = found.matcher
        self._matcher.set_banks({bank.name: bank.traits(at) for bank in told})
        for bank in told:
            if bank.name not in found.changes:
                continue
            change = found.changes[bank.name]
            self._held[bank.name] = bank._replace(change=change)
            for part in reading.rows(bank, to=change, kind="text") if found.has_texts else ():
                self._matcher.add([row.known(bank.name) for row in part])
        self._ends = dict(found.ends)
        self._next_ends = sorted((end, key) for key, end in found.ends.items())

    def _save(self, at: datetime) -> None:
        """Write a snapshot once so much came that reading it again would be felt, and not all the time."""
        size = len(self._matcher)
        if self._unsaved < max(LEAST_SAVED, size // SHARE_SAVED):
            return
        if self._save_from is None or at >= self._save_from:
            snapshots.save(self._matcher, list(self._held.values()), self._ends)
            self._unsaved, self._save_from = 0, at + SAVED_EVERY

    def _forget_what_is_gone(self, told: Sequence[Told]) -> None:
        """Let go of banks that are no more, whose key is gone, or that a backup was put back of."""
        now = {bank.name: bank for bank in told}
        for name, held in list(self._held.items()):
            bank = now.get(name)
            if bank is None or bank.made_at != held.made_at or bank.change < held.change:
                self._matcher.forget(name)
                self._damaged.discard(name)
                del self._held[name]

    def _is_up(self, bank: Told, at: datetime) -> bool:
        """Read what changed in a bank since, and tell whether all of it could be opened.

        A bank that matches nothing yet is not read before it does; one that is held is always followed, so
        that what is withdrawn leaves.
        """
        held = self._held.get(bank.name)
        change = held.change if held else 0
        if bank.change == change or not (held or bank.is_on(at)):
            return bank.name not in self._damaged
        for part in reading.rows(bank, after=change):
            self._take(bank, part, at)
        self._held[bank.name] = bank
        return bank.name not in self._damaged

    def _take(self, bank: Told, part: Sequence[Row], at: datetime) -> None:
        live = [row for row in part if row.is_live(at)]
        self._let_go(bank, [row.key for row in part if not row.is_live(at)])
        # what a key stands for never changes; one taken out and put back would be missed by who looks now
        held = self._matcher.held_keys([row.key for row in live])
        self._matcher.add([row.known(bank.name) for row in live if row.key not in held])
        self._unsaved += 0 if bank.is_sealed else len(live) - len(held)
        if damaged := sum(row.is_damaged for row in part):
            log.critical("protected fingerprints that were not opened: %d", damaged)
            self._damaged.add(bank.name)
        for row in live:
            if row.expires_at is None:
                self._ends.pop(row.key, None)
            else:
                self._ends[row.key] = row.expires_at
                heapq.heappush(self._next_ends, (row.expires_at, row.key))

    def _let_go(self, bank: Told, gone: Sequence[int]) -> None:
        """Let go of what was withdrawn; a snapshot that holds it goes with it."""
        if gone and self._matcher.remove(gone) and not bank.is_sealed:
            snapshots.drop()
            self._unsaved = len(self._matcher)

    def _end(self, at: datetime) -> None:
        """Let go of fingerprints whose end has come; an end that was moved counts as it is now."""
        ended = []
        while self._next_ends and self._next_ends[0][0] <= at:
            ends, key = heapq.heappop(self._next_ends)
            if self._ends.get(key) == ends:
                del self._ends[key]
                ended.append(key)
        if ended:
            self._matcher.remove(ended)


def _version(told: Sequence[Told]) -> str:
    state = repr([(bank.name, bank.change) for bank in told])
    return hashlib.sha256(state.encode()).hexdigest()[:_VERSION_LETTERS]


_holder = Holder()


def hold_sealed() -> None:
    """Let this process open protected banks; from here on it leaves no memory behind when it crashes."""
    global _holder
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _holder = Holder(opens_sealed=True)


def opens_sealed() -> bool:
    """Tell whether this process may open protected banks."""
    return _holder.opens_sealed


def match_source(at: datetime) -> MatchScreener | None:
    """Return the source ``match`` over every bank that this process may hold; None while nothing is held."""
    return _holder.source(at)


def held() -> Matcher:
    """Return the matcher over every bank that this process may hold, as the banks are now."""
    return _holder.matcher(clock.now())


def keep(now: datetime, limit: int) -> int:  # noqa: ARG001 - every keeper is asked the same way
    """Follow the banks also while nothing is judged, so that what is withdrawn leaves the worker's memory."""
    _holder.matcher(now)
    return 0
