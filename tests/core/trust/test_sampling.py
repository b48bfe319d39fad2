"""Draws whose probability is known: fair to the few, wary of the many alike, and unbiased all the same."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.trust.breaker import Breaker, Settings
from sinmungo.core.trust.sampling import (
    CLUSTER_CAP,
    LEAST_ACTS,
    MOST_UNEQUAL,
    STRATUM_FLOOR,
    Chance,
    Kind,
    appeal_counts,
    draw,
    planned,
    propensities,
)

KO, EN, NEW = "ko/old", "en/old", "ko/new"
Mixes = st.dictionaries(
    st.builds(Kind, st.sampled_from([KO, EN, NEW, "vi/new"]), st.sampled_from(["", "a", "b", "c"])),
    st.integers(1, 5_000),
    min_size=1,
)


def _audits(mix: dict[Kind, float], share: float) -> dict[Kind, float]:
    """How many acts of each kind are audited on average, if as many come as came before."""
    plan = planned(mix, share=share)
    return {kind: count * plan.chance(kind).propensity for kind, count in mix.items()}


def _share_of(audits: dict[Kind, float], **wanted: str) -> float:
    part = sum(
        count for kind, count in audits.items() if all(getattr(kind, k) == v for k, v in wanted.items())
    )
    return part / sum(audits.values())


def test_where_nothing_stands_out_all_acts_have_the_same_chance():
    """An even mix is audited evenly, and each label counts whole."""
    mix = {Kind(KO): 500, Kind(EN): 400, Kind(NEW, "a"): 100}

    chances = [planned(mix, share=0.05).chance(kind) for kind in mix]
    assert chances == [Chance(pytest.approx(0.05), 1.0)] * 3


@settings(deadline=None)
@given(Mixes, st.floats(0.001, 1.0))
def test_as_many_are_audited_as_were_asked_for(mix: dict[Kind, float], share: float):
    """However unequal the chances, they come to the share of the acts."""
    assert sum(_audits(mix, share).values()) == pytest.approx(share * sum(mix.values()), rel=1e-9)


@settings(deadline=None)
@given(Mixes, st.floats(0.001, 1.0))
def test_chances_are_known_and_their_weights_undo_them(mix: dict[Kind, float], share: float):
    """Propensity times weight is the same for every act, new kinds too, so no kind counts more."""
    plan = planned(mix, share=share)
    chances = [plan.chance(kind) for kind in [*mix, Kind("never/seen"), Kind(KO, "never")]]

    assert all(0.0 < each.propensity <= 1.0 and 0.0 < each.weight <= 1.0 for each in chances)
    assert all(each.weight >= 1.0 / MOST_UNEQUAL - 1e-9 for each in chances)
    products = {round(each.propensity * each.weight, 12) for each in chances}
    assert len(products) == 1


def test_the_weighted_sample_is_unbiased_for_the_pool():
    """Enumerated over all draws from seven acts: the weighted wrong rate less the null is the pool's."""
    mix = {Kind(KO, "a"): 500, Kind(KO): 440, Kind(EN): 60}
    kinds = [Kind(KO, "a")] * 4 + [Kind(KO)] * 2 + [Kind(EN)]
    wrong = (1, 0, 0, 0, 1, 0, 1)
    chances = propensities(kinds, mix=mix, share=0.3)
    assert len({each.propensity for each in chances}) == 3

    mean = 0.0
    for drawn in itertools.product((False, True), repeat=len(kinds)):
        chance, total = 1.0, 0.0
        for is_drawn, each, x in zip(drawn, chances, wrong, strict=True):
            chance *= each.propensity if is_drawn else 1.0 - each.propensity
            total += each.weight * (x - 0.05) * is_drawn
        mean += chance * total

    scale = chances[0].propensity * chances[0].weight
    assert mean == pytest.approx(scale * (sum(wrong) - 0.05 * len(wrong)), abs=1e-12)


def test_a_rare_stratum_is_looked_at_more_often():
    """The few who write another language are audited up to five times as often, others barely less."""
    mix = {Kind(KO): 9_700, Kind(EN): 300}
    audits = _audits(mix, 0.02)

    assert _share_of(audits, stratum=EN) == pytest.approx(STRATUM_FLOOR, abs=1e-6)
    assert planned(mix, share=0.02).chance(Kind(KO)).weight == 1.0


def test_no_chance_is_more_than_five_times_another():
    """A stratum of one in ten thousand stays rare among the audits."""
    mix = {Kind(KO): 9_999, Kind(EN): 1}
    plan = planned(mix, share=0.02)

    assert plan.chance(Kind(EN)).propensity == pytest.approx(5 * plan.chance(Kind(KO)).propensity)


@pytest.mark.parametrize("of_acts", [0.25, 0.40, 0.55])
def test_a_cluster_takes_at_most_its_share_of_the_audits(of_acts: float):
    """A template that makes half of all acts gets a fifth of the looks."""
    mix = {Kind(KO, "flood"): 10_000 * of_acts, Kind(KO): 10_000 * (1 - of_acts)}

    assert _share_of(_audits(mix, 0.01), cluster="flood") == pytest.approx(CLUSTER_CAP, abs=1e-6)


def test_a_cluster_that_makes_nearly_all_acts_is_cut_as_far_as_weights_allow():
    """Beyond that it keeps more than its cap: cutting it further would leave its people unseen."""
    mix = {Kind(KO, "flood"): 9_000, Kind(KO): 1_000}
    plan = planned(mix, share=0.01)

    assert plan.chance(Kind(KO)).propensity == pytest.approx(5 * plan.chance(Kind(KO, "flood")).propensity)
    assert _share_of(_audits(mix, 0.01), cluster="flood") < 0.65


def test_authors_of_no_cluster_are_not_taken_together():
    """However many there are, nobody is cut for being like nobody else."""
    assert planned({Kind(KO): 10_000}, share=0.01).chance(Kind(KO)) == Chance(pytest.approx(0.01), 1.0)


def test_too_few_acts_say_nothing():
    """Below fifty acts every act has the same chance, whatever they were."""
    few = {Kind(KO, "a"): LEAST_ACTS - 2, Kind(EN): 1}

    assert propensities([Kind(EN), Kind("x")], mix=few, share=0.5) == [Chance(0.5, 1.0)] * 2


def test_all_or_none_may_be_audited():
    """In canary every act is drawn and counts whole; a share of 0 draws none."""
    mix = {Kind(KO, "a"): 900, Kind(EN): 10}

    assert {each.propensity for each in propensities(list(mix), mix=mix, share=1.0)} == {1.0}
    assert {each.propensity for each in propensities(list(mix), mix=mix, share=0.0)} == {0.0}


def test_an_act_is_drawn_below_its_propensity():
    """A chance equal to the propensity is not drawn, so 0 never is and 1 always."""
    assert draw(0.5, 0.499) and not draw(0.5, 0.5)
    assert draw(1.0, 0.999999) and not draw(0.0, 0.0)


def test_one_crowd_cannot_outshout_the_others_by_appealing():
    """Of a cluster the first five decided appeals count, and then a fifth of all."""
    counted = Counter[str]()
    for number in range(300):
        who = "crowd" if number % 3 else "others"
        if who == "others" or appeal_counts(counted["crowd"], counted.total()):
            counted[who] += 1

    assert appeal_counts(4, 4) and not appeal_counts(5, 20)
    assert counted["crowd"] / counted.total() == pytest.approx(CLUSTER_CAP, abs=0.01)


@pytest.mark.parametrize("share", [-0.01, 1.01])
def test_a_share_that_cannot_be_is_refused(share: float):
    """Only 0 to 1 of the acts can be audited."""
    with pytest.raises(ValueError, match="share"):
        planned({}, share=share)


@pytest.mark.parametrize("of_acts", [0.3, 0.6, 0.9])
def test_a_wave_of_one_template_is_stopped_though_it_is_looked_at_less(of_acts: float):
    """Seeded: all acts of a flood are wrong, all others right; within a working day of audits it trips."""
    random = np.random.default_rng(3)
    flood, others = Kind(KO, "flood"), Kind(KO)
    mix = {flood: 10_000 * of_acts, others: 10_000 * (1 - of_acts)}
    plan = planned(mix, share=0.01)
    breaker, audits = Breaker.begin(Settings(target=0.95)), 0
    while not breaker.tripped:
        kind = flood if random.random() < of_acts else others
        chance = plan.chance(kind)
        if draw(chance.propensity, random.random()):
            audits += 1
            breaker = breaker.audit(float(kind is flood), audits * 0.1, chance.weight)

    assert audits <= 80
