"""Decided cases that are like one before a person: like cases should end alike.

Likeness is the Jaccard index of three letters in a row, estimated from MinHash signatures
(``core.matching.near``; standard error at most .045). A process keeps the signatures of the newest decided
cases as one matrix, 512 bytes a case, and adds what was decided since whenever it is asked.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.review.models import Case, CaseText
from sinmungo.apps.review.queries.seeing import visible, wanted
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.matching import near

#: The newest decided cases that are looked through.
MOST = 20_000
SHOWN = 5
#: Below it two texts have a turn of phrase in common and nothing to learn from.
LEAST_LIKENESS = 0.3
#: The likest that are read, of which the asker may see perhaps a few.
_CANDIDATES = 50
#: Cases that end at one time may become visible out of their order: so many are read again.
_OVERLAP = 1_000
_WORK = "assignment__"


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """A decided case, how like it is (0 to 1), how it ended, and what changed that since, if anything."""

    case: Case
    likeness: float
    decision: Decision
    changed_by: Decision | None


@dataclass(slots=True)
class _Decided:
    """Signatures of decided cases, oldest first."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    last: int = 0
    cases: list[uuid.UUID] = field(default_factory=list)
    known: set[uuid.UUID] = field(default_factory=set)
    matrix: near.Signatures = field(default_factory=lambda: np.empty((0, near.VALUES), dtype=np.uint32))

    def newest(self) -> tuple[Sequence[uuid.UUID], near.Signatures]:
        """Return the cases and their signatures, with what was decided since the last time."""
        with self.lock:
            self._read_on()
            return self.cases, self.matrix

    def _read_on(self) -> None:
        rows = CaseText.objects.exclude(signature=b"").order_by("-case__outcome__pk")
        ended = rows.filter(case__outcome__pk__gt=self.last - _OVERLAP)
        numbers = list(ended.values_list("case__outcome__pk", "case_id")[:MOST])
        new = [number for number, case in numbers if case not in self.known]
        if not new:
            return
        signed = rows.filter(case__outcome__pk__gte=new[-1]).values_list("case_id", "signature")[:MOST]
        added = [(case, bytes(value)) for case, value in reversed(signed) if case not in self.known]
        values = np.frombuffer(b"".join(value for _, value in added), dtype=np.uint32)
        self.last = max(self.last, new[0])
        self.cases = [*self.cases, *(case for case, _ in added)][-MOST:]
        self.known = set(self.cases)
        self.matrix = np.vstack([self.matrix, values.reshape(-1, near.VALUES)])[-MOST:]


_decided = _Decided()


def similar_cases(*, case: Case, seen_by: User) -> list[SimilarCase]:
    """Return up to five decided cases like ``case`` that ``seen_by`` may open, the likest first.

    Those whose decision was changed since stand last. Empty when nothing is like it. Raises RoleLacks.
    """
    staff.require(seen_by, Permission.SEARCH, case.item.platform_id)
    own = CaseText.objects.filter(case=case).values_list("signature", flat=True).first()
    if not own:
        return []
    likest = _likest(np.frombuffer(bytes(own), dtype=np.uint32), besides=case.pk)
    rows = visible(Case.objects.filter(pk__in=likest), seen_by, Permission.SEARCH, work=_WORK)
    rows = wanted(visible(rows, seen_by, Permission.SEE_CASES, work=_WORK), seen_by, work=_WORK)
    rows = rows.select_related(
        "item__platform", "item__author", "version", "assignment", "outcome__decision__superseded_by"
    ).prefetch_related("outcome__decision__actions")
    found = sorted(rows, key=lambda each: likest[each.pk], reverse=True)[:SHOWN]
    ended = [_ended(each, likest[each.pk]) for each in found]
    return sorted(ended, key=lambda each: each.changed_by is not None)


def _likest(signature: near.Signatures, besides: uuid.UUID) -> dict[uuid.UUID, float]:
    cases, matrix = _decided.newest()
    estimates = near.similar(signature, matrix)
    # of equally like ones the newer first
    order = np.argsort(-estimates[::-1], kind="stable")[: _CANDIDATES + 1]
    found = {cases[len(cases) - 1 - place]: float(estimates[::-1][place]) for place in order}
    return {case: like for case, like in found.items() if like >= LEAST_LIKENESS and case != besides}


def _ended(case: Case, likeness: float) -> SimilarCase:
    decision = case.outcome.decision
    last = decision
    while (later := getattr(last, "superseded_by", None)) is not None:
        last = later
    return SimilarCase(case, likeness, decision, last if last is not decision else None)
