"""The console's pages, in both languages, as each role meets them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision, Delivery
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Approval, Assignment, Case, Viewing
from sinmungo.apps.staff.models import Role, User
from tests.apps.review import made

pytestmark = pytest.mark.django_db

#: A UUID of version 7, with or without its hyphens.
TIMED_ID = r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}\b"
ROLES = [str(role) for role in Role]


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def case(world: made.World) -> Case:
    return made.waiting_case(world.platform)


def browser(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def claim(client: Client, case: Case) -> None:
    case.assignment.refresh_from_db()
    answer = client.post(f"/console/case/{case.code}/claim", {"version": case.assignment.version})
    assert answer.status_code == 302, answer.content.decode()


def form(client: Client, case: Case, **values: str | list[str]) -> dict[str, object]:
    """Return the decision form as the page gives it, with what a reviewer fills in."""
    html = client.get(f"/console/case/{case.code}/").content.decode()
    hidden = dict(
        re.findall(r'<input type="hidden" name="(version|state_version|policy|digest)" value="([^"]*)"', html)
    )
    return {
        **hidden,
        "factor-directed": "yes",
        "factor-imminent": "no",
        "ground": "terms",
        "facts": "특정한 사람을 해치겠다고 말합니다.",
        "action": ["remove"],
        "territory-remove": "everywhere",
        "days-remove": "0",
        "finding": "violation",
        **values,
    }


def decide(client: Client, case: Case, **values: str | list[str]):  # type: ignore[no-untyped-def]
    return client.post(f"/console/case/{case.code}/decide", form(client, case, **values))


ALLOWED = {
    "/console/": ROLES,
    "/console/queue/threats/": ROLES,
    "/console/search?q=post": ["lead", "reviewer", "policy"],
    "/console/case/{code}/": ["lead", "reviewer", "vendor", "policy"],
    "/console/approvals/": ["lead", "reviewer"],
    "/console/approval/{waiting}/": ["lead", "reviewer"],
    "/console/appeals/": ["lead", "hearer"],
    "/console/deliveries/": ["administrator"],
    "/console/platforms/": ["administrator", "lead", "policy"],
    "/console/people/": ["administrator"],
}
ACTS = {
    "/console/case/{code}/claim": ["lead", "reviewer", "vendor"],
    "/console/case/{code}/release": ["lead", "reviewer", "vendor"],
    "/console/case/{code}/refer": ["lead", "reviewer", "vendor"],
    "/console/case/{code}/decide": ["lead", "reviewer", "vendor"],
    "/console/case/{code}/seen": ["lead", "reviewer", "vendor", "policy"],
    "/console/case/{code}/recommend": ["lead", "reviewer", "vendor", "policy"],
    "/console/approval/{waiting}/claim": ["lead", "reviewer"],
    "/console/approval/{waiting}/settle": ["lead", "reviewer"],
    "/console/deliveries/retry": ["administrator"],
    "/console/people/": ["administrator"],
}


@pytest.fixture
def addresses(world: made.World, case: Case) -> dict[str, str]:
    """The codes of a case, and of one that waits for a second person."""
    waiting = made.waiting_case(world.platform)
    proposer = browser(made.member())
    claim(proposer, waiting)
    answer = decide(proposer, waiting, action=["suspend"], **{"days-suspend": "30"})
    assert answer.status_code == 302
    return {"code": case.code, "waiting": waiting.code}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_pages_and_no_others(addresses: dict[str, str], role: str) -> None:
    """Every page answers 200 to the roles that may open it, and 403 or 404 to every other."""
    client = browser(made.member(role))
    for url, allowed in ALLOWED.items():
        status = client.get(url.format(**addresses)).status_code
        assert (status == 200) if role in allowed else (status in (403, 404)), (url, role, status)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_its_acts_and_no_others(addresses: dict[str, str], role: str) -> None:
    """Every act is refused with 403 or 404 to roles that lack it, and to the others with no such code."""
    client = browser(made.member(role))
    for url, allowed in ACTS.items():
        status = client.post(url.format(**addresses), {"version": "1"}).status_code
        assert (status not in (403, 404, 500)) if role in allowed else (status in (403, 404)), (url, status)


@pytest.mark.parametrize("url", [*ALLOWED, *ACTS])
def test_nobody_gets_in_without_signing_in(addresses: dict[str, str], url: str) -> None:
    """A visitor is led to the door, whatever the page, and is told nothing of what there is."""
    for answer in (Client().get(url.format(**addresses)), Client().post(url.format(**addresses))):
        assert answer.status_code in (302, 405)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/staff/sign-in?next=")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_queue_tells_why_each_case_stands_where_it_stands(case: Case, language: str) -> None:
    """The list shows each case's points and every reason with what was seen."""
    html = browser(made.member(), language).get("/console/").content.decode()
    assert case.code in html
    told = {
        "ko": ["심각도", "terms.threat", "무거운 정책"],
        "en": ["How grave", "terms.threat", "a grave one", "1 of 2 earlier reports of theirs were right"],
    }
    assert all(words in html for words in told[language])
    assert 'lang="' + language in html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_case_shows_item_signals_account_and_policy(case: Case, language: str) -> None:
    """The page holds the text with its evidence marked, the signals, the account, and the policy's text."""
    html = browser(made.member(), language).get(f"/console/case/{case.code}/").content.decode()
    assert "너 <mark>다시 나타나면</mark> 가만두지 않겠다" in html
    assert "terms.threat" in html
    assert "0.90" in html
    assert case.item.author is not None
    assert case.item.author.external_id in html
    asked = {"ko": "특정한 사람을 향하나요?", "en": "Is it directed at somebody?"}[language]
    said = {"ko": "남을 해치겠다고 말하지 않습니다.", "en": "Nobody is threatened here."}[language]
    assert asked in html
    assert said in html


def test_text_of_people_is_never_markup(world: made.World) -> None:
    """What somebody posted is shown as they wrote it and is never part of the page."""
    case = made.waiting_case(world.platform, "<script>alert(1)</script> & <b>굵게</b>")
    html = browser(made.member()).get(f"/console/case/{case.code}/").content.decode()
    assert "<script>alert" not in html
    assert "<b>굵게" not in html


def test_pages_run_no_script_of_their_own(case: Case) -> None:
    """No page carries an inline script, an inline style or an address elsewhere."""
    client = browser(made.member("lead"))
    for url in ("/console/", f"/console/case/{case.code}/", "/console/approvals/", "/console/appeals/"):
        answer = client.get(url)
        html = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|https?://", html), url
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]


def test_opening_a_case_is_written_down(case: Case) -> None:
    """Whoever opens a case has a viewing of this very version; seconds come from the page's script."""
    reviewer = made.member()
    client = browser(reviewer)
    client.get(f"/console/case/{case.code}/")
    viewing = Viewing.objects.get(user=reviewer)
    assert (viewing.version_id, viewing.seconds) == (case.version_id, 0)
    Viewing.objects.update(shown_at=clock.now() - timedelta(seconds=40))
    assert client.post(f"/console/case/{case.code}/seen", {"seconds": "15"}).status_code == 204
    for nonsense in ("soon", "-1", "9" * 5000, "1e3"):
        assert client.post(f"/console/case/{case.code}/seen", {"seconds": nonsense}).status_code == 422
    viewing.refresh_from_db()
    assert viewing.seconds == 15


def test_looking_at_a_list_is_no_viewing(case: Case) -> None:
    """A case that merely stood in a list was not looked at."""
    browser(made.member()).get("/console/")
    assert not Viewing.objects.exists()


def test_the_second_reviewer_reads_who_was_first(case: Case) -> None:
    """Claiming what somebody holds shows a page that says who, and until when."""
    browser_one = browser(made.member(name="검토자 하나"))
    claim(browser_one, case)
    answer = browser(made.member()).post(f"/console/case/{case.code}/claim", {"version": "1"})
    assert answer.status_code == 409
    assert "검토자 하나 was first and holds this until" in answer.content.decode()


def test_a_conflict_keeps_what_was_written(case: Case) -> None:
    """Whoever loses a race finds their sentences on the page that says so."""
    client = browser(made.member())
    claim(client, case)
    values = form(client, case, facts="긴 시간 살펴본 내용입니다.")
    Assignment.objects.update(version=9)
    answer = client.post(f"/console/case/{case.code}/decide", values)
    assert answer.status_code == 409
    assert "긴 시간 살펴본 내용입니다." in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_case_is_decided_from_its_page(case: Case) -> None:
    """Claiming, answering and deciding ends the case, and its page then says so."""
    client = browser(made.member())
    claim(client, case)
    assert decide(client, case).status_code == 302
    decision = Decision.objects.get()
    assert decision.violation
    assert decision.looked
    assert decision.case_code in client.get(f"/console/case/{case.code}/").content.decode()


def test_no_violation_is_as_easy(case: Case) -> None:
    """One press ends a case without a violation; without other words the page's sentence is recorded."""
    client = browser(made.member())
    claim(client, case)
    answer = decide(client, case, finding="no_violation", facts="", action=[])
    assert answer.status_code == 302
    assert not Decision.objects.get().violation


def test_the_policy_proposes_what_the_answers_lead_to(case: Case) -> None:
    """Without a script the page is sent once and comes back with the proposal, its actions chosen."""
    client = browser(made.member())
    claim(client, case)
    html = decide(client, case, finding="answers", facts="쓰다 만 글").content.decode()
    assert "Remove it · all countries · until lifted" in html
    assert re.search(r'value="remove" checked', html)
    assert "쓰다 만 글" in html
    assert client.get(f"/console/case/{case.code}/").content.decode().count("checked") >= 3


def test_a_script_gets_the_proposal_alone_and_changes_nothing(case: Case) -> None:
    """The part that the page's script asks for holds the proposal, and no answer is kept."""
    client = browser(made.member())
    values = {"policy": "threats", "factor-directed": "yes", "factor-imminent": "yes"}
    html = client.post(f"/console/case/{case.code}/recommend", values).content.decode()
    assert "<html" not in html
    assert "Suspend the account · all countries · 30 days" in html
    assert "waits for a second person" in html
    assert not case.answers.exists()


def test_a_signal_suggests_and_a_person_answers(case: Case) -> None:
    """An answer that a signal suggests is marked, and not chosen."""
    html = browser(made.member()).get(f"/console/case/{case.code}/").content.decode()
    assert "a signal suggests this" in html
    assert not re.search(r'type="radio"[^>]* checked', html)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"factor-imminent": ""}, "1 are open"),
        ({"action": []}, "at least one action"),
        ({"facts": " "}, "what was found"),
        ({"ground": "nonsense"}, "no ground"),
        ({"ground": "kr-283"}, "does not hold in"),
        ({"days-remove": "9999999"}, "not as the page offered"),
        ({"action": ["explode"]}, "not as the page offered"),
        ({"territory-remove": "<b>"}, "not as the page offered"),
        ({"state_version": "x"}, "not as the page offered"),
    ],
)
def test_a_refused_form_comes_back_as_it_was_typed(
    case: Case, values: dict[str, str | list[str]], sentence: str
) -> None:
    """Whatever is wrong is said in a sentence, nothing is decided, and nothing typed is lost."""
    client = browser(made.member())
    claim(client, case)
    answer = decide(client, case, **values)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html.replace("&#x27;", "'")
    if "facts" not in values:
        assert "특정한 사람을 해치겠다고 말합니다." in html
    assert not Decision.objects.exists()


def test_a_policy_that_changed_meanwhile_is_a_conflict(case: Case) -> None:
    """A decision under a policy text that the page did not show is not taken."""
    client = browser(made.member())
    claim(client, case)
    assert decide(client, case, digest="0" * 64).status_code == 409


def test_a_case_is_put_back_and_referred(case: Case) -> None:
    """A case goes back into its queue, or into another."""
    client = browser(made.member())
    claim(client, case)
    assert client.post(f"/console/case/{case.code}/release").status_code == 302
    assert client.post(f"/console/case/{case.code}/release").status_code == 409
    claim(client, case)
    case.assignment.refresh_from_db()
    values = {"queue": "privacy", "version": case.assignment.version}
    assert client.post(f"/console/case/{case.code}/refer", values).status_code == 302
    case.assignment.refresh_from_db()
    assert case.assignment.queue_id == "privacy"


def test_a_proposal_is_agreed_to_by_another(addresses: dict[str, str]) -> None:
    """A second person sees facts, actions and answers, takes the proposal and agrees."""
    approval = Approval.objects.get()
    second = browser(made.member())
    url = f"/console/approval/{addresses['waiting']}/"
    html = second.get(url).content.decode()
    assert "Suspend the account · all countries · 30 days" in html
    assert "특정한 사람을 해치겠다고 말합니다." in html
    second.post(url + "claim", {"version": "1"})
    assert second.post(url + "settle", {"version": "2", "word": "agree"}).status_code == 302
    approval.refresh_from_db()
    assert approval.state == "approved"
    assert Decision.objects.get().approved_by


def test_a_second_person_sees_what_the_proposal_is_about(addresses: dict[str, str]) -> None:
    """When the item was changed since, the page still shows the version that was judged."""
    case = Case.objects.get(code=addresses["waiting"])
    changed = case.version
    assert changed is not None
    judged = changed.pk, changed.text
    changed.pk, changed.event_id, changed.text = ids.new_id(), "changed-since", "좋은 하루 되십시오."
    changed.save(force_insert=True)
    gathering = {"verdict": None, "queue": "threats", "at": clock.now(), "actor": SYSTEM}
    assert review.gather(item=case.item, version=changed, **gathering).pk == case.pk
    second = made.member()
    html = browser(second).get(f"/console/approval/{case.code}/").content.decode()
    assert judged[1] in re.sub("</?mark>", "", html)
    assert "좋은 하루" not in html
    assert Viewing.objects.get(user=second).version_id == judged[0]


def test_a_proposer_cannot_agree_on_any_page(addresses: dict[str, str]) -> None:
    """The page of one's own proposal offers no button, and the address refuses."""
    approval = Approval.objects.get()
    proposer = browser(approval.proposed_by)
    url = f"/console/approval/{addresses['waiting']}/"
    assert "Another person has to agree" in proposer.get(url).content.decode()
    assert proposer.post(url + "claim", {"version": "1"}).status_code == 403
    assert proposer.post(url + "settle", {"version": "1", "word": "agree"}).status_code == 403


def test_what_is_sent_back_is_read_on_the_case(addresses: dict[str, str]) -> None:
    """Sending back needs words, and whoever opens the case next reads them."""
    second = browser(made.member())
    url = f"/console/approval/{addresses['waiting']}/"
    second.post(url + "claim", {"version": "1"})
    refused = second.post(url + "settle", {"version": "2", "word": "back", "words": ""})
    assert refused.status_code == 422
    second.post(url + "settle", {"version": "2", "word": "back", "words": "정지까지는 과합니다."})
    html = second.get(f"/console/case/{addresses['waiting']}/").content.decode()
    assert "정지까지는 과합니다." in html


def test_a_dead_delivery_is_seen_and_sent_again(case: Case) -> None:
    """An administrator sees what a platform refused, and one press makes it due again."""
    reviewer = browser(made.member())
    claim(reviewer, case)
    decide(reviewer, case)
    dead = {"state": Delivery.State.DEAD, "attempts": 12, "last_error": "TimeoutException"}
    Delivery.objects.filter(item=case.item).update(done_at=clock.now(), **dead)
    delivery = Delivery.objects.get(item=case.item)
    client = browser(made.member("administrator"))
    assert "TimeoutException" in client.get("/console/deliveries/").content.decode()
    client.post("/console/deliveries/retry", {"delivery": [str(delivery.pk)]})
    assert Delivery.objects.filter(item=case.item, state=Delivery.State.WAITING).exists()


def test_platforms_are_listed_with_their_mode(world: made.World) -> None:
    """Each platform stands with how far we act on it and the policies in force."""
    html = browser(made.member("administrator")).get("/console/platforms/").content.decode()
    assert world.platform.slug in html
    assert "Full" in html
    assert "A small pack" in html


def test_no_address_tells_a_time(addresses: dict[str, str]) -> None:
    """No page of the console carries the id of a row: such an id would tell when it was made."""
    client = browser(made.member("lead"))
    for url in ("/console/", "/console/approvals/", f"/console/case/{addresses['code']}/"):
        html = client.get(url).content.decode()
        assert not re.search(TIMED_ID, html), url


def test_a_case_without_any_policy_can_still_end_without_violation() -> None:
    """Where no policy is in force the page says so, and finding nothing is still possible."""
    world = made.world()
    item, version = made.post(world.platform)
    case = review.gather(
        item=item, version=version, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM
    )
    from sinmungo.apps.base import append_only
    from sinmungo.apps.policies.models import Adoption

    append_only.remove()
    Adoption.objects.filter(platform=world.platform).delete()
    append_only.install()
    client = browser(made.member())
    claim(client, case)
    assert "No policy is in force" in client.get(f"/console/case/{case.code}/").content.decode()
    answer = client.post(
        f"/console/case/{case.code}/decide",
        {"version": "2", "state_version": "0", "finding": "no_violation"},
    )
    assert answer.status_code == 302


def test_a_long_queue_costs_no_more_queries(world: made.World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    """The list of a queue asks the database as often for twenty cases as for two."""
    client = browser(made.member())
    for _ in range(2):
        made.waiting_case(world.platform)
    with django_assert_max_num_queries(30) as few:
        client.get("/console/")
    for _ in range(18):
        made.waiting_case(world.platform)
    with django_assert_max_num_queries(len(few)):
        client.get("/console/")


@pytest.mark.parametrize("bad", ["\0", "x" * 20_000, "' OR 1=1 --", "😀", "%00"])
def test_no_field_or_address_breaks_a_page(case: Case, bad: str) -> None:
    """Whatever stands in a field or an address, the answer is a sentence and never a failure."""
    client = browser(made.member("lead"))
    claim(client, case)
    for name in ("version", "policy", "digest", "ground", "action", "factor-directed"):
        assert decide(client, case, **{name: bad}).status_code in (409, 422), name
    version = Assignment.objects.get(pk=case.assignment_id).version
    refused = client.post(f"/console/case/{case.code}/refer", {"queue": bad, "version": version})
    assert refused.status_code == 422
    for url in (f"/console/?after={bad}", f"/console/case/{bad}/", f"/console/queue/{bad}/"):
        assert client.get(url).status_code in (404, 422), url
    assert decide(client, case, facts=bad, finding=bad).status_code in (302, 422)
    administrator = browser(made.member("administrator"))
    values = {"act": "add", "username": bad, "pseudonym": bad, "role": bad, "platform": bad}
    assert administrator.post("/console/people/", values).status_code == 422
    assert administrator.post("/console/people/", {"act": "link", "username": bad}).status_code in (404, 422)
    assert administrator.post("/console/deliveries/retry", {"delivery": [bad]}).status_code == 422
