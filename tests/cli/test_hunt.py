"""``sinmungo hunt``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from sinmungo.apps.base import clock
from sinmungo.apps.items.models import Platform
from sinmungo.apps.screening.banks import holding
from sinmungo.apps.screening.errors import NoSuchBank, NothingToHunt
from sinmungo.apps.screening.models import Bank, Hunt, HuntFind
from sinmungo.cli import hunt
from sinmungo.journeys import hunt as journey
from tests.apps.screening.banks import made as banks
from tests.journeys import matched

pytestmark = pytest.mark.django_db
PICTURE = banks.bits(1)


@pytest.fixture
def platform() -> Platform:
    """A platform with a post whose picture came with its hash."""
    found = matched.platform()
    matched.came_in(found, matched.given(PICTURE))
    return found


@pytest.fixture
def bank() -> Bank:
    """A bank whose one picture nobody has looked for."""
    made = banks.bank("known-pictures")
    banks.add(made, banks.picture(PICTURE))
    return made


def _run(*words: str, code: int = 0) -> Any:
    result = CliRunner().invoke(hunt.app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def _told(*words: str, code: int = 0) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_run(*words, "--json", code=code).stdout)
    return told


def test_a_search_is_asked_for_once(bank: Bank, platform: Platform) -> None:
    """Asked again it says that one is under way, and promises no other."""
    assert _told("known-pictures")["done_at"] is None
    again = _run("known-pictures")
    assert "under way" in again.stderr
    assert Hunt.objects.count() == 1


def test_followed_it_ends_here(bank: Bank, platform: Platform) -> None:
    """Without any worker the search is gone through, and its end is told."""
    told = _told("known-pictures", "--follow")
    assert (told["looked"], told["found"], told["share"], told["waits"]) == (1, 1, 1.0, "")
    assert HuntFind.objects.count() == 1


def test_a_protected_bank_is_only_watched(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line opens none: whoever may goes on with its search."""
    made = banks.bank("known-pictures", is_sealed=True)
    banks.add(made, banks.picture(PICTURE))

    def worked(_seconds: float) -> None:
        journey.keep(now=clock.now(), limit=1)

    def opened(*_: object, **__: object) -> bool:
        raise AssertionError("the command line went on with it")

    monkeypatch.setattr(hunt.journey, "go_on", opened)
    monkeypatch.setattr(hunt.time, "sleep", worked)
    monkeypatch.setattr(holding, "_holder", holding.Holder(opens_sealed=True))  # as the worker does
    told = _told("known-pictures", "--follow")
    assert (told["looked"], told["found"]) == (1, 0)


def test_searches_are_listed_those_of_one_bank_or_of_all(bank: Bank, platform: Platform) -> None:
    """As a table for people, as one object a line for programs."""
    other = banks.bank("other-pictures")
    banks.add(other, banks.picture(PICTURE))
    _run("known-pictures", "--follow")
    _run("other-pictures")
    assert "done" in _run("--list").stdout
    lines = _run("--list", "--json").stdout.splitlines()
    assert sorted(json.loads(line)["bank"] for line in lines) == ["known-pictures", "other-pictures"]
    assert _told("other-pictures", "--list")["total"] == 0


def test_a_search_that_must_wait_says_what_for(bank: Bank, platform: Platform) -> None:
    """A bank that is disabled after it was asked for is named with the reason's code."""
    _run("known-pictures")
    banks.change(bank, is_enabled=False)
    journey.keep(now=clock.now(), limit=1)
    assert "waits" in _run("--list").stdout
    assert _told("known-pictures", "--list")["waits"] == "hunt.bank_disabled"


def test_what_cannot_be_searched_for_is_refused(bank: Bank) -> None:
    """No such bank, one that is disabled, and no bank named at all."""
    with pytest.raises(NoSuchBank):
        _run("invented")
    banks.change(bank, is_enabled=False)
    with pytest.raises(NothingToHunt):
        _run("known-pictures")
    assert "Name a bank" in _run(code=2).stderr
