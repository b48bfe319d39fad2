"""The random sample of a restoration: how many people have looked at, and what they found."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sinmungo.apps.autonomy.models import Audit, Restoration
from sinmungo.apps.autonomy.queries import restorable


@dataclass(frozen=True, slots=True)
class Sample:
    """How many of a sample there are, how many were judged to the end, and how many decisions were wrong.

    ``right`` names the affected rows whose decision people found right: they are not restored in bulk.
    """

    size: int
    answered: int
    wrong: int
    right: tuple[int, ...] = ()

    @property
    def waits(self) -> int:
        """How many people still have to look at."""
        return self.size - self.answered


def sample(restoration: Restoration) -> Sample:
    """Return how far the sample of a restoration is; the last look at each counts."""
    acts: dict[uuid.UUID, list[bool | None]] = {}
    mine = Audit.objects.filter(kind=Audit.Kind.RESTORATION, drawn_at__gte=restoration.proposed_at)
    affected = dict(
        restorable.chosen_by(restoration).filter(act__in=mine.values("act")).values_list("act_id", "pk")
    )
    looks = Audit.objects.filter(act__in=mine.filter(act__in=list(affected)).values("act"))
    for act, wrong in looks.order_by("act_id", "look").values_list("act_id", "wrong"):
        if act is not None:
            acts.setdefault(act, []).append(wrong)
    ended = {act: found[-1] for act, found in acts.items() if None not in found}
    right = tuple(sorted(affected[act] for act, wrong in ended.items() if not wrong))
    return Sample(len(acts), len(ended), len(ended) - len(right), right)
