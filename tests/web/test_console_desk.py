"""What a reviewer does around a case, from its page: notes, lists, later, elsewhere, undo, saved reasons."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Approval, Assignment, Case, Note, PendingDecision, SavedReason
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements.models import Statement
from sinmungo.journeys.reviewing import send
from tests.apps.review import made
from tests.web.test_console_pages import browser, claim, decide, form

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def case(world: made.World) -> Case:
    return made.waiting_case(world.platform)


@pytest.fixture
def reviewer() -> User:
    return made.member()


@pytest.fixture
def half_a_minute(settings: Any) -> None:
    settings.SINMUNGO_UNDO_SECONDS = 30


def act(client: Client, case: Case, name: str, **fields: str):  # type: ignore[no-untyped-def]
    """Send one of the small forms of a case's page, as the page shows it now."""
    case.assignment.refresh_from_db()
    fields.setdefault("version", str(case.assignment.version))
    return client.post(f"/console/case/{case.code}/{name}", fields)


def page(client: Client, case: Case) -> str:
    return client.get(f"/console/case/{case.code}/").content.decode()


def saved(
    body_en: str = "It says that {{who}} will be harmed.", body_ko: str = "{{who}}을 위협합니다."
) -> SavedReason:
    lead = made.member("lead")
    text = review.ReasonText(title_ko="위협", title_en="A threat", body_ko=body_ko, body_en=body_en)
    return review.write_reason(text=text, user=lead, at=clock.now(), actor=staff.actor_of(lead))


def test_a_note_is_on_the_page_for_colleagues_and_in_no_statement(case: Case, reviewer: User) -> None:
    """A colleague reads it with its author; what the person is told holds none of it."""
    client = browser(reviewer)
    assert act(client, case, "note", words="지난주에도 보았습니다.").status_code == 302
    html = page(browser(made.member()), case)
    assert "지난주에도 보았습니다." in html
    assert str(reviewer) in html
    assert "Only colleagues read this" in html
    claim(client, case)
    decide(client, case)
    from sinmungo.apps.statements import queries as statements

    told = str(statements.content_of(Statement.objects.get(audience="affected")))
    assert "지난주" not in told


def test_a_note_that_is_too_long_comes_back(case: Case, reviewer: User) -> None:
    """The sentence says the limit, and nothing is kept."""
    answer = act(browser(reviewer), case, "note", words="가" * 2001)
    assert answer.status_code == 422
    assert "Write 1 to 2000 characters." in answer.content.decode()
    assert not Note.objects.exists()


def test_a_lead_gives_a_case_to_a_colleague_from_its_page(case: Case, reviewer: User) -> None:
    """The page offers those who may decide it, by their pseudonyms and without their ids."""
    lead = browser(made.member("lead"))
    html = page(lead, case)
    offered = dict(re.findall(r'<option value="([\w-]{22})"[^>]*>([^<]+)</option>', html))
    handle = next(handle for handle, name in offered.items() if name == str(reviewer))
    assert act(lead, case, "assign", to=handle).status_code == 302
    case.assignment.refresh_from_db()
    assert case.assignment.assignee == reviewer
    assert f"On the list of {reviewer}" in page(lead, case)
    assert act(lead, case, "assign", to="").status_code == 302
    case.assignment.refresh_from_db()
    assert case.assignment.assignee is None


def test_a_reviewer_puts_a_case_on_their_own_list(case: Case, reviewer: User) -> None:
    """And is offered no colleagues, nor believed when naming one."""
    client = browser(reviewer)
    assert 'id="assign-to"' not in page(client, case)
    assert act(client, case, "assign", to="me").status_code == 302
    case.assignment.refresh_from_db()
    assert case.assignment.assignee == reviewer
    assert act(client, case, "assign", to="A" * 22).status_code == 403


def test_a_case_is_put_off_until_nine_in_its_platforms_zone(case: Case, reviewer: User) -> None:
    """Tomorrow morning means the morning where the platform is."""
    client = browser(reviewer)
    claim(client, case)
    assert act(client, case, "snooze", until="tomorrow").status_code == 302
    case.assignment.refresh_from_db()
    assert case.assignment.snoozed_until is not None
    there = case.assignment.snoozed_until.astimezone(ZoneInfo(case.item.platform.time_zone))
    assert (there.hour, there.minute) == (9, 0)
    assert "Put off until" in page(client, case)


def test_moments_past_the_due_time_are_not_offered(case: Case, reviewer: User) -> None:
    """Due in two hours: in an hour is offered, in three days is not."""
    client = browser(reviewer)
    claim(client, case)
    Assignment.objects.filter(pk=case.assignment_id).update(due_at=clock.now() + timedelta(hours=2))
    html = page(client, case)
    assert '<option value="hour">' in html
    assert '<option value="days">' not in html
    assert act(client, case, "snooze", until="days").status_code == 422
    assert act(client, case, "snooze", until="never").status_code == 422


def test_a_case_is_escalated_with_a_reason_that_comes_back_when_refused(case: Case, reviewer: User) -> None:
    """Without words nothing moves; with them the desk that knows more finds them beside the case."""
    client = browser(reviewer)
    claim(client, case)
    assert act(client, case, "escalate", to="senior", words="").status_code == 422
    refused = act(client, case, "escalate", to="privacy", words="누가 정해야 할지 모르겠습니다.")
    assert "누가 정해야 할지 모르겠습니다." in refused.content.decode()
    assert act(client, case, "escalate", to="senior", words="판례가 있는지 봐 주세요.").status_code == 302
    html = page(browser(made.member("lead")), case)
    assert "판례가 있는지 봐 주세요." in html
    assert "Senior review" in html


@pytest.mark.parametrize("name", ["note", "assign", "snooze", "escalate"])
def test_who_does_not_decide_does_nothing_around_a_case(case: Case, name: str) -> None:
    """Those who only read cases are refused, and those who see none are told of none."""
    for role, status in (("policy", 403), ("observer", 404), ("hearer", 404)):
        answer = act(browser(made.member(role)), case, name, words="말", to="me", until="hour")
        assert answer.status_code == status


@pytest.mark.parametrize("name", ["assign", "snooze", "escalate"])
def test_acts_on_what_has_changed_meet_a_conflict(case: Case, reviewer: User, name: str) -> None:
    """And what was typed stands on its page."""
    client = browser(reviewer)
    claim(client, case)
    answer = act(
        client,
        case,
        name,
        version="1",
        words="적어 둔 말",
        to="senior" if name == "escalate" else "me",
        until="hour",
    )
    assert answer.status_code == 409
    assert "적어 둔 말" in answer.content.decode()


def test_a_saved_reason_is_offered_in_the_language_of_who_is_told(case: Case, reviewer: User) -> None:
    """The title is in the reader's language, the text in the person's."""
    saved()
    client = browser(reviewer, "en")
    claim(client, case)
    html = page(client, case)
    assert ">A threat</option>" in html
    assert 'data-body="{{who}}을 위협합니다."' in html


def test_without_a_script_a_saved_reason_comes_by_its_button(case: Case, reviewer: User) -> None:
    """What was typed stays before it; nothing is decided."""
    reason = saved()
    client = browser(reviewer)
    claim(client, case)
    handle = re.search(r'<option value="([\w-]{22})" data-body', page(client, case))
    assert handle is not None
    html = decide(client, case, finding="reason", reason=handle[1], facts="먼저 적은 말").content.decode()
    assert f"먼저 적은 말\n{reason.body_ko}</textarea>" in html
    assert not Decision.objects.exists()


@pytest.mark.parametrize("finding", ["violation", "no_violation"])
def test_a_blank_that_is_left_stops_the_decision(case: Case, reviewer: User, finding: str) -> None:
    """The server says which blank, whatever the browser let through."""
    client = browser(reviewer)
    claim(client, case)
    answer = decide(client, case, finding=finding, facts="{{who}}을 위협합니다.")
    assert answer.status_code == 422
    assert "Fill in the blank {{who}} in the facts first." in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_finding_that_no_button_sends_decides_nothing(case: Case, reviewer: User) -> None:
    """Neither a violation nor none: the form is refused."""
    client = browser(reviewer)
    claim(client, case)
    assert decide(client, case, finding="perhaps").status_code == 422
    assert not Decision.objects.exists()


def test_the_page_says_how_long_a_decision_may_be_taken_back(
    case: Case, reviewer: User, half_a_minute: None
) -> None:
    """A plain form undoes it: the case is in hand again, and what was typed stands in it."""
    client = browser(reviewer)
    claim(client, case)
    assert decide(client, case, facts="여기에 적은 사실입니다.").status_code == 302
    html = page(client, case)
    assert "nobody is told before" in html
    assert "It is decided and not sent yet." in page(browser(made.member()), case)
    answer = client.post("/console/undo", {"case": case.code}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/console/case/{case.code}/"
    html = answer.content.decode()
    assert "여기에 적은 사실입니다.</textarea>" in html
    assert 'name="factor-directed" value="yes" checked' in html
    assert 'name="action" value="remove" checked' in html
    assert "nobody is told before" not in html


def test_nobody_undoes_what_a_colleague_decided(case: Case, reviewer: User, half_a_minute: None) -> None:
    """It stays as it was chosen."""
    client = browser(reviewer)
    claim(client, case)
    decide(client, case)
    browser(made.member()).post("/console/undo", {"case": case.code})
    assert PendingDecision.objects.get().withdrawn_at is None
    assert browser(made.member("observer")).post("/console/undo", {"case": case.code}).status_code == 404


@pytest.mark.parametrize("count", [0, 51])
def test_an_undo_names_1_to_50_cases(case: Case, reviewer: User, count: int) -> None:
    """Anything else is no form of ours."""
    assert browser(reviewer).post("/console/undo", {"case": [case.code] * count}).status_code == 422


def test_undoing_too_late_says_so(case: Case, reviewer: User, half_a_minute: None) -> None:
    """What was sent is sent, and the page says it."""
    client = browser(reviewer)
    claim(client, case)
    decide(client, case)
    send.keep(now=clock.now() + timedelta(seconds=31), limit=10)
    answer = client.post("/console/undo", {"case": case.code}, follow=True)
    assert "It was sent already and cannot be taken back here." in answer.content.decode()
    assert Decision.objects.count() == 1


def test_what_could_not_be_sent_is_told_in_both_languages(
    case: Case, world: made.World, reviewer: User, half_a_minute: None
) -> None:
    """On every page of the reviewer until it is decided anew, and beside the case why."""
    client = browser(reviewer)
    claim(client, case)
    decide(client, case)
    edited = made.seen(case.item, "고친 글입니다")
    review.gather(item=case.item, version=edited, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM)
    send.keep(now=clock.now() + timedelta(seconds=31), limit=10)
    assert case.code in client.get("/console/me/").content.decode()
    english, korean = page(client, case), page(browser(reviewer, "ko"), case)
    assert "The decision could not be recorded, and nobody was told anything." in english
    assert "결정을 기록하지 못했고" in korean


def test_after_a_decision_the_next_case_is_in_hand(world: made.World, reviewer: User) -> None:
    """Unless the reader wishes otherwise, which is remembered."""
    first, second, third = (made.waiting_case(world.platform) for _ in range(3))
    client = browser(reviewer)
    claim(client, first)
    answer = decide(client, first, next="1")
    second.assignment.refresh_from_db()
    third.assignment.refresh_from_db()
    [following] = [each for each in (second, third) if each.assignment.holder == reviewer]
    assert answer.url == f"/console/case/{following.code}/"
    assert 'name="next" value="1" checked' in page(client, following)
    answer = decide(client, following)
    assert answer.url == f"/console/case/{following.code}/"
    last = third if following == second else second
    claim(client, last)
    assert 'name="next" value="1" checked' not in page(client, last)
    answer = client.post(
        f"/console/case/{last.code}/decide", {**form(client, last), "next": "1"}, follow=True
    )
    assert "Nothing more waits in this queue for you." in answer.content.decode()


def test_an_agreement_is_undone_on_the_approvals_page(
    case: Case, reviewer: User, half_a_minute: None
) -> None:
    """The second person is back at the proposal, which waits for a word again."""
    proposer, second = browser(made.member()), browser(reviewer)
    claim(proposer, case)
    decide(proposer, case, action=["suspend"], **{"days-suspend": "30"})
    second.get(f"/console/approval/{case.code}/")
    second.post(f"/console/approval/{case.code}/claim", {"version": "1"})
    answer = second.post(f"/console/approval/{case.code}/settle", {"version": "2", "word": "agree"})
    assert answer.status_code == 302
    assert "nobody is told before" in second.get("/console/approvals/").content.decode()
    answer = second.post("/console/undo", {"case": case.code})
    assert answer.url == f"/console/approval/{case.code}/"
    assert Approval.objects.get().state == "waiting"
    assert not Decision.objects.exists()


def test_codes_that_nobody_made_are_not_found() -> None:
    """Also one that no database could hold: taking back and choosing answer as to any unknown code."""
    client = Client()
    client.force_login(made.member())
    for code in ("00000-00000", "\0", "가"):
        assert client.post("/console/undo", {"case": code}).status_code == 404
        assert client.post("/console/selection/", {"case": code}).status_code == 404
