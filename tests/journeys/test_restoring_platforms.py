"""What a platform says of accounts is read with care: whatever does not fit is left out, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.items.models import Platform
from sinmungo.journeys.restoring import platforms
from sinmungo.journeys.restoring.platforms import AccountState, NotTold
from tests.common import factories as make
from tests.journeys.answering import SECRET

pytestmark = pytest.mark.django_db


class Saying:
    """A reader that says what a test wants, and keeps what it was asked."""

    answer: ClassVar[Any] = None
    asked: ClassVar[list[dict[str, Any]]] = []

    def ask(self, **asked: Any) -> Any:
        """Return the answer."""
        self.asked.append(asked)
        return self.answer


@pytest.fixture
def platform(settings: Any) -> Platform:
    settings.SINMUNGO_ACCOUNT_READER = f"{__name__}.Saying"
    Saying.asked.clear()
    return make.platform(webhook=("https://bada.example/in/webhooks", SECRET))


def said(platform: Platform, *rows: Any) -> dict[str, AccountState]:
    Saying.answer = {"accounts": list(rows)}
    found = platforms.states(platform, ["u-1", "u-2"], purpose="before")
    assert found is not None
    return found


def test_the_door_lies_beside_the_webhooks(platform: Platform) -> None:
    """Its address is that of the webhooks with another last part."""
    said(platform)
    assert Saying.asked[0]["url"] == "https://bada.example/in/accounts/state"
    assert Saying.asked[0]["body"] == b'{"accounts":["u-1","u-2"]}'


def test_what_is_meant_anew_has_another_number_and_a_retry_the_same(platform: Platform) -> None:
    """The same question of the same batch is one, the question afterwards is another."""
    Saying.answer = {"accounts": []}
    for purpose in ("before 1", "before 1", "after 1"):
        platforms.states(platform, ["u-1"], purpose=purpose)
    first, again, later = (asked["message_id"] for asked in Saying.asked)
    assert first == again != later


def test_accounts_that_were_not_asked_about_are_left_out(platform: Platform) -> None:
    """A platform cannot bring in accounts that nobody asked about."""
    assert set(said(platform, {"external_id": "u-2"}, {"external_id": "u-9"}, "nonsense")) == {"u-2"}


def test_facts_are_bounded_and_of_their_kind(platform: Platform) -> None:
    """Too long a text is cut, too long a list too, and a wrong kind counts as nothing."""
    row: dict[str, Any] = {
        "external_id": "u-1",
        "handle": "h" * 500,
        "followers": -4,
        "memberships": ["a\0b", 7, "", *map(str, range(1000))],
        "roles": "host",
        "payouts": "yes",
    }
    facts = said(platform, row)["u-1"].facts
    assert len(facts["handle"]) == platforms.MAX_LETTERS
    assert (facts["followers"], facts["roles"], facts["payouts"]) == (0, [], False)
    assert facts["memberships"][0] == "ab" and len(facts["memberships"]) <= platforms.MAX_LIST
    assert said(platform, row | {"followers": True})["u-1"].facts["followers"] == 0


def test_an_identity_number_among_what_is_told_is_masked(platform: Platform) -> None:
    """No resident number is kept, whoever sends it."""
    told = [{"party": "police", "name": "desk", "reference": "850101-1234567", "at": "2026-01-01T00:00:00Z"}]
    state = said(platform, {"external_id": "u-1", "told": told})["u-1"]
    assert "1234567" not in state.told[0].reference


def test_a_party_of_no_known_kind_is_another_and_never_of_the_future(platform: Platform) -> None:
    """Its kind becomes other, its time now, and what has no name is left out."""
    later = (clock.now() + timedelta(days=3)).isoformat()
    told = [{"party": "neighbours", "name": "desk", "at": later}, {"party": "police"}, 5]
    (one,) = said(platform, {"external_id": "u-1", "told": told})["u-1"].told
    assert one.party == "other" and one.at <= clock.now()


@pytest.mark.parametrize("when", ["soon", "2026-13-40T00:00:00Z", 5, None])
def test_a_purge_at_no_moment_is_none(platform: Platform, when: Any) -> None:
    """A deadline that cannot be read is no deadline."""
    assert said(platform, {"external_id": "u-1", "purge_at": when})["u-1"].purge_at is None


def test_a_purge_without_a_zone_is_of_utc(platform: Platform) -> None:
    """Times without a zone are of UTC."""
    state = said(platform, {"external_id": "u-1", "purge_at": "2026-03-01T00:00:00"})["u-1"]
    assert state.purge_at == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("answer", [None, [], {"accounts": "all"}, {"other": []}])
def test_an_answer_of_another_form_is_as_good_as_none(platform: Platform, answer: Any) -> None:
    """It does not pass by itself, so it is not waited for."""
    Saying.answer = answer
    with pytest.raises(NotTold) as caught:
        platforms.states(platform, ["u-1"], purpose="before")
    assert caught.value.code == "accounts.answer_not_understood" and not caught.value.passing


def test_without_a_reader_or_an_address_nothing_is_asked(platform: Platform, settings: Any) -> None:
    """A deployment may do without, and a platform without an address has no door."""
    settings.SINMUNGO_ACCOUNT_READER = ""
    assert platforms.states(platform, ["u-1"], purpose="before") is None
    settings.SINMUNGO_ACCOUNT_READER = f"{__name__}.Saying"
    assert platforms.states(make.platform(), ["u-1"], purpose="before") is None
    assert not Saying.asked
