"""The breaker: what each stream may and may not do, and that its state is a small exact value."""

from __future__ import annotations

import itertools
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.trust.breaker import Breaker, Settings
from sinmungo.core.trust.detector import MONTH_HOURS

ACCOUNTS = Settings(target=0.95)

Step = tuple[str, float, float]
Steps = st.lists(
    st.tuples(st.sampled_from(["audit", "share", "rate"]), st.floats(0, 1), st.floats(-500, 2_000)),
    max_size=40,
)


def _fed(steps: list[Step], settings: Settings = ACCOUNTS) -> Breaker:
    breaker = Breaker.begin(settings)
    for stream, x, at in steps:
        if stream == "audit":
            breaker = breaker.audit(x, at)
        elif stream == "share":
            breaker = breaker.appeal(x, at)
        else:
            breaker = breaker.acts(1_000 * x, 100.0, at)
    return breaker


def _audited(*labels: float, every: float = 0.2) -> Breaker:
    return _fed([("audit", x, number * every) for number, x in enumerate(labels)])


def test_nothing_known_is_no_suspicion():
    """An epoch begins without R, without a trip and without an alarm."""
    breaker = Breaker.begin(ACCOUNTS)

    assert (breaker.r, breaker.tripped, breaker.is_suspicious, breaker.rate_alarm) == (
        0.0,
        False,
        False,
        False,
    )


def test_r_is_mixed_from_audits_share_and_both():
    """R = .45 audits + .15 share + .40 of both together."""
    breaker = _fed([("audit", 0.0, 0.0), ("share", 1.0, 5.0), ("audit", 1.0, 9.0), ("share", 0.0, 11.0)])
    parts = (breaker.by_audit.value, breaker.by_share.value, breaker.by_both.value)

    assert breaker.r == pytest.approx(0.45 * parts[0] + 0.15 * parts[1] + 0.40 * parts[2])
    assert all(part > 0.0 for part in parts)


def test_audits_alone_trip_it():
    """After fifty right ones, a handful of wrong ones in a row stop it."""
    assert not _audited(*[0.0] * 51, *[1.0] * 5).tripped
    assert _audited(*[0.0] * 51, *[1.0] * 6).tripped


def test_overturned_appeals_alone_trip_it():
    """Where nobody audits, a share of overturned appeals far above the past does."""
    steps = [("share", float(number % 5 < 4), number * 0.5) for number in range(80)]

    assert _fed(steps).tripped
    assert not _fed([("share", float(number % 6 == 0), number * 0.5) for number in range(400)]).tripped


def test_both_streams_together_trip_it_sooner_than_audits():
    """Labels of either kind add up in the product."""
    calm: list[Step] = [("audit", 0.0, number * 0.2) for number in range(51)]
    wrong: list[Step] = [("audit", 1.0, 10.2 + number * 0.2) for number in range(5)]
    appeals: list[Step] = [("share", 1.0, 10.3 + number * 0.2) for number in range(5)]
    both = [step for pair in zip(wrong, appeals, strict=True) for step in pair]

    assert _fed(calm + both).tripped
    assert not _fed(calm + wrong).tripped


def test_the_number_of_acts_never_moves_r():
    """A surge raises the alarm for a burst; it neither trips nor makes suspicious (B5)."""
    breaker = _audited(0.0, 0.0, 0.0)
    surge = breaker
    for minute in range(120):
        surge = surge.acts(100.0, 1_000 / 60, 1.0 + minute / 60)

    assert surge.rate_alarm
    assert (surge.r, surge.peak, surge.tripped) == (breaker.r, breaker.peak, False)
    assert surge.by_audit == breaker.by_audit


def test_the_rate_alarm_comes_down_by_itself():
    """An hour of usual traffic after a surge ends the alarm; nobody resets it."""
    breaker = Breaker.begin(ACCOUNTS)
    for minute in range(60):
        breaker = breaker.acts(100.0, 1_000 / 60, minute / 60)
    assert breaker.rate_alarm
    for minute in range(60):
        breaker = breaker.acts(17.0, 1_000 / 60, 1.0 + minute / 60)

    assert not breaker.rate_alarm


def test_half_as_much_again_is_still_usual():
    """The null of the rate is 1.5 times what is usual at this hour."""
    breaker = Breaker.begin(ACCOUNTS)
    for hour in range(720):
        breaker = breaker.acts(1_490.0, 1_000.0, float(hour))

    assert not breaker.rate_alarm


def test_a_trip_stays_when_right_labels_bring_r_down():
    """R falls again, and the breaker has tripped all the same."""
    breaker = _audited(*[1.0] * 10, *[0.0] * 400)

    assert breaker.r < 1.0 < breaker.settings.threshold <= breaker.peak
    assert breaker.tripped


def test_suspicion_comes_before_a_trip():
    """A few wrong labels call for a burst, and right ones call it off."""
    breaker = _audited(*[0.0] * 51, 1.0, 1.0)
    assert breaker.is_suspicious and not breaker.tripped

    for number in range(60):
        breaker = breaker.audit(0.0, 10.6 + number * 0.05)
    assert not breaker.is_suspicious


@pytest.mark.parametrize("streams", ["aaaaaaaaa", "asasasasa", "aassssaaa", "sssssssss"])
def test_r_less_the_time_is_a_supermartingale_whatever_the_streams(streams: str):
    """Over all paths at the nulls the mean of R never exceeds the months since the first label."""
    settings, gap = Settings(target=0.9), 24.0
    chances = {"a": settings.null, "s": settings.share_null}
    mean = 0.0
    for path in itertools.product((0.0, 1.0), repeat=len(streams)):
        chance, breaker = 1.0, Breaker.begin(settings)
        for number, (stream, x) in enumerate(zip(streams, path, strict=True)):
            chance *= chances[stream] if x else 1 - chances[stream]
            at = number * gap
            breaker = breaker.audit(x, at) if stream == "a" else breaker.appeal(x, at)
        mean += chance * breaker.r

    assert 0.0 < mean <= (len(streams) - 1) * gap / MONTH_HOURS + 1e-12


def test_an_auditors_error_raises_what_is_tolerated():
    """Formula (12): the null becomes m + eps, so the same labels say less."""
    strict, kind = Settings(target=0.95), Settings(target=0.95, auditor_error=0.05)
    steps: list[Step] = [("audit", float(number % 4 == 0), number * 0.2) for number in range(20)]

    assert kind.null == pytest.approx(0.10)
    assert _fed(steps, kind).r < _fed(steps, strict).r


def test_a_weight_counts_as_its_share_of_the_largest():
    """A label of weight 1 where 5 is the largest counts a fifth; one that is larger is refused."""
    capped = Settings(target=0.95, max_weight=5.0)

    assert Breaker.begin(capped).audit(1.0, 0.0).audit(1.0, 1.0).r < _audited(1.0, 1.0, every=1.0).r
    assert Breaker.begin(capped).audit(1.0, 0.0, 5.0).audit(1.0, 1.0, 5.0).r == pytest.approx(
        _audited(1.0, 1.0, every=1.0).r
    )
    with pytest.raises(ValueError, match="weight"):
        Breaker.begin(ACCOUNTS).audit(1.0, 0.0, 1.5)


def test_labels_are_counted():
    """How many there were and how many of them were wrong or overturned, parts of a label too."""
    breaker = _fed([("audit", 1.0, 0.0), ("audit", 0.0, 1.0), ("share", 0.5, 2.0), ("rate", 0.1, 3.0)])

    assert (breaker.audits, breaker.wrong, breaker.appeals, breaker.overturned) == (2, 1.0, 1, 0.5)


@settings(deadline=None)
@given(Steps)
def test_a_state_comes_back_from_its_document_exactly(steps: list[Step]):
    """What JSON writes and reads is equal to the last bit, and goes on alike."""
    breaker = _fed(steps)
    back = Breaker.from_document(json.loads(json.dumps(breaker.to_document(), allow_nan=False)))

    assert back == breaker
    assert back.audit(1.0, 3_000.0).appeal(1.0, 3_001.0) == breaker.audit(1.0, 3_000.0).appeal(1.0, 3_001.0)


@settings(deadline=None)
@given(Steps)
def test_no_labels_make_a_value_that_is_none(steps: list[Step]):
    """Labels late, early or far apart leave R finite and not negative, and the peak at least R."""
    breaker = _fed(steps)

    assert 0.0 <= breaker.r <= breaker.peak < math.inf


@pytest.mark.parametrize("name", ["settings", "by_audit", "audit_runs", "peak"])
@pytest.mark.parametrize("value", [None, "x", [1], [[1, 2], 3]])
def test_what_is_no_state_is_refused(name: str, value: object):
    """A document with a part missing or of another shape raises ValueError."""
    document = {**Breaker.begin(ACCOUNTS).to_document(), name: value}

    with pytest.raises(ValueError, match="state"):
        Breaker.from_document(document)


@pytest.mark.parametrize("x", [-0.1, 1.1, math.nan])
def test_a_label_outside_its_range_is_refused(x: float):
    """Only 0 to 1 is a label."""
    for enter in (Breaker.begin(ACCOUNTS).audit, Breaker.begin(ACCOUNTS).appeal):
        with pytest.raises(ValueError, match="lies"):
            enter(x, 0.0)


@pytest.mark.parametrize(
    "kept",
    [{"target": 1.0}, {"target": 0.0}, {"target": 0.95, "auditor_error": 0.95}, {"target": 0.95, "soft": 0.0},
     {"target": 0.95, "threshold": 0.001}, {"target": 0.95, "rate_multiple": 0.9},
     {"target": 0.95, "max_weight": 0.5}, {"target": 0.95, "past_share": 0.0}],
)  # fmt: skip
def test_settings_that_no_breaker_could_keep_are_refused(kept: dict[str, float]):
    """A target of certainty, a trip below the first doubt and shares that cannot be raise ValueError."""
    with pytest.raises(ValueError, match=r"breaker|rate"):
        Settings(**kept)
