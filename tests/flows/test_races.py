"""Two at the same moment: one gets it, the other is told so, and nothing is there twice."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import httpx
import pytest
from django.db import connection, connections

from sinmungo.apps.enforcement.models import Decision
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.kernel.words import ActionKind
from sinmungo.journeys import decide
from tests.common import factories as make
from tests.flows.system import Person, System, eventually

T = TypeVar("T")
ROUNDS = 6
THREAT = "너 다시 나타나면 학교 앞에서 기다렸다가 죽여 버린다"
FACTS = "특정한 사람에게 장소를 들어 해치겠다고 말했습니다."
POLICY = "harassment-and-threats"
CHOICES = {
    "finding": "violation",
    "ground": "terms",
    "action": "hide",
    "facts": FACTS,
    "policy": POLICY,
    "territory-hide": "everywhere",
    "days-hide": "0",
    "factor-threat": "concrete",
    "factor-target": "private",
    "factor-repeated": "no",
    "factor-expression": "no",
}


@pytest.fixture(scope="module")
def running(prepared_full: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system that all races of this file are run on."""
    with prepared_full.copy(tmp_path_factory.mktemp("races")).start() as system:
        yield system


@pytest.fixture(scope="module")
def reviewers(running: System) -> list[Person]:
    """Two people who review."""
    return [running.staff(f"racer-{number}", "reviewer") for number in (1, 2)]


def at_once(*acts: Callable[[], T]) -> list[T]:
    """Let every act begin at the same moment, and return what each gave; errors are raised here."""
    start = threading.Barrier(len(acts))
    given: dict[int, T] = {}
    errors: list[BaseException] = []

    def run(place: int, act: Callable[[], T]) -> None:
        try:
            start.wait(10)
            given[place] = act()
        except BaseException as error:  # noqa: BLE001 - raised again below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    return [given[place] for place in range(len(acts))]


def _event(name: str, text: str = THREAT) -> dict[str, Any]:
    item = {"type": "post", "external_id": name, "author": {"external_id": f"by-{name}"}, "text": text}
    return {"event_id": name, "kind": "created", "occurred_at": "2026-03-01T09:30:00+09:00", "item": item}


def _cases(system: System, kind: str) -> list[tuple[str, str]]:
    """Post what opens a case, ``ROUNDS`` times; return each post and the code of its case."""
    names = [f"{kind}-{number}" for number in range(ROUNDS)]
    answer = system.api("POST", "/api/v1/events?wait", json=[_event(name) for name in names])
    assert answer.status_code == 200, answer.text
    query = (
        "SELECT i.external_id, c.code FROM review_case c JOIN items_item i ON i.id = c.item_id"
        " WHERE i.external_id LIKE %s ORDER BY 1"
    )
    return eventually(
        lambda: len(found := system.rows(query, f"{kind}-%")) == ROUNDS and found, what="the cases"
    )


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(state_version|digest|version)" value="([^"]*)"', page))


def _answer(person: Person, path: str, **fields: str) -> httpx.Response:
    person.send(path, **fields)
    assert person.page is not None
    return person.page


def _status(person: Person, path: str, **fields: str) -> int:
    return _answer(person, path, **fields).status_code


def _claimed(reviewer: Person, code: str) -> dict[str, str]:
    page = reviewer.open(f"/console/case/{code}/?policy={POLICY}")
    return _hidden(
        reviewer.send(f"/console/case/{code}/claim", version=_hidden(page)["version"], policy=POLICY)
    )


def test_two_reviewers_claim_one_case(running: System, reviewers: list[Person]):
    """Exactly one of two gets the case; the other reads of a conflict, and can take it later."""
    for _, code in _cases(running, "claim"):
        path = f"/console/case/{code}/"
        versions = [_hidden(reviewer.open(path))["version"] for reviewer in reviewers]

        answers = at_once(
            *(
                partial(_status, reviewer, f"{path}claim", version=version, policy=POLICY)
                for reviewer, version in zip(reviewers, versions, strict=True)
            )
        )

        assert sorted(answers) == [200, 409]
        held = running.rows(
            "SELECT a.version, a.holder_id IS NOT NULL FROM review_assignment a"
            " JOIN review_case c ON c.assignment_id = a.id WHERE c.code = %s",
            code,
        )
        assert [(version, bool(holder)) for version, holder in held] == [(2, True)]


def test_a_case_is_decided_twice_at_the_same_moment(running: System, reviewers: list[Person]):
    """Of two answers from one desk one is recorded, and the other is told of the conflict."""
    first = reviewers[0]
    second = _same_desk(running, first)
    for post, code in _cases(running, "twice"):
        hidden = _claimed(first, code)
        second.open(f"/console/case/{code}/?policy={POLICY}")

        answers = at_once(
            *(
                partial(_status, reviewer, f"/console/case/{code}/decide", **hidden, **CHOICES)
                for reviewer in (first, second)
            )
        )

        assert sorted(answers) == [200, 409]
        _one_decision(running, post)


def _decisions(system: System, post: str) -> list[tuple[Any, ...]]:
    return system.rows(
        "SELECT d.case_code, s.version FROM enforcement_decision d JOIN items_item i ON i.id = d.item_id"
        " LEFT JOIN enforcement_itemstate s ON s.item_id = i.id"
        " WHERE i.external_id = %s",
        post,
    )


def _one_decision(system: System, post: str) -> None:
    ((_, version),) = _decisions(system, post)
    assert version == 1


def _external(post: str, number: str) -> dict[str, Any]:
    return {
        "external_id": number,
        "item": {"type": "post", "external_id": post, "author": f"by-{post}"},
        "ground": {"kind": "terms", "text": "이용약관 3조: 다른 사람을 위협하지 않습니다."},
        "category": "STATEMENT_CATEGORY_VIOLENCE",
        "facts": FACTS,
        "actions": [{"kind": "remove"}],
        "automated": "not",
        "detected_automatically": False,
        "made_at": datetime.now(UTC).isoformat(),
    }


def test_another_tool_decides_while_a_reviewer_does(running: System, reviewers: list[Person]):
    """Either both decisions follow one another, or the reviewer is told that the state has changed."""
    for post, code in _cases(running, "beside"):
        hidden = _claimed(reviewers[0], code)

        reviewed, sent = at_once(
            partial(_answer, reviewers[0], f"/console/case/{code}/decide", **hidden, **CHOICES),
            partial(running.api, "POST", "/api/v1/decisions", json=_external(post, f"tool-{post}")),
        )

        assert sent.status_code == 200 and sent.json()["results"][0]["state"] == "recorded", sent.text
        assert reviewed.status_code in (200, 409)
        decisions = _decisions(running, post)
        assert len(decisions) == (2 if reviewed.status_code == 200 else 1)
        assert {version for _, version in decisions} == {len(decisions)}


def test_one_decision_of_another_tool_sent_twice_at_once(running: System):
    """A decision counts once by its number, also when its two copies arrive together."""
    for number in range(ROUNDS):
        document = _external(f"copy-{number}", f"copy-{number}")

        answers = at_once(*[partial(running.api, "POST", "/api/v1/decisions", json=document)] * 4)

        assert {answer.status_code for answer in answers} == {200}
        results = [answer.json()["results"][0] for answer in answers]
        assert sorted(each["state"] for each in results) == ["already"] * 3 + ["recorded"], results
        assert len({each["statement_url"] for each in results}) == 1


def test_two_appeals_on_one_statement(running: System):
    """One of two appeals is taken and gets its receipt; the other is told that it waits already."""
    for number in range(ROUNDS):
        decided = _external(f"appealed-{number}", f"appealed-{number}")
        told = running.api("POST", "/api/v1/decisions", json=decided).json()["results"][0]
        path = f"/appeal/{told['case_code']}/"
        people = [running.person(), running.person()]
        for person in people:
            person.open(told["statement_url"])
            person.open(path)

        pages = at_once(*(partial(person.send, path, words="제 글이 아닙니다.") for person in people))

        receipts = [re.search(r'class="receipt">\s*([0-9a-f-]{35})', page) for page in pages]
        assert sum(found is not None for found in receipts) == 1
        assert sorted(person.page.status_code for person in people if person.page) == [200, 422]
        ((kept,),) = running.rows(
            "SELECT count(*) FROM appeals_appeal a JOIN enforcement_decision d ON d.id = a.decision_id"
            " WHERE d.case_code = %s",
            told["case_code"],
        )
        assert kept == 1


def _same_desk(system: System, person: Person) -> Person:
    """The same person, signed in once, at a second window."""
    window = system.person()
    window.http.cookies.update(person.http.cookies)
    return window


def test_an_appeal_is_answered_twice_at_the_same_moment(running: System):
    """Of two opposite answers one counts; the other is told of the conflict and changes nothing."""
    hearer = running.staff("racer-hearer", "hearer")
    windows = [hearer, _same_desk(running, hearer)]
    for number in range(3):
        post = f"heard-{number}"
        told = running.api("POST", "/api/v1/decisions", json=_external(post, post)).json()["results"][0]
        person = running.person()
        person.open(told["statement_url"])
        person.open(f"/appeal/{told['case_code']}/")
        person.send(f"/appeal/{told['case_code']}/", words="제 글이 아닙니다.")
        path = _open_appeal(hearer, told["case_code"])
        hidden = _hidden(hearer.send(f"{path}claim", version=_hidden(hearer.open(path))["version"]))
        windows[1].open(path)

        answers = at_once(
            *(
                partial(
                    _status, each, f"{path}decide", **hidden, outcome=outcome, reasons="다시 읽었습니다. " * 5
                )
                for each, outcome in zip(windows, ("overturned", "upheld"), strict=True)
            )
        )

        assert sorted(answers) == [200, 409]
        ((outcome,),) = running.rows(
            "SELECT a.outcome FROM appeals_appeal a JOIN enforcement_decision d ON d.id = a.decision_id"
            " WHERE d.case_code = %s",
            told["case_code"],
        )
        assert len(_decisions(running, post)) == (2 if outcome == "overturned" else 1)


def _open_appeal(hearer: Person, case_code: str) -> str:
    """Return the address of the appeal against a decision that waits."""
    for path in re.findall(r'href="(/console/appeal/[^"/]+/)"', hearer.open("/console/appeals/")):
        if case_code in hearer.open(path):
            return str(path)
    raise AssertionError("the appeal does not wait")


def test_a_harsh_act_is_agreed_to_and_sent_back_at_the_same_moment(running: System, reviewers: list[Person]):
    """Either the act is done or it went back, never both."""
    first, second = reviewers
    harsh = CHOICES | {"action": "suspend", "territory-suspend": "everywhere", "days-suspend": "0"}
    windows = [second, _same_desk(running, second)]
    for post, code in _cases(running, "harsh")[:3]:
        hidden = _claimed(first, code)
        assert _status(first, f"/console/case/{code}/decide", **hidden, **harsh) == 200
        (path,) = re.findall(r'href="(/console/approval/[^"/]+/)"', second.open("/console/approvals/"))
        held = _hidden(second.send(f"{path}claim", version=_hidden(second.open(path))["version"]))
        windows[1].open(path)

        answers = at_once(
            *(
                partial(_status, each, f"{path}settle", **held, word=word, words="더 살펴 주십시오.")
                for each, word in zip(windows, ("agree", "back"), strict=True)
            )
        )

        assert 200 in answers and set(answers) <= {200, 403, 404, 409}, answers
        assert answers != [200, 200]
        assert len(_decisions(running, post)) == (1 if answers[0] == 200 else 0)


def test_one_batch_sent_many_times_at_once(running: System):
    """Every copy of a batch is acknowledged, and each event is there once."""
    for turn in range(ROUNDS):
        batch = [_event(f"batch-{turn}-{number}", "안녕하세요") for number in range(20)]

        answers = at_once(*[partial(running.api, "POST", "/api/v1/events", json=batch)] * 6)

        assert {answer.status_code for answer in answers} == {202}
        counted = [answer.json() for answer in answers]
        assert sorted(each["accepted"] for each in counted) == [0] * 5 + [20]
        assert {each["accepted"] + each["duplicates"] for each in counted} == {20}
    ((kept,),) = running.rows("SELECT count(*) FROM items_version WHERE event_id LIKE %s", "batch-%")
    assert kept == 20 * ROUNDS


def test_batches_that_overlap_the_other_way_round(running: System):
    """Two batches with the same items in opposite orders neither wait for one another for ever nor fail."""
    for turn in range(ROUNDS):
        batch = [_event(f"cross-{turn}-{number}", "글") for number in range(40)]

        answers = at_once(
            partial(running.api, "POST", "/api/v1/events", json=batch),
            partial(running.api, "POST", "/api/v1/events", json=batch[::-1]),
        )

        assert {answer.status_code for answer in answers} == {202}
        assert sum(answer.json()["accepted"] for answer in answers) == 40


def test_verdicts_that_are_waited_for_are_there(running: System):
    """With ``?wait`` every event has its verdict, however many workers are looking for work."""
    running.start_worker("worker-2")

    def sent(place: int) -> list[dict[str, Any]]:
        batches = [[_event(f"waited-{place}-{number}")] for number in range(5 * ROUNDS)]
        answers = [running.api("POST", "/api/v1/events?wait", json=batch) for batch in batches]
        return [answer.json()["verdicts"][0] for answer in answers]

    verdicts = [each for told in at_once(*(partial(sent, place) for place in range(3))) for each in told]

    assert [each for each in verdicts if each["verdict"] is None or each["proposed"] == "none"] == []
    running.stop("worker-2")


def test_one_report_sent_twice_at_once(running: System):
    """The same person's report on the same item is filed once, with one receipt."""
    running.api("POST", "/api/v1/events?wait", json=[_event("flagged", "안녕하세요")])
    report = {"item": {"type": "post", "external_id": "flagged"}, "reason": "spam"}
    for turn in range(ROUNDS):
        document = report | {"reporter": {"external_id": f"reader-{turn}"}}

        answers = at_once(*[partial(running.api, "POST", "/api/v1/reports", json=document)] * 3)

        assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
        assert sum(bool(answer.json()["receipt"]) for answer in answers) == 1


def test_a_report_arrives_while_its_case_is_decided(running: System, reviewers: list[Person]):
    """The report is answered by the decision or waits in an open case; it is never left over."""
    for post, code in _cases(running, "crossing"):
        hidden = _claimed(reviewers[0], code)
        report = {"item": {"type": "post", "external_id": post}, "reason": "harassment"}

        decided, filed = at_once(
            partial(_answer, reviewers[0], f"/console/case/{code}/decide", **hidden, **CHOICES),
            partial(running.api, "POST", "/api/v1/reports", json=report),
        )

        assert filed.status_code == 201
        assert decided.status_code in (200, 409)
        left_over = (
            "SELECT r.id FROM intake_report r JOIN items_item i ON i.id = r.item_id WHERE r.outcome = 'open'"
            " AND NOT EXISTS (SELECT 1 FROM review_case c WHERE c.item_id = i.id AND c.state <> 'decided')"
            " AND i.external_id = %s"
        )
        assert running.rows(left_over, post) == []


def _with_a_connection_of_its_own(act: Callable[[], T]) -> Callable[[], T]:
    def run() -> T:
        try:
            return act()
        finally:
            connections.close_all()

    return run


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_decisions_on_one_state_with_two_connections():
    """Of two decisions that saw the same state one is recorded, the other is ``decision.state_changed``."""
    if connection.vendor != "postgresql":
        pytest.skip("two connections to one database in memory do not exist; PostgreSQL has them")
    platform = make.platform()
    policy = make.adopted(platform)
    for kinds in [(ActionKind.HIDE, ActionKind.REMOVE)] * ROUNDS:
        version = make.post(platform)
        proposals = [make.proposal(version, policy, make.action(kind), state_version=0) for kind in kinds]

        codes = at_once(*(_with_a_connection_of_its_own(partial(_code, each)) for each in proposals))

        assert sorted(codes) == ["decision.state_changed", "recorded"]
        assert Decision.objects.filter(item=version.item).count() == 1


def _code(proposal: Any) -> str:
    try:
        decide.one(proposal, actor=make.RULE)
    except DomainError as error:
        return error.code
    return "recorded"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_batches_of_decisions_that_cross_do_not_block_one_another():
    """Two batches over the same items in opposite orders are both recorded, without a deadlock."""
    if connection.vendor != "postgresql":
        pytest.skip("two connections to one database in memory do not exist; PostgreSQL has them")
    platform = make.platform()
    policy = make.adopted(platform)
    versions = [make.post(platform, make.account(platform)) for _ in range(30)]

    def decided(order: Sequence[Any], kind: ActionKind) -> int:
        proposals = [make.proposal(version, policy, make.action(kind)) for version in order]
        return sum(isinstance(each, Decision) for each in decide.many(proposals, actor=make.RULE))

    counts = at_once(
        _with_a_connection_of_its_own(lambda: decided(versions, ActionKind.HIDE)),
        _with_a_connection_of_its_own(lambda: decided(versions[::-1], ActionKind.REMOVE)),
    )

    assert counts == [30, 30]
    assert Decision.objects.count() == 60
