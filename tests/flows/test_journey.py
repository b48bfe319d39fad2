"""One post travels all of it, over HTTP, between real processes."""

from __future__ import annotations

import json
import re

import pytest

from tests.flows.system import PLATFORM, Person, System, eventually

THREAT = "너 다시 나타나면 학교 앞에서 기다렸다가 죽여 버린다"
FACTS = "특정한 사람에게 장소를 들어 해치겠다고 말했습니다."
REASONS = "앞뒤 글을 다시 읽으니 연극 대본의 한 대목이었습니다. 처음 결정이 잘못되었습니다."
WORDS = "이 글은 우리 동네 연극 모임의 대본입니다. 사람을 겁주려는 글이 아니었습니다."


def _version(html: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found is not None
    return found[1]


def _first(pattern: str, html: str) -> str:
    found = re.search(pattern, html)
    return found[1] if found else ""


def _case_of(reviewer: Person) -> str:
    return eventually(
        lambda: _first(r"/console/case/([0-9A-Z-]+)/", reviewer.open("/console/")), what="the case"
    )


def _decide(reviewer: Person, code: str, **choices: str) -> str:
    """Claim a case and decide it as the form offers."""
    html = reviewer.open(f"/console/case/{code}/?policy=harassment-and-threats")
    html = reviewer.send(
        f"/console/case/{code}/claim", version=_version(html), policy="harassment-and-threats"
    )
    hidden = dict(re.findall(r'type="hidden" name="(state_version|digest|version)" value="([^"]*)"', html))
    answers = {"factor-threat": "concrete", "factor-target": "private"}
    answers |= {"factor-repeated": "no", "factor-expression": "no"}
    return reviewer.send(
        f"/console/case/{code}/decide", policy="harassment-and-threats", **hidden, **answers, **choices
    )


def _lock_screen_link(account: Person | object, page: str) -> str:
    return _first(r'href="(http[^"]+/s/[^"]+)"', page)


def test_one_post_travels_all_of_it(system: System):
    """Posted, screened, reported, decided, told, appealed, overturned, restored, and all in the ledger."""
    assert system.platform is not None
    writer = system.platform.join("푸른고래_07")
    post = writer.write(THREAT)
    reporter = system.platform.join("도토리_12")
    report_page = reporter.report("post", post, "harassment", "읽고 무서웠어요")

    reviewer = system.staff("reviewer-1", "reviewer")
    code = _case_of(reviewer)
    eventually(lambda: "<mark>" in reviewer.open(f"/console/case/{code}/"), what="the words that were found")
    html = _decide(
        reviewer, code, finding="violation", ground="terms", action="hide", facts=FACTS,
        **{"territory-hide": "everywhere", "days-hide": "0"},
    )  # fmt: skip
    assert reviewer.page is not None and reviewer.page.status_code == 200, html

    held = eventually(
        lambda: (s := system.platform.state("post", post)) and s["public_state"] == "unavailable" and s,
        what="the restriction on the platform",
    )
    assert held["restrictions"][0]["kind"] == "hide"
    shown_to_others = reporter.page(f"/posts/{post}").text
    assert THREAT not in shown_to_others
    assert FACTS not in shown_to_others and held["statement"]["url"] not in shown_to_others

    person = system.person()
    letter = person.open(held["statement"]["url"])
    assert FACTS in letter and held["statement"]["case_code"] in letter
    assert "도토리_12" not in letter and "reviewer-1" not in letter
    assert "/s/" not in str(person.page.url)

    statement = f"/statement/{held['statement']['case_code']}/"
    _see_the_proof(system, person, statement)
    receipt = _appeal(person, held["statement"]["case_code"])
    _overturn(system, receipt)

    restored = eventually(
        lambda: (s := system.platform.state("post", post)) and s["public_state"] == "restored" and s,
        what="the restoration on the platform",
    )
    assert restored["restrictions"] == []
    assert THREAT in reporter.page(f"/posts/{post}").text
    answer = person.open("/receipts/")
    answer = person.send("/receipts/", receipts=receipt)
    assert REASONS in answer
    _reporter_reads_both_outcomes(system, reporter.page(report_page).text)
    verified = json.loads(system.command("ledger", "verify", "--json"))
    assert verified["ok"] and verified["faults"] == [] and verified["size"] > 10


def _see_the_proof(system: System, person: Person, statement: str) -> None:
    """The inclusion proof is one click from the statement, a few seconds after the decision."""
    eventually(
        lambda: person.open(f"{statement}proof.json") and person.page.status_code == 200, what="the proof"
    )
    proof = person.page.json()
    assert proof


def _appeal(person: Person, case_code: str) -> str:
    person.open(f"/appeal/{case_code}/")
    shown = person.send(
        f"/appeal/{case_code}/",
        words=WORDS,
        files=[("attachments", ("대본.txt", "1막 1장".encode(), "text/plain"))],
    )
    receipt = _first(r'class="receipt">\s*([0-9a-f-]{35})', shown)
    assert receipt, shown
    assert receipt not in person.open("/appeal/receipt/")
    return receipt


def _overturn(system: System, receipt: str) -> None:
    hearer = system.staff("hearer-1", "hearer")
    path = eventually(
        lambda: _first(r'href="(/console/appeal/[^"/]+/)"', hearer.open("/console/appeals/")),
        what="the appeal",
    )
    html = hearer.open(path)
    assert WORDS in html
    html = hearer.send(f"{path}claim", version=_version(html))
    hearer.send(f"{path}decide", version=_version(html), outcome="overturned", reasons=REASONS)
    assert hearer.page is not None and hearer.page.status_code == 200, hearer.page.text


def _reporter_reads_both_outcomes(system: System, page: str) -> None:
    receipt = _first(r"([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})", page)
    assert receipt, page
    somebody = system.person()
    somebody.open("/receipts/")
    board = somebody.send("/receipts/", receipts=receipt)
    outcome = _first(r'href="(/s/[^"]+)"', board)
    assert outcome, board
    letter = somebody.open(outcome)
    assert FACTS not in letter and "푸른고래_07" not in letter


def test_the_reviewer_who_decided_cannot_hear_the_appeal(system: System):
    """A lead who decided meets a closed door at the appeal, and somebody else can take it."""
    assert system.platform is not None
    post = system.platform.join("푸른고래_07").write(THREAT)
    lead = system.staff("lead-1", "lead")
    _decide(
        lead, _case_of(lead), finding="violation", ground="terms", action="hide", facts=FACTS,
        **{"territory-hide": "everywhere", "days-hide": "0"},
    )  # fmt: skip
    held = eventually(lambda: system.platform.state("post", post).get("statement"), what="the statement")
    person = system.person("en")
    person.open(held["url"])
    _appeal(person, held["case_code"])

    path = eventually(
        lambda: _first(r'href="(/console/appeal/[^"/]+/)"', lead.open("/console/appeals/")) or "hidden",
        what="the list of appeals",
    )

    if path != "hidden":
        lead.open(path)
        assert "/claim" not in lead.page.text and 'action="claim"' not in lead.page.text
    _overturn(system, "")


def test_a_suspension_waits_for_a_second_person(system: System):
    """Suspending without an end takes effect only after another reviewer agreed."""
    assert system.platform is not None
    writer = system.platform.join("푸른고래_07")
    writer.write(THREAT)
    first = system.staff("reviewer-1", "reviewer")
    _decide(
        first, _case_of(first), finding="violation", ground="terms", action="suspend", facts=FACTS,
        **{"territory-suspend": "everywhere", "days-suspend": "0"},
    )  # fmt: skip
    assert system.platform.state("account", writer.account).get("version", 0) == 0

    second = system.staff("reviewer-2", "reviewer")
    path = _first(r'href="(/console/approval/[^"/]+/)"', second.open("/console/approvals/"))
    html = second.open(path)
    html = second.send(f"{path}claim", version=_version(html))
    second.send(f"{path}settle", version=_version(html), word="agree")

    state = eventually(
        lambda: (s := system.platform.state("account", writer.account)) and s.get("restrictions") and s,
        what="the suspension",
    )
    assert state["restrictions"][0]["kind"] == "suspend"
    lock_screen = writer.page("/me").text
    assert state["statement"]["case_code"] in lock_screen and state["statement"]["url"] in lock_screen


@pytest.mark.parametrize("status", [429, 500])
def test_a_platform_that_is_down_is_told_when_it_is_back(system: System, status: int):
    """A delivery that the platform could not take arrives once it can."""
    assert system.platform is not None
    post = system.platform.join("푸른고래_07").write(THREAT)
    system.platform.set_fault(status=status, count=2)
    reviewer = system.staff("reviewer-1", "reviewer")
    _decide(
        reviewer, _case_of(reviewer), finding="violation", ground="terms", action="hide", facts=FACTS,
        **{"territory-hide": "everywhere", "days-hide": "0"},
    )  # fmt: skip

    state = eventually(
        lambda: (s := system.platform.state("post", post)) and s.get("restrictions") and s,
        within=60,
        what="the delivery after the fault",
    )

    assert state["applied_count"] == 1
    told = system.api("GET", f"/api/v1/items/post/{post}").json()
    assert told["version"] == state["version"] and PLATFORM
