"""What people decided, as labelled texts to learn from."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.models import Viewing
from sinmungo.apps.review.queries_learning import MAX_OF_AN_AUTHOR, decided_texts, known_policies
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.queries import actor_of
from sinmungo.cli import learn
from sinmungo.cli.learn_decisions import NoSuchPolicy, read_decisions
from sinmungo.core.kernel.errors import NotFound
from sinmungo.core.kernel.words import DecisionSource
from sinmungo.journeys import decide
from tests.common import factories

pytestmark = pytest.mark.django_db


class Desk:
    """A platform with a policy, and a reviewer who opens things and decides."""

    def __init__(self) -> None:
        self.platform = factories.platform()
        self.policy: PolicyVersion = factories.adopted(self.platform)
        self.reviewer: User = factories.member()

    def post(self, text: str, author: Item | None = None) -> Version:
        """Make a post with this text."""
        return factories.post(self.platform, author, text=text)

    def opened(self, version: Version) -> Version:
        """Have the reviewer look at it."""
        Viewing.objects.create(
            user=self.reviewer, item=version.item, version=version, shown_at=clock.now(), seconds=5
        )
        return version

    def decided(self, version: Version, *, violation: bool = True, **more: Any) -> Decision:
        """Have the reviewer decide."""
        policy = self.policy if violation else None
        actions = (factories.action(),) if violation else ()
        proposal = factories.proposal(
            version, policy, *actions, **{"violation": violation, "source": DecisionSource.REVIEW} | more
        )
        return decide.one(proposal, actor=actor_of(self.reviewer))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def _texts(**wanted: Any) -> dict[str, bool]:
    return {each.text: each.violation for each in decided_texts(**wanted)}


def test_what_a_person_decided_is_a_label(desk: Desk):
    """A violation counts as one, no violation as none, with the text as it was judged."""
    desk.decided(desk.opened(desk.post("겁주는 말")))
    desk.decided(desk.opened(desk.post("평범한 말")), violation=False)

    assert _texts() == {"겁주는 말": True, "평범한 말": False}
    assert _texts(policy="threats", platform=desk.platform.slug) == {"겁주는 말": True, "평범한 말": False}


def test_what_was_overturned_counts_as_its_last_word(desk: Desk):
    """After an appeal the text is no violation, and the first decision teaches nothing."""
    first = desk.decided(desk.opened(desk.post("오해받은 말")))
    factories.overturned(first, actor=actor_of(desk.reviewer))

    assert _texts() == {"오해받은 말": False}


def test_what_no_person_looked_at_is_left_out(desk: Desk):
    """Decisions of rules, and of items that were decided on unopened, teach nothing."""
    factories.decision(desk.post("규칙이 정한 말"), desk.policy)
    desk.decided(desk.post("열어 보지 않은 말"))

    assert _texts() == {}


def test_a_policy_learns_from_its_own_violations(desk: Desk):
    """A violation of another policy is neither a yes nor a no; what violates nothing is a no."""
    desk.decided(desk.opened(desk.post("겁주는 말")))
    desk.decided(desk.opened(desk.post("평범한 말")), violation=False)

    assert _texts(policy="spam") == {"평범한 말": False}


def test_platforms_are_kept_apart(desk: Desk):
    """Only decisions of the platform asked for are returned."""
    other = Desk()
    desk.decided(desk.opened(desk.post("이곳의 말")))
    other.decided(other.opened(other.post("저곳의 말")))

    assert _texts(platform=other.platform.slug) == {"저곳의 말": True}


def test_five_of_an_author_at_most(desk: Desk):
    """Of what one person posted the latest five decisions teach, and they name the same author."""
    author = factories.account(desk.platform)
    for number in range(MAX_OF_AN_AUTHOR + 1):
        desk.decided(desk.opened(desk.post(f"말 {number}", author)))
    found = decided_texts()

    assert [each.text for each in found] == [f"말 {number}" for number in (5, 4, 3, 2, 1)]
    assert {each.author for each in found} == {author.id}


def test_no_more_than_the_limit(desk: Desk):
    """The latest are returned, as many as were asked for."""
    for number in range(3):
        desk.decided(desk.opened(desk.post(f"말 {number}")))

    assert list(_texts(limit=2)) == ["말 2", "말 1"]


def test_the_command_reads_decisions_with_their_authors(desk: Desk):
    """Rows to learn from carry text, label and author; an unknown platform or policy is not found."""
    version = desk.opened(desk.post("겁주는 말"))
    desk.decided(version)
    found = read_decisions(platform=desk.platform.slug, policy="threats").rows[0]

    assert (found.text, found.positive, found.author) == ("겁주는 말", True, str(version.item.author_id))
    assert known_policies() == ["threats"]
    with pytest.raises(NoSuchPolicy):
        read_decisions(platform="", policy="spam")
    with pytest.raises(NotFound):
        read_decisions(platform="nowhere", policy="")


def test_few_decisions_are_too_little_to_learn_from(desk: Desk, tmp_path: Any):
    """The command refuses with exit code 1 and the counts, and writes nothing."""
    desk.decided(desk.opened(desk.post("겁주는 말")))
    words = ["--decisions", "--policy", "threats", "--name", "threats", "--out", str(tmp_path / "m")]
    result = CliRunner().invoke(learn.app, words)

    assert result.exit_code == 1
    assert "1 rows, 1 with the label and 0 without" in result.stderr
    assert not (tmp_path / "m").exists()
