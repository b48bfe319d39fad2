"""The link to a statement."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.apps.statements import links
from sinmungo.apps.statements.errors import LinkNotValid
from sinmungo.apps.statements.models import Statement
from tests.apps.appeals.made import scene, told

pytestmark = pytest.mark.django_db
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def token_of(statement: Statement) -> str:
    return links.link_path(statement).removeprefix("/s/")


@pytest.fixture
def statement() -> Statement:
    return told(scene()[3])


def test_link_opens_its_statement(statement: Statement) -> None:
    """A link that was made here opens the statement it was made for."""
    assert links.read_token(token_of(statement)) == statement
    assert len(token_of(statement)) == links.TOKEN_LETTERS
    assert links.link_url(statement).endswith(links.link_path(statement))


def test_every_changed_letter_ends_a_link(statement: Statement) -> None:
    """A link with any one letter changed opens nothing."""
    token = token_of(statement)
    for place, letter in enumerate(token):
        other = LETTERS[(LETTERS.index(letter) + 1) % 64]
        with pytest.raises(LinkNotValid):
            links.read_token(token[:place] + other + token[place + 1 :])


def test_replaced_link_opens_nothing(statement: Statement) -> None:
    """Raising the version ends every older link, and the new one opens."""
    old = token_of(statement)
    Statement.objects.filter(pk=statement.pk).update(link_version=2)
    statement.refresh_from_db()
    with pytest.raises(LinkNotValid):
        links.read_token(old)
    assert links.read_token(token_of(statement)) == statement


@given(st.text(max_size=80))
@settings(deadline=None, max_examples=60)
def test_no_other_text_opens_anything(text: str) -> None:
    """Whatever somebody writes instead of a link meets the same answer."""
    with pytest.raises(LinkNotValid) as caught:
        links.read_token(text)
    assert caught.value.code == "statement.link_not_valid"


def test_oversize_text_is_refused_alike(statement: Statement) -> None:
    """A text of any size, and a link with something behind it, meet the same answer."""
    for text in ("A" * 100_000, token_of(statement) + "A", token_of(statement) + "=", ""):
        with pytest.raises(LinkNotValid):
            links.read_token(text)
