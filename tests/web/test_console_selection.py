"""One reason for several cases, and the page of saved reasons."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.review.models import Approval, Case, PendingDecision, SavedReason
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import Automated
from sinmungo.journeys.reviewing import send
from tests.apps.review import made
from tests.web.test_console_pages import browser, claim

pytestmark = pytest.mark.django_db

WRITTEN = {
    "title_ko": "위협하는 말",
    "title_en": "A threat",
    "body_ko": "{{who}}을 위협합니다.",
    "body_en": "It threatens {{who}}.",
    "policy": "threats",
}


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def cases(world: made.World) -> list[Case]:
    return [made.waiting_case(world.platform) for _ in range(3)]


@pytest.fixture
def reviewer() -> User:
    return made.member()


def chosen(client: Client, cases: list[Case]) -> str:
    """Return the page that a form of the list with these cases leads to."""
    answer = client.post("/console/selection/", {"case": [case.code for case in cases]})
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def decide(client: Client, cases: list[Case], **values: Any):  # type: ignore[no-untyped-def]
    """Send the selection's form as its page gives it, with what a reviewer fills in."""
    html = chosen(client, cases)
    hidden = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html)
    fields: dict[str, Any] = {name: value for name, value in hidden if name != "case"}
    fields |= {
        "case": [case.code for case in cases],
        "policy": "threats",
        "factor-directed": "yes",
        "factor-imminent": "no",
        "ground": "terms",
        "action": ["remove"],
        "territory-remove": "everywhere",
        "days-remove": "0",
        "facts": "특정한 사람을 해치겠다고 말합니다.",
        "finding": "violation",
        **values,
    }
    return client.post("/console/selection/decide", fields)


def test_the_page_says_how_many_of_the_cases_were_not_opened(cases: list[Case], reviewer: User) -> None:
    """Each stands there with its words, and whether this reader opened it."""
    client = browser(reviewer)
    client.get(f"/console/case/{cases[0].code}/")
    html = chosen(client, cases)
    assert "You have not opened 2 of them." in html
    assert html.count(">not opened</span>") == 2
    assert html.count(">opened</span>") == 1
    assert html.count('name="factor-directed"') == 2


def test_the_cases_end_together_and_each_person_is_told_alone(
    cases: list[Case], reviewer: User, settings: Any
) -> None:
    """One undo stands for all of them; afterwards each has a decision that says how it was looked at."""
    settings.SINMUNGO_UNDO_SECONDS = 30
    client = browser(reviewer)
    client.get(f"/console/case/{cases[0].code}/")
    html = decide(client, cases).content.decode()
    assert html.count("The person concerned is told alone.") == 3
    assert "3 cases are decided." in html
    send.keep(now=clock.now() + timedelta(seconds=31), limit=10)
    looked = {decision.item_id: decision.automated for decision in Decision.objects.all()}
    assert looked.pop(cases[0].item_id) == Automated.NOT
    assert set(looked.values()) == {Automated.PARTIALLY}


def test_one_undo_takes_all_of_them_back(cases: list[Case], reviewer: User, settings: Any) -> None:
    """They are in the reader's hands again, and nothing is recorded."""
    settings.SINMUNGO_UNDO_SECONDS = 30
    client = browser(reviewer)
    decide(client, cases)
    answer = client.post("/console/undo", {"case": [case.code for case in cases]}, follow=True)
    assert "3 decisions were taken back." in answer.content.decode()
    send.keep(now=clock.now() + timedelta(seconds=31), limit=10)
    assert not Decision.objects.exists()
    assert PendingDecision.objects.filter(withdrawn_at__isnull=False).count() == 3


def test_who_could_not_be_decided_on_is_named_with_the_reason(cases: list[Case], reviewer: User) -> None:
    """A colleague took one since: it stays open, the others are decided."""
    client = browser(reviewer)
    html = chosen(client, cases)
    claim(browser(made.member(name="먼저 온 사람")), cases[1])
    versions = dict(re.findall(r'name="(version-[\w-]+)" value="(\d+)"', html))
    answer = decide(client, cases, **versions).content.decode()
    assert "먼저 온 사람 was first" in answer
    assert Decision.objects.count() == 2


def test_harsh_outcomes_wait_for_a_second_person_case_by_case(cases: list[Case], reviewer: User) -> None:
    """The page says of each that it waits."""
    answer = decide(browser(reviewer), cases, action=["suspend"], **{"days-suspend": "30"})
    assert answer.content.decode().count("It waits for a second person.") == 3
    assert Approval.objects.count() == 3


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"facts": "{{who}}"}, "Fill in the blank {{who}}"),
        ({"factor-directed": ""}, "Answer every question of the policy first; 1 are open."),
        ({"action": []}, "Choose at least one action."),
        ({"finding": "perhaps"}, "Something in this form is not as the page offered it."),
    ],
)
def test_what_the_form_lacks_is_said_once_and_what_was_typed_stays(
    cases: list[Case], reviewer: User, values: dict[str, Any], told: str
) -> None:
    """Nothing is decided, nobody's hands are full, and the facts stand as they were."""
    answer = decide(browser(reviewer), cases, **values)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert html.count(told) == 1
    assert f"{values.get('facts', '특정한 사람을 해치겠다고 말합니다.')}</textarea>" in html
    assert not Decision.objects.exists()
    for case in cases:
        case.assignment.refresh_from_db()
        assert case.assignment.holder is None


def test_without_a_script_the_proposal_comes_by_a_button(cases: list[Case], reviewer: User) -> None:
    """The answers lead to the policy's actions, and nothing is decided yet."""
    html = decide(browser(reviewer), cases, finding="answers", action=[]).content.decode()
    assert 'name="action" value="remove" checked' in html
    assert not Decision.objects.exists()


def test_only_cases_that_one_may_decide_and_of_one_platform_are_chosen(
    cases: list[Case], reviewer: User
) -> None:
    """Another platform has other policies; who does not decide chooses nothing; one sees one's own."""
    elsewhere = made.waiting_case(made.world().platform)
    mixed = {"case": [cases[0].code, elsewhere.code]}
    answer = browser(reviewer).post("/console/selection/", mixed)
    assert answer.status_code == 422
    assert "Choose cases of one platform" in answer.content.decode()
    only_here = made.member(platform=cases[0].item.platform_id)
    assert browser(only_here).post("/console/selection/", mixed).status_code == 404
    for role, status in (("policy", 403), ("observer", 404)):
        answer = browser(made.member(role)).post("/console/selection/", {"case": cases[0].code})
        assert answer.status_code == status


def test_a_selection_of_none_leads_back_to_the_list(reviewer: User, world: made.World) -> None:
    """With a word on what to do; and more than fifty are refused."""
    client = browser(reviewer)
    answer = client.post("/console/selection/", {}, follow=True)
    assert "Choose at least one case in the list first." in answer.content.decode()
    codes = [made.waiting_case(world.platform).code for _ in range(51)]
    assert client.post("/console/selection/", {"case": codes}).status_code == 422
    assert client.post("/console/selection/", {"case": codes[:50]}).status_code == 200


def test_reasons_are_written_changed_and_retired(world: made.World) -> None:
    """A change retires the old text; what is retired is offered no longer."""
    client = browser(made.member("lead"))
    client.get("/console/reasons/")
    assert client.post("/console/reasons/", WRITTEN).status_code == 302
    html = client.get("/console/reasons/").content.decode()
    handle = re.search(r"\?change=([\w-]{22})", html)
    assert handle is not None
    assert "It threatens {{who}}." in client.get(f"/console/reasons/?change={handle[1]}").content.decode()
    changed = {**WRITTEN, "title_en": "Plainer", "change": handle[1]}
    assert client.post("/console/reasons/", changed).status_code == 302
    assert SavedReason.objects.filter(retired_at__isnull=True).get().title_en == "Plainer"
    left = re.search(r"\?change=([\w-]{22})", client.get("/console/reasons/").content.decode())
    assert left is not None
    client.post("/console/reasons/retire", {"reason": left[1]})
    assert not SavedReason.objects.filter(retired_at__isnull=True).exists()
    assert client.post("/console/reasons/retire", {"reason": left[1]}).status_code == 404


def test_a_reason_that_is_refused_comes_back_as_it_was_typed(world: made.World) -> None:
    """With the sentence that says what is missing."""
    client = browser(made.member("lead"))
    answer = client.post("/console/reasons/", {**WRITTEN, "body_en": "no blank here"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "need the same blanks" in html
    assert "no blank here</textarea>" in html
    assert client.post("/console/reasons/", {**WRITTEN, "policy": "nobody-knows"}).status_code == 422


def test_only_those_who_keep_reasons_open_their_page() -> None:
    """A reviewer uses them and does not write them."""
    for role in ("reviewer", "hearer", "observer", "administrator"):
        assert browser(made.member(role)).get("/console/reasons/").status_code == 403
    assert browser(made.member("policy")).get("/console/reasons/").status_code == 200
