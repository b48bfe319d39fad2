"""How many audits an automation takes, and what they buy: formula (10) and its inverse.

Lorden (1971): nothing that raises a false alarm at most once in ARL detects faster than ln(ARL) / KL
labels, and the e-SR detector comes within a tenth or a fourth of it (B4).
"""

from __future__ import annotations

import math

from sinmungo.core.trust.detector import MONTH_HOURS

#: From the act to the answer, in hours, where nothing else is known.
LATENCY_HOURS = 0.5
_HALVINGS = 60
_MOST_PER_HOUR = 1e6


def divergence(rate: float, null: float) -> float:
    """Return KL(rate || null) of two Bernoulli rates, in nats a label. ValueError unless in 0..1."""
    if not (0.0 < null < 1.0 and 0.0 <= rate <= 1.0):
        raise ValueError("rates lie between 0 and 1")
    found = 0.0 if rate == 0.0 else rate * math.log(rate / null)
    return found if rate == 1.0 else found + (1.0 - rate) * math.log((1.0 - rate) / (1.0 - null))


def labels_to_trip(*, audits_per_hour: float, wrong_after: float, null: float, alpha: float = 0.01) -> float:
    """Return how many audits it takes to trip once the wrong rate is ``wrong_after``: formula (10).

    N ~ ln(720 a / alpha) / KL(th1 || m), with ``alpha`` false alarms a month. In the simulation of B4 the
    prediction of the delay is off by at most 5 %. Infinite where ``wrong_after`` is not above the null.
    """
    if audits_per_hour <= 0.0:
        raise ValueError("audits per hour lie above 0")
    if wrong_after <= null:
        return math.inf
    return max(math.log(MONTH_HOURS * audits_per_hour / alpha), 0.0) / divergence(wrong_after, null)


def hours_to_trip(
    *,
    audits_per_hour: float,
    wrong_after: float,
    null: float,
    alpha: float = 0.01,
    latency: float = LATENCY_HOURS,
) -> float:
    """Return the hours from the change until it trips: L + N / a."""
    labels = labels_to_trip(audits_per_hour=audits_per_hour, wrong_after=wrong_after, null=null, alpha=alpha)
    return latency + labels / audits_per_hour


def wrong_until_trip(
    *,
    acts_per_hour: float,
    audits_per_hour: float,
    wrong_after: float,
    null: float,
    alpha: float = 0.01,
    latency: float = LATENCY_HOURS,
) -> float:
    """Return how many are wronged from the change until it trips: r th1 (L + N / a)."""
    hours = hours_to_trip(
        audits_per_hour=audits_per_hour, wrong_after=wrong_after, null=null, alpha=alpha, latency=latency
    )
    return acts_per_hour * wrong_after * hours


def audits_needed(
    *, hours: float, wrong_after: float, null: float, alpha: float = 0.01, latency: float = LATENCY_HOURS
) -> float:
    """Return the audits an hour that trip within ``hours`` of the change: a = N(a) / (D - L).

    The inverse of ``hours_to_trip``, found by halving. Raises ValueError where no number of audits would
    do: ``hours`` at most the latency, or a wrong rate that is not above the null.
    """
    if hours <= latency or wrong_after <= null:
        raise ValueError("no number of audits would do")

    def does(audits: float) -> bool:
        return hours >= hours_to_trip(
            audits_per_hour=audits, wrong_after=wrong_after, null=null, alpha=alpha, latency=latency
        )

    # below e alpha / 720 more audits do not help yet: the logarithm outruns them
    low, high = math.e * alpha / MONTH_HOURS, _MOST_PER_HOUR
    if not does(high):
        raise ValueError("no number of audits would do")
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if does(middle) else (middle, high)
    return high


def audits_to_earn(*, precision: float, target: float, alpha: float) -> float:
    """Return how many audits an automation of this ``precision`` needs to show ``target``, about.

    The floor of any such test, ln(1/alpha) / KL; formula (8) needs 1.1 to 1.4 times as many in the median
    and up to 3.5 times in one of twenty (B4). Infinite where the precision is not above the target.
    """
    if precision <= target:
        return math.inf
    return math.log(1.0 / alpha) / divergence(1.0 - precision, 1.0 - target)


def hours_for_autonomy(
    *,
    audits_per_hour: float,
    active_hours: float,
    minutes_per_audit: float = 5.0,
    called_wrong: float = 0.05,
    gold_share: float = 0.05,
) -> float:
    """Return the reviewer hours that keep an automation acting alone for ``active_hours``.

    Each audit takes ``minutes_per_audit``; every "wrong" is looked at twice, and of all looks a
    ``gold_share`` is gold. Raises ValueError for shares outside 0 to 1 (gold below 1) or negative numbers.
    """
    if not (0.0 <= called_wrong <= 1.0 and 0.0 <= gold_share < 1.0):
        raise ValueError("shares lie between 0 and 1")
    if min(audits_per_hour, active_hours, minutes_per_audit) < 0.0:
        raise ValueError("hours and audits are not negative")
    looks = audits_per_hour * active_hours * (1.0 + called_wrong) / (1.0 - gold_share)
    return looks * minutes_per_audit / 60.0


def audits_from_hours(
    *,
    reviewer_hours: float,
    active_hours: float,
    minutes_per_audit: float = 5.0,
    called_wrong: float = 0.05,
    gold_share: float = 0.05,
) -> float:
    """Return the audits an hour that these reviewer hours buy: the inverse of ``hours_for_autonomy``."""
    if active_hours <= 0.0 or minutes_per_audit <= 0.0:
        raise ValueError("hours and minutes lie above 0")
    one = hours_for_autonomy(
        audits_per_hour=1.0,
        active_hours=active_hours,
        minutes_per_audit=minutes_per_audit,
        called_wrong=called_wrong,
        gold_share=gold_share,
    )
    return reviewer_hours / one
