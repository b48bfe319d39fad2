"""Incidents in the console: who sees what, and what those who run them do on their pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from sinmungo.apps.autonomy.models import Automation, Incident, Inquiry, LinkedAppeal, PlaybookStep
from sinmungo.apps.autonomy.queries import incident_desk as desk
from sinmungo.apps.autonomy.services import incidents
from sinmungo.apps.base import clock
from sinmungo.apps.staff.models import User
from sinmungo.web.console.handles import to_handle
from tests.apps.autonomy import made
from tests.apps.autonomy.incident_made import (
    TITLES,
    Wave,
    appeal,
    epoch_begun,
    opened,
    tripped_breaker,
    wave,
)
from tests.apps.review.made import member
from tests.common import factories
from tests.web.test_console_pages import ROLES, browser

pytestmark = pytest.mark.django_db

SEES = {"administrator", "lead", "reviewer", "policy", "observer"}
RUNS = {"lead", "policy"}
TOLD = {"ko": "확인하고 있습니다.", "en": "We are looking into it."}


@pytest.fixture
def found() -> Wave:
    return wave(2)


@pytest.fixture
def incident(found: Wave) -> Incident:
    return opened(found)


@pytest.fixture
def lead(found: Wave) -> Client:
    return browser(found.lead)


def at(incident: Incident, act: str = "") -> str:
    return f"/console/incidents/{incident.code}/{act}"


def text_of(answer: HttpResponse) -> str:
    """Return the page below the masthead, without tags."""
    html = answer.content.decode().split("<main", 1)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def version(incident: Incident) -> str:
    return str(Incident.objects.get(pk=incident.pk).version)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_incidents_or_runs_them_as_its_cell_says(
    found: Wave, incident: Incident, role: str
) -> None:
    """Whoever sees automations sees numbers; words and people are for those who run incidents."""
    incidents.note(incident=incident, words="비밀스러운 메모", user=found.lead, at=clock.now())
    client = browser(member(role))
    page = client.get(at(incident))
    assert page.status_code == (200 if role in SEES else 403)
    assert ("비밀스러운 메모" in page.content.decode()) == (role in RUNS)
    assert (client.get(at(incident, "alike/")).status_code == 200) == (role in RUNS)
    assert (client.post(at(incident, "note"), {"words": "메모"}).status_code == 302) == (role in RUNS)
    people = client.get(at(incident, "people/")).status_code
    assert (people == 200) == (role in RUNS | {"reviewer"})
    assert (at(incident, "people/") in page.content.decode()) == (people == 200)


def test_the_page_tells_how_many_since_when_and_how_to_recompute_it(found: Wave) -> None:
    """A trip's page has the numbers of the detector and the command that comes to the same."""
    epoch = epoch_begun(found.automation, hours=11)
    row = incidents.open_for_trip(
        automation=found.automation,
        epoch=epoch,
        breaker=tripped_breaker(),
        audits_per_hour=5.0,
        at=clock.now(),
    )
    page = text_of(browser(factories.member("observer")).get(at(row), headers={"accept-language": "en"}))
    assert "2 decisions" in page
    assert "it stops at 100" in page
    assert f"sinmungo autonomy recompute {found.automation.pk}" in page
    assert found.automation.rule not in page and "95.0 %" in page


def test_every_way_from_the_page_of_a_trip_leads_somewhere(found: Wave, lead: Client) -> None:
    """The automation that tripped, its people, like appeals and the restoration are one press away."""
    row = incidents.open_for_trip(
        automation=found.automation,
        epoch=epoch_begun(found.automation, hours=11),
        breaker=tripped_breaker(),
        audits_per_hour=5.0,
        at=clock.now(),
    )
    body = lead.get(at(row)).content.decode().split("<main", 1)[-1]
    ways = set(re.findall(r'href="(/console/[^"#]+)"', body))
    assert any("/automation/" in way for way in ways)
    assert {way: lead.get(way).status_code for way in ways} == dict.fromkeys(ways, 200)


def test_a_handle_is_shown_only_to_who_may_see_it(found: Wave, incident: Incident, lead: Client) -> None:
    """Of a person's decision others read its code and its place."""
    handle = found.acts[0].item.author.external_id  # type: ignore[union-attr]
    code = found.acts[0].decision.case_code  # type: ignore[union-attr]
    page = lead.get(at(incident, "people/")).content.decode()
    assert handle in page
    assert code in page
    assert handle not in lead.get(at(incident)).content.decode()


def test_the_list_of_people_can_be_narrowed_and_refuses_what_it_never_offered(
    incident: Incident, lead: Client
) -> None:
    """A state that does not exist is no filter."""
    assert "Nobody." in text_of(
        lead.get(at(incident, "people/?state=restored"), headers={"accept-language": "en"})
    )
    assert lead.get(at(incident, "people/?state=dancing")).status_code == 422


def opening(found: Wave, **more: object) -> dict[str, object]:
    now = clock.now()
    fields = {
        "platform": found.world.platform.slug,
        "automation": [to_handle(found.automation.pk)],
        "begins": f"{now - timedelta(days=2):%Y-%m-%dT%H:%M}",
        "ends": f"{now - timedelta(days=1):%Y-%m-%dT%H:%M}",
        "is_severe": "1",
    }
    return fields | TITLES | more


def test_a_person_opens_an_incident_by_a_form(found: Wave, lead: Client) -> None:
    """What the automation did since then joins, and it is stopped where that was wanted."""
    answer = lead.post("/console/incidents/", opening(found, stop="1"))
    row = Incident.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, at(row))
    assert row.affected.count() == 2
    assert row.lead == found.lead
    assert Automation.objects.get(pk=found.automation.pk).level == "suspended"


def test_a_refused_form_comes_back_with_what_was_typed(found: Wave, lead: Client) -> None:
    """Nothing has to be written twice; what the page never offered is no form at all."""
    answer = lead.post("/console/incidents/", opening(found, title_en=""))
    assert answer.status_code == 422
    assert TITLES["title_ko"] in answer.content.decode()
    assert "checked" in answer.content.decode()
    for bad in ({"begins": "soon"}, {"ends": ""}, {"begins": "0026-11-01T00:00"}):
        refused = lead.post("/console/incidents/", opening(found, **bad))
        assert refused.status_code == 422 and TITLES["title_ko"] in refused.content.decode()
    assert lead.post("/console/incidents/", opening(found, automation=["nonsense"])).status_code == 422
    assert lead.post("/console/incidents/", opening(found, platform="nowhere")).status_code in (403, 422)
    assert not Incident.objects.exists()


def test_the_public_is_told_from_the_page(incident: Incident, lead: Client) -> None:
    """First a note is kept, then the incident is published; the page leads to the public one."""
    assert lead.post(at(incident, "say"), TOLD).status_code == 302
    assert Incident.objects.get().published_at is None
    publish = {"ko": "", "en": "", "publish": "1", "version": version(incident)}
    assert lead.post(at(incident, "say"), publish).status_code == 302
    page = lead.get(at(incident)).content.decode()
    assert TOLD["ko"] in page
    assert f"/status/{incident.code}/" in page
    refused = lead.post(at(incident, "say"), {"ko": "한 말", "en": ""})
    assert refused.status_code == 422
    assert "한 말" in refused.content.decode()


@pytest.mark.parametrize("role", sorted(SEES - RUNS))
def test_what_is_kept_for_later_is_read_only_by_who_runs_the_incident(
    found: Wave, incident: Incident, lead: Client, role: str
) -> None:
    """A draft is nobody's news; once it is public everybody who sees the page reads it."""
    question = {"question_ko": "제 계정도?", "question_en": "Mine?", "answer_ko": "네.", "answer_en": "Yes."}
    assert lead.post(at(incident, "say"), TOLD).status_code == 302
    assert lead.post(at(incident, "question"), question).status_code == 302
    watcher = browser(member(role))
    page = text_of(watcher.get(at(incident)))
    assert TOLD["ko"] not in page and "제 계정도?" not in page
    incidents.publish(incident=incident, user=found.lead, at=clock.now())
    assert TOLD["ko"] in text_of(watcher.get(at(incident)))


def test_questions_are_answered_edited_pinned_and_taken_away(incident: Incident, lead: Client) -> None:
    """The page of an incident is the editor of the public page's questions."""
    text = {"question_ko": "왜요?", "question_en": "Why?", "answer_ko": "규칙.", "answer_en": "A rule."}
    assert lead.post(at(incident, "question"), text).status_code == 302
    [first] = desk.questions(incident)
    lead.post(at(incident, "question"), text | {"question": str(first.pk), "answer_en": "Another."})
    lead.post(at(incident, "question"), text | {"question_en": "When?"})
    second = desk.questions(incident)[1]
    lead.post(at(incident, "pin"), {"question": str(second.pk)})
    assert [each.question_en for each in desk.questions(incident)] == ["When?", "Why?"]
    assert desk.questions(incident)[1].answer_en == "Another."
    lead.post(at(incident, "pin"), {"question": str(second.pk), "retire": "1"})
    assert desk.questions(incident) == [first]
    assert lead.post(at(incident, "pin"), {"question": str(second.pk)}).status_code == 404
    assert lead.post(at(incident, "question"), text | {"question": "x"}).status_code == 422


def test_what_was_typed_anew_stays_in_its_own_form_when_it_is_refused(
    incident: Incident, lead: Client
) -> None:
    """A question that is edited is not turned into another one; an answer to an inquiry is not lost."""
    text = {"question_ko": "왜요?", "question_en": "Why?", "answer_ko": "규칙.", "answer_en": "A rule."}
    lead.post(at(incident, "question"), text)
    [first] = desk.questions(incident)
    edited = text | {"question": str(first.pk), "answer_ko": " ", "answer_en": "Half of it."}
    refused = lead.post(at(incident, "question"), edited)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert page.count("Half of it.") == 1
    assert (
        page.index(f'id="answer_en-{first.pk}"') < page.index("Half of it.") < page.index('id="answer_en-"')
    )
    received = f"{clock.now():%Y-%m-%dT%H:%M}"
    asked = {"kind": "press", "who": "하늘신문", "words": "몇 명입니까?", "received": received}
    lead.post(at(incident, "inquiry"), asked)
    answer = {"inquiry": to_handle(Inquiry.objects.get().pk), "words": "답" * 10_001}
    assert "답" * 10_001 in lead.post(at(incident, "answer"), answer).content.decode()


def test_steps_are_given_and_done_and_whoever_comes_second_is_told(
    found: Wave, incident: Incident, lead: Client
) -> None:
    """The page that was opened before is answered with what to do, and nothing is done twice."""
    seen = version(incident)
    given = {"to": found.lead.username, "step": "sample", "version": seen}
    assert lead.post(at(incident, "assign"), given).status_code == 302
    late = lead.post(at(incident, "step"), {"step": "sample", "version": seen})
    assert late.status_code == 409
    done = lead.post(at(incident, "step"), {"step": "sample", "version": version(incident)})
    assert done.status_code == 302
    assert PlaybookStep.objects.get(step="sample").done_at is not None
    stranger = {"to": "nobody-here", "step": "", "version": version(incident)}
    assert lead.post(at(incident, "assign"), stranger).status_code == 422


def test_an_inquiry_is_entered_and_answered(incident: Incident, lead: Client) -> None:
    """Its clock stands on the page; another incident's inquiry is not answered here."""
    received = f"{clock.now() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    form = {"kind": "press", "who": "하늘신문 가나다", "words": "몇 명입니까?", "received": received}
    assert lead.post(at(incident, "inquiry"), form).status_code == 302
    row = Inquiry.objects.get()
    assert "하늘신문 가나다" in lead.get(at(incident)).content.decode()
    other = opened(wave(0))
    answer = {"inquiry": to_handle(row.pk), "words": "두 명입니다."}
    assert lead.post(at(other, "answer"), answer).status_code == 422
    assert lead.post(at(incident, "answer"), answer).status_code == 302
    assert lead.post(at(incident, "answer"), answer).status_code == 409
    assert lead.post(at(incident, "inquiry"), form | {"kind": "ghost"}).status_code == 422
    for bad in ({"who": ""}, {"received": "0026-11-01T00:00"}, {"due": "tomorrow"}):
        refused = lead.post(at(incident, "inquiry"), form | bad)
        assert refused.status_code == 422 and "몇 명입니까?</textarea>" in refused.content.decode()


def test_an_incident_is_closed_or_called_a_false_alarm_with_reasons(incident: Incident, lead: Client) -> None:
    """While people wait the page asks why; afterwards it offers no act any more."""
    refused = lead.post(at(incident, "close"), {"version": version(incident)})
    assert refused.status_code == 409 and "2 people of this incident still wait" in refused.content.decode()
    assert 'id="close-words"' in refused.content.decode()
    closing = {"version": version(incident), "words": "한 사람씩 봅니다."}
    assert lead.post(at(incident, "close"), closing).status_code == 302
    page = lead.get(at(incident)).content.decode()
    assert 'id="acts"' not in page
    assert "not done" in page and "due in" not in page and "late by" not in page
    assert "한 사람씩 봅니다." in page
    other = opened(wave(0))
    alarm = {"version": "1", "words": "다시 보니 맞습니다."}
    assert lead.post(at(other, "false-alarm"), alarm).status_code == 302
    assert Incident.objects.get(pk=other.pk).state == "false_alarm"
    assert lead.post(at(other, "rename"), TITLES | {"version": "2"}).status_code == 409


def test_appeals_are_linked_from_the_page_and_taken_out(
    found: Wave, incident: Incident, lead: Client
) -> None:
    """What all three speak for is chosen already; each leads to the page on which it is answered."""
    rows = [appeal(act, number=number) for number, act in enumerate(found.acts)]
    page = lead.get(at(incident, "alike/")).content.decode()
    assert page.count("checked") == 2
    named = [to_handle(row.pk) for row in rows]
    assert f"/console/appeal/{named[0]}/" in page
    assert lead.post(at(incident, "alike/"), {"appeal": named}).status_code == 302
    assert LinkedAppeal.objects.count() == 2
    lead.post(at(incident, "alike/"), {"appeal": named[:1], "unlink": "1"})
    assert LinkedAppeal.objects.get().appeal == rows[1]
    foreign = appeal(wave(1).acts[0])
    answer = lead.post(at(incident, "alike/"), {"appeal": [to_handle(foreign.pk)]}, follow=True)
    assert "This group has changed meanwhile" in answer.content.decode()
    refused = lead.post(at(incident, "alike/"), {"unlink": "1"})
    assert refused.status_code == 422 and "Choose at least one of these appeals" in refused.content.decode()
    assert LinkedAppeal.objects.count() == 1


def test_a_group_of_appeals_opens_an_incident(lead: Client) -> None:
    """A group that changed meanwhile is told so; the one that is there becomes an incident."""
    found = wave(3)
    rows = [appeal(act, number=number) for number, act in enumerate(found.acts)]
    slug = found.world.platform.slug
    page = lead.get(f"/console/incidents/groups/?platform={slug}").content.decode()
    name = to_handle(min(row.pk for row in rows))
    assert name in page
    form = {"platform": slug, **TITLES}
    assert lead.post("/console/incidents/groups/", form | {"group": "gone"}).status_code == 302
    assert not Incident.objects.exists()
    refused = lead.post("/console/incidents/groups/", form | {"group": name, "title_ko": ""})
    assert refused.status_code == 422
    assert lead.post("/console/incidents/groups/", form | {"group": name}).status_code == 302
    assert Incident.objects.get().linked.count() == 3


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_is_whole_in_both_languages(
    found: Wave, incident: Incident, lead: Client, language: str
) -> None:
    """In Korean no English sentence is left but what people wrote in it."""
    for number, act in enumerate(found.acts):
        appeal(act, number=number)
    headers = {"accept-language": language}
    for page in (at(incident), at(incident, "people/"), at(incident, "alike/"), "/console/incidents/"):
        text = text_of(lead.get(page, headers=headers))
        english = re.findall(r"\b(?:the|is|and|of|it)\b", text)
        assert bool(english) == (language == "en"), (page, text)


def test_an_incident_of_another_platform_does_not_exist_here(incident: Incident) -> None:
    """Whoever runs incidents elsewhere finds neither the page nor its acts."""
    client = browser(factories.member("lead", on=made.world().platform.slug))
    for act in ("", "people/", "alike/"):
        assert client.get(at(incident, act)).status_code == 404
    assert client.post(at(incident, "note"), {"words": "가"}).status_code == 404


@pytest.mark.parametrize("make", [lambda: None, lambda: factories.member("hearer")])
def test_nobody_without_the_role_reaches_an_incident(
    incident: Incident, make: Callable[[], User | None]
) -> None:
    """Whoever is not signed in is sent to the door."""
    user = make()
    client = browser(user) if user else Client()
    assert client.get(at(incident)).status_code == (403 if user else 302)
