"""The pages of automations as people meet them: levels, figures, what may be asked and what is refused."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sinmungo.apps.autonomy.models import Automation, Epoch, LevelChange
from sinmungo.apps.autonomy.queries import histories
from sinmungo.apps.autonomy.queries.evidence import recomputed
from sinmungo.apps.base import clock
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.staff.models import Role, User
from sinmungo.core.kernel.words import Level
from sinmungo.web.console import automation_words
from sinmungo.web.console.handles import to_handle
from tests.apps.autonomy import made
from tests.apps.review import made as people
from tests.web import automated

pytestmark = pytest.mark.django_db
LIST = "/console/automations/"


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def lead() -> User:
    return people.member("lead")


def browser(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def place(automation: Automation) -> str:
    return f"/console/automation/{to_handle(automation.pk)}/"


def text(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode().split("<main")[1])  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_each_role_opens_the_pages_it_may(world: made.World, role: str) -> None:
    """Numbers are for five roles, audits for two; only two of them find something to set."""
    automation = made.automation(world)
    client = browser(people.member(role))
    sees = role in ("administrator", "lead", "reviewer", "policy", "observer")
    audits = role in ("lead", "reviewer")
    for url, allowed in ((LIST, sees), (place(automation), sees), ("/console/shifts/", sees)):
        assert client.get(url).status_code == (200 if allowed else 403 if url != place(automation) else 404)
    assert client.get("/console/audits/").status_code == (200 if audits else 403)
    if sees:
        offered = place(automation) + "lower" in client.get(place(automation)).content.decode()
        assert offered == (role in ("lead", "policy"))


def test_the_list_says_where_each_automation_stands(world: made.World, lead: User) -> None:
    """Level, bound and target in words, and why it has its level."""
    automation = made.automation(world, level=Level.CANARY)
    automated.labelled(automation, [False] * 100)
    state = histories.standing(automation.pk, seen_by=lead, at=clock.now()).state
    page = text(browser(lead).get(LIST))
    assert "Accounts that post false gifts" in page and "Canary" in page
    assert state is not None and 0.92 < state.bound < 0.9443
    assert automation_words.share(state.bound) in page and "95.0 %" in page
    assert "enough random audits show the precision it needs" in page
    assert "1 acts alone" in page


def test_the_list_costs_the_same_for_many_as_for_few(world: made.World, lead: User) -> None:
    """One more automation with a past costs no further query."""
    counts = []
    for rule in (made.SUSPENDS, made.HIDES):
        automated.labelled(made.automation(world, rule), [False] * 3)
        with CaptureQueriesContext(connection) as asked:
            histories.standings(seen_by=lead, at=clock.now())
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_nobody_sees_automations_of_another_platform(world: made.World) -> None:
    """Neither in the list nor by address; the address answers as if there were none."""
    automation, other = made.automation(world), made.world()
    client = browser(people.member("lead", platform=other.platform.slug))
    assert "하늘마당" not in text(client.get(LIST)) or place(automation) not in text(client.get(LIST))
    assert client.get(place(automation)).status_code == 404
    assert client.post(place(automation) + "cap", {"cap": "5"}).status_code == 404
    assert client.get("/console/automation/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404


def test_the_page_draws_what_the_log_comes_to(world: made.World, lead: User) -> None:
    """The last points of both lines are what is stored, and what a recomputation finds."""
    automation = made.automation(world)
    epoch = automated.labelled(automation, [False] * 40 + [True] * 3 + [False] * 10)
    state = histories.standing(automation.pk, seen_by=lead, at=clock.now()).state
    assert state is not None and recomputed(epoch).equal
    course = histories.course(epoch, state)
    assert course.detector[-1][1] == state.r and course.bounds[-1][1] == state.bound
    page = text(browser(lead).get(place(automation)))
    assert page.count("<svg") >= 4 and "style=" not in page
    assert automation_words.detector(state.r) in page and automation_words.share(state.bound) in page
    assert f"sinmungo autonomy recompute {automation.pk}" in page


def test_a_correction_is_drawn_in_the_place_of_what_it_corrects(world: made.World, lead: User) -> None:
    """A "wrong" that a second look took back leaves no peak behind."""
    from_wrong = made.automation(world)
    epoch = automated.labelled(from_wrong, [False, True, False])
    automated.corrected(epoch, 2, wrong=False)
    found = histories.standing(from_wrong.pk, seen_by=lead, at=clock.now())
    course = histories.course(epoch, found.state)
    assert len(course.detector) == 3
    assert found.state is not None and course.detector[-1][1] == found.state.r


def test_a_log_that_is_too_long_is_not_drawn(
    world: made.World, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says so, and names the command that reads it."""
    monkeypatch.setattr(histories, "MOST_WALKED", 5)
    automation = made.automation(world)
    automated.labelled(automation, [False] * 6)
    assert "too long to be drawn" in text(browser(lead).get(place(automation)))


def test_an_automation_without_a_past_has_a_page_too(world: made.World, lead: User) -> None:
    """In both languages, with sentences where there is nothing to draw."""
    automation = made.automation(world, level=Level.SHADOW)
    assert "Nothing of this epoch was looked at yet." in text(browser(lead).get(place(automation)))
    assert browser(lead, "ko").get(place(automation)).status_code == 200


def test_hours_are_drawn_with_what_was_wanted_and_done(world: made.World, lead: User) -> None:
    """The last two days, hour by hour, beside how many audits were answered."""
    automation = made.automation(world)
    automated.busy(automation, hours=10, wanted=40, acted=36)
    found = histories.hours(automation, at=clock.now(), count=48)
    assert len(found) == 48 and sum(hour.wanted > 0 for hour in found) == 10
    assert "the rule wanted" in text(browser(lead).get(place(automation)))


def test_a_level_is_lowered_at_once(world: made.World, lead: User) -> None:
    """It stands there with its reason in the page, the history and the ledger."""
    automation = made.automation(world)
    client = browser(lead)
    assert client.post(place(automation) + "lower", {"to": "assist"}).status_code == 302
    automation.refresh_from_db()
    assert (automation.level, automation.reason) == (Level.ASSIST, "by_person")
    page = text(client.get(place(automation)))
    assert "a person set it" in page and "It stands at “Assist” now." in page
    assert Entry.objects.filter(kind="autonomy.level.changed").exists()


@pytest.mark.parametrize("to", ["auto", "canary"])
def test_a_level_is_not_raised_by_the_form_that_lowers(world: made.World, lead: User, to: str) -> None:
    """Whatever the form is made to send."""
    automation = made.automation(world, level=Level.ASSIST)
    answer = browser(lead).post(place(automation) + "lower", {"to": to})
    assert answer.status_code == 422 and "can only be lowered by hand" in text(answer)
    automation.refresh_from_db()
    assert automation.level == Level.ASSIST


@pytest.mark.parametrize("sent", ["", "always", "AUTO", "shadow\0"])
def test_a_level_that_is_none_is_refused(world: made.World, lead: User, sent: str) -> None:
    """A form that was not offered changes nothing."""
    automation = made.automation(world)
    assert browser(lead).post(place(automation) + "lower", {"to": sent}).status_code == 422


def test_asking_for_more_is_refused_with_the_reason(world: made.World, lead: User) -> None:
    """The sentence says that the measured precision is too low, and the level stays."""
    automation = made.automation(world, level=Level.SHADOW)
    automated.labelled(automation, [False] * 20)
    answer = browser(lead).post(place(automation) + "higher")
    assert answer.status_code == 422
    assert "It stays at “Shadow”: its measured precision is below what it needs." in text(answer)


def test_asking_for_more_is_granted_when_the_evidence_is_there(world: made.World, lead: User) -> None:
    """From shadow it rises to assist, and the history says that it was earned."""
    automation = made.automation(world, level=Level.SHADOW)
    automated.labelled(automation, [False] * 200)
    assert browser(lead).post(place(automation) + "higher").status_code == 302
    automation.refresh_from_db()
    assert (automation.level, automation.reason) == (Level.ASSIST, "earned")


def test_only_what_was_stopped_begins_again(world: made.World, lead: User) -> None:
    """A suspended one begins a new epoch in shadow; another one is refused."""
    stopped, running = made.automation(world, level=Level.SUSPENDED), made.automation(world, made.HIDES)
    client = browser(lead)
    assert client.post(place(stopped) + "again").status_code == 302
    stopped.refresh_from_db()
    assert stopped.level == Level.SHADOW
    assert Epoch.objects.filter(automation=stopped).count() == 2
    assert client.post(place(running) + "again").status_code == 409


def test_the_cap_is_set_and_taken_back(world: made.World, lead: User) -> None:
    """A number of acts an hour, or empty for what is usual; anything else is refused."""
    automation = made.automation(world)
    client = browser(lead)
    for sent, status, kept in (("40", 302, 40), ("0", 422, 40), ("many", 422, 40), ("", 302, None)):
        assert client.post(place(automation) + "cap", {"cap": sent}).status_code == status
        automation.refresh_from_db()
        assert automation.hourly_cap == kept


def test_who_may_only_look_sets_nothing(world: made.World) -> None:
    """A reviewer and an observer see the page; each act answers 403 and changes nothing."""
    automation = made.automation(world)
    for role in ("reviewer", "observer"):
        client = browser(people.member(role))
        for act in ("lower", "higher", "again", "cap"):
            assert client.post(place(automation) + act, {"to": "shadow", "cap": "1"}).status_code == 403
    assert not LevelChange.objects.filter(reason="by_person").exists()


def test_another_target_is_computed_and_nothing_is_set(world: made.World, lead: User) -> None:
    """The table answers for what was asked beside what is; the automation stays as it is."""
    automation = made.automation(world)
    asked = {"target": "90", "true": "99", "audits": "10", "acts": "1000", "after_fall": "40"}
    page = text(browser(lead).get(place(automation), asked))
    assert "90.0 %" in page and "Wrong acts until it is stopped, by target" in page
    automation.refresh_from_db()
    assert automation.target == 0.95


@pytest.mark.parametrize(
    "asked",
    [
        {"target": "abc"},
        {"target": "100"},
        {"target": "50"},
        {"true": "nan"},
        {"audits": "0"},
        {"audits": "inf"},
        {"acts": "-5"},
        {"after_fall": "100"},
        {"acts": "1e99"},
    ],
)
def test_numbers_that_cannot_be_reckoned_with_are_said_so(
    world: made.World, lead: User, asked: dict[str, str]
) -> None:
    """The page stays, with what was typed and a sentence beside it."""
    automation = made.automation(world)
    page = text(browser(lead).get(place(automation), asked))
    assert "Percentages lie between 50 and 99.9" in page
    assert f'value="{next(iter(asked.values()))}"' in page


def test_a_target_that_is_never_reached_is_said_so(world: made.World, lead: User) -> None:
    """A rule that is right in 90 of 100 never shows that it is right in 95."""
    automation = made.automation(world)
    assert "never" in text(browser(lead).get(place(automation), {"true": "90", "target": "95"}))


def test_the_log_pages_by_key(world: made.World, lead: User) -> None:
    """Fifty factors at a time, the latest first; a damaged link is refused."""
    automation = made.automation(world)
    automated.labelled(automation, [False] * 60)
    client = browser(lead)
    first = client.get(place(automation)).content.decode()
    further = re.findall(r'\?after=([^"#]+)#log', first)[0]
    second = text(client.get(place(automation), {"after": further}))
    assert "<details><summary>Show the factors" in first and "<details open><summary>Show" in second
    assert '<td class="number">60</td>' in first and '<td class="number">10</td>' in second
    assert client.get(place(automation), {"after": "damaged"}).status_code == 422


def test_the_lead_sees_the_hours_that_autonomy_takes(world: made.World, lead: User) -> None:
    """Ten audits an hour round the clock are 155 hours a week of five minutes each, with second looks."""
    made.automation(world)
    made.automation(world, made.HIDES, level=Level.SHADOW)
    page = text(browser(lead).get("/console/lead/"))
    assert re.search(r"Reviewer hours a week for these</dt><dd>155<", page)
    assert re.search(r"Reviewer hours a week for all of these</dt><dd>309<", page)
    assert "no audit is overdue" in page


def test_an_overdue_audit_stands_on_the_leads_page(world: made.World, lead: User) -> None:
    """It is counted there as soon as its time is over."""
    automation = made.automation(world)
    made.audit(world, made.acted(world, automation), at=clock.now() - timedelta(hours=3))
    assert "1 audit is overdue" in text(browser(lead).get("/console/lead/"))
