"""People who work here, from the command line."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import UnknownQueue
from sinmungo.apps.staff import queries
from sinmungo.apps.staff.errors import NoSuchMember
from sinmungo.apps.staff.roles import Permission
from sinmungo.cli.staff import app

pytestmark = pytest.mark.django_db


def _run(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_whoever_is_added_gets_a_link_that_signs_in_once():
    """Adding a person prints one link, which names nobody."""
    printed = _run("add", "nuri", "--role", "reviewer")

    assert "/staff/link/" in printed
    assert "nuri" not in printed
    assert queries.may(queries.by_username("nuri"), Permission.DECIDE_CASES)


def test_a_role_that_is_taken_away_allows_nothing_more():
    """After the role is revoked its permissions are gone; the person is still known."""
    _run("add", "nuri", "--role", "reviewer")

    _run("revoke", "nuri", "--role", "reviewer")

    assert queries.permissions_of(queries.by_username("nuri")) == frozenset()


def test_nobody_gets_a_link_by_guessing_a_name():
    """A name that nobody signs in with is refused with its code."""
    with pytest.raises(NoSuchMember):
        _run("link", "nobody")


def test_a_vendor_reviewer_is_bound_to_the_queues_that_are_named():
    """The queues are given with commas; a misspelt one is refused before anybody is made."""
    review.ensure_queue(slug="spam", title_ko="스팸", title_en="Spam", weight=10)
    review.ensure_queue(slug="hate", title_ko="혐오", title_en="Hate", weight=30)

    _run("add", "nuri", "--role", "vendor", "--queues", "spam, hate")
    with pytest.raises(UnknownQueue):
        _run("add", "haneul", "--role", "vendor", "--queues", "spma")

    assert queries.queues_where(queries.by_username("nuri"), Permission.SEE_CASES) == {"hate", "spam"}
    with pytest.raises(NoSuchMember):
        queries.by_username("haneul")
