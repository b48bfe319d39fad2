"""A breaker from the log of what entered it: what any third party can do again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sinmungo.core.trust.breaker import Breaker, Settings


@dataclass(frozen=True, slots=True)
class LoggedFactor:
    """One row of an epoch's log.

    ``seq`` counts from 1 in the order of arrival. ``stream`` is audit, share or rate. ``x`` is 1 for wrong
    or overturned and 0 for right or upheld; for rate it is how many acts. ``at`` is in hours. ``terms``
    holds ``weight`` for audit (1 if missing), ``of`` for audit and share (when the act was done that the
    label speaks of, in hours; ``at`` if missing) and ``expected`` for rate. ``corrects`` is the seq of the
    row whose place this one takes.
    """

    seq: int
    stream: str
    x: float
    at: float
    terms: Mapping[str, float] = field(default_factory=dict)
    corrects: int | None = None


def replay(settings: Settings, factors: Iterable[LoggedFactor]) -> Breaker:
    """Return the breaker that these rows, given in any order, come to.

    Rows count in the order of their ``seq``, the order in which they arrived: each factor is fair given
    what was known when it came in, however late. A correction takes the place of the row it corrects, at
    that row's time; of several corrections the last one holds. Equal to entering the rows one by one.
    Raises ValueError for an unknown stream, a seq that is there twice, or a correction of what comes later,
    is not there or belongs to another stream.
    """
    breaker = Breaker.begin(settings)
    for row in standing(factors):
        breaker = enter(breaker, row)
    return breaker


def enter(breaker: Breaker, row: LoggedFactor) -> Breaker:
    """Return the breaker after one row that corrects nothing. Raises ValueError for an unknown stream.

    A wrong x or weight raises ValueError too, as the breaker does.
    """
    if row.stream == "audit":
        return breaker.audit(row.x, row.at, row.terms.get("weight", 1.0), row.terms.get("of"))
    if row.stream == "share":
        return breaker.appeal(row.x, row.at, row.terms.get("of"))
    if row.stream == "rate":
        if "expected" not in row.terms:
            raise ValueError("a count of acts needs how many are usual")
        return breaker.acts(row.x, row.terms["expected"], row.at)
    raise ValueError("a stream is audit, share or rate")


def standing(factors: Iterable[LoggedFactor]) -> list[LoggedFactor]:
    """Return the rows that count, in their order, each as last corrected. Raises as ``replay`` does."""
    rows: dict[int, LoggedFactor] = {}
    places: dict[int, int] = {}
    for row in sorted(factors, key=lambda each: each.seq):
        if row.seq in places:
            raise ValueError("a seq is there twice")
        place = row.seq if row.corrects is None else places.get(row.corrects)
        if place is None or (row.corrects is not None and rows[place].stream != row.stream):
            raise ValueError("a correction must name an earlier row of its own stream")
        places[row.seq] = place
        at = row.at if row.corrects is None else rows[place].at
        rows[place] = LoggedFactor(place, row.stream, row.x, at, row.terms)
    return [rows[place] for place in sorted(rows)]
