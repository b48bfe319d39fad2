"""Twenty looks at once: when to open a burst of audits, when to repeat it, and when to hold new acts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from sinmungo.core.trust.breaker import Breaker

#: How many random acts a burst looks at, if there are as many.
SIZE = 20
#: From so many minutes back they are drawn, first of all.
WINDOW_MINUTES = 3.0
DUE_MINUTES = 15.0
COOL_DOWN_MINUTES = 60.0
#: So many wrong ones repeat the burst at once.
WRONG_OF_BURST = 2


class Do(StrEnum):
    """What is to be done now."""

    OPEN = "open"  # lay a burst, and hold new acts
    HOLD = "hold"  # one is pending: new acts wait
    RELEASE = "release"  # it is answered and nothing was found: held acts go on
    NONE = "none"


class Cause(StrEnum):
    """What raised the suspicion."""

    SUSPICION = "suspicion"
    RATE = "rate"
    REPEAT = "repeat"


class Answers(NamedTuple):
    """How far the pending burst is: how many were laid, how many are answered, how many of them wrong."""

    laid: int
    answered: int
    wrong: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is waited for any more."""
        return self.answered >= self.laid


class Bursts(NamedTuple):
    """When the pending burst was opened (None if none is), and until when none is opened again; hours."""

    opened_at: float | None = None
    calm_until: float | None = None

    @property
    def due_at(self) -> float | None:
        """Until when the pending burst should be answered; later it is late, and acts are held still."""
        return None if self.opened_at is None else self.opened_at + DUE_MINUTES / 60.0

    def next(self, breaker: Breaker, at: float, answered: Answers | None = None) -> Move:
        """Return what to do at ``at`` hours, and the bursts once it is done (B6).

        Without one pending a burst opens when R >= soft or there are far more acts than usual, unless the
        last one ended calmly within the hour. A pending one holds new acts until the last answer, however
        late. Then it is repeated at once while R >= soft or two of it were wrong; else acts are released
        and it is calm for an hour. A tripped breaker opens none: nothing acts any more, all is held.
        """
        if breaker.tripped:
            return Move(Bursts(None, self.calm_until), Do.HOLD, None)
        if self.opened_at is None:
            return self._begun(breaker, at)
        if answered is None or not answered.is_whole:
            return Move(self, Do.HOLD, None)
        if breaker.is_suspicious or answered.wrong >= WRONG_OF_BURST:
            return Move(Bursts(at), Do.OPEN, Cause.REPEAT)
        return Move(Bursts(None, at + COOL_DOWN_MINUTES / 60.0), Do.RELEASE, None)

    def to_document(self) -> dict[str, float | None]:
        """Return the value as JSON knows it."""
        return {"opened_at": self.opened_at, "calm_until": self.calm_until}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Bursts:
        """Return what ``to_document`` wrote. Raises ValueError where it is no such document."""
        try:
            return cls(*(None if document[name] is None else float(document[name]) for name in cls._fields))
        except (KeyError, TypeError, ValueError) as fault:
            raise ValueError("these are no bursts") from fault

    def _begun(self, breaker: Breaker, at: float) -> Move:
        cause = Cause.SUSPICION if breaker.is_suspicious else Cause.RATE if breaker.rate_alarm else None
        if cause is None or (self.calm_until is not None and at < self.calm_until):
            return Move(self, Do.NONE, None)
        return Move(Bursts(at), Do.OPEN, cause)


class Move(NamedTuple):
    """What to do, the bursts once it is done, and for an opened one its cause."""

    bursts: Bursts
    do: Do
    cause: Cause | None
