"""Which acts are audited: a draw whose probability is known, fair to the few and wary of the many alike.

Unequal chances and the weights that undo them: Horvitz and Thompson (1952); in bets on a mean,
formula (2) and Xu, Karampatziakis and Mineiro (arXiv 2406.10490).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

#: The largest chance is at most so many times the smallest, so no weight undoes more than that.
MOST_UNEQUAL = 5.0
#: Of all audits a stratum gets about this share, or half an even share where there are many strata.
STRATUM_FLOOR = 0.10
#: Of all audits, and of all decided appeals that count, a cluster of authors gets at most this share.
CLUSTER_CAP = 0.20
#: With fewer acts behind it a mix says nothing, and every act has the same chance.
LEAST_ACTS = 50
#: So many decided appeals of a cluster always count.
FIRST_APPEALS = 5
_HALVINGS = 60


class Kind(NamedTuple):
    """What the chance of an act depends on: language and age of the account, and who acts alike.

    An empty ``cluster`` is an author of whom nothing alike is known; they are never taken together.
    """

    stratum: str
    cluster: str = ""


class Chance(NamedTuple):
    """How likely an act is drawn, and how much its label counts if it is: above 0 and at most 1.

    ``weight`` is the smallest propensity of the plan over this one, which is (pibar/pi) / w_max of formula
    (2): what is drawn more often counts less.
    """

    propensity: float
    weight: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The chances of the next acts, fixed before any of them is seen."""

    scale: float
    least: float
    strata: Mapping[str, float]
    clusters: Mapping[str, float]
    new_stratum: float

    def chance(self, kind: Kind) -> Chance:
        """Return the chance of one act; a stratum never seen before is looked at as often as a rare one."""
        propensity = min(1.0, self.scale * self.relative(kind))
        return Chance(propensity, min(1.0, self.scale * self.least) / propensity if propensity else 1.0)

    def relative(self, kind: Kind) -> float:
        """Return how likely an act of this kind is drawn, beside others."""
        raised = self.strata.get(kind.stratum, self.new_stratum)
        wanted = raised * self.clusters.get(kind.cluster, 1.0)
        return min(max(wanted, self.least), self.least * MOST_UNEQUAL)


def planned(mix: Mapping[Kind, float], *, share: float) -> Plan:
    """Return the plan that audits about ``share`` of the acts to come, if they come as ``mix`` did.

    ``mix`` counts the acts of the hours before by kind. A stratum with few acts is raised towards
    ``STRATUM_FLOOR`` of the audits, a cluster with many is cut towards ``CLUSTER_CAP``, both only as far as
    ``MOST_UNEQUAL`` allows; so a cluster that makes nearly all acts still takes more than its cap. The plan
    depends on the past alone, so every draw from it has a known probability. Raises ValueError unless
    0 <= share <= 1.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError("a share lies between 0 and 1")
    total = sum(mix.values())
    if total < LEAST_ACTS or share in (0.0, 1.0):
        return Plan(share, 1.0, {}, {}, 1.0)
    strata, clusters = _raised(mix, total), _cut(mix, total)
    floor = max(min(clusters.values(), default=1.0), 1.0 / MOST_UNEQUAL)
    even = Plan(1.0, floor, strata, clusters, MOST_UNEQUAL)
    return Plan(_scale(even, mix, share * total), floor, strata, clusters, MOST_UNEQUAL)


def propensities(kinds: Sequence[Kind], *, mix: Mapping[Kind, float], share: float) -> list[Chance]:
    """Return the chance of each of ``kinds`` under the plan of ``mix``; see ``planned``."""
    plan = planned(mix, share=share)
    return [plan.chance(kind) for kind in kinds]


def draw(propensity: float, chance: float) -> bool:
    """Tell whether an act is drawn: ``chance`` is uniform on [0, 1) and independent of the act."""
    return chance < propensity


def appeal_counts(of_cluster: int, of_all: int) -> bool:
    """Tell whether the next decided appeal of a cluster counts, by how many of it and of all counted.

    The first five do, and then as long as the cluster has less than ``CLUSTER_CAP`` of all; an empty
    cluster is never asked about. The answer depends on the past alone, so leaving one out stays fair.
    """
    return of_cluster < FIRST_APPEALS or of_cluster < CLUSTER_CAP * of_all


def _raised(mix: Mapping[Kind, float], total: float) -> dict[str, float]:
    """Return how much more often than others each stratum is drawn."""
    acts: dict[str, float] = {}
    for kind, count in mix.items():
        acts[kind.stratum] = acts.get(kind.stratum, 0.0) + count
    odds = _odds(min(STRATUM_FLOOR, 0.5 / len(acts)))
    return {
        name: min(max(1.0, odds * (total - count) / count), MOST_UNEQUAL)
        for name, count in acts.items()
        if count
    }


def _cut(mix: Mapping[Kind, float], total: float) -> dict[str, float]:
    """Return how much less often than others each cluster above its cap is drawn."""
    acts: dict[str, float] = {}
    for kind, count in mix.items():
        if kind.cluster:
            acts[kind.cluster] = acts.get(kind.cluster, 0.0) + count
    odds = _odds(CLUSTER_CAP)
    return {
        name: max(odds * (total - count) / count, 1.0 / MOST_UNEQUAL)
        for name, count in acts.items()
        if count > CLUSTER_CAP * total
    }


def _odds(share: float) -> float:
    return share / (1.0 - share)


def _scale(even: Plan, mix: Mapping[Kind, float], audits: float) -> float:
    """Return the scale at which the acts of ``mix`` are audited so many times, none more than once."""
    relative = [(even.relative(kind), count) for kind, count in mix.items()]
    low, high = 0.0, 1.0 / even.least
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        found = sum(count * min(1.0, middle * each) for each, count in relative)
        low, high = (middle, high) if found < audits else (low, middle)
    return high
