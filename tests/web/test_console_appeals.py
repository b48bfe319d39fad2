"""Appeals on the console: heard by somebody else, blind to scores, answered with reasons."""

from __future__ import annotations

import re

import pytest

from sinmungo.apps.appeals.files import IncomingFile
from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.review.models import Viewing
from sinmungo.apps.staff.models import User
from tests.apps.appeals import made
from tests.web.test_console_pages import TIMED_ID, browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision() -> Decision:
    return made.scene(made.REMOVED, made.SUSPENDED)[3]


@pytest.fixture
def appeal(decision: Decision) -> Appeal:
    file = IncomingFile("대본.txt", "연극 대본입니다.".encode())
    return made.appealed(made.told(decision), files=[file]).appeal


@pytest.fixture
def hearer() -> User:
    return made.member("hearer")


def address(user: User) -> str:
    """Return the address of the only appeal in the list of ``user``."""
    html = browser(user).get("/console/appeals/").content.decode()
    found = re.findall(r'href="(/console/appeal/[^"]+)"', html)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_appeal_is_read_beside_what_it_is_about(appeal: Appeal, hearer: User, language: str) -> None:
    """The page holds the person's words and files, the item, the decision and the policy, and no score."""
    html = browser(hearer, language).get(address(hearer)).content.decode()
    assert made.WORDS in html
    assert "대본.txt" in html
    assert "너 다시 나타나면 가만두지 않겠다" in html
    assert "해치겠다는 뜻으로 읽히는 문장이 있습니다." in html
    assert "terms.threat" not in html
    assert not re.search(TIMED_ID, html)
    assert Viewing.objects.filter(user=hearer, item=appeal.decision.item).count() == 1


def test_a_file_comes_as_a_download_only(appeal: Appeal, hearer: User) -> None:
    """A file is never shown in the page's own origin; only one of this appeal is given."""
    client, url = browser(hearer), address(hearer)
    html = client.get(url).content.decode()
    file = re.findall(r'href="(/console/appeal/[^"]+/file/[^"]+)"', html)[0]
    answer = client.get(file)
    assert answer.content.decode() == "연극 대본입니다."
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(f"{url}file/{'A' * 22}").status_code == 404
    assert browser(made.member("reviewer")).get(file).status_code == 404


def test_whoever_decided_does_not_hear_the_appeal(appeal: Appeal) -> None:
    """The one who decided finds no appeal in the list, and its address offers and takes nothing."""
    decider = User.objects.get(memberships__role="reviewer")
    decider.memberships.create(role="hearer")
    client = browser(decider)
    assert "/console/appeal/" not in client.get("/console/appeals/").content.decode()
    url = address(made.member("hearer"))
    assert "somebody else has to hear" in client.get(url).content.decode()
    assert client.post(url + "claim", {"version": "1"}).status_code == 403
    values = {"version": "1", "outcome": "upheld", "reasons": made.REASONS}
    assert client.post(url + "decide", values).status_code == 403


def test_an_overturned_decision_is_put_right(appeal: Appeal, hearer: User) -> None:
    """Answering that a decision was wrong ends the appeal and replaces the decision."""
    client, url = browser(hearer), address(hearer)
    client.post(url + "claim", {"version": "1"})
    values = {"version": "2", "outcome": "overturned", "reasons": made.REASONS}
    assert client.post(url + "decide", values).status_code == 302
    appeal.refresh_from_db()
    assert appeal.outcome == "overturned"
    assert Decision.objects.get(supersedes=appeal.decision).violation is False
    assert made.REASONS in client.get(url).content.decode()


def test_part_of_a_decision_can_remain(appeal: Appeal, hearer: User) -> None:
    """What is chosen remains as it was, and the rest is lifted."""
    client, url = browser(hearer), address(hearer)
    client.post(url + "claim", {"version": "1"})
    values = {
        "version": "2",
        "outcome": "partly_overturned",
        "reasons": made.REASONS,
        "keep": ["remove:everywhere"],
    }
    assert client.post(url + "decide", values).status_code == 302
    kept = Decision.objects.get(supersedes=appeal.decision)
    assert [action.kind for action in kept.actions.all()] == ["remove"]


@pytest.mark.parametrize(
    "values",
    [
        {"outcome": "upheld", "reasons": "짧음"},
        {"outcome": "partly_overturned", "reasons": made.REASONS},
        {"outcome": "perhaps", "reasons": made.REASONS},
    ],
)
def test_a_refused_answer_comes_back_as_typed(appeal: Appeal, hearer: User, values: dict[str, str]) -> None:
    """Too few reasons, nothing kept or no known outcome: said in a sentence, nothing lost or decided."""
    client, url = browser(hearer), address(hearer)
    client.post(url + "claim", {"version": "1"})
    answer = client.post(url + "decide", {"version": "2", **values})
    assert answer.status_code == 422
    assert values["reasons"] in answer.content.decode()
    appeal.refresh_from_db()
    assert appeal.state == Appeal.State.WAITING


def test_the_second_to_answer_meets_a_conflict(appeal: Appeal, hearer: User) -> None:
    """Of two who hear one appeal the second reads who was first, and keeps the reasons written."""
    url = address(hearer)
    browser(hearer).post(url + "claim", {"version": "1"})
    second = browser(made.member("hearer"))
    assert second.post(url + "claim", {"version": "1"}).status_code == 409
    values = {"version": "2", "outcome": "upheld", "reasons": made.REASONS}
    answer = second.post(url + "decide", values)
    assert answer.status_code == 409
    assert made.REASONS in answer.content.decode()


@pytest.mark.parametrize("handle", ["x", "A" * 22, "가" * 22, "019a0000-0000-7000-8000-000000000000"])
def test_a_made_up_address_finds_nothing(hearer: User, handle: str) -> None:
    """Only an address that the list gave leads to an appeal."""
    assert browser(hearer).get(f"/console/appeal/{handle}/").status_code == 404
