"""What a person whom an automation wronged reads on the page of their own statement, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from sinmungo.apps.autonomy.models import Affected, DetectorState, Incident
from sinmungo.apps.autonomy.queries import public, telling
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.statements import links
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import Level
from sinmungo.web.portal import affected
from sinmungo.web.portal.views import status
from tests.apps.appeals.made import scene, told
from tests.apps.autonomy import made, wronged
from tests.apps.autonomy.wronged import Wave

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    status.KNOWN.forget()
    yield
    status.KNOWN.forget()


def page(decision: Any, language: str = "en") -> str:
    """Open the statement of a decision in a fresh browser and return its page."""
    browser = Client()
    address = links.link_path(wronged.told(decision))
    return browser.get(f"{address}?lang={language}", follow=True).content.decode()


def now(row: Affected, state: Affected.State, why: str = "") -> None:
    row.state, row.why = state, why
    row.save()


def measure(wave: Wave, *, labels: int, wrong: int, bound: float) -> None:
    epoch = made.epoch(wave.automation)
    DetectorState.objects.update_or_create(
        epoch=epoch, defaults={"labels": labels, "wrong": wrong, "bound": bound, "updated_at": clock.now()}
    )


def test_who_waits_reads_their_place_and_who_is_before_them() -> None:
    """The third of three reads that two wait before; once the first is put right, one."""
    wave = wronged.wave(3)
    assert "number <strong>3</strong>; <strong>2</strong> people" in page(wave.affected[2].decision)
    wronged.put_right(wave.affected[0], confirmed=False)
    assert "number <strong>3</strong>; <strong>1</strong> person " in page(wave.affected[2].decision)
    assert "3번째" in page(wave.affected[2].decision, "ko")


def test_before_an_incident_is_public_nobody_reads_of_it() -> None:
    """An alarm that may prove false tells nobody that they were wronged."""
    wave = wronged.wave(1, published=False)
    assert telling.place(wave.affected[0].decision) is None
    assert "incident" not in page(wave.affected[0].decision).replace("incidents", "")
    wronged.put_right(wave.affected[0])
    assert "taken back" in page(wave.affected[0].decision)
    assert "/status/" not in page(wave.affected[0].decision)


def test_a_false_alarm_takes_nobody_into_an_incident() -> None:
    """Once an incident was declared none, those in it read of none."""
    wave = wronged.wave(1)
    Incident.objects.update(state=Incident.State.FALSE_ALARM)
    assert telling.place(wave.affected[0].decision) is None


def test_who_was_not_affected_reads_nothing_of_an_incident() -> None:
    """A decision of a person has neither a place nor a measured automation."""
    wronged.wave(1)
    decision = scene()[3]
    browser = Client()
    found = browser.get(f"{links.link_path(told(decision))}?lang=en", follow=True).content.decode()
    assert 'id="incident"' not in found and 'id="measured"' not in found


def test_both_statements_tell_what_returned_and_lead_to_the_letter() -> None:
    """The first statement and the apology name what is still missing, and open the letter."""
    wave = wronged.wave(1)
    row = wave.affected[0]
    wronged.recorded(row, after={"followers": 100, "memberships": ["동네 장터"], "payouts": False})
    answer = wronged.put_right(row)
    for decision in (row.decision, answer):
        found = page(decision)
        for missing in ("20 followers", "Membership: 그림 동아리", "Payouts"):
            assert missing in found
        assert "동네 장터" not in found
        assert "/cleared/" in found
    assert "사과드립니다" in page(answer, "ko")


def test_when_everything_returned_the_page_says_so() -> None:
    """Nothing is listed where nothing is missing."""
    wave = wronged.wave(1)
    wronged.recorded(wave.affected[0], after={})
    wronged.put_right(wave.affected[0])
    assert "everything that it told us of before is there" in page(wave.affected[0].decision)


def test_the_page_opens_when_what_was_kept_of_the_account_is_gone() -> None:
    """The panel stands without the list of what returned when its key was destroyed."""
    wave = wronged.wave(1)
    row = wave.affected[0]
    record = wronged.recorded(row, after={"followers": 1})
    wronged.put_right(row)
    record.key_ref = "account:other"
    record.save()
    vault.destroy(["account:other"], actor=SYSTEM)
    found = page(row.decision)
    assert "taken back" in found and "followers" not in found


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        (Affected.State.UPHELD, "looked_at", "found no mistake"),
        (Affected.State.ALREADY, "overturned", "put right before"),
        (Affected.State.LEFT_OUT, "decided_network", "a person looks at it by itself"),
        (Affected.State.LEFT_OUT, "open_takedown", "a person looks at it by itself"),
        (Affected.State.IMPOSSIBLE, "decision.changed", "taken back together with the others"),
    ],
)
def test_every_end_is_told_and_why_somebody_was_left_out_is_not(
    state: Affected.State, why: str, words: str
) -> None:
    """Whoever is left out reads that a person looks, never the ground for which."""
    wave = wronged.wave(1)
    now(wave.affected[0], state, why)
    found = page(wave.affected[0].decision)
    assert words in found
    assert why not in found and "network" not in found and "takedown" not in found
    assert "10 미만" not in found


@pytest.mark.parametrize(
    ("why", "words"), [("gone", "no longer exists there"), ("refused", "asked several times")]
)
def test_who_could_not_be_put_back_reads_why(why: str, words: str) -> None:
    """The decision is taken back all the same, and the page says what the platform answered."""
    wave = wronged.wave(1)
    wronged.put_right(wave.affected[0])
    now(wave.affected[0], Affected.State.IMPOSSIBLE, why)
    found = page(wave.affected[0].decision)
    assert words in found and "This was our mistake" in found
    assert "/cleared/" in found


def test_how_long_it_takes_is_this_persons_share_of_the_whole() -> None:
    """Half of those who wait stand before: half of the time, never less than it takes."""
    wave = wronged.wave(1)
    place = telling.place(wave.affected[0].decision)
    known = public.told(wave.incident.code, at=clock.now())
    assert place is not None and known is not None
    numbers = replace(known.numbers, parts={**known.numbers.parts, "waiting": 1000})
    running = replace(known, numbers=numbers, seconds_left=6000.0, restoration="running")
    told_of = affected.panel(replace(place, waiting_before=499), running, "Asia/Seoul")
    assert "50" in told_of.left
    unknown = affected.panel(place, replace(running, seconds_left=None), "Asia/Seoul")
    assert unknown.left == ""


def test_what_an_automation_decided_tells_its_measured_bound() -> None:
    """In plain words: how many checks, how many of 100 at least, that nobody looked, as of when."""
    wave = wronged.wave(1)
    measure(wave, labels=412, wrong=9, bound=0.9587)
    found = page(wave.affected[0].decision)
    assert "In blind checks of 412 of its acts, at least 95 of 100 were right." in found
    assert "No person looked before this one." in found
    assert "99 %" in found and "Korea time" in found
    assert "412건" in page(wave.affected[0].decision, "ko")


@pytest.mark.parametrize(("labels", "bound"), [(0, 0.0), (3, 0.004)])
def test_without_enough_checks_no_figure_is_told(labels: int, bound: float) -> None:
    """Too few checks to say anything are told as that."""
    wave = wronged.wave(1)
    measure(wave, labels=labels, wrong=0, bound=bound)
    assert "There are not enough blind checks" in page(wave.affected[0].decision)


def test_a_stopped_automation_is_told_as_stopped() -> None:
    """The person reads that what decided about them acts no more."""
    wave = wronged.wave(1)
    wave.automation.level = Level.SUSPENDED
    wave.automation.save()
    assert "It has been stopped since" in page(wave.affected[0].decision)


def test_the_newest_public_incident_counts() -> None:
    """A decision in two incidents stands where it was told of last."""
    wave = wronged.wave(1)
    other = wronged.opened(wave.automation, cause=Incident.Cause.PERSON)
    row = wave.affected[0]
    Affected.objects.create(
        incident=other, decision=row.decision, item=row.item, place=7, changed_at=clock.now()
    )
    found = telling.place(row.decision)
    assert found is not None
    assert (found.incident_code, found.place) == (other.code, 7)


def test_an_apology_keeps_the_words_of_its_own_version() -> None:
    """A letter that was made before letters apologised reads as it did then."""
    answer = wronged.put_right(wronged.wave(1).affected[0])
    statement = wronged.told(answer)
    assert statement.letter_version == 2
    statement.letter_version = 1
    statement.save()
    assert "An earlier decision was wrong" in page(answer)
