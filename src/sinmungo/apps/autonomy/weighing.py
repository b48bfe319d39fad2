"""What the factors of one epoch come to: the breaker's state and the record of random audits.

Pure: no table and no clock, so that whoever has the log of an epoch can weigh it again elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sinmungo.core.trust.bound import Record
from sinmungo.core.trust.breaker import Breaker, Settings
from sinmungo.core.trust.replay import LoggedFactor, enter, standing

AUDIT, SHARE, RATE = "audit", "share", "rate"


@dataclass(frozen=True, slots=True)
class Weighed:
    """The state after ``seq`` factors: the breaker, and the record of ``labels`` random audits.

    ``at`` is when the last factor entered, in hours since the epoch began.
    """

    breaker: Breaker
    record: Record
    seq: int = 0
    labels: int = 0
    wrong: int = 0
    at: float = 0.0

    def after(self, factor: LoggedFactor) -> Weighed:
        """Return the state after one more factor that corrects nothing.

        An audit of an act that was drawn by chance also goes on record; one of a burst does not. Raises
        ValueError for a stream or a weight that nobody weighs.
        """
        moved = replace(self, breaker=enter(self.breaker, factor), seq=factor.seq, at=factor.at)
        if factor.stream != AUDIT or not factor.terms.get("random", 1.0):
            return moved
        record = self.record.add(factor.x, factor.at, factor.terms.get("weight", 1.0))
        return replace(moved, record=record, labels=self.labels + 1, wrong=self.wrong + int(factor.x))

    def bound(self, alpha: float) -> float:
        """Return the lower bound on precision as of the last factor, wrong with probability ``alpha``."""
        return self.record.bound(alpha, self.at)

    def to_document(self) -> dict[str, Any]:
        """Return what can be stored as JSON."""
        return {
            "breaker": self.breaker.to_document(),
            "record": self.record.to_document(),
            "seq": self.seq,
            "labels": self.labels,
            "wrong": self.wrong,
            "at": repr(self.at),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Weighed:
        """Return exactly the state that was stored."""
        return cls(
            breaker=Breaker.from_document(document["breaker"]),
            record=Record.from_document(document["record"]),
            seq=document["seq"],
            labels=document["labels"],
            wrong=document["wrong"],
            at=float(document["at"]),
        )


def begin(settings: Settings) -> Weighed:
    """Return the state before the first factor."""
    return Weighed(Breaker.begin(settings), Record())


def replayed(settings: Settings, factors: Iterable[LoggedFactor]) -> Weighed:
    """Weigh a log from its beginning; a correction takes the place of what it corrects, at its time.

    Raises ValueError for a log that cannot be.
    """
    log = list(factors)
    state = begin(settings)
    for factor in standing(log):
        state = state.after(factor)
    return replace(state, seq=max((factor.seq for factor in log), default=0))


def corrected(before: Weighed, labels: Iterable[LoggedFactor]) -> Weighed:
    """Return the state once a correction has entered: what ``replayed`` gives for the whole log.

    ``labels`` is the log without its counts of acts. They are many and move a detector of their own, which
    no correction touches, so it is taken over.
    """
    found = replayed(before.breaker.settings, labels)
    breaker = found.breaker._replace(by_rate=before.breaker.by_rate)
    return replace(found, breaker=breaker, at=before.at)
