"""Second looks, gold and the lead's page, as people meet them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.review import queries_quality as quality
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment, Case, GoldItem, SecondReview, Viewing
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import Role, User
from sinmungo.journeys import second_look
from sinmungo.web.console.handles import to_handle
from tests.apps.review import made, second

pytestmark = pytest.mark.django_db
ROLES = [str(role) for role in Role]


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def first() -> User:
    return made.member(name="처음본이")


@pytest.fixture
def other() -> User:
    return made.member(name="다시본이")


@pytest.fixture(autouse=True)
def everything_is_drawn(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SINMUNGO_SECOND_REVIEW_SHARE = 1.0
    monkeypatch.setattr(second_look, "_looked_until", None)
    monkeypatch.setattr(second_look, "GOLD_SHARE", 0.0)


def browser(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def drawn(world: made.World, first: User, *, violation: bool = True) -> SecondReview:
    decision = second.decided(world, first, violation=violation)
    second.drawn()
    return second.second_to(decision)


def place(found: SecondReview) -> str:
    return f"/console/second/{to_handle(found.assignment_id)}/"


def answer(client: Client, found: SecondReview, **values: str):  # type: ignore[no-untyped-def]
    found.assignment.refresh_from_db()
    version = found.assignment.version
    assert client.post(place(found) + "claim", {"version": version}).status_code == 302
    sent = {
        "version": version + 1,
        "finding": "violation",
        "factor-directed": "yes",
        "factor-imminent": "no",
        **values,
    }
    return client.post(place(found) + "answer", sent)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_pages_of_quality_and_no_others(world: made.World, role: str) -> None:
    """Second looks are for reviewers and leads, gold and numbers for leads and policy."""
    client = browser(made.member(role))
    allowed = {
        "/console/seconds/": ["lead", "reviewer"],
        "/console/gold/": ["lead", "policy"],
        "/console/lead/": ["lead", "policy"],
    }
    for url, roles in allowed.items():
        assert client.get(url).status_code == (200 if role in roles else 403), (url, role)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("violation", [True, False])
def test_a_second_look_does_not_show_how_it_ended(
    world: made.World, first: User, other: User, language: str, violation: bool
) -> None:
    """Whatever was decided, the page is the same: no decision, code, signal, report or name stands in it."""
    found = drawn(world, first, violation=violation)
    assert found.decision is not None
    client = browser(other, language)
    page = client.get(place(found)).content.decode()
    assert made.WORDS in page
    case = second.case_of(found.decision)
    hidden = [found.decision.case_code, case.code, "처음본이", "terms.threat", "0.90", case.item.external_id]
    assert [word for word in hidden if word in page] == []
    assert "<mark" not in page.split("<main")[1]
    assert Viewing.objects.filter(user=other, assignment=found.assignment).exists()


def test_pages_of_opposite_decisions_differ_in_nothing(world: made.World, first: User, other: User) -> None:
    """Token, address and moment apart, the page of a violation and of none are the same to the letter."""
    pages = []
    for violation in (True, False):
        found = drawn(world, first, violation=violation)
        page = browser(other).get(place(found)).content.decode().split("<main")[1]
        page = re.sub(r'value="[A-Za-z0-9]{60,}"', "", page)
        pages.append(re.sub(r"\d+:\d\d [ap]m", "", page))
    assert pages[0] == pages[1]


def test_whoever_decided_finds_no_second_look(world: made.World, first: User, other: User) -> None:
    """Their list is empty and the address answers as if there were none; a stranger's answer is as empty."""
    found = drawn(world, first)
    assert place(found) not in browser(first).get("/console/seconds/").content.decode()
    assert browser(first).get(place(found)).status_code == 404
    assert place(found) in browser(other).get("/console/seconds/").content.decode()
    elsewhere = made.member(platform=made.world().platform.slug)
    assert browser(elsewhere).get(place(found)).status_code == 404


def test_the_list_shows_no_text(world: made.World, first: User, other: User) -> None:
    """Nothing shocking stands there before a click."""
    drawn(world, first)
    assert made.WORDS not in browser(other).get("/console/seconds/").content.decode()


def test_an_answer_is_kept_and_ends_the_work(world: made.World, first: User, other: User) -> None:
    """Claimed and answered by forms; nothing else is decided."""
    found = drawn(world, first)
    client = browser(other)
    assert answer(client, found, finding="no_violation").status_code == 302
    found.refresh_from_db()
    assert (found.violation, found.reviewer_id) == (False, other.pk)
    assert Decision.objects.count() == 1
    assert place(found) not in client.get("/console/seconds/").content.decode()


def test_an_open_question_brings_the_form_back_as_it_was(world: made.World, first: User, other: User) -> None:
    """What was chosen and typed is still there beside the sentence."""
    found = drawn(world, first)
    back = answer(browser(other), found, **{"factor-imminent": "", "words": "어려웠어요"})
    page = back.content.decode()
    assert back.status_code == 422
    assert "Answer every question; 1 are open" in page
    assert "어려웠어요" in page
    assert re.search(r'name="factor-directed" value="yes" checked', page)


@pytest.mark.parametrize("values", [{"finding": "perhaps"}, {"words": "\0"}, {"version": "x"}])
def test_a_form_that_the_page_never_offered_is_refused(
    world: made.World, first: User, other: User, values: dict[str, str]
) -> None:
    """Nothing is kept of it."""
    found = drawn(world, first)
    assert answer(browser(other), found, **values).status_code == 422
    found.refresh_from_db()
    assert found.answered_at is None


def test_gold_teaches_after_it_was_answered(
    world: made.World, first: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, nothing tells it apart; after, the right answers and the why stand there."""
    monkeypatch.setattr(second_look, "GOLD_SHARE", 0.5)
    lead = made.member("lead")
    gold = second.gold(world, second.decided(world, first), lead)
    second.drawn()
    found = SecondReview.objects.select_related("assignment").get(gold=gold)
    client = browser(other)
    before = client.get(place(found)).content.decode()
    assert "gold" not in before.lower().split("<main")[1]
    assert gold.why not in before
    answer(client, found, finding="no_violation", **{"factor-directed": "no"})
    after = client.get(place(found)).content.decode()
    assert gold.why in after
    assert "You saw it differently." in after
    assert "No score is kept under your name." in after


def test_gold_is_made_from_a_case_and_retired(world: made.World, first: User) -> None:
    """A lead opens a decided case by its code, answers, says why, and retires it later."""
    case = second.case_of(second.decided(world, first))
    client = browser(made.member("lead"))
    assert made.WORDS in client.get("/console/gold/", {"case": case.code}).content.decode()
    form = {
        "case": case.code,
        "policy": "threats",
        "finding": "violation",
        "factor-directed": "yes",
        "factor-imminent": "no",
    }
    assert client.post("/console/gold/add", form).status_code == 422
    assert client.post("/console/gold/add", {**form, "why": "이름을 부릅니다."}).status_code == 302
    gold = GoldItem.objects.get()
    assert "이름을 부릅니다." in client.get("/console/gold/").content.decode()
    assert client.post("/console/gold/retire", {"gold": to_handle(gold.pk)}).status_code == 302
    assert "이름을 부릅니다." not in client.get("/console/gold/").content.decode()


@pytest.mark.parametrize("code", ["00000-00000", "nonsense", "\u202e"])
def test_gold_of_a_case_that_nobody_knows_is_said_so(world: made.World, code: str) -> None:
    """A wrong code is a sentence, not a fault."""
    answer = browser(made.member("lead")).get("/console/gold/", {"case": code})
    assert answer.status_code == 404
    assert "There is no such case here" in answer.content.decode()


def two_looks(world: made.World, first: User, other: User) -> SecondReview:
    found = drawn(world, first)
    return second.answered(found, other, violation=False, answers=second.NO)


def test_the_leads_page_names_nobody(world: made.World, first: User, other: User) -> None:
    """Numbers of queues, policies and days; no pseudonym and no sign-in name but the reader's own."""
    two_looks(world, first, other)
    for _ in range(3):
        made.waiting_case(world.platform)
    lead = made.member("lead", name="이끄는이")
    page = browser(lead).get("/console/lead/").content.decode()
    names = {word for user in User.objects.exclude(pk=lead.pk) for word in (str(user), user.username)}
    assert [name for name in names if name in page] == []
    assert "Threats" in page
    assert lead.username not in page


def test_a_disagreement_is_shown_with_both_answers_and_looked_at_again(
    world: made.World, first: User, other: User
) -> None:
    """A lead asks a senior reviewer to look again; the page then says so."""
    found = two_looks(world, first, other)
    client = browser(made.member("lead"))
    page = client.get("/console/lead/").content.decode()
    assert found.decision is not None and found.decision.case_code in page
    assert "Let a senior reviewer look again" in page
    handle = to_handle(found.assignment_id)
    assert client.post("/console/lead/again", {"second": handle}).status_code == 302
    assert Assignment.objects.filter(queue="senior", kind="case", done_at__isnull=True).count() == 1
    assert "being looked at again" in client.get("/console/lead/").content.decode()
    assert client.post("/console/lead/again", {"second": handle}).status_code == 409
    assert browser(made.member("policy")).post("/console/lead/again", {"second": handle}).status_code == 403
    assert browser(other).post("/console/lead/again", {"second": handle}).status_code == 403


def test_a_platform_of_others_counts_for_nothing(world: made.World, first: User, other: User) -> None:
    """Whoever leads elsewhere sees none of its cases, decisions or disagreements."""
    found = two_looks(world, first, other)
    case = made.waiting_case(world.platform)
    Assignment.objects.filter(pk=case.assignment_id).update(due_at=clock.now() + timedelta(hours=2))
    mine = browser(made.member("lead")).get("/console/lead/").content.decode()
    assert case.code in mine
    elsewhere = made.member("lead", platform=made.world().platform.slug)
    page = browser(elsewhere).get("/console/lead/").content.decode()
    assert found.decision is not None and found.decision.case_code not in page
    assert case.code not in page
    assert "Nothing waits." in page
    assert "nothing was decided" in page


@pytest.mark.parametrize(("hours", "told"), [(5, "5 hours left"), (-3, "3 hours late")])
def test_what_is_due_next_is_told_in_hours(world: made.World, hours: int, told: str) -> None:
    """Soonest first, with what is left, or how late it is."""
    case = made.waiting_case(world.platform)
    at = clock.now() + timedelta(hours=hours, minutes=10 if hours > 0 else -10)
    Assignment.objects.filter(pk=case.assignment_id).update(due_at=at)
    page = browser(made.member("lead")).get("/console/lead/").content.decode()
    assert told in page
    assert ("is late already" in page) is (hours < 0)


@pytest.mark.parametrize(("people", "each", "is_drawn"), [(2, 3, False), (3, 1, False), (3, 2, True)])
def test_seconds_of_few_people_or_decisions_are_not_drawn(
    world: made.World, people: int, each: int, is_drawn: bool
) -> None:
    """Under five decisions or three people only the reason stands there."""
    for _ in range(people):
        reviewer = made.member()
        for _ in range(each):
            second.decided(world, reviewer)
    page = browser(made.member("lead")).get("/console/lead/").content.decode()
    assert ("half within 30 s" in page) is is_drawn
    assert ("could tell of one person" in page) is not is_drawn


def test_seconds_are_those_of_whoever_decided(world: made.World) -> None:
    """Another reviewer's time with the same case does not count."""
    people = [made.member() for _ in range(3)]
    for reviewer in people * 2:
        decision = second.decided(world, reviewer)
        case = second.case_of(decision)
        at = clock.now()
        seen = review.record_viewing(
            user=made.member(), item=case.item, version=case.version, assignment=case.assignment, at=at,
            actor=second_look.staff.actor_of(reviewer),
        )  # fmt: skip
        review.record_seconds(viewing=seen, seconds=50, at=at + timedelta(minutes=2))
    found = quality.seconds_spent(seen_by=made.member("lead"), at=clock.now())
    assert [(each.policy, each.seconds) for each in found] == [("threats", (30,) * 6)]


def test_agreement_is_told_once_there_are_enough_looks(
    world: made.World, first: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nineteen second looks give no figure, twenty give alpha of the policy and of each question."""
    monkeypatch.setattr(second_look, "MOST_OPEN", 100)
    for place_ in range(20):
        second.decided(world, first, violation=place_ % 2 == 0)
    second.drawn()
    lead = made.member("lead")
    for row in SecondReview.objects.select_related("assignment", "decision", "policy_version"):
        assert row.decision is not None
        before = quality.agreements(seen_by=lead, at=clock.now())
        assert all(each.found.alpha is None for each in before)
        same = row.decision.violation
        second.answered(row, other, violation=same, answers=second.YES if same else second.NO)
    found = quality.agreements(seen_by=lead, at=clock.now())
    told = {each.factor: (each.found.alpha, each.found.units) for each in found}
    assert told[""] == (1.0, 20)
    assert told["directed"] == (1.0, 20)
    assert told["imminent"] == (None, 20)
    page = browser(lead).get("/console/lead/").content.decode()
    assert "1.00 [1.00, 1.00] · 20 units" in page
    assert "everybody always said the same" in page


def test_the_leads_page_has_no_style_and_no_script_of_its_own(
    world: made.World, first: User, other: User
) -> None:
    """The CSP would refuse both; every drawing has a title and a description."""
    two_looks(world, first, other)
    made.waiting_case(world.platform)
    page = browser(made.member("lead")).get("/console/lead/").content.decode().split("<main")[1]
    assert " style=" not in page
    assert "<script" not in page and "<style" not in page
    drawings = re.findall(r'<svg class="drawing.*?</svg>', page, re.S)
    assert drawings
    assert all("<title>" in drawing and "<desc>" in drawing for drawing in drawings)


def test_the_days_are_counted(world: made.World, first: User) -> None:
    """What came and what was decided today stands in the last bar."""
    second.decided(world, first)
    made.waiting_case(world.platform)
    found = quality.days(seen_by=made.member("lead"), at=clock.now())
    assert len(found) == 14
    assert (found[-1].arrived, found[-1].decided) == (2, 1)
    assert Case.objects.count() == 2


@pytest.mark.parametrize(("people", "told"), [(2, "Fewer than three people"), (3, "People who reviewed")])
def test_what_a_team_looked_at_is_told_of_three_people_at_least(
    world: made.World, people: int, told: str
) -> None:
    """Of two people nothing is counted, because it would be about one of them."""
    case = made.waiting_case(world.platform)
    for number in range(people):
        user = made.member(name=f"본이{number}")
        review.record_viewing(
            user=user,
            item=case.item,
            version=case.version,
            assignment=case.assignment,
            at=clock.now(),
            actor=staff.actor_of(user),
        )

    page = browser(made.member(Role.LEAD)).get("/console/lead/").content.decode()

    assert told in page
